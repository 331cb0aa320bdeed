/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Segments as files and in the lists. A segment is removed before its ack bits, so that a process killed in
 * between leaves bits without a segment, which mean nothing, and never records without their bits.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/spool_state.h"

enum { FILE_MODE = 0640, NAMES_TRIED_MAX = 16, ACKS_AT_ONCE = 512 };

void tt_spool_show(uint64_t *count, int64_t change)
{
    __atomic_store_n(count, *count + (uint64_t)change, __ATOMIC_RELAXED);
}

static void count_bytes(struct tt_spool *spool, int64_t change)
{
    spool->bytes += (uint64_t)change;
    __atomic_store_n(&spool->shown.bytes, spool->bytes, __ATOMIC_RELAXED);
}

struct tt_spool_segment *tt_spool_segment_new(struct tt_spool *spool, unsigned topic, uint64_t number)
{
    struct tt_spool_segment *segment = calloc(1, sizeof(*segment));

    if (segment == NULL)
        return NULL;
    segment->topic = (uint8_t)topic;
    segment->encoding = spool->encoding;
    segment->number = number;
    segment->data_end = TT_SPOOL_HEAD_LEN;
    segment->cursor_at = TT_SPOOL_HEAD_LEN;
    segment->fd = segment->ack_fd = -1;
    if (spool->last[topic] == NULL)
        spool->first[topic] = segment;
    else
        spool->last[topic]->next = segment;
    spool->last[topic] = segment;
    tt_spool_show(&spool->shown.segments, 1);
    return segment;
}

int tt_spool_segment_reserve(struct tt_spool_segment *segment, uint32_t records_n)
{
    uint32_t groups_n = (records_n + TT_SPOOL_GROUP_N - 1) / TT_SPOOL_GROUP_N;

    if (groups_n > segment->groups_cap) {
        uint32_t cap = TT_MAX(groups_n, 2 * segment->groups_cap);
        struct tt_spool_group *groups = realloc(segment->groups, cap * sizeof(*groups));
        if (groups == NULL)
            return TT_ENOMEM;
        segment->groups = groups;
        segment->groups_cap = cap;
    }
    return TT_OK;
}

void tt_spool_segment_free(struct tt_spool_segment *segment)
{
    if (segment->fd >= 0)
        close(segment->fd);
    if (segment->ack_fd >= 0)
        close(segment->ack_fd);
    free(segment->groups);
    free(segment);
}

static bool take_from(struct tt_spool_segment **list, const struct tt_spool_segment *segment)
{
    for (; *list != NULL; list = &(*list)->next) {
        if (*list == segment) {
            *list = segment->next;
            return true;
        }
    }
    return false;
}

static void unlist(struct tt_spool *spool, const struct tt_spool_segment *segment)
{
    unsigned topic = segment->topic;

    if (!take_from(&spool->first[topic], segment)) {
        take_from(&spool->gone, segment);
        return;
    }
    tt_spool_show(&spool->shown.segments, -1);
    if (spool->last[topic] != segment)
        return;
    spool->last[topic] = spool->first[topic];
    while (spool->last[topic] != NULL && spool->last[topic]->next != NULL)
        spool->last[topic] = spool->last[topic]->next;
}

static int create_file(const struct tt_spool *spool, const char *name, const uint8_t *bytes, size_t len,
                       int *fd)
{
    int kept;

    *fd = openat(spool->dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (*fd < 0)
        return tt_error_from_errno(errno);
    if (fchmod(*fd, FILE_MODE) == 0) {
        ssize_t put = pwrite(*fd, bytes, len, 0);
        if (put == (ssize_t)len)
            return TT_OK;
        if (put >= 0)
            errno = ENOSPC;
    }
    kept = errno;
    close(*fd);
    unlinkat(spool->dir_fd, name, 0);
    *fd = -1;
    errno = kept;
    return tt_error_from_errno(kept);
}

static int create_files(struct tt_spool *spool, struct tt_spool_segment *segment,
                        char name[TT_SPOOL_NAME_MAX])
{
    struct tt_spool_head head = {.random = spool->random,
                                 .created_us = tt_clock_wall_us(),
                                 .number = segment->number,
                                 .topic = segment->topic,
                                 .encoding = segment->encoding};
    uint8_t bytes[TT_SPOOL_HEAD_LEN];
    int err;

    tt_spool_head_write(bytes, &head);
    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_SEG);
    err = create_file(spool, name, bytes, sizeof(bytes), &segment->fd);
    if (err != TT_OK)
        return err;
    tt_spool_count_write(bytes, segment->number, 0, false);
    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_ACK);
    err = create_file(spool, name, bytes, TT_SPOOL_COUNT_LEN, &segment->ack_fd);
    if (err == TT_OK)
        return TT_OK;
    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_SEG);
    unlinkat(spool->dir_fd, name, 0);
    return err;
}

