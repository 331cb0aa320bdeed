/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Work: what we keep of one Unbound query state (module_qstate), in the state's own memory region.
 * It exists for client queries that missed the cache and for everything Unbound asks itself for
 * them: its number ties their events together. Thread: the worker's.
 */

#include "host.h"
#include "ports.h"

/* A client that waits for the state. Unbound forgets who waited when it drops an answer. */
struct tt_client {
    struct tt_client *next;             /* older, in the order of Unbound's reply_list */
    struct mesh_reply *reply;           /* lives as long as the state */
    uint16_t query_size, edns_udp_size; /* bytes; 0: not known */
    uint8_t transport;
    bool is_joined; /* the state was there before the client came */
    bool is_told;   /* its event is written */
};

/* The exchange with an upstream that is under way: the iterator has one at a time for a state. */
struct tt_attempt {
    uint64_t started_ns;        /* monotonic */
    struct timeval loop_time;   /* Unbound's event loop, to see whether it was left since */
    const uint8_t *name, *zone; /* in the state's region */
    uint16_t name_len, zone_len, qtype, qclass, port;
    struct tt_ip ip;
    bool is_forward; /* recursion is desired: a forwarder */
    bool is_pending;
};

struct tt_work {
    struct tt_work *before, *after; /* ring of the seat's states with clients; NULL: not in it */
    struct module_qstate *qstate;   /* when in the ring */
    uint64_t transaction, parent; /* 0: none; the first exchange gives it one */
    struct tt_client *clients; /* newest first */
    struct tt_client *cursor;  /* the client told last, where the search for the next begins */
    struct tt_attempt attempt;
    uint32_t visit;      /* of tt_seat.visit: the count that reached this state last */
    uint32_t upstream_n; /* exchanges started by this state and those that work for it */
    uint16_t timeouts_n, failures_n, malformed_n; /* of its own exchanges */
    uint32_t waiting_before; /* mesh->num_reply_addrs when the state was done */
    uint32_t listed_n;       /* clients on the reply_list then */
    bool is_done;            /* the modules below have finished */
};

/* The work of a state, made when there is none; NULL: out of memory. */
struct tt_work *tt_work_of(struct module_qstate *qstate);

/* The transaction of the state that this one works for, 0: none. */
uint64_t tt_work_parent(struct module_qstate *qstate, struct tt_work *work);

/* Adds one exchange to the state and to all states that wait for it. */
void tt_work_count_upstream(struct tt_seat *seat, struct module_qstate *qstate,
                            struct tt_work *work);

/* Takes up clients that have come since the last call; creating: the state begins with them. */
void tt_work_note_clients(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                          bool creating);

/*
 * Clients that join a state reach no hook: Unbound's count says when some are not noted. Looks at
 * `states_max` states of the ring then, and at others the next time.
 */
void tt_work_catch_up(struct tt_seat *seat, const struct worker *worker, unsigned states_max);

/* The client's event is written, or someone else wrote it. */
void tt_work_mark_told(struct tt_seat *seat, struct tt_client *client);

/* Takes the work out of the ring: its state ends. */
void tt_work_leave(struct tt_seat *seat, struct tt_work *work);

/* The noted client with this reply address, NULL when there is none. */
struct tt_client *tt_work_find_client(struct tt_work *work, const struct comm_reply *repinfo);
