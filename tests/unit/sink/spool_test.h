/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the spool share: a directory, a spool in it, records, and a few short calls. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "sink/spool.h"
#include "sink/spool_format.h"

#define ALERTS TT_TOPIC_ALERTS
#define ENRICHED TT_TOPIC_ENRICHED
#define RAW TT_TOPIC_RAW
#define CORRUPT TT_SINK_DROP_SPOOL_CORRUPT
#define FULL TT_SINK_DROP_SPOOL_FULL

enum { READ_MAX = 512 };

static char root[64], dir[96], why_text[TT_SINK_WHY_MAX];
static struct tt_buf why;
static struct tt_spool *spool;
static struct tt_spool_changes changes;
static struct tt_spool_options options;
static struct tt_sink_record got[READ_MAX];

static TT_UNUSED int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/tt-spool-XXXXXX");
    if (mkdtemp(root) == NULL)
        return 1;
    snprintf(dir, sizeof(dir), "%s/spool", root);
    options = (struct tt_spool_options){
        .dir = dir, .size = 1 << 20, .segment_size = 4096, .random = 7, .topics = UINT32_MAX};
    memset(&changes, 0, sizeof(changes));
    why = tt_buf_over(why_text, sizeof(why_text));
    return 0;
}

static TT_UNUSED int remove_root(void **state)
{
    char command[160];

    (void)state;
    tt_spool_close(&spool);
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static TT_UNUSED int open_spool(void)
{
    tt_buf_reset(&why);
    memset(&changes, 0, sizeof(changes));
    return tt_spool_open(&options, &spool, &changes, &why);
}

static TT_UNUSED void reopen(void)
{
    tt_spool_close(&spool);
    assert_int_equal(open_spool(), TT_OK);
}

static TT_UNUSED const char *path_of(const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
    return path;
}

/* {"kind":"dns","n":<n>,"pad":"xxx"} */
static TT_UNUSED struct tt_sink_record record_of(unsigned topic, unsigned n, unsigned pad)
{
    static char texts[64][8192];
    char *text = texts[n % 64];
    int len =
        snprintf(text, sizeof(texts[0]), "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%0*d\"}", n, (int)pad, 0);
    struct tt_sink_record record = {.data = text,
                                    .len = (uint32_t)len,
                                    .key = "example.org",
                                    .key_len = 11,
                                    .topic = (uint8_t)topic,
                                    .units = 1,
                                    .time_us = 1000 + n};

    memcpy(record.id, &n, sizeof(n));
    return record;
}

static TT_UNUSED int append_one(unsigned topic, unsigned n, unsigned pad)
{
    struct tt_sink_record record = record_of(topic, n, pad);
    unsigned taken;

    return tt_spool_append(spool, &record, 1, &taken, &changes, &why);
}

static TT_UNUSED void append_many(unsigned topic, unsigned from, unsigned n, unsigned pad)
{
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(append_one(topic, from + i, pad), TT_OK);
}

static TT_UNUSED unsigned read_some(unsigned max)
{
    return tt_spool_read(spool, ~0u, got, TT_MIN(max, (unsigned)READ_MAX), &changes, &why);
}

static TT_UNUSED void settle_all(unsigned n, enum tt_fate fate)
{
    for (unsigned i = 0; i < n; i++)
        tt_spool_settle(spool, got[i].token, fate);
}

static TT_UNUSED unsigned number_in(const struct tt_sink_record *record)
{
    unsigned n = UINT32_MAX;
    char text[64]; /* data is not terminated */

    snprintf(text, sizeof(text), "%.*s", (int)TT_MIN(record->len, 40u), record->data);
    sscanf(text, "{\"kind\":\"dns\",\"n\":%u", &n);
    return n;
}

static TT_UNUSED bool is_marked(const struct tt_sink_record *record)
{
    bool has_mark = memmem(record->data, record->len, ",\"dup\":\"maybe\"}", 15) != NULL;

    assert_int_equal(has_mark, (record->flags & TT_RECORD_AGAIN) != 0);
    return has_mark;
}

static TT_UNUSED uint64_t left(unsigned topic)
{
    struct tt_spool_counts counts;

    tt_spool_counts(spool, &counts);
    return counts.records[topic];
}

/* The name of the n-th segment of a topic, by number. */
static TT_UNUSED const char *segment_name(unsigned topic, uint64_t number, enum tt_spool_kind kind)
{
    static char names[4][TT_SPOOL_NAME_MAX];
    static unsigned turn;
    char *name = names[turn++ % 4];

    tt_spool_name_format(name, topic, number, kind);
    return name;
}

static TT_UNUSED bool exists(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}
