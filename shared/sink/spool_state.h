/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What a spool holds in memory; for the files spool*.c alone. Per 32 records of a segment one struct
 * tt_spool_group (16 bytes), so that 4 GiB on disk take some 3 MiB; data only in blocks while it is lent.
 *
 * A record of a segment is acked, flying (handed out), unsent, or gone: numbered `readable_n` or higher and
 * not flying. alive = unsent + flying.
 *
 * Thread: the sink's own; `shown` is read by any.
 */

#include "base/path.h"
#include "sink/spool.h"
#include "sink/spool_format.h"

enum { TT_SPOOL_BLOCK = 1 << 20, TT_SPOOL_BLOCKS_MAX = 8 << 20 };

struct tt_spool_group {
    uint32_t offset;               /* in the file, of its first record */
    uint32_t acked, flying, maybe; /* one bit a record */
};

struct tt_spool_segment {
    struct tt_spool_segment *next;
    uint64_t number;
    uint64_t data_end; /* bytes of whole records, head included */
    uint64_t bytes;    /* on disk as the bound counts them, ack bits included */
    uint32_t records_n;
    uint32_t readable_n; /* those behind are lost, as `reason` says, or may be written yet by nobody */
    uint32_t unsent_n, flying_n;
    uint32_t next_unsent; /* nothing before it is unsent */
    uint32_t cursor;      /* a record whose place is known … */
    uint64_t cursor_at;   /* … here */
    struct tt_spool_group *groups;
    uint32_t groups_n, groups_cap;
    uint32_t dirty_from, dirty_to; /* groups whose acks are not written; equal: none */
    int fd, ack_fd;                /* while it is appended to; else -1 */
    uint8_t topic, encoding;
    uint8_t reason; /* enum tt_sink_drop of what comes back and is not readable any more */
    bool is_recovered;
    bool is_damaged; /* kept as .bad at the end */
    bool is_gone;    /* its files are removed; it waits for what is flying */
    bool has_unsynced_data, has_unsynced_acks;
};

/* Memory that records are lent from: of a piece of a segment, or of marked copies. */
struct tt_spool_block {
    uint32_t refs; /* records that are flying, and 1 while it is the current one */
    uint32_t len;
    size_t cap;
    uint64_t at;                            /* of data[0] in the segment's file */
    const struct tt_spool_segment *segment; /* NULL: marked copies, or its segment is gone */
    uint8_t data[];
};

/* A record on its way; the token is generation << 32 | place in the table. */
struct tt_spool_slot {
    struct tt_spool_segment *segment; /* NULL: free */
    struct tt_spool_block *block;
    uint32_t record;
    uint32_t generation;
    uint32_t next_free;
};

/* A file that was set aside; the first to go when room is needed. */
struct tt_spool_bad {
    struct tt_spool_bad *next;
    uint64_t number, bytes;
    uint8_t topic;
};

struct tt_spool {
    char dir[TT_PATH_MAX];
    int dir_fd, lock_fd;
    uint64_t size, segment_size, random;
    uint8_t encoding;
    unsigned topics;
    uint64_t next_number;
    uint64_t bytes;           /* on disk */
    uint64_t unremoved_bytes; /* part of it: of files that could not be removed */
    struct tt_spool_segment *first[TT_TOPICS_N], *last[TT_TOPICS_N]; /* by number */
    struct tt_spool_segment *gone;                                   /* in no order */
    struct tt_spool_segment *open[TT_TOPICS_N]; /* appended to; the last of its list, or NULL */
    struct tt_spool_bad *bad;
    struct tt_spool_changes pending; /* of tt_spool_settle: told by the next call that can */
    bool has_pending;
    bool has_new_names;                   /* the directory is to be synced */
    uint8_t *gather;                      /* where appended records are put together */
    struct tt_spool_block *block, *marks; /* the current ones, or NULL */
    size_t blocks_bytes;                  /* of all blocks */
    bool keeps;                           /* blocks are not freed: somebody may still read them */
    int read_fd;                          /* of read_segment, or -1 */
    const struct tt_spool_segment *read_segment;
    struct tt_spool_slot *slots;
    uint32_t slots_n, free_slot; /* UINT32_MAX: none */
    uint32_t generation; /* of new slots: another one after each open, so that no token of before fits */
    uint64_t flying_n;
    struct tt_spool_counts shown;
};

