/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * One request at a time over the library's multi interface, because that one comes back often enough to be
 * asked whether there is still time. A request that is given up closes its connection.
 */

#include "net/http.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/http_parts.h"

enum { LOOK_MS = 50 };

/* How a request ended. */
struct end {
    CURLcode code;
    bool is_given_up; /* must_end has come */
    bool is_sent;
};

/* The list is ours and so is the memory of its lines: the library copies only what it sends. */
static void set_lines(struct tt_http *http, const char *const *headers)
{
    unsigned n = 0;

    for (; headers != NULL && headers[n] != NULL && n < TT_HTTP_HEADERS_MAX; n++)
        http->lines[n].data = (char *)(uintptr_t)headers[n];
    http->lines[n++].data = (char *)(uintptr_t) "Expect:"; /* no round trip before a large body */
    if (http->tenant != NULL)
        http->lines[n++].data = http->tenant;
    if (http->auth != NULL)
        http->lines[n++].data = tt_secret_memory(http->auth);
    for (unsigned i = 0; i < n; i++)
        http->lines[i].next = i + 1 < n ? &http->lines[i + 1] : NULL;
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->lines);
}

static bool is_over(const struct tt_http *http)
{
    return http->must_end != NULL && tt_clock_mono_ns() >= http->must_end(http->must_end_arg);
}

/* Whether any byte of the request has left. */
static bool has_sent(CURL *easy)
{
    curl_off_t body_len = 0;
    long head_len = 0;

    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &body_len);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &head_len);
    return body_len > 0 || head_len > 0;
}

static CURLcode find_result(CURLM *multi)
{
    CURLcode code = CURLE_RECV_ERROR;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    return code;
}

static void run(struct tt_http *http, struct end *end)
{
    CURLMcode code = curl_multi_add_handle(http->multi, http->easy);
    int running = 1;

    memset(&http->head, 0, sizeof(http->head));
    memset(end, 0, sizeof(*end));
    http->error[0] = '\0';
    while (code == CURLM_OK) {
        code = curl_multi_perform(http->multi, &running);
        if (code != CURLM_OK || running == 0)
            break;
        end->is_given_up = is_over(http);
        if (end->is_given_up)
            break;
        code = curl_multi_poll(http->multi, NULL, 0, LOOK_MS, NULL);
    }
    end->code = code == CURLM_OK ? find_result(http->multi) : CURLE_OUT_OF_MEMORY;
    end->is_sent = has_sent(http->easy);
    curl_multi_remove_handle(http->multi, http->easy);
}

static bool has_taken(CURL *easy, CURLINFO phase)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(easy, phase, &us) == CURLE_OK && us > 0;
}

/* The library's own words tell milliseconds, which would make each line another. */
static void say_timeout(const struct tt_http *http, const struct end *end, struct tt_buf *why)
{
    unsigned long long whole_s = http->timeout_s, connect_s = TT_MIN(whole_s, (uint64_t)TT_HTTP_CONNECT_S);

    if (end->is_sent)
        tt_buf_format(why, "no complete answer within %llu s", whole_s);
    else if (has_taken(http->easy, CURLINFO_CONNECT_TIME_T))
        tt_buf_format(why, "connected, but TLS did not come up within %llu s", connect_s);
    else if (has_taken(http->easy, CURLINFO_NAMELOOKUP_TIME_T))
        tt_buf_format(why, "no connection within %llu s", connect_s);
    else
        tt_buf_format(why, "its name was not resolved within %llu s", connect_s);
}

static void say_failure(const struct tt_http *http, const struct end *end, struct tt_buf *why)
{
    long errno_value = 0;

    curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &errno_value);
    if (end->is_given_up)
        tt_buf_text(why, "no time is left to wait for its answer");
    else if (http->head.is_too_large)
        tt_buf_text(why, http->head.len > TT_HTTP_HEAD_MAX ? "the head of its answer does not end"
                                                           : "its answer does not end");
    else if (end->code == CURLE_OPERATION_TIMEDOUT)
        say_timeout(http, end, why);
    else if (end->code == CURLE_COULDNT_RESOLVE_HOST)
        tt_buf_text(why, "its name cannot be resolved");
    else if (end->code == CURLE_COULDNT_CONNECT)
        tt_buf_format(why, "cannot connect: %s",
                      errno_value != 0 ? strerrordesc_np((int)errno_value) : "refused");
    else if (end->code == CURLE_PARTIAL_FILE)
        tt_buf_text(why, "its answer ended too early");
    else if (end->is_sent && (end->code == CURLE_UNSUPPORTED_PROTOCOL ||
                              end->code == CURLE_WEIRD_SERVER_REPLY || end->code == CURLE_OK))
        tt_buf_text(why, "what answers there does not speak HTTP");
    else
        tt_buf_text(why, http->error[0] != '\0' ? http->error : curl_easy_strerror(end->code));
}

static int exchange(struct tt_http *http, const char *url, struct tt_http_answer *answer, bool *is_sent,
                    struct tt_buf *why)
{
    struct end end;
    long status = 0;
    size_t kept;

    memset(answer, 0, sizeof(*answer));
    curl_easy_setopt(http->easy, CURLOPT_URL, url);
    run(http, &end);
    *is_sent = end.is_sent;
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    if (end.is_given_up || end.code != CURLE_OK || status < 100 || status > 599) {
        tt_buf_format(why, "%s: ", url);
        say_failure(http, &end, why);
        return TT_EAGAIN;
    }
    kept = TT_MIN(http->head.body_len, sizeof(http->raw));
    answer->status = (int)status;
    answer->body.ptr = http->body;
    answer->body.len = (uint32_t)tt_str_clean(http->raw, kept, http->body, sizeof(http->body));
    answer->retry_after_s = tt_http_head_retry_s(&http->head);
    answer->date_s = http->head.date_s;
    answer->has_written = http->head.has_written;
    return TT_OK;
}

int tt_http_post(struct tt_http *http, const char *const *headers, const void *body, size_t len,
                 struct tt_http_answer *answer, bool *is_sent, struct tt_buf *why)
{
    int err;

    set_lines(http, headers);
    curl_easy_setopt(http->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(http->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, body);
    err = exchange(http, http->url, answer, is_sent, why);
    curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, NULL); /* lent for the call */
    return err;
}

int tt_http_get(struct tt_http *http, const char *url, struct tt_http_answer *answer, struct tt_buf *why)
{
    bool is_sent;

    set_lines(http, NULL);
    curl_easy_setopt(http->easy, CURLOPT_HTTPGET, 1L);
    return exchange(http, url != NULL ? url : http->url, answer, &is_sent, why);
}
