/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What named says of itself in variables that its binary exports. */

#include "base/compat.h"

/* Threads that work at queries, numbered from 0: option -n, else one a processor. Where the variable
 * is missing: the processors, at most 64. */
unsigned tt_named_threads_n(void);

/* True while named reads its configuration for the first time, so that nothing was served yet; also
 * where that cannot be told. */
bool tt_named_is_starting(void);
