/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A request with a repeated label name, which our own writer never makes, through a whole sink to
 * the receiver at the URL given: Prometheus answers 500 for ever. Behind it, one that is fine.
 * Prints the books when both are settled: offered delivered refused.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/remote_write_request.h"
#include "sink/sink.h"

enum { SERIES_N = 100, POISON_AT = 37, LIMIT_S = 60 };

static size_t put_series(uint8_t *bytes, const char *number, bool is_poison)
{
    struct tt_rw_label labels[] = {{TT_STR("__name__"), TT_STR("telltale_poison_test")},
                                   {TT_STR("a"), TT_STR("b")},
                                   {TT_STR("number"), tt_str_from(number)}};
    size_t len = tt_rw_put_labels(labels, 3, bytes);
    char *name = memmem(bytes, len, "number", 6);

    if (is_poison && name != NULL) { /* "number" becomes "a", as the label before is called */
        memmove(name + 1, name + 6, len - (size_t)((uint8_t *)name - bytes) - 6);
        name[0] = 'a';
        name[-1] = 1;                    /* the length of the name */
        name[-3] = (char)(name[-3] - 5); /* and of the label */
        len -= 5;
    }
    return len;
}

static void put_request(struct tt_sink *sink, struct tt_rw_request *request, bool is_poisonous,
                        int64_t time_ms)
{
    struct tt_record record = {
        .topic = TT_TOPIC_METRICS, .units = SERIES_N, .time_us = (uint64_t)time_ms * 1000};
    struct tt_str packed;

    for (unsigned i = 0; i < SERIES_N; i++) {
        uint8_t bytes[TT_RW_SERIES_BYTES_MAX];
        char number[16];
        snprintf(number, sizeof(number), "%u", i);
        tt_rw_request_add(request, bytes, put_series(bytes, number, is_poisonous && i == POISON_AT),
                          i, time_ms);
    }
    packed = tt_rw_request_end(request);
    record.data = packed.ptr;
    record.len = packed.len;
    tt_sink_put(sink, &record);
}

int main(int argc, char **argv)
{
    struct tt_conf_sink conf = {.name = (char *)"prom",
                                .type = TT_SINK_REMOTE_WRITE,
                                .topics = 1u << TT_TOPIC_METRICS,
                                .queue = 1 << 20,
                                .url = argc > 1 ? argv[1] : (char *)"",
                                .interval_s = 300,
                                .series_max = 100,
                                .timeout_s = 10,
                                .sample = 1};
    struct tt_sink_place place = {.instance = "poison"};
    struct timespec pause = {0, 10000000};
    struct tt_rw_request request;
    struct tt_sink *sink;
    struct tt_sink_status status;
    int64_t now_ms = (int64_t)(tt_clock_wall_us() / 1000);

    if (tt_sink_new(&conf, &place, &sink) != TT_OK || tt_rw_request_init(&request) != TT_OK)
        return 1;
    put_request(sink, &request, true, now_ms - 1000);
    put_request(sink, &request, false, now_ms);
    if (tt_sink_start(sink) != TT_OK)
        return 1;
    for (unsigned i = 0; i < 100 * LIMIT_S; i++) {
        tt_sink_status(sink, &status);
        if (status.books[TT_TOPIC_METRICS].queued == 0)
            break;
        nanosleep(&pause, NULL);
    }
    printf("%llu %llu %llu\n", (unsigned long long)status.books[TT_TOPIC_METRICS].offered,
           (unsigned long long)status.books[TT_TOPIC_METRICS].delivered,
           (unsigned long long)status.books[TT_TOPIC_METRICS].dropped[TT_SINK_DROP_REFUSED]);
    tt_rw_request_fini(&request);
    tt_sink_stop(sink, tt_clock_mono_ns() + 2000000000u, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, NULL);
    return 0;
}
