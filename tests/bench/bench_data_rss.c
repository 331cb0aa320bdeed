/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Resident memory of a process that holds large data files, through reloads of all of them:
 * databases of countries and autonomous systems of 64 MiB each, a threat list of a million names.
 * The loader runs with its thread, as in a host; after each reload 200,000 addresses are asked for.
 * The files change by a link that leads to the one or the other version. From the tenth reload on
 * it must stay flat. Use: bench_data_rss DIR [reloads] (made files stay in DIR)
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "enrich/geo.h"
#include "enrich/loader.h"

enum { ENTRIES = 1000000, ADDRESSES = 200000, FIRST = 10, STUCK_S = 120 };

static const char *dir;

static const char *at(const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", dir, name);
    return path;
}

/* A line of /proc/self/status in MiB. */
static double status_mib(const char *key)
{
    char line[256];
    double kib = 0;
    FILE *file = fopen("/proc/self/status", "r");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtod(line + strlen(key), NULL);
    if (file != NULL)
        fclose(file);
    return kib / 1024;
}

static bool make_db(const char *name, const char *kind, unsigned epoch)
{
    char path[512], command[1200];

    snprintf(command, sizeof(command),
             "python3 tests/lib/mmdb.py %s %s --big --epoch %u </dev/null", kind, at(name, path),
             epoch);
    return access(path, R_OK) == 0 || system(command) == 0;
}

static bool make_list(const char *name, unsigned seed)
{
    char path[512];
    FILE *file;
    uint64_t random = 88172645463325252u + seed;

    if (access(at(name, path), R_OK) == 0)
        return true;
    file = fopen(path, "w");
    for (unsigned i = 0; i < ENTRIES && file != NULL; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        fprintf(file, "x%llx.example%u.com\n", (unsigned long long)(random >> 20), i % 1000);
    }
    return file != NULL && fclose(file) == 0;
}

static bool make_files(void)
{
    return make_db("country-1.mmdb", "country", 1792000000) &&
           make_db("country-2.mmdb", "country", 1792086400) &&
           make_db("asn-1.mmdb", "asn", 1792000000) && make_db("asn-2.mmdb", "asn", 1792086400) &&
           make_list("threat-1.txt", 1) && make_list("threat-2.txt", 2);
}

/* Lets every name lead to one version, at once. */
static bool use_version(unsigned version)
{
    static const char *const names[][3] = {{"country.mmdb", "country-1.mmdb", "country-2.mmdb"},
                                           {"asn.mmdb", "asn-1.mmdb", "asn-2.mmdb"},
                                           {"threat.txt", "threat-1.txt", "threat-2.txt"}};
    char path[512], link_path[512];

    for (unsigned i = 0; i < TT_COUNT(names); i++) {
        unlink(at("link", link_path));
        if (symlink(names[i][1 + version], link_path) != 0 ||
            rename(link_path, at(names[i][0], path)) != 0)
            return false;
    }
    return true;
}

static uint64_t ask(const struct tt_data *data, struct tt_geo_cache *cache, uint64_t *random)
{
    uint64_t sum = 0;

    tt_geo_cache_forget(cache);
    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct tt_ip ip = {.family = 4};
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        memcpy(ip.bytes, random, 4);
        sum += tt_geo_cache_find(cache, data->country, data->asn, &ip)->asn;
    }
    return sum;
}

static bool is_whole(const struct tt_data *data)
{
    return data != NULL && data->country != NULL && data->asn != NULL && data->has_threats;
}

/* The next snapshot that has all, in the place of *data; *data stays when there is none in time. */
static bool await_next(struct tt_loader *loader, struct tt_data **data)
{
    uint64_t limit = tt_clock_mono_ns() + STUCK_S * 1000000000ull;
    struct tt_data *newer = NULL;

    while (!is_whole(newer)) {
        tt_data_release(&newer);
        if (tt_clock_mono_ns() > limit)
            return false;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        newer = tt_loader_take(loader);
    }
    tt_data_release(data);
    *data = newer;
    return true;
}

static int run(struct tt_loader *loader, struct tt_data *data, struct tt_geo_cache *cache,
               unsigned reloads)
{
    uint64_t random = 88172645463325252u, sum = 0;
    double first = 0, first_anon = 0;

    for (unsigned i = 0; i <= reloads; i++) {
        if ((i > 0 && !use_version(i % 2)) || !await_next(loader, &data))
            return 1;
        sum += ask(data, cache, &random);
        if (i == TT_MIN(reloads, (unsigned)FIRST)) {
            first = status_mib("VmRSS:");
            first_anon = status_mib("RssAnon:");
        }
        if (i % 5 == 0)
            printf("# bench_data_rss: %u reloads, %.1f MiB resident, %.1f of them of its own\n", i,
                   status_mib("VmRSS:"), status_mib("RssAnon:"));
    }
    printf("BENCH data_rss_mib %.1f MiB\nBENCH data_rss_growth_mib %.1f MiB\n",
           status_mib("VmRSS:"), status_mib("VmRSS:") - first);
    printf("# own memory: growth %.1f MiB, peak with two versions at once %.1f MiB; sum %llu\n",
           status_mib("RssAnon:") - first_anon, status_mib("VmHWM:"), (unsigned long long)sum);
    tt_data_release(&data);
    return 0;
}

static void be_silent(enum tt_log_level level, const char *line, void *arg)
{
    (void)arg;
    if (level <= TT_LOG_WARNING)
        fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
    char country[512], asn[512], list[512];
    struct tt_conf_threat threat = {.name = list, .file = list};
    struct tt_conf conf = {.threats = &threat, .threats_n = 1};
    struct tt_loader *loader;
    struct tt_geo_cache *cache;
    struct tt_data *data;
    int result;

    dir = argc > 1 ? argv[1] : ".";
    tt_log_set(be_silent, NULL);
    at("country.mmdb", country);
    at("asn.mmdb", asn);
    at("threat.txt", list);
    conf.geo.country = country;
    conf.geo.asn = asn;
    if (!make_files() || !use_version(0) || tt_geo_cache_new(&cache) != 0 ||
        tt_loader_new(dir, NULL, NULL, &loader) != 0 ||
        tt_loader_configure(loader, &conf, &data) != 0 || tt_loader_start(loader) != 0) {
        fprintf(stderr, "bench_data_rss: no files, or no memory\n");
        return 1;
    }
    result = run(loader, data, cache, argc > 2 ? (unsigned)atoi(argv[2]) : 50);
    tt_loader_free(&loader, tt_clock_mono_ns() + STUCK_S * 1000000000ull);
    tt_geo_cache_free(&cache);
    return result;
}
