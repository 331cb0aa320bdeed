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
#define T(name, word, choice, share, doc) TT_TOPIC_##name,
#include "conf/topics.def"
#undef T
    TT_TOPICS_N
};

/* DNSTAP: frames of a dnstap sink, never a word of the configuration. */
enum tt_encoding { TT_ENCODING_JSON, TT_ENCODING_PROTOBUF, TT_ENCODING_DNSTAP, TT_ENCODINGS_N };

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

enum tt_sink_type {
    TT_SINK_FILE,
    TT_SINK_KAFKA,
    TT_SINK_REMOTE_WRITE,
    TT_SINK_LOKI,
    TT_SINK_DNSTAP,
    TT_SINK_TYPES_N
};

/* How a sink says who it is; the words of `auth.mechanism`. */
enum tt_auth_mechanism {
    TT_AUTH_NONE,
    TT_AUTH_BASIC, /* user and password: HTTP */
    TT_AUTH_BEARER, /* a token: HTTP */
    TT_AUTH_PLAIN, /* user and password: SASL, and the two below */
    TT_AUTH_SCRAM_SHA_256,
    TT_AUTH_SCRAM_SHA_512,
};

/* How exchanges with upstreams become known in a host that does not show them itself. */
enum tt_conf_upstream { TT_UPSTREAM_OFF, TT_UPSTREAM_DNSTAP };

/* The words of `metrics.top`. */
enum tt_conf_top { TT_TOP_QUERY_NAME, TT_TOP_REGISTRABLE_DOMAIN, TT_TOP_NXDOMAIN, TT_TOP_SERVFAIL, TT_TOP_CLIENT };

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

/* key: value, both texts, in the order of the file. */
struct tt_conf_pairs {
    struct tt_conf_pair {
        char *key, *value;
    } *items;
    unsigned items_n;
};

struct tt_conf_tls {
    bool is_given;
    char *ca_file; /* NULL: the system's */
    char *cert_file, *key_file; /* of ourselves; NULL: none */
};

struct tt_conf_auth {
    uint8_t mechanism; /* enum tt_auth_mechanism */
    char *user;
    char *password_file, *token_file; /* secrets: the one that the mechanism needs */
};

/* A registry of schemas (Confluent's interface): records are framed with the id it gives. */
struct tt_conf_registry {
    char *url; /* NULL: none */
    char *user, *password_file; /* NULL: none */
};

struct tt_conf_spool {
    bool is_on;
    unsigned topics; /* bit mask, of those the sink takes */
    uint64_t size; /* bytes on disk, all topics together */
    char *path; /* template: a directory */
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
    struct tt_conf_spool spool;
    /* What leaves this machine. */
    bool is_insecure; /* `insecure: yes`: beyond loopback without TLS */
    struct tt_conf_tls tls;
    struct tt_conf_auth auth;
    char *url; /* remote_write, loki */
    char *tenant; /* X-Scope-OrgID; NULL: none */
    uint64_t interval_s; /* remote_write: between two samples of a series */
    uint32_t series_max; /* remote_write: more are left out and counted */
    uint64_t timeout_s; /* of one request; dnstap: of one write */
    char *brokers; /* kafka: host:port, joined by commas */
    char *prefix; /* kafka: before a topic's word */
    uint8_t compression; /* kafka: place in tt_words_compression */
    struct tt_conf_pairs properties; /* kafka: librdkafka's own, checked against those we own */
    struct tt_conf_registry registry; /* kafka */
    char *address; /* dnstap: host:port of a TCP listener; path: of a unix socket or, with is_plain_file, a file */
    bool is_plain_file;
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
    struct tt_conf_aggregates {
        bool is_on; /* no: nobody takes the topic and metrics.top names nothing */
        uint64_t window_s; /* of a record, on the wall clock's multiples */
        uint32_t top; /* groups of one kind in one window, then the rest as one */
    } aggregates;
    unsigned metrics_top; /* bit mask of 1 << enum tt_conf_top: telltale_top_* that are shown */
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

/* A copy that is the caller's (tt_conf_sink_fini), the privacy's key_file included. *to is overwritten.
 * Fails: TT_ENOMEM, *to is empty. Thread: any. */
int tt_conf_sink_copy(struct tt_conf_sink *to, const struct tt_conf_sink *from);

/* Whether they say the same in everything, privacy and filters included. */
bool tt_conf_sink_equal(const struct tt_conf_sink *a, const struct tt_conf_sink *b);

/* Frees what a copy owns and empties it; fine for an empty one. */
void tt_conf_sink_fini(struct tt_conf_sink *sink);

/* The word of `compression` ("lz4"), as Kafka's compression.type has it. Lends for ever. */
const char *tt_conf_compression_word(unsigned compression);

/* The word of a sink's type ("kafka"). Lends for ever. */
const char *tt_conf_sink_type_word(unsigned type);

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

/* True for topics whose records are events; the others we make ourselves. */
static inline bool tt_topic_is_of_events(unsigned topic)
{
    return topic <= TT_TOPIC_ENRICHED || topic == TT_TOPIC_DNSTAP;
}

/* The word of a topic in configuration, metrics and topic names. Lends for ever. */
const char *tt_topic_word(unsigned topic);
