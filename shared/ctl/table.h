/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Cells in aligned columns on a terminal. Text is cleaned when it is put in. */

#include <stdio.h>

#include "base/compat.h"

enum { TT_TABLE_COLUMNS_MAX = 12 };

struct tt_table {
    unsigned columns_n;
    unsigned right; /* bit mask of columns that are aligned to the right: numbers */
    char **cells;   /* row by row; its own */
    size_t cells_n, cells_cap;
    bool is_broken; /* no memory: prints what it has */
};

/* Starts with a row of heads. */
void tt_table_init(struct tt_table *table, unsigned right, unsigned columns_n, const char *const *heads);

/* The next cell, row by row. */
void tt_table_add(struct tt_table *table, const char *format, ...) TT_PRINTF(2, 3);

/* Prints and frees all. A row that is not whole is left out. */
void tt_table_print(struct tt_table *table, FILE *out);
