/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The sinks of the sample: an item for each type. What was explained is not explained again, and what the
 * first item has is not repeated unless it is another thing there. */

#include "base/buf.h"
#include "conf/describe.h"
#include "conf/sink_key.h"

struct printer {
    FILE *out;
    unsigned indent;
    bool is_told[TT_OPTION_IDS_N];
};

static bool takes(uint8_t id, unsigned type)
{
    return (tt_sink_key_takers(id) >> type & 1) != 0;
}

static bool is_repeated(uint8_t id, unsigned type)
{
    return type == TT_SINK_FILE || !takes(id, TT_SINK_FILE) || id == TT_OPTION_ID_SINK_NAME ||
           tt_sink_key_has_own_preset(id, type) || tt_sink_key_has_own_example(id, type);
}

static void print_children(struct printer *printer, uint8_t parent, unsigned indent)
{
    const struct tt_option *row;

    for (uint8_t id = TT_OPTION_ID_ROOT; (row = tt_option_next(parent, &id)) != NULL;) {
        char text[100];
        struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);

        tt_buf_format(&buf, "%s:", row->key);
        tt_conf_describe_prose(printer->out, indent, tt_buf_cstr(&buf));
        tt_conf_describe_sample_about(printer->out, id, indent + 2);
    }
}

/* On one line, for its keys contradict each other when all are given. */
static void print_inline(struct printer *printer, uint8_t id, unsigned type)
{
    const struct tt_option *row = &tt_options[id];

    if (!printer->is_told[id]) {
        tt_conf_describe_sample_about(printer->out, id, printer->indent);
        if (!tt_option_is_value(row))
            print_children(printer, id, printer->indent + 2);
    }
    fprintf(printer->out, "#%*s%s: %s\n", (int)printer->indent, "", row->key, tt_sink_key_example(id, type));
}

static void print_key(struct printer *printer, uint8_t id, unsigned type)
{
    if (id == TT_OPTION_ID_SINK_NAME) {
        if (!printer->is_told[id])
            tt_conf_describe_sample_about(printer->out, id, printer->indent);
        fprintf(printer->out, "#%*sname: %s\n", (int)printer->indent, "", tt_conf_sink_type_word(type));
    } else if (tt_sink_key_has_own_preset(id, type) || tt_sink_key_has_own_example(id, type)) {
        print_inline(printer, id, type);
    } else {
        tt_conf_describe_sample_row(printer->out, id, printer->indent, !printer->is_told[id]);
    }
    printer->is_told[id] = true;
}

static void print_others(struct printer *printer, unsigned type)
{
    char text[300];
    struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);
    const struct tt_option *row;
    unsigned n = 0;

    for (uint8_t id = TT_OPTION_ID_SINK_TYPE; (row = tt_option_next(TT_OPTION_ID_SINKS, &id)) != NULL;) {
        if (takes(id, type) && !is_repeated(id, type))
            tt_buf_format(&buf, "%s%s", n++ > 0 ? ", " : "And, as above: ", row->key);
    }
    if (n > 0)
        tt_conf_describe_prose(printer->out, printer->indent, tt_buf_cstr(&buf));
}

void tt_conf_describe_sample_sinks(FILE *out, unsigned indent)
{
    struct printer printer = {.out = out, .indent = indent};

    tt_conf_describe_sample_about(out, TT_OPTION_ID_SINK_TYPE, indent);
    for (unsigned type = 0; type < TT_SINK_TYPES_N; type++) {
        fprintf(out, "#%*s- type: %s\n", (int)indent - 2, "", tt_conf_sink_type_word(type));
        for (uint8_t id = TT_OPTION_ID_SINK_TYPE; tt_option_next(TT_OPTION_ID_SINKS, &id) != NULL;) {
            if (takes(id, type) && is_repeated(id, type))
                print_key(&printer, id, type);
        }
        print_others(&printer, type);
    }
}
