/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Messages of named's dnstap in every order, at times that the test sets, and the exchanges they
 * become. */

#include "base/log.h"
#include "dnstap_test.h"
#include "event/facts.h"

enum { STEPS_MAX = 6, NOON_US = 43200 };

/* kind: a dnstap message, or t: a tick. Times are in µs from NOON on; now: when the frame comes, 0:
 * at once. */
struct step {
    char kind; /* q RESOLVER_QUERY, r RESOLVER_RESPONSE, Q R the same of FORWARDER, t */
    char id, name;
    uint16_t port;
    uint64_t at_us, asked_us; /* asked_us: of a response, 0 does not say */
    uint64_t now_us;
    uint16_t flags;
    uint8_t protocol;
};

#define STEP(what, number, letter, from, at, ...)                                                  \
    {                                                                                              \
        .kind = (what), .id = (number), .name = (letter), .port = (from), .at_us = (at),           \
        __VA_ARGS__                                                                                \
    }

/* Each exchange: a answered or t timeout; q r images; the port's last digit; + µs/1000 when it is
 * known; f when it is a forwarder's. */
static const struct row {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *exchanges;
} rows[] = {
    {"a query and its response",
     {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'a', 1, 5000, .asked_us = 1000)},
     "aqr1+4 "},
    {"a response tells itself when it was asked for",
     {STEP('q', 1, 'a', 1, 2000), STEP('r', 1, 'a', 1, 5000, .asked_us = 1000)},
     "aqr1+4 "},
    {"one that does not takes it from its query",
     {STEP('q', 1, 'a', 1, 2000), STEP('r', 1, 'a', 1, 5000)},
     "aqr1+3 "},
    {"a response within the same tick of the clock",
     {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'a', 1, 1000, .asked_us = 1000)},
     "aqr1+0 "},
    {"a response alone", {STEP('r', 1, 'a', 1, 5000, .asked_us = 1000)}, "ar1+4 "},
    {"a response alone that does not tell", {STEP('r', 1, 'a', 1, 5000)}, "ar1 "},
    {"two at work, answered in the other order",
     {STEP('q', 1, 'a', 1, 1000), STEP('q', 2, 'b', 1, 1000), STEP('r', 2, 'b', 1, 2000),
      STEP('r', 1, 'a', 1, 3000)},
     "aqr1+1 aqr1+2 "},
    {"another ID", {STEP('q', 1, 'a', 1, 1000), STEP('r', 2, 'a', 1, 2000)}, "ar1 "},
    {"another port", {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'a', 2, 2000)}, "ar2 "},
    {"another name", {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'b', 1, 2000)}, "ar1 "},
    {"the name in capitals", {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'A', 1, 2000)}, "aqr1+1 "},
    {"the same over TCP is another",
     {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'a', 1, 2000, .protocol = TT_DNSTAP_TCP)},
     "ar1 "},
    {"no answer for 10 s, by the next message",
     {STEP('q', 1, 'a', 1, 1000), STEP('q', 2, 'b', 2, 10000999), STEP('q', 3, 'c', 3, 10001000)},
     "tq1 "},
    {"no answer for 10 s, and nothing else comes",
     {STEP('q', 1, 'a', 1, 1000), {'t', .now_us = 15000999}, {'t', .now_us = 15001000}},
     "tq1 "},
    {"frames come late: no verdict before they may be here",
     {STEP('q', 1, 'a', 1, 1000),
      {'t', .now_us = 14000000},
      STEP('r', 1, 'a', 1, 9000000, .now_us = 14000001)},
     "aqr1+8999 "},
    {"an answer after the verdict is one of its own",
     {STEP('q', 1, 'a', 1, 1000), {'t', .now_us = 16000000}, STEP('r', 1, 'a', 1, 16000001)},
     "tq1 ar1 "},
    {"a forwarder, as 9.20 says it",
     {STEP('Q', 1, 'a', 1, 1000), STEP('R', 1, 'a', 1, 2000)},
     "aqr1+1f "},
    {"a forwarder, as 9.18 says it",
     {STEP('q', 1, 'a', 1, 1000, .flags = 0x0100), STEP('r', 1, 'a', 1, 2000, .flags = 0x0100)},
     "aqr1+1f "},
    {"a forwarder that does not repeat RD",
     {STEP('q', 1, 'a', 1, 1000, .flags = 0x0100), STEP('r', 1, 'a', 1, 2000)},
     "aqr1+1f "},
    {"an authority that sets RD",
     {STEP('q', 1, 'a', 1, 1000), STEP('r', 1, 'a', 1, 2000, .flags = 0x0100)},
     "aqr1+1 "},
    {"a forwarder's response alone", {STEP('r', 1, 'a', 1, 2000, .flags = 0x0100)}, "ar1f "},
    {"a forwarder that is silent",
     {STEP('q', 1, 'a', 1, 1000, .flags = 0x0100), {'t', .now_us = 16000000}},
     "tq1f "},
    {"a time to come is now: it ends nothing that waits",
     {STEP('q', 1, 'a', 1, 1000), STEP('q', 2, 'b', 2, 3600000000u, .now_us = 2000),
      STEP('r', 1, 'a', 1, 3000)},
     "aqr1+2 "},
    {"the clock goes back by an hour: what waits is let go, what comes is not ended at once",
     {STEP('q', 1, 'a', 1, 3600000000u), STEP('q', 2, 'b', 2, 1000), STEP('r', 2, 'b', 2, 2000)},
     "aqr2+1 "},
    {"nor when nothing waits",
     {STEP('q', 1, 'a', 1, 3600000000u), STEP('r', 1, 'a', 1, 3600001000u),
      STEP('q', 2, 'b', 2, 1000), STEP('r', 2, 'b', 2, 2000)},
     "aqr1+1 aqr2+1 "},
    {"the clock goes back by a second",
     {STEP('q', 1, 'a', 1, 2000000),
      {'t', .now_us = 1000000},
      STEP('r', 1, 'a', 1, 2001000, .now_us = 2001000)},
     "aqr1+1 "},
};

