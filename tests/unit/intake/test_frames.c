/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Frame Streams byte by byte: the handshake, what breaks it, and bytes that come in any pieces. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "intake/frames.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* Control frames: escape, length, type, and of some the content type. */
#define CONTROL(len, type) "\0\0\0\0\0\0\0" len "\0\0\0" type
#define TYPE "\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstap"
#define OTHER_TYPE "\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstop"
#define READY CONTROL("\x22", "\x04") TYPE
#define ACCEPT CONTROL("\x22", "\x01") TYPE
#define START CONTROL("\x22", "\x02") TYPE
#define STOP CONTROL("\x04", "\x03")
#define FINISH CONTROL("\x04", "\x05")
#define FRAME                                                                                      \
    "\0\0\0\x03"                                                                                   \
    "abc"

static const struct stream {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    unsigned payloads_n;
    char end;        /* e ended, b bad, c cut */
    const char *why; /* of a bad one, a part */
    const uint8_t *reply;
    size_t reply_len;
} streams[] = {
    {"nothing", BYTES(""), 0, 'c', NULL, BYTES("")},
    {"a whole stream", BYTES(READY START FRAME FRAME STOP), 2, 'e', NULL, BYTES(ACCEPT FINISH)},
    {"a stream without frames", BYTES(READY START STOP), 0, 'e', NULL, BYTES(ACCEPT FINISH)},
    {"READY alone", BYTES(READY), 0, 'c', NULL, BYTES(ACCEPT)},
    {"a stream without its end", BYTES(READY START FRAME), 1, 'c', NULL, BYTES(ACCEPT)},
    {"a frame that is cut",
     BYTES(READY START FRAME "\0\0\0\x03"
                             "ab"),
     1, 'c', NULL, BYTES(ACCEPT)},
    {"an empty control frame", BYTES("\0\0\0\0\0\0\0\0"), 0, 'b', "cannot be read", BYTES("")},
    {"two content types, one of them ours",
     BYTES(CONTROL("\x40", "\x04") OTHER_TYPE TYPE START FRAME STOP), 1, 'e', NULL,
     BYTES(ACCEPT FINISH)},
    {"another content type", BYTES(CONTROL("\x22", "\x04") OTHER_TYPE START FRAME), 0, 'b',
     "something else", BYTES("")},
    {"no content type", BYTES(CONTROL("\x04", "\x04") START FRAME), 0, 'b', "something else",
     BYTES("")},
    {"another content type in START", BYTES(READY CONTROL("\x22", "\x02") OTHER_TYPE FRAME), 0, 'b',
     "something else", BYTES(ACCEPT)},
    {"no content type in START", BYTES(READY CONTROL("\x04", "\x02") FRAME), 0, 'b',
     "something else", BYTES(ACCEPT)},
    {"no handshake", BYTES(START FRAME STOP), 0, 'b', "START where", BYTES("")},
    {"a frame before START", BYTES(READY FRAME), 0, 'b', "begins with its handshake",
     BYTES(ACCEPT)},
    {"a second START", BYTES(READY START START), 0, 'b', "START where", BYTES(ACCEPT)},
    {"a second READY", BYTES(READY READY), 0, 'b', "READY where", BYTES(ACCEPT)},
    {"STOP first", BYTES(STOP), 0, 'b', "STOP where", BYTES("")},
    {"our own words", BYTES(ACCEPT), 0, 'b', "ACCEPT where", BYTES("")},
    {"something after STOP is nobody's", BYTES(READY START STOP FRAME), 0, 'e', NULL,
     BYTES(ACCEPT FINISH)},
    {"control frames to come are passed over",
     BYTES(CONTROL("\x04", "\x77") READY START CONTROL("\x04", "\x06") FRAME STOP), 1, 'e', NULL,
     BYTES(ACCEPT FINISH)},
    {"a control frame of 513 bytes", BYTES("\0\0\0\0\0\0\x02\x01"), 0, 'b', "a frame of 513 bytes",
     BYTES("")},
    {"a field that leaves its control frame",
     BYTES(CONTROL("\x0c", "\x04") "\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstap"), 0, 'b',
     "cannot be read", BYTES("")},
    {"HTTP", BYTES("GET / HTTP/1.1\r\n\r\n"), 0, 'b', "a frame of", BYTES("")},
    {"JSON", BYTES("{}\n\n\n\n\n"), 0, 'b', "a frame of", BYTES("")},
    {"a frame of 2 GiB", BYTES(READY START "\x80\0\0\0"), 0, 'b', "a frame of 2147483648 bytes",
     BYTES(ACCEPT)},
    {"a frame one byte too long", BYTES(READY START "\0\x02\0\x01"), 0, 'b',
     "a frame of 131073 bytes", BYTES(ACCEPT)},
};

struct seen {
    unsigned payloads_n;
    char end;
    uint8_t reply[256];
    size_t reply_len;
};

