/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What a configuration owns, given back by the rows that say where it is. */

#include <stdlib.h>

#include "conf/build.h"
#include "conf/value.h"

void tt_conf_clear(uint8_t parent, void *base)
{
    const struct tt_option *row;

    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(parent, &id)) != NULL;) {
        if (tt_option_is_value(row))
            tt_value_clear(row, base);
        else if (row->kind == TT_OPTION_MAP || row->kind == TT_OPTION_MAP_OR_OFF)
            tt_conf_clear(row->children, (char *)base + row->offset);
    }
}

void tt_conf_zones_free(struct tt_conf_zone **zones, unsigned zones_n)
{
    for (unsigned i = 0; i < zones_n; i++)
        tt_conf_clear(TT_OPTION_ID_ZONES, &(*zones)[i]);
    free(*zones);
    *zones = NULL;
}

static void free_views(struct tt_conf *conf)
{
    for (unsigned i = 0; i < conf->views_n; i++) {
        free(conf->views[i].name);
        tt_conf_clear(TT_OPTION_ID_VIEWS, &conf->views[i]);
    }
    free(conf->views);
}

void tt_conf_free(struct tt_conf **conf)
{
    struct tt_conf *old = *conf;

    *conf = NULL;
    if (old == NULL)
        return;
    for (unsigned i = 0; i < old->sinks_n; i++)
        tt_conf_clear(TT_OPTION_ID_SINKS, &old->sinks[i]);
    free(old->sinks);
    free_views(old);
    for (unsigned i = 0; i < old->threats_n; i++)
        tt_conf_clear(TT_OPTION_ID_THREATS, &old->threats[i]);
    free(old->threats);
    tt_conf_zones_free(&old->zones, old->zones_n);
    tt_conf_clear(TT_OPTION_ID_ROOT, old);
    free(old);
}
