/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/loki_body.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/err.h"

/* HEADS: what streams and labels take. SIX: a byte as \u00XX. */
enum { LABEL_MAX = 1024, HEAD_MAX = 128, HEADS = TT_TOPICS_N * (6 * 3 * LABEL_MAX + HEAD_MAX), SIX = 6 };
enum { VALUE_EXTRA = 128, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, START_LEN = 64 << 10 };
#define TEXT_CAP ((size_t)TT_LOKI_TEXT_MAX + HEADS)

static const char mark[] = ",\"dup\":\"maybe\"}";

struct tt_loki_body {
    z_stream packer;
    bool is_ready;   /* the packer is */
    char *labels[3]; /* instance, region, software; region NULL: none */
    char *text, *packed;
    size_t text_cap, packed_cap;
};

void tt_loki_body_free(struct tt_loki_body **body_at)
{
    struct tt_loki_body *body = *body_at;

    *body_at = NULL;
    if (body == NULL)
        return;
    if (body->is_ready)
        deflateEnd(&body->packer);
    for (size_t i = 0; i < TT_COUNT(body->labels); i++)
        free(body->labels[i]);
    free(body->text);
    free(body->packed);
    free(body);
}

int tt_loki_body_new(const struct tt_sink_place *place, struct tt_loki_body **out)
{
    struct tt_loki_body *body = calloc(1, sizeof(*body));
    const char *const labels[] = {place->instance, place->region, place->names.software};
    bool is_whole = body != NULL;

    *out = NULL;
    for (size_t i = 0; i < TT_COUNT(labels) && is_whole; i++) {
        body->labels[i] = labels[i] != NULL ? strndup(labels[i], LABEL_MAX) : NULL;
        is_whole = labels[i] == NULL || body->labels[i] != NULL;
    }
    if (is_whole)
        body->is_ready = deflateInit2(&body->packer, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                                      Z_DEFAULT_STRATEGY) == Z_OK;
    if (!is_whole || !body->is_ready) {
        tt_loki_body_free(&body);
        return TT_ENOMEM;
    }
    *out = body;
    return TT_OK;
}

static bool has_mark(const struct tt_sink_record *record)
{
    size_t mark_len = sizeof(mark) - 1;

    return (record->flags & TT_RECORD_AGAIN) != 0 && record->len > mark_len &&
           memcmp(record->data + record->len - mark_len, mark, mark_len) == 0;
}

size_t tt_loki_body_line_len(const struct tt_sink_record *record)
{
    return has_mark(record) ? record->len - (sizeof(mark) - 1) + 1 : record->len;
}

/* Bytes that text takes within a string of JSON. */
static size_t escaped_len(const char *text, size_t len)
{
    size_t more = 0;

    for (size_t i = 0; i < len; i++)
        more += text[i] == '"' || text[i] == '\\' ? 1 : (unsigned char)text[i] < 0x20 ? SIX - 1 : 0;
    return len + more;
}

size_t tt_loki_body_cost(const struct tt_sink_record *record)
{
    return escaped_len(record->data, record->len) + VALUE_EXTRA;
}

static void put_escaped(struct tt_buf *buf, const char *text, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        bool is_control = (unsigned char)text[i] < 0x20;
        if (text[i] != '"' && text[i] != '\\' && !is_control)
            continue;
        tt_buf_bytes(buf, text + from, i - from);
        from = i + 1;
        if (is_control) {
            tt_buf_text(buf, "\\u");
            tt_buf_hex64(buf, (unsigned char)text[i], 4);
        } else {
            tt_buf_char(buf, '\\');
            tt_buf_char(buf, text[i]);
        }
    }
    tt_buf_bytes(buf, text + from, len - from);
}

static void put_label(struct tt_buf *buf, const char *name, const char *value)
{
    if (value == NULL)
        return;
    tt_buf_text(buf, name);
    put_escaped(buf, value, strlen(value));
    tt_buf_char(buf, '"');
}

static void put_labels(struct tt_buf *buf, const struct tt_loki_body *body, unsigned topic)
{
    tt_buf_text(buf, "{\"stream\":{");
    put_label(buf, "\"instance\":\"", body->labels[0] != NULL ? body->labels[0] : "");
    put_label(buf, ",\"job\":\"", "telltale");
    put_label(buf, ",\"kind\":\"", tt_topic_word(topic));
    put_label(buf, ",\"region\":\"", body->labels[1]);
    put_label(buf, ",\"software\":\"", body->labels[2]);
    tt_buf_text(buf, "},\"values\":[");
}

