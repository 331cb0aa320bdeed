/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Why a question failed, kept for when named answers it from its SERVFAIL cache. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "failures.h"

#define SECOND UINT64_C(1000000000)
#define NAME(text) text, sizeof(text)

static const char views[2];

static struct tt_failure a_failure(unsigned number)
{
    struct tt_failure failure = {
        .servfail_reason = TT_servfail_reason_DNSSEC_BOGUS,
        .dnssec_status = TT_dnssec_status_BOGUS,
    };

    failure.reason_len = (uint8_t)snprintf(failure.reason, sizeof(failure.reason), "reason %u", number);
    return failure;
}

static void a_failure_is_found_by_view_name_and_type_for_half_a_minute(void **state)
{
    static const struct {
        const char *name;
        unsigned view;
        const char *owner;
        size_t len;
        uint16_t type;
        uint64_t at_s;
        bool expect;
    } cases[] = {
        {"at once", 0, NAME("\3www\7example"), 1, 100, true},
        {"in other case", 0, NAME("\3wWw\7EXAMPLE"), 1, 100, true},
        {"after 30 s", 0, NAME("\3www\7example"), 1, 130, true},
        {"after 31 s", 0, NAME("\3www\7example"), 1, 131, false},
        {"as seen by a thread whose clock was read before", 0, NAME("\3www\7example"), 1, 99, true},
        {"of another view", 1, NAME("\3www\7example"), 1, 100, false},
        {"of another type", 0, NAME("\3www\7example"), 28, 100, false},
        {"of another name", 0, NAME("\3www\7exampld"), 1, 100, false},
        {"of its parent", 0, NAME("\7example"), 1, 100, false},
        {"of the root", 0, NAME(""), 1, 100, false},
        {"with other bytes than letters", 0, NAME("\3www\7ex\1mple"), 1, 100, false},
    };
    struct tt_failure kept = a_failure(1);

    (void)state;
    tt_failures_remember_at(100 * SECOND, &views[0], NAME("\3www\7example"), 1, &kept);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_failure found;
        bool is_found = tt_failures_recall_at(cases[i].at_s * SECOND, &views[cases[i].view], cases[i].owner,
                                              cases[i].len, cases[i].type, &found);

        if (is_found != cases[i].expect)
            fail_msg("%s: %s", cases[i].name, is_found ? "found" : "not found");
        if (is_found)
            assert_memory_equal(&found, &kept, sizeof(kept));
    }
}

static void the_last_word_counts(void **state)
{
    struct tt_failure first = a_failure(1), second = a_failure(2), found;

    (void)state;
    tt_failures_remember_at(SECOND, &views[0], NAME("\1a"), 1, &first);
    tt_failures_remember_at(2 * SECOND, &views[0], NAME("\1a"), 1, &second);
    assert_true(tt_failures_recall_at(32 * SECOND, &views[0], NAME("\1a"), 1, &found));
    assert_memory_equal(&found, &second, sizeof(found));
}

static size_t a_name(unsigned number, char *name, size_t cap)
{
    int len = snprintf(name + 1, cap - 1, "%u", number);

    name[0] = (char)len;
    return (size_t)len + 2;
}

/* Old ones make room for new ones, and none is given for another. */
static void of_many_failures_the_newest_are_kept(void **state)
{
    enum { MANY = 100000, LAST = 50 };
    unsigned found_n = 0;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        struct tt_failure failure = a_failure(i);
        char name[16];
        size_t len = a_name(i, name, sizeof(name));

        tt_failures_remember_at(1000 * SECOND + i, &views[0], name, len, 1, &failure);
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct tt_failure expect = a_failure(i), found;
        char name[16];
        size_t len = a_name(i, name, sizeof(name));
        bool is_found = tt_failures_recall_at(1000 * SECOND + MANY, &views[0], name, len, 1, &found);

        found_n += is_found;
        if (is_found)
            assert_memory_equal(&found, &expect, sizeof(found));
        else if (i >= MANY - LAST)
            fail_msg("number %u is forgotten", i);
    }
    assert_in_range(found_n, LAST, 4096);
}

/* Writers of one slot and readers of it: what is read was written whole. */
enum { ROUNDS_N = 200000 };
static unsigned is_over;

static struct tt_failure a_uniform_failure(unsigned number)
{
    struct tt_failure failure;

    memset(&failure, 'a' + number % 26, sizeof(failure));
    return failure;
}

static void *write_often(void *arg)
{
    for (unsigned i = 0; i < ROUNDS_N; i++) {
        struct tt_failure failure = a_uniform_failure(i);

        tt_failures_remember_at(2000 * SECOND, &views[1], NAME("\1x"), 1, &failure);
    }
    __atomic_add_fetch(&is_over, 1, __ATOMIC_RELEASE);
    return arg;
}

static void *read_often(void *arg)
{
    unsigned *torn = arg;
    struct tt_failure found;

    do {
        if (tt_failures_recall_at(2000 * SECOND, &views[1], NAME("\1x"), 1, &found)) {
            struct tt_failure whole;

            memset(&whole, found.servfail_reason, sizeof(whole));
            *torn += memcmp(&whole, &found, sizeof(whole)) != 0;
        }
    } while (__atomic_load_n(&is_over, __ATOMIC_ACQUIRE) < 2);
    return NULL;
}

static void threads_never_read_half_a_failure(void **state)
{
    pthread_t writers[2], reader;
    unsigned torn = 0;

    (void)state;
    assert_int_equal(pthread_create(&reader, NULL, read_often, &torn), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_often, NULL), 0);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(writers[i], NULL);
    pthread_join(reader, NULL);
    assert_int_equal(torn, 0);
}

static void the_clock_of_the_host_table_runs(void **state)
{
    struct tt_failure failure = a_failure(3), found;

    (void)state;
    tt_failures_remember(&views[1], NAME("\1y"), 1, &failure);
    assert_true(tt_failures_recall(&views[1], NAME("\1Y"), 1, &found));
    assert_memory_equal(&found, &failure, sizeof(found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_found_by_view_name_and_type_for_half_a_minute),
        cmocka_unit_test(the_last_word_counts),
        cmocka_unit_test(of_many_failures_the_newest_are_kept),
        cmocka_unit_test(threads_never_read_half_a_failure),
        cmocka_unit_test(the_clock_of_the_host_table_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
