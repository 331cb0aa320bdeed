/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/threat.h"

#include <stdlib.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/tags.h"
#include "enrich/threat_read.h"

/* Entries are exact names, names that stand for all below them, and networks: apart by a mark. */
enum { MARK_EXACT = 0x20000, ENTRIES_MAX = 8 << 20, FILE_MAX = 512 << 20 };

/* A set of small numbers: lengths in which entries occur, so that no other length is looked for. */
struct lengths {
    uint64_t bits[3];
};

struct tt_threat {
    struct tt_tags tags;
    struct tt_hash root;
    struct lengths exact, suffix; /* in labels */
    struct lengths nets[2];       /* in bits, of IPv4 and IPv6 */
};

static void add_length(struct lengths *lengths, unsigned length)
{
    lengths->bits[length / 64] |= (uint64_t)1 << length % 64;
}

/* The largest length up to max, 0 when there is none. */
static unsigned find_length(const struct lengths *lengths, unsigned max)
{
    uint64_t word = lengths->bits[max / 64] << (63 - max % 64) >> (63 - max % 64);

    for (unsigned i = max / 64;; word = lengths->bits[--i]) {
        if (word != 0)
            return i * 64 + 63 - (unsigned)__builtin_clzll(word);
        if (i == 0)
            return 0;
    }
}

static struct tt_hash exact_hash(struct tt_hash hash)
{
    return tt_hash_mix(hash, 0, MARK_EXACT);
}

struct builder {
    struct tt_threat *threat;
    enum tt_threat_match match;
};

static void add_name(struct builder *builder, const struct tt_threat_entry *entry)
{
    struct tt_threat *threat = builder->threat;
    struct tt_labels labels;
    bool is_suffix = entry->kind == TT_THREAT_SUFFIX || builder->match == TT_THREAT_MATCH_SUFFIX ||
                     (builder->match == TT_THREAT_MATCH_AUTO && entry->kind == TT_THREAT_NAME);

    tt_labels_read(&labels, threat->root, (struct tt_str){entry->name, entry->name_len}, TT_LABELS_MAX);
    struct tt_hash hash = labels.items[labels.n].hash;
    add_length(is_suffix ? &threat->suffix : &threat->exact, labels.n);
    tt_tags_add(&threat->tags, is_suffix ? hash : exact_hash(hash), 0);
}

static void add_entry(void *arg, const struct tt_threat_entry *entry)
{
    struct builder *builder = arg;
    struct tt_threat *threat = builder->threat;

    if (entry->kind != TT_THREAT_NET) {
        add_name(builder, entry);
        return;
    }
    add_length(&threat->nets[entry->ip.family == 6], entry->prefix);
    tt_tags_add(&threat->tags, tt_hash_net(threat->root, &entry->ip, entry->prefix), 0);
}

static void count_entry(void *arg, const struct tt_threat_entry *entry)
{
    (void)entry;
    ++*(size_t *)arg;
}

static int judge(const struct tt_threat_reading *reading, size_t entries_n, struct tt_buf *why)
{
    static const char none[] = "name, suffix, address, network, URL";
    size_t lines_n = reading->good_n + reading->bad_n;

    if (reading->bad_n > reading->good_n) {
        tt_buf_format(why, "%zu of %zu lines are none of %s, first at line %zu: this is no threat list",
                      reading->bad_n, lines_n, none, reading->bad_first);
        return TT_ESYNTAX;
    }
    if (entries_n == 0) {
        tt_buf_format(why, "not one entry in %zu lines; expected one of %s a line, a hosts file or CSV",
                      reading->line - 1, none);
        return TT_ESYNTAX;
    }
    if (entries_n > ENTRIES_MAX) {
        tt_buf_format(why, "%zu entries, at most %d are taken", entries_n, ENTRIES_MAX);
        return TT_ESYNTAX;
    }
    if (reading->bad_n > 0)
        tt_buf_format(why, "%zu of %zu lines are none of %s, first at line %zu", reading->bad_n, lines_n,
                      none, reading->bad_first);
    return TT_OK;
}

/* Reads into a table for entries_n; again into a smaller one when most of them were duplicates. */
static int fill(struct tt_threat *threat, struct tt_str text, enum tt_threat_match match, size_t entries_n)
{
    struct builder builder = {threat, match};
    struct tt_threat_reading reading = {.add = add_entry, .arg = &builder};
    int error;

    tt_tags_fini(&threat->tags);
    error = tt_tags_init(&threat->tags, entries_n, 0);
    if (error != TT_OK)
        return error;
    tt_threat_read(text, &reading);
    size_t distinct_n = threat->tags.n;
    return tt_tags_bytes(distinct_n) < tt_tags_bytes(entries_n) ? fill(threat, text, match, distinct_n)
                                                                : TT_OK;
}

