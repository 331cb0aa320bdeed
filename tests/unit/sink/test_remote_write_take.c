/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <math.h>

#include "remote_write_test.h"
#include "sink/remote_write_take.h"

#define START_MS INT64_C(1795252800000)
#define OWN ",instance=ns1/unbound,job=telltale,region=eu"

static struct tt_rw_take take;

static void start(unsigned series_max)
{
    struct tt_conf_sink conf = {
        .name = (char *)(uintptr_t) "m", .interval_s = 15, .series_max = series_max};
    struct tt_sink_place place = {
        .instance = "ns1/unbound", .region = "eu", .collect = collect_shown};

    assert_int_equal(tt_rw_take_init(&take, &conf, &place, NULL), TT_OK);
}

static int end(void **state)
{
    (void)state;
    tt_rw_take_fini(&take);
    return 0;
}

/* An interval later, with empty hands. */
static void next_interval(void)
{
    puts_n = requests_n = 0;
    pass_ms(15000);
    tt_rw_take_due(&take);
}

/* What was put of a series, its only sample; NULL: none. */
static const struct put_sample *find(const char *series, int64_t time_ms)
{
    const struct put_sample *found = NULL;

    for (unsigned i = 0; i < puts_n; i++) {
        if (strcmp(puts_list[i].series, series) != 0 || puts_list[i].time_ms != time_ms)
            continue;
        assert_null(found);
        found = &puts_list[i];
    }
    return found;
}

static bool was_put(const char *series, int64_t time_ms, double value)
{
    const struct put_sample *found = find(series, time_ms);

    return found != NULL && found->value == value;
}

static bool was_ended(const char *series, int64_t time_ms)
{
    const struct put_sample *found = find(series, time_ms);

    return found != NULL && found->bits == TT_RW_STALE_BITS;
}

static void a_snapshot_carries_our_labels_and_one_time(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    show(TT_METRIC_ASN_QUERIES, "AS1\n\"", 7);
    tt_rw_take_due(&take);
    assert_int_equal(puts_n, 0); /* not before the first multiple */
    next_interval();
    assert_int_equal(puts_n, 2);
    assert_int_equal(requests_n, 1);
    assert_true(was_put("__name__=telltale_up" OWN, START_MS + 15000, 1));
    assert_true(was_put("__name__=telltale_asn_queries_total,asn=AS1\xEF\xBF\xBD\"" OWN,
                        START_MS + 15000, 7));
    tt_rw_take_due(&take);
    assert_int_equal(puts_n, 2);
}

static void a_histogram_is_what_the_page_shows(void **state)
{
    static const double bounds[] = {0.25, 1};
    static const uint64_t cumulative[] = {3, 5};
    static const struct tt_metric_histogram histogram = {bounds, cumulative, 2, 6, 12.5};
    const int64_t at = START_MS + 15000;

    (void)state;
    start(100);
    show(TT_METRIC_RESPONSE_DURATION, "hit", 0);
    shown[0].histogram = &histogram;
    next_interval();
    assert_int_equal(puts_n, 5);
    assert_true(
        was_put("__name__=telltale_response_duration_seconds_bucket,cache=hit,instance=ns1/unbound,"
                "job=telltale,le=0.25,region=eu",
                at, 3));
    assert_true(
        was_put("__name__=telltale_response_duration_seconds_bucket,cache=hit,instance=ns1/unbound,"
                "job=telltale,le=+Inf,region=eu",
                at, 6));
    assert_true(was_put("__name__=telltale_response_duration_seconds_sum,cache=hit" OWN, at, 12.5));
    assert_true(was_put("__name__=telltale_response_duration_seconds_count,cache=hit" OWN, at, 6));
}

#define ASN(text) "__name__=telltale_asn_queries_total,asn=" text OWN

