/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/name.h"

/* A literal with its length, NULs and all. */
#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

struct read_case {
    const char *name;
    const uint8_t *message;
    size_t message_len;
    size_t at; /* where the name starts */
    int error;
    const char *text; /* without error */
    size_t behind;    /* offset of what comes after it in place */
};

#define LABEL63 "\77xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LABEL61 "\75xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X61 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct read_case read_cases[] = {
    {"the root", BYTES("\0"), 0, 0, ".", 1},
    {"labels in lower case", BYTES("\3WwW\7eXample\0"), 0, 0, "www.example", 13},
    {"a pointer back", BYTES("\3com\0\1a\xc0\0rest"), 5, 0, "a.com", 9},
    {"a pointer to a pointer", BYTES("\1a\0\xc0\0\1b\xc0\3"), 5, 0, "b.a", 9},
    {"a pointer alone", BYTES("\1a\0\xc0\0"), 3, 0, "a", 5},
    {"255 bytes", BYTES(LABEL63 LABEL63 LABEL63 LABEL61 "\0"), 0, 0, NULL, 255},
    {"256 bytes", BYTES(LABEL63 LABEL63 LABEL63 LABEL61 "\1x\0"), 0, TT_EMALFORMED, NULL, 0},
    {"256 bytes by a pointer", BYTES("\1x\0" LABEL63 LABEL63 LABEL63 "\76x" X61 "\xc0\0"), 3,
     TT_EMALFORMED, NULL, 0},
    {"nothing", BYTES(""), 0, TT_ETRUNCATED, NULL, 0},
    {"no root label", BYTES("\1a"), 0, TT_ETRUNCATED, NULL, 0},
    {"a cut label", BYTES("\5abc"), 0, TT_ETRUNCATED, NULL, 0},
    {"half a pointer", BYTES("\1a\0\xc0"), 3, TT_ETRUNCATED, NULL, 0},
    {"a pointer to itself", BYTES("\xc0\0"), 0, TT_EMALFORMED, NULL, 0},
    {"a pointer to its own label", BYTES("\1a\xc0\0"), 0, TT_EMALFORMED, NULL, 0},
    {"a pointer forward", BYTES("\xc0\2\1a\0"), 0, TT_EMALFORMED, NULL, 0},
    {"a pointer out of range", BYTES("\1a\xff\xff"), 0, TT_EMALFORMED, NULL, 0},
    {"two pointers in a circle", BYTES("\xc0\2\xc0\0"), 2, TT_EMALFORMED, NULL, 0},
    {"label type 01", BYTES("\101a\0"), 0, TT_EMALFORMED, NULL, 0},
    {"label type 10", BYTES("\201a\0"), 0, TT_EMALFORMED, NULL, 0},
    {"label type 01 behind a pointer", BYTES("\100\0\xc0\0"), 2, TT_EMALFORMED, NULL, 0},
};

static struct tt_buf format(char *text, const uint8_t *wire, size_t len)
{
    struct tt_buf buf = tt_buf_over(text, TT_NAME_TEXT_MAX + 1);

    tt_name_format(&buf, wire, len);
    tt_buf_cstr(&buf);
    return buf;
}

static void names_are_read_from_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(read_cases); i++) {
        const struct read_case *c = &read_cases[i];
        struct tt_cursor cursor = tt_cursor_over(c->message, c->message_len);
        uint8_t wire[TT_NAME_MAX], len = 0;
        char text[TT_NAME_TEXT_MAX + 1];

        cursor.at = c->at;
        if (tt_name_read(&cursor, wire, &len) != c->error || cursor.failed != (c->error != 0))
            fail_msg("%s", c->name);
        if (c->error != 0)
            continue;
        if (cursor.at != c->behind)
            fail_msg("%s: goes on at %zu", c->name, cursor.at);
        format(text, wire, len);
        if (c->text != NULL)
            assert_string_equal(text, c->text);
    }
}

/* 400 pointers, each to the one before it, the first to the name "z". */
static void chains_of_pointers_end_at_the_limit(void **state)
{
    uint8_t message[3 + 2 * 400] = "\1z", wire[TT_NAME_MAX], len;

    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        unsigned target = i == 0 ? 0 : 3 + 2 * (i - 1);
        message[3 + 2 * i] = (uint8_t)(0xC0 | target >> 8);
        message[4 + 2 * i] = (uint8_t)target;
    }
    for (unsigned pointers = 1; pointers <= 400; pointers++) {
        struct tt_cursor cursor = tt_cursor_over(message, sizeof(message));
        cursor.at = 3 + 2 * (pointers - 1);
        assert_int_equal(tt_name_read(&cursor, wire, &len),
                         pointers <= TT_NAME_POINTERS_MAX ? 0 : TT_EMALFORMED);
    }
}

static void every_byte_has_one_text_and_comes_back(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t wire[] = {3, 'x', (uint8_t)byte, 'y', 0}, back[TT_NAME_MAX], back_len;
        char text[TT_NAME_TEXT_MAX + 1], expect[16];
        struct tt_buf buf = format(text, wire, sizeof(wire));

        if (byte == '.' || byte == '\\')
            snprintf(expect, sizeof(expect), "x\\%cy", (char)byte);
        else if (byte < 0x21 || byte > 0x7E)
            snprintf(expect, sizeof(expect), "x\\%03uy", byte);
        else
            snprintf(expect, sizeof(expect), "x%cy",
                     byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : (char)byte);
        assert_string_equal(text, expect);
        assert_int_equal(tt_name_parse((struct tt_str){text, (uint32_t)buf.len}, back, &back_len),
                         0);
        assert_true(tt_name_equal(back, back_len, wire, sizeof(wire)));
    }
}

