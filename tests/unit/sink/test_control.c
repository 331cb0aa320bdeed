/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The control protocol: what a line is answered, and what it may never be answered. */

#include "sink/control.h"
#include "sink_test.h"

enum { REPLY_CAP = 4096 };

/* What the commands of the test were asked. */
struct calls {
    unsigned n, unknown_n;
};

static int run_status(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    struct calls *calls = arg;

    calls->n++;
    calls->unknown_n += argument.ptr != NULL;
    tt_buf_text(reply, "{\"enabled\":true}\n");
    return TT_OK;
}

static int run_off(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)argument;
    (void)reply;
    ((struct calls *)arg)->n++;
    return TT_OK;
}

static int run_pause(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    struct calls *calls = arg;

    calls->n++;
    if (tt_str_equal(argument, TT_STR("events")))
        return TT_OK;
    calls->unknown_n++;
    tt_buf_format(reply, "no sink is named %.*s", (int)argument.len, argument.ptr);
    return TT_ENOENT;
}

static int run_broken(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    tt_buf_text(reply, argument.ptr == NULL ? "" : "two\nlines \x1b[31m\n\n");
    return TT_EIO;
}

static int run_large(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    (void)argument;
    for (unsigned i = 0; i < 1000; i++)
        tt_buf_text(reply, "0123456789");
    return TT_OK;
}

static const struct tt_control_command commands[] = {
    {"status", false, false, run_status}, {"off", false, true, run_off},
    {"on", false, true, run_off},         {"pause", true, true, run_pause},
    {"broken", false, false, run_broken}, {"say", true, true, run_broken},
    {"large", false, false, run_large},   {NULL, false, false, NULL},
};

#define P "telltale/1 "
#define LINE "error a request is one line"

static const struct {
    const char *name, *line;
    size_t len; /* 0: of the text */
    int err;
    const char *reply; /* its start; the whole of it when it ends in a newline */
    const char *log;
} cases[] = {
    {"a question", P "status\n", 0, TT_OK, "ok\n{\"enabled\":true}\n", NULL},
    {"an action", P "off\n", 0, TT_OK, "ok\n", "control: off by uid 7, pid 8: done\n"},
    {"an action with an argument", P "pause events\n", 0, TT_OK, "ok\n",
     "control: pause events by uid 7, pid 8: done\n"},
    {"an action that fails", P "pause nosuch\n", 0, TT_ENOENT, "error no sink is named nosuch\n",
     "control: pause nosuch by uid 7, pid 8: error no sink is named nosuch\n"},
    {"an argument with spaces", P "pause a b\n", 0, TT_ENOENT, "error no sink is named a b\n", "control: pause a b by"},
    {"a failure without a message", P "broken\n", 0, TT_EIO, "error input or output error\n", NULL},
    {"a failure whose message is no line", P "say x\n", 0, TT_EIO, "error two\xEF\xBF\xBDlines \xEF\xBF\xBD[31m\n",
     "control: say x by"},
    {"an answer that is too large", P "large\n", 0, TT_ELIMIT, "error a fixed limit was reached\n", NULL},
    {"nothing", "", 0, TT_ESYNTAX, LINE, NULL},
    {"a newline", "\n", 0, TT_ESYNTAX, "error this speaks telltale/1", NULL},
    {"no newline", P "status", 0, TT_ESYNTAX, LINE, NULL},
    {"two lines", P "off\n" P "off\n", 0, TT_ESYNTAX, LINE, NULL},
    {"more behind the line", P "off\n\n", 0, TT_ESYNTAX, LINE, NULL},
    {"carriage return", P "off\r\n", 0, TT_ESYNTAX, LINE, NULL},
    {"a NUL", P "off\0\n", sizeof(P "off\0\n") - 1, TT_ESYNTAX, LINE, NULL},
    {"NULs", "\0\0\0\n", 4, TT_ESYNTAX, LINE, NULL},
    {"no UTF-8", P "pause \xff\n", 0, TT_ESYNTAX, LINE, NULL},
    {"a bidirectional control", P "pause \xE2\x80\xAE\n", 0, TT_ESYNTAX, LINE, NULL},
    {"another protocol", "GET / HTTP/1.1\n", 0, TT_ESYNTAX, "error this speaks telltale/1", NULL},
    {"another version", "telltale/2 status\n", 0, TT_ESYNTAX, "error this speaks telltale/1", NULL},
    {"no command", P "\n", 0, TT_ESYNTAX, "error there is no such command here\n", NULL},
    {"an empty command", P " \n", 0, TT_ESYNTAX, "error there is no such command here\n", NULL},
    {"an unknown command", P "drop\n", 0, TT_ESYNTAX, "error there is no such command here\n", NULL},
    {"a command's beginning", P "of\n", 0, TT_ESYNTAX, "error there is no such command here\n", NULL},
    {"upper case", P "OFF\n", 0, TT_ESYNTAX, "error there is no such command here\n", NULL},
    {"an argument too many", P "off now\n", 0, TT_ESYNTAX, "error this command takes no argument\n", NULL},
    {"an empty argument too many", P "off \n", 0, TT_ESYNTAX, "error this command takes no argument\n", NULL},
    {"an argument missing", P "pause\n", 0, TT_ESYNTAX, "error this command needs an argument\n", NULL},
    {"an argument empty", P "pause \n", 0, TT_ESYNTAX, "error this command needs an argument\n", NULL},
};

