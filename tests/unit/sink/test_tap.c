/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Lines and readers of the tap: who gets what, and that every line has exactly one fate. */

#include "tap_test.h"

#define PATH "{state_dir}/tap.sock"

static void a_reader_gets_the_lines_from_now_on(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    char rest[16];

    (void)state;
    assert_false(tt_tap_is_wanted(NULL));
    assert_false(tt_tap_is_wanted(tap));
    tt_tap_put(tap, "{\"n\":1}", 7);
    assert_int_equal(counts_of(tap).offered, 0);
    lines.fd = attach_reader(tap, at("tap.sock"));
    AWAIT(tt_tap_is_wanted(tap));
    tt_tap_put(tap, "{\"n\":2}", 7);
    expect_line(&lines, "{\"n\":2}");
    tt_tap_put(tap, "{\"n\":3}", 7);
    tt_tap_put(tap, "", 0);
    tt_tap_put(tap, "{\"n\":4}", 7);
    expect_line(&lines, "{\"n\":3}");
    expect_line(&lines, "");
    expect_line(&lines, "{\"n\":4}");
    AWAIT(counts_of(tap).sent == 4);
    assert_int_equal(counts_of(tap).readers, 1);
    close_tap(&tap);
    assert_false(next_line(&lines, rest, sizeof(rest)));
    close(lines.fd);
}

static void a_reader_that_never_reads_loses_its_lines_exactly_and_learns_how_many(void **state)
{
    static const unsigned n = 20000;
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    struct seen seen = {0};

    (void)state;
    lines.fd = attach_reader(tap, at("tap.sock"));
    for (unsigned i = 0; i < n; i++)
        put_number(tap, i, 900 + i % 100);
    assert_int_equal(counts_of(tap).offered, n);
    assert_true(counts_of(tap).dropped > n / 2);
    assert_in_range(counts_of(tap).waiting, 1000, TT_TAP_READER_BYTES / 900);
    read_numbers(&lines, &seen, n);
    assert_int_equal(seen.next, n);
    /* What comes afterwards comes whole. */
    for (unsigned i = n; i < n + 10; i++)
        put_number(tap, i, 10);
    read_numbers(&lines, &seen, n + 10);
    AWAIT(counts_of(tap).waiting == 0);
    assert_int_equal(counts_of(tap).dropped, seen.lost);
    assert_int_equal(counts_of(tap).sent, seen.lines);
    assert_int_equal(seen.lines + seen.lost, n + 10);
    close(lines.fd);
    close_tap(&tap);
}

static void a_reader_that_keeps_up_loses_nothing_beside_one_that_does_not(void **state)
{
    enum { ROUNDS = 40, LINES = 400 };
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    struct seen seen = {0};
    int slow = attach_reader(tap, at("tap.sock"));

    (void)state;
    lines.fd = attach_reader(tap, at("tap.sock"));
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < LINES; i++)
            put_number(tap, round * LINES + i, 1500);
        read_numbers(&lines, &seen, (round + 1) * LINES);
    }
    assert_int_equal(seen.lost, 0);
    assert_int_equal(seen.lines, ROUNDS * LINES);
    assert_true(counts_of(tap).dropped > 0);
    assert_int_equal(counts_of(tap).offered, 2 * ROUNDS * LINES);
    close(slow);
    close(lines.fd);
    close_tap(&tap);
}

static void eight_may_read_and_the_ninth_is_told_why_not(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    char line[LINE_MAX_LEN];
    int readers[TT_TAP_READERS_MAX];

    (void)state;
    for (unsigned i = 0; i < TT_TAP_READERS_MAX; i++)
        readers[i] = attach_reader(tap, at("tap.sock"));
    lines.fd = connect_to_socket(at("tap.sock"));
    expect_line(&lines, "{\"kind\":\"refused\",\"reason\":\"there are as many readers as there may be\"}");
    assert_false(next_line(&lines, line, sizeof(line)));
    close(lines.fd);
    assert_int_equal(counts_of(tap).refused, 1);
    tt_tap_put(tap, "{}", 2);
    assert_int_equal(counts_of(tap).offered, TT_TAP_READERS_MAX);
    close(readers[3]);
    AWAIT(counts_of(tap).readers == TT_TAP_READERS_MAX - 1);
    readers[3] = attach_reader(tap, at("tap.sock"));
    for (unsigned i = 0; i < TT_TAP_READERS_MAX; i++)
        close(readers[i]);
    AWAIT(counts_of(tap).readers == 0);
    assert_int_equal(counts_of(tap).attached, TT_TAP_READERS_MAX + 1);
    close_tap(&tap);
}

static void what_waits_for_a_reader_that_leaves_counts_as_dropped(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    int fd = attach_reader(tap, at("tap.sock"));

    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        put_number(tap, i, 300);
    assert_true(counts_of(tap).waiting > 0);
    close(fd);
    AWAIT(!tt_tap_is_wanted(tap));
    AWAIT(counts_of(tap).readers == 0);
    assert_int_equal(counts_of(tap).waiting, 0);
    assert_int_equal(counts_of(tap).offered, 5000);
    put_number(tap, 0, 0);
    assert_int_equal(counts_of(tap).offered, 5000);
    close_tap(&tap);
}

