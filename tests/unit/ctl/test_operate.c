/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* status, off, on, reload and sink as an operator calls them, each in a child, against a control socket
 * that the test serves. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/thread.h"
#include "ctl/telltalectl.h"
#include "sink/control.h"

enum { ARGS_MAX = 6, TEXT_CAP = 16384 };

#define SECOND_NS UINT64_C(1000000000)

static char root[64];

/* The row of telltalectl.c is its own. */
int tt_ctl_refuse(const struct tt_ctl_command *asked, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "telltalectl %s: ", asked->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return TT_CTL_USAGE;
}

static int run_status(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    (void)argument;
    tt_buf_text(reply, "{\"instance\":\"ns1/unbound\",\"enabled\":true}\n");
    return TT_OK;
}

static int run_switch(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    (void)argument;
    tt_buf_text(reply, "switched\n");
    return TT_OK;
}

static int run_reload(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    (void)argument;
    tt_buf_text(reply, "the configuration was refused");
    return TT_ECONFIG;
}

static int run_pause(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    tt_buf_format(reply, "%.*s\n", (int)argument.len, argument.ptr);
    return tt_str_equal(argument, TT_STR("events")) ? TT_OK : TT_ENOENT;
}

static const struct tt_control_command served[] = {
    {"status", false, false, run_status}, {"off", false, true, run_switch},
    {"on", false, true, run_switch},      {"reload", false, true, run_reload},
    {"pause", true, true, run_pause},     {NULL, false, false, NULL},
};

static const struct tt_ctl_command called[] = {
    {"status", "[--json] [--socket PATH|--state-dir DIR]", "", "", tt_ctl_status}, {"off", "", "", "", tt_ctl_switch}, {"on", "", "", "", tt_ctl_switch},
    {"reload", "", "", "", tt_ctl_switch}, {"sink", "", "", "", tt_ctl_sink},
};

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* "@" in an argument stands for the test's directory, where unbound-1 and unbound-2 are served, old-1 is
 * what a dead one left and none is empty. */
static const struct call {
    const char *args[ARGS_MAX];
    int status;
    const char *out, *err; /* parts; NULL: it is empty */
} calls[] = {
    {{"status", "--socket", "@/unbound-1/control.sock"}, 0, "instance    ns1/unbound\n", NULL},
    {{"status", "--json", "--socket=@/unbound-1/control.sock"}, 0, "{\"instance\":\"ns1/unbound\",\"enabled\":true}\n", NULL},
    {{"status", "--state-dir", "@/unbound-1"}, 0, "instance    ns1/unbound\n", NULL},
    {{"status", "--state-dir", "@"}, 1, NULL, "telltalectl status: 2 answer, choose one\n  --socket /tmp/tt-operate-"},
    {{"status", "--state-dir", "@"}, 1, NULL, "/unbound-2/control.sock\n"},
    {{"status", "--state-dir", "@/none"}, 1, NULL, "/none: no control.sock below it\n"},
    {{"status", "--state-dir", "@/missing"}, 1, NULL, "/missing: there is no such directory\n"},
    {{"status", "--state-dir", "@/old-1"}, 1, NULL, "control.sock: nobody listens, telltale does not run there any more\n"},
    {{"status", "--socket", "@/missing"}, 1, NULL, "no running telltale reached; looked at\n  /tmp/tt-operate-"},
    {{"status", "--socket", "@/missing"}, 1, NULL, "missing: there is no such socket, telltale does not run there\n"},
    {{"status", "--socket", "@/" X50 X50 X50}, 1, NULL, "longer than the 107 bytes a socket's path may have\n"},
    {{"status", "--socket"}, 2, NULL, "--socket: expected a value behind it"},
    {{"status", "--socket", "@/x", "--state-dir", "@"}, 2, NULL, "--socket and --state-dir exclude each other"},
    {{"status", "now"}, 2, NULL, "unexpected argument \"now\""},
    {{"status", "--jsonx"}, 2, NULL, "unexpected argument \"--jsonx\""},
    {{"off", "--json", "--state-dir=@/unbound-1"}, 2, NULL, "unexpected argument \"--json\""},
    {{"off", "--state-dir", "@/unbound-1"}, 0, "switched\n", NULL},
    {{"on", "--state-dir", "@/unbound-2"}, 0, "switched\n", NULL},
    {{"reload", "--state-dir", "@/unbound-1"}, 1, NULL, "telltalectl reload: the configuration was refused\n"},
    {{"sink", "pause", "events", "--state-dir", "@/unbound-1"}, 0, "events\n", NULL},
    {{"sink", "pause", "nosuch", "--state-dir", "@/unbound-1"}, 1, NULL, "telltalectl sink: nosuch\n"},
    {{"sink", "pause", "a\x1b", "--state-dir", "@/unbound-1"}, 1, NULL, "one line of readable text\n"},
    {{"sink", "resume", "events", "--state-dir", "@/unbound-1"}, 1, NULL, "there is no such command here\n"},
    {{"sink", "pause"}, 2, NULL, "expected pause or resume"},
    {{"sink", "stop", "events"}, 2, NULL, "expected pause or resume"},
    {{"sink", "pause", ""}, 2, NULL, "\"\" is not the name of a sink"},
    {{"sink", "pause", X50 X50 X50 X50 X50}, 2, NULL, "is not the name of a sink"},
    {{"sink", "pause", "a", "b"}, 2, NULL, "unexpected argument \"b\""},
};

