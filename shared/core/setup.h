/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A setup: one configuration made real — its sinks, what must be encoded for them, and who we say
 * we are. Built and checked by the manager, then swapped into the pipeline as a whole, so that no
 * event sees half of an old and half of a new configuration.
 */

#include "conf/conf.h"
#include "event/event.h"
#include "sink/sink.h"

/* One encoding of an event that some sink wants, made once however many sinks want it. */
struct tt_output {
    uint8_t topic; /* enum tt_topic */
    uint8_t encoding; /* enum tt_encoding */
    struct tt_privacy privacy;
    unsigned sinks_n;
    struct tt_sink *sinks[TT_CONF_SINKS_MAX];
};

enum { TT_OUTPUTS_MAX = TT_TOPICS_N * TT_ENCODINGS_N * TT_PRIVACIES_MAX };

struct tt_setup {
    struct tt_conf *conf;
    char instance[384]; /* <node>/<software>, with /<n> from the second process on */
    struct tt_event_origin origin; /* points into conf and instance */
    struct tt_sink *sinks[TT_CONF_SINKS_MAX];
    bool is_kept[TT_CONF_SINKS_MAX]; /* taken over from the setup before */
    unsigned sinks_n;
    struct tt_output outputs[TT_OUTPUTS_MAX];
    unsigned outputs_n;
};

/* What a setup needs to know of its process. */
struct tt_setup_place {
    uint8_t software; /* enum tt_software */
    uint64_t random; /* of this core start */
    struct tt_conf_names names; /* lent for the call */
};

/*
 * Builds a setup from a configuration; sinks that `before` (may be NULL) has under the same name with
 * the same queue and encoding are taken over, running. New ones are not started yet.
 * Takes *conf on success. Fails: TT_ENOMEM. Thread: the manager.
 */
int tt_setup_new(struct tt_conf **conf, const struct tt_setup_place *place, const struct tt_setup *before,
                 struct tt_setup **setup);

/* To be called when the pipeline has let go of `before` (may be NULL): stops what setup did not
 * take over, giving it until deadline_ns (monotonic) to drain, adds its last books to *retired, then
 * starts or changes what is new. Thread: the manager. */
struct tt_setup_retired;
void tt_setup_start(struct tt_setup *setup, const struct tt_setup_place *place, struct tt_setup *before,
                    uint64_t deadline_ns, struct tt_setup_retired *retired);

/* Stops and frees all sinks, in parallel, until deadline_ns. Returns the records dropped by it. */
uint64_t tt_setup_stop(struct tt_setup *setup, uint64_t deadline_ns);

/* Frees the setup but not its sinks; NULL is fine. */
void tt_setup_free(struct tt_setup **setup);

/* Books of sinks that are gone, by name, so that counters never run backwards over a reload. */
struct tt_setup_retired {
    struct {
        char name[33];
        struct tt_sink_books books[TT_TOPICS_N];
    } rows[TT_CONF_SINKS_MAX];
    unsigned rows_n;
};