struct told {
    char text[256];
    size_t len;
    struct tt_exchange last;
};

TT_PRINTF(2, 3)
static void tell(struct told *told, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    told->len +=
        (size_t)vsnprintf(told->text + told->len, sizeof(told->text) - told->len, format, args);
    va_end(args);
    assert_true(told->len < sizeof(told->text));
}

/* As an observation, which is what the core makes of it. */
static void note(void *arg, const struct tt_exchange *exchange)
{
    union {
        struct tt_obs obs;
        uint8_t bytes[TT_OBS_MAX];
    } record = {.bytes = {0}};
    struct tt_obs_writer writer = {.obs = &record.obs, .cap = TT_OBS_MAX - sizeof(record.obs)};
    struct told *told = arg;
    struct tt_facts facts;

    tt_exchange_write(exchange, &writer);
    assert_int_equal(
        tt_facts_from_tail(&facts, &record.obs, sizeof(record.obs) + record.obs.tail_len), 0);
    assert_int_equal(record.obs.upstream_port, SERVER_PORT);
    assert_int_equal(record.obs.upstream_ip.bytes[3], 2);
    assert_int_equal(record.obs.client_ip.family, 0);
    assert_int_equal(record.obs.transaction, 0);
    tell(told, "%c%s%s%u", record.obs.outcome == TT_outcome_TIMEOUT ? 't' : 'a',
         facts.query.bytes != NULL ? "q" : "", facts.response.bytes != NULL ? "r" : "",
         exchange->asker_port % 10u);
    if ((record.obs.have & TT_HAVE_UPSTREAM_RTT) != 0)
        tell(told, "+%u", record.obs.upstream_rtt_us / 1000);
    assert_int_equal(record.obs.message_type == TT_message_type_FORWARDER_RESPONSE,
                     record.obs.upstream_role == TT_upstream_role_FORWARDER);
    tell(told, "%s ", record.obs.upstream_role == TT_upstream_role_FORWARDER ? "f" : "");
    assert_int_equal(exchange->zone.len, 3);
    told->last = *exchange;
}

static void take(struct tt_messages *messages, const struct step *step)
{
    static const char kinds[] = "qrQR";
    static const uint8_t types[] = {TT_DNSTAP_RESOLVER_QUERY, TT_DNSTAP_RESOLVER_RESPONSE,
                                    TT_DNSTAP_FORWARDER_QUERY, TT_DNSTAP_FORWARDER_RESPONSE};
    uint64_t now_us = step->now_us > 0 ? step->now_us : step->at_us;
    struct said said = {.protocol = step->protocol > 0 ? step->protocol : TT_DNSTAP_UDP,
                        .id = (uint8_t)step->id,
                        .name = step->name,
                        .port = (uint16_t)(40000 + step->port),
                        .flags = step->flags};
    struct payload payload;

    now_us += (uint64_t)NOON_US * SECOND;
    if (step->kind == 't') {
        tt_messages_tick(messages, now_us);
        return;
    }
    said.type = types[strchr(kinds, step->kind) - kinds];
    if (tt_dnstap_is_query(said.type))
        said.asked_us = (uint64_t)NOON_US * SECOND + step->at_us;
    else
        said.answered_us = (uint64_t)NOON_US * SECOND + step->at_us;
    if (step->asked_us > 0)
        said.asked_us = (uint64_t)NOON_US * SECOND + step->asked_us;
    payload = make_payload(&said);
    tt_messages_take(messages, payload.bytes, payload.len, now_us);
}

