/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "compat.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

const struct tt_shim_host *tt_shim_host;

/* named's server object, which has its statistics; held from the first query on. */
static ns_server_t *server;

void tt_shim_note_server(const ns_client_t *client)
{
    ns_server_t *held = NULL, *none = NULL;

    if (TT_LIKELY(__atomic_load_n(&server, __ATOMIC_RELAXED) != NULL) || SHIM_SERVER(client) == NULL)
        return;
    ns_server_attach(SHIM_SERVER(client), &held);
    if (!__atomic_compare_exchange_n(&server, &none, held, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ns_server_detach(&held);
}

static void detach(void)
{
    ns_server_t *held = __atomic_exchange_n(&server, NULL, __ATOMIC_ACQ_REL);

    if (held != NULL)
        ns_server_detach(&held);
}

static int attach(const struct tt_shim_host *host, void *hooktable, void *mctx)
{
    tt_shim_host = host;
    tt_shim_add_hooks(hooktable, mctx);
    return ISC_R_SUCCESS;
}

static void log_line(void *lctx, enum tt_shim_log level, const char *line)
{
    static const int levels[] = {ISC_LOG_ERROR, ISC_LOG_WARNING, ISC_LOG_INFO, ISC_LOG_DEBUG(1)};

    if (lctx != NULL)
        isc_log_write(lctx, NS_LOGCATEGORY_GENERAL, NS_LOGMODULE_HOOKS, levels[level], "telltale: %s", line);
}

/* One for each start: two copies of telltale.so, an old and a new one, may share this object for a while. */
struct thread {
    pthread_t id;
    void (*run)(void *arg);
    void *arg;
};

static void *run_thread(void *arg)
{
    const struct thread *thread = arg;

    SHIM_ENTER_THREAD();
    thread->run(thread->arg);
    SHIM_LEAVE_THREAD();
    return NULL;
}

/* Not by isc_thread_create, which ends named when the system has no thread to give. */
static int start_thread(void (*run)(void *arg), void *arg, void **thread)
{
    struct thread *made = malloc(sizeof(*made));
    sigset_t all, before;
    int err;

    if (made == NULL)
        return ISC_R_NOMEMORY;
    *made = (struct thread){.run = run, .arg = arg};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    err = pthread_create(&made->id, NULL, run_thread, made);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (err != 0)
        free(made);
    *thread = err == 0 ? made : NULL;
    return err == 0 ? ISC_R_SUCCESS : ISC_R_NORESOURCES;
}

static void join_thread(void *thread)
{
    pthread_join(((struct thread *)thread)->id, NULL);
    free(thread);
}

static void add_opcode(dns_opcode_t opcode, uint64_t n, void *arg)
{
    struct tt_named_counters *counters = arg;

    if (opcode < TT_COUNT(counters->opcodes))
        counters->opcodes[opcode] += n;
}

/* As ns_query_start sorts them. Types above 255 are counted in one, and none of them is a meta type. */
static void add_type(dns_rdatastatstype_t counted, uint64_t n, void *arg)
{
    struct tt_named_counters *counters = arg;
    dns_rdatatype_t type = DNS_RDATASTATSTYPE_BASE(counted);
    bool is_other = (DNS_RDATASTATSTYPE_ATTR(counted) & DNS_RDATASTATSTYPE_ATTR_OTHERTYPE) != 0;

    if (is_other || type == dns_rdatatype_any || !dns_rdatatype_ismeta(type))
        counters->types_ordinary += n;
    else if (type == dns_rdatatype_axfr || type == dns_rdatatype_ixfr)
        counters->types_transfer += n;
    else
        counters->types_meta += n;
}

/* In the order in which a request is counted: what is read later has seen more. */
static bool read_counters(struct tt_named_counters *counters)
{
    ns_server_t *held = __atomic_load_n(&server, __ATOMIC_ACQUIRE);

    *counters = (struct tt_named_counters){0};
    if (held == NULL || held->nsstats == NULL || held->opcodestats == NULL || held->rcvquerystats == NULL)
        return false;
    counters->requests = (uint64_t)(ns_stats_get_counter(held->nsstats, ns_statscounter_requestv4) +
                                    ns_stats_get_counter(held->nsstats, ns_statscounter_requestv6));
    dns_opcodestats_dump(held->opcodestats, add_opcode, counters, 0);
    dns_rdatatypestats_dump(held->rcvquerystats, add_type, counters, 0);
    counters->recursing = (uint64_t)ns_stats_get_counter(held->nsstats, ns_statscounter_recursclients);
    return true;
}

__attribute__((visibility("default"))) const struct tt_shim telltale_shim = {
    .abi = TT_SHIM_ABI,
    .size = sizeof(struct tt_shim),
    .query_size = sizeof(struct tt_query),
    .obs_size = sizeof(struct tt_obs),
    .release = TT_SHIM_RELEASE,
    .build_id = TT_SHIM_BUILD_ID,
    .attach = attach,
    .log = log_line,
    .thread_start = start_thread,
    .thread_join = join_thread,
    .counters = read_counters,
    .detach = detach,
};
