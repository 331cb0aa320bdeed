/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A few numbers of librdkafka's statistics, which come as JSON of its own making. Source: its
 * STATISTICS.md. */

#include <stdlib.h>
#include <string.h>

#include "sink/kafka_state.h"

/* The number behind the first or the last place of a key; negative: it is not there. */
static long long number_of(const char *json, const char *key, bool is_last)
{
    const char *found = NULL;

    for (const char *at = json; (at = strstr(at, key)) != NULL; at += strlen(key)) {
        found = at + strlen(key);
        if (!is_last)
            break;
    }
    return found != NULL ? strtoll(found, NULL, 10) : -1;
}

/* The largest p99 of a window that every broker has, in µs. */
static long long worst_p99(const char *json, const char *window)
{
    long long worst = 0;

    for (const char *at = json; (at = strstr(at, window)) != NULL;) {
        at += strlen(window);
        long long value = number_of(at, "\"p99\":", false);
        worst = TT_MAX(worst, value);
    }
    return worst;
}

void tt_kafka_stat_format(const char *json, struct tt_buf *buf)
{
    /* Counts of the whole client stand behind those of its brokers and partitions. */
    tt_buf_format(buf,
                  "outq %lld, txmsgs %lld, txbytes %lld, rtt p99 %lld us, queueing p99 %lld us",
                  number_of(json, "\"msg_cnt\":", false), number_of(json, "\"txmsgs\":", true),
                  number_of(json, "\"txmsg_bytes\":", true), worst_p99(json, "\"rtt\":"),
                  worst_p99(json, "\"int_latency\":"));
}
