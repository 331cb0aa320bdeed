/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The records of kind books: a snapshot of every sink and topic, taken between two observations. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/stages.h"
#include "event/books.h"
#include "event/key.h"

/* The counts of one sink and topic as rows, and the record that points to them. */
struct draft {
    struct tt_books books;
    struct tt_books_port ports[TT_PORTS_MAX + 1];
    struct tt_form_count lost[1 + TT_PIPELINE_LOSSES_N], filtered[TT_FILTER_REASONS_N], dropped[TT_SINK_DROPS_N];
    struct tt_books_file files[TT_DATA_FILES_MAX];
    uint64_t taken; /* observations that left the rings since the sink began */
};

#define X(name, word, doc) word,
static const char *const loss_words[] = {TT_PIPELINE_LOSSES(X)};
static const char *const filter_words[] = {TT_FILTER_REASONS(X)};
static const char *const drop_words[] = {TT_SINK_DROPS(X)};
#undef X

static void add_port(struct draft *draft, uint64_t first, uint64_t next)
{
    if (next <= first)
        return;
    draft->ports[draft->books.ports_n++] = (struct tt_books_port){first, next - 1};
    draft->books.observed += next - first;
}

static void add_lost(struct draft *draft, const char *reason, uint64_t n)
{
    draft->lost[draft->books.lost_n++] = (struct tt_form_count){reason, n};
    draft->books.seen -= n;
}

/* Of a topic of events since a sink began to take it: what could have been offered. */
static uint64_t count_seen(const struct tt_stages *stages, const struct tt_birth *birth)
{
    uint64_t seen = stages->progress.taken - birth->taken;

    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        seen -= stages->lost[i] - birth->lost[i];
    return seen;
}

/* Records of kind dns: what the ports counted since the sink began, less what never became an event. */
static void draft_observed(struct draft *draft, const struct tt_stages *stages, const struct tt_birth *birth)
{
    const struct tt_progress *progress = &stages->progress;
    uint64_t taken = progress->taken - birth->taken;

    for (unsigned port = 1; port <= TT_PORTS_MAX; port++)
        add_port(draft, birth->next[port], progress->next[port]);
    draft->books.observed += progress->replayed;
    draft->books.seen = draft->books.observed;
    add_lost(draft, "ring_full", draft->books.observed - taken);
    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        add_lost(draft, loss_words[i], stages->lost[i] - birth->lost[i]);
}

static uint64_t count_filtered(const struct tt_sink_books *counts)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        sum += counts->filtered[i];
    return sum;
}

/* Records that we make ourselves: none is lost before it is offered. Port 0 numbers those of all topics; of
 * aggregates only what was made under its own privacy can be offered to a sink, and samples have no number. */
static void draft_own(struct draft *draft, const struct tt_stages *stages, const struct tt_birth *birth,
                      unsigned topic, const struct tt_sink_books *counts)
{
    struct tt_books *books = &draft->books;

    if (topic != TT_TOPIC_METRICS)
        add_port(draft, birth->records, stages->progress.next[0]);
    if (topic == TT_TOPIC_BOOKS || topic == TT_TOPIC_ALERTS)
        books->observed = stages->made[topic] - birth->made[topic];
    else
        books->observed = counts->offered + count_filtered(counts);
    books->seen = books->observed;
}

static void draft_fates(struct draft *draft, const struct tt_sink_books *counts)
{
    struct tt_books *books = &draft->books;

    books->offered = counts->offered;
    books->recovered = counts->recovered;
    books->delivered = counts->delivered;
    books->uncertain = counts->uncertain;
    books->queued = counts->queued;
    books->spooled = counts->spooled;
    books->sampled_out = counts->filtered[TT_FILTER_SAMPLE];
    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        if (i != TT_FILTER_SAMPLE)
            draft->filtered[books->filtered_n++] = (struct tt_form_count){filter_words[i], counts->filtered[i]};
    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        draft->dropped[books->dropped_n++] = (struct tt_form_count){drop_words[i], counts->dropped[i]};
}

static void draft_data(struct draft *draft, const struct tt_setup *setup)
{
    struct tt_books *books = &draft->books;

    books->config_digest = setup->conf->digest;
    if (setup->data == NULL)
        return;
    books->enrichment_id = setup->data->enrichment_id;
    for (unsigned i = 0; i < setup->data->files_n; i++) {
        const struct tt_datum *file = setup->data->files[i];
        draft->files[books->files_n++] =
            (struct tt_books_file){tt_data_role_word(file->row->role), file->path, file->build, file->sha};
    }
}

static void send_draft(struct tt_stages *stages, struct draft *draft, uint8_t encoding, struct tt_sink *sink)
{
    static void (*const encoders[TT_ENCODINGS_N])(const struct tt_books *, const struct tt_event_origin *,
                                                  struct tt_buf *) = {
        [TT_ENCODING_JSON] = tt_books_to_json,
        [TT_ENCODING_PROTOBUF] = tt_books_to_proto,
    };
    const struct tt_event_origin *origin = &stages->setup->origin;
    struct tt_record record = {.topic = TT_TOPIC_BOOKS, .units = 1, .time_us = draft->books.time_us};

    tt_buf_reset(&stages->record);
    encoders[encoding](&draft->books, origin, &stages->record);
    record.data = stages->record.data;
    record.len = stages->record.overflow ? SIZE_MAX : stages->record.len;
    record.key = origin->instance;
    record.key_len = (uint8_t)TT_MIN(strlen(origin->instance), (size_t)TT_KEY_MAX);
    record.random = origin->random;
    record.sequence = draft->books.sequence;
    stages->deliver(stages->deliver_arg, sink, &record);
}