/* µs from the record, three more digits from its sequence (the last 48 bits of its id). */
static void put_time(struct tt_buf *buf, const struct tt_sink_record *record)
{
    uint64_t sequence = 0;

    for (size_t i = 10; i < sizeof(record->id); i++)
        sequence = sequence << 8 | record->id[i];
    tt_buf_text(buf, "[\"");
    tt_buf_u64(buf, record->time_us * 1000 + sequence % 1000);
    tt_buf_text(buf, "\",\"");
}

static bool has_id(const struct tt_sink_record *record)
{
    static const uint8_t none[sizeof(record->id)];

    return memcmp(record->id, none, sizeof(none)) != 0;
}

static void put_metadata(struct tt_buf *buf, const struct tt_sink_record *record)
{
    bool is_again = (record->flags & TT_RECORD_AGAIN) != 0;

    if (!is_again && !has_id(record))
        return;
    tt_buf_text(buf, is_again ? ",{\"dup\":\"maybe\"" : ",{");
    if (has_id(record)) {
        tt_buf_text(buf, is_again ? ",\"event_id\":\"" : "\"event_id\":\"");
        tt_buf_hex(buf, record->id, sizeof(record->id));
        tt_buf_char(buf, '"');
    }
    tt_buf_char(buf, '}');
}

static void put_value(struct tt_buf *buf, const struct tt_sink_record *record)
{
    size_t line_len = tt_loki_body_line_len(record);
    bool is_cut = line_len < record->len;

    put_time(buf, record);
    put_escaped(buf, record->data, line_len - is_cut);
    tt_buf_text(buf, is_cut ? "}\"" : "\"");
    put_metadata(buf, record);
    tt_buf_char(buf, ']');
}

static void put_topic(struct tt_buf *buf, const struct tt_loki_body *body, unsigned topic,
                      const struct tt_sink_record *const *records, unsigned n)
{
    bool is_first = true;

    for (unsigned i = 0; i < n; i++) {
        if (records[i]->topic != topic)
            continue;
        if (!is_first || buf->data[buf->len - 1] == '}') /* behind a record, or another stream */
            tt_buf_char(buf, ',');
        if (is_first)
            put_labels(buf, body, topic);
        is_first = false;
        put_value(buf, records[i]);
    }
    if (!is_first)
        tt_buf_text(buf, "]}");
}

static int grow(char **memory, size_t *cap, size_t wanted)
{
    char *more;

    if (*cap >= wanted)
        return TT_OK;
    wanted = TT_MAX(wanted, TT_MAX((size_t)START_LEN, *cap + *cap / 2));
    more = realloc(*memory, wanted);
    if (more == NULL)
        return TT_ENOMEM;
    *memory = more;
    *cap = wanted;
    return TT_OK;
}

static int pack(struct tt_loki_body *body, size_t text_len, size_t *len)
{
    size_t bound = deflateBound(&body->packer, text_len);
    int err = grow(&body->packed, &body->packed_cap, bound);

    if (err != TT_OK)
        return err;
    deflateReset(&body->packer);
    body->packer.next_in = (Bytef *)body->text;
    body->packer.avail_in = (uInt)text_len;
    body->packer.next_out = (Bytef *)body->packed;
    body->packer.avail_out = (uInt)body->packed_cap;
    if (deflate(&body->packer, Z_FINISH) != Z_STREAM_END)
        return TT_ENOMEM;
    *len = body->packer.total_out;
    return TT_OK;
}

int tt_loki_body_make(struct tt_loki_body *body, const struct tt_sink_record *const *records, unsigned n,
                      const void **data, size_t *len)
{
    size_t cost = HEADS;
    struct tt_buf buf;
    int err;

    for (unsigned i = 0; i < n; i++)
        cost += tt_loki_body_cost(records[i]);
    if (n > 1 && cost > TEXT_CAP)
        return TT_ELIMIT;
    err = grow(&body->text, &body->text_cap, cost);
    if (err != TT_OK)
        return err;
    buf = tt_buf_over(body->text, body->text_cap);
    tt_buf_text(&buf, "{\"streams\":[");
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
        put_topic(&buf, body, topic, records, n);
    tt_buf_text(&buf, "]}");
    err = buf.overflow ? TT_ELIMIT : pack(body, buf.len, len);
    *data = body->packed;
    return err;
}
