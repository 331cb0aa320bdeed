/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The types of sinks beside each other, from their rows. */

#include "base/buf.h"
#include "conf/describe.h"
#include "conf/sink_key.h"

static bool has_bit(unsigned mask, unsigned type)
{
    return (mask >> type & 1) != 0;
}

/* Keys that fit: those it needs, or those that file sinks have not as well. */
static void print_keys(FILE *out, unsigned type, bool are_needed)
{
    const struct tt_option *row;
    unsigned n = 0;

    for (uint8_t id = TT_OPTION_ID_SINK_TYPE; (row = tt_option_next(TT_OPTION_ID_SINKS, &id)) != NULL;) {
        unsigned takers = tt_sink_key_takers(id);
        bool is_needed = has_bit(tt_sink_key_needers(id), type);
        bool is_own = has_bit(takers, type) && (type == TT_SINK_FILE || !has_bit(takers, TT_SINK_FILE)) &&
                      takers != TT_SINK_TYPES_ALL && (row->flags & TT_OPTION_INSTEAD) == 0;

        if (are_needed ? is_needed : is_own && !is_needed)
            fprintf(out, "%s`%s`", n++ > 0 ? ", " : "", row->key);
    }
}

void tt_conf_describe_sinks(FILE *out)
{
    const struct tt_word *words = tt_options[TT_OPTION_ID_SINK_TYPE].words;

    fputs(
        "| `type` | what it is | required | its other keys | `topics` by default |\n|---|---|---|---|---|\n",
        out);
    for (unsigned type = 0; type < TT_SINK_TYPES_N; type++) {
        bool is_chosen = has_bit(tt_sink_key_takers(TT_OPTION_ID_SINK_TOPICS), type);

        fprintf(out, "| [`%s`](sinks/%s.md) | %s | ", words[type].word, words[type].word, words[type].doc);
        print_keys(out, type, true);
        fputs(type == TT_SINK_DNSTAP ? "`path`, `address` or `file` | " : " | ", out);
        print_keys(out, type, false);
        fprintf(out, " | %s |\n",
                is_chosen                      ? tt_sink_key_preset(TT_OPTION_ID_SINK_TOPICS, type)
                : type == TT_SINK_REMOTE_WRITE ? "none: samples of metrics"
                                               : "none: frames");
    }
}
