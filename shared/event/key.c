/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/key.h"

static const struct tt_str none = {"", 0};

static struct tt_str cut(struct tt_str text)
{
    return (struct tt_str){text.ptr, TT_MIN(text.len, (uint32_t)TT_KEY_MAX)};
}

struct tt_str tt_event_key(const struct tt_event *event, const struct tt_policy *policy)
{
    if (policy->privacy.query_name == TT_PRIVACY_NAME_NONE)
        return none;
    if (TT_EVENT_HAS(event, registrable_domain))
        return cut(event->registrable_domain);
    if (policy->privacy.query_name == TT_PRIVACY_NAME_FULL && TT_EVENT_HAS(event, query_name))
        return cut(event->query_name);
    return none;
}