static uint64_t sum_of(const uint64_t *counts, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    return sum;
}

static void messages_become_exchanges(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_messages_counts counts = {{0}, {0}};
        struct told told = {.len = 0};
        struct tt_messages messages;
        size_t waiting;

        assert_int_equal(tt_messages_init(&messages, note, &told, &counts), 0);
        for (const struct step *step = rows[i].steps;
             step < rows[i].steps + STEPS_MAX && step->kind != 0; step++)
            take(&messages, step);
        waiting = tt_pairs_waiting(messages.pairs);
        tt_messages_fini(&messages);
        if (strcmp(told.text, rows[i].exchanges) != 0)
            fail_msg("%s: %s for %s", rows[i].name, told.text, rows[i].exchanges);
        /* Every frame is in the books once. */
        assert_int_equal(counts.frames[TT_MESSAGES_RESPONSE],
                         counts.ends[TT_PAIRS_PAIRED] + counts.ends[TT_PAIRS_UNPAIRED]);
        assert_int_equal(counts.frames[TT_MESSAGES_QUERY], sum_of(counts.ends, TT_PAIRS_ENDS_N) -
                                                               counts.ends[TT_PAIRS_UNPAIRED] +
                                                               waiting);
    }
}

static void a_timeout_is_dated_when_it_was_over(void **state)
{
    static const struct step steps[] = {STEP('q', 1, 'a', 1, 1000), {'t', .now_us = 60000000}};
    struct tt_messages_counts counts = {{0}, {0}};
    struct told told = {.len = 0};
    struct tt_messages messages;

    (void)state;
    assert_int_equal(tt_messages_init(&messages, note, &told, &counts), 0);
    take(&messages, &steps[0]);
    take(&messages, &steps[1]);
    assert_int_equal(told.last.time_us, (uint64_t)NOON_US * SECOND + 1000 + TT_MESSAGES_TIMEOUT_US);
    tt_messages_fini(&messages);
}

#define AT ((uint64_t)NOON_US * SECOND)

static const struct {
    const char *name;
    struct said said;
    size_t len; /* of the payload, when it is cut */
    enum tt_messages_frame frame;
} others[] = {
    {"a client's query",
     {TT_DNSTAP_CLIENT_QUERY, 1, 1, 'a', 1, 0, AT, 0, 0},
     0,
     TT_MESSAGES_IGNORED},
    {"a client's response",
     {TT_DNSTAP_CLIENT_RESPONSE, 1, 1, 'a', 1, 0, 0, AT, 0},
     0,
     TT_MESSAGES_IGNORED},
    {"an authority's response",
     {TT_DNSTAP_AUTH_RESPONSE, 1, 1, 'a', 1, 0, 0, AT, 0},
     0,
     TT_MESSAGES_IGNORED},
    {"an update", {TT_DNSTAP_UPDATE_QUERY, 1, 1, 'a', 1, 0, AT, 0, 0}, 0, TT_MESSAGES_IGNORED},
    {"a query of 11 bytes",
     {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, AT, 0, 11},
     0,
     TT_MESSAGES_MALFORMED},
    {"a query of 12 bytes",
     {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, AT, 0, 12},
     0,
     TT_MESSAGES_QUERY},
    {"a response of 11 bytes",
     {TT_DNSTAP_RESOLVER_RESPONSE, 1, 1, 'a', 1, 0, 0, AT, 11},
     0,
     TT_MESSAGES_MALFORMED},
    {"a response of 12 bytes",
     {TT_DNSTAP_RESOLVER_RESPONSE, 1, 1, 'a', 1, 0, 0, AT, 12},
     0,
     TT_MESSAGES_RESPONSE},
    {"without a time",
     {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, 0, 0, 0},
     0,
     TT_MESSAGES_MALFORMED},
    {"a payload that is cut",
     {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, AT, 0, 0},
     20,
     TT_MESSAGES_MALFORMED},
    {"a payload without a message",
     {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, AT, 0, 0},
     2,
     TT_MESSAGES_MALFORMED},
};

