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

/* What of the client and of the name leaves: design.md §6 "Privacy". */
enum tt_privacy_client { TT_PRIVACY_NET, TT_PRIVACY_FULL, TT_PRIVACY_HASH, TT_PRIVACY_NONE };
enum tt_privacy_name { TT_PRIVACY_NAME_FULL, TT_PRIVACY_NAME_REGISTRABLE, TT_PRIVACY_NAME_NONE };

struct tt_privacy {
    uint8_t client; /* enum tt_privacy_client */
    uint8_t query_name; /* enum tt_privacy_name */
    uint8_t prefix_v4, prefix_v6; /* bits */
    char *key_file; /* of client_hash; NULL: none given */
};

/* PRIVACIES_USED_MAX: that sinks, tap and views may have between them; PRIVACIES_MAX: with a general one that
 * no sink and no tap has. VIEW_NAME_MAX: bytes, fewer than the event's field is cut at. PATH_MAX: bytes of an
 * expanded path without its terminator, safely below what base/path.h opens. */
enum {
    TT_PRIVACIES_USED_MAX = 4,
    TT_PRIVACIES_MAX = TT_PRIVACIES_USED_MAX + 1,
    TT_CONF_SINKS_MAX = 64,
    TT_CONF_VIEWS_MAX = 64,
    TT_CONF_VIEW_NAME_MAX = 255,
    TT_CONF_PATH_MAX = 1000
};

enum tt_sink_type { TT_SINK_FILE };

/* How exchanges with upstreams become known in a host that does not show them itself. */
enum tt_conf_upstream { TT_UPSTREAM_OFF, TT_UPSTREAM_DNSTAP };

/* A list of texts; owned by the configuration. */
struct tt_texts {
    char **items;
    unsigned items_n;
};

/* A network of `clients`: "192.0.2.0/24", or an address for itself alone. */
struct tt_conf_nets {
    struct tt_conf_net {
        struct tt_ip ip; /* bits behind the prefix are 0 */
        uint8_t prefix;
    } *items;
    unsigned items_n;
};

/* One condition of `only` or `except`: all the kinds that are given must match, one of each kind
 * is enough. Empty (is_given false): the key is not there. */
struct tt_conf_filter {
    bool is_given;
    struct tt_texts names; /* suffixes in the text form of wire/name.h, "." for all */
    struct tt_conf_nets clients;
    struct tt_texts rcodes; /* checked words; compile with tt_rcode_parse */
    struct tt_texts types; /* checked words; tt_type_parse */
    unsigned outcomes; /* bit mask of 1 << enum tt_outcome */
    char *list; /* path of a list of names (forms as enrich.threats), or NULL */
};

/* Zones: inline, and of one file of zones_dir; ZONES_TEXT_MAX: bytes of such a file. */
enum { TT_THREATS_MAX = 16, TT_ZONES_MAX = 10000, TT_CONF_ZONES_TEXT_MAX = 16 << 20 };

/* A threat list: `enrich.threats`. */
enum tt_threat_match { TT_THREAT_MATCH_AUTO, TT_THREAT_MATCH_EXACT, TT_THREAT_MATCH_SUFFIX };
struct tt_conf_threat {
    char *name; /* label and field value; required, each once */
    char *file;
    char *category; /* NULL: absent */
    float score; /* 0 … 1 */
    uint8_t match; /* enum tt_threat_match: auto is exact for a hosts file, suffix for all else */
};

/* A watched zone: an item of `zones` or of a file of zones_dir. Texts NULL: not given. */
struct tt_conf_zone {
    char *name; /* text form of wire/name.h */
    char *owner, *escalation, *runbook, *stop, *zone_class, *residency;
    struct tt_texts names; /* hosts of special interest, relative to the zone */
};

/* Paths of what libmaxminddb databases call a value, "country.iso_code"; NULL: tried in turn. */
struct tt_conf_geo {
    char *country, *asn; /* database files; NULL: none */
    char *country_path; /* default: country.iso_code, then country_code, then country */
    char *asn_path; /* default: autonomous_system_number, then asn */
    char *org_path; /* default: autonomous_system_organization, then as_name, then name */
};

