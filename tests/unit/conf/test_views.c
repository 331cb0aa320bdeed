/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The key `views`: its names and what stands below them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "conf/conf.h"

#define VIEW(privacy) "views: { internal: { privacy: { " privacy " } } }"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X255 X64 X64 X64 X16 X16 X16 "xxxxxxxxxxxxxxx"

struct example {
    const char *yaml;
    const char *refusal; /* begins what follows "t.yaml:1: "; NULL: accepted */
};

static const struct example examples[] = {
    {"views: {}", NULL},
    {"views: { internal: {} }", NULL},
    {"views: ~", "views: expected a mapping of names to mappings, not nothing"},
    {"views: off", "views: expected a mapping of names to mappings, not \"off\""},
    {"views: { internal: ~ }", "views.internal: expected a mapping, not nothing"},
    {"views: { internal: { client: full } }", "views.internal.client: unknown key, expected privacy"},
    {"views: { a: {}, A: {}, 'a b/\xc3\xbc.c': {}, 12: {}, ~: {} }", NULL},
    {"views: { \"a\\u202eb\": {} }", "views.a\xef\xbf\xbd" "b: expected a name as key"},
    {"views: { " X255 ": {} }", NULL},
    {"views: { " X255 "x: {} }", "views." X16 X16 "xxxxxxxx: expected a name as key"},
    {VIEW(""), NULL},
    {VIEW("client: full, query_name: none, prefix_v4: 32, prefix_v6: 128"), NULL},
    {VIEW("client: hash, key_file: k"), NULL},
    {VIEW("client: hash"), "views.internal.privacy.client: expected key_file beside it, hash needs a key"},
    {VIEW("client: Full"), "views.internal.privacy.client: expected net, full, hash or none, not \"Full\""},
    {VIEW("prefix_v4: 33"), "views.internal.privacy.prefix_v4: expected a whole number from 0 to 32"},
    {"{ privacy: { key_file: k }, " VIEW("client: hash") " }", NULL},
    {"{ privacy: { client: hash }, " VIEW("query_name: none") " }", "privacy.client: expected key_file beside it"},
    {"views: { a: {}, a: {} }", "views.a: expected once, it is on line 1 already"},
    {"hosts: { bind: { " VIEW("client: hash") " } }", "hosts.bind.views.internal.privacy.client: expected key_file"},
};

static bool is_as_expected(const struct example *example)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    char line[512];
    int err = tt_conf_parse_text(example->yaml, strlen(example->yaml), "t.yaml", 2, &conf, &errors);

    tt_conf_free(&conf);
    if (example->refusal == NULL)
        return err == TT_OK && errors.count == 0;
    snprintf(line, sizeof(line), "t.yaml:1: %s", example->refusal);
    return err == TT_ECONFIG && errors.count == 1 && strncmp(errors.text, line, strlen(line)) == 0;
}

static void every_name_and_privacy_is_taken_or_refused(void **state)
{
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(examples); i++) {
        if (is_as_expected(&examples[i]))
            continue;
        print_error("%s\n", examples[i].yaml);
        failed_n++;
    }
    assert_int_equal(failed_n, 0);
}

static void a_name_is_kept_to_the_byte(void **state)
{
    static const char text[] = "views: { Internal: {}, 'a b/\xc3\xbc.c': {}, 12: {}, ~: {} }";
    static const char *const names[] = {"Internal", "a b/\xc3\xbc.c", "12", "~"};
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    (void)state;
    assert_int_equal(tt_conf_parse_text(text, sizeof(text) - 1, "t", 2, &conf, &errors), TT_OK);
    assert_int_equal(conf->views_n, TT_COUNT(names));
    for (unsigned i = 0; i < conf->views_n; i++)
        assert_string_equal(conf->views[i].name, names[i]);
    tt_conf_free(&conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_and_privacy_is_taken_or_refused),
        cmocka_unit_test(a_name_is_kept_to_the_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
