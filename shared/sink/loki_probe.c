/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl check --connect` finds out about a Loki: ready, lets us in, has the same time. Stores
 * nothing. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/loki_state.h"

#define SECOND_NS UINT64_C(1000000000)

/* SKEW_SAID: worth a word; SKEW_MAX: what Loki takes ahead of its own clock. */
enum { WHOLE_S = 10, REQUEST_S = 4, SKEW_SAID_S = 5, SKEW_MAX_S = 600, BODY_SAID_MAX = 200 };

struct probe {
    const struct tt_conf_sink *conf;
    struct tt_http *http;
    uint64_t end_ns;
    tt_sink_say_f say_to;
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
    probe->say_to(probe->arg, is_fine, tt_buf_cstr(&buf));
}

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

static void say_skew(const struct probe *probe, int64_t date_s)
{
    int64_t ahead_s = (int64_t)(tt_clock_wall_us() / 1000000) - date_s;
    long long apart_s = llabs(ahead_s);

    if (date_s == 0)
        return;
    if (apart_s < SKEW_SAID_S)
        say(probe, true, "its clock and this machine's agree");
    else
        say(probe,
            apart_s<SKEW_MAX_S, "this machine's clock is %lld s %s its clock%s", apart_s, ahead_s> 0
                ? "ahead of"
                : "behind",
            apart_s < SKEW_MAX_S ? "" : ": records may be refused");
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
        say(probe, true, "%s: ready", page);
    else if (answer.status >= 500)
        say(probe, false, "%s: not ready (status %d: %.*s)", page, answer.status, body_len,
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
        say(probe, false, "%s", tt_buf_cstr(&why));
        return;
    }
    body_len = (int)TT_MIN(answer.body.len, (uint32_t)BODY_SAID_MAX);
    status = tt_loki_status_find(answer.status);
    is_in = status->verdict == TT_LOKI_DONE || answer.status == 400 || answer.status == 422;
    if (is_in)
        say(probe, true, "%s: reached, and it lets us in (status %d)", url, answer.status);
    else
        say(probe, false, "%s: status %d: %.*s%s%s", url, answer.status, body_len,
            body_len > 0 ? answer.body.ptr : "", status->advice != NULL ? "; " : "",
            status->advice != NULL ? status->advice : "");
    say_skew(probe, answer.date_s);
}

void tt_loki_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say_to,
                   void *arg)
{
    struct probe probe = {.conf = conf, .say_to = say_to, .arg = arg};
    struct tt_http_options options = tt_loki_options(conf);
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    (void)place;
    options.timeout_s = REQUEST_S;
    options.must_end = must_end;
    options.must_end_arg = &probe;
    probe.end_ns = tt_clock_mono_ns() + WHOLE_S * SECOND_NS;
    if (tt_http_new(&options, &probe.http, &why) != TT_OK) {
        say(&probe, false, "%s", tt_buf_cstr(&why));
        return;
    }
    ask_ready(&probe);
    push_nothing(&probe);
    tt_http_free(&probe.http);
}
