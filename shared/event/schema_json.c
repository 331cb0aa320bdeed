/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/schema.h"

#include <string.h>

#include "event/form.h"
#include "event/words.h"

/* As they stand in the JSON text: each backslash of a pattern is two of JSON and four of C. */
#define LABEL "([!-\\\\-/-@\\\\[\\\\]-~]|\\\\\\\\[.\\\\\\\\]|\\\\\\\\[0-9]{3})+"
#define TEXT_SHAPE                                                                                 \
    "\"type\": \"string\", \"minLength\": 1, \"pattern\": "                                        \
    "\"^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$\""
#define NAME_SHAPE                                                                                 \
    "\"type\": \"string\", \"maxLength\": 1008, \"pattern\": \"^(\\\\.|" LABEL "(\\\\." LABEL      \
    ")*)$\""
#define IP_SHAPE                                                                                   \
    "\"type\": \"string\", \"pattern\": \"^[0-9a-f.:]{2,45}$\", "                                  \
    "\"anyOf\": [{\"format\": \"ipv4\"}, {\"format\": \"ipv6\"}]"
#define ID_SHAPE "\"type\": \"string\", \"pattern\": \"^[0-9a-f]{32}$\""
#define HEX64_SHAPE "\"type\": \"string\", \"pattern\": \"^[0-9a-f]{16}$\""
#define TIME_SHAPE                                                                                 \
    "\"type\": \"string\", \"format\": \"date-time\", \"pattern\": "                               \
    "\"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z$\""
#define NET_SHAPE "\"type\": \"string\", \"pattern\": \"^[0-9a-f.:]{2,45}/[0-9]{1,3}$\""
#define TYPE_SHAPE "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9-]*$\""
#define RCODE_SHAPE "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\""
#define UINT_SHAPE(max) "\"type\": \"integer\", \"minimum\": 0, \"maximum\": " max
#define LIST_SHAPE(item)                                                                           \
    "\"type\": \"array\", \"minItems\": 1, \"maxItems\": 32, \"items\": {" item "}"

static const char *const shapes[TT_KINDS_N] = {
    [TT_KIND_BOOL] = "\"type\": \"boolean\"",
    [TT_KIND_U8] = UINT_SHAPE("255"),
    [TT_KIND_U16] = UINT_SHAPE("65535"),
    [TT_KIND_U32] = UINT_SHAPE("4294967295"),
    [TT_KIND_F32] = "\"type\": \"number\", \"minimum\": 0",
    [TT_KIND_ENUM] = "\"type\": \"string\"",
    [TT_KIND_TYPE] = TYPE_SHAPE,
    [TT_KIND_CLASS] = "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\"",
    [TT_KIND_RCODE] = RCODE_SHAPE,
    [TT_KIND_OPCODE] = "\"type\": \"string\", \"pattern\": \"^[A-Z][A-Z0-9]*$\"",
    [TT_KIND_TIME] = TIME_SHAPE,
    [TT_KIND_EVENT_ID] = ID_SHAPE,
    [TT_KIND_TRANSACTION_ID] = ID_SHAPE,
    [TT_KIND_HEX64] = HEX64_SHAPE,
    [TT_KIND_IP] = IP_SHAPE,
    [TT_KIND_NET] = NET_SHAPE,
    [TT_KIND_TEXT] = TEXT_SHAPE,
    [TT_KIND_NAME] = NAME_SHAPE,
    [TT_KIND_TEXTS] = LIST_SHAPE(TEXT_SHAPE),
    [TT_KIND_NAMES] = LIST_SHAPE(NAME_SHAPE),
    [TT_KIND_IPS] = LIST_SHAPE(IP_SHAPE),
    [TT_KIND_U32S] = LIST_SHAPE(UINT_SHAPE("4294967295")),
};

static void print_words(FILE *out, const char *type)
{
    const char *before = ", \"enum\": [";

    for (const struct tt_enum_row *row = tt_enum_rows; row->type != NULL; row++) {
        if (strcmp(row->type, type) != 0)
            continue;
        fprintf(out, "%s\"%s\"", before, row->word);
        before = ", ";
    }
    fputs("]", out);
}

/* What the row narrows beyond its kind. */
static void print_limits(FILE *out, enum tt_field field, const struct tt_field_row *row)
{
    if (field == TT_FIELD_kind)
        fputs(", \"const\": \"dns\"", out);
    else if (field == TT_FIELD_schema_version)
        fprintf(out, ", \"const\": %d", TT_EVENT_SCHEMA_VERSION);
    else if (row->kind == TT_KIND_ENUM)
        print_words(out, row->cap);
    else if (row->kind == TT_KIND_TEXT)
        fprintf(out, ", \"maxLength\": %s", row->cap);
    else if (row->kind == TT_KIND_F32 && strcmp(row->unit, "0..1") == 0)
        fputs(", \"maximum\": 1", out);
}

/* Present on every host, by the column of hosts. */
static bool is_required(const struct tt_field_row *row)
{
    return strspn(row->hosts, "n") == strlen(row->hosts);
}

static void print_required(FILE *out)
{
    const char *before = "      \"required\": [";

    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        if (!is_required(&tt_field_rows[i]))
            continue;
        fprintf(out, "%s\"%s\"", before, tt_field_rows[i].id);
        before = ", ";
    }
    fputs("],\n", out);
}

