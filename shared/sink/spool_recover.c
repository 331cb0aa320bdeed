/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a directory holds when a spool is opened. Segments of ours are read from front to end; everything else
 * is named and left alone. A record that was appended, as the count beside the ack bits says, and is not
 * there any more was recovered and lost at once, so that the books agree; the count is lowered, so that it is
 * told once.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "sink/spool_scan.h"
#include "sink/spool_state.h"

enum { SAID_MAX = 4 };

struct found {
    uint64_t number;
    uint8_t topic, kind;
};

struct recovery {
    struct tt_spool *spool;
    struct tt_spool_changes *changes;
    struct tt_buf *why;
    unsigned problems_n;
    struct found *files;
    size_t files_n, files_cap;
};

/* One segment that is looked at. */
struct look {
    char name[TT_SPOOL_NAME_MAX];
    const struct found *found;
    int fd;
    uint64_t size;
    struct tt_spool_head head;
    struct tt_spool_acks acks;
};

TT_PRINTF(3, 4)
static void say(struct recovery *recovery, const char *name, const char *format, ...)
{
    va_list args;

    if (++recovery->problems_n > SAID_MAX)
        return;
    if (recovery->problems_n == 1)
        tt_buf_format(recovery->why, "%s: ", recovery->spool->dir);
    else
        tt_buf_text(recovery->why, "; ");
    tt_buf_format(recovery->why, "%.80s ", name);
    va_start(args, format);
    tt_buf_vformat(recovery->why, format, args);
    va_end(args);
}

static bool add_file(struct recovery *recovery, const struct found *found)
{
    if (recovery->files_n == recovery->files_cap) {
        size_t cap = 2 * recovery->files_cap + 64;
        struct found *files = realloc(recovery->files, cap * sizeof(*files));
        if (files == NULL)
            return false;
        recovery->files = files;
        recovery->files_cap = cap;
    }
    recovery->files[recovery->files_n++] = *found;
    recovery->spool->next_number = TT_MAX(recovery->spool->next_number, found->number + 1);
    return true;
}

static int list_files(struct recovery *recovery)
{
    int fd = openat(recovery->spool->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    bool is_fine = true;

    if (dir == NULL && fd >= 0)
        close(fd);
    if (dir == NULL)
        return TT_EIO;
    while (is_fine && (entry = readdir(dir)) != NULL) {
        struct found found;
        unsigned topic;
        enum tt_spool_kind kind;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            strcmp(entry->d_name, "lock") == 0)
            continue;
        if (!tt_spool_name_parse(entry->d_name, &topic, &found.number, &kind)) {
            say(recovery, entry->d_name, "is none of ours and left alone");
            continue;
        }
        found.topic = (uint8_t)topic;
        found.kind = (uint8_t)kind;
        is_fine = add_file(recovery, &found);
    }
    closedir(dir);
    return is_fine ? TT_OK : TT_ENOMEM;
}

static int by_number(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->topic != y->topic ? (int)x->topic - (int)y->topic : (int)x->kind - (int)y->kind;
}

/* Opens it and reads its head. False: it is left alone, and named. *err: TT_EMALFORMED for a head that is
 * none. */
static bool look_at(struct recovery *recovery, struct look *look, int *err)
{
    uint8_t bytes[TT_SPOOL_HEAD_LEN];
    const struct found *found = look->found;
    ssize_t got;

    tt_spool_name_format(look->name, found->topic, found->number, TT_SPOOL_SEG);
    *err = tt_spool_file_open(recovery->spool->dir_fd, look->name, O_RDONLY, &look->fd, &look->size);
    if (*err != TT_OK) {
        say(recovery, look->name,
            *err == TT_EUNSUPPORTED ? "is no regular file and left alone" : "cannot be opened: %s",
            strerrordesc_np(errno));
        return false;
    }
    got = tt_spool_file_read(look->fd, bytes, sizeof(bytes), 0);
    *err = got == (ssize_t)sizeof(bytes) ? tt_spool_head_read(bytes, &look->head) : TT_EMALFORMED;
    if (*err == TT_EMISMATCH)
        say(recovery, look->name, "is of version %u and left alone", look->head.version);
    else if (*err == TT_EUNSUPPORTED)
        say(recovery, look->name, "is of a topic or encoding that is not known, and left alone");
    else if (*err == TT_OK && (look->head.number != found->number || look->head.topic != found->topic))
        say(recovery, look->name, "is not what its name says, and left alone");
    else
        return true;
    close(look->fd);
    return false;
}

/* Adds what is whole to the segment. Returns what ended it: TT_ENOENT when all was fine. */
static int scan(struct look *look, struct tt_spool_segment *segment)
{
    struct tt_spool_scan at;
    struct tt_sink_record record;
    uint64_t start;
    int err;

    tt_spool_scan_init(&at, look->fd, look->size);
    while (start = at.at, (err = tt_spool_scan_next(&at, &record)) == TT_OK) {
        uint32_t i = segment->records_n, bit = UINT32_C(1) << i % TT_SPOOL_GROUP_N;
        err = tt_spool_segment_reserve(segment, i + 1);
        if (err != TT_OK)
            break;
        if (i % TT_SPOOL_GROUP_N == 0)
            segment->groups[segment->groups_n++] = (struct tt_spool_group){.offset = (uint32_t)start};
        if (tt_spool_acks_has(&look->acks, i))
            segment->groups[i / TT_SPOOL_GROUP_N].acked |= bit;
        else
            segment->unsent_n++;
        segment->records_n++;
    }
    segment->data_end = start;
    segment->readable_n = segment->records_n;
    tt_spool_scan_fini(&at);
    return err;
}

