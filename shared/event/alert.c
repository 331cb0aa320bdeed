/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/alert.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void update(XXH3_state_t *state, const char *text)
{
    XXH3_64bits_update(state, text != NULL ? text : "", (text != NULL ? strlen(text) : 0) + 1);
}

uint64_t tt_alert_id(const char *rule, const char *subject, const char *region, const char *scope)
{
    XXH3_state_t state;

    XXH3_INITSTATE(&state);
    XXH3_64bits_reset(&state);
    update(&state, rule);
    update(&state, subject);
    update(&state, region);
    update(&state, scope);
    return XXH3_64bits_digest(&state);
}

void tt_alert_key(uint64_t alert_id, char out[TT_ALERT_KEY_LEN + 1])
{
    struct tt_buf buf = tt_buf_over(out, TT_ALERT_KEY_LEN + 1);

    tt_buf_hex64(&buf, alert_id, TT_ALERT_KEY_LEN);
    out[TT_ALERT_KEY_LEN] = '\0';
}

void tt_alert_to_json(const struct tt_alert *alert, const struct tt_event_origin *origin, struct tt_buf *buf)
{
    tt_form_to_json(&tt_form_alert, alert, origin, buf);
}

void tt_alert_to_proto(const struct tt_alert *alert, const struct tt_event_origin *origin, struct tt_buf *buf)
{
    tt_form_to_proto(&tt_form_alert, alert, origin, buf);
}
