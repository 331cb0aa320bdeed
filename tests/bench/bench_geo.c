/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Country, number and name of a client's network: the cache against libmaxminddb asked for the same
 * three each time, and, said beside it, one lookup of ours without the cache, the cache when every
 * address is new, and when none is. Two synthetic databases of 64 MiB; a million queries of 200,000
 * clients, whose popularity falls as 1 / rank, in 25,000 networks, one in five IPv6. Rounds of ours
 * and theirs in turn. Use: bench_geo DIR (made databases stay there)
 */

#include <math.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "enrich/geo.h"

enum { ROUNDS = 11, CLIENTS = 200000, QUERIES = 1000000, PER_NET = 8 };

struct bench {
    struct tt_geo *country, *asn;
    struct tt_geo_cache *cache;
    MMDB_s their_country, their_asn;
    struct tt_ip *queries, *strangers;
    uint64_t sum, random;
};

typedef void (*round_f)(struct bench *bench);

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint64_t next_random(struct bench *bench)
{
    bench->random ^= bench->random << 13;
    bench->random ^= bench->random >> 7;
    bench->random ^= bench->random << 17;
    return bench->random;
}

static void add_facts(struct bench *bench, const struct tt_geo_facts *facts)
{
    bench->sum += facts->asn + facts->org.len + (unsigned char)facts->country[0];
}

static void ask_cache(struct bench *bench)
{
    for (size_t i = 0; i < QUERIES; i++)
        add_facts(bench,
                  tt_geo_cache_find(bench->cache, bench->country, bench->asn, &bench->queries[i]));
}

static void ask_cache_of_strangers(struct bench *bench)
{
    for (size_t i = 0; i < QUERIES; i++)
        add_facts(bench, tt_geo_cache_find(bench->cache, bench->country, bench->asn,
                                           &bench->strangers[i]));
}

static void ask_cache_of_few(struct bench *bench)
{
    for (size_t i = 0; i < QUERIES; i++)
        add_facts(bench, tt_geo_cache_find(bench->cache, bench->country, bench->asn,
                                           &bench->queries[i % 1000]));
}

static void ask_databases(struct bench *bench)
{
    for (size_t i = 0; i < QUERIES; i++) {
        struct tt_geo_facts facts;
        tt_geo_find(bench->country, bench->asn, &bench->queries[i], &facts);
        add_facts(bench, &facts);
    }
}

static uint64_t ask_library_for(MMDB_lookup_result_s *found, const char *const *path)
{
    MMDB_entry_data_s data;

    if (MMDB_aget_value(&found->entry, &data, path) != MMDB_SUCCESS || !data.has_data)
        return 0;
    return data.type == MMDB_DATA_TYPE_UINT32 ? data.uint32 : data.data_size;
}