static void a_counter_begins_with_a_zero_one_interval_before(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_ASN_QUERIES, "1", 7);
    next_interval(); /* the core's start is not known: nobody knows when it was 0 */
    assert_int_equal(puts_n, 1);
    show(TT_METRIC_ASN_QUERIES, "2", 5);
    show(TT_METRIC_ASN_QUERIES, "3", 0);
    show(TT_METRIC_DATA_AGE, "x", 5);
    next_interval();
    assert_int_equal(puts_n, 5);
    assert_true(was_put(ASN("2"), START_MS + 15000, 0));
    assert_true(was_put(ASN("2"), START_MS + 30000, 5));
    assert_null(find(ASN("3"), START_MS + 15000));
    assert_int_equal(puts_list[0].request, 0); /* the zeros go first, in a request of their own */
    assert_int_equal(puts_list[1].request, 1);
    next_interval();
    assert_int_equal(puts_n, 4);
}

static void the_first_snapshot_of_a_young_core_begins_with_zeros(void **state)
{
    static const struct {
        double age_s;     /* of the core when the sink is made */
        uint64_t offered; /* by the sink before, of another configuration */
        bool has_zeros;
    } cases[] = {{0, 0, true}, {2, 0, true}, {3600, 0, false}, {0, 500, false}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        reset(NULL);
        start(100);
        made_up_status.books[TT_TOPIC_METRICS].offered = cases[i].offered;
        show(TT_METRIC_START_TIME, NULL, (double)START_MS / 1000 + 2 - cases[i].age_s);
        show(TT_METRIC_ASN_QUERIES, "1", 7);
        next_interval();
        assert_int_equal(puts_n, cases[i].has_zeros ? 3 : 2);
        if (cases[i].has_zeros)
            assert_true(was_put(ASN("1"), START_MS + (int64_t)(1000 * (2 - cases[i].age_s)), 0));
        tt_rw_take_fini(&take);
    }
    start(1);
}

static void a_series_that_is_gone_is_ended_once(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    show(TT_METRIC_ASN_QUERIES, "1", 7);
    next_interval();
    shown_n = 1;
    next_interval();
    assert_int_equal(puts_n, 2);
    assert_true(was_ended(ASN("1"), START_MS + 30000));
    shown_n = 2; /* back at once: no zero may stand where its end stands */
    next_interval();
    assert_int_equal(puts_n, 2);
    shown_n = 1;
    next_interval();
    assert_true(was_ended(ASN("1"), START_MS + 60000));
    next_interval();
    assert_int_equal(puts_n, 1);
    shown_n = 2; /* back later, counted anew */
    next_interval();
    assert_int_equal(puts_n, 3);
    assert_true(was_put(ASN("1"), START_MS + 75000, 0));
}

static void the_last_words_are_values_and_ends(void **state)
{
    const int64_t at = START_MS + 15000 + 7000;

    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    show(TT_METRIC_ASN_QUERIES, "1", 7);
    next_interval();
    puts_n = 0;
    pass_ms(7000);
    shown[1].value = 9;
    tt_rw_take_end(&take);
    assert_int_equal(puts_n, 4);
    assert_true(was_put(ASN("1"), at, 9));
    assert_true(was_ended(ASN("1"), at + 1));
    assert_true(was_ended("__name__=telltale_up" OWN, at + 1));
    tt_rw_take_end(&take);
    assert_int_equal(puts_n, 4);
}

static void the_last_words_are_ends_when_nothing_can_be_read_any_more(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    next_interval();
    puts_n = 0;
    may_collect = false;
    tt_rw_take_end(&take);
    assert_int_equal(puts_n, 1);
    assert_true(was_ended("__name__=telltale_up" OWN, START_MS + 15002));
}

static void what_cannot_be_read_now_is_read_a_little_later(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    may_collect = false;
    next_interval();
    assert_int_equal(puts_n, 0);
    may_collect = true;
    pass_ms(1000);
    tt_rw_take_due(&take);
    assert_true(was_put("__name__=telltale_up" OWN, START_MS + 15000, 1));
}

static void beyond_the_cap_series_are_left_out_and_counted(void **state)
{
    char labels[10][8];

    (void)state;
    start(4);
    for (unsigned i = 0; i < 10; i++) {
        snprintf(labels[i], sizeof(labels[i]), "%u", i);
        show(TT_METRIC_ASN_QUERIES, labels[i], 1);
    }
    next_interval();
    next_interval();
    assert_int_equal(puts_n, 4);
    assert_int_equal(held_back[TT_FILTER_SERIES], 12);
    assert_non_null(strstr(log_text, "6 series are beyond series_max (4)"));
    assert_ptr_equal(strstr(log_text, "series_max"),
                     strrchr(log_text, '(') - strlen("series_max "));
    for (unsigned i = 0; i < 10; i++)
        snprintf(labels[i], sizeof(labels[i]), "%u", i + 100);
    next_interval(); /* all others: four ends, four values, and their zeros */
    assert_int_equal(puts_n, 12);
}

