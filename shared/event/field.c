/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/field.h"

#include "event/enums.h"
#include "event/words.h"

#define F(id, kind, cap, tag, stage, origin, privacy, hosts, unit, source, from, word, doc)        \
    {#id, TT_KIND_##kind, TT_STAGE_##stage, TT_ORIGIN_##origin, TT_PRIVATE_##privacy, tag, #cap,     \
     hosts, unit, source, from, word, doc},
const struct tt_field_row tt_field_rows[TT_FIELDS_N] = {
#include "event/event_fields.def"
};
#undef F

/* Word tables: a hole in the numbers is an absent view. */
#define ENUM_BEGIN(type) const struct tt_str tt_##type##_words[TT_##type##_END] = {
#define V(type, name, number, word, doc) [number] = {word, sizeof(word) - 1},
#define ENUM_END(type) };
#include "event/enums.def"
#undef ENUM_BEGIN
#undef V
#undef ENUM_END

const struct tt_enum_row tt_enum_rows[] = {
#define ENUM_BEGIN(type)
#define V(type, name, number, word, doc) {#type, #name, word, doc, number},
#define ENUM_END(type)
#include "event/enums.def"
#undef ENUM_BEGIN
#undef V
#undef ENUM_END
    {NULL, NULL, NULL, NULL, 0},
};

const char *tt_field_stage_word(unsigned stage)
{
    static const char *const words[] = {"raw", "normalized", "enriched"};

    return stage < TT_COUNT(words) ? words[stage] : "";
}

const char *tt_field_origin_word(unsigned origin)
{
    static const char *const words[] = {"observed", "computed", "feed"};

    return origin < TT_COUNT(words) ? words[origin] : "";
}

const char *tt_field_class_word(unsigned privacy)
{
    static const char *const words[] = {"personal", "derived", "none"};

    return privacy < TT_COUNT(words) ? words[privacy] : "";
}

/* Which rows a topic carries, as constants: the bit of row `id`, in word `half`, when `cond` holds. */
#define BIT(id, half, cond)                                                                        \
    | (TT_FIELD_##id / 64 == (half) && (cond) ? (uint64_t)1 << (TT_FIELD_##id % 64) : 0)
#define IN_RAW(stage, privacy) (TT_STAGE_##stage == TT_STAGE_RAW)
#define IN_NORMALIZED(stage, privacy)                                                              \
    (TT_STAGE_##stage <= TT_STAGE_NORMALIZED && TT_PRIVATE_##privacy != TT_PRIVATE_PERSONAL)
#define IN_ENRICHED(stage, privacy) true

static const struct tt_fields topic_fields[] = {
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 0, IN_RAW(stage, privacy))
    [TT_TOPIC_RAW] = {{0
#include "event/event_fields.def"
#undef F
                       ,
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 1, IN_RAW(stage, privacy))
                       0
#include "event/event_fields.def"
#undef F
    }},
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 0, IN_NORMALIZED(stage, privacy))
    [TT_TOPIC_NORMALIZED] = {{0
#include "event/event_fields.def"
#undef F
                              ,
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 1, IN_NORMALIZED(stage, privacy))
                              0
#include "event/event_fields.def"
#undef F
    }},
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 0, IN_ENRICHED(stage, privacy))
    [TT_TOPIC_ENRICHED] = {{0
#include "event/event_fields.def"
#undef F
                            ,
#define F(id, kind, cap, tag, stage, origin, privacy, ...) BIT(id, 1, IN_ENRICHED(stage, privacy))
                            0
#include "event/event_fields.def"
#undef F
    }},
};

struct tt_fields tt_fields_of_topic(enum tt_topic topic)
{
    static const struct tt_fields none = {{0, 0}};

    return (unsigned)topic < TT_COUNT(topic_fields) ? topic_fields[topic] : none;
}
