/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any bytes as a database of countries or of autonomous systems (told by the parity of their
 * number): refused with a text, or opened, and then these hold. Facts are well-formed and lie
 * inside the database, the cache says what the database says, and what is found in the bytes as a
 * record is what libmaxminddb finds there.
 */

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/geo.h"
#include "enrich/geo_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const char *const addresses[] = {"0.0.0.0",
                                        "1.2.3.4",
                                        "10.0.0.1",
                                        "10.0.0.200",
                                        "192.0.2.1",
                                        "192.0.2.9",
                                        "223.255.1.1",
                                        "255.255.255.255",
                                        "::",
                                        "::1.2.3.4",
                                        "2001:db8::1",
                                        "2002:c000:201::1",
                                        "ffff:ffff:ffff:ffff::1"};

static unsigned sum;

static void check_facts(const struct tt_geo_facts *facts)
{
    MUST((facts->country[0] == 0) == (facts->country[1] == 0));
    MUST(facts->country[0] == 0 || (facts->country[0] >= 'A' && facts->country[0] <= 'Z'));
    MUST(facts->country[1] == 0 || (facts->country[1] >= 'A' && facts->country[1] <= 'Z'));
    MUST(facts->org.ptr != NULL || facts->org.len == 0);
    for (uint32_t i = 0; i < facts->org.len; i++)
        sum += (unsigned char)facts->org.ptr[i]; /* reads it all */
}

static bool equal(const struct tt_geo_facts *a, const struct tt_geo_facts *b)
{
    return a->asn == b->asn && memcmp(a->country, b->country, 2) == 0 && a->org.ptr == b->org.ptr &&
           a->org.len == b->org.len;
}

/* All addresses of the network around one share its facts: its first and last as well. */
static void check_net(const struct tt_geo *geo, const struct tt_ip *ip, unsigned prefix,
                      const struct tt_geo_facts *facts)
{
    unsigned bits = ip->family == 4 ? 32 : 128;
    struct tt_ip first = tt_ip_cut(ip, prefix), last = first;
    struct tt_geo_facts other;

    MUST(prefix <= bits);
    for (unsigned i = prefix; i < bits; i++)
        last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
    tt_geo_find(geo, geo, &first, &other);
    MUST(equal(&other, facts));
    tt_geo_find(geo, geo, &last, &other);
    MUST(equal(&other, facts));
}

static void check_geo(const struct tt_geo *geo, struct tt_geo_cache *cache)
{
    tt_geo_cache_forget(cache);
    for (unsigned i = 0; i < TT_COUNT(addresses); i++) {
        struct tt_ip ip;
        struct tt_geo_facts facts;

        MUST(tt_ip_parse(tt_str_from(addresses[i]), &ip) == TT_OK);
        unsigned prefix = tt_geo_find(geo, geo, &ip, &facts);
        check_facts(&facts);
        check_net(geo, &ip, prefix, &facts);
        for (unsigned turn = 0; turn < 2; turn++)
            MUST(equal(tt_geo_cache_find(cache, geo, geo, &ip), &facts));
    }
}

/* The bytes as a data section. So few of them cannot nest deep enough to harm the library. */
static void check_values(const uint8_t *data, size_t len)
{
    static const char *const keys[][3] = {
        {"country", "iso_code", NULL}, {"asn", NULL}, {"en", "1", NULL}};
    static const char *const texts[] = {"country.iso_code", "asn", "en.1"};
    struct tt_geo_section section = {data, len};
    MMDB_s db = {.data_section = data, .data_section_size = (uint32_t)len};
    MMDB_entry_s entry = {&db, 0};

    for (unsigned i = 0; i < TT_COUNT(keys); i++) {
        struct tt_geo_path path;
        struct tt_geo_value value;
        MMDB_entry_data_s theirs;

        MUST(tt_geo_path_parse(texts[i], &path) == TT_OK);
        bool is_found = tt_geo_value_find(&section, 0, &path, &value);
        if (!is_found)
            continue; /* ours is stricter: it knows no types beyond the specification's */
        MUST(value.at <= len && value.next <= len &&
             tt_geo_value_text(&section, &value).len <= len - value.at);
        if (MMDB_aget_value(&entry, &theirs, keys[i]) != MMDB_SUCCESS || !theirs.has_data)
            continue;
        MUST(value.type == theirs.type);
        if (value.type == TT_GEO_TEXT)
            MUST(value.size == theirs.data_size &&
                 memcmp(section.bytes + value.at, theirs.utf8_string, value.size) == 0);
        uint64_t number;
        if (value.type == TT_GEO_UINT32 && tt_geo_value_number(&section, &value, &number))
            MUST(number == theirs.uint32);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct tt_geo_cache *cache;
    static char build_text[64], why_text[512];
    struct tt_buf build = tt_buf_over(build_text, sizeof(build_text)),
                  why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_conf_geo conf = {0};
    struct tt_geo *geo;

    if (cache == NULL)
        MUST(tt_geo_cache_new(&cache) == TT_OK);
    check_values(data, len);
    enum tt_geo_kind kind = len % 2 == 0 ? TT_GEO_OF_COUNTRY : TT_GEO_OF_ASN;
    int err = tt_geo_new(data, len, NULL, kind, &conf, &geo, &build, &why);
    MUST((err == TT_OK) == (geo != NULL));
    MUST(err == TT_OK || why.len > 0);
    MUST(build.len == 0 || (build.len == 20 && build.data[19] == 'Z'));
    if (geo != NULL)
        check_geo(geo, cache);
    tt_geo_free(&geo);
    return 0;
}
