/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"

/* The place of the sink of the same name in the setup before, when it can go on under the new
 * configuration; sinks_n: none. */
static unsigned find_kept(const struct tt_setup *before, const struct tt_conf_sink *conf)
{
    unsigned i = 0;

    while (i < before->sinks_n && !tt_sink_can_become(before->sinks[i], conf))
        i++;
    return i;
}

static void keep_sink(struct tt_setup *setup, unsigned at, const struct tt_setup *before, unsigned from)
{
    unsigned gained = setup->conf->sinks[at].topics & ~before->conf->sinks[from].topics;

    setup->sinks[at] = before->sinks[from];
    setup->is_kept[at] = true;
    /* Also of topics it takes no more: its counts of them stay, and they may come back. */
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        setup->births[at][topic] = before->births[from][topic];
        if (setup->births[at][topic] != NULL)
            setup->regained[at] |= gained & 1u << topic;
    }
}

static struct tt_sink_place place_of(const struct tt_setup *setup, const struct tt_setup_place *place)
{
    return (struct tt_sink_place){
        .names = place->names,
        .node = setup->conf->node,
        .instance = setup->instance,
        .region = setup->conf->region,
        .collect = place->collect,
        .collect_arg = place->collect_arg,
    };
}

static int add_sinks(struct tt_setup *setup, const struct tt_setup_place *place, const struct tt_setup *before)
{
    struct tt_sink_place sink_place = place_of(setup, place);


    for (unsigned i = 0; i < setup->conf->sinks_n; i++) {
        const struct tt_conf_sink *conf = &setup->conf->sinks[i];
        unsigned kept = before != NULL ? find_kept(before, conf) : 0;
        int err = tt_filter_new(conf, &setup->filters[i]);

        if (err == TT_OK && before != NULL && kept < before->sinks_n)
            keep_sink(setup, i, before, kept);
        else if (err == TT_OK)
            err = tt_sink_new(conf, &sink_place, &setup->sinks[i]);
        setup->sinks_n = i + 1;
        if (err != TT_OK)
            return err;
    }
    tt_outputs_init(&setup->outputs, setup->conf);
    return tt_ignore_new(setup->conf, &setup->ignore);
}

static int add_policies(struct tt_setup *setup)
{
    static const struct tt_hash_key no_key;
    int err = TT_OK;

    for (unsigned i = 0; i < setup->conf->policies_n && err == TT_OK; i++) {
        const struct tt_hash_key *key = setup->data != NULL ? setup->data->keys[i] : NULL;

        err = tt_policy_init(&setup->policies[i], &setup->conf->policies[i], key != NULL ? key : &no_key);
        setup->policies_n = i + 1;
    }
    return err;
}

static void drop_policies(struct tt_setup *setup)
{
    for (unsigned i = 0; i < setup->policies_n; i++)
        tt_policy_fini(&setup->policies[i]);
    setup->policies_n = 0;
}

static void set_origin(struct tt_setup *setup, const struct tt_setup_place *place)
{
    int len = snprintf(setup->instance, sizeof(setup->instance), "%s/%s", setup->conf->node,
                       place->names.software);

    if (place->names.n > 1 && len > 0 && (size_t)len < sizeof(setup->instance))
        snprintf(setup->instance + len, sizeof(setup->instance) - (size_t)len, "/%u", place->names.n);
    setup->origin = (struct tt_event_origin){
        .node = setup->conf->node,
        .instance = setup->instance,
        .region = setup->conf->region,
        .software = place->software,
        .random = place->random,
    };
}

/* What failed half-way; the configuration, the data and the kept sinks stay the caller's. */
static void undo(struct tt_setup *setup)
{
    for (unsigned i = 0; i < setup->sinks_n; i++) {
        if (!setup->is_kept[i])
            tt_sink_free(&setup->sinks[i], NULL);
        tt_filter_free(&setup->filters[i]);
    }
    tt_ignore_free(&setup->ignore);
    drop_policies(setup);
    free(setup);
}

int tt_setup_new(struct tt_conf **conf, struct tt_data **data, const struct tt_setup_place *place,
                 const struct tt_setup *before, struct tt_setup **setup)
{
    struct tt_setup *made = calloc(1, sizeof(*made));
    int err;

    if (made == NULL)
        return TT_ENOMEM;
    made->conf = *conf;
    made->data = *data;
    made->tap = before != NULL ? before->tap : NULL;
    set_origin(made, place);
    err = add_policies(made);
    if (err == TT_OK)
        err = add_sinks(made, place, before);
    if (err != TT_OK) {
        undo(made);
        return err;
    }
    *conf = NULL;
    *data = NULL;
    *setup = made;
    return TT_OK;
}

