/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Appending. Records of one topic that stand together are put together in memory and written by one pwrite at
 * the end of what is whole, then the count in the file of ack bits is raised. A write that was cut short (a
 * full file system) leaves a torn record behind the whole ones: it is cut off, and if that fails, the segment
 * ends there.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "sink/spool_state.h"

enum { GATHER = 1 << 18 };

/* What goes into the open segment by one write. */
struct chunk {
    const struct tt_sink_record *records;
    unsigned n;
    size_t len;
};

/* Records from the front that are of one topic and fit. */
static struct chunk cut_chunk(const struct tt_sink_record *records, unsigned n, uint64_t room)
{
    struct chunk chunk = {records, 0, 0};

    for (; chunk.n < n && records[chunk.n].topic == records[0].topic; chunk.n++) {
        size_t size = tt_spool_record_size(&records[chunk.n]);
        if (chunk.len + size > room || (chunk.n > 0 && chunk.len + size > GATHER))
            break;
        chunk.len += size;
    }
    return chunk;
}

/* Notes the records that are whole on disk. */
static void note(struct tt_spool *spool, struct tt_spool_segment *segment, const struct chunk *chunk,
                 unsigned whole_n)
{
    uint64_t bytes;

    for (unsigned i = 0; i < whole_n; i++) {
        if (segment->records_n % TT_SPOOL_GROUP_N == 0)
            segment->groups[segment->groups_n++] =
                (struct tt_spool_group){.offset = (uint32_t)segment->data_end};
        segment->records_n++;
        segment->data_end += tt_spool_record_size(&chunk->records[i]);
    }
    segment->readable_n = segment->records_n;
    segment->unsent_n += whole_n;
    segment->has_unsynced_data |= whole_n > 0;
    tt_spool_show(&spool->shown.records[segment->topic], whole_n);
    tt_spool_show(&spool->shown.unsent[segment->topic], whole_n);
    bytes = TT_SPOOL_COUNT_LEN + segment->data_end + (uint64_t)segment->groups_n * TT_SPOOL_GROUP_LEN;
    spool->bytes += bytes - segment->bytes;
    segment->bytes = bytes;
    __atomic_store_n(&spool->shown.bytes, spool->bytes, __ATOMIC_RELAXED);
}

/* How many records of the chunk are whole when written_len bytes of it are on disk. */
static unsigned count_whole(const struct chunk *chunk, size_t written_len)
{
    size_t len = 0;

    for (unsigned i = 0; i < chunk->n; i++) {
        len += tt_spool_record_size(&chunk->records[i]);
        if (len > written_len)
            return i;
    }
    return chunk->n;
}

