/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A day of queries in virtual time through the stages of the pipeline: a steady population, a flash crowd
 * every two hours that brings thousands of networks nobody saw before, and random names all day long. The
 * dynamic series must stay within 5,000 at a time and 12,000 ever created, and every query must be in some
 * series. Use: series_day [events]
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "core/stages.h"

enum { STEADY = 3000, CROWD = 60000, MINUTES = 24 * 60 };

static const uint64_t day_start_us = UINT64_C(1789948800000000); /* midnight */

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void discard(void *arg, struct tt_sink *sink, const struct tt_record *record)
{
    (void)arg, (void)sink, (void)record;
}

struct seen {
    uint64_t series, queries;
};

static void add_sample(const struct tt_metric_sample *sample, void *arg)
{
    struct seen *seen = arg;

    seen->series++;
    seen->queries += (uint64_t)sample->value;
}

/* One client query; during a flash crowd nine of ten come from networks of that crowd alone. */
static void feed(struct tt_stages *stages, uint64_t time_us, uint64_t number, uint64_t *state)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    unsigned minute = (unsigned)((time_us - day_start_us) / 60000000u), crowd = minute / 120;
    bool is_crowd = minute % 120 < 10 && next_random(state) % 10 != 0;
    struct tt_event event = {.random = 1};
    char name[40], country[2];

    country[0] = letters[next_random(state) % 26];
    country[1] = letters[next_random(state) % 10];
    snprintf(name, sizeof(name), "%016llx.example.com", (unsigned long long)next_random(state));
    TT_EVENT_SET(&event, timestamp, time_us);
    TT_EVENT_SET(&event, event_id, (uint64_t)1 << 48 | number);
    TT_EVENT_SET(&event, message_type, TT_message_type_CLIENT_RESPONSE);
    TT_EVENT_SET(&event, outcome, TT_outcome_ANSWERED);
    TT_EVENT_SET(&event, query_name, ((struct tt_str){name, (uint32_t)strlen(name)}));
    TT_EVENT_SET(&event, country, ((struct tt_str){country, 2}));
    TT_EVENT_SET(&event, asn_id,
                 (uint32_t)(is_crowd ? 100000 + crowd * CROWD + next_random(state) % CROWD : next_random(state) % STEADY));
    tt_stages_take_event(stages, &event);
}

static bool check(struct tt_stages *stages, unsigned minute, uint64_t *active_max)
{
    uint64_t active, created, overflowed;

    tt_series_counts(stages->series, &active, &created, &overflowed);
    *active_max = TT_MAX(*active_max, active);
    if (active <= TT_SERIES_MAX && created <= 500u * (minute / 60 + 1))
        return true;
    printf("minute %u: %llu active, %llu created\n", minute, (unsigned long long)active, (unsigned long long)created);
    return false;
}

static bool run_day(struct tt_stages *stages, unsigned long events, uint64_t *active_max)
{
    uint64_t state = 88172645463325252u, number = 0;

    for (unsigned minute = 0; minute < MINUTES; minute++) {
        for (unsigned long i = 0; i < events / MINUTES; i++, number++)
            feed(stages, day_start_us + minute * UINT64_C(60000000) + i * (60000000 / (events / MINUTES)), number, &state);
        tt_stages_tick(stages, day_start_us + (minute + 1) * UINT64_C(60000000) - 1);
        if (!check(stages, minute, active_max))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    unsigned long events = argc > 1 ? strtoul(argv[1], NULL, 10) : 720000;
    struct tt_setup *setup = calloc(1, sizeof(*setup));
    struct tt_conf conf = {.sinks_n = 0};
    struct tt_conf ignore_nothing = {.sinks_n = 0};
    uint64_t active_max = 0, active, created, overflowed;
    struct seen countries = {0, 0}, networks = {0, 0};
    struct tt_stages stages;
    bool is_fine;

    if (setup == NULL || tt_stages_init(&stages, discard, NULL) != TT_OK ||
        tt_ignore_new(&ignore_nothing, &setup->ignore) != TT_OK)
        return 1;
    setup->conf = &conf;
    tt_stages_use(&stages, setup);
    is_fine = run_day(&stages, events, &active_max);
    tt_series_counts(stages.series, &active, &created, &overflowed);
    tt_series_collect(stages.series, TT_METRIC_COUNTRY_QUERIES, add_sample, &countries);
    tt_series_collect(stages.series, TT_METRIC_ASN_QUERIES, add_sample, &networks);
    printf("%lu events in 24 h: at most %llu series at a time, %llu ever created, %llu counts under __other__\n", events,
           (unsigned long long)active_max, (unsigned long long)created, (unsigned long long)overflowed);
    printf("at the end: %llu series of countries, %llu of networks\n", (unsigned long long)countries.series,
           (unsigned long long)networks.series);
    is_fine = is_fine && created <= 12000 && active_max > 1000 && overflowed > 0 &&
              countries.series + networks.series <= TT_SERIES_MAX;
    tt_stages_fini(&stages);
    tt_ignore_free(&setup->ignore);
    free(setup);
    puts(is_fine ? "ok" : "FAIL");
    return is_fine ? 0 : 1;
}
