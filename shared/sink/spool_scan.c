/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/spool_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum {
    BLOCK = 1 << 18,
    ACKS_MAX = TT_SPOOL_COUNT_LEN + (TT_SPOOL_RECORDS_MAX / TT_SPOOL_GROUP_N + 1) * TT_SPOOL_GROUP_LEN
};

int tt_spool_file_open(int dir_fd, const char *name, int flags, int *fd, uint64_t *size)
{
    struct stat st;

    *fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0) /* a directory, a link, a socket */
        return errno == EISDIR || errno == ELOOP || errno == ENXIO ? TT_EUNSUPPORTED
                                                                   : tt_error_from_errno(errno);
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *size = (uint64_t)st.st_size;
        return TT_OK;
    }
    close(*fd);
    *fd = -1;
    errno = EINVAL;
    return TT_EUNSUPPORTED;
}

ssize_t tt_spool_file_read(int fd, void *bytes, size_t len, uint64_t at)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = pread(fd, (char *)bytes + done, len - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

void tt_spool_scan_init(struct tt_spool_scan *scan, int fd, uint64_t size)
{
    *scan = (struct tt_spool_scan){
        .fd = fd, .size = TT_MIN(size, (uint64_t)TT_SPOOL_SEGMENT_MAX), .at = TT_SPOOL_HEAD_LEN};
}

void tt_spool_scan_fini(struct tt_spool_scan *scan)
{
    free(scan->block);
    scan->block = NULL;
}

/* Makes the block start at the next record and hold `need` bytes of it, or all that is left. */
static int fill(struct tt_spool_scan *scan, size_t need)
{
    uint64_t left = scan->size - scan->at;
    ssize_t got;

    if (need > scan->block_cap) {
        size_t cap = TT_MAX(need, (size_t)BLOCK);
        uint8_t *block = realloc(scan->block, cap);
        if (block == NULL)
            return TT_ENOMEM;
        scan->block = block;
        scan->block_cap = cap;
    }
    got =
        tt_spool_file_read(scan->fd, scan->block, (size_t)TT_MIN(left, (uint64_t)scan->block_cap), scan->at);
    if (got < 0)
        return TT_EIO;
    scan->block_at = scan->at;
    scan->block_len = (size_t)got;
    return TT_OK;
}

/* The bytes of the block from the next record on. */
static size_t seen(const struct tt_spool_scan *scan, const uint8_t **bytes)
{
    size_t skip = (size_t)(scan->at - scan->block_at);

    if (scan->block == NULL || skip >= scan->block_len)
        return 0;
    *bytes = scan->block + skip;
    return scan->block_len - skip;
}

static bool is_zeros(const uint8_t *bytes, size_t len)
{
    static const uint8_t zeros[TT_SPOOL_PREFIX_LEN];

    return len >= sizeof(zeros) && memcmp(bytes, zeros, sizeof(zeros)) == 0;
}

int tt_spool_scan_next(struct tt_spool_scan *scan, struct tt_sink_record *record)
{
    const uint8_t *bytes = NULL;
    size_t size = 0, need = TT_SPOOL_PREFIX_LEN;

    if (scan->at >= scan->size)
        return TT_ENOENT;
    for (;;) {
        size_t len = seen(scan, &bytes);
        uint64_t left = scan->size - scan->at;
        int err = len == 0 ? TT_ETRUNCATED : tt_spool_record_read(bytes, len, record, &size);
        if (err == TT_EMALFORMED && is_zeros(bytes, len))
            return TT_ETRUNCATED;
        if (err == TT_OK) {
            scan->at += size;
            scan->records_n++;
        }
        need = TT_MAX(need, size);
        if (err != TT_ETRUNCATED || need > left)
            return err;
        if (len >= need || (len > 0 && scan->block_at == scan->at && scan->block_cap >= need))
            return TT_ETRUNCATED; /* the file has become shorter */
        err = fill(scan, need);
        if (err != TT_OK || scan->block_len == 0)
            return err != TT_OK ? err : TT_ETRUNCATED;
    }
}

static int read_groups(struct tt_spool_acks *acks, const uint8_t *bytes, size_t len, uint64_t number)
{
    uint32_t groups_n =
        len < TT_SPOOL_COUNT_LEN ? 0 : (uint32_t)((len - TT_SPOOL_COUNT_LEN) / TT_SPOOL_GROUP_LEN);

    acks->has_count =
        len >= TT_SPOOL_COUNT_LEN && tt_spool_count_read(bytes, number, &acks->count, &acks->is_damaged);
    if (!acks->has_count) {
        acks->count = 0;
        acks->is_damaged = false;
    }
    acks->groups = calloc(groups_n + 1, sizeof(*acks->groups));
    if (acks->groups == NULL)
        return TT_ENOMEM;
    acks->groups_n = groups_n;
    for (uint32_t i = 0; i < groups_n; i++) {
        const uint8_t *at = bytes + TT_SPOOL_COUNT_LEN + (size_t)i * TT_SPOOL_GROUP_LEN;
        if (!tt_spool_acks_read(at, number, i, &acks->groups[i])) {
            acks->groups[i] = 0;
            acks->damaged_n++;
        }
    }
    return TT_OK;
}

int tt_spool_acks_load(int dir_fd, unsigned topic, uint64_t number, struct tt_spool_acks *acks)
{
    char name[TT_SPOOL_NAME_MAX];
    uint64_t size;
    uint8_t *bytes;
    ssize_t got;
    int fd, err;

    *acks = (struct tt_spool_acks){.has_count = false};
    tt_spool_name_format(name, topic, number, TT_SPOOL_ACK);
    err = tt_spool_file_open(dir_fd, name, O_RDONLY, &fd, &size);
    if (err != TT_OK)
        return err == TT_ENOENT ? TT_OK : err;
    size = TT_MIN(size, (uint64_t)ACKS_MAX);
    bytes = malloc(size + 1);
    got = bytes == NULL ? 0 : tt_spool_file_read(fd, bytes, (size_t)size, 0);
    close(fd);
    err = bytes == NULL ? TT_ENOMEM : got < 0 ? TT_EIO : read_groups(acks, bytes, (size_t)got, number);
    free(bytes);
    return err;
}

void tt_spool_acks_fini(struct tt_spool_acks *acks)
{
    free(acks->groups);
    acks->groups = NULL;
    acks->groups_n = 0;
}

bool tt_spool_acks_has(const struct tt_spool_acks *acks, uint32_t record)
{
    uint32_t group = record / TT_SPOOL_GROUP_N;

    return group < acks->groups_n && (acks->groups[group] >> record % TT_SPOOL_GROUP_N & 1) != 0;
}

uint64_t tt_spool_acks_missing(const struct tt_spool_acks *acks, uint32_t from)
{
    uint64_t n = 0;

    for (uint64_t i = from; i < acks->count; i++) {
        if (i / TT_SPOOL_GROUP_N >= acks->groups_n)
            return n + (acks->count - i);
        n += !tt_spool_acks_has(acks, (uint32_t)i);
    }
    return n;
}
