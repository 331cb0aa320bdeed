/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/buf.h"
#include "conf/describe.h"
#include "conf/option.h"

enum { PROSE_WIDTH = 100 };

void tt_conf_describe_prose(FILE *out, unsigned indent, const char *text)
{
    static const char lead[] = "#";
    size_t width = PROSE_WIDTH - indent;

    while (*text != '\0') {
        size_t len = strlen(text);

        if (len > width) {
            for (len = width; len > 0 && text[len] != ' ';)
                len--;
        }
        fprintf(out, "%s%*s%s %.*s\n", lead, (int)indent, "", indent > 0 ? "#" : "", (int)len, text);
        text += len;
        text += strspn(text, " ");
    }
}

static void print_rows(FILE *out, uint8_t parent, unsigned indent, bool with_prose);

void tt_conf_describe_sample_about(FILE *out, uint8_t id, unsigned indent)
{
    const struct tt_option *row = &tt_options[id];
    char text[900];
    struct tt_buf buf = tt_buf_over(text, sizeof(text) - 1);
    bool is_shown = tt_option_is_value(row) || row->example != NULL;

    tt_conf_describe_doc(id, &buf);
    if (tt_option_is_value(row)) {
        tt_buf_text(&buf, " Value: ");
        tt_option_expect(row, &buf);
        tt_buf_char(&buf, '.');
    }
    if (!tt_option_has_preset(row) && is_shown) {
        tt_buf_text(&buf, " Default: ");
        tt_conf_describe_preset(id, "", &buf);
        tt_buf_char(&buf, '.');
    }
    tt_conf_describe_prose(out, indent, tt_buf_cstr(&buf));
}

/* One key and what stands below it; a list shows one item. */
static void print_row(FILE *out, uint8_t id, unsigned indent, bool is_first_of_item, bool with_prose)
{
    const struct tt_option *row = &tt_options[id];
    bool is_deeper = row->kind == TT_OPTION_MAPS || row->kind == TT_OPTION_NAMED_MAPS;
    unsigned dash = is_first_of_item ? 2 : 0;

    if (with_prose)
        tt_conf_describe_sample_about(out, id, indent);
    if ((row->flags & TT_OPTION_INSTEAD) != 0) {
        fprintf(out, "#%*s# %s: %s\n", (int)indent, "", row->key, row->example);
        return;
    }
    fprintf(out, "#%*s%s%s:", (int)(indent - dash), "", is_first_of_item ? "- " : "", row->key);
    if (tt_option_is_value(row) || (row->children != id && row->example != NULL)) {
        fprintf(out, " %s\n", row->example != NULL ? row->example : row->preset);
        return;
    }
    if (row->kind == TT_OPTION_HOSTS) {
        fprintf(out, "\n#  bind:\n#    privacy:\n#      client: net\n");
        return;
    }
    fputc('\n', out);
    if (id == TT_OPTION_ID_SINKS) {
        tt_conf_describe_sample_sinks(out, indent + 4);
        return;
    }
    if (row->kind == TT_OPTION_NAMED_MAPS)
        fprintf(out, "#%*s%s:\n", (int)indent + 2, "", row->example);
    /* Rows that another one has as well are explained there. */
    print_rows(out, row->children, indent + (is_deeper ? 4 : 2), with_prose && row->children == id);
}

void tt_conf_describe_sample_row(FILE *out, uint8_t id, unsigned indent, bool with_prose)
{
    print_row(out, id, indent, false, with_prose);
}

static void print_rows(FILE *out, uint8_t parent, unsigned indent, bool with_prose)
{
    bool is_item = tt_options[parent].kind == TT_OPTION_MAPS;

    for (uint8_t id = TT_OPTION_ID_ROOT; tt_option_next(parent, &id) != NULL; is_item = false) {
        if (indent == 0)
            fputs("#\n", out);
        print_row(out, id, indent, is_item, with_prose);
    }
}

void tt_conf_describe_sample(FILE *out)
{
    fputs("# The configuration of telltale. What is commented out here is the default; where the text above\n"
          "# it says \"Default: ...\" it is an example. To check a file before a reload:\n"
          "# telltalectl check FILE\n",
          out);
    print_rows(out, TT_OPTION_ID_ROOT, 0, true);
}
