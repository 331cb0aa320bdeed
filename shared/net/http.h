/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * An HTTP client for one address, over libcurl: one connection that is kept, TLS 1.2 or newer with the host
 * name verified, deadlines for everything, answers of bounded size, no signals, no redirects, no proxies from
 * the environment. Blocks its caller, so only threads of our own use it, on which SIGPIPE is blocked or ignored;
 * it looks at must_end each 50 ms. A name is looked up on a thread that is left behind when it does not come back.
 *
 * Secrets stand in memory of net/secret.h. What the library makes of them in its own (the request it sends, the
 * parsed key) is not wiped.
 */

#include "base/buf.h"
#include "base/compat.h"
#include "conf/conf.h"

struct tt_http;

/* Prepares the libraries below. Once per process before any thread of ours, and before the process's own end is
 * arranged (atexit): they arrange theirs here. More calls do nothing. Fails: TT_ENOMEM; clients then fail, too. */
int tt_net_init(void);

/* When to give up, monotonic ns; UINT64_MAX: never. Asked again and again. */
typedef uint64_t (*tt_http_end_f)(const void *arg);

struct tt_http_options {
    const char *url;
    const struct tt_conf_tls *tls;
    const struct tt_conf_auth *auth; /* NONE, BASIC, BEARER */
    const char *tenant; /* X-Scope-OrgID; NULL: none */
    uint64_t timeout_s; /* of one request, connecting included (that alone 10 s at most) */
    tt_http_end_f must_end; /* NULL: never */
    const void *must_end_arg;
};

/* What came back. Lends from the client until its next request. */
struct tt_http_answer {
    int status; /* 100 … 599 */
    struct tt_str body; /* the first 4 KiB, cleaned: safe for a log line */
    uint64_t retry_after_s; /* 0: the answer does not say; at most an hour */
    int64_t date_s; /* its Date, seconds since 1970; 0: none */
    bool has_written; /* X-Prometheus-Remote-Write-Samples-Written is there */
};

/* Reads the files of tls and auth, keeps the secret apart (net/secret.h), copies the rest. No network. Fails,
 * with a reason in *why: TT_ENOENT, TT_EPERM (a secret others can read), TT_ECONFIG, TT_ENOMEM. */
int tt_http_new(const struct tt_http_options *options, struct tt_http **http, struct tt_buf *why);

/* Leaves no secret in memory that was ours; NULL is fine; sets NULL. */
void tt_http_free(struct tt_http **http);

/* True when a file of a secret or certificate is another one than when it was read (and has settled: the same
 * at two looks), and a client can be made of what is there now: make it anew. One that is no good leaves what was
 * read in use; *why says so, as a warning. options: those that it was made of. */
bool tt_http_has_changed(struct tt_http *http, const struct tt_http_options *options, struct tt_buf *why);

/*
 * POSTs body. headers: at most 8 "Name: value" lines ended by NULL, besides User-Agent, tenant and auth, which are
 * ours. The library sends once more by itself when a kept connection turns out to be dead.
 * TT_OK: there is an answer, whatever its status. Fails, with a reason in *why: TT_EAGAIN (connect, TLS, time
 * or must_end; whether the server got the request is not known when *is_sent is true).
 */
int tt_http_post(struct tt_http *http, const char *const *headers, const void *body, size_t len,
                 struct tt_http_answer *answer, bool *is_sent, struct tt_buf *why);

/* GETs url (the client's own when NULL): for probes. */
int tt_http_get(struct tt_http *http, const char *url, struct tt_http_answer *answer, struct tt_buf *why);
