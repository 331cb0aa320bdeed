/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A file of zones_dir: data, but with the rows of `zones` and errors of the same form. */

#include <string.h>

#include "base/err.h"
#include "conf/build.h"
#include "conf/check.h"

bool tt_conf_zones_is_file(const char *name)
{
    const char *dot = strrchr(name, '.');

    return name[0] != '.' && dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int load_tree(struct tt_tree *tree, const char *path, struct tt_conf_zone **zones, unsigned *zones_n,
                     struct tt_problems *problems)
{
    struct tt_conf_builder builder;
    int err;

    tt_conf_check_zones(tree, problems);
    err = tt_conf_builder_init(&builder, path, NULL, problems);
    if (err != TT_OK)
        return err;
    err = tt_conf_build_zones(&builder, tree->root, zones, zones_n);
    tt_conf_builder_fini(&builder);
    return err;
}

static int load_text(const char *text, size_t len, const char *path, struct tt_conf_zone **zones,
                     unsigned *zones_n, struct tt_problems *problems)
{
    struct tt_tree tree;
    int err;

    if (len > TT_CONF_ZONES_TEXT_MAX) {
        tt_problems_add(problems, 0, "", "expected a file of at most 16MiB");
        return TT_ECONFIG;
    }
    if (!tt_tree_check_text(text, len, problems))
        return TT_ECONFIG;
    err = tt_tree_read(text, len, TT_TREE_ZONES_NODES_MAX, &tree, problems);
    if (err != TT_OK)
        return err;
    err = load_tree(&tree, path, zones, zones_n, problems);
    tt_tree_fini(&tree);
    return err == TT_OK && problems->count > 0 ? TT_ECONFIG : err;
}

int tt_conf_zones_parse(const char *text, size_t len, const char *path, struct tt_conf_zone **zones,
                        unsigned *zones_n, struct tt_conf_errors *errors)
{
    struct tt_problems *problems = tt_problems_new(path);
    int err;

    *zones = NULL;
    *zones_n = 0;
    errors->count = 0;
    errors->text[0] = '\0';
    if (problems == NULL)
        return TT_ENOMEM;
    err = load_text(text, len, path, zones, zones_n, problems);
    if (err != TT_OK) {
        tt_conf_zones_free(zones, *zones_n);
        *zones_n = 0;
    }
    tt_problems_give(problems, errors);
    tt_problems_free(&problems);
    return err;
}
