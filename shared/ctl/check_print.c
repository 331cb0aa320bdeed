/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A configuration as one kind of host sees it, for people. */

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/option.h"
#include "ctl/check.h"
#include "ctl/check_sink.h"
#include "event/enums.h"

void tt_check_print_size(const char *before, uint64_t bytes, const char *after)
{
    char text[32];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_option_format_size(&buf, bytes);
    printf("%s%s%s", before, tt_buf_cstr(&buf), after);
}

static void print_metrics(const struct tt_conf *conf)
{
    char text[64];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    if (!conf->metrics_on) {
        puts("  metrics    off");
        return;
    }
    tt_ip_format(&buf, &conf->metrics_ip);
    printf(conf->metrics_ip.family == 6 ? "  metrics    [%s]:" : "  metrics    %s:", tt_buf_cstr(&buf));
    if (conf->metrics_port == 0)
        puts("0, any free port");
    else
        printf("%u, or the next free port of 16\n", (unsigned)conf->metrics_port);
}

static void print_tap(const struct tt_conf *conf, const struct tt_conf_names *names)
{
    char path[TT_CONF_PATH_MAX + 1];

    if (!conf->tap_on)
        puts("  tap        off");
    else if (tt_conf_expand(conf->tap_path, names, path, sizeof(path)) == TT_OK)
        printf("  tap        %s, mode %04o, group %s\n", path, conf->tap_mode,
               conf->tap_group != NULL ? conf->tap_group : "of the process");
}

/* What has a use for exchanges with upstreams, and will not have them. */
static void print_needs(const struct tt_conf *conf)
{
    for (unsigned i = 0; i < conf->sinks_n; i++)
        if ((conf->sinks[i].only.outcomes & 1u << TT_outcome_TIMEOUT) != 0)
            printf("             sink %s is only for outcomes that include timeout: it needs upstream: dnstap\n",
                   conf->sinks[i].name);
}

/* In every other host the exchanges are seen anyway; in BIND it is said what is missing without them. */
static void print_upstream(const struct tt_conf *conf, uint8_t software, const struct tt_conf_names *names)
{
    char path[TT_CONF_PATH_MAX + 1];
    bool is_on = conf->upstream == TT_UPSTREAM_DNSTAP;

    if (tt_conf_host_shows_upstreams(software)) {
        if (is_on)
            printf("  upstream   dnstap has no effect here: exchanges with upstreams are seen anyway\n");
    } else if (!is_on) {
        puts("  upstream   off: no resolver_response and forwarder_response events, so no outcome timeout,\n"
             "             no upstream_ip, upstream_zone, upstream_rtt_us, ttl_original");
        print_needs(conf);
    } else if (tt_conf_expand(conf->upstream_socket, names, path, sizeof(path)) == TT_OK) {
        printf("  upstream   dnstap at %s; in named.conf:\n             dnstap { resolver; forwarder; };\n"
               "             dnstap-output unix \"%s\";\n", path, path);
    }
}

static void print_path(const char *word, const char *path)
{
    if (path != NULL)
        printf("  %-11s%s\n", word, path);
}

static void print_enrich(const struct tt_conf *conf)
{
    print_path("suffix", conf->suffix_list);
    print_path("country", conf->geo.country);
    print_path("asn", conf->geo.asn);
    for (unsigned i = 0; i < conf->threats_n; i++) {
        const struct tt_conf_threat *threat = &conf->threats[i];

        printf("  threats    %s: %s, %s%sscore %.4g, match %s\n", threat->name, threat->file,
               threat->category != NULL ? threat->category : "", threat->category != NULL ? ", " : "",
               (double)threat->score, tt_options[TT_OPTION_ID_THREAT_MATCH].words[threat->match].word);
    }
}

static void print_zones(const struct tt_check_data *data, const struct tt_conf *conf)
{
    if (conf->zones_dir != NULL)
        printf("  zones      %u, and %u in %u %s of %s\n", conf->zones_n, data->zones_n, data->files_n,
               data->files_n == 1 ? "file" : "files", conf->zones_dir);
    else if (conf->zones_n > 0)
        printf("  zones      %u\n", conf->zones_n);
}

static void print_ignore(const struct tt_conf *conf)
{
    if (conf->ignore_names.items_n == 0 && conf->ignore_clients.items_n == 0)
        return;
    fputs("  ignore    ", stdout);
    tt_check_print_texts(" names", &conf->ignore_names);
    tt_check_print_nets(" clients", &conf->ignore_clients);
    putchar('\n');
}

void tt_check_print(const struct tt_check_data *data, const struct tt_conf *conf, uint8_t software)
{
    const char *word = tt_conf_host_word(software);
    char state_dir[TT_CONF_PATH_MAX + 64];
    struct tt_conf_names names = {state_dir, word, 1};

    snprintf(state_dir, sizeof(state_dir), "%s/%s-1", conf->state_dir, word);
    printf("%s:\n  instance   %s/%s, a second process %s/%s/2\n", word, conf->node, word, conf->node, word);
    printf("  region     %s\n", conf->region != NULL ? conf->region : "none");
    printf("  state_dir  %s, a second process %s-2\n", state_dir, word);
    print_metrics(conf);
    print_tap(conf, &names);
    print_upstream(conf, software, &names);
    tt_check_print_size("  ring_size  ", conf->ring_size, "\n");
    print_enrich(conf);
    print_zones(data, conf);
    print_ignore(conf);
    fputs("  privacy    ", stdout);
    tt_check_print_privacy(&conf->privacy);
    putchar('\n');
    for (unsigned i = 0; i < conf->views_n; i++) {
        printf("  view       %s: ", conf->views[i].name);
        tt_check_print_privacy(&conf->views[i].privacy);
        putchar('\n');
    }
    for (unsigned i = 0; i < conf->sinks_n; i++)
        tt_check_print_sink(conf, &conf->sinks[i], &names);
    if (conf->sinks_n == 0)
        puts("  sinks      none");
}
