/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* check --connect, with classes of our own in the place of those that there are: what they say comes out in
 * order, several are tried at a time, and one that hangs is left alone. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "conf/conf.h"
#include "ctl/check_connect.h"
#include "sink/class.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned running_n, most_n, awaited_n; /* probes wait until so many have run at once */
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};

static void probe_fine(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say,
                       void *arg)
{
    char text[300];

    snprintf(text, sizeof(text), "reached by %s below %s\x1b[1m\n%s", place->instance, place->names.state_dir,
             conf->name);
    say(arg, true, text);
}

static void probe_half(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say,
                       void *arg)
{
    (void)conf;
    (void)place;
    say(arg, true, "reached");
    say(arg, false, "refused our password");
}

static void probe_silent(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                         tt_sink_say_f say, void *arg)
{
    (void)conf;
    (void)place;
    (void)say;
    (void)arg;
}

/* Comes back when enough have been in here at the same time. */
static void probe_gate(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say,
                       void *arg)
{
    (void)conf;
    (void)place;
    pthread_mutex_lock(&gate.lock);
    gate.running_n++;
    gate.most_n = TT_MAX(gate.most_n, gate.running_n);
    pthread_cond_broadcast(&gate.changed);
    while (gate.most_n < gate.awaited_n)
        pthread_cond_wait(&gate.changed, &gate.lock);
    gate.running_n--;
    pthread_mutex_unlock(&gate.lock);
    say(arg, true, "passed");
}

/* In the place of sink/list.c. */
const struct tt_sink_class *tt_sink_class_find(uint8_t id)
{
    static const struct tt_sink_class classes[TT_SINK_TYPES_N] = {
        [TT_SINK_KAFKA] = {.probe = probe_fine},
        [TT_SINK_REMOTE_WRITE] = {.probe = probe_half},
        [TT_SINK_LOKI] = {.probe = probe_silent},
        [TT_SINK_DNSTAP] = {.probe = probe_gate}};

    return &classes[id];
}

static bool connect_all(const char *yaml, char *out, size_t out_cap)
{
    struct tt_check_connect *connect = tt_check_connect_new();
    FILE *file = tmpfile();
    int kept = dup(1);

    assert_true(connect != NULL && file != NULL && kept >= 0);
    for (uint8_t software = 1; software <= 2; software++) {
        struct tt_conf_errors errors;
        struct tt_conf *conf;

        if (tt_conf_parse_text(yaml, strlen(yaml), "t.yaml", software, &conf, &errors) != TT_OK)
            print_error("%s", errors.text);
        assert_non_null(conf);
        assert_int_equal(tt_check_connect_add(connect, conf, software), TT_OK);
        tt_conf_free(&conf);
    }
    fflush(stdout);
    dup2(fileno(file), 1);
    bool is_fine = tt_check_connect_run(connect);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    rewind(file);
    out[fread(out, 1, out_cap - 1, file)] = '\0';
    fclose(file);
    tt_check_connect_free(&connect);
    assert_null(connect);
    return is_fine;
}

#define FILE_SINK "{ type: file, path: /x }"
#define FINE "{ type: kafka, brokers: 'localhost:1' }"
#define HALF "{ name: half, type: remote_write, url: 'https://m' }"
#define SILENT "{ type: loki, url: 'https://l' }"

static void findings_come_out_in_the_order_of_the_sinks(void **state)
{
    static const struct {
        const char *yaml;
        bool is_fine;
        const char *out;
    } rows[] = {
        {"{ node: n, state_dir: /s, sinks: [ " FILE_SINK ", " FINE " ] }", true,
         "ok   file: nothing to connect to\n"
         "ok   kafka: reached by n/unbound below /s/unbound-1\xef\xbf\xbd[1m\xef\xbf\xbdkafka\n"},
        {"sinks: [ " HALF ", " FILE_SINK " ]", false,
         "ok   half: reached\nFAIL half: refused our password\nok   file: nothing to connect to\n"},
        {"sinks: [ " SILENT " ]", false, "FAIL loki: nothing was found out\n"},
        {"{ sinks: [ " FILE_SINK " ], hosts: { bind: { sinks: [ " SILENT " ] } } }", false,
         "ok   file: nothing to connect to\nFAIL loki: nothing was found out\n"},
        {"sinks: []", true, ""},
    };
    char out[4096];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        assert_int_equal(connect_all(rows[i].yaml, out, sizeof(out)), rows[i].is_fine);
        assert_string_equal(out, rows[i].out);
    }
}

static void eight_are_tried_at_a_time(void **state)
{
    char yaml[2048] = "sinks: [ ", item[64], out[4096];
    unsigned lines_n = 0;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        snprintf(item, sizeof(item), "{ name: s%u, type: dnstap, path: /x%u }, ", i, i);
        strcat(yaml, item);
    }
    strcat(yaml, "]");
    gate.awaited_n = 8;
    assert_true(connect_all(yaml, out, sizeof(out)));
    for (const char *at = out; (at = strstr(at, ": passed\n")) != NULL; at++)
        lines_n++;
    assert_int_equal(lines_n, 20);
    assert_int_equal(gate.most_n, 8);
}

static uint64_t hurry_ns(void)
{
    static uint64_t now_ns;

    return __atomic_add_fetch(&now_ns, UINT64_C(30000000000), __ATOMIC_RELAXED);
}

/* The clock goes on 30 s whenever it is looked at. The thread that hangs stays to the end. */
static void one_that_hangs_is_left_alone(void **state)
{
    char out[4096];

    (void)state;
    gate.awaited_n = 1000;
    tt_clock_set(hurry_ns, tt_clock_wall_us);
    assert_false(connect_all("sinks: [ { type: dnstap, path: /x } ]", out, sizeof(out)));
    assert_string_equal(out, "FAIL dnstap: no end of it within the time limit, left alone\n");
    tt_clock_set(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_out_in_the_order_of_the_sinks),
        cmocka_unit_test(eight_are_tried_at_a_time),
        cmocka_unit_test(one_that_hangs_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
