/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Queries and responses of a capture, in every order, and the events they become. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/replay_pairs.h"
#include "event/facts.h"

enum { STEPS_MAX = 6, SECOND = 1000000 };

/* A message at a time: q query or r response, id, name's one letter ('-': no question), port. */
struct step {
    char kind, id, name;
    uint16_t port;
    uint64_t at_us;
    uint8_t transport;
};

struct row {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *events; /* each: a answered or t timeout, q with query, r with response, port's last
                           digit, ms */
};

#define U TT_transport_UDP
#define T TT_transport_TCP

static const struct row rows[] = {
    {"a query and its response", {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 1, 5000, U}}, "aqr1+5 "},
    {"two at work, answered in the other order",
     {{'q', 1, 'a', 1, 0, U},
      {'q', 2, 'b', 1, 1000, U},
      {'r', 2, 'b', 1, 3000, U},
      {'r', 1, 'a', 1, 4000, U}},
     "aqr1+2 aqr1+4 "},
    {"a response alone", {{'r', 1, 'a', 1, 0, U}}, "ar1 "},
    {"a response before its query",
     {{'r', 1, 'a', 1, 0, U}, {'q', 1, 'a', 1, 1000, U}},
     "ar1 tq1 "},
    {"another ID", {{'q', 1, 'a', 1, 0, U}, {'r', 2, 'a', 1, 1000, U}}, "ar1 tq1 "},
    {"another port", {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 2, 1000, U}}, "ar2 tq1 "},
    {"another name", {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'b', 1, 1000, U}}, "ar1 tq1 "},
    {"the name in capitals", {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'A', 1, 1000, U}}, "aqr1+1 "},
    {"another transport", {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 1, 1000, T}}, "ar1 tq1 "},
    {"a response without a question",
     {{'q', 1, 'a', 1, 0, U}, {'r', 1, '-', 1, 1000, U}},
     "aqr1+1 "},
    {"a query without a question", {{'q', 1, '-', 1, 0, U}, {'r', 1, 'a', 1, 1000, U}}, "aqr1+1 "},
    {"a query asked twice, answered once",
     {{'q', 1, 'a', 1, 0, U}, {'q', 1, 'a', 1, 1000, U}, {'r', 1, 'a', 1, 2000, U}},
     "aqr1+2 tq1 "},
    {"a query asked once, answered twice",
     {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 1, 1000, U}, {'r', 1, 'a', 1, 2000, U}},
     "aqr1+1 ar1 "},
    {"an answer after 4.999 s",
     {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 1, 4999000, U}},
     "aqr1+4999 "},
    {"an answer after 5 s is too late",
     {{'q', 1, 'a', 1, 0, U}, {'r', 1, 'a', 1, 5000000, U}},
     "tq1 ar1 "},
    {"one waits, the next gives it up",
     {{'q', 1, 'a', 1, 0, U}, {'q', 2, 'b', 2, 9000000, U}, {'r', 2, 'b', 2, 9001000, U}},
     "tq1 aqr2+1 "},
    {"time that runs backwards", {{'q', 1, 'a', 1, 5000, U}, {'r', 1, 'a', 1, 4000, U}}, "aqr1 "},
};

struct log {
    char text[256];
    size_t len;
    uint64_t last_us;
};

static void note(void *arg, const struct tt_obs *obs, size_t len)
{
    struct log *log = arg;
    struct tt_facts facts;

    assert_int_equal(tt_facts_from_tail(&facts, obs, len), 0);
    assert_int_equal(obs->message_type, TT_message_type_CLIENT_RESPONSE);
    assert_int_equal(obs->server_port, 53);
    assert_true((obs->have & TT_HAVE_CLIENT_PORT) != 0 && (obs->have & TT_HAVE_SERVER_PORT) != 0);
    assert_int_equal(obs->client_ip.bytes[3], 1);
    assert_int_equal(obs->server_ip.bytes[3], 2);
    log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, "%c%s%s%u",
                                 obs->outcome == TT_outcome_TIMEOUT ? 't' : 'a',
                                 facts.query.bytes != NULL ? "q" : "",
                                 facts.response.bytes != NULL ? "r" : "", obs->client_port % 10u);
    if ((obs->have & TT_HAVE_LATENCY) != 0)
        log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, "+%u",
                                     obs->latency_us / 1000);
    log->len += (size_t)snprintf(log->text + log->len, sizeof(log->text) - log->len, " ");
    log->last_us = obs->time_us;
}

static size_t write_message(uint8_t *bytes, const struct step *step)
{
    static const uint8_t header[12] = {0, 0, 1, 0, 0, 1};
    uint8_t question[] = {1, (uint8_t)step->name, 0, 0, 1, 0, 1};

    memcpy(bytes, header, sizeof(header));
    bytes[1] = (uint8_t)step->id;
    bytes[2] |= step->kind == 'r' ? 0x80 : 0;
    if (step->name == '-') {
        bytes[5] = 0;
        return sizeof(header);
    }
    memcpy(bytes + sizeof(header), question, sizeof(question));
    return sizeof(header) + sizeof(question);
}

