/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "geo_test.h"

static struct tt_geo *country, *asn, *other;

static int open_databases(void **state)
{
    static char lines[1 << 16];
    size_t used = 0;

    if (make_root(state) != 0)
        return -1;
    /* Networks of every length, some within others. */
    for (unsigned i = 0; i < 256; i++)
        used += (size_t)snprintf(lines + used, sizeof(lines) - used,
                                 "10.%u.0.0/%u %u Net %u\n2001:db8:%x::/%u %u Six %u\n", i,
                                 16 + i % 17, 1000 + i, i, i, 48 + i % 81, 2000 + i, i);
    assert_int_equal(open_db(make_db("asn", "asn", lines), TT_GEO_OF_ASN, &asn), TT_OK);
    assert_int_equal(
        open_db(make_db("country", "country", "10.0.0.0/8 DE\n10.7.0.0/26 FR\n2001:db8::/32 SE\n"),
                TT_GEO_OF_COUNTRY, &country),
        TT_OK);
    return open_db(make_db("other", "country", "10.0.0.0/8 BR\n2001:db8::/32 BR\n"),
                   TT_GEO_OF_COUNTRY, &other);
}

static int close_databases(void **state)
{
    tt_geo_free(&country);
    tt_geo_free(&asn);
    tt_geo_free(&other);
    return remove_root(state);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Near the networks, so that some addresses share one and others stand just beside it. */
static struct tt_ip random_ip(uint64_t *state)
{
    uint64_t random = next_random(state);
    struct tt_ip v4 = {4,
                       {10, (uint8_t)random, (uint8_t)(random >> 8) & (uint8_t)(random >> 16),
                        (uint8_t)(random >> 24)}};
    struct tt_ip v6 = {6, {0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)random}};

    if (random >> 63 != 0)
        return v4;
    for (unsigned i = 6; i < 16; i++)
        v6.bytes[i] = (uint8_t)(next_random(state) & next_random(state) & next_random(state));
    return v6;
}

static bool equal(const struct tt_geo_facts *a, const struct tt_geo_facts *b)
{
    return a->asn == b->asn && memcmp(a->country, b->country, 2) == 0 &&
           tt_str_equal(a->org, b->org);
}

static void the_cache_says_what_the_databases_say(void **state)
{
    const struct tt_geo *const pairs[][2] = {
        {country, asn}, {country, NULL}, {NULL, asn}, {NULL, NULL}};
    struct tt_geo_cache *cache;
    uint64_t random = 88172645463325252u;
    unsigned known_n = 0;

    (void)state;
    assert_int_equal(tt_geo_cache_new(&cache), TT_OK);
    for (unsigned i = 0; i < TT_COUNT(pairs); i++) {
        tt_geo_cache_forget(cache);
        for (unsigned n = 0; n < 400000; n++) {
            struct tt_ip ip = random_ip(&random);
            struct tt_geo_facts facts;

            tt_geo_find(pairs[i][0], pairs[i][1], &ip, &facts);
            assert_true(equal(tt_geo_cache_find(cache, pairs[i][0], pairs[i][1], &ip), &facts));
            known_n += facts.asn != 0;
        }
    }
    assert_in_range(known_n, 10000, 790000);
    tt_geo_cache_free(&cache);
    assert_null(cache);
}

/* The answer of the first of them stays with all addresses for which it was found to hold. */
static void a_network_is_looked_up_once(void **state)
{
    static const struct {
        const char *first, *second;
        bool is_shared;
    } cases[] = {
        {"10.3.1.1", "10.3.1.254", true}, /* one /24 of 10.0.0.0/8 */
        {"10.3.1.1", "10.3.2.1", false},
        {"10.7.0.1", "10.7.0.2", false}, /* beside a /26: addresses stand for themselves */
        {"10.7.0.1", "10.7.0.1", true},
        {"2001:db8:ffff::1", "2001:db8:ffff:9::2", true},
        {"2001:db8:ffff::1", "2001:db8:fffe::1", false},
    };
    struct tt_geo_cache *cache;

    (void)state;
    assert_int_equal(tt_geo_cache_new(&cache), TT_OK);
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_ip first = ip_of(cases[i].first), second = ip_of(cases[i].second);

        tt_geo_cache_forget(cache);
        tt_geo_cache_find(cache, country, NULL, &first);
        bool is_other =
            memcmp(tt_geo_cache_find(cache, other, NULL, &second)->country, "BR", 2) == 0;
        if (is_other == cases[i].is_shared)
            fail_msg("%s, then %s", cases[i].first, cases[i].second);
    }
    tt_geo_cache_free(&cache);
}

static void nothing_is_left_after_forgetting(void **state)
{
    struct tt_geo_cache *cache;
    uint64_t random = 1;

    (void)state;
    assert_int_equal(tt_geo_cache_new(&cache), TT_OK);
    for (unsigned turn = 0; turn < 100; turn++) {
        const struct tt_geo *geo = turn % 2 == 0 ? country : other;
        tt_geo_cache_forget(cache);
        for (unsigned i = 0; i < 1000; i++) {
            struct tt_ip ip = random_ip(&random);
            bool is_other = memcmp(tt_geo_cache_find(cache, geo, NULL, &ip)->country, "BR", 2) == 0;
            assert_int_equal(is_other, turn % 2);
        }
    }
    tt_geo_cache_free(&cache);
}

static void of_no_address_nothing_is_known(void **state)
{
    struct tt_geo_cache *cache;
    struct tt_ip ip = {0};

    (void)state;
    assert_int_equal(tt_geo_cache_new(&cache), TT_OK);
    const struct tt_geo_facts *facts = tt_geo_cache_find(cache, country, asn, &ip);
    assert_int_equal(facts->asn, 0);
    assert_null(facts->org.ptr);
    assert_int_equal(facts->country[0], 0);
    tt_geo_cache_free(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_says_what_the_databases_say),
        cmocka_unit_test(a_network_is_looked_up_once),
        cmocka_unit_test(nothing_is_left_after_forgetting),
        cmocka_unit_test(of_no_address_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, open_databases, close_databases);
}
