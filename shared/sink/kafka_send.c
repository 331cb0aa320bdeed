/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Records to librdkafka. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/compat.h"
#include "base/err.h"
#include "sink/kafka_state.h"

static const uint64_t second_ns = UINT64_C(1000000000);
static const uint64_t ahead_us = 300 * UINT64_C(1000000);

/* Of a topic that may not be there only so many are given away: they come back late. */
enum { DOUBTFUL_MAX = 512, AHEAD = 4 };

TT_STATIC_ASSERT(sizeof(void *) >= sizeof(uint64_t), "a token is an opaque of librdkafka's");

/* The event's time in ms. One from a clock that was wrong is not sent: brokers refuse what lies
 * ahead. */
static int64_t time_of(const struct tt_sink_record *record, uint64_t now_us)
{
    uint64_t time_us = record->time_us <= now_us + ahead_us ? record->time_us : now_us;

    return (int64_t)(time_us / 1000);
}

/* The record behind its frame, in memory of ours. False: no memory. */
static bool frame_record(struct tt_kafka *kafka, const struct tt_sink_record *record)
{
    const struct tt_kafka_frame *frame = &kafka->topics[record->topic].frame;
    size_t len = (size_t)frame->len + record->len;

    if (len > kafka->framed.cap) {
        char *data = realloc(kafka->framed.data, len * 2);
        if (data == NULL)
            return false;
        kafka->framed.data = data;
        kafka->framed.cap = len * 2;
    }
    memcpy(kafka->framed.data, frame->bytes, frame->len);
    memcpy(kafka->framed.data + frame->len, record->data, record->len);
    return true;
}

static rd_kafka_resp_err_t produce(struct tt_kafka *kafka, const struct tt_sink_record *record,
                                   int64_t time_ms)
{
    struct tt_kafka_topic *topic = &kafka->topics[record->topic];
    void *data = (void *)(uintptr_t)record->data;
    void *key = record->key_len > 0 ? (void *)(uintptr_t)record->key : NULL;
    size_t len = record->len;
    int flags = (record->flags & TT_RECORD_BRIEF) != 0 ? RD_KAFKA_MSG_F_COPY : 0;
    rd_kafka_headers_t *headers;
    rd_kafka_resp_err_t err;

    if (topic->frame.len > 0) {
        if (!frame_record(kafka, record))
            return RD_KAFKA_RESP_ERR__QUEUE_FULL;
        data = kafka->framed.data;
        len += topic->frame.len;
        flags = RD_KAFKA_MSG_F_COPY;
    }
    headers = tt_kafka_headers_take(&topic->headers, record, topic->schema, kafka->region);
    err =
        rd_kafka_producev(kafka->client->rk, RD_KAFKA_V_RKT(topic->handle),
                          RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA), RD_KAFKA_V_MSGFLAGS(flags),
                          RD_KAFKA_V_VALUE(data, len), RD_KAFKA_V_KEY(key, (size_t)record->key_len),
                          RD_KAFKA_V_TIMESTAMP(time_ms), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE((void *)(uintptr_t)record->token), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers);
    return err;
}

/* True when the topic takes nothing now: its records go back, and others take their turn. */
static bool is_held_back(struct tt_kafka *kafka, const struct tt_kafka_topic *topic,
                         uint64_t now_ns)
{
    if (now_ns < topic->blocked_until_ns)
        return true;
    if (topic->is_known || topic->flying_n < DOUBTFUL_MAX)
        return false;
    if (kafka->owner != NULL)
        tt_sink_rest_topic(kafka->owner, (enum tt_topic)(topic - kafka->topics), second_ns / 10);
    return true;
}

/* What an error of produce means for the record. */
static enum tt_fate judge(struct tt_kafka *kafka, struct tt_kafka_topic *topic,
                          rd_kafka_resp_err_t err)
{
    if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return TT_FATE_TOO_LARGE;
    if (tt_kafka_is_of_topic(err))
        tt_kafka_block(kafka, topic, err);
    return tt_kafka_is_of_topic(err) ? TT_FATE_AGAIN : TT_FATE_WAITING;
}

/* False: there is no room for more. */
static bool send_one(struct tt_kafka *kafka, struct tt_sink_record *record, uint64_t now_ns,
                     uint64_t now_us)
{
    struct tt_kafka_topic *topic = &kafka->topics[record->topic];
    rd_kafka_resp_err_t err;

    if (topic->handle == NULL) {
        bool is_ours = topic->name[0] != '\0';
        record->fate = is_ours ? TT_FATE_AGAIN : TT_FATE_REFUSED;
        kafka->left_topics |= (unsigned)is_ours << record->topic;
        return true;
    }
    if (is_held_back(kafka, topic, now_ns)) {
        record->fate = TT_FATE_AGAIN;
        return true;
    }
    if (!tt_kafka_take_off(kafka, topic))
        return false;
    err = produce(kafka, record, time_of(record, now_us));
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        record->fate = TT_FATE_FLYING;
        return true;
    }
    tt_kafka_land(kafka, topic);
    record->fate = (uint8_t)judge(kafka, topic, err);
    return err != RD_KAFKA_RESP_ERR__QUEUE_FULL && err != RD_KAFKA_RESP_ERR__FATAL;
}

int tt_kafka_put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    struct tt_kafka *kafka = self;
    uint64_t now_ns = tt_clock_mono_ns(), now_us = tt_clock_wall_us();
    unsigned taken_n = 0;

    if (kafka->fatal[0] == '\0') {
        for (unsigned i = 0; i < n && send_one(kafka, &records[i], now_ns, now_us); i++) {
            taken_n += records[i].fate != TT_FATE_WAITING && records[i].fate != TT_FATE_AGAIN;
            if (n - i > AHEAD) /* librdkafka copies it */
                __builtin_prefetch(records[i + AHEAD].key);
        }
    }
    if (taken_n < n)
        tt_kafka_serve(kafka, 0);
    /* What goes back is no reason to let the others wait any longer. */
    if (taken_n < n && kafka->owner != NULL)
        tt_sink_wait_for(kafka->owner, taken_n > 0 ? second_ns / 50 : second_ns);
    tt_kafka_say(kafka, why);
    if (kafka->fatal[0] != '\0')
        return TT_ECLOSED;
    tt_kafka_say_topics(kafka, why);
    /* Records that go back are a failure only when no others get through. */
    return taken_n > 0 || why->len == 0 || !tt_kafka_is_stuck(kafka, 10 * second_ns) ? TT_OK
                                                                                     : TT_EAGAIN;
}
