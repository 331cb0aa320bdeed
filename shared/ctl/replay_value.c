/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "wire/codes.h"
#include "wire/name.h"

struct place {
    const struct tt_replay_value *value;
    const json_t *json;
    void *into;
    uint64_t *random;
    struct tt_arena *arena;
};

typedef enum tt_replay_read (*read_f)(const struct place *place);

#define GOOD_IF(condition) ((condition) ? TT_REPLAY_READ_GOOD : TT_REPLAY_READ_BAD)

/* Absent (ptr NULL) when json is no string. */
static struct tt_str text_of(const json_t *json)
{
    size_t len = json_string_length(json);

    if (!json_is_string(json) || len > UINT32_MAX)
        return (struct tt_str){NULL, 0};
    return (struct tt_str){json_string_value(json), (uint32_t)len};
}

static bool read_number(const json_t *json, uint64_t max, uint64_t *number)
{
    json_int_t value = json_integer_value(json);

    *number = (uint64_t)value;
    return json_is_integer(json) && value >= 0 && (uint64_t)value <= max;
}

static enum tt_replay_read read_bool(const struct place *place)
{
    *(bool *)place->into = json_is_true(place->json);
    return GOOD_IF(json_is_boolean(place->json));
}

#define DEFINE_READ_UNSIGNED(name, type, max)                                                      \
    static enum tt_replay_read read_##name(const struct place *place)                              \
    {                                                                                              \
        uint64_t number;                                                                           \
        bool is_good = read_number(place->json, max, &number);                                     \
                                                                                                   \
        *(type *)place->into = (type)number;                                                       \
        return GOOD_IF(is_good);                                                                   \
    }
DEFINE_READ_UNSIGNED(u8, uint8_t, UINT8_MAX)
DEFINE_READ_UNSIGNED(u16, uint16_t, UINT16_MAX)
DEFINE_READ_UNSIGNED(u32, uint32_t, UINT32_MAX)

static enum tt_replay_read read_f32(const struct place *place)
{
    double number = json_number_value(place->json);

    *(float *)place->into = (float)number;
    return GOOD_IF(json_is_number(place->json) && number >= 0 && number <= 4e9);
}

static enum tt_replay_read read_enum(const struct place *place)
{
    struct tt_str text = text_of(place->json);
    const struct tt_enum_row *first = place->value->words;

    if (text.ptr == NULL)
        return TT_REPLAY_READ_BAD;
    for (const struct tt_enum_row *row = first;
         row->type != NULL && strcmp(row->type, first->type) == 0; row++) {
        if (strcmp(row->word, text.ptr) == 0) {
            *(uint8_t *)place->into = (uint8_t)row->number;
            return TT_REPLAY_READ_GOOD;
        }
    }
    return TT_REPLAY_READ_UNKNOWN;
}

static enum tt_replay_read read_type(const struct place *place)
{
    return GOOD_IF(json_is_string(place->json) &&
                   tt_type_parse(text_of(place->json), place->into) == TT_OK);
}

static enum tt_replay_read read_class(const struct place *place)
{
    return GOOD_IF(json_is_string(place->json) &&
                   tt_class_parse(text_of(place->json), place->into) == TT_OK);
}

static enum tt_replay_read read_rcode(const struct place *place)
{
    return GOOD_IF(json_is_string(place->json) &&
                   tt_rcode_parse(text_of(place->json), place->into) == TT_OK);
}

static enum tt_replay_read read_opcode(const struct place *place)
{
    struct tt_str text = text_of(place->json);

    for (uint8_t opcode = 0; opcode < 16 && text.ptr != NULL; opcode++) {
        char word[TT_CODE_TEXT_MAX];
        struct tt_buf buf = tt_buf_over(word, sizeof(word));

        tt_opcode_format(&buf, opcode);
        if (tt_str_equal(text, (struct tt_str){word, (uint32_t)buf.len})) {
            *(uint8_t *)place->into = opcode;
            return TT_REPLAY_READ_GOOD;
        }
    }
    return TT_REPLAY_READ_BAD;
}

static bool read_digits(const char *text, unsigned n, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

/* Days since 1970 of a date; the year starts in March so that the leap day comes last. */
static uint64_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1;
    unsigned month_of_year = (month + 9) % 12;
    unsigned day_of_year = (153 * month_of_year + 2) / 5 + day - 1;

    return (uint64_t)(y / 400) * 146097 + (y % 400) * 365 + y % 400 / 4 - y % 400 / 100 +
           day_of_year - 719468;
}

