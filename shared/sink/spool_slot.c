/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sink/spool_state.h"

enum { SLOTS_FIRST = 1024 };

static bool grow(struct tt_spool *spool)
{
    uint32_t n = TT_MAX(2 * spool->slots_n, (uint32_t)SLOTS_FIRST);
    struct tt_spool_slot *slots = realloc(spool->slots, n * sizeof(*slots));

    if (slots == NULL)
        return false;
    for (uint32_t i = n; i > spool->slots_n; i--) {
        slots[i - 1] = (struct tt_spool_slot){.generation = spool->generation, .next_free = spool->free_slot};
        spool->free_slot = i - 1;
    }
    spool->slots = slots;
    spool->slots_n = n;
    return true;
}

bool tt_spool_slot_take(struct tt_spool *spool, struct tt_spool_segment *segment, uint32_t record,
                        struct tt_spool_block *block, uint64_t *token)
{
    struct tt_spool_slot *slot;
    uint32_t place;

    if (spool->free_slot == UINT32_MAX && !grow(spool))
        return false;
    place = spool->free_slot;
    slot = &spool->slots[place];
    spool->free_slot = slot->next_free;
    slot->segment = segment;
    slot->block = block;
    slot->record = record;
    block->refs++;
    spool->flying_n++;
    *token = (uint64_t)slot->generation << 32 | place;
    return true;
}

struct tt_spool_slot *tt_spool_slot_find(struct tt_spool *spool, uint64_t token)
{
    uint32_t place = (uint32_t)token;
    struct tt_spool_slot *slot = place < spool->slots_n ? &spool->slots[place] : NULL;

    return slot != NULL && slot->segment != NULL && slot->generation == token >> 32 ? slot : NULL;
}

void tt_spool_slot_free(struct tt_spool *spool, struct tt_spool_slot *slot)
{
    tt_spool_block_release(spool, slot->block);
    spool->flying_n--;
    slot->segment = NULL;
    slot->block = NULL;
    slot->generation++;
    slot->next_free = spool->free_slot;
    spool->free_slot = (uint32_t)(slot - spool->slots);
}

void tt_spool_tell_pending(struct tt_spool *spool, struct tt_spool_changes *changes)
{
    if (!spool->has_pending)
        return;
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        changes->uncertain[topic] += spool->pending.uncertain[topic];
        tt_spool_show(&spool->shown.records[topic], -(int64_t)spool->pending.uncertain[topic]);
        for (unsigned reason = 0; reason < TT_SINK_DROPS_N; reason++) {
            uint64_t n = spool->pending.dropped[topic][reason];
            changes->dropped[topic][reason] += n;
            tt_spool_show(&spool->shown.records[topic], -(int64_t)n);
        }
    }
    memset(&spool->pending, 0, sizeof(spool->pending));
    spool->has_pending = false;
}
