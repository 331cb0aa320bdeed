/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What librdkafka says: reports of what became of records, errors, its log, its statistics. */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "sink/kafka_state.h"

static const uint64_t block_ns = 5 * UINT64_C(1000000000);
/* Without an arrival for so long a reason is the reason. */
static const uint64_t stuck_ns = 3 * UINT64_C(1000000000);

/* An error of a topic that somebody has to mend, in words. */
static const struct {
    rd_kafka_resp_err_t err;
    const char *what, *advice;
} of_topic[] = {
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "is not there", "make it with telltale-kafka-topics"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "is not there", "make it with telltale-kafka-topics"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "lost a partition",
     "make it with telltale-kafka-topics"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "has a name that the brokers refuse",
     "choose another `prefix`"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "may not be written by us",
     "let the user of `auth` write and describe it"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "may not be written by us",
     "let the user of `auth` write idempotently"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "has a policy against our records",
     "see the broker's log"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, "refuses the time of our records",
     "set this machine's clock, or the topic's message.timestamp limits"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, "does not take this compression",
     "choose another `compression`"},
    {RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS, "does not take acks=all", "see the broker's log"},
};

bool tt_kafka_is_of_topic(rd_kafka_resp_err_t err)
{
    for (size_t i = 0; i < TT_COUNT(of_topic); i++) {
        if (of_topic[i].err == err)
            return true;
    }
    return false;
}

void tt_kafka_block(struct tt_kafka *kafka, struct tt_kafka_topic *topic, rd_kafka_resp_err_t err)
{
    topic->blocked_by = err;
    topic->is_known = false;
    topic->blocked_until_ns = tt_clock_mono_ns() + block_ns;
    if (kafka->owner != NULL)
        tt_sink_rest_topic(kafka->owner, (enum tt_topic)(topic - kafka->topics), block_ns);
}

/* A batch is refused as a whole. So a record that may have had company is sent again in smaller
 * ones. */
static enum tt_fate too_large(struct tt_kafka *kafka, const rd_kafka_message_t *message)
{
    unsigned limit = kafka->batch_bytes != 0 ? kafka->batch_bytes : 1000000;

    if (message->len >= limit || limit <= 1024)
        return TT_FATE_TOO_LARGE;
    kafka->needs_smaller = true;
    return TT_FATE_AGAIN;
}

static enum tt_fate fate_of(struct tt_kafka *kafka, const rd_kafka_message_t *message)
{
    rd_kafka_msg_status_t status = rd_kafka_message_status(message);

    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || status == RD_KAFKA_MSG_STATUS_PERSISTED)
        return TT_FATE_DELIVERED;
    if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return too_large(kafka, message);
    if (message->err == RD_KAFKA_RESP_ERR_INVALID_RECORD)
        return TT_FATE_REFUSED;
    return status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? TT_FATE_AGAIN : TT_FATE_MAYBE;
}

static void serve_reports(struct tt_kafka *kafka, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    bool has_arrived = false;

    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        struct tt_kafka_topic *topic = rd_kafka_topic_opaque(message->rkt);
        enum tt_fate fate = fate_of(kafka, message);

        if (fate == TT_FATE_DELIVERED) {
            topic->is_known = has_arrived = true;
            topic->blocked_by = RD_KAFKA_RESP_ERR_NO_ERROR;
            topic->blocked_until_ns = 0;
        } else if (tt_kafka_is_of_topic(message->err)) {
            tt_kafka_block(kafka, topic, message->err);
        }
        tt_kafka_headers_give(&topic->headers, message);
        tt_kafka_settle(kafka, topic, (uintptr_t)message->_private, fate);
    }
    if (!has_arrived)
        return;
    kafka->has_delivered = true;
    kafka->waits_since_ns = tt_clock_mono_ns();
    tt_kafka_trouble_clear(&kafka->client->trouble);
}

