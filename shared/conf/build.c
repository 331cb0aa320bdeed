/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/build.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/path.h"
#include "conf/sink_key.h"
#include "conf/value.h"

enum { PRESETS_TEXT_MAX = 8192, HOST_NAME_CAP = 256 };

/* The defaults as a file "row number: value", of a type of sinks "row number.type: value", so that one reader
 * serves them as well. */
static void write_presets(struct tt_buf *buf)
{
    for (unsigned id = TT_OPTION_ID_ROOT + 1; id < TT_OPTION_IDS_N; id++) {
        if (tt_option_has_preset(&tt_options[id]))
            tt_buf_format(buf, "%u: %s\n", id, tt_options[id].preset);
        for (unsigned type = 0; type < TT_SINK_TYPES_N; type++) {
            if (tt_sink_key_has_own_preset((uint8_t)id, type))
                tt_buf_format(buf, "%u.%u: %s\n", id, type, tt_sink_key_preset((uint8_t)id, type));
        }
    }
}

static int read_presets(struct tt_conf_builder *builder)
{
    char text[PRESETS_TEXT_MAX], key[12];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    int err;

    write_presets(&buf);
    err = tt_tree_read(text, buf.len, TT_TREE_NODES_MAX, &builder->presets, builder->problems);
    if (err != TT_OK)
        return err;
    for (unsigned id = 0; id < TT_OPTION_IDS_N; id++) {
        struct tt_buf number = tt_buf_over(key, sizeof(key));
        tt_buf_u64(&number, id);
        builder->preset[id] = tt_node_find(builder->presets.root, tt_buf_cstr(&number));
    }
    return TT_OK;
}

int tt_conf_builder_init(struct tt_conf_builder *builder, const char *file, struct tt_node *root,
                         struct tt_problems *problems)
{
    int err;

    *builder = (struct tt_conf_builder){.problems = problems, .root = root, .dir = tt_conf_path_dir(file)};
    if (builder->dir == NULL)
        return TT_ENOMEM;
    err = read_presets(builder);
    if (err != TT_OK)
        tt_conf_builder_fini(builder);
    return err;
}

void tt_conf_builder_fini(struct tt_conf_builder *builder)
{
    tt_tree_fini(&builder->presets);
    free(builder->dir);
    builder->dir = NULL;
}

struct tt_conf_place tt_conf_place_below(struct tt_conf_place place, const char *key)
{
    struct tt_conf_place below = {tt_node_find(place.own, key), tt_node_find(place.general, key)};

    if (below.own != NULL && below.general != NULL &&
        (below.own->kind != TT_NODE_MAP || below.general->kind != TT_NODE_MAP))
        below.general = NULL;
    return below;
}

struct tt_node *tt_conf_place_node(struct tt_conf_place place)
{
    return place.own != NULL ? place.own : place.general;
}

static int apply_value(struct tt_conf_builder *builder, const struct tt_option *row, struct tt_node *node,
                       void *base)
{
    struct tt_value value;
    struct tt_node *culprit;

    if (node == NULL || node->is_bad || tt_value_parse(row, node, &value, &culprit) != TT_OK)
        return TT_OK;
    return tt_value_store(row, &value, builder->dir, base);
}

int tt_conf_apply(struct tt_conf_builder *builder, uint8_t parent, struct tt_conf_place place,
                  bool with_presets, void *base)
{
    const struct tt_option *row;
    int err = TT_OK;

    for (uint8_t id = TT_OPTION_ID_ROOT; err == TT_OK && (row = tt_option_next(parent, &id)) != NULL;) {
        struct tt_conf_place below = tt_conf_place_below(place, row->key);
        bool is_part = row->kind == TT_OPTION_MAP || row->kind == TT_OPTION_MAP_OR_OFF;

        builder->seen[id] = tt_conf_place_node(below);
        if (tt_option_is_value(row) && with_presets)
            err = apply_value(builder, row, builder->preset[id], base);
        if (err == TT_OK && tt_option_is_value(row))
            err = apply_value(builder, row, builder->seen[id], base);
        if (is_part)
            /* A part with the rows of another one has no defaults: who builds it has filled it. */
            err = tt_conf_apply(builder, row->children, below, with_presets && row->children == id,
                                (char *)base + row->offset);
    }
    return err;
}

