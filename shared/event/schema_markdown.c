/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/schema.h"

#include <string.h>

#include "event/form.h"
#include "event/words.h"

static const char *const kind_words[TT_KINDS_N] = {
    [TT_KIND_BOOL] = "true or false",
    [TT_KIND_U8] = "number, 8 bits",
    [TT_KIND_U16] = "number, 16 bits",
    [TT_KIND_U32] = "number, 32 bits",
    [TT_KIND_F32] = "decimal",
    [TT_KIND_ENUM] = "word",
    [TT_KIND_TYPE] = "mnemonic",
    [TT_KIND_CLASS] = "mnemonic",
    [TT_KIND_RCODE] = "mnemonic",
    [TT_KIND_OPCODE] = "mnemonic",
    [TT_KIND_TIME] = "RFC 3339",
    [TT_KIND_EVENT_ID] = "32 hex digits",
    [TT_KIND_TRANSACTION_ID] = "32 hex digits",
    [TT_KIND_HEX64] = "16 hex digits",
    [TT_KIND_IP] = "address",
    [TT_KIND_NET] = "address/prefix",
    [TT_KIND_TEXT] = "text",
    [TT_KIND_NAME] = "name",
    [TT_KIND_TEXTS] = "list of texts",
    [TT_KIND_NAMES] = "list of names",
    [TT_KIND_IPS] = "list of addresses",
    [TT_KIND_U32S] = "list of numbers",
};

/* The ids of a space separated list, each as code. */
static void print_ids(FILE *out, const char *ids)
{
    for (size_t len; *ids != '\0'; ids += len) {
        len = strcspn(ids, " ");
        fprintf(out, "`%.*s`", (int)len, ids);
        if (ids[len] == ' ') {
            fputc(' ', out);
            len++;
        }
    }
}

static void print_kind(FILE *out, const struct tt_field_row *row)
{
    bool has_bytes =
        row->kind == TT_KIND_TEXT || row->kind == TT_KIND_TEXTS || row->kind == TT_KIND_NAMES;

    fputs(kind_words[row->kind], out);
    if (row->kind == TT_KIND_ENUM)
        fprintf(out, " of [%s](#%s)", row->cap, row->cap);
    if (has_bytes)
        fprintf(out, ", ≤ %s bytes", row->cap);
}

static void print_fields(FILE *out)
{
    fputs("\n## Fields and their lineage\n\n"
          "| field | JSON | Protobuf | from topic | origin | written by | derived from | unit | "
          "privacy "
          "| meaning |\n"
          "|---|---|---|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        fprintf(out, "| `%s` | ", row->id);
        print_kind(out, row);
        fprintf(out, " | %u | %s | %s | %s | ", row->tag, tt_field_stage_word(row->stage),
                tt_field_origin_word(row->origin), row->source);
        print_ids(out, row->from);
        fprintf(out, " | %s | %s | %s |\n", row->unit, tt_field_class_word(row->privacy), row->doc);
    }
}

static const char *host_word(char mark)
{
    return mark == 'n' ? "always" : mark == 'y' ? "nullable" : "–";
}

static void print_hosts(FILE *out)
{
    fputs("\n## Fields and hosts\n\n"
          "What each host's observation can give: *always* there; *nullable*: absent when not "
          "known;\n"
          "–: never. Fields that nothing in this release computes are – everywhere. The last "
          "column is\n"
          "the term of the schema requirement that the field answers. BIND has events of exchanges "
          "with\n"
          "upstreams only with `upstream: dnstap`. Where the same question looks different in Unbound "
          "and\n"
          "in BIND: [hosts.md](hosts.md).\n\n"
          "| field | Unbound | BIND | dnsdist | proxy | requirement |\n|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        fprintf(out, "| `%s` |", row->id);
        for (const char *mark = row->hosts; *mark != '\0'; mark++)
            fprintf(out, " %s |", host_word(*mark));
        fprintf(out, " %s |\n", row->word);
    }
}

static void print_enums(FILE *out)
{
    const char *type = "";

    fputs("\n## Words\n", out);
    for (const struct tt_enum_row *row = tt_enum_rows; row->type != NULL; row++) {
        if (strcmp(row->type, type) != 0)
            fprintf(out, "\n### %s\n\n| word | Protobuf | meaning |\n|---|---|---|\n", row->type);
        type = row->type;
        fprintf(out, "| `%s` | %u | %s |\n", row->word, row->number, row->doc);
    }
}

