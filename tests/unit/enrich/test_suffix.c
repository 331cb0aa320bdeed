/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <idn2.h>
#include <libpsl.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/suffix.h"
#include "name_mix.h"

static char why_text[TT_DATA_WHY_MAX], build_text[TT_DATA_BUILD_MAX];

static int make(const char *text, size_t len, struct tt_suffix **suffix)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_buf build = tt_buf_over(build_text, sizeof(build_text));
    int error = tt_suffix_new(text, len, suffix, &build, &why);

    tt_buf_cstr(&why);
    tt_buf_cstr(&build);
    return error;
}

struct both {
    char *list;
    psl_ctx_t *psl;
    struct tt_suffix *suffix;
    size_t asked_n;
};

static void open_both(struct both *both)
{
    size_t len;

    both->list = name_mix_read_file(NAME_MIX_LIST, &len);
    assert_non_null(both->list);
    both->psl = psl_load_file(NAME_MIX_LIST);
    assert_non_null(both->psl);
    assert_int_equal(make(both->list, len, &both->suffix), TT_OK);
    assert_string_equal(why_text, "");
    both->asked_n = 0;
}

static void close_both(struct both *both)
{
    tt_suffix_free(&both->suffix);
    assert_null(both->suffix);
    psl_free(both->psl);
    free(both->list);
}

static void agree_on_part(const char *name, const char *what, struct tt_str ours, const char *theirs)
{
    if (theirs == NULL ? ours.ptr == NULL : tt_str_equal(ours, tt_str_from(theirs)))
        return;
    fail_msg("%s of %s: ours %.*s, libpsl %s", what, name, (int)ours.len, ours.ptr != NULL ? ours.ptr : "",
             theirs != NULL ? theirs : "none");
}

static void agree(struct both *both, const char *name)
{
    struct tt_suffix_parts parts = tt_suffix_find(both->suffix, tt_str_from(name));

    agree_on_part(name, "public suffix", parts.public_suffix, psl_unregistrable_domain(both->psl, name));
    agree_on_part(name, "registrable domain", parts.registrable_domain,
                  psl_registrable_domain(both->psl, name));
    both->asked_n++;
}

/* A rule as it stands, with labels before it, and what is above it. */
static void agree_on_rule(struct both *both, const char *rule)
{
    char name[NAME_MIX_MAX], *ascii = NULL;
    const char *body = rule + (rule[0] == '!') + (rule[0] == '*' ? 2 : 0), *dot;

    assert_int_equal(idn2_to_ascii_8z(body, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL), IDN2_OK);
    agree(both, ascii);
    snprintf(name, sizeof(name), "one.%s", ascii);
    agree(both, name);
    snprintf(name, sizeof(name), "two.one.%s", ascii);
    agree(both, name);
    snprintf(name, sizeof(name), "three.two.one.%s", ascii);
    agree(both, name);
    dot = strchr(ascii, '.');
    if (dot != NULL)
        agree(both, dot + 1);
    idn2_free(ascii);
}

