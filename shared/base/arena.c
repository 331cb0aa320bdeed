/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/arena.h"

#include <stdlib.h>

#include "base/err.h"

int tt_arena_init(struct tt_arena *arena, size_t cap)
{
    arena->data = malloc(cap);
    arena->len = 0;
    arena->cap = arena->data != NULL ? cap : 0;
    return arena->data != NULL ? TT_OK : TT_ENOMEM;
}

void tt_arena_fini(struct tt_arena *arena)
{
    free(arena->data);
    *arena = (struct tt_arena){0};
}
