/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/stages.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/aggregates.h"
#include "core/alarms.h"
#include "enrich/list.h"
#include "event/books.h"
#include "event/dnstap.h"
#include "event/json.h"
#include "event/key.h"
#include "event/proto.h"

enum { AHEAD_US = 60 * 1000000 };

/* Why each sink does not get the event at hand; TT_FILTER_REASONS_N: it does. */
typedef uint8_t verdicts_t[TT_CONF_SINKS_MAX];

typedef void (*encode_f)(const struct tt_event *, enum tt_topic, const struct tt_policy *, struct tt_buf *);

static const encode_f encoders[TT_ENCODINGS_N] = {
    [TT_ENCODING_JSON] = tt_event_to_json,
    [TT_ENCODING_PROTOBUF] = tt_event_to_proto,
    [TT_ENCODING_DNSTAP] = tt_event_to_dnstap,
};

/* Returns whether anybody may see the event at all. */
static bool judge(const struct tt_stages *stages, verdicts_t verdicts)
{
    const struct tt_setup *setup = stages->setup;
    bool is_ignored = tt_ignore_has(setup->ignore, stages->event);

    for (unsigned i = 0; i < setup->sinks_n; i++) {
        struct tt_filter_lists lists = {.has = tt_list_has};

        if (setup->data != NULL) {
            lists.are_zones_known = setup->data->are_zones_known;
            lists.only = setup->data->only[i];
            lists.except = setup->data->except[i];
        }
        verdicts[i] = is_ignored ? (uint8_t)TT_FILTER_IGNORE
                                 : (uint8_t)tt_filter_event(setup->filters[i], &lists, stages->event);
    }
    return !is_ignored;
}

static void deliver_to_queue(void *arg, struct tt_sink *sink, const struct tt_record *record)
{
    const struct tt_stages *stages = arg;

    if (sink != NULL)
        tt_sink_put(sink, record);
    else
        tt_tap_put(stages->setup->tap, record->data, record->len);
}

/* Who wants this output of the event: counts those that do not, returns whether anybody is left. */
static bool is_wanted(const struct tt_stages *stages, const struct tt_output *output, const verdicts_t verdicts,
                      bool is_left_out, bool is_tapped)
{
    bool wanted = is_tapped;

    for (uint64_t left = output->sinks; left != 0; left &= left - 1) {
        unsigned sink = tt_output_first(left);
        uint8_t verdict = verdicts[sink];

        if (verdict == TT_FILTER_REASONS_N && is_left_out)
            verdict = TT_FILTER_SAMPLE;
        if (verdict == TT_FILTER_REASONS_N)
            wanted = true;
        else
            tt_sink_hold_back(stages->setup->sinks[sink], output->topic, verdict, 1);
    }
    return wanted;
}

static void encode(struct tt_stages *stages, const struct tt_output *output, float weight)
{
    struct tt_event *event = stages->event;
    bool was_sampled = TT_EVENT_HAS(event, sample_weight); /* a replayed record */
    float before = was_sampled ? event->sample_weight : 1;

    if (output->sample < 1)
        TT_EVENT_SET(event, sample_weight, weight * before);
    tt_buf_reset(&stages->record);
    encoders[output->encoding](event, output->topic, &stages->setup->policies[output->policy], &stages->record);
    event->sample_weight = before;
    if (!was_sampled)
        tt_fields_drop(&event->have, TT_FIELD_sample_weight);
}

/* What was just encoded. A record that no buffer holds has a length that every sink refuses as too large. */
static struct tt_record record_of(const struct tt_stages *stages, const struct tt_output *output)
{
    const struct tt_event *event = stages->event;
    struct tt_str key = tt_event_key(event, &stages->setup->policies[output->policy]);

