/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Windows in virtual time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "count/windows.h"

#define S UINT64_C(1000000)

/* What was told, as "start start …" in seconds. */
struct told {
    char text[256];
    uint64_t last_start[TT_WINDOWS_OPEN_N];
};

static void note(void *arg, unsigned slot, uint64_t start_us)
{
    struct told *told = arg;
    size_t len = strlen(told->text);

    assert_true(slot < TT_WINDOWS_OPEN_N);
    told->last_start[slot] = start_us;
    snprintf(told->text + len, sizeof(told->text) - len, "%s%llu", len > 0 ? " " : "",
             (unsigned long long)(start_us / S));
}

static void windows_end_a_second_after_their_time(void **state)
{
    static const struct {
        const char *name;
        uint64_t from_s, to_ms;
        const char *told;
    } rows[] = {
        {"not yet", 1003, 1009999, ""},
        {"in the second that late ones have", 1003, 1010999, ""},
        {"over", 1003, 1011000, "1000"},
        {"over, a whole window later", 1003, 1020999, "1000"},
        {"both over", 1003, 1021000, "1000 1010"},
        {"a day later both are told, and no more", 1003, 86401003000, "1000 1010"},
        {"an hour back both are told", 5003, 1403000, "5000 5010"},
        {"a little back nothing is", 1003, 995000, ""},
        {"a window back nothing is", 1003, 990000, ""},
        {"more than a window back both are told", 1003, 989999, "1000 1010"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_windows windows;
        struct told told = {"", {0, 0}};

        tt_windows_init(&windows, 10 * S, rows[i].from_s * S);
        tt_windows_close(&windows, rows[i].to_ms * 1000, note, &told);
        if (strcmp(told.text, rows[i].told) != 0)
            fail_msg("%s: told \"%s\", not \"%s\"", rows[i].name, told.text, rows[i].told);
        told.text[0] = '\0';
        tt_windows_close(&windows, rows[i].to_ms * 1000, note, &told);
        assert_string_equal(told.text, "");
    }
}

/* What is counted in a slot is told with the window that its time is in, or with the nearest open one. */
static void a_time_is_in_the_window_that_is_told(void **state)
{
    static const struct {
        uint64_t at_ms, told_s;
    } rows[] = {{1000000, 1000}, {1009999, 1000}, {1010000, 1010}, {1019999, 1010},
                {999999, 1000}, {0, 1000}, {1020000, 1010}, {99999999, 1010}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_windows windows;
        struct told told = {"", {0, 0}};
        unsigned slot;

        tt_windows_init(&windows, 10 * S, 1003 * S);
        slot = tt_windows_slot(&windows, rows[i].at_ms * 1000);
        tt_windows_close(&windows, 1021 * S, note, &told);
        assert_int_equal(told.last_start[slot], rows[i].told_s * S);
    }
}

static void an_end_tells_all_that_is_open_and_begins_anew(void **state)
{
    struct tt_windows windows;
    struct told told = {"", {0, 0}};

    (void)state;
    tt_windows_init(&windows, 10 * S, 1003 * S);
    tt_windows_end(&windows, 1004 * S, note, &told);
    assert_string_equal(told.text, "1000 1010");
    told.text[0] = '\0';
    tt_windows_close(&windows, 1012 * S, note, &told);
    assert_string_equal(told.text, "1000");
}

/* A minute of ticks, each window once and in order. */
static void ticks_tell_each_window_once(void **state)
{
    struct tt_windows windows;
    struct told told = {"", {0, 0}};

    (void)state;
    tt_windows_init(&windows, 10 * S, 1003 * S);
    for (uint64_t now = 1003 * S; now < 1063 * S; now += 7001)
        tt_windows_close(&windows, now, note, &told);
    assert_string_equal(told.text, "1000 1010 1020 1030 1040 1050");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_end_a_second_after_their_time),
        cmocka_unit_test(a_time_is_in_the_window_that_is_told),
        cmocka_unit_test(an_end_tells_all_that_is_open_and_begins_anew),
        cmocka_unit_test(ticks_tell_each_window_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
