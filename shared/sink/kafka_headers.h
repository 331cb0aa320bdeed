/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The headers of a topic's records: id, schema and region. librdkafka keeps each header in memory of its own;
 * the headers of a record that arrived are taken back and serve the next one, where only the id differs: made
 * anew for each record they were a third of what a record costs. Thread: the sink's own.
 */

#include <librdkafka/rdkafka.h>

#include "sink/class.h"

enum { TT_KAFKA_HEADERS_MAX = 4096 }; /* kept at most: some 300 bytes each */

struct tt_kafka_headers {
    rd_kafka_headers_t **spare; /* NULL: none is kept yet */
    unsigned spare_n;
};

/* Headers for a record; region NULL: none. They are librdkafka's once it has taken the record; before: to be
 * given to rd_kafka_headers_destroy. */
rd_kafka_headers_t *tt_kafka_headers_take(struct tt_kafka_headers *pool, const struct tt_sink_record *record,
                                          const char *schema, const char *region);

/* Takes back the headers of a message whose report is at hand; of the same topic. */
void tt_kafka_headers_give(struct tt_kafka_headers *pool, const rd_kafka_message_t *message);

void tt_kafka_headers_fini(struct tt_kafka_headers *pool);
