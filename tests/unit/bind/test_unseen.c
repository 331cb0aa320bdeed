/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The books of what no hook sees, from named's counters and ours. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "unseen.h"

/* What named and we have counted at a moment. */
struct look {
    uint64_t requests, query, notify, update, status, ordinary, transfer, meta;
    uint64_t begun, ended, no_room, lost;
};

static struct tt_named_counters named_of(const struct look *look)
{
    return (struct tt_named_counters){
        .requests = look->requests,
        .opcodes = {[0] = look->query, [2] = look->status, [4] = look->notify, [5] = look->update},
        .types_ordinary = look->ordinary,
        .types_transfer = look->transfer,
        .types_meta = look->meta,
    };
}

static struct tt_seat_counts seats_of(const struct look *look)
{
    return (struct tt_seat_counts){look->begun, look->ended, look->no_room, look->lost};
}

static bool update_once(struct tt_unseen *unseen, const struct look *look)
{
    struct tt_named_counters named = named_of(look);
    struct tt_seat_counts seats = seats_of(look);

    return tt_unseen_update(unseen, &seats, &named, &seats);
}

/* And nothing happens until the next. */
static bool update(struct tt_unseen *unseen, const struct look *look)
{
    return update_once(unseen, look) && update_once(unseen, look);
}

static const struct {
    const char *name;
    struct look look;
    enum tt_unseen_reason reason;
    uint64_t expect;
} differences[] = {
    {"no request", {0}, TT_UNSEEN_MALFORMED, 0},
    {"malformed", {.requests = 5, .query = 3, .ordinary = 3, .begun = 3}, TT_UNSEEN_MALFORMED, 2},
    {"notify", {.requests = 5, .query = 1, .notify = 4, .ordinary = 1, .begun = 1}, TT_UNSEEN_NOTIFY, 4},
    {"update", {.requests = 3, .update = 3}, TT_UNSEEN_UPDATE, 3},
    {"status", {.requests = 2, .status = 2}, TT_UNSEEN_OPCODE, 2},
    {"rejected", {.requests = 6, .query = 6, .ordinary = 4, .begun = 4}, TT_UNSEEN_REJECTED, 2},
    {"transfer",
     {.requests = 6, .query = 6, .ordinary = 4, .transfer = 2, .begun = 4},
     TT_UNSEEN_TRANSFER,
     2},
    {"meta type", {.requests = 6, .query = 6, .ordinary = 3, .meta = 3, .begun = 3}, TT_UNSEEN_META_TYPE, 3},
    {"no plugin",
     {.requests = 9, .query = 9, .ordinary = 9, .begun = 2, .no_room = 3},
     TT_UNSEEN_NO_PLUGIN,
     4},
    {"no room", {.requests = 9, .query = 9, .ordinary = 9, .begun = 6, .no_room = 3}, TT_UNSEEN_NO_ROOM, 3},
    {"lost",
     {.requests = 2, .query = 2, .ordinary = 2, .begun = 2, .ended = 2, .lost = 1},
     TT_UNSEEN_LOST,
     1},
    /* We were read last: a query that came meanwhile must not make a difference go below 0. */
    {"late", {.requests = 2, .query = 3, .ordinary = 4, .begun = 5}, TT_UNSEEN_MALFORMED, 0},
    {"late", {.requests = 2, .query = 3, .ordinary = 4, .begun = 5}, TT_UNSEEN_REJECTED, 0},
    {"late", {.requests = 2, .query = 3, .ordinary = 4, .begun = 5}, TT_UNSEEN_NO_PLUGIN, 0},
};

static void each_reason_is_the_difference_of_two_counters(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(differences); i++) {
        struct tt_unseen unseen;
        uint64_t others = 0;

        tt_unseen_start(&unseen, true);
        assert_true(update(&unseen, &differences[i].look));
        assert_int_equal(unseen.counts.queries, differences[i].look.requests);
        assert_int_equal(unseen.counts.in_flight, differences[i].look.begun - differences[i].look.ended);
        for (unsigned reason = 0; reason < TT_UNSEEN_N; reason++)
            others += reason != differences[i].reason ? unseen.counts.unseen[reason] : 0;
        if (unseen.counts.unseen[differences[i].reason] != differences[i].expect)
            fail_msg("%s: %u", differences[i].name, (unsigned)unseen.counts.unseen[differences[i].reason]);
        assert_int_equal(others,
                         differences[i].reason == TT_UNSEEN_NO_PLUGIN ? differences[i].look.no_room : 0);
    }
}

/* At rest: requests = observed + unseen + in flight. */
static void at_rest_the_books_close(void **state)
{
    static const struct look look = {
        .requests = 1000,
        .query = 800,
        .notify = 60,
        .update = 40,
        .status = 30,
        .ordinary = 700,
        .transfer = 20,
        .meta = 10,
        .begun = 600,
        .ended = 590,
        .no_room = 50,
        .lost = 7,
    };
    uint64_t told = look.ended - look.lost, sum = 0;
    struct tt_unseen unseen;

    (void)state;
    tt_unseen_start(&unseen, true);
    assert_true(update(&unseen, &look));
    for (unsigned i = 0; i < TT_UNSEEN_N; i++)
        sum += unseen.counts.unseen[i];
    assert_int_equal(unseen.counts.queries, told + sum + unseen.counts.in_flight);
}

