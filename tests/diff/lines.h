/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Packets in, lines out, for the three readers that tests/diff/compare holds against each other.
 * In: "name hex" a line. Out: tab-separated "name verdict token token …"; the words are in compare.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int lines_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next packet of standard input: *name ends at the blank; bytes lie in memory of exactly their
 * size, so that a sanitizer sees every byte read too many. 0: no more. The caller frees *bytes. */
static inline int lines_next(char **line, size_t *cap, uint8_t **bytes, size_t *len)
{
    if (getline(line, cap, stdin) <= 0)
        return 0;
    char *hex = strchr(*line, ' ');
    size_t hex_len = 0;
    if (hex != NULL) {
        *hex++ = '\0';
        while (lines_digit(hex[hex_len]) >= 0)
            hex_len++;
    }
    *len = hex_len / 2;
    *bytes = malloc(*len > 0 ? *len : 1);
    if (*bytes == NULL)
        exit(2);
    for (size_t i = 0; i < *len; i++)
        (*bytes)[i] = (uint8_t)(lines_digit(hex[2 * i]) << 4 | lines_digit(hex[2 * i + 1]));
    return 1;
}

static inline void lines_hex(const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        putchar_unlocked(digits[bytes[i] >> 4]);
        putchar_unlocked(digits[bytes[i] & 15]);
    }
}
