/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A sink's configuration as librdkafka's. */

#include <librdkafka/rdkafka.h>

#include "base/buf.h"
#include "conf/conf.h"

/*
 * Everything but what is in files of secrets. client: what we call ourselves to the brokers. No
 * I/O. *out is the caller's. Fails: TT_ECONFIG with a reason in *why (an unknown property, a value
 * out of range).
 */
int tt_kafka_conf_make(const struct tt_conf_sink *conf, const char *client, rd_kafka_conf_t **out,
                       struct tt_buf *why);

/* Sets one property. Fails: TT_ECONFIG, with librdkafka's words. */
int tt_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                      struct tt_buf *why);
