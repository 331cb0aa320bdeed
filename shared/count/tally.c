/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Dimensions are small enumerations; 0 is always "unknown", the last of types and codes "other". A
 * family is an array of cells, one for each combination; a sample is a cell that is not zero.
 *
 * Writer: the pipeline, with plain loads and relaxed stores. Readers: relaxed loads. Nothing orders
 * one cell against another; each by itself is never torn.
 */

#include "count/tally.h"

#include <stdlib.h>

#include "base/err.h"
#include "event/event.h"
#include "event/words.h"

/* Types with a series of their own: those that CoreDNS counts apart. */
#define TYPES(X)                                                                                   \
    X(1, "A")                                                                                      \
    X(2, "NS")                                                                                     \
    X(5, "CNAME")                                                                                  \
    X(6, "SOA")                                                                                    \
    X(12, "PTR")                                                                                   \
    X(15, "MX")                                                                                    \
    X(16, "TXT")                                                                                   \
    X(28, "AAAA")                                                                                  \
    X(33, "SRV")                                                                                   \
    X(43, "DS")                                                                                    \
    X(46, "RRSIG")                                                                                 \
    X(47, "NSEC")                                                                                  \
    X(48, "DNSKEY")                                                                                \
    X(50, "NSEC3")                                                                                 \
    X(65, "HTTPS")                                                                                 \
    X(251, "IXFR")                                                                                 \
    X(252, "AXFR")                                                                                 \
    X(255, "ANY")

#define RCODES(X)                                                                                  \
    X(0, "NOERROR")                                                                                \
    X(1, "FORMERR")                                                                                \
    X(2, "SERVFAIL")                                                                               \
    X(3, "NXDOMAIN")                                                                               \
    X(4, "NOTIMP")                                                                                 \
    X(5, "REFUSED")                                                                                \
    X(6, "YXDOMAIN")                                                                               \
    X(7, "YXRRSET")                                                                                \
    X(8, "NXRRSET")                                                                                \
    X(9, "NOTAUTH")                                                                                \
    X(10, "NOTZONE")                                                                               \
    X(16, "BADVERS")                                                                               \
    X(23, "BADCOOKIE")

#define WORD(number, word) word,
static const char *const type_words[] = {"unknown", TYPES(WORD) "other"};
static const char *const rcode_words[] = {"unknown", RCODES(WORD) "other"};
static const char *const family_words[] = {"unknown", "ipv4", "ipv6"};

enum {
    TYPES_N = TT_COUNT(type_words),
    RCODES_N = TT_COUNT(rcode_words),
    FAMILIES_N = TT_COUNT(family_words),
    PROTOS_N = TT_transport_END,
    CACHES_N = TT_cache_status_END,
    DNSSECS_N = TT_dnssec_status_END,
    DROPS_N = TT_drop_reason_END,
    OUTCOMES_N = TT_outcome_END,
    BUCKETS_N = 20, /* with the one above the last bound */
};

/* Upper bounds of the buckets in µs, and the same in s. */
#define BOUNDS(X)                                                                                  \
    X(10)                                                                                          \
    X(25) X(50) X(100) X(250) X(500) X(1000) X(2500) X(5000) X(10000) X(25000) X(50000) X(100000)  \
        X(250000) X(500000) X(1000000) X(2500000) X(5000000) X(10000000)
#define BOUND_US(us) us,
#define BOUND_S(us) us / 1e6,
static const uint32_t bounds_us[] = {BOUNDS(BOUND_US)};
static const double bounds_s[] = {BOUNDS(BOUND_S)};
TT_STATIC_ASSERT(TT_COUNT(bounds_us) == BUCKETS_N - 1, "a bucket for every bound and one above");

struct histogram {
    uint64_t buckets[BUCKETS_N];
    uint64_t sum_us;
};

struct tt_tally {
    uint64_t queries[PROTOS_N][FAMILIES_N][TYPES_N];
    uint64_t responses[RCODES_N][CACHES_N][DNSSECS_N];
    uint64_t dropped[DROPS_N];
    struct histogram durations[CACHES_N];
    uint64_t exchanges[PROTOS_N][OUTCOMES_N][RCODES_N]; /* rcode 0 but for answered */
    struct histogram rtts[PROTOS_N];
};

