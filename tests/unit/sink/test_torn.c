/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "sink/torn.h"

#define JSON TT_ENCODING_JSON
#define PROTOBUF TT_ENCODING_PROTOBUF

static int find(enum tt_encoding encoding, const char *bytes, size_t len, uint64_t *whole_len)
{
    FILE *file = tmpfile();
    int err;

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fflush(file), 0);
    err = tt_torn_find(fileno(file), encoding, len, whole_len);
    fclose(file);
    return err;
}

#define BYTES(text) text, sizeof(text) - 1

static const struct {
    const char *name;
    enum tt_encoding encoding;
    const char *bytes;
    size_t len;
    int expect;
    uint64_t whole_len;
} cases[] = {
    {"empty", JSON, BYTES(""), TT_OK, 0},
    {"whole lines", JSON, BYTES("{}\n{}\n"), TT_OK, 6},
    {"torn line", JSON, BYTES("{}\n{\"kind\":\"dns\",\"a\":"), TT_OK, 3},
    {"first line torn", JSON, BYTES("{\"k"), TT_OK, 0},
    {"somebody else's JSON", JSON, BYTES("{\"name\": 1}"), TT_EMALFORMED, 0},
    {"zeros that are only the start of something", JSON, BYTES("{}\n\0\0\0a"), TT_EMALFORMED, 0},
    {"protobuf for JSON", JSON, BYTES("\x04\x08\x01\n\0\x04\x08\x01\x10\x01"), TT_EMALFORMED, 0},
    {"JSON for protobuf", PROTOBUF, BYTES("{\"kind\":\"dns\"}\n"), TT_EMALFORMED, 0},
    {"zeros of a power cut", JSON, BYTES("{}\n\0\0\0\0"), TT_OK, 3},
    {"somebody else's text", JSON, BYTES("user=x\npass"), TT_EMALFORMED, 0},
    {"empty protobuf", PROTOBUF, BYTES(""), TT_OK, 0},
    {"whole messages", PROTOBUF, BYTES("\x02\x08\x01\x01\x08"), TT_OK, 5},
    {"torn message", PROTOBUF, BYTES("\x02\x08\x01\x03\x08"), TT_OK, 3},
    {"message torn behind its length", PROTOBUF, BYTES("\x02\x08\x01\x03"), TT_OK, 3},
    {"torn length", PROTOBUF, BYTES("\x02\x08\x01\x80"), TT_OK, 3},
    {"length of two bytes", PROTOBUF, BYTES("\x81\x00\x08\x05\x08"), TT_OK, 3},
    {"no length at all", PROTOBUF, BYTES("\x02\x08\x01\0\0"), TT_EMALFORMED, 0},
    {"endless length", PROTOBUF, BYTES("\xff\xff\xff\xff\xff\xff"), TT_EMALFORMED, 0},
};

static void the_whole_part_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        uint64_t whole_len = 0;
        int err = find(cases[i].encoding, cases[i].bytes, cases[i].len, &whole_len);
        if (err != cases[i].expect || (err == TT_OK && whole_len != cases[i].whole_len))
            fail_msg("%s: %d, %llu", cases[i].name, err, (unsigned long long)whole_len);
    }
}

static void lengths_across_windows_are_followed(void **state)
{
    enum { RECORDS = 3000, BODY = 300 };
    size_t cap = RECORDS * (BODY + 2), len = 0;
    char *bytes = calloc(1, cap);
    uint64_t whole_len;

    (void)state;
    for (int i = 0; i < RECORDS; i++, len += BODY + 2) {
        bytes[len] = (char)(0x80 | (BODY & 0x7f));
        bytes[len + 1] = BODY >> 7;
        memset(bytes + len + 2, 0x08, BODY);
    }
    assert_int_equal(find(PROTOBUF, bytes, len, &whole_len), TT_OK);
    assert_int_equal(whole_len, len);
    assert_int_equal(find(PROTOBUF, bytes, len - 1, &whole_len), TT_OK);
    assert_int_equal(whole_len, len - BODY - 2);
    free(bytes);
}

static void a_long_line_is_searched_but_not_a_whole_foreign_file(void **state)
{
    size_t len = 3 * TT_TORN_MAX;
    char *bytes = malloc(len);
    uint64_t whole_len;

    (void)state;
    memset(bytes, '{', len);
    memcpy(bytes + len - TT_TORN_MAX / 2, "\n{\"kind\":\"", 10);
    assert_int_equal(find(JSON, bytes, len, &whole_len), TT_OK);
    assert_int_equal(whole_len, len - TT_TORN_MAX / 2 + 1);
    bytes[len - TT_TORN_MAX / 2] = '{';
    assert_int_equal(find(JSON, bytes, len, &whole_len), TT_EMALFORMED);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_part_is_found),
        cmocka_unit_test(lengths_across_windows_are_followed),
        cmocka_unit_test(a_long_line_is_searched_but_not_a_whole_foreign_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
