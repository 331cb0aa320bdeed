/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* One request line and its answer: the protocol, without sockets. */

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "sink/control.h"

enum { MESSAGE_MAX = 1000 };

static const struct tt_str protocol = {"telltale/1 ", 11};

/* Starts the answer anew: "error MESSAGE", one clean line. */
static int refuse(struct tt_buf *reply, size_t start, int err, const char *message, size_t len)
{
    char clean[MESSAGE_MAX];
    size_t clean_len = tt_str_clean(message, len, clean, sizeof(clean));

    reply->len = start;
    reply->overflow = false;
    tt_buf_text(reply, "error ");
    tt_buf_bytes(reply, clean, clean_len);
    tt_buf_char(reply, '\n');
    return err;
}

static int refuse_text(struct tt_buf *reply, const char *message)
{
    return refuse(reply, reply->len, TT_ESYNTAX, message, strlen(message));
}

static bool is_readable(const char *line, size_t len)
{
    char clean[TT_CONTROL_LINE_MAX];

    return tt_str_clean(line, len, clean, sizeof(clean)) == len && memcmp(line, clean, len) == 0;
}

/* The line without protocol and newline; what is wrong with it otherwise, or NULL. */
static const char *find_fault(const char *line, size_t len, struct tt_str *request)
{
    if (len == 0 || line[len - 1] != '\n')
        return "a request is one line of at most 256 bytes, its newline included";
    if (len > TT_CONTROL_LINE_MAX)
        return "a request has at most 256 bytes";
    if (!is_readable(line, len - 1))
        return "a request is one line of readable text";
    if (len <= protocol.len || memcmp(line, protocol.ptr, protocol.len) != 0)
        return "this speaks telltale/1: telltale/1 COMMAND [ARGUMENT]";
    *request = (struct tt_str){line + protocol.len, (uint32_t)(len - 1 - protocol.len)};
    return NULL;
}

/* Cuts the argument off. */
static struct tt_str split(struct tt_str *request)
{
    const char *space = memchr(request->ptr, ' ', request->len);
    struct tt_str argument = {NULL, 0};

    if (space != NULL) {
        argument.ptr = space + 1;
        argument.len = request->len - (uint32_t)(argument.ptr - request->ptr);
        request->len = (uint32_t)(space - request->ptr);
    }
    return argument;
}

static const struct tt_control_command *find(const struct tt_control_command *commands, struct tt_str name)
{
    for (; commands->name != NULL; commands++) {
        if (tt_str_equal(name, tt_str_from(commands->name)))
            return commands;
    }
    return NULL;
}

/* Lets the command run behind "ok\n", or puts its message in the place of it. */
static int run(const struct tt_control_command *command, void *arg, struct tt_str argument,
               struct tt_buf *reply)
{
    size_t start = reply->len, body;
    char text[MESSAGE_MAX];
    int err;

    tt_buf_text(reply, "ok\n");
    body = reply->len;
    err = command->run(arg, argument, reply);
    if (err == TT_OK && reply->overflow)
        err = TT_ELIMIT;
    if (err == TT_OK)
        return TT_OK;
    if (reply->len == body || reply->overflow)
        return refuse(reply, start, err, tt_error_text(err), strlen(tt_error_text(err)));
    body = TT_MIN(body, reply->len);
    size_t len = TT_MIN(reply->len - body, sizeof(text));
    memcpy(text, reply->data + body, len);
    /* A message that was meant as a line. */
    while (len > 0 && text[len - 1] == '\n')
        len--;
    return refuse(reply, start, err, text, len);
}

static void say(const struct tt_control_command *command, struct tt_str argument, unsigned uid, int pid,
                int err, const struct tt_buf *reply, size_t start)
{
    const char *outcome = reply->data + start;
    const char *end = memchr(outcome, '\n', reply->len - start);
    int outcome_len = (int)(end != NULL ? end - outcome : (ptrdiff_t)(reply->len - start));

    if (argument.ptr == NULL)
        argument = TT_STR("");
    tt_log(TT_LOG_INFO, "control: %s%s%.*s by uid %u, pid %d: %.*s", command->name,
           argument.len > 0 ? " " : "", (int)argument.len, argument.ptr, uid, pid,
           err == TT_OK ? 4 : outcome_len, err == TT_OK ? "done" : outcome);
}

int tt_control_answer(const struct tt_control_command *commands, void *arg, unsigned uid, int pid,
                      const char *line, size_t len, struct tt_buf *reply)
{
    const struct tt_control_command *command;
    struct tt_str request, argument;
    const char *fault = find_fault(line, len, &request);
    size_t start = reply->len;
    int err;

    if (fault != NULL)
        return refuse_text(reply, fault);
    argument = split(&request);
    command = find(commands, request);
    if (command == NULL)
        return refuse_text(reply, "there is no such command here");
    if (command->takes_argument && argument.len == 0)
        return refuse_text(reply, "this command needs an argument");
    if (!command->takes_argument && argument.ptr != NULL)
        return refuse_text(reply, "this command takes no argument");
    err = run(command, arg, argument, reply);
    if (command->is_action)
        say(command, argument, uid, pid, err, reply, start);
    return err;
}