    return (struct tt_record){
        .data = stages->record.data,
        .len = stages->record.overflow ? SIZE_MAX : stages->record.len,
        .key = key.ptr,
        .key_len = (uint8_t)key.len,
        .topic = output->topic,
        .units = 1,
        .time_us = event->timestamp,
        .random = event->random,
        .sequence = event->event_id,
    };
}

static void send_output(struct tt_stages *stages, const struct tt_output *output, const verdicts_t verdicts,
                        bool is_tapped)
{
    float weight = output->sample < 1 ? tt_sample_weight(stages->event, output->sample) : 1;
    struct tt_record record;

    is_tapped = is_tapped && output->is_tap;
    if (!is_wanted(stages, output, verdicts, weight <= 0, is_tapped))
        return;
    encode(stages, output, weight);
    record = record_of(stages, output);
    for (uint64_t left = weight > 0 ? output->sinks : 0; left != 0; left &= left - 1) {
        unsigned sink = tt_output_first(left);

        if (verdicts[sink] == TT_FILTER_REASONS_N)
            stages->deliver(stages->deliver_arg, stages->setup->sinks[sink], &record);
    }
    if (is_tapped && record.len != SIZE_MAX)
        stages->deliver(stages->deliver_arg, NULL, &record);
}

static void count_labels(struct tt_stages *stages)
{
    const struct tt_event *event = stages->event;
    /* One timestamp from far ahead must not end the hour for all that come after it. */
    uint64_t time_us = TT_MIN(event->timestamp, stages->now_us + AHEAD_US);
    char text[16];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    if (event->message_type != TT_message_type_CLIENT_RESPONSE &&
        event->message_type != TT_message_type_AUTH_RESPONSE)
        return;
    if (TT_EVENT_HAS(event, watched_zone))
        tt_named_add(stages->zones, event->watched_zone);
    if (TT_EVENT_HAS(event, threat_list))
        tt_named_add(stages->threats, event->threat_list);
    if (TT_EVENT_HAS(event, country))
        tt_series_add(stages->series, TT_METRIC_COUNTRY_QUERIES, &event->country, 1, time_us, 1);
    if (TT_EVENT_HAS(event, asn_id)) {
        tt_buf_u64(&buf, event->asn_id);
        tt_series_add(stages->series, TT_METRIC_ASN_QUERIES, &(struct tt_str){text, (uint32_t)buf.len}, 1,
                      time_us, 1);
    }
}

static void count(struct tt_stages *stages)
{
    tt_tally_add(stages->tally, stages->event);
    tt_quality_add(stages->quality, stages->event);
    count_labels(stages);
}

void tt_stages_take_event(struct tt_stages *stages, struct tt_event *event)
{
    const struct tt_setup *setup = stages->setup;
    const struct tt_output_list *list;
    struct tt_event *own = stages->event;
    verdicts_t verdicts;
    bool is_shown, is_tapped;

    stages->event = event;
    if (setup->data != NULL)
        tt_enrich_event(stages->enricher, setup->data, event, &stages->arena);
    if (!stages->is_replay)
        count(stages);
    is_shown = judge(stages, verdicts);
    if (is_shown && !stages->is_replay)
        tt_stages_count_window(stages, verdicts);
    is_tapped = is_shown && (stages->is_replay || (setup->tap != NULL && tt_tap_is_wanted(setup->tap)));
    list = tt_outputs_of(&setup->outputs, event);
    for (unsigned i = 0; i < list->n; i++)
        send_output(stages, &list->at[i], verdicts, is_tapped);
    stages->event = own;
}

static void note_progress(struct tt_progress *progress, uint64_t sequence)
{
    unsigned port = (unsigned)(sequence >> 48);

    progress->taken++;
    if (TT_LIKELY(port <= TT_PORTS_MAX))
        progress->next[port] = sequence + 1;
}

