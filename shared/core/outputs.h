/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Which encodings of an event leave, and for whom: worked out once for a configuration, so that each
 * distinct (topic, encoding, policy, sample) is encoded once for one event however many exits want it.
 * There is one list for each policy that an event may be made under: the general one, or that of its view.
 */

#include "conf/conf.h"
#include "event/event.h"

/* One encoding of an event that some exit wants. */
struct tt_output {
    uint8_t topic; /* enum tt_topic */
    uint8_t encoding; /* enum tt_encoding */
    uint8_t policy; /* index in tt_conf.policies */
    bool is_tap; /* the tap's readers get it too */
    uint64_t sinks; /* bits: indexes in tt_conf.sinks */
    double sample;
};
TT_STATIC_ASSERT(TT_CONF_SINKS_MAX <= 64, "every sink has a bit");

/* The lowest of the sinks, of which there is at least one. */
static inline unsigned tt_output_first(uint64_t sinks)
{
    return (unsigned)__builtin_ctzll(sinks);
}

enum { TT_OUTPUTS_MAX = TT_TOPICS_N * TT_CONF_SINKS_MAX };

/* Every sink stands once in it for each topic that it takes. */
struct tt_output_list {
    unsigned n;
    struct tt_output at[TT_OUTPUTS_MAX];
};

/* Read-only once made. Names of views borrow from the configuration. */
struct tt_outputs {
    unsigned views_n;
    struct tt_output_list lists[TT_PRIVACIES_MAX]; /* by the policy that stands for the general one */
    struct tt_view_policy {
        struct tt_str name;
        uint8_t policy; /* never the general one: what is the same as everywhere needs no entry */
    } views[TT_CONF_VIEWS_MAX];
};

/* outputs: all zero. Thread: any. */
void tt_outputs_init(struct tt_outputs *outputs, const struct tt_conf *conf);

/* One output in place of all others, under the general policy or that of the view: what replay prints. */
void tt_outputs_keep_one(struct tt_outputs *outputs, const struct tt_output *one);

/* The list for a view that is known to have come with an event. */
const struct tt_output_list *tt_outputs_of_view(const struct tt_outputs *outputs, struct tt_str view);

/* The list for an event. Thread: any. */
static inline const struct tt_output_list *tt_outputs_of(const struct tt_outputs *outputs,
                                                         const struct tt_event *event)
{
    if (TT_LIKELY(outputs->views_n == 0) || !TT_EVENT_HAS(event, view))
        return &outputs->lists[0];
    return tt_outputs_of_view(outputs, event->view);
}
