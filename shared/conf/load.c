/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* From a file to a configuration: read, check everything, build it as every kind of host sees it. */

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "conf/build.h"
#include "conf/check.h"
#include "conf/file.h"

/* All views, so that a file is fit for every host or for none. 0 is the file without `hosts`. */
static int build_all(struct tt_conf_builder *builder, uint8_t software, struct tt_conf **conf)
{
    for (uint8_t i = 0; i == 0 || tt_conf_host_word(i) != NULL; i++) {
        struct tt_conf *built;
        int err = tt_conf_build(builder, i, &built);

        if (err != TT_OK)
            return err;
        if (i == software)
            *conf = built;
        else
            tt_conf_free(&built);
    }
    return TT_OK;
}

static int load_tree(struct tt_tree *tree, const char *path, uint8_t software, struct tt_conf **conf,
                     struct tt_problems *problems)
{
    struct tt_conf_builder builder;
    int err;

    tt_conf_check(tree, problems);
    err = tt_conf_builder_init(&builder, path, tree->root, problems);
    if (err != TT_OK)
        return err;
    err = build_all(&builder, software, conf);
    tt_conf_builder_fini(&builder);
    return err;
}

static int load_text(const char *text, size_t len, const char *path, uint8_t software, struct tt_conf **conf,
                     struct tt_problems *problems)
{
    struct tt_tree tree;
    int err;

    if (!tt_tree_check_text(text, len, problems))
        return TT_ECONFIG;
    err = tt_tree_read(text, len, TT_TREE_NODES_MAX, &tree, problems);
    if (err != TT_OK)
        return err;
    err = load_tree(&tree, path, software, conf, problems);
    tt_tree_fini(&tree);
    if (err == TT_OK)
        (*conf)->digest = XXH3_64bits(text, len);
    return err == TT_OK && problems->count > 0 ? TT_ECONFIG : err;
}

int tt_conf_parse_text(const char *text, size_t len, const char *path, uint8_t software,
                       struct tt_conf **conf, struct tt_conf_errors *errors)
{
    struct tt_problems *problems = tt_problems_new(path);
    int err = TT_ENOMEM;

    *conf = NULL;
    errors->count = 0;
    errors->text[0] = '\0';
    if (problems == NULL)
        return TT_ENOMEM;
    if (tt_conf_host_word(software) == NULL)
        err = TT_EINVAL;
    else if (len <= TT_TREE_TEXT_MAX)
        err = load_text(text, len, path, software, conf, problems);
    else
        tt_problems_add(problems, 0, "", "expected a file of at most 1MiB");
    if (problems->count > 0 && err != TT_EINVAL)
        err = TT_ECONFIG;
    if (err != TT_OK)
        tt_conf_free(conf);
    tt_problems_give(problems, errors);
    tt_problems_free(&problems);
    return err;
}

/* The one line for a file that cannot be read. */
static int refuse_file(const char *path, int err, const char *reason, struct tt_conf_errors *errors)
{
    struct tt_problems *problems = tt_problems_new(path);

    if (problems == NULL)
        return TT_ENOMEM;
    if (err == TT_ELIMIT)
        tt_problems_add(problems, 0, "", "expected a file of at most 1MiB");
    else
        tt_problems_add(problems, 0, "", "cannot be read: %s", reason);
    tt_problems_give(problems, errors);
    tt_problems_free(&problems);
    return err == TT_ENOENT || err == TT_ENOMEM ? err : TT_ECONFIG;
}

int tt_conf_load(const char *path, uint8_t software, struct tt_conf **conf, struct tt_conf_errors *errors)
{
    const char *reason = NULL;
    char *text;
    size_t len;
    int err;

    *conf = NULL;
    if (path == NULL)
        return tt_conf_parse_text("", 0, "", software, conf, errors);
    err = tt_conf_file_read(path, TT_TREE_TEXT_MAX, &text, &len, &reason);
    if (err != TT_OK)
        return refuse_file(path, err, reason, errors);
    err = tt_conf_parse_text(text, len, path, software, conf, errors);
    free(text);
    return err;
}
