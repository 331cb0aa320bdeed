/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The alerts of telltale about itself, second by second in virtual time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "detect/own.h"

#define S UINT64_C(1000000000)

enum { START_S = 1000, ALL = (1u << TT_OWN_RULES_N) - 1 };

static char said[65536];

/* "12 firing sink_down bus 1 from 2; " */
static void note(struct tt_alert *alert, void *arg)
{
    size_t len = strlen(said);

    (void)arg;
    snprintf(said + len, sizeof(said) - len, "%llu %s %s %s %llu from %llu",
             (unsigned long long)(alert->time_us / 1000000), tt_alert_state_word(alert->state), alert->rule,
             alert->subject, (unsigned long long)alert->count,
             (unsigned long long)(alert->started_at_us / 1000000));
    len = strlen(said);
    if (alert->ends_at_us != 0)
        snprintf(said + len, sizeof(said) - len, " to %llu",
                 (unsigned long long)(alert->ends_at_us / 1000000));
    strcat(said, "; ");
}

static void judge(struct tt_own *own, uint64_t second, unsigned rules, const struct tt_own_fact *facts,
                  unsigned facts_n)
{
    const struct tt_own_facts all = {.now_ns = (START_S + second) * S,
                                     .now_us = second * 1000000,
                                     .rules = rules,
                                     .facts = facts,
                                     .facts_n = facts_n};

    tt_own_judge(own, &all, "eu", "ns1/unbound", note, NULL);
}

/*
 * A subject second by second: x bad, . well, - nobody speaks of it, ? its rule is not judged; a digit repeats
 * what follows ten times as often.
 */
static void alerts_begin_end_and_begin_again(void **state)
{
    static const struct {
        const char *name;
        uint8_t rule;
        const char *seconds, *said;
    } rows[] = {
        {"well all the time", TT_OWN_SINK_DOWN, "4.", ""},
        {"too short to matter", TT_OWN_SINK_DOWN, "..1x.", ""},
        {"long enough", TT_OWN_SINK_DOWN, "..1xx", "12 firing sink_down s 1 from 2; "},
        {"and over", TT_OWN_SINK_DOWN, "..2x1..",
         "12 firing sink_down s 1 from 2; 32 resolved sink_down s 1 from 2 to 22; "},
        {"over, but not for long enough", TT_OWN_SINK_DOWN, "..2x1.x", "12 firing sink_down s 1 from 2; "},
        {"comes and goes: one alert", TT_OWN_SINK_DOWN, "2x.x.x.x.x.xxxxx1..",
         "10 firing sink_down s 1 from 0; 44 resolved sink_down s 1 from 0 to 34; "},
        {"a blip while it is pending starts anew", TT_OWN_SINK_DOWN, "xxxxxxxx.xxxxxxxx.", ""},
        {"twice", TT_OWN_SINK_DOWN, "2x2.2x",
         "10 firing sink_down s 1 from 0; 30 resolved sink_down s 1 from 0 to 20; 50 firing sink_down s 2 "
         "from 40; "},
        {"gone with its subject", TT_OWN_SINK_DOWN, "2x1--",
         "10 firing sink_down s 1 from 0; 30 resolved sink_down s 1 from 0 to 20; "},
        {"not judged: stays as it is", TT_OWN_SINK_DOWN, "2x9?", "10 firing sink_down s 1 from 0; "},
        {"a file", TT_OWN_DATA_DEGRADED, ".xxxxxx.",
         "6 firing data_degraded s 1 from 1; 7 resolved data_degraded s 1 from 1 to 7; "},
        {"the configuration", TT_OWN_CONFIG_STALE, "xxxxxx.",
         "5 firing config_stale s 1 from 0; 6 resolved config_stale s 1 from 0 to 6; "},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        uint64_t second = 0;
        struct tt_own *own;

        assert_int_equal(tt_own_new(&own), TT_OK);
        said[0] = '\0';
        for (const char *at = rows[i].seconds; *at != '\0'; at++) {
            int times = *at >= '1' && *at <= '9' ? 10 * (*at++ - '0') : 1;
            struct tt_own_fact fact = {.rule = rows[i].rule, .is_bad = *at == 'x', .subject = "s"};

            for (; times > 0; times--)
                judge(own, second++, *at == '?' ? 0 : ALL, &fact, *at == 'x' || *at == '.');
        }
        if (strcmp(said, rows[i].said) != 0)
            fail_msg("%s: said \"%s\", not \"%s\"", rows[i].name, said, rows[i].said);
        tt_own_free(&own);
    }
}

static void what_goes_on_is_said_every_hour(void **state)
{
    const struct tt_own_fact fact = {
        .rule = TT_OWN_SINK_DOWN, .is_bad = true, .subject = "s", .since_us = 5000000};
    struct tt_own *own;
    unsigned n = 0;

    (void)state;
    assert_int_equal(tt_own_new(&own), TT_OK);
    said[0] = '\0';
    for (uint64_t second = 0; second < 3 * TT_OWN_REPEAT_S; second++)
        judge(own, second, ALL, &fact, 1);
    for (const char *at = said; (at = strstr(at, " firing sink_down s 1 from 5; ")) != NULL; at++)
        n++;
    assert_int_equal(n, 3);
    assert_int_equal(tt_own_firing(own, TT_OWN_SINK_DOWN), 1);
    assert_int_equal(tt_own_firing(own, TT_OWN_CONFIG_STALE), 0);
    tt_own_free(&own);
}

