/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Kills a process with SIGKILL while it appends to a spool, reads from it and settles, again and again over
 * the same directory. It says through memory that both share what append took and what it settled, each
 * before the next call. Afterwards every record that was taken and not settled must come, marked; one that
 * was settled may come only when its ack bit cannot have been written yet. Use: spool_crash [kills]
 * [directory]
 */

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "sink/spool.h"

enum { RECORDS_MAX = 4000000, BATCH_MAX = 64, FLYING_MAX = 512, SIZE_MAX_MIB = 64, PAUSE_US_MAX = 8000 };

/* What the killed process did last: shared memory, so it survives. */
struct life {
    uint32_t appended_n; /* records that append was given */
    uint32_t taken_n;    /* of them, that it returned as taken */
    uint8_t is_taken[RECORDS_MAX];
    uint32_t calls; /* append, read and sync that returned: they write ack bits */
    uint32_t is_working;
    uint32_t settled_in[RECORDS_MAX]; /* 1 + calls when it was settled; 0: it was not */
};

static struct life *life;
static uint8_t *is_seen;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct tt_spool_options options_of(const char *dir)
{
    return (struct tt_spool_options){.dir = dir,
                                     .size = (uint64_t)SIZE_MAX_MIB << 20,
                                     .segment_size = 1 << 17,
                                     .random = 1,
                                     .topics = UINT32_MAX};
}

static uint32_t number_of(const struct tt_sink_record *record)
{
    uint32_t n;

    memcpy(&n, record->id, sizeof(n));
    return n;
}

static void make_record(struct tt_sink_record *record, char *text, size_t cap, uint32_t n, unsigned pad)
{
    int len = snprintf(text, cap, "{\"n\":%u,\"pad\":\"%0*u\"}", n, (int)pad, n);

    memset(record, 0, sizeof(*record));
    record->data = text;
    record->len = (uint32_t)len;
    record->topic = n / 16 % 3 == 0 ? TT_TOPIC_ALERTS : TT_TOPIC_ENRICHED;
    record->units = 1;
    memcpy(record->id, &n, sizeof(n));
}

static void append(struct tt_spool *spool, uint64_t *state, struct tt_spool_changes *changes,
                   struct tt_buf *why)
{
    static char texts[BATCH_MAX][2048];
    struct tt_sink_record records[BATCH_MAX];
    unsigned n = 1 + (unsigned)(next_random(state) % BATCH_MAX), taken;

    for (unsigned i = 0; i < n; i++)
        make_record(&records[i], texts[i], sizeof(texts[i]), life->appended_n + i,
                    10 + (unsigned)(next_random(state) % 1500));
    life->appended_n += n;
    if (tt_spool_append(spool, records, n, &taken, changes, why) != TT_OK)
        _exit(3);
    memset(life->is_taken + life->appended_n - n, 1, n);
    life->taken_n += n;
}

/* The life of the process that will be killed. */
static void work(const char *dir, uint64_t seed)
{
    struct tt_spool_options options = options_of(dir);
    struct tt_spool_changes changes = {0};
    struct tt_sink_record flying[FLYING_MAX];
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool *spool;
    unsigned n = 0;

    if (tt_spool_open(&options, &spool, &changes, &why) != TT_OK || why.len > 0)
        _exit(2);
    life->is_working = 1;
    while (life->appended_n + BATCH_MAX < RECORDS_MAX) {
        append(spool, &seed, &changes, &why);
        life->calls++;
        n += tt_spool_read(spool, ~0u, flying + n, (FLYING_MAX - n) / 2, &changes, &why);
        life->calls++;
        for (unsigned i = 0; i < n / 2; i++) {
            unsigned at = (unsigned)(next_random(&seed) % n);
            uint32_t number = number_of(&flying[at]);
            bool is_acked = next_random(&seed) % 8 != 0;
            if (is_acked)
                life->settled_in[number] = 1 + life->calls;
            tt_spool_settle(spool, flying[at].token, is_acked ? TT_FATE_DELIVERED : TT_FATE_MAYBE);
            flying[at] = flying[--n];
        }
        if (next_random(&seed) % 16 == 0 && tt_spool_sync(spool, &why) == TT_OK)
            life->calls++;
    }
    pause();
}

/* The first call after it was settled wrote its ack bit. */
static bool check_record(const struct tt_sink_record *record, uint32_t last_calls, uint64_t *again)
{
    uint32_t n = number_of(record), settled_in = n < life->appended_n ? life->settled_in[n] : 0;

    if (n >= life->appended_n || is_seen[n] || (record->flags & TT_RECORD_AGAIN) == 0 ||
        memmem(record->data, record->len, ",\"dup\":\"maybe\"}", 15) == NULL) {
        printf("record %u: unknown, twice, or not marked\n", n);
        return false;
    }
    is_seen[n] = 1;
    if (settled_in == 0)
        return true;
    life->settled_in[n] = 0; /* it is un-acked for the lives that follow */
    ++*again;
    if (settled_in <= last_calls) {
        printf("record %u: settled before call %u, %u calls returned, and it comes again\n", n, settled_in,
               last_calls);
        return false;
    }
    return true;
}

