/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/kafka_headers.h"

#include <stdlib.h>
#include <string.h>

static const char no_id[16];

rd_kafka_headers_t *tt_kafka_headers_take(struct tt_kafka_headers *pool, const struct tt_sink_record *record,
                                          const char *schema, const char *region)
{
    rd_kafka_headers_t *headers;

    if (pool->spare_n > 0) {
        headers = pool->spare[--pool->spare_n];
        rd_kafka_header_remove(headers, "id");
    } else {
        headers = rd_kafka_headers_new(3);
        rd_kafka_header_add(headers, "schema", 6, schema, -1);
        if (region != NULL)
            rd_kafka_header_add(headers, "region", 6, region, -1);
    }
    if (memcmp(record->id, no_id, sizeof(no_id)) != 0)
        rd_kafka_header_add(headers, "id", 2, record->id, sizeof(record->id));
    return headers;
}

void tt_kafka_headers_give(struct tt_kafka_headers *pool, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;

    if (pool->spare == NULL)
        pool->spare = calloc(TT_KAFKA_HEADERS_MAX, sizeof(rd_kafka_headers_t *));
    if (pool->spare == NULL || pool->spare_n == TT_KAFKA_HEADERS_MAX)
        return; /* librdkafka frees them with the message */
    /* Events lend messages as const, but only so that nobody frees them: detaching is asked for by name. */
    if (rd_kafka_message_detach_headers((rd_kafka_message_t *)(uintptr_t)message, &headers) == 0)
        pool->spare[pool->spare_n++] = headers;
}

void tt_kafka_headers_fini(struct tt_kafka_headers *pool)
{
    for (unsigned i = 0; i < pool->spare_n; i++)
        rd_kafka_headers_destroy(pool->spare[i]);
    free(pool->spare);
    *pool = (struct tt_kafka_headers){0};
}
