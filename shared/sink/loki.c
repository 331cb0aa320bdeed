/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Records to Grafana Loki, pushed as JSON over HTTP.
 *
 * Delivered: Loki answered with a 2xx that is not its 260. When it is not known whether a request arrived,
 * the same lines are sent again: Loki stores a line of the same stream, time and text once.
 */

#include <stdlib.h>

#include "base/err.h"
#include "sink/loki_state.h"

static void close_loki(void *self)
{
    struct tt_loki *loki = self;

    tt_http_free(&loki->http);
}

static void destroy(void *self)
{
    struct tt_loki *loki = self;

    close_loki(loki);
    tt_loki_body_free(&loki->body);
    tt_conf_sink_fini(&loki->conf);
    free(loki);
}

static int make(const struct tt_conf_sink *conf, const struct tt_sink_place *place, struct tt_sink *owner,
                void **self)
{
    struct tt_loki *loki = calloc(1, sizeof(*loki));
    int err = TT_ENOMEM;

    *self = NULL;
    if (loki == NULL)
        return err;
    loki->owner = owner;
    err = tt_conf_sink_copy(&loki->conf, conf);
    if (err == TT_OK)
        err = tt_loki_body_new(place, &loki->body);
    if (err != TT_OK)
        destroy(loki);
    else
        *self = loki;
    return err;
}

struct tt_http_options tt_loki_options(const struct tt_conf_sink *conf)
{
    return (struct tt_http_options){
        .url = conf->url,
        .tls = &conf->tls,
        .auth = &conf->auth,
        .tenant = conf->tenant,
        .timeout_s = conf->timeout_s,
    };
}

static uint64_t must_end(const void *owner_at)
{
    return tt_sink_tend(*(struct tt_sink *const *)owner_at);
}

static int open_loki(void *self, struct tt_buf *why)
{
    struct tt_loki *loki = self;
    struct tt_http_options options = tt_loki_options(&loki->conf);

    options.must_end = must_end;
    options.must_end_arg = &loki->owner;
    return tt_http_new(&options, &loki->http, why);
}

static int tick(void *self, struct tt_buf *why)
{
    struct tt_loki *loki = self;
    struct tt_http_options options = tt_loki_options(&loki->conf);

    if (!tt_http_has_changed(loki->http, &options, why))
        return TT_OK;
    tt_buf_text(why, "a file of tls or auth has changed, it is read anew");
    return TT_ECLOSED;
}

/* Nothing is kept back: put waits for the answer. */
static int flush(void *self, uint64_t deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return TT_OK;
}

const struct tt_sink_class tt_sink_loki = {
    .type = "loki",
    .id = TT_SINK_LOKI,
    .make = make,
    .open = open_loki,
    .put = tt_loki_put,
    .tick = tick,
    .flush = flush,
    .close = close_loki,
    .destroy = destroy,
    .probe = tt_loki_probe,
};
