/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What the names of events cost: suffix against libpsl, threat list against a binary search in sorted
 * names, and the whole stage without geo. 100,000 distinct names in random order (name_mix.h), rounds of ours
 * and theirs in turn. Use: bench_enrich [names]
 */

#include <libpsl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "enrich/enrich.h"
#include "enrich/suffix.h"
#include "enrich/threat.h"
#include "name_mix.h"

enum { ROUNDS = 11, ENTRIES = 1000000 };

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct bench {
    struct tt_str *names, *events; /* events: the same names by popularity, many times */
    size_t names_n, events_n;
    struct tt_suffix *suffix;
    psl_ctx_t *psl;
    struct tt_threat *threat;
    char *list, **sorted;
    size_t sorted_n;
    struct tt_enricher *enricher;
    struct tt_data data;
    struct tt_arena arena;
    uint64_t sum;
};

typedef void (*round_f)(struct bench *bench);

static void ask_suffix(struct bench *bench)
{
    for (size_t i = 0; i < bench->names_n; i++)
        bench->sum += tt_suffix_find(bench->suffix, bench->names[i]).registrable_domain.len;
}

static void ask_psl(struct bench *bench)
{
    for (size_t i = 0; i < bench->names_n; i++)
        bench->sum += psl_registrable_domain(bench->psl, bench->names[i].ptr) != NULL;
}

