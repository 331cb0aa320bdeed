/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Secrets from files: which are taken, and where they then lie. */

#include "net_test.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "net/secret.h"

#define CANARY "canary-5d1e7c"

static char why_text[512];

static struct tt_buf new_why(void)
{
    memset(why_text, 0, sizeof(why_text));
    return tt_buf_over(why_text, sizeof(why_text) - 1);
}

static char longest[TT_SECRET_MAX + 4];

static const struct {
    const char *name, *text;
    size_t len; /* 0: of the text */
    unsigned mode;
    int err;
    const char *secret, *why;
} cases[] = {
    {"a line", "secret\n", 0, 0600, TT_OK, "secret", ""},
    {"no end of line", "secret", 0, 0640, TT_OK, "secret", ""},
    {"an end of line as in DOS", "secret\r\n", 0, 0400, TT_OK, "secret", ""},
    {"more lines behind it", "secret\nnot this\n", 0, 0640, TT_OK, "secret", ""},
    {"spaces are part of it", " a b \n", 0, 0640, TT_OK, " a b ", ""},
    {"UTF-8", "h\xc3\xa9\n", 0, 0640, TT_OK, "h\xc3\xa9", ""},
    {"the longest", longest, TT_SECRET_MAX, 0640, TT_OK, NULL, ""},
    {"the longest with its end of line", longest, TT_SECRET_MAX + 2, 0640, TT_OK, NULL, ""},
    {"one too long", longest, TT_SECRET_MAX + 3, 0640, TT_ELIMIT, NULL, "longer than 3072 bytes"},
    {"nothing", "", 0, 0640, TT_ELIMIT, NULL, "first line is empty"},
    {"an empty first line", "\nsecret\n", 0, 0640, TT_ELIMIT, NULL, "first line is empty"},
    {"a NUL", "sec\0ret\n", 8, 0640, TT_ELIMIT, NULL, "control character"},
    {"a line within a line", "sec\rret\n", 0, 0640, TT_ELIMIT, NULL, "control character"},
    {"all can read it", "secret\n", 0, 0644, TT_EPERM, NULL,
     "everybody can read it (mode 0644); chmod o-rwx"},
    {"all can write it", "secret\n", 0, 0642, TT_EPERM, NULL, "everybody can write it (mode 0642)"},
};

static void every_file_is_taken_or_refused_with_a_reason(void **state)
{
    (void)state;
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        size_t len = cases[i].len > 0 ? cases[i].len : strlen(cases[i].text);
        struct tt_buf why = new_why();
        struct tt_secret *secret;
        const char *path;
        int err;

        if (cases[i].text == longest && len == TT_SECRET_MAX + 2)
            memcpy(longest + TT_SECRET_MAX, "\r\n", 2);
        else
            memset(longest, 'x', sizeof(longest));
        path = write_file("secret", cases[i].text, len, cases[i].mode);
        err = tt_secret_read(path, &secret, &why);
        if (err != cases[i].err || strstr(why_text, cases[i].why) == NULL)
            fail_msg("%s: %d %s", cases[i].name, err, why_text);
        if ((secret != NULL) != (err == TT_OK))
            fail_msg("%s: %s secret", cases[i].name, secret != NULL ? "a" : "no");
        if (secret != NULL && cases[i].secret != NULL)
            assert_string_equal(tt_secret_text(secret), cases[i].secret);
        if (secret != NULL && cases[i].secret == NULL)
            assert_int_equal(tt_secret_len(secret), TT_SECRET_MAX);
        tt_secret_free(&secret);
        assert_null(secret);
    }
}

static void what_is_no_file_is_named(void **state)
{
    struct tt_buf why = new_why();
    struct tt_secret *secret;

    (void)state;
    assert_int_equal(tt_secret_read("/tmp/tt-no-such-file", &secret, &why), TT_ENOENT);
    assert_non_null(strstr(why_text, "/tmp/tt-no-such-file: No such file"));
    why = new_why();
    assert_int_equal(tt_secret_read("/dev/zero", &secret, &why), TT_EIO);
    assert_non_null(strstr(why_text, "not a file"));
    why = new_why();
    assert_int_equal(tt_secret_read("/tmp", &secret, &why), TT_EIO);
}

