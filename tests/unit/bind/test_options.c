/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The text of the plugin block in named.conf. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "options.h"

#define LONG_PATH_100                                                                                        \
    "/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789"
#define LONG_PATH_500 LONG_PATH_100 LONG_PATH_100 LONG_PATH_100 LONG_PATH_100 LONG_PATH_100

static void a_good_block_gives_what_it_says(void **state)
{
    static const struct {
        const char *name, *text, *config, *directory;
        bool config_given, strict;
    } cases[] = {
        {"no braces", NULL, TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"empty", "", TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"blank", " \t\n ", TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"only semicolons", ";;", TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"config", " config \"/a/b.yaml\"; ", "/a/b.yaml", "", true, false},
        {"config as a word", "config /a/b.yaml;", "/a/b.yaml", "", true, false},
        {"no space before a string", "config\"/a\";", "/a", "", true, false},
        {"space in a string", "config \"/a b\";", "/a b", "", true, false},
        {"escapes in a string", "config \"/a\\\"b\\\\c\";", "/a\"b\\c", "", true, false},
        {"a comment sign in a string", "config \"/a#b//c/*d\";", "/a#b//c/*d", "", true, false},
        {"a comment sign in a word", "config /a//b;", "/a//b", "", true, false},
        {"strict yes", "strict yes;", TT_CONFIG_PATH_DEFAULT, "", false, true},
        {"strict no", "strict no;", TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"named's other words", "strict True;", TT_CONFIG_PATH_DEFAULT, "", false, true},
        {"and numbers", "strict 0;", TT_CONFIG_PATH_DEFAULT, "", false, false},
        {"a key in capitals", "STRICT yes;", TT_CONFIG_PATH_DEFAULT, "", false, true},
        {"shim-directory", "shim-directory \"/s\";", TT_CONFIG_PATH_DEFAULT, "/s", false, false},
        {"all", "config \"/c\"; strict yes; shim-directory \"/s\";", "/c", "/s", true, true},
        {"hash comment", "# config \"/x\";\nconfig \"/c\"; # strict yes;", "/c", "", true, false},
        {"slash comment", "// strict yes;\nconfig \"/c\"; //", "/c", "", true, false},
        {"block comment", "/* strict\n yes; */ config /* * / */ \"/c\" /**/ ;", "/c", "", true, false},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char error[TT_OPTION_ERROR_MAX];
        struct tt_options options;

        if (!tt_options_parse(cases[i].text, "named.conf", 7, &options, error))
            fail_msg("%s: %s", cases[i].name, error);
        assert_string_equal(options.config_path, cases[i].config);
        assert_string_equal(options.shim_directory, cases[i].directory);
        assert_int_equal(options.config_given, cases[i].config_given);
        assert_int_equal(options.strict, cases[i].strict);
        assert_string_equal(error, "");
    }
}

static void a_mistake_is_named_with_file_line_key_and_what_was_expected(void **state)
{
    static const struct {
        const char *text, *expect;
    } cases[] = {
        {"colour red;", "named.conf:7: colour: expected config, strict or shim-directory"},
        {"\n\ncolour red;", "named.conf:9: colour: expected config, strict or shim-directory"},
        {"/*\n*/ # x\n{", "named.conf:9: {: expected config, strict or shim-directory"},
        {"\"config\" \"/a\";", "named.conf:7: config: expected config, strict or shim-directory"},
        {"config;", "named.conf:7: config: expected a value"},
        {"config", "named.conf:7: config: expected a value"},
        {"config {};", "named.conf:7: config: expected a value"},
        {"config \"/a\"", "named.conf:7: config: expected ; after the value"},
        {"config \"/a\" \"/b\";", "named.conf:7: config: expected ; after the value"},
        {"config \"/a\";\nconfig \"/a\";", "named.conf:8: config: expected once, found a second time"},
        {"config \"a.yaml\";", "named.conf:7: config: expected an absolute path, found \"a.yaml\""},
        {"config \"\";", "named.conf:7: config: expected an absolute path, found \"\""},
        {"shim-directory bind;", "named.conf:7: shim-directory: expected an absolute path, found \"bind\""},
        {"strict maybe;", "named.conf:7: strict: expected yes or no, found \"maybe\""},
        {"strict \"a\x1b\x7f\";", "named.conf:7: strict: expected yes or no, found \"a??\""},
        {"config \"/a;\n", "named.conf:7: /a;: expected \" to end the string"},
        {"config \"/a\\", "named.conf:7: /a\\: expected \" to end the string"},
        {"config \"", "named.conf:7: \": expected \" to end the string"},
        {"\n/* config", "named.conf:8: /*: expected */ to end the comment"},
        {"/*/", "named.conf:7: /*: expected */ to end the comment"},
        {"config \"" LONG_PATH_500 LONG_PATH_500 LONG_PATH_100 "\";",
         "named.conf:7: plugin: expected a value of less than 1024 bytes"},
        {"config " LONG_PATH_500 LONG_PATH_500 LONG_PATH_100 ";",
         "named.conf:7: plugin: expected a value of less than 1024 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char error[TT_OPTION_ERROR_MAX];
        struct tt_options options;

        if (tt_options_parse(cases[i].text, "named.conf", 7, &options, error))
            fail_msg("%s: taken", cases[i].text);
        assert_string_equal(error, cases[i].expect);
    }
}

static void a_mistake_without_a_file_is_of_the_plugin(void **state)
{
    char error[TT_OPTION_ERROR_MAX];
    struct tt_options options;

    (void)state;
    assert_false(tt_options_parse("x;", NULL, 0, &options, error));
    assert_string_equal(error, "plugin:0: x: expected config, strict or shim-directory");
}

/* Each beginning of a block with everything in it is either taken or named; none is read past its end. */
static void no_beginning_of_a_block_is_read_past_its_end(void **state)
{
    static const char whole[] =
        "/* a */ config \"/a\\\"b\"; # c\nstrict yes; // d\nshim-directory /s; /* e */";

    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *text = malloc(len + 1), error[TT_OPTION_ERROR_MAX];
        struct tt_options options;
        bool is_good;

        assert_non_null(text);
        memcpy(text, whole, len);
        text[len] = 0;
        is_good = tt_options_parse(text, "f", 1, &options, error);
        assert_int_equal(is_good, error[0] == 0);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_block_gives_what_it_says),
        cmocka_unit_test(a_mistake_is_named_with_file_line_key_and_what_was_expected),
        cmocka_unit_test(a_mistake_without_a_file_is_of_the_plugin),
        cmocka_unit_test(no_beginning_of_a_block_is_read_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