static void read_back(FILE *file, char *text)
{
    rewind(file);
    text[fread(text, 1, TEXT_CAP - 1, file)] = '\0';
    fclose(file);
}

static const struct tt_ctl_command *find_called(const char *name)
{
    for (size_t i = 0; i < TT_COUNT(called); i++) {
        if (strcmp(called[i].name, name) == 0)
            return &called[i];
    }
    return NULL;
}

static char *expand(const char *arg)
{
    const char *at = strchr(arg, '@');
    char *text = NULL;

    if (at == NULL)
        return strdup(arg);
    assert_true(asprintf(&text, "%.*s%s%s", (int)(at - arg), arg, root, at + 1) > 0);
    return text;
}

/* Runs a subcommand in a child, as another user when uid is not 0. */
static int run_in_child(const struct call *call, unsigned uid, char *out_text, char *err_text)
{
    FILE *out = tmpfile(), *err = tmpfile();
    char *argv[ARGS_MAX + 1] = {NULL};
    int argc = 0, status;
    pid_t child;

    assert_true(out != NULL && err != NULL);
    for (; argc < ARGS_MAX && call->args[argc] != NULL; argc++)
        argv[argc] = expand(call->args[argc]);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        status =
            uid != 0 && setuid(uid) != 0 ? 99 : find_called(argv[0])->run(find_called(argv[0]), argc, argv);
        fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    while (argc > 0)
        free(argv[--argc]);
    read_back(out, out_text);
    read_back(err, err_text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_part(const char *text, const char *part)
{
    return part == NULL ? text[0] == '\0' : strstr(text, part) != NULL;
}

static unsigned check_call(const struct call *call, unsigned uid)
{
    char out[TEXT_CAP], err[TEXT_CAP];
    int status = run_in_child(call, uid, out, err);

    if (status == call->status && is_part(out, call->out) && is_part(err, call->err))
        return 0;
    print_error("%s %s %s: status %d\n%s%s", call->args[0], call->args[1], call->args[2], status, out, err);
    return 1;
}

static int bind_in(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", root, name);
    unlink(address.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static struct tt_control *serve_in(const char *dir)
{
    char path[128];
    struct tt_control *control;

    snprintf(path, sizeof(path), "%s/%s/control.sock", root, dir);
    assert_int_equal(tt_control_new(path, served, NULL, &control), TT_OK);
    return control;
}

static void make_dir_in(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void every_call_says_and_returns_what_it_should(void **state)
{
    struct tt_control *first, *second;
    unsigned failed_n = 0;

    (void)state;
    first = serve_in("unbound-1");
    second = serve_in("unbound-2");
    make_dir_in("none");
    make_dir_in("old-1");
    close(bind_in("old-1/control.sock"));
    for (size_t i = 0; i < TT_COUNT(calls); i++)
        failed_n += check_call(&calls[i], 0);
    assert_true(tt_control_free(&first, tt_clock_mono_ns() + 20 * SECOND_NS));
    assert_true(tt_control_free(&second, tt_clock_mono_ns() + 20 * SECOND_NS));
    assert_int_equal(failed_n, 0);
}

/* The only one that answers among several is the one. */
static void a_dead_one_beside_it_does_not_matter(void **state)
{
    static const struct call call = {{"off", "--state-dir", "@"}, 0, "switched\n", NULL};
    struct tt_control *control = serve_in("unbound-3");

    (void)state;
    make_dir_in("old-1");
    close(bind_in("old-1/control.sock"));
    assert_int_equal(check_call(&call, 0), 0);
    assert_true(tt_control_free(&control, tt_clock_mono_ns() + 20 * SECOND_NS));
}

static void who_may_not_is_told_who_may(void **state)
{
    static const char who[] = "Permission was denied: only root and the user the host runs as may.\n";
    static const struct call by_socket = {{"off", "--socket", "@/d/control.sock"}, 1, NULL, who},
                             by_dir = {{"off", "--state-dir", "@"}, 1, NULL, who};
    struct tt_control *control;

    (void)state;
    if (geteuid() != 0)
        skip();
    control = serve_in("d");
    assert_int_equal(check_call(&by_socket, 65534), 0);
    assert_int_equal(check_call(&by_dir, 65534), 0);
    assert_true(tt_control_free(&control, tt_clock_mono_ns() + 20 * SECOND_NS));
}

struct double_of_a_host {
    int fd;
    const char *answer;
};

/* Answers one connection; takes the request first. */
static void *answer_once(void *arg)
{
    struct double_of_a_host *host = arg;
    char request[300];
    int fd = accept(host->fd, NULL, NULL);

    if (fd >= 0 && read(fd, request, sizeof(request)) > 0)
        host->fd = send(fd, host->answer, strlen(host->answer), MSG_NOSIGNAL) < 0 ? -1 : host->fd;
    close(fd);
    return NULL;
}

static void what_is_no_answer_is_said_to_be_none(void **state)
{
    static const struct {
        const char *answer;
        struct call call;
    } rows[] = {
        {"", {{"off", "--socket", "@/s"}, 1, NULL, "/s: it closed without an answer\n"}},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", {{"off", "--socket", "@/s"}, 1, NULL, "this is no answer of telltale\n"}},
        {"ok", {{"off", "--socket", "@/s"}, 1, NULL, "this is no answer of telltale\n"}},
        {"okay\n", {{"off", "--socket", "@/s"}, 1, NULL, "this is no answer of telltale\n"}},
        {"error \n", {{"off", "--socket", "@/s"}, 1, NULL, "this is no answer of telltale\n"}},
        {"error \x1b[2J\n", {{"off", "--socket", "@/s"}, 1, NULL, "telltalectl off: \xEF\xBF\xBD[2J\n"}},
        {"ok\n\x1b[2J\n", {{"off", "--socket", "@/s"}, 0, "\xEF\xBF\xBD[2J\n", NULL}},
        {"ok\n", {{"off", "--socket", "@/s"}, 0, NULL, NULL}},
        {"ok\nnone", {{"status", "--socket", "@/s"}, 1, NULL, "the answer is no JSON object\n"}},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        int fd = bind_in("s");
        struct double_of_a_host host = {fd, rows[i].answer};
        pthread_t thread;

        assert_int_equal(listen(fd, 4), 0);
        assert_int_equal(pthread_create(&thread, NULL, answer_once, &host), 0);
        assert_int_equal(check_call(&rows[i].call, 0), 0);
        pthread_join(thread, NULL);
        close(fd);
    }
}

static void keep_quiet(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static int make_root(void **state)
{
    (void)state;
    tt_log_set(keep_quiet, NULL);
    snprintf(root, sizeof(root), "/tmp/tt-operate-XXXXXX");
    return mkdtemp(root) == NULL || chmod(root, 0755) != 0;
}

static int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(every_call_says_and_returns_what_it_should),
        ROW(a_dead_one_beside_it_does_not_matter),
        ROW(who_may_not_is_told_who_may),
        ROW(what_is_no_answer_is_said_to_be_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