int tt_conf_apply_type(struct tt_conf_builder *builder, unsigned type, struct tt_conf_sink *sink)
{
    int err = TT_OK;

    for (uint8_t id = TT_OPTION_ID_ROOT; err == TT_OK && tt_option_next(TT_OPTION_ID_SINKS, &id) != NULL;) {
        char key[24];
        struct tt_buf buf = tt_buf_over(key, sizeof(key));

        if (builder->seen[id] != NULL || !tt_sink_key_has_own_preset(id, type))
            continue;
        tt_buf_format(&buf, "%u.%u", id, type);
        err = apply_value(builder, &tt_options[id], tt_node_find(builder->presets.root, tt_buf_cstr(&buf)), sink);
    }
    return err;
}

/* The host name, cleaned: it comes from outside. */
static char *copy_host_name(void)
{
    char name[HOST_NAME_CAP] = "", clean[HOST_NAME_CAP];

    if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
        return strdup("localhost");
    return strndup(clean, tt_str_clean(name, strlen(name), clean, sizeof(clean) - 1));
}

/* The defaults that are no constants. */
static int fill(struct tt_conf *conf, uint8_t software)
{
    const char *state_dir = software != 0 ? tt_conf_default_state_dir(software) : "{state_dir}";

    if (conf->node == NULL)
        conf->node = copy_host_name();
    if (conf->state_dir == NULL)
        conf->state_dir = strdup(state_dir);
    return conf->node != NULL && conf->state_dir != NULL ? TT_OK : TT_ENOMEM;
}

static bool is_off(const struct tt_node *node)
{
    return node != NULL && node->kind == TT_NODE_SCALAR;
}

static struct tt_node *find_sinks(struct tt_conf_builder *builder)
{
    struct tt_node *sinks = builder->seen[TT_OPTION_ID_SINKS];

    return sinks != NULL && sinks->kind == TT_NODE_LIST ? sinks : builder->preset[TT_OPTION_ID_SINKS];
}

static bool is_taken(const struct tt_conf *conf, enum tt_topic topic)
{
    for (unsigned i = 0; i < conf->sinks_n; i++) {
        if ((conf->sinks[i].topics >> topic & 1) != 0)
            return true;
    }
    return false;
}

static int build(struct tt_conf_builder *builder, uint8_t software, struct tt_conf *conf)
{
    const char *word = tt_conf_host_word(software);
    struct tt_conf_place place = {NULL, builder->root};
    int err;

    if (word != NULL)
        place.own = tt_node_find(tt_node_find(builder->root, "hosts"), word);
    err = tt_conf_apply(builder, TT_OPTION_ID_ROOT, place, true, conf);
    if (err == TT_OK)
        err = fill(conf, software);
    if (err != TT_OK)
        return err;
    if (is_off(builder->seen[TT_OPTION_ID_METRICS]))
        conf->metrics_on = false;
    conf->tap_on = !is_off(builder->seen[TT_OPTION_ID_TAP]);
    tt_conf_check_key(builder, &conf->privacy);
    /* Sinks last: what was seen for the top is forgotten there. */
    struct tt_node *sinks = find_sinks(builder);
    err = tt_conf_build_views(builder, tt_conf_place_below(place, "views"), conf);
    if (err == TT_OK)
        err = tt_conf_build_threats(builder, conf);
    if (err == TT_OK)
        err = tt_conf_build_zones(builder, builder->seen[TT_OPTION_ID_ZONES], &conf->zones, &conf->zones_n);
    if (err == TT_OK)
        err = tt_conf_build_sinks(builder, sinks, software, conf);
    conf->aggregates.is_on = conf->metrics_top != 0 || is_taken(conf, TT_TOPIC_AGGREGATES);
    return err;
}

int tt_conf_build(struct tt_conf_builder *builder, uint8_t software, struct tt_conf **conf)
{
    int err;

    *conf = calloc(1, sizeof(**conf));
    if (*conf == NULL)
        return TT_ENOMEM;
    err = build(builder, software, *conf);
    if (err != TT_OK)
        tt_conf_free(conf);
    return err;
}
