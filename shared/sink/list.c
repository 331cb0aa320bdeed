/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Every kind of sink. */

#include "base/compat.h"
#include "sink/class.h"

static const struct tt_sink_class *const classes[] = {
    &tt_sink_file,
    &tt_sink_kafka,
    &tt_sink_dnstap,
    &tt_sink_remote_write,
    &tt_sink_loki,
};

const struct tt_sink_class *tt_sink_class_find(uint8_t id)
{
    for (size_t i = 0; i < TT_COUNT(classes); i++)
        if (classes[i]->id == id)
            return classes[i];
    return NULL;
}
