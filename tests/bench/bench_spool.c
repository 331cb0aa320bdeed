/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a record of 900 bytes costs that goes through a spool: appended in batches of 256, read back, settled.
 * The directory is the argument, the page cache takes the data. Also: how long opening takes per record.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/spool.h"

enum { BATCH = 256, LEN = 900, ROUNDS = 2000 };

static struct tt_sink_record records[BATCH], got[BATCH];
static char data[LEN], text[TT_SINK_WHY_MAX];
static struct tt_spool_changes changes;

static struct tt_spool *open_spool(const char *dir)
{
    struct tt_spool_options options = {
        .dir = dir, .size = UINT64_C(1) << 30, .random = 1, .topics = UINT32_MAX};
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool *spool = NULL;

    if (tt_spool_open(&options, &spool, &changes, &why) != TT_OK)
        fprintf(stderr, "%s\n", tt_buf_cstr(&why));
    return spool;
}

static void append(struct tt_spool *spool)
{
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    unsigned taken;

    if (tt_spool_append(spool, records, BATCH, &taken, &changes, &why) != TT_OK)
        fprintf(stderr, "%s\n", tt_buf_cstr(&why));
}

static unsigned read_and_settle(struct tt_spool *spool, enum tt_fate fate)
{
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    unsigned n = tt_spool_read(spool, ~0u, got, BATCH, &changes, &why);

    for (unsigned i = 0; i < n; i++)
        tt_spool_settle(spool, got[i].token, fate);
    return n;
}

static double cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(const char *name, uint64_t start_ns, double start_cpu_s, uint64_t n)
{
    double ns = (double)(tt_clock_mono_ns() - start_ns);

    printf("BENCH %s %.0f ns\n# %.0f records/s; %.0f ns of CPU a record\n", name, ns / (double)n,
           1e9 * (double)n / ns, 1e9 * (cpu_s() - start_cpu_s) / (double)n);
}

int main(int argc, char **argv)
{
    char dir[512], command[600];
    uint64_t n = (uint64_t)BATCH * ROUNDS, start_ns;
    double start_cpu_s;

    snprintf(dir, sizeof(dir), "%s/tt-bench-spool-%d", argc > 1 ? argv[1] : "/tmp", (int)getpid());
    memset(data, 'x', sizeof(data));
    memcpy(data, "{\"a\":\"", 6);
    memcpy(data + LEN - 2, "\"}", 2);
    for (unsigned i = 0; i < BATCH; i++)
        records[i] = (struct tt_sink_record){.data = data,
                                             .len = LEN,
                                             .key = "example.org",
                                             .key_len = 11,
                                             .topic = TT_TOPIC_ENRICHED,
                                             .units = 1};
    struct tt_spool *spool = open_spool(dir);
    if (spool == NULL)
        return 1;
    start_ns = tt_clock_mono_ns(), start_cpu_s = cpu_s();
    for (unsigned i = 0; i < ROUNDS; i++) {
        append(spool);
        read_and_settle(spool, TT_FATE_DELIVERED);
    }
    report("spool_through", start_ns, start_cpu_s, n);
    start_ns = tt_clock_mono_ns(), start_cpu_s = cpu_s();
    for (unsigned i = 0; i < ROUNDS; i++)
        append(spool);
    report("spool_append", start_ns, start_cpu_s, n);
    tt_spool_close(&spool);
    start_ns = tt_clock_mono_ns(), start_cpu_s = cpu_s();
    spool = open_spool(dir);
    report("spool_open", start_ns, start_cpu_s, n);
    start_ns = tt_clock_mono_ns(), start_cpu_s = cpu_s();
    while (read_and_settle(spool, TT_FATE_DELIVERED) > 0)
        ;
    report("spool_read_marked", start_ns, start_cpu_s, n);
    tt_spool_close(&spool);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command) == 0 ? 0 : 1;
}
