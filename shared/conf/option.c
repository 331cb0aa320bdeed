/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/option.h"

#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"

static const struct tt_word tt_words_client[] = {
    [TT_PRIVACY_NET] = {"net", "the client's network, and ECS cut to the prefix"},
    [TT_PRIVACY_FULL] = {"full", "the client's address, port, network and ECS"},
    [TT_PRIVACY_HASH] = {"hash", "a keyed hash of the client's address, and the name of the key"},
    [TT_PRIVACY_NONE] = {"none", "nothing of the client"},
    {NULL, NULL}};

static const struct tt_word tt_words_name[] = {
    [TT_PRIVACY_NAME_FULL] = {"full", "the whole name"},
    [TT_PRIVACY_NAME_REGISTRABLE] = {"registrable", "its registrable domain in its place, and no answers"},
    [TT_PRIVACY_NAME_NONE] = {"none", "nothing that tells the name"},
    {NULL, NULL}};

static const struct tt_word tt_words_match[] = {
    [TT_THREAT_MATCH_AUTO] = {"auto", "exact for a hosts file, suffix for every other form"},
    [TT_THREAT_MATCH_EXACT] = {"exact", "the name alone"},
    [TT_THREAT_MATCH_SUFFIX] = {"suffix", "the name and all below it"},
    {NULL, NULL}};

static const struct tt_word tt_words_compress[] = {
    {"none", "not at all"}, {"zstd", "with Zstandard"}, {NULL, NULL}};

static const struct tt_word tt_words_upstream[] = {
    [TT_UPSTREAM_OFF] = {"off", "not at all"},
    [TT_UPSTREAM_DNSTAP] = {"dnstap", "from named's own dnstap: its resolver and forwarder messages come to our socket"},
    {NULL, NULL}};

/* In the order of enum tt_outcome, from 1. */
static const struct tt_word tt_words_outcome[] = {{"answered", "a response was handed to the client"},
                                                  {"dropped", "the host gave up or threw the answer away"},
                                                  {"timeout", "the upstream did not answer in time"},
                                                  {NULL, NULL}};

static const struct tt_word tt_words_sink_type[] = {
    [TT_SINK_FILE] = {"file", "a file that records are appended to"},
    [TT_SINK_KAFKA] = {"kafka", "topics of a Kafka cluster"},
    [TT_SINK_REMOTE_WRITE] = {"remote_write", "what `/metrics` shows, to Mimir or Prometheus (remote write 1.0)"},
    [TT_SINK_LOKI] = {"loki", "streams of Loki"},
    [TT_SINK_DNSTAP] = {"dnstap", "a reader of dnstap, or a file of its frames"},
    {NULL, NULL}};

static const struct tt_word tt_words_mechanism[] = {
    [TT_AUTH_NONE] = {"none", "nobody is named"},
    [TT_AUTH_BASIC] = {"basic", "HTTP: user and password_file"},
    [TT_AUTH_BEARER] = {"bearer", "HTTP: token_file"},
    [TT_AUTH_PLAIN] = {"plain", "Kafka, SASL PLAIN: user and password_file"},
    [TT_AUTH_SCRAM_SHA_256] = {"scram-sha-256", "Kafka, SASL SCRAM: user and password_file"},
    [TT_AUTH_SCRAM_SHA_512] = {"scram-sha-512", "Kafka, SASL SCRAM: user and password_file"},
    {NULL, NULL}};

static const struct tt_word tt_words_compression[] = {{"none", "not at all"},
                                                      {"lz4", "little CPU"},
                                                      {"zstd", "smallest"},
                                                      {"gzip", "known to everything"},
                                                      {"snappy", "little CPU"},
                                                      {NULL, NULL}};

static const struct tt_word tt_words_no[] = {{"no", "only with TLS, or on this machine"},
                                             {"yes", "in the clear over the network: whoever is on the way reads all"},
                                             {NULL, NULL}};

