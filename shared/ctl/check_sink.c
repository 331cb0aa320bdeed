/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A sink of a configuration, for people. */

#include "ctl/check_sink.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/option.h"

static const char *word_of(enum tt_option_id id, unsigned index)
{
    return tt_options[id].words[index].word;
}

/* The words of a mask, each after a space. */
static void print_mask(enum tt_option_id id, unsigned mask)
{
    for (unsigned i = 0; tt_options[id].words[i].word != NULL; i++) {
        if ((mask & 1u << (tt_options[id].min + i)) != 0)
            printf(" %s", word_of(id, i));
    }
}

void tt_check_print_privacy(const struct tt_privacy *privacy)
{
    printf("client %s", word_of(TT_OPTION_ID_PRIVACY_CLIENT, privacy->client));
    if (privacy->client == TT_PRIVACY_NET || privacy->client == TT_PRIVACY_FULL)
        printf(", /%u and /%u", privacy->prefix_v4, privacy->prefix_v6);
    if (privacy->client == TT_PRIVACY_HASH)
        printf(" by %s", privacy->key_file);
    if (privacy->query_name != TT_PRIVACY_NAME_FULL)
        printf("; query_name %s", word_of(TT_OPTION_ID_PRIVACY_NAME, privacy->query_name));
}

void tt_check_print_texts(const char *before, const struct tt_texts *texts)
{
    if (texts->items_n > 0)
        fputs(before, stdout);
    for (unsigned i = 0; i < texts->items_n; i++)
        printf(" %s", texts->items[i]);
}

void tt_check_print_nets(const char *before, const struct tt_conf_nets *nets)
{
    if (nets->items_n > 0)
        fputs(before, stdout);
    for (unsigned i = 0; i < nets->items_n; i++) {
        char text[64];
        struct tt_buf buf = tt_buf_over(text, sizeof(text));

        tt_ip_format(&buf, &nets->items[i].ip);
        printf(" %s/%u", tt_buf_cstr(&buf), nets->items[i].prefix);
    }
}

static void print_filter(const char *word, const struct tt_conf_filter *filter)
{
    if (!filter->is_given)
        return;
    printf("             %s", word);
    tt_check_print_texts(" names", &filter->names);
    tt_check_print_nets(" clients", &filter->clients);
    tt_check_print_texts(" rcodes", &filter->rcodes);
    tt_check_print_texts(" types", &filter->types);
    if (filter->outcomes != 0)
        fputs(" outcomes", stdout);
    print_mask(TT_OPTION_ID_FILTER_OUTCOMES, filter->outcomes);
    if (filter->list != NULL)
        printf(" list %s", filter->list);
    putchar('\n');
}

/* A path as the first process of its kind has it. */
static void print_expanded(const char *path, const struct tt_conf_names *names)
{
    char expanded[TT_CONF_PATH_MAX + 1];

    if (path != NULL && tt_conf_expand(path, names, expanded, sizeof(expanded)) == TT_OK)
        printf(" %s", expanded);
}

static void print_target(const struct tt_conf_sink *sink, const struct tt_conf_names *names)
{
    printf("  sink       %s: %s", sink->name, tt_conf_sink_type_word(sink->type));
    print_expanded(sink->path, names);
    if (sink->brokers != NULL)
        printf(" %s, topics begin with \"%s\"", sink->brokers, sink->prefix != NULL ? sink->prefix : "");
    if (sink->url != NULL)
        printf(" %s", sink->url);
    if (sink->address != NULL)
        printf(" %s", sink->address);
    if (sink->tenant != NULL)
        printf(", tenant %s", sink->tenant);
    putchar('\n');
}

/* What it takes, of the types that one can choose it for. */
static void print_topics(const struct tt_conf_sink *sink)
{
    fputs("             ", stdout);
    if (sink->type == TT_SINK_REMOTE_WRITE) {
        printf("what /metrics shows, every %lu s, at most %u series; ", (unsigned long)sink->interval_s,
               (unsigned)sink->series_max);
    } else if (sink->type == TT_SINK_DNSTAP) {
        fputs("frames; ", stdout);
    } else {
        fputs("topics", stdout);
        print_mask(TT_OPTION_ID_SINK_TOPICS, sink->topics);
        printf(" as %s; ", word_of(TT_OPTION_ID_SINK_ENCODING, sink->encoding));
    }
}

static void print_rotation(const struct tt_conf_sink *sink)
{
    if (sink->rotate == 0) {
        puts("             never rotated");
        return;
    }
    tt_check_print_size("             rotated at ", sink->rotate, "");
    printf(", %u kept, %s\n", sink->keep, sink->compress ? "compressed with zstd" : "not compressed");
}

/* How it is protected on its way, and whose it is. */
static void print_safety(const struct tt_conf_sink *sink)
{
    if (sink->tls.is_given)
        printf("             TLS, trusting %s%s%s\n",
               sink->tls.ca_file != NULL ? sink->tls.ca_file : "the system's authorities",
               sink->tls.cert_file != NULL ? ", as " : "",
               sink->tls.cert_file != NULL ? sink->tls.cert_file : "");
    if (sink->auth.mechanism != TT_AUTH_NONE)
        printf("             auth %s%s%s\n", word_of(TT_OPTION_ID_AUTH_MECHANISM, sink->auth.mechanism),
               sink->auth.user != NULL ? " as " : "", sink->auth.user != NULL ? sink->auth.user : "");
    if (sink->is_insecure)
        puts("             insecure: may leave this machine in the clear");
}

static void print_spool(const struct tt_conf_sink *sink, const struct tt_conf_names *names)
{
    if (!sink->spool.is_on)
        return;
    fputs("             spool", stdout);
    print_expanded(sink->spool.path, names);
    if (sink->type != TT_SINK_DNSTAP)
        fputs(" for", stdout);
    print_mask(TT_OPTION_ID_SPOOL_TOPICS, sink->spool.topics);
    tt_check_print_size(", ", sink->spool.size, "\n");
}

void tt_check_print_sink(const struct tt_conf *conf, const struct tt_conf_sink *sink,
                         const struct tt_conf_names *names)
{
    print_target(sink, names);
    print_topics(sink);
    if (sink->type != TT_SINK_REMOTE_WRITE) {
        tt_check_print_privacy(&sink->privacy);
        if (conf->views_n > 0)
            fputs(sink->has_privacy ? ", in every view" : ", or that of the view", stdout);
        fputs("; ", stdout);
    }
    tt_check_print_size("queue ", sink->queue, "\n");
    if (sink->type == TT_SINK_FILE)
        print_rotation(sink);
    print_safety(sink);
    print_spool(sink, names);
    print_filter("only", &sink->only);
    print_filter("except", &sink->except);
    if (sink->residency.items_n > 0) {
        tt_check_print_texts("             residency", &sink->residency);
        putchar('\n');
    }
    if (sink->sample < 1)
        printf("             sample %.9g\n", sink->sample);
}
