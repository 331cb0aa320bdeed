/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What `status` of the control socket says, for people. */

#include <stdio.h>

#include "base/compat.h"

/* Prints the JSON object of len bytes as lines and tables; ages count back from now_s (since 1970).
 * False: it is no JSON object, nothing was printed. */
bool tt_status_print(FILE *out, const char *json, size_t len, uint64_t now_s);
