/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The watched zones: the longest configured zone that a name lies in. */

#include "conf/conf.h"
#include "enrich/labels.h"

struct tt_watch;

/* One zone: views into the table. Texts that the configuration does not give have ptr NULL. */
struct tt_watch_zone {
    struct tt_str name, owner, zone_class, residency;
};

/* Copies what it needs. A zone that occurs twice: the first one wins, *twice_n counts the others.
 * Fails: TT_ENOMEM. Thread: any. */
int tt_watch_new(const struct tt_conf_zone *const *zones, unsigned zones_n, struct tt_watch **watch, unsigned *twice_n);
void tt_watch_free(struct tt_watch **watch);

/* The zone of a name in text form, or NULL. Lends as long as the table lives. Thread: any. */
const struct tt_watch_zone *tt_watch_find(const struct tt_watch *watch, struct tt_str name);

/* The same for a name whose labels were read already, at least as many as the longest zone has. */
const struct tt_watch_zone *tt_watch_find_labels(const struct tt_watch *watch, const struct tt_labels *labels);
