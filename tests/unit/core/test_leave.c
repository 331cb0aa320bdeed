/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Sinks that a new configuration removes: scrapes go on while they drain, and no counter runs backwards. */

#include "core_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "core/core.h"

enum { SERIES_MAX = 4096 };

/* Counters of sinks as they were seen last. */
static struct series {
    char name[200];
    double value;
    unsigned seen_in; /* number of the scrape */
} series[SERIES_MAX];
static unsigned series_n, scrapes_n;
static unsigned leaving_n; /* scrapes while something drained */

struct scrape {
    struct tt_core *core;
    double slow_offered;
    bool is_leaving;
};

static void keep(const char *name, double value)
{
    unsigned i = 0;

    while (i < series_n && strcmp(series[i].name, name) != 0)
        i++;
    CHECK(i < SERIES_MAX);
    if (i == series_n)
        snprintf(series[series_n++].name, sizeof(series[0].name), "%s", name);
    else if (series[i].value > value)
        fprintf(stderr, "%s fell from %.0f to %.0f\n", name, series[i].value, value);
    CHECK(series[i].value <= value);
    CHECK(series[i].seen_in != scrapes_n); /* no series comes twice */
    series[i].value = value;
    series[i].seen_in = scrapes_n;
}

static void see(const struct tt_metric_sample *sample, void *arg)
{
    const struct tt_metric_row *row = &tt_metric_rows[sample->metric];
    struct scrape *scrape = arg;
    char name[sizeof(series[0].name)];
    int len;

    scrape->is_leaving |= scrape->core->leaving != NULL;
    if (strncmp(row->name, "telltale_sink_", 14) != 0 || strcmp(row->name + strlen(row->name) - 6, "_total") != 0)
        return;
    len = snprintf(name, sizeof(name), "%s", row->name);
    for (unsigned i = 0; i < TT_COUNT(sample->labels) && sample->labels[i] != NULL; i++)
        len += snprintf(name + len, sizeof(name) - (size_t)len, " %s", sample->labels[i]);
    keep(name, sample->value);
    if (sample->metric == TT_METRIC_SINK_OFFERED && strcmp(sample->labels[0], "slow") == 0)
        scrape->slow_offered += sample->value;
}

/* Returns how many records the sink `slow` was ever offered. What has counted something stays. */
static double scrape(struct tt_core *core)
{
    struct scrape scrape = {.core = core};

    scrapes_n++;
    tt_core_collect(core, see, &scrape);
    for (unsigned i = 0; i < series_n; i++) {
        bool is_there = series[i].seen_in == scrapes_n || series[i].value == 0;
        if (!is_there)
            fprintf(stderr, "%s is gone\n", series[i].name);
        CHECK(is_there);
    }
    leaving_n += scrape.is_leaving;
    return scrape.slow_offered;
}

/* Takes connections and never says a word. */
static unsigned listen_in_silence(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 16) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    return ntohs(address.sin_port);
}

static void write_slow(unsigned port, const char *queue)
{
    char text[500];

    snprintf(text, sizeof(text),
             "region: eu\nmetrics: off\nsinks:\n  - { name: kept, type: file, path: kept.jsonl }\n"
             "  - { name: slow, type: loki, url: \"http://127.0.0.1:%u/loki/api/v1/push\", topics: [raw], "
             "queue: %s }\n",
             port, queue);
    write_config(text);
}

static void reload_amid_scrapes(struct tt_core *core)
{
    struct tt_host host = a_host();
    struct tt_core *again = core;

    leaving_n = 0;
    forget_log();
    tt_close(&again);
    CHECK(tt_open(&host, &again) == TT_OK);
    while (!is_logged("reloaded"))
        scrape(core);
    CHECK(!is_logged("refused"));
    CHECK(leaving_n > 0);
}

static void take_slow_away(void)
{
    struct tt_host host = a_host();
    struct timespec pause = {0, 5000000};
    unsigned port = listen_in_silence();
    struct tt_core *core;

    observed_at_us = tt_clock_wall_us(); /* Loki takes no old ones */
    write_slow(port, "1MiB");
    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    observe(tt_core_port(core, 0), 100);
    while (scrape(core) < 100)
        nanosleep(&pause, NULL);
    write_slow(port, "2MiB"); /* another one of the same name */
    reload_amid_scrapes(core);
    observe(tt_core_port(core, 0), 100);
    while (scrape(core) < 200)
        nanosleep(&pause, NULL);
    write_config("metrics: off\n");
    reload_amid_scrapes(core);
    CHECK(scrape(core) == 200);
    observe(tt_core_port(core, 0), 1);
}

static void scrapes_go_on_while_removed_sinks_drain_and_nothing_runs_backwards(void **state)
{
    (void)state;
    in_child(take_slow_away);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scrapes_go_on_while_removed_sinks_drain_and_nothing_runs_backwards, make_dir,
                                        remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
