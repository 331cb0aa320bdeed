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
    char *tap_path;      /* expanded as the paths below; NULL: none */
    char *upstream_path; /* the same */
    struct tt_node *items[TT_CONF_SINKS_MAX];
    char *paths[TT_CONF_SINKS_MAX];  /* expanded for the first process, tidied; NULL: none */
    char *spools[TT_CONF_SINKS_MAX]; /* the same */
};

static bool has_fine(struct tt_node *item, const char *key)
{
    struct tt_node *node = tt_node_find(item, key);

    return node != NULL && !node->is_bad;
}

/* Without a name it is called by its type, which must be the only one of this name. */
static void check_default_name(struct sinks *sinks, unsigned at, unsigned other)
{
    const struct tt_conf_sink *all = sinks->conf->sinks;
    struct tt_node *item = sinks->items[at];
    bool is_same_type = all[other].type == all[at].type && has_fine(sinks->items[other], "type");
    bool is_same_name = other < at && strcmp(all[other].name, all[at].name) == 0;

    if ((!is_same_type && !is_same_name) || !has_fine(item, "type") || item->is_open ||
        !tt_node_is_news(item, TT_TOLD_NO_NAME))
        return;
    if (is_same_type)
        tt_node_refuse(item, "name", sinks->problems,
                       "missing, expected a name, for there are several sinks of this type");
    else
        tt_node_refuse(item, "name", sinks->problems,
                       "missing, expected a name, for the sink on line %u is called %s",
                       (unsigned)sinks->items[other]->line, all[at].name);
}

static void check_name(struct sinks *sinks, unsigned at)
{
    const struct tt_conf_sink *all = sinks->conf->sinks;
    struct tt_node *item = sinks->items[at];

    for (unsigned i = 0; i < sinks->conf->sinks_n; i++) {
        if (i != at && tt_node_find(item, "name") == NULL)
            check_default_name(sinks, at, i);
        else if (i < at && has_fine(item, "name") && strcmp(all[i].name, all[at].name) == 0 &&
                 has_fine(sinks->items[i], "type") && tt_node_is_news(item, TT_TOLD_NAME))
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

/* What a sink writes to, or a socket that it connects to; NULL: nothing of the two, or it is refused. */
static struct tt_node *find_path(struct tt_node *item)
{
    return has_fine(item, "path")   ? tt_node_find(item, "path")
           : has_fine(item, "file") ? tt_node_find(item, "file")
                                    : NULL;
}

/* Of the spool, or the sink itself when the path is the default. */
static struct tt_node *find_spool_path(struct tt_node *item)
{
    struct tt_node *node = tt_node_find(tt_node_find(item, "spool"), "path");

    return node != NULL ? node : item;
}

static int expand_sink(struct sinks *sinks, uint8_t software, unsigned at)
{
    const struct tt_conf_sink *sink = &sinks->conf->sinks[at];
    struct tt_node *node = find_path(sinks->items[at]);
    int err = TT_OK;

    if (node != NULL && sink->path != NULL)
        err = expand(sinks->conf, software, sink->path, &sinks->paths[at]);
    if (err == TT_OK && node != NULL && sinks->paths[at] == NULL &&
        tt_node_is_news(sinks->items[at], TT_TOLD_LENGTH))
        tt_node_refuse(node, NULL, sinks->problems, "expected a path of at most %d bytes once expanded",
                       TT_CONF_PATH_MAX);
    if (err != TT_OK || !sink->spool.is_on)
        return err;
    err = expand(sinks->conf, software, sink->spool.path, &sinks->spools[at]);
    node = find_spool_path(sinks->items[at]);
    if (err == TT_OK && sinks->spools[at] == NULL && tt_node_is_news(node, TT_TOLD_LENGTH))
        tt_node_refuse(node, NULL, sinks->problems, "expected a path of at most %d bytes once expanded",
                       TT_CONF_PATH_MAX);
    return err;
}

/* A file is not where a socket is; socket NULL: there is none. */
static void check_socket(struct sinks *sinks, unsigned at, const char *socket, const char *of)
{
    if (socket != NULL && strcmp(sinks->paths[at], socket) == 0 &&
        tt_node_is_news(sinks->items[at], TT_TOLD_PATH))
        tt_node_refuse(find_path(sinks->items[at]), NULL, sinks->problems,
                       "expected a file of its own, it is the socket of %s", of);
}

/* Several dnstap sinks may have one reader. */
static bool writes_file(const struct tt_conf_sink *sink)
{
    return sink->type == TT_SINK_FILE || sink->is_plain_file;
}

static void check_path(struct sinks *sinks, unsigned at)
{
    const struct tt_conf_sink *all = sinks->conf->sinks;
    const char *path = sinks->paths[at];

    if (path == NULL)
        return;
    check_socket(sinks, at, sinks->tap_path, "tap");
    check_socket(sinks, at, sinks->upstream_path, "upstream");
    for (unsigned i = 0; i < at; i++) {
        if (sinks->paths[i] == NULL || strcmp(sinks->paths[i], path) != 0 ||
            !(writes_file(&all[i]) || writes_file(&all[at])))
            continue;
        if (tt_node_is_news(sinks->items[at], TT_TOLD_PATH))
            tt_node_refuse(find_path(sinks->items[at]), NULL, sinks->problems,
                           "expected a file of its own, the sink on line %u writes to it already",
                           (unsigned)sinks->items[i]->line);
        return;
    }
}

static void check_spool(struct sinks *sinks, unsigned at)
{
    struct tt_node *node = find_spool_path(sinks->items[at]);

    for (unsigned i = 0; sinks->spools[at] != NULL && i < sinks->conf->sinks_n; i++) {
        bool is_spool =
            i < at && sinks->spools[i] != NULL && strcmp(sinks->spools[i], sinks->spools[at]) == 0;
        bool is_path = sinks->paths[i] != NULL && strcmp(sinks->paths[i], sinks->spools[at]) == 0;

        if (!is_spool && !is_path)
            continue;
        if (!node->is_bad && tt_node_is_news(node, TT_TOLD_SPOOL))
            tt_node_refuse(node, node == sinks->items[at] ? "spool.path" : NULL, sinks->problems,
                           "expected a directory of its own, the sink on line %u has it already",
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
    for (unsigned at = 0; at < sinks->conf->sinks_n && err == TT_OK; at++)
        check_spool(sinks, at);
    free(sinks->tap_path);
    free(sinks->upstream_path);
    for (unsigned at = 0; at < sinks->conf->sinks_n; at++) {
        free(sinks->paths[at]);
        free(sinks->spools[at]);
    }
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
        err = tt_conf_build_sink(builder, at, conf, &conf->sinks[conf->sinks_n++]);
    }
    if (err != TT_OK)
        return err;
    tt_conf_build_policies(builder, sinks.items, conf);
    return check_sinks(&sinks, software);
}
