/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/option.h"

#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"

static const struct tt_word tt_words_client[] = {
    [TT_PRIVACY_NET] = {"net", "the client's network, and ECS cut to the prefix"},
    [TT_PRIVACY_FULL] = {"full", "the client's address, port, network and ECS"},
    {NULL, NULL}};

static const struct tt_word tt_words_sink_type[] = {
    [TT_SINK_FILE] = {"file", "a file that records are appended to"}, {NULL, NULL}};

static const struct tt_word tt_words_encoding[] = {
    [TT_ENCODING_JSON] = {"json", "one JSON object per line"},
    [TT_ENCODING_PROTOBUF] = {"protobuf", "Protocol Buffers, each message after its length as a varint"},
    {NULL, NULL}};

static const struct tt_word tt_words_topic[] = {
#define T(name, word, doc) {word, doc},
#include "conf/topics.def"
#undef T
    {NULL, NULL}};

#define CONF(member) offsetof(struct tt_conf, member)
#define CONF_ITSELF 0
#define SINK(member) offsetof(struct tt_conf_sink, member)
#define PRIVACY(member) offsetof(struct tt_privacy, member)
#define RELOAD TT_OPTION_RELOAD
#define REQUIRED TT_OPTION_REQUIRED

const struct tt_option tt_options[TT_OPTION_IDS_N] = {
    [TT_OPTION_ID_ROOT] = {.kind = TT_OPTION_MAP, .preset = "(none)", .doc = ""},
#define O(id, up, name, what, below, place, least, most, value, choice, flag, sample, text)                  \
    [TT_OPTION_ID_##id] = {.key = (name),                                                                    \
                           .parent = TT_OPTION_ID_##up,                                                      \
                           .kind = TT_OPTION_##what,                                                         \
                           .children = (below),                                                              \
                           .flags = (flag),                                                                  \
                           .offset = (place),                                                                \
                           .min = (least),                                                                   \
                           .max = (most),                                                                    \
                           .preset = (value),                                                                \
                           .words = (choice),                                                                \
                           .example = (sample),                                                              \
                           .doc = (text)},
#include "conf/options.def"
#undef O
};

const struct tt_option *tt_option_next(uint8_t parent, uint8_t *id)
{
    for (uint8_t at = (uint8_t)(*id + 1); at < TT_OPTION_IDS_N; at++) {
        if (tt_options[at].parent == parent) {
            *id = at;
            return &tt_options[at];
        }
    }
    return NULL;
}

const struct tt_option *tt_option_find(uint8_t parent, struct tt_str key)
{
    const struct tt_option *row;
    uint8_t id = TT_OPTION_ID_ROOT;

    while ((row = tt_option_next(parent, &id)) != NULL) {
        if (tt_str_equal(key, tt_str_from(row->key)))
            return row;
    }
    return NULL;
}

bool tt_option_is_value(const struct tt_option *row)
{
    return row->kind > TT_OPTION_HOSTS;
}

bool tt_option_has_preset(const struct tt_option *row)
{
    return row->preset[0] != '(';
}

void tt_option_format_size(struct tt_buf *buf, uint64_t bytes)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    unsigned unit = 0;

    while (unit + 1 < TT_COUNT(units) && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    tt_buf_u64(buf, bytes);
    tt_buf_text(buf, units[unit]);
}

static void expect_words(const struct tt_word *words, struct tt_buf *buf)
{
    for (const struct tt_word *at = words; at->word != NULL; at++) {
        if (at > words)
            tt_buf_text(buf, at[1].word == NULL ? " or " : ", ");
        tt_buf_text(buf, at->word);
    }
}

static void expect_range(const struct tt_option *row, struct tt_buf *buf)
{
    bool is_number = row->kind == TT_OPTION_NUMBER;

    tt_buf_text(buf, is_number ? "a whole number from " : "a size from ");
    tt_option_format_size(buf, row->min);
    tt_buf_text(buf, " to ");
    tt_option_format_size(buf, row->max);
    if (row->kind == TT_OPTION_SIZE_POWER)
        tt_buf_text(buf, ", a power of two");
}

void tt_option_expect(const struct tt_option *row, struct tt_buf *buf)
{
    static const char *const texts[] = {
        [TT_OPTION_MAP] = "a mapping",
        [TT_OPTION_MAP_OR_OFF] = "a mapping or off",
        [TT_OPTION_MAPS] = "a list of mappings",
        [TT_OPTION_HOSTS] = "a mapping",
        [TT_OPTION_FILE] = "the path of a file (in it {state_dir} at the start, {software} and {n} only)",
        [TT_OPTION_DIR] = "the path of a directory, without {…}",
        [TT_OPTION_ENDPOINT] = "an address and port such as 127.0.0.1:19153 or [::1]:19153, or off",
    };

    switch (row->kind) {
    case TT_OPTION_TEXT:
        tt_buf_format(buf, "printable text of %u to %u bytes", (unsigned)row->min, (unsigned)row->max);
        break;
    case TT_OPTION_NAME:
        tt_buf_format(buf, "%u to %u of the characters A-Z a-z 0-9 _ -", (unsigned)row->min,
                      (unsigned)row->max);
        break;
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_NUMBER:
        expect_range(row, buf);
        break;
    case TT_OPTION_WORDS:
        tt_buf_text(buf, "a list of ");
        expect_words(row->words, buf);
        tt_buf_text(buf, ", each at most once");
        break;
    case TT_OPTION_WORD:
        expect_words(row->words, buf);
        break;
    default:
        tt_buf_text(buf, texts[row->kind]);
    }
}

unsigned tt_option_distance(struct tt_str a, struct tt_str b, unsigned limit)
{
    unsigned row[3][33]; /* the rows of the table of i - 2, i - 1 and i characters of a */

    if (a.len > 32 || b.len > 32)
        return limit + 1;
    for (unsigned j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned best = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);

            best = TT_MIN(best, TT_MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                best = TT_MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return TT_MIN(row[a.len % 3][b.len], limit + 1);
}
