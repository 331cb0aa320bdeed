/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

static void expect_text(const struct tt_buf *buf, const char *text)
{
    assert_int_equal(buf->len, strlen(text));
    assert_memory_equal(buf->data, text, strlen(text));
}

static void a_write_that_does_not_fit_leaves_nothing_and_stops_all_later_ones(void **state)
{
    static const struct {
        size_t cap;
        const char *expect;
        bool overflow;
    } cases[] = {{0, "", true}, {2, "", true},      {3, "abc", true},      {6, "abc", true},
                 {7, "abcdefg", true}, {8, "abcdefg!", false}, {9, "abcdefg!", false}};
    char memory[16];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_buf buf = tt_buf_over(memory, cases[i].cap);
        memset(memory, '#', sizeof(memory));
        tt_buf_text(&buf, "abc");
        tt_buf_bytes(&buf, "defg", 4);
        tt_buf_char(&buf, '!');
        expect_text(&buf, cases[i].expect);
        assert_int_equal(buf.overflow, cases[i].overflow);
        assert_int_equal(memory[cases[i].cap], '#');
        tt_buf_reset(&buf);
        assert_false(buf.overflow);
        assert_int_equal(buf.len, 0);
    }
}

static void after_an_overflow_even_nothing_is_refused_room(void **state)
{
    char memory[4];
    struct tt_buf buf = tt_buf_over(memory, sizeof(memory));

    (void)state;
    assert_ptr_equal(tt_buf_room(&buf, 0), memory);
    assert_ptr_equal(tt_buf_room(&buf, 4), memory);
    assert_non_null(tt_buf_room(&buf, 0));
    assert_null(tt_buf_room(&buf, SIZE_MAX));
    assert_true(buf.overflow);
    assert_null(tt_buf_room(&buf, 0));
    assert_int_equal(buf.len, 4);
}

static void numbers_are_written_as_printf_writes_them(void **state)
{
    static const uint64_t edges[] = {0, 1, 9, 10, 99, 100, UINT32_MAX, (uint64_t)UINT32_MAX + 1,
                                     INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
    char memory[64], expect[64];

    (void)state;
    srandom(1);
    for (size_t i = 0; i < 100000; i++) {
        uint64_t random_bits = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
        uint64_t value = i < TT_COUNT(edges) ? edges[i] : random_bits >> random() % 64;
        struct tt_buf buf = tt_buf_over(memory, sizeof(memory));
        tt_buf_u64(&buf, value);
        tt_buf_char(&buf, ' ');
        tt_buf_hex64(&buf, value, 16);
        tt_buf_char(&buf, ' ');
        tt_buf_hex64(&buf, value, 3);
        snprintf(expect, sizeof(expect), "%" PRIu64 " %016" PRIx64 " %03" PRIx64, value, value,
                 value & 0xfff);
        expect_text(&buf, expect);
    }
}

static void every_byte_has_two_hex_digits(void **state)
{
    char memory[512], expect[513];
    uint8_t bytes[256];
    struct tt_buf buf = tt_buf_over(memory, sizeof(memory));

    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        snprintf(expect + 2 * i, 3, "%02x", i);
    }
    tt_buf_hex(&buf, bytes, sizeof(bytes));
    expect_text(&buf, expect);
    tt_buf_hex(&buf, bytes, 1);
    assert_true(buf.overflow);
}

/* The text is len times the same letter; the buffer holds `before` bytes of 4096 already. */
static void a_formatted_text_is_whole_or_not_there(void **state)
{
    static const struct {
        size_t before;
        int len;
        bool fits;
    } cases[] = {{0, 0, true},       {0, 1, true},        {0, 1023, true},     {0, 1024, true},
                 {0, 4095, true},    {0, 4097, false},    {4096, 0, true},     {4096, 1, false},
                 {4000, 96, true},   {4000, 97, false},   {2000, 2095, true},  {2000, 2097, false}};
    static char memory[4097], text[5000];

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_buf buf = tt_buf_over(memory, 4096);
        memset(memory, '#', sizeof(memory));
        assert_non_null(tt_buf_room(&buf, cases[i].before));
        tt_buf_format(&buf, "%.*s", cases[i].len, text);
        assert_int_equal(buf.overflow, !cases[i].fits);
        assert_int_equal(buf.len, cases[i].before + (cases[i].fits ? (size_t)cases[i].len : 0));
        assert_memory_equal(memory + cases[i].before, text, buf.len - cases[i].before);
        assert_int_equal(memory[4096], '#');
        assert_true(cases[i].before == 0 || memory[cases[i].before - 1] == '#');
    }
}

static void a_terminated_text_gives_up_its_last_byte_only_when_full(void **state)
{
    char memory[4];
    struct tt_buf buf = tt_buf_over(memory, sizeof(memory)), none = tt_buf_over(NULL, 0);

    (void)state;
    assert_string_equal(tt_buf_cstr(&none), "");
    assert_string_equal(tt_buf_cstr(&buf), "");
    tt_buf_text(&buf, "abc");
    assert_string_equal(tt_buf_cstr(&buf), "abc");
    tt_buf_char(&buf, 'd');
    assert_string_equal(tt_buf_cstr(&buf), "abc");
}

static void an_arena_gives_aligned_pieces_until_it_is_used_up(void **state)
{
    struct tt_arena arena;
    char *first;

    (void)state;
    assert_int_equal(tt_arena_init(&arena, 64), TT_OK);
    first = tt_arena_take(&arena, 1);
    assert_non_null(first);
    assert_ptr_equal(tt_arena_take(&arena, 8), first + 8);
    assert_ptr_equal(tt_arena_take(&arena, 0), first + 16);
    assert_null(tt_arena_take(&arena, 49));
    assert_null(tt_arena_take(&arena, SIZE_MAX));
    assert_ptr_equal(tt_arena_take(&arena, 41), first + 16);
    assert_null(tt_arena_take(&arena, 1));
    tt_arena_reset(&arena);
    assert_ptr_equal(tt_arena_take(&arena, 64), first);
    tt_arena_fini(&arena);
    assert_null(tt_arena_take(&arena, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_that_does_not_fit_leaves_nothing_and_stops_all_later_ones),
        cmocka_unit_test(after_an_overflow_even_nothing_is_refused_room),
        cmocka_unit_test(numbers_are_written_as_printf_writes_them),
        cmocka_unit_test(every_byte_has_two_hex_digits),
        cmocka_unit_test(a_formatted_text_is_whole_or_not_there),
        cmocka_unit_test(a_terminated_text_gives_up_its_last_byte_only_when_full),
        cmocka_unit_test(an_arena_gives_aligned_pieces_until_it_is_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