int tt_tally_new(struct tt_tally **tally)
{
    *tally = calloc(1, sizeof(**tally));
    return *tally != NULL ? TT_OK : TT_ENOMEM;
}

void tt_tally_free(struct tt_tally **tally)
{
    free(*tally);
    *tally = NULL;
}

static void add(uint64_t *cell, uint64_t value)
{
    __atomic_store_n(cell, *cell + value, __ATOMIC_RELAXED);
}

static uint64_t load(const uint64_t *cell)
{
    return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

static unsigned find_number(const uint16_t *numbers, unsigned n, uint16_t number)
{
    unsigned i = 0;

    while (i < n && numbers[i] != number)
        i++;
    return i + 1; /* 0 is unknown, behind the last is other */
}

#define NUMBER(number, word) number,

static unsigned type_index(const struct tt_event *event)
{
    static const uint16_t numbers[] = {TYPES(NUMBER)};

    return TT_EVENT_HAS(event, query_type)
               ? find_number(numbers, TT_COUNT(numbers), event->query_type)
               : 0;
}

static unsigned rcode_index(const struct tt_event *event)
{
    static const uint16_t numbers[] = {RCODES(NUMBER)};

    return TT_EVENT_HAS(event, response_code)
               ? find_number(numbers, TT_COUNT(numbers), event->response_code)
               : 0;
}

/* The number of an enumeration's field, 0 when it is absent or none of ours. */
#define ENUM_INDEX(event, id, end)                                                                 \
    (TT_EVENT_HAS(event, id) && (event)->id < (end) ? (event)->id : 0u)

static unsigned family_index(const struct tt_event *event)
{
    if (!TT_EVENT_HAS(event, client_ip))
        return 0;
    return event->client_ip.family == 4 ? 1 : event->client_ip.family == 6 ? 2 : 0;
}

static void add_time(struct histogram *histogram, uint32_t us)
{
    unsigned i = 0;

    while (i < BUCKETS_N - 1 && us > bounds_us[i])
        i++;
    add(&histogram->buckets[i], 1);
    add(&histogram->sum_us, us);
}

static void add_client(struct tt_tally *tally, const struct tt_event *event)
{
    unsigned outcome = ENUM_INDEX(event, outcome, OUTCOMES_N);
    unsigned cache = ENUM_INDEX(event, cache_status, CACHES_N);

    add(&tally->queries[ENUM_INDEX(event, transport, PROTOS_N)][family_index(event)]
                       [type_index(event)],
        1);
    if (outcome == TT_outcome_DROPPED || outcome == TT_outcome_TIMEOUT) {
        add(&tally->dropped[ENUM_INDEX(event, drop_reason, DROPS_N)], 1);
        return;
    }
    add(&tally->responses[rcode_index(event)][cache][ENUM_INDEX(event, dnssec_status, DNSSECS_N)],
        1);
    if (TT_EVENT_HAS(event, latency_us))
        add_time(&tally->durations[cache], event->latency_us);
}

static void add_upstream(struct tt_tally *tally, const struct tt_event *event)
{
    unsigned proto = ENUM_INDEX(event, upstream_transport, PROTOS_N);
    unsigned outcome = ENUM_INDEX(event, outcome, OUTCOMES_N);
    unsigned rcode = outcome == TT_outcome_ANSWERED ? rcode_index(event) : 0;

    add(&tally->exchanges[proto][outcome][rcode], 1);
    if (outcome == TT_outcome_ANSWERED && TT_EVENT_HAS(event, upstream_rtt_us))
        add_time(&tally->rtts[proto], event->upstream_rtt_us);
}

void tt_tally_add(struct tt_tally *tally, const struct tt_event *event)
{
    switch (ENUM_INDEX(event, message_type, TT_message_type_END)) {
    case TT_message_type_CLIENT_RESPONSE:
    case TT_message_type_AUTH_RESPONSE:
        add_client(tally, event);
        break;
    case TT_message_type_RESOLVER_RESPONSE:
    case TT_message_type_FORWARDER_RESPONSE:
        add_upstream(tally, event);
        break;
    default:
        break;
    }
}

struct visitor {
    tt_metric_visit_f visit;
    void *arg;
};

static const char *word_of(const struct tt_str *words, unsigned index)
{
    return words[index].ptr != NULL ? words[index].ptr : "unknown";
}

static void say(const struct visitor *visitor, enum tt_metric metric, const uint64_t *cell,
                const char *a, const char *b, const char *c)
{
    uint64_t count = load(cell);
    struct tt_metric_sample sample = {
        .metric = metric, .labels = {a, b, c}, .value = (double)count};

    if (count > 0)
        visitor->visit(&sample, visitor->arg);
}

/* The count is the sum of the buckets read, so that a snapshot agrees with itself. */
static void say_histogram(const struct visitor *visitor, enum tt_metric metric,
                          const struct histogram *histogram, const char *label)
{
    uint64_t cumulative[BUCKETS_N], count = 0;
    struct tt_metric_histogram snapshot = {
        .bounds = bounds_s, .cumulative = cumulative, .buckets_n = BUCKETS_N - 1};
    struct tt_metric_sample sample = {.metric = metric, .labels = {label}, .histogram = &snapshot};

    for (unsigned i = 0; i < BUCKETS_N; i++) {
        count += load(&histogram->buckets[i]);
        cumulative[i] = count;
    }
    snapshot.count = count;
    snapshot.sum = (double)load(&histogram->sum_us) / 1e6;
    if (count > 0)
        visitor->visit(&sample, visitor->arg);
}

static void collect_clients(const struct tt_tally *tally, const struct visitor *visitor)
{
    for (unsigned p = 0; p < PROTOS_N; p++)
        for (unsigned f = 0; f < FAMILIES_N; f++)
            for (unsigned t = 0; t < TYPES_N; t++)
                say(visitor, TT_METRIC_QUERIES, &tally->queries[p][f][t],
                    word_of(tt_transport_words, p), family_words[f], type_words[t]);
    for (unsigned r = 0; r < RCODES_N; r++)
        for (unsigned c = 0; c < CACHES_N; c++)
            for (unsigned d = 0; d < DNSSECS_N; d++)
                say(visitor, TT_METRIC_RESPONSES, &tally->responses[r][c][d], rcode_words[r],
                    word_of(tt_cache_status_words, c), word_of(tt_dnssec_status_words, d));
    for (unsigned i = 0; i < DROPS_N; i++)
        say(visitor, TT_METRIC_DROPPED_QUERIES, &tally->dropped[i],
            word_of(tt_drop_reason_words, i), NULL, NULL);
    for (unsigned c = 0; c < CACHES_N; c++)
        say_histogram(visitor, TT_METRIC_RESPONSE_DURATION, &tally->durations[c],
                      word_of(tt_cache_status_words, c));
}

static void collect_upstreams(const struct tt_tally *tally, const struct visitor *visitor)
{
    for (unsigned p = 0; p < PROTOS_N; p++)
        for (unsigned o = 0; o < OUTCOMES_N; o++)
            for (unsigned r = 0; r < RCODES_N; r++)
                say(visitor, TT_METRIC_UPSTREAM_EXCHANGES, &tally->exchanges[p][o][r],
                    word_of(tt_transport_words, p), word_of(tt_outcome_words, o),
                    o == TT_outcome_ANSWERED ? rcode_words[r] : "");
    for (unsigned p = 0; p < PROTOS_N; p++)
        say_histogram(visitor, TT_METRIC_UPSTREAM_RTT, &tally->rtts[p],
                      word_of(tt_transport_words, p));
}

void tt_tally_collect(const struct tt_tally *tally, tt_metric_visit_f visit, void *arg)
{
    struct visitor visitor = {visit, arg};

    collect_clients(tally, &visitor);
    collect_upstreams(tally, &visitor);
}
