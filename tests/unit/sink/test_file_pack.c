/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "rotate_test.h"

static void packed_files_hold_the_same_records(void **state)
{
    (void)state;
    load(rotating_conf(128 << 10, 99, true));
    assert_true(count_in_log(": packed ") > 20);
    assert_true(count_in_log(" 128 KiB to ") > 0);
    assert_int_equal(count_names("tmp"), 0);
}

static void a_plain_file_that_cannot_be_packed_stays(void **state)
{
    struct tt_conf_sink conf = rotating_conf(1000, 9, true);
    void *self = open_self(&conf);

    (void)state;
    assert_int_equal(mkdir(at("e.jsonl.zst.tmp"), 0755), 0);
    for (unsigned i = 0; i < 40; i++)
        put_number(self, i);
    for (int i = 0; i < 3; i++)
        tick_self(self);
    assert_int_equal(count_in_log("rotated files stay as they are"), 1);
    assert_int_equal(count_all().n, 40);
    assert_int_equal(rmdir(at("e.jsonl.zst.tmp")), 0);
    skipped_ns += 61 * SECOND_NS;
    tick_self(self);
    assert_int_equal(count_all().n, 40);
    assert_int_equal(count_names(".zst") + 1, count_names("e.jsonl"));
    close_self(self);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(packed_files_hold_the_same_records),
        ROW(a_plain_file_that_cannot_be_packed_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
