/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The value of a field as an encoder writes it: from struct tt_shown for those whose value depends
 * on the policy, else the event's. Only for the encoders, which have `event` and `shown` in scope.
 */

#include "event/privacy.h"

#define TT_SHOWN_AS_client_net ~, shown.client_net
#define TT_SHOWN_AS_ecs ~, shown.ecs
#define TT_SHOWN_AS_query_name ~, shown.query_name
#define TT_SHOWN_AS_upstream_zone ~, shown.upstream_zone
#define TT_SHOWN_AS_client_hash ~, shown.client_hash
#define TT_SHOWN_AS_client_hash_key ~, shown.client_hash_key
#define TT_SHOWN_AS_sample_weight ~, shown.sample_weight

/* A field without such a row leaves one argument before its own member, one with a row leaves two.
 */
#define TT_SHOWN_SECOND(first, second, ...) second
#define TT_SHOWN_PICK(...) TT_SHOWN_SECOND(__VA_ARGS__)
#define TT_SHOWN(id) TT_SHOWN_PICK(TT_SHOWN_AS_##id, event->id, ~)