/* Published counts: one writer. */
void tt_spool_show(uint64_t *count, int64_t change);

/* spool_segment.c: segments as files and in the lists. */

/* A segment in memory, at the end of the list of its topic. NULL: no memory. */
struct tt_spool_segment *tt_spool_segment_new(struct tt_spool *spool, unsigned topic, uint64_t number);

/* Room in memory for records up to records_n. */
int tt_spool_segment_reserve(struct tt_spool_segment *segment, uint32_t records_n);

/* Makes the files of a new segment of the topic and makes it the open one. Fails as tt_spool_append. */
int tt_spool_segment_create(struct tt_spool *spool, unsigned topic, struct tt_buf *why);

/* Ends appending to it. */
void tt_spool_segment_seal(struct tt_spool *spool, struct tt_spool_segment *segment);

/* Writes its ack bits that are not written. Fails: TT_ENOSPC, TT_EIO and others of open. */
int tt_spool_segment_write_acks(struct tt_spool *spool, struct tt_spool_segment *segment);

/* The same of all, as far as it goes: what is not written is tried again, and only sent again after a crash.
 */
void tt_spool_write_acks(struct tt_spool *spool);

/* Writes how many records it has. */
int tt_spool_segment_write_count(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t count);

/* Removes a segment nothing of which is alive, its files too, unless it is open; damaged ones are set aside.
 * True: it was, and must not be used any more. */
bool tt_spool_segment_finish(struct tt_spool *spool, struct tt_spool_segment *segment);

/* Frees its memory; it is in no list. */
void tt_spool_segment_free(struct tt_spool_segment *segment);

/* What is unsent from record `from` on is lost for that reason, or uncertain where it may have arrived, and
 * what is flying behind it if it comes back. Returns how many records both are. */
uint32_t tt_spool_segment_cut(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t from,
                              enum tt_sink_drop reason, struct tt_spool_changes *changes);

/* Remembers a file that was set aside. */
void tt_spool_bad_add(struct tt_spool *spool, unsigned topic, uint64_t number, uint64_t bytes);

/* spool_room.c: makes room for need bytes more for records of that topic; false: there is none. */
bool tt_spool_make_room(struct tt_spool *spool, unsigned topic, uint64_t need,
                        struct tt_spool_changes *changes);

/* spool_recover.c: looks through the directory. Fails: TT_EIO, TT_ENOMEM. */
int tt_spool_recover(struct tt_spool *spool, struct tt_spool_changes *changes, struct tt_buf *why);

/* spool_block.c: lent memory. */

/* The bytes of the segment from `at` on, at least need of them, *len in all; NULL: *err TT_EAGAIN (too much
 * is lent), TT_ENOMEM, TT_ETRUNCATED (the file is shorter), or what open said. */
const uint8_t *tt_spool_block_get(struct tt_spool *spool, const struct tt_spool_segment *segment, uint64_t at,
                                  size_t need, size_t *len, int *err);

/* Room for a marked copy of at most len bytes in spool->marks, as an empty buffer; false: as above. */
bool tt_spool_block_room(struct tt_spool *spool, size_t len, struct tt_buf *buf);

void tt_spool_block_release(struct tt_spool *spool, struct tt_spool_block *block);

/* Lets go of the current blocks, and of the descriptor for reading, of this segment (NULL: of all). */
void tt_spool_block_forget(struct tt_spool *spool, const struct tt_spool_segment *segment);

/* spool_slot.c: records on their way. */

/* Takes a reference of the block. False: no memory. */
bool tt_spool_slot_take(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t record,
                        struct tt_spool_block *block, uint64_t *token);

/* The slot of a token, NULL: none that is in use. */
struct tt_spool_slot *tt_spool_slot_find(struct tt_spool *spool, uint64_t token);
void tt_spool_slot_free(struct tt_spool *spool, struct tt_spool_slot *slot);

/* Gives what settle could not tell. */
void tt_spool_tell_pending(struct tt_spool *spool, struct tt_spool_changes *changes);
