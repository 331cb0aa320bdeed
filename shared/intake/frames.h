/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The receiving side of a bidirectional Frame Streams connection that carries dnstap
 * (https://farsightsec.github.io/fstrm/): bytes in, payloads and answers to the handshake out. It
 * reads from no socket: who does gives it the bytes. The peer says READY, we ACCEPT; it says START,
 * sends frames, says STOP, we FINISH. Thread: its one owner.
 */

#include "base/compat.h"

enum {
    TT_FRAMES_MAX = 128 << 10, /* bytes of a frame: twice the largest DNS message */
    TT_FRAMES_REPLY_MAX = 64,
    TT_FRAMES_WHY_MAX = 160,
};

enum tt_frames_result {
    TT_FRAMES_MORE, /* nothing without more bytes */
    TT_FRAMES_DATA, /* a payload */
    TT_FRAMES_END,  /* the peer has ended the stream in order */
    TT_FRAMES_BAD,  /* this is no such stream: `why` says what is wrong */
};

struct fstrm_control;

struct tt_frames {
    struct fstrm_control *control;
    uint8_t *buffer;
    size_t at, len;  /* what is not read yet */
    uint8_t awaited; /* control frame that must come next; STOP: frames come */
    bool is_over;    /* ended or bad */
    /* To be sent to the peer; who has done it sets reply_len to 0. */
    uint8_t reply[TT_FRAMES_REPLY_MAX];
    size_t reply_len;
    char why[TT_FRAMES_WHY_MAX];
};

/* Fails: TT_ENOMEM. */
int tt_frames_init(struct tt_frames *frames);
void tt_frames_fini(struct tt_frames *frames);

/* Where the next bytes go, at least one as long as tt_frames_next says MORE; payloads are gone
 * then. */
uint8_t *tt_frames_room(struct tt_frames *frames, size_t *room);

/* That many bytes were written there. */
void tt_frames_add(struct tt_frames *frames, size_t n);

/* The next thing in the bytes so far; the payload is lent until the next call. Replies come with
 * any result. */
enum tt_frames_result tt_frames_next(struct tt_frames *frames, const uint8_t **payload,
                                     size_t *len);

/* True when the bytes end within a frame or before the stream does. */
static inline bool tt_frames_is_cut(const struct tt_frames *frames)
{
    return !frames->is_over;
}

/* True when the handshake is over: frames come. */
bool tt_frames_is_begun(const struct tt_frames *frames);