static void a_key_of_several_lines_is_read_whole(void **state)
{
    static const char key[] = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n";
    struct tt_buf why = new_why();
    struct tt_secret *secret;

    (void)state;
    assert_int_equal(tt_secret_read_file(write_file("key", key, sizeof(key) - 1, 0640), &secret, &why),
                     TT_OK);
    assert_string_equal(tt_secret_text(secret), key);
    assert_int_equal(tt_secret_len(secret), sizeof(key) - 1);
    tt_secret_free(&secret);
    assert_int_equal(tt_secret_read_file(write_file("key", key, 9, 0644), &secret, &why), TT_EPERM);
    assert_int_equal(tt_secret_read_file(write_file("key", "", 0, 0640), &secret, &why), TT_ELIMIT);
}

/* The line "VmFlags:" of the mapping that holds the address. */
static void find_flags(const void *address, char *flags, size_t cap)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    unsigned long from = 0, to = 0;

    flags[0] = '\0';
    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps) != NULL) {
        unsigned long low, high;
        char dash;
        if (sscanf(line, "%lx%c%lx ", &low, &dash, &high) == 3 && dash == '-')
            from = low, to = high;
        if (strncmp(line, "VmFlags:", 8) == 0 && (unsigned long)address >= from &&
            (unsigned long)address < to)
            snprintf(flags, cap, "%s", line);
    }
    fclose(maps);
}

static void a_secret_stays_out_of_core_files_and_children(void **state)
{
    struct tt_buf why = new_why();
    struct tt_secret *secret;
    char flags[512];
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(tt_secret_read(write_file("secret", CANARY "\n", 14, 0640), &secret, &why), TT_OK);
    find_flags(tt_secret_text(secret), flags, sizeof(flags));
    assert_non_null(strstr(flags, " dd"));
    assert_non_null(strstr(flags, " wf"));
    child = fork();
    if (child == 0)
        _exit(tt_secret_text(secret)[0] == '\0' ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(tt_secret_text(secret), CANARY);
    tt_secret_free(&secret);
}

/* Whether what is at an address that may be gone is still the canary. */
static bool holds_canary(const void *address)
{
    int fds[2];
    char got[sizeof(CANARY)] = "";
    bool holds;

    assert_int_equal(pipe(fds), 0);
    holds = write(fds[1], address, sizeof(CANARY) - 1) == (ssize_t)sizeof(CANARY) - 1 &&
            read(fds[0], got, sizeof(CANARY) - 1) > 0 && memcmp(got, CANARY, sizeof(CANARY) - 1) == 0;
    close(fds[0]);
    close(fds[1]);
    return holds;
}

static void a_secret_is_gone_when_it_is_freed(void **state)
{
    struct tt_buf why = new_why();
    struct tt_secret *secret;
    const char *at;

    (void)state;
    assert_int_equal(tt_secret_read(write_file("secret", CANARY "\n", 14, 0640), &secret, &why), TT_OK);
    at = tt_secret_text(secret);
    assert_true(holds_canary(at));
    tt_secret_free(&secret);
    assert_false(holds_canary(at));
}

static void a_watch_sees_a_replaced_file_once_it_rests(void **state)
{
    struct tt_watch watch = {0};
    const char *path = write_file("watched", "one", 3, 0640);

    (void)state;
    assert_int_equal(tt_watch_add(&watch, NULL), TT_OK);
    assert_int_equal(tt_watch_add(&watch, path), TT_OK);
    assert_int_equal(watch.n, 1);
    assert_false(tt_watch_has_changed(&watch));
    assert_false(tt_watch_has_changed(&watch));
    unlink(path);
    assert_false(tt_watch_has_changed(&watch)); /* gone is not changed */
    assert_false(tt_watch_has_changed(&watch));
    write_file("watched", "a new one", 9, 0640);
    assert_false(tt_watch_has_changed(&watch)); /* it may still be written to */
    assert_true(tt_watch_has_changed(&watch));
    assert_true(tt_watch_has_changed(&watch));
    tt_watch_fini(&watch);
    assert_int_equal(watch.n, 0);
}

static void a_watch_has_an_end(void **state)
{
    struct tt_watch watch = {0};

    (void)state;
    for (unsigned i = 0; i < TT_WATCH_MAX; i++)
        assert_int_equal(tt_watch_add(&watch, "/dev/null"), TT_OK);
    assert_int_equal(tt_watch_add(&watch, "/dev/null"), TT_ELIMIT);
    tt_watch_fini(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_is_taken_or_refused_with_a_reason),
        cmocka_unit_test(what_is_no_file_is_named),
        cmocka_unit_test(a_key_of_several_lines_is_read_whole),
        cmocka_unit_test(a_secret_stays_out_of_core_files_and_children),
        cmocka_unit_test(a_secret_is_gone_when_it_is_freed),
        cmocka_unit_test(a_watch_sees_a_replaced_file_once_it_rests),
        cmocka_unit_test(a_watch_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
