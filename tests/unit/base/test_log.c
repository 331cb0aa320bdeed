/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

static struct {
    unsigned lines_n; /* atomic */
    enum tt_log_level level;
    char line[2000];
} seen;
static uint64_t fake_ns;

static uint64_t read_fake_ns(void)
{
    return fake_ns;
}

static void keep_line(enum tt_log_level level, const char *line, void *arg)
{
    assert_ptr_equal(arg, &seen);
    __atomic_fetch_add(&seen.lines_n, 1, __ATOMIC_RELAXED);
    seen.level = level;
    snprintf(seen.line, sizeof(seen.line), "%s", line);
}

static int take_log(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    fake_ns = 0;
    tt_log_set(keep_line, &seen);
    tt_clock_set(read_fake_ns, NULL);
    return 0;
}

static int give_log_back(void **state)
{
    (void)state;
    tt_log_set(NULL, NULL);
    tt_clock_set(NULL, NULL);
    return 0;
}

static void a_line_reaches_the_hosts_writer_clean(void **state)
{
    (void)state;
    tt_log(TT_LOG_WARNING, "%s: %d\n", "\x1b[31mname\xff", 7);
    assert_int_equal(seen.lines_n, 1);
    assert_int_equal(seen.level, TT_LOG_WARNING);
    assert_string_equal(seen.line, "\xEF\xBF\xBD[31mname\xEF\xBF\xBD: 7\xEF\xBF\xBD");
}

static void a_line_has_at_most_a_thousand_bytes(void **state)
{
    static const struct {
        char letter;
        int len;
        size_t expect;
    } cases[] = {{'x', 0, 0},       {'x', 999, 999},   {'x', 1000, 1000},
                 {'x', 1001, 1000}, {'x', 1500, 1000}, {'\n', 1500, 999}};
    static char text[1501];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        memset(text, cases[i].letter, 1500);
        tt_log(TT_LOG_INFO, "%.*s", cases[i].len, text);
        assert_int_equal(strlen(seen.line), cases[i].expect);
    }
}

/* One call site; at each time one call. Lines and the number that the line says was left out. */
static void one_line_a_second_and_the_next_says_what_was_left_out(void **state)
{
    static const struct {
        uint64_t at_ns;
        bool is_written;
        const char *note;
    } cases[] = {
        {5, true, ""},          {5, false, ""},
        {6, false, ""},         {1000000004, false, ""},
        {1000000005, true, " (3 like it left out)"},
        {1000000005, false, ""}, {2000000006, true, " (1 like it left out)"},
        {9000000000, true, ""},
    };
    struct tt_log_limit limit = {0}, other = {0};
    unsigned lines_n = 0;
    char expect[64];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        fake_ns = cases[i].at_ns;
        tt_log_limited(&limit, TT_LOG_ERROR, "row %zu", i);
        lines_n += cases[i].is_written;
        assert_int_equal(seen.lines_n, lines_n);
        snprintf(expect, sizeof(expect), "row %zu%s", i, cases[i].note);
        if (cases[i].is_written)
            assert_string_equal(seen.line, expect);
    }
    tt_log_limited(&other, TT_LOG_ERROR, "another call site");
    assert_string_equal(seen.line, "another call site");
}

static void what_was_left_out_is_said_after_the_longest_line_too(void **state)
{
    static const char letters[] = {'x', '\n'};
    static char text[1501];

    (void)state;
    for (size_t i = 0; i < sizeof(letters); i++) {
        struct tt_log_limit limit = {0};
        memset(text, letters[i], 1500);
        fake_ns = 1;
        for (int call = 0; call < 3; call++)
            tt_log_limited(&limit, TT_LOG_ERROR, "short");
        fake_ns = 3000000000;
        tt_log_limited(&limit, TT_LOG_ERROR, "%s", text);
        assert_true(strlen(seen.line) <= 1000);
        assert_non_null(strstr(seen.line, " (2 like it left out)"));
    }
}

enum { THREADS = 4, CALLS = 20000 };

static void *call_often(void *limit)
{
    for (int i = 0; i < CALLS; i++)
        tt_log_limited(limit, TT_LOG_INFO, "many");
    return NULL;
}

static void of_many_threads_one_writes_and_the_rest_are_counted(void **state)
{
    struct tt_log_limit limit = {0};
    pthread_t threads[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, &limit), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(seen.lines_n, 1);
    fake_ns = 1000000000;
    tt_log_limited(&limit, TT_LOG_INFO, "end");
    assert_string_equal(seen.line, "end (79999 like it left out)");
}

static void without_a_host_lines_go_to_standard_error(void **state)
{
    int before = dup(2), pipes[2];
    char text[64] = "";

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    tt_log_set(NULL, NULL);
    dup2(pipes[1], 2);
    tt_log(TT_LOG_ERROR, "disk %s", "full");
    dup2(before, 2);
    assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
    assert_string_equal(text, "telltale: error: disk full\n");
    close(before);
    close(pipes[0]);
    close(pipes[1]);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, take_log, give_log_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_line_reaches_the_hosts_writer_clean),
        CASE(a_line_has_at_most_a_thousand_bytes),
        CASE(one_line_a_second_and_the_next_says_what_was_left_out),
        CASE(what_was_left_out_is_said_after_the_longest_line_too),
        CASE(of_many_threads_one_writes_and_the_rest_are_counted),
        CASE(without_a_host_lines_go_to_standard_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
