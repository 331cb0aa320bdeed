/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* dup: maybe in records that are encoded already; python and protoc say whether they read it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "event/mark.h"

#define JSON TT_ENCODING_JSON
#define PROTOBUF TT_ENCODING_PROTOBUF
#define DNSTAP TT_ENCODING_DNSTAP
#define BYTES(text) text, sizeof(text) - 1
#define MARK ",\"dup\":\"maybe\""

static const struct {
    const char *name;
    enum tt_encoding encoding;
    const char *record;
    size_t len;
    const char *expect;
    size_t expect_len;
} cases[] = {
    {"a record", JSON, BYTES("{\"kind\":\"dns\",\"a\":1}"), BYTES("{\"kind\":\"dns\",\"a\":1" MARK "}")},
    {"with a newline", JSON, BYTES("{\"a\":1}\n"), BYTES("{\"a\":1" MARK "}\n")},
    {"with blanks", JSON, BYTES("{ \"a\": [1, {}] }"), BYTES("{ \"a\": [1, {}] " MARK "}")},
    {"an empty object", JSON, BYTES("{}"), BYTES("{\"dup\":\"maybe\"}")},
    {"an empty object with a blank", JSON, BYTES("{ }"), BYTES("{ \"dup\":\"maybe\"}")},
    {"a marked one", JSON, BYTES("{\"a\":1" MARK "}"), BYTES("{\"a\":1" MARK "}")},
    {"a marked one, in front", JSON, BYTES("{\"dup\":\"maybe\",\"a\":1}"),
     BYTES("{\"dup\":\"maybe\",\"a\":1}")},
    {"the mark deeper inside", JSON, BYTES("{\"a\":{\"dup\":\"maybe\"}}"),
     BYTES("{\"a\":{\"dup\":\"maybe\"}" MARK "}")},
    {"the mark in a text", JSON, BYTES("{\"a\":\"\\\"dup\\\":\\\"maybe\\\"\"}"),
     BYTES("{\"a\":\"\\\"dup\\\":\\\"maybe\\\"\"" MARK "}")},
    {"braces in a text", JSON, BYTES("{\"a\":\"}{[\\\\\"}"), BYTES("{\"a\":\"}{[\\\\\"" MARK "}")},
    {"no object", JSON, BYTES("[1]"), BYTES("[1]")},
    {"nothing", JSON, BYTES(""), BYTES("")},
    {"cut", JSON, BYTES("{\"a\":1"), BYTES("{\"a\":1")},
    {"a brace", JSON, BYTES("}"), BYTES("}")},
    {"a message", PROTOBUF, BYTES("\x08\x01\x10\x01"), BYTES("\x08\x01\x10\x01\x40\x01")},
    {"an empty message", PROTOBUF, BYTES(""), BYTES("\x40\x01")},
    {"a marked message", PROTOBUF, BYTES("\x08\x01\x40\x01\x10\x01"), BYTES("\x08\x01\x40\x01\x10\x01")},
    {"the mark inside a string", PROTOBUF, BYTES("\x2a\x02\x40\x01"), BYTES("\x2a\x02\x40\x01\x40\x01")},
    {"the mark inside fixed numbers", PROTOBUF,
     BYTES("\x21\x40\x01\x40\x01\x40\x01\x40\x01\x25\x40\x01\x40\x01"),
     BYTES("\x21\x40\x01\x40\x01\x40\x01\x40\x01\x25\x40\x01\x40\x01\x40\x01")},
    {"the mark as a value", PROTOBUF, BYTES("\x80\x01\x40\x88\x01\x01"),
     BYTES("\x80\x01\x40\x88\x01\x01\x40\x01")},
    {"no message", PROTOBUF, BYTES("\xff\xff"), BYTES("\xff\xff\x40\x01")},
    {"a dnstap frame", DNSTAP, BYTES("\x0a\x01x"), BYTES("\x0a\x01x")},
};

static void the_mark_is_put_in_once_and_behind_the_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char text[256];
        struct tt_buf buf = tt_buf_over(text, sizeof(text)), exact;
        print_message("%s\n", cases[i].name);
        tt_mark_dup(cases[i].encoding, cases[i].record, cases[i].len, &buf);
        assert_int_equal(buf.len, cases[i].expect_len);
        assert_memory_equal(text, cases[i].expect, buf.len);
        assert_true(buf.len <= cases[i].len + TT_MARK_MAX);
        tt_mark_dup(cases[i].encoding, text, cases[i].expect_len, &buf); /* twice is once */
        if (i != TT_COUNT(cases) - 2)
            assert_int_equal(buf.len, 2 * cases[i].expect_len);
        exact = tt_buf_over(text, cases[i].expect_len);
        tt_mark_dup(cases[i].encoding, cases[i].record, cases[i].len, &exact);
        assert_false(exact.overflow);
        if (cases[i].expect_len == 0)
            continue;
        exact = tt_buf_over(text, cases[i].expect_len - 1);
        tt_mark_dup(cases[i].encoding, cases[i].record, cases[i].len, &exact);
        assert_true(exact.overflow);
        assert_int_equal(exact.len, 0);
    }
}

/* Standard output of a command that is given the marked record. */
static const char *answer_of(const char *command, const struct tt_buf *record)
{
    static char text[1024];
    char path[] = "/tmp/tt-mark-XXXXXX", line[512];
    int fd = mkstemp(path);

    assert_true(fd >= 0 && write(fd, record->data, record->len) == (ssize_t)record->len);
    close(fd);
    snprintf(line, sizeof(line), "%s < %s", command, path);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    text[fread(text, 1, sizeof(text) - 1, out)] = '\0';
    assert_int_equal(pclose(out), 0);
    unlink(path);
    return text;
}

static void python_and_protoc_read_the_mark(void **state)
{
    static const char json[] = "{\"kind\":\"dns\",\"query_name\":\"a\\\"b\",\"list\":[{\"x\":1}]}";
    static const char proto[] = "\x08\x01\x10\x01\x2a\x01i";
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    (void)state;
    tt_mark_dup(JSON, json, sizeof(json) - 1, &buf);
    assert_string_equal(answer_of("python3 -c \"import json, sys; r = json.load(sys.stdin); "
                                  "print(list(r)[-1], r['dup'], r['kind'])\"",
                                  &buf),
                        "dup maybe dns\n");
    tt_buf_reset(&buf);
    tt_mark_dup(PROTOBUF, proto, sizeof(proto) - 1, &buf);
    static const char *const messages[] = {"DnsEvent", "BooksRecord", "AlertRecord", "AggregateRecord"};
    for (size_t i = 0; i < TT_COUNT(messages); i++) {
        char command[128];
        snprintf(command, sizeof(command),
                 "protoc --decode=telltale.v1.%s -Idocs/schema docs/schema/telltale.proto", messages[i]);
        assert_non_null(strstr(answer_of(command, &buf), "dup: DUP_MAYBE\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mark_is_put_in_once_and_behind_the_others),
        cmocka_unit_test(python_and_protoc_read_the_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
