/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The enumerations of enums.def as C: "unbound" of software is TT_software_UNBOUND, so that one
 * macro makes every name. 0 means absent in all of them. */

#define ENUM_BEGIN(type) enum tt_##type { TT_##type##_ABSENT = 0,
#define V(type, name, number, word, doc) TT_##type##_##name = number,
#define ENUM_END(type) TT_##type##_END };
#include "event/enums.def"
#undef ENUM_BEGIN
#undef V
#undef ENUM_END

/* The word of a value, NULL for absent or unknown ones: tt_software_word(TT_software_BIND) is "bind".
 * Lends for ever. Thread: any. */
#define ENUM_BEGIN(type) const char *tt_##type##_word(unsigned value);
#define V(type, name, number, word, doc)
#define ENUM_END(type)
#include "event/enums.def"
#undef ENUM_BEGIN
#undef V
#undef ENUM_END