/* Opens what the killed process left, reads all of it without settling, and compares. */
static bool check(const char *dir, uint64_t *recovered, uint64_t *again)
{
    struct tt_spool_options options = options_of(dir);
    struct tt_spool_changes changes = {0};
    static struct tt_sink_record records[1024];
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool *spool;
    bool is_fine = true;
    unsigned n;

    memset(is_seen, 0, RECORDS_MAX);
    if (tt_spool_open(&options, &spool, &changes, &why) != TT_OK || why.len > 0) {
        printf("open: %s\n", tt_buf_cstr(&why));
        return false;
    }
    *recovered = changes.recovered[TT_TOPIC_ALERTS] + changes.recovered[TT_TOPIC_ENRICHED];
    *again = 0;
    uint64_t read_n = 0;
    while (is_fine && (n = tt_spool_read(spool, ~0u, records, 1024, &changes, &why)) > 0) {
        for (unsigned i = 0; i < n && is_fine; i++) {
            is_fine = check_record(&records[i], life->calls, again);
            tt_spool_settle(spool, records[i].token, TT_FATE_DELIVERED);
        }
        read_n += n;
    }
    for (uint32_t i = 0; i < life->appended_n && is_fine; i++) {
        if (is_seen[i] || !life->is_taken[i] || life->settled_in[i] != 0)
            continue;
        printf("record %u of %u was taken and is lost\n", i, life->appended_n);
        is_fine = false;
    }
    tt_spool_close(&spool);
    return is_fine && read_n == *recovered;
}

/* Only the directory as it was left is worked on further; the check eats a copy. */
static bool check_copy(const char *dir, uint64_t *recovered, uint64_t *again)
{
    char copy[512], command[2048];
    bool is_fine;

    snprintf(copy, sizeof(copy), "%s.copy", dir);
    snprintf(command, sizeof(command), "rm -rf %s && cp -r %s %s && rm %s/lock", copy, dir, copy, copy);
    is_fine = system(command) == 0 && check(copy, recovered, again);
    snprintf(command, sizeof(command), "rm -rf %s", copy);
    return system(command) == 0 && is_fine;
}

static bool kill_once(const char *dir, unsigned turn, uint64_t *state)
{
    uint64_t seed = next_random(state), recovered = 0, again = 0;
    struct timespec pause = {0, (long)(next_random(state) % PAUSE_US_MAX) * 1000};
    int status;

    life->is_working = 0;
    pid_t child = fork();
    if (child == 0) {
        work(dir, seed | 1);
        _exit(4);
    }
    if (turn % 8 != 7) /* else it is killed while it opens */
        while (__atomic_load_n(&life->is_working, __ATOMIC_ACQUIRE) == 0 &&
               waitpid(child, &status, WNOHANG) == 0)
            sched_yield();
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) == child && !WIFSIGNALED(status)) {
        printf("the child ended by itself: %d\n", WEXITSTATUS(status));
        return false;
    }
    if (!check_copy(dir, &recovered, &again))
        return false;
    if (turn < 5 || turn % 100 == 0)
        printf("kill %u: %u taken so far, %llu recovered, %llu of them settled before\n", turn, life->taken_n,
               (unsigned long long)recovered, (unsigned long long)again);
    fflush(stdout);
    return true;
}

/* A new directory each ten kills: each life finds what several before left. */
int main(int argc, char **argv)
{
    unsigned long kills = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;
    const char *parent = argc > 2 ? argv[2] : "/tmp";
    char root[256], dir[300], command[400];
    uint64_t state = 88172645463325252u;
    bool is_fine = true;

    life = mmap(NULL, sizeof(*life), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    is_seen = malloc(RECORDS_MAX);
    snprintf(root, sizeof(root), "%s/tt-spool-XXXXXX", parent);
    if (life == MAP_FAILED || is_seen == NULL || mkdtemp(root) == NULL)
        return 1;
    snprintf(dir, sizeof(dir), "%s/spool", root);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    for (unsigned turn = 0; turn < kills && is_fine; turn++) {
        if (turn % 10 == 0) {
            is_fine = system(command) == 0;
            memset(life, 0, sizeof(*life));
        }
        is_fine = is_fine && kill_once(dir, turn, &state);
    }
    snprintf(command, sizeof(command), "rm -rf %s", root);
    is_fine = system(command) == 0 && is_fine;
    puts(is_fine ? "ok" : "FAIL");
    free(is_seen);
    return is_fine ? 0 : 1;
}