void tt_stages_take(struct tt_stages *stages, const struct tt_obs *obs, size_t len)
{
    int err;

    if (TT_LIKELY(len >= sizeof(*obs)))
        note_progress(&stages->progress, obs->sequence);
    tt_arena_reset(&stages->arena);
    err = tt_event_from_obs(stages->event, obs, len, &stages->setup->origin, &stages->arena);
    if (TT_LIKELY(err == TT_OK)) {
        tt_stages_take_event(stages, stages->event);
        return;
    }
    uint64_t *lost = &stages->lost[err == TT_ENOMEM ? TT_PIPELINE_LOSS_NO_MEMORY : TT_PIPELINE_LOSS_MALFORMED];
    __atomic_store_n(lost, *lost + 1, __ATOMIC_RELAXED);
}

void tt_stages_use(struct tt_stages *stages, struct tt_setup *setup)
{
    const struct tt_setup *before = stages->setup;

    tt_stages_prepare_windows(stages, setup);
    stages->setup = setup;
    tt_enricher_forget(stages->enricher);
    tt_stages_note_births(stages);
    tt_stages_note_gaps(stages);
    if (before != NULL)
        tt_stages_send_gone(stages, before);
    stages->next_books_ns = 0; /* now: each enrichment_id is spelt out, however short its life */
}

void tt_stages_tick(struct tt_stages *stages, uint64_t now_us)
{
    uint64_t now_ns = tt_clock_mono_ns();

    stages->now_us = now_us;
    tt_quality_tick(stages->quality, now_us);
    tt_stages_close_windows(stages, now_us);
    tt_stages_judge(stages, now_ns);
    if (now_ns >= stages->next_books_ns) {
        stages->next_books_ns = now_ns + TT_BOOKS_EVERY_NS;
        tt_stages_send_books(stages, false);
    }
    for (unsigned i = 0; i < stages->setup->sinks_n; i++)
        tt_sink_kick(stages->setup->sinks[i]);
}

int tt_stages_init(struct tt_stages *stages, tt_deliver_f deliver, void *deliver_arg)
{
    const size_t record_max = TT_MAX((size_t)TT_EVENT_DNSTAP_MAX, (size_t)TT_BOOKS_MAX);

    *stages = (struct tt_stages){
        .deliver = deliver != NULL ? deliver : deliver_to_queue,
        .deliver_arg = deliver != NULL ? deliver_arg : stages,
        .now_us = tt_clock_wall_us(),
        .next_books_ns = tt_clock_mono_ns() + TT_BOOKS_EVERY_NS,
    };
    for (uint64_t port = 0; port <= TT_PORTS_MAX; port++)
        stages->progress.next[port] = port << 48;
    stages->record = tt_buf_over(malloc(record_max), record_max);
    stages->event = malloc(sizeof(*stages->event));
    if (stages->record.data != NULL && stages->event != NULL &&
        tt_arena_init(&stages->arena, TT_EVENT_ARENA_MAX) == TT_OK && tt_tally_new(&stages->tally) == TT_OK &&
        tt_quality_new(&stages->quality) == TT_OK && tt_series_new(&stages->series) == TT_OK &&
        tt_named_new(TT_ZONES_MAX, &stages->zones) == TT_OK &&
        tt_named_new(4 * TT_THREATS_MAX, &stages->threats) == TT_OK && tt_enricher_new(&stages->enricher) == TT_OK &&
        tt_aggregates_new(&stages->aggregates) == TT_OK && tt_alarms_new(&stages->alarms) == TT_OK)
        return TT_OK;
    tt_stages_fini(stages);
    return TT_ENOMEM;
}

void tt_stages_fini(struct tt_stages *stages)
{
    tt_alarms_free(&stages->alarms);
    tt_aggregates_free(&stages->aggregates);
    tt_enricher_free(&stages->enricher);
    tt_named_free(&stages->threats);
    tt_named_free(&stages->zones);
    tt_series_free(&stages->series);
    tt_quality_free(&stages->quality);
    tt_tally_free(&stages->tally);
    tt_arena_fini(&stages->arena);
    free(stages->event);
    free(stages->record.data);
}
