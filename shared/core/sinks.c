/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What a scrape sees of sinks: by name, whatever became of those that had it before. */

#include <string.h>

#include "core/core.h"

struct read {
    struct tt_sink_status *sinks;
    unsigned n;
};

static void add_books(struct read *read, const char *name, const struct tt_sink_books *books)
{
    unsigned i = 0;

    while (i < read->n && strcmp(read->sinks[i].name, name) != 0)
        i++;
    if (i == read->n)
        read->sinks[read->n++] = (struct tt_sink_status){.name = name};
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
        tt_sink_books_add(&read->sinks[i].books[topic], &books[topic]);
}

/* Of sinks that drain: when they are gone, their books are those of retired ones. */
static void add_leaving(struct read *read, const struct tt_setup *leaving, const struct tt_setup *setup)
{
    struct tt_sink_status status;

    for (unsigned i = 0; leaving != NULL && i < leaving->sinks_n; i++) {
        if (tt_setup_has_sink(setup, leaving->sinks[i]))
            continue;
        tt_sink_status(leaving->sinks[i], &status);
        add_books(read, status.name, status.books);
    }
}

unsigned tt_core_read_sinks(const struct tt_core *core, struct tt_sink_status sinks[TT_CORE_SINKS_MAX])
{
    const struct tt_setup *setup = core->setup;
    struct read read = {.sinks = sinks, .n = setup->sinks_n};

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        tt_sink_status(setup->sinks[i], &sinks[i]);
        sinks[i].is_insecure = setup->conf->sinks[i].is_insecure;
    }
    add_leaving(&read, core->leaving, setup);
    for (unsigned i = 0; i < core->retired.rows_n; i++)
        add_books(&read, core->retired.rows[i].name, core->retired.rows[i].books);
    return read.n;
}