static void a_series_that_comes_twice_is_sent_once(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_ASN_QUERIES, "1", 1);
    show(TT_METRIC_ASN_QUERIES, "1", 2);
    next_interval();
    assert_int_equal(puts_n, 1);
    assert_int_equal(held_back[TT_FILTER_SERIES], 1);
}

static void many_series_make_many_requests_of_one_time(void **state)
{
    static char labels[5000][8];

    (void)state;
    start(5000);
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(labels[i], sizeof(labels[i]), "%u", i);
        show(TT_METRIC_ASN_QUERIES, labels[i], i);
    }
    next_interval();
    assert_int_equal(puts_n, 5000);
    assert_int_equal(requests_n, 3);
}

static void trouble_with_the_clock_is_counted_and_said_once(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    show(TT_METRIC_ASN_QUERIES, "1", 1);
    next_interval();
    made_up_status.books[TT_TOPIC_METRICS].delivered = 2;
    hand_wall_us -= UINT64_C(3600000000);
    for (unsigned i = 0; i < 4; i++)
        next_interval();
    assert_int_equal(puts_n, 0);
    assert_int_equal(held_back[TT_FILTER_CLOCK], 8);
    hand_wall_us += UINT64_C(3600000000);
    next_interval();
    assert_int_equal(puts_n, 2);
    assert_non_null(strstr(log_text, "the clock was set back"));
    assert_null(strstr(strstr(log_text, "the clock was set back") + 1, "the clock was set back"));
    assert_non_null(strstr(log_text, "the clock is right again"));
}

/* A machine that starts with a wrong clock, before its network is up. */
static void what_never_arrived_keeps_no_sample_from_being_taken(void **state)
{
    (void)state;
    start(100);
    show(TT_METRIC_UP, NULL, 1);
    next_interval();
    hand_wall_us -= UINT64_C(7200000000);
    tt_rw_take_due(&take); /* once a second */
    for (unsigned i = 0; i < 4; i++) {
        next_interval();
        assert_int_equal(puts_n, 1);
        assert_int_equal(puts_list[0].time_ms, (int64_t)(hand_wall_us / 1000) / 15000 * 15000);
    }
    assert_int_equal(held_back[TT_FILTER_CLOCK], 0);
    assert_non_null(strstr(log_text, "samples begin anew"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_snapshot_carries_our_labels_and_one_time, reset, end),
        cmocka_unit_test_setup_teardown(a_histogram_is_what_the_page_shows, reset, end),
        cmocka_unit_test_setup_teardown(a_counter_begins_with_a_zero_one_interval_before, reset,
                                        end),
        cmocka_unit_test_setup_teardown(the_first_snapshot_of_a_young_core_begins_with_zeros, reset,
                                        end),
        cmocka_unit_test_setup_teardown(a_series_that_is_gone_is_ended_once, reset, end),
        cmocka_unit_test_setup_teardown(the_last_words_are_values_and_ends, reset, end),
        cmocka_unit_test_setup_teardown(the_last_words_are_ends_when_nothing_can_be_read_any_more,
                                        reset, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_now_is_read_a_little_later, reset, end),
        cmocka_unit_test_setup_teardown(beyond_the_cap_series_are_left_out_and_counted, reset, end),
        cmocka_unit_test_setup_teardown(a_series_that_comes_twice_is_sent_once, reset, end),
        cmocka_unit_test_setup_teardown(many_series_make_many_requests_of_one_time, reset, end),
        cmocka_unit_test_setup_teardown(what_never_arrived_keeps_no_sample_from_being_taken, reset, end),
        cmocka_unit_test_setup_teardown(trouble_with_the_clock_is_counted_and_said_once, reset,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
