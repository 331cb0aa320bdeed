/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The module's observe.c with a stopwatch around each callback: linked in its place into
 * telltale-unbound-probe.so, for unbound_hook.py. Everything between the two clock reads is the
 * product's own code. Calls of the allocator and of locks by our objects inside a callback are
 * counted (linked with -Wl,--wrap). At exit one line a hook goes to the file TT_PROBE_OUT.
 * With TT_PROBE_SWITCHES set the thread's own resource usage is read around each callback: a voluntary
 * switch of context inside one means that it waited for something.
 */

#define tt_observe_register tt_observe_register_plain
#include "../../../unbound-module/observe.c"
#undef tt_observe_register

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <x86intrin.h>

#include "base/clock.h"

bool tt_observe_register(struct module_env *env, int id);

enum { PROBE_LOCAL, PROBE_CACHE, PROBE_REPLY, PROBE_SERVFAIL, PROBE_QUERY, PROBE_RESPONSE, PROBES_N };

static const char *const probe_names[PROBES_N] = {"local", "cache", "reply", "servfail", "query", "response"};

enum { TICKS_MAX = 65536 };

static uint64_t ticks[PROBES_N][TICKS_MAX]; /* histogram by clock ticks; one worker in the benchmark */
static uint64_t allocations, locks, switches;
static bool has_switches;
static _Thread_local long switches_before;
static uint64_t empty_ticks, started_ticks, started_ns;
static _Thread_local bool is_in_hook;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

void *__wrap_malloc(size_t size)
{
    allocations += is_in_hook;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations += is_in_hook;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    allocations += is_in_hook;
    return __real_realloc(at, size);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    locks += is_in_hook;
    return __real_pthread_mutex_lock(mutex);
}

static long voluntary_switches(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static uint64_t start_watch(void)
{
    if (has_switches)
        switches_before = voluntary_switches();
    is_in_hook = true;
    _mm_lfence();
    return __rdtsc();
}

static uint64_t stop_watch(uint64_t start)
{
    unsigned processor;
    uint64_t spent = __rdtscp(&processor) - start;

    _mm_lfence();
    is_in_hook = false;
    if (has_switches)
        __atomic_fetch_add(&switches, (uint64_t)(voluntary_switches() - switches_before), __ATOMIC_RELAXED);
    return spent;
}

static void note(int probe, uint64_t spent)
{
    ticks[probe][spent < TICKS_MAX ? spent : TICKS_MAX - 1]++;
}

#define TIMED(name, probe, inner)                                                                          \
    static int name(REPLY_ARGS)                                                                            \
    {                                                                                                      \
        uint64_t start = start_watch();                                                                    \
        int result = inner(PASS_ARGS);                                                                     \
        note(probe, stop_watch(start));                                                                    \
        return result;                                                                                     \
    }

TIMED(timed_reply, PROBE_REPLY, on_reply)
TIMED(timed_cache, PROBE_CACHE, on_cache)
TIMED(timed_local, PROBE_LOCAL, on_local)
TIMED(timed_servfail, PROBE_SERVFAIL, on_servfail)

static int timed_query(struct query_info *qinfo, uint16_t flags, struct module_qstate *qstate,
                       struct sockaddr_storage *addr, socklen_t addrlen, uint8_t *zone, size_t zonelen,
                       struct regional *region, int id, void *arg)
{
    uint64_t start = start_watch();
    int result = tt_upstream_query(qinfo, flags, qstate, addr, addrlen, zone, zonelen, region, id, arg);

    note(PROBE_QUERY, stop_watch(start));
    return result;
}

static int timed_response(struct module_qstate *qstate, struct dns_msg *response, int id, void *arg)
{
    uint64_t start = start_watch();
    int result = tt_upstream_response(qstate, response, id, arg);

    note(PROBE_RESPONSE, stop_watch(start));
    return result;
}

static const struct {
    enum inplace_cb_list_type type;
    void *callback;
} timed_hooks[] = {
    {inplace_cb_reply, (void *)timed_reply},
    {inplace_cb_reply_cache, (void *)timed_cache},
    {inplace_cb_reply_local, (void *)timed_local},
    {inplace_cb_reply_servfail, (void *)timed_servfail},
    {inplace_cb_query, (void *)timed_query},
    {inplace_cb_query_response, (void *)timed_response},
};

bool tt_observe_register(struct module_env *env, int id)
{
    struct dynlibmod_env *dynlib = env->modinfo[id];

    has_switches = getenv("TT_PROBE_SWITCHES") != NULL;
    started_ns = tt_clock_mono_ns();
    started_ticks = __rdtsc();
    empty_ticks = UINT64_MAX;
    for (int i = 0; i < 10000; i++) {
        uint64_t spent = stop_watch(start_watch());
        empty_ticks = TT_MIN(empty_ticks, spent);
    }
    for (size_t i = 0; i < TT_COUNT(timed_hooks); i++)
        if (!dynlib->inplace_cb_register_wrapped(timed_hooks[i].callback, timed_hooks[i].type, NULL, env, id))
            return false;
    return true;
}

static double quantile_ns(int probe, double share, double ticks_per_ns)
{
    uint64_t total = 0, seen = 0;

    for (int i = 0; i < TICKS_MAX; i++)
        total += ticks[probe][i];
    for (int i = 0; i < TICKS_MAX; i++) {
        seen += ticks[probe][i];
        if (total > 0 && (double)seen >= share * (double)total)
            return (i > (int)empty_ticks ? i - (double)empty_ticks : 0) / ticks_per_ns;
    }
    return 0;
}

__attribute__((destructor)) static void write_figures(void)
{
    const char *path = getenv("TT_PROBE_OUT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    double ticks_per_ns = (double)(__rdtsc() - started_ticks) / (double)(tt_clock_mono_ns() - started_ns);

    if (file == NULL)
        return;
    fprintf(file, "watch %.1f allocations %llu locks %llu switches %llu\n", (double)empty_ticks / ticks_per_ns,
            (unsigned long long)allocations, (unsigned long long)locks, (unsigned long long)switches);
    for (int probe = 0; probe < PROBES_N; probe++) {
        uint64_t total = 0;
        for (int i = 0; i < TICKS_MAX; i++)
            total += ticks[probe][i];
        fprintf(file, "%s %llu %.0f %.0f %.0f %.0f\n", probe_names[probe], (unsigned long long)total,
                quantile_ns(probe, 0.25, ticks_per_ns), quantile_ns(probe, 0.5, ticks_per_ns),
                quantile_ns(probe, 0.75, ticks_per_ns), quantile_ns(probe, 0.99, ticks_per_ns));
    }
    fclose(file);
}
