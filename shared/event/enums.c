/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/enums.h"

#include <stddef.h>

#define ENUM_BEGIN(type)                                                                                   \
    const char *tt_##type##_word(unsigned value)                                                           \
    {                                                                                                      \
        switch (value) {
#define V(type, name, number, word, doc)                                                                   \
    case number:                                                                                           \
        return word;
#define ENUM_END(type)                                                                                     \
    default:                                                                                               \
        return NULL;                                                                                       \
        }                                                                                                  \
        }
#include "event/enums.def"