static size_t write_bytes(int fd, const uint8_t *bytes, size_t len, uint64_t at)
{
    size_t done = 0;

    errno = 0;
    while (done < len) {
        ssize_t put = pwrite(fd, bytes + done, len - done, (off_t)(at + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put == 0)
            errno = ENOSPC;
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    return done;
}

static int write_chunk(struct tt_spool *spool, struct tt_spool_segment *segment, const struct chunk *chunk,
                       unsigned *whole_n, struct tt_buf *why)
{
    uint8_t *bytes = chunk->len <= GATHER ? spool->gather : malloc(chunk->len), *at = bytes;
    size_t written_len;
    int errno_value;

    *whole_n = 0;
    if (bytes == NULL || tt_spool_segment_reserve(segment, segment->records_n + chunk->n) != TT_OK) {
        if (bytes != spool->gather)
            free(bytes);
        return TT_ENOMEM;
    }
    for (unsigned i = 0; i < chunk->n; i++) {
        tt_spool_record_write(at, &chunk->records[i]);
        at += tt_spool_record_size(&chunk->records[i]);
    }
    written_len = write_bytes(segment->fd, bytes, chunk->len, segment->data_end);
    errno_value = errno;
    if (bytes != spool->gather)
        free(bytes);
    *whole_n = count_whole(chunk, written_len);
    note(spool, segment, chunk, *whole_n);
    if (*whole_n > 0) /* a count that is behind does no harm */
        tt_spool_segment_write_count(spool, segment, segment->records_n);
    if (*whole_n == chunk->n)
        return TT_OK;
    if (ftruncate(segment->fd, (off_t)segment->data_end) != 0) { /* nothing goes behind a torn end */
        tt_spool_segment_seal(spool, segment);
        tt_spool_segment_finish(spool, segment);
    }
    tt_buf_format(why, "%s: cannot write: %s", spool->dir, strerrordesc_np(errno_value));
    return tt_error_from_errno(errno_value);
}

/* The segment that the record goes into, with room for it; the bound is kept. */
static int prepare(struct tt_spool *spool, const struct tt_sink_record *records, unsigned n,
                   struct chunk *chunk, struct tt_spool_changes *changes, struct tt_buf *why)
{
    unsigned topic = records[0].topic;
    struct tt_spool_segment *segment = spool->open[topic];
    uint64_t need;

    if (segment != NULL && segment->data_end + tt_spool_record_size(&records[0]) > spool->segment_size) {
        tt_spool_segment_seal(spool, segment);
        tt_spool_segment_finish(spool, segment);
        segment = NULL;
    }
    *chunk = cut_chunk(records, n,
                       spool->segment_size - (segment != NULL ? segment->data_end : TT_SPOOL_HEAD_LEN));
    need = chunk->len + (chunk->n / TT_SPOOL_GROUP_N + 1) * (uint64_t)TT_SPOOL_GROUP_LEN +
           (segment == NULL ? TT_SPOOL_HEAD_LEN + TT_SPOOL_COUNT_LEN : 0);
    if (!tt_spool_make_room(spool, topic, need + TT_SPOOL_HEAD_LEN + TT_SPOOL_COUNT_LEN, changes)) {
        tt_buf_format(why, "%s: full of more important records", spool->dir);
        return TT_ENOSPC;
    }
    if (spool->open[topic] != NULL)
        return TT_OK;
    *chunk = cut_chunk(records, n, TT_MIN(spool->segment_size - TT_SPOOL_HEAD_LEN, (uint64_t)chunk->len));
    return tt_spool_segment_create(spool, topic, why);
}

/* Open segments that hold nothing any more still take room, which is short just now. */
static void remove_idle(struct tt_spool *spool)
{
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        struct tt_spool_segment *segment = spool->open[topic];
        if (segment == NULL || segment->unsent_n + segment->flying_n > 0)
            continue;
        tt_spool_segment_seal(spool, segment);
        tt_spool_segment_finish(spool, segment);
    }
}

static int check_size(const struct tt_spool *spool, const struct tt_sink_record *record, struct tt_buf *why)
{
    size_t size = tt_spool_record_size(record);

    if (size <= spool->segment_size - TT_SPOOL_HEAD_LEN && size <= TT_SPOOL_RECORD_MAX)
        return TT_OK;
    tt_buf_format(why, "%s: a record of %u bytes is larger than a segment of %llu", spool->dir, record->len,
                  (unsigned long long)spool->segment_size);
    return TT_ELIMIT;
}

int tt_spool_append(struct tt_spool *spool, const struct tt_sink_record *records, unsigned n,
                    unsigned *taken_n, struct tt_spool_changes *changes, struct tt_buf *why)
{
    int err = TT_OK;

    *taken_n = 0;
    tt_spool_tell_pending(spool, changes);
    tt_spool_write_acks(spool);
    while (*taken_n < n && err == TT_OK) {
        const struct tt_sink_record *rest = records + *taken_n;
        struct chunk chunk;
        unsigned whole_n = 0;
        err = check_size(spool, rest, why);
        if (err == TT_OK)
            err = prepare(spool, rest, n - *taken_n, &chunk, changes, why);
        if (err == TT_OK)
            err = write_chunk(spool, spool->open[rest->topic], &chunk, &whole_n, why);
        *taken_n += whole_n;
    }
    if (err != TT_OK && err != TT_ELIMIT && err != TT_ENOMEM)
        remove_idle(spool);
    return err == TT_OK || err == TT_ENOSPC || err == TT_ELIMIT || err == TT_ENOMEM ? err : TT_EIO;
}
