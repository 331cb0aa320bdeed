/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/codes.h"

typedef void (*format_f)(struct tt_buf *buf, uint16_t number);

static void format_opcode(struct tt_buf *buf, uint16_t number)
{
    tt_opcode_format(buf, (uint8_t)number);
}

static const struct {
    format_f format;
    uint16_t number;
    const char *expect;
} cases[] = {
    {tt_type_format, 1, "A"},
    {tt_type_format, 28, "AAAA"},
    {tt_type_format, 23, "NSAP-PTR"},
    {tt_type_format, 65, "HTTPS"},
    {tt_type_format, 261, "RESINFO"},
    {tt_type_format, 32769, "DLV"},
    {tt_type_format, 255, "ANY"},
    {tt_type_format, 0, "TYPE0"},
    {tt_type_format, 65280, "TYPE65280"},
    {tt_class_format, 1, "IN"},
    {tt_class_format, 3, "CH"},
    {tt_class_format, 255, "ANY"},
    {tt_class_format, 2, "CLASS2"},
    {tt_class_format, 32, "CLASS32"},
    {tt_rcode_format, 0, "NOERROR"},
    {tt_rcode_format, 3, "NXDOMAIN"},
    {tt_rcode_format, 16, "BADVERS"},
    {tt_rcode_format, 23, "BADCOOKIE"},
    {tt_rcode_format, 15, "RCODE15"},
    {tt_rcode_format, 4095, "RCODE4095"},
    {format_opcode, 0, "QUERY"},
    {format_opcode, 5, "UPDATE"},
    {format_opcode, 3, "OPCODE3"},
    {format_opcode, 7, "OPCODE7"},
};

static void numbers_have_their_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char text[TT_CODE_TEXT_MAX + 1];
        struct tt_buf buf = tt_buf_over(text, sizeof(text));

        cases[i].format(&buf, cases[i].number);
        assert_string_equal(tt_buf_cstr(&buf), cases[i].expect);
    }
}

static void check_round_trip(format_f format, int (*parse)(struct tt_str, uint16_t *),
                             uint16_t number)
{
    char text[TT_CODE_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    uint16_t back = (uint16_t)(number + 1);

    format(&buf, number);
    assert_false(buf.overflow);
    assert_int_equal(parse((struct tt_str){text, (uint32_t)buf.len}, &back), 0);
    assert_int_equal(back, number);
}

static void every_number_comes_back(void **state)
{
    (void)state;
    for (unsigned number = 0; number <= UINT16_MAX; number++) {
        check_round_trip(tt_type_format, tt_type_parse, (uint16_t)number);
        check_round_trip(tt_class_format, tt_class_parse, (uint16_t)number);
        check_round_trip(tt_rcode_format, tt_rcode_parse, (uint16_t)number);
    }
}

static void other_words_are_refused(void **state)
{
    static const char *const words[] = {"",       "TYPE", "TYPE65536", "TYPE-1",
                                        "TYPE1x", "AAA",  "AAAAA",     "CLASS1"};
    uint16_t number;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(words); i++)
        assert_int_equal(tt_type_parse(tt_str_from(words[i]), &number), TT_ESYNTAX);
    assert_int_equal(tt_type_parse(tt_str_from(NULL), &number), TT_ESYNTAX);
    assert_int_equal(tt_type_parse(tt_str_from("https"), &number), 0);
    assert_int_equal(number, TT_TYPE_HTTPS);
}

static void extended_errors_have_their_purpose(void **state)
{
    (void)state;
    assert_string_equal(tt_ede_word(TT_EDE_STALE_ANSWER), "Stale Answer");
    assert_string_equal(tt_ede_word(22), "No Reachable Authority");
    assert_null(tt_ede_word(49152));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_words),
        cmocka_unit_test(every_number_comes_back),
        cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(extended_errors_have_their_purpose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
