/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * tests/golden/conf: each .yaml beside what it must give, .expected: the exact texts of its
 * mistakes, or what each kind of host makes of it. GOLDEN_UPDATE=1 in the environment writes the
 * expected files anew; the difference is to be reviewed. Runs from the top of the checkout.
 */

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/file.h"

static void print_text(const char *word, const char *text, struct tt_buf *buf)
{
    if (text != NULL)
        tt_buf_format(buf, ", %s %s", word, text);
}

static void print_texts(const char *word, const struct tt_texts *texts, struct tt_buf *buf)
{
    for (unsigned i = 0; i < texts->items_n; i++)
        print_text(word, texts->items[i], buf);
}

static void print_nets(const char *word, const struct tt_conf_nets *nets, struct tt_buf *buf)
{
    for (unsigned i = 0; i < nets->items_n; i++) {
        tt_buf_format(buf, ", %s ", word);
        tt_ip_format(buf, &nets->items[i].ip);
        tt_buf_format(buf, "/%u", nets->items[i].prefix);
    }
}

static void print_privacy(const struct tt_privacy *privacy, struct tt_buf *buf)
{
    tt_buf_format(buf, "privacy %u %u /%u /%u", privacy->client, privacy->query_name, privacy->prefix_v4,
                  privacy->prefix_v6);
    print_text("key", privacy->key_file, buf);
}

static void print_filter(const char *word, const struct tt_conf_filter *filter, struct tt_buf *buf)
{
    if (!filter->is_given)
        return;
    tt_buf_format(buf, "    %s: outcomes %x", word, filter->outcomes);
    print_texts("name", &filter->names, buf);
    print_nets("client", &filter->clients, buf);
    print_texts("rcode", &filter->rcodes, buf);
    print_texts("type", &filter->types, buf);
    print_text("list", filter->list, buf);
    tt_buf_char(buf, '\n');
}

static void print_remote(const struct tt_conf_sink *sink, struct tt_buf *buf)
{
    tt_buf_format(buf, "    %s%s%s", tt_conf_sink_type_word(sink->type), sink->is_insecure ? ", insecure" : "",
                  sink->is_plain_file ? ", plain" : "");
    print_text("url", sink->url, buf);
    print_text("tenant", sink->tenant, buf);
    print_text("brokers", sink->brokers, buf);
    print_text("prefix", sink->prefix, buf);
    print_text("address", sink->address, buf);
    print_text("registry", sink->registry.url, buf);
    tt_buf_format(buf, ", interval %lu, series %u, timeout %lu", (unsigned long)sink->interval_s, sink->series_max,
                  (unsigned long)sink->timeout_s);
    print_text("compression", tt_conf_compression_word(sink->compression), buf);
    for (unsigned i = 0; i < sink->properties.items_n; i++)
        print_text(sink->properties.items[i].key, sink->properties.items[i].value, buf);
    if (sink->tls.is_given)
        tt_buf_text(buf, ", tls");
    print_text("ca", sink->tls.ca_file, buf);
    print_text("cert", sink->tls.cert_file, buf);
    print_text("key", sink->tls.key_file, buf);
    tt_buf_format(buf, ", auth %u", sink->auth.mechanism);
    print_text("user", sink->auth.user, buf);
    print_text("password", sink->auth.password_file, buf);
    print_text("token", sink->auth.token_file, buf);
    if (sink->spool.is_on)
        tt_buf_format(buf, ", spool %s topics %x size %lu", sink->spool.path, sink->spool.topics,
                      (unsigned long)sink->spool.size);
    tt_buf_char(buf, '\n');
}

static void print_sink(const struct tt_conf_sink *sink, struct tt_buf *buf)
{
    tt_buf_format(buf, "  sink %s: %s, topics %x, encoding %u, queue %lu, rotate %lu, keep %u, compress %u",
                  sink->name, sink->path != NULL ? sink->path : "-", sink->topics, sink->encoding,
                  (unsigned long)sink->queue, (unsigned long)sink->rotate, sink->keep, sink->compress);
    tt_buf_format(buf, ", sample %.9g, %spolicy %u", sink->sample, sink->has_privacy ? "own " : "", sink->policy);
    print_texts("residency", &sink->residency, buf);
    tt_buf_char(buf, '\n');
    if (sink->type != TT_SINK_FILE)
        print_remote(sink, buf);
    print_filter("only", &sink->only, buf);
    print_filter("except", &sink->except, buf);
}

static void print_data(const struct tt_conf *conf, struct tt_buf *buf)
{
    tt_buf_text(buf, "  data");
    print_text("suffix_list", conf->suffix_list, buf);
    print_text("country", conf->geo.country, buf);
    print_text("asn", conf->geo.asn, buf);
    print_text("country_path", conf->geo.country_path, buf);
    print_text("asn_path", conf->geo.asn_path, buf);
    print_text("org_path", conf->geo.org_path, buf);
    print_text("zones_dir", conf->zones_dir, buf);
    print_texts("ignore", &conf->ignore_names, buf);
    print_nets("ignore", &conf->ignore_clients, buf);
    for (unsigned i = 0; i < conf->threats_n; i++) {
        const struct tt_conf_threat *threat = &conf->threats[i];

        tt_buf_format(buf, "\n  threat %s: %s, score %.9g, match %u", threat->name, threat->file,
                      (double)threat->score, threat->match);
        print_text("category", threat->category, buf);
    }
    for (unsigned i = 0; i < conf->zones_n; i++) {
        const struct tt_conf_zone *zone = &conf->zones[i];

        tt_buf_format(buf, "\n  zone %s", zone->name);
        print_text("owner", zone->owner, buf);
        print_text("escalation", zone->escalation, buf);
        print_text("runbook", zone->runbook, buf);
        print_text("stop", zone->stop, buf);
        print_text("class", zone->zone_class, buf);
        print_text("residency", zone->residency, buf);
        print_texts("host", &zone->names, buf);
    }
    tt_buf_char(buf, '\n');
}

