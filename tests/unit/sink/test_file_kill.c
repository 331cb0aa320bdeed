/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "rotate_test.h"

/* Puts, ticks, dies before the call number `at_call`; *delivered_n counts. */
static void work_until_killed(const struct tt_conf_sink *conf, unsigned at_call,
                              unsigned *delivered_n)
{
    void *self;

    calls_n = 0;
    kill_at = at_call;
    self = open_self(conf);
    while (*delivered_n < 120) {
        put_number(self, *delivered_n);
        if (++*delivered_n % 10 == 0)
            tick_self(self);
    }
    close_self(self);
    _exit(0);
}

/* Gives whether the process was killed. */
static bool survive_kill(const struct tt_conf_sink *conf, unsigned at_call, unsigned *delivered_n)
{
    struct found found;
    int status;

    *delivered_n = 0;
    pid_t child = fork();
    if (child == 0)
        work_until_killed(conf, at_call, delivered_n);
    assert_int_equal(waitpid(child, &status, 0), child);
    void *self = open_self(conf);
    for (unsigned i = 0; i < 3; i++)
        tick_self(self);
    found = count_all();
    assert_int_equal(found.first, 0);
    assert_int_equal(found.n, *delivered_n);
    for (unsigned i = 0; i < 40; i++)
        put_number(self, found.n + i);
    for (unsigned i = 0; i < 3; i++)
        tick_self(self);
    assert_int_equal(count_all().n, found.n + 40);
    assert_int_equal(count_names("tmp") + count_names("rotating"), 0);
    close_self(self);
    return WIFSIGNALED(status);
}

static void survive_kills(struct tt_conf_sink conf)
{
    unsigned *delivered_n =
        mmap(NULL, sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned at_call = 1;
    char command[128];

    snprintf(command, sizeof(command), "rm -f %s/e.jsonl*", root);
    while (survive_kill(&conf, at_call, delivered_n)) {
        assert_int_equal(system(command), 0);
        at_call++;
    }
    assert_int_equal(*delivered_n, 120);
    assert_true(at_call > 30);
    print_message("killed before each of %u calls\n", at_call - 1);
    munmap(delivered_n, sizeof(unsigned));
}

static void killed_at_any_step_each_record_is_there_once(void **state)
{
    (void)state;
    survive_kills(rotating_conf(1000, 30, false));
}

static void killed_at_any_step_of_the_way_without_exchange_too(void **state)
{
    (void)state;
    exchange_errno = EINVAL;
    survive_kills(rotating_conf(1000, 30, false));
}

static void killed_at_any_step_of_packing_too(void **state)
{
    (void)state;
    survive_kills(rotating_conf(1000, 30, true));
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(killed_at_any_step_each_record_is_there_once),
        ROW(killed_at_any_step_of_the_way_without_exchange_too),
        ROW(killed_at_any_step_of_packing_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
