/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sink_test.h"

static void records_become_lines_in_a_file_of_ours(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/sub/{software}-{n}.jsonl");
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink = open_sink(&conf);
    struct stat st;

    (void)state;
    put_text(sink, TT_TOPIC_RAW, "{\"a\":1}");
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    put_text(sink, TT_TOPIC_ENRICHED, "{\"b\":2}");
    AWAIT(status_of(sink).books[TT_TOPIC_ENRICHED].delivered == 1);
    assert_true(status_of(sink).is_up);
    assert_true(status_of(sink).last_success_us > 0);
    put_text(sink, TT_TOPIC_RAW, "{}");
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered, 2);
    assert_int_equal(books[TT_TOPIC_ENRICHED].delivered, 1);
    check_file(at("sub/unbound-1.jsonl"), "{\"a\":1}\n{\"b\":2}\n{}\n");
    assert_int_equal(stat(at("sub/unbound-1.jsonl"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
}

static void protobuf_records_follow_their_length(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/p");
    struct tt_sink *sink;
    char record[300];
    size_t len;

    (void)state;
    conf.encoding = TT_ENCODING_PROTOBUF;
    sink = open_sink(&conf);
    memset(record, 'x', sizeof(record));
    put_bytes(sink, TT_TOPIC_RAW, "\n\0{", 3);
    put_bytes(sink, TT_TOPIC_RAW, record, sizeof(record));
    stop(&sink, NULL);
    char *bytes = read_file(at("p"), &len);
    assert_int_equal(len, 4 + 2 + sizeof(record));
    assert_memory_equal(bytes, "\x03\n\0{\xac\x02xx", 8);
    free(bytes);
}

static void a_torn_record_of_a_killed_process_is_cut_off(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/killed.jsonl");
    FILE *file = fopen(at("killed.jsonl"), "w");
    struct tt_sink *sink;

    (void)state;
    fputs("{\"n\":1}\n{\"kind\":\"d", file);
    fclose(file);
    sink = open_sink(&conf);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":3}");
    stop(&sink, NULL);
    check_file(at("killed.jsonl"), "{\"n\":1}\n{\"n\":3}\n");
    assert_int_equal(count_in_log("cut a torn record of 10 bytes"), 1);
}

static void a_process_killed_at_work_leaves_whole_records_once_reopened(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/k.jsonl");
    struct traffic traffic = {.records_n = UINT32_MAX};
    struct stat st;
    int status;

    (void)state;
    for (int round = 0; round < 5; round++) {
        pid_t child = fork();
        if (child == 0) {
            traffic.sink = open_sink(&conf);
            produce(&traffic);
            _exit(0);
        }
        AWAIT(stat(at("k.jsonl"), &st) == 0 && st.st_size > 200000);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        struct tt_sink *sink = open_sink(&conf);
        AWAIT(status_of(sink).is_up);
        stop(&sink, NULL);
        assert_true(count_lines(at("k.jsonl")) > 0);
        assert_int_equal(unlink(at("k.jsonl")), 0);
    }
}

static void a_file_that_is_not_ours_is_left_alone(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/passwd");
    struct tt_sink_books books[TT_TOPICS_N];
    FILE *file = fopen(at("passwd"), "w");
    struct tt_sink *sink;

    (void)state;
    fputs("root:x:0:0\nno newline", file);
    fclose(file);
    sink = open_sink(&conf);
    put_text(sink, TT_TOPIC_RAW, "{}");
    stop(&sink, books);
    check_file(at("passwd"), "root:x:0:0\nno newline");
    assert_int_equal(books[TT_TOPIC_RAW].dropped[TT_SINK_DROP_SHUTDOWN], 1);
    assert_true(count_in_log("left as it is") >= 1);
}

static void a_moved_or_deleted_file_is_opened_anew(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/r.jsonl");
    struct tt_sink *sink = open_sink(&conf);
    struct stat st;

    (void)state;
    put_text(sink, TT_TOPIC_RAW, "{\"n\":1}");
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    assert_int_equal(rename(at("r.jsonl"), at("r.jsonl.1")), 0);
    AWAIT(stat(at("r.jsonl"), &st) == 0);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":2}");
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 2);
    check_file(at("r.jsonl.1"), "{\"n\":1}\n");
    check_file(at("r.jsonl"), "{\"n\":2}\n");
    assert_int_equal(unlink(at("r.jsonl")), 0);
    AWAIT(stat(at("r.jsonl"), &st) == 0);
    put_text(sink, TT_TOPIC_RAW, "{\"n\":3}");
    stop(&sink, NULL);
    check_file(at("r.jsonl"), "{\"n\":3}\n");
    assert_int_equal(count_in_log("was moved or removed; opened anew"), 2);
}

