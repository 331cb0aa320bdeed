/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "intake/frames.h"

#include <fstrm.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"

enum { LENGTH = 4, BUFFER = TT_FRAMES_MAX + 2 * LENGTH };

int tt_frames_init(struct tt_frames *frames)
{
    *frames = (struct tt_frames){.awaited = FSTRM_CONTROL_READY};
    frames->buffer = malloc(BUFFER);
    frames->control = fstrm_control_init();
    if (frames->buffer != NULL && frames->control != NULL)
        return TT_OK;
    tt_frames_fini(frames);
    return TT_ENOMEM;
}

void tt_frames_fini(struct tt_frames *frames)
{
    if (frames->control != NULL)
        fstrm_control_destroy(&frames->control);
    free(frames->buffer);
    frames->buffer = NULL;
}

uint8_t *tt_frames_room(struct tt_frames *frames, size_t *room)
{
    if (frames->at > 0) {
        memmove(frames->buffer, frames->buffer + frames->at, frames->len - frames->at);
        frames->len -= frames->at;
        frames->at = 0;
    }
    *room = BUFFER - frames->len;
    return frames->buffer + frames->len;
}

void tt_frames_add(struct tt_frames *frames, size_t n)
{
    frames->len += n;
}

TT_PRINTF(2, 3)
static enum tt_frames_result refuse(struct tt_frames *frames, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(frames->why, sizeof(frames->why), format, args);
    va_end(args);
    frames->is_over = true;
    return TT_FRAMES_BAD;
}

static bool reply(struct tt_frames *frames, fstrm_control_type type)
{
    size_t len = sizeof(frames->reply) - frames->reply_len;

    fstrm_control_reset(frames->control);
    if (fstrm_control_set_type(frames->control, type) != fstrm_res_success ||
        (type == FSTRM_CONTROL_ACCEPT &&
         fstrm_control_add_field_content_type(frames->control, (const uint8_t *)CONTENT_TYPE,
                                              sizeof(CONTENT_TYPE) - 1) != fstrm_res_success) ||
        fstrm_control_encode(frames->control, frames->reply + frames->reply_len, &len,
                             FSTRM_CONTROL_FLAG_WITH_HEADER) != fstrm_res_success)
        return false;
    frames->reply_len += len;
    return true;
}

/* Of READY one of the types that the peer offers must be ours, of START the one it takes. */
static bool is_dnstap(const struct fstrm_control *control)
{
    const uint8_t *type;
    size_t len, n = 0;

    if (fstrm_control_get_num_field_content_type(control, &n) != fstrm_res_success)
        return false;
    for (size_t i = 0; i < n; i++)
        if (fstrm_control_get_field_content_type(control, i, &type, &len) == fstrm_res_success &&
            len == sizeof(CONTENT_TYPE) - 1 && memcmp(type, CONTENT_TYPE, len) == 0)
            return true;
    return false;
}

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Frames of types to come are passed over, as the specification has it; libfstrm refuses them. */
static enum tt_frames_result take_control(struct tt_frames *frames, const uint8_t *bytes,
                                          size_t len)
{
    fstrm_control_type type;

    if (len >= LENGTH &&
        (number_at(bytes) < FSTRM_CONTROL_ACCEPT || number_at(bytes) > FSTRM_CONTROL_FINISH))
        return TT_FRAMES_MORE;
    if (fstrm_control_decode(frames->control, bytes, len, 0) != fstrm_res_success ||
        fstrm_control_get_type(frames->control, &type) != fstrm_res_success)
        return refuse(frames, "a control frame that cannot be read");
    if (type != frames->awaited)
        return refuse(frames, "%s where %s belongs", fstrm_control_type_to_str(type),
                      fstrm_control_type_to_str((fstrm_control_type)frames->awaited));
    if (type == FSTRM_CONTROL_STOP) {
        reply(frames, FSTRM_CONTROL_FINISH);
        frames->is_over = true;
        return TT_FRAMES_END;
    }
    if (!is_dnstap(frames->control))
        return refuse(frames, "a stream of something else, expected \"" CONTENT_TYPE "\"");
    frames->awaited = type == FSTRM_CONTROL_READY ? FSTRM_CONTROL_START : FSTRM_CONTROL_STOP;
    if (type == FSTRM_CONTROL_READY && !reply(frames, FSTRM_CONTROL_ACCEPT))
        return refuse(frames, "an answer that cannot be made");
    return TT_FRAMES_MORE;
}

/* A whole frame at `at`: its head and body; head 0: not here yet. A control frame has two lengths,
 * of which the first is 0. */
struct frame {
    size_t head, body;
    bool is_control;
};

static enum tt_frames_result find_frame(struct tt_frames *frames, struct frame *frame)
{
    const uint8_t *bytes = frames->buffer + frames->at;
    size_t left = frames->len - frames->at;

    *frame = (struct frame){0, 0, false};
    if (left < LENGTH)
        return TT_FRAMES_MORE;
    frame->is_control = number_at(bytes) == 0;
    if (frame->is_control && left < 2 * LENGTH)
        return TT_FRAMES_MORE;
    frame->body = number_at(frame->is_control ? bytes + LENGTH : bytes);
    if (frame->body >
        (frame->is_control ? (size_t)FSTRM_CONTROL_FRAME_LENGTH_MAX : (size_t)TT_FRAMES_MAX))
        return refuse(frames, "a frame of %zu bytes", frame->body);
    if (!frame->is_control && frames->awaited != FSTRM_CONTROL_STOP)
        return refuse(frames, "no frame stream that begins with its handshake");
    if (left >= (frame->is_control ? 2 * LENGTH : LENGTH) + frame->body)
        frame->head = frame->is_control ? 2 * LENGTH : LENGTH;
    return TT_FRAMES_MORE;
}

enum tt_frames_result tt_frames_next(struct tt_frames *frames, const uint8_t **payload, size_t *len)
{
    enum tt_frames_result result = TT_FRAMES_MORE;
    struct frame frame;

    while (!frames->is_over && result == TT_FRAMES_MORE) {
        const uint8_t *body;

        result = find_frame(frames, &frame);
        if (result != TT_FRAMES_MORE || frame.head == 0)
            return result;
        body = frames->buffer + frames->at + frame.head;
        frames->at += frame.head + frame.body;
        if (frame.is_control) {
            result = take_control(frames, body, frame.body);
        } else {
            *payload = body;
            *len = frame.body;
            result = TT_FRAMES_DATA;
        }
    }
    return result;
}

bool tt_frames_is_begun(const struct tt_frames *frames)
{
    return frames->awaited == FSTRM_CONTROL_STOP;
}
