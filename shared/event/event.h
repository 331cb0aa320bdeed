/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * An event: one record of kind dns, as every stage of the pipeline sees it. The members are the rows
 * of event_fields.def. A field is known when its bit in `have` is set; otherwise its member has no
 * meaning. Texts and lists are views into the origin or the batch's arena.
 */

#include "base/arena.h"
#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"
#include "event/field.h"
#include "event/obs.h"

enum { TT_EVENT_SCHEMA_VERSION = 1, TT_EVENT_LIST_MAX = 32 };

struct tt_net {
    struct tt_ip ip;
    uint8_t prefix; /* bits */
};

struct tt_strs {
    const struct tt_str *items;
    uint16_t items_n;
};

struct tt_ips {
    const struct tt_ip *items;
    uint16_t items_n;
};

struct tt_u32s {
    const uint32_t *items;
    uint16_t items_n;
};

/* The type of a member by the kind of its row. */
typedef bool tt_kind_BOOL;
typedef uint8_t tt_kind_U8, tt_kind_ENUM, tt_kind_OPCODE;
typedef uint16_t tt_kind_U16, tt_kind_TYPE, tt_kind_CLASS, tt_kind_RCODE;
typedef uint32_t tt_kind_U32;
typedef float tt_kind_F32;
typedef uint64_t tt_kind_TIME, tt_kind_EVENT_ID, tt_kind_TRANSACTION_ID, tt_kind_HEX64;
typedef struct tt_ip tt_kind_IP;
typedef struct tt_net tt_kind_NET;
typedef struct tt_str tt_kind_TEXT, tt_kind_NAME;
typedef struct tt_strs tt_kind_TEXTS, tt_kind_NAMES;
typedef struct tt_ips tt_kind_IPS;
typedef struct tt_u32s tt_kind_U32S;

struct tt_facts;

struct tt_event {
    struct tt_fields have;
    /* What it was made from, wire images included; it borrows from the observation as well. NULL: none. */
    const struct tt_facts *facts;
    uint64_t random; /* of the core's start: the first half of event_id and transaction_id */
#define F(id, kind, ...) tt_kind_##kind id;
#include "event/event_fields.def"
#undef F
};

TT_STATIC_ASSERT(sizeof(struct tt_event) <= 1024, "an event stays within 1 KiB");

#define TT_EVENT_HAS(event, id) tt_fields_have(&(event)->have, TT_FIELD_##id)
#define TT_EVENT_SET(event, id, value)                                                             \
    ((event)->id = (value), tt_fields_add(&(event)->have, TT_FIELD_##id))

/* What is the same for every event of a core. Texts: at most 256 bytes each, they live as long as
 * events made from them. */
struct tt_event_origin {
    const char *node, *instance, *region; /* region NULL: none */
    uint8_t software; /* enum tt_software */
    uint64_t random; /* of this core start */
};

/* Arena that is always enough for one event: a caller that resets it before each never sees TT_ENOMEM. */
enum { TT_EVENT_ARENA_MAX = 98 * 1024 };

/*
 * Makes the event of one observation of obs_len bytes (head and tail, as it stood in the ring). The
 * event borrows from *origin and *arena until the arena's reset; nothing but event->facts, which lends
 * only as long as both *obs and *arena do, points into *obs.
 * Fails: TT_EMALFORMED (a tail that contradicts itself is not trusted; no message_type), TT_ENOMEM
 * (arena used up).
 * Thread: the pipeline.
 */
int tt_event_from_obs(struct tt_event *event, const struct tt_obs *obs, size_t obs_len,
                      const struct tt_event_origin *origin, struct tt_arena *arena);
