/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/loader_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/path.h"
#include "conf/conf.h"

/* More names than any directory of ours should have; beyond, the order is not by name alone. */
enum { NAMES_MAX = 4096 };

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct tt_listing *listing, const char *dir, const char *name)
{
    char path[TT_PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", dir, name);

    if (len < 0 || (size_t)len >= sizeof(path))
        return TT_OK; /* cannot be opened either */
    listing->paths[listing->paths_n] = strdup(path);
    if (listing->paths[listing->paths_n] == NULL)
        return TT_ENOMEM;
    listing->paths_n++;
    return TT_OK;
}

static int read_open(DIR *open_dir, const char *dir, struct tt_listing *listing)
{
    struct dirent *entry;
    int err = TT_OK;

    while (err == TT_OK && (errno = 0, entry = readdir(open_dir)) != NULL) {
        if (!tt_conf_zones_is_file(entry->d_name))
            continue;
        listing->is_cut = listing->paths_n == NAMES_MAX;
        if (listing->is_cut)
            break;
        err = add(listing, dir, entry->d_name);
    }
    return err == TT_OK && errno != 0 ? tt_error_from_errno(errno) : err;
}

int tt_listing_read(const char *dir, unsigned paths_max, struct tt_listing *listing,
                    struct tt_buf *why)
{
    DIR *open_dir = opendir(dir);
    int err = open_dir == NULL ? tt_error_from_errno(errno) : TT_OK;

    *listing = (struct tt_listing){0};
    if (err != TT_OK) {
        tt_buf_text(why, strerrordesc_np(errno));
        return err;
    }
    listing->paths = calloc(NAMES_MAX, sizeof(char *));
    err = listing->paths != NULL ? read_open(open_dir, dir, listing) : TT_ENOMEM;
    closedir(open_dir);
    if (err != TT_OK) {
        tt_buf_text(why, tt_error_text(err));
        tt_listing_fini(listing);
        return err;
    }
    qsort(listing->paths, listing->paths_n, sizeof(char *), by_bytes);
    while (listing->paths_n > paths_max) {
        free(listing->paths[--listing->paths_n]);
        listing->is_cut = true;
    }
    return TT_OK;
}

void tt_listing_fini(struct tt_listing *listing)
{
    for (unsigned i = 0; i < listing->paths_n; i++)
        free(listing->paths[i]);
    free(listing->paths);
    *listing = (struct tt_listing){0};
}