static int answer(struct calls *calls, const char *line, size_t len, char *text)
{
    struct tt_buf reply = tt_buf_over(text, REPLY_CAP - 1);
    char *exact = malloc(len > 0 ? len : 1); /* a sanitizer sees every byte read too many */
    int err;

    assert_non_null(exact);
    memcpy(exact, line, len);
    err = tt_control_answer(commands, calls, 7, 8, exact, len, &reply);
    free(exact);
    assert_false(reply.overflow);
    text[reply.len] = '\0';
    assert_int_equal(strlen(text), reply.len);
    return err;
}

/* "ok\n" first, or one line "error …\n" and nothing else. */
static void check_form(const char *text, int err)
{
    size_t len = strlen(text);

    if (err == TT_OK) {
        assert_int_equal(strncmp(text, "ok\n", 3), 0);
        return;
    }
    assert_int_equal(strncmp(text, "error ", 6), 0);
    assert_true(len > 7 && strchr(text, '\n') == text + len - 1);
}

static bool is_expected(const char *text, const char *expect)
{
    size_t len = strlen(expect);

    return expect[len - 1] == '\n' ? strcmp(text, expect) == 0 : strncmp(text, expect, len) == 0;
}

static void every_line_has_its_answer(void **state)
{
    char text[REPLY_CAP];
    struct calls calls = {0};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        size_t len = cases[i].len > 0 ? cases[i].len : strlen(cases[i].line);
        int err;

        log_text[0] = '\0';
        err = answer(&calls, cases[i].line, len, text);
        check_form(text, err);
        if (err != cases[i].err || !is_expected(text, cases[i].reply))
            fail_msg("%s: %d %s", cases[i].name, err, text);
        if (cases[i].log == NULL ? log_text[0] != '\0' : strstr(log_text, cases[i].log) != log_text)
            fail_msg("%s: logged %s", cases[i].name, log_text);
    }
}

static void the_longest_line_is_taken_and_one_byte_more_is_not(void **state)
{
    char line[300] = P "pause ", text[REPLY_CAP];
    struct calls calls = {0};

    (void)state;
    memset(line + strlen(line), 'x', 290 - strlen(line));
    line[TT_CONTROL_LINE_MAX - 1] = '\n';
    assert_int_equal(answer(&calls, line, TT_CONTROL_LINE_MAX, text), TT_ENOENT);
    line[TT_CONTROL_LINE_MAX - 1] = 'x';
    line[TT_CONTROL_LINE_MAX] = '\n';
    assert_int_equal(answer(&calls, line, TT_CONTROL_LINE_MAX + 1, text), TT_ESYNTAX);
    assert_string_equal(text, "error a request has at most 256 bytes\n");
    assert_int_equal(calls.n, 1);
}

/* No line with one wrong byte does anything: it is refused, or names a sink that is not there. */
static void a_wrong_byte_never_acts(void **state)
{
    static const char *const lines[] = {P "status\n", P "off\n", P "on\n", P "pause events\n"};
    char line[64], text[REPLY_CAP];
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(lines); i++) {
        size_t len = strlen(lines[i]);
        for (size_t byte = 0; byte < len * 255; byte++) {
            struct calls calls = {0};
            int err;

            log_text[0] = '\0';
            memcpy(line, lines[i], len);
            line[byte / 255] = (char)(line[byte / 255] ^ (int)(byte % 255 + 1));
            err = answer(&calls, line, len, text);
            check_form(text, err);
            assert_true(err == TT_ESYNTAX || err == TT_ENOENT);
            assert_int_equal(calls.n, calls.unknown_n);
            assert_true(err == TT_ENOENT || calls.n == 0);
            n++;
        }
    }
    assert_int_equal(n, 255 * (18 + 15 + 14 + 24));
}

/* However little room there is, the answer is a prefix of whole pieces and nothing is written behind it. */
static void a_small_reply_buffer_is_never_overrun(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 64; cap++) {
        for (size_t i = 0; i < TT_COUNT(cases); i++) {
            char *memory = malloc(cap > 0 ? cap : 1);
            struct tt_buf reply = tt_buf_over(memory, cap);
            struct calls calls = {0};

            assert_non_null(memory);
            tt_control_answer(commands, &calls, 7, 8, cases[i].line,
                              cases[i].len > 0 ? cases[i].len : strlen(cases[i].line), &reply);
            assert_true(reply.len <= cap);
            free(memory);
        }
    }
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(every_line_has_its_answer),
        ROW(the_longest_line_is_taken_and_one_byte_more_is_not),
        ROW(a_wrong_byte_never_acts),
        ROW(a_small_reply_buffer_is_never_overrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
