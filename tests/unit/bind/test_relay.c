/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The thread that writes our own threads' lines to named's log. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "relay.h"

/* A shim whose log is a text, and can be held back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char logged[256 * 1024];
static unsigned lines_n, gate_is_shut, is_waiting;
static enum tt_shim_log last_level;
static int start_result;
static void (*body)(void *arg);
static pthread_t thread_id;

static void keep_line(void *lctx, enum tt_shim_log level, const char *line)
{
    size_t used;

    assert_ptr_equal(lctx, &lock);
    pthread_mutex_lock(&lock);
    is_waiting = gate_is_shut;
    pthread_cond_broadcast(&changed);
    while (gate_is_shut)
        pthread_cond_wait(&changed, &lock);
    is_waiting = 0;
    used = strlen(logged);
    snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
    lines_n++;
    last_level = level;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *run_body(void *arg)
{
    body(arg);
    return NULL;
}

static int start_thread(void (*run)(void *arg), void *arg, void **thread)
{
    body = run;
    *thread = &thread_id;
    return start_result != 0 ? start_result : pthread_create(&thread_id, NULL, run_body, arg);
}

static void join_thread(void *thread)
{
    pthread_join(*(pthread_t *)thread, NULL);
}

static const struct tt_shim shim = {
    .log = keep_line, .thread_start = start_thread, .thread_join = join_thread};

static void await_lines(unsigned n)
{
    pthread_mutex_lock(&lock);
    while (lines_n < n)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void set_gate(unsigned is_shut)
{
    pthread_mutex_lock(&lock);
    gate_is_shut = is_shut;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void await_waiting(void)
{
    pthread_mutex_lock(&lock);
    while (!is_waiting)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static int forget(void **state)
{
    (void)state;
    logged[0] = 0;
    lines_n = 0;
    start_result = 0;
    return 0;
}

static void lines_arrive_with_their_level(void **state)
{
    static const struct {
        enum tt_log_level level;
        const char *line, *expect;
        enum tt_shim_log expect_level;
    } cases[] = {
        {TT_LOG_ERROR, "a", "a\n", TT_SHIM_ERROR},
        {TT_LOG_WARNING, "b %s", "b %s\n", TT_SHIM_WARNING},
        {TT_LOG_INFO, "", "\n", TT_SHIM_INFO},
        {TT_LOG_DEBUG, "d", "d\n", TT_SHIM_DEBUG},
    };

    (void)state;
    assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        pthread_mutex_lock(&lock);
        logged[0] = 0;
        pthread_mutex_unlock(&lock);
        tt_relay_log(cases[i].level, cases[i].line);
        await_lines((unsigned)i + 1);
        pthread_mutex_lock(&lock);
        assert_string_equal(logged, cases[i].expect);
        assert_int_equal(last_level, cases[i].expect_level);
        pthread_mutex_unlock(&lock);
    }
    tt_relay_stop();
}

static void too_many_lines_at_once_are_counted(void **state)
{
    enum { MORE = 5 };

    (void)state;
    assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
    set_gate(1);
    tt_relay_log(TT_LOG_INFO, "held");
    await_waiting();
    for (unsigned i = 0; i < TT_RELAY_LINES_MAX + MORE; i++)
        tt_relay_log(TT_LOG_INFO, "more");
    set_gate(0);
    await_lines(1 + TT_RELAY_LINES_MAX + 1);
    tt_relay_stop();
    assert_int_equal(lines_n, 1 + TT_RELAY_LINES_MAX + 1);
    assert_non_null(strstr(logged, "5 log lines left out, too many at once\n"));
}

static void what_is_queued_is_written_before_it_stops(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        forget(NULL);
        assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
        for (unsigned i = 0; i < 10; i++)
            tt_relay_log(TT_LOG_INFO, "line");
        tt_relay_stop();
        assert_int_equal(lines_n, 10);
    }
}

static void lines_wait_for_the_thread_to_start_again(void **state)
{
    (void)state;
    assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
    tt_relay_stop();
    tt_relay_log(TT_LOG_INFO, "first");
    tt_relay_log(TT_LOG_INFO, "second");
    assert_int_equal(lines_n, 0);
    assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
    tt_relay_stop();
    assert_string_equal(logged, "first\nsecond\n");
}

static void a_thread_that_cannot_be_started_is_an_error_and_no_line_waits_for_it(void **state)
{
    (void)state;
    start_result = 25;
    assert_int_equal(tt_relay_start(&shim, &lock), TT_EAGAIN);
    tt_relay_log(TT_LOG_INFO, "to standard error");
    tt_relay_stop();
    assert_int_equal(lines_n, 0);
    start_result = 0;
    assert_int_equal(tt_relay_start(&shim, &lock), TT_OK);
    tt_relay_stop();
    tt_relay_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_arrive_with_their_level, forget),
        cmocka_unit_test_setup(too_many_lines_at_once_are_counted, forget),
        cmocka_unit_test_setup(what_is_queued_is_written_before_it_stops, forget),
        cmocka_unit_test_setup(lines_wait_for_the_thread_to_start_again, forget),
        cmocka_unit_test_setup(a_thread_that_cannot_be_started_is_an_error_and_no_line_waits_for_it, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