/* As a program with the library alone does it. */
static void ask_library(struct bench *bench)
{
    static const char *const iso[] = {"country", "iso_code", NULL},
                             *const number[] = {"autonomous_system_number", NULL},
                             *const name[] = {"autonomous_system_organization", NULL};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    int error;

    for (size_t i = 0; i < QUERIES; i++) {
        const struct tt_ip *ip = &bench->queries[i];
        memcpy(&v4.sin_addr, ip->bytes, 4);
        memcpy(&v6.sin6_addr, ip->bytes, 16);
        const struct sockaddr *address =
            ip->family == 4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
        MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&bench->their_country, address, &error);
        if (found.found_entry)
            bench->sum += ask_library_for(&found, iso);
        found = MMDB_lookup_sockaddr(&bench->their_asn, address, &error);
        if (found.found_entry)
            bench->sum += ask_library_for(&found, number) + ask_library_for(&found, name);
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double run(struct bench *bench, round_f round)
{
    double from = now_ns();

    round(bench);
    return (now_ns() - from) / QUERIES;
}

/* The median; the first round only warms. */
static double measure(struct bench *bench, const char *name, round_f round, round_f other,
                      double *baseline)
{
    double own[ROUNDS], theirs[ROUNDS] = {0};

    run(bench, round);
    for (int i = 0; i < ROUNDS; i++) {
        own[i] = run(bench, round);
        theirs[i] = other != NULL ? run(bench, other) : 0;
    }
    qsort(own, ROUNDS, sizeof(double), by_value);
    qsort(theirs, ROUNDS, sizeof(double), by_value);
    printf("# %s over %d rounds: quartiles %.1f %.1f %.1f, range %.1f to %.1f ns\n", name, ROUNDS,
           own[ROUNDS / 4], own[ROUNDS / 2], own[ROUNDS * 3 / 4], own[0], own[ROUNDS - 1]);
    if (baseline != NULL)
        *baseline = theirs[ROUNDS / 2];
    return own[ROUNDS / 2];
}

/* Clients stand together in networks: /24s and /48s, PER_NET in each. */
static struct tt_ip make_client(struct bench *bench, uint64_t net)
{
    uint64_t mixed = (net / PER_NET + 1) * 0x9e3779b97f4a7c15u, host = next_random(bench);
    struct tt_ip ip = {4,
                       {(uint8_t)(1 + (mixed >> 40) % 126), (uint8_t)(mixed >> 32),
                        (uint8_t)(mixed >> 24), (uint8_t)host}};

    if (net / PER_NET % 5 != 0)
        return ip;
    ip =
        (struct tt_ip){6, {0x20, 0x01, 0x0d, 0xb8, (uint8_t)(mixed >> 32), (uint8_t)(mixed >> 24)}};
    memcpy(ip.bytes + 6, &host, 8);
    return ip;
}

static bool make_queries(struct bench *bench)
{
    struct tt_ip *clients = calloc(CLIENTS, sizeof(*clients));

    bench->queries = calloc(QUERIES, sizeof(*bench->queries));
    bench->strangers = calloc(QUERIES, sizeof(*bench->strangers));
    if (clients == NULL || bench->queries == NULL || bench->strangers == NULL)
        return false;
    for (uint64_t i = 0; i < CLIENTS; i++)
        clients[i] = make_client(bench, next_random(bench) % CLIENTS);
    for (size_t i = 0; i < QUERIES; i++) {
        double uniform = (double)(next_random(bench) % 1000003) / 1000003.0;
        bench->queries[i] = clients[(size_t)pow(CLIENTS, uniform) % CLIENTS];
        bench->strangers[i] = make_client(bench, next_random(bench));
    }
    free(clients);
    return true;
}

static bool make_db(const char *path, const char *kind)
{
    char command[1024];

    snprintf(command, sizeof(command), "echo '%s' | python3 tests/lib/mmdb.py %s %s --big",
             kind[0] == 'c' ? "2001:db8::/32 SE" : "2001:db8::/32 64511 Six", kind, path);
    return access(path, R_OK) == 0 || system(command) == 0;
}

static struct tt_geo *open_ours(const char *path, const char *dir, enum tt_geo_kind kind)
{
    char text[512];
    struct tt_buf build = tt_buf_over(NULL, 0), why = tt_buf_over(text, sizeof(text));
    struct tt_conf_geo conf = {0};
    FILE *file = fopen(path, "rb");
    long len = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    uint8_t *bytes = malloc((size_t)len + 1);
    struct tt_geo *geo = NULL;

    if (bytes == NULL || file == NULL)
        return NULL;
    rewind(file);
    len = (long)fread(bytes, 1, (size_t)len, file);
    fclose(file);
    if (tt_geo_new(bytes, (size_t)len, dir, kind, &conf, &geo, &build, &why) != 0)
        fprintf(stderr, "bench_geo: %s: %s\n", path, tt_buf_cstr(&why));
    free(bytes);
    return geo;
}

static bool prepare(struct bench *bench, const char *dir)
{
    char country[512], asn[512];

    snprintf(country, sizeof(country), "%s/country.mmdb", dir);
    snprintf(asn, sizeof(asn), "%s/asn.mmdb", dir);
    return make_db(country, "country") && make_db(asn, "asn") &&
           (bench->country = open_ours(country, dir, TT_GEO_OF_COUNTRY)) != NULL &&
           (bench->asn = open_ours(asn, dir, TT_GEO_OF_ASN)) != NULL &&
           MMDB_open(country, MMDB_MODE_MMAP, &bench->their_country) == MMDB_SUCCESS &&
           MMDB_open(asn, MMDB_MODE_MMAP, &bench->their_asn) == MMDB_SUCCESS &&
           tt_geo_cache_new(&bench->cache) == 0 && make_queries(bench);
}

int main(int argc, char **argv)
{
    static struct bench bench = {.random = 88172645463325252u};
    double own, baseline;

    if (!prepare(&bench, argc > 1 ? argv[1] : ".")) {
        fprintf(stderr, "bench_geo: no databases, or no memory\n");
        return 1;
    }
    own = measure(&bench, "geo_ns", ask_cache, ask_library, &baseline);
    printf("BENCH geo_ns %.1f ns baseline=%.1f ratio=%.3f\n", own, baseline, own / baseline);
    printf("BENCH geo_hit_ns %.1f ns\n",
           measure(&bench, "geo_hit_ns", ask_cache_of_few, NULL, NULL));
    printf("BENCH geo_new_ns %.1f ns\n",
           measure(&bench, "geo_new_ns", ask_cache_of_strangers, NULL, NULL));
    printf("BENCH geo_uncached_ns %.1f ns\n",
           measure(&bench, "geo_uncached_ns", ask_databases, NULL, NULL));
    printf("# sum %llu\n", (unsigned long long)bench.sum);
    return 0;
}
