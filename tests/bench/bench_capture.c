/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What an observation costs the host thread: claim, fill head and tail, commit, as a resolver pays
 * it. Between two observations 64 random lines of 64 MiB are touched, so that the ring's lines are
 * cold as they are after a query's work; the facts themselves are warm. A second thread drains every
 * 5 ms, as the pipeline does. Use: bench_capture [events in a round]
 */

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/port.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* Nothing of ours takes as long as DISTURBED_NS: another process had the CPU. Said beside the mean, which
 * counts it all the same. */
enum { DISTURBED_NS = 10000 };
enum { ROUNDS = 9, POLLUTION = 64 << 20, LINES = 64, RING_SIZE = 4 << 20, POLL_NS = 5 * 1000 * 1000 };

/* Allocations of the thread that asks for them to be counted. */
static _Thread_local bool is_counting;
static uint64_t allocations_n;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    allocations_n += is_counting;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    allocations_n += is_counting;
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    allocations_n += is_counting;
    return __libc_realloc(old, size);
}
#endif

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Fenced on both sides, so that what is timed lies between the two reads. */
static inline uint64_t start_ticks(void)
{
#if defined(__x86_64__)
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
#else
    return now_ns();
#endif
}

static inline uint64_t stop_ticks(void)
{
#if defined(__x86_64__)
    unsigned cpu;
    uint64_t ticks = __rdtscp(&cpu);
    _mm_lfence();
    return ticks;
#else
    return now_ns();
#endif
}

