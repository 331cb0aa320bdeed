/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The exit, when what it has to wait for does not come: disks that hang, locks, a broken standard error. */

#include "core_test.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "core/core.h"

static bool hangs; /* a write to a file with "hang" in its name never returns */

/* Stands before the one of libc. */
ssize_t writev(int fd, const struct iovec *pieces, int n)
{
    char link[32], path[256] = "";

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (hangs && readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, "hang") != NULL)
        for (;;)
            pause();
    return (ssize_t)syscall(SYS_writev, fd, pieces, n);
}

static void exit_with_hanging_sink(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    hangs = true;
    alarm(30);
    CHECK(tt_open(&host, &core) == TT_OK);
    observe(tt_core_port(core, 0), 5000);
}

static void a_hanging_sink_costs_the_exit_two_seconds_and_the_others_nothing(void **state)
{
    char fine[160];
    uint64_t started_ns = tt_clock_mono_ns();

    (void)state;
    write_config("metrics: off\nsinks:\n  - { name: a, type: file, path: hang.jsonl }\n"
                 "  - { name: b, type: file, path: fine.jsonl }\n");
    in_child(exit_with_hanging_sink);
    snprintf(fine, sizeof(fine), "%s/fine.jsonl", dir);
    assert_int_equal(count_lines(fine), 5000);
    assert_true(tt_clock_mono_ns() - started_ns >= 1900000000u); /* it did hang */
}

static void exit_with_hanging_configuration(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    alarm(30);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    pthread_mutex_lock(&core->lock); /* as the manager does while it reads the file */
}

static void a_configuration_that_hangs_does_not_keep_the_process(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(exit_with_hanging_configuration);
}

/* Runs behind the handler of the exit, as the clean-up of OpenSSL does: nobody may hash any more. */
static void look_for_pipeline(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;

    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
        file = fopen(path, "r");
        if (file != NULL && fgets(name, sizeof(name), file) != NULL && strcmp(name, "tt-pipeline\n") == 0)
            _exit(1);
        if (file != NULL)
            fclose(file);
    }
    closedir(tasks);
}

static void exit_with_hanging_manager(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    alarm(30);
    atexit(look_for_pipeline);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    observe(tt_core_port(core, 0), 10);
    pthread_mutex_lock(&core->lock);
}

static void the_pipeline_ends_though_the_manager_hangs_at_the_exit(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(exit_with_hanging_manager);
    assert_int_equal(count_lines(events), 10);
}

static void exit_with_broken_stderr(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;
    int ends[2];

    CHECK(pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[0]);
    close(ends[1]);
    signal(SIGPIPE, SIG_DFL);
    CHECK(tt_open(&host, &core) == TT_OK);
    observe(tt_core_port(core, 0), 10);
}

static void the_last_words_to_nobody_do_not_kill_the_process(void **state)
{
    (void)state;
    write_config(
        "metrics: off\nsinks: [ { type: file, path: . } ]\n"); /* a directory: all is dropped */
    in_child(exit_with_broken_stderr);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        CASE(a_hanging_sink_costs_the_exit_two_seconds_and_the_others_nothing),
        CASE(a_configuration_that_hangs_does_not_keep_the_process),
        CASE(the_pipeline_ends_though_the_manager_hangs_at_the_exit),
        CASE(the_last_words_to_nobody_do_not_kill_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
