/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compat.h"
#include "base/err.h"
#include "base/path.h"

static char root[64];

static const char *at(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/tt-path-XXXXXX");
    return mkdtemp(root) == NULL || chmod(root, 0777) != 0;
}

static int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

/* What a process without privileges makes of a path below two missing directories. */
static int create_as_nobody(const char *path, mode_t mask)
{
    struct tt_path_error error;
    pid_t child = fork();
    int fd, status;

    if (child == 0) {
        umask(mask);
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
        int err = tt_path_open_append(path, &fd, &error);
        _exit(err == TT_OK ? write(fd, "x", 1) != 1 : -err);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void modes_are_ours_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0777};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(masks); i++) {
        char dir[32], sub[32], file[32];
        snprintf(dir, sizeof(dir), "mask%zu", i);
        snprintf(sub, sizeof(sub), "mask%zu/b", i);
        snprintf(file, sizeof(file), "mask%zu/b/f", i);
        assert_int_equal(create_as_nobody(at(file), masks[i]), 0);
        assert_int_equal(mode_of(at(dir)), 0750);
        assert_int_equal(mode_of(at(sub)), 0750);
        assert_int_equal(mode_of(at(file)), 0640);
    }
}

static void an_existing_file_keeps_mode_and_content(void **state)
{
    struct tt_path_error error;
    int fd = open(at("old"), O_WRONLY | O_CREAT, 0600);
    struct stat st;

    (void)state;
    assert_int_equal(write(fd, "abc", 3), 3);
    close(fd);
    assert_int_equal(tt_path_open_append(at("old"), &fd, &error), TT_OK);
    assert_int_equal(write(fd, "d", 1), 1);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 4);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    const struct {
        const char *name, *path, *words;
        int expect;
    } cases[] = {
        {"a link to a file", "link", "symbolic link", TT_EPERM},
        {"a dangling link", "dangling", "symbolic link", TT_EPERM},
        {"a fifo, without waiting for its reader", "fifo", "not a regular file", TT_EINVAL},
        {"a directory", "dir", "Is a directory", TT_EIO},
        {"below a file", "file/x", "Not a directory", TT_EINVAL},
        {"below a dangling link", "dangling/x", "cannot create directory", TT_ENOENT},
        {"no path", NULL, "empty path", TT_EINVAL},
    };
    struct tt_path_error error;
    int fd;

    (void)state;
    close(open(at("file"), O_CREAT | O_WRONLY, 0600));
    assert_int_equal(symlink(at("file"), at("link")), 0);
    assert_int_equal(symlink(at("nowhere"), at("dangling")), 0);
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(mkdir(at("dir"), 0700), 0);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        int err = tt_path_open_append(cases[i].path != NULL ? at(cases[i].path) : "", &fd, &error);
        if (err != cases[i].expect || strstr(error.text, cases[i].words) == NULL || fd != -1)
            fail_msg("%s: %d (expected %d), %s", cases[i].name, err, cases[i].expect, error.text);
    }
    assert_int_equal(access(at("nowhere"), F_OK), -1);
}

static void a_link_as_last_directory_is_refused_a_link_above_is_not(void **state)
{
    struct tt_path_error error;

    (void)state;
    assert_int_equal(mkdir(at("real"), 0700), 0);
    assert_int_equal(symlink(at("real"), at("alias")), 0);
    assert_int_equal(tt_path_make_dir(at("alias"), &error), TT_EPERM);
    assert_non_null(strstr(error.text, "symbolic link"));
    assert_int_equal(tt_path_make_dir(at("alias/below"), &error), TT_OK);
    assert_int_equal(mode_of(at("real/below")), 0750);
}

static void a_second_owner_is_told_so(void **state)
{
    struct tt_path_error error;
    int first, second;

    (void)state;
    assert_int_equal(tt_path_open_append(at("one"), &first, &error), TT_OK);
    assert_int_equal(tt_path_open_append(at("one"), &second, &error), TT_EBUSY);
    assert_non_null(strstr(error.text, "owns it"));
    assert_int_equal(create_as_nobody(at("one"), 0), getuid() == 0 ? -TT_EPERM : -TT_EBUSY);
    close(first);
    assert_int_equal(tt_path_open_append(at("one"), &second, &error), TT_OK);
    assert_true(tt_path_is_open_as(at("one"), second));
    assert_int_equal(rename(at("one"), at("one.1")), 0);
    assert_false(tt_path_is_open_as(at("one"), second));
    assert_int_equal(tt_path_open_append(at("one"), &first, &error), TT_OK);
    close(first);
    close(second);
}

static void every_process_gets_a_directory_of_its_own(void **state)
{
    struct tt_path_error error;
    char dir[256], expect[256];
    int locks[4], spare;
    unsigned n;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(
            tt_path_claim_dir(at("base"), "bind", &n, dir, sizeof(dir), &locks[i], &error), TT_OK);
        snprintf(expect, sizeof(expect), "%s/base/bind-%u", root, i + 1);
        assert_int_equal(n, i + 1);
        assert_string_equal(dir, expect);
        assert_int_equal(mode_of(dir), 0750);
    }
    close(locks[1]);
    assert_int_equal(tt_path_claim_dir(at("base"), "bind", &n, dir, sizeof(dir), &locks[1], &error),
                     TT_OK);
    assert_int_equal(n, 2);
    assert_int_equal(tt_path_claim_dir(at("base"), "bind", &n, dir, 8, &spare, &error), TT_ELIMIT);
    for (unsigned i = 0; i < 4; i++)
        close(locks[i]);
}

static void processes_that_claim_at_once_never_share(void **state)
{
    enum { PROCESSES = 12 };
    bool seen[PROCESSES + 1] = {false};
    int results[2], gate[2];

    (void)state;
    assert_int_equal(pipe(results), 0);
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() != 0)
            continue;
        struct tt_path_error error;
        char dir[256], c;
        unsigned n = 0;
        int lock_fd;
        close(gate[1]);
        if (tt_path_claim_dir(at("race"), "unbound", &n, dir, sizeof(dir), &lock_fd, &error) !=
            TT_OK)
            n = 0;
        if (write(results[1], &n, sizeof(n)) != (ssize_t)sizeof(n))
            _exit(1);
        _exit(read(gate[0], &c, 1) != 0); /* keeps its claim until all have theirs */
    }
    close(gate[0]);
    for (int i = 0; i < PROCESSES; i++) {
        unsigned n;
        assert_int_equal(read(results[0], &n, sizeof(n)), sizeof(n));
        assert_in_range(n, 1, PROCESSES);
        assert_false(seen[n]);
        seen[n] = true;
    }
    close(gate[1]);
    while (wait(NULL) > 0)
        continue;
    close(results[0]);
    close(results[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_are_ours_whatever_the_umask),
        cmocka_unit_test(an_existing_file_keeps_mode_and_content),
        cmocka_unit_test(what_is_no_file_of_ours_is_refused),
        cmocka_unit_test(a_link_as_last_directory_is_refused_a_link_above_is_not),
        cmocka_unit_test(a_second_owner_is_told_so),
        cmocka_unit_test(every_process_gets_a_directory_of_its_own),
        cmocka_unit_test(processes_that_claim_at_once_never_share),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