static void every_rule_of_the_list_means_what_libpsl_says(void **state)
{
    struct both both;
    size_t rules_n = 0;

    (void)state;
    open_both(&both);
    for (char *at = both.list, *next; at != NULL && *at != '\0'; at = next) {
        next = strchr(at, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (*at == '\0' || strncmp(at, "//", 2) == 0)
            continue;
        agree_on_rule(&both, at);
        rules_n++;
    }
    assert_true(rules_n > 9000);
    print_message("%zu rules, %zu names\n", rules_n, both.asked_n);
    close_both(&both);
}

static void a_hundred_thousand_names_have_the_parts_that_libpsl_finds(void **state)
{
    char name[NAME_MIX_MAX];
    struct both both;
    struct name_mix mix;

    (void)state;
    open_both(&both);
    assert_int_equal(name_mix_init(&mix, 20261101, both.list), 0);
    while (both.asked_n < 100000) {
        name_mix_next(&mix, name);
        agree(&both, name);
    }
    name_mix_fini(&mix);
    close_both(&both);
}

/* Rules of the published algorithm, and names no list of host names has. */
static const char small_list[] =
    "// VERSION: 2026-11-01_12-00-00_UTC\n"
    "// ===BEGIN ICANN DOMAINS===\r\ncom\r\nuk\nco.uk\n*.ck\n!www.ck\n"
    "*.kobe.jp\njp\n!city.kobe.jp\nxn--p1ai\n\xE4\xB8\xAD\xE5\x9B\xBD // a comment\n"
    "// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\nblogspot.com\n"
    "// ===END PRIVATE DOMAINS===";

static void names_are_divided_at_labels_only(void **state)
{
    static const struct {
        const char *name, *suffix, *registrable;
    } cases[] = {
        {".", NULL, NULL},
        {"", NULL, NULL},
        {"com", "com", NULL},
        {"example.com", "com", "example.com"},
        {"a.b.example.com", "com", "example.com"},
        {"blogspot.com", "blogspot.com", NULL},
        {"x.y.blogspot.com", "blogspot.com", "y.blogspot.com"},
        {"example.co.uk", "co.uk", "example.co.uk"},
        {"host.lan", "lan", "host.lan"},
        {"lan", "lan", NULL},
        {"ck", "ck", NULL},
        {"a.ck", "a.ck", NULL},
        {"b.a.ck", "a.ck", "b.a.ck"},
        {"www.ck", "ck", "www.ck"},
        {"a.www.ck", "ck", "www.ck"},
        {"kobe.jp", "kobe.jp", NULL},
        {"a.kobe.jp", "a.kobe.jp", NULL},
        {"b.a.kobe.jp", "a.kobe.jp", "b.a.kobe.jp"},
        {"x.city.kobe.jp", "kobe.jp", "city.kobe.jp"},
        {"a.xn--fiqs8s", "xn--fiqs8s", "a.xn--fiqs8s"},
        {"a\\.co.uk", "uk", "a\\.co.uk"},
        {"b.a\\.co.uk", "uk", "a\\.co.uk"},
        {"a\\\\.co.uk", "co.uk", "a\\\\.co.uk"},
        {"x.a\\\\\\.com", "a\\\\\\.com", "x.a\\\\\\.com"},
        {"x.\\000\\046.com", "com", "\\000\\046.com"},
        {"c\\.om", "c\\.om", NULL},
        {"\\.com", "\\.com", NULL},
    };
    struct tt_suffix *suffix;

    (void)state;
    assert_int_equal(make(small_list, sizeof(small_list) - 1, &suffix), TT_OK);
    assert_string_equal(build_text, "2026-11-01_12-00-00_UTC");
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_suffix_parts parts = tt_suffix_find(suffix, tt_str_from(cases[i].name));
        agree_on_part(cases[i].name, "public suffix", parts.public_suffix, cases[i].suffix);
        agree_on_part(cases[i].name, "registrable domain", parts.registrable_domain, cases[i].registrable);
    }
    tt_suffix_free(&suffix);
}

static void the_longest_name_is_divided_too(void **state)
{
    char name[300];
    struct tt_suffix *suffix;

    (void)state;
    assert_int_equal(make(small_list, sizeof(small_list) - 1, &suffix), TT_OK);
    for (int i = 0; i < 125; i++)
        memcpy(name + 2 * i, "a.", 2);
    memcpy(name + 250, "com", 3);
    struct tt_suffix_parts parts = tt_suffix_find(suffix, (struct tt_str){name, 253});
    assert_true(tt_str_equal(parts.registrable_domain, TT_STR("a.com")));
    tt_suffix_free(&suffix);
}

static void what_is_no_list_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "no rule at all"},
        {"// only\n// comments\n", "no rule at all"},
        {"\n\n", "no rule at all"},
        {"<!DOCTYPE html>\n<html>\n", "2 of 2 lines are no rules, first at line 1"},
        {"Not found", "1 of 1 lines are no rules, first at line 1"},
        {"com\nhello world\n", "1 of 2 lines are no rules, first at line 2"},
        {"com\na..b\n", "first at line 2"},
        {"com\n!org\n", "first at line 2"},
        {"192.0.2.1\n", "1 of 1 lines are no rules"},
        {"// ===BEGIN ICANN DOMAINS===\ncom\nco.u", "it is cut"},
        {"// ===BEGIN ICANN DOMAINS===\ncom\n// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE "
         "DOMAINS===\na.com\n",
         "it is cut"},
    };
    struct tt_suffix *suffix;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(make(cases[i].text, strlen(cases[i].text), &suffix), TT_ESYNTAX);
        assert_null(suffix);
        if (strstr(why_text, cases[i].why) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", why_text, cases[i].why);
    }
}

static void the_row_loads_and_unloads(void **state)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_buf build = tt_buf_over(build_text, sizeof(build_text));
    void *object;

    (void)state;
    assert_int_equal(tt_data_suffix.role, TT_DATA_SUFFIX);
    assert_int_equal(tt_data_suffix.load((const uint8_t *)"com\n", 4, "", NULL, "", &object, &build, &why),
                     TT_OK);
    tt_data_suffix.unload(object);
    assert_int_equal(tt_data_suffix.load((const uint8_t *)"", 0, "", NULL, "", &object, &build, &why),
                     TT_ESYNTAX);
    assert_null(object);
    tt_data_suffix.unload(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_of_the_list_means_what_libpsl_says),
        cmocka_unit_test(a_hundred_thousand_names_have_the_parts_that_libpsl_finds),
        cmocka_unit_test(names_are_divided_at_labels_only),
        cmocka_unit_test(the_longest_name_is_divided_too),
        cmocka_unit_test(what_is_no_list_is_refused_with_a_reason),
        cmocka_unit_test(the_row_loads_and_unloads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
