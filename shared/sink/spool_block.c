/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Memory that records are lent from. One block is read in order, a second takes marked copies; a block lives
 * as long as a record in it is on its way. All together have TT_SPOOL_BLOCKS_MAX bytes, or one record's when
 * that is more.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "sink/spool_scan.h"
#include "sink/spool_state.h"

static struct tt_spool_block *make(struct tt_spool *spool, size_t cap, int *err)
{
    struct tt_spool_block *block = NULL;

    if (spool->flying_n > 0 && spool->blocks_bytes + cap > TT_SPOOL_BLOCKS_MAX) {
        *err = TT_EAGAIN;
        return NULL;
    }
    block = malloc(sizeof(*block) + cap);
    if (block == NULL) {
        *err = TT_ENOMEM;
        return NULL;
    }
    *block = (struct tt_spool_block){.refs = 1, .cap = cap};
    spool->blocks_bytes += cap;
    return block;
}

void tt_spool_block_release(struct tt_spool *spool, struct tt_spool_block *block)
{
    if (--block->refs > 0)
        return;
    spool->blocks_bytes -= block->cap;
    if (!spool->keeps)
        free(block);
}

void tt_spool_keep_memory(struct tt_spool *spool)
{
    spool->keeps = true;
}

static void drop(struct tt_spool *spool, struct tt_spool_block **current)
{
    if (*current != NULL)
        tt_spool_block_release(spool, *current);
    *current = NULL;
}

void tt_spool_block_forget(struct tt_spool *spool, const struct tt_spool_segment *segment)
{
    if (spool->block != NULL && (segment == NULL || spool->block->segment == segment))
        drop(spool, &spool->block);
    if (segment == NULL)
        drop(spool, &spool->marks);
    if (spool->read_fd >= 0 && (segment == NULL || spool->read_segment == segment)) {
        close(spool->read_fd);
        spool->read_fd = -1;
        spool->read_segment = NULL;
    }
}

static int open_for_reading(struct tt_spool *spool, const struct tt_spool_segment *segment, int *fd)
{
    char name[TT_SPOOL_NAME_MAX];
    uint64_t size;
    int err;

    *fd = segment->fd >= 0 ? segment->fd : spool->read_fd;
    if (segment->fd >= 0 || (spool->read_fd >= 0 && spool->read_segment == segment))
        return TT_OK;
    if (spool->read_fd >= 0)
        close(spool->read_fd);
    spool->read_fd = -1;
    tt_spool_name_format(name, segment->topic, segment->number, TT_SPOOL_SEG);
    err = tt_spool_file_open(spool->dir_fd, name, O_RDONLY, &spool->read_fd, &size);
    spool->read_segment = segment;
    *fd = spool->read_fd;
    return err;
}

static int load(struct tt_spool *spool, const struct tt_spool_segment *segment, uint64_t at, size_t need)
{
    size_t cap = (size_t)TT_MIN(TT_MAX((uint64_t)need, (uint64_t)TT_SPOOL_BLOCK), segment->data_end - at);
    ssize_t got;
    int fd, err = open_for_reading(spool, segment, &fd);

    if (err != TT_OK) /* too many descriptors are open, say: later */
        return err == TT_ENOENT || err == TT_EUNSUPPORTED ? err : TT_EAGAIN;
    drop(spool, &spool->block);
    spool->block = make(spool, cap, &err);
    if (spool->block == NULL)
        return err;
    got = tt_spool_file_read(fd, spool->block->data, cap, at);
    if (got < 0)
        drop(spool, &spool->block);
    if (got < 0)
        return TT_EIO;
    spool->block->len = (uint32_t)got;
    spool->block->at = at;
    spool->block->segment = segment;
    return (size_t)got < need ? TT_ETRUNCATED : TT_OK;
}

const uint8_t *tt_spool_block_get(struct tt_spool *spool, const struct tt_spool_segment *segment, uint64_t at,
                                  size_t need, size_t *len, int *err)
{
    const struct tt_spool_block *block = spool->block;

    *err = TT_OK;
    if (need > segment->data_end - at)
        *err = TT_ETRUNCATED;
    else if (block == NULL || block->segment != segment || at < block->at ||
             at + need > block->at + block->len)
        *err = load(spool, segment, at, need);
    if (*err != TT_OK)
        return NULL;
    *len = (size_t)(spool->block->at + spool->block->len - at);
    return spool->block->data + (at - spool->block->at);
}

bool tt_spool_block_room(struct tt_spool *spool, size_t len, struct tt_buf *buf)
{
    int err;

    if (spool->marks != NULL && spool->marks->refs == 1)
        spool->marks->len = 0;
    if (spool->marks == NULL || spool->marks->cap - spool->marks->len < len) {
        drop(spool, &spool->marks);
        spool->marks = make(spool, TT_MAX(len, (size_t)TT_SPOOL_BLOCK), &err);
    }
    if (spool->marks == NULL)
        return false;
    *buf = tt_buf_over(spool->marks->data + spool->marks->len, len);
    return true;
}
