/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { CELL_MAX = 1024 };

void tt_table_init(struct tt_table *table, unsigned right, unsigned columns_n, const char *const *heads)
{
    columns_n = TT_MIN(columns_n, (unsigned)TT_TABLE_COLUMNS_MAX);
    *table = (struct tt_table){.columns_n = columns_n, .right = right};
    for (unsigned i = 0; i < columns_n; i++)
        tt_table_add(table, "%s", heads[i]);
}

void tt_table_add(struct tt_table *table, const char *format, ...)
{
    char text[CELL_MAX], clean[3 * CELL_MAX];
    char **cells, *cell;
    va_list args;
    size_t len;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (table->cells_n == table->cells_cap && !table->is_broken) {
        size_t cap = 2 * table->cells_cap + 64;
        cells = realloc(table->cells, cap * sizeof(*cells));
        table->is_broken = cells == NULL;
        if (cells != NULL) {
            table->cells = cells;
            table->cells_cap = cap;
        }
    }
    len = tt_str_clean(text, strlen(text), clean, sizeof(clean));
    cell = table->is_broken ? NULL : strndup(clean, len);
    table->is_broken |= cell == NULL;
    if (cell != NULL)
        table->cells[table->cells_n++] = cell;
}

/* Characters, not bytes. */
static size_t width_of(const char *cell)
{
    size_t n = 0;

    for (; *cell != '\0'; cell++)
        n += ((unsigned char)*cell & 0xc0) != 0x80;
    return n;
}

static void print_row(const struct tt_table *table, char *const *row, const size_t *widths, FILE *out)
{
    unsigned n = table->columns_n;

    while (n > 1 && row[n - 1][0] == '\0')
        n--;
    for (unsigned i = 0; i < n; i++) {
        int pad = (int)(widths[i] - width_of(row[i]));
        bool is_right = (table->right & 1u << i) != 0;
        fprintf(out, "  %*s%s%*s", is_right ? pad : 0, "", row[i], is_right || i + 1 == n ? 0 : pad, "");
    }
    fputc('\n', out);
}

void tt_table_print(struct tt_table *table, FILE *out)
{
    size_t widths[TT_TABLE_COLUMNS_MAX] = {0};
    size_t rows_n = table->cells_n / table->columns_n;

    for (size_t i = 0; i < rows_n * table->columns_n; i++) {
        size_t *width = &widths[i % table->columns_n];
        *width = TT_MAX(*width, width_of(table->cells[i]));
    }
    for (size_t i = 0; i < rows_n; i++)
        print_row(table, &table->cells[i * table->columns_n], widths, out);
    for (size_t i = 0; i < table->cells_n; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct tt_table){.columns_n = 1};
}
