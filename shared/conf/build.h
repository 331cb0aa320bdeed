/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A checked tree to struct tt_conf, as one kind of host sees it. */

#include "conf/conf.h"
#include "conf/option.h"
#include "conf/problem.h"
#include "conf/tree.h"

/* One place of the file as a host sees it: below hosts.<word> and at the top. Either may be NULL. */
struct tt_conf_place {
    struct tt_node *own, *general;
};

struct tt_conf_builder {
    struct tt_problems *problems;
    char *dir; /* what relative paths start from */
    struct tt_tree presets; /* the defaults of all rows, read as YAML */
    struct tt_node *preset[TT_OPTION_IDS_N]; /* NULL: none */
    struct tt_node *root; /* of the file; NULL: empty */
    struct tt_node *seen[TT_OPTION_IDS_N]; /* what tt_conf_apply found last for a row; NULL: not given */
    struct tt_node *views[TT_CONF_VIEWS_MAX]; /* of conf->views, for what is said of them later */
};

/* file: where relative paths start beside. Fails: TT_ENOMEM. */
int tt_conf_builder_init(struct tt_conf_builder *builder, const char *file, struct tt_node *root,
                         struct tt_problems *problems);
void tt_conf_builder_fini(struct tt_conf_builder *builder);

/*
 * Builds the configuration for software, 0: for no kind of host, and adds the contradictions in it to
 * problems, each once however many views show it. What is marked bad is left at its default: the
 * result is of use only when there are no problems. Fails: TT_ENOMEM.
 */
int tt_conf_build(struct tt_conf_builder *builder, uint8_t software, struct tt_conf **conf);

/* Bits of tt_node.told. */
enum tt_conf_told {
    TT_TOLD_NO_NAME = 1 << 0,
    TT_TOLD_NAME = 1 << 1,
    TT_TOLD_PATH = 1 << 2,
    TT_TOLD_LENGTH = 1 << 3,
    TT_TOLD_PRIVACY = 1 << 4,
    TT_TOLD_KEY = 1 << 5,
    TT_TOLD_MANY = 1 << 6,
    TT_TOLD_TOPICS = 1 << 7,
    TT_TOLD_SPOOL = 1 << 8
};

/* One step down. Two mappings stay a pair; of everything else the host's own hides the general one. */
struct tt_conf_place tt_conf_place_below(struct tt_conf_place place, const char *key);

/* The node that is said to be at fault there; NULL: nothing is there. */
struct tt_node *tt_conf_place_node(struct tt_conf_place place);

/* Sets what stands below `parent` in the struct at base: from the place, else, with_presets, the
 * default. Fails: TT_ENOMEM. */
int tt_conf_apply(struct tt_conf_builder *builder, uint8_t parent, struct tt_conf_place place,
                  bool with_presets, void *base);

/* Sets what a type of sinks has its own default for and was not seen last. Fails: TT_ENOMEM. */
int tt_conf_apply_type(struct tt_conf_builder *builder, unsigned type, struct tt_conf_sink *sink);

/* Frees what stands below `parent` in the struct at base, but for lists of mappings, and sets it to
 * nothing. */
void tt_conf_clear(uint8_t parent, void *base);

/* Builds threats and zones from the nodes seen last, at most as many as their rows allow. */
int tt_conf_build_threats(struct tt_conf_builder *builder, struct tt_conf *conf);
int tt_conf_build_zones(struct tt_conf_builder *builder, struct tt_node *list, struct tt_conf_zone **zones,
                        unsigned *zones_n);

/* A copy, key_file included. Fails: TT_ENOMEM. */
int tt_conf_copy_privacy(const struct tt_privacy *from, struct tt_privacy *to);

/* Refuses `client: hash` without a key, at the word, as seen last; a word that is inherited is refused
 * where it stands. */
void tt_conf_check_key(struct tt_conf_builder *builder, const struct tt_privacy *privacy);

/* Builds conf->views, after the general privacy and before what stands in the sinks is seen. */
int tt_conf_build_views(struct tt_conf_builder *builder, struct tt_conf_place views, struct tt_conf *conf);

/* Collects the distinct policies of sinks and views; items: the nodes of the sinks. One too many is refused
 * where it stands. */
void tt_conf_build_policies(struct tt_conf_builder *builder, struct tt_node *const *items,
                            struct tt_conf *conf);

/* Builds one sink; conf: for the general privacy. */
int tt_conf_build_sink(struct tt_conf_builder *builder, struct tt_node *item, const struct tt_conf *conf,
                       struct tt_conf_sink *sink);

/* Builds conf->sinks from a list node, and checks that they do not contradict each other. */
int tt_conf_build_sinks(struct tt_conf_builder *builder, struct tt_node *list, uint8_t software,
                        struct tt_conf *conf);
