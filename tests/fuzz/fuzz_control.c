/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any bytes as a request to the control socket: no crash; the answer has its form; a command runs only
 * for its own exact line, with a clean argument if it takes one; what else comes is refused.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "sink/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REPLY_CAP = 2048 };

struct calls {
    const char *command;
    struct tt_str argument;
    bool is_failing, is_long;
};

static void demand(bool is_so)
{
    if (!is_so)
        __builtin_trap();
}

static int run(struct calls *calls, const char *command, struct tt_str argument, struct tt_buf *reply)
{
    demand(calls->command == NULL);
    calls->command = command;
    calls->argument = argument;
    if (argument.ptr != NULL)
        tt_buf_bytes(reply, argument.ptr, argument.len);
    for (unsigned i = 0; calls->is_long && i < REPLY_CAP; i++)
        tt_buf_char(reply, 'x');
    return calls->is_failing ? TT_ENOENT : TT_OK;
}

#define COMMAND(word)                                                                              \
    static int run_##word(void *arg, struct tt_str argument, struct tt_buf *reply)                 \
    {                                                                                              \
        return run(arg, #word, argument, reply);                                                   \
    }
COMMAND(status)
COMMAND(off)
COMMAND(on)
COMMAND(reload)
COMMAND(pause)
COMMAND(resume)

static const struct tt_control_command commands[] = {
    {"status", false, false, run_status}, {"off", false, true, run_off},
    {"on", false, true, run_on},          {"reload", false, true, run_reload},
    {"pause", true, true, run_pause},     {"resume", true, true, run_resume},
    {NULL, false, false, NULL},
};

static void look_at_log(enum tt_log_level level, const char *line, void *arg)
{
    unsigned *lines_n = arg;

    demand(level == TT_LOG_INFO && strncmp(line, "control: ", 9) == 0);
    for (; *line != '\0'; line++)
        demand((uint8_t)*line >= 0x20 && *line != 0x7f);
    ++*lines_n;
}

/* The line that stands for the call, byte for byte. */
static void demand_exact(const struct calls *calls, const uint8_t *data, size_t size)
{
    char line[TT_CONTROL_LINE_MAX + 1], clean[3 * TT_CONTROL_LINE_MAX];
    struct tt_buf expect = tt_buf_over(line, sizeof(line));

    tt_buf_text(&expect, "telltale/1 ");
    tt_buf_text(&expect, calls->command);
    if (calls->argument.ptr != NULL) {
        demand(calls->argument.len > 0);
        demand(tt_str_clean(calls->argument.ptr, calls->argument.len, clean, sizeof(clean)) ==
               calls->argument.len);
        demand(memcmp(clean, calls->argument.ptr, calls->argument.len) == 0);
        tt_buf_char(&expect, ' ');
        tt_buf_bytes(&expect, calls->argument.ptr, calls->argument.len);
    }
    tt_buf_char(&expect, '\n');
    demand(!expect.overflow && expect.len == size && memcmp(line, data, size) == 0);
}

static void look_at_reply(const struct tt_buf *reply, int err)
{
    demand(!reply->overflow && reply->len >= 3);
    if (err == TT_OK) {
        demand(memcmp(reply->data, "ok\n", 3) == 0);
        return;
    }
    demand(reply->len > 7 && memcmp(reply->data, "error ", 6) == 0);
    demand(memchr(reply->data, '\n', reply->len) == reply->data + reply->len - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[REPLY_CAP];
    struct tt_buf reply = tt_buf_over(text, sizeof(text));
    struct calls calls = {NULL, {NULL, 0}, size % 5 == 1, size % 7 == 1};
    unsigned lines_n = 0;
    int err;

    tt_log_set(look_at_log, &lines_n);
    err = tt_control_answer(commands, &calls, 0, 1, (const char *)data, size, &reply);
    tt_log_set(NULL, NULL);
    look_at_reply(&reply, err);
    demand((calls.command == NULL) == (err == TT_ESYNTAX));
    demand(lines_n == (calls.command != NULL && strcmp(calls.command, "status") != 0));
    if (calls.command != NULL) {
        demand_exact(&calls, data, size);
        demand((err == TT_OK) == (!calls.is_failing && !calls.is_long));
    }
    return 0;
}