static const char *const form_words[TT_FORM_KINDS_N] = {
    [TT_FORM_KIND] = "word",
    [TT_FORM_VERSION] = "number, 32 bits",
    [TT_FORM_DUP] = "word",
    [TT_FORM_ENUM] = "word",
    [TT_FORM_U32] = "number, 32 bits",
    [TT_FORM_U64] = "number, 64 bits",
    [TT_FORM_EVENT_ID] = "32 hex digits",
    [TT_FORM_TIME] = "RFC 3339",
    [TT_FORM_TEXT] = "text",
    [TT_FORM_VIEW] = "text",
    [TT_FORM_NAME] = "name",
    [TT_FORM_TOPIC] = "text",
    [TT_FORM_FLAG] = "true or false",
    [TT_FORM_MARK] = "true",
    [TT_FORM_PORT] = "number, 16 bits",
    [TT_FORM_SEQUENCE] = "number, 48 bits",
    [TT_FORM_HEX64] = "16 hex digits",
    [TT_FORM_IP] = "address",
    [TT_FORM_NET] = "address/prefix",
    [TT_FORM_TYPE] = "mnemonic",
    [TT_FORM_RCODE] = "mnemonic",
    [TT_FORM_TEXTS] = "list of texts",
    [TT_FORM_COUNTS] = "object: reason and number",
    [TT_FORM_LIST] = "list of objects",
    [TT_FORM_CUT] = "true",
};

/* What stands above the table of each form. */
static const char *const form_intros[TT_FORMS_N] = {
    "Topic `books`, every 10 s and at exit, one for each sink and topic: how many records there were and\n"
    "what became of each, since the core started. To the unit, `seen` = `observed` − `lost`, `offered` =\n"
    "`seen` − `filtered` − `sampled_out`, and `offered` + `recovered` = `delivered` + `uncertain` + `queued` +\n"
    "`spooled` + `dropped`.",
    "Topic `alerts`: one for each change of an alert's state, and again every hour while it fires. Which\n"
    "rules there are: [alerts.md](alerts.md).",
    "Topic `aggregates`: for each window the groups with the most queries, then all others as one, once for\n"
    "each word of `aggregation`. A query belongs to the window of its timestamp; one that comes later than a\n"
    "second after the end of its window counts in the next one. What the privacy policy of a sink hides is not\n"
    "part of its groups, and what its filters hold back is not counted for it. The counts of a window add up\n"
    "to its queries, exactly; which groups stand out is found with 10 counters for each record\n"
    "(Space-Saving), so `count_error` is never more than a tenth of all queries by the number of records.",
};

/* path: "" for the record, "ports." for items of ports. */
static void print_form_rows(FILE *out, const char *path, const struct tt_form *form)
{
    for (unsigned i = 0; i < form->rows_n; i++) {
        const struct tt_form_row *row = &form->rows[i];
        fprintf(out, "| `%s%s` | %s", path, row->id, form_words[row->kind]);
        if (row->words != NULL)
            fprintf(out, " of [%s](#%s)", row->cap_text, row->cap_text);
        fprintf(out, " | %u | %s | %s |\n", row->tag, row->need == 'n' ? "always" : "nullable", row->doc);
    }
}

static void print_form(FILE *out, const struct tt_form *form, const char *intro)
{
    char path[32];

    fprintf(out, "\n## Records of kind %s\n\n%s Generated from `shared/event/%s_fields.def`; message `%s`.\n\n",
            form->name, intro, form->name, form->message);
    fputs("| field | JSON | Protobuf | there | meaning |\n|---|---|---|---|---|\n", out);
    print_form_rows(out, "", form);
    for (unsigned i = 0; i < form->rows_n; i++) {
        if (form->rows[i].kind != TT_FORM_LIST)
            continue;
        snprintf(path, sizeof(path), "%s.", form->rows[i].id);
        print_form_rows(out, path, form->rows[i].items);
    }
}

void tt_schema_markdown(FILE *out)
{
    fputs("# Fields of a `dns` record\n\n"
          "Generated from `shared/event/event_fields.def` and `enums.def`; the same rows make\n"
          "`telltale.proto` and the JSON Schema. A field that is not known is absent, never a "
          "made-up\n"
          "default. Within a major version fields and words are only added.\n\n"
          "- Topics: `raw` carries the rows of topic raw; `normalized` these without class "
          "personal, and\n"
          "  its own; `enriched` all. Each as far as the privacy policy of the sink lets it.\n"
          "- Names: lower case, no trailing dot except the root; `\\.` and `\\\\` for a dot or "
          "backslash\n"
          "  inside a label, `\\DDD` for every byte outside 0x21–0x7E. Other texts are UTF-8 "
          "without\n"
          "  control characters.\n"
          "- Privacy: personal fields leave only as the policy says; derived ones come from a "
          "personal one. What\n"
          "  each setting does with each field: `docs/privacy.md`.\n"
          "- Bytes and numbers in Protobuf: see the comments of `telltale.proto`.\n",
          out);
    print_fields(out);
    print_hosts(out);
    print_enums(out);
    for (int i = 0; i < TT_FORMS_N; i++)
        print_form(out, tt_forms[i], form_intros[i]);
}
