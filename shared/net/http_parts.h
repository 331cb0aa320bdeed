/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The inside of an HTTP client, shared by the files that make it (http_new.c) and use it (http.c). */

#include <curl/curl.h>

#include "net/http.h"
#include "net/secret.h"

/* HEAD_MAX, BODY_MAX: bytes of an answer; more is a fault of the server. BODY_KEPT: of its text. */
enum {
    TT_HTTP_HEADERS_MAX = 8,
    TT_HTTP_CONNECT_S = 10,
    TT_HTTP_HEAD_MAX = 64 << 10,
    TT_HTTP_BODY_MAX = 1 << 20,
    TT_HTTP_BODY_KEPT = 4096
};

/* What has come of an answer so far. */
struct tt_http_head {
    size_t len, body_len;
    bool is_too_large;
    int64_t date_s, retry_date_s; /* 0: none */
    uint64_t retry_s;
    bool has_written;
};

struct tt_http {
    CURL *easy;
    CURLM *multi;
    char *url, *tenant;     /* tenant: the header's line, or NULL */
    struct tt_secret *auth; /* the header's line, or NULL */
    struct tt_secret *key;  /* PEM, or NULL */
    char *ca, *cert;        /* PEM, or NULL */
    struct tt_watch watch;
    uint64_t timeout_s;
    tt_http_end_f must_end;
    const void *must_end_arg;
    struct curl_slist lines[TT_HTTP_HEADERS_MAX + 4];
    struct tt_http_head head;
    char raw[TT_HTTP_BODY_KEPT], body[TT_HTTP_BODY_KEPT];
    char error[CURL_ERROR_SIZE];
};

/* Takes one line of an answer's head. */
void tt_http_head_read(struct tt_http_head *head, const char *line, size_t len);

/* Seconds to wait, by Retry-After; a date in it counts from the answer's own Date when there is one. */
uint64_t tt_http_head_retry_s(const struct tt_http_head *head);

/* The library's callbacks for an answer; arg: the client. */
size_t tt_http_on_head(char *data, size_t size, size_t n, void *arg);
size_t tt_http_on_body(char *data, size_t size, size_t n, void *arg);
