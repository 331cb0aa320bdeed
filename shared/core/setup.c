/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"

static bool is_same_privacy(const struct tt_privacy *a, const struct tt_privacy *b)
{
    return a->client == b->client && a->prefix_v4 == b->prefix_v4 && a->prefix_v6 == b->prefix_v6;
}

static struct tt_output *find_output(struct tt_setup *setup, uint8_t topic, const struct tt_conf_sink *conf)
{
    for (unsigned i = 0; i < setup->outputs_n; i++) {
        struct tt_output *output = &setup->outputs[i];
        if (output->topic == topic && output->encoding == conf->encoding &&
            is_same_privacy(&output->privacy, &conf->privacy))
            return output;
    }
    if (setup->outputs_n == TT_OUTPUTS_MAX)
        return NULL; /* the configuration admits at most TT_PRIVACIES_MAX policies: not reached */
    setup->outputs[setup->outputs_n] =
        (struct tt_output){.topic = topic, .encoding = conf->encoding, .privacy = conf->privacy};
    return &setup->outputs[setup->outputs_n++];
}

static void add_outputs(struct tt_setup *setup, struct tt_sink *sink, const struct tt_conf_sink *conf)
{
    for (uint8_t topic = 0; topic < TT_TOPICS_N; topic++) {
        struct tt_output *output = conf->topics & 1u << topic ? find_output(setup, topic, conf) : NULL;
        if (output != NULL)
            output->sinks[output->sinks_n++] = sink;
    }
}

/* The sink of the same name in the setup before, when it can go on under the new configuration. */
static struct tt_sink *find_kept(const struct tt_setup *before, const struct tt_conf_sink *conf)
{
    for (unsigned i = 0; before != NULL && i < before->sinks_n; i++)
        if (tt_sink_can_become(before->sinks[i], conf))
            return before->sinks[i];
    return NULL;
}

static int add_sinks(struct tt_setup *setup, const struct tt_setup_place *place, const struct tt_setup *before)
{
    for (unsigned i = 0; i < setup->conf->sinks_n; i++) {
        const struct tt_conf_sink *conf = &setup->conf->sinks[i];
        struct tt_sink *sink = find_kept(before, conf);
        int err = TT_OK;

        setup->is_kept[i] = sink != NULL;
        if (sink == NULL)
            err = tt_sink_new(conf, &place->names, &sink);
        if (err != TT_OK)
            return err;
        setup->sinks[setup->sinks_n++] = sink;
        add_outputs(setup, sink, conf);
    }
    return TT_OK;
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
        .enrichment_id = setup->conf->digest,
    };
}

int tt_setup_new(struct tt_conf **conf, const struct tt_setup_place *place, const struct tt_setup *before,
                 struct tt_setup **setup)
{
    struct tt_setup *made = calloc(1, sizeof(*made));
    int err;

    if (made == NULL)
        return TT_ENOMEM;
    made->conf = *conf;
    set_origin(made, place);
    err = add_sinks(made, place, before);
    if (err != TT_OK) {
        for (unsigned i = 0; i < made->sinks_n; i++)
            if (!made->is_kept[i])
                tt_sink_free(&made->sinks[i], NULL);
        free(made);
        return err;
    }
    *conf = NULL;
    *setup = made;
    return TT_OK;
}

static bool has_sink(const struct tt_setup *setup, const struct tt_sink *sink)
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

static void stop_gone(const struct tt_setup *setup, struct tt_setup *before, uint64_t deadline_ns,
                      struct tt_setup_retired *retired)
{
    struct tt_sink_books books[TT_TOPICS_N];

    for (unsigned i = 0; i < before->sinks_n; i++)
        if (!has_sink(setup, before->sinks[i]))
            tt_sink_stop(before->sinks[i], deadline_ns, TT_SINK_DROP_REMOVED);
    for (unsigned i = 0; i < before->sinks_n; i++) {
        if (has_sink(setup, before->sinks[i]))
            continue;
        tt_sink_free(&before->sinks[i], books);
        retire(retired, before->conf->sinks[i].name, books);
    }
}

void tt_setup_start(struct tt_setup *setup, const struct tt_setup_place *place, struct tt_setup *before,
                    uint64_t deadline_ns, struct tt_setup_retired *retired)
{
    if (before != NULL)
        stop_gone(setup, before, deadline_ns, retired);
    for (unsigned i = 0; i < setup->sinks_n; i++) {
        const struct tt_conf_sink *conf = &setup->conf->sinks[i];
        int err = setup->is_kept[i] ? tt_sink_change(setup->sinks[i], conf, &place->names)
                                    : tt_sink_start(setup->sinks[i]);
        if (err != TT_OK)
            tt_log(TT_LOG_ERROR, "sink %s: %s: %s", conf->name, tt_error_text(err),
                   setup->is_kept[i] ? "it goes on as it was before"
                                     : "it cannot be started, its records are counted as dropped");
    }
}

uint64_t tt_setup_stop(struct tt_setup *setup, uint64_t deadline_ns)
{
    struct tt_sink_books books[TT_TOPICS_N];
    uint64_t dropped = 0;

    for (unsigned i = 0; i < setup->sinks_n; i++)
        tt_sink_stop(setup->sinks[i], deadline_ns, TT_SINK_DROP_SHUTDOWN);
    for (unsigned i = 0; i < setup->sinks_n; i++) {
        tt_sink_free(&setup->sinks[i], books);
        for (unsigned t = 0; t < TT_TOPICS_N; t++)
            dropped += books[t].dropped[TT_SINK_DROP_SHUTDOWN];
    }
    setup->sinks_n = 0;
    return dropped;
}

void tt_setup_free(struct tt_setup **setup)
{
    if (*setup == NULL)
        return;
    tt_conf_free(&(*setup)->conf);
    free(*setup);
    *setup = NULL;
}
