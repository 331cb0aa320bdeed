/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "stat/metric.h"

static char page[1 << 18];

/* The lines of one sample, without HELP and TYPE. */
static const char *lines_of(const struct tt_metric_sample *sample)
{
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    expo.last_metric = (int)sample->metric;
    tt_expo_visit(sample, &expo);
    return tt_buf_cstr(&buf);
}

static void numbers_are_short_and_exact(void **state)
{
    static const struct {
        double value;
        const char *expect;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-1, "-1"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {9007199254740991.0, "9007199254740991"},
        {1e300, "1e+300"},
        {2.5e-5, "2.5e-05"},
        {1795252800.123456, "1795252800.123456"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
        {DBL_MAX, "1.7976931348623157e+308"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_metric_sample sample = {.metric = TT_METRIC_UP, .value = cases[i].value};
        char expect[64];
        snprintf(expect, sizeof(expect), "telltale_up %s\n", cases[i].expect);
        assert_string_equal(lines_of(&sample), expect);
    }
}

static void the_locale_of_the_host_does_not_matter(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "ps_AF.UTF-8", "fr_FR.UTF-8"};
    struct tt_metric_sample sample = {.metric = TT_METRIC_UP, .value = 0.25};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(names); i++) {
        if (setlocale(LC_ALL, names[i]) == NULL)
            continue; /* not on this machine */
        assert_string_equal(lines_of(&sample), "telltale_up 0.25\n");
    }
    setlocale(LC_ALL, "C");
}