static unsigned lines_n;

static void count_line(enum tt_log_level level, const char *line, void *arg)
{
    (void)arg;
    assert_int_equal(level, TT_LOG_WARNING);
    assert_non_null(strstr(line, "dnstap { resolver; forwarder; };"));
    lines_n++;
}

static void ignore_exchange(void *arg, const struct tt_exchange *exchange)
{
    (void)arg;
    (void)exchange;
}

static void what_is_of_no_use_is_counted_and_said_once(void **state)
{
    struct tt_messages_counts counts = {{0}, {0}};
    struct tt_messages messages;

    (void)state;
    tt_log_set(count_line, NULL);
    assert_int_equal(tt_messages_init(&messages, ignore_exchange, NULL, &counts), 0);
    for (size_t i = 0; i < TT_COUNT(others); i++) {
        struct payload payload = make_payload(&others[i].said);
        struct tt_messages_counts before = counts;

        tt_messages_take(&messages, payload.bytes, others[i].len > 0 ? others[i].len : payload.len,
                         AT);
        for (unsigned frame = 0; frame < TT_MESSAGES_FRAMES_N; frame++)
            if (counts.frames[frame] != before.frames[frame] + (frame == others[i].frame))
                fail_msg("%s", others[i].name);
    }
    tt_messages_fini(&messages);
    tt_log_set(NULL, NULL);
    assert_int_equal(lines_n, 1);
}

/* Whatever the bytes are: each payload is one frame in the books. */
static void garbage_is_counted_and_nothing_else(void **state)
{
    enum { MUTANTS = 200000 };
    static const struct said said = {
        TT_DNSTAP_RESOLVER_RESPONSE, 1, 1, 'a', 1, 0x0100, AT, AT + 4000, 0};
    struct payload whole = make_payload(&said);
    struct tt_messages_counts counts = {{0}, {0}};
    struct tt_messages messages;
    uint64_t random = 88172645463325252;

    (void)state;
    assert_int_equal(tt_messages_init(&messages, ignore_exchange, NULL, &counts), 0);
    messages.has_told = true;
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct payload mutant = whole;

        for (unsigned n = 0; n <= i % 4; n++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            mutant.bytes[random % mutant.len] = (uint8_t)(random >> 32);
        }
        tt_messages_take(&messages, mutant.bytes,
                         random % 7 == 0 ? random % mutant.len : mutant.len, AT + i);
    }
    assert_int_equal(sum_of(counts.frames, TT_MESSAGES_FRAMES_N), MUTANTS);
    assert_true(counts.frames[TT_MESSAGES_MALFORMED] > 0 &&
                counts.frames[TT_MESSAGES_RESPONSE] > 0);
    tt_messages_fini(&messages);
}

/* The oldest go, and are no events: nobody knows what became of them. */
static void what_waits_is_bounded(void **state)
{
    enum { MORE = 1000 };
    struct said said = {TT_DNSTAP_RESOLVER_QUERY, 1, 1, 'a', 1, 0, AT, 0, 0};
    struct tt_messages_counts counts = {{0}, {0}};
    struct told told = {.len = 0};
    struct tt_messages messages;

    (void)state;
    assert_int_equal(tt_messages_init(&messages, note, &told, &counts), 0);
    for (unsigned i = 0; i < TT_MESSAGES_QUERIES_MAX + MORE; i++) {
        struct payload payload;

        said.port = (uint16_t)i;
        said.id = (uint8_t)(i >> 16);
        payload = make_payload(&said);
        tt_messages_take(&messages, payload.bytes, payload.len, AT);
    }
    assert_int_equal(tt_pairs_waiting(messages.pairs), TT_MESSAGES_QUERIES_MAX);
    assert_int_equal(counts.ends[TT_PAIRS_EVICTED], MORE);
    assert_int_equal(told.len, 0);
    tt_messages_fini(&messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_become_exchanges),
        cmocka_unit_test(a_timeout_is_dated_when_it_was_over),
        cmocka_unit_test(what_is_of_no_use_is_counted_and_said_once),
        cmocka_unit_test(garbage_is_counted_and_nothing_else),
        cmocka_unit_test(what_waits_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
