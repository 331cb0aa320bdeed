/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

#include "answer.h"

/* enum tt_servfail_reason of an answer with SERVFAIL; see servfail.def. */
uint8_t tt_servfail_reason(const struct tt_answer *answer);
