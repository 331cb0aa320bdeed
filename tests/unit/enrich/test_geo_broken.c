/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Databases that are none, or no longer: refused with a text, or without facts; never a crash. */

#include "geo_test.h"

static const char country_lines[] =
    "10.0.0.0/8 DE\n10.1.2.128/25 fr\n192.0.2.0/24 JP\n198.51.100.7/32 BR\n";

static void broken_metadata_is_refused_with_a_text(void **state)
{
    static const char *const cases[] = {
        "metadata={'node_count': 1 << 31}",
        "metadata={'node_count': 0}",
        "metadata={'node_count': 'many'}",
        "metadata={'node_count': Typed(U128, 1)}",
        "metadata={'record_size': Typed(U16, 20)}",
        "metadata={'record_size': Typed(U16, 64)}",
        "metadata={'ip_version': Typed(U16, 5)}",
        "metadata={'binary_format_major_version': Typed(U16, 3)}",
        "metadata={'binary_format_major_version': Typed(None, bytes([32, 0]))}",
        "metadata={'binary_format_major_version': Typed(None, bytes([1, 4]) * 60000)}",
    };
    struct tt_geo *geo;

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        int err = open_db(craft_db("one", "{'country': 'DE'}", cases[i]), TT_GEO_OF_COUNTRY, &geo);
        if (err != TT_EMALFORMED || why_text[0] == '\0')
            fail_msg("%s: %d", cases[i], err);
    }
}

/* Descriptions, languages and the rest are of no use to us, so they cannot do harm. */
static void odd_metadata_that_nobody_needs_does_not_matter(void **state)
{
    static const char *const cases[] = {
        "metadata={'languages': Typed(None, bytes([0x1f, 4, 255, 255, 255]))}",
        "metadata={'description': []}",
        "metadata={'database_type': 5}",
        "metadata={'description': Typed(None, bytes([1, 4]) * 5000)}",
    };
    struct tt_geo *geo;

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        int err = open_db(craft_db("one", "{'country': 'DE'}", cases[i]), TT_GEO_OF_COUNTRY, &geo);
        if (err == TT_OK)
            tt_geo_free(&geo);
        else
            assert_string_not_equal(why_text, "");
    }
}

static void records_that_are_broken_give_no_facts_and_do_no_harm(void **state)
{
    static const char *const cases[] = {
        "{'x': Typed(None, bytes([1, 4]) * 500000), 'country': 'DE'}", /* nested without an end */
        "{'x': Typed(None, bytes([0xe1, 0x41, 0x61]) * 300000), 'country': 'DE'}",
        "{'x': [1] * 10000, 'country': 'DE'}", /* longer than any real one */
        "{'x': Typed(None, bytes([0x1f, 4, 255, 255, 255])), 'country': 'DE'}", /* an array of 16 M
                                                                                 */
        "{'x': Typed(None, bytes([0x5f, 255, 255, 255])), 'country': 'DE'}", /* a text of 16 MiB */
        "{'country': Typed(None, bytes([0x38, 255, 255, 255, 255]))}", /* a pointer to nowhere */
        "{'country': Typed(None, bytes([0x20, 0]))}",                  /* a pointer to itself */
        "Typed(None, bytes([0x20, 0]))",
        "Typed(None, bytes([0x00, 0x20]))",                   /* a type there is not */
        "{'x': Typed(None, bytes([5, 5])), 'country': 'DE'}", /* a container, of whatever length */
        "{'x': Typed(None, bytes([0, 6])), 'country': 'DE'}", /* an end marker */
        "Typed(None, b'')",
    };
    struct tt_geo *geo;

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        int err = open_db(craft_db("one", cases[i], ""), TT_GEO_OF_COUNTRY, &geo);
        if (err != TT_EMALFORMED || strstr(why_text, "has a country code") == NULL)
            fail_msg("%s: %d %s", cases[i], err, why_text);
    }
}

static void ask_everywhere(struct tt_geo *geo)
{
    static const char *const addresses[] = {"0.0.0.0",         "10.1.2.3", "192.0.2.1",
                                            "255.255.255.255", "::",       "2001:db8::1"};
    struct tt_geo_facts facts;

    for (unsigned i = 0; i < TT_COUNT(addresses); i++) {
        struct tt_ip ip = ip_of(addresses[i]);
        tt_geo_find(geo, geo, &ip, &facts);
    }
}

static void a_file_cut_anywhere_is_refused_and_one_with_any_byte_changed_does_no_harm(void **state)
{
    struct bytes bytes =
        read_bytes_of(make_db("small", "country --ip-version 4 --record-size 24", country_lines));
    struct tt_conf_geo conf = {0};
    struct tt_geo *geo;

    (void)state;
    for (size_t len = 0; len < bytes.len; len++) {
        uint8_t *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut, bytes.data, len);
        int err = open_bytes(cut, len, NULL, TT_GEO_OF_COUNTRY, &conf, &geo);
        if (err != TT_EMALFORMED || why_text[0] == '\0')
            fail_msg("cut at %zu: %d", len, err);
        free(cut);
    }
    for (size_t i = 0; i < bytes.len * 8; i++) {
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
        if (open_bytes(bytes.data, bytes.len, NULL, TT_GEO_OF_COUNTRY, &conf, &geo) == TT_OK)
            ask_everywhere(geo);
        else
            assert_string_not_equal(why_text, "");
        tt_geo_free(&geo);
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    free(bytes.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_metadata_is_refused_with_a_text),
        cmocka_unit_test(odd_metadata_that_nobody_needs_does_not_matter),
        cmocka_unit_test(records_that_are_broken_give_no_facts_and_do_no_harm),
        cmocka_unit_test(a_file_cut_anywhere_is_refused_and_one_with_any_byte_changed_does_no_harm),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
