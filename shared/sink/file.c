/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Records to a file: JSON lines, or Protobuf messages each after its length as a varint.
 *
 * Delivered: all bytes of the record taken by write. A record that only partly fitted (full disk)
 * stays first in the queue and is continued where it was cut; when the file is left before that,
 * the part is taken back. So nobody ever finds a torn record but behind a process that was killed,
 * and the next open takes that one back too. There is no fsync: what write took survives the
 * process, not the machine.
 *
 * Rotation happens between two records, before the one that would pass the size; when it fails the
 * file goes on growing and it is tried again, so that nothing is lost for it.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "sink/class.h"
#include "sink/file_pack.h"
#include "sink/file_rotate.h"
#include "sink/torn.h"

enum { RECORDS_MAX = IOV_MAX / 2, PREFIX_MAX = 5 };

static const uint64_t rotate_retry_ns = 10 * UINT64_C(1000000000);

struct file_sink {
    char *name;
    char path[TT_PATH_MAX];
    enum tt_encoding encoding;
    int fd;
    uint32_t partial; /* bytes of the first queued record (with its frame) that are written */
    uint64_t
        size; /* of the file; exact while partial > 0, else as of the last tick and what we wrote */
    uint64_t rotate; /* bytes; 0: never */
    unsigned keep;
    struct tt_file_packer *packer; /* NULL: rotated files stay plain */
    uint64_t next_rotate_ns;
    char rotate_why[TT_SINK_WHY_MAX]; /* the last failure said */
};

/* A record with its frame, as two pieces of memory. */
struct frame {
    struct iovec pieces[2];
    uint8_t prefix[PREFIX_MAX];
};

static void destroy(void *self)
{
    struct file_sink *file = self;

    tt_file_packer_free(&file->packer);
    free(file->name);
    free(file);
}

static int make(const struct tt_conf_sink *conf, const struct tt_sink_place *place, struct tt_sink *owner,
                void **self)
{
    struct file_sink *file = calloc(1, sizeof(*file));
    int err = TT_OK;

    (void)owner;
    if (file == NULL)
        return TT_ENOMEM;
    file->fd = -1;
    file->encoding = (enum tt_encoding)conf->encoding;
    file->name = strdup(conf->name);
    if (file->name == NULL)
        err = TT_ENOMEM;
    else if (conf->path == NULL)
        err = TT_EINVAL;
    else
        err = tt_conf_expand(conf->path, &place->names, file->path, sizeof(file->path));
    file->rotate = conf->rotate;
    file->keep = TT_MIN(TT_MAX((unsigned)conf->keep, 1u), (unsigned)TT_FILE_KEEP_MAX);
    if (err == TT_OK && conf->rotate > 0 && conf->compress)
        err = tt_file_packer_new(file->name, file->path, &file->packer);
    if (err != TT_OK)
        destroy(file);
    else
        *self = file;
    return err;
}

static const char *advice(int err)
{
    switch (err) {
    case TT_EBUSY:
        return "give this sink a path of its own";
    case TT_EPERM:
        return "choose a path without links that the server's user may write to";
    case TT_ENOSPC:
        return "make room";
    default:
        return "choose another path";
    }
}

/* Takes back what a killed process left half written. */
static int cut_torn(struct file_sink *file, struct tt_buf *why)
{
    struct stat st;
    uint64_t whole_len = 0;
    int err = fstat(file->fd, &st) == 0 ? TT_OK : TT_EIO;

    if (err == TT_OK)
        err = tt_torn_find(file->fd, file->encoding, (uint64_t)st.st_size, &whole_len);
    if (err == TT_OK && whole_len == (uint64_t)st.st_size)
        return TT_OK;
    if (err == TT_OK && ftruncate(file->fd, (off_t)whole_len) != 0)
        err = TT_EIO;
    if (err == TT_OK)
        tt_log(TT_LOG_WARNING, "sink %s: %s: cut a torn record of %llu bytes off its end",
               file->name, file->path,
               (unsigned long long)st.st_size - (unsigned long long)whole_len);
    else if (err == TT_EMALFORMED)
        tt_buf_format(why,
                      "refused %s: its end is no record of this encoding, it is left as it is: "
                      "choose another path",
                      file->path);
    else
        tt_buf_format(why, "cannot read the end of %s: %s", file->path, strerrordesc_np(errno));
    return err;
}