static void a_link_is_refused_and_its_target_untouched(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/link.jsonl");
    struct tt_sink *sink;

    (void)state;
    assert_int_equal(symlink(at("target"), at("link.jsonl")), 0);
    sink = open_sink(&conf);
    put_text(sink, TT_TOPIC_RAW, "{}");
    AWAIT(count_in_log("it is a symbolic link") == 1);
    assert_int_equal(unlink(at("link.jsonl")), 0);
    AWAIT(status_of(sink).books[TT_TOPIC_RAW].delivered == 1);
    AWAIT(count_in_log("works again") == 1);
    stop(&sink, NULL);
    assert_int_equal(access(at("target"), F_OK), -1);
}

/*
 * A place with room for so many bytes: a small file system where we may mount one, else a limit on
 * the size of files, which a write meets in the same way. Gives the system's words for "no more".
 */
static bool has_mount;

static const char *make_small_place(unsigned room_kib)
{
    char options[32];

    assert_int_equal(mkdir(at("small"), 0755), 0);
    snprintf(options, sizeof(options), "size=%uk", room_kib);
    has_mount = mount("tmpfs", at("small"), "tmpfs", 0, options) == 0;
    if (has_mount)
        return "No space left on device";
    struct rlimit limit = {room_kib << 10, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return "File too large";
}

static void make_room(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    if (has_mount)
        assert_int_equal(mount("tmpfs", at("small"), "tmpfs", MS_REMOUNT, "size=8m"), 0);
    else
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Also after a test that failed. */
static int leave_root(void **state)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    umount2(at("small"), MNT_DETACH);
    return setrlimit(RLIMIT_FSIZE, &limit) | remove_root(state);
}

static void a_full_disk_delays_and_tears_nothing(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/small/f.jsonl");
    struct tt_sink_books books[TT_TOPICS_N];
    struct traffic traffic = {.records_n = 4000};
    const char *words;

    (void)state;
    words = make_small_place(400);
    conf.queue = 4 << 20;
    traffic.sink = open_sink(&conf);
    produce(&traffic);
    tt_sink_kick(traffic.sink);
    AWAIT(count_in_log(words) == 1);
    assert_false(status_of(traffic.sink).is_up);
    assert_true(status_of(traffic.sink).books[TT_TOPIC_ENRICHED].queued > 0);
    make_room();
    AWAIT(status_of(traffic.sink).books[TT_TOPIC_ENRICHED].queued == 0);
    AWAIT(count_in_log("works again") == 1);
    stop(&traffic.sink, books);
    assert_int_equal(books[TT_TOPIC_ENRICHED].delivered,
                     traffic.records_n);
    assert_int_equal(count_lines(at("small/f.jsonl")), traffic.records_n);
    assert_int_equal(count_in_log(words), 1);
}

static void leaving_a_full_disk_takes_the_part_of_a_record_back(void **state)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/small/f.jsonl");
    struct tt_sink_books books[TT_TOPICS_N];
    struct traffic traffic = {.records_n = 8000};
    const char *words;

    (void)state;
    words = make_small_place(1024);
    conf.queue = 4 << 20;
    traffic.sink = open_sink(&conf);
    produce(&traffic);
    AWAIT(count_in_log(words) == 1);
    stop(&traffic.sink, books);
    assert_true(books[TT_TOPIC_ENRICHED].dropped[TT_SINK_DROP_SHUTDOWN] > 0);
    assert_int_equal(count_lines(at("small/f.jsonl")),
                     books[TT_TOPIC_ENRICHED].delivered);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, leave_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(records_become_lines_in_a_file_of_ours),
        ROW(protobuf_records_follow_their_length),
        ROW(a_torn_record_of_a_killed_process_is_cut_off),
        ROW(a_process_killed_at_work_leaves_whole_records_once_reopened),
        ROW(a_file_that_is_not_ours_is_left_alone),
        ROW(a_moved_or_deleted_file_is_opened_anew),
        ROW(a_link_is_refused_and_its_target_untouched),
        ROW(a_full_disk_delays_and_tears_nothing),
        ROW(leaving_a_full_disk_takes_the_part_of_a_record_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
