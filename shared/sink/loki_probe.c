/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl check --connect` finds out about a Loki: ready, lets us in, has the same time. Stores
 * nothing. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/loki_state.h"
#include "sink/finding.h"

#define SECOND_NS UINT64_C(1000000000)

enum { WHOLE_S = 10, REQUEST_S = 4, BODY_SAID_MAX = 200 };

struct probe {
    const struct tt_conf_sink *conf;
    struct tt_http *http;
    uint64_t end_ns;
    struct tt_findings said;
};

static uint64_t must_end(const void *arg)
{
    return ((const struct probe *)arg)->end_ns;
}

/* Loki's page of readiness, where url is Loki's own and not that of some gateway; free it. */
static char *find_ready(const char *url)
{
    static const char tail[] = "/loki/api/v1/push", ready[] = "/ready";
    size_t len = strlen(url), tail_len = sizeof(tail) - 1;
    char *page;

    if (len <= tail_len || strcmp(url + len - tail_len, tail) != 0)
        return NULL;
    page = strndup(url, len); /* with room to spare: ready is the shorter one */
    if (page != NULL)
        memcpy(page + len - tail_len, ready, sizeof(ready));
    return page;
}

static void ask_ready(const struct probe *probe)
{
    char text[TT_SINK_WHY_MAX], *page = find_ready(probe->conf->url);
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer;
    int body_len;

    if (page == NULL)
        return;
    if (tt_http_get(probe->http, page, &answer, &why) != TT_OK) {
        free(page);
        return; /* the push says so */
    }
    body_len = (int)TT_MIN(answer.body.len, (uint32_t)BODY_SAID_MAX);
    if (answer.status == 200)
        tt_finding_say(&probe->said, true, "%s: ready", page);
    else if (answer.status >= 500)
        tt_finding_say(&probe->said, false, "%s: not ready (status %d: %.*s)", page, answer.status, body_len,
            body_len > 0 ? answer.body.ptr : "");
    free(page);
}

/* A push of nothing: Loki takes it or finds that there is nothing in it, but looks at who we are first. */
static void push_nothing(const struct probe *probe)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    static const char nothing[] = "{\"streams\":[]}";
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer;
    const struct tt_loki_status *status;
    const char *url = probe->conf->url;
    bool is_sent, is_in;
    int body_len;

    if (tt_http_post(probe->http, headers, nothing, sizeof(nothing) - 1, &answer, &is_sent, &why) != TT_OK) {
        tt_finding_say(&probe->said, false, "%s", tt_buf_cstr(&why));
        return;
    }
    body_len = (int)TT_MIN(answer.body.len, (uint32_t)BODY_SAID_MAX);
    status = tt_loki_status_find(answer.status);
    is_in = status->verdict == TT_LOKI_DONE || answer.status == 400 || answer.status == 422;
    if (is_in)
        tt_finding_say(&probe->said, true, "%s: reached, and it lets us in (status %d)", url, answer.status);
    else
        tt_finding_say(&probe->said, false, "%s: status %d: %.*s%s%s", url, answer.status, body_len,
            body_len > 0 ? answer.body.ptr : "", status->advice != NULL ? "; " : "",
            status->advice != NULL ? status->advice : "");
    tt_finding_say_skew(&probe->said, answer.date_s);
}

void tt_loki_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say_to,
                   void *arg)
{
    struct probe probe = {.conf = conf, .said = {say_to, arg}};
    struct tt_http_options options = tt_loki_options(conf);
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    (void)place;
    options.timeout_s = REQUEST_S;
    options.must_end = must_end;
    options.must_end_arg = &probe;
    probe.end_ns = tt_clock_mono_ns() + WHOLE_S * SECOND_NS;
    if (tt_http_new(&options, &probe.http, &why) != TT_OK) {
        tt_finding_say(&probe.said, false, "%s", tt_buf_cstr(&why));
        return;
    }
    ask_ready(&probe);
    push_nothing(&probe);
    tt_http_free(&probe.http);
}
