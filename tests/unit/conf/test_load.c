/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Files as the machine has them: missing, unreadable, no file at all, too large, cut anywhere. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/err.h"
#include "conf/conf.h"
#include "event/enums.h"

enum { MIB = 1 << 20 };

static char dir[64], path[128];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/tt-conf-XXXXXX");
    if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
        return -1;
    snprintf(path, sizeof(path), "%s/t.yaml", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void write_file(const char *text, size_t len)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, len, out), len);
    assert_int_equal(fclose(out), 0);
}

static void expect_refusal(int expected_err, const char *reason)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    char line[256];

    snprintf(line, sizeof(line), "%s: %s\n", path, reason);
    assert_int_equal(tt_conf_load(path, TT_software_UNBOUND, &conf, &errors), expected_err);
    assert_null(conf);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.text, line);
}

static void a_missing_file_is_told_apart(void **state)
{
    (void)state;
    expect_refusal(TT_ENOENT, "cannot be read: No such file or directory");
}

static void an_unreadable_file_is_refused(void **state)
{
    (void)state;
    write_file("", 0);
    assert_int_equal(chmod(path, 0), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    expect_refusal(TT_ECONFIG, "cannot be read: Permission denied");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

static void a_directory_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    expect_refusal(TT_ECONFIG, "cannot be read: is a directory");
    assert_int_equal(rmdir(path), 0);
}

static void a_pipe_is_refused_and_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refusal(TT_ECONFIG, "cannot be read: is no regular file");
}

static void a_file_of_one_mebibyte_is_read_and_not_a_byte_more(void **state)
{
    char *text = malloc(MIB + 1);
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    (void)state;
    assert_non_null(text);
    memset(text, '\n', MIB + 1);
    write_file(text, MIB);
    assert_int_equal(tt_conf_load(path, 1, &conf, &errors), TT_OK);
    tt_conf_free(&conf);
    write_file(text, MIB + 1);
    expect_refusal(TT_ECONFIG, "expected a file of at most 1MiB");
    assert_int_equal(tt_conf_parse_text(text, MIB + 1, path, 1, &conf, &errors), TT_ECONFIG);
    assert_int_equal(errors.count, 1);
    free(text);
}

static void without_a_file_the_defaults_hold(void **state)
{
    static const char *const state_dirs[] = {NULL, "/var/lib/unbound/telltale", "/var/cache/bind/telltale",
                                             "/var/lib/telltale", "/var/lib/telltale"};
    struct tt_conf_errors errors;
    char name[256] = "";

    (void)state;
    gethostname(name, sizeof(name) - 1);
    for (uint8_t i = 1; i <= 4; i++) {
        struct tt_conf *conf;

        assert_int_equal(tt_conf_load(NULL, i, &conf, &errors), TT_OK);
        assert_int_equal(errors.count, 0);
        assert_string_equal(conf->node, name);
        assert_null(conf->region);
        assert_string_equal(conf->state_dir, state_dirs[i]);
        assert_true(conf->metrics_on && conf->metrics_port == 19153 && conf->metrics_ip.bytes[0] == 127);
        assert_int_equal(conf->ring_size, 4 << 20);
        assert_int_equal(conf->sinks_n, 1);
        assert_string_equal(conf->sinks[0].path, "{state_dir}/events.jsonl");
        assert_int_equal(conf->sinks[0].topics, 1 << TT_TOPIC_ENRICHED | 1 << TT_TOPIC_ALERTS | 1 << TT_TOPIC_BOOKS);
        assert_true(conf->sinks[0].rotate == 256 * MIB && conf->sinks[0].keep == 8);
        assert_true(conf->sinks[0].sample >= 1 && conf->sinks[0].policy == 0 && conf->policies_n == 1);
        assert_true(conf->tap_on && conf->tap_mode == 0660 && conf->tap_group == NULL);
        assert_string_equal(conf->tap_path, "{state_dir}/tap.sock");
        assert_int_equal(conf->upstream, TT_UPSTREAM_OFF);
        assert_string_equal(conf->upstream_socket, "{state_dir}/upstream.sock");
        assert_true(conf->suffix_list == NULL && conf->threats_n == 0 && conf->zones_n == 0);
        tt_conf_free(&conf);
        assert_null(conf);
    }
}

static void an_unknown_kind_of_host_is_an_invalid_argument(void **state)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    (void)state;
    assert_int_equal(tt_conf_load(NULL, 0, &conf, &errors), TT_EINVAL);
    assert_int_equal(tt_conf_load(NULL, 5, &conf, &errors), TT_EINVAL);
    assert_null(conf);
}

static uint64_t digest_of(const char *text)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    uint64_t digest;

    assert_int_equal(tt_conf_parse_text(text, strlen(text), "t", 1, &conf, &errors), TT_OK);
    digest = conf->digest;
    tt_conf_free(&conf);
    return digest;
}

static void the_digest_is_of_the_text(void **state)
{
    (void)state;
    assert_true(digest_of("") == 0x2d06800538d394c2u); /* xxHash's own test vector: length 0, seed 0 */
    assert_true(digest_of("node: a") != digest_of("node: b"));
    assert_true(digest_of("node: a") != digest_of("node: a\n"));
}

/* Whatever the first bytes of a good file say, they are accepted or refused with a text. */
static void a_file_cut_anywhere_is_answered(void **state)
{
    static const char text[] =
        "node: a\nmetrics: { listen: \"[::1]:1\" }\nsinks:\n  - { type: file, path: \"{n}\", "
        "topics: [raw, enriched] }\nhosts: { bind: { sinks: [] } }\n";

    (void)state;
    for (size_t len = 0; len < sizeof(text); len++) {
        struct tt_conf_errors errors;
        struct tt_conf *conf;
        int err = tt_conf_parse_text(text, len, "t", 2, &conf, &errors);

        assert_true(err == TT_OK || (err == TT_ECONFIG && errors.count > 0));
        assert_true((err == TT_OK) == (conf != NULL));
        tt_conf_free(&conf);
    }
}

static void kinds_of_host_have_the_numbers_of_the_events(void **state)
{
    (void)state;
    assert_string_equal(tt_conf_host_word(TT_software_UNBOUND), "unbound");
    assert_string_equal(tt_conf_host_word(TT_software_BIND), "bind");
    assert_string_equal(tt_conf_host_word(TT_software_DNSDIST), "dnsdist");
    assert_string_equal(tt_conf_host_word(TT_software_PROXY), "proxy");
    assert_null(tt_conf_host_word(TT_software_END));
    assert_null(tt_conf_host_word(TT_software_ABSENT));
    assert_int_equal(tt_conf_host_find(TT_STR("bind")), TT_software_BIND);
    assert_int_equal(tt_conf_host_find(TT_STR("named")), 0);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_missing_file_is_told_apart),
        ROW(an_unreadable_file_is_refused),
        ROW(a_directory_is_refused),
        ROW(a_pipe_is_refused_and_not_waited_for),
        ROW(a_file_of_one_mebibyte_is_read_and_not_a_byte_more),
        cmocka_unit_test(without_a_file_the_defaults_hold),
        cmocka_unit_test(an_unknown_kind_of_host_is_an_invalid_argument),
        cmocka_unit_test(the_digest_is_of_the_text),
        cmocka_unit_test(a_file_cut_anywhere_is_answered),
        cmocka_unit_test(kinds_of_host_have_the_numbers_of_the_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
