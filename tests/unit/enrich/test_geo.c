/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "geo_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "enrich/geo_copy.h"

static const char country_lines[] =
    "10.0.0.0/8 DE\n10.1.2.128/25 fr\n192.0.2.0/24 JP\n198.51.100.7/32 BR\n";
static const char asn_lines[] =
    "10.0.0.0/8 64500 Ten\n10.1.2.128/25 4294967295 Half a net\n192.0.2.0/24 64496 "
    "Example GmbH\n198.51.100.7/32 64501 One host\n";
static const char v6_country_lines[] = "2001:db8::/32 SE\n2001:db8:1:2:3::/80 FI\n";
static const char v6_asn_lines[] =
    "2001:db8::/32 64511 Six\n2001:db8:1:2:3::/80 64510 Longer six\n";

static const struct {
    const char *address, *country, *org;
    uint32_t asn;
    unsigned prefix; /* 0: not looked at */
} facts_of[] = {
    {"10.0.0.1", "DE", "Ten", 64500, 16}, /* 10.1.0.0/16 has longer ones in it */
    {"10.1.2.127", "DE", "Ten", 64500, 25},
    {"10.1.2.128", "FR", "Half a net", 4294967295, 25},
    {"10.255.255.255", "DE", "Ten", 64500, 9},
    {"192.0.2.77", "JP", "Example GmbH", 64496, 24},
    {"198.51.100.7", "BR", "One host", 64501, 32},
    {"198.51.100.6", "", NULL, 0, 32},
    {"9.9.9.9", "", NULL, 0, 0},
    {"2001:db8::1", "SE", "Six", 64511, 48},
    {"2001:db8:1:2:3::1", "FI", "Longer six", 64510, 80},
    {"2001:db9::1", "", NULL, 0, 32},
    {"::1", "", NULL, 0, 0},
};

static void check_facts(const struct tt_geo *country, const struct tt_geo *asn, bool is_v4_only)
{
    for (unsigned i = 0; i < TT_COUNT(facts_of); i++) {
        struct tt_ip ip = ip_of(facts_of[i].address);
        bool is_known = !(is_v4_only && ip.family == 6);
        struct tt_geo_facts facts;
        unsigned prefix = tt_geo_find(country, asn, &ip, &facts);

        if (facts.asn != (is_known ? facts_of[i].asn : 0))
            fail_msg("%s: AS%u", facts_of[i].address, facts.asn);
        assert_true(tt_str_equal(facts.org, tt_str_from(is_known ? facts_of[i].org : NULL)));
        assert_memory_equal(facts.country,
                            is_known && facts_of[i].country[0] != '\0' ? facts_of[i].country : "\0",
                            2);
        if (facts_of[i].prefix != 0 && is_known)
            assert_int_equal(prefix, facts_of[i].prefix);
    }
}

static void every_layout_record_size_and_tree_gives_the_same_facts(void **state)
{
    static const char *const layouts[] = {"nested", "flat", "plain"};

    (void)state;
    for (unsigned i = 0; i < 18; i++) {
        unsigned size = 24 + i / 3 % 3 * 4, version = i < 9 ? 4 : 6;
        char options[128], lines[1024];
        struct tt_geo *country, *asn;

        snprintf(options, sizeof(options), "country --layout %s --record-size %u --ip-version %u",
                 layouts[i % 3], size, version);
        snprintf(lines, sizeof(lines), "%s%s", country_lines, version == 6 ? v6_country_lines : "");
        assert_int_equal(open_db(make_db("country", options, lines), TT_GEO_OF_COUNTRY, &country),
                         TT_OK);
        assert_string_equal(why_text, "");
        snprintf(options, sizeof(options), "asn --layout %s --record-size %u --ip-version %u",
                 layouts[i % 3], size, version);
        snprintf(lines, sizeof(lines), "%s%s", asn_lines, version == 6 ? v6_asn_lines : "");
        assert_int_equal(open_db(make_db("asn", options, lines), TT_GEO_OF_ASN, &asn), TT_OK);
        assert_string_equal(why_text, "");
        check_facts(country, asn, version == 4);
        tt_geo_free(&country);
        tt_geo_free(&asn);
    }
}

