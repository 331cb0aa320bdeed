/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/filter_names.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/within.h"
#include "wire/name.h"

static uint64_t hash_of(struct tt_str name)
{
    return XXH3_64bits(name.ptr, name.len) | 1;
}

static struct tt_filter_name *find_slot(const struct tt_filter_names *names, uint64_t hash,
                                        struct tt_str name)
{
    size_t mask = names->slots_n - 1, at = hash >> 1 & mask;

    while (names->slots[at].hash != 0 &&
           (names->slots[at].hash != hash || !tt_str_equal(names->slots[at].name, name)))
        at = (at + 1) & mask;
    return &names->slots[at];
}

/* The one text form that events have as well: lower case, nothing escaped that need not be. */
static int add(struct tt_filter_names *names, struct tt_str text, struct tt_buf *texts)
{
    uint8_t wire[TT_NAME_MAX], len;
    size_t start = texts->len;
    int err = tt_name_parse(text, wire, &len);
    struct tt_str name;

    if (err != TT_OK)
        return TT_ESYNTAX;
    if (len == 1) {
        names->has_root = true;
        return TT_OK;
    }
    tt_name_format(texts, wire, len);
    if (texts->overflow)
        return TT_ENOMEM;
    name = (struct tt_str){texts->data + start, (uint32_t)(texts->len - start)};
    *find_slot(names, hash_of(name), name) = (struct tt_filter_name){hash_of(name), name};
    names->labels_max = TT_MAX(names->labels_max, tt_name_labels(wire, len));
    return TT_OK;
}

/* Bytes that all texts may take: an escape is at most four where there was one. */
static size_t room_of(const struct tt_texts *texts)
{
    size_t room = 1;

    for (unsigned i = 0; i < texts->items_n; i++)
        room += TT_MIN(4 * strlen(texts->items[i]), (size_t)TT_NAME_TEXT_MAX);
    return room;
}

int tt_filter_names_init(struct tt_filter_names *names, const struct tt_texts *texts)
{
    size_t slots_n = 4, room = room_of(texts);
    struct tt_buf buf;
    int err = TT_OK;

    *names = (struct tt_filter_names){0};
    if (texts->items_n == 0)
        return TT_OK;
    while (slots_n < 2 * (size_t)texts->items_n)
        slots_n *= 2;
    names->slots_n = slots_n;
    names->slots = calloc(slots_n, sizeof(*names->slots));
    names->texts = malloc(room);
    if (names->slots == NULL || names->texts == NULL)
        err = TT_ENOMEM;
    buf = tt_buf_over(names->texts, room);
    for (unsigned i = 0; i < texts->items_n && err == TT_OK; i++)
        err = add(names, tt_str_from(texts->items[i]), &buf);
    if (err != TT_OK)
        tt_filter_names_fini(names);
    return err;
}

void tt_filter_names_fini(struct tt_filter_names *names)
{
    free(names->slots);
    free(names->texts);
    *names = (struct tt_filter_names){0};
}

/* From the last label leftwards, as far as a zone has labels. */
bool tt_filter_names_cover(const struct tt_filter_names *names, struct tt_str name)
{
    unsigned labels = 0;

    if (names->has_root && name.len > 0)
        return true;
    for (size_t at = name.len; at > 0 && labels < names->labels_max; at--) {
        bool is_start =
            at == 1 || (name.ptr[at - 2] == '.' && tt_name_dot_separates(name.ptr, at - 2));
        struct tt_str suffix = {name.ptr + at - 1, (uint32_t)(name.len - at + 1)};

        if (!is_start)
            continue;
        labels++;
        if (find_slot(names, hash_of(suffix), suffix)->hash != 0)
            return true;
    }
    return false;
}
