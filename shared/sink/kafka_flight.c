/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The records that librdkafka has, and what became of them. */

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/kafka_state.h"

int tt_kafka_flights_init(struct tt_kafka *kafka)
{
    kafka->results = calloc(TT_KAFKA_FLYING_MAX, sizeof(*kafka->results));
    return kafka->results != NULL ? TT_OK : TT_ENOMEM;
}

void tt_kafka_flights_fini(struct tt_kafka *kafka)
{
    free(kafka->results);
}

bool tt_kafka_take_off(struct tt_kafka *kafka, struct tt_kafka_topic *topic)
{
    /* A result that nobody took yet needs its place, too. */
    if (kafka->flying_n + kafka->results_n >= TT_KAFKA_FLYING_MAX)
        return false;
    if (kafka->flying_n++ == 0)
        kafka->waits_since_ns = tt_clock_mono_ns();
    topic->flying_n++;
    return true;
}

void tt_kafka_land(struct tt_kafka *kafka, struct tt_kafka_topic *topic)
{
    kafka->flying_n--;
    topic->flying_n--;
}

void tt_kafka_settle(struct tt_kafka *kafka, struct tt_kafka_topic *topic, uint64_t token, enum tt_fate fate)
{
    unsigned at = (kafka->result_first + kafka->results_n) % TT_KAFKA_FLYING_MAX;

    kafka->results[at] = (struct tt_sink_result){token, (uint8_t)fate};
    kafka->results_n++;
    tt_kafka_land(kafka, topic);
}

void tt_kafka_forget_flights(struct tt_kafka *kafka)
{
    kafka->flying_n = 0;
    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        kafka->topics[i].flying_n = 0;
}

unsigned tt_kafka_take_results(struct tt_kafka *kafka, struct tt_sink_result *results, unsigned max)
{
    unsigned n = TT_MIN(kafka->results_n, max);

    for (unsigned i = 0; i < n; i++)
        results[i] = kafka->results[(kafka->result_first + i) % TT_KAFKA_FLYING_MAX];
    kafka->results_n -= n;
    /* From the start again when it is empty: the same memory, which the caches still have. */
    kafka->result_first = kafka->results_n > 0 ? (kafka->result_first + n) % TT_KAFKA_FLYING_MAX : 0;
    return n;
}
