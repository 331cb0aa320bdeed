/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The views of a host that have a privacy of their own, by name: those at the top and those below
 * hosts.<word> together, a name that both have being one view. */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/build.h"

static int add_view(struct tt_conf_builder *builder, struct tt_conf_place place, struct tt_conf *conf)
{
    struct tt_node *node = tt_conf_place_node(place);
    struct tt_conf_view *view = &conf->views[conf->views_n];
    int err;

    builder->views[conf->views_n++] = node;
    view->name = strndup(node->key.ptr, node->key.len);
    err = view->name != NULL ? tt_conf_copy_privacy(&conf->privacy, &view->privacy) : TT_ENOMEM;
    if (err == TT_OK)
        err = tt_conf_apply(builder, TT_OPTION_ID_VIEWS, place, true, view);
    if (err == TT_OK)
        tt_conf_check_key(builder, &view->privacy);
    return err;
}

/* Too many at one place have been refused there. */
static void refuse_sum(struct tt_conf_builder *builder, struct tt_conf_place views)
{
    if (views.own != NULL && views.general != NULL && views.own->children_n <= TT_CONF_VIEWS_MAX &&
        views.general->children_n <= TT_CONF_VIEWS_MAX && tt_node_is_news(views.own, TT_TOLD_MANY))
        tt_node_refuse(views.own, NULL, builder->problems,
                       "expected at most %d of them, with those that the top level has", TT_CONF_VIEWS_MAX);
}

/* The views of one of the two places; but: a mapping that has been gone through, or NULL. */
static int add_views(struct tt_conf_builder *builder, struct tt_conf_place views, const struct tt_node *map,
                     const struct tt_node *but, struct tt_conf *conf)
{
    int err = TT_OK;

    for (struct tt_node *at = map->first; at != NULL && err == TT_OK; at = at->next) {
        struct tt_conf_place place = tt_conf_place_below(views, at->key.ptr);

        if (at->kind != TT_NODE_MAP || tt_conf_place_node(place) == NULL ||
            tt_node_find(but, at->key.ptr) != NULL)
            continue;
        if (conf->views_n < TT_CONF_VIEWS_MAX)
            err = add_view(builder, place, conf);
        else
            refuse_sum(builder, views);
    }
    return err;
}

static bool is_map(const struct tt_node *node)
{
    return node != NULL && node->kind == TT_NODE_MAP;
}

int tt_conf_build_views(struct tt_conf_builder *builder, struct tt_conf_place views, struct tt_conf *conf)
{
    int err = TT_OK;

    if (!is_map(tt_conf_place_node(views)))
        return TT_OK;
    conf->views = calloc(TT_CONF_VIEWS_MAX, sizeof(conf->views[0]));
    if (conf->views == NULL)
        return TT_ENOMEM;
    if (views.general != NULL)
        err = add_views(builder, views, views.general, NULL, conf);
    if (err == TT_OK && views.own != NULL)
        err = add_views(builder, views, views.own, views.general, conf);
    return err;
}
