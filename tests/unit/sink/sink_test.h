/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of sinks share: a directory, the log, a file sink, its books, traffic. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "sink/sink.h"

#define SECOND_NS 1000000000ull

static char root[64];
static char log_text[1 << 16];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static TT_UNUSED void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    pthread_mutex_lock(&log_lock);
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
    pthread_mutex_unlock(&log_lock);
}

static TT_UNUSED unsigned count_in_log(const char *words)
{
    unsigned n = 0;

    pthread_mutex_lock(&log_lock);
    for (const char *at = log_text; (at = strstr(at, words)) != NULL; at++)
        n++;
    pthread_mutex_unlock(&log_lock);
    return n;
}

static TT_UNUSED int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/tt-sink-XXXXXX");
    tt_log_set(keep_log, NULL);
    log_text[0] = '\0';
    return mkdtemp(root) == NULL;
}

static TT_UNUSED int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static TT_UNUSED const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

/* The state_dir of every sink here is the test's own directory. */
static TT_UNUSED struct tt_sink_place place(void)
{
    return (struct tt_sink_place){
        .names = {.state_dir = root, .software = "unbound", .n = 1}, .node = "ns1", .instance = "ns1/unbound"};
}

static TT_UNUSED void put_bytes(struct tt_sink *sink, enum tt_topic topic, const void *record, size_t len)
{
    tt_sink_put(sink, &(struct tt_record){.data = record, .len = len, .topic = (uint8_t)topic, .units = 1});
}

static TT_UNUSED bool put_wait(struct tt_sink *sink, enum tt_topic topic, const void *record, size_t len,
                               uint64_t deadline_ns)
{
    struct tt_record all = {.data = record, .len = len, .topic = (uint8_t)topic, .units = 1};

    return tt_sink_put_wait(sink, &all, deadline_ns);
}

static TT_UNUSED struct tt_conf_sink file_conf(const char *path)
{
    return (struct tt_conf_sink){
        .name = (char *)(uintptr_t) "file",
        .type = TT_SINK_FILE,
        .encoding = TT_ENCODING_JSON,
        .topics = 1u << TT_TOPIC_RAW | 1u << TT_TOPIC_ENRICHED,
        .queue = 1 << 20,
        .path = (char *)(uintptr_t)path,
    };
}

static TT_UNUSED struct tt_sink *open_sink(const struct tt_conf_sink *conf)
{
    struct tt_sink_place all = place();
    struct tt_sink *sink;

    assert_int_equal(tt_sink_new(conf, &all, &sink), TT_OK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    return sink;
}

static TT_UNUSED void check_books(const struct tt_sink_books *books)
{
    uint64_t sum = books->delivered + books->uncertain + books->queued + books->spooled;

    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        sum += books->dropped[i];
    assert_int_equal(books->offered + books->recovered, sum);
}

static TT_UNUSED struct tt_sink_status status_of(struct tt_sink *sink)
{
    struct tt_sink_status status;

    tt_sink_status(sink, &status);
    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        check_books(&status.books[i]);
    return status;
}

/* Awaits a state of the sink; 30 s are for a machine that is busy with something else. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t limit = tt_clock_mono_ns() + 30 * SECOND_NS;                                      \
        while (!(condition)) {                                                                     \
            if (tt_clock_mono_ns() > limit)                                                        \
                fail_msg("in vain: %s", #condition);                                               \
            nanosleep(&(struct timespec){0, 2000000}, NULL);                                       \
        }                                                                                          \
    } while (0)

static TT_UNUSED void put_text(struct tt_sink *sink, enum tt_topic topic, const char *record)
{
    put_bytes(sink, topic, record, strlen(record));
    tt_sink_kick(sink);
}

static TT_UNUSED void stop(struct tt_sink **sink, struct tt_sink_books *books)
{
    tt_sink_stop(*sink, tt_clock_mono_ns() + 20 * SECOND_NS, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(sink, books);
    assert_null(*sink);
    for (unsigned i = 0; books != NULL && i < TT_TOPICS_N; i++) {
        check_books(&books[i]);
        assert_int_equal(books[i].queued, 0);
    }
}

static TT_UNUSED char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    char *bytes = calloc(1, 8 << 20);

    assert_non_null(file);
    *len = fread(bytes, 1, (8 << 20) - 1, file);
    fclose(file);
    return bytes;
}

static TT_UNUSED void check_file(const char *path, const char *expect)
{
    size_t len;
    char *bytes = read_file(path, &len);

    assert_string_equal(bytes, expect);
    free(bytes);
}

struct traffic {
    struct tt_sink *sink;
    unsigned records_n;
    bool is_done;
};

static TT_UNUSED void *produce(void *arg)
{
    struct traffic *traffic = arg;
    char record[600];

    for (unsigned i = 0; i < traffic->records_n; i++) {
        int len = snprintf(record, sizeof(record), "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%*s\"}", i,
                           (int)(i * 7 % 400), "");
        put_bytes(traffic->sink, TT_TOPIC_ENRICHED, record, (size_t)len); /* of one topic: they keep their order */
        if (i % 16 == 15)
            tt_sink_kick(traffic->sink);
    }
    __atomic_store_n(&traffic->is_done, true, __ATOMIC_RELEASE);
    return NULL;
}

/* Every line is a whole record, and the numbers of a topic (odd ones, even ones) only grow. */
static TT_UNUSED uint64_t count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[700], tail[3] = "";
    uint64_t n = 0;
    long last[2] = {-1, -1};
    unsigned number;

    assert_non_null(file);
    for (; fgets(line, sizeof(line), file) != NULL; n++) {
        assert_int_equal(sscanf(line, "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%*[ ]%2s", &number, tail) >= 1, 1);
        assert_string_equal(line + strlen(line) - 3, "\"}\n");
        assert_true((long)number > last[number % 2]);
        last[number % 2] = (long)number;
    }
    fclose(file);
    return n;
}
