/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_json.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "ctl/replay_value.h"

/* Where each field of an event is. */
static const uint16_t offsets[TT_FIELDS_N] = {
#define F(id, ...) offsetof(struct tt_event, id),
#include "event/event_fields.def"
#undef F
};

/* What a record is nothing without. */
static const uint8_t required[] = {TT_FIELD_event_id, TT_FIELD_timestamp, TT_FIELD_message_type,
                                   TT_FIELD_outcome};

bool tt_replay_is_json(const uint8_t *bytes, size_t len)
{
    size_t at = 0;

    while (at < len &&
           (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\r' || bytes[at] == '\n'))
        at++;
    return at < len && bytes[at] == '{';
}

/* Computed from the observed fields, by data and formulas of the time: made anew. */
static bool is_recomputed(const struct tt_field_row *row, enum tt_field field)
{
    return row->stage != TT_STAGE_RAW || field == TT_FIELD_enrichment_id;
}

static enum tt_replay_line read_field(struct tt_replay *replay, const json_t *record,
                                      enum tt_field field, struct tt_event *event,
                                      struct tt_buf *why)
{
    const struct tt_field_row *row = &tt_field_rows[field];
    const json_t *json = json_object_get(record, row->id);
    struct tt_replay_value value;
    uint64_t random = event->random;
    enum tt_replay_read result;

    if (json == NULL || is_recomputed(row, field))
        return TT_REPLAY_LINE_TAKEN;
    tt_replay_value_init(&value, field);
    result =
        tt_replay_value_read(&value, json, (char *)event + offsets[field], &random, replay->arena);
    if (result == TT_REPLAY_READ_BAD) {
        tt_buf_format(why, "%s: expected %s", row->id, tt_replay_value_form(&value));
        return TT_REPLAY_LINE_MALFORMED;
    }
    /* Every id of an event has the first half of its event_id. */
    if (field == TT_FIELD_event_id)
        event->random = random;
    if (result == TT_REPLAY_READ_GOOD && random == event->random)
        tt_fields_add(&event->have, field);
    return TT_REPLAY_LINE_TAKEN;
}

/* Each exit cuts the network to its own prefix: of a whole address nothing is cut yet. */
static void widen_client(struct tt_event *event)
{
    if (TT_EVENT_HAS(event, client_ip))
        TT_EVENT_SET(event, client_net,
                     ((struct tt_net){event->client_ip, event->client_ip.family == 4 ? 32 : 128}));
}

static enum tt_replay_line read_record(struct tt_replay *replay, const json_t *record,
                                       struct tt_buf *why)
{
    struct tt_event event;

    event.have = (struct tt_fields){{0, 0}};
    event.facts = NULL;
    event.random = 0;
    tt_arena_reset(replay->arena);
    for (enum tt_field field = 0; field < TT_FIELDS_N; field++)
        if (read_field(replay, record, field, &event, why) != TT_REPLAY_LINE_TAKEN)
            return TT_REPLAY_LINE_MALFORMED;
    for (size_t i = 0; i < TT_COUNT(required); i++) {
        if (!tt_fields_have(&event.have, required[i])) {
            tt_buf_format(why, "no %s", tt_field_rows[required[i]].id);
            return TT_REPLAY_LINE_MALFORMED;
        }
    }
    widen_client(&event);
    replay->time_us = event.timestamp;
    replay->counts.events++;
    replay->out.event(replay->out.arg, &event);
    return TT_REPLAY_LINE_TAKEN;
}

static enum tt_replay_line take_record(struct tt_replay *replay, const json_t *record,
                                       struct tt_buf *why)
{
    const char *kind = json_string_value(json_object_get(record, "kind"));
    const json_t *version = json_object_get(record, "schema_version");

    if (kind == NULL) {
        tt_buf_text(why, "no record of telltale: it has no kind");
        return TT_REPLAY_LINE_MALFORMED;
    }
    if (strcmp(kind, tt_record_kind_word(TT_record_kind_DNS)) != 0) {
        tt_replay_skip(replay, TT_REPLAY_SKIP_OTHER_KIND);
        return TT_REPLAY_LINE_SKIPPED;
    }
    if (json_is_integer(version) && json_integer_value(version) > TT_EVENT_SCHEMA_VERSION) {
        tt_replay_skip(replay, TT_REPLAY_SKIP_NEWER_SCHEMA);
        return TT_REPLAY_LINE_SKIPPED;
    }
    return read_record(replay, record, why);
}

enum tt_replay_line tt_replay_json_line(struct tt_replay *replay, const char *line, size_t len,
                                        struct tt_buf *why)
{
    json_error_t error;
    json_t *record = json_loadb(line, len, 0, &error);
    enum tt_replay_line result = TT_REPLAY_LINE_MALFORMED;

    if (record == NULL)
        tt_buf_format(why, "%s, at column %d", error.text, error.column);
    else if (!json_is_object(record))
        tt_buf_text(why, "no JSON object");
    else
        result = take_record(replay, record, why);
    json_decref(record);
    if (result == TT_REPLAY_LINE_MALFORMED)
        replay->counts.malformed++;
    return result;
}

/* The length of the line at *bytes without its newline; what is longer than the buffer, or has no
 * end, is a line as well. */
static size_t next_line(struct tt_replay_input *input, const uint8_t **bytes, bool *has_end)
{
    size_t want = 1, have, seen = 0;

    for (;;) {
        const uint8_t *end;

        have = tt_replay_input_peek(input, want, bytes);
        end = have > seen ? memchr(*bytes + seen, '\n', have - seen) : NULL;
        *has_end = end != NULL;
        if (end != NULL)
            return (size_t)(end - *bytes);
        if (have < want || have == TT_REPLAY_BUFFER)
            return have;
        seen = have;
        want = have + 1;
    }
}

static bool is_blank(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r')
            return false;
    return true;
}

/* Takes one line; false: the input is at its end or reading is to stop. */
static bool read_line(struct tt_replay *replay, struct tt_replay_input *input, uint64_t *line_n)
{
    const uint8_t *bytes;
    char text[256];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    bool has_end, goes_on = true;
    uint64_t start = input->offset;
    size_t len = next_line(input, &bytes, &has_end);

    if (len == 0 && !has_end)
        return false;
    ++*line_n;
    if (!is_blank(bytes, len) && !(input->is_stopped && !has_end)) {
        goes_on = tt_replay_next(replay);
        if (tt_replay_json_line(replay, (const char *)bytes, len, &why) == TT_REPLAY_LINE_MALFORMED)
            tt_replay_problem(replay, input, start, "line %llu%s: %s", (unsigned long long)*line_n,
                              has_end || len >= TT_REPLAY_BUFFER ? "" : " (it is cut)",
                              tt_buf_cstr(&why));
    }
    tt_replay_input_take(input, len + has_end);
    return goes_on;
}

void tt_replay_read_json(struct tt_replay *replay, struct tt_replay_input *input)
{
    uint64_t line_n = 0;

    while (read_line(replay, input, &line_n))
        ;
    if (input->errno_value != 0)
        tt_replay_problem(replay, input, input->offset, "cannot be read: %s",
                          strerrordesc_np(input->errno_value));
}