static const struct {
    const char *record, *country;
    uint32_t asn;
} values[] = {
    {"{'asn': Typed(U16, 65000)}", "", 65000},
    {"{'asn': Typed(U64, 64512)}", "", 64512},
    {"{'asn': Typed(I32, 64513)}", "", 64513},
    {"{'asn': Typed(I32, -1)}", "", 0},
    {"{'asn': Typed(U64, 1 << 32)}", "", 0},
    {"{'asn': Typed(U128, 5)}", "", 0},
    {"{'asn': 'AS174'}", "", 174},
    {"{'asn': 'as174'}", "", 174},
    {"{'asn': '174'}", "", 174},
    {"{'asn': 'AS'}", "", 0},
    {"{'asn': 'AS17x'}", "", 0},
    {"{'asn': 'AS4294967296'}", "", 0},
    {"{'asn': 'AS-1'}", "", 0},
    {"{'asn': 1.5}", "", 0},
    {"{'asn': {'asn': 1}}", "", 0},
    {"{'asn': True}", "", 0},
    {"{'country': 'de'}", "DE", 0},
    {"{'country': 'DEU'}", "", 0},
    {"{'country': 'D1'}", "", 0},
    {"{'country': ''}", "", 0},
    {"{'country': {'iso_code': 'CH'}}", "CH", 0},
    {"{'country': {'iso_code': ['CH']}}", "", 0},
    {"{'country_code': 'AT', 'country': 'IT'}", "AT", 0},
};

static void a_number_may_be_of_any_type_or_a_text_and_a_country_is_two_letters(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TT_COUNT(values); i++) {
        bool is_country = strstr(values[i].record, "'country") != NULL;
        bool has_it = values[i].asn != 0 || values[i].country[0] != '\0';
        struct tt_ip ip = ip_of("10.0.0.1");
        struct tt_geo_facts facts;
        struct tt_geo *geo;
        int err = open_db(craft_db("one", values[i].record, ""),
                          is_country ? TT_GEO_OF_COUNTRY : TT_GEO_OF_ASN, &geo);

        if ((err == TT_OK) != has_it)
            fail_msg("%s: %d %s", values[i].record, err, why_text);
        if (err != TT_OK)
            continue;
        tt_geo_find(is_country ? geo : NULL, is_country ? NULL : geo, &ip, &facts);
        assert_int_equal(facts.asn, values[i].asn);
        assert_memory_equal(facts.country, values[i].country[0] != '\0' ? values[i].country : "\0",
                            2);
        tt_geo_free(&geo);
    }
}

static void a_configured_path_leads_through_maps_and_arrays(void **state)
{
    static const struct {
        const char *path;
        int err;
        const char *country;
    } cases[] = {
        {"a.b.2.c", TT_OK, "NO"},
        {"a.b.0", TT_OK, "DK"},
        {"top", TT_OK, "IS"},
        {"a.b.3", TT_EMALFORMED, ""},
        {"a.b.x", TT_EMALFORMED, ""},
        {"a..b", TT_ECONFIG, ""},
        {".", TT_ECONFIG, ""},
        {"1.2.3.4.5.6.7.8.9", TT_ECONFIG, ""},
        {"a.b.2.c.d", TT_EMALFORMED, ""},
    };
    struct bytes bytes =
        read_bytes_of(craft_db("one", "{'a': {'b': ['DK', 'ABC', {'c': 'no'}]}, 'top': 'IS'}", ""));

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_conf_geo conf = {.country_path = (char *)(uintptr_t)cases[i].path};
        struct tt_ip ip = ip_of("10.9.9.9");
        struct tt_geo_facts facts;
        struct tt_geo *geo;

        assert_int_equal(open_bytes(bytes.data, bytes.len, NULL, TT_GEO_OF_COUNTRY, &conf, &geo),
                         cases[i].err);
        if (geo == NULL) {
            assert_non_null(strstr(why_text, cases[i].path));
            continue;
        }
        tt_geo_find(geo, NULL, &ip, &facts);
        assert_memory_equal(facts.country, cases[i].country, 2);
        tt_geo_free(&geo);
    }
    free(bytes.data);
}

