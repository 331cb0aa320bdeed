/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Errors: 0 is success, everything else a negative TT_E* with one text each (errors.def). */

enum tt_error_number {
    TT_E__ZERO = 0,
#define E(name, text) TT_N_##name,
#include "base/errors.def"
#undef E
};

enum tt_error {
    TT_OK = 0,
#define E(name, text) TT_E##name = -TT_N_##name,
#include "base/errors.def"
#undef E
};

/* The text of an error, "unknown error" for a number that is none. Lends for ever. Thread: any. */
const char *tt_error_text(int error);

/* The TT_E* that says best what a system call's errno said; TT_EIO when nothing fits. Thread: any. */
int tt_error_from_errno(int errno_value);
