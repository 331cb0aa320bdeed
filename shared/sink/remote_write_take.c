/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_take.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"

int tt_rw_take_init(struct tt_rw_take *take, const struct tt_conf_sink *conf,
                    const struct tt_sink_place *place, struct tt_sink *owner)
{
    struct tt_rw_own own = {place->instance, place->region};
    int err;

    *take = (struct tt_rw_take){
        .owner = owner,
        .name = conf->name,
        .collect = place->collect,
        .collect_arg = place->collect_arg,
    };
    tt_rw_clock_init(&take->clock, conf->interval_s);
    err = tt_rw_request_init(&take->request);
    return err == TT_OK ? tt_rw_snapshot_init(&take->snapshot, &own, (unsigned)conf->series_max)
                        : err;
}

void tt_rw_take_fini(struct tt_rw_take *take)
{
    tt_rw_request_fini(&take->request);
    tt_rw_snapshot_fini(&take->snapshot);
}

/* What has been added so far goes into the queue. */
static void put_request(struct tt_rw_take *take, int64_t time_ms)
{
    struct tt_record record = {
        .topic = TT_TOPIC_METRICS,
        .units = (uint16_t)take->request.samples_n,
        .time_us = (uint64_t)time_ms * 1000,
    };
    struct tt_str packed = tt_rw_request_end(&take->request);

    record.data = packed.ptr;
    record.len = packed.len;
    if (packed.len > 0)
        tt_sink_put(take->owner, &record);
}

static void add(struct tt_rw_take *take, const struct tt_rw_series *series, double value,
                int64_t time_ms)
{
    if (tt_rw_request_add(&take->request, series->labels, series->labels_len, value, time_ms))
        return;
    put_request(take, time_ms);
    tt_rw_request_add(&take->request, series->labels, series->labels_len, value, time_ms);
}

