/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/kafka_trouble.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* What an error means and what to do; rank: which of two is said. A cause says nothing by itself.
 */
static const struct meaning {
    rd_kafka_resp_err_t err;
    int rank;
    const char *what, *advice;
} meanings[] = {
    {RD_KAFKA_RESP_ERR__TRANSPORT, 0, "", ""},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, 0, "", ""},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, 1, "no broker can be reached",
     "check `brokers`, the network and that they listen there"},
    {RD_KAFKA_RESP_ERR__RESOLVE, 2, "a broker's name cannot be resolved", "check `brokers`"},
    {RD_KAFKA_RESP_ERR__SSL, 3, "TLS failed", "check `tls`, our certificate and the broker's"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, 4, "the broker refused our credentials",
     "check `auth`: mechanism, user and the password in its file"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, 4, "the broker is too old",
     "use brokers of Kafka 0.11 or newer"},
};

int tt_kafka_trouble_init(struct tt_kafka_trouble *trouble)
{
    memset(trouble, 0, sizeof(*trouble));
    return pthread_mutex_init(&trouble->lock, NULL) == 0 ? TT_OK : TT_ENOMEM;
}

void tt_kafka_trouble_fini(struct tt_kafka_trouble *trouble)
{
    pthread_mutex_destroy(&trouble->lock);
}

static const struct meaning *find(rd_kafka_resp_err_t err)
{
    for (size_t i = 0; i < TT_COUNT(meanings); i++) {
        if (meanings[i].err == err)
            return &meanings[i];
    }
    return NULL;
}

/* A broker that wants another certificate of ours, or one at all, says so after the handshake: to librdkafka a
 * connection that was lost. */
static bool is_of_tls(rd_kafka_resp_err_t err, const char *text)
{
    return err == RD_KAFKA_RESP_ERR__TRANSPORT && strstr(text, "SSL routines") != NULL &&
           strstr(text, " alert ") != NULL;
}

/* Copies without librdkafka's "(after 12ms in state CONNECT, …)", which is another one each time.
 */
static void copy_cause(char *out, size_t cap, const char *text)
{
    const char *end = strstr(text, " (after ");

    snprintf(out, cap, "%.*s", end != NULL ? (int)(end - text) : (int)TT_MIN(strlen(text), cap - 1),
             text);
}

static void take_certificate(struct tt_kafka_trouble *trouble, char *out, size_t cap)
{
    pthread_mutex_lock(&trouble->lock);
    snprintf(out, cap, "%s", trouble->certificate);
    pthread_mutex_unlock(&trouble->lock);
}

void tt_kafka_trouble_note(struct tt_kafka_trouble *trouble, rd_kafka_resp_err_t err,
                           const char *text, const char *brokers)
{
    const struct meaning *meaning = find(is_of_tls(err, text) ? RD_KAFKA_RESP_ERR__SSL : err);
    char cause[TT_KAFKA_TEXT_MAX / 2] = "";

    copy_cause(cause, sizeof(cause), text);
    if (meaning == NULL) /* of one request: librdkafka tries again by itself */
        return;
    if (meaning->rank == 0) {
        memcpy(trouble->cause, cause, sizeof(cause));
        return;
    }
    if (err == RD_KAFKA_RESP_ERR__SSL)
        take_certificate(trouble, trouble->cause, sizeof(trouble->cause));
    if (err == RD_KAFKA_RESP_ERR__SSL && trouble->cause[0] != '\0')
        copy_cause(cause, sizeof(cause), trouble->cause);
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        copy_cause(cause, sizeof(cause), trouble->cause);
    if (meaning->rank <= trouble->rank) /* the same words, whichever broker it is now */
        return;
    trouble->rank = meaning->rank;
    snprintf(trouble->text, sizeof(trouble->text), "%s (brokers %.120s)%s%s; %s", meaning->what,
             brokers, cause[0] != '\0' ? ": " : "", cause, meaning->advice);
}

void tt_kafka_trouble_clear(struct tt_kafka_trouble *trouble)
{
    if (trouble->rank == 0)
        return;
    trouble->rank = 0;
    trouble->text[0] = trouble->cause[0] = '\0';
    pthread_mutex_lock(&trouble->lock);
    trouble->certificate[0] = '\0';
    pthread_mutex_unlock(&trouble->lock);
}

void tt_kafka_trouble_log(struct tt_kafka_trouble *trouble, const char *sink, int level,
                          const char *facility, const char *text)
{
    enum tt_log_level ours = level <= 3   ? TT_LOG_ERROR
                             : level == 4 ? TT_LOG_WARNING
                             : level <= 6 ? TT_LOG_INFO
                                          : TT_LOG_DEBUG;
    /* What fails and is tried again is said once, as the reason why the sink is down, and not at
     * each try. */
    bool is_known = strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
                    strcmp(facility, "SSLCERTVRFY") == 0 || strcmp(facility, "REQTMOUT") == 0 ||
                    strcmp(facility, "GETPID") == 0;

    if (is_known)
        ours = TT_LOG_DEBUG;
    tt_log_limited(&trouble->limit, ours, "sink %s: librdkafka: %s: %s", sink, facility, text);
}

int tt_kafka_trouble_verify(rd_kafka_t *rk, const char *broker, int32_t broker_id, int *x509_error,
                            int depth, const char *cert, size_t cert_len, char *text,
                            size_t text_cap, void *opaque)
{
    struct tt_kafka_trouble *trouble = opaque;

    (void)rk, (void)broker_id, (void)cert, (void)cert_len;
    if (*x509_error == X509_V_OK)
        return 1;
    snprintf(text, text_cap, "%s", X509_verify_cert_error_string(*x509_error));
    pthread_mutex_lock(&trouble->lock);
    snprintf(trouble->certificate, sizeof(trouble->certificate), "certificate %sof %.100s: %s",
             depth > 0 ? "of the authority " : "", broker, text);
    pthread_mutex_unlock(&trouble->lock);
    return 0;
}
