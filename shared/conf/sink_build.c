/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* One sink: what its node says, and what follows from its type. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/build.h"

static bool is_map(const struct tt_node *node)
{
    return node != NULL && node->kind == TT_NODE_MAP;
}

/* Those that nobody chooses. */
static void set_topics(struct tt_conf_sink *sink)
{
    if (sink->type == TT_SINK_REMOTE_WRITE)
        sink->topics = 1u << TT_TOPIC_METRICS;
    if (sink->type != TT_SINK_DNSTAP)
        return;
    sink->topics = 1u << TT_TOPIC_DNSTAP;
    sink->encoding = TT_ENCODING_DNSTAP;
}

static void set_mechanism(const struct tt_conf_builder *builder, struct tt_conf_sink *sink)
{
    bool is_given = is_map(builder->seen[TT_OPTION_ID_SINK_AUTH]);

    if (!is_given || builder->seen[TT_OPTION_ID_AUTH_MECHANISM] != NULL)
        return;
    sink->auth.mechanism =
        sink->auth.token_file != NULL && sink->auth.user == NULL ? TT_AUTH_BEARER : TT_AUTH_BASIC;
}

static void check_spool(struct tt_conf_builder *builder, const struct tt_conf_sink *sink)
{
    struct tt_node *node = builder->seen[TT_OPTION_ID_SPOOL_TOPICS];
    const struct tt_node *taken = builder->seen[TT_OPTION_ID_SINK_TOPICS];
    unsigned others = sink->spool.topics & ~sink->topics;

    if (others == 0 || node == NULL || node->is_bad || (taken != NULL && taken->is_bad) ||
        !tt_node_is_news(node, TT_TOLD_TOPICS))
        return;
    tt_node_refuse(node, NULL, builder->problems, "expected topics that the sink takes, which %s is not",
                   tt_topic_word((unsigned)__builtin_ctz(others)));
}

static int build_spool(struct tt_conf_builder *builder, struct tt_conf_sink *sink)
{
    const struct tt_node *node = builder->seen[TT_OPTION_ID_SINK_SPOOL];
    struct tt_conf_spool *spool = &sink->spool;
    unsigned alerts = sink->topics & 1u << TT_TOPIC_ALERTS;

    spool->is_on = node != NULL ? is_map(node) : sink->type == TT_SINK_KAFKA && alerts != 0;
    if (!spool->is_on)
        return TT_OK;
    if (spool->topics == 0 || sink->type == TT_SINK_DNSTAP)
        spool->topics = alerts != 0 ? alerts : sink->topics;
    check_spool(builder, sink);
    if (spool->path == NULL && asprintf(&spool->path, "{state_dir}/spool/%s", sink->name) < 0) {
        spool->path = NULL;
        return TT_ENOMEM;
    }
    return TT_OK;
}

static int apply(struct tt_conf_builder *builder, struct tt_node *item, struct tt_conf_sink *sink)
{
    int err = tt_conf_apply(builder, TT_OPTION_ID_SINKS, (struct tt_conf_place){item, NULL}, true, sink);

    if (err == TT_OK)
        err = tt_conf_apply_type(builder, sink->type, sink);
    if (err == TT_OK && sink->name == NULL) {
        sink->name = strdup(tt_conf_sink_type_word(sink->type));
        err = sink->name != NULL ? TT_OK : TT_ENOMEM;
    }
    return err;
}

int tt_conf_build_sink(struct tt_conf_builder *builder, struct tt_node *item, const struct tt_conf *conf,
                       struct tt_conf_sink *sink)
{
    int err = tt_conf_copy_privacy(&conf->privacy, &sink->privacy);

    if (err == TT_OK)
        err = apply(builder, item, sink);
    if (err != TT_OK)
        return err;
    tt_conf_check_key(builder, &sink->privacy);
    sink->has_privacy = is_map(builder->seen[TT_OPTION_ID_SINK_PRIVACY]);
    sink->only.is_given = is_map(builder->seen[TT_OPTION_ID_SINK_ONLY]);
    sink->except.is_given = is_map(builder->seen[TT_OPTION_ID_SINK_EXCEPT]);
    sink->tls.is_given = is_map(builder->seen[TT_OPTION_ID_SINK_TLS]);
    sink->is_plain_file = sink->type == TT_SINK_DNSTAP && builder->seen[TT_OPTION_ID_SINK_FILE] != NULL;
    set_topics(sink);
    set_mechanism(builder, sink);
    return build_spool(builder, sink);
}
