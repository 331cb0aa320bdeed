/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A port: the producer side of one host thread, with its ring, its sequence numbers and its counts.
 *
 * Writers: the one host thread that owns the port, by relaxed atomic stores. Readers: the pipeline
 * (ring) and scrapes (counts), by relaxed loads: each value is whole, the set of them is not a
 * snapshot. Lifetime: made by the first open that needs it, kept until the process exits.
 */

#include "ring/ring.h"
#include "telltale.h"

/* What a host said last of its own counts, and what we had counted then. */
struct tt_host_said {
    struct tt_host_counts host;
    uint64_t observed; /* client events */
    uint64_t off; /* client events that were not observed because we are switched off */
};

struct tt_port {
    struct tt_ring ring;
    const unsigned *wants; /* the core's, relaxed */
    uint64_t next_sequence; /* owner only: port << 48 | number */
    uint64_t next_transaction; /* owner only */
    uint64_t observed[TT_message_type_END]; /* claims, also those that found no room */
    uint64_t lost[TT_message_type_END]; /* of these, found no room */
    uint64_t off; /* client events that were not observed because we are switched off */
    struct tt_host_said said; /* by the owner, of its own queries */
};

/* In the core's word of wants: nothing is observed, claims give no room and use up no sequence number. */
enum { TT_WANT_NOTHING = 1 << 30 };

/* What ports have counted, copied for a reader. */
struct tt_port_counts {
    uint64_t observed[TT_message_type_END];
    uint64_t lost[TT_message_type_END];
    uint64_t off;
    struct tt_host_said said;
};

/* number: 1 … 65535. Owns the ring. Fails: TT_ENOMEM. Thread: the host's main thread. */
int tt_port_new(unsigned number, size_t ring_size, const unsigned *wants, struct tt_port **port);

/* Adds what this port has counted to *sum. Thread: any. */
void tt_port_add_counts(const struct tt_port *port, struct tt_port_counts *sum);

/* Keeps what a host says, and adds it up. One writer; readers on any thread. */
void tt_host_said_set(struct tt_host_said *said, const struct tt_host_counts *counts, uint64_t observed, uint64_t off);
void tt_host_said_add(const struct tt_host_said *said, struct tt_host_said *sum);

/* Client events among the counts by message type. */
uint64_t tt_client_events(const uint64_t observed[TT_message_type_END]);
