/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "rotate_test.h"

static void files_rotate_between_records_and_keep_is_honoured(void **state)
{
    struct tt_conf_sink conf = rotating_conf(1000, 3, false);
    void *self = open_self(&conf);
    struct found found;
    struct stat st;

    (void)state;
    for (unsigned i = 0; i < 200; i++)
        put_number(self, i);
    found = count_all();
    assert_int_equal(found.files_n, 4);
    assert_int_equal(found.last, 199);
    for (unsigned n = 1; n <= 3; n++) {
        char name[32];
        snprintf(name, sizeof(name), "e.jsonl.%u", n);
        assert_int_equal(stat(at(name), &st), 0);
        assert_in_range(st.st_size, 800, 1000);
    }
    assert_int_equal(count_names("e.jsonl"), 4);
    close_self(self);
    conf.keep = 1; /* a new configuration keeps less */
    self = open_self(&conf);
    for (unsigned i = 200; i < 220; i++)
        put_number(self, i);
    assert_int_equal(count_names("e.jsonl"), 2);
    assert_int_equal(count_all().last, 219);
    close_self(self);
}

static void a_record_larger_than_a_file_has_one_for_itself(void **state)
{
    struct tt_conf_sink conf = rotating_conf(50, 9, false);
    void *self = open_self(&conf);
    struct found found;

    (void)state;
    for (unsigned i = 10; i < 15; i++) /* 96 bytes and more */
        put_number(self, i);
    found = count_all();
    assert_int_equal(found.n, 5);
    assert_int_equal(found.files_n, 5);
    close_self(self);
}

static void load_loses_and_doubles_nothing(void **state)
{
    (void)state;
    load(rotating_conf(128 << 10, 99, false));
}

static void load_without_an_exchange_of_names_loses_nothing(void **state)
{
    (void)state;
    exchange_errno = EINVAL;
    load(rotating_conf(128 << 10, 99, false));
}

struct contender {
    bool is_done;
    unsigned won_n, tries_n;
};

static void *contend(void *arg)
{
    struct contender *contender = arg;
    struct tt_path_error error;
    int fd;

    for (; !__atomic_load_n(&contender->is_done, __ATOMIC_ACQUIRE); contender->tries_n++)
        if (tt_path_open_append(at("e.jsonl"), &fd, &error) == TT_OK) {
            contender->won_n++;
            close(fd);
        }
    return NULL;
}

static void nobody_can_take_the_path_in_between(void **state)
{
    struct tt_conf_sink conf = rotating_conf(300, 9, false);
    struct contender contender = {.is_done = false};
    void *self = open_self(&conf);
    pthread_t thread;

    (void)state;
    for (int is_linked = 0; is_linked < 2; is_linked++) {
        exchange_errno = is_linked ? EINVAL : 0;
        contender.is_done = false;
        pthread_create(&thread, NULL, contend, &contender);
        for (unsigned i = 0; i < 3000; i++)
            put_number(self, i + (unsigned)is_linked * 3000);
        __atomic_store_n(&contender.is_done, true, __ATOMIC_RELEASE);
        pthread_join(thread, NULL);
    }
    assert_int_equal(contender.won_n, 0);
    assert_int_equal(count_all().last, 5999);
    close_self(self);
}

/* The records are in no numbered file yet, but the next rotation gives them their number. */
static void a_number_that_could_not_be_given_comes_later(void **state)
{
    struct tt_conf_sink conf = rotating_conf(1000, 9, false);
    void *self = open_self(&conf);

    (void)state;
    rename_errno = ENOSPC;
    for (unsigned i = 0; i < 15; i++)
        put_number(self, i);
    assert_int_equal(count_names("e.jsonl.rotating"), 1);
    rename_errno = 0;
    for (unsigned i = 15; i < 100; i++)
        put_number(self, i);
    assert_int_equal(count_names("e.jsonl.rotating"), 0);
    assert_int_equal(count_all().n, 100);
    close_self(self);
}

static void a_file_moved_by_another_tool_is_left(void **state)
{
    struct tt_conf_sink conf = rotating_conf(100000, 9, false);
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    void *self = open_self(&conf);
    unsigned n = 0;

    (void)state;
    while (n < 10)
        put_number(self, n++);
    assert_int_equal(rename(at("e.jsonl"), at("e.jsonl.1")), 0);
    put_number(self, n++);
    assert_int_equal(tt_sink_file.tick(self, &why), TT_ECLOSED);
    tt_sink_file.close(self);
    assert_int_equal(tt_sink_file.open(self, &why), TT_OK);
    while (n < 20)
        put_number(self, n++);
    assert_int_equal(count_all().n, 20);
    /* copytruncate: the size is that of the file, not of what we wrote */
    assert_int_equal(truncate(at("e.jsonl"), 0), 0);
    tick_self(self);
    while (n < 30)
        put_number(self, n++);
    assert_int_equal(count_names("e.jsonl"), 2);
    close_self(self);
}

static void a_move_at_the_moment_of_rotation_takes_nothing_from_others(void **state)
{
    struct tt_conf_sink conf = rotating_conf(1000, 9, false);
    void *self = open_self(&conf);

    (void)state;
    put_number(self, 0);
    assert_int_equal(rename(at("e.jsonl"), at("moved")), 0);
    touch("e.jsonl"); /* somebody else's now */
    for (unsigned i = 1; i < 30; i++)
        put_number(self, i);
    check_file(at("e.jsonl"), "");
    assert_int_equal(count_names("e.jsonl"), 1);
    close_self(self);
}

static void a_full_disk_while_rotating_loses_nothing(void **state)
{
    struct tt_conf_sink conf = rotating_conf(100 << 10, 99, false);
    struct traffic traffic = {.records_n = 8000};
    struct tt_sink_books books[TT_TOPICS_N];

    (void)state;
    assert_int_equal(mkdir(at("small"), 0755), 0);
    if (mount("tmpfs", at("small"), "tmpfs", 0, "size=1m") != 0)
        skip();
    conf.path = (char *)(uintptr_t) "{state_dir}/small/e.jsonl";
    traffic.sink = open_sink(&conf);
    produce(&traffic);
    tt_sink_kick(traffic.sink);
    AWAIT(count_in_log("No space left on device") >= 1);
    assert_int_equal(mount("tmpfs", at("small"), "tmpfs", MS_REMOUNT, "size=8m"), 0);
    AWAIT(status_of(traffic.sink).books[TT_TOPIC_RAW].queued == 0);
    stop(&traffic.sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered + books[TT_TOPIC_ENRICHED].delivered, 8000);
    snprintf(root + strlen(root), sizeof(root) - strlen(root), "/small");
    struct found found = count_all();
    root[strlen(root) - strlen("/small")] = '\0';
    assert_int_equal(found.n, 8000);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(files_rotate_between_records_and_keep_is_honoured),
        ROW(a_record_larger_than_a_file_has_one_for_itself),
        ROW(load_loses_and_doubles_nothing),
        ROW(load_without_an_exchange_of_names_loses_nothing),
        ROW(nobody_can_take_the_path_in_between),
        ROW(a_number_that_could_not_be_given_comes_later),
        ROW(a_file_moved_by_another_tool_is_left),
        ROW(a_move_at_the_moment_of_rotation_takes_nothing_from_others),
        ROW(a_full_disk_while_rotating_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
