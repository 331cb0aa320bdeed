/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The JSON of forms: keys and values in the order of the rows. Room is looked at before each value. */

#include "event/form_value.h"
#include "event/json_put.h"
#include "wire/codes.h"

struct writer {
    const struct tt_form *record; /* the outermost form */
    const struct tt_event_origin *origin;
    struct tt_form_cuts cuts;
    bool is_full;
};

typedef char *(*put_f)(char *at, const struct tt_form_row *row, const void *base, struct writer *writer);

static char *put_form(char *at, const char *end, const struct tt_form *form, const void *item,
                      struct writer *writer);

static char *put_word(char *at, const struct tt_form_row *row, unsigned value)
{
    return tt_json_word(at, row->words[value < row->words_n ? value : 0]);
}

static char *put_bool(char *at, bool value)
{
    return value ? TT_JSON_LITERAL(at, "true") : TT_JSON_LITERAL(at, "false");
}

#define PUT(kind)                                                                                            \
    static char *put_##kind(char *at, const struct tt_form_row *row, const void *base, struct writer *writer)
#define UNUSED ((void)row, (void)base, (void)writer)

PUT(KIND)
{
    UNUSED;
    return put_word(at, row, writer->record->kind);
}

PUT(VERSION)
{
    UNUSED;
    return tt_json_u32(at, TT_EVENT_SCHEMA_VERSION);
}

PUT(ENUM)
{
    UNUSED;
    return put_word(at, row, tt_form_u8(row, base));
}

PUT(U32)
{
    UNUSED;
    return tt_json_u32(at, tt_form_u32(row, base));
}

PUT(U64)
{
    UNUSED;
    return tt_json_u64(at, tt_form_u64(row, base));
}

PUT(EVENT_ID)
{
    return tt_json_id(at, writer->origin->random, tt_form_u64(row, base));
}

PUT(TIME)
{
    UNUSED;
    return tt_json_time(at, tt_form_u64(row, base));
}

PUT(TEXT)
{
    UNUSED;
    return tt_json_text(at, tt_form_text(row, base), row->cap);
}

PUT(FLAG)
{
    UNUSED;
    return put_bool(at, tt_form_u8(row, base) != 0);
}

PUT(CUT)
{
    UNUSED;
    return put_bool(at, true);
}

PUT(PORT)
{
    UNUSED;
    return tt_json_u32(at, (uint32_t)(tt_form_u64(row, base) >> TT_FORM_SEQUENCE_BITS));
}

PUT(SEQUENCE)
{
    UNUSED;
    return tt_json_u64(at, tt_form_sequence(row, base));
}

PUT(HEX64)
{
    UNUSED;
    return tt_json_hex64(at, tt_form_u64(row, base));
}

PUT(IP)
{
    UNUSED;
    *at++ = '"';
    at = tt_ip_write(at, tt_form_at(row, base));
    *at++ = '"';
    return at;
}

PUT(NET)
{
    const struct tt_net *net = tt_form_at(row, base);

    UNUSED;
    *at++ = '"';
    at = tt_ip_write(at, &net->ip);
    *at++ = '/';
    at = tt_json_u32(at, net->prefix);
    *at++ = '"';
    return at;
}

static char *put_code(char *at, const struct tt_buf *text)
{
    return tt_json_word(at, (struct tt_str){text->data, (uint32_t)text->len});
}

