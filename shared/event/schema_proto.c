/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/schema.h"

#include <ctype.h>
#include <string.h>

#include "event/books_rows.h"
#include "event/field.h"
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

static const char *const books_types[TT_BOOKS_KINDS_N] = {
    [TT_BOOKS_U32] = "optional uint32",        [TT_BOOKS_EVENT_ID] = "optional bytes",
    [TT_BOOKS_TIME] = "optional fixed64",      [TT_BOOKS_TEXT] = "optional string",
    [TT_BOOKS_FLAG] = "optional bool",         [TT_BOOKS_MARK] = "optional bool",
    [TT_BOOKS_U64] = "optional uint64",        [TT_BOOKS_SEQUENCE] = "optional uint64",
    [TT_BOOKS_HEX64] = "optional fixed64",     [TT_BOOKS_PORTS] = "repeated BooksPort",
    [TT_BOOKS_COUNTS] = "map<string, uint64>", [TT_BOOKS_FILES] = "repeated BooksFile",
};

static const char *books_note(unsigned kind)
{
    return kind == TT_BOOKS_EVENT_ID ? "; 16 bytes"
           : kind == TT_BOOKS_TIME   ? "; microseconds since 1970-01-01T00:00:00Z"
           : kind == TT_BOOKS_HEX64  ? "; JSON shows it as 16 hexadecimal digits"
                                     : "";
}

static void print_books(FILE *out, const char *message, const char *doc,
                        const struct tt_books_row *row)
{
    fprintf(out, "\n// %s\nmessage %s {\n", doc, message);
    for (; row->id != NULL; row++) {
        fprintf(out, "  // %s%s\n  ", row->doc, books_note(row->kind));
        if (row->kind == TT_BOOKS_ENUM) {
            fputs("optional ", out);
            print_type(out, row->cap);
        } else {
            fputs(books_types[row->kind], out);
        }
        fprintf(out, " %s = %u;\n", row->id, row->tag);
    }
    fputs("}\n", out);
}

void tt_schema_proto(FILE *out)
{
    fputs("// Generated from shared/event/event_fields.def, books_fields.def and enums.def.\n"
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
    print_books(out, "BooksRecord",
                "A record of kind books: what became of the records of one sink and topic.",
                tt_books_rows);
    print_books(out, "BooksPort", "One writer of a core.", tt_books_port_rows);
    print_books(out, "BooksFile", "A data file.", tt_books_file_rows);
}
