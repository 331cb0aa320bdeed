/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Disks that are full, read-only or worse: what append says it took is there, everything else was not taken.
 */

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "spool_test.h"

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What was taken is read back whole, before and after a restart. */
static void check_taken(unsigned taken)
{
    assert_int_equal(left(ALERTS), taken);
    assert_int_equal(read_some(READ_MAX), taken);
    for (unsigned i = 0; i < taken; i++)
        assert_int_equal(number_in(&got[i]), i);
    settle_all(taken, TT_FATE_WAITING);
    reopen();
    assert_int_equal(changes.recovered[ALERTS], taken);
    assert_int_equal(why.len, 0);
    assert_int_equal(read_some(READ_MAX), taken);
    for (unsigned i = 0; i < taken; i++)
        assert_int_equal(number_in(&got[i]), i);
    settle_all(taken, TT_FATE_WAITING);
}

/* The write fails at every byte of ten records in turn; 16: at the files of the segment themselves. */
static void a_write_that_is_cut_at_any_byte_takes_whole_records_only(void **state)
{
    struct tt_sink_record records[10];
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    size_t size = 0;

    (void)state;
    sigaction(SIGXFSZ, &ignore, NULL);
    for (unsigned i = 0; i < 10; i++) {
        records[i] = record_of(ALERTS, i, 10 + i);
        size += tt_spool_record_size(&records[i]);
    }
    for (size_t limit = 0; limit <= size + TT_SPOOL_HEAD_LEN; limit += 7) {
        unsigned taken, again;
        snprintf(dir, sizeof(dir), "%s/%u", root, (unsigned)limit);
        assert_int_equal(open_spool(), TT_OK);
        limit_files(limit);
        int err = tt_spool_append(spool, records, 10, &taken, &changes, &why);
        limit_files(RLIM_INFINITY);
        assert_int_equal(err, TT_ENOSPC);
        assert_true(strstr(tt_buf_cstr(&why), "File too large") ||
                    strstr(tt_buf_cstr(&why), "No space left"));
        tt_buf_reset(&why);
        assert_true(taken < 10);
        check_taken(taken);
        assert_int_equal(tt_spool_append(spool, records + taken, 10 - taken, &again, &changes, &why), TT_OK);
        check_taken(10);
        tt_spool_close(&spool);
    }
}

/* Full once more, everything sent, and no restart in between: the open segment itself makes room. */
static bool can_go_on(void)
{
    unsigned n = 0, sent = 0;

    options.segment_size = 0; /* all of it is one segment */
    reopen();
    while (append_one(ALERTS, n, 500) == TT_OK)
        n++;
    while ((sent = read_some(50)) > 0) {
        settle_all(sent, TT_FATE_DELIVERED);
        n -= sent;
    }
    return n == 0 && (append_one(ALERTS, 0, 500) == TT_OK || append_one(ALERTS, 0, 500) == TT_OK) && left(ALERTS) == 1;
}

/* In a mount namespace of its own: a tmpfs of 128 KiB. */
static int fill_tmpfs(void)
{
    unsigned n = 0, sent = 0;
    struct tt_spool_counts counts;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", root, "tmpfs", 0, "size=128k") != 0)
        return 77;
    if (open_spool() != TT_OK)
        return 1;
    while (append_one(ALERTS, n, 500) == TT_OK)
        n++;
    print_message("%u records: %s\n", n, tt_buf_cstr(&why));
    if (n < 50 || strstr(tt_buf_cstr(&why), "No space left on device") == NULL || left(ALERTS) != n)
        return 2;
    tt_spool_sync(spool, &why);
    tt_buf_reset(&why);
    memset(&changes, 0, sizeof(changes));
    tt_spool_close(&spool);
    if (open_spool() != TT_OK || changes.recovered[ALERTS] != n || why.len > 0)
        return 3;
    while ((sent = read_some(50)) > 0) { /* what is sent makes room */
        settle_all(sent, TT_FATE_DELIVERED);
        n -= sent;
    }
    tt_spool_counts(spool, &counts);
    if (n != 0 || append_one(ALERTS, 1, 500) != TT_OK || counts.bytes != 0)
        return 4;
    if (read_some(1) != 1)
        return 8;
    settle_all(1, TT_FATE_DELIVERED);
    if (!can_go_on())
        return 9;
    tt_buf_reset(&why);
    if (mount("none", root, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0) /* busy: a file is open for writing */
        return 5;
    tt_spool_close(&spool);
    if (mount("none", root, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0 || open_spool() != TT_EPERM)
        return 6;
    return strstr(tt_buf_cstr(&why), "Read-only file system") != NULL ? 0 : 7;
}

static void a_full_file_system_takes_no_more_and_loses_nothing(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(fill_tmpfs());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A directory that is gone, and one where the next name is taken by somebody. */
static void names_that_are_taken_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    assert_int_equal(mkdir(path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG)), 0700), 0);
    assert_int_equal(symlink("/etc/passwd", path_of(segment_name(ALERTS, 2, TT_SPOOL_SEG))), 0);
    assert_int_equal(symlink("/nowhere", path_of(segment_name(ALERTS, 3, TT_SPOOL_ACK))), 0);
    append_many(ALERTS, 0, 3, 10);
    assert_true(exists(segment_name(ALERTS, 4, TT_SPOOL_SEG)));
    assert_false(exists(segment_name(ALERTS, 3, TT_SPOOL_SEG)));
    assert_int_equal(read_some(READ_MAX), 3);
}

static void a_directory_that_is_gone_takes_nothing_and_says_so(void **state)
{
    char command[160];

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(append_one(ALERTS, 0, 10), TT_EIO);
    assert_non_null(
        strstr(tt_buf_cstr(&why), "cannot create alerts-0000000000000001.seg: No such file or directory"));
    assert_int_equal(left(ALERTS), 0);
}

static void without_descriptors_nothing_is_given_up(void **state)
{
    struct rlimit limit, none;

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 30, 500);
    reopen();
    getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(read_some(READ_MAX), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_non_null(strstr(tt_buf_cstr(&why), "cannot be read just now: Too many open files"));
    assert_int_equal(left(ALERTS), 30);
    assert_int_equal(read_some(READ_MAX), 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_that_is_cut_at_any_byte_takes_whole_records_only),
        TEST(a_full_file_system_takes_no_more_and_loses_nothing),
        TEST(names_that_are_taken_are_passed_over),
        TEST(a_directory_that_is_gone_takes_nothing_and_says_so),
        TEST(without_descriptors_nothing_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
