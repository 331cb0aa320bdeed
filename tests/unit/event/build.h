/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Observations put together as a host does it, through the writer of obs.h. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "event/event.h"

#define NAME(wire) wire, sizeof(wire) /* a literal's NUL is the root label */

struct build {
    union {
        struct tt_obs obs;
        uint8_t bytes[TT_OBS_MAX];
    } record;
    struct tt_obs_writer writer;
    struct tt_arena arena;
    struct tt_event event;
};

static const struct tt_event_origin build_origin = {
    .node = "ns1", .instance = "ns1/unbound", .region = NULL, .software = TT_software_UNBOUND, .random = 0xa1};

/* A client's A query that was answered NOERROR, with its answer section known. */
static inline void build_begin(struct build *build, uint8_t message_type)
{
    struct tt_obs *obs = &build->record.obs;

    memset(&build->record, 0, sizeof(build->record));
    build->writer = (struct tt_obs_writer){.obs = obs, .cap = TT_OBS_MAX - sizeof(*obs)};
    obs->shape = TT_OBS_FACTS;
    obs->message_type = message_type;
    obs->outcome = TT_outcome_ANSWERED;
    obs->query_type = obs->query_class = 1;
    obs->have = TT_HAVE_QUERY_TYPE | TT_HAVE_RESPONSE_CODE | TT_HAVE_ANSWERS;
}

static inline void build_qname(struct build *build, const void *wire, size_t len)
{
    tt_obs_put(&build->writer, TT_TAIL_QNAME, 0, wire, len);
}

static inline void build_rr(struct build *build, enum tt_rr_section section, uint16_t type, const void *owner,
                            size_t owner_len, const void *rdata, size_t rdata_len)
{
    struct tt_tail_rr rr = {type, 1, 60, (uint16_t)rdata_len, (uint8_t)owner_len, 0};

    tt_obs_put_rr(&build->writer, section, &rr, owner, rdata);
}

/* The event of what was built; the arena starts anew. Returns tt_event_from_obs's word. */
static inline int build_event(struct build *build)
{
    const struct tt_obs *obs = &build->record.obs;

    tt_arena_reset(&build->arena);
    return tt_event_from_obs(&build->event, obs, sizeof(*obs) + obs->tail_len, &build_origin, &build->arena);
}