static void close_file(void *self)
{
    struct file_sink *file = self;
    struct stat st;

    if (file->fd < 0)
        return;
    if (file->packer != NULL)
        tt_file_packer_stop(file->packer);
    if (file->partial > 0 && fstat(file->fd, &st) == 0 && (uint64_t)st.st_size == file->size &&
        ftruncate(file->fd, st.st_size - (off_t)file->partial) != 0)
        tt_log(TT_LOG_WARNING, "sink %s: %s ends with a torn record: %s", file->name, file->path,
               strerrordesc_np(errno));
    close(file->fd);
    file->fd = -1;
    file->partial = 0;
}

static void say_rotate_failure(struct file_sink *file, struct tt_buf *why)
{
    const char *text = tt_buf_cstr(why);

    file->next_rotate_ns = tt_clock_mono_ns() + rotate_retry_ns;
    if (strcmp(text, file->rotate_why) == 0)
        return;
    tt_log(TT_LOG_WARNING,
           "sink %s: cannot rotate: %s; goes on in the same file, tried again by itself",
           file->name, text);
    snprintf(file->rotate_why, sizeof(file->rotate_why), "%s", text);
}

/* What a process that was killed while it rotated left behind. */
static void settle(struct file_sink *file)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    file->next_rotate_ns = 0;
    if (tt_file_settle(file->path, file->keep, &why) != TT_OK)
        say_rotate_failure(file, &why);
    if (file->packer != NULL)
        tt_file_packer_wake(file->packer);
}

