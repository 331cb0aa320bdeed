/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of remote write share: the sink around it is made up here (puts are kept and read
 * back), the clocks are set by hand, and metrics are rows of a table. */

#include <setjmp.h>
#include <snappy-c.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "sink/class.h"
#include "sink/remote_write_request.h"

struct put_sample {
    char series[400]; /* name{label="value",…} */
    uint64_t bits;
    double value;
    int64_t time_ms;
    unsigned request;
};

enum { PUTS_MAX = 20000 };
static struct put_sample puts_list[PUTS_MAX];
static unsigned puts_n, requests_n;
static struct tt_sink_status made_up_status;
static uint64_t held_back[TT_FILTER_REASONS_N];
static uint64_t end_ns = UINT64_MAX, pause_asked_ns;
static uint64_t hand_wall_us, hand_mono_ns;
static char log_text[1 << 14];

static uint64_t tell_wall(void)
{
    return hand_wall_us;
}

static uint64_t tell_mono(void)
{
    return hand_mono_ns;
}

static TT_UNUSED void pass_ms(uint64_t ms)
{
    hand_wall_us += ms * 1000;
    hand_mono_ns += ms * 1000000;
}

static TT_UNUSED void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    size_t used = strlen(log_text);

    (void)level;
    (void)arg;
    snprintf(log_text + used, sizeof(log_text) - used, "%s\n", line);
}

/* A reader of Protobuf of its own, for what we send alone. */
static uint64_t read_varint(const uint8_t **at)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

static struct tt_str read_field(const uint8_t **at, uint8_t key)
{
    struct tt_str field;

    assert_int_equal(*(*at)++, key);
    field.len = (uint32_t)read_varint(at);
    field.ptr = (const char *)*at;
    *at += field.len;
    return field;
}

static void read_series(struct tt_str body, struct put_sample *sample)
{
    struct tt_buf text = tt_buf_over(sample->series, sizeof(sample->series));
    const uint8_t *at = (const uint8_t *)body.ptr, *end = at + body.len;
    char former[100] = "";

    while (*at == 0x0a) {
        struct tt_str label = read_field(&at, 0x0a);
        const uint8_t *in = (const uint8_t *)label.ptr;
        struct tt_str name = read_field(&in, 0x0a), value = read_field(&in, 0x12);
        char now[100];
        snprintf(now, sizeof(now), "%.*s", (int)name.len, name.ptr);
        assert_true(strcmp(former, now) < 0); /* sorted, each once */
        assert_true(value.len > 0);
        snprintf(former, sizeof(former), "%s", now);
        tt_buf_format(&text, "%s%s=%.*s", text.len > 0 ? "," : "", now, (int)value.len, value.ptr);
    }
    at += 2;
    assert_int_equal(*at++, 0x09);
    memcpy(&sample->bits, at, 8);
    memcpy(&sample->value, at, 8);
    at += 8;
    assert_int_equal(*at++, 0x10);
    sample->time_ms = (int64_t)read_varint(&at);
    assert_ptr_equal(at, end);
    tt_buf_cstr(&text);
}

static TT_UNUSED unsigned read_request(const void *data, size_t len, struct put_sample *samples,
                                       unsigned max)
{
    static char raw[TT_RW_RAW_MAX];
    size_t raw_len = sizeof(raw);
    unsigned n = 0;

    assert_int_equal(snappy_uncompress(data, len, raw, &raw_len), SNAPPY_OK);
    for (const uint8_t *at = (uint8_t *)raw; at < (uint8_t *)raw + raw_len; n++) {
        assert_true(n < max);
        read_series(read_field(&at, 0x0a), &samples[n]);
    }
    return n;
}

/* The sink around the class. */
void tt_sink_put(struct tt_sink *sink, const struct tt_record *record)
{
    unsigned n = read_request(record->data, record->len, puts_list + puts_n, PUTS_MAX - puts_n);

    (void)sink;
    assert_int_equal(n, record->units);
    assert_int_equal(record->topic, TT_TOPIC_METRICS);
    assert_true(n <= TT_RW_SAMPLES_MAX);
    for (unsigned i = 0; i < n; i++) {
        assert_true(puts_list[puts_n + i].time_ms == puts_list[puts_n].time_ms);
        assert_true((uint64_t)puts_list[puts_n].time_ms * 1000 == record->time_us);
        puts_list[puts_n + i].request = requests_n;
    }
    puts_n += n;
    requests_n++;
    made_up_status.books[TT_TOPIC_METRICS].offered += n;
}

void tt_sink_status(struct tt_sink *sink, struct tt_sink_status *status)
{
    (void)sink;
    *status = made_up_status;
}

void tt_sink_hold_back(struct tt_sink *sink, enum tt_topic topic, enum tt_filter_reason reason,
                       uint64_t n)
{
    (void)sink;
    assert_int_equal(topic, TT_TOPIC_METRICS);
    held_back[reason] += n;
}

uint64_t tt_sink_must_end(const struct tt_sink *owner)
{
    (void)owner;
    return end_ns;
}

uint64_t tt_sink_tend(struct tt_sink *owner)
{
    return tt_sink_must_end(owner);
}

void tt_sink_wait_for(struct tt_sink *owner, uint64_t pause_ns)
{
    (void)owner;
    pause_asked_ns = pause_ns;
}

/* Metrics: rows that a test changes. */
struct shown {
    enum tt_metric metric;
    const char *label;
    double value;
    const struct tt_metric_histogram *histogram;
};
static struct shown shown[6000];
static unsigned shown_n;
static bool may_collect = true;

static TT_UNUSED bool collect_shown(void *arg, tt_metric_visit_f visit, void *visit_arg)
{
    (void)arg;
    for (unsigned i = 0; may_collect && i < shown_n; i++) {
        struct tt_metric_sample sample = {
            .metric = shown[i].metric,
            .labels = {shown[i].label},
            .value = shown[i].value,
            .histogram = shown[i].histogram,
        };
        visit(&sample, visit_arg);
    }
    return may_collect;
}

static TT_UNUSED void show(enum tt_metric metric, const char *label, double value)
{
    shown[shown_n++] = (struct shown){.metric = metric, .label = label, .value = value};
}

static TT_UNUSED int reset(void **state)
{
    (void)state;
    puts_n = requests_n = shown_n = 0;
    memset(&made_up_status, 0, sizeof(made_up_status));
    memset(held_back, 0, sizeof(held_back));
    may_collect = true;
    end_ns = UINT64_MAX;
    pause_asked_ns = 0;
    hand_wall_us = UINT64_C(1795252800000000);
    hand_mono_ns = UINT64_C(1000000000000);
    tt_clock_set(tell_mono, tell_wall);
    log_text[0] = '\0';
    tt_log_set(keep_log, NULL);
    return 0;
}
