/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/kafka_conf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/kafka_property.h"

struct setting {
    const char *name, *value;
};

/* What `properties` may change. A request that nobody answers for 15 s is given up and sent again;
 * a broker that is back is found within 5 s, a topic that somebody made within 20 s. */
static const struct setting defaults[] = {
    {"linger.ms", "50"},
    {"request.timeout.ms", "15000"},
    {"socket.timeout.ms", "30000"},
    {"socket.connection.setup.timeout.ms", "10000"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "5000"},
    {"topic.metadata.refresh.interval.ms", "20000"},
    {"topic.metadata.propagation.max.ms", "10000"},
    {"log.connection.close", "false"},
};

/* A longer record is compressed from where it lies. Else all records of a batch are copied first, which takes a buffer
 * as large as a processor's near caches; for short ones that is the cheaper way. With other codecs there is nothing in
 * it, and without one such a buffer is what is sent. */
static const char lz4_copy_max[] = "500";

/* What it may not: each has a row in kafka_properties.def. message.timeout.ms 0 is for ever, which
 * idempotence allows: what bounds the memory is the queue. */
static const struct setting owned[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"partitioner", "murmur2_random"},
    {"message.timeout.ms", "0"},
    {"queue.buffering.max.messages", "200000"},
    {"statistics.interval.ms", "15000"},
    {"log.queue", "true"},
};

static const char *const mechanisms[] = {
    [TT_AUTH_PLAIN] = "PLAIN",
    [TT_AUTH_SCRAM_SHA_256] = "SCRAM-SHA-256",
    [TT_AUTH_SCRAM_SHA_512] = "SCRAM-SHA-512",
};

int tt_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                      struct tt_buf *why)
{
    char text[512];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK)
        return TT_OK;
    tt_buf_format(why, "librdkafka %s refuses the property %s: %s", rd_kafka_version_str(), name,
                  text);
    return TT_ECONFIG;
}

static int set_all(rd_kafka_conf_t *conf, const struct setting *settings, size_t n,
                   struct tt_buf *why)
{
    int err = TT_OK;

    for (size_t i = 0; err == TT_OK && i < n; i++) {
        if (settings[i].value != NULL)
            err = tt_kafka_conf_set(conf, settings[i].name, settings[i].value, why);
    }
    return err;
}

static int set_properties(rd_kafka_conf_t *out, const struct tt_conf_pairs *properties,
                          struct tt_buf *why)
{
    int err = TT_OK;

    for (unsigned i = 0; err == TT_OK && i < properties->items_n; i++) {
        const struct tt_conf_pair *pair = &properties->items[i];
        const char *refusal = tt_kafka_property_refusal(pair->key);
        if (refusal == NULL) {
            err = tt_kafka_conf_set(out, pair->key, pair->value, why);
        } else {
            tt_buf_format(why, "refused the property %s: %s", pair->key, refusal);
            err = TT_ECONFIG;
        }
    }
    return err;
}

static const char *protocol(const struct tt_conf_sink *conf, const char *mechanism)
{
    if (conf->tls.is_given)
        return mechanism != NULL ? "sasl_ssl" : "ssl";
    return mechanism != NULL ? "sasl_plaintext" : "plaintext";
}

static int set_security(rd_kafka_conf_t *out, const struct tt_conf_sink *conf, struct tt_buf *why)
{
    const char *mechanism =
        conf->auth.mechanism < TT_COUNT(mechanisms) ? mechanisms[conf->auth.mechanism] : NULL;
    const struct setting settings[] = {
        {"security.protocol", protocol(conf, mechanism)},
        {"sasl.mechanism", mechanism},
        {"sasl.username", mechanism != NULL ? conf->auth.user : NULL},
        {"enable.ssl.certificate.verification", conf->tls.is_given ? "true" : NULL},
        {"ssl.endpoint.identification.algorithm", conf->tls.is_given ? "https" : NULL},
        {"ssl.ca.location", conf->tls.is_given ? conf->tls.ca_file : NULL},
        {"ssl.certificate.location", conf->tls.is_given ? conf->tls.cert_file : NULL},
        {"ssl.key.location", conf->tls.is_given ? conf->tls.key_file : NULL},
    };

    return set_all(out, settings, TT_COUNT(settings), why);
}

static int set_ours(rd_kafka_conf_t *out, const struct tt_conf_sink *conf, const char *client,
                    struct tt_buf *why)
{
    char kbytes[24];
    const struct setting settings[] = {
        {"bootstrap.servers", conf->brokers},
        {"client.id", client},
        {"compression.type", tt_conf_compression_word(conf->compression)},
        {"queue.buffering.max.kbytes", kbytes},
    };

    /* More than the queue can hold, with what a record has around it: never the reason to wait. */
    snprintf(kbytes, sizeof(kbytes), "%" PRIu64,
             TT_MIN(conf->queue / 512 + 65536, UINT64_C(2000000000)));
    return set_all(out, settings, TT_COUNT(settings), why);
}

int tt_kafka_conf_make(const struct tt_conf_sink *conf, const char *client, rd_kafka_conf_t **out,
                       struct tt_buf *why)
{
    rd_kafka_conf_t *made = rd_kafka_conf_new();
    int err = set_all(made, defaults, TT_COUNT(defaults), why);

    if (err == TT_OK && strcmp(tt_conf_compression_word(conf->compression), "lz4") == 0)
        err = tt_kafka_conf_set(made, "message.copy.max.bytes", lz4_copy_max, why);
    /* From 2.5 on a broker may ask for the client's metrics; versions before do not know the property. */
    rd_kafka_conf_set(made, "enable.metrics.push", "false", NULL, 0);
    if (err == TT_OK)
        err = set_properties(made, &conf->properties, why);
    if (err == TT_OK)
        err = set_all(made, owned, TT_COUNT(owned), why);
    if (err == TT_OK)
        err = set_ours(made, conf, client, why);
    if (err == TT_OK)
        err = set_security(made, conf, why);
    if (err != TT_OK) {
        rd_kafka_conf_destroy(made);
        return err;
    }
    rd_kafka_conf_set_events(made, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG |
                                       RD_KAFKA_EVENT_STATS);
    *out = made;
    return TT_OK;
}