/* Exactly what tt_clock_format_us writes; checked by writing it again. */
static enum tt_replay_read read_time(const struct place *place)
{
    struct tt_str text = text_of(place->json);
    unsigned year, month, day, hour, minute, second, us;
    char again[32];
    struct tt_buf buf = tt_buf_over(again, sizeof(again));
    uint64_t time_us;

    if (text.ptr == NULL || text.len != 27 || !read_digits(text.ptr, 4, &year) ||
        !read_digits(text.ptr + 5, 2, &month) || !read_digits(text.ptr + 8, 2, &day) ||
        !read_digits(text.ptr + 11, 2, &hour) || !read_digits(text.ptr + 14, 2, &minute) ||
        !read_digits(text.ptr + 17, 2, &second) || !read_digits(text.ptr + 20, 6, &us) ||
        year < 1970 || month == 0 || month > 12)
        return TT_REPLAY_READ_BAD;
    time_us = ((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    time_us = time_us * 1000000 + us;
    tt_clock_format_us(&buf, time_us);
    *(uint64_t *)place->into = time_us;
    return GOOD_IF(tt_str_equal(text, (struct tt_str){again, (uint32_t)buf.len}));
}

static bool read_hex(const char *text, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 16; i++) {
        const char *digits = "0123456789abcdef",
                   *at = text[i] == '\0' ? NULL : strchr(digits, text[i]);
        if (at == NULL)
            return false;
        *value = *value << 4 | (uint64_t)(at - digits);
    }
    return true;
}

static enum tt_replay_read read_hex64(const struct place *place)
{
    struct tt_str text = text_of(place->json);

    return GOOD_IF(text.ptr != NULL && text.len == 16 && read_hex(text.ptr, place->into));
}

static enum tt_replay_read read_id(const struct place *place)
{
    struct tt_str text = text_of(place->json);

    return GOOD_IF(text.ptr != NULL && text.len == 32 && read_hex(text.ptr, place->random) &&
                   read_hex(text.ptr + 16, place->into));
}

static enum tt_replay_read read_ip(const struct place *place)
{
    return GOOD_IF(json_is_string(place->json) &&
                   tt_ip_parse(text_of(place->json), place->into) == TT_OK);
}

static enum tt_replay_read read_net(const struct place *place)
{
    struct tt_str text = text_of(place->json);
    struct tt_net *net = place->into;
    const char *slash = text.ptr != NULL ? memchr(text.ptr, '/', text.len) : NULL;
    uint64_t prefix;

    if (slash == NULL)
        return TT_REPLAY_READ_BAD;
    if (tt_ip_parse((struct tt_str){text.ptr, (uint32_t)(slash - text.ptr)}, &net->ip) != TT_OK ||
        tt_str_parse_u64(tt_str_from(slash + 1), &prefix) != TT_OK ||
        prefix > (net->ip.family == 4 ? 32 : 128))
        return TT_REPLAY_READ_BAD;
    net->prefix = (uint8_t)prefix;
    return TT_REPLAY_READ_GOOD;
}

static enum tt_replay_read read_text(const struct place *place)
{
    struct tt_str *text = place->into;

    *text = text_of(place->json);
    return GOOD_IF(text->ptr != NULL && text->len <= place->value->cap);
}

static enum tt_replay_read read_name(const struct place *place)
{
    uint8_t wire[TT_NAME_MAX], wire_len = 0;
    struct tt_str text = text_of(place->json);
    size_t room = TT_MIN((size_t)text.len * 4 + 1, (size_t)TT_NAME_TEXT_MAX);
    struct tt_buf buf = tt_buf_over(tt_arena_take(place->arena, room), room);

