/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The life of a spool; what each part does: spool_state.h. */

#include "sink/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/spool_scan.h"
#include "sink/spool_state.h"

enum { GATHER = 1 << 18 };

static const uint64_t segment_size_default = 16 << 20, segment_size_min = 1024;

/* Two segments must fit, so that one can give way to the other. */
static uint64_t choose_segment_size(const struct tt_spool_options *options)
{
    uint64_t size = options->segment_size;

    if (size == 0)
        size = TT_MIN(segment_size_default, TT_MAX(options->size / 8, (uint64_t)GATHER));
    size = TT_MIN(TT_MIN(size, options->size / 2), (uint64_t)TT_SPOOL_SEGMENT_MAX);
    return TT_MAX(size, segment_size_min);
}

/* Makes, opens and locks the directory. */
static int open_dir(struct tt_spool *spool, struct tt_buf *why)
{
    char lock[TT_PATH_MAX + sizeof("/lock")];
    struct tt_path_error error = {.errno_value = 0};
    int err = tt_path_make_dir(spool->dir, &error);

    snprintf(lock, sizeof(lock), "%s/lock", spool->dir);
    if (err == TT_OK)
        err = tt_path_open_append(lock, &spool->lock_fd, &error);
    if (err != TT_OK) {
        tt_buf_text(why, error.text);
        return err == TT_EINVAL ? TT_EPERM : err;
    }
    spool->dir_fd = open(spool->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (spool->dir_fd < 0) {
        tt_buf_format(why, "cannot open %s: %s", spool->dir, strerrordesc_np(errno));
        return tt_error_from_errno(errno);
    }
    return TT_OK;
}

static void free_all(struct tt_spool *spool)
{
    tt_spool_block_forget(spool, NULL);
    for (uint32_t i = 0; i < spool->slots_n; i++)
        if (spool->slots[i].segment != NULL)
            tt_spool_block_release(spool, spool->slots[i].block);
    for (unsigned topic = 0; topic <= TT_TOPICS_N; topic++) {
        struct tt_spool_segment *segment = topic == TT_TOPICS_N ? spool->gone : spool->first[topic];
        while (segment != NULL) {
            struct tt_spool_segment *next = segment->next;
            tt_spool_segment_free(segment);
            segment = next;
        }
    }
    while (spool->bad != NULL) {
        struct tt_spool_bad *next = spool->bad->next;
        free(spool->bad);
        spool->bad = next;
    }
    if (spool->dir_fd >= 0)
        close(spool->dir_fd);
    if (spool->lock_fd >= 0)
        close(spool->lock_fd);
    free(spool->slots);
    free(spool->gather);
    free(spool);
}

int tt_spool_open(const struct tt_spool_options *options, struct tt_spool **spool,
                  struct tt_spool_changes *changes, struct tt_buf *why)
{
    struct tt_spool *made = calloc(1, sizeof(*made));
    int err;

    *spool = NULL;
    if (made == NULL)
        return TT_ENOMEM;
    made->dir_fd = made->lock_fd = made->read_fd = -1;
    made->free_slot = UINT32_MAX;
    made->next_number = 1;
    made->generation = (uint32_t)(tt_clock_mono_ns() / 1000);
    made->size = options->size;
    made->segment_size = choose_segment_size(options);
    made->random = options->random;
    made->encoding = options->encoding;
    made->topics = options->topics;
    made->gather = malloc(GATHER);
    err = made->gather == NULL ? TT_ENOMEM : TT_OK;
    if (err == TT_OK &&
        (size_t)snprintf(made->dir, sizeof(made->dir), "%s", options->dir) >= sizeof(made->dir) - 8) {
        tt_buf_text(why, "the path of its directory is too long");
        err = TT_ELIMIT;
    }
    if (err == TT_OK)
        err = open_dir(made, why);
    if (err == TT_OK)
        err = tt_spool_recover(made, changes, why);
    if (err != TT_OK)
        free_all(made);
    else
        *spool = made;
    return err;
}

static int sync_file(struct tt_spool *spool, const struct tt_spool_segment *segment, enum tt_spool_kind kind,
                     int fd)
{
    char name[TT_SPOOL_NAME_MAX];
    uint64_t size;
    int own_fd = -1, err = TT_OK;

    if (fd < 0) {
        tt_spool_name_format(name, segment->topic, segment->number, kind);
        err = tt_spool_file_open(spool->dir_fd, name, O_RDONLY, &own_fd, &size);
        fd = own_fd;
    }
    if (err == TT_OK && fdatasync(fd) != 0)
        err = TT_EIO;
    if (own_fd >= 0)
        close(own_fd);
    return err;
}

static int sync_segment(struct tt_spool *spool, struct tt_spool_segment *segment)
{
    int err = tt_spool_segment_write_acks(spool, segment), data_err = TT_OK;

    if (segment->has_unsynced_data)
        data_err = sync_file(spool, segment, TT_SPOOL_SEG, segment->fd);
    if ((segment->has_unsynced_data || segment->has_unsynced_acks) && err == TT_OK)
        err = sync_file(spool, segment, TT_SPOOL_ACK, segment->ack_fd);
    segment->has_unsynced_data = segment->has_unsynced_acks = false;
    return data_err != TT_OK ? data_err : err;
}

int tt_spool_sync(struct tt_spool *spool, struct tt_buf *why)
{
    int err = TT_OK, errno_value = 0;

    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        for (struct tt_spool_segment *segment = spool->first[topic]; segment != NULL;
             segment = segment->next) {
            int this_err = sync_segment(spool, segment);
            if (this_err != TT_OK && err == TT_OK) {
                err = this_err;
                errno_value = errno;
            }
        }
    }
    if (spool->has_new_names && fsync(spool->dir_fd) != 0 && err == TT_OK) {
        err = TT_EIO;
        errno_value = errno;
    }
    spool->has_new_names = false;
    if (err == TT_OK)
        return TT_OK;
    tt_buf_format(why, "%s: cannot be synced: %s", spool->dir, strerrordesc_np(errno_value));
    return TT_EIO;
}

