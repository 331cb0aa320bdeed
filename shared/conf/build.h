/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A checked tree to struct tt_conf, as one kind of host sees it. */

#include "conf/conf.h"
#include "conf/option.h"
#include "conf/problem.h"
#include "conf/tree.h"

/* One place of the file as a host sees it: below hosts.<word> and at the top. Either may be NULL. */
struct tt_conf_view {
    struct tt_node *own, *general;
};

struct tt_conf_builder {
    struct tt_problems *problems;
    char *dir; /* what relative paths start from */
    struct tt_tree presets; /* the defaults of all rows, read as YAML */
    struct tt_node *preset[TT_OPTION_IDS_N]; /* NULL: none */
    struct tt_node *root; /* of the file; NULL: empty */
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

/* Sets what stands below `parent` in the struct at base: from the view, else, with_presets, the
 * default. Fails: TT_ENOMEM. */
int tt_conf_apply(struct tt_conf_builder *builder, uint8_t parent, struct tt_conf_view view,
                  bool with_presets, void *base);

/* Builds conf->sinks from a list node, and checks that they do not contradict each other. */
int tt_conf_build_sinks(struct tt_conf_builder *builder, struct tt_node *list, uint8_t software,
                        struct tt_conf *conf);
