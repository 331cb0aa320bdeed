/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The subcommands that talk to the control socket of a running host: status, off, on, reload, sink. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "ctl/argument.h"
#include "ctl/socket.h"
#include "ctl/status.h"
#include "ctl/telltalectl.h"

/* A reload waits for its result up to 5 s. */
enum { ANSWER_S = 10, ANSWER_MAX = 4 << 20, REQUEST_MAX = 256, MESSAGE_MAX = 1000 };

struct control_call {
    struct tt_ctl_place place;
    bool is_json;
    const char *words[2]; /* what is no option */
    unsigned words_n;
};

static int parse_call(const struct tt_ctl_command *command, int argc, char **argv, unsigned words_n,
                      bool may_json, struct control_call *call)
{
    *call = (struct control_call){.is_json = false};
    for (int i = 1; i < argc; i++) {
        if (tt_ctl_take_place(&call->place, argc, argv, &i))
            continue;
        if (may_json && strcmp(argv[i], "--json") == 0)
            call->is_json = true;
        else if (argv[i][0] == '-' || call->words_n == words_n)
            return tt_ctl_refuse_argument(command, argv[i]);
        else
            call->words[call->words_n++] = argv[i];
    }
    if (call->place.socket != NULL && call->place.state_dir != NULL)
        return tt_ctl_refuse(command, "--socket and --state-dir exclude each other");
    return TT_CTL_FINE;
}

/* Everything up to the end of the connection. False, and errno: it failed, or took too long (EAGAIN). */
static bool receive_all(int fd, struct tt_buf *answer)
{
    for (;;) {
        ssize_t len = answer->len < answer->cap
                          ? recv(fd, answer->data + answer->len, answer->cap - answer->len, 0)
                          : 0;
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return len == 0;
        answer->len += (size_t)len;
    }
}

static bool ask(int fd, const char *request, struct tt_buf *answer)
{
    struct timeval limit = {ANSWER_S, 0};
    size_t len = strlen(request);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    /* One who is turned away may find the other end closed already: the reason is there to be read. */
    if (send(fd, request, len, MSG_NOSIGNAL) != (ssize_t)len && errno != EPIPE)
        return false;
    shutdown(fd, SHUT_WR);
    return receive_all(fd, answer) || (errno == ECONNRESET && answer->len > 0);
}

static int say_failure(const struct tt_ctl_command *command, const char *text, size_t len)
{
    char clean[3 * MESSAGE_MAX];
    size_t clean_len = tt_str_clean(text, TT_MIN(len, (size_t)MESSAGE_MAX), clean, sizeof(clean));

    fprintf(stderr, "telltalectl %s: %.*s\n", command->name, (int)clean_len, clean);
    return TT_CTL_FAILED;
}

/* What stands behind "ok\n"; otherwise the reason on standard error. */
static int judge_answer(const struct tt_ctl_command *command, const char *path, const struct tt_buf *answer,
                        struct tt_str *body)
{
    const char *end = memchr(answer->data, '\n', answer->len);

    if (end != NULL && end - answer->data == 2 && memcmp(answer->data, "ok", 2) == 0) {
        *body = (struct tt_str){end + 1, (uint32_t)(answer->len - 3)};
        return TT_CTL_FINE;
    }
    if (end != NULL && end - answer->data > 6 && memcmp(answer->data, "error ", 6) == 0)
        return say_failure(command, answer->data + 6, (size_t)(end - answer->data) - 6);
    fprintf(stderr, "telltalectl %s: %s: %s\n", command->name, path,
            answer->len == 0 ? "it closed without an answer" : "this is no answer of telltale");
    return TT_CTL_FAILED;
}

/* One request and its answer. body lies in memory, ANSWER_MAX bytes of the caller. */
static int call_control(const struct tt_ctl_command *command, const struct control_call *call,
                        const char *request, char *memory, struct tt_str *body)
{
    struct tt_buf answer = tt_buf_over(memory, ANSWER_MAX);
    char path[TT_CONF_PATH_MAX + 300];
    int fd = tt_ctl_connect(command->name, &call->place, "control.sock", path, sizeof(path));
    bool is_whole;
    int errno_value;

    if (fd < 0)
        return TT_CTL_FAILED;
    is_whole = ask(fd, request, &answer);
    errno_value = errno;
    close(fd);
    if (is_whole)
        return judge_answer(command, path, &answer, body);
    if (errno_value == EAGAIN)
        fprintf(stderr, "telltalectl %s: %s: no answer within %d s\n", command->name, path, ANSWER_S);
    else
        fprintf(stderr, "telltalectl %s: %s: %s\n", command->name, path, strerrordesc_np(errno_value));
    return TT_CTL_FAILED;
}

static int print_text(const struct tt_str *body)
{
    char clean[3 * MESSAGE_MAX];
    size_t len = TT_MIN(body->len, (size_t)MESSAGE_MAX);

    while (len > 0 && body->ptr[len - 1] == '\n')
        len--;
    len = tt_str_clean(body->ptr, len, clean, sizeof(clean));
    if (len > 0)
        printf("%.*s\n", (int)len, clean);
    return TT_CTL_FINE;
}

static int print_status(const struct tt_ctl_command *command, const struct control_call *call,
                        const struct tt_str *body)
{
    if (call->is_json) {
        fwrite(body->ptr, 1, body->len, stdout);
        return TT_CTL_FINE;
    }
    if (tt_status_print(stdout, body->ptr, body->len, tt_clock_wall_us() / 1000000u))
        return TT_CTL_FINE;
    fprintf(stderr, "telltalectl %s: the answer is no JSON object\n", command->name);
    return TT_CTL_FAILED;
}

/* Sends the request; a status is shown as such, all else as a line of text. */
static int run_call(const struct tt_ctl_command *command, const struct control_call *call,
                    const char *request, bool is_status)
{
    char *memory = malloc(ANSWER_MAX);
    struct tt_str body = {NULL, 0};
    int status;

    if (memory == NULL) {
        fprintf(stderr, "telltalectl %s: out of memory\n", command->name);
        return TT_CTL_FAILED;
    }
    status = call_control(command, call, request, memory, &body);
    if (status == TT_CTL_FINE)
        status = is_status ? print_status(command, call, &body) : print_text(&body);
    free(memory);
    return status;
}

int tt_ctl_status(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct control_call call;
    int status = parse_call(command, argc, argv, 0, true, &call);

    return status != TT_CTL_FINE ? status : run_call(command, &call, "telltale/1 status\n", true);
}

int tt_ctl_switch(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct control_call call;
    char request[REQUEST_MAX];
    int status = parse_call(command, argc, argv, 0, false, &call);

    snprintf(request, sizeof(request), "telltale/1 %s\n", command->name);
    return status != TT_CTL_FINE ? status : run_call(command, &call, request, false);
}

int tt_ctl_sink(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct control_call call;
    char request[REQUEST_MAX];
    int len, status = parse_call(command, argc, argv, 2, false, &call);

    if (status != TT_CTL_FINE)
        return status;
    if (call.words_n != 2 || (strcmp(call.words[0], "pause") != 0 && strcmp(call.words[0], "resume") != 0))
        return tt_ctl_refuse(command, "expected pause or resume, and the name of a sink");
    len = snprintf(request, sizeof(request), "telltale/1 %s %s\n", call.words[0], call.words[1]);
    if (len < 0 || (size_t)len >= sizeof(request) || call.words[1][0] == '\0')
        return tt_ctl_refuse(command, "\"%s\" is not the name of a sink", call.words[1]);
    return run_call(command, &call, request, false);
}