PUT(TYPE)
{
    char text[TT_CODE_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    UNUSED;
    tt_type_format(&buf, (uint16_t)tt_form_u32(row, base));
    return put_code(at, &buf);
}

PUT(RCODE)
{
    char text[TT_CODE_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    UNUSED;
    tt_rcode_format(&buf, (uint16_t)tt_form_u32(row, base));
    return put_code(at, &buf);
}

PUT(TEXTS)
{
    const struct tt_str *texts = tt_form_pointer(row, base);
    unsigned n = TT_MIN(tt_form_n(row, base), (unsigned)TT_FORM_TEXTS_MAX);

    UNUSED;
    for (unsigned i = 0; i < n; i++) {
        *at++ = i == 0 ? '[' : ',';
        at = tt_json_text(at, texts[i], row->cap);
    }
    *at++ = ']';
    return at;
}

PUT(COUNTS)
{
    const struct tt_form_count *counts = tt_form_pointer(row, base);
    unsigned n = tt_form_n(row, base);
    char *start = at++;

    UNUSED;
    for (unsigned i = 0, written = 0; i < n && written < TT_FORM_REASONS_MAX; i++) {
        if (counts[i].n == 0)
            continue;
        if (written++ > 0)
            *at++ = ',';
        at = tt_json_text(at, tt_str_from(counts[i].reason), TT_FORM_REASON_LEN);
        *at++ = ':';
        at = tt_json_u64(at, counts[i].n);
    }
    *start = '{';
    *at++ = '}';
    return at;
}

PUT(LIST)
{
    const struct tt_form *form = row->items;
    const char *items = tt_form_pointer(row, base);
    unsigned n = tt_form_n(row, base), i = 0;
    char *start = at++, item[TT_FORM_ITEM_MAX];

    for (; i < n && i < form->items_max; i++) {
        size_t len =
            (size_t)(put_form(item, item + sizeof(item), form, items + i * form->item_size, writer) - item);

        if (form->room > 0 && (size_t)(at - start) + len + 1 > form->room)
            break;
        if (i > 0)
            *at++ = ',';
        at = tt_json_bytes(at, item, len);
    }
    if (i < n && writer->cuts.n < TT_COUNT(writer->cuts.offsets))
        writer->cuts.offsets[writer->cuts.n++] = row->offset;
    *start = '[';
    *at++ = ']';
    return at;
}

#define put_VIEW put_TEXT
#define put_NAME put_TEXT
#define put_TOPIC put_TEXT
#define put_MARK put_FLAG
#define put_DUP put_ENUM
#define X(name) [TT_FORM_##name] = put_##name,
static const put_f puts_of[TT_FORM_KINDS_N] = {TT_FORM_KINDS(X)};
#undef X

/* Bytes of a value at worst, for kinds whose rows do not matter. */
static const uint8_t rooms[TT_FORM_KINDS_N] = {
    [TT_FORM_KIND] = 64,
    [TT_FORM_VERSION] = TT_JSON_U32_MAX,
    [TT_FORM_DUP] = 64,
    [TT_FORM_ENUM] = 64,
    [TT_FORM_U32] = TT_JSON_U32_MAX,
    [TT_FORM_U64] = TT_JSON_U64_MAX,
    [TT_FORM_EVENT_ID] = TT_JSON_ID_MAX,
    [TT_FORM_TIME] = TT_JSON_TIME_MAX,
    [TT_FORM_FLAG] = 5,
    [TT_FORM_MARK] = 5,
    [TT_FORM_CUT] = 5,
    [TT_FORM_PORT] = 5,
    [TT_FORM_SEQUENCE] = 15,
    [TT_FORM_HEX64] = TT_JSON_HEX64_MAX,
    [TT_FORM_IP] = TT_IP_TEXT_MAX + 2,
    [TT_FORM_NET] = TT_IP_TEXT_MAX + 6,
    [TT_FORM_TYPE] = TT_CODE_TEXT_MAX + 2,
    [TT_FORM_RCODE] = TT_CODE_TEXT_MAX + 2,
};

size_t tt_form_json_room(const struct tt_form_row *row)
{
    size_t key = strlen(row->id) + sizeof(",\"\":");

    switch (row->kind) {
    case TT_FORM_TEXT:
    case TT_FORM_VIEW:
    case TT_FORM_NAME:
    case TT_FORM_TOPIC:
        return key + TT_JSON_TEXT_MAX((size_t)row->cap);
    case TT_FORM_TEXTS:
        return key + 2 + TT_FORM_TEXTS_MAX * (TT_JSON_TEXT_MAX((size_t)row->cap) + 1);
    case TT_FORM_COUNTS:
        return key + 2 + TT_FORM_REASONS_MAX * (TT_JSON_TEXT_MAX(TT_FORM_REASON_LEN) + 2 + TT_JSON_U64_MAX);
    case TT_FORM_LIST:
        if (row->items->room > 0)
            return key + 2 + row->items->room;
        return key + 2 + row->items->items_max * (tt_form_sum(row->items, tt_form_json_room) + 1);
    default:
        return key + rooms[row->kind];
    }
}

/* Every form has a first key that is always there: its comma becomes the brace. */
static char *put_form(char *at, const char *end, const struct tt_form *form, const void *item,
                      struct writer *writer)
{
    char *start = at;

    for (unsigned i = 0; i < form->rows_n; i++) {
        const struct tt_form_row *row = &form->rows[i];
        const void *base = row->is_of_origin ? (const void *)writer->origin : item;

        if (!tt_form_has(row, base, &writer->cuts))
            continue;
        if ((size_t)(end - at) < tt_form_json_room(row) + 1) {
            writer->is_full = true;
            return start;
        }
        at = TT_JSON_LITERAL(at, ",\"");
        at = tt_json_bytes(at, row->id, strlen(row->id));
        at = TT_JSON_LITERAL(at, "\":");
        at = puts_of[row->kind](at, row, base, writer);
    }
    *start = '{';
    *at++ = '}';
    return at;
}

void tt_form_to_json(const struct tt_form *form, const void *record, const struct tt_event_origin *origin,
                     struct tt_buf *buf)
{
    struct writer writer = {.record = form, .origin = origin};
    char *start = tt_buf_room(buf, form->max), *end;

    if (start == NULL)
        return;
    end = put_form(start, start + form->max, form, record, &writer);
    if (writer.is_full) {
        buf->overflow = true;
        end = start;
    }
    buf->len -= form->max - (size_t)(end - start);
}
