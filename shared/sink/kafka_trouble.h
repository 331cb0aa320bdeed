/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What is wrong between us and the brokers, in words; and librdkafka's log in ours. */

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/log.h"

enum { TT_KAFKA_TEXT_MAX = 600 };

/* Thread: the sink's own, but `certificate`, which librdkafka's threads write. */
struct tt_kafka_trouble {
    char text[TT_KAFKA_TEXT_MAX];  /* "" : nothing is wrong */
    char cause[TT_KAFKA_TEXT_MAX]; /* of the last connection that failed */
    int rank;                      /* of text: a higher one is a more telling one */
    struct tt_log_limit limit;
    pthread_mutex_t lock;
    char certificate[256]; /* what is wrong with a broker's certificate, under lock */
};

/* Fails: TT_ENOMEM. */
int tt_kafka_trouble_init(struct tt_kafka_trouble *trouble);
void tt_kafka_trouble_fini(struct tt_kafka_trouble *trouble);

/* Notes an error of the client as a whole; brokers: as configured. */
void tt_kafka_trouble_note(struct tt_kafka_trouble *trouble, rd_kafka_resp_err_t err,
                           const char *text, const char *brokers);

/* A record arrived: what was wrong is over. */
void tt_kafka_trouble_clear(struct tt_kafka_trouble *trouble);

/* Writes a line of librdkafka's log into ours. level: syslog's. */
void tt_kafka_trouble_log(struct tt_kafka_trouble *trouble, const char *sink, int level,
                          const char *facility, const char *text);

/* For rd_kafka_conf_set_ssl_cert_verify_cb, the trouble as opaque: keeps OpenSSL's verdict and its
 * words. */
int tt_kafka_trouble_verify(rd_kafka_t *rk, const char *broker, int32_t broker_id, int *x509_error,
                            int depth, const char *cert, size_t cert_len, char *text,
                            size_t text_cap, void *opaque);
