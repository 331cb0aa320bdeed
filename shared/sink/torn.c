/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/torn.h"

#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/err.h"

enum { WINDOW = 16384, VARINT_MAX = 5 };

/* What every record starts with (design.md §3), so that nothing of somebody else is cut: a file in
 * the other encoding, whose bytes pass for lengths, above all. */
static const char json_start[] = "{\"kind\":\"";
static const uint8_t protobuf_start = 1 << 3; /* the key of field 1, a varint */

/* The newline nearest before `end`, as the length up to and with it; 0 when there is none within
 * TT_TORN_MAX and the start of the file is nearer than that. */
static int find_last_line_end(int fd, uint64_t size, uint64_t *line_end)
{
    char window[WINDOW];
    uint64_t end = size;

    while (end > 0 && size - end < TT_TORN_MAX) {
        size_t len = (size_t)TT_MIN(end, sizeof(window));
        if (pread(fd, window, len, (off_t)(end - len)) != (ssize_t)len)
            return TT_EIO;
        for (size_t i = len; i > 0; i--)
            if (window[i - 1] == '\n') {
                *line_end = end - len + i;
                return TT_OK;
            }
        end -= len;
    }
    *line_end = 0;
    return end == 0 ? TT_OK : TT_EMALFORMED;
}

/* The zeros of a power cut, down to the end. */
static int check_zeros(int fd, uint64_t at, uint64_t size)
{
    char window[WINDOW];

    while (at < size) {
        ssize_t got = pread(fd, window, sizeof(window), (off_t)at);
        if (got <= 0)
            return TT_EIO;
        for (ssize_t i = 0; i < got; i++)
            if (window[i] != '\0')
                return TT_EMALFORMED;
        at += (uint64_t)got;
    }
    return TT_OK;
}

static int find_json(int fd, uint64_t size, uint64_t *whole_len)
{
    char first[sizeof(json_start) - 1];
    size_t len;
    int err = find_last_line_end(fd, size, whole_len);

    if (err != TT_OK || *whole_len == size)
        return err;
    len = (size_t)TT_MIN(size - *whole_len, sizeof(first));
    if (pread(fd, first, len, (off_t)*whole_len) != (ssize_t)len)
        return TT_EIO;
    return memcmp(first, json_start, len) == 0 ? TT_OK : check_zeros(fd, *whole_len, size);
}

/* A varint at the front of len bytes. 0: it is not complete; -1: it is none of ours. */
static int read_varint(const uint8_t *at, size_t len, uint32_t *value)
{
    *value = 0;
    for (int i = 0; i < VARINT_MAX; i++) {
        if ((size_t)i >= len)
            return 0;
        *value |= (uint32_t)(at[i] & 0x7f) << (7 * i);
        if (at[i] < 0x80)
            return *value > 0 ? i + 1 : -1;
    }
    return -1;
}

static int find_protobuf(int fd, uint64_t size, uint64_t *whole_len)
{
    uint8_t window[WINDOW];
    uint64_t window_at = 0, at = 0;
    size_t window_len = 0;

    for (*whole_len = 0; at < size; *whole_len = at) {
        uint32_t record_len;
        if (at + VARINT_MAX >= window_at + window_len && window_at + window_len < size) {
            ssize_t got = pread(fd, window, sizeof(window), (off_t)at);
            if (got <= 0)
                return TT_EIO;
            window_at = at;
            window_len = (size_t)got;
        }
        const uint8_t *record = window + (at - window_at);
        size_t seen_len = (size_t)(window_at + window_len - at);
        int prefix_len = read_varint(record, seen_len, &record_len);
        if (prefix_len < 0 || ((size_t)prefix_len < seen_len && prefix_len > 0 &&
                               record[prefix_len] != protobuf_start))
            return TT_EMALFORMED;
        if (prefix_len == 0)
            return TT_OK;
        at += (uint64_t)prefix_len + record_len;
        if (at > size)
            return size - *whole_len <= TT_TORN_MAX ? TT_OK : TT_EMALFORMED;
    }
    return TT_OK;
}

int tt_torn_find(int fd, enum tt_encoding encoding, uint64_t size, uint64_t *whole_len)
{
    *whole_len = 0;
    if (size == 0)
        return TT_OK;
    return encoding == TT_ENCODING_PROTOBUF ? find_protobuf(fd, size, whole_len)
                                            : find_json(fd, size, whole_len);
}