static const struct tt_word tt_words_top[] = {
    [TT_TOP_QUERY_NAME] = {"query_name", "names asked for"},
    [TT_TOP_REGISTRABLE_DOMAIN] = {"registrable_domain", "registrable domains asked for"},
    [TT_TOP_NXDOMAIN] = {"nxdomain", "names that do not exist"},
    [TT_TOP_SERVFAIL] = {"servfail", "names that could not be resolved"},
    [TT_TOP_CLIENT] = {"client", "clients, as far as the general `privacy` shows them"},
    {NULL, NULL}};

static const struct tt_word tt_words_encoding[] = {
    [TT_ENCODING_JSON] = {"json", "one JSON object per line"},
    [TT_ENCODING_PROTOBUF] = {"protobuf", "Protocol Buffers, each message after its length as a varint"},
    {NULL, NULL}};

/* Ends before the first topic that is no choice: those stand last. */
static const struct tt_word tt_words_topic[] = {
#define T(name, word, choice, share, doc) {(choice) ? word : NULL, doc},
#include "conf/topics.def"
#undef T
    {NULL, NULL}};

#define CONF(member) offsetof(struct tt_conf, member)
#define CONF_ITSELF 0
#define VIEW(member) offsetof(struct tt_conf_view, member)
#define SINK(member) offsetof(struct tt_conf_sink, member)
#define PRIVACY(member) offsetof(struct tt_privacy, member)
#define GEO(member) offsetof(struct tt_conf_geo, member)
#define THREAT(member) offsetof(struct tt_conf_threat, member)
#define ZONE(member) offsetof(struct tt_conf_zone, member)
#define FILTER(member) offsetof(struct tt_conf_filter, member)
#define SPOOL(member) offsetof(struct tt_conf_spool, member)
#define TLS(member) offsetof(struct tt_conf_tls, member)
#define AUTH(member) offsetof(struct tt_conf_auth, member)
#define REGISTRY(member) offsetof(struct tt_conf_registry, member)
#define RELOAD TT_OPTION_RELOAD
#define REQUIRED TT_OPTION_REQUIRED
#define SOME TT_OPTION_SOME
#define INSTEAD TT_OPTION_INSTEAD

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

enum tt_option_kind tt_option_item_kind(uint8_t kind)
{
    switch (kind) {
    case TT_OPTION_WORDS:
        return TT_OPTION_WORD;
    case TT_OPTION_TEXTS:
    case TT_OPTION_PAIRS:
        return TT_OPTION_TEXT;
    case TT_OPTION_DOMAINS:
        return TT_OPTION_DOMAIN;
    case TT_OPTION_RCODES:
        return TT_OPTION_RCODE;
    case TT_OPTION_TYPES:
        return TT_OPTION_TYPE;
    case TT_OPTION_NETS:
        return TT_OPTION_NET;
    default:
        return (enum tt_option_kind)kind;
    }
}

enum tt_option_shape tt_option_shape(uint8_t kind)
{
    switch (kind) {
    case TT_OPTION_TEXT:
    case TT_OPTION_NAME:
    case TT_OPTION_DOMAIN:
    case TT_OPTION_FILE:
    case TT_OPTION_DIR:
    case TT_OPTION_INPUT:
    case TT_OPTION_PREFIX:
    case TT_OPTION_TENANT:
    case TT_OPTION_URL:
    case TT_OPTION_ADDRESS:
    case TT_OPTION_ADDRESSES:
        return TT_SHAPE_TEXT;
    case TT_OPTION_WORDS:
        return TT_SHAPE_PLAIN;
    default:
        return tt_option_item_kind(kind) != kind ? TT_SHAPE_LIST : TT_SHAPE_PLAIN;
    }
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

void tt_option_format_seconds(struct tt_buf *buf, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    unsigned at = 0;

    while (seconds % units[at].seconds != 0)
        at++;
    tt_buf_u64(buf, seconds / units[at].seconds);
    tt_buf_char(buf, units[at].unit);
}

const char *tt_conf_compression_word(unsigned compression)
{
    return compression + 1 < TT_COUNT(tt_words_compression) ? tt_words_compression[compression].word : "none";
}

const char *tt_conf_sink_type_word(unsigned type)
{
    return type < TT_SINK_TYPES_N ? tt_words_sink_type[type].word : "unknown";
}
