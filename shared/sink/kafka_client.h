/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One client of librdkafka with its queue of events, and its end, which never hangs. */

#include <librdkafka/rdkafka.h>

#include "sink/kafka_trouble.h"
#include "sink/sink.h"

struct tt_kafka_client {
    rd_kafka_t *rk;
    rd_kafka_queue_t *events; /* reports, errors, log, statistics */
    struct tt_kafka_trouble trouble;
};

/* Starts a producer. Takes conf, also when it fails. Fails, with a reason in *why: TT_ECONFIG (of
 * files, mostly), TT_ENOMEM. */
int tt_kafka_client_new(rd_kafka_conf_t *conf, bool has_tls, struct tt_kafka_client **client,
                        struct tt_buf *why);

/*
 * Ends it; sets NULL. What librdkafka still held is forgotten without a report. Not later than when the owner
 * must end, or most_ns, but least_ns has it in any case (monotonic); looks after the owner (NULL: a probe)
 * meanwhile. False: threads of librdkafka do not come back (one may wait for the answer of a resolver that is
 * ending itself) and are left behind with a thread that waits for them. They send nothing any more, but may
 * still read what they were lent.
 */
bool tt_kafka_client_end(struct tt_kafka_client **client, struct tt_sink *owner, uint64_t least_ns,
                         uint64_t most_ns);
