/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A Kafka sink from inside: what kafka.c, kafka_flight.c, kafka_open.c, kafka_reap.c and
 * kafka_send.c share. Thread: the sink's own. */

#include "conf/conf.h"
#include "net/secret.h"
#include "sink/class.h"
#include "sink/kafka_client.h"
#include "sink/kafka_frame.h"
#include "sink/kafka_headers.h"

enum { TT_KAFKA_FLYING_MAX = 20000, TT_KAFKA_NAME_MAX = 250 };

/* A topic; the sink takes those of conf.topics. */
struct tt_kafka_topic {
    char name[TT_KAFKA_NAME_MAX]; /* in Kafka; "": it has no records */
    char schema[48];              /* of the header */
    rd_kafka_topic_t *handle;     /* NULL while closed or not taken */
    struct tt_kafka_frame frame;
    struct tt_kafka_headers headers; /* those not in use */
    unsigned flying_n;
    bool is_known;                  /* it has taken a record since we are open */
    uint64_t blocked_until_ns;      /* its records stay where they are until then; 0: no */
    rd_kafka_resp_err_t blocked_by; /* says why, until a record arrives; 0: nothing is wrong */
};

struct tt_kafka {
    struct tt_sink *owner; /* NULL: a probe */
    struct tt_conf_sink
        conf; /* of its own: name, brokers, paths, auth, registry, encoding, topics */
    rd_kafka_conf_t *template_conf; /* NULL: refused, conf_why says it */
    char conf_why[TT_SINK_WHY_MAX];
    char *region; /* NULL: none */
    struct tt_kafka_topic topics[TT_TOPICS_N];

    struct tt_kafka_client *client; /* NULL while closed */
    struct tt_watch watch;
    bool is_registered;
    char fatal[TT_KAFKA_TEXT_MAX]; /* "": a new producer is not needed */
    unsigned batch_bytes; /* 0: as configured; less when a broker took only smaller batches */
    bool needs_smaller;
    unsigned left_topics; /* bit mask: not taken, but there are records of them */

    unsigned flying_n;
    uint64_t waits_since_ns; /* the last record arrived, or the first of those that are flying took
                                off */
    bool has_delivered;      /* since the client was started */
    struct tt_sink_result *results; /* not yet reaped; FLYING_MAX, a ring */
    unsigned result_first, results_n;
    struct tt_buf framed; /* grows: a record behind its frame */
};

/* kafka_flight.c: records that librdkafka has. Their opaque is the token, that of their topic its struct. */
int tt_kafka_flights_init(struct tt_kafka *kafka);
void tt_kafka_flights_fini(struct tt_kafka *kafka);
/* False: there is no room for one more. */
bool tt_kafka_take_off(struct tt_kafka *kafka, struct tt_kafka_topic *topic);
void tt_kafka_land(struct tt_kafka *kafka, struct tt_kafka_topic *topic); /* without a result */
void tt_kafka_settle(struct tt_kafka *kafka, struct tt_kafka_topic *topic, uint64_t token, enum tt_fate fate);
/* There will be no reports any more. */
void tt_kafka_forget_flights(struct tt_kafka *kafka);
unsigned tt_kafka_take_results(struct tt_kafka *kafka, struct tt_sink_result *results,
                               unsigned max);

/* kafka_open.c */
int tt_kafka_open(void *self, struct tt_buf *why);
void tt_kafka_close(void *self);
int tt_kafka_flush(void *self, uint64_t deadline_ns);

/* kafka_send.c */
int tt_kafka_put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why);

/* kafka_reap.c */
/* Serves all events at hand; waits for the first one at most so long. */
void tt_kafka_serve(struct tt_kafka *kafka, int wait_ms);
unsigned tt_kafka_reap(void *self, struct tt_sink_result *results, unsigned max,
                       struct tt_buf *why);
/* What is wrong now, appended; nothing while records arrive or have just been sent: librdkafka says
 * what is wrong with one broker of several, and what was wrong while nothing was to be sent. */
void tt_kafka_say(const struct tt_kafka *kafka, struct tt_buf *why);
/* Topics that take nothing, appended, each with what to do. */
void tt_kafka_say_topics(const struct tt_kafka *kafka, struct tt_buf *why);
/* No record arrived for some seconds although some are waiting. */
bool tt_kafka_is_stuck(const struct tt_kafka *kafka, uint64_t for_ns);
/* The topic takes nothing for some seconds; others go on. */
void tt_kafka_block(struct tt_kafka *kafka, struct tt_kafka_topic *topic, rd_kafka_resp_err_t err);
/* True for an error that is about the topic and that somebody has to mend. */
bool tt_kafka_is_of_topic(rd_kafka_resp_err_t err);

/* kafka_probe.c */
void tt_kafka_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                    tt_sink_say_f say, void *arg);

/* kafka_stat.c: a line of numbers out of librdkafka's statistics. Pure. */
void tt_kafka_stat_format(const char *json, struct tt_buf *buf);
