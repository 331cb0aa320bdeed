/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl check --connect` says of a Loki. */

#include "../net/net_test.h"

#include <signal.h>

#include "base/clock.h"
#include "sink/class.h"

static uint64_t real_mono(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t wall(void)
{
    return UINT64_C(1795251900123456); /* 2026-11-21T09:05:00.123456Z */
}

static const struct tt_sink_place place = {
    .names = {"/tmp", "unbound", 1}, .node = "ns1", .instance = "ns1/unbound"};

/* What a probe found. */
static char found[2048];
static unsigned bad_n;

static void note(void *arg, bool is_fine, const char *text)
{
    (void)arg;
    bad_n += !is_fine;
    strncat(found, text, sizeof(found) - strlen(found) - 1);
    strncat(found, "\n", sizeof(found) - strlen(found) - 1);
}

static const struct {
    const char *answer, *says;
    unsigned bad_n;
} probes[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Sat, 21 Nov 2026 09:05:01 GMT\r\n\r\n", "lets us in", 0},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Sat, 21 Nov 2026 09:05:01 GMT\r\n\r\n",
     "its clock and this machine's agree", 0},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Sat, 21 Nov 2026 09:04:00 GMT\r\n\r\n",
     "60 s ahead of its clock", 0},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: Sat, 21 Nov 2026 10:05:00 GMT\r\n\r\n",
     "3600 s behind its clock: records may be refused", 1},
    {"HTTP/1.1 401 No\r\nContent-Length: 6\r\n\r\nwho???", "status 401: who???; look at auth", 1},
    {"HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy", "/ready: not ready (status 503: busy)", 2},
    {"SSH-2.0-x\r\n\r\n", "does not speak HTTP", 1},
};

static void a_probe_says_what_it_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(probes); i++) {
        struct server *server = server_start();
        char url[80];
        struct tt_conf_sink conf = {.type = TT_SINK_LOKI, .url = url, .timeout_s = 30};

        snprintf(url, sizeof(url), "http://127.0.0.1:%u/loki/api/v1/push", server->port);
        server->text = probes[i].answer;
        server->script = probes[i].answer[0] == 'S' ? SCRIPT_CLOSE : SCRIPT_ANSWER;
        found[0] = '\0';
        bad_n = 0;
        tt_sink_loki.probe(&conf, &place, note, NULL);
        if (strstr(found, probes[i].says) == NULL || bad_n != probes[i].bad_n)
            fail_msg("%s: %u: %s", probes[i].answer, bad_n, found);
        server_stop(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_says_what_it_found),
    };
    signal(SIGPIPE, SIG_IGN);
    tt_clock_set(real_mono, wall);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
