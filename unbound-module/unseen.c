/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "unseen.h"

const char *const tt_unseen_words[TT_UNSEEN_N] = {
#define REASON(name, word, source, doc) [TT_UNSEEN_##name] = word,
#include "unseen.def"
#undef REASON
};

static void read_counters(const struct worker *worker, struct tt_unseen_counters *now)
{
    const struct ub_server_stats *stats = &worker->stats;
    const struct mesh_area *mesh = worker->env.mesh;

    now->queries = (uint64_t)stats->num_queries;
    now->missed = (uint64_t)stats->num_queries_missed_cache;
    now->ip_ratelimited = (uint64_t)stats->num_queries_ip_ratelimited;
    now->unwanted = (uint64_t)stats->unwanted_queries;
    now->timed_out = 0;
    now->not_taken = mesh->stats_dropped;
#if TT_UNBOUND_SINCE(18)
    now->timed_out = (uint64_t)stats->num_queries_timed_out;
#endif
#if TT_UNBOUND_SINCE(23)
    now->not_taken += mesh->num_queries_discard_timeout + mesh->num_queries_replyaddr_limit +
                      mesh->num_queries_wait_limit;
#endif
}

static void add_difference(struct tt_unseen *unseen, const struct tt_unseen_counters *now)
{
    struct tt_unseen_counters *sum = &unseen->sum;
    const struct tt_unseen_counters *before = &unseen->before;

#define ADD(field)                                                                                 \
    sum->field += now->field >= before->field ? now->field - before->field : now->field
    ADD(queries);
    ADD(missed);
    ADD(ip_ratelimited);
    ADD(unwanted);
    ADD(timed_out);
    ADD(not_taken);
#undef ADD
    unseen->before = *now;
}

/* Differences of counters that are read at one moment, but never less than what was said before. */
static void raise_to(uint64_t *said, uint64_t value, uint64_t known)
{
    if (value > known && value - known > *said)
        *said = value - known;
}

uint64_t tt_unseen_waiting(struct tt_unseen *unseen, const struct worker *worker)
{
    uint64_t waiting = worker->env.mesh->num_reply_addrs;

    /* flush_requestlist sets the count to 0, with what it forgot. */
    unseen->uncounted = TT_MIN(unseen->uncounted, waiting);
    return waiting - unseen->uncounted;
}

static void derive(struct tt_unseen *unseen, const struct worker *worker)
{
    const struct tt_unseen_counters *sum = &unseen->sum;
    struct tt_host_counts *counts = &unseen->counts;

    counts->queries = sum->queries + sum->unwanted + sum->timed_out;
    counts->unseen[TT_UNSEEN_IP_RATELIMIT] = sum->ip_ratelimited;
    counts->unseen[TT_UNSEEN_ACL] = sum->unwanted;
    counts->unseen[TT_UNSEEN_QUEUE_TIMEOUT] = sum->timed_out;
    raise_to(&counts->unseen[TT_UNSEEN_NO_HOOK], sum->queries,
             sum->missed + sum->ip_ratelimited + unseen->told);
    raise_to(&counts->unseen[TT_UNSEEN_OVERLOAD], sum->not_taken, unseen->discarded);
    counts->in_flight = tt_unseen_waiting(unseen, worker);
}

/* All of a worker's counters are cleared together. One that counts a query that has just arrived
 * must have grown, so a reset shows even when as many queries came since. */
static bool was_reset(const struct tt_unseen *unseen, const struct tt_unseen_counters *now,
                      bool arrived)
{
    return now->queries < unseen->before.queries + (arrived ? 1 : 0);
}

void tt_unseen_restart(struct tt_unseen *unseen, struct tt_port *port)
{
    unseen->worker = NULL;
    unseen->uncounted = 0;
    unseen->counts.in_flight = 0;
    if (port != NULL)
        tt_port_host_counts(port, &unseen->counts);
}

/* Queries that arrived after the last look and before the counters were cleared are not in the
 * sums; those that still wait show by it. */
static void make_good(struct tt_unseen *unseen, const struct worker *worker)
{
    uint64_t known = unseen->told_waiting + unseen->counts.unseen[TT_UNSEEN_OVERLOAD] +
                     unseen->counts.unseen[TT_UNSEEN_JOINED_LATE] +
                     tt_unseen_waiting(unseen, worker);

    if (known <= unseen->sum.missed)
        return;
    unseen->sum.queries += known - unseen->sum.missed;
    unseen->sum.missed = known;
}

/* Takes the counters up. */
static void update(struct tt_unseen *unseen, const struct worker *worker, bool arrived)
{
    struct tt_unseen_counters now;
    bool is_reset = false;

    read_counters(worker, &now);
    if (TT_UNLIKELY(unseen->worker != worker)) {
        unseen->worker = worker;
        memset(&unseen->before, 0, sizeof(unseen->before));
    } else if (TT_UNLIKELY(was_reset(unseen, &now, arrived))) {
        memset(&unseen->before, 0, sizeof(unseen->before));
        unseen->counts.resets++;
        is_reset = true;
    }
    add_difference(unseen, &now);
    if (TT_UNLIKELY(is_reset))
        make_good(unseen, worker);
    derive(unseen, worker);
}

void tt_unseen_publish(struct tt_unseen *unseen, struct tt_port *port, const struct worker *worker,
                       bool arrived)
{
    update(unseen, worker, arrived);
    tt_port_host_counts(port, &unseen->counts);
}

void tt_unseen_settle(struct tt_unseen *unseen, const struct worker *worker)
{
    uint64_t *late = &unseen->counts.unseen[TT_UNSEEN_JOINED_LATE];

    update(unseen, worker, false);
    raise_to(late, unseen->sum.missed,
             unseen->told_waiting + unseen->counts.unseen[TT_UNSEEN_OVERLOAD] +
                 unseen->counts.in_flight);
}
