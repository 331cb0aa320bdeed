/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The life of a producer. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/http.h"
#include "sink/kafka_conf.h"
#include "sink/kafka_state.h"

#define SECOND_NS UINT64_C(1000000000)
#define MS_NS UINT64_C(1000000)

/* What a close may take: to deliver what is flying, and for librdkafka's threads to end; the latter also when
 * the time is up, which tt_sink_free allows for. */
static const uint64_t flush_max_ns = 2 * SECOND_NS, end_max_ns = 300 * MS_NS, end_min_ns = 60 * MS_NS;

static int look_at_key(const char *path, struct tt_buf *why)
{
    struct stat st;

    if (path == NULL)
        return TT_OK;
    if (stat(path, &st) != 0) {
        tt_buf_format(why, "cannot read tls.key_file %s: %s", path, strerrordesc_np(errno));
        return tt_error_from_errno(errno);
    }
    if ((st.st_mode & S_IRWXO) == 0)
        return TT_OK;
    tt_buf_format(why, "refused tls.key_file %s: others can read it; chmod o= %s", path, path);
    return TT_EPERM;
}

static int watch_files(struct tt_kafka *kafka, struct tt_buf *why)
{
    const struct tt_conf_sink *conf = &kafka->conf;
    const char *const paths[] = {conf->tls.ca_file, conf->tls.cert_file, conf->tls.key_file,
                                 conf->auth.password_file, conf->registry.password_file};
    int err = look_at_key(conf->tls.key_file, why);

    for (size_t i = 0; err == TT_OK && i < TT_COUNT(paths); i++) {
        if (paths[i] != NULL)
            err = tt_watch_add(&kafka->watch, paths[i]);
    }
    return err;
}

static int set_password(const struct tt_kafka *kafka, rd_kafka_conf_t *conf, struct tt_buf *why)
{
    struct tt_secret *secret = NULL;
    int err;

    if (kafka->conf.auth.password_file == NULL || kafka->conf.auth.mechanism < TT_AUTH_PLAIN)
        return TT_OK;
    err = tt_secret_read(kafka->conf.auth.password_file, &secret, why);
    if (err == TT_OK)
        err = tt_kafka_conf_set(conf, "sasl.password", tt_secret_text(secret), why);
    tt_secret_free(&secret);
    return err;
}

static int start_client(struct tt_kafka *kafka, struct tt_buf *why)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(kafka->template_conf);
    char number[16];
    int err = set_password(kafka, conf, why);

    snprintf(number, sizeof(number), "%u", kafka->batch_bytes);
    if (err == TT_OK && kafka->batch_bytes > 0)
        err = tt_kafka_conf_set(conf, "batch.size", number, why);
    if (err == TT_OK)
        return tt_kafka_client_new(conf, kafka->conf.tls.is_given, &kafka->client, why);
    rd_kafka_conf_destroy(conf);
    return err;
}

static uint64_t registry_end(const void *arg)
{
    return tt_sink_tend(((const struct tt_kafka *)arg)->owner);
}

static bool is_taken(const struct tt_kafka *kafka, unsigned topic)
{
    return (kafka->conf.topics >> topic & 1u) != 0 && kafka->topics[topic].name[0] != '\0';
}

static int register_topics(struct tt_kafka *kafka, struct tt_buf *why)
{
    const struct tt_conf_registry *conf = &kafka->conf.registry;
    struct tt_conf_auth auth = {.mechanism = conf->user != NULL ? TT_AUTH_BASIC : TT_AUTH_NONE,
                                .user = conf->user,
                                .password_file = conf->password_file};
    struct tt_http_options options = {.url = conf->url,
                                      .tls = &kafka->conf.tls,
                                      .auth = &auth,
                                      .timeout_s = 10,
                                      .must_end = registry_end,
                                      .must_end_arg = kafka};
    int err = TT_OK;

    for (unsigned i = 0; err == TT_OK && i < TT_TOPICS_N; i++) {
        struct tt_kafka_topic *topic = &kafka->topics[i];
        if (is_taken(kafka, i))
            err =
                tt_kafka_frame_register(&options, topic->name, (enum tt_topic)i,
                                        (enum tt_encoding)kafka->conf.encoding, &topic->frame, why);
    }
    kafka->is_registered = err == TT_OK;
    return err;
}

