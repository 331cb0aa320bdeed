/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Reads a segment and its ack bits from front to end without trusting any byte, by pread into memory of its
 * own; changes nothing. For the recovery and for `telltalectl spool`. Thread: one each.
 */

#include "sink/spool_format.h"

/* Opens a regular file of the directory, never through a link. flags: O_RDONLY or O_RDWR.
 * Fails: TT_EUNSUPPORTED (no regular file, or a link), TT_ENOENT, TT_EPERM, TT_EIO; errno says more. */
int tt_spool_file_open(int dir_fd, const char *name, int flags, int *fd, uint64_t *size);

/* Reads len bytes from at on; less at the end of the file. Returns their number, -1: errno. */
ssize_t tt_spool_file_read(int fd, void *bytes, size_t len, uint64_t at);

struct tt_spool_scan {
    int fd;             /* lent */
    uint64_t size;      /* of the file, as far as it is looked at */
    uint64_t at;        /* of the next record */
    uint32_t records_n; /* so far */
    uint8_t *block;
    size_t block_cap, block_len;
    uint64_t block_at;
};

/* Starts behind the head of the segment. */
void tt_spool_scan_init(struct tt_spool_scan *scan, int fd, uint64_t size);
void tt_spool_scan_fini(struct tt_spool_scan *scan);

/*
 * The next record, lent until the next call; the topic is left alone. Fails: TT_ENOENT (the end, all was
 * fine), TT_ETRUNCATED (a record that is cut by the end of the file, or zeros of a power cut), TT_EMALFORMED,
 * TT_EIO, TT_ENOMEM. After a failure scan->at is the end of what is whole.
 */
int tt_spool_scan_next(struct tt_spool_scan *scan, struct tt_sink_record *record);

/* What the file of ack bits says. */
struct tt_spool_acks {
    bool has_count;
    bool is_damaged;  /* the segment is, and it was told and counted */
    uint64_t count;   /* records that were appended, as the file says */
    uint32_t *groups; /* owned; behind them: none is acked */
    uint32_t groups_n;
    uint32_t damaged_n; /* groups whose check fails: none of theirs is acked */
};

/* Reads them all; a file that is not there has none. Fails: TT_ENOMEM, TT_EUNSUPPORTED and as
 * tt_spool_file_open; *acks is then empty. */
int tt_spool_acks_load(int dir_fd, unsigned topic, uint64_t number, struct tt_spool_acks *acks);
void tt_spool_acks_fini(struct tt_spool_acks *acks);

bool tt_spool_acks_has(const struct tt_spool_acks *acks, uint32_t record);

/* Records from the given one on that were appended and never acked, as far as the file knows. */
uint64_t tt_spool_acks_missing(const struct tt_spool_acks *acks, uint32_t from);
