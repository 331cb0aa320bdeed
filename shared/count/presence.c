/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fields are counted bit-sliced: the set of fields of an event is added to eight planes of 128 bits
 * as one number of eight bits a field, a carry at a time, and the planes are emptied into counters
 * before a number can overflow. An event costs the same however many fields it has.
 */

#include "count/presence.h"

#include <string.h>

enum {
    ON_CLIENT = 1 << TT_PRESENCE_CLIENT,
    ON_UPSTREAM = 1 << TT_PRESENCE_UPSTREAM,
    PLANES_FULL = (1 << TT_PRESENCE_PLANES_N) - 1,
};

/* The column `from`: the first of the fields it names. */
static unsigned find_first(const char *from)
{
    size_t len = strcspn(from, " ");
    unsigned i = 0;

    while (i < TT_FIELDS_N &&
           (strncmp(tt_field_rows[i].id, from, len) != 0 || tt_field_rows[i].id[len] != '\0'))
        i++;
    return i;
}

static unsigned find_root(unsigned field)
{
    while (*tt_field_rows[field].from != '\0') {
        unsigned next = find_first(tt_field_rows[field].from);
        if (next >= field)
            break;
        field = next;
    }
    return field;
}

/* What only an exit fills is never in an event of the pipeline. */
static bool is_of_exits(const struct tt_field_row *row)
{
    return strcmp(row->source, "sink") == 0 || strcmp(row->source, "event/privacy.c") == 0 ||
           strcmp(row->source, "probe") == 0;
}

void tt_presence_make_plans(struct tt_presence_plan *plans)
{
    for (unsigned i = 0; i < TT_FIELDS_N; i++)
        plans[i].sides = ON_CLIENT | ON_UPSTREAM;
#define SIDE(id, side) plans[TT_FIELD_##id].sides = ON_##side;
#define FED(id) plans[TT_FIELD_##id].is_fed = true;
#define DISTINCT(id, how)
#include "count/quality.def"
#undef SIDE
#undef FED
#undef DISTINCT
    for (unsigned i = 0; i < TT_FIELDS_N; i++) {
        plans[i].root = (uint8_t)find_root(i);
        plans[i].sides &= plans[plans[i].root].sides;
        if (is_of_exits(&tt_field_rows[i]))
            plans[i].sides = 0;
    }
}

/* Eight bits as eight bytes of 0 or 1, the lowest bit in the lowest byte. */
static uint64_t spread_bits(uint8_t bits)
{
    uint64_t one_each = bits * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

    return (one_each + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

/* Eight fields at a time: their numbers fit the eight bytes of a word. */
static void empty_planes(struct tt_presence_part *part)
{
    for (unsigned i = 0; i < TT_FIELDS_N; i += 8) {
        uint64_t numbers = 0;
        for (unsigned k = 0; k < TT_PRESENCE_PLANES_N; k++)
            numbers |= spread_bits((uint8_t)(part->planes[k][i / 64] >> (i % 64))) << k;
        for (unsigned n = 0; n < 8; n++)
            part->present[i + n] += numbers >> (8 * n) & 0xff;
    }
    memset(part->planes, 0, sizeof(part->planes));
    part->planes_events = 0;
}

void tt_presence_add(struct tt_presence *presence, enum tt_presence_side side,
                     const struct tt_fields *have)
{
    struct tt_presence_part *part = &presence->sides[side];
    tt_presence_plane carry = {have->bits[0], have->bits[1]};

    for (unsigned k = 0; k < TT_PRESENCE_PLANES_N; k++) {
        tt_presence_plane next = part->planes[k] & carry;
        part->planes[k] ^= carry;
        carry = next;
    }
    part->events++;
    if (++part->planes_events == PLANES_FULL)
        empty_planes(part);
}

uint64_t tt_presence_events(const struct tt_presence *presence)
{
    return presence->sides[TT_PRESENCE_CLIENT].events +
           presence->sides[TT_PRESENCE_UPSTREAM].events;
}

struct tt_presence_ratio tt_presence_ratio(struct tt_presence *presence,
                                           const struct tt_presence_plan *plans,
                                           enum tt_field field)
{
    const struct tt_presence_plan *plan = &plans[field];
    struct tt_presence_ratio ratio = {0, 0};
    uint64_t present = 0;

    for (unsigned i = 0; i < TT_PRESENCE_SIDES_N; i++) {
        struct tt_presence_part *part = &presence->sides[i];
        if (!(plan->sides & 1 << i))
            continue;
        if (part->planes_events > 0)
            empty_planes(part);
        ratio.events += plan->root == field ? part->events : part->present[plan->root];
        present += part->present[field];
    }
    if (ratio.events > 0)
        ratio.absent = 1 - (double)TT_MIN(present, ratio.events) / (double)ratio.events;
    return ratio;
}
