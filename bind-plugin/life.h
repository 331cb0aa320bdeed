/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The life of the plugin in a process. named makes one instance for each view that has a plugin line,
 * makes those of a new configuration before it destroys the old ones, and destroys them in any order on
 * any of its threads; after a reload that failed, instances of views that are not in use stay. So there
 * is one core, one shim and one relay for all instances: made with the first, let go with the last; and
 * the configuration is the one of the last registration that succeeded.
 */

#include "options.h"

/* What named gives to plugin_register. */
struct tt_registration {
    const void *load;  /* named's configuration: the same for all views of one load */
    void *mctx, *lctx; /* named's memory context and log */
    void *hooktable;   /* of the view */
    struct tt_options options;
};

/* Makes an instance. False (after a line in named's log): nothing has changed by it. Not observing for
 * want of a shim or of a configuration is no failure, unless options.strict. Thread: one of named's. */
bool tt_life_register(const struct tt_registration *registration, void **instance);

/* Destroys an instance and sets *instance to NULL. Thread: any of named's. */
void tt_life_destroy(void **instance);