/* A view of the host with a privacy of its own: an entry of `views`. */
struct tt_conf_view {
    char *name; /* as in the event's field `view`, to the byte */
    struct tt_privacy privacy; /* as given, inherited from the general one */
    uint8_t policy; /* index in tt_conf.policies, equal to `privacy` */
};

struct tt_conf_sink {
    char *name; /* given, or the type */
    uint8_t type; /* enum tt_sink_type */
    uint8_t encoding; /* enum tt_encoding */
    unsigned topics; /* bit mask of 1 << enum tt_topic */
    struct tt_privacy privacy; /* as given, inherited from the general one */
    bool has_privacy; /* of its own, equal to the general one or not: no view changes it */
    uint8_t policy; /* index in tt_conf.policies, equal to `privacy` */
    uint64_t queue; /* bytes */
    char *path; /* template: {state_dir} {software} {n} not yet expanded */
    uint64_t rotate; /* bytes; 0: never */
    uint8_t keep; /* rotated files that stay, 1 … 99 */
    bool compress; /* rotated files, with zstd */
    struct tt_conf_filter only, except;
    struct tt_texts residency; /* empty: every one */
    double sample; /* share that is kept, above 0 … 1; 1: all */
};

struct tt_conf {
    char *node; /* default: the host name */
    char *region; /* NULL: none */
    char *state_dir; /* the base; default by host */
    bool metrics_on;
    struct tt_ip metrics_ip;
    uint16_t metrics_port; /* first of a range of 16; 0: any free one */
    uint64_t ring_size; /* bytes, a power of two */
    bool tap_on;
    char *tap_path; /* template; control.sock stands beside it */
    unsigned tap_mode; /* permission bits, 0600 … 0777 */
    char *tap_group; /* NULL: that of the process */
    uint8_t upstream; /* enum tt_conf_upstream */
    char *upstream_socket; /* template */
    struct tt_privacy privacy;
    struct tt_conf_view *views; /* each name once */
    unsigned views_n;
    /* Distinct, key_file lent. [0] is always the general one, of the tap and of what replay prints. */
    struct tt_privacy policies[TT_PRIVACIES_MAX];
    unsigned policies_n; /* at least 1 */
    char *suffix_list; /* enrich: NULL none */
    struct tt_conf_geo geo;
    struct tt_conf_threat *threats;
    unsigned threats_n;
    char *zones_dir; /* NULL: none; those of its files that tt_conf_zones_is_file are data, read by
                        tt_conf_zones_parse */
    struct tt_conf_zone *zones;
    unsigned zones_n;
    struct tt_texts ignore_names; /* suffixes */
    struct tt_conf_nets ignore_clients;
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

/*
 * Reads one file of zones_dir: a list of zones, as under `zones:`. *zones is the caller's
 * (tt_conf_zones_free), NULL on failure. Fails: TT_ECONFIG with errors, TT_ENOMEM. Thread: any but a
 * host's worker.
 */
int tt_conf_zones_parse(const char *text, size_t len, const char *path, struct tt_conf_zone **zones,
                        unsigned *zones_n, struct tt_conf_errors *errors);
void tt_conf_zones_free(struct tt_conf_zone **zones, unsigned zones_n);

/* True when a file of this name in zones_dir is one of zones: it ends in .yaml or .yml and does not
 * start with a dot, as an editor's leftovers do. */
bool tt_conf_zones_is_file(const char *name);

/* Equal in everything, the key file's path included. */
bool tt_privacy_equal(const struct tt_privacy *a, const struct tt_privacy *b);

/* Frees and sets NULL; NULL is fine. */
void tt_conf_free(struct tt_conf **conf);

/* The word of a kind of host ("unbound"), and the kind of a word; NULL and 0: none. Lends for ever. */
const char *tt_conf_host_word(uint8_t software);
uint8_t tt_conf_host_find(struct tt_str word);

/* Whether this kind of host shows its exchanges with upstreams, so that `upstream` has no effect. */
bool tt_conf_host_shows_upstreams(uint8_t software);

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
