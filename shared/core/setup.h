/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A setup: one configuration and one snapshot of its data made real — its sinks, what must be encoded
 * for them, the policies, and who we say we are. Built and checked by the manager, then swapped into
 * the pipeline as a whole, so that no event sees half of an old and half of a new one.
 */

#include "conf/conf.h"
#include "core/outputs.h"
#include "enrich/data.h"
#include "event/event.h"
#include "event/privacy.h"
#include "sink/filter.h"
#include "sink/sink.h"
#include "sink/tap.h"

/* Numbers of ports: 0 is ourselves, from 1 on the host's threads, the last one the listener for its dnstap. */
enum { TT_HOST_PORTS_MAX = 1024, TT_UPSTREAM_PORT = TT_HOST_PORTS_MAX + 1, TT_PORTS_MAX = TT_UPSTREAM_PORT };

/* Where a sink began to take a topic: what was there before is not in its books. */
struct tt_birth {
    uint64_t taken; /* observations that had left the rings */
    uint64_t lost[8]; /* of these, by enum tt_pipeline_loss */
    uint64_t records; /* made by ourselves: port 0's next sequence */
    uint64_t made[TT_TOPICS_N]; /* of these, by topic */
    uint64_t next[TT_PORTS_MAX + 1]; /* by port: the sequence that was expected next */
};

struct tt_setup {
    struct tt_conf *conf;
    char instance[384]; /* <node>/<software>, with /<n> from the second process on */
    struct tt_event_origin origin; /* points into conf and instance */
    struct tt_sink *sinks[TT_CONF_SINKS_MAX];
    struct tt_filter *filters[TT_CONF_SINKS_MAX];
    struct tt_birth *births[TT_CONF_SINKS_MAX][TT_TOPICS_N]; /* NULL: not yet; the pipeline sets it */
    bool is_kept[TT_CONF_SINKS_MAX]; /* taken over from the setup before */
    unsigned regained[TT_CONF_SINKS_MAX]; /* topics that a kept sink had before the setup before; the pipeline clears it */
    unsigned sinks_n;
    struct tt_ignore *ignore;
    struct tt_tap *tap; /* lent; NULL: none */
    struct tt_outputs outputs;
    struct tt_data *data; /* NULL: nothing is loaded */
    struct tt_policy policies[TT_PRIVACIES_MAX];
    unsigned policies_n;
    bool is_renewed; /* another setup has taken over all but data and policies */
};

/* What a setup needs to know of its process. */
struct tt_setup_place {
    uint8_t software; /* enum tt_software */
    uint64_t random; /* of this core start */
    struct tt_conf_names names; /* lent for the call */
    tt_sink_collect_f collect; /* NULL: there are no metrics */
    void *collect_arg;
};

/*
 * Builds a setup from a configuration and its data (may be NULL); sinks that `before` (may be NULL)
 * has under the same name with the same queue and encoding are taken over, running. New ones are not
 * started yet. Takes *conf and *data on success. Fails: TT_ENOMEM. Thread: the manager.
 */
int tt_setup_new(struct tt_conf **conf, struct tt_data **data, const struct tt_setup_place *place,
                 const struct tt_setup *before, struct tt_setup **setup);

/* The same configuration with newer data, or another tap: takes over everything of *before but its
 * data and policies, which tt_setup_free(before) frees once the pipeline has let go of it. Takes *data.
 * Fails: TT_ENOMEM. Thread: the manager. */
int tt_setup_renew(struct tt_setup *before, struct tt_data **data, struct tt_tap *tap, struct tt_setup **setup);

/* When the pipeline has let go of setup: stops its sinks that heir (NULL: nobody) did not take over, in parallel,
 * and waits until deadline_ns (monotonic) for them to drain; they may be looked at all the while. Thread: the
 * manager, or the one that ends the process. */
void tt_setup_drain(struct tt_setup *setup, const struct tt_setup *heir, uint64_t deadline_ns);

/* Then frees them, and adds their last books to *retired. Nobody may look at them now. Thread: as above. */
struct tt_setup_retired;
void tt_setup_retire(struct tt_setup *setup, const struct tt_setup *heir, struct tt_setup_retired *retired);

/* Starts or changes what is new, after what was before is gone: a path may be the same. Thread: the manager. */
void tt_setup_start(struct tt_setup *setup, const struct tt_setup_place *place);

/* After tt_setup_drain without an heir: frees all sinks. Returns the records that were dropped as `shutdown`.
 * Thread: the one that ends the process. */
uint64_t tt_setup_end(struct tt_setup *setup);

/* Thread: any, while nobody frees it. */
bool tt_setup_has_sink(const struct tt_setup *setup, const struct tt_sink *sink);

/* Frees the setup but not its sinks, nor what heir (may be NULL) took over; NULL is fine. */
void tt_setup_free(struct tt_setup **setup, const struct tt_setup *heir);

/* Books of sinks that are gone, by name, so that counters never run backwards over a reload. */
struct tt_setup_retired {
    struct {
        char name[33];
        struct tt_sink_books books[TT_TOPICS_N];
    } rows[TT_CONF_SINKS_MAX];
    unsigned rows_n;
};