/* Reports name the topic by its opaque. */
static rd_kafka_topic_t *new_handle(rd_kafka_t *rk, struct tt_kafka_topic *topic)
{
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(rk);

    rd_kafka_topic_conf_set_opaque(conf, topic);
    return rd_kafka_topic_new(rk, topic->name, conf);
}

static int open_topics(struct tt_kafka *kafka, struct tt_buf *why)
{
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        struct tt_kafka_topic *topic = &kafka->topics[i];
        topic->is_known = false;
        topic->blocked_until_ns = 0;
        topic->blocked_by = RD_KAFKA_RESP_ERR_NO_ERROR;
        if (!is_taken(kafka, i))
            continue;
        topic->handle = new_handle(kafka->client->rk, topic);
        if (topic->handle != NULL)
            continue;
        tt_buf_format(why, "librdkafka refuses topic %s: %s", topic->name,
                      rd_kafka_err2str(rd_kafka_last_error()));
        return TT_ECONFIG;
    }
    return TT_OK;
}

int tt_kafka_open(void *self, struct tt_buf *why)
{
    struct tt_kafka *kafka = self;
    int err = TT_OK;

    if (kafka->template_conf == NULL) {
        tt_buf_format(why, "%s", kafka->conf_why);
        return TT_ECONFIG;
    }
    kafka->fatal[0] = '\0';
    kafka->has_delivered = false;
    err = watch_files(kafka, why);
    if (err == TT_OK && kafka->conf.registry.url != NULL && !kafka->is_registered)
        err = register_topics(kafka, why);
    if (err == TT_OK)
        err = start_client(kafka, why);
    if (err == TT_OK)
        err = open_topics(kafka, why);
    if (err != TT_OK)
        tt_kafka_close(kafka);
    return err;
}

int tt_kafka_flush(void *self, uint64_t deadline_ns)
{
    struct tt_kafka *kafka = self;

    while (kafka->client != NULL && kafka->flying_n > 0 && kafka->fatal[0] == '\0') {
        uint64_t now = tt_clock_mono_ns(), until = TT_MIN(deadline_ns, tt_sink_tend(kafka->owner));
        if (now >= until)
            return TT_EAGAIN;
        tt_kafka_serve(kafka, (int)TT_MIN((until - now) / MS_NS + 1, 50));
    }
    return kafka->flying_n == 0 ? TT_OK : TT_EAGAIN;
}

/* What librdkafka has not sent comes back as it was, what it has sent as doubtful. */
static void purge(struct tt_kafka *kafka, uint64_t deadline_ns)
{
    if (kafka->flying_n == 0)
        return;
    rd_kafka_purge(kafka->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                          RD_KAFKA_PURGE_F_NON_BLOCKING);
    while (kafka->flying_n > 0 && tt_clock_mono_ns() < deadline_ns)
        tt_kafka_serve(kafka, 10);
}

void tt_kafka_close(void *self)
{
    struct tt_kafka *kafka = self;
    uint64_t now, must_end, end_ns;
    bool has_lent;

    tt_watch_fini(&kafka->watch);
    if (kafka->client == NULL)
        return;
    must_end = tt_sink_tend(kafka->owner);
    now = tt_clock_mono_ns();
    /* Where nothing gets through, waiting helps nobody. */
    if (kafka->client->trouble.text[0] == '\0' && must_end > now + end_max_ns)
        tt_kafka_flush(kafka, TT_MIN(now + flush_max_ns, must_end - end_max_ns));
    must_end = tt_sink_tend(kafka->owner);
    now = tt_clock_mono_ns();
    end_ns = TT_MIN(end_max_ns, end_min_ns + (must_end > now ? must_end - now : 0));
    purge(kafka, now + end_ns / 2);
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        if (kafka->topics[i].handle != NULL)
            rd_kafka_topic_destroy(kafka->topics[i].handle);
        kafka->topics[i].handle = NULL;
    }
    /* What was not reported may still be read, so the client's end is awaited as long as there is time. Then it
     * is the worker's to judge. */
    now = tt_clock_mono_ns();
    has_lent = kafka->flying_n > 0 && kafka->owner != NULL;
    if (!tt_kafka_client_end(&kafka->client, kafka->owner, now + end_ns / 2,
                             has_lent ? UINT64_MAX : now + flush_max_ns) && has_lent)
        tt_sink_keep_memory(kafka->owner);
    tt_kafka_forget_flights(kafka);
}
