/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_probe.h"

#include "base/err.h"
#include "sink/finding.h"
#include "sink/remote_write_send.h"

enum { PROBE_TIMEOUT_S = 10 };

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
    struct tt_findings said;
};

static void say_status(const struct probe *probe, const struct tt_http_answer *answer)
{
    const char *url = probe->conf->url;
    char text[TT_SINK_WHY_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_rw_put_answer(&buf, answer);
    if (tt_rw_judge(answer) == TT_RW_DONE)
        tt_finding_say(&probe->said, true, "%s: takes samples from us (status %d)", url, answer->status);
    else if (answer->status == 401 || answer->status == 403)
        tt_finding_say(&probe->said, false, "%s: does not let us in (status %s); look at auth and tenant", url,
            tt_buf_cstr(&buf));
    else if (answer->status == 404 || answer->status == 405)
        tt_finding_say(&probe->said, false,
            "%s: no remote write at this address (status %s); Mimir has it at /api/v1/push, "
            "Prometheus at /api/v1/write when it runs with --web.enable-remote-write-receiver",
            url, tt_buf_cstr(&buf));
    else
        tt_finding_say(&probe->said, false, "%s: refuses an empty request (status %s)", url, tt_buf_cstr(&buf));
}

void tt_rw_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                 tt_sink_say_f say_f, void *arg)
{
    static const char *const headers[] = {"Content-Type: application/x-protobuf",
                                          "Content-Encoding: snappy",
                                          "X-Prometheus-Remote-Write-Version: 0.1.0", NULL};
    struct tt_http_options options = tt_rw_http_options(conf, NULL, NULL);
    struct probe probe = {conf, {say_f, arg}};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer = {0};
    struct tt_http *http;
    bool is_sent;

    (void)place;
    options.timeout_s = TT_MIN(options.timeout_s, (uint64_t)PROBE_TIMEOUT_S);
    if (tt_http_new(&options, &http, &why) != TT_OK) {
        tt_finding_say(&probe.said, false, "%s", tt_buf_cstr(&why));
        return;
    }
    if (tt_http_post(http, headers, nothing, sizeof(nothing), &answer, &is_sent, &why) != TT_OK) {
        tt_finding_say(&probe.said, false, "%s", tt_buf_cstr(&why));
    } else {
        say_status(&probe, &answer);
        tt_finding_say_skew(&probe.said, answer.date_s);
    }
    tt_http_free(&http);
}
