/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Why a query failed or was dropped, in our words. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "judge.h"

#define REASON(word) TT_servfail_reason_##word

struct row {
    const char *name;
    struct tt_query query;
    struct tt_shim_facts facts;
    uint8_t reason, cache, dnssec;
};

#define WORKED .transaction = 1, .fetches_n = 1
#define COSTS(n) .counts_exchanges = true, .exchanges_n = n, .exchanges_max = 50

static const struct row rows[] = {
    {"the servers say SERVFAIL", {WORKED, .fetch = TT_RESULT_OTHER, .result = TT_RESULT_OTHER}, {COSTS(3)}, REASON(UPSTREAM_FAILURE), TT_cache_status_MISS, 0},
    {"the servers say nothing", {WORKED, .fetch = TT_RESULT_TIMEOUT, .result = TT_RESULT_OTHER}, {COSTS(3)}, REASON(UPSTREAM_TIMEOUT), TT_cache_status_MISS, 0},
    {"fetched again in vain, which BIND takes for a loop", {WORKED, .fetch = TT_RESULT_OTHER, .result = TT_RESULT_LOOP}, {COSTS(3)}, REASON(UPSTREAM_FAILURE), TT_cache_status_MISS, 0},
    {"a loop", {WORKED, .result = TT_RESULT_LOOP}, {COSTS(3)}, REASON(LIMIT_EXCEEDED), TT_cache_status_MISS, 0},
    {"nobody to ask", {WORKED, .fetch = TT_RESULT_OTHER, .result = TT_RESULT_OTHER}, {COSTS(0)}, REASON(NO_UPSTREAM), TT_cache_status_MISS, 0},
    {"too many exchanges", {WORKED, .fetch = TT_RESULT_OTHER, .result = TT_RESULT_OTHER}, {COSTS(50)}, REASON(LIMIT_EXCEEDED), TT_cache_status_MISS, 0},
    {"a quota ended the fetch", {WORKED, .fetch = TT_RESULT_QUOTA, .result = TT_RESULT_QUOTA}, {COSTS(3)}, REASON(LIMIT_EXCEEDED), TT_cache_status_MISS, 0},
    {"thrown out for a newer client", {.transaction = 1, .is_waiting = true}, {COSTS(1)}, REASON(LIMIT_EXCEEDED), TT_cache_status_MISS, 0},
    {"max-restarts, all from the cache", {.result = TT_RESULT_SUCCESS}, {0}, REASON(LIMIT_EXCEEDED), TT_cache_status_HIT, 0},
    {"no fetch allowed: recursive-clients", {.result = TT_RESULT_QUOTA}, {0}, REASON(RATE_LIMITED), 0, 0},
    {"no fetch allowed: fetches-per-zone", {.result = TT_RESULT_OTHER}, {.may_fetch = true}, REASON(RATE_LIMITED), 0, 0},
    {"a zone that did not load", {.result = TT_RESULT_OTHER}, {0}, REASON(OTHER), 0, 0},
    {"named stops", {WORKED, .fetch = TT_RESULT_INTERNAL, .result = TT_RESULT_INTERNAL}, {COSTS(1)}, REASON(INTERNAL), TT_cache_status_MISS, 0},
    {"bogus", {WORKED, .fetch = TT_RESULT_OTHER, .result = TT_RESULT_OTHER, .dnssec_status = TT_dnssec_status_SECURE}, {COSTS(3), .validation = "no valid signature found"}, REASON(DNSSEC_BOGUS), TT_cache_status_MISS, TT_dnssec_status_BOGUS},
    {"a failure repeated, not known why", {.is_failure_cached = true, .result = TT_RESULT_OTHER}, {0}, REASON(CACHED), TT_cache_status_HIT, 0},
};

static void each_failure_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_query query = rows[i].query;

        print_message("%s\n", rows[i].name);
        tt_judge_failure(&query, &rows[i].facts);
        assert_int_equal(query.servfail_reason, rows[i].reason);
        assert_int_equal(query.cache_status, rows[i].cache);
        assert_int_equal(query.dnssec_status, rows[i].dnssec);
    }
}

static void what_was_bogus_is_so_when_it_is_repeated(void **state)
{
    static const uint8_t name[] = "\3www\5bogus\4test", other[] = "\3WWW\5BOGUS\4TEST";
    struct tt_shim_facts facts = {.name = name, .name_len = sizeof(name), .type = 1, .view = name, .is_failure_kept = true,
                                  .validation = "no valid signature found"};
    struct tt_query first = {WORKED, .fetch = TT_RESULT_OTHER}, again = {.is_failure_cached = true};

    (void)state;
    tt_judge_failure(&first, &facts);
    facts.name = other;
    facts.validation = NULL;
    tt_judge_failure(&again, &facts);
    assert_int_equal(again.dnssec_status, TT_dnssec_status_BOGUS);
    assert_int_equal(again.servfail_reason, TT_servfail_reason_DNSSEC_BOGUS);
    assert_int_equal(again.cache_status, TT_cache_status_HIT);
    assert_int_equal(again.reason_len, strlen("no valid signature found"));
    assert_memory_equal(again.reason, "no valid signature found", again.reason_len);
}

static void who_joined_a_fetch_that_failed_has_its_reason(void **state)
{
    static const uint8_t name[] = "\1j\4test";
    struct tt_shim_facts facts = {.name = name, .name_len = sizeof(name), .type = 1, .view = name, .is_failure_kept = true, COSTS(3)};
    struct tt_query first = {WORKED, .fetch = TT_RESULT_TIMEOUT}, joined = {WORKED, .fetch = TT_RESULT_OTHER};

    (void)state;
    tt_judge_failure(&first, &facts);
    facts.exchanges_n = 0;
    tt_judge_failure(&joined, &facts);
    assert_int_equal(joined.servfail_reason, TT_servfail_reason_UPSTREAM_TIMEOUT);
}

static void each_drop_has_its_reason(void **state)
{
    static const struct {
        const char *name;
        struct tt_query query;
        bool has_code;
        uint8_t reason;
    } drops[] = {
        {"named stops while it waits", {.transaction = 1, .is_waiting = true}, false, TT_drop_reason_SHUTDOWN},
        {"the same packet again", {.result = TT_RESULT_DUPLICATE}, false, TT_drop_reason_DUPLICATE},
        {"a policy", {.result = TT_RESULT_DROP, .policy_action = TT_policy_action_DROP}, false, TT_drop_reason_POLICY},
        {"a rate limit", {.result = TT_RESULT_DROP}, false, TT_drop_reason_RATE_LIMIT},
        {"an error held back by a rate limit", {.result = TT_RESULT_OTHER}, false, TT_drop_reason_RATE_LIMIT},
        {"an error that had its code", {.result = TT_RESULT_OTHER}, true, TT_drop_reason_OTHER},
        {"an answer that could not be made", {.result = TT_RESULT_SUCCESS}, false, TT_drop_reason_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(drops); i++) {
        struct tt_query query = drops[i].query;
        struct tt_shim_facts facts = {.has_code = drops[i].has_code};

        print_message("%s\n", drops[i].name);
        tt_judge_drop(&query, &facts);
        assert_int_equal(query.drop_reason, drops[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_has_its_reason),
        cmocka_unit_test(what_was_bogus_is_so_when_it_is_repeated),
        cmocka_unit_test(who_joined_a_fetch_that_failed_has_its_reason),
        cmocka_unit_test(each_drop_has_its_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
