/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* telltalectl spool over directories as a spool leaves them, and as others do. Each call in a child. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "sink/spool.h"

int ctl_main(int argc, char **argv);

#define main ctl_main
#include "ctl/telltalectl.c"
#undef main

#define SEG "/alerts-0000000000000001.seg"
#define RECORD_LEN (40 + 1 + 22)

static char dir[64];

/* Three alerts of which the first is acked. */
static int make_spool(void **state)
{
    struct tt_spool_options options = {.dir = dir, .size = 1 << 20, .random = 1, .topics = UINT32_MAX};
    struct tt_spool_changes changes = {0};
    struct tt_sink_record records[3], got[1];
    char texts[3][32], text[256];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_spool *spool;
    unsigned taken;

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/tt-spool-XXXXXX");
    if (mkdtemp(dir) == NULL || tt_spool_open(&options, &spool, &changes, &why) != TT_OK)
        return 1;
    for (int i = 0; i < 3; i++) {
        int len = snprintf(texts[i], sizeof(texts[i]), "{\"kind\":\"alert\",\"n\":%d}", i);
        records[i] = (struct tt_sink_record){.data = texts[i],
                                             .len = (uint32_t)len,
                                             .key = "k",
                                             .key_len = 1,
                                             .topic = TT_TOPIC_ALERTS,
                                             .units = 1};
    }
    tt_spool_append(spool, records, 3, &taken, &changes, &why);
    if (taken != 3 || tt_spool_read(spool, ~0u, got, 1, &changes, &why) != 1)
        return 1;
    tt_spool_settle(spool, got[0].token, TT_FATE_DELIVERED);
    tt_spool_close(&spool);
    return 0;
}

static int remove_spool(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

/* Runs `telltalectl spool [--records] DIR`; returns its status. */
static int run_spool(bool with_records, const char *of, char *out, size_t cap)
{
    char path[96];
    int status;

    snprintf(path, sizeof(path), "%s.out", dir);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {(char[]){"telltalectl"}, (char[]){"spool"}, strdup(of), (char[]){"--records"}, NULL};
        int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        _exit(ctl_main(with_records ? 4 : 3, argv));
    }
    waitpid(child, &status, 0);
    int fd = open(path, O_RDONLY);
    ssize_t len = read(fd, out, cap - 1);
    close(fd);
    unlink(path);
    out[len > 0 ? len : 0] = '\0';
    return WEXITSTATUS(status);
}

static void damage(off_t at, const char *bytes, size_t len)
{
    char path[128];

    snprintf(path, sizeof(path), "%s" SEG, dir);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void segments_are_listed(void **state)
{
    char out[4096];

    (void)state;
    assert_int_equal(run_spool(false, dir, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "records  unacked  bytes  version  damage\n"));
    assert_non_null(
        strstr(out, "alerts-0000000000000001.seg  alerts        3        2    253  1        no\n"));
}

static void records_without_an_ack_are_printed(void **state)
{
    char out[4096];

    (void)state;
    assert_int_equal(run_spool(true, dir, out, sizeof(out)), 0);
    assert_string_equal(out, "{\"kind\":\"alert\",\"n\":1}\n{\"kind\":\"alert\",\"n\":2}\n");
}

static void damage_is_shown_and_the_status_is_one(void **state)
{
    char out[4096];

    (void)state;
    damage(64 + 2 * RECORD_LEN + 50, "x", 1);
    assert_int_equal(run_spool(false, dir, out, sizeof(out)), 1);
    assert_non_null(strstr(out, "at byte 190, 1 lost"));
    assert_int_equal(run_spool(true, dir, out, sizeof(out)), 1);
    assert_non_null(strstr(out, "{\"kind\":\"alert\",\"n\":1}\n"));
    assert_null(strstr(out, "\"n\":2"));
    assert_non_null(strstr(out, "telltalectl spool: alerts-0000000000000001.seg: at byte 190, 1 lost"));
}

static void a_torn_end_is_no_damage(void **state)
{
    char out[4096];

    (void)state;
    damage(64 + 3 * RECORD_LEN, "\xf0\0\0\0torn", 8);
    assert_int_equal(run_spool(false, dir, out, sizeof(out)), 0);
}

static void another_version_is_named(void **state)
{
    char out[4096];

    (void)state;
    damage(8, "\7", 1);
    assert_int_equal(run_spool(false, dir, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "7        left alone"));
}

static void a_wrong_call_says_so(void **state)
{
    char out[4096];

    (void)state;
    assert_int_equal(run_spool(false, "/srv/no-such-directory", out, sizeof(out)), 1);
    assert_non_null(strstr(out, "/srv/no-such-directory: No such file or directory"));
    assert_int_equal(run_spool(false, "--what", out, sizeof(out)), 2);
    assert_non_null(strstr(out, "Usage: telltalectl spool [--records] DIR"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_spool, remove_spool)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(segments_are_listed),
        TEST(records_without_an_ack_are_printed),
        TEST(damage_is_shown_and_the_status_is_one),
        TEST(a_torn_end_is_no_damage),
        TEST(another_version_is_named),
        TEST(a_wrong_call_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