static void ask_threat(struct bench *bench)
{
    for (size_t i = 0; i < bench->names_n; i++)
        bench->sum += tt_threat_has_name(bench->threat, bench->names[i]);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void ask_sorted(struct bench *bench)
{
    for (size_t i = 0; i < bench->names_n; i++) {
        const char *at = bench->names[i].ptr;

        for (; at != NULL; at = strchr(at, '.') != NULL ? strchr(at, '.') + 1 : NULL)
            bench->sum += bsearch(&at, bench->sorted, bench->sorted_n, sizeof(char *), by_text) != NULL;
    }
}

static void enrich_all(struct bench *bench)
{
    static struct tt_event event;

    for (size_t i = 0; i < bench->events_n; i++) {
        event.have = (struct tt_fields){{0, 0}};
        TT_EVENT_SET(&event, query_name, bench->events[i]);
        bench->arena.len = 0;
        tt_enrich_event(bench->enricher, &bench->data, &event, &bench->arena);
        bench->sum += event.have.bits[1];
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double time_round(struct bench *bench, round_f ask, size_t n)
{
    double from = now_ns();

    ask(bench);
    return (now_ns() - from) / (double)n;
}

static void compare(struct bench *bench, const char *name, size_t n, round_f ours, round_f theirs)
{
    double own[ROUNDS], other[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        own[i] = time_round(bench, ours, n);
        other[i] = theirs != NULL ? time_round(bench, theirs, n) : 0;
    }
    qsort(own, ROUNDS, sizeof(double), by_value);
    qsort(other, ROUNDS, sizeof(double), by_value);
    printf("BENCH %s %.1f ns", name, own[ROUNDS / 2]);
    if (theirs != NULL)
        printf(" baseline=%.1f ratio=%.3f", other[ROUNDS / 2], own[ROUNDS / 2] / other[ROUNDS / 2]);
    printf("\n# %s over %d rounds: quartiles %.1f %.1f %.1f, range %.1f to %.1f ns\n", name, ROUNDS,
           own[ROUNDS / 4], own[ROUNDS / 2], own[ROUNDS * 3 / 4], own[0], own[ROUNDS - 1]);
}

/* A million names below common domains; one in two hundred of ours is among them. */
static bool make_list(struct bench *bench, struct name_mix *mix)
{
    char why_text[TT_DATA_WHY_MAX], name[NAME_MIX_MAX];
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    size_t len = 0;

    bench->list = malloc((size_t)ENTRIES * NAME_MIX_MAX / 4);
    bench->sorted = calloc(ENTRIES, sizeof(char *));
    while (bench->list != NULL && bench->sorted != NULL && bench->sorted_n < ENTRIES) {
        bool is_known = bench->sorted_n < bench->names_n / 200;

        snprintf(name, sizeof(name), "%s", is_known ? bench->names[bench->sorted_n].ptr : "");
        if (!is_known)
            name_mix_label(mix, name + name_mix_label(mix, name));
        if (!is_known)
            snprintf(name + strcspn(name, "."), 20, "%llu.com",
                     (unsigned long long)name_mix_random(mix) % 100000000);
        bench->sorted[bench->sorted_n++] = strdup(name);
        len += (size_t)sprintf(bench->list + len, "%s\n", name);
    }
    double from = now_ns();
    int error = tt_threat_new(bench->list, len, TT_THREAT_MATCH_AUTO, &bench->threat, &why);
    if (error != 0) {
        fprintf(stderr, "bench_enrich: %s\n", tt_buf_cstr(&why));
        return false;
    }
    printf("BENCH threat_load_ms %.0f ms\nBENCH threat_bytes_per_entry %.1f bytes\n", (now_ns() - from) / 1e6,
           (double)tt_threat_bytes(bench->threat) / (double)tt_threat_entries(bench->threat));
    qsort(bench->sorted, bench->sorted_n, sizeof(char *), by_text);
    return true;
}

/* One behind the other in the order of their use, so that reading them costs what it costs in a pipeline
 * that has just made them. The logarithm of a name's rank is uniform: popularity falls as 1 / rank. */
static bool make_names(struct bench *bench, struct name_mix *mix)
{
    char *at;

    bench->events_n = 10 * bench->names_n;
    bench->names = calloc(bench->names_n, sizeof(struct tt_str));
    bench->events = calloc(bench->events_n, sizeof(struct tt_str));
    at = malloc(11 * bench->names_n * NAME_MIX_MAX / 4);
    if (bench->names == NULL || bench->events == NULL || at == NULL)
        return false;
    for (size_t i = 0; i < bench->names_n; i++) {
        bench->names[i] = (struct tt_str){at, (uint32_t)name_mix_next(mix, at)};
        at += bench->names[i].len + 1;
    }
    for (size_t i = 0; i < bench->events_n; i++) {
        double uniform = (double)(name_mix_random(mix) % 1000003) / 1000003.0;
        struct tt_str name = bench->names[(size_t)pow((double)bench->names_n, uniform) % bench->names_n];

        memcpy(at, name.ptr, name.len);
        bench->events[i] = (struct tt_str){at, name.len};
        at += name.len;
    }
    return true;
}

static bool prepare(struct bench *bench)
{
    char build_text[TT_DATA_BUILD_MAX], why_text[TT_DATA_WHY_MAX];
    struct tt_buf build = tt_buf_over(build_text, sizeof(build_text)),
                  why = tt_buf_over(why_text, sizeof(why_text));
    struct name_mix mix;
    size_t len;
    char *list = name_mix_read_file(NAME_MIX_LIST, &len);

    if (list == NULL || name_mix_init(&mix, 1, list) != 0 ||
        tt_suffix_new(list, len, &bench->suffix, &build, &why) != 0 ||
        (bench->psl = psl_load_file(NAME_MIX_LIST)) == NULL)
        return false;
    if (!make_names(bench, &mix))
        return false;
    bool is_ready = make_list(bench, &mix);
    name_mix_fini(&mix);
    free(list);
    return is_ready && tt_enricher_new(&bench->enricher) == 0 &&
           tt_arena_init(&bench->arena, TT_EVENT_ARENA_MAX) == 0;
}

int main(int argc, char **argv)
{
    static struct bench bench = {.names_n = 100000};

    if (argc > 1)
        bench.names_n = TT_MAX(strtoul(argv[1], NULL, 10), 1000u);
    if (!prepare(&bench)) {
        fprintf(stderr, "bench_enrich: no suffix list, or no memory\n");
        return 1;
    }
    bench.data =
        (struct tt_data){.enrichment_id = 1, .suffix = bench.suffix, .threats_n = 1, .has_threats = true};
    bench.data.threats[0].set = bench.threat;
    bench.data.threats[0].name = TT_STR("bench");
    bench.data.threats[0].score = 0.5f;
    compare(&bench, "suffix_ns", bench.names_n, ask_suffix, ask_psl);
    compare(&bench, "threat_ns", bench.names_n, ask_threat, ask_sorted);
    compare(&bench, "enrich_names_ns", bench.events_n, enrich_all, NULL);
    printf("# %zu names, list of %zu, sum %llu\n", bench.names_n, tt_threat_entries(bench.threat),
           (unsigned long long)bench.sum);
    return 0;
}