static void print_conf(const struct tt_conf *conf, struct tt_buf *buf)
{
    tt_buf_format(buf, "  node %s, region %s, state_dir %s, ring_size %lu, metrics ", conf->node,
                  conf->region != NULL ? conf->region : "none", conf->state_dir,
                  (unsigned long)conf->ring_size);
    if (conf->metrics_on)
        tt_ip_format(buf, &conf->metrics_ip);
    else
        tt_buf_text(buf, "off");
    tt_buf_format(buf, " %u\n", conf->metrics_on ? conf->metrics_port : 0);
    tt_buf_format(buf, "  tap %s %s %04o", conf->tap_on ? "on" : "off", conf->tap_path, conf->tap_mode);
    print_text("group", conf->tap_group, buf);
    tt_buf_char(buf, '\n');
    if (conf->upstream != TT_UPSTREAM_OFF)
        tt_buf_format(buf, "  upstream %u at %s\n", conf->upstream, conf->upstream_socket);
    print_data(conf, buf);
    for (unsigned i = 0; i < conf->policies_n; i++) {
        tt_buf_format(buf, "  policy %u: ", i);
        print_privacy(&conf->policies[i], buf);
        tt_buf_char(buf, '\n');
    }
    for (unsigned i = 0; i < conf->views_n; i++) {
        assert_true(tt_privacy_equal(&conf->views[i].privacy, &conf->policies[conf->views[i].policy]));
        tt_buf_format(buf, "  view %s: policy %u\n", conf->views[i].name, conf->views[i].policy);
    }
    for (unsigned i = 0; i < conf->sinks_n; i++) {
        assert_true(tt_privacy_equal(&conf->sinks[i].privacy, &conf->policies[conf->sinks[i].policy]));
        print_sink(&conf->sinks[i], buf);
    }
}

/* The host's name is no part of what is expected. */
static void hide_host_name(struct tt_conf *conf, const char *text)
{
    if (strstr(text, "node") == NULL)
        conf->node[0] = '\0';
}

static void render(const char *name, const char *text, size_t len, struct tt_buf *buf)
{
    char path[256];
    static struct tt_conf_errors errors, first;

    snprintf(path, sizeof(path), "/golden/%s", name);
    for (uint8_t i = 1; tt_conf_host_word(i) != NULL; i++) {
        struct tt_conf *conf;
        int err = tt_conf_parse_text(text, len, path, i, &conf, &errors);

        assert_true(err == TT_OK || err == TT_ECONFIG);
        if (i == 1) {
            first = errors;
            tt_buf_text(buf, errors.text);
        }
        assert_string_equal(first.text, errors.text);
        if (err != TT_OK)
            continue;
        hide_host_name(conf, text);
        tt_buf_format(buf, "%s\n", tt_conf_host_word(i));
        print_conf(conf, buf);
        tt_conf_free(&conf);
    }
}

static bool compare_or_update(const char *path, const char *got)
{
    char *expected;
    const char *reason;
    size_t len;
    bool is_same;

    if (getenv("GOLDEN_UPDATE") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(got, out);
        fclose(out);
        return true;
    }
    if (tt_conf_file_read(path, 1 << 20, &expected, &len, &reason) != TT_OK) {
        print_error("%s: %s\n", path, reason);
        return false;
    }
    is_same = strcmp(expected, got) == 0;
    if (!is_same)
        print_error("%s\nexpected:\n%sgot:\n%s", path, expected, got);
    free(expected);
    return is_same;
}

static bool check_file(const char *path)
{
    static char got[65536];
    struct tt_buf buf = tt_buf_over(got, sizeof(got));
    char *text, expected[512];
    const char *reason;
    size_t len;

    assert_int_equal(tt_conf_file_read(path, 1 << 20, &text, &len, &reason), TT_OK);
    render(strrchr(path, '/') + 1, text, len, &buf);
    free(text);
    snprintf(expected, sizeof(expected), "%.*s.expected", (int)(strlen(path) - 5), path);
    return compare_or_update(expected, tt_buf_cstr(&buf));
}

static void every_golden_file_gives_what_is_expected(void **state)
{
    glob_t found;
    unsigned failed_n = 0;

    (void)state;
    assert_int_equal(glob("tests/golden/conf/*.yaml", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 43);
    for (size_t i = 0; i < found.gl_pathc; i++)
        failed_n += !check_file(found.gl_pathv[i]);
    globfree(&found);
    assert_int_equal(failed_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_golden_file_gives_what_is_expected)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
