/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * telltale, as a host sees it: open, take a port per thread, claim, fill, commit, close.
 *
 * A host is the DNS server that we live in. There is one core in a process, made by the first
 * tt_open and kept until the process exits; a reload of the host is tt_close and tt_open again.
 * A port is the one writer of a ring: one per host thread. Nothing that a host thread calls between
 * open and close locks, allocates, waits or enters the kernel. No fault of ours reaches the host: a
 * core that cannot run gives no ports, and says why in one line of the host's log.
 */

#include "base/compat.h"
#include "base/err.h"
#include "base/log.h"
#include "event/obs.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TT_VERSION "0.1.0"

struct tt_core;
struct tt_port;

/* Reasons for which a host answers or drops queries that no hook of it shows, as words for the
 * label `reason` of telltale_unseen_queries_total. Lends for ever. */
struct tt_host {
    uint8_t software; /* enum tt_software */
    const char *version; /* of the host, for logs and metrics */
    const char *config_path; /* the YAML file; it may be missing: defaults */
    bool config_required; /* the path was given by the operator: missing is an error */
    bool strict; /* a refused configuration makes tt_open fail */
    const char *inert; /* why this process cannot be observed: one line for the log; then there are no
                        * ports, and /metrics says telltale_up 0. NULL: it can. Read by the first open. */
    unsigned ports_n; /* host threads that will write, 1 … 1024 */
    const char *const *unseen_reasons; /* unseen_reasons_n words, static */
    unsigned unseen_reasons_n; /* at most TT_UNSEEN_MAX */
    tt_log_f log; /* the host's own log, callable from any thread */
    void *log_arg;
};

enum { TT_UNSEEN_MAX = 16 };

/*
 * Opens the core or attaches to the running one (then the configuration is read again: built,
 * checked, swapped; a refused one leaves the old in use). Copies *host but the texts that it lends.
 * Reads only the configuration: no network, no data files.
 * *core is set also when the core is inert (refused configuration, strict off): ports are then NULL.
 * Fails: TT_ECONFIG (strict only), TT_ENOMEM, TT_EBUSY (a host is attached already).
 * Thread: the host's main thread.
 */
int tt_open(const struct tt_host *host, struct tt_core **core);

/* Detaches the host in less than 1 ms and sets *core to NULL; NULL is fine. The core, its threads
 * and what is queued live on; the process's exit flushes. Thread: the host's main thread. */
void tt_close(struct tt_core **core);

/* The port of host thread `index` (0 … ports_n - 1), the same after a reload; NULL when there is
 * none: then observe nothing. Thread: the port's owner. */
struct tt_port *tt_core_port(struct tt_core *core, unsigned index);

/* What the configuration wants beyond the head. One relaxed load. Thread: port owner. */
enum tt_want {
    TT_WANT_ANSWERS = 1 << 0, /* answer section of client events */
    TT_WANT_UPSTREAM = 1 << 1, /* upstream events at all */
};
unsigned tt_port_wants(const struct tt_port *port);

/*
 * Claims room for one observation: head cleared, sequence and message_type set, writer ready for
 * the tail. NULL when the ring is full: the loss is counted, the sequence number used up.
 * Each successful claim is followed by exactly one commit. Thread: port owner.
 */
struct tt_obs *tt_port_claim(struct tt_port *port, uint8_t message_type, struct tt_obs_writer *writer);

/* Publishes the claimed observation, head and tail_len bytes. Thread: port owner. */
void tt_port_commit(struct tt_port *port, struct tt_obs_writer *writer);

/* The next transaction number of this port, never 0. Thread: port owner. */
uint64_t tt_port_transaction(struct tt_port *port);

/*
 * The host's own count of client queries and of those no hook shows, cumulative since core start
 * and never smaller than before. in_flight: clients waiting now. resets: how often the host's own
 * counters were seen to go back, each time some counts may be missing. Call it when the observation
 * of the query at hand is committed, so that both sides speak of the same moment; at most once a
 * second is enough. Thread: port owner.
 */
struct tt_host_counts {
    uint64_t queries;
    uint64_t unseen[TT_UNSEEN_MAX];
    uint64_t in_flight;
    uint64_t resets;
};
void tt_port_host_counts(struct tt_port *port, const struct tt_host_counts *counts);

/*
 * The same for a host that counts for all its threads together: `counts` are of the whole process, and
 * the core adds up what its ports have observed by now. While queries come in, the two sides are apart
 * by those under way between two reads; at rest they are exact. A host uses this or the one above.
 * Thread: any, one at a time.
 */
void tt_core_host_counts(struct tt_core *core, const struct tt_host_counts *counts);

#ifdef __cplusplus
}
#endif
