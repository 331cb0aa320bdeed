/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/schema.h"

#include <ctype.h>
#include <string.h>

#include "event/form.h"
#include "event/words.h"

struct proto_kind {
    const char *type;
    const char *note; /* what the bytes or numbers mean; "" when the type says it */
};

static const struct proto_kind kinds[TT_KINDS_N] = {
    [TT_KIND_BOOL] = {"optional bool", ""},
    [TT_KIND_U8] = {"optional uint32", ""},
    [TT_KIND_U16] = {"optional uint32", ""},
    [TT_KIND_U32] = {"optional uint32", ""},
    [TT_KIND_F32] = {"optional float", ""},
    [TT_KIND_ENUM] = {NULL, ""},
    [TT_KIND_TYPE] = {"optional uint32", "number"},
    [TT_KIND_CLASS] = {"optional uint32", "number"},
    [TT_KIND_RCODE] = {"optional uint32", "number"},
    [TT_KIND_OPCODE] = {"optional uint32", "number"},
    [TT_KIND_TIME] = {"optional fixed64", "microseconds since 1970-01-01T00:00:00Z"},
    [TT_KIND_EVENT_ID] = {"optional bytes", "16 bytes"},
    [TT_KIND_TRANSACTION_ID] = {"optional bytes", "16 bytes"},
    [TT_KIND_HEX64] = {"optional fixed64", "JSON shows it as 16 hexadecimal digits"},
    [TT_KIND_IP] = {"optional bytes", "4 or 16 bytes, network order"},
    [TT_KIND_NET] = {"optional bytes",
                     "4 or 16 bytes of address, network order, then one byte of prefix length"},
    [TT_KIND_TEXT] = {"optional string", ""},
    [TT_KIND_NAME] = {"optional string", ""},
    [TT_KIND_TEXTS] = {"repeated string", ""},
    [TT_KIND_NAMES] = {"repeated string", ""},
    [TT_KIND_IPS] = {"repeated bytes", "4 or 16 bytes each, network order"},
    [TT_KIND_U32S] = {"repeated uint32", ""},
};

/* message_type → MessageType */
static void print_type(FILE *out, const char *name)
{
    for (bool is_start = true; *name != '\0'; name++) {
        if (*name != '_')
            fputc(is_start ? toupper((unsigned char)*name) : *name, out);
        is_start = *name == '_';
    }
}

static void print_upper(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        fputc(toupper((unsigned char)*name), out);
}

/* One enumeration, from its first row on. Returns the row behind it. */
static const struct tt_enum_row *print_enum(FILE *out, const struct tt_enum_row *row)
{
    const char *type = row->type;

    fputs("\nenum ", out);
    print_type(out, type);
    fputs(" {\n  ", out);
    print_upper(out, type);
    fputs("_UNSPECIFIED = 0;\n", out);
    for (; row->type != NULL && strcmp(row->type, type) == 0; row++) {
        fprintf(out, "  // %s\n  ", row->doc);
        print_upper(out, type);
        fprintf(out, "_%s = %u;\n", row->name, row->number);
    }
    fputs("}\n", out);
    return row;
}

static void print_field(FILE *out, const struct tt_field_row *row)
{
    const struct proto_kind *kind = &kinds[row->kind];

    fprintf(out, "  // %s%s%s", row->doc, kind->note[0] != '\0' ? "; " : "", kind->note);
    fprintf(out, "%s%s\n  ", row->unit[0] != '\0' ? "; unit: " : "", row->unit);
    if (kind->type != NULL) {
        fputs(kind->type, out);
    } else {
        fputs("optional ", out);
        print_type(out, row->cap);
    }
    fprintf(out, " %s = %u;\n", row->id, row->tag);
}

/* NULL: the row says it. */
static const struct proto_kind form_kinds[TT_FORM_KINDS_N] = {
    [TT_FORM_KIND] = {NULL, ""},
    [TT_FORM_VERSION] = {"optional uint32", ""},
    [TT_FORM_DUP] = {NULL, ""},
    [TT_FORM_ENUM] = {NULL, ""},
    [TT_FORM_U32] = {"optional uint32", ""},
    [TT_FORM_U64] = {"optional uint64", ""},
    [TT_FORM_EVENT_ID] = {"optional bytes", "; 16 bytes"},
    [TT_FORM_TIME] = {"optional fixed64", "; microseconds since 1970-01-01T00:00:00Z"},
    [TT_FORM_TEXT] = {"optional string", ""},
    [TT_FORM_VIEW] = {"optional string", ""},
    [TT_FORM_NAME] = {"optional string", ""},
    [TT_FORM_TOPIC] = {"optional string", ""},
    [TT_FORM_FLAG] = {"optional bool", ""},
    [TT_FORM_MARK] = {"optional bool", ""},
    [TT_FORM_PORT] = {"optional uint32", ""},
    [TT_FORM_SEQUENCE] = {"optional uint64", ""},
    [TT_FORM_HEX64] = {"optional fixed64", "; JSON shows it as 16 hexadecimal digits"},
    [TT_FORM_IP] = {"optional bytes", "; 4 or 16 bytes, network order"},
    [TT_FORM_NET] = {"optional bytes", "; 4 or 16 bytes of address, network order, then one byte of prefix length"},
    [TT_FORM_TYPE] = {"optional uint32", "; number"},
    [TT_FORM_RCODE] = {"optional uint32", "; number"},
    [TT_FORM_TEXTS] = {"repeated string", ""},
    [TT_FORM_COUNTS] = {"map<string, uint64>", ""},
    [TT_FORM_LIST] = {NULL, ""},
    [TT_FORM_CUT] = {"optional bool", ""},
};

static void print_form_row(FILE *out, const struct tt_form_row *row)
{
    const struct proto_kind *kind = &form_kinds[row->kind];

    fprintf(out, "  // %s%s\n  ", row->doc, kind->note);
    if (kind->type != NULL) {
        fputs(kind->type, out);
    } else if (row->items != NULL) {
        fprintf(out, "repeated %s", row->items->message);
    } else {
        fputs("optional ", out);
        print_type(out, row->cap_text);
    }
    fprintf(out, " %s = %u;\n", row->id, row->tag);
}

/* One form, then those of what its lists hold. */
static void print_form(FILE *out, const struct tt_form *form)
{
    fprintf(out, "\n// %s\nmessage %s {\n", form->doc, form->message);
    for (unsigned i = 0; i < form->rows_n; i++)
        print_form_row(out, &form->rows[i]);
    fputs("}\n", out);
    for (unsigned i = 0; i < form->rows_n; i++)
        if (form->rows[i].kind == TT_FORM_LIST)
            print_form(out, form->rows[i].items);
}

void tt_schema_proto(FILE *out)
{
    fputs("// Generated from shared/event/*_fields.def and enums.def.\n"
          "// A field that is not known is absent. Numbers are never reused.\n"
          "syntax = \"proto3\";\n\n"
          "package telltale.v1;\n",
          out);
    for (const struct tt_enum_row *row = tt_enum_rows; row->type != NULL;)
        row = print_enum(out, row);
    fputs("\n// A record of kind dns: one query of a client, or one exchange with an upstream.\n"
          "message DnsEvent {\n",
          out);
    for (size_t i = 0; i < TT_FIELDS_N; i++)
        print_field(out, &tt_field_rows[i]);
    fputs("}\n", out);
    for (int i = 0; i < TT_FORMS_N; i++)
        print_form(out, tt_forms[i]);
}
