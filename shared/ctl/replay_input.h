/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The bytes of one input, file or pipe, through one buffer: readers may look ahead, and every byte
 * has an offset for what must be said about it. Thread: its one owner.
 */

#include <sys/types.h>

#include "base/compat.h"

enum { TT_REPLAY_BUFFER = 256 * 1024 };

struct tt_replay_input {
    const char *name; /* for texts; lent */
    int fd;           /* -1: memory */
    int stop_fd;      /* -1 none; readable: stop reading, as at the end of the input */
    uint64_t size;    /* bytes in all; 0: not known */
    uint64_t offset;  /* of the next byte that is given out */
    int errno_value;  /* reading failed; 0: it did not */
    bool is_at_end;
    bool is_stopped; /* by stop_fd */
    uint8_t *buffer; /* owned unless memory */
    size_t at, len;  /* what is left of the buffer */
};

/* path "-": standard input. Fails: TT_ENOMEM, else what open said (errno_value). */
int tt_replay_input_open(struct tt_replay_input *input, const char *path, int stop_fd);

/* Bytes that somebody else owns. */
void tt_replay_input_over(struct tt_replay_input *input, const char *name, uint8_t *bytes,
                          size_t len);
void tt_replay_input_close(struct tt_replay_input *input);

/* How many bytes stand at *bytes: at least `want` (at most TT_REPLAY_BUFFER) unless the input ends
 * before. They stay until the next call. */
size_t tt_replay_input_peek(struct tt_replay_input *input, size_t want, const uint8_t **bytes);

/* Passes over n bytes that a peek showed. */
static inline void tt_replay_input_take(struct tt_replay_input *input, size_t n)
{
    input->at += n;
    input->offset += n;
}

/* Copies the next n bytes; fewer only at the end. */
size_t tt_replay_input_read(struct tt_replay_input *input, void *into, size_t n);
