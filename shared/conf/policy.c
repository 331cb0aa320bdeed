/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Privacy policies: the distinct ones, and what contradicts itself in one. */

#include <string.h>

#include "base/err.h"
#include "conf/build.h"

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool tt_privacy_equal(const struct tt_privacy *a, const struct tt_privacy *b)
{
    return a->client == b->client && a->query_name == b->query_name && a->prefix_v4 == b->prefix_v4 &&
           a->prefix_v6 == b->prefix_v6 && is_same_text(a->key_file, b->key_file);
}

int tt_conf_copy_privacy(const struct tt_privacy *from, struct tt_privacy *to)
{
    *to = *from;
    if (from->key_file != NULL)
        to->key_file = strdup(from->key_file);
    return from->key_file != NULL && to->key_file == NULL ? TT_ENOMEM : TT_OK;
}

void tt_conf_check_key(struct tt_conf_builder *builder, const struct tt_privacy *privacy)
{
    struct tt_node *client = builder->seen[TT_OPTION_ID_PRIVACY_CLIENT];
    const struct tt_node *key = builder->seen[TT_OPTION_ID_PRIVACY_KEY_FILE];

    if (client == NULL || privacy->client != TT_PRIVACY_HASH || privacy->key_file != NULL || key != NULL)
        return; /* a key that is refused already is one that is given */
    if (!client->is_open && !client->parent->is_open && tt_node_is_news(client, TT_TOLD_KEY))
        tt_node_refuse(client, NULL, builder->problems, "expected key_file beside it, hash needs a key");
}

/* The index of a policy, added when it is new; max: no room. */
static unsigned find_policy(struct tt_conf *conf, const struct tt_privacy *privacy, unsigned max)
{
    unsigned at = 0;

    while (at < conf->policies_n && !tt_privacy_equal(&conf->policies[at], privacy))
        at++;
    if (at == conf->policies_n && at < max)
        conf->policies[conf->policies_n++] = *privacy;
    return at;
}

/* The index of what stands at that node; refused there when it is one too many. */
static uint8_t place_policy(struct tt_conf_builder *builder, struct tt_conf *conf,
                            const struct tt_privacy *privacy, struct tt_node *node, unsigned max)
{
    unsigned at = find_policy(conf, privacy, max);

    if (at == max && tt_node_is_news(node, TT_TOLD_PRIVACY))
        tt_node_refuse(node, "privacy", builder->problems,
                       "expected at most %d different privacy policies%s", TT_PRIVACIES_USED_MAX,
                       conf->tap_on ? ", with the general one, which the tap has" : "");
    return (uint8_t)at;
}

/* An exit has the general policy, which then is one of those that cost an encoding. */
static bool is_general_used(const struct tt_conf *conf)
{
    bool is_used = conf->tap_on;

    for (unsigned at = 0; at < conf->sinks_n && !is_used; at++)
        is_used = conf->sinks[at].type != TT_SINK_REMOTE_WRITE && /* no events leave there */
                  tt_privacy_equal(&conf->sinks[at].privacy, &conf->privacy);
    return is_used;
}

/* The general one comes first, used or not: what replay prints is under it. */
void tt_conf_build_policies(struct tt_conf_builder *builder, struct tt_node *const *items,
                            struct tt_conf *conf)
{
    unsigned max = is_general_used(conf) ? TT_PRIVACIES_USED_MAX : TT_PRIVACIES_MAX;

    find_policy(conf, &conf->privacy, max);
    for (unsigned at = 0; at < conf->sinks_n; at++)
        conf->sinks[at].policy = place_policy(builder, conf, &conf->sinks[at].privacy, items[at], max);
    for (unsigned at = 0; at < conf->views_n; at++)
        conf->views[at].policy =
            place_policy(builder, conf, &conf->views[at].privacy, builder->views[at], max);
}
