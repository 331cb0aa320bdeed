/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The rows of options.def as a table, and what can be asked of them. */

#include "base/compat.h"
#include "base/str.h"

struct tt_buf;

enum tt_option_kind {
    TT_OPTION_MAP,
    TT_OPTION_MAP_OR_OFF,
    TT_OPTION_MAPS, /* a list of mappings */
    TT_OPTION_NAMED_MAPS, /* a mapping: name to mapping */
    TT_OPTION_HOSTS, /* a mapping: kind of host to what stands at the top */
    TT_OPTION_TEXT, /* char * */
    TT_OPTION_NAME, /* char * */
    TT_OPTION_DOMAIN, /* char *: text form of wire/name.h */
    TT_OPTION_FILE, /* char *: template of a path */
    TT_OPTION_DIR, /* char *: path without {…} */
    TT_OPTION_INPUT, /* char *: path of a file that is read, without {…} */
    TT_OPTION_SIZE, /* uint64_t, bytes */
    TT_OPTION_SIZE_OR_0, /* uint64_t, bytes */
    TT_OPTION_SIZE_POWER, /* uint64_t, bytes, a power of two */
    TT_OPTION_NUMBER, /* uint8_t */
    TT_OPTION_COUNT, /* uint32_t */
    TT_OPTION_SECONDS, /* uint64_t: a duration of whole seconds */
    TT_OPTION_SCORE, /* float, 0 … 1 */
    TT_OPTION_SHARE, /* double, above 0 … 1 */
    TT_OPTION_MODE, /* unsigned, permission bits */
    TT_OPTION_WORD, /* uint8_t or bool: index of the word */
    TT_OPTION_PREFIX, /* char *: of the name of a Kafka topic */
    TT_OPTION_TENANT, /* char *: of Mimir and Loki */
    TT_OPTION_URL, /* char * */
    TT_OPTION_ADDRESS, /* char *: host:port */
    TT_OPTION_ADDRESSES, /* char *: the same, joined by commas */
    TT_OPTION_ENDPOINT, /* metrics_on, metrics_ip and metrics_port of struct tt_conf */
    TT_OPTION_NET, /* items of the lists below only, as the next two */
    TT_OPTION_RCODE,
    TT_OPTION_TYPE,
    TT_OPTION_WORDS, /* unsigned: bit mask of 1 << (min + index) */
    TT_OPTION_TEXTS, /* struct tt_texts, as the lists below but NETS */
    TT_OPTION_DOMAINS,
    TT_OPTION_RCODES,
    TT_OPTION_TYPES,
    TT_OPTION_NETS, /* struct tt_conf_nets */
    TT_OPTION_PAIRS, /* struct tt_conf_pairs: a mapping of texts to texts */
};

enum tt_option_id {
    TT_OPTION_ID_ROOT,
#define O(id, ...) TT_OPTION_ID_##id,
#include "conf/options.def"
#undef O
    TT_OPTION_IDS_N
};

/* INSTEAD: given in the place of another key, so that the sample has it as prose. */
enum tt_option_flag {
    TT_OPTION_RELOAD = 1 << 0,
    TT_OPTION_REQUIRED = 1 << 1,
    TT_OPTION_SOME = 1 << 2,
    TT_OPTION_INSTEAD = 1 << 3
};

/* One word of a choice; the last of a list has word NULL. */
struct tt_word {
    const char *word;
    const char *doc;
};

struct tt_option {
    const char *key; /* NULL: the row ROOT */
    uint8_t parent; /* enum tt_option_id */
    uint8_t kind; /* enum tt_option_kind */
    uint8_t children; /* enum tt_option_id whose children stand below; 0: none, or ROOT for HOSTS */
    uint8_t flags;
    uint32_t offset; /* of the value in the struct that the parent's children describe */
    uint64_t min, max;
    const char *preset; /* NULL never; "(words)": no value */
    const struct tt_word *words;
    const char *example; /* or NULL */
    const char *doc;
};

extern const struct tt_option tt_options[TT_OPTION_IDS_N];

/* The next row below `parent` after *id (start with ROOT); NULL: no more. Thread: any. */
const struct tt_option *tt_option_next(uint8_t parent, uint8_t *id);

/* The row of a key below `parent`, or NULL. Thread: any. */
const struct tt_option *tt_option_find(uint8_t parent, struct tt_str key);

/* True for a row that holds a value of its own, no mapping or list of mappings. */
bool tt_option_is_value(const struct tt_option *row);

/* The kind of one item of a kind that is a list of values; of every other kind, itself. */
enum tt_option_kind tt_option_item_kind(uint8_t kind);

/* How a kind lies in memory. */
enum tt_option_shape {
    TT_SHAPE_PLAIN, /* nothing is owned */
    TT_SHAPE_TEXT, /* char * */
    TT_SHAPE_LIST, /* struct tt_texts, tt_conf_nets or tt_conf_pairs */
};
enum tt_option_shape tt_option_shape(uint8_t kind);

/* True when the default is a value and not words in parentheses. */
bool tt_option_has_preset(const struct tt_option *row);

/* What is expected, as a noun: "a size from 64KiB to 64MiB, a power of two". Thread: any. */
void tt_option_expect(const struct tt_option *row, struct tt_buf *buf);

/* A size with the largest unit that divides it: 4MiB, 512KiB, 1GiB, 100. */
void tt_option_format_size(struct tt_buf *buf, uint64_t bytes);

/* A duration with the largest unit that divides it: 15s, 5m, 1h. */
void tt_option_format_seconds(struct tt_buf *buf, uint64_t seconds);

/* How many single-character edits (insert, remove, replace, swap of neighbours) lead from a to b,
 * at most limit + 1. For "did you mean". Texts beyond 32 bytes: limit + 1. Thread: any. */
unsigned tt_option_distance(struct tt_str a, struct tt_str b, unsigned limit);
