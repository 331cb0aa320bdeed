/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_dnstap.h"

#include <fstrm.h>
#include <string.h>

#include "base/err.h"

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"

bool tt_replay_is_dnstap(const uint8_t *bytes, size_t len)
{
    static const uint8_t escape[4] = {0, 0, 0, 0};

    return len > 0 && memcmp(bytes, escape, TT_MIN(len, sizeof(escape))) == 0;
}

/* Who made the frames, by the version text that the server's author gave it. */
static uint8_t software_of(const struct tt_dnstap_bytes *version)
{
    static const struct {
        const char *word;
        uint8_t software;
    } rows[] = {
        {"unbound", TT_software_UNBOUND}, {"dnsdist", TT_software_DNSDIST}, {"bind", TT_software_BIND},
        {"named", TT_software_BIND},      {"other (", TT_software_OTHER},   {"telltale", TT_software_PROXY},
    };

    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        size_t len = strlen(rows[i].word);
        for (size_t at = 0; at + len <= TT_MIN(version->len, (size_t)128); at++)
            if (strncasecmp((const char *)version->ptr + at, rows[i].word, len) == 0)
                return rows[i].software;
    }
    return TT_software_OTHER;
}

/* Frames of one server come together: the text is looked at when it is another one. */
static void note_software(struct tt_replay *replay, const struct tt_dnstap *dnstap)
{
    static const struct tt_dnstap_bytes none = {(const uint8_t *)"", 0};
    const struct tt_dnstap_bytes *version =
        tt_dnstap_has(dnstap->have, TT_DNSTAP_F_VERSION) ? &dnstap->version : &none;

    if (version->len == replay->version_len && version->len <= sizeof(replay->version) &&
        memcmp(version->ptr, replay->version, version->len) == 0)
        return;
    replay->software = software_of(version);
    replay->version_len =
        version->len <= sizeof(replay->version) ? (uint8_t)version->len : UINT8_MAX;
    memcpy(replay->version, version->ptr, TT_MIN(version->len, sizeof(replay->version)));
}

static bool has_time(const struct tt_dnstap_message *message)
{
    return tt_dnstap_has(message->have, TT_DNSTAP_MESSAGE_F_RESPONSE_TIME_SEC) ||
           tt_dnstap_has(message->have, TT_DNSTAP_MESSAGE_F_QUERY_TIME_SEC);
}

static void observe(struct tt_replay *replay, const struct tt_dnstap_message *message)
{
    struct tt_exchange exchange;

    tt_exchange_from_dnstap(message, &exchange);
    tt_replay_observe(replay, &exchange);
}

int tt_replay_dnstap_payload(struct tt_replay *replay, const uint8_t *payload, size_t len)
{
    struct tt_dnstap dnstap;
    int err = tt_dnstap_read(&dnstap, payload, len);

    if (err != TT_OK)
        replay->counts.malformed++;
    else if (!tt_dnstap_has(dnstap.have, TT_DNSTAP_F_MESSAGE))
        tt_replay_skip(replay, TT_REPLAY_SKIP_NO_MESSAGE);
    else if (tt_dnstap_is_query(dnstap.message.type) || tt_exchange_type_of(dnstap.message.type) == 0)
        tt_replay_skip(replay, TT_REPLAY_SKIP_TYPES + dnstap.message.type);
    else if (!has_time(&dnstap.message))
        tt_replay_skip(replay, TT_REPLAY_SKIP_NO_TIME);
    else {
        if (!replay->is_software_given)
            note_software(replay, &dnstap);
        observe(replay, &dnstap.message);
    }
    return err;
}

/* libfstrm reads through us; what did not come is known afterwards. */
struct stream {
    struct tt_replay_input *input;
    size_t wanted, got; /* of the last read */
};

static fstrm_res open_stream(void *obj)
{
    (void)obj;
    return fstrm_res_success;
}

static fstrm_res read_stream(void *obj, void *into, size_t n)
{
    struct stream *stream = obj;

    stream->wanted = n;
    stream->got = tt_replay_input_read(stream->input, into, n);
    return stream->got == n ? fstrm_res_success : fstrm_res_failure;
}

static struct fstrm_reader *new_reader(struct stream *stream)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(stream);
    struct fstrm_reader *reader;

    if (rdwr == NULL)
        return NULL;
    fstrm_rdwr_set_open(rdwr, open_stream);
    fstrm_rdwr_set_close(rdwr, open_stream);
    fstrm_rdwr_set_read(rdwr, read_stream);
    reader = fstrm_reader_init(NULL, &rdwr);
    if (reader == NULL)
        fstrm_rdwr_destroy(&rdwr);
    return reader;
}

