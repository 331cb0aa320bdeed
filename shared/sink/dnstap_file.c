/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/dnstap_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "sink/dnstap_stream.h"
#include "sink/file_rotate.h"

enum {
    LENGTH = 4,
    BURST_MAX = 256, /* frames of one write */
    WINDOW = 64 * 1024,
    TYPE_LEN = sizeof(TT_DNSTAP_CONTENT_TYPE) - 1,
    START_LEN = 5 * LENGTH + TYPE_LEN,
    STOP_LEN = 3 * LENGTH,
};

static const uint64_t rotate_retry_ns = 10 * UINT64_C(1000000000);

/* Control frames as libfstrm encodes them: escape, length, type; of START a field (1) with its
 * length. */
static const char start_frame[] =
    "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16" TT_DNSTAP_CONTENT_TYPE;
static const char stop_frame[] = "\0\0\0\0\0\0\0\4\0\0\0\3";
TT_STATIC_ASSERT(sizeof(start_frame) == START_LEN + 1 && TYPE_LEN == 0x16,
                 "START says its lengths");
TT_STATIC_ASSERT(sizeof(stop_frame) == STOP_LEN + 1, "STOP has a type and no field");

static int fail_errno(struct tt_buf *why, const char *step, const char *path)
{
    int errno_value = errno;

    tt_buf_format(why, "%s %s: %s", step, path, strerrordesc_np(errno_value));
    return tt_error_from_errno(errno_value);
}

static bool has_at(int fd, uint64_t at, const char *expect, size_t len)
{
    char bytes[START_LEN];

    return pread(fd, bytes, len, (off_t)at) == (ssize_t)len && memcmp(bytes, expect, len) == 0;
}

/* What is there of START; a file of less than that was killed at its very beginning. */
static bool is_begun_as_ours(int fd, uint64_t size)
{
    return has_at(fd, 0, start_frame, (size_t)TT_MIN(size, (uint64_t)START_LEN));
}

/* Walks the frames of a file without STOP at its end. *end: behind the last whole one. */
static int find_end(int fd, uint64_t size, uint64_t *end)
{
    uint8_t window[WINDOW];
    uint64_t window_at = 0, at = START_LEN;
    size_t window_len = 0;

    for (*end = at; at + LENGTH <= size; *end = at) {
        const uint8_t *head;
        uint32_t len;

        if (at + LENGTH > window_at + window_len) {
            ssize_t got = pread(fd, window, sizeof(window), (off_t)at);
            if (got < LENGTH)
                return TT_EIO;
            window_at = at;
            window_len = (size_t)got;
        }
        head = window + (at - window_at);
        len = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
        if (len == 0) /* a torn STOP, or the zeros of a power cut */
            return TT_OK;
        at += LENGTH + (uint64_t)len;
        if (at > size)
            return TT_OK;
    }
    return TT_OK;
}

static int begin_stream(struct tt_dnstap_file *file, struct tt_buf *why)
{
    if (write(file->fd, start_frame, START_LEN) != START_LEN) {
        int err = fail_errno(why, "cannot begin a stream in", file->path);
        (void)!ftruncate(file->fd, 0);
        return err;
    }
    file->size = START_LEN;
    return TT_OK;
}

static void end_stream(const struct tt_dnstap_file *file)
{
    if (write(file->fd, stop_frame, STOP_LEN) != STOP_LEN)
        (void)!ftruncate(file->fd, (off_t)file->size);
}

/* Puts the end of what is there where the next frame belongs. */
static int go_on(struct tt_dnstap_file *file, uint64_t size, struct tt_buf *why)
{
    bool is_ended =
        size >= START_LEN + STOP_LEN && has_at(file->fd, size - STOP_LEN, stop_frame, STOP_LEN);
    int err = TT_OK;

    if (!is_begun_as_ours(file->fd, size)) {
        tt_buf_format(why,
                      "refused %s: it is no frame stream of dnstap as we write it, it is left as "
                      "it is: choose "
                      "another path",
                      file->path);
        return TT_EMALFORMED;
    }
    file->size = size < START_LEN ? 0 : size - STOP_LEN;
    if (!is_ended && size >= START_LEN)
        err = find_end(file->fd, size, &file->size);
    if (err != TT_OK || (file->size != size && ftruncate(file->fd, (off_t)file->size) != 0))
        return fail_errno(why, "cannot find the end of", file->path);
    if (!is_ended && file->size != size)
        tt_log(TT_LOG_WARNING, "%s: cut a torn frame of %llu bytes off its end", file->path,
               (unsigned long long)(size - file->size));
    return file->size == 0 ? begin_stream(file, why) : TT_OK;
}

