/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"

#define R_ "\xEF\xBF\xBD" /* U+FFFD */

static void views_compare_by_length_and_bytes(void **state)
{
    (void)state;
    assert_true(tt_str_equal(tt_str_from("abc"), TT_STR("abc")));
    assert_false(tt_str_equal(tt_str_from("abc"), TT_STR("abd")));
    assert_false(tt_str_equal(tt_str_from("abc"), TT_STR("ab")));
    assert_true(tt_str_equal(tt_str_from(NULL), TT_STR("")));
    assert_null(tt_str_from(NULL).ptr);
    assert_non_null(tt_str_from("").ptr);
    assert_true(tt_str_equal(TT_STR("a\0b"), TT_STR("a\0b")));
}

static void every_single_byte_is_kept_only_when_it_is_printable_ascii(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char in = (char)byte, out[8];
        size_t len = tt_str_clean(&in, 1, out, sizeof(out));
        if (byte >= 0x20 && byte <= 0x7e) {
            assert_int_equal(len, 1);
            assert_int_equal(out[0], in);
        } else {
            assert_int_equal(len, 3);
            assert_memory_equal(out, R_, 3);
        }
    }
}

/* Independent of the code: what RFC 3629 makes of a number. */
static size_t encode(uint32_t code, uint8_t *out)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    out[0] = (uint8_t)(lead[len] | code);
    return len;
}

/* From the Unicode Character Database: general category Cc, Zl and Zp, property Bidi_Control. */
static bool is_forbidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},
                                         {0x200e, 0x200f}, {0x2028, 0x2029}, {0x202a, 0x202e},
                                         {0x2066, 0x2069}};

    for (size_t i = 0; i < TT_COUNT(ranges); i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

static void every_character_of_unicode_is_kept_or_replaced(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        bool is_character = (code < 0xd800 || code > 0xdfff) && code <= 0x10ffff;
        uint8_t in[4], out[16];
        size_t in_len = encode(code, in), out_len = tt_str_clean(in, in_len, (char *)out, sizeof(out));
        uint32_t decoded = 0;

        assert_int_equal(tt_str_decode_utf8(in, in_len, &decoded), is_character ? in_len : 0);
        if (is_character)
            assert_int_equal(decoded, code);
        if (is_character && !is_forbidden(code)) {
            assert_int_equal(out_len, in_len);
            assert_memory_equal(out, in, in_len);
        } else {
            assert_int_equal(out_len, is_character ? 3 : 3 * in_len);
            assert_memory_equal(out, R_ R_ R_ R_, out_len);
        }
    }
}

