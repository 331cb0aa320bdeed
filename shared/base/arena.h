/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Bump memory of one batch: taken in pieces, given back all at once. Thread: its one owner. */

#include "base/compat.h"

struct tt_arena {
    char *data;
    size_t len;
    size_t cap;
};

/* Allocates cap bytes once. Owns them until tt_arena_fini. Fails: TT_ENOMEM. */
int tt_arena_init(struct tt_arena *arena, size_t cap);
void tt_arena_fini(struct tt_arena *arena);

static inline void tt_arena_reset(struct tt_arena *arena)
{
    arena->len = 0;
}

/* len bytes aligned to 8, not cleared, or NULL when the arena is used up. Lends until the reset. */
static inline void *tt_arena_take(struct tt_arena *arena, size_t len)
{
    size_t at = (arena->len + 7) & ~(size_t)7;

    if (at > arena->cap || arena->cap - at < len)
        return NULL;
    arena->len = at + len;
    return arena->data + at;
}
