/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Who gives way when the spool is full: what is worth nothing any more, then the least important topic's
 * oldest. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sink/spool_state.h"

static void forget_bytes(struct tt_spool *spool, uint64_t bytes)
{
    spool->bytes -= bytes;
    __atomic_store_n(&spool->shown.bytes, spool->bytes, __ATOMIC_RELAXED);
}

static void remove_oldest_bad(struct tt_spool *spool)
{
    struct tt_spool_bad *bad = spool->bad;
    char name[TT_SPOOL_NAME_MAX];

    spool->bad = bad->next;
    tt_spool_name_format(name, bad->topic, bad->number, TT_SPOOL_BAD);
    if (unlinkat(spool->dir_fd, name, 0) == 0 || errno == ENOENT)
        forget_bytes(spool, bad->bytes);
    else
        spool->unremoved_bytes += bad->bytes;
    free(bad);
}

static bool give_up_done(struct tt_spool *spool)
{
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        struct tt_spool_segment *segment = spool->open[topic];
        if (segment == NULL || segment->records_n == 0 || segment->unsent_n + segment->flying_n > 0)
            continue;
        tt_spool_segment_seal(spool, segment);
        tt_spool_segment_finish(spool, segment);
        return true;
    }
    return false;
}

/* Its files go now; what is flying is still settled by what is in memory. */
static bool give_up(struct tt_spool *spool, struct tt_spool_segment *segment,
                    struct tt_spool_changes *changes)
{
    char name[TT_SPOOL_NAME_MAX];
    unsigned topic = segment->topic;

    if (spool->open[topic] == segment)
        tt_spool_segment_seal(spool, segment);
    tt_spool_name_format(name, topic, segment->number, TT_SPOOL_SEG);
    if (unlinkat(spool->dir_fd, name, 0) != 0 && errno != ENOENT)
        return false;
    tt_spool_name_format(name, topic, segment->number, TT_SPOOL_ACK);
    unlinkat(spool->dir_fd, name, 0);
    tt_spool_segment_cut(spool, segment, 0, TT_SINK_DROP_SPOOL_FULL, changes);
    tt_spool_block_forget(spool, segment);
    forget_bytes(spool, segment->bytes);
    spool->first[topic] = segment->next;
    if (segment->next == NULL)
        spool->last[topic] = NULL;
    tt_spool_show(&spool->shown.segments, -1);
    segment->is_gone = true;
    segment->next = spool->gone;
    spool->gone = segment;
    tt_spool_segment_finish(spool, segment);
    return true;
}

static struct tt_spool_segment *choose(const struct tt_spool *spool, unsigned topic)
{
    for (unsigned i = 0; i <= topic; i++) {
        struct tt_spool_segment *segment = spool->first[i];
        if (segment != NULL && segment->records_n > 0)
            return segment;
    }
    return NULL;
}

bool tt_spool_make_room(struct tt_spool *spool, unsigned topic, uint64_t need,
                        struct tt_spool_changes *changes)
{
    while (spool->bytes + need > spool->size) {
        struct tt_spool_segment *segment;
        if (spool->bad != NULL) {
            remove_oldest_bad(spool);
            continue;
        }
        if (give_up_done(spool))
            continue;
        segment = choose(spool, topic);
        if (segment == NULL || !give_up(spool, segment, changes))
            return false;
    }
    return true;
}
