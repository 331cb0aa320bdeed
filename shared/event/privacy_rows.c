/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/privacy_rows.h"

#include <stdio.h>

#include "event/schema.h"

/* The rows stand in the order of the fields, and every field has one. */
enum {
#define K(id) ROW_##id,
#define P(id, ...) ROW_##id,
#include "event/privacy.def"
#undef K
#undef P
    ROWS_N
};
TT_STATIC_ASSERT((int)ROWS_N == (int)TT_FIELDS_N, "privacy.def has a row for every field");
#define K(id)                                                                                      \
    TT_STATIC_ASSERT((int)ROW_##id == (int)TT_FIELD_##id, "the place of " #id " in privacy.def");
#define P(id, ...) K(id)
#include "event/privacy.def"
#undef K
#undef P

const struct tt_privacy_row tt_privacy_rows[TT_FIELDS_N] = {
#define K(id) [TT_FIELD_##id] = {{TT_PRIVACY_KEEP}, {TT_PRIVACY_KEEP}, NULL},
#define P(id, full, net, hash, none, name_full, registrable, name_none, text)                      \
    [TT_FIELD_##id] = {.client = {[TT_PRIVACY_FULL] = TT_PRIVACY_##full,                           \
                                  [TT_PRIVACY_NET] = TT_PRIVACY_##net,                             \
                                  [TT_PRIVACY_HASH] = TT_PRIVACY_##hash,                           \
                                  [TT_PRIVACY_NONE] = TT_PRIVACY_##none},                          \
                       .name = {[TT_PRIVACY_NAME_FULL] = TT_PRIVACY_##name_full,                   \
                                [TT_PRIVACY_NAME_REGISTRABLE] = TT_PRIVACY_##registrable,          \
                                [TT_PRIVACY_NAME_NONE] = TT_PRIVACY_##name_none},                  \
                       .doc = text},
#include "event/privacy.def"
#undef K
#undef P
};

static const char *const deeds[TT_PRIVACY_DEEDS_N] = {
    [TT_PRIVACY_KEEP] = "leaves",           [TT_PRIVACY_DROP] = "–",
    [TT_PRIVACY_CUT] = "cut to the prefix", [TT_PRIVACY_MAKE] = "made",
    [TT_PRIVACY_CHECK] = "checked",         [TT_PRIVACY_DOMAIN] = "domain only",
};

/* In the order of the columns. */
static const uint8_t clients[] = {TT_PRIVACY_FULL, TT_PRIVACY_NET, TT_PRIVACY_HASH,
                                  TT_PRIVACY_NONE};
static const uint8_t names[] = {TT_PRIVACY_NAME_FULL, TT_PRIVACY_NAME_REGISTRABLE,
                                TT_PRIVACY_NAME_NONE};

static void print_row(FILE *out, enum tt_field field)
{
    const struct tt_privacy_row *row = &tt_privacy_rows[field];
    struct tt_fields normalized = tt_fields_of_topic(TT_TOPIC_NORMALIZED);

    fprintf(out, "| `%s` |", tt_field_rows[field].id);
    for (size_t i = 0; i < TT_COUNT(clients); i++)
        fprintf(out, " %s |", deeds[row->client[clients[i]]]);
    for (size_t i = 0; i < TT_COUNT(names); i++)
        fprintf(out, " %s |", deeds[row->name[names[i]]]);
    fprintf(out, " %s | %s |\n", tt_fields_have(&normalized, field) ? "yes" : "never", row->doc);
}

static void print_untouched(FILE *out)
{
    unsigned n = 0;

    fputs("\nNo setting touches these; they leave in every topic that carries them:\n", out);
    for (int i = 0; i < TT_FIELDS_N; i++)
        if (tt_privacy_rows[i].doc == NULL)
            fprintf(out, "%s`%s`", n++ % 6 == 0 ? "\n" : " ", tt_field_rows[i].id);
    fputs(".\n\nOf these some still say a little: `query_size` and `response_size` the length of a "
          "name, `upstream_ip`\n"
          "the servers of a zone, `view` what the host's configuration makes of the client, "
          "`watched_zone`'s owner,\n"
          "class and residency a zone of your own configuration, `asn_id` and `country` where the "
          "client's network is.\n"
          "A name that spells an address (`77.2.0.192.in-addr.arpa`) is a name: `query_name` "
          "decides about it, not\n"
          "`client`; and an answer that tells the asker its own address (`whoami` services) is an "
          "answer.\n",
          out);
}

void tt_privacy_markdown(FILE *out)
{
    fputs("# Privacy, field by field\n\n"
          "What the settings mean: [privacy.md](privacy.md). Generated from "
          "`shared/event/privacy.def`. The first four columns are the settings of\n"
          "`privacy.client`, the next three those of `privacy.query_name`; a field leaves only "
          "when both let it.\n"
          "*normalized*: whether that topic carries the field at all.\n\n"
          "| field | full | net | hash | none | name full | name registrable | name none | "
          "normalized | why |\n"
          "|---|---|---|---|---|---|---|---|---|---|\n",
          out);
    for (int i = 0; i < TT_FIELDS_N; i++)
        if (tt_privacy_rows[i].doc != NULL)
            print_row(out, (enum tt_field)i);
    fputs("\n- *leaves*: as it is. *–*: never leaves.\n"
          "- *cut to the prefix*: not longer than `prefix_v4` or `prefix_v6`.\n"
          "- *made*: HMAC-SHA-256 under the key of `key_file` over the 4 or 16 bytes of the "
          "address, the first\n"
          "  16 bytes in hexadecimal, and the id of the key.\n"
          "- *checked*: removed when the text tells the address of the client or of its proxy, in "
          "any common\n"
          "  form, or when a policy's trigger is the client's address; so it is in `normalized` "
          "under every setting.\n"
          "- *domain only*: the registrable domain, or a zone above it; removed when no domain is "
          "known.\n",
          out);
    print_untouched(out);
}
