/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/aggregate.h"

void tt_aggregate_to_json(const struct tt_aggregate *aggregate, const struct tt_event_origin *origin,
                          struct tt_buf *buf)
{
    tt_form_to_json(&tt_form_aggregate, aggregate, origin, buf);
}

void tt_aggregate_to_proto(const struct tt_aggregate *aggregate, const struct tt_event_origin *origin,
                           struct tt_buf *buf)
{
    tt_form_to_proto(&tt_form_aggregate, aggregate, origin, buf);
}
