/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "rotate_test.h"

/* What stands in the way is said once, the file goes on, and later it rotates. */
static void check_obstacle(const char *words)
{
    struct tt_conf_sink conf = rotating_conf(1000, 5, false);
    unsigned n = 0, before_n = count_names("e.jsonl.");
    void *self = open_self(&conf);

    while (n < 60)
        put_number(self, n++);
    if (count_in_log(words) != 1)
        fail_msg("not once: %s in\n%s", words, log_text);
    assert_int_equal(count_in_log("goes on in the same file"), 1);
    assert_int_equal(count_names("e.jsonl."), before_n);
    skipped_ns += 11 * SECOND_NS;
    put_number(self, n++);
    assert_int_equal(count_in_log(words), 1);
    close_self(self);
    check_file(at("e.jsonl.5"), ""); /* what was there before is not rotated away by trying */
    assert_int_equal(syscall(SYS_unlinkat, AT_FDCWD, at("e.jsonl.5"), 0), 0);
}

static void clear_obstacle(void)
{
    struct tt_conf_sink conf = rotating_conf(1000, 5, false);
    void *self = open_self(&conf);

    exchange_errno = rename_errno = 0;
    for (unsigned i = 61; i < 80; i++)
        put_number(self, i);
    assert_int_equal(count_all().n, 80);
    assert_true(count_names("e.jsonl.") >= 1);
    close_self(self);
}

static void a_directory_in_the_way_is_said(void **state)
{
    (void)state;
    touch("e.jsonl.5");
    assert_int_equal(mkdir(at("e.jsonl.2"), 0755), 0);
    check_obstacle("e.jsonl.2 is no regular file: move it away");
    assert_int_equal(rmdir(at("e.jsonl.2")), 0);
    clear_obstacle();
}

static void a_link_in_the_way_is_said_and_not_followed(void **state)
{
    (void)state;
    touch("e.jsonl.5");
    touch("target");
    assert_int_equal(symlink(at("target"), at("e.jsonl.rotating")), 0);
    check_obstacle("e.jsonl.rotating is no regular file: move it away");
    check_file(at("target"), "");
    assert_int_equal(unlink(at("e.jsonl.rotating")), 0);
    clear_obstacle();
}

static void a_numbered_file_of_somebody_else_stays(void **state)
{
    int fd;

    (void)state;
    touch("e.jsonl.5");
    touch("e.jsonl.1");
    fd = open(at("e.jsonl.1"), O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    check_obstacle("another process or sink owns");
    close(fd);
    clear_obstacle();
}

static void a_failed_exchange_is_said_and_tried_again(void **state)
{
    (void)state;
    touch("e.jsonl.5");
    exchange_errno = EACCES;
    check_obstacle("cannot exchange");
    clear_obstacle();
}

static void a_failed_rename_is_said_and_tried_again(void **state)
{
    (void)state;
    touch("e.jsonl.5");
    touch("e.jsonl.1");
    rename_errno = ENOSPC;
    check_obstacle("cannot rename");
    clear_obstacle();
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_directory_in_the_way_is_said),
        ROW(a_link_in_the_way_is_said_and_not_followed),
        ROW(a_numbered_file_of_somebody_else_stays),
        ROW(a_failed_exchange_is_said_and_tried_again),
        ROW(a_failed_rename_is_said_and_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
