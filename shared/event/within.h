/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Names in the text form of wire/name.h, one below another. */

#include <string.h>

#include "base/str.h"

/* The dot at text[at] separates two labels: it is not part of one, `\.`. */
static inline bool tt_name_dot_separates(const char *text, size_t at)
{
    size_t escapes = 0;

    while (escapes < at && text[at - escapes - 1] == '\\')
        escapes++;
    return escapes % 2 == 0;
}

/* name is zone or lies below it; everything lies in the root. Both lower case. Thread: any. */
static inline bool tt_name_is_within(struct tt_str name, struct tt_str zone)
{
    size_t before = (size_t)name.len - zone.len;

    if (zone.len == 1 && zone.ptr[0] == '.')
        return name.len > 0;
    if (zone.len == 0 || name.len < zone.len || memcmp(name.ptr + before, zone.ptr, zone.len) != 0)
        return false;
    return before == 0 ||
           (name.ptr[before - 1] == '.' && tt_name_dot_separates(name.ptr, before - 1));
}
