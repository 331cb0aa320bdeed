/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

int tt_replay_input_open(struct tt_replay_input *input, const char *path, int stop_fd)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct stat st;

    *input = (struct tt_replay_input){
        .name = is_stdin ? "standard input" : path, .fd = -1, .stop_fd = stop_fd};
    input->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0) {
        input->errno_value = errno;
        return tt_error_from_errno(errno);
    }
    if (fstat(input->fd, &st) == 0 && S_ISREG(st.st_mode) && !is_stdin)
        input->size = (uint64_t)st.st_size;
    input->buffer = malloc(TT_REPLAY_BUFFER);
    if (input->buffer != NULL)
        return TT_OK;
    tt_replay_input_close(input);
    return TT_ENOMEM;
}

void tt_replay_input_over(struct tt_replay_input *input, const char *name, uint8_t *bytes,
                          size_t len)
{
    *input = (struct tt_replay_input){
        .name = name, .fd = -1, .stop_fd = -1, .size = len, .buffer = bytes, .len = len};
    input->is_at_end = true;
}

void tt_replay_input_close(struct tt_replay_input *input)
{
    if (input->fd < 0)
        return;
    if (input->fd != STDIN_FILENO)
        close(input->fd);
    free(input->buffer);
    input->buffer = NULL;
    input->fd = -1;
}

/* Waits until there is something to read. Returns whether to read it. */
static bool await(struct tt_replay_input *input)
{
    struct pollfd fds[2] = {{input->fd, POLLIN, 0}, {input->stop_fd, POLLIN, 0}};

    while (poll(fds, input->stop_fd >= 0 ? 2 : 1, -1) < 0)
        if (errno != EINTR)
            return true; /* the read will say it */
    if (input->stop_fd >= 0 && fds[1].revents != 0)
        input->is_stopped = true;
    return !input->is_stopped;
}

/* One read into the room behind what is left. */
static void fill(struct tt_replay_input *input)
{
    ssize_t n = 0;

    if (input->at > 0 && input->at < input->len)
        memmove(input->buffer, input->buffer + input->at, input->len - input->at);
    input->len -= input->at;
    input->at = 0;
    if (await(input)) {
        do
            n = read(input->fd, input->buffer + input->len, TT_REPLAY_BUFFER - input->len);
        while (n < 0 && errno == EINTR);
    }
    if (n < 0)
        input->errno_value = errno;
    if (n <= 0)
        input->is_at_end = true;
    else
        input->len += (size_t)n;
}

size_t tt_replay_input_peek(struct tt_replay_input *input, size_t want, const uint8_t **bytes)
{
    while (input->len - input->at < want && !input->is_at_end)
        fill(input);
    *bytes = input->buffer + input->at;
    return input->len - input->at;
}

size_t tt_replay_input_read(struct tt_replay_input *input, void *into, size_t n)
{
    size_t done = 0;

    while (done < n) {
        const uint8_t *bytes;
        size_t piece = TT_MIN(tt_replay_input_peek(input, 1, &bytes), n - done);

        if (piece == 0)
            break;
        memcpy((uint8_t *)into + done, bytes, piece);
        tt_replay_input_take(input, piece);
        done += piece;
    }
    return done;
}