static void what_a_reader_says_is_not_read_and_its_half_close_is_no_end(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    char noise[4096];

    (void)state;
    memset(noise, '\n', sizeof(noise));
    lines.fd = attach_reader(tap, at("tap.sock"));
    while (send(lines.fd, noise, sizeof(noise), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
    tt_tap_put(tap, "{\"n\":1}", 7);
    expect_line(&lines, "{\"n\":1}");
    assert_int_equal(shutdown(lines.fd, SHUT_WR), 0);
    tt_tap_put(tap, "{\"n\":2}", 7);
    expect_line(&lines, "{\"n\":2}");
    assert_int_equal(counts_of(tap).readers, 1);
    close(lines.fd);
    AWAIT(counts_of(tap).readers == 0);
    close_tap(&tap);
}

static void a_line_larger_than_the_ring_is_lost_and_said(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    char *large = calloc(1, TT_TAP_READER_BYTES + 1);
    struct lines lines = {.at = 0};

    (void)state;
    assert_non_null(large);
    lines.fd = attach_reader(tap, at("tap.sock"));
    tt_tap_put(tap, large, TT_TAP_READER_BYTES + 1);
    tt_tap_put(tap, "{\"n\":1}", 7);
    expect_line(&lines, "{\"kind\":\"lost\",\"count\":1}");
    expect_line(&lines, "{\"n\":1}");
    tt_tap_put(tap, large, TT_TAP_READER_BYTES);
    expect_line(&lines, "{\"kind\":\"lost\",\"count\":1}");
    assert_int_equal(counts_of(tap).dropped, 2);
    free(large);
    close(lines.fd);
    close_tap(&tap);
}

static void the_end_gives_what_waits(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    struct lines lines = {.at = 0};
    struct seen seen = {0};

    (void)state;
    lines.fd = attach_reader(tap, at("tap.sock"));
    for (unsigned i = 0; i < 300; i++)
        put_number(tap, i, 100);
    close_tap(&tap);
    read_numbers(&lines, &seen, 301);
    assert_int_equal(seen.lines, 300);
    assert_int_equal(access(at("tap.sock"), F_OK), -1);
    close(lines.fd);
}

/* Not even the deadline is waited for. */
static void a_reader_that_stands_still_holds_up_no_end(void **state)
{
    struct tt_tap *tap = open_tap(PATH);
    int fd = attach_reader(tap, at("tap.sock"));

    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        put_number(tap, i, 300);
    tt_tap_free(&tap, tt_clock_mono_ns() + 3600 * SECOND_NS);
    close(fd);
}

struct load {
    struct tt_tap *tap;
    bool is_done;
};

static void *put_many(void *arg)
{
    struct load *load = arg;

    for (unsigned i = 0; i < 60000; i++)
        put_number(load->tap, i, i * 7 % 400);
    __atomic_store_n(&load->is_done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void every_line_has_one_fate_while_readers_come_and_go(void **state)
{
    struct load load = {open_tap(PATH), false};
    int fds[5] = {-1, -1, -1, -1, -1};
    pthread_t producer;
    char bytes[5000];

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        fds[i] = attach_reader(load.tap, at("tap.sock"));
    assert_int_equal(pthread_create(&producer, NULL, put_many, &load), 0);
    for (unsigned turn = 0; !__atomic_load_n(&load.is_done, __ATOMIC_ACQUIRE); turn++) {
        int *fd = &fds[turn * 7 % 5];
        counts_of(load.tap);
        if (*fd < 0)
            *fd = connect_to_socket(at("tap.sock"));
        else if (turn % 11 == 0 || recv(*fd, bytes, sizeof(bytes), MSG_DONTWAIT) == 0) {
            close(*fd);
            *fd = -1;
        }
    }
    pthread_join(producer, NULL);
    for (unsigned i = 0; i < 5; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    AWAIT(counts_of(load.tap).readers == 0 && counts_of(load.tap).waiting == 0);
    close_tap(&load.tap);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_reader_gets_the_lines_from_now_on),
        ROW(a_reader_that_never_reads_loses_its_lines_exactly_and_learns_how_many),
        ROW(a_reader_that_keeps_up_loses_nothing_beside_one_that_does_not),
        ROW(eight_may_read_and_the_ninth_is_told_why_not),
        ROW(what_waits_for_a_reader_that_leaves_counts_as_dropped),
        ROW(what_a_reader_says_is_not_read_and_its_half_close_is_no_end),
        ROW(a_line_larger_than_the_ring_is_lost_and_said),
        ROW(the_end_gives_what_waits),
        ROW(a_reader_that_stands_still_holds_up_no_end),
        ROW(every_line_has_one_fate_while_readers_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