static void nothing_but_in_flight_goes_back(void **state)
{
    static const struct look high = {.requests = 50, .query = 40, .ordinary = 30, .begun = 20, .ended = 10};
    static const struct look low = {.requests = 49, .query = 40, .ordinary = 32, .begun = 31, .ended = 31};
    struct tt_host_counts before;
    struct tt_unseen unseen;

    (void)state;
    tt_unseen_start(&unseen, true);
    assert_true(update(&unseen, &high));
    before = unseen.counts;
    assert_int_equal(before.in_flight, 10);
    assert_true(update(&unseen, &low));
    assert_int_equal(unseen.counts.in_flight, 0);
    assert_int_equal(unseen.counts.queries, before.queries);
    assert_memory_equal(unseen.counts.unseen, before.unseen, sizeof(before.unseen));
}

/* The plugin came with a reload: 1000 requests were answered before it was there. */
static void what_was_before_the_plugin_is_subtracted(void **state)
{
    static const struct look first = {
        .requests = 1003,
        .query = 903,
        .notify = 50,
        .ordinary = 803,
        .transfer = 40,
        .meta = 20,
        .begun = 3,
        .ended = 3,
    };
    static const struct look later = {
        .requests = 1013,
        .query = 911,
        .notify = 51,
        .ordinary = 809,
        .transfer = 41,
        .meta = 21,
        .begun = 9,
        .ended = 9,
    };
    struct tt_unseen unseen;

    (void)state;
    tt_unseen_start(&unseen, false);
    assert_true(update(&unseen, &first));
    assert_int_equal(unseen.counts.queries, 3);
    for (unsigned i = 0; i < TT_UNSEEN_N; i++)
        assert_int_equal(unseen.counts.unseen[i], 0);
    assert_true(update(&unseen, &later));
    assert_int_equal(unseen.counts.queries, 13);
    assert_int_equal(unseen.counts.unseen[TT_UNSEEN_NOTIFY], 1);
    assert_int_equal(unseen.counts.unseen[TT_UNSEEN_TRANSFER], 1);
    assert_int_equal(unseen.counts.unseen[TT_UNSEEN_META_TYPE], 1);
    assert_int_equal(unseen.counts.unseen[TT_UNSEEN_MALFORMED], 1);
    assert_int_equal(unseen.counts.unseen[TT_UNSEEN_NO_PLUGIN], 0);
}

/* Whenever we look, one request is between each two counters, another one each time. */
static void a_request_on_its_way_is_none_that_was_turned_away(void **state)
{
    struct tt_unseen unseen;
    struct look look;

    (void)state;
    tt_unseen_start(&unseen, true);
    for (uint64_t n = 1; n < 100; n++) {
        look = (struct look){
            .requests = 9 * n + 3, .query = 9 * n + 2, .ordinary = 9 * n + 1, .begun = 9 * n, .ended = 9 * n};
        assert_true(update_once(&unseen, &look));
        for (unsigned i = 0; i < TT_UNSEEN_N; i++)
            assert_int_equal(unseen.counts.unseen[i], 0);
    }
    look.begun = look.ended = look.ordinary = look.query = look.requests;
    assert_true(update_once(&unseen, &look));
    assert_true(update_once(&unseen, &look));
    assert_int_equal(unseen.counts.queries, unseen.counts.unseen[0] + look.ended);
}

static void a_base_waits_for_a_look_without_a_query_in_between(void **state)
{
    static const struct look look = {
        .requests = 100, .query = 100, .ordinary = 100, .begun = 10, .ended = 10};
    struct tt_named_counters named = named_of(&look);
    struct tt_seat_counts before = seats_of(&look), after = before;
    struct tt_unseen unseen;

    (void)state;
    after.begun++;
    tt_unseen_start(&unseen, false);
    for (unsigned i = 1; i < TT_UNSEEN_LOOKS_MAX; i++)
        assert_false(tt_unseen_update(&unseen, &before, &named, &after));
    assert_int_equal(unseen.counts.queries, 0);
    assert_true(tt_unseen_update(&unseen, &before, &named, &after));
    assert_int_equal(unseen.counts.queries, 10);
}

static void each_reason_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TT_UNSEEN_N; i++) {
        assert_non_null(tt_unseen_words[i]);
        for (unsigned other = 0; other < i; other++)
            assert_string_not_equal(tt_unseen_words[i], tt_unseen_words[other]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_is_the_difference_of_two_counters),
        cmocka_unit_test(at_rest_the_books_close),
        cmocka_unit_test(nothing_but_in_flight_goes_back),
        cmocka_unit_test(a_request_on_its_way_is_none_that_was_turned_away),
        cmocka_unit_test(what_was_before_the_plugin_is_subtracted),
        cmocka_unit_test(a_base_waits_for_a_look_without_a_query_in_between),
        cmocka_unit_test(each_reason_has_a_word_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