static double measure_tick_ns(void)
{
    uint64_t from_ns = now_ns(), from = start_ticks(), to_ns;

    while ((to_ns = now_ns()) - from_ns < 100000000u)
        ;
    return (double)(to_ns - from_ns) / (double)(stop_ticks() - from);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct bench {
    struct tt_port *port;
    uint8_t *pollution;
    uint64_t random, touched;
    bool is_over; /* atomic */
    uint64_t drained_n;
    uint32_t *capture, *empty; /* ticks of each event, and of an empty pair of reads beside it */
    size_t events_n;
    uint64_t lost_n, disturbed_n;
};

static void pollute(struct bench *bench)
{
    for (int i = 0; i < LINES; i++)
        bench->touched += bench->pollution[next_random(&bench->random) % (POLLUTION / 64) * 64]++;
}

static const uint8_t qname[] = "\3www\7example\3com";
static const uint8_t addresses[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};

/* A cached answer with two addresses, as the Unbound hook writes it. */
static bool capture(struct tt_port *port, uint64_t time_us)
{
    struct tt_obs_writer writer;
    struct tt_tail_rr rr = {.type = 1, .rr_class = 1, .ttl = 300, .rdata_len = 4};
    struct tt_obs *obs = tt_port_claim(port, TT_message_type_CLIENT_RESPONSE, &writer);

    if (obs == NULL)
        return false;
    obs->time_us = time_us;
    obs->have = TT_HAVE_QUERY_TYPE | TT_HAVE_QUERY_ID | TT_HAVE_RESPONSE_CODE | TT_HAVE_TTL | TT_HAVE_ANSWERS;
    obs->latency_us = 12;
    obs->ttl = 300;
    obs->query_type = obs->query_class = 1;
    obs->query_id = (uint16_t)time_us;
    obs->flags = TT_OBS_RD | TT_OBS_RA;
    obs->answer_count = 2;
    obs->response_size = 80;
    obs->client_port = 40000;
    obs->transport = TT_transport_UDP;
    obs->outcome = TT_outcome_ANSWERED;
    obs->cache_status = TT_cache_status_HIT;
    obs->client_ip = (struct tt_ip){4, {198, 51, 100, 7}};
    obs->server_ip = (struct tt_ip){4, {127, 0, 0, 1}};
    tt_obs_put(&writer, TT_TAIL_QNAME, 0, qname, sizeof(qname));
    for (int i = 0; i < 2; i++)
        tt_obs_put_rr(&writer, TT_RR_ANSWER, &rr, qname, addresses[i]);
    tt_port_commit(port, &writer);
    return true;
}

static void *drain(void *arg)
{
    struct bench *bench = arg;
    struct timespec pause = {0, POLL_NS};
    size_t len;

    while (!__atomic_load_n(&bench->is_over, __ATOMIC_ACQUIRE)) {
        while (tt_ring_peek(&bench->port->ring, &len) != NULL) {
            tt_ring_next(&bench->port->ring);
            bench->drained_n++;
            if (bench->drained_n % 256 == 0)
                tt_ring_release(&bench->port->ring);
        }
        tt_ring_release(&bench->port->ring);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

static int by_ticks(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct figures {
    double mean[ROUNDS], undisturbed[ROUNDS], p50[ROUNDS], p99[ROUNDS], p999[ROUNDS];
};

static void run_round(struct bench *bench, double tick_ns, struct figures *figures, int round)
{
    size_t n = bench->events_n;
    uint64_t sum = 0, short_sum = 0, short_n = 0;
    double overhead;

    is_counting = true;
    for (size_t i = 0; i < n; i++) {
        uint64_t from, to;
        bool is_captured;

        pollute(bench);
        from = start_ticks();
        to = stop_ticks();
        bench->empty[i] = (uint32_t)TT_MIN(to - from, UINT32_MAX);
        pollute(bench);
        from = start_ticks();
        is_captured = capture(bench->port, i);
        to = stop_ticks();
        bench->capture[i] = (uint32_t)TT_MIN(to - from, UINT32_MAX);
        if (!is_captured) {
            /* The consumer got no CPU. A full ring is cheaper: it must not flatter the figure. */
            bench->lost_n++;
            i--;
            sched_yield();
        }
    }
    is_counting = false;
    qsort(bench->empty, n, sizeof(uint32_t), by_ticks);
    qsort(bench->capture, n, sizeof(uint32_t), by_ticks);
    overhead = bench->empty[n / 2];
    for (size_t i = 0; i < n; i++)
        sum += bench->capture[i];
    while (short_n < n && bench->capture[short_n] * tick_ns < DISTURBED_NS)
        short_sum += bench->capture[short_n++];
    bench->disturbed_n += n - short_n;
    figures->undisturbed[round] = ((double)short_sum / (double)short_n - overhead) * tick_ns;
    figures->mean[round] = ((double)sum / (double)n - overhead) * tick_ns;
    figures->p50[round] = (bench->capture[n / 2] - overhead) * tick_ns;
    figures->p99[round] = (bench->capture[n * 99 / 100] - overhead) * tick_ns;
    figures->p999[round] = (bench->capture[n * 999 / 1000] - overhead) * tick_ns;
}

static double say(const char *name, double *values)
{
    qsort(values, ROUNDS, sizeof(double), by_value);
    printf("# %s over %d rounds: quartiles %.1f %.1f %.1f, range %.1f to %.1f ns\n", name, ROUNDS,
           values[ROUNDS / 4], values[ROUNDS / 2], values[ROUNDS * 3 / 4], values[0], values[ROUNDS - 1]);
    return values[ROUNDS / 2];
}

/* The other end: nobody drains, each observation is counted as lost. */
static double measure_full_ns(struct tt_port *port)
{
    enum { TRIES = 10000000 };
    uint64_t from;

    while (capture(port, 0))
        ;
    from = now_ns();
    for (int i = 0; i < TRIES; i++)
        capture(port, 0);
    return (double)(now_ns() - from) / TRIES;
}

static void pin(pthread_t thread, int cpu)
{
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    pthread_setaffinity_np(thread, sizeof(cpus), &cpus);
}

static bool prepare(struct bench *bench, const unsigned *wants)
{
    bench->pollution = calloc(1, POLLUTION);
    bench->capture = calloc(bench->events_n, sizeof(uint32_t));
    bench->empty = calloc(bench->events_n, sizeof(uint32_t));
    if (bench->pollution == NULL || bench->capture == NULL || bench->empty == NULL)
        return false;
    for (size_t at = 0; at < POLLUTION; at += 64)
        bench->pollution[at] = 1;
    if (tt_port_new(1, RING_SIZE, wants, &bench->port) != TT_OK)
        return false;
    tt_ring_populate(&bench->port->ring);
    return true;
}

int main(int argc, char **argv)
{
    struct bench bench = {.random = 88172645463325252u, .events_n = 200000};
    struct figures figures;
    unsigned wants = TT_WANT_ANSWERS;
    double tick_ns = measure_tick_ns();
    pthread_t consumer;

    if (argc > 1)
        bench.events_n = TT_MAX(strtoul(argv[1], NULL, 10), 1000u);
    if (!prepare(&bench, &wants) || pthread_create(&consumer, NULL, drain, &bench) != 0)
        return 1;
    pin(pthread_self(), 0);
    pin(consumer, 1);
    for (int round = 0; round < ROUNDS; round++)
        run_round(&bench, tick_ns, &figures, round);
    __atomic_store_n(&bench.is_over, true, __ATOMIC_RELEASE);
    pthread_join(consumer, NULL);
    printf("BENCH capture_ns_mean %.1f ns\n", say("mean", figures.mean));
    say("mean without the disturbed", figures.undisturbed);
    printf("# disturbed: %llu of %zu took more than %d ns\n", (unsigned long long)bench.disturbed_n,
           bench.events_n * ROUNDS, DISTURBED_NS);
    say("p50", figures.p50);
    printf("BENCH capture_ns_p99 %.1f ns\n", say("p99", figures.p99));
    say("p99.9", figures.p999);
    printf("BENCH capture_ring_full_ns %.1f ns\n", measure_full_ns(bench.port));
    printf("BENCH capture_allocations %llu count\n", (unsigned long long)allocations_n);
    printf("# timed by fenced rdtsc and rdtscp at %.4f ns a tick; the median of an empty pair, taken\n"
           "# between the events under the same pollution (%.1f ns), is subtracted;\n"
           "# retried %llu, drained %llu\n",
           tick_ns, bench.empty[bench.events_n / 2] * tick_ns, (unsigned long long)bench.lost_n,
           (unsigned long long)bench.drained_n);
    return allocations_n == 0 ? 0 : 1;
}
