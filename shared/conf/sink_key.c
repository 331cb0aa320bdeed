/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/sink_key.h"

#include "base/buf.h"

enum {
    FILE = 1 << TT_SINK_FILE,
    KAFKA = 1 << TT_SINK_KAFKA,
    REMOTE_WRITE = 1 << TT_SINK_REMOTE_WRITE,
    LOKI = 1 << TT_SINK_LOKI,
    DNSTAP = 1 << TT_SINK_DNSTAP
};

static const struct {
    uint8_t id; /* enum tt_option_id */
    uint8_t takers, needers;
} keys[] = {
#define K(option, types, needed) {TT_OPTION_ID_##option, (types), (needed)},
#define V(option, type, value, sample)
#include "conf/sink_keys.def"
#undef K
#undef V
};

static const struct {
    uint8_t id;
    uint8_t type;
    const char *preset, *example;
} own[] = {
#define K(option, types, needed)
#define V(option, kind, value, sample) {TT_OPTION_ID_##option, TT_SINK_##kind, value, sample},
#include "conf/sink_keys.def"
#undef K
#undef V
};

unsigned tt_sink_key_takers(uint8_t id)
{
    for (size_t i = 0; i < TT_COUNT(keys); i++) {
        if (keys[i].id == id)
            return keys[i].takers;
    }
    return TT_SINK_TYPES_ALL;
}

unsigned tt_sink_key_needers(uint8_t id)
{
    for (size_t i = 0; i < TT_COUNT(keys); i++) {
        if (keys[i].id == id)
            return keys[i].needers;
    }
    return 0;
}

const char *tt_sink_key_preset(uint8_t id, unsigned type)
{
    for (size_t i = 0; i < TT_COUNT(own); i++) {
        if (own[i].id == id && own[i].type == type && own[i].preset != NULL)
            return own[i].preset;
    }
    return tt_options[id].preset;
}

const char *tt_sink_key_example(uint8_t id, unsigned type)
{
    for (size_t i = 0; i < TT_COUNT(own); i++) {
        if (own[i].id == id && own[i].type == type && own[i].example != NULL)
            return own[i].example;
    }
    return tt_options[id].example != NULL ? tt_options[id].example : tt_sink_key_preset(id, type);
}

bool tt_sink_key_has_own_preset(uint8_t id, unsigned type)
{
    return tt_sink_key_preset(id, type) != tt_options[id].preset;
}

bool tt_sink_key_has_own_example(uint8_t id, unsigned type)
{
    const char *example = tt_sink_key_example(id, type);

    return example != tt_options[id].example && example != tt_sink_key_preset(id, type);
}

void tt_sink_key_types(unsigned types, const char *joint, struct tt_buf *buf)
{
    unsigned left = types;

    for (unsigned type = 0; left != 0; type++) {
        if ((left >> type & 1) == 0)
            continue;
        if (left != types)
            tt_buf_format(buf, left == 1u << type ? " %s " : ", ", joint);
        tt_buf_text(buf, tt_conf_sink_type_word(type));
        left &= ~(1u << type);
    }
}