static void subjects_and_rules_are_apart_and_facts_about_one_are_one(void **state)
{
    const struct tt_own_fact facts[] = {
        {.rule = TT_OWN_DATA_DEGRADED, .is_bad = true, .subject = "a"},
        {.rule = TT_OWN_DATA_DEGRADED, .is_bad = false, .subject = "a"},
        {.rule = TT_OWN_DATA_DEGRADED, .is_bad = false, .subject = "b"},
        {.rule = TT_OWN_CONFIG_STALE, .is_bad = true, .subject = "a"},
    };
    struct tt_own *own;

    (void)state;
    assert_int_equal(tt_own_new(&own), TT_OK);
    said[0] = '\0';
    for (uint64_t second = 0; second < 7; second++)
        judge(own, second, ALL, facts, TT_COUNT(facts));
    assert_string_equal(said, "5 firing data_degraded a 1 from 0; 5 firing config_stale a 1 from 0; ");
    tt_own_free(&own);
}

static void check_words(struct tt_alert *alert, void *arg)
{
    unsigned *n = arg;

    (*n)++;
    assert_string_equal(alert->title, "sink bus takes no records");
    assert_int_equal(alert->severity, TT_severity_CRITICAL);
    assert_true(strlen(alert->check_first) > 20 && strlen(alert->runbook) > 5 &&
                strlen(alert->stop_condition) > 5);
    assert_int_equal(alert->alert_id, tt_alert_id("sink_down", "bus", "eu", "ns1/unbound"));
    assert_true(alert->regions_n == 1 && tt_str_equal(alert->regions[0], TT_STR("eu")));
    assert_string_equal(alert->evidence[0].value, "17");
}

static void a_record_says_what_where_and_what_to_look_at_first(void **state)
{
    const struct tt_alert_evidence evidence[] = {{"queued", "17"}};
    const struct tt_own_fact fact = {
        .rule = TT_OWN_SINK_DOWN, .is_bad = true, .subject = "bus", .evidence = evidence, .evidence_n = 1};
    struct tt_own_facts facts = {.now_ns = START_S * S, .rules = ALL, .facts = &fact, .facts_n = 1};
    struct tt_own *own;
    unsigned n = 0;

    (void)state;
    assert_int_equal(tt_own_new(&own), TT_OK);
    for (int i = 0; i < 12; i++, facts.now_ns += S)
        tt_own_judge(own, &facts, "eu", "ns1/unbound", check_words, &n);
    assert_int_equal(n, 1);
    tt_own_free(&own);
}

static uint64_t ids[8];
static unsigned ids_n;

static void note_id(struct tt_alert *alert, void *arg)
{
    (void)arg;
    ids[ids_n++ % TT_COUNT(ids)] = alert->alert_id;
}

/* A reload may name the node or the region anew while an alert fires: who keys by the id sees its end. */
static void an_alert_ends_under_the_id_it_began_with(void **state)
{
    struct tt_own_fact fact = {.rule = TT_OWN_DATA_DEGRADED, .is_bad = true, .subject = "a"};
    struct tt_own_facts facts = {.now_ns = START_S * S, .rules = ALL, .facts = &fact, .facts_n = 1};
    struct tt_own *own;

    (void)state;
    assert_int_equal(tt_own_new(&own), TT_OK);
    for (int i = 0; i < 20; i++, facts.now_ns += S) {
        fact.is_bad = i < 8 || i > 10;
        tt_own_judge(own, &facts, i < 7 ? "eu" : "us", "ns1/unbound", note_id, NULL);
    }
    assert_int_equal(ids_n, 3);
    assert_int_equal(ids[0], tt_alert_id("data_degraded", "a", "eu", "ns1/unbound"));
    assert_int_equal(ids[1], ids[0]);
    assert_int_equal(ids[2], tt_alert_id("data_degraded", "a", "us", "ns1/unbound"));
    tt_own_free(&own);
}

/* More subjects than there is room for: as many alerts as there is room, and room again when they are over.
 */
static void the_table_is_bounded_and_comes_free(void **state)
{
    enum { N = TT_OWN_ALERTS_MAX + 100 };
    static struct tt_own_fact facts[N];
    static char names[N][16];
    struct tt_own *own;
    uint64_t second = 0;

    (void)state;
    assert_int_equal(tt_own_new(&own), TT_OK);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < N; i++) {
            snprintf(names[i], sizeof(names[i]), "%d.%d", turn, i);
            facts[i] = (struct tt_own_fact){.rule = TT_OWN_CONFIG_STALE, .is_bad = true, .subject = names[i]};
        }
        for (int i = 0; i < 7; i++) {
            said[0] = '\0';
            judge(own, second++, ALL, facts, N);
        }
        assert_int_equal(tt_own_firing(own, TT_OWN_CONFIG_STALE), TT_OWN_ALERTS_MAX);
        said[0] = '\0';
        judge(own, second++, ALL, NULL, 0);
        assert_int_equal(tt_own_firing(own, TT_OWN_CONFIG_STALE), 0);
    }
    tt_own_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_begin_end_and_begin_again),
        cmocka_unit_test(what_goes_on_is_said_every_hour),
        cmocka_unit_test(subjects_and_rules_are_apart_and_facts_about_one_are_one),
        cmocka_unit_test(a_record_says_what_where_and_what_to_look_at_first),
        cmocka_unit_test(an_alert_ends_under_the_id_it_began_with),
        cmocka_unit_test(the_table_is_bounded_and_comes_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
