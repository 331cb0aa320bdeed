/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The enumerations as data: words by number for the writers, rows for whoever prints. */

#include "base/str.h"
#include "event/enums.h"

/* With their lengths; an unused number is an absent view. */
#define ENUM_BEGIN(type) extern const struct tt_str tt_##type##_words[TT_##type##_END];
#define V(type, name, number, word, doc)
#define ENUM_END(type)
#include "event/enums.def"
#undef ENUM_BEGIN
#undef V
#undef ENUM_END

/* One row of enums.def; rows of one type stand together, in the order of their numbers. */
struct tt_enum_row {
    const char *type, *name, *word, *doc;
    unsigned number;
};

/* Ends with a row whose type is NULL. */
extern const struct tt_enum_row tt_enum_rows[];
