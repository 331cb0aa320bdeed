/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "stat/series.h"

enum { FAMILIES_N = 4 };
static const enum tt_metric families[FAMILIES_N] = {TT_METRIC_COUNTRY_QUERIES,
                                                    TT_METRIC_ASN_QUERIES, TT_METRIC_ZONE_QUERIES,
                                                    TT_METRIC_THREAT_QUERIES};
static const uint64_t start_us = UINT64_C(1795252800123456), second_us = 1000000,
                      hour_us = UINT64_C(3600000000);
static char page[4 << 20];

static struct tt_series *new_series(void)
{
    struct tt_series *series;

    assert_int_equal(tt_series_new(&series), TT_OK);
    return series;
}

static void add(struct tt_series *series, enum tt_metric metric, const char *value, uint64_t now_us)
{
    struct tt_str values[] = {tt_str_from(value)};

    tt_series_add(series, metric, values, 1, now_us, 1);
}

static const char *page_of(struct tt_series *series)
{
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    for (unsigned i = 0; i < FAMILIES_N; i++)
        tt_series_collect(series, families[i], tt_expo_visit, &expo);
    assert_false(buf.overflow);
    return tt_buf_cstr(&buf);
}

static void has(struct tt_series *series, const char *line)
{
    if (strstr(page_of(series), line) == NULL)
        fail_msg("no line %s in\n%s", line, page);
}

static void check_counts(struct tt_series *series, uint64_t active, uint64_t created,
                         uint64_t overflowed)
{
    uint64_t got[3];

    tt_series_counts(series, &got[0], &got[1], &got[2]);
    assert_int_equal(got[0], active);
    assert_int_equal(got[1], created);
    assert_int_equal(got[2], overflowed);
}

static void label_sets_count_apart(void **state)
{
    struct tt_series *series = new_series();

    (void)state;
    add(series, TT_METRIC_COUNTRY_QUERIES, "DE", start_us);
    add(series, TT_METRIC_COUNTRY_QUERIES, "FR", start_us);
    add(series, TT_METRIC_COUNTRY_QUERIES, "DE", start_us);
    add(series, TT_METRIC_ZONE_QUERIES, "DE", start_us);
    tt_series_add(series, TT_METRIC_THREAT_QUERIES, (struct tt_str[]){TT_STR("x")}, 1, start_us, 7);
    has(series, "telltale_country_queries_total{country=\"DE\"} 2\n");
    has(series, "telltale_country_queries_total{country=\"FR\"} 1\n");
    has(series, "telltale_zone_queries_total{zone=\"DE\"} 1\n");
    has(series, "telltale_threat_queries_total{list=\"x\"} 7\n");
    check_counts(series, 4, 4, 0);
    tt_series_free(&series);
    assert_null(series);
}

static void values_are_cleaned_and_long_ones_stay_apart(void **state)
{
    struct tt_series *series = new_series();
    char a[200], b[200];

    (void)state;
    memset(a, 'a', sizeof(a));
    memset(b, 'a', sizeof(b));
    a[198] = 'x';
    a[199] = b[199] = '\0';
    add(series, TT_METRIC_ZONE_QUERIES, a, start_us);
    add(series, TT_METRIC_ZONE_QUERIES, b, start_us);
    add(series, TT_METRIC_ZONE_QUERIES, "a\x01\"b", start_us);
    add(series, TT_METRIC_ZONE_QUERIES, "a\xff\"b", start_us);
    add(series, TT_METRIC_ZONE_QUERIES, "", start_us);
    add(series, TT_METRIC_ZONE_QUERIES, "__other__", start_us);
    check_counts(series, 5, 4, 1); /* two texts that look alike are one series */
    has(series, "zone=\"a\xef\xbf\xbd\\\"b\"} 2\n");
    has(series, "telltale_zone_queries_total 1\n");
    has(series, "zone=\"__other__\"} 1\n");
    assert_non_null(strstr(page, "aaaaaa~"));
    tt_series_free(&series);
}

static void what_finds_no_room_counts_as_other(void **state)
{
    struct tt_series *series = new_series();
    char name[32];

    (void)state;
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "AS%d", i);
        add(series, TT_METRIC_ASN_QUERIES, name, start_us);
    }
    check_counts(series, 501, 500, 100);
    has(series, "telltale_asn_queries_total{asn=\"AS499\"} 1\n");
    has(series, "telltale_asn_queries_total{asn=\"__other__\"} 100\n");
    add(series, TT_METRIC_ASN_QUERIES, "AS7", start_us + second_us);
    has(series, "telltale_asn_queries_total{asn=\"AS7\"} 2\n");
    add(series, TT_METRIC_ASN_QUERIES, "AS501", start_us + hour_us - 1);
    check_counts(series, 501, 500, 101);
    add(series, TT_METRIC_ASN_QUERIES, "AS501", start_us + hour_us);
    has(series, "telltale_asn_queries_total{asn=\"AS501\"} 1\n");
    tt_series_free(&series);
}