int tt_spool_segment_create(struct tt_spool *spool, unsigned topic, struct tt_buf *why)
{
    char name[TT_SPOOL_NAME_MAX] = "";
    int err = TT_EBUSY;

    for (int i = 0; err == TT_EBUSY && i < NAMES_TRIED_MAX && spool->next_number < TT_SPOOL_NUMBER_END; i++) {
        struct tt_spool_segment *segment = tt_spool_segment_new(spool, topic, spool->next_number++);
        if (segment == NULL)
            return TT_ENOMEM;
        err = create_files(spool, segment, name);
        if (err == TT_OK) {
            segment->bytes = TT_SPOOL_HEAD_LEN + TT_SPOOL_COUNT_LEN;
            count_bytes(spool, (int64_t)segment->bytes);
            spool->open[topic] = segment;
            spool->has_new_names = true;
            return TT_OK;
        }
        unlist(spool, segment);
        tt_spool_segment_free(segment);
    }
    tt_buf_format(why, "%s: cannot create %s: %s", spool->dir, name, strerrordesc_np(errno));
    return err;
}

/* Data that is not synced keeps its flag: tt_spool_sync opens the file again. */
void tt_spool_segment_seal(struct tt_spool *spool, struct tt_spool_segment *segment)
{
    spool->open[segment->topic] = NULL;
    tt_spool_segment_write_acks(spool, segment);
    close(segment->fd);
    close(segment->ack_fd);
    segment->fd = segment->ack_fd = -1;
}

static int open_acks(struct tt_spool *spool, const struct tt_spool_segment *segment, int *fd)
{
    char name[TT_SPOOL_NAME_MAX];
    struct stat st;

    *fd = segment->ack_fd;
    if (*fd >= 0)
        return TT_OK;
    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_ACK);
    *fd = openat(spool->dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, FILE_MODE);
    if (*fd < 0)
        return tt_error_from_errno(errno);
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
        return TT_OK;
    close(*fd);
    errno = EINVAL;
    return TT_EIO;
}

static int write_all(int fd, const void *bytes, size_t len, uint64_t at)
{
    ssize_t put;

    do
        put = pwrite(fd, bytes, len, (off_t)at);
    while (put < 0 && errno == EINTR);
    if (put == (ssize_t)len)
        return TT_OK;
    if (put >= 0)
        errno = ENOSPC;
    return tt_error_from_errno(errno);
}

int tt_spool_segment_write_acks(struct tt_spool *spool, struct tt_spool_segment *segment)
{
    uint8_t bytes[ACKS_AT_ONCE * TT_SPOOL_GROUP_LEN];
    int fd, err = TT_OK;

    if (segment->dirty_from == segment->dirty_to || segment->is_gone)
        return TT_OK;
    err = open_acks(spool, segment, &fd);
    if (err != TT_OK)
        return err;
    while (err == TT_OK && segment->dirty_from < segment->dirty_to) {
        uint32_t first = segment->dirty_from, n = TT_MIN(segment->dirty_to - first, (uint32_t)ACKS_AT_ONCE);
        for (uint32_t i = 0; i < n; i++)
            tt_spool_acks_write(bytes + i * TT_SPOOL_GROUP_LEN, segment->number, first + i,
                                segment->groups[first + i].acked);
        err = write_all(fd, bytes, n * TT_SPOOL_GROUP_LEN,
                        TT_SPOOL_COUNT_LEN + (uint64_t)first * TT_SPOOL_GROUP_LEN);
        if (err == TT_OK)
            segment->dirty_from += n;
    }
    if (fd != segment->ack_fd)
        close(fd);
    segment->has_unsynced_acks = true;
    if (err == TT_OK)
        segment->dirty_from = segment->dirty_to = 0;
    return err;
}

