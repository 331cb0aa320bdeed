/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The head of an answer (RFC 9110 §6.6.1 Date, §10.2.3 Retry-After). Bounded: the library takes more. */

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "net/http_parts.h"

enum { RETRY_MAX_S = 3600, VALUE_MAX = 64 };

/* The value of a line when it has this name; terminated, cut. */
static bool has_name(const char *line, size_t len, const char *name, char *value)
{
    size_t name_len = strlen(name), at = name_len + 1, n = 0;

    if (len < at || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return false;
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    while (at < len && line[at] != '\r' && line[at] != '\n' && n < VALUE_MAX - 1)
        value[n++] = line[at++];
    value[n] = '\0';
    return true;
}

/* Seconds since 1970, or 0. */
static int64_t read_date(const char *value)
{
    time_t date_s = curl_getdate(value, NULL);

    return date_s > 0 ? date_s : 0;
}

static void read_retry(struct tt_http_head *head, const char *value)
{
    uint64_t seconds = 0;

    head->retry_s = 0;
    head->retry_date_s = 0;
    if (strspn(value, "0123456789") != strlen(value)) {
        head->retry_date_s = read_date(value);
        return;
    }
    for (; *value != '\0' && seconds <= RETRY_MAX_S; value++)
        seconds = seconds * 10 + (uint64_t)(*value - '0');
    head->retry_s = TT_MIN(seconds, (uint64_t)RETRY_MAX_S);
}

void tt_http_head_read(struct tt_http_head *head, const char *line, size_t len)
{
    char value[VALUE_MAX];

    if (len >= 5 && strncasecmp(line, "HTTP/", 5) == 0) { /* the head before was one of an interim answer */
        size_t read_len = head->len;
        memset(head, 0, sizeof(*head));
        head->len = read_len;
    } else if (has_name(line, len, "Date", value)) {
        head->date_s = read_date(value);
    } else if (has_name(line, len, "Retry-After", value)) {
        read_retry(head, value);
    } else if (has_name(line, len, "X-Prometheus-Remote-Write-Samples-Written", value)) {
        head->has_written = true;
    }
}

uint64_t tt_http_head_retry_s(const struct tt_http_head *head)
{
    int64_t now_s = head->date_s;

    if (head->retry_date_s == 0)
        return head->retry_s;
    if (now_s == 0)
        now_s = (int64_t)(tt_clock_wall_us() / 1000000);
    return head->retry_date_s > now_s ? (uint64_t)TT_MIN(head->retry_date_s - now_s, (int64_t)RETRY_MAX_S)
                                      : 0;
}

size_t tt_http_on_head(char *data, size_t size, size_t n, void *arg)
{
    struct tt_http *http = arg;
    size_t len = size * n;

    http->head.len += len;
    if (http->head.len > TT_HTTP_HEAD_MAX) {
        http->head.is_too_large = true;
        return 0;
    }
    tt_http_head_read(&http->head, data, len);
    return len;
}

size_t tt_http_on_body(char *data, size_t size, size_t n, void *arg)
{
    struct tt_http *http = arg;
    struct tt_http_head *head = &http->head;
    size_t len = size * n;

    if (head->body_len + len > TT_HTTP_BODY_MAX) {
        head->is_too_large = true;
        return 0;
    }
    if (head->body_len < sizeof(http->raw))
        memcpy(http->raw + head->body_len, data, TT_MIN(len, sizeof(http->raw) - head->body_len));
    head->body_len += len;
    return len;
}
