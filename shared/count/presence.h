/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Which fields the events of a window had: for each field how many events could have had it, and
 * how many did. quality.def says what is expected of which events. Owner and thread: one, the
 * pipeline.
 */

#include "event/event.h"

enum tt_presence_side { TT_PRESENCE_CLIENT, TT_PRESENCE_UPSTREAM, TT_PRESENCE_SIDES_N };

enum { TT_PRESENCE_PLANES_N = 8 };

typedef uint64_t tt_presence_plane __attribute__((vector_size(16)));

struct tt_presence {
    struct tt_presence_part {
        tt_presence_plane planes[TT_PRESENCE_PLANES_N];
        unsigned planes_events; /* in planes, not yet in present */
        uint64_t events;
        uint64_t present[128];
    } sides[TT_PRESENCE_SIDES_N];
};

/* How a field is counted, from event_fields.def and quality.def. */
struct tt_presence_plan {
    uint8_t root;  /* enum tt_field: itself, or the observed field it comes from */
    uint8_t sides; /* bit mask of 1 << enum tt_presence_side; 0: not at all */
    bool is_fed;   /* by a data file */
};

/* Of the events that could have a field, the share that has not; events 0: none could. */
struct tt_presence_ratio {
    double absent;
    uint64_t events;
};

/* Makes the plans of all fields (TT_FIELDS_N). */
void tt_presence_make_plans(struct tt_presence_plan *plans);

/* Counts one event. *presence starts as zeros, at an address aligned to 16. */
void tt_presence_add(struct tt_presence *presence, enum tt_presence_side side,
                     const struct tt_fields *have);

/* Events counted on both sides. */
uint64_t tt_presence_events(const struct tt_presence *presence);

/* The ratio of one field. What was added is taken in first, so it writes. */
struct tt_presence_ratio tt_presence_ratio(struct tt_presence *presence,
                                           const struct tt_presence_plan *plans,
                                           enum tt_field field);
