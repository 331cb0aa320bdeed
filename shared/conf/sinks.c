/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The list of sinks, and what two of them may not have in common. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/build.h"
#include "conf/path.h"

enum told {
    TOLD_NO_NAME = 1 << 0,
    TOLD_NAME = 1 << 1,
    TOLD_PATH = 1 << 2,
    TOLD_LENGTH = 1 << 3,
    TOLD_PRIVACY = 1 << 4
};

struct sinks {
    struct tt_problems *problems;
    struct tt_conf *conf;
    struct tt_node *items[TT_CONF_SINKS_MAX];
    char *paths[TT_CONF_SINKS_MAX]; /* expanded for the first process, tidied; NULL: none */
};

/* True the first time: other kinds of host may see the same contradiction. */
static bool is_news(struct tt_node *item, enum told what)
{
    bool is_new = (item->told & what) == 0;

    item->told |= what;
    return is_new;
}

static bool has_fine(struct tt_node *item, const char *key)
{
    struct tt_node *node = tt_node_find(item, key);

    return node != NULL && !node->is_bad;
}

static int build_sink(struct tt_conf_builder *builder, struct tt_node *item, struct tt_conf *conf,
                      struct tt_conf_sink *sink)
{
    struct tt_conf_view view = {item, NULL};
    const char *type = tt_options[TT_OPTION_ID_SINK_TYPE].words[TT_SINK_FILE].word;
    struct tt_conf_view privacy = {tt_node_find(item, "privacy"), NULL};
    int err = tt_conf_apply(builder, TT_OPTION_ID_SINKS, view, true, sink);

    if (err != TT_OK)
        return err;
    sink->privacy = conf->privacy;
    err = tt_conf_apply(builder, TT_OPTION_ID_PRIVACY, privacy, false, &sink->privacy);
    if (err == TT_OK && sink->name == NULL)
        sink->name = strdup(type);
    return err == TT_OK && sink->name == NULL ? TT_ENOMEM : err;
}

static void check_name(struct sinks *sinks, unsigned at)
{
    const struct tt_conf_sink *all = sinks->conf->sinks;
    struct tt_node *item = sinks->items[at];
    bool is_given = tt_node_find(item, "name") != NULL;

    for (unsigned i = 0; i < sinks->conf->sinks_n; i++) {
        if (i == at)
            continue;
        if (!is_given && all[i].type == all[at].type && has_fine(sinks->items[i], "type")) {
            if (has_fine(item, "type") && !item->is_open && is_news(item, TOLD_NO_NAME))
                tt_node_refuse(item, "name", sinks->problems,
                               "missing, expected a name, for there are several sinks of this type");
            return;
        }
        if (i < at && has_fine(item, "name") && tt_node_find(sinks->items[i], "name") != NULL &&
            strcmp(all[i].name, all[at].name) == 0 && is_news(item, TOLD_NAME))
            tt_node_refuse(tt_node_find(item, "name"), NULL, sinks->problems,
                           "expected a name of its own, the sink on line %u has it already",
                           (unsigned)sinks->items[i]->line);
    }
}

static int expand_path(struct sinks *sinks, uint8_t software, unsigned at)
{
    const struct tt_conf *conf = sinks->conf;
    const char *word = software != 0 ? tt_conf_host_word(software) : "{software}";
    char state_dir[TT_CONF_PATH_MAX + 64], path[TT_CONF_PATH_MAX + 1];
    struct tt_conf_names names = {state_dir, word, 1};

    if (!has_fine(sinks->items[at], "path"))
        return TT_OK;
    snprintf(state_dir, sizeof(state_dir), "%s/%s-%u", conf->state_dir, word, names.n);
    if (tt_conf_expand(conf->sinks[at].path, &names, path, sizeof(path)) != TT_OK) {
        if (is_news(sinks->items[at], TOLD_LENGTH))
            tt_node_refuse(tt_node_find(sinks->items[at], "path"), NULL, sinks->problems,
                           "expected a path of at most %d bytes once expanded", TT_CONF_PATH_MAX);
        return TT_OK;
    }
    tt_conf_path_tidy(path);
    sinks->paths[at] = strdup(path);
    return sinks->paths[at] != NULL ? TT_OK : TT_ENOMEM;
}

static void check_path(struct sinks *sinks, unsigned at)
{
    for (unsigned i = 0; i < at && sinks->paths[at] != NULL; i++) {
        if (sinks->paths[i] == NULL || strcmp(sinks->paths[i], sinks->paths[at]) != 0)
            continue;
        if (is_news(sinks->items[at], TOLD_PATH))
            tt_node_refuse(tt_node_find(sinks->items[at], "path"), NULL, sinks->problems,
                           "expected a file of its own, the sink on line %u writes to it already",
                           (unsigned)sinks->items[i]->line);
        return;
    }
}

static bool is_same_privacy(const struct tt_privacy *a, const struct tt_privacy *b)
{
    return a->client == b->client && a->prefix_v4 == b->prefix_v4 && a->prefix_v6 == b->prefix_v6;
}

/* Each distinct policy costs an encoding of every record. */
static void check_privacies(struct sinks *sinks)
{
    const struct tt_conf_sink *all = sinks->conf->sinks;
    unsigned distinct_n = 0;

    for (unsigned at = 0; at < sinks->conf->sinks_n; at++) {
        bool is_new = true;

        for (unsigned i = 0; i < at; i++)
            is_new = is_new && !is_same_privacy(&all[i].privacy, &all[at].privacy);
        distinct_n += is_new;
        if (is_new && distinct_n > TT_PRIVACIES_MAX && is_news(sinks->items[at], TOLD_PRIVACY))
            tt_node_refuse(sinks->items[at], "privacy", sinks->problems,
                           "expected at most %d different privacy policies", TT_PRIVACIES_MAX);
    }
}

static int check_sinks(struct sinks *sinks, uint8_t software)
{
    int err = TT_OK;

    for (unsigned at = 0; at < sinks->conf->sinks_n && err == TT_OK; at++) {
        check_name(sinks, at);
        err = expand_path(sinks, software, at);
        if (err == TT_OK)
            check_path(sinks, at);
    }
    check_privacies(sinks);
    for (unsigned at = 0; at < sinks->conf->sinks_n; at++)
        free(sinks->paths[at]);
    return err;
}

int tt_conf_build_sinks(struct tt_conf_builder *builder, struct tt_node *list, uint8_t software,
                        struct tt_conf *conf)
{
    struct sinks sinks = {.problems = builder->problems, .conf = conf};
    int err = TT_OK;

    conf->sinks = calloc(TT_MAX(list->children_n, 1u), sizeof(conf->sinks[0]));
    if (conf->sinks == NULL)
        return TT_ENOMEM;
    for (struct tt_node *at = list->first; at != NULL && err == TT_OK; at = at->next) {
        if (at->kind != TT_NODE_MAP || conf->sinks_n == TT_CONF_SINKS_MAX)
            continue;
        sinks.items[conf->sinks_n] = at;
        err = build_sink(builder, at, conf, &conf->sinks[conf->sinks_n++]);
    }
    return err == TT_OK ? check_sinks(&sinks, software) : err;
}