void tt_spool_close(struct tt_spool **spool)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    if (*spool == NULL)
        return;
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        struct tt_spool_segment *segment = (*spool)->open[topic];
        if (segment == NULL)
            continue;
        tt_spool_segment_seal(*spool, segment);
        tt_spool_segment_finish(*spool, segment);
    }
    tt_spool_sync(*spool, &why);
    free_all(*spool);
    *spool = NULL;
}

static void note_ack(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t record)
{
    uint32_t group = record / TT_SPOOL_GROUP_N;
    bool is_clean = segment->dirty_from == segment->dirty_to;

    segment->groups[group].acked |= UINT32_C(1) << record % TT_SPOOL_GROUP_N;
    segment->dirty_from = is_clean ? group : TT_MIN(segment->dirty_from, group);
    segment->dirty_to = is_clean ? group + 1 : TT_MAX(segment->dirty_to, group + 1);
    tt_spool_show(&spool->shown.records[segment->topic], -1);
}

static bool is_doubtful(const struct tt_spool_segment *segment, uint32_t record)
{
    return (segment->groups[record / TT_SPOOL_GROUP_N].maybe >> record % TT_SPOOL_GROUP_N & 1) != 0;
}

static void note_loss(struct tt_spool *spool, const struct tt_spool_segment *segment, bool may_have_arrived)
{
    if (may_have_arrived)
        spool->pending.uncertain[segment->topic]++;
    else
        spool->pending.dropped[segment->topic][segment->reason]++;
    spool->has_pending = true;
}

static void note_return(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t record,
                        enum tt_fate fate)
{
    if (record >= segment->readable_n) { /* its place on disk is lost meanwhile */
        note_loss(spool, segment, fate == TT_FATE_MAYBE || is_doubtful(segment, record));
        return;
    }
    if (fate == TT_FATE_MAYBE)
        segment->groups[record / TT_SPOOL_GROUP_N].maybe |= UINT32_C(1) << record % TT_SPOOL_GROUP_N;
    segment->next_unsent = TT_MIN(segment->next_unsent, record);
    segment->unsent_n++;
    tt_spool_show(&spool->shown.unsent[segment->topic], 1);
}

void tt_spool_settle(struct tt_spool *spool, uint64_t token, enum tt_fate fate)
{
    struct tt_spool_slot *slot = fate == TT_FATE_FLYING ? NULL : tt_spool_slot_find(spool, token);
    struct tt_spool_segment *segment;
    uint32_t record;

    if (slot == NULL)
        return;
    segment = slot->segment;
    record = slot->record;
    tt_spool_slot_free(spool, slot);
    segment->groups[record / TT_SPOOL_GROUP_N].flying &= ~(UINT32_C(1) << record % TT_SPOOL_GROUP_N);
    segment->flying_n--;
    if (fate == TT_FATE_DELIVERED || fate == TT_FATE_REFUSED || fate == TT_FATE_TOO_LARGE)
        note_ack(spool, segment, record);
    else
        note_return(spool, segment, record, fate);
    tt_spool_segment_finish(spool, segment);
}

void tt_spool_counts(struct tt_spool *spool, struct tt_spool_counts *counts)
{
    const struct tt_spool_counts *shown = &spool->shown;

    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        counts->records[topic] = __atomic_load_n(&shown->records[topic], __ATOMIC_RELAXED);
        counts->unsent[topic] = __atomic_load_n(&shown->unsent[topic], __ATOMIC_RELAXED);
    }
    counts->bytes = __atomic_load_n(&shown->bytes, __ATOMIC_RELAXED);
    counts->segments = __atomic_load_n(&shown->segments, __ATOMIC_RELAXED);
}