static void pointers_of_every_length_are_followed(void **state)
{
    static const char *const cases[] = {
        "{'pad': b'x' * 10, 'one': {'iso_code': 'CH'}, 'country': {'iso_code': 'CH'}}",
        "{'pad': b'x' * 3000, 'one': {'iso_code': 'CH'}, 'country': {'iso_code': 'CH'}}",
        "{'pad': b'x' * 600000, 'one': {'iso_code': 'CH'}, 'country': {'iso_code': 'CH'}}",
        "{'one': 'CH', 'country': Typed(None, bytes([0x38, 0, 0, 0, 5]))}",
    };

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_ip ip = ip_of("10.0.0.1");
        struct tt_geo_facts facts;
        struct tt_geo *geo;

        if (open_db(craft_db("one", cases[i], ""), TT_GEO_OF_COUNTRY, &geo) != TT_OK)
            fail_msg("%s: %s", cases[i], why_text);
        tt_geo_find(geo, NULL, &ip, &facts);
        assert_memory_equal(facts.country, "CH", 2);
        tt_geo_free(&geo);
    }
}

static void a_database_of_the_wrong_kind_is_refused_by_the_names_of_what_it_lacks(void **state)
{
    struct tt_geo *geo;

    (void)state;
    assert_int_equal(open_db(make_db("country", "country", country_lines), TT_GEO_OF_ASN, &geo),
                     TT_EMALFORMED);
    assert_null(geo);
    assert_non_null(strstr(why_text, "telltale-country-nested"));
    assert_non_null(strstr(why_text, "autonomous_system_number or asn"));
    assert_non_null(strstr(why_text, "autonomous_system_organization or as_name or name"));
    assert_int_equal(open_db(make_db("asn", "asn", asn_lines), TT_GEO_OF_COUNTRY, &geo),
                     TT_EMALFORMED);
    assert_non_null(strstr(why_text, "country.iso_code or country_code or country"));
    assert_int_equal(open_db(craft_db("one", "{'asn': 7}", ""), TT_GEO_OF_ASN, &geo), TT_OK);
    assert_non_null(strstr(why_text, "has a name at autonomous_system_organization"));
    tt_geo_free(&geo);
}

static void the_build_is_the_epoch_in_utc(void **state)
{
    static const struct {
        const char *options, *build;
    } cases[] = {
        {"epoch=1792000000", "2026-10-14T17:46:40Z"},
        {"epoch=0", ""},
        {"epoch=253402300799", "9999-12-31T23:59:59Z"},
        {"epoch=253402300800", ""},
        {"epoch=(1 << 64) - 1", ""},
        {"metadata={'build_epoch': 'yesterday'}", ""},
    };
    struct tt_geo *geo;

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(open_db(craft_db("one", "{'country': 'DE'}", cases[i].options),
                                 TT_GEO_OF_COUNTRY, &geo),
                         0);
        assert_string_equal(build_text, cases[i].build);
        tt_geo_free(&geo);
    }
}

static unsigned count_files(const char *dir)
{
    DIR *listing = opendir(dir);
    unsigned n = 0;

    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(listing);
    return n;
}

static void the_private_copy_leaves_no_file_and_needs_no_directory(void **state)
{
    struct bytes bytes = read_bytes_of(make_db("small", "country", country_lines));
    const char *const dirs[] = {at("scratch"), at("not-there"), NULL};
    struct tt_conf_geo conf = {0};

    (void)state;
    assert_int_equal(mkdir(dirs[0], 0700), 0);
    for (unsigned i = 0; i < TT_COUNT(dirs); i++) {
        struct tt_ip ip = ip_of("192.0.2.1");
        struct tt_geo_facts facts;
        struct tt_geo *geo;

        assert_int_equal(open_bytes(bytes.data, bytes.len, dirs[i], TT_GEO_OF_COUNTRY, &conf, &geo),
                         TT_OK);
        assert_int_equal(count_files(dirs[0]), 0);
        tt_geo_find(geo, NULL, &ip, &facts);
        assert_memory_equal(facts.country, "JP", 2);
        tt_geo_free(&geo);
    }
    free(bytes.data);
}

