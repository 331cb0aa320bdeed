/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Handing out what is unsent: most important topic first, oldest first. Only the place of every 32nd record
 * is known; from there it goes from length to length. Every record is checked again each time it is read.
 */

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "event/mark.h"
#include "sink/spool_scan.h"
#include "sink/spool_state.h"

enum { BATCH = 1 << 20 };

/* One call of tt_spool_read. */
struct batch {
    struct tt_sink_record *records;
    unsigned n, max;
    size_t len;
    struct tt_spool_changes *changes;
    struct tt_buf *why;
};

/* What ends a walk through a segment: OK (nothing unsent is left in it), AGAIN (the batch is full, or memory
 * is short), MALFORMED (damage at the cursor). */
static int judge(int err)
{
    return err == TT_EAGAIN || err == TT_ENOMEM ? TT_EAGAIN : TT_EMALFORMED;
}

static void say_damage(const struct tt_spool *spool, const struct tt_spool_segment *segment, uint32_t lost_n,
                       struct tt_buf *why)
{
    char name[TT_SPOOL_NAME_MAX];

    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_SEG);
    tt_buf_format(why, "%s%s: %s is damaged at byte %llu, %u records are lost", why->len > 0 ? "; " : "",
                  spool->dir, name, (unsigned long long)segment->cursor_at, lost_n);
}

/* Everything from the cursor on is lost. */
static void cut_damaged(struct tt_spool *spool, struct tt_spool_segment *segment, struct batch *batch)
{
    uint32_t from = segment->cursor, lost_n;

    if (spool->open[segment->topic] == segment)
        tt_spool_segment_seal(spool, segment);
    lost_n = tt_spool_segment_cut(spool, segment, from, TT_SINK_DROP_SPOOL_CORRUPT, batch->changes);
    segment->is_damaged = true;
    tt_spool_block_forget(spool, segment);
    tt_spool_segment_write_count(spool, segment, from); /* counted once only */
    say_damage(spool, segment, lost_n, batch->why);
    tt_spool_segment_finish(spool, segment);
}

static bool is_unsent(const struct tt_spool_segment *segment, uint32_t record)
{
    const struct tt_spool_group *group = &segment->groups[record / TT_SPOOL_GROUP_N];

    return ((group->acked | group->flying) >> record % TT_SPOOL_GROUP_N & 1) == 0;
}

/* The next record of the group that is unsent, or the first of the next group. */
static uint32_t skip_in_group(const struct tt_spool_segment *segment, uint32_t record)
{
    uint32_t group = record / TT_SPOOL_GROUP_N, bit = record % TT_SPOOL_GROUP_N;
    uint32_t unsent = ~(segment->groups[group].acked | segment->groups[group].flying) >> bit << bit;

    return unsent == 0 ? (group + 1) * TT_SPOOL_GROUP_N
                       : group * TT_SPOOL_GROUP_N + (uint32_t)__builtin_ctz(unsent);
}

/* Moves the cursor to the first unsent record. False: there is none. */
static bool find_unsent(struct tt_spool_segment *segment, uint32_t *record)
{
    *record = segment->next_unsent;
    while (*record < segment->readable_n && !is_unsent(segment, *record))
        *record = skip_in_group(segment, *record);
    segment->next_unsent = *record;
    return *record < segment->readable_n;
}

static int move_cursor(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t record)
{
    uint32_t group = record / TT_SPOOL_GROUP_N;
    size_t len;
    int err;

    if (segment->cursor > record || segment->cursor / TT_SPOOL_GROUP_N != group) {
        segment->cursor = group * TT_SPOOL_GROUP_N;
        segment->cursor_at = segment->groups[group].offset;
    }
    while (segment->cursor < record) {
        const uint8_t *bytes =
            tt_spool_block_get(spool, segment, segment->cursor_at, TT_SPOOL_PREFIX_LEN, &len, &err);
        size_t size = bytes == NULL ? 0 : tt_spool_record_claims(bytes, len);
        if (size == 0)
            return judge(bytes == NULL ? err : TT_EMALFORMED);
        segment->cursor_at += size;
        segment->cursor++;
    }
    return TT_OK;
}

/* The record at the cursor, lent from the current block. */
static int load_record(struct tt_spool *spool, struct tt_spool_segment *segment,
                       struct tt_sink_record *record, size_t *size)
{
    size_t need = TT_SPOOL_PREFIX_LEN, len;
    int err;

