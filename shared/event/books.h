/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Records of kind books: for one sink and topic, how many records there were and what became of each,
 * cumulative since the core started (design.md §4 "Exact books"). seen = observed − lost; offered =
 * seen − filtered − sampled_out; offered + recovered = delivered + uncertain + queued + spooled + dropped.
 */

#include "conf/conf.h"
#include "event/form.h"


/* What one port did: sequence numbers whole, port << 48 | number; last < first: none yet. */
struct tt_books_port {
    uint64_t first, last;
};

struct tt_books_file {
    const char *role, *path, *build, *sha;
};

struct tt_books {
    uint64_t sequence; /* event_id of this record: port 0 */
    uint64_t time_us;
    const char *sink, *sink_type; /* of the configuration */
    uint8_t topic; /* enum tt_topic */
    bool is_final; /* at exit */
    const struct tt_books_port *ports;
    unsigned ports_n;
    uint64_t observed, seen, sampled_out, offered, recovered, delivered, uncertain, queued, spooled;
    const struct tt_form_count *lost, *filtered, *dropped; /* by reason; rows of 0 are left out */
    unsigned lost_n, filtered_n, dropped_n;
    uint64_t enrichment_id;
    uint64_t config_digest;
    const struct tt_books_file *files; /* what enrichment_id stands for */
    unsigned files_n;
};

/* The most a record takes in either encoding is bounded by TT_BOOKS_MAX: ports and files beyond what
 * fits are left out and the record says so (ports_cut, files_cut). Thread: any. */
enum { TT_BOOKS_MAX = 128 * 1024 };
void tt_books_to_json(const struct tt_books *books, const struct tt_event_origin *origin, struct tt_buf *buf);
void tt_books_to_proto(const struct tt_books *books, const struct tt_event_origin *origin, struct tt_buf *buf);