static void labels_are_cleaned_and_escaped(void **state)
{
    static const struct {
        const char *name, *value, *expect;
    } cases[] = {
        {"plain", "main", "telltale_sink_up{sink=\"main\"} 1\n"},
        {"quote and backslash", "a\"b\\c", "telltale_sink_up{sink=\"a\\\"b\\\\c\"} 1\n"},
        {"newline", "a\nb",
         "telltale_sink_up{sink=\"a\xef\xbf\xbd"
         "b\"} 1\n"},
        {"escape character", "a\x1b[0m", "telltale_sink_up{sink=\"a\xef\xbf\xbd[0m\"} 1\n"},
        {"not UTF-8", "\xff", "telltale_sink_up{sink=\"\xef\xbf\xbd\"} 1\n"},
        {"empty is left out", "", "telltale_sink_up 1\n"},
        {"absent is left out", NULL, "telltale_sink_up 1\n"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_metric_sample sample = {
            .metric = TT_METRIC_SINK_UP, .labels = {cases[i].value}, .value = 1};
        if (strcmp(lines_of(&sample), cases[i].expect) != 0)
            fail_msg("%s: %s", cases[i].name, page);
    }
}

static void labels_follow_the_order_of_the_row(void **state)
{
    struct tt_metric_sample sample = {
        .metric = TT_METRIC_SINK_RECORDS, .labels = {"s", "enriched", "delivered", ""}, .value = 7};

    (void)state;
    assert_string_equal(
        lines_of(&sample),
        "telltale_sink_records_total{sink=\"s\",topic=\"enriched\",result=\"delivered\"} 7\n");
}

static void a_histogram_has_buckets_sum_and_count(void **state)
{
    static const double bounds[] = {0.001, 1};
    static const uint64_t cumulative[] = {2, 5};
    struct tt_metric_histogram histogram = {bounds, cumulative, 2, 6, 12.5};
    struct tt_metric_sample sample = {
        .metric = TT_METRIC_RESPONSE_DURATION, .labels = {"hit"}, .histogram = &histogram};

    (void)state;
    assert_string_equal(lines_of(&sample),
                        "telltale_response_duration_seconds_bucket{cache=\"hit\",le=\"0.001\"} 2\n"
                        "telltale_response_duration_seconds_bucket{cache=\"hit\",le=\"1\"} 5\n"
                        "telltale_response_duration_seconds_bucket{cache=\"hit\",le=\"+Inf\"} 6\n"
                        "telltale_response_duration_seconds_sum{cache=\"hit\"} 12.5\n"
                        "telltale_response_duration_seconds_count{cache=\"hit\"} 6\n");
}

static void a_small_buffer_overflows_and_says_so(void **state)
{
    char memory[64];
    struct tt_buf buf = tt_buf_over(memory, sizeof(memory));
    struct tt_metric_sample sample = {.metric = TT_METRIC_UP, .value = 1};
    struct tt_expo expo;

    (void)state;
    tt_expo_init(&expo, &buf);
    for (int i = 0; i < 100; i++)
        tt_expo_visit(&sample, &expo);
    assert_true(buf.overflow);
    assert_true(buf.len <= sizeof(memory));
}

static unsigned count_labels(const char *labels)
{
    unsigned n = *labels != '\0';

    for (; *labels != '\0'; labels++)
        n += *labels == ' ';
    return n;
}

/* One sample of every family, as a scraper would see them. */
static size_t write_all(void)
{
    static const double bounds[] = {0.5};
    static const uint64_t cumulative[] = {1};
    struct tt_metric_histogram histogram = {bounds, cumulative, 1, 2, 3};
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    for (int i = 0; i < TT_METRICS_N; i++) {
        const struct tt_metric_row *row = &tt_metric_rows[i];
        struct tt_metric_sample sample = {
            .metric = (enum tt_metric)i, .labels = {"a", "b", "c", "d", "e", "f"}, .value = i};
        assert_in_range(count_labels(row->labels), 0, TT_METRIC_LABELS_MAX);
        if (row->type == TT_METRIC_HISTOGRAM)
            sample.histogram = &histogram;
        tt_expo_visit(&sample, &expo);
    }
    assert_false(buf.overflow);
    return buf.len;
}

static void promtool_finds_nothing_to_complain_about(void **state)
{
    size_t len = write_all();
    FILE *promtool;

    (void)state;
    if (system("command -v promtool >/dev/null") != 0) {
        print_message("SKIP promtool is not installed\n");
        skip();
    }
    promtool = popen("promtool check metrics 2>&1", "w");
    assert_non_null(promtool);
    assert_int_equal(fwrite(page, 1, len, promtool), len);
    assert_int_equal(pclose(promtool), 0);
}

static void names_are_unique_and_say_what_they_count(void **state)
{
    (void)state;
    for (int i = 0; i < TT_METRICS_N; i++) {
        const struct tt_metric_row *row = &tt_metric_rows[i];
        size_t len = strlen(row->name);
        bool is_total = len > 6 && strcmp(row->name + len - 6, "_total") == 0;
        assert_memory_equal(row->name, "telltale_", 9);
        assert_int_equal(is_total, row->type == TT_METRIC_COUNTER);
        assert_true(*row->doc != '\0' && row->doc[strlen(row->doc) - 1] == '.' &&
                    *row->bound != '\0');
        for (int j = 0; j < i; j++)
            assert_string_not_equal(row->name, tt_metric_rows[j].name);
    }
}

static void the_document_is_fresh(void **state)
{
    FILE *made = tmpfile(), *kept = fopen("docs/metrics.md", "r");
    int a, b;

    (void)state;
    if (kept == NULL) {
        print_message("SKIP docs/metrics.md is not below this directory\n");
        skip();
    }
    assert_non_null(made);
    tt_metric_markdown(made);
    rewind(made);
    do {
        a = getc(made);
        b = getc(kept);
        assert_int_equal(a, b);
    } while (a != EOF);
    fclose(made);
    fclose(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(the_locale_of_the_host_does_not_matter),
        cmocka_unit_test(labels_are_cleaned_and_escaped),
        cmocka_unit_test(labels_follow_the_order_of_the_row),
        cmocka_unit_test(a_histogram_has_buckets_sum_and_count),
        cmocka_unit_test(a_small_buffer_overflows_and_says_so),
        cmocka_unit_test(promtool_finds_nothing_to_complain_about),
        cmocka_unit_test(names_are_unique_and_say_what_they_count),
        cmocka_unit_test(the_document_is_fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