    for (int i = 0; i < 2; i++) {
        const uint8_t *bytes = tt_spool_block_get(spool, segment, segment->cursor_at, need, &len, &err);
        if (bytes == NULL)
            return judge(err);
        err = tt_spool_record_read(bytes, len, record, size);
        if (err != TT_ETRUNCATED)
            return err;
        need = *size;
    }
    return TT_EMALFORMED;
}

/* Replaces the data by a marked copy. */
static bool mark(struct tt_spool *spool, const struct tt_spool_segment *segment,
                 struct tt_sink_record *record)
{
    struct tt_buf buf;
    char *key;

    if (!tt_spool_block_room(spool, (size_t)record->key_len + record->len + TT_MARK_MAX, &buf))
        return false;
    key = tt_buf_room(&buf, record->key_len);
    if (record->key_len > 0)
        memcpy(key, record->key, record->key_len);
    tt_mark_dup((enum tt_encoding)segment->encoding, record->data, record->len, &buf);
    record->key = key;
    record->data = buf.data + record->key_len;
    record->len = (uint32_t)(buf.len - record->key_len);
    record->flags = TT_RECORD_AGAIN;
    spool->marks->len += (uint32_t)buf.len;
    return true;
}

static bool hand_out(struct tt_spool *spool, struct tt_spool_segment *segment, struct batch *batch,
                     struct tt_sink_record *record)
{
    struct tt_spool_group *group = &segment->groups[segment->cursor / TT_SPOOL_GROUP_N];
    uint32_t bit = UINT32_C(1) << segment->cursor % TT_SPOOL_GROUP_N;
    struct tt_spool_block *block = spool->block;

    record->flags = 0;
    if (segment->is_recovered || (group->maybe & bit) != 0) {
        if (!mark(spool, segment, record))
            return false;
        block = spool->marks;
    }
    if (!tt_spool_slot_take(spool, segment, segment->cursor, block, &record->token))
        return false;
    record->topic = segment->topic;
    record->fate = TT_FATE_WAITING;
    record->refused_n = 0;
    group->flying |= bit;
    segment->unsent_n--;
    segment->flying_n++;
    tt_spool_show(&spool->shown.unsent[segment->topic], -1);
    batch->len += record->len;
    batch->n++;
    return true;
}

static int read_segment(struct tt_spool *spool, struct tt_spool_segment *segment, struct batch *batch)
{
    uint32_t next;

    while (find_unsent(segment, &next)) {
        struct tt_sink_record *record = &batch->records[batch->n];
        size_t size = 0;
        int err;
        if (batch->n == batch->max || batch->len >= BATCH)
            return TT_EAGAIN;
        err = move_cursor(spool, segment, next);
        if (err == TT_OK)
            err = load_record(spool, segment, record, &size);
        if (err != TT_OK)
            return err;
        if (!hand_out(spool, segment, batch, record))
            return TT_EAGAIN;
        segment->cursor++;
        segment->cursor_at += size;
    }
    return TT_OK;
}

static bool read_topic(struct tt_spool *spool, unsigned topic, struct batch *batch)
{
    struct tt_spool_segment *segment = spool->first[topic], *next;

    for (; segment != NULL; segment = next) {
        int err = segment->unsent_n == 0 ? TT_OK : read_segment(spool, segment, batch);
        next = segment->next;
        if (err == TT_EMALFORMED)
            cut_damaged(spool, segment, batch);
        else if (err != TT_OK)
            return false;
    }
    return true;
}

unsigned tt_spool_read(struct tt_spool *spool, unsigned topics, struct tt_sink_record *records, unsigned max,
                       struct tt_spool_changes *changes, struct tt_buf *why)
{
    struct batch batch = {.records = records, .max = max, .changes = changes, .why = why};
    uint64_t unsent_n = 0;

    tt_spool_tell_pending(spool, changes);
    tt_spool_write_acks(spool);
    for (unsigned topic = TT_TOPICS_N; topic-- > 0 && batch.n < max;)
        if ((topics >> topic & 1u) != 0 && !read_topic(spool, topic, &batch))
            break;
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
        unsent_n += (topics >> topic & 1u) != 0 ? spool->shown.unsent[topic] : 0;
    if (batch.n == 0 && max > 0 && unsent_n > 0 && spool->flying_n == 0 && why->len == 0)
        tt_buf_format(why, "%s: cannot be read just now: %s", spool->dir, strerrordesc_np(errno));
    return batch.n;
}