static double stale_value(void)
{
    uint64_t bits = TT_RW_STALE_BITS;
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* When the counters of a first snapshot were 0: when the core started, if that is not long ago and
 * no sample has left it yet (after a reload they have counted before). 0: nobody knows. */
static int64_t first_zero_ms(struct tt_rw_take *take, int64_t time_ms)
{
    int64_t start_ms = (int64_t)(take->snapshot.start_time_s * 1000);
    struct tt_sink_status status;

    tt_sink_status(take->owner, &status);
    if (status.books[TT_TOPIC_METRICS].offered > 0 ||
        start_ms <= time_ms - 2 * take->clock.interval_ms)
        return 0;
    return TT_MAX(start_ms, time_ms - take->clock.interval_ms);
}

/* A counter that was not there before was 0 before: without that sample increase() would not see
 * its first burst. */
static void put_zeros(struct tt_rw_take *take, int64_t time_ms)
{
    const struct tt_rw_table *table = tt_rw_snapshot_latest(&take->snapshot);
    int64_t zero_ms = take->snapshot.taken_n == 1 ? first_zero_ms(take, time_ms)
                                                  : time_ms - take->clock.interval_ms;

    if (zero_ms <= 0 || zero_ms >= time_ms)
        return;
    for (unsigned i = 0; i < table->n; i++) {
        const struct tt_rw_series *series = &table->series[i];
        if (series->is_first && series->is_cumulative && series->value > 0)
            add(take, series, 0, zero_ms);
    }
    put_request(take, zero_ms);
}

/* Values, and the ends of the series that are gone. */
static void put_values(struct tt_rw_take *take, int64_t time_ms)
{
    const struct tt_rw_table *table = tt_rw_snapshot_latest(&take->snapshot);

    for (unsigned i = 0; i < table->n; i++)
        add(take, &table->series[i],
            table->series[i].is_stale ? stale_value() : table->series[i].value, time_ms);
    put_request(take, time_ms);
}

/* What is not sent is in the books all the same. */
static void count_left_out(struct tt_rw_take *take)
{
    const struct tt_rw_snapshot *snapshot = &take->snapshot;
    unsigned n = snapshot->left_out_n + snapshot->refused_n;

    if (n == 0)
        return;
    tt_sink_hold_back(take->owner, TT_TOPIC_METRICS, TT_FILTER_SERIES, n);
    if (snapshot->left_out_n > 0 && !take->has_said_left_out)
        tt_log(TT_LOG_WARNING,
               "sink %s: %u series are beyond series_max (%u) and left out; raise series_max",
               take->name, snapshot->left_out_n, snapshot->live_max);
    if (snapshot->refused_n > 0 && !take->has_said_left_out)
        tt_log(TT_LOG_WARNING,
               "sink %s: %u series have labels that no receiver would take and are left out",
               take->name, snapshot->refused_n);
    take->has_said_left_out = true;
}

static bool take_snapshot(struct tt_rw_take *take, int64_t time_ms)
{
    if (take->collect == NULL ||
        !tt_rw_snapshot_take(&take->snapshot, take->collect, take->collect_arg))
        return false;
    count_left_out(take);
    put_zeros(take, time_ms);
    put_values(take, time_ms);
    return true;
}

/* One line when it begins, one when it is over. */
static void say_clock(struct tt_rw_take *take, enum tt_rw_due due)
{
    if (due == take->said)
        return;
    take->said = due;
    if (due == TT_RW_DUE_BACK)
        tt_log(TT_LOG_WARNING,
               "sink %s: the clock was set back: no samples until it is past the last one sent",
               take->name);
    else if (due == TT_RW_DUE_AHEAD)
        tt_log(TT_LOG_WARNING,
               "sink %s: the clock is %lld s ahead of the receiver's, which would refuse samples: "
               "none "
               "are taken until one of them is set right",
               take->name, (long long)(tt_rw_clock_ahead_ms(&take->clock) / 1000));
    else
        tt_log(TT_LOG_INFO, "sink %s: the clock is right again, samples are taken", take->name);
}

/* A machine may start with a wrong clock while the receiver is not there: what nobody has got keeps no
 * sample from being taken when the clock is set right. */
static void forgive_clock(struct tt_rw_take *take)
{
    struct tt_sink_status status;

    if (!tt_rw_clock_is_back(&take->clock))
        return;
    tt_sink_status(take->owner, &status);
    if (status.books[TT_TOPIC_METRICS].delivered + status.books[TT_TOPIC_METRICS].uncertain > 0)
        return;
    tt_rw_clock_restart(&take->clock);
    tt_log(TT_LOG_INFO, "sink %s: the clock was set back; nothing was delivered yet, samples begin anew",
           take->name);
}

void tt_rw_take_due(struct tt_rw_take *take)
{
    int64_t time_ms = 0;
    struct tt_rw_clock before;
    enum tt_rw_due due;

    forgive_clock(take);
    before = take->clock;
    due = tt_rw_clock_due(&take->clock, &time_ms);
    if (due == TT_RW_DUE_NOT)
        return;
    if (due != TT_RW_DUE_NOW) {
        tt_sink_hold_back(take->owner, TT_TOPIC_METRICS, TT_FILTER_CLOCK, take->snapshot.live_n);
        say_clock(take, due);
        return;
    }
    if (take_snapshot(take, time_ms))
        say_clock(take, TT_RW_DUE_NOT);
    else
        take->clock = before; /* again at the next tick, while the interval lasts */
}

void tt_rw_take_end(struct tt_rw_take *take)
{
    const struct tt_rw_table *table;
    int64_t time_ms;

    if (take->has_ended)
        return;
    take->has_ended = true;
    take_snapshot(take, tt_rw_clock_take(&take->clock));
    table = tt_rw_snapshot_latest(&take->snapshot);
    time_ms = tt_rw_clock_take(&take->clock);
    for (unsigned i = 0; i < table->n; i++) {
        if (!table->series[i].is_stale)
            add(take, &table->series[i], stale_value(), time_ms);
    }
    put_request(take, time_ms);
}