/* Everything that is there to take; false: it is over. */
static bool take_all(struct tt_frames *frames, struct seen *seen)
{
    enum tt_frames_result result;
    const uint8_t *payload;
    size_t len;

    while ((result = tt_frames_next(frames, &payload, &len)) == TT_FRAMES_DATA) {
        assert_int_equal(len, 3);
        assert_memory_equal(payload, "abc", 3);
        seen->payloads_n++;
    }
    assert_true(seen->reply_len + frames->reply_len <= sizeof(seen->reply));
    memcpy(seen->reply + seen->reply_len, frames->reply, frames->reply_len);
    seen->reply_len += frames->reply_len;
    frames->reply_len = 0;
    seen->end = result == TT_FRAMES_END ? 'e' : result == TT_FRAMES_BAD ? 'b' : 'c';
    assert_int_equal(tt_frames_is_cut(frames), result == TT_FRAMES_MORE);
    return result == TT_FRAMES_MORE;
}

static void check_stream(const struct stream *stream, size_t piece)
{
    struct seen seen = {.end = 'c'};
    struct tt_frames frames;
    bool goes_on = true;

    assert_int_equal(tt_frames_init(&frames), TT_OK);
    for (size_t at = 0; goes_on && at < stream->len;) {
        size_t room, n;
        uint8_t *into = tt_frames_room(&frames, &room);

        assert_true(room > 0);
        n = TT_MIN(TT_MIN(piece, room), stream->len - at);
        memcpy(into, stream->bytes + at, n);
        tt_frames_add(&frames, n);
        at += n;
        goes_on = take_all(&frames, &seen);
    }
    if (seen.payloads_n != stream->payloads_n || seen.end != stream->end ||
        seen.reply_len != stream->reply_len ||
        memcmp(seen.reply, stream->reply, seen.reply_len) != 0)
        fail_msg("%s, by %zu bytes: %u frames, end %c (%s), %zu bytes of reply", stream->name,
                 piece, seen.payloads_n, seen.end, frames.why, seen.reply_len);
    if (stream->why != NULL && strstr(frames.why, stream->why) == NULL)
        fail_msg("%s: %s", stream->name, frames.why);
    tt_frames_fini(&frames);
}

static void streams_are_read_in_pieces_of_any_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(streams); i++)
        for (size_t piece = 1; piece <= streams[i].len + 1; piece++)
            check_stream(&streams[i], piece);
}

/* One frame of the largest length after another: none leaves the room that is there. */
static void the_longest_frames_have_room(void **state)
{
    enum { FRAMES = 20 };
    static const uint8_t head[] = {0, 2, 0, 0};
    struct tt_frames frames;
    const uint8_t *payload;
    unsigned seen_n = 0;
    size_t sent = 0, len, room, total = FRAMES * (sizeof(head) + TT_FRAMES_MAX);
    uint8_t *into;

    (void)state;
    assert_int_equal(tt_frames_init(&frames), TT_OK);
    into = tt_frames_room(&frames, &room);
    memcpy(into, READY START, sizeof(READY START) - 1);
    tt_frames_add(&frames, sizeof(READY START) - 1);
    assert_int_equal(tt_frames_next(&frames, &payload, &len), TT_FRAMES_MORE);
    while (sent < total) {
        into = tt_frames_room(&frames, &room);
        assert_true(room > 0);
        room = TT_MIN(TT_MIN(room, (size_t)70001), total - sent);
        for (size_t i = 0; i < room; i++, sent++) {
            size_t at = sent % (sizeof(head) + TT_FRAMES_MAX);
            into[i] =
                at < sizeof(head) ? head[at] : (uint8_t)(sent / (sizeof(head) + TT_FRAMES_MAX));
        }
        tt_frames_add(&frames, room);
        while (tt_frames_next(&frames, &payload, &len) == TT_FRAMES_DATA) {
            assert_int_equal(len, TT_FRAMES_MAX);
            assert_true(payload[0] == seen_n && payload[len - 1] == seen_n);
            seen_n++;
        }
    }
    assert_int_equal(seen_n, FRAMES);
    tt_frames_fini(&frames);
}

/* Whatever the bytes are, they come to an end: all read, or refused. */
static void garbage_ends(void **state)
{
    enum { MUTANTS = 20000, LEN = sizeof(READY START FRAME FRAME STOP) - 1 };
    uint64_t random = 88172645463325252;

    (void)state;
    for (unsigned i = 0; i < MUTANTS; i++) {
        struct tt_frames frames;
        enum tt_frames_result result;
        const uint8_t *payload;
        size_t len, room;
        uint8_t *into;

        assert_int_equal(tt_frames_init(&frames), TT_OK);
        into = tt_frames_room(&frames, &room);
        memcpy(into, READY START FRAME FRAME STOP, LEN);
        for (unsigned n = 0; n <= i % 4; n++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            into[random % LEN] = (uint8_t)(random >> 32);
        }
        tt_frames_add(&frames, LEN);
        while ((result = tt_frames_next(&frames, &payload, &len)) == TT_FRAMES_DATA)
            assert_true(payload >= into && payload + len <= into + LEN);
        assert_true(result == TT_FRAMES_MORE || frames.is_over);
        tt_frames_fini(&frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_read_in_pieces_of_any_length),
        cmocka_unit_test(the_longest_frames_have_room),
        cmocka_unit_test(garbage_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
