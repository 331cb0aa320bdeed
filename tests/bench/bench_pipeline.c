/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What one event costs behind the ring: 1 M mixed observations of the synthetic load (200,000 names by
 * Zipf's law, 50,000 clients, 30 % of them IPv6, 85 % NOERROR, 13 % NXDOMAIN, 2 % SERVFAIL, 18 % misses
 * with an upstream event each), all enrichers on, fed from memory. CPU time of the thread that enriches,
 * counts and encodes; what is encoded goes to a sink that counts and discards.
 *   null  no output wants an encoding    json  enriched as JSON
 * Use: bench_pipeline DIR [events]; DIR holds telltale.yaml (bench_pipeline.py writes it and the data).
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/stages.h"
#include "enrich/loader.h"
#include "event/obs.h"

enum { NAMES = 200000, CLIENTS = 50000, ROUNDS = 7, RECORD_MAX = 600 };

struct records {
    uint8_t *bytes;
    uint32_t *at; /* offsets, n + 1 of them */
    size_t n;
};

struct counted {
    uint64_t records, bytes;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static double next_share(uint64_t *state)
{
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

/* Cumulative weights of Zipf's law, s = 0.95. */
static double *make_zipf(void)
{
    double *sums = malloc(NAMES * sizeof(*sums)), sum = 0;

    for (int i = 0; sums != NULL && i < NAMES; i++)
        sums[i] = sum += pow(i + 1, -0.95);
    return sums;
}

static unsigned draw(const double *sums, uint64_t *state)
{
    double x = next_share(state) * sums[NAMES - 1];
    unsigned low = 0, high = NAMES - 1;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (sums[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t put_label(uint8_t *at, const char *label)
{
    size_t len = strlen(label);

    at[0] = (uint8_t)len;
    memcpy(at + 1, label, len);
    return len + 1;
}

/* www.s1234.example-567.co.uk and the like: two to five labels under real suffixes. */
static size_t make_name(unsigned rank, uint8_t *wire)
{
    static const char *const tails[][2] = {{"com", NULL}, {"net", NULL},   {"org", NULL},       {"uk", "co"},
                                           {"de", NULL},  {"jp", "co"},    {"io", "github"},    {"br", "com"},
                                           {"au", "net"}, {"info", NULL},  {"com", "blogspot"}, {"fr", NULL}};
    static const char *const heads[] = {"www", "api", "cdn", "mail", "img", "edge-video-7"};
    const char *const *tail = tails[rank % TT_COUNT(tails)];
    char label[32];
    size_t len = 0;

    if (rank % 4 != 0)
        len += put_label(wire + len, heads[rank / 4 % TT_COUNT(heads)]);
    if (rank % 7 == 0) {
        snprintf(label, sizeof(label), "s%u", rank % 977);
        len += put_label(wire + len, label);
    }
    snprintf(label, sizeof(label), "site-%u", rank / 3);
    len += put_label(wire + len, label);
    if (tail[1] != NULL)
        len += put_label(wire + len, tail[1]);
    len += put_label(wire + len, tail[0]);
    wire[len++] = 0;
    return len;
}

/* Addresses of one seed lie in one network and differ in their last byte. */
static struct tt_ip make_ip(uint64_t seed, uint8_t host, bool is_v6)
{
    struct tt_ip ip = {4, {0}};
    uint64_t bits = seed * 0x9e3779b97f4a7c15u;

    if (is_v6) {
        ip = (struct tt_ip){6, {0x2a, 0x01}};
        memcpy(ip.bytes + 2, &bits, 4);
        ip.bytes[15] = host;
        return ip;
    }
    memcpy(ip.bytes, &bits, 4);
    ip.bytes[0] = (uint8_t)(1 + ip.bytes[0] % 222);
    ip.bytes[3] = host;
    return ip;
}

static void put_answers(struct tt_obs_writer *writer, const uint8_t *name, size_t name_len, unsigned rank)
{
    unsigned n = 1 + rank % 3;
    bool is_v6 = rank % 3 == 0;

    writer->obs->answer_count = (uint16_t)n;
    for (unsigned i = 0; i < n; i++) {
        struct tt_ip ip = make_ip((rank + i) % 5000, (uint8_t)i, is_v6);
        struct tt_tail_rr rr = {.type = is_v6 ? 28 : 1, .rr_class = 1, .ttl = 300, .rdata_len = is_v6 ? 16 : 4};

        rr.owner_len = i == 0 ? (uint8_t)name_len : 0;
        tt_obs_put_rr(writer, TT_RR_ANSWER, &rr, name, ip.bytes);
    }
}

static void fill(struct tt_obs *obs, unsigned rank, uint64_t *state, uint64_t sequence, bool is_upstream)
{
    struct tt_obs_writer writer = {.obs = obs, .cap = RECORD_MAX - sizeof(*obs)};
    uint64_t client = next_random(state) % CLIENTS;
    double fate = next_share(state);
    uint8_t name[TT_COUNT(obs->client_ip.bytes) * 16];
    size_t name_len = make_name(rank, name);

    *obs = (struct tt_obs){.sequence = (uint64_t)1 << 48 | sequence, .shape = TT_OBS_FACTS};
    obs->time_us = 1789000000000000u + sequence * 10;
    obs->message_type = is_upstream ? TT_message_type_RESOLVER_RESPONSE : TT_message_type_CLIENT_RESPONSE;
    obs->have = TT_HAVE_QUERY_TYPE | TT_HAVE_QUERY_ID | TT_HAVE_OPCODE | TT_HAVE_QUERY_FLAGS | TT_HAVE_DNSSEC_OK |
                TT_HAVE_EDNS_UDP_SIZE | TT_HAVE_RESPONSE_CODE | TT_HAVE_RESPONSE_FLAGS | TT_HAVE_AD |
                TT_HAVE_ANSWER_COUNT | TT_HAVE_TTL | TT_HAVE_LATENCY | TT_HAVE_CLIENT_PORT | TT_HAVE_WORKER |
                TT_HAVE_ANSWERS;
    obs->query_type = rank % 3 == 0 ? 28 : 1;
    obs->query_class = 1;
    obs->query_id = (uint16_t)next_random(state);
    obs->edns_udp_size = 1232;
    obs->flags = TT_OBS_RD | TT_OBS_RA;
    obs->outcome = TT_outcome_ANSWERED;
    obs->transport = TT_transport_UDP;
    obs->cache_status = is_upstream ? 0 : TT_cache_status_HIT;
    obs->dnssec_status = TT_dnssec_status_INSECURE;
    obs->response_code = fate < 0.85 ? 0 : fate < 0.98 ? 3 : 2;
    obs->ttl = 300;
    obs->latency_us = (uint32_t)(next_random(state) % 400);
    obs->client_ip = make_ip(client / 25, (uint8_t)(client % 25), client / 25 % 10 < 3);
    obs->client_port = (uint16_t)(1024 + next_random(state) % 60000);
    obs->server_ip = make_ip(7, 1, false);
    tt_obs_put(&writer, TT_TAIL_QNAME, 0, name, name_len);
    if (fate < 0.85)
        put_answers(&writer, name, name_len, rank);
}

static bool make_records(struct records *records, size_t n)
{
    double *zipf = make_zipf();
    uint64_t state = 88172645463325252u;
    size_t at = 0;

    records->n = n;
    records->bytes = malloc(n * RECORD_MAX);
    records->at = malloc((n + 1) * sizeof(*records->at) * 2);
    if (zipf == NULL || records->bytes == NULL || records->at == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct tt_obs *obs = (struct tt_obs *)(void *)(records->bytes + at);

        records->at[i] = (uint32_t)(at / 8);
        fill(obs, draw(zipf, &state), &state, i, next_share(&state) < 0.15);
        at += (sizeof(*obs) + obs->tail_len + 7) & ~(size_t)7;
    }
    free(zipf);
    return true;
}

static void count(void *arg, struct tt_sink *sink, const struct tt_record *record)
{
    struct counted *counted = arg;

    (void)sink;
    counted->records++;
    counted->bytes += record->len;
}

static uint64_t cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double run_once(struct tt_stages *stages, const struct records *records)
{
    uint64_t started = cpu_ns();

    for (size_t i = 0; i < records->n; i++) {
        const struct tt_obs *obs = (const void *)(records->bytes + (size_t)records->at[i] * 8);
        tt_stages_take(stages, obs, sizeof(*obs) + obs->tail_len);
        if (i % 256 == 0)
            tt_stages_tick(stages, obs->time_us);
    }
    return (double)records->n * 1e9 / (double)(cpu_ns() - started);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, double *figures)
{
    qsort(figures, ROUNDS, sizeof(*figures), by_value);
    printf("BENCH pipeline_events_per_s_%s %.0f events/s\n", name, figures[ROUNDS / 2]);
    printf("# pipeline %s: %.0f ns an event; quartiles %.0f %.0f, %d rounds\n", name, 1e9 / figures[ROUNDS / 2],
           figures[ROUNDS / 4], figures[3 * ROUNDS / 4], ROUNDS);
}

static struct tt_setup *make_setup(const char *dir, struct tt_loader *loader)
{
    static struct tt_conf_errors errors;
    struct tt_setup_place place = {.software = TT_software_UNBOUND, .random = 42, .names = {dir, "unbound", 1}};
    struct tt_setup *setup = NULL;
    struct tt_conf *conf = NULL;
    struct tt_data *data = NULL;
    char path[512];

    snprintf(path, sizeof(path), "%s/telltale.yaml", dir);
    if (tt_conf_load(path, TT_software_UNBOUND, &conf, &errors) != TT_OK) {
        fputs(errors.text, stderr);
        return NULL;
    }
    if (tt_loader_configure(loader, conf, &data) != TT_OK || tt_loader_wait(loader) != 0)
        return NULL;
    tt_data_release(&data);
    data = tt_loader_take(loader);
    return tt_setup_new(&conf, &data, &place, NULL, &setup) == TT_OK ? setup : NULL;
}

int main(int argc, char **argv)
{
    const char *dir = argc > 1 ? argv[1] : ".";
    size_t events = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    struct records records;
    struct counted counted = {0, 0};
    struct tt_stages stages;
    struct tt_loader *loader = NULL;
    struct tt_setup *setup;
    double null[ROUNDS], json[ROUNDS];
    unsigned outputs_n;

    if (tt_loader_new(dir, NULL, NULL, &loader) != TT_OK || (setup = make_setup(dir, loader)) == NULL ||
        tt_stages_init(&stages, count, &counted) != TT_OK || !make_records(&records, events)) {
        fprintf(stderr, "bench_pipeline: the set-up in %s failed\n", dir);
        return 1;
    }
    tt_stages_use(&stages, setup);
    outputs_n = setup->outputs.lists[0].n;
    for (int round = 0; round < ROUNDS; round++) {
        setup->outputs.lists[0].n = 0;
        null[round] = run_once(&stages, &records);
        setup->outputs.lists[0].n = outputs_n;
        json[round] = run_once(&stages, &records);
    }
    report("null", null);
    report("json", json);
    printf("# %.0f bytes a record, %u data files\n", (double)counted.bytes / (double)counted.records,
           setup->data->files_n);
    return counted.records == events * ROUNDS ? 0 : 1;
}
