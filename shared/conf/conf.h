/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The configuration as a value: built from a YAML file, checked as a whole, then swapped in.
 * Every key is one row of options.def, expanded into the parser, the documentation and the sample.
 */

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"

enum tt_topic {
#define T(name, word, doc) TT_TOPIC_##name,
#include "conf/topics.def"
#undef T
    TT_TOPICS_N
};

enum tt_encoding { TT_ENCODING_JSON, TT_ENCODING_PROTOBUF, TT_ENCODINGS_N };

/* What of the client leaves: design.md §6 "Privacy". */
enum tt_privacy_client { TT_PRIVACY_NET, TT_PRIVACY_FULL };

struct tt_privacy {
    uint8_t client; /* enum tt_privacy_client */
    uint8_t prefix_v4, prefix_v6; /* bits */
};

/* PATH_MAX: bytes of an expanded path without its terminator, safely below what base/path.h opens. */
enum { TT_PRIVACIES_MAX = 4, TT_CONF_SINKS_MAX = 64, TT_CONF_PATH_MAX = 1000 };

enum tt_sink_type { TT_SINK_FILE };

struct tt_conf_sink {
    char *name; /* given, or the type */
    uint8_t type; /* enum tt_sink_type */
    uint8_t encoding; /* enum tt_encoding */
    unsigned topics; /* bit mask of 1 << enum tt_topic */
    struct tt_privacy privacy;
    uint64_t queue; /* bytes */
    char *path; /* template: {state_dir} {software} {n} not yet expanded */
};

struct tt_conf {
    char *node; /* default: the host name */
    char *region; /* NULL: none */
    char *state_dir; /* the base; default by host */
    bool metrics_on;
    struct tt_ip metrics_ip;
    uint16_t metrics_port; /* first of a range of 16; 0: any free one */
    uint64_t ring_size; /* bytes, a power of two */
    struct tt_privacy privacy;
    struct tt_conf_sink *sinks;
    unsigned sinks_n;
    uint64_t digest; /* of the file's text and everything it refers to; part of enrichment_id */
};

/* All mistakes of a file: lines "file:line: key: what was expected", each ended by '\n'. */
struct tt_conf_errors {
    unsigned count;
    char text[16384]; /* terminated; cut at a whole line, then a line that says how many more */
};

/*
 * Reads and checks a file for one kind of host (enum tt_software; its `hosts:` part applies over the
 * rest, the parts for other hosts are checked as well). path NULL: the defaults alone. On success
 * *conf is the caller's (tt_conf_free), else NULL.
 * Fails: TT_ENOENT (the file does not exist), TT_ECONFIG, both with at least one error text, the
 * latter also when the file cannot be read; TT_ENOMEM; TT_EINVAL (no such software).
 * Thread: any; does not block but for reading one file.
 */
int tt_conf_load(const char *path, uint8_t software, struct tt_conf **conf, struct tt_conf_errors *errors);

/* The same from memory; path names the text in errors, and relative paths start beside it. */
int tt_conf_parse_text(const char *text, size_t len, const char *path, uint8_t software,
                       struct tt_conf **conf, struct tt_conf_errors *errors);

/* Frees and sets NULL; NULL is fine. */
void tt_conf_free(struct tt_conf **conf);

/* The word of a kind of host ("unbound"), and the kind of a word; NULL and 0: none. Lends for ever. */
const char *tt_conf_host_word(uint8_t software);
uint8_t tt_conf_host_find(struct tt_str word);

/* The default path of the file, and of the state_dir base, of one kind of host. Lends for ever. */
const char *tt_conf_default_path(uint8_t software);
const char *tt_conf_default_state_dir(uint8_t software);

/* Expands {state_dir} {software} {n} of a template; *out is terminated. Fails: TT_ELIMIT (does not
 * fit, with its terminator, or names are too long). Thread: any. */
struct tt_conf_names {
    const char *state_dir; /* <base>/<software>-<n> */
    const char *software;
    unsigned n;
};
int tt_conf_expand(const char *template_path, const struct tt_conf_names *names, char *out, size_t out_cap);

/* The word of a topic in configuration, metrics and topic names. Lends for ever. */
const char *tt_topic_word(unsigned topic);