static void note_books(struct recovery *recovery, const struct tt_spool_segment *segment, uint64_t lost)
{
    struct tt_spool *spool = recovery->spool;
    unsigned topic = segment->topic;

    recovery->changes->recovered[topic] += segment->unsent_n + lost;
    recovery->changes->dropped[topic][TT_SINK_DROP_SPOOL_CORRUPT] += lost;
    tt_spool_show(&spool->shown.records[topic], segment->unsent_n);
    tt_spool_show(&spool->shown.unsent[topic], segment->unsent_n);
    spool->bytes += segment->bytes;
    __atomic_store_n(&spool->shown.bytes, spool->bytes, __ATOMIC_RELAXED);
}

/* A torn end alone is what a killed process leaves: its records were never said to be taken. */
static void judge(struct recovery *recovery, const struct look *look, struct tt_spool_segment *segment,
                  int ended)
{
    uint64_t lost = tt_spool_acks_missing(&look->acks, segment->records_n);
    bool is_short = look->acks.count > segment->records_n, is_told = look->acks.is_damaged && !is_short;

    segment->bytes = look->size + TT_SPOOL_COUNT_LEN + (uint64_t)segment->groups_n * TT_SPOOL_GROUP_LEN;
    segment->is_damaged =
        is_short || is_told || ended == TT_EMALFORMED || ended == TT_EIO || look->size > TT_SPOOL_SEGMENT_MAX;
    segment->reason = TT_SINK_DROP_SPOOL_CORRUPT;
    note_books(recovery, segment, lost);
    if (segment->is_damaged && !is_told)
        say(recovery, look->name, "is damaged at byte %llu, %llu records are lost",
            (unsigned long long)segment->data_end, (unsigned long long)lost);
    if (segment->is_damaged && !is_told)
        tt_spool_segment_write_count(recovery->spool, segment, segment->records_n);
    if (look->acks.damaged_n > 0)
        say(recovery, look->name, "has damaged ack bits, up to %u of its records are sent again",
            look->acks.damaged_n * TT_SPOOL_GROUP_N);
    if (segment->encoding != recovery->spool->encoding && segment->unsent_n > 0)
        say(recovery, look->name, "is in another encoding, its records are sent as they are");
}

static int recover_segment(struct recovery *recovery, const struct found *found)
{
    struct look look = {.found = found};
    struct tt_spool_segment *segment;
    int err, ended;

    if (!look_at(recovery, &look, &ended))
        return TT_OK;
    err = tt_spool_acks_load(recovery->spool->dir_fd, found->topic, found->number, &look.acks);
    if (err != TT_OK && err != TT_ENOMEM)
        say(recovery, look.name, "has ack bits that cannot be read, its records are sent again");
    segment = err == TT_ENOMEM ? NULL : tt_spool_segment_new(recovery->spool, found->topic, found->number);
    err = segment == NULL ? TT_ENOMEM : TT_OK;
    if (segment != NULL) {
        segment->is_recovered = true;
        segment->encoding = ended == TT_OK ? look.head.encoding : recovery->spool->encoding;
        if (ended == TT_EMALFORMED && look.size < TT_SPOOL_HEAD_LEN && look.acks.count == 0)
            ended = TT_ETRUNCATED; /* killed while it was made */
        ended = ended == TT_OK ? scan(&look, segment) : ended;
        err = ended == TT_ENOMEM ? TT_ENOMEM : TT_OK;
        judge(recovery, &look, segment, ended);
        tt_spool_segment_finish(recovery->spool, segment);
    }
    tt_spool_acks_fini(&look.acks);
    close(look.fd);
    return err;
}

static void recover_bad(struct recovery *recovery, const struct found *found)
{
    char name[TT_SPOOL_NAME_MAX];
    uint64_t size;
    int fd;

    tt_spool_name_format(name, found->topic, found->number, TT_SPOOL_BAD);
    if (tt_spool_file_open(recovery->spool->dir_fd, name, O_RDONLY, &fd, &size) != TT_OK)
        return;
    close(fd);
    tt_spool_bad_add(recovery->spool, found->topic, found->number, size);
}

static int recover_file(struct recovery *recovery, const struct found *found, const struct found *before)
{
    char name[TT_SPOOL_NAME_MAX];

    if (found->kind == TT_SPOOL_SEG)
        return recover_segment(recovery, found);
    if (found->kind == TT_SPOOL_BAD)
        recover_bad(recovery, found);
    else if (before == NULL || before->kind != TT_SPOOL_SEG || before->number != found->number ||
             before->topic != found->topic) {
        tt_spool_name_format(name, found->topic, found->number, TT_SPOOL_ACK);
        unlinkat(recovery->spool->dir_fd, name, 0); /* of a segment that was removed */
    }
    return TT_OK;
}

int tt_spool_recover(struct tt_spool *spool, struct tt_spool_changes *changes, struct tt_buf *why)
{
    struct recovery recovery = {.spool = spool, .changes = changes, .why = why};
    int err = list_files(&recovery);

    if (recovery.files_n > 0)
        qsort(recovery.files, recovery.files_n, sizeof(*recovery.files), by_number);
    for (size_t i = 0; err == TT_OK && i < recovery.files_n; i++)
        err = recover_file(&recovery, &recovery.files[i], i > 0 ? &recovery.files[i - 1] : NULL);
    free(recovery.files);
    if (recovery.problems_n > SAID_MAX)
        tt_buf_format(why, "; and %u more", recovery.problems_n - SAID_MAX);
    if (err == TT_OK) /* the bound may have been lowered */
        tt_spool_make_room(spool, TT_TOPICS_N - 1, 0, changes);
    else
        tt_buf_format(why, "%s%s: cannot be looked through: %s", why->len > 0 ? "; " : "", spool->dir,
                      tt_error_text(err));
    return err;
}
