/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "unseen.h"

enum { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 }; /* RFC 1035, 1996, 2136 */

const char *const tt_unseen_words[TT_UNSEEN_N] = {
#define REASON(name, word, source, doc) [TT_UNSEEN_##name] = word,
#include "unseen.def"
#undef REASON
};

TT_STATIC_ASSERT((int)TT_UNSEEN_N <= (int)TT_UNSEEN_MAX, "the core takes so many reasons");

void tt_unseen_start(struct tt_unseen *unseen, bool from_start)
{
    *unseen = (struct tt_unseen){.has_base = from_start};
}

static uint64_t above(uint64_t value, uint64_t known)
{
    return value > known ? value - known : 0;
}

/* Never less than was said before. */
static void raise_to(uint64_t *said, uint64_t value)
{
    *said = TT_MAX(*said, value);
}

/* What came before the plugin: all but the queries that it has seen. */
static void take_base(struct tt_unseen *unseen, const struct tt_named_counters *now,
                      const struct tt_seat_counts *seen)
{
    uint64_t seen_n = seen->begun + seen->no_room;

    unseen->base = *now;
    unseen->base.requests = above(now->requests, seen_n);
    unseen->base.opcodes[OPCODE_QUERY] = above(now->opcodes[OPCODE_QUERY], seen_n);
    unseen->base.types_ordinary = above(now->types_ordinary, seen_n);
    unseen->has_base = true;
}

static bool find_base(struct tt_unseen *unseen, const struct tt_seat_counts *before,
                      const struct tt_named_counters *now, const struct tt_seat_counts *after)
{
    if (!unseen->has_base && (before->begun + before->no_room == after->begun + after->no_room ||
                              ++unseen->looks_n >= TT_UNSEEN_LOOKS_MAX))
        take_base(unseen, now, before);
    return unseen->has_base;
}

static void subtract_base(const struct tt_named_counters *base, struct tt_named_counters *now)
{
    now->requests = above(now->requests, base->requests);
    now->types_ordinary = above(now->types_ordinary, base->types_ordinary);
    now->types_transfer = above(now->types_transfer, base->types_transfer);
    now->types_meta = above(now->types_meta, base->types_meta);
    for (unsigned i = 0; i < TT_COUNT(now->opcodes); i++)
        now->opcodes[i] = above(now->opcodes[i], base->opcodes[i]);
}

/* What came by one counter and not by the next: the first is of the update before, so that a
 * request which was between the two then has passed both by now. */
static void derive(struct tt_host_counts *counts, const struct tt_named_counters *before,
                   const struct tt_named_counters *now, const struct tt_seat_counts *seats)
{
    uint64_t sound = 0, query = now->opcodes[OPCODE_QUERY];
    uint64_t notify = now->opcodes[OPCODE_NOTIFY], update = now->opcodes[OPCODE_UPDATE];

    for (unsigned i = 0; i < TT_COUNT(now->opcodes); i++)
        sound += now->opcodes[i];
    raise_to(&counts->queries, now->requests);
    raise_to(&counts->unseen[TT_UNSEEN_MALFORMED], above(before->requests, sound));
    raise_to(&counts->unseen[TT_UNSEEN_NOTIFY], notify);
    raise_to(&counts->unseen[TT_UNSEEN_UPDATE], update);
    raise_to(&counts->unseen[TT_UNSEEN_OPCODE], above(sound, query + notify + update));
    raise_to(&counts->unseen[TT_UNSEEN_REJECTED],
             above(before->opcodes[OPCODE_QUERY],
                   now->types_ordinary + now->types_transfer + now->types_meta));
    raise_to(&counts->unseen[TT_UNSEEN_TRANSFER], now->types_transfer);
    raise_to(&counts->unseen[TT_UNSEEN_META_TYPE], now->types_meta);
    raise_to(&counts->unseen[TT_UNSEEN_NO_PLUGIN],
             above(before->types_ordinary, seats->begun + seats->no_room));
    raise_to(&counts->unseen[TT_UNSEEN_NO_ROOM], seats->no_room);
    raise_to(&counts->unseen[TT_UNSEEN_LOST], seats->lost);
    counts->in_flight = above(seats->begun, seats->ended);
}

bool tt_unseen_update(struct tt_unseen *unseen, const struct tt_seat_counts *before,
                      const struct tt_named_counters *now, const struct tt_seat_counts *after)
{
    struct tt_named_counters since = *now;

    if (!find_base(unseen, before, now, after))
        return false;
    subtract_base(&unseen->base, &since);
    derive(&unseen->counts, &unseen->since, &since, after);
    unseen->since = since;
    return true;
}
