/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Confluent's framing: what stands before a record so that a consumer finds its schema in a
 * registry: a 0 byte, the schema's id as 4 bytes (big-endian) and, of Protobuf, the path to the
 * message in its file. The schemas are registered under the subject <topic>-value. Source:
 * research/sinks.md §2.
 */

#include "base/buf.h"
#include "conf/conf.h"
#include "net/http.h"

enum { TT_KAFKA_FRAME_MAX = 16 };

struct tt_kafka_frame {
    uint8_t bytes[TT_KAFKA_FRAME_MAX];
    uint8_t len; /* 0: none */
};

/* The frame of a schema's id; message: the place of the message in its file, negative: no Protobuf.
 * Pure. */
void tt_kafka_frame_make(uint32_t id, int message, struct tt_kafka_frame *frame);

/* Where the message stands among those of a .proto file's top level, 0 first; negative: nowhere.
 * Pure. */
int tt_kafka_frame_find(const char *proto, const char *message);

/* The name of a topic's message in telltale.proto. Lends for ever. */
const char *tt_kafka_frame_message(enum tt_topic topic);

/*
 * Registers the schema of what a topic carries and makes its frame. registry: its url is the
 * registry's own; name: the topic's in Kafka. Blocks, as net/http.h has it. Fails, with a reason in
 * *why: TT_EAGAIN, TT_ECONFIG (the registry refuses it), TT_ENOMEM.
 */
int tt_kafka_frame_register(const struct tt_http_options *registry, const char *name,
                            enum tt_topic topic, enum tt_encoding encoding,
                            struct tt_kafka_frame *frame, struct tt_buf *why);