/* One topic of a sink of the setup `of` to every sink that takes books. */
static void send_one(struct tt_stages *stages, struct draft *draft, const struct tt_setup *of, unsigned about,
                     unsigned topic)
{
    const struct tt_setup *setup = stages->setup;
    const struct tt_birth *birth = of->births[about][topic];
    struct tt_sink_status status;

    tt_sink_status(of->sinks[about], &status);
    *draft = (struct draft){.books = {.ports = draft->ports,
                                      .lost = draft->lost,
                                      .filtered = draft->filtered,
                                      .dropped = draft->dropped,
                                      .files = draft->files,
                                      .sink = status.name,
                                      .sink_type = status.type,
                                      .topic = (uint8_t)topic,
                                      .is_final = draft->books.is_final,
                                      .time_us = tt_clock_wall_us()}};
    if (tt_topic_is_of_events(topic))
        draft_observed(draft, stages, birth);
    else
        draft_own(draft, stages, birth, topic, &status.books[topic]);
    draft_fates(draft, &status.books[topic]);
    draft_data(draft, setup);
    draft->books.sequence = stages->progress.next[0]++;
    stages->made[TT_TOPIC_BOOKS]++;
    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (setup->conf->sinks[i].topics & 1u << TT_TOPIC_BOOKS)
            send_draft(stages, draft, setup->conf->sinks[i].encoding, setup->sinks[i]);
}

static bool has_reader(const struct tt_setup *setup)
{
    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (setup->conf->sinks[i].topics & 1u << TT_TOPIC_BOOKS)
            return true;
    return false;
}

/* Every topic of one sink. */
static void send_about(struct tt_stages *stages, struct draft *draft, const struct tt_setup *of, unsigned about,
                       bool is_final)
{
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        if ((of->conf->sinks[about].topics & 1u << topic) == 0 || of->births[about][topic] == NULL)
            continue;
        draft->books.is_final = is_final;
        send_one(stages, draft, of, about, topic);
    }
}

void tt_stages_send_books(struct tt_stages *stages, bool is_final)
{
    struct draft *draft = has_reader(stages->setup) ? calloc(1, sizeof(*draft)) : NULL;

    if (draft == NULL)
        return;
    tt_stages_note_births(stages); /* again, where there was no memory for one */
    for (unsigned i = 0; i < stages->setup->sinks_n; i++)
        send_about(stages, draft, stages->setup, i, is_final);
    free(draft);
}

static bool has_sink(const struct tt_setup *setup, const struct tt_sink *sink)
{
    for (unsigned i = 0; i < setup->sinks_n; i++)
        if (setup->sinks[i] == sink)
            return true;
    return false;
}

void tt_stages_send_gone(struct tt_stages *stages, const struct tt_setup *before)
{
    struct draft *draft = has_reader(stages->setup) ? calloc(1, sizeof(*draft)) : NULL;

    for (unsigned i = 0; draft != NULL && i < before->sinks_n; i++)
        if (!has_sink(stages->setup, before->sinks[i]))
            send_about(stages, draft, before, i, true);
    free(draft);
}

/* What of all that could have been offered a sink's books know nothing of. */
static uint64_t count_gap(const struct tt_stages *stages, unsigned sink, unsigned topic)
{
    const struct tt_setup *setup = stages->setup;
    const struct tt_birth *birth = setup->births[sink][topic];
    uint64_t seen = count_seen(stages, birth), known;
    struct tt_sink_status status;

    if (topic == TT_TOPIC_BOOKS || topic == TT_TOPIC_ALERTS)
        seen = stages->made[topic] - birth->made[topic];
    else if (!tt_topic_is_of_events(topic))
        return 0;

    tt_sink_status(setup->sinks[sink], &status);
    known = status.books[topic].offered + count_filtered(&status.books[topic]);
    return seen - known;
}

void tt_stages_note_gaps(struct tt_stages *stages)
{
    struct tt_setup *setup = stages->setup;

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
            if (setup->regained[i] & 1u << topic)
                tt_sink_hold_back(setup->sinks[i], (enum tt_topic)topic, TT_FILTER_TOPIC,
                                  count_gap(stages, i, topic));
        setup->regained[i] = 0;
    }
}

void tt_stages_note_births(struct tt_stages *stages)
{
    struct tt_setup *setup = stages->setup;

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
            struct tt_birth *birth;

            if ((setup->conf->sinks[i].topics & 1u << topic) == 0 || setup->births[i][topic] != NULL)
                continue;
            birth = malloc(sizeof(*birth));
            if (birth == NULL)
                continue;
            birth->taken = stages->progress.taken;
            memset(birth->lost, 0, sizeof(birth->lost));
            memcpy(birth->lost, stages->lost, sizeof(stages->lost));
            birth->records = stages->progress.next[0];
            memcpy(birth->made, stages->made, sizeof(birth->made));
            memcpy(birth->next, stages->progress.next, sizeof(birth->next));
            setup->births[i][topic] = birth;
        }
    }
}