static void measure(struct file_sink *file)
{
    struct stat st;

    file->size = fstat(file->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int open_file(void *self, struct tt_buf *why)
{
    struct file_sink *file = self;
    struct tt_path_error error;
    int err = tt_path_open_append(file->path, &file->fd, &error);

    if (err != TT_OK) {
        tt_buf_format(why, "%s; %s", error.text, advice(err));
        return err;
    }
    err = cut_torn(file, why);
    if (err != TT_OK) {
        close_file(file);
        return err;
    }
    settle(file);
    measure(file);
    return TT_OK;
}

static size_t write_varint(uint8_t *at, uint32_t value)
{
    size_t len = 0;

    for (; value >= 0x80; value >>= 7)
        at[len++] = (uint8_t)(value | 0x80);
    at[len++] = (uint8_t)value;
    return len;
}

static size_t frame_record(const struct file_sink *file, const struct tt_sink_record *record,
                           struct frame *frame)
{
    struct iovec body = {(void *)(uintptr_t)record->data, record->len};
    size_t prefix_len;

    if (file->encoding == TT_ENCODING_PROTOBUF) {
        prefix_len = write_varint(frame->prefix, record->len);
        frame->pieces[0] = (struct iovec){frame->prefix, prefix_len};
        frame->pieces[1] = body;
        return prefix_len + record->len;
    }
    frame->prefix[0] = '\n';
    frame->pieces[0] = body;
    frame->pieces[1] = (struct iovec){frame->prefix, 1};
    return (size_t)record->len + 1;
}

/* Leaves out the first bytes of the first record: they are written. */
static void skip_partial(struct iovec *pieces, size_t partial)
{
    for (int i = 0; i < 2; i++) {
        size_t gone = TT_MIN(partial, pieces[i].iov_len);
        pieces[i].iov_base = (char *)pieces[i].iov_base + gone;
        pieces[i].iov_len -= gone;
        partial -= gone;
    }
}

/* Somebody emptied the file in between (copytruncate): the cut record starts anew. */
static void check_partial(struct file_sink *file)
{
    struct stat st;

    if (file->partial > 0 && (fstat(file->fd, &st) != 0 || (uint64_t)st.st_size != file->size))
        file->partial = 0;
}

static void note_partial(struct file_sink *file, size_t partial)
{
    file->partial = (uint32_t)partial;
    if (partial > 0)
        measure(file);
}

static void rotate(struct file_sink *file)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    uint64_t size = file->size;

    if (tt_clock_mono_ns() < file->next_rotate_ns)
        return;
    int err = tt_file_rotate(file->path, file->keep, &file->fd, &why);
    if (err == TT_ECLOSED) /* the next tick leaves this file */
        return;
    if (err != TT_OK) {
        say_rotate_failure(file, &why);
        return;
    }
    file->size = 0;
    file->rotate_why[0] = '\0';
    tt_log(TT_LOG_INFO, "sink %s: rotated %s after %llu bytes", file->name, file->path,
           (unsigned long long)size);
    if (file->packer != NULL)
        tt_file_packer_wake(file->packer);
}

/* How many of n records go into the file as it is, after a rotation when it is full. A file that
 * cannot be rotated takes them all. */
static unsigned make_way(struct file_sink *file, const size_t *lens, unsigned n)
{
    uint64_t size;
    unsigned fit_n = 1;

    if (file->rotate == 0)
        return n;
    if (file->partial > 0) /* first the record that is begun, wherever it ends */
        return 1;
    if (file->size > 0 && file->size + lens[0] > file->rotate)
        rotate(file);
    if (file->size > 0 && file->size + lens[0] > file->rotate)
        return n;
    for (size = file->size + lens[0]; fit_n < n && size + lens[fit_n] <= file->rotate; fit_n++)
        size += lens[fit_n];
    return fit_n;
}

static int say_write_error(const struct file_sink *file, int errno_value, struct tt_buf *why)
{
    if (errno_value == EINTR)
        return TT_OK;
    tt_buf_format(why, "cannot write %s: %s", file->path, strerrordesc_np(errno_value));
    return errno_value == ESTALE || errno_value == EBADF ? TT_ECLOSED
                                                         : tt_error_from_errno(errno_value);
}

static int put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    struct file_sink *file = self;
    struct frame frames[RECORDS_MAX];
    struct iovec pieces[2 * RECORDS_MAX];
    size_t lens[RECORDS_MAX], written;
    unsigned done_n;
    ssize_t got;

    if (n == 0)
        return TT_OK;
    n = TT_MIN(n, (unsigned)RECORDS_MAX);
    check_partial(file);
    if (file->partial > 0)
        records[0].fate = TT_FATE_BEGUN;
    for (unsigned i = 0; i < n; i++) {
        lens[i] = frame_record(file, &records[i], &frames[i]);
        memcpy(&pieces[2 * i], frames[i].pieces, sizeof(frames[i].pieces));
    }
    n = make_way(file, lens, n);
    skip_partial(pieces, file->partial);
    got = writev(file->fd, pieces, (int)(2 * n));
    if (got < 0)
        return say_write_error(file, errno, why);
    file->size += (size_t)got;
    written = (size_t)got + file->partial;
    for (done_n = 0; done_n < n && written >= lens[done_n]; done_n++) {
        written -= lens[done_n];
        records[done_n].fate = TT_FATE_DELIVERED;
    }
    if (written > 0) /* nothing else may follow on it */
        records[done_n].fate = TT_FATE_BEGUN;
    note_partial(file, written);
    if (file->packer != NULL)
        tt_file_packer_step(file->packer, file->keep, true);
    return TT_OK;
}

/* A file that was moved away or removed is left, so that rotation needs no signal. */
static int tick(void *self, struct tt_buf *why)
{
    struct file_sink *file = self;

    if (!tt_path_is_open_as(file->path, file->fd)) {
        tt_buf_format(why, "%s was moved or removed", file->path);
        return TT_ECLOSED;
    }
    if (file->partial == 0)
        measure(file); /* somebody may have emptied it */
    if (file->packer != NULL)
        tt_file_packer_step(file->packer, file->keep, false);
    return TT_OK;
}

/* Nothing is kept back: put leaves all to the system. */
static int flush(void *self, uint64_t deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return TT_OK;
}

const struct tt_sink_class tt_sink_file = {
    .type = "file",
    .id = TT_SINK_FILE,
    .make = make,
    .open = open_file,
    .put = put,
    .tick = tick,
    .flush = flush,
    .close = close_file,
    .destroy = destroy,
};
