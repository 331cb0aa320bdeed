/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/kafka_client.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/thread.h"
#include "sink/class.h"

static const uint64_t look_ns = UINT64_C(50000000);

int tt_kafka_client_new(rd_kafka_conf_t *conf, bool has_tls, struct tt_kafka_client **client,
                        struct tt_buf *why)
{
    struct tt_kafka_client *made = calloc(1, sizeof(*made));
    char text[512];

    if (made == NULL || tt_kafka_trouble_init(&made->trouble) != TT_OK) {
        rd_kafka_conf_destroy(conf);
        free(made);
        return TT_ENOMEM;
    }
    rd_kafka_conf_set_opaque(conf, &made->trouble);
    if (has_tls)
        rd_kafka_conf_set_ssl_cert_verify_cb(conf, tt_kafka_trouble_verify);
    made->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (made->rk == NULL) {
        tt_buf_format(why, "librdkafka does not start: %s", text);
        rd_kafka_conf_destroy(conf);
        tt_kafka_trouble_fini(&made->trouble);
        free(made);
        return TT_ECONFIG;
    }
    rd_kafka_set_log_queue(made->rk, NULL);
    made->events = rd_kafka_queue_get_main(made->rk);
    *client = made;
    return TT_OK;
}

static void *end(void *arg)
{
    struct tt_kafka_client *client = arg;

    rd_kafka_queue_destroy(client->events);
    rd_kafka_destroy(client->rk);
    tt_kafka_trouble_fini(&client->trouble);
    free(client);
    return NULL;
}

bool tt_kafka_client_end(struct tt_kafka_client **client, struct tt_sink *owner, uint64_t least_ns,
                         uint64_t most_ns)
{
    pthread_t thread;
    uint64_t now, until;
    bool has_ended = false;

    /* Without a thread it stays as it is: that costs its memory, waiting might cost the resolver. */
    if (tt_thread_start(&thread, "tt-kafka-end", end, *client) == TT_OK) {
        do {
            until = TT_MAX(TT_MIN(tt_sink_tend(owner), most_ns), least_ns);
            now = tt_clock_mono_ns();
            has_ended = tt_thread_join(thread, TT_MIN(now + look_ns, until)) == TT_OK;
        } while (!has_ended && now < until);
        if (!has_ended)
            pthread_detach(thread);
    }
    *client = NULL;
    return has_ended;
}