int tt_dnstap_file_open(struct tt_dnstap_file *file, struct tt_buf *why)
{
    struct tt_path_error error;
    struct stat st;
    int err = tt_path_open_append(file->path, &file->fd, &error);

    if (err != TT_OK) {
        file->fd = -1;
        tt_buf_format(why, "%s; choose another path, one that the server's user may write to",
                      error.text);
        return err;
    }
    err = fstat(file->fd, &st) != 0 ? fail_errno(why, "cannot inspect", file->path) : TT_OK;
    if (err == TT_OK && st.st_size > 0)
        err = go_on(file, (uint64_t)st.st_size, why);
    else if (err == TT_OK)
        err = begin_stream(file, why);
    if (err == TT_OK && file->rotate > 0)
        err = tt_file_settle(file->path, file->keep, why);
    if (err != TT_OK) {
        close(file->fd);
        file->fd = -1;
    }
    return err;
}

/* A file that cannot be rotated goes on growing; why tells it as a warning. */
static void rotate(struct tt_dnstap_file *file, struct tt_buf *why)
{
    uint64_t size = file->size;
    int err;

    if (tt_clock_mono_ns() < file->next_rotate_ns)
        return;
    end_stream(file);
    err = tt_file_rotate(file->path, file->keep, &file->fd, why);
    if (err != TT_OK) {
        file->next_rotate_ns = tt_clock_mono_ns() + rotate_retry_ns;
        (void)!ftruncate(file->fd, (off_t)size);
        return;
    }
    file->size = 0;
}

/* How many of n records go into the file as it is; at least one. */
static unsigned count_fitting(const struct tt_dnstap_file *file,
                              const struct tt_sink_record *records, unsigned n)
{
    uint64_t size = file->size;
    unsigned fit_n = 0;

    for (; fit_n < n; fit_n++) {
        size += LENGTH + records[fit_n].len;
        if (file->rotate > 0 && size + STOP_LEN > file->rotate && fit_n > 0)
            break;
    }
    return fit_n;
}

/* What was written of a frame that did not fit goes back. */
static void settle(struct tt_dnstap_file *file, struct tt_sink_record *records, unsigned n,
                   size_t written)
{
    size_t left = written;

    for (unsigned i = 0; i < n && left >= LENGTH + records[i].len; i++) {
        left -= LENGTH + records[i].len;
        records[i].fate = TT_FATE_DELIVERED;
    }
    file->size += written - left;
    if (left > 0)
        (void)!ftruncate(file->fd, (off_t)file->size);
}

static int put_burst(struct tt_dnstap_file *file, struct tt_sink_record *records, unsigned n,
                     struct tt_buf *why)
{
    uint8_t heads[BURST_MAX][LENGTH];
    struct iovec pieces[2 * BURST_MAX];
    size_t wanted = 0;
    ssize_t got;

    if (n == 0 || n > BURST_MAX)
        return TT_OK;
    for (unsigned i = 0; i < n; i++) {
        for (unsigned byte = 0; byte < LENGTH; byte++)
            heads[i][byte] = (uint8_t)(records[i].len >> (24 - 8 * byte));
        pieces[2 * i] = (struct iovec){heads[i], LENGTH};
        pieces[2 * i + 1] = (struct iovec){(void *)(uintptr_t)records[i].data, records[i].len};
        wanted += LENGTH + records[i].len;
    }
    got = writev(file->fd, pieces, (int)(2 * n));
    if (got < 0 && errno != EINTR)
        return fail_errno(why, "cannot write", file->path);
    settle(file, records, n, got > 0 ? (size_t)got : 0);
    if (got >= 0 && (size_t)got < wanted) {
        errno = ENOSPC; /* nothing else makes a file take less */
        return fail_errno(why, "cannot write all to", file->path);
    }
    return TT_OK;
}

int tt_dnstap_file_put(struct tt_dnstap_file *file, struct tt_sink_record *records, unsigned n,
                       struct tt_buf *why)
{
    int err = TT_OK;

    for (unsigned at = 0; at < n && err == TT_OK;) {
        unsigned burst_n = TT_MIN(n - at, (unsigned)BURST_MAX);

        if (file->rotate > 0 && file->size > START_LEN &&
            file->size + LENGTH + records[at].len + STOP_LEN > file->rotate)
            rotate(file, why);
        if (file->size == 0)
            err = begin_stream(file, why);
        burst_n = count_fitting(file, records + at, burst_n);
        if (err == TT_OK)
            err = put_burst(file, records + at, burst_n, why);
        at += burst_n;
    }
    return err;
}

void tt_dnstap_file_close(struct tt_dnstap_file *file)
{
    if (file->fd < 0)
        return;
    end_stream(file);
    close(file->fd);
    file->fd = -1;
}