static void print_dns(FILE *out)
{
    fputs("    \"dns\": {\n"
          "      \"title\": \"record of kind dns\",\n"
          "      \"type\": \"object\",\n"
          "      \"additionalProperties\": false,\n",
          out);
    print_required(out);
    fputs("      \"properties\": {\n", out);
    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        fprintf(out, "        \"%s\": {\"description\": \"%s\", %s", row->id, row->doc,
                shapes[row->kind]);
        print_limits(out, (enum tt_field)i, row);
        fprintf(out, "}%s\n", i + 1 < TT_FIELDS_N ? "," : "");
    }
    fputs("      }\n    }", out);
}

static const char *const form_shapes[TT_FORM_KINDS_N] = {
    [TT_FORM_KIND] = "\"type\": \"string\"",
    [TT_FORM_VERSION] = UINT_SHAPE("4294967295"),
    [TT_FORM_DUP] = "\"type\": \"string\"",
    [TT_FORM_ENUM] = "\"type\": \"string\"",
    [TT_FORM_U32] = UINT_SHAPE("4294967295"),
    [TT_FORM_U64] = UINT_SHAPE("18446744073709551615"),
    [TT_FORM_EVENT_ID] = ID_SHAPE,
    [TT_FORM_TIME] = TIME_SHAPE,
    [TT_FORM_TEXT] = TEXT_SHAPE,
    [TT_FORM_VIEW] = TEXT_SHAPE,
    [TT_FORM_NAME] = NAME_SHAPE,
    [TT_FORM_TOPIC] = TEXT_SHAPE,
    [TT_FORM_FLAG] = "\"type\": \"boolean\"",
    [TT_FORM_MARK] = "\"const\": true",
    [TT_FORM_PORT] = UINT_SHAPE("65535"),
    [TT_FORM_SEQUENCE] = UINT_SHAPE("281474976710655"),
    [TT_FORM_HEX64] = HEX64_SHAPE,
    [TT_FORM_IP] = IP_SHAPE,
    [TT_FORM_NET] = NET_SHAPE,
    [TT_FORM_TYPE] = TYPE_SHAPE,
    [TT_FORM_RCODE] = RCODE_SHAPE,
    [TT_FORM_TEXTS] = LIST_SHAPE(TEXT_SHAPE),
    [TT_FORM_COUNTS] =
        "\"type\": \"object\", \"additionalProperties\": {\"type\": \"integer\", \"minimum\": 1}",
    [TT_FORM_LIST] = "\"type\": \"array\", \"items\": ",
    [TT_FORM_CUT] = "\"const\": true",
};

static void print_form_limits(FILE *out, const struct tt_form *form, const struct tt_form_row *row)
{
    if (row->kind == TT_FORM_KIND)
        fprintf(out, ", \"const\": \"%s\"", tt_record_kind_word(form->kind));
    else if (row->kind == TT_FORM_VERSION)
        fprintf(out, ", \"const\": %d", TT_EVENT_SCHEMA_VERSION);
    else if (row->words != NULL)
        print_words(out, row->cap_text);
    else if (row->kind == TT_FORM_TEXT || row->kind == TT_FORM_VIEW || row->kind == TT_FORM_TOPIC)
        fprintf(out, ", \"maxLength\": %s", row->cap_text);
    else if (row->kind == TT_FORM_LIST)
        fprintf(out, "{\"$ref\": \"#/$defs/%s\"}", row->items->name);
}

/* One form, then those of what its lists hold. */
static void print_form(FILE *out, const struct tt_form *form)
{
    const char *before = "      \"required\": [";

    fprintf(out,
            ",\n    \"%s\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n",
            form->name);
    for (unsigned i = 0; i < form->rows_n; i++) {
        if (form->rows[i].need != 'n')
            continue;
        fprintf(out, "%s\"%s\"", before, form->rows[i].id);
        before = ", ";
    }
    fputs("],\n      \"properties\": {\n", out);
    for (unsigned i = 0; i < form->rows_n; i++) {
        const struct tt_form_row *row = &form->rows[i];
        fprintf(out, "        \"%s\": {\"description\": \"%s\", %s", row->id, row->doc, form_shapes[row->kind]);
        print_form_limits(out, form, row);
        fprintf(out, "}%s\n", i + 1 < form->rows_n ? "," : "");
    }
    fputs("      }\n    }", out);
    for (unsigned i = 0; i < form->rows_n; i++)
        if (form->rows[i].kind == TT_FORM_LIST)
            print_form(out, form->rows[i].items);
}

static void print_choice(FILE *out, const char *kind, const char *end)
{
    fprintf(
        out,
        "    {\"if\": {\"properties\": {\"kind\": {\"const\": \"%s\"}}, \"required\": [\"kind\"]}, "
        "\"then\": {\"$ref\": \"#/$defs/%s\"}}%s\n",
        kind, kind, end);
}

void tt_schema_json(FILE *out)
{
    fputs("{\n"
          "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          "  \"$comment\": \"Generated from shared/event/*_fields.def and enums.def.\",\n"
          "  \"title\": \"telltale record\",\n"
          "  \"type\": \"object\",\n"
          "  \"required\": [\"kind\"],\n"
          "  \"properties\": {\"kind\": {\"enum\": [\"dns\"",
          out);
    for (int i = 0; i < TT_FORMS_N; i++)
        fprintf(out, ", \"%s\"", tt_forms[i]->name);
    fputs("]}},\n  \"allOf\": [\n", out);
    print_choice(out, "dns", ",");
    for (int i = 0; i < TT_FORMS_N; i++)
        print_choice(out, tt_forms[i]->name, i + 1 < TT_FORMS_N ? "," : "");
    fputs("  ],\n  \"$defs\": {\n", out);
    print_dns(out);
    for (int i = 0; i < TT_FORMS_N; i++)
        print_form(out, tt_forms[i]);
    fputs("\n  }\n}\n", out);
}
