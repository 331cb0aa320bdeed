/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The mistakes of one file while it is being read: kept in any order, given out by line. */

#include <stdarg.h>

#include "conf/conf.h"

enum { TT_PROBLEMS_KEPT_MAX = 512 };

struct tt_problem {
    uint32_t line; /* 0: of the file as a whole */
    uint16_t at, len; /* in text */
};

struct tt_problems {
    const char *file; /* name for the texts; borrowed */
    unsigned count; /* all, also those that found no room */
    unsigned kept_n;
    uint32_t used;
    struct tt_problem kept[TT_PROBLEMS_KEPT_MAX];
    char text[sizeof(((struct tt_conf_errors *)0)->text) - 512]; /* the rest: a line about those left out */
};

/* Heap, for it is large. Fails: NULL. */
struct tt_problems *tt_problems_new(const char *file);
void tt_problems_free(struct tt_problems **problems);

/* False: what is added from now on is counted only. */
bool tt_problems_have_room(const struct tt_problems *problems);

/* Adds "file:line: key: text". line 0 leaves the number out, key "" the key. */
void tt_problems_add(struct tt_problems *problems, uint32_t line, const char *key, const char *format, ...)
    TT_PRINTF(4, 5);
void tt_problems_vadd(struct tt_problems *problems, uint32_t line, const char *key, const char *format,
                      va_list args);

/* All of them by line, those of one line in the order they were found. */
void tt_problems_give(struct tt_problems *problems, struct tt_conf_errors *errors);