static void copies_of_processes_that_died_are_swept_away_and_others_stay(void **state)
{
    const char *dir = at("swept");
    int dead, held;

    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    dead = open(at("swept/.telltale-geo-aaaaaa"), O_CREAT | O_WRONLY, 0600);
    held = open(at("swept/.telltale-geo-bbbbbb"), O_CREAT | O_WRONLY, 0600);
    close(open(at("swept/other"), O_CREAT | O_WRONLY, 0600));
    assert_int_equal(flock(held, LOCK_EX), 0);
    tt_geo_copy_sweep(dir);
    assert_int_equal(count_files(dir), 2);
    close(held);
    close(dead);
    tt_geo_copy_sweep(dir);
    assert_int_equal(count_files(dir), 1);
    tt_geo_copy_sweep(at("not-there"));
    tt_geo_copy_sweep(NULL);
}

/* The number that mmdblookup, of the same library but with its own reading of records, gives. */
static uint32_t ask_mmdblookup(const char *name, const char *address)
{
    char command[512], line[256];
    unsigned asn = 0;
    FILE *pipe;

    snprintf(command, sizeof(command),
             "mmdblookup -f %s -i %s autonomous_system_number 2>/dev/null", at(name), address);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fgets(line, sizeof(line), pipe) != NULL)
        if (strstr(line, "<uint32>") != NULL)
            asn = (unsigned)strtoul(line, NULL, 10);
    pclose(pipe);
    return asn;
}

static void mmdblookup_gives_the_same_numbers_for_a_large_database(void **state)
{
    struct tt_geo *geo;
    uint64_t random = 88172645463325252u;
    unsigned known_n = 0;

    (void)state;
    if (system("command -v mmdblookup >/dev/null") != 0)
        skip();
    assert_int_equal(
        open_db(make_db("big", "asn --big", "10.0.0.0/8 64500 Ten\n2001:db8::/32 64511 Six\n"),
                TT_GEO_OF_ASN, &geo),
        TT_OK);
    for (unsigned i = 0; i < 200; i++) {
        char text[64] = "";
        struct tt_buf buf = tt_buf_over(text, sizeof(text));
        struct tt_ip ip = i % 10 == 9 ? ip_of("2001:db8::") : (struct tt_ip){.family = 4};
        struct tt_geo_facts facts;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(ip.bytes + (ip.family == 4 ? 0 : 3), &random, 4);
        tt_ip_format(&buf, &ip);
        tt_geo_find(NULL, geo, &ip, &facts);
        assert_int_equal(facts.asn, ask_mmdblookup("big", tt_buf_cstr(&buf)));
        known_n += facts.asn != 0;
    }
    assert_in_range(known_n, 60, 140);
    tt_geo_free(&geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_record_size_and_tree_gives_the_same_facts),
        cmocka_unit_test(a_number_may_be_of_any_type_or_a_text_and_a_country_is_two_letters),
        cmocka_unit_test(a_configured_path_leads_through_maps_and_arrays),
        cmocka_unit_test(pointers_of_every_length_are_followed),
        cmocka_unit_test(a_database_of_the_wrong_kind_is_refused_by_the_names_of_what_it_lacks),
        cmocka_unit_test(the_build_is_the_epoch_in_utc),
        cmocka_unit_test(the_private_copy_leaves_no_file_and_needs_no_directory),
        cmocka_unit_test(copies_of_processes_that_died_are_swept_away_and_others_stay),
        cmocka_unit_test(mmdblookup_gives_the_same_numbers_for_a_large_database),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