static void the_longest_text_fits_its_bound(void **state)
{
    uint8_t wire[255];
    char text[TT_NAME_TEXT_MAX + 1];
    size_t at = 0;

    (void)state;
    for (unsigned label = 0; label < 4; label++) {
        size_t len = label < 3 ? 63 : 61;
        wire[at] = (uint8_t)len;
        memset(wire + at + 1, 0xFF, len);
        at += len + 1;
    }
    wire[at] = 0;
    assert_int_equal(at + 1, sizeof(wire));
    assert_int_equal(format(text, wire, sizeof(wire)).len, TT_NAME_TEXT_MAX);
}

struct len_case {
    const char *name;
    const uint8_t *wire;
    size_t max, expect;
};

static const struct len_case len_cases[] = {
    {"root", BYTES("\0"), 1},
    {"bytes behind it", BYTES("\1a\0zz"), 3},
    {"nothing", BYTES(""), 0},
    {"no end", BYTES("\1a"), 0},
    {"cut", BYTES("\2a"), 0},
    {"pointer", BYTES("\1a\xc0\0"), 0},
    {"label of 64", BYTES("\100" LABEL63 "\0"), 0},
    {"255", BYTES(LABEL63 LABEL63 LABEL63 LABEL61 "\0"), 255},
    {"256", BYTES(LABEL63 LABEL63 LABEL63 "\76x" X61 "\0"), 0},
};

static void uncompressed_names_are_measured(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(len_cases); i++)
        if (tt_name_len(len_cases[i].wire, len_cases[i].max) != len_cases[i].expect)
            fail_msg("%s", len_cases[i].name);
}

struct parse_case {
    const char *text;
    int error;
    const uint8_t *wire;
    size_t len;
};

static const struct parse_case parse_cases[] = {
    {".", 0, BYTES("\0")},
    {"a", 0, BYTES("\1a\0")},
    {"a.", 0, BYTES("\1a\0")},
    {"A.b", 0, BYTES("\1A\1b\0")},
    {"a\\.b.c", 0, BYTES("\3a.b\1c\0")},
    {"\\000\\255", 0, BYTES("\2\0\xff\0")},
    {"", TT_ESYNTAX, NULL, 0},
    {"..", TT_ESYNTAX, NULL, 0},
    {".a", TT_ESYNTAX, NULL, 0},
    {"a..b", TT_ESYNTAX, NULL, 0},
    {"\\", TT_ESYNTAX, NULL, 0},
    {"\\25", TT_ESYNTAX, NULL, 0},
    {"\\256", TT_ESYNTAX, NULL, 0},
    {"\\2a5", TT_ESYNTAX, NULL, 0},
    {"xx" X61 ".a", 0, BYTES("\77xx" X61 "\1a\0")},
    {"xxx" X61, TT_ESYNTAX, NULL, 0},
    {"xx" X61 ".xx" X61 ".xx" X61 "." X61, 0, BYTES(LABEL63 LABEL63 LABEL63 LABEL61 "\0")},
    {"xx" X61 ".xx" X61 ".xx" X61 "." X61 ".", 0, BYTES(LABEL63 LABEL63 LABEL63 LABEL61 "\0")},
    {"xx" X61 ".xx" X61 ".xx" X61 ".x" X61, TT_ELIMIT, NULL, 0},
};

static void texts_are_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(parse_cases); i++) {
        const struct parse_case *c = &parse_cases[i];
        uint8_t wire[TT_NAME_MAX], len = 0;

        if (tt_name_parse(tt_str_from(c->text), wire, &len) != c->error)
            fail_msg("%s", c->text);
        if (c->error == 0 && (len != c->len || memcmp(wire, c->wire, len) != 0))
            fail_msg("%s: another name", c->text);
    }
}

static void a_name_that_does_not_fit_is_not_written_in_part(void **state)
{
    char text[4];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    (void)state;
    tt_name_format(&buf, BYTES("\3abc\1d\0"));
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 0);
}

static void labels_are_counted_and_lowered(void **state)
{
    uint8_t wire[] = "\3WwW\4@[`{\0";

    (void)state;
    assert_int_equal(tt_name_labels(wire, sizeof(wire) - 1), 2);
    assert_int_equal(tt_name_labels((const uint8_t *)"", 1), 0);
    tt_name_lower(wire, sizeof(wire) - 1);
    assert_memory_equal(wire, "\3www\4@[`{\0", sizeof(wire) - 1);
    assert_false(tt_name_equal(BYTES("\1a\0"), BYTES("\1b\0")));
    assert_false(tt_name_equal(BYTES("\1a\0"), BYTES("\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_from_messages),
        cmocka_unit_test(chains_of_pointers_end_at_the_limit),
        cmocka_unit_test(every_byte_has_one_text_and_comes_back),
        cmocka_unit_test(the_longest_text_fits_its_bound),
        cmocka_unit_test(uncompressed_names_are_measured),
        cmocka_unit_test(texts_are_parsed),
        cmocka_unit_test(a_name_that_does_not_fit_is_not_written_in_part),
        cmocka_unit_test(labels_are_counted_and_lowered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