int tt_setup_renew(struct tt_setup *before, struct tt_data **data, struct tt_tap *tap, struct tt_setup **setup)
{
    struct tt_setup *made = malloc(sizeof(*made));
    int err;

    if (made == NULL)
        return TT_ENOMEM;
    *made = *before;
    made->origin.instance = made->instance;
    made->data = *data;
    made->tap = tap;
    made->policies_n = 0;
    memset(made->policies, 0, sizeof(made->policies));
    err = add_policies(made);
    if (err != TT_OK) {
        drop_policies(made);
        free(made);
        return err;
    }
    before->is_renewed = true;
    *data = NULL;
    *setup = made;
    return TT_OK;
}

bool tt_setup_has_sink(const struct tt_setup *setup, const struct tt_sink *sink)
{
    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (setup->sinks[i] == sink)
            return true;
    return false;
}

static void retire(struct tt_setup_retired *retired, const char *name, const struct tt_sink_books *books)
{
    unsigned i = 0;

    while (i < retired->rows_n && strcmp(retired->rows[i].name, name) != 0)
        i++;
    if (i == TT_COUNT(retired->rows))
        return;
    if (i == retired->rows_n) {
        snprintf(retired->rows[i].name, sizeof(retired->rows[i].name), "%s", name);
        retired->rows_n++;
    }
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        tt_sink_books_add(&retired->rows[i].books[t], &books[t]);
}

static bool is_inherited(const struct tt_setup *heir, const struct tt_sink *sink)
{
    return heir != NULL && tt_setup_has_sink(heir, sink);
}

void tt_setup_drain(struct tt_setup *setup, const struct tt_setup *heir, uint64_t deadline_ns)
{
    enum tt_sink_drop reason = heir != NULL ? TT_SINK_DROP_REMOVED : TT_SINK_DROP_SHUTDOWN;

    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (!is_inherited(heir, setup->sinks[i]))
            tt_sink_stop(setup->sinks[i], deadline_ns, reason);
    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (!is_inherited(heir, setup->sinks[i]))
            tt_sink_wait(setup->sinks[i]);
}

void tt_setup_retire(struct tt_setup *setup, const struct tt_setup *heir, struct tt_setup_retired *retired)
{
    struct tt_sink_books books[TT_TOPICS_N];

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        if (is_inherited(heir, setup->sinks[i]))
            continue;
        tt_sink_free(&setup->sinks[i], books);
        retire(retired, setup->conf->sinks[i].name, books);
    }
}

void tt_setup_start(struct tt_setup *setup, const struct tt_setup_place *place)
{
    struct tt_sink_place sink_place = place_of(setup, place);

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        const struct tt_conf_sink *conf = &setup->conf->sinks[i];
        int err;

        if (conf->is_insecure)
            tt_log(TT_LOG_WARNING, "sink %s: `insecure: yes`: it may send beyond this machine without TLS", conf->name);
        err = setup->is_kept[i] ? tt_sink_change(setup->sinks[i], conf, &sink_place)
                                    : tt_sink_start(setup->sinks[i]);
        if (err != TT_OK)
            tt_log(TT_LOG_ERROR, "sink %s: %s: %s", conf->name, tt_error_text(err),
                   setup->is_kept[i] ? "it goes on as it was before"
                                     : "it cannot be started, its records are counted as dropped");
    }
}

uint64_t tt_setup_end(struct tt_setup *setup)
{
    struct tt_sink_books books[TT_TOPICS_N];
    uint64_t dropped = 0;

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        tt_sink_free(&setup->sinks[i], books);
        for (unsigned t = 0; t < TT_TOPICS_N; t++)
            dropped += books[t].dropped[TT_SINK_DROP_SHUTDOWN];
    }
    setup->sinks_n = 0;
    return dropped;
}

/* Births of sinks that live on are in the setup that took them over. */
static void free_births(struct tt_setup *setup, const struct tt_setup *heir)
{
    for (unsigned i = 0; i < TT_CONF_SINKS_MAX; i++) {
        for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
            bool is_kept = false;
            for (unsigned k = 0; heir != NULL && k < heir->sinks_n; k++)
                is_kept |= heir->births[k][topic] == setup->births[i][topic];
            if (!is_kept)
                free(setup->births[i][topic]);
        }
    }
}

void tt_setup_free(struct tt_setup **setup_at, const struct tt_setup *heir)
{
    struct tt_setup *setup = *setup_at;

    *setup_at = NULL;
    if (setup == NULL)
        return;
    drop_policies(setup);
    tt_data_release(&setup->data);
    if (!setup->is_renewed) {
        for (unsigned i = 0; i < TT_CONF_SINKS_MAX; i++)
            tt_filter_free(&setup->filters[i]);
        tt_ignore_free(&setup->ignore);
        free_births(setup, heir);
        tt_conf_free(&setup->conf);
    }
    free(setup);
}
