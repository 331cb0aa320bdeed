/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The rows of privacy.def as data: for whoever makes a policy, prints the table or tests it. */

#include "event/field.h"

enum tt_privacy_deed {
    TT_PRIVACY_KEEP,
    TT_PRIVACY_DROP,
    TT_PRIVACY_CUT,
    TT_PRIVACY_MAKE,
    TT_PRIVACY_CHECK,
    TT_PRIVACY_DOMAIN,
    TT_PRIVACY_DEEDS_N
};

enum { TT_PRIVACY_CLIENTS_N = TT_PRIVACY_NONE + 1, TT_PRIVACY_NAMES_N = TT_PRIVACY_NAME_NONE + 1 };

struct tt_privacy_row {
    uint8_t client[TT_PRIVACY_CLIENTS_N]; /* enum tt_privacy_deed by enum tt_privacy_client */
    uint8_t name[TT_PRIVACY_NAMES_N];     /* … by enum tt_privacy_name */
    const char *doc;                      /* NULL: no setting touches the field */
};

/* By enum tt_field. */
extern const struct tt_privacy_row tt_privacy_rows[TT_FIELDS_N];
