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

struct sinks {
    struct tt_problems *problems;
    struct tt_conf *conf;
    char *tap_path; /* expanded as the paths below; NULL: none */
    char *upstream_path; /* the same */
    struct tt_node *items[TT_CONF_SINKS_MAX];
    char *paths[TT_CONF_SINKS_MAX]; /* expanded for the first process, tidied; NULL: none */
};

static bool has_fine(struct tt_node *item, const char *key)
{
    struct tt_node *node = tt_node_find(item, key);

    return node != NULL && !node->is_bad;
}

static bool is_map(const struct tt_node *node)
{
    return node != NULL && node->kind == TT_NODE_MAP;
}

static int build_sink(struct tt_conf_builder *builder, struct tt_node *item, struct tt_conf *conf,
                      struct tt_conf_sink *sink)
{
    struct tt_conf_place place = {item, NULL};
    const char *type = tt_options[TT_OPTION_ID_SINK_TYPE].words[TT_SINK_FILE].word;
    int err = tt_conf_copy_privacy(&conf->privacy, &sink->privacy);

    if (err == TT_OK)
        err = tt_conf_apply(builder, TT_OPTION_ID_SINKS, place, true, sink);
    if (err != TT_OK)
        return err;
    tt_conf_check_key(builder, &sink->privacy);
    sink->has_privacy = is_map(builder->seen[TT_OPTION_ID_SINK_PRIVACY]);
    sink->only.is_given = is_map(builder->seen[TT_OPTION_ID_SINK_ONLY]);
    sink->except.is_given = is_map(builder->seen[TT_OPTION_ID_SINK_EXCEPT]);
    if (sink->name == NULL)
        sink->name = strdup(type);
    return sink->name == NULL ? TT_ENOMEM : TT_OK;
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
            if (has_fine(item, "type") && !item->is_open && tt_node_is_news(item, TT_TOLD_NO_NAME))
                tt_node_refuse(item, "name", sinks->problems,
                               "missing, expected a name, for there are several sinks of this type");
            return;
        }
        if (i < at && has_fine(item, "name") && tt_node_find(sinks->items[i], "name") != NULL &&
            strcmp(all[i].name, all[at].name) == 0 && tt_node_is_news(item, TT_TOLD_NAME))
            tt_node_refuse(tt_node_find(item, "name"), NULL, sinks->problems,
                           "expected a name of its own, the sink on line %u has it already",
                           (unsigned)sinks->items[i]->line);
    }
}

/* As the first process of its kind sees it; *path is NULL when it is too long. */
static int expand(const struct tt_conf *conf, uint8_t software, const char *template_path, char **path)
{
    const char *word = software != 0 ? tt_conf_host_word(software) : "{software}";
    char state_dir[TT_CONF_PATH_MAX + 64], expanded[TT_CONF_PATH_MAX + 1];
    struct tt_conf_names names = {state_dir, word, 1};

    *path = NULL;
    snprintf(state_dir, sizeof(state_dir), "%s/%s-%u", conf->state_dir, word, names.n);
    if (tt_conf_expand(template_path, &names, expanded, sizeof(expanded)) != TT_OK)
        return TT_OK;
    tt_conf_path_tidy(expanded);
    *path = strdup(expanded);
    return *path != NULL ? TT_OK : TT_ENOMEM;
}

static int expand_sink(struct sinks *sinks, uint8_t software, unsigned at)
{
    int err;

    if (!has_fine(sinks->items[at], "path"))
        return TT_OK;
    err = expand(sinks->conf, software, sinks->conf->sinks[at].path, &sinks->paths[at]);
    if (err == TT_OK && sinks->paths[at] == NULL && tt_node_is_news(sinks->items[at], TT_TOLD_LENGTH))
        tt_node_refuse(tt_node_find(sinks->items[at], "path"), NULL, sinks->problems,
                       "expected a path of at most %d bytes once expanded", TT_CONF_PATH_MAX);
    return err;
}

/* A file is not where a socket is; socket NULL: there is none. */
static void check_socket(struct sinks *sinks, unsigned at, const char *socket, const char *of)
{
    if (socket != NULL && strcmp(sinks->paths[at], socket) == 0 && tt_node_is_news(sinks->items[at], TT_TOLD_PATH))
        tt_node_refuse(tt_node_find(sinks->items[at], "path"), NULL, sinks->problems,
                       "expected a file of its own, it is the socket of %s", of);
}

static void check_path(struct sinks *sinks, unsigned at)
{
    const char *path = sinks->paths[at];
    struct tt_node *node = tt_node_find(sinks->items[at], "path");

    if (path == NULL)
        return;
    check_socket(sinks, at, sinks->tap_path, "tap");
    check_socket(sinks, at, sinks->upstream_path, "upstream");
    for (unsigned i = 0; i < at; i++) {
        if (sinks->paths[i] == NULL || strcmp(sinks->paths[i], path) != 0)
            continue;
        if (tt_node_is_news(sinks->items[at], TT_TOLD_PATH))
            tt_node_refuse(node, NULL, sinks->problems,
                           "expected a file of its own, the sink on line %u writes to it already",
                           (unsigned)sinks->items[i]->line);
        return;
    }
}

static int check_sinks(struct sinks *sinks, uint8_t software)
{
    int err = TT_OK;

    if (sinks->conf->tap_on)
        err = expand(sinks->conf, software, sinks->conf->tap_path, &sinks->tap_path);
    if (err == TT_OK && sinks->conf->upstream != TT_UPSTREAM_OFF && !tt_conf_host_shows_upstreams(software))
        err = expand(sinks->conf, software, sinks->conf->upstream_socket, &sinks->upstream_path);
    for (unsigned at = 0; at < sinks->conf->sinks_n && err == TT_OK; at++) {
        check_name(sinks, at);
        err = expand_sink(sinks, software, at);
        if (err == TT_OK)
            check_path(sinks, at);
    }
    free(sinks->tap_path);
    free(sinks->upstream_path);
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
    if (err != TT_OK)
        return err;
    tt_conf_build_policies(builder, sinks.items, conf);
    return check_sinks(&sinks, software);
}
