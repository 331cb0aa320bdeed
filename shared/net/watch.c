/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A file that is replaced is another inode or another time of change; one that is just being written changes
 * from look to look, and counts once it rests. */

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/err.h"
#include "net/secret.h"

/* 0: there is no such file now. */
static uint64_t mark_of(const char *path)
{
    struct stat st;
    uint64_t facts[7], mark;

    if (stat(path, &st) != 0)
        return 0;
    facts[0] = (uint64_t)st.st_dev;
    facts[1] = (uint64_t)st.st_ino;
    facts[2] = (uint64_t)st.st_size;
    facts[3] = (uint64_t)st.st_mtim.tv_sec;
    facts[4] = (uint64_t)st.st_mtim.tv_nsec;
    facts[5] = (uint64_t)st.st_ctim.tv_sec;
    facts[6] = (uint64_t)st.st_ctim.tv_nsec;
    mark = XXH3_64bits(facts, sizeof(facts));
    return mark != 0 ? mark : 1;
}

int tt_watch_add(struct tt_watch *watch, const char *path)
{
    struct tt_watch_file *file = &watch->files[watch->n];

    if (path == NULL)
        return TT_OK;
    if (watch->n == TT_WATCH_MAX)
        return TT_ELIMIT;
    file->path = strdup(path);
    if (file->path == NULL)
        return TT_ENOMEM;
    file->mark = file->seen = mark_of(path);
    watch->n++;
    return TT_OK;
}

bool tt_watch_has_changed(struct tt_watch *watch)
{
    bool has_changed = false;

    for (unsigned i = 0; i < watch->n; i++) {
        struct tt_watch_file *file = &watch->files[i];
        uint64_t now = mark_of(file->path);
        has_changed = has_changed || (now != 0 && now != file->mark && now == file->seen);
        file->seen = now;
    }
    return has_changed;
}

void tt_watch_fini(struct tt_watch *watch)
{
    for (unsigned i = 0; i < watch->n; i++)
        free(watch->files[i].path);
    watch->n = 0;
}
