/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What counting an event for the topic aggregates and for telltale_top_* costs, with showing it under the
 * policy: names whose popularity falls as 1 / rank, and names of which none comes twice. The median of
 * several rounds. Usage: bench_groups [NAMES]
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "count/groups.h"
#include "count/top_lists.h"

enum { EVENTS = 500000, ROUNDS = 7, NAME_LEN = 32, CLIENTS = 2000 };

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
}

/* 1 / rank: the logarithm is uniform. */
static size_t popular(size_t n)
{
    return (size_t)pow((double)n, (double)(next_random() % 1000003) / 1000003.0) % n;
}

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* other work on the machine is not ours */
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct query {
    char name[NAME_LEN];
    uint8_t name_len, domain_at;
    uint32_t client;
    uint16_t type, rcode;
};

static void make_queries(struct query *queries, size_t names_n, bool is_attack)
{
    for (size_t i = 0; i < EVENTS; i++) {
        struct query *query = &queries[i];
        size_t name = is_attack ? i : popular(names_n);

        query->domain_at = (uint8_t)snprintf(query->name, NAME_LEN, "host%zu.", name);
        query->name_len =
            (uint8_t)(query->domain_at + snprintf(query->name + query->domain_at, NAME_LEN - query->domain_at,
                                                  "domain%zu.com", is_attack ? 0 : name / 7));
        query->client = (uint32_t)popular(CLIENTS);
        query->type = (const uint16_t[]){1, 1, 28, 65}[next_random() % 4];
        query->rcode = next_random() % 8 == 0 ? 3 : 0;
    }
}

static void fill(struct tt_event *event, const struct query *query)
{
    struct tt_ip ip = {
        4, {10, (uint8_t)(query->client >> 16), (uint8_t)(query->client >> 8), (uint8_t)query->client}};

    TT_EVENT_SET(event, client_ip, ip);
    TT_EVENT_SET(event, client_net, ((struct tt_net){ip, 32}));
    TT_EVENT_SET(event, query_name, ((struct tt_str){query->name, query->name_len}));
    TT_EVENT_SET(
        event, registrable_domain,
        ((struct tt_str){query->name + query->domain_at, (uint32_t)(query->name_len - query->domain_at)}));
    TT_EVENT_SET(event, query_type, query->type);
    TT_EVENT_SET(event, response_code, query->rcode);
}

enum what { NOTHING, GROUPS, LISTS };

/* ns for each event. */
static double run_once(const struct query *queries, enum what what, struct tt_policy *policy,
                       struct tt_groups *groups, struct tt_top_lists *lists)
{
    static struct tt_event event;
    struct tt_shown shown;
    double from;

    TT_EVENT_SET(&event, message_type, TT_message_type_CLIENT_RESPONSE);
    tt_groups_clear(groups);
    from = now_ns();
    for (size_t i = 0; i < EVENTS; i++) {
        fill(&event, &queries[i]);
        if (what == NOTHING) {
            __asm__ volatile("" ::"r"(&event) : "memory");
            continue;
        }
        tt_event_show(&event, TT_TOPIC_ENRICHED, policy, &shown);
        if (what == GROUPS)
            tt_groups_add(groups, &event, &shown);
        else
            tt_top_lists_add(lists, 0, &event, &shown);
    }
    return (now_ns() - from) / EVENTS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, const struct query *queries, enum what what, struct tt_policy *policy,
                    struct tt_groups *groups, struct tt_top_lists *lists)
{
    double rounds[ROUNDS], without[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        without[i] = run_once(queries, NOTHING, policy, groups, lists);
        rounds[i] = run_once(queries, what, policy, groups, lists);
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    qsort(without, ROUNDS, sizeof(without[0]), by_value);
    printf("BENCH %s %.0f ns\n# quartiles %.0f %.0f\n", name, rounds[ROUNDS / 2] - without[ROUNDS / 2],
           rounds[ROUNDS / 4] - without[ROUNDS / 2], rounds[3 * ROUNDS / 4] - without[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    const struct tt_privacy privacy = {TT_PRIVACY_NET, TT_PRIVACY_NAME_FULL, 24, 48, NULL};
    const struct tt_hash_key no_key = {.len = 0};
    size_t names_n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    struct query *usual = calloc(EVENTS, sizeof(*usual)), *attack = calloc(EVENTS, sizeof(*attack));
    struct tt_policy policy;
    struct tt_groups *groups;
    struct tt_top_lists *lists;

    if (usual == NULL || attack == NULL || names_n == 0 || tt_policy_init(&policy, &privacy, &no_key) != 0 ||
        tt_groups_new(100, &groups) != 0 || tt_top_lists_new(&lists) != 0 ||
        tt_top_lists_use(lists, 31, 50) != 0)
        return 1;
    make_queries(usual, names_n, false);
    make_queries(attack, names_n, true);
    measure("aggregates_ns", usual, GROUPS, &policy, groups, lists);
    measure("aggregates_attack_ns", attack, GROUPS, &policy, groups, lists);
    measure("top_lists_ns", usual, LISTS, &policy, groups, lists);
    printf("# %zu names, %d clients, top 100, one policy\n", names_n, CLIENTS);
    tt_top_lists_free(&lists);
    tt_groups_free(&groups);
    tt_policy_fini(&policy);
    free(attack);
    free(usual);
    return 0;
}
