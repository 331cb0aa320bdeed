/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/tap_reader.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/err.h"
#include "sink/tap.h"

/* Kinds of lines in the ring, where a sink's queue has topics. */
enum { LINE_RECORD, LINE_LOST };

/* Two pieces a line, at most what one call takes (IOV_MAX); rounds before others get their turn. */
enum { BATCH_MAX = 512, ROUNDS_MAX = 16 };

struct batch {
    const char *data[BATCH_MAX];
    uint32_t len[BATCH_MAX];
    unsigned n;
    struct tt_tap_queue_range start;
};

int tt_tap_reader_open(struct tt_tap_reader *reader, int fd, pthread_mutex_t *lock)
{
    struct tt_tap_queue queue;

    if (tt_tap_queue_init(&queue, TT_TAP_READER_BYTES) != TT_OK)
        return TT_ENOMEM;
    pthread_mutex_lock(lock);
    reader->fd = fd;
    reader->queue = queue;
    reader->untold = 0;
    reader->is_blocked = false;
    pthread_mutex_unlock(lock);
    reader->part = 0;
    return TT_OK;
}

void tt_tap_reader_close(struct tt_tap_reader *reader, pthread_mutex_t *lock)
{
    struct tt_tap_queue queue;
    int fd;

    pthread_mutex_lock(lock);
    queue = reader->queue;
    fd = reader->fd;
    reader->queue = (struct tt_tap_queue){.data = NULL};
    reader->fd = -1;
    reader->dropped += reader->waiting;
    reader->waiting = 0;
    pthread_mutex_unlock(lock);
    tt_tap_queue_fini(&queue);
    close(fd);
}

/* Says how many lines are missing at this place of the stream. */
static int put_lost(struct tt_tap_reader *reader)
{
    char line[64];
    int len = snprintf(line, sizeof(line), "{\"kind\":\"lost\",\"count\":%llu}",
                       (unsigned long long)reader->untold);

    return tt_tap_queue_put(&reader->queue, line, (uint32_t)len, LINE_LOST);
}

void tt_tap_reader_offer(struct tt_tap_reader *reader, const void *record, uint32_t len)
{
    size_t used = reader->queue.used, head = reader->queue.head;
    int err = reader->untold > 0 ? put_lost(reader) : TT_OK;

    if (err == TT_OK)
        err = tt_tap_queue_put(&reader->queue, record, len, LINE_RECORD);
    reader->offered++;
    if (err == TT_OK) {
        reader->waiting++;
        reader->untold = 0;
        return;
    }
    /* The line about the lost ones is only worth its room before a line that fits: taken back. */
    reader->queue.used = used;
    reader->queue.head = head;
    reader->dropped++;
    reader->untold++;
}

/* The lines at the front. When there is none left and some were lost, the line that says so. */
static void take(struct tt_tap_reader *reader, pthread_mutex_t *lock, struct batch *batch)
{
    struct tt_tap_queue_range range;
    uint8_t kind;

    pthread_mutex_lock(lock);
    if (reader->queue.used == 0 && reader->untold > 0 && put_lost(reader) == TT_OK)
        reader->untold = 0;
    batch->start = range = tt_tap_queue_peek(&reader->queue);
    pthread_mutex_unlock(lock);
    for (batch->n = 0; batch->n < BATCH_MAX; batch->n++) {
        unsigned i = batch->n;
        batch->data[i] = tt_tap_queue_next(&reader->queue, &range, &batch->len[i], &kind);
        if (batch->data[i] == NULL)
            break;
    }
}

/* One system call. Returns what it does. */
static ssize_t write_batch(const struct tt_tap_reader *reader, const struct batch *batch)
{
    static const char newline = '\n';
    struct iovec pieces[2 * BATCH_MAX];
    struct msghdr message = {.msg_iov = pieces};
    size_t part = reader->part, n = 0;

    for (unsigned i = 0; i < batch->n; i++, part = 0) {
        if (part < batch->len[i])
            pieces[n++] = (struct iovec){(void *)(uintptr_t)(batch->data[i] + part), batch->len[i] - part};
        pieces[n++] = (struct iovec){(void *)(uintptr_t)&newline, 1};
    }
    message.msg_iovlen = n;
    return sendmsg(reader->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The socket took len bytes: gives back the lines that are whole out. */
static void account(struct tt_tap_reader *reader, pthread_mutex_t *lock, const struct batch *batch,
                    size_t len)
{
    struct tt_tap_queue_range range = batch->start;
    uint64_t sent = 0;
    uint32_t line_len;
    uint8_t kind;
    unsigned i = 0;

    for (len += reader->part; i < batch->n && len > batch->len[i]; i++) {
        len -= (size_t)batch->len[i] + 1;
        tt_tap_queue_next(&reader->queue, &range, &line_len, &kind);
        sent += kind == LINE_RECORD;
    }
    reader->part = len;
    pthread_mutex_lock(lock);
    if (i > 0)
        tt_tap_queue_release(&reader->queue, &range);
    reader->sent += sent;
    reader->waiting -= sent;
    pthread_mutex_unlock(lock);
}

static void set_blocked(struct tt_tap_reader *reader, pthread_mutex_t *lock)
{
    pthread_mutex_lock(lock);
    reader->is_blocked = true;
    pthread_mutex_unlock(lock);
}

enum tt_tap_sent tt_tap_reader_send(struct tt_tap_reader *reader, pthread_mutex_t *lock, uint64_t *bytes_n)
{
    struct batch batch;
    ssize_t len;

    for (int i = 0; i < ROUNDS_MAX; i++) {
        take(reader, lock, &batch);
        if (batch.n == 0)
            return TT_TAP_DONE;
        len = write_batch(reader, &batch);
        if (len < 0 && errno == EAGAIN) {
            set_blocked(reader, lock);
            return TT_TAP_BLOCKED;
        }
        if (len < 0 && (errno == ENOBUFS || errno == ENOMEM))
            return TT_TAP_DONE;
        if (len < 0 && errno != EINTR)
            return TT_TAP_GONE;
        if (len > 0) {
            *bytes_n += (uint64_t)len;
            account(reader, lock, &batch, (size_t)len);
        }
    }
    return TT_TAP_MORE;
}
