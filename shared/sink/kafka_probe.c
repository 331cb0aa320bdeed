/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl check --connect` finds out about a Kafka sink. Nothing is written to a topic.
 */

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/kafka_conf.h"
#include "sink/kafka_state.h"

#define SECOND_NS UINT64_C(1000000000)

enum { LINE_MAX_LEN = TT_SINK_WHY_MAX, METADATA_MS = 8000 };

struct probe {
    struct tt_kafka *kafka;
    tt_sink_say_f say;
    void *arg;
};

static void say_words(const struct probe *probe, bool is_fine, struct tt_buf *line)
{
    probe->say(probe->arg, is_fine, tt_buf_cstr(line));
    tt_buf_reset(line);
}

/* Partitions without a leader, and how many copies there are of the one with the fewest. */
static void say_partitions(const struct probe *probe, const struct rd_kafka_metadata_topic *topic)
{
    char text[LINE_MAX_LEN];
    struct tt_buf line = tt_buf_over(text, sizeof(text));
    int leaderless_n = 0, behind_n = 0,
        replicas_n = topic->partition_cnt > 0 ? topic->partitions[0].replica_cnt : 0;

    for (int i = 0; i < topic->partition_cnt; i++) {
        leaderless_n += topic->partitions[i].leader < 0;
        behind_n += topic->partitions[i].isr_cnt < topic->partitions[i].replica_cnt;
        replicas_n = TT_MIN(replicas_n, topic->partitions[i].replica_cnt);
    }
    tt_buf_format(&line, "topic %s: %d partitions, %d replicas", topic->topic, topic->partition_cnt,
                  replicas_n);
    if (behind_n > 0)
        tt_buf_format(&line, ", %d partitions with replicas that lag behind", behind_n);
    if (leaderless_n > 0)
        tt_buf_format(&line, ", %d partitions without a leader: their records wait", leaderless_n);
    say_words(probe, leaderless_n == 0 && topic->partition_cnt > 0, &line);
}

static void say_topic(const struct probe *probe, const struct rd_kafka_metadata_topic *row)
{
    char text[LINE_MAX_LEN];
    struct tt_buf line = tt_buf_over(text, sizeof(text));

    if (row->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        say_partitions(probe, row);
        return;
    }
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        struct tt_kafka_topic *topic = &probe->kafka->topics[i];
        if (topic->handle != NULL && strcmp(topic->name, row->topic) == 0) {
            topic->blocked_by = row->err;
            tt_kafka_say_topics(probe->kafka, &line);
            topic->blocked_by = RD_KAFKA_RESP_ERR_NO_ERROR;
        }
    }
    if (line.len == 0)
        tt_buf_format(&line, "topic %s: %s", row->topic, rd_kafka_err2str(row->err));
    say_words(probe, false, &line);
}

static const char *way_in(const struct tt_conf_sink *conf)
{
    bool has_sasl = conf->auth.mechanism >= TT_AUTH_PLAIN;

    return conf->tls.is_given && has_sasl ? ", TLS verified, credentials accepted"
           : conf->tls.is_given           ? ", TLS verified"
           : has_sasl                     ? ", credentials accepted"
                                          : "";
}

static void ask(const struct probe *probe)
{
    const struct rd_kafka_metadata *metadata = NULL;
    struct tt_kafka *kafka = probe->kafka;
    char text[LINE_MAX_LEN];
    struct tt_buf line = tt_buf_over(text, sizeof(text));
    rd_kafka_resp_err_t err = rd_kafka_metadata(kafka->client->rk, 0, NULL, &metadata, METADATA_MS);

    tt_kafka_serve(kafka, 0);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        tt_kafka_say(kafka, &line);
        if (line.len == 0)
            tt_buf_format(&line, "no answer from %s: %s", kafka->conf.brokers,
                          rd_kafka_err2str(err));
        say_words(probe, false, &line);
        return;
    }
    tt_buf_format(&line, "%s answers%s: a cluster of %d broker%s", metadata->orig_broker_name,
                  way_in(&kafka->conf), metadata->broker_cnt, metadata->broker_cnt == 1 ? "" : "s");
    say_words(probe, true, &line);
    for (int i = 0; i < metadata->topic_cnt; i++)
        say_topic(probe, &metadata->topics[i]);
    rd_kafka_metadata_destroy(metadata);
}

void tt_kafka_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                    tt_sink_say_f say, void *arg)
{
    char text[LINE_MAX_LEN];
    struct tt_buf line = tt_buf_over(text, sizeof(text));
    struct probe probe = {.say = say, .arg = arg};
    void *self = NULL;

    if (tt_sink_kafka.make(conf, place, NULL, &self) != TT_OK) {
        say(arg, false, "there is no memory for it");
        return;
    }
    probe.kafka = self;
    if (tt_kafka_open(self, &line) != TT_OK) {
        say_words(&probe, false, &line);
    } else {
        if (probe.kafka->conf.registry.url != NULL)
            say(arg, true, "the schema registry has our schemas");
        ask(&probe);
    }
    tt_sink_kafka.destroy(self);
}
