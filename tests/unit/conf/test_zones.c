/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Files of zones_dir: what they give, what is refused in them, how large they may be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compat.h"
#include "base/err.h"
#include "conf/conf.h"

static struct tt_conf_errors errors;

/* The text of a file of n zones with m hosts each; heap. */
static char *make_zones(unsigned zones_n, unsigned hosts_n, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    assert_non_null(out);
    for (unsigned i = 0; i < zones_n; i++) {
        fprintf(out, "- name: zone%u.example\n  owner: o\n  escalation: e\n  runbook: r\n  stop: s\n", i);
        fprintf(out, "  class: c\n  residency: eu\n  names: [h");
        for (unsigned k = 1; k < hosts_n; k++)
            fputs(", h", out);
        fputs("]\n", out);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_file_gives_its_zones_in_order(void **state)
{
    static const char text[] = "- name: WWW.Example.com.\n  owner: dns-team\n  names: [A, b.C]\n"
                               "- { name: 'x\\.y.z', class: critical, residency: eu, stop: s, runbook: r, "
                               "escalation: e }\n";
    struct tt_conf_zone *zones;
    unsigned zones_n;

    (void)state;
    assert_int_equal(tt_conf_zones_parse(text, strlen(text), "z.yaml", &zones, &zones_n, &errors), TT_OK);
    assert_int_equal(errors.count, 0);
    assert_int_equal(zones_n, 2);
    assert_string_equal(zones[0].name, "www.example.com");
    assert_string_equal(zones[0].owner, "dns-team");
    assert_null(zones[0].zone_class);
    assert_int_equal(zones[0].names.items_n, 2);
    assert_string_equal(zones[0].names.items[1], "b.c");
    assert_string_equal(zones[1].name, "x\\.y.z");
    assert_string_equal(zones[1].zone_class, "critical");
    assert_string_equal(zones[1].residency, "eu");
    assert_string_equal(zones[1].stop, "s");
    assert_string_equal(zones[1].runbook, "r");
    assert_string_equal(zones[1].escalation, "e");
    tt_conf_zones_free(&zones, zones_n);
    assert_null(zones);
}

static void a_file_without_zones_gives_none(void **state)
{
    static const char *const texts[] = {"", "# nothing\n", "[]", "~", "---\n"};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(texts); i++) {
        struct tt_conf_zone *zones;
        unsigned zones_n;

        assert_int_equal(tt_conf_zones_parse(texts[i], strlen(texts[i]), "z", &zones, &zones_n, &errors),
                         TT_OK);
        assert_int_equal(zones_n, 0);
        tt_conf_zones_free(&zones, zones_n);
    }
}

static void mistakes_are_named_with_file_and_line(void **state)
{
    static const struct {
        const char *text, *expect;
    } rows[] = {
        {"name: a.example", "z.yaml:1: expected a list of mappings, not a mapping\n"},
        {"zones:\n  - name: a", "z.yaml:1: expected a list of mappings, not a mapping\n"},
        {"- a.example", "z.yaml:1: [0]: expected a mapping, not \"a.example\"\n"},
        {"- name: a\n- name: A.\n- nam: b",
         "z.yaml:2: [1].name: expected a name of its own, the zone on line 1 has it already\n"
         "z.yaml:3: [2].nam: unknown key, did you mean name?\n"
         "z.yaml:3: [2].name: missing, expected a domain name, an international one in its xn-- form\n"},
        {"- name: a\n  expect: {}",
         "z.yaml:2: [0].expect: unknown key, expected one of name, owner, escalation, runbook, stop, class, "
         "residency, names\n"},
        {"- &a { name: a }", "z.yaml:1: [0]: expected no anchor (&a)\n"},
        {"- name: \xff", "z.yaml:1: expected UTF-8\n"},
        {"- name: a\n---\n- name: b", "z.yaml:2: expected one document\n"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_conf_zone *zones;
        unsigned zones_n;

        assert_int_equal(
            tt_conf_zones_parse(rows[i].text, strlen(rows[i].text), "z.yaml", &zones, &zones_n, &errors),
            TT_ECONFIG);
        assert_null(zones);
        assert_int_equal(zones_n, 0);
        assert_string_equal(errors.text, rows[i].expect);
    }
}

static void ten_thousand_zones_with_every_key_are_read_and_not_one_more(void **state)
{
    struct tt_conf_zone *zones;
    unsigned zones_n;
    size_t len;
    char *text = make_zones(TT_ZONES_MAX, 30, &len);

    (void)state;
    assert_int_equal(tt_conf_zones_parse(text, len, "z", &zones, &zones_n, &errors), TT_OK);
    assert_int_equal(zones_n, TT_ZONES_MAX);
    assert_string_equal(zones[TT_ZONES_MAX - 1].name, "zone9999.example");
    assert_int_equal(zones[TT_ZONES_MAX - 1].names.items_n, 30);
    tt_conf_zones_free(&zones, zones_n);
    free(text);

    text = make_zones(TT_ZONES_MAX + 1, 1, &len);
    assert_int_equal(tt_conf_zones_parse(text, len, "z", &zones, &zones_n, &errors), TT_ECONFIG);
    assert_string_equal(errors.text, "z:1: expected at most 10000 of them\n");
    free(text);
}

static void what_is_too_large_is_refused_in_words(void **state)
{
    struct tt_conf_zone *zones;
    unsigned zones_n;
    size_t len;
    char *text = make_zones(10, 50000, &len);

    (void)state;
    assert_int_equal(tt_conf_zones_parse(text, len, "z", &zones, &zones_n, &errors), TT_ECONFIG);
    assert_non_null(strstr(errors.text, ": expected at most 400000 values\n"));
    assert_null(zones);
    free(text);
    text = calloc(1, TT_CONF_ZONES_TEXT_MAX + 1);
    assert_non_null(text);
    memset(text, '\n', TT_CONF_ZONES_TEXT_MAX + 1);
    assert_int_equal(tt_conf_zones_parse(text, TT_CONF_ZONES_TEXT_MAX, "z", &zones, &zones_n, &errors),
                     TT_OK);
    assert_int_equal(tt_conf_zones_parse(text, TT_CONF_ZONES_TEXT_MAX + 1, "z", &zones, &zones_n, &errors),
                     TT_ECONFIG);
    assert_string_equal(errors.text, "z: expected a file of at most 16MiB\n");
    free(text);
}

static void names_tell_which_files_are_zones(void **state)
{
    static const struct {
        const char *name;
        bool expect;
    } rows[] = {{"a.yaml", true},   {"a.yml", true},
                {"a.b.yaml", true}, {".a.yaml", false},
                {"a.yaml~", false}, {"a.YAML", false},
                {"yaml", false},    {"", false},
                {".yaml", false},   {"a.yaml.dpkg-new", false},
                {"README", false}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        assert_int_equal(tt_conf_zones_is_file(rows[i].name), rows[i].expect);
}

static void policies_are_equal_in_everything_or_different(void **state)
{
    static char k[] = "/k", same[] = "/k", other[] = "/l";
    static const struct {
        struct tt_privacy a;
        bool expect;
    } rows[] = {
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 48, same}, true},
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 48, other}, false},
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 48, NULL}, false},
        {{TT_PRIVACY_NET, TT_PRIVACY_NAME_FULL, 24, 48, same}, false},
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_NONE, 24, 48, same}, false},
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 23, 48, same}, false},
        {{TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 47, same}, false},
    };
    struct tt_privacy b = {TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 48, k};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        assert_int_equal(tt_privacy_equal(&rows[i].a, &b), rows[i].expect);
        assert_int_equal(tt_privacy_equal(&b, &rows[i].a), rows[i].expect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_gives_its_zones_in_order),
        cmocka_unit_test(a_file_without_zones_gives_none),
        cmocka_unit_test(mistakes_are_named_with_file_and_line),
        cmocka_unit_test(ten_thousand_zones_with_every_key_are_read_and_not_one_more),
        cmocka_unit_test(what_is_too_large_is_refused_in_words),
        cmocka_unit_test(names_tell_which_files_are_zones),
        cmocka_unit_test(policies_are_equal_in_everything_or_different),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