static void broken_utf8_becomes_one_mark_a_byte(void **state)
{
    static const struct {
        const char *name, *in, *expect;
    } cases[] = {
        {"plain", "a.b c", "a.b c"},
        {"umlaut, euro, clef", "\xC3\xA4\xE2\x82\xAC\xF0\x9D\x84\x9E",
         "\xC3\xA4\xE2\x82\xAC\xF0\x9D\x84\x9E"},
        {"lone continuation", "a\x80" "b", "a" R_ "b"},
        {"lead at the end", "a\xC3", "a" R_},
        {"lead before a letter", "\xE2\x82" "x", R_ R_ "x"},
        {"overlong slash in 2", "\xC0\xAF", R_ R_},
        {"overlong slash in 3", "\xE0\x80\xAF", R_ R_ R_},
        {"overlong slash in 4", "\xF0\x80\x80\xAF", R_ R_ R_ R_},
        {"surrogate", "\xED\xA0\x80", R_ R_ R_},
        {"beyond the last plane", "\xF4\x90\x80\x80", R_ R_ R_ R_},
        {"five bytes", "\xF8\x88\x80\x80\x80", R_ R_ R_ R_ R_},
        {"never in UTF-8", "\xFE\xFF", R_ R_},
        {"escape sequence", "\x1b[31mred", R_ "[31mred"},
        {"C1 control in UTF-8", "\xC2\x9B" "31m", R_ "31m"},
        {"right-to-left override", "a\xE2\x80\xAE" "b", "a" R_ "b"},
        {"line separator", "a\xE2\x80\xA8" "b", "a" R_ "b"},
        {"next line", "a\xC2\x85" "b", "a" R_ "b"},
        {"newline", "a\r\nb", "a" R_ R_ "b"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        size_t len = tt_str_clean(cases[i].in, strlen(cases[i].in), out, sizeof(out));
        if (len != strlen(cases[i].expect) || memcmp(out, cases[i].expect, len) != 0)
            fail_msg("%s: %.*s", cases[i].name, (int)len, out);
    }
}

/* glibc's decoder: length of the first character, 0 when there is none. */
static size_t decode_by_iconv(iconv_t cd, const uint8_t *in, size_t len)
{
    uint8_t copy[8], code[4];
    char *from = (char *)copy, *to = (char *)code;
    size_t from_left = len, to_left = sizeof(code);

    memcpy(copy, in, len);
    iconv(cd, NULL, NULL, NULL, NULL);
    iconv(cd, &from, &from_left, &to, &to_left);
    return to_left == 0 ? len - from_left : 0;
}

static void the_decoder_agrees_with_libc(void **state)
{
    iconv_t cd = iconv_open("UTF-32LE", "UTF-8");
    uint8_t in[4];
    uint32_t code;

    (void)state;
    assert_true(cd != (iconv_t)-1);
    srandom(1);
    for (unsigned i = 0; i < 400000; i++) {
        size_t len = i < 65536 ? 2 : 1 + (size_t)random() % 4;
        for (size_t at = 0; at < len; at++)
            in[at] = (uint8_t)(i < 65536     ? i >> 8 * at
                               : at == 0     ? 0xc0 | random()
                               : random() & 7 ? 0x80 | (random() & 0x3f)
                                             : random());
        size_t expect = decode_by_iconv(cd, in, len);
        if (tt_str_decode_utf8(in, len, &code) != expect)
            fail_msg("%02x %02x %02x %02x of %zu: not %zu", in[0], in[1], in[2], in[3], len, expect);
    }
    iconv_close(cd);
}

static void it_is_cut_between_characters(void **state)
{
    static const struct {
        const char *in;
        size_t cap;
        const char *expect;
    } cases[] = {{"abc", 0, ""},
                 {"abc", 2, "ab"},
                 {"a\xC3\xA4", 2, "a"},
                 {"a\xC3\xA4", 3, "a\xC3\xA4"},
                 {"\n", 2, ""},
                 {"\n", 3, R_},
                 {"\xF0\x9D\x84\x9Ex", 3, ""},
                 {"\xF0\x9D\x84\x9Ex", 4, "\xF0\x9D\x84\x9E"}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char out[8] = "#######";
        size_t len = tt_str_clean(cases[i].in, strlen(cases[i].in), out, cases[i].cap);
        assert_int_equal(len, strlen(cases[i].expect));
        assert_memory_equal(out, cases[i].expect, len);
        assert_int_equal(out[cases[i].cap], '#');
    }
    assert_int_equal(tt_str_clean(NULL, 0, NULL, 0), 0);
}

struct number_case {
    const char *text;
    int expect;
    uint64_t value;
};

static void check_numbers(const struct number_case *cases, size_t cases_n,
                          int (*parse)(struct tt_str, uint64_t *))
{
    for (size_t i = 0; i < cases_n; i++) {
        uint64_t value = 0;
        int err = parse(tt_str_from(cases[i].text), &value);
        if (err != cases[i].expect || (err == TT_OK && value != cases[i].value))
            fail_msg("'%s': %d, %llu", cases[i].text, err, (unsigned long long)value);
    }
}

static void numbers_are_whole_decimal_texts(void **state)
{
    static const struct number_case cases[] = {
        {"0", TT_OK, 0},
        {"007", TT_OK, 7},
        {"18446744073709551615", TT_OK, UINT64_MAX},
        {"18446744073709551616", TT_ERANGE, 0},
        {"18446744073709551620", TT_ERANGE, 0},
        {"99999999999999999999", TT_ERANGE, 0},
        {"", TT_ESYNTAX, 0},
        {"-1", TT_ESYNTAX, 0},
        {"+1", TT_ESYNTAX, 0},
        {" 1", TT_ESYNTAX, 0},
        {"1 ", TT_ESYNTAX, 0},
        {"1.0", TT_ESYNTAX, 0},
        {"0x10", TT_ESYNTAX, 0},
        {NULL, TT_ESYNTAX, 0},
    };

    (void)state;
    check_numbers(cases, TT_COUNT(cases), tt_str_parse_u64);
    uint64_t value;
    assert_int_equal(tt_str_parse_u64(TT_STR("1\0"), &value), TT_ESYNTAX);
}

static void sizes_are_bytes_or_have_a_binary_unit(void **state)
{
    static const struct number_case cases[] = {
        {"0", TT_OK, 0},
        {"4096", TT_OK, 4096},
        {"512KiB", TT_OK, 524288},
        {"4MiB", TT_OK, 4194304},
        {"1GiB", TT_OK, 1073741824},
        {"8589934591GiB", TT_OK, 9223372035781033984u},
        {"8589934592GiB", TT_ERANGE, 0},
        {"9223372036854775807", TT_OK, INT64_MAX},
        {"9223372036854775808", TT_ERANGE, 0},
        {"4MB", TT_ESYNTAX, 0},
        {"4mib", TT_ESYNTAX, 0},
        {"4 MiB", TT_ESYNTAX, 0},
        {"4M", TT_ESYNTAX, 0},
        {"1.5MiB", TT_ESYNTAX, 0},
        {"MiB", TT_ESYNTAX, 0},
        {"4MiBx", TT_ESYNTAX, 0},
        {"1s", TT_ESYNTAX, 0},
        {"", TT_ESYNTAX, 0},
    };

    (void)state;
    check_numbers(cases, TT_COUNT(cases), tt_str_parse_size);
}

static void durations_have_a_unit(void **state)
{
    static const struct number_case cases[] = {
        {"0s", TT_OK, 0},
        {"5ms", TT_OK, 5000000},
        {"15s", TT_OK, 15000000000},
        {"2m", TT_OK, 120000000000},
        {"1h", TT_OK, 3600000000000},
        {"1d", TT_OK, 86400000000000},
        {"106751d", TT_OK, 9223286400000000000u},
        {"106752d", TT_ERANGE, 0},
        {"9223372036s", TT_OK, 9223372036000000000u},
        {"9223372037s", TT_ERANGE, 0},
        {"15", TT_ESYNTAX, 0},
        {"15S", TT_ESYNTAX, 0},
        {"1us", TT_ESYNTAX, 0},
        {"1w", TT_ESYNTAX, 0},
        {"1h30m", TT_ESYNTAX, 0},
        {"-1s", TT_ESYNTAX, 0},
        {"s", TT_ESYNTAX, 0},
        {"", TT_ESYNTAX, 0},
    };

    (void)state;
    check_numbers(cases, TT_COUNT(cases), tt_str_parse_duration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_by_length_and_bytes),
        cmocka_unit_test(every_single_byte_is_kept_only_when_it_is_printable_ascii),
        cmocka_unit_test(every_character_of_unicode_is_kept_or_replaced),
        cmocka_unit_test(broken_utf8_becomes_one_mark_a_byte),
        cmocka_unit_test(the_decoder_agrees_with_libc),
        cmocka_unit_test(it_is_cut_between_characters),
        cmocka_unit_test(numbers_are_whole_decimal_texts),
        cmocka_unit_test(sizes_are_bytes_or_have_a_binary_unit),
        cmocka_unit_test(durations_have_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
