/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/host_name.h"

#include <idn2.h>
#include <string.h>

enum { LABEL_MAX = 63, UNICODE_MAX = 1000 };

static char plain(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? c : '\0';
}

static size_t read_ascii(struct tt_str text, char *out)
{
    size_t label = 0;

    if (text.len > 0 && text.ptr[text.len - 1] == '.')
        text.len--;
    if (text.len == 0 || text.len > TT_HOST_NAME_MAX)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        out[i] = c == '.' ? c : plain(c);
        if (out[i] == '\0')
            return 0;
        if (c != '.')
            continue;
        if (i == label || i - label > LABEL_MAX)
            return 0;
        label = i + 1;
    }
    /* Numbers are not names: "192.0.2", a version, a date. */
    if (label == text.len || text.len - label > LABEL_MAX || out[label] < 'a' || out[label] > 'z')
        return 0;
    return text.len;
}

static size_t read_unicode(struct tt_str text, char *out)
{
    char copy[UNICODE_MAX + 1], *made = NULL;
    size_t len = 0;

    if (text.len > UNICODE_MAX || memchr(text.ptr, '\0', text.len) != NULL)
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (idn2_to_ascii_8z(copy, &made, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
        len = read_ascii(tt_str_from(made), out);
    idn2_free(made);
    return len;
}

size_t tt_host_name_read(struct tt_str text, char *out)
{
    for (size_t i = 0; i < text.len; i++)
        if ((uint8_t)text.ptr[i] >= 0x80)
            return read_unicode(text, out);
    return read_ascii(text, out);
}

bool tt_host_name_has_dot(const char *name, size_t len)
{
    return memchr(name, '.', len) != NULL;
}
