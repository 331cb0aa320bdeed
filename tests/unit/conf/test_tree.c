/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The limits of a file, the lines of its nodes, and what the list of mistakes does when it is full.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/problem.h"
#include "conf/tree.h"

static struct tt_problems *problems;

static int make_problems(void **state)
{
    (void)state;
    problems = tt_problems_new("t");
    return problems != NULL ? 0 : -1;
}

static int free_problems(void **state)
{
    (void)state;
    tt_problems_free(&problems);
    return 0;
}

static const char *mistakes_of(const char *text, size_t len)
{
    static struct tt_conf_errors errors;
    struct tt_tree tree;

    problems->count = problems->kept_n = problems->used = 0;
    if (tt_tree_check_text(text, len, problems)) {
        assert_int_equal(tt_tree_read(text, len, TT_TREE_NODES_MAX, &tree, problems), TT_OK);
        tt_tree_fini(&tree);
    }
    tt_problems_give(problems, &errors);
    return errors.text;
}

/* n times the text, as one heap string. */
static char *repeat(const char *before, const char *text, size_t n)
{
    size_t len = strlen(before), each = strlen(text);
    char *all = malloc(len + n * each + 1);

    assert_non_null(all);
    memcpy(all, before, len);
    for (size_t i = 0; i < n; i++)
        memcpy(all + len + i * each, text, each);
    all[len + n * each] = '\0';
    return all;
}

static void sixteen_levels_are_read_and_not_one_more(void **state)
{
    (void)state;
    assert_string_equal(mistakes_of("[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]", 33), "");
    assert_string_equal(mistakes_of("[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]", 35),
                        "t:1: expected at most 16 levels\n");
}

static void fifty_thousand_values_are_read_and_not_one_more(void **state)
{
    char *text = repeat("", "- x\n", TT_TREE_NODES_MAX - 1); /* the list is one as well */

    (void)state;
    assert_string_equal(mistakes_of(text, strlen(text)), "");
    free(text);
    text = repeat("", "- x\n", TT_TREE_NODES_MAX);
    assert_string_equal(mistakes_of(text, strlen(text)), "t:50000: expected at most 50000 values\n");
    free(text);
}

static void nodes_know_their_line_and_place(void **state)
{
    static const char text[] = "\xEF\xBB\xBF# first\r\na: 1\r\nb:\r\n  c: [x,\r\n    y]\r\n  d: ''\r\n";
    struct tt_tree tree;
    const struct tt_node *b, *c, *d;

    (void)state;
    assert_true(tt_tree_check_text(text, sizeof(text) - 1, problems));
    assert_int_equal(tt_tree_read(text, sizeof(text) - 1, TT_TREE_NODES_MAX, &tree, problems), TT_OK);
    assert_int_equal(problems->count, 0);
    b = tt_node_find(tree.root, "b");
    c = tt_node_find(b, "c");
    d = tt_node_find(b, "d");
    assert_int_equal(tt_node_find(tree.root, "a")->line, 2);
    assert_int_equal(b->line, 3);
    assert_int_equal(c->line, 4);
    assert_int_equal(c->first->next->line, 5);
    assert_int_equal(c->children_n, 2);
    assert_int_equal(d->line, 6);
    assert_false(tt_node_is_null(d));
    assert_null(tt_node_find(c, "x"));
    assert_null(tt_node_find(NULL, "x"));
    tt_tree_fini(&tree);
}

static void each_line_with_a_refused_byte_is_named_once(void **state)
{
    static const struct {
        const char *text;
        const char *expect;
    } rows[] = {{"a\xff\xff\n\xfe", "t:1: expected UTF-8\nt:2: expected UTF-8\n"},
                {"a\r\xc3(\r\n\xed\xa0\x80", "t:2: expected UTF-8\nt:3: expected UTF-8\n"},
                {"a: \x7f", "t:1: expected text without control characters\n"},
                {"\xc2\x85", "t:1: expected text without control characters\n"},
                {"\xe2\x80\xa8", "t:1: expected text without control characters\n"},
                {"x\xef\xbb\xbf", "t:1: expected text without control characters\n"},
                {"\xef\xbf\xbf", "t:1: expected text without control characters\n"},
                {"\xf4\x90\x80\x80", "t:1: expected UTF-8\n"},
                {"\xe2\x82", "t:1: expected UTF-8\n"},
                {"# \xf0\x9f\x94\x94 \xe2\x82\xac", ""},
                {"\xef\xbb\xbf", ""}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        assert_string_equal(mistakes_of(rows[i].text, strlen(rows[i].text)), rows[i].expect);
    assert_string_equal(mistakes_of("\0", 1), "t:1: expected text without control characters\n");
}

static void a_full_list_counts_the_rest(void **state)
{
    char *text = repeat("a:\n", "  b: *x\n", 4000);
    const char *got = mistakes_of(text, strlen(text));
    unsigned lines = 0, left = 0;

    (void)state;
    free(text);
    for (const char *at = got; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(sscanf(strstr(got, "t: and "), "t: and %u more\n", &left), 1);
    assert_int_equal(lines - 1 + left, problems->count);
    assert_true(problems->count >= 4000 && lines > 100);
}

static void mistakes_come_by_line(void **state)
{
    static struct tt_conf_errors errors;

    (void)state;
    tt_problems_add(problems, 9, "k", "late");
    tt_problems_add(problems, 2, "k", "second");
    tt_problems_add(problems, 2, "", "third");
    tt_problems_add(problems, 0, "", "of the file");
    tt_problems_give(problems, &errors);
    assert_int_equal(errors.count, 4);
    assert_string_equal(errors.text, "t: of the file\nt:2: k: second\nt:2: third\nt:9: k: late\n");
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_problems, free_problems)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(sixteen_levels_are_read_and_not_one_more),
        ROW(fifty_thousand_values_are_read_and_not_one_more),
        ROW(nodes_know_their_line_and_place),
        ROW(each_line_with_a_refused_byte_is_named_once),
        ROW(a_full_list_counts_the_rest),
        ROW(mistakes_come_by_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
