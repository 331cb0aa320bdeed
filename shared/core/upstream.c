/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The listener for the host's dnstap: started and stopped as the configuration has it, with a port
 * of its own. */

#include "core/core.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/thread.h"

enum { CLOSE_NS = 100000000 };

/* On the listener's thread. */
static void observe(void *arg, const struct tt_exchange *exchange)
{
    struct tt_core *core = arg;
    struct tt_obs_writer writer;

    if ((tt_port_wants(core->ports.upstream) & TT_WANT_UPSTREAM) == 0 ||
        tt_port_claim(core->ports.upstream, exchange->message_type, &writer) == NULL)
        return;
    tt_exchange_write(exchange, &writer);
    tt_port_commit(core->ports.upstream, &writer);
}

/* Made once, like those of the host's threads, and never given back: its numbers go on. */
static bool has_port(struct tt_core *core)
{
    struct tt_port *port = NULL;

    if (core->ports.upstream != NULL)
        return true;
    if (tt_port_new(TT_UPSTREAM_PORT, core->ring_size, &core->wants, &port) != TT_OK) {
        tt_log(TT_LOG_ERROR,
               "upstream: no memory for a ring: exchanges with upstreams are not observed");
        return false;
    }
    tt_ring_populate(&port->ring);
    __atomic_store_n(&core->ports.upstream, port, __ATOMIC_RELEASE);
    return true;
}

/* Where the configuration wants it; "": nowhere. */
static void wanted_path(const struct tt_core *core, char *path, size_t cap)
{
    const struct tt_conf *conf = core->setup->conf;

    path[0] = '\0';
    if (conf->upstream != TT_UPSTREAM_DNSTAP || core->is_inert)
        return;
    if (tt_conf_host_shows_upstreams(core->software))
        tt_log(
            TT_LOG_INFO,
            "upstream: dnstap has no effect in %s, whose exchanges with upstreams are seen anyway",
            core->software_word);
    else if (tt_conf_expand(conf->upstream_socket, &core->place.names, path, cap) != TT_OK)
        tt_log(TT_LOG_ERROR,
               "upstream_socket: the path is too long: exchanges with upstreams are not observed");
}

void tt_core_close_upstream(struct tt_core *core, uint64_t deadline_ns)
{
    struct tt_upstream *upstream = core->upstream;

    /* A scrape that is stuck holds up no exit. */
    if (upstream == NULL || !tt_mutex_lock(&core->scrape_lock, deadline_ns))
        return;
    core->upstream = NULL;
    pthread_mutex_unlock(&core->scrape_lock);
    core->is_upstream_stuck =
        tt_upstream_stop(&upstream, TT_MIN(deadline_ns, tt_clock_mono_ns() + CLOSE_NS)) != TT_OK;
}

/* A port has one writer. */
static bool may_start(const struct tt_core *core)
{
    bool may = core->upstream == NULL && !core->is_upstream_stuck;

    if (!may)
        tt_log(
            TT_LOG_ERROR,
            "upstream: the listener before did not end: exchanges with upstreams are not observed "
            "until the host is restarted");
    return may;
}

void tt_core_open_upstream(struct tt_core *core)
{
    char path[sizeof(core->upstream_path)];
    struct tt_upstream *upstream = NULL;

    wanted_path(core, path, sizeof(path));
    if (core->upstream != NULL && strcmp(path, core->upstream_path) == 0)
        return;
    tt_core_close_upstream(core, tt_clock_mono_ns() + CLOSE_NS);
    if (path[0] == '\0' || !may_start(core) || !has_port(core) ||
        tt_upstream_start(path, observe, core, &core->upstream_counts, &upstream) != TT_OK)
        return;
    pthread_mutex_lock(&core->scrape_lock);
    core->upstream = upstream;
    memcpy(core->upstream_path, path, sizeof(path));
    pthread_mutex_unlock(&core->scrape_lock);
    tt_log(TT_LOG_INFO,
           "upstream: named.conf must have, in its options: dnstap { resolver; forwarder; };");
    tt_log(TT_LOG_INFO, "upstream: and: dnstap-output unix \"%s\";", path);
}
