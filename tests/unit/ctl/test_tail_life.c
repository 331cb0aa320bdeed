/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* How `telltalectl tail` starts, goes on and ends. */

#include "tail_test.h"

static void losses_are_told_and_rubbish_is_counted(void **state)
{
    static const char *const text[] = {"--text", NULL}, *const json[] = {NULL};
    static const char lines[] = "{\"kind\":\"lost\",\"count\":1234}\n" A "no json\n[1]\n{\"kind\":\n\xFF\n";
    struct stage *stage = open_stage();

    (void)state;
    play(stage, json, "{\"kind\":\"lost\",\"count\":1234}\n" A);
    assert_string_equal(stage->out_text, A);
    assert_non_null(strstr(stage->err_text, "1234 events lost"));
    assert_non_null(strstr(stage->err_text, "1 shown, 0 filtered out, 1234 lost\n"));
    close_stage(stage);
    stage = open_stage();
    play(stage, text, lines);
    assert_non_null(strstr(stage->out_text, "www.example.com"));
    assert_non_null(
        strstr(stage->err_text, "1 shown, 0 filtered out, 1234 lost\n4 lines could not be read\n"));
    close_stage(stage);
}

/* Whatever it was called with; knocking again would not help. */
static void one_who_is_turned_away_is_told_why(void **state)
{
    static const char *const calls[][ARGS_MAX] = {
        {NULL}, {"--text", NULL}, {"--json", "--type", "A", NULL}, {"--follow", NULL}};
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(calls); i++) {
        struct stage *stage = open_stage();
        int status = play(stage, calls[i], "{\"kind\":\"refused\",\"reason\":\"too many\\u001b[31m readers\"}\n");
        char expected[256];

        snprintf(expected, sizeof(expected), "telltalectl tail: %s: turned away: too many\xEF\xBF\xBD[31m readers\n",
                 stage->path);
        if (status != TT_CTL_FAILED || stage->out_n > 0 || strcmp(stage->err_text, expected) != 0) {
            print_error("call %zu: status %d\n%s%s", i, status, stage->out_text, stage->err_text);
            failed_n++;
        }
        close_stage(stage);
    }
    assert_int_equal(failed_n, 0);
}

/* Gives all of it although the child may be slow. */
static void a_line_that_never_ends_is_left_out(void **state)
{
    static const char *const args[] = {"--count", "1", NULL};
    struct stage *stage = open_stage();
    char *junk = malloc(2 << 20);
    pid_t writer;

    (void)state;
    assert_non_null(junk);
    memset(junk, 'x', 2 << 20);
    junk[(2 << 20) - 1] = '\0';
    start(stage, args, 0);
    meet_reader(stage);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        give(stage, junk);
        give(stage, "\n" A);
        _exit(0);
    }
    await_out(stage, NULL);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_string_equal(stage->out_text, A);
    assert_non_null(strstr(stage->err_text, "1 shown, 0 filtered out, 0 lost\n1 lines could not be read\n"));
    free(junk);
    close_stage(stage);
}

static void a_count_ends_it(void **state)
{
    static const char *const args[] = {"--count", "2", "--type", "A", NULL};
    struct stage *stage = open_stage();

    (void)state;
    start(stage, args, 0);
    meet_reader(stage);
    give(stage, ALL ALL);
    await_out(stage, NULL);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    assert_string_equal(stage->out_text, A D);
    close_stage(stage);
}

static void ctrl_c_ends_it_with_the_numbers(void **state)
{
    static const char *const args[] = {"--text", NULL};
    struct stage *stage = open_stage();

    (void)state;
    start(stage, args, 0);
    meet_reader(stage);
    give(stage, A);
    await_out(stage, "www.example.com");
    kill(stage->child, SIGINT);
    await_out(stage, NULL);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    assert_string_equal(stage->err_text, "1 shown, 0 filtered out, 0 lost\n");
    close_stage(stage);
}

