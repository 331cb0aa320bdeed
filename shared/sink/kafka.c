/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Records to Apache Kafka, by librdkafka: one message each, its key the record's, its time the
 * event's, with the headers id, schema and region. An idempotent producer with acks=all, so
 * delivered means that every replica in sync has it, and what librdkafka sends again is stored
 * once. Its memory is the queue's: a record is lent until its report comes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sink/kafka_conf.h"
#include "sink/kafka_state.h"

static const char *const kinds[TT_TOPICS_N] = {
    [TT_TOPIC_RAW] = "dns",      [TT_TOPIC_NORMALIZED] = "dns",
    [TT_TOPIC_ENRICHED] = "dns", [TT_TOPIC_AGGREGATES] = "aggregate",
    [TT_TOPIC_BOOKS] = "books",  [TT_TOPIC_ALERTS] = "alert",
};

static void destroy(void *self)
{
    struct tt_kafka *kafka = self;

    tt_kafka_close(kafka);
    if (kafka->template_conf != NULL)
        rd_kafka_conf_destroy(kafka->template_conf);
    tt_conf_sink_fini(&kafka->conf);
    tt_kafka_flights_fini(kafka);
    for (unsigned i = 0; i < TT_TOPICS_N; i++)
        tt_kafka_headers_fini(&kafka->topics[i].headers);
    free(kafka->framed.data);
    free(kafka->region);
    free(kafka);
}

static int name_topics(struct tt_kafka *kafka)
{
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        struct tt_kafka_topic *topic = &kafka->topics[i];
        int len;

        if (kinds[i] == NULL)
            continue;
        len = snprintf(topic->name, sizeof(topic->name), "%s%s",
                       kafka->conf.prefix != NULL ? kafka->conf.prefix : "", tt_topic_word(i));
        if (len >= (int)sizeof(topic->name))
            return TT_ELIMIT;
        snprintf(topic->schema, sizeof(topic->schema), "telltale.v1/%s", kinds[i]);
    }
    return TT_OK;
}

/* A configuration that librdkafka refuses is said by open, each time it is tried. */
static void make_template(struct tt_kafka *kafka, const char *client)
{
    struct tt_buf why = tt_buf_over(kafka->conf_why, sizeof(kafka->conf_why));

    if (tt_kafka_conf_make(&kafka->conf, client, &kafka->template_conf, &why) != TT_OK)
        kafka->template_conf = NULL;
    tt_buf_cstr(&why);
}

static int make(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                struct tt_sink *owner, void **self)
{
    struct tt_kafka *kafka = calloc(1, sizeof(*kafka));
    int err;

    if (kafka == NULL)
        return TT_ENOMEM;
    kafka->owner = owner;
    err = tt_conf_sink_copy(&kafka->conf, conf);
    if (err == TT_OK)
        err = tt_kafka_flights_init(kafka);
    if (err == TT_OK)
        err = name_topics(kafka);
    if (err == TT_OK && place->region != NULL && (kafka->region = strdup(place->region)) == NULL)
        err = TT_ENOMEM;
    if (err != TT_OK) {
        destroy(kafka);
        return err;
    }
    make_template(kafka, place->instance);
    *self = kafka;
    return TT_OK;
}

/* A batch size that a broker refuses is quartered until it fits. */
static int make_smaller(struct tt_kafka *kafka, struct tt_buf *why)
{
    unsigned before = kafka->batch_bytes != 0 ? kafka->batch_bytes : 1000000;

    kafka->needs_smaller = false;
    kafka->batch_bytes = TT_MAX(before / 4, 1024u);
    tt_buf_format(why,
                  "a broker refuses batches of %u bytes: goes on with %u; give the topic a larger "
                  "max.message.bytes",
                  before, kafka->batch_bytes);
    return TT_EAGAIN;
}

/* Records of a topic that the configuration does not name any more were left, by a reload or in the
 * spool: it is taken again, for them. */
static int take_left_topics(struct tt_kafka *kafka, struct tt_buf *why)
{
    tt_buf_text(why, "sends what is left of");
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        if ((kafka->left_topics >> i & 1u) != 0)
            tt_buf_format(why, " %s", kafka->topics[i].name);
    }
    kafka->conf.topics |= kafka->left_topics;
    kafka->left_topics = 0;
    kafka->is_registered = false;
    return TT_EAGAIN;
}

static int tick(void *self, struct tt_buf *why)
{
    struct tt_kafka *kafka = self;

    tt_kafka_serve(kafka, 0); /* nobody else listens while nothing is sent */
    if (kafka->fatal[0] != '\0') {
        tt_kafka_say(kafka, why);
        return TT_ECLOSED;
    }
    if (kafka->needs_smaller)
        return make_smaller(kafka, why);
    if (kafka->left_topics != 0)
        return take_left_topics(kafka, why);
    if (!tt_watch_has_changed(&kafka->watch))
        return TT_OK;
    tt_buf_text(why, "a file of its certificates or secrets has changed");
    return TT_EAGAIN;
}

const struct tt_sink_class tt_sink_kafka = {
    .type = "kafka",
    .id = TT_SINK_KAFKA,
    .flying_max = TT_KAFKA_FLYING_MAX,
    .make = make,
    .open = tt_kafka_open,
    .put = tt_kafka_put,
    .reap = tt_kafka_reap,
    .tick = tick,
    .flush = tt_kafka_flush,
    .close = tt_kafka_close,
    .destroy = destroy,
    .probe = tt_kafka_probe,
};