static void an_idle_series_gives_its_place_up(void **state)
{
    struct tt_series *series = new_series();

    (void)state;
    add(series, TT_METRIC_ASN_QUERIES, "AS1", start_us);
    add(series, TT_METRIC_ASN_QUERIES, "AS2", start_us);
    add(series, TT_METRIC_ASN_QUERIES, "AS2", start_us + hour_us - second_us);
    add(series, TT_METRIC_ASN_QUERIES, "AS3", start_us + hour_us + 61 * second_us);
    assert_null(strstr(page_of(series), "\"AS1\""));
    has(series, "asn=\"AS2\"} 2\n");
    check_counts(series, 2, 3, 0);
    add(series, TT_METRIC_ASN_QUERIES, "AS1", start_us); /* time that runs backwards stands still */
    has(series, "asn=\"AS1\"} 1\n");
    check_counts(series, 3, 4, 0);
    tt_series_free(&series);
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* A day: countries, systems by a skewed distribution, flash crowds of new ones, random zones. */
static void a_day_of_flash_crowds_and_random_names_stays_bounded(void **state)
{
    struct tt_series *series = new_series();
    uint64_t random = 1, now_us = start_us, added_n = 0, active, created, overflowed, highest = 0;
    char name[64];

    (void)state;
    for (unsigned minute = 0; minute < 24 * 60; minute++)
        for (unsigned i = 0; i < 1000; i++, added_n++) {
            uint32_t a = next_random(&random), kind = next_random(&random) % 10;
            bool is_crowd = minute % 180 >= 170;
            now_us = start_us + minute * 60 * second_us + i * 60000;
            if (kind < 3)
                snprintf(name, sizeof(name), "%c%c", 'A' + a % 15, 'A' + a / 15 % 16);
            else if (kind < 7)
                snprintf(name, sizeof(name), "%u",
                         is_crowd ? a % 100000 : (a % 1000) * (a % 700) / 700);
            else
                snprintf(name, sizeof(name), "%08x.example", a);
            add(series, families[kind < 3 ? 0 : kind < 7 ? 1 : 2], name, now_us);
            tt_series_counts(series, &active, &created, &overflowed);
            highest = TT_MAX(highest, active);
        }
    print_message("active at most %llu, created %llu, overflowed %llu of %llu\n",
                  (unsigned long long)highest, (unsigned long long)created,
                  (unsigned long long)overflowed, (unsigned long long)added_n);
    assert_true(highest <= TT_SERIES_MAX);
    assert_true(created <= 12000);
    assert_true(overflowed > 0);
    tt_series_free(&series);
}

/* Ten hours in which nothing becomes idle: the table fills and says no, with nothing lost from the
 * sum. */
static void a_full_table_keeps_every_count(void **state)
{
    struct tt_series *series = new_series();
    uint64_t active, created, overflowed, sum = 0, added_n = 0;
    char name[64];

    (void)state;
    for (unsigned hour = 0; hour < 12; hour++)
        for (unsigned half = 0; half < 2; half++)
            for (unsigned i = 0; i < 600 * (hour + 1); i++, added_n++) {
                snprintf(name, sizeof(name), "n%u", i);
                add(series, TT_METRIC_ZONE_QUERIES, name,
                    start_us + hour * hour_us + half * hour_us / 2);
            }
    tt_series_counts(series, &active, &created, &overflowed);
    assert_true(active <= TT_SERIES_MAX && active > TT_SERIES_MAX - 200);
    assert_int_equal(created, active - 1);
    for (const char *line = page_of(series); (line = strstr(line, "\"} ")) != NULL; line++)
        sum += strtoull(line + 3, NULL, 10);
    assert_int_equal(sum, added_n);
    tt_series_free(&series);
}

struct reader {
    struct tt_series *series;
    bool is_done;
    unsigned rounds_n, lines_n;
};

static void check_sample(const struct tt_metric_sample *sample, void *arg)
{
    struct reader *reader = arg;

    if (strcmp(sample->labels[0], "__other__") != 0 && sample->labels[0][0] != 'n')
        reader->lines_n = UINT32_MAX / 2;
    reader->lines_n++;
}

static void *scrape(void *arg)
{
    struct reader *reader = arg;

    for (; !__atomic_load_n(&reader->is_done, __ATOMIC_ACQUIRE); reader->rounds_n++)
        tt_series_collect(reader->series, TT_METRIC_ZONE_QUERIES, check_sample, reader);
    return NULL;
}

static void scrapes_see_whole_entries_while_series_come_and_go(void **state)
{
    struct reader reader = {.series = new_series()};
    pthread_t thread;
    char name[64];

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, scrape, &reader), 0);
    for (unsigned i = 0; i < 200000; i++) {
        snprintf(name, sizeof(name), "n%u", i % 7 == 0 ? i : i % 100);
        add(reader.series, TT_METRIC_ZONE_QUERIES, name, start_us + i * second_us);
    }
    __atomic_store_n(&reader.is_done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    assert_true(reader.lines_n < UINT32_MAX / 2);
    tt_series_free(&reader.series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(label_sets_count_apart),
        cmocka_unit_test(values_are_cleaned_and_long_ones_stay_apart),
        cmocka_unit_test(what_finds_no_room_counts_as_other),
        cmocka_unit_test(an_idle_series_gives_its_place_up),
        cmocka_unit_test(a_day_of_flash_crowds_and_random_names_stays_bounded),
        cmocka_unit_test(a_full_table_keeps_every_count),
        cmocka_unit_test(scrapes_see_whole_entries_while_series_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
