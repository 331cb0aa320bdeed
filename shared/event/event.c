/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The order of making an event: head, tail, wire images where they are all there is, answers. */

#include "event/event.h"

#include "base/err.h"
#include "event/answers.h"
#include "event/facts.h"
#include "event/head.h"
#include "event/image.h"
#include "event/text.h"
#include "wire/edns.h"

static void set_ecs(struct tt_event *event, const struct tt_facts *facts)
{
    struct tt_ecs ecs;

    /* What a client wrote into its option is not our record's fault: a bad one is just absent. */
    if (facts->ecs.bytes != NULL && tt_ecs_read(&ecs, facts->ecs.bytes, facts->ecs.len) == TT_OK &&
        ecs.ip.family != 0)
        TT_EVENT_SET(event, ecs, ((struct tt_net){ecs.ip, ecs.source_prefix}));
}

/* A field from a name or text of the tail; an absent or empty one stays absent. */
#define SET_NAME(id, span)                                                                         \
    do {                                                                                           \
        if (err == TT_OK && (span).bytes != NULL) {                                                \
            err = tt_text_from_name(span, arena, &text);                                           \
            TT_EVENT_SET(event, id, text);                                                         \
        }                                                                                          \
    } while (0)

#define SET_TEXT(id, span)                                                                         \
    do {                                                                                           \
        if (err == TT_OK && (span).len > 0) {                                                      \
            err = tt_text_from_bytes(span, arena, &text);                                          \
            TT_EVENT_SET(event, id, text);                                                         \
        }                                                                                          \
    } while (0)

static int set_texts(struct tt_event *event, const struct tt_facts *facts, struct tt_arena *arena)
{
    struct tt_str text = {NULL, 0};
    int err = TT_OK;

    SET_NAME(query_name, facts->qname);
    SET_NAME(upstream_zone, facts->upstream_zone);
    SET_TEXT(view, facts->view);
    SET_TEXT(dnssec_reason, facts->dnssec_reason);
    SET_TEXT(ede_text, facts->ede_text);
    if (facts->is_policy_a_name)
        SET_NAME(policy_name, facts->policy_name);
    else
        SET_TEXT(policy_name, facts->policy_name);
    return err;
}

int tt_event_from_obs(struct tt_event *event, const struct tt_obs *obs, size_t obs_len,
                      const struct tt_event_origin *origin, struct tt_arena *arena)
{
    struct tt_facts *facts = tt_arena_take(arena, sizeof(*facts));
    int err;

    event->facts = facts;
    if (facts == NULL)
        return TT_ENOMEM;
    if (obs_len < sizeof(*obs))
        return TT_EMALFORMED;
    tt_event_set_head(event, obs, origin);
    if (!TT_EVENT_HAS(event, message_type))
        return TT_EMALFORMED;
    err = tt_facts_from_tail(facts, obs, obs_len);
    if (err == TT_OK)
        err = tt_image_read(event, facts, arena);
    if (err != TT_OK)
        return err;
    set_ecs(event, facts);
    err = set_texts(event, facts, arena);
    return err == TT_OK ? tt_event_set_answers(event, facts, arena) : err;
}