void tt_spool_write_acks(struct tt_spool *spool)
{
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
        for (struct tt_spool_segment *segment = spool->first[topic]; segment != NULL; segment = segment->next)
            tt_spool_segment_write_acks(spool, segment);
}

int tt_spool_segment_write_count(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t count)
{
    uint8_t bytes[TT_SPOOL_COUNT_LEN];
    int fd, err = open_acks(spool, segment, &fd);

    if (err != TT_OK)
        return err;
    tt_spool_count_write(bytes, segment->number, count, segment->is_damaged);
    err = write_all(fd, bytes, sizeof(bytes), 0);
    if (fd != segment->ack_fd)
        close(fd);
    return err;
}

void tt_spool_bad_add(struct tt_spool *spool, unsigned topic, uint64_t number, uint64_t bytes)
{
    struct tt_spool_bad *bad = malloc(sizeof(*bad)), **at = &spool->bad;

    count_bytes(spool, (int64_t)bytes);
    if (bad == NULL) { /* it only takes room then */
        spool->unremoved_bytes += bytes;
        return;
    }
    *bad = (struct tt_spool_bad){.number = number, .bytes = bytes, .topic = (uint8_t)topic};
    while (*at != NULL && (*at)->number < number)
        at = &(*at)->next;
    bad->next = *at;
    *at = bad;
}

static void remove_files(struct tt_spool *spool, struct tt_spool_segment *segment)
{
    char seg[TT_SPOOL_NAME_MAX], ack[TT_SPOOL_NAME_MAX], bad[TT_SPOOL_NAME_MAX];
    bool is_removed;

    tt_spool_name_format(seg, segment->topic, segment->number, TT_SPOOL_SEG);
    tt_spool_name_format(ack, segment->topic, segment->number, TT_SPOOL_ACK);
    tt_spool_name_format(bad, segment->topic, segment->number, TT_SPOOL_BAD);
    count_bytes(spool, -(int64_t)segment->bytes);
    if (segment->is_damaged && renameat(spool->dir_fd, seg, spool->dir_fd, bad) == 0) {
        unlinkat(spool->dir_fd, ack, 0);
        tt_spool_bad_add(spool, segment->topic, segment->number, segment->bytes);
        return;
    }
    is_removed = unlinkat(spool->dir_fd, seg, 0) == 0 || errno == ENOENT;
    if (is_removed) {
        unlinkat(spool->dir_fd, ack, 0);
        return;
    }
    tt_spool_segment_write_acks(spool, segment); /* so that nothing of it is sent again */
    count_bytes(spool, (int64_t)segment->bytes);
    spool->unremoved_bytes += segment->bytes;
}

bool tt_spool_segment_finish(struct tt_spool *spool, struct tt_spool_segment *segment)
{
    if (segment->unsent_n + segment->flying_n > 0 || spool->open[segment->topic] == segment)
        return false;
    tt_spool_block_forget(spool, segment);
    if (!segment->is_gone)
        remove_files(spool, segment);
    unlist(spool, segment);
    tt_spool_segment_free(segment);
    return true;
}

uint32_t tt_spool_segment_cut(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t from,
                              enum tt_sink_drop reason, struct tt_spool_changes *changes)
{
    uint32_t lost_n = 0, doubtful_n = 0;

    for (uint32_t i = from; i < segment->readable_n; i++) {
        const struct tt_spool_group *group = &segment->groups[i / TT_SPOOL_GROUP_N];
        uint32_t unsent = ~(group->acked | group->flying);
        lost_n += unsent >> i % TT_SPOOL_GROUP_N & 1;
        doubtful_n += (unsent & group->maybe) >> i % TT_SPOOL_GROUP_N & 1;
    }
    segment->readable_n = TT_MIN(from, segment->readable_n);
    segment->reason = (uint8_t)reason;
    segment->unsent_n -= lost_n;
    changes->dropped[segment->topic][reason] += lost_n - doubtful_n;
    changes->uncertain[segment->topic] += doubtful_n;
    tt_spool_show(&spool->shown.records[segment->topic], -(int64_t)lost_n);
    tt_spool_show(&spool->shown.unsent[segment->topic], -(int64_t)lost_n);
    return lost_n;
}
