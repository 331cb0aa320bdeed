/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_dnstap.h"

#include <fstrm.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"

/* Which of our types a dnstap type is; types that are not here carry no outcome of a query. */
static const uint8_t message_types[TT_DNSTAP_TYPES_END] = {
    [TT_DNSTAP_AUTH_RESPONSE] = TT_message_type_AUTH_RESPONSE,
    [TT_DNSTAP_RESOLVER_RESPONSE] = TT_message_type_RESOLVER_RESPONSE,
    [TT_DNSTAP_CLIENT_RESPONSE] = TT_message_type_CLIENT_RESPONSE,
    [TT_DNSTAP_FORWARDER_RESPONSE] = TT_message_type_FORWARDER_RESPONSE,
};

/* DNSCrypt is none of our transports: absent. */
static const uint8_t transports[] = {
    [TT_DNSTAP_UDP] = TT_transport_UDP, [TT_DNSTAP_TCP] = TT_transport_TCP,
    [TT_DNSTAP_DOT] = TT_transport_DOT, [TT_DNSTAP_DOH] = TT_transport_DOH,
    [TT_DNSTAP_DOQ] = TT_transport_DOQ,
};

static const uint8_t actions[] = {
    [TT_DNSTAP_ACTION_NXDOMAIN] = TT_policy_action_NXDOMAIN,
    [TT_DNSTAP_ACTION_NODATA] = TT_policy_action_NODATA,
    [TT_DNSTAP_ACTION_PASS] = TT_policy_action_PASSTHRU,
    [TT_DNSTAP_ACTION_DROP] = TT_policy_action_DROP,
    [TT_DNSTAP_ACTION_TRUNCATE] = TT_policy_action_TCP_ONLY,
    [TT_DNSTAP_ACTION_LOCAL_DATA] = TT_policy_action_DATA,
};

#define HAS(message, field) tt_dnstap_has((message)->have, TT_DNSTAP_MESSAGE_F_##field)

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
        {"unbound", TT_software_UNBOUND}, {"dnsdist", TT_software_DNSDIST},
        {"telltale", TT_software_PROXY},  {"bind", TT_software_BIND},
        {"named", TT_software_BIND},
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

static uint64_t time_us(uint64_t sec, uint32_t nsec)
{
    return sec > TT_CLOCK_WALL_US_MAX / 1000000 ? TT_CLOCK_WALL_US_MAX
                                                : sec * 1000000 + nsec / 1000;
}

static void set_times(struct tt_replay_exchange *exchange, const struct tt_dnstap_message *message)
{
    uint64_t asked = time_us(message->query_time_sec,
                             HAS(message, QUERY_TIME_NSEC) ? message->query_time_nsec : 0);
    uint64_t answered = time_us(message->response_time_sec,
                                HAS(message, RESPONSE_TIME_NSEC) ? message->response_time_nsec : 0);
    bool has_both = HAS(message, QUERY_TIME_SEC) && HAS(message, RESPONSE_TIME_SEC);

    exchange->time_us = HAS(message, RESPONSE_TIME_SEC) ? answered : asked;
    exchange->has_took = has_both && answered >= asked;
    exchange->took_us = exchange->has_took ? answered - asked : 0;
}

/* Addresses are as long as those of their family. */
static void set_ip(struct tt_ip *ip, bool is_there, const struct tt_dnstap_bytes *bytes)
{
    if (!is_there)
        return;
    if (bytes->len == 4) {
        ip->family = 4;
        memcpy(ip->bytes, bytes->ptr, 4);
    } else if (bytes->len == 16) {
        ip->family = 6;
        memcpy(ip->bytes, bytes->ptr, 16);
    }
}

static struct tt_replay_bytes bytes_of(bool is_there, const struct tt_dnstap_bytes *bytes)
{
    return is_there ? (struct tt_replay_bytes){bytes->ptr, bytes->len}
                    : (struct tt_replay_bytes){NULL, 0};
}

static void set_ends(struct tt_replay_exchange *exchange, const struct tt_dnstap_message *message)
{
    set_ip(&exchange->asker, HAS(message, QUERY_ADDRESS), &message->query_address);
    set_ip(&exchange->answerer, HAS(message, RESPONSE_ADDRESS), &message->response_address);
    exchange->has_asker_port = HAS(message, QUERY_PORT) && message->query_port <= UINT16_MAX;
    exchange->has_answerer_port =
        HAS(message, RESPONSE_PORT) && message->response_port <= UINT16_MAX;
    exchange->asker_port = exchange->has_asker_port ? (uint16_t)message->query_port : 0;
    exchange->answerer_port = exchange->has_answerer_port ? (uint16_t)message->response_port : 0;
    if (HAS(message, SOCKET_PROTOCOL))
        exchange->transport = transports[message->socket_protocol];
}

static void set_policy(struct tt_replay_exchange *exchange, const struct tt_dnstap_policy *policy)
{
    if (tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_ACTION))
        exchange->policy_action = actions[policy->action];
    exchange->policy_name =
        bytes_of(tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_RULE), &policy->rule);
    if (exchange->policy_name.len == 0)
        exchange->policy_name =
            bytes_of(tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_TYPE), &policy->type);
}

static void observe(struct tt_replay *replay, const struct tt_dnstap_message *message)
{
    struct tt_replay_exchange exchange = {
        .message_type = message_types[message->type],
        .outcome = TT_outcome_ANSWERED,
        .query = bytes_of(HAS(message, QUERY_MESSAGE), &message->query_message),
        .response = bytes_of(HAS(message, RESPONSE_MESSAGE), &message->response_message),
        .zone = bytes_of(HAS(message, QUERY_ZONE), &message->query_zone),
    };

    exchange.query_size = exchange.query.len;
    exchange.response_size = exchange.response.len;
    set_times(&exchange, message);
    set_ends(&exchange, message);
    if (HAS(message, POLICY))
        set_policy(&exchange, &message->policy);
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
    else if (message_types[dnstap.message.type] == 0)
        tt_replay_skip(replay, TT_REPLAY_SKIP_TYPES + dnstap.message.type);
    else if (!HAS(&dnstap.message, RESPONSE_TIME_SEC) && !HAS(&dnstap.message, QUERY_TIME_SEC))
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
