/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for a directory that somebody else wrote: one segment and its ack bits of any bytes, opened,
 * read, settled and opened again. The first byte says which checksums are put right first, so that what lies
 * behind them is reached; the second, how many bytes are the ack bits. Whatever they are, the books agree.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "sink/spool.h"
#include "sink/spool_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                           \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

enum { FIX_HEAD = 1, FIX_RECORDS = 2, FIX_COUNT = 4, FIX_ACKS = 8, BYTES_MAX = 8192 };

static char dir[64];

static void remove_dir(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", dir);
    if (system(command) != 0)
        _exit(1);
}

static void put_file(enum tt_spool_kind kind, const uint8_t *bytes, size_t len)
{
    char name[TT_SPOOL_NAME_MAX], path[200];

    tt_spool_name_format(name, TT_TOPIC_ALERTS, 1, kind);
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    MUST(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void fix_segment(uint8_t *bytes, size_t len, unsigned fixes)
{
    struct tt_spool_head head = {.random = 1, .number = 1, .topic = TT_TOPIC_ALERTS};

    if ((fixes & FIX_HEAD) != 0 && len >= TT_SPOOL_HEAD_LEN) {
        head.encoding = bytes[10] % TT_ENCODINGS_N;
        tt_spool_head_write(bytes, &head);
    }
    for (size_t at = TT_SPOOL_HEAD_LEN; (fixes & FIX_RECORDS) != 0 && at < len;) {
        size_t size = tt_spool_record_claims(bytes + at, len - at);
        if (size == 0 || size > len - at)
            break;
        uint64_t hash = XXH3_64bits(bytes + at + TT_SPOOL_PREFIX_LEN, size - TT_SPOOL_PREFIX_LEN);
        memcpy(bytes + at + 4, &hash, sizeof(hash));
        at += size;
    }
}

static void fix_acks(uint8_t *bytes, size_t len, unsigned fixes)
{
    uint32_t acks;

    if ((fixes & FIX_COUNT) != 0 && len >= TT_SPOOL_COUNT_LEN)
        tt_spool_count_write(bytes, 1, bytes[0], bytes[1] == 1);
    for (size_t at = TT_SPOOL_COUNT_LEN; (fixes & FIX_ACKS) != 0 && at + TT_SPOOL_GROUP_LEN <= len;
         at += TT_SPOOL_GROUP_LEN) {
        memcpy(&acks, bytes + at, sizeof(acks));
        tt_spool_acks_write(bytes + at, 1, (uint32_t)((at - TT_SPOOL_COUNT_LEN) / TT_SPOOL_GROUP_LEN), acks);
    }
}

/* Opens, reads and settles every second record as delivered. Returns how many are left. */
static uint64_t live_once(uint64_t *recovered, uint64_t *dropped)
{
    struct tt_spool_options options = {.dir = dir, .size = 1 << 20, .random = 2, .topics = UINT32_MAX};
    struct tt_spool_changes changes = {0};
    struct tt_spool_counts counts;
    static struct tt_sink_record records[256];
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool *spool;

    MUST(tt_spool_open(&options, &spool, &changes, &why) == TT_OK);
    tt_spool_counts(spool, &counts);
    *recovered = changes.recovered[TT_TOPIC_ALERTS];
    MUST(*recovered ==
         counts.records[TT_TOPIC_ALERTS] + changes.dropped[TT_TOPIC_ALERTS][TT_SINK_DROP_SPOOL_CORRUPT]);
    unsigned n = tt_spool_read(spool, ~0u, records, 256, &changes, &why);
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++) {
        for (uint32_t at = 0; at < records[i].len; at++) /* every byte is there */
            sum += (uint8_t)records[i].data[at];
        for (uint8_t at = 0; at < records[i].key_len; at++)
            sum += (uint8_t)records[i].key[at];
        tt_spool_settle(spool, records[i].token, i % 2 == 0 || sum == 1 ? TT_FATE_DELIVERED : TT_FATE_MAYBE);
    }
    tt_spool_counts(spool, &counts);
    *dropped = changes.dropped[TT_TOPIC_ALERTS][TT_SINK_DROP_SPOOL_CORRUPT];
    tt_spool_close(&spool);
    MUST(*recovered - *dropped >= counts.records[TT_TOPIC_ALERTS]);
    return counts.records[TT_TOPIC_ALERTS];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t bytes[BYTES_MAX];
    uint64_t recovered, dropped, before;
    size_t acks_len;

    if (len < 2 || len > BYTES_MAX)
        return 0;
    if (dir[0] == '\0') {
        snprintf(dir, sizeof(dir), "%s/tt-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        MUST(mkdtemp(dir) != NULL);
        atexit(remove_dir);
    }
    acks_len = TT_MIN((size_t)data[1], len - 2);
    memcpy(bytes, data, len);
    fix_acks(bytes + 2, acks_len, data[0]);
    fix_segment(bytes + 2 + acks_len, len - 2 - acks_len, data[0]);
    put_file(TT_SPOOL_ACK, bytes + 2, acks_len);
    put_file(TT_SPOOL_SEG, bytes + 2 + acks_len, len - 2 - acks_len);
    before = live_once(&recovered, &dropped);
    uint64_t left = live_once(&recovered, &dropped);
    MUST(recovered == before && dropped == 0 && left <= before);
    return 0;
}