static void serve_error(struct tt_kafka *kafka, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(event);
    char text[TT_KAFKA_TEXT_MAX / 2] = "";

    if (err != RD_KAFKA_RESP_ERR__FATAL && !rd_kafka_event_error_is_fatal(event)) {
        tt_kafka_trouble_note(&kafka->client->trouble, err, rd_kafka_event_error_string(event),
                              kafka->conf.brokers);
        return;
    }
    err = rd_kafka_fatal_error(kafka->client->rk, text, sizeof(text));
    snprintf(kafka->fatal, sizeof(kafka->fatal),
             "librdkafka gave up (%s: %s): a new producer goes on", rd_kafka_err2name(err), text);
}

static void serve_log(struct tt_kafka *kafka, rd_kafka_event_t *event)
{
    const char *facility = "", *text = "";
    int level = 7;

    if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
        tt_kafka_trouble_log(&kafka->client->trouble, kafka->conf.name, level, facility, text);
}

static void serve_stats(struct tt_kafka *kafka, rd_kafka_event_t *event)
{
    char text[200];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_kafka_stat_format(rd_kafka_event_stats(event), &buf);
    tt_log(TT_LOG_DEBUG, "sink %s: librdkafka: %s", kafka->conf.name, tt_buf_cstr(&buf));
}

static void serve_event(struct tt_kafka *kafka, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        serve_reports(kafka, event);
        break;
    case RD_KAFKA_EVENT_ERROR:
        serve_error(kafka, event);
        break;
    case RD_KAFKA_EVENT_LOG:
        serve_log(kafka, event);
        break;
    case RD_KAFKA_EVENT_STATS:
        serve_stats(kafka, event);
        break;
    default:
        break;
    }
}

void tt_kafka_serve(struct tt_kafka *kafka, int wait_ms)
{
    rd_kafka_event_t *event;

    /* Of reports there are no more than records were flying; all else comes at the pace of
     * failures. */
    for (unsigned i = 0; i < 2 * TT_KAFKA_FLYING_MAX; i++) {
        event = rd_kafka_queue_poll(kafka->client->events, i == 0 ? wait_ms : 0);
        if (event == NULL)
            break;
        serve_event(kafka, event);
        rd_kafka_event_destroy(event);
    }
}

static void say_topic(const struct tt_kafka_topic *topic, struct tt_buf *why)
{
    for (size_t i = 0; i < TT_COUNT(of_topic); i++) {
        if (of_topic[i].err == topic->blocked_by) {
            tt_buf_format(why, "%stopic %s %s (%s); %s", why->len > 0 ? "; " : "", topic->name,
                          of_topic[i].what, rd_kafka_err2name(topic->blocked_by),
                          of_topic[i].advice);
            return;
        }
    }
}

bool tt_kafka_is_stuck(const struct tt_kafka *kafka, uint64_t for_ns)
{
    return !kafka->has_delivered || tt_clock_mono_ns() - kafka->waits_since_ns >= for_ns;
}

void tt_kafka_say(const struct tt_kafka *kafka, struct tt_buf *why)
{
    if (kafka->fatal[0] != '\0') {
        tt_buf_format(why, "%s", kafka->fatal);
        return;
    }
    if (kafka->client == NULL || !tt_kafka_is_stuck(kafka, stuck_ns))
        return;
    tt_buf_format(why, "%s", kafka->client->trouble.text);
}

void tt_kafka_say_topics(const struct tt_kafka *kafka, struct tt_buf *why)
{
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        if (kafka->topics[i].blocked_by != RD_KAFKA_RESP_ERR_NO_ERROR)
            say_topic(&kafka->topics[i], why);
    }
}

unsigned tt_kafka_reap(void *self, struct tt_sink_result *results, unsigned max, struct tt_buf *why)
{
    struct tt_kafka *kafka = self;

    if (kafka->client != NULL) {
        tt_kafka_serve(kafka, 0);
        tt_kafka_say(kafka, why);
        if (tt_kafka_is_stuck(kafka, 2 * block_ns))
            tt_kafka_say_topics(kafka, why);
    }
    return tt_kafka_take_results(kafka, results, max);
}
