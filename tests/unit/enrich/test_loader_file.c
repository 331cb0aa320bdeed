/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* When a file is read again: looks at times that the test sets. */

#include "loader_test.h"

#include "enrich/loader_file.h"

enum act { NOTHING, WRITE, REPLACE, REMOVE, HIDE, SHOW };

struct step {
    unsigned at_ms;
    enum act act;
    const char *text;
    enum tt_look_result expect;
};

static void act(const struct step *step)
{
    if (step->act == WRITE)
        write_text("list", step->text);
    if (step->act == REPLACE)
        replace_text("list", step->text);
    if (step->act == REMOVE)
        assert_int_equal(unlink(at("list")), 0);
    if (step->act == HIDE)
        assert_int_equal(rename(at("list"), at("hidden")), 0);
    if (step->act == SHOW)
        assert_int_equal(rename(at("hidden"), at("list")), 0);
}

static void run_steps(const struct step *steps, unsigned steps_n, bool is_forced)
{
    struct tt_want want = {.row = &tt_data_list, .path = fixed(at("list"))};
    struct tt_watched *watched;

    assert_int_equal(tt_watched_new(&want, &watched), TT_OK);
    for (unsigned i = 0; i < steps_n; i++) {
        struct tt_look_how how = {SECOND_NS + steps[i].at_ms * 1000000ull, is_forced, NULL, NULL};
        struct tt_look look;

        act(&steps[i]);
        tt_watched_look(watched, &how, &look);
        if (look.result != steps[i].expect)
            fail_msg("step %u: %d instead of %d: %s", i, look.result, steps[i].expect, look.why);
        tt_watched_apply(watched, &look);
        tt_datum_release(&look.datum);
    }
    tt_watched_release(&watched);
}

static void a_changed_file_is_read_when_it_has_looked_the_same_for_a_while(void **state)
{
    static const struct step steps[] = {
        {0, WRITE, "a.test\n", TT_LOOK_LOADED}, /* at first at once */
        {10, NOTHING, NULL, TT_LOOK_SAME},
        {1000, WRITE, "b.test\nb.test\n", TT_LOOK_SETTLING},
        {1001, NOTHING, NULL, TT_LOOK_SETTLING}, /* a second look, but too early */
        {1100, WRITE, "b.test\nb.test\nc.test\n", TT_LOOK_SETTLING}, /* still growing */
        {1250, NOTHING, NULL, TT_LOOK_SETTLING},
        {1300, NOTHING, NULL, TT_LOOK_LOADED},
        {2000, REPLACE, "d.test\n", TT_LOOK_SETTLING},
        {2250, NOTHING, NULL, TT_LOOK_LOADED},
        {3000, REPLACE, "d.test\n", TT_LOOK_SETTLING},
        {3250, NOTHING, NULL, TT_LOOK_KEPT},
        {3500, NOTHING, NULL, TT_LOOK_SAME},
    };

    (void)state;
    run_steps(steps, TT_COUNT(steps), false);
}

static void a_file_that_is_gone_for_a_moment_only_is_no_failure(void **state)
{
    static const struct step steps[] = {
        {0, WRITE, "a.test\n", TT_LOOK_LOADED},
        {1000, HIDE, NULL, TT_LOOK_SETTLING},
        {1100, SHOW, NULL, TT_LOOK_SETTLING}, /* its ctime is another */
        {1350, NOTHING, NULL, TT_LOOK_KEPT},
        {2000, REMOVE, NULL, TT_LOOK_SETTLING},
        {2250, NOTHING, NULL, TT_LOOK_FAILED},
        {3250, NOTHING, NULL, TT_LOOK_SAME}, /* and is not said again */
        {4000, WRITE, "a.test\n", TT_LOOK_SETTLING},
        {4250, NOTHING, NULL, TT_LOOK_KEPT},
    };

    (void)state;
    run_steps(steps, TT_COUNT(steps), false);
}

static void a_forced_look_waits_for_nothing(void **state)
{
    static const struct step steps[] = {
        {0, WRITE, "a.test\n", TT_LOOK_LOADED},
        {1, WRITE, "b.test\n", TT_LOOK_LOADED},
        {2, NOTHING, NULL, TT_LOOK_SAME},
        {3, REMOVE, NULL, TT_LOOK_FAILED},
    };

    (void)state;
    run_steps(steps, TT_COUNT(steps), true);
}

static void a_reason_is_told_once_and_again_only_when_it_is_another(void **state)
{
    static const struct {
        const char *text;
        bool is_told;
    } cases[] = {
        {"a.test\n", true}, {"\n", true},       {" \n", false},
        {"  \n", false},    {"b.test\n", true}, {"\n", true},
    };
    struct tt_want want = {.row = &tt_data_list, .path = fixed(at("list"))};
    struct tt_watched *watched;

    (void)state;
    assert_int_equal(tt_watched_new(&want, &watched), TT_OK);
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_look_how how = {(i + 1) * SECOND_NS, true, NULL, NULL};
        struct tt_look look;

        replace_text("list", cases[i].text);
        tt_watched_look(watched, &how, &look);
        if (tt_watched_apply(watched, &look) != cases[i].is_told)
            fail_msg("case %u: %s", i, look.why);
        tt_datum_release(&look.datum);
    }
    assert_int_equal(watched->loads_failed, 4);
    assert_int_equal(watched->loads_ok, 2);
    tt_watched_release(&watched);
}

static unsigned loads_n;

static int lack_memory(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                       const char *scratch_dir, void **object, struct tt_buf *build,
                       struct tt_buf *why)
{
    (void)bytes, (void)len, (void)path, (void)detail, (void)scratch_dir, (void)object, (void)build,
        (void)why;
    return loads_n++ == 0 ? TT_ENOSPC : TT_ESYNTAX;
}

/* A full disk gets room again though the file stays the same; a wrong file does not get right by
 * itself. */
static void what_is_not_the_fault_of_the_file_is_tried_again(void **state)
{
    static const struct tt_data_class row = {TT_DATA_LIST, 100, false, lack_memory, free};
    struct tt_want want = {.row = &row, .path = fixed(at("list"))};
    struct tt_watched *watched;

    (void)state;
    write_text("list", "a.test\n");
    assert_int_equal(tt_watched_new(&want, &watched), TT_OK);
    for (unsigned i = 0; i < 60; i++) {
        struct tt_look_how how = {(i + 1) * SECOND_NS, false, NULL, NULL};
        struct tt_look look;

        tt_watched_look(watched, &how, &look);
        tt_watched_apply(watched, &look);
        if (look.result == TT_LOOK_FAILED)
            assert_string_equal(look.why,
                                loads_n == 1 ? "no space left on device" : "syntax error");
    }
    assert_int_equal(loads_n, 2);
    tt_watched_release(&watched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_file_is_read_when_it_has_looked_the_same_for_a_while),
        cmocka_unit_test(a_file_that_is_gone_for_a_moment_only_is_no_failure),
        cmocka_unit_test(a_forced_look_waits_for_nothing),
        cmocka_unit_test(a_reason_is_told_once_and_again_only_when_it_is_another),
        cmocka_unit_test(what_is_not_the_fault_of_the_file_is_tried_again),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
