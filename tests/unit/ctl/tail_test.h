/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* `telltalectl tail` as a user calls it, in a child, against a tap that the test plays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/telltalectl.h"

enum { ARGS_MAX = 10, TEXT_CAP = 1 << 20, LIMIT_MS = 10000 };

static const struct tt_ctl_command command = {
    "tail", "--name SUFFIX --count N --socket PATH|--state-dir DIR", "", "", tt_ctl_tail};

int tt_ctl_refuse(const struct tt_ctl_command *asked, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "telltalectl %s: ", asked->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    return TT_CTL_USAGE;
}

/* The tap and the child that reads it. */
struct stage {
    char dir[64], path[108];
    int listener, reader; /* of the tap */
    pid_t child;
    int out, err; /* of the child */
    size_t out_n, err_n;
    char out_text[TEXT_CAP], err_text[TEXT_CAP];
};

static inline void listen_at(struct stage *stage)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    unlink(stage->path);
    memcpy(address.sun_path, stage->path, sizeof(stage->path));
    stage->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stage->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(stage->listener, 4), 0);
}

static inline struct stage *open_stage(void)
{
    struct stage *stage = calloc(1, sizeof(*stage));

    assert_non_null(stage);
    snprintf(stage->dir, sizeof(stage->dir), "/tmp/tt-tail-XXXXXX");
    assert_non_null(mkdtemp(stage->dir));
    snprintf(stage->path, sizeof(stage->path), "%s/tap.sock", stage->dir);
    stage->listener = stage->reader = stage->out = stage->err = -1;
    listen_at(stage);
    return stage;
}

static inline void close_stage(struct stage *stage)
{
    unlink(stage->path);
    assert_int_equal(rmdir(stage->dir), 0);
    close(stage->listener);
    close(stage->reader);
    close(stage->out);
    close(stage->err);
    free(stage);
}

static inline void run_child(struct stage *stage, const char *const *args, int out, int err)
{
    char *argv[ARGS_MAX + 4] = {(char[]){"tail"}, (char[]){"--socket"}, stage->path};
    int argc = 3, status;

    for (; args[argc - 3] != NULL; argc++)
        argv[argc] = strdup(args[argc - 3]);
    close(stage->listener); /* or the child would go on listening */
    dup2(out, 1);
    dup2(err, 2);
    status = tt_ctl_tail(&command, argc, argv);
    while (argc > 3)
        free(argv[--argc]);
    fflush(NULL);
    _exit(status);
}

/* Starts the child; on_terminal: of that many columns, else its standard output is a pipe. */
static inline void start(struct stage *stage, const char *const *args, unsigned short columns)
{
    int out[2], err[2];

    assert_int_equal(pipe(err), 0);
    if (columns > 0) {
        struct winsize size = {24, columns, 0, 0};
        assert_int_equal(openpty(&out[0], &out[1], NULL, NULL, &size), 0);
    } else {
        assert_int_equal(pipe(out), 0);
    }
    fflush(NULL);
    stage->child = fork();
    assert_true(stage->child >= 0);
    if (stage->child == 0)
        run_child(stage, args, out[1], err[1]);
    if (columns == 0)
        close(out[1]); /* a terminal's other side stays open, else its end is an error */
    close(err[1]);
    stage->out = out[0];
    stage->err = err[0];
}

static inline void meet_reader(struct stage *stage)
{
    struct pollfd set = {stage->listener, POLLIN, 0};

    assert_int_equal(poll(&set, 1, LIMIT_MS), 1);
    stage->reader = accept(stage->listener, NULL, NULL);
    assert_true(stage->reader >= 0);
}

static inline void give(struct stage *stage, const char *text)
{
    assert_int_equal(send(stage->reader, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Takes in what the child says until `part` stands in *text (NULL: until the end). */
static inline void await(int fd, char *text, size_t *n, const char *part)
{
    struct pollfd set = {fd, POLLIN, 0};

    while (part == NULL || strstr(text, part) == NULL) {
        ssize_t got;
        if (poll(&set, 1, LIMIT_MS) != 1)
            fail_msg("waiting for \"%s\", got \"%s\"", part != NULL ? part : "the end", text);
        got = read(fd, text + *n, TEXT_CAP - 1 - *n);
        if (got <= 0) {
            if (part != NULL)
                fail_msg("no \"%s\" in \"%s\"", part, text);
            return;
        }
        *n += (size_t)got;
        text[*n] = '\0';
    }
}

static inline void await_out(struct stage *stage, const char *part)
{
    await(stage->out, stage->out_text, &stage->out_n, part);
}

static inline void await_err(struct stage *stage, const char *part)
{
    await(stage->err, stage->err_text, &stage->err_n, part);
}

static inline int finish(struct stage *stage)
{
    int status;

    await_err(stage, NULL);
    assert_int_equal(waitpid(stage->child, &status, 0), stage->child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Plays a whole tap: what it gives, what comes out. */
static inline int play(struct stage *stage, const char *const *args, const char *lines)
{
    start(stage, args, 0);
    meet_reader(stage);
    give(stage, lines);
    close(stage->reader);
    stage->reader = -1;
    await_out(stage, NULL);
    return finish(stage);
}

#define EVENT(name, type, rcode, outcome, client, software)                                                  \
    "{\"kind\":\"dns\",\"timestamp\":\"2026-11-21T09:05:00.123456Z\",\"software\":\"" software               \
    "\",\"query_name\":\"" name "\",\"query_type\":\"" type "\"," client "\"outcome\":\"" outcome            \
    "\",\"response_code\":\"" rcode "\"}\n"
#define A EVENT("www.example.com", "A", "NOERROR", "answered", "\"client_net\":\"192.0.2.0/24\",", "unbound")
#define B EVENT("example.com", "AAAA", "NXDOMAIN", "answered", "\"client_ip\":\"2001:db8::7\",", "bind")
#define C EVENT("notexample.com", "TYPE65280", "RCODE3000", "answered", "", "unbound")
#define D EVENT("a\\\\.example.com", "A", "SERVFAIL", "dropped", "\"client_net\":\"2001:db8::/48\",", "proxy")
#define E                                                                                                    \
    EVENT("b\\\\\\\\.example.com", "MX", "NOERROR", "timeout", "\"client_net\":\"192.0.2.0/20\",", "unbound")
#define OTHER "{\"kind\":\"books\",\"sink\":\"file\"}\n"
#define ALL A B C D E OTHER

static inline int set_environment(void **state)
{
    (void)state;
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("TZ", "UTC", 1);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
    return 0;
}
