/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for the suffix list: the bytes before the first NUL are a list, those behind it a name; with
 * what must hold of every answer checked. Build: see tests/fuzz/run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/suffix.h"
#include "wire/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                           \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static bool is_tail(struct tt_str part, struct tt_str name)
{
    return part.ptr >= name.ptr && part.ptr + part.len == name.ptr + name.len &&
           (part.ptr == name.ptr || part.ptr[-1] == '.');
}

/* Of any text: both parts are its ends. */
static struct tt_suffix_parts check_text(const struct tt_suffix *suffix, struct tt_str text)
{
    struct tt_suffix_parts parts = tt_suffix_find(suffix, text);

    if (parts.public_suffix.ptr != NULL)
        MUST(is_tail(parts.public_suffix, text));
    if (parts.registrable_domain.ptr != NULL)
        MUST(is_tail(parts.registrable_domain, text) &&
             parts.registrable_domain.len > parts.public_suffix.len);
    return parts;
}

/* Of a name: what is registrable is a name, and registrable by itself. */
static void check_name(const struct tt_suffix *suffix, struct tt_str text)
{
    uint8_t wire[TT_NAME_MAX], wire_len;
    char name[TT_NAME_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(name, sizeof(name));

    if (tt_name_parse(text, wire, &wire_len) != TT_OK)
        return;
    tt_name_format(&buf, wire, wire_len);
    struct tt_suffix_parts parts = check_text(suffix, (struct tt_str){name, (uint32_t)buf.len});
    MUST((parts.public_suffix.ptr == NULL) == (wire_len == 1));
    if (parts.registrable_domain.ptr == NULL)
        return;
    struct tt_suffix_parts again = check_text(suffix, parts.registrable_domain);
    MUST(tt_str_equal(again.registrable_domain, parts.registrable_domain));
    MUST(tt_str_equal(again.public_suffix, parts.public_suffix));
    MUST(tt_name_parse(parts.registrable_domain, wire, &wire_len) == TT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char why_text[TT_DATA_WHY_MAX], build_text[TT_DATA_BUILD_MAX];
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text)),
                  build = tt_buf_over(build_text, sizeof(build_text));
    const uint8_t *end = len > 0 ? memchr(data, '\0', len) : NULL;
    size_t list_len = end != NULL ? (size_t)(end - data) : len;
    struct tt_suffix *suffix;
    int error = tt_suffix_new((const char *)data, list_len, &suffix, &build, &why);

    MUST((error == TT_OK) == (suffix != NULL) && !why.overflow && !build.overflow);
    MUST(error == TT_OK || (error == TT_ESYNTAX && why.len > 0));
    if (suffix != NULL && end != NULL) {
        struct tt_str text = {(const char *)end + 1, (uint32_t)(len - list_len - 1)};

        check_text(suffix, text);
        check_name(suffix, text);
    }
    tt_suffix_free(&suffix);
    return 0;
}