/* The pipe of standard output is full, and nobody reads it. */
static void ctrl_c_ends_it_when_nobody_reads(void **state)
{
    static const char *const args[] = {NULL};
    struct stage *stage = open_stage();
    struct timeval limit = {0, 200000};

    (void)state;
    start(stage, args, 0);
    meet_reader(stage);
    setsockopt(stage->reader, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    while (send(stage->reader, A, sizeof(A) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(A) - 1)
        continue;
    kill(stage->child, SIGTERM);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    close_stage(stage);
}

static void it_connects_again_when_the_resolver_comes_back(void **state)
{
    static const char *const args[] = {"--follow", "--count", "2", NULL};
    struct stage *stage = open_stage();

    (void)state;
    start(stage, args, 0);
    meet_reader(stage);
    give(stage, A);
    await_out(stage, "www.example.com");
    close(stage->listener);
    close(stage->reader);
    await_err(stage, "waiting for the resolver\n");
    listen_at(stage);
    meet_reader(stage);
    give(stage, B);
    await_out(stage, NULL);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    assert_string_equal(stage->out_text, A B);
    assert_null(strstr(strstr(stage->err_text, "waiting") + 1, "waiting"));
    assert_non_null(strstr(stage->err_text, "connected to "));
    assert_non_null(strstr(stage->err_text, "2 shown, 0 filtered out, 0 lost\n"));
    close_stage(stage);
}

static void nobody_there_is_said(void **state)
{
    static const char *const args[] = {NULL};
    struct stage *stage = open_stage();

    (void)state;
    close(stage->listener);
    unlink(stage->path);
    start(stage, args, 0);
    await_out(stage, NULL);
    assert_int_equal(finish(stage), TT_CTL_FAILED);
    assert_non_null(strstr(stage->err_text, stage->path));
    close_stage(stage);
}

/* The longest line, in columns, colours left out. */
static size_t widest(const char *text)
{
    size_t most = 0, n = 0;

    for (; *text != '\0'; text++) {
        if (*text == '\033')
            text += strcspn(text, "m");
        else if (*text == '\n')
            n = 0;
        else if (*text != '\r' && ((unsigned char)*text & 0xC0) != 0x80 && ++n > most)
            most = n;
    }
    return most;
}

static void a_terminal_gets_lines_that_fit_it(void **state)
{
    static const char *const args[] = {NULL};
    struct stage *stage = open_stage();
    struct winsize wide = {24, 200, 0, 0};

    (void)state;
    start(stage, args, 60);
    meet_reader(stage);
    give(stage, EVENT("a-very-long-name-that-is-cut-somewhere.and-has-an-end.example", "A", "NOERROR",
                      "answered", "", "unbound"));
    await_out(stage, ".example\033[0m\r\n");
    assert_int_equal(strncmp(stage->out_text, "\033[2mtime\033[0m ", 13), 0);
    if (widest(stage->out_text) > 60)
        fail_msg("%zu columns: %s", widest(stage->out_text), stage->out_text);
    assert_null(strchr(stage->out_text, '{'));
    assert_int_equal(ioctl(stage->out, TIOCSWINSZ, &wide), 0);
    kill(stage->child, SIGWINCH);
    give(stage, B);
    await_out(stage, "2001:db8::7");
    assert_non_null(strstr(stage->out_text, "dnssec"));
    kill(stage->child, SIGINT);
    assert_int_equal(finish(stage), TT_CTL_FINE);
    close_stage(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_told_and_rubbish_is_counted),
        cmocka_unit_test(one_who_is_turned_away_is_told_why),
        cmocka_unit_test(a_line_that_never_ends_is_left_out),
        cmocka_unit_test(a_count_ends_it),
        cmocka_unit_test(ctrl_c_ends_it_with_the_numbers),
        cmocka_unit_test(ctrl_c_ends_it_when_nobody_reads),
        cmocka_unit_test(it_connects_again_when_the_resolver_comes_back),
        cmocka_unit_test(nobody_there_is_said),
        cmocka_unit_test(a_terminal_gets_lines_that_fit_it),
    };

    return cmocka_run_group_tests(tests, set_environment, NULL);
}
