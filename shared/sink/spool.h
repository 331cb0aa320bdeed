/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The spool of one sink: a write-ahead log on disk. A record is appended before it is sent for the first time;
 * the receiver's word sets its ack bit; a segment all of whose records are acked is removed. What is not acked
 * when a process starts is sent again, marked dup=maybe, so that nothing is lost and every possible duplicate
 * says so.
 *
 * A directory per sink; in it, per topic, numbered segments of at most 16 MiB and beside each its ack bits:
 *
 *   <topic>-<number, 16 hex digits>.seg   head (magic, version, topic, core's random, created), then records:
 *                                         length, XXH3-64 of the rest, head of the record, key, data
 *   <topic>-<number>.ack                  how many records there are; one bit per record, in order, each 32 with a
 *                                         check (docs/spool.md)
 *
 * Everything is read by pread into memory of ours (a file cut by somebody else must not raise SIGBUS) and
 * checked. A damaged record ends its segment: what is lost behind it is counted as far as it can be known and
 * the file is set aside with the suffix .bad. A segment of another version is left alone and named.
 * Full: whole segments give way, of the least important topic first (topics.def), its oldest first; what is on
 * its way just then is still settled.
 *
 * Thread: one, the sink's own; tt_spool_counts: any.
 */

#include "base/buf.h"
#include "sink/class.h"

struct tt_spool;

struct tt_spool_options {
    const char *dir; /* made when it is not there (0750), never through a symlink, locked against others */
    uint64_t size; /* bytes on disk at most */
    uint64_t segment_size; /* 0: 16 MiB */
    uint64_t random; /* of this core start */
    uint8_t encoding; /* enum tt_encoding: how a mark is put in */
    unsigned topics; /* bit mask: that new records come of; others found on disk are sent all the same */
};

/* Changes of the books that a call made; add them up, then set to 0. */
struct tt_spool_changes {
    uint64_t recovered[TT_TOPICS_N];
    uint64_t uncertain[TT_TOPICS_N]; /* gave way after they were settled as MAYBE */
    uint64_t dropped[TT_TOPICS_N][TT_SINK_DROPS_N];
};

/*
 * Opens or makes the directory and looks through what is there: records without an ack are counted as
 * recovered. Takes as long as reading the files takes. Fails, with a reason in *why: TT_EBUSY (another process
 * has it), TT_EPERM, TT_ENOSPC, TT_EIO, TT_ENOMEM.
 */
int tt_spool_open(const struct tt_spool_options *options, struct tt_spool **spool, struct tt_spool_changes *changes,
                  struct tt_buf *why);

/* Writes ack bits, syncs, closes; files stay. What was handed out and not settled is unsent again, and its memory
 * is no longer lent: settle it first, then tt_spool_read with max 0, for the last changes. */
void tt_spool_close(struct tt_spool **spool);

/*
 * Appends records, all of topics of the options, with one write per run of one topic; *taken_n: so many from the
 * front are on disk (in the page cache), also on failure. Makes room by dropping segments, told in *changes.
 * Fails: TT_ENOSPC (only more important records are there; or a full file system, for which nothing gives way),
 * TT_ELIMIT (the first that was not taken is larger than a segment), TT_EIO, TT_ENOMEM.
 */
int tt_spool_append(struct tt_spool *spool, const struct tt_sink_record *records, unsigned n, unsigned *taken_n,
                    struct tt_spool_changes *changes, struct tt_buf *why);

/* fdatasync of what was written and ack bits since. Fails: TT_EIO. */
int tt_spool_sync(struct tt_spool *spool, struct tt_buf *why);

/*
 * The next unsent records of these topics (bit mask), most important topic first, oldest first, at most max and
 * some 1 MiB; each is on its way until it is settled by its token; data lends until then. Recovered ones, and
 * those that were settled as MAYBE, carry TT_RECORD_AGAIN and the mark. Returns their number; damage that is met
 * is told in *changes.
 */
unsigned tt_spool_read(struct tt_spool *spool, unsigned topics, struct tt_sink_record *records, unsigned max,
                       struct tt_spool_changes *changes, struct tt_buf *why);

/* DELIVERED, REFUSED, TOO_LARGE: acked. WAITING, AGAIN, MAYBE: unsent again, in its old place; when its segment has
 * given way or was damaged meanwhile, it is dropped, or uncertain, told in the changes of the next append or read
 * (max 0, too). */
void tt_spool_settle(struct tt_spool *spool, uint64_t token, enum tt_fate fate);

/* What was lent may still be read, for nobody knows how long: its memory is not freed any more. */
void tt_spool_keep_memory(struct tt_spool *spool);

/* By topic: not acked, what is on its way included; unsent. bytes: on disk. */
struct tt_spool_counts {
    uint64_t records[TT_TOPICS_N];
    uint64_t unsent[TT_TOPICS_N];
    uint64_t bytes;
    uint64_t segments;
};
void tt_spool_counts(struct tt_spool *spool, struct tt_spool_counts *counts);
