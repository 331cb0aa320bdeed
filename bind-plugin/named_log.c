/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "named_log.h"

#include <dlfcn.h>
#include <stdio.h>

#include "release.h"

/* As in isc/log.h of 9.18 and 9.20: entries of isc_categories and isc_modules, ended by a NULL name. */
struct log_entry {
    const char *name;
    unsigned id;
};

typedef void (*isc_log_write_f)(void *lctx, struct log_entry *category, struct log_entry *module, int level,
                                const char *format, ...) TT_PRINTF(5, 6);

enum { ENTRIES_MAX = 64 };

/* ISC_LOG_ERROR, ISC_LOG_WARNING, ISC_LOG_INFO, ISC_LOG_DEBUG(1) */
static const int isc_levels[] = {
    [TT_LOG_ERROR] = -4, [TT_LOG_WARNING] = -3, [TT_LOG_INFO] = -1, [TT_LOG_DEBUG] = 1};

static struct log_entry *find_entry(const char *table, const char *name)
{
    struct log_entry *entries = dlsym(RTLD_DEFAULT, table);

    for (unsigned i = 0; entries != NULL && i < ENTRIES_MAX && entries[i].name != NULL; i++)
        if (strcmp(entries[i].name, name) == 0)
            return &entries[i];
    return NULL;
}

static bool write_to_named(void *lctx, enum tt_log_level level, const char *line)
{
    isc_log_write_f isc_log_write = (isc_log_write_f)(uintptr_t)dlsym(RTLD_DEFAULT, "isc_log_write");
    struct log_entry *category, *module;
    struct tt_release release;

    tt_release_find(&release);
    if (lctx == NULL || isc_log_write == NULL || release.series == 0)
        return false;
    category = find_entry("isc_categories", "general");
    module = find_entry("isc_modules", "other");
    if (category == NULL || module == NULL)
        return false;
    isc_log_write(lctx, category, module, isc_levels[level], "telltale: %s", line);
    return true;
}

void tt_named_log(void *lctx, enum tt_log_level level, const char *line)
{
    if (!write_to_named(lctx, level, line))
        fprintf(stderr, "telltale: %s\n", line);
}
