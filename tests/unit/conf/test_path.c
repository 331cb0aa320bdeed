/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/path.h"

static void templates_take_three_words_and_no_other(void **state)
{
    static const struct {
        const char *path;
        bool expect;
    } rows[] = {{"/x", true},
                {"x", true},
                {"{state_dir}/x", true},
                {"{state_dir}/{software}-{n}", true},
                {"{n}", true},
                {"}", true},
                {"{state_dir}", false},
                {"{state_dir}x", false},
                {"x{state_dir}/x", false},
                {"/x/{N}", false},
                {"{", false},
                {"{n", false},
                {"{{n}", false},
                {"x/", false},
                {"", false}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        assert_int_equal(tt_conf_path_is_template(tt_str_from(rows[i].path)), rows[i].expect);
}

static void two_spellings_of_a_path_become_one(void **state)
{
    static const char *const rows[][2] = {{"/srv//b", "/srv/b"},
                                          {"/srv/./b", "/srv/b"},
                                          {"/srv/", "/srv"},
                                          {"/", "/"},
                                          {"//", "/"},
                                          {"/./", "/"},
                                          {"/srv/../b", "/srv/../b"},
                                          {"/.srv", "/.srv"},
                                          {"/srv/.b./c.", "/srv/.b./c."},
                                          {"/srv/.", "/srv"}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        char path[64];

        snprintf(path, sizeof(path), "%s", rows[i][0]);
        tt_conf_path_tidy(path);
        assert_string_equal(path, rows[i][1]);
    }
}

static void relative_paths_start_beside_the_file(void **state)
{
    static const char *const rows[][3] = {{"/etc/t.yaml", "x", "/etc/x"},
                                          {"/t.yaml", "x", "/x"},
                                          {"/etc/t.yaml", "./x/y", "/etc/x/y"},
                                          {"/etc/t.yaml", "/x", "/x"},
                                          {"/etc/t.yaml", "{state_dir}/x", "{state_dir}/x"},
                                          {"/etc/t.yaml", "{n}/x", "/etc/{n}/x"},
                                          {"t.yaml", "x", "/usr/x"},
                                          {"lib/t.yaml", "x", "/usr/lib/x"},
                                          {"", "x", "/usr/x"}};
    char *before = getcwd(NULL, 0);

    (void)state;
    assert_int_equal(chdir("/usr"), 0);
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        char *dir = tt_conf_path_dir(rows[i][0]);
        char *path = tt_conf_path_join(dir, tt_str_from(rows[i][1]));

        assert_string_equal(path, rows[i][2]);
        free(path);
        free(dir);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void words_are_expanded_and_the_end_is_never_passed(void **state)
{
    static const struct tt_conf_names names = {"/srv/bind-7", "bind", 7};
    char out[64];

    (void)state;
    assert_int_equal(tt_conf_expand("{state_dir}/{software}.{n}", &names, out, sizeof(out)), TT_OK);
    assert_string_equal(out, "/srv/bind-7/bind.7");
    assert_int_equal(tt_conf_expand("{x}{", &names, out, sizeof(out)), TT_OK);
    assert_string_equal(out, "{x}{");
    assert_int_equal(tt_conf_expand("{state_dir}", &names, out, 12), TT_OK);
    assert_int_equal(tt_conf_expand("{state_dir}", &names, out, 11), TT_ELIMIT);
    assert_int_equal(tt_conf_expand("", &names, out, 1), TT_OK);
    assert_int_equal(tt_conf_expand("x", &names, out, 1), TT_ELIMIT);
    assert_int_equal(tt_conf_expand("x", &names, out, 0), TT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_take_three_words_and_no_other),
        cmocka_unit_test(two_spellings_of_a_path_become_one),
        cmocka_unit_test(relative_paths_start_beside_the_file),
        cmocka_unit_test(words_are_expanded_and_the_end_is_never_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
