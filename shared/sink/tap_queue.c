/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/tap_queue.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"

/* Stands before every record; also, with topic SKIP, where the rest up to the end is unused. Every
 * place is a multiple of its size, so there is always room for one before the end. */
struct head {
    uint32_t len;
    uint8_t topic;
    uint8_t unused[3];
};

enum { SKIP = 255 };

static size_t room_for(uint32_t len)
{
    return sizeof(struct head) + (((size_t)len + 7) & ~(size_t)7);
}

static void put_head(struct tt_tap_queue *queue, size_t at, uint32_t len, uint8_t topic)
{
    struct head head = {len, topic, {0}};

    memcpy(queue->data + at, &head, sizeof(head));
}

int tt_tap_queue_init(struct tt_tap_queue *queue, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t cap = (TT_MAX(size, 1) + page - 1) / page * page;
    void *data =
        mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (data == MAP_FAILED)
        return TT_ENOMEM;
    *queue = (struct tt_tap_queue){.data = data, .cap = cap};
    return TT_OK;
}

void tt_tap_queue_fini(struct tt_tap_queue *queue)
{
    if (queue->data != NULL)
        munmap(queue->data, queue->cap);
    *queue = (struct tt_tap_queue){0};
}

int tt_tap_queue_put(struct tt_tap_queue *queue, const void *record, uint32_t len, uint8_t topic)
{
    size_t need = room_for(len);
    size_t to_end = queue->cap - queue->head;

    if (need > queue->cap)
        return TT_ELIMIT;
    if (need > queue->cap - queue->used)
        return TT_EAGAIN;
    if (need > to_end) {
        if (need > queue->cap - queue->used - TT_MIN(to_end, queue->cap - queue->used))
            return TT_EAGAIN;
        put_head(queue, queue->head, 0, SKIP);
        queue->used += to_end;
        queue->head = 0;
    }
    put_head(queue, queue->head, len, topic);
    if (len > 0)
        memcpy(queue->data + queue->head + sizeof(struct head), record, len);
    queue->used += need;
    queue->head = (queue->head + need) % queue->cap;
    return TT_OK;
}

struct tt_tap_queue_range tt_tap_queue_peek(const struct tt_tap_queue *queue)
{
    return (struct tt_tap_queue_range){queue->tail, queue->used};
}

const char *tt_tap_queue_next(const struct tt_tap_queue *queue, struct tt_tap_queue_range *range, uint32_t *len,
                          uint8_t *topic)
{
    struct head head;
    size_t at;

    if (range->left == 0)
        return NULL;
    memcpy(&head, queue->data + range->at, sizeof(head));
    if (head.topic == SKIP) {
        range->left -= queue->cap - range->at;
        range->at = 0;
        memcpy(&head, queue->data, sizeof(head));
    }
    at = range->at;
    range->left -= room_for(head.len);
    range->at = (at + room_for(head.len)) % queue->cap;
    *len = head.len;
    *topic = head.topic;
    return queue->data + at + sizeof(head);
}

void tt_tap_queue_release(struct tt_tap_queue *queue, const struct tt_tap_queue_range *range)
{
    size_t gone = (range->at + queue->cap - queue->tail) % queue->cap;

    /* The same place again: nothing was walked, or all of a queue that was full to the last byte.
     */
    if (gone == 0 && range->left == 0 && queue->used == queue->cap)
        gone = queue->cap;
    queue->used -= gone;
    queue->tail = range->at;
    if (queue->used == 0)
        queue->head = queue->tail = 0;
}