int tt_threat_new(const char *text, size_t len, enum tt_threat_match match, struct tt_threat **threat,
                  struct tt_buf *why)
{
    size_t entries_n = 0;
    struct tt_threat_reading reading = {.add = count_entry, .arg = &entries_n};
    struct tt_str whole = {text, (uint32_t)len};
    int error;

    *threat = NULL;
    if (len > FILE_MAX) {
        tt_buf_format(why, "%zu bytes, at most %d are taken", len, FILE_MAX);
        return TT_ESYNTAX;
    }
    tt_threat_read(whole, &reading);
    error = judge(&reading, entries_n, why);
    if (error != TT_OK)
        return error;
    struct tt_threat *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return TT_ENOMEM;
    made->root = tt_hash_root();
    error = fill(made, whole, match, entries_n);
    if (error != TT_OK) {
        tt_threat_free(&made);
        return error;
    }
    *threat = made;
    return TT_OK;
}

void tt_threat_free(struct tt_threat **threat)
{
    if (*threat != NULL)
        tt_tags_fini(&(*threat)->tags);
    free(*threat);
    *threat = NULL;
}

size_t tt_threat_entries(const struct tt_threat *threat)
{
    return threat->tags.n;
}

size_t tt_threat_bytes(const struct tt_threat *threat)
{
    return sizeof(*threat) + (threat->tags.mask + 1) * sizeof(uint64_t) / 8 * 9;
}

static bool holds(const struct tt_threat *threat, struct tt_hash hash)
{
    unsigned value;

    return tt_tags_may_have(&threat->tags, hash) && tt_tags_find(&threat->tags, hash, &value);
}

/* The table is larger than a CPU's cache: all that will be looked at is asked for before the first look. */
bool tt_threat_has_labels(const struct tt_threat *threat, const struct tt_labels *labels, bool is_whole)
{
    unsigned n = labels->n;
    bool is_exact = n > 0 && is_whole && find_length(&threat->exact, n) == n;
    struct tt_hash exact = is_exact ? exact_hash(labels->items[n].hash) : threat->root;

    if (is_exact)
        tt_tags_prefetch(&threat->tags, exact);
    for (unsigned d = find_length(&threat->suffix, n); d > 0; d = find_length(&threat->suffix, d - 1))
        tt_tags_prefetch(&threat->tags, labels->items[d].hash);
    if (is_exact && holds(threat, exact))
        return true;
    for (unsigned d = find_length(&threat->suffix, n); d > 0; d = find_length(&threat->suffix, d - 1))
        if (holds(threat, labels->items[d].hash))
            return true;
    return false;
}

bool tt_threat_has_name(const struct tt_threat *threat, struct tt_str name)
{
    struct tt_labels labels;

    tt_labels_read(&labels, threat->root, name, TT_LABELS_MAX);
    return tt_threat_has_labels(threat, &labels, labels.items[labels.n].at == 0);
}

bool tt_threat_has_ip(const struct tt_threat *threat, const struct tt_ip *ip)
{
    const struct lengths *nets = &threat->nets[ip->family == 6];
    unsigned max = ip->family == 4 ? 32 : ip->family == 6 ? 128 : 0;

    for (unsigned bits = find_length(nets, max); bits > 0; bits = find_length(nets, bits - 1)) {
        struct tt_ip net = tt_ip_cut(ip, bits);

        if (holds(threat, tt_hash_net(threat->root, &net, bits)))
            return true;
    }
    return false;
}

static int load(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why)
{
    const struct tt_conf_threat *conf = detail;
    struct tt_threat *threat = NULL;
    int error =
        tt_threat_new((const char *)bytes, len,
                      conf != NULL ? (enum tt_threat_match)conf->match : TT_THREAT_MATCH_AUTO, &threat, why);

    (void)path;
    (void)scratch_dir;
    (void)build;
    *object = threat;
    return error;
}

static void unload(void *object)
{
    struct tt_threat *threat = object;

    tt_threat_free(&threat);
}

const struct tt_data_class tt_data_threat = {TT_DATA_THREAT, FILE_MAX, false, load, unload};