/* Why reading stopped at the frame that starts at `start`. */
static void tell_failure(struct tt_replay *replay, const struct stream *stream, uint64_t start)
{
    const struct tt_replay_input *input = stream->input;
    unsigned long long frames = replay->counts.frames;

    if (input->is_stopped)
        return;
    if (input->errno_value != 0)
        tt_replay_problem(replay, input, input->offset, "cannot be read: %s",
                          strerrordesc_np(input->errno_value));
    else if (stream->got == stream->wanted)
        tt_replay_problem(replay, input, start, "no frame of a frame stream, after %llu frames",
                          frames);
    else if (stream->got == 0 && input->offset == start)
        tt_replay_problem(replay, input, start,
                          "ends without a stop frame, after %llu whole frames", frames);
    else
        tt_replay_problem(replay, input, start,
                          "the frame that begins here is cut at byte %llu, after %llu whole frames",
                          (unsigned long long)input->offset, frames);
}

/* The start frame names what the frames hold. */
static bool is_dnstap_stream(struct tt_replay *replay, struct tt_replay_input *input,
                             struct fstrm_reader *reader, uint64_t start)
{
    const struct fstrm_control *control = NULL;
    const uint8_t *type = NULL;
    size_t len = 0;

    if (fstrm_reader_get_control(reader, FSTRM_CONTROL_START, &control) != fstrm_res_success ||
        fstrm_control_get_field_content_type(control, 0, &type, &len) != fstrm_res_success) {
        tt_replay_problem(replay, input, start,
                          "a frame stream without content type, expected \"" CONTENT_TYPE "\"");
        return false;
    }
    if (len == sizeof(CONTENT_TYPE) - 1 && memcmp(type, CONTENT_TYPE, len) == 0)
        return true;
    tt_replay_problem(replay, input, start,
                      "a frame stream of \"%.*s\", expected \"" CONTENT_TYPE "\"",
                      (int)TT_MIN(len, (size_t)80), (const char *)type);
    return false;
}

/* One stream. Returns whether it ended as it should, with its stop frame. */
static bool read_frames(struct tt_replay *replay, struct stream *stream,
                        struct fstrm_reader *reader)
{
    struct tt_replay_input *input = stream->input;

    for (;;) {
        uint64_t start = input->offset;
        const uint8_t *payload = NULL;
        size_t len = 0;
        fstrm_res res = fstrm_reader_read(reader, &payload, &len);
        bool goes_on;
        int err;

        if (res == fstrm_res_stop)
            return true;
        /* libfstrm 0.6.1 calls a frame over its maximum a success, and gives none. */
        if (res != fstrm_res_success || payload == NULL) {
            tell_failure(replay, stream, start);
            return false;
        }
        goes_on = tt_replay_next(replay);
        err = tt_replay_dnstap_payload(replay, payload, len);
        if (err != TT_OK)
            tt_replay_problem(replay, input, start, "frame %llu is no dnstap message: %s",
                              (unsigned long long)replay->counts.frames, tt_error_text(err));
        if (!goes_on)
            return false;
    }
}

static bool read_stream_whole(struct tt_replay *replay, struct tt_replay_input *input)
{
    struct stream stream = {input, 0, 0};
    struct fstrm_reader *reader = new_reader(&stream);
    uint64_t start = input->offset;
    bool is_good = false;

    if (reader == NULL)
        tt_replay_problem(replay, input, start, "no memory for the reader");
    else if (fstrm_reader_open(reader) != fstrm_res_success)
        tell_failure(replay, &stream, start);
    else if (is_dnstap_stream(replay, input, reader, start))
        is_good = read_frames(replay, &stream, reader);
    if (reader != NULL)
        fstrm_reader_destroy(&reader);
    return is_good;
}

void tt_replay_read_dnstap(struct tt_replay *replay, struct tt_replay_input *input)
{
    const uint8_t *bytes;
    size_t left;

    replay->version_len = UINT8_MAX;
    while (read_stream_whole(replay, input)) {
        left = tt_replay_input_peek(input, 4, &bytes);
        if (left == 0)
            return;
        if (!tt_replay_is_dnstap(bytes, left)) {
            tt_replay_problem(replay, input, input->offset, "something follows the stop frame");
            return;
        }
    }
}
