/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The records that librdkafka has, and what became of them. */

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/kafka_state.h"

int tt_kafka_flights_init(struct tt_kafka *kafka)
{
    kafka->flights = calloc(TT_KAFKA_FLYING_MAX, sizeof(*kafka->flights));
    kafka->results = calloc(TT_KAFKA_FLYING_MAX, sizeof(*kafka->results));
    if (kafka->flights == NULL || kafka->results == NULL)
        return TT_ENOMEM;
    for (uint32_t i = 0; i < TT_KAFKA_FLYING_MAX; i++)
        kafka->flights[i].next = i + 1 < TT_KAFKA_FLYING_MAX ? i + 1 : TT_KAFKA_FLIGHT_NONE;
    return TT_OK;
}

void tt_kafka_flights_fini(struct tt_kafka *kafka)
{
    free(kafka->flights);
    free(kafka->results);
}

struct tt_kafka_flight *tt_kafka_take_off(struct tt_kafka *kafka,
                                          const struct tt_sink_record *record)
{
    struct tt_kafka_flight *flight;

    /* A result that nobody took yet needs its place, too. */
    if (kafka->free_flight == TT_KAFKA_FLIGHT_NONE ||
        kafka->flying_n + kafka->results_n >= TT_KAFKA_FLYING_MAX)
        return NULL;
    flight = &kafka->flights[kafka->free_flight];
    kafka->free_flight = flight->next;
    *flight = (struct tt_kafka_flight){record->token, 0, record->len, record->topic, true};
    if (kafka->flying_n++ == 0)
        kafka->waits_since_ns = tt_clock_mono_ns();
    kafka->topics[record->topic].flying_n++;
    return flight;
}

void tt_kafka_land(struct tt_kafka *kafka, struct tt_kafka_flight *flight)
{
    flight->is_flying = false;
    flight->next = kafka->free_flight;
    kafka->free_flight = (uint32_t)(flight - kafka->flights);
    kafka->flying_n--;
    kafka->topics[flight->topic].flying_n--;
}

void tt_kafka_settle(struct tt_kafka *kafka, struct tt_kafka_flight *flight, enum tt_fate fate)
{
    unsigned at = (kafka->result_first + kafka->results_n) % TT_KAFKA_FLYING_MAX;

    kafka->results[at] = (struct tt_sink_result){flight->token, (uint8_t)fate};
    kafka->results_n++;
    tt_kafka_land(kafka, flight);
}

void tt_kafka_settle_all(struct tt_kafka *kafka, enum tt_fate fate)
{
    for (unsigned i = 0; kafka->flying_n > 0 && i < TT_KAFKA_FLYING_MAX; i++) {
        if (kafka->flights[i].is_flying)
            tt_kafka_settle(kafka, &kafka->flights[i], fate);
    }
}

unsigned tt_kafka_take_results(struct tt_kafka *kafka, struct tt_sink_result *results, unsigned max)
{
    unsigned n = TT_MIN(kafka->results_n, max);

    for (unsigned i = 0; i < n; i++)
        results[i] = kafka->results[(kafka->result_first + i) % TT_KAFKA_FLYING_MAX];
    kafka->result_first = (kafka->result_first + n) % TT_KAFKA_FLYING_MAX;
    kafka->results_n -= n;
    return n;
}