    if (text.ptr == NULL || buf.data == NULL || tt_name_parse(text, wire, &wire_len) != TT_OK)
        return TT_REPLAY_READ_BAD;
    tt_name_format(&buf, wire, wire_len);
    *(struct tt_str *)place->into = (struct tt_str){buf.data, (uint32_t)buf.len};
    return GOOD_IF(!buf.overflow);
}

/* A list of `size` bytes an item, each read by `read`. */
static enum tt_replay_read read_list(const struct place *place, size_t size, read_f read,
                                     const void **items, uint16_t *items_n)
{
    size_t n = json_array_size(place->json);
    char *room = tt_arena_take(place->arena, TT_MIN(n, (size_t)TT_EVENT_LIST_MAX) * size);

    if (!json_is_array(place->json) || n > TT_EVENT_LIST_MAX || room == NULL)
        return TT_REPLAY_READ_BAD;
    for (size_t i = 0; i < n; i++) {
        struct place item = *place;

        item.json = json_array_get(place->json, i);
        item.into = room + i * size;
        if (read(&item) != TT_REPLAY_READ_GOOD)
            return TT_REPLAY_READ_BAD;
    }
    *items = room;
    *items_n = (uint16_t)n;
    return TT_REPLAY_READ_GOOD;
}

#define DEFINE_READ_LIST(name, list, item, read)                                                   \
    static enum tt_replay_read read_##name(const struct place *place)                              \
    {                                                                                              \
        const void *items = NULL;                                                                  \
        struct list *into = place->into;                                                           \
        enum tt_replay_read result = read_list(place, sizeof(item), read, &items, &into->items_n); \
                                                                                                   \
        into->items = items;                                                                       \
        return result;                                                                             \
    }
DEFINE_READ_LIST(texts, tt_strs, struct tt_str, read_text)
DEFINE_READ_LIST(names, tt_strs, struct tt_str, read_name)
DEFINE_READ_LIST(ips, tt_ips, struct tt_ip, read_ip)
DEFINE_READ_LIST(u32s, tt_u32s, uint32_t, read_u32)

static const struct {
    read_f read;
    const char *form;
} kinds[TT_KINDS_N] = {
    [TT_KIND_BOOL] = {read_bool, "true or false"},
    [TT_KIND_U8] = {read_u8, "a number up to 255"},
    [TT_KIND_U16] = {read_u16, "a number up to 65535"},
    [TT_KIND_U32] = {read_u32, "a number up to 4294967295"},
    [TT_KIND_F32] = {read_f32, "a number"},
    [TT_KIND_ENUM] = {read_enum, "a word"},
    [TT_KIND_TYPE] = {read_type, "a type"},
    [TT_KIND_CLASS] = {read_class, "a class"},
    [TT_KIND_RCODE] = {read_rcode, "a response code"},
    [TT_KIND_OPCODE] = {read_opcode, "an opcode"},
    [TT_KIND_TIME] = {read_time, "a time as 2026-11-21T09:05:00.123456Z"},
    [TT_KIND_EVENT_ID] = {read_id, "32 hexadecimal digits"},
    [TT_KIND_TRANSACTION_ID] = {read_id, "32 hexadecimal digits"},
    [TT_KIND_HEX64] = {read_hex64, "16 hexadecimal digits"},
    [TT_KIND_IP] = {read_ip, "an IP address"},
    [TT_KIND_NET] = {read_net, "a network as 192.0.2.0/24"},
    [TT_KIND_TEXT] = {read_text, "a text within its length"},
    [TT_KIND_NAME] = {read_name, "a domain name"},
    [TT_KIND_TEXTS] = {read_texts, "a list of up to 32 texts"},
    [TT_KIND_NAMES] = {read_names, "a list of up to 32 names"},
    [TT_KIND_IPS] = {read_ips, "a list of up to 32 IP addresses"},
    [TT_KIND_U32S] = {read_u32s, "a list of up to 32 numbers"},
};

void tt_replay_value_init(struct tt_replay_value *value, enum tt_field field)
{
    const struct tt_enum_row *row = tt_enum_rows;

    value->row = &tt_field_rows[field];
    value->cap = (size_t)strtoul(value->row->cap, NULL, 10);
    value->words = NULL;
    if (value->row->kind != TT_KIND_ENUM)
        return;
    while (row->type != NULL && strcmp(row->type, value->row->cap) != 0)
        row++;
    value->words = row;
}

enum tt_replay_read tt_replay_value_read(const struct tt_replay_value *value, const json_t *json,
                                         void *into, uint64_t *random, struct tt_arena *arena)
{
    struct place place = {value, json, into, random, arena};

    return kinds[value->row->kind].read(&place);
}

const char *tt_replay_value_form(const struct tt_replay_value *value)
{
    return kinds[value->row->kind].form;
}
