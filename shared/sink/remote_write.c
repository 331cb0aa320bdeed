/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/remote_write_probe.h"
#include "sink/remote_write_send.h"
#include "sink/remote_write_take.h"

struct remote_write {
    struct remote_write *me; /* what must_end gets the address of: it may change what we are */
    struct tt_sink *owner;
    struct tt_conf_sink conf;
    struct tt_rw_take take;
    struct tt_rw_send send;
    uint64_t ask_at_ns; /* for the receiver's clock, not before */
};

static void destroy(void *self)
{
    struct remote_write *sink = self;

    tt_http_free(&sink->send.http);
    tt_rw_send_fini(&sink->send);
    tt_rw_take_fini(&sink->take);
    tt_conf_sink_fini(&sink->conf);
    free(sink);
}

static int make(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                struct tt_sink *owner, void **self)
{
    struct remote_write *sink = calloc(1, sizeof(*sink));
    int err;

    *self = NULL;
    if (sink == NULL)
        return TT_ENOMEM;
    sink->me = sink;
    sink->owner = sink->send.owner = owner;
    err = tt_conf_sink_copy(&sink->conf, conf);
    if (err == TT_OK)
        err = tt_rw_take_init(&sink->take, &sink->conf, place, owner);
    if (err != TT_OK) {
        destroy(sink);
        return err;
    }
    *self = sink;
    return TT_OK;
}

/* Asked each 100 ms while a request waits for its answer: samples are taken on time all the same.
 */
static uint64_t must_end(const void *me)
{
    struct remote_write *sink = *(struct remote_write *const *)me;

    tt_rw_take_due(&sink->take);
    return tt_sink_tend(sink->owner);
}

/* No network yet: an outage must not keep samples from being taken. */
static int open_client(void *self, struct tt_buf *why)
{
    struct remote_write *sink = self;
    struct tt_http_options options = tt_rw_http_options(&sink->conf, must_end, &sink->me);

    return tt_http_new(&options, &sink->send.http, why);
}

/* What time it is there, when nobody has said so or the answer keeps us from sending: any answer
 * will do. */
static void ask_time(struct remote_write *sink)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_rw_clock *clock = &sink->take.clock;
    struct tt_http_answer answer = {0};
    uint64_t now = tt_clock_mono_ns();

    if (now < sink->ask_at_ns ||
        (tt_rw_clock_is_known(clock) && tt_rw_clock_ahead_ms(clock) <= TT_RW_AHEAD_MAX_MS))
        return;
    sink->ask_at_ns = now + (uint64_t)clock->interval_ms * 1000000;
    if (tt_http_get(sink->send.http, NULL, &answer, &why) == TT_OK)
        tt_rw_clock_learn(clock, answer.date_s);
}

/* What was made while our clock was wrong and the receiver away would be refused, or, worse, taken: then
 * all that is true would be too old until that time. */
static bool drop_ahead(const struct remote_write *sink, struct tt_sink_record *record, struct tt_buf *why)
{
    if (!tt_rw_clock_is_ahead(&sink->take.clock, (int64_t)(record->time_us / 1000)))
        return false;
    record->fate = TT_FATE_REFUSED;
    tt_buf_text(why, "samples more than 10 minutes ahead of the receiver's clock are dropped");
    return true;
}

static int put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    struct remote_write *sink = self;
    int err;

    ask_time(sink);
    (void)n;
    if (drop_ahead(sink, records, why))
        return TT_OK;
    err = tt_rw_send_record(&sink->send, records, why);
    tt_rw_clock_learn(&sink->take.clock, sink->send.date_s);
    sink->send.date_s = 0;
    return err;
}

static int tick(void *self, struct tt_buf *why)
{
    struct remote_write *sink = self;
    struct tt_http_options options = tt_rw_http_options(&sink->conf, must_end, &sink->me);
    bool is_end = tt_sink_must_end(sink->owner) != UINT64_MAX;

    if (is_end)
        tt_rw_take_end(&sink->take);
    if (tt_http_has_changed(sink->send.http, &options, why)) {
        tt_buf_text(why, "a certificate or secret has changed");
        return TT_EAGAIN;
    }
    if (is_end)
        return TT_OK;
    ask_time(sink);
    tt_rw_take_due(&sink->take);
    return TT_OK;
}

static int flush(void *self, uint64_t deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return TT_OK;
}

static void close_client(void *self)
{
    struct remote_write *sink = self;

    tt_http_free(&sink->send.http);
}

const struct tt_sink_class tt_sink_remote_write = {
    .type = "remote_write",
    .id = TT_SINK_REMOTE_WRITE,
    .drops_oldest = true,
    .batch_max = 1, /* a later time must not overtake an earlier one; the others may give way while it waits */
    .make = make,
    .open = open_client,
    .put = put,
    .tick = tick,
    .flush = flush,
    .close = close_client,
    .destroy = destroy,
    .probe = tt_rw_probe,
};