static void take(struct tt_replay_pairs *pairs, const struct step *step)
{
    struct tt_ip client = {4, {192, 0, 2, 1}}, server = {4, {192, 0, 2, 2}};
    uint8_t bytes[32];
    size_t len = write_message(bytes, step);
    bool is_query = step->kind == 'q';
    struct tt_replay_wire wire = {.from = is_query ? client : server,
                                  .to = is_query ? server : client,
                                  .from_port = is_query ? (uint16_t)(40000 + step->port) : 53,
                                  .to_port = is_query ? 53 : (uint16_t)(40000 + step->port),
                                  .transport = step->transport,
                                  .time_us = SECOND + step->at_us,
                                  .bytes = bytes,
                                  .len = len,
                                  .size = len};
    tt_replay_pairs_take(pairs, &wire);
}

static void messages_find_each_other(void **state)
{
    struct tt_replay *replay = calloc(1, sizeof(*replay));

    (void)state;
    assert_non_null(replay);
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct log log = {.len = 0};
        struct tt_replay_pairs *pairs;

        memset(replay, 0, sizeof(*replay));
        replay->out.observe = note;
        replay->out.arg = &log;
        assert_int_equal(tt_replay_pairs_new(replay, &pairs), 0);
        for (const struct step *step = rows[i].steps; step->kind != 0; step++)
            take(pairs, step);
        tt_replay_pairs_end(&pairs);
        assert_null(pairs);
        if (strcmp(log.text, rows[i].events) != 0)
            fail_msg("%s: %s for %s", rows[i].name, log.text, rows[i].events);
        assert_int_equal(replay->counts.events,
                         replay->counts.paired + replay->counts.unpaired + replay->counts.timeouts);
    }
    free(replay);
}

static void a_timeout_is_told_when_it_was_over(void **state)
{
    static const struct step query = {'q', 1, 'a', 1, 0, U}, later = {'r', 9, 'b', 2, 7000000, U};
    struct tt_replay *replay = calloc(1, sizeof(*replay));
    struct log log = {.len = 0};
    struct tt_replay_pairs *pairs;

    (void)state;
    assert_non_null(replay);
    replay->out.observe = note;
    replay->out.arg = &log;
    assert_int_equal(tt_replay_pairs_new(replay, &pairs), 0);
    take(pairs, &query);
    tt_replay_pairs_advance(pairs, SECOND + 4999999);
    assert_int_equal(log.len, 0);
    tt_replay_pairs_advance(pairs, SECOND + 6000000);
    assert_true(log.last_us == SECOND + 5000000);
    take(pairs, &later);
    take(pairs, &query);
    tt_replay_pairs_end(&pairs);
    assert_string_equal(log.text, "tq1 ar2 tq1 ");
    assert_true(log.last_us == SECOND + 7000000);
    free(replay);
}

static void count_only(void *arg, const struct tt_obs *obs, size_t len)
{
    (void)arg;
    (void)obs;
    (void)len;
}

/* More than ever wait at once: the oldest go, are counted, and each still becomes an event. */
static void what_waits_is_bounded(void **state)
{
    enum { MORE = 5000, LEN = 600 };
    struct tt_replay *replay = calloc(1, sizeof(*replay));
    struct tt_replay_pairs *pairs;
    uint8_t bytes[LEN] = {0, 0, 1, 0};
    struct tt_replay_wire wire = {.from = {4, {0}},
                                  .to = {4, {1}},
                                  .to_port = 53,
                                  .transport = U,
                                  .time_us = SECOND,
                                  .bytes = bytes,
                                  .len = LEN,
                                  .size = LEN};
    unsigned n = TT_REPLAY_PAIRS_BYTES / (LEN + 100) + MORE;

    (void)state;
    assert_non_null(replay);
    replay->out.observe = count_only;
    assert_int_equal(tt_replay_pairs_new(replay, &pairs), 0);
    for (unsigned i = 0; i < n; i++) {
        memcpy(wire.from.bytes, &i, sizeof(i));
        tt_replay_pairs_take(pairs, &wire);
    }
    assert_true(replay->counts.evicted > 0 && replay->counts.evicted == replay->counts.timeouts);
    tt_replay_pairs_end(&pairs);
    assert_int_equal(replay->counts.timeouts, n);
    assert_int_equal(replay->counts.events, n);
    free(replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_find_each_other),
        cmocka_unit_test(a_timeout_is_told_when_it_was_over),
        cmocka_unit_test(what_waits_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
