/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_probe.h"

#include "base/clock.h"
#include "base/err.h"
#include "sink/remote_write_clock.h"
#include "sink/remote_write_send.h"

/* Seconds: beyond the first receivers may refuse, beyond the second somebody should know. */
enum { PROBE_TIMEOUT_S = 10, SKEW_SAID_S = 5 };

/* A WriteRequest without series is empty, and nothing is one byte in snappy. Prometheus answers
 * 204. */
static const char nothing[1] = {0};

struct tt_http_options tt_rw_http_options(const struct tt_conf_sink *conf, tt_http_end_f must_end,
                                          const void *arg)
{
    return (struct tt_http_options){
        .url = conf->url,
        .tls = &conf->tls,
        .auth = &conf->auth,
        .tenant = conf->tenant,
        .timeout_s = conf->timeout_s,
        .must_end = must_end,
        .must_end_arg = arg,
    };
}

struct probe {
    const struct tt_conf_sink *conf;
    tt_sink_say_f say;
    void *arg;
};

static void say(const struct probe *probe, bool is_fine, const char *format, ...) TT_PRINTF(3, 4);
static void say(const struct probe *probe, bool is_fine, const char *format, ...)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    va_list args;

    va_start(args, format);
    tt_buf_vformat(&buf, format, args);
    va_end(args);
    probe->say(probe->arg, is_fine, tt_buf_cstr(&buf));
}

static void say_status(const struct probe *probe, const struct tt_http_answer *answer)
{
    const char *url = probe->conf->url;
    char text[TT_SINK_WHY_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_rw_put_answer(&buf, answer);
    if (tt_rw_judge(answer) == TT_RW_DONE)
        say(probe, true, "%s: takes samples from us (status %d)", url, answer->status);
    else if (answer->status == 401 || answer->status == 403)
        say(probe, false, "%s: does not let us in (status %s); look at auth and tenant", url,
            tt_buf_cstr(&buf));
    else if (answer->status == 404 || answer->status == 405)
        say(probe, false,
            "%s: no remote write at this address (status %s); Mimir has it at /api/v1/push, "
            "Prometheus at /api/v1/write when it runs with --web.enable-remote-write-receiver",
            url, tt_buf_cstr(&buf));
    else
        say(probe, false, "%s: refuses an empty request (status %s)", url, tt_buf_cstr(&buf));
}

static void say_skew(const struct probe *probe, int64_t date_s)
{
    int64_t skew = (int64_t)(tt_clock_wall_us() / 1000000) - date_s;

    if (date_s <= 0)
        return;
    if (skew * 1000 > TT_RW_AHEAD_MAX_MS)
        say(probe, false,
            "our clock is %lld s ahead of the receiver's: it would refuse our samples",
            (long long)skew);
    else if (skew > SKEW_SAID_S || skew < -SKEW_SAID_S)
        say(probe, true, "our clock is %lld s %s the receiver's",
            (long long)(skew > 0 ? skew : -skew), skew > 0 ? "ahead of" : "behind");
    else
        say(probe, true, "our clock and the receiver's agree");
}

void tt_rw_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                 tt_sink_say_f say_f, void *arg)
{
    static const char *const headers[] = {"Content-Type: application/x-protobuf",
                                          "Content-Encoding: snappy",
                                          "X-Prometheus-Remote-Write-Version: 0.1.0", NULL};
    struct tt_http_options options = tt_rw_http_options(conf, NULL, NULL);
    struct probe probe = {conf, say_f, arg};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer = {0};
    struct tt_http *http;
    bool is_sent;

    (void)place;
    options.timeout_s = TT_MIN(options.timeout_s, (uint64_t)PROBE_TIMEOUT_S);
    if (tt_http_new(&options, &http, &why) != TT_OK) {
        say(&probe, false, "%s", tt_buf_cstr(&why));
        return;
    }
    if (tt_http_post(http, headers, nothing, sizeof(nothing), &answer, &is_sent, &why) != TT_OK) {
        say(&probe, false, "%s", tt_buf_cstr(&why));
    } else {
        say_status(&probe, &answer);
        say_skew(&probe, answer.date_s);
    }
    tt_http_free(&http);
}
