/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "ctl/replay_dnstap.h"
#include "ctl/replay_json.h"
#include "ctl/replay_pcap.h"
#include "wire/msg.h"
#include "wire/summary.h"

enum {
    QUERY_MAX = 1024, /* of the room for images, when both do not fit */
    LINE_MAX_LEN = 1000,
    SNIFF_MAX = 64,
};

void tt_replay_problem(struct tt_replay *replay, const struct tt_replay_input *input, uint64_t offset,
                       const char *format, ...)
{
    char text[LINE_MAX_LEN], clean[LINE_MAX_LEN + 1];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    va_list args;

    replay->problems++;
    if (++replay->problems_here > TT_REPLAY_PROBLEMS_SHOWN + 1)
        return;
    if (replay->problems_here > TT_REPLAY_PROBLEMS_SHOWN) {
        tt_buf_format(&buf, "%.600s: more is wrong, it is only counted from here on", input->name);
    } else {
        tt_buf_format(&buf, "%.600s: byte %llu: ", input->name, (unsigned long long)offset);
        va_start(args, format);
        tt_buf_vformat(&buf, format, args);
        va_end(args);
    }
    clean[tt_str_clean(buf.data, buf.len, clean, LINE_MAX_LEN)] = '\0';
    replay->out.problem(replay->out.arg, clean);
}

const char *tt_replay_skip_word(unsigned reason)
{
    static const char *const words[] = {
#define X(name, word, doc) word,
        TT_REPLAY_SKIPS(X)
#undef X
    };

    return reason < TT_COUNT(words) ? words[reason] : tt_dnstap_type_word(reason - TT_REPLAY_SKIP_TYPES);
}

static bool is_of_client(const struct tt_replay_exchange *exchange)
{
    return exchange->message_type == TT_message_type_CLIENT_RESPONSE ||
           exchange->message_type == TT_message_type_AUTH_RESPONSE;
}

static void set_client(struct tt_obs *obs, const struct tt_replay_exchange *exchange)
{
    obs->client_ip = exchange->asker;
    obs->server_ip = exchange->answerer;
    obs->client_port = exchange->asker_port;
    obs->server_port = exchange->answerer_port;
    obs->have |= exchange->has_asker_port ? TT_HAVE_CLIENT_PORT : 0;
    obs->have |= exchange->has_answerer_port ? TT_HAVE_SERVER_PORT : 0;
    obs->transport = exchange->transport;
    obs->latency_us = (uint32_t)TT_MIN(exchange->took_us, (uint64_t)UINT32_MAX);
    obs->have |= exchange->has_took ? TT_HAVE_LATENCY : 0;
}

static void set_upstream(struct tt_obs *obs, const struct tt_replay_exchange *exchange)
{
    obs->upstream_ip = exchange->answerer;
    obs->upstream_port = exchange->answerer_port;
    obs->have |= exchange->has_answerer_port ? TT_HAVE_UPSTREAM_PORT : 0;
    obs->upstream_transport = exchange->transport;
    obs->upstream_role = exchange->message_type == TT_message_type_FORWARDER_RESPONSE
                             ? TT_upstream_role_FORWARDER
                             : TT_upstream_role_AUTHORITY;
    obs->upstream_rtt_us = (uint32_t)TT_MIN(exchange->took_us, (uint64_t)UINT32_MAX);
    obs->have |= exchange->has_took ? TT_HAVE_UPSTREAM_RTT : 0;
}

/* Without the query: what a response repeats of it (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6). */
static void set_echoes(struct tt_obs *obs, const struct tt_replay_bytes *response)
{
    unsigned flags;

    if (response->len < TT_MSG_HEADER_LEN)
        return;
    flags = (unsigned)response->ptr[2] << 8 | response->ptr[3];
    obs->query_id = (uint16_t)(response->ptr[0] << 8 | response->ptr[1]);
    obs->opcode = flags >> 11 & 15;
    obs->flags |= (uint16_t)((flags & TT_MSG_RD ? TT_OBS_RD : 0) | (flags & TT_MSG_CD ? TT_OBS_CD : 0));
    obs->have |= TT_HAVE_QUERY_ID | TT_HAVE_OPCODE | TT_HAVE_QUERY_FLAGS;
}

/* What the end of a long response tells and the pipeline will not see. */
static void set_verdict(struct tt_obs_writer *writer, const struct tt_replay_exchange *exchange)
{
    struct tt_obs *obs = writer->obs;
    struct tt_summary summary;

    tt_summary_read(&summary, exchange->response.ptr, exchange->response.len);
    if (!summary.has_header)
        return;
    obs->response_code = summary.rcode;
    obs->have |= TT_HAVE_RESPONSE_CODE;
    if (summary.has_ttl && is_of_client(exchange)) {
        obs->ttl = summary.ttl;
        obs->have |= TT_HAVE_TTL;
    } else if (summary.has_ttl) {
        obs->ttl_original = summary.ttl;
        obs->have |= TT_HAVE_TTL_ORIGINAL;
    }
    if (summary.has_edns && summary.edns.ede_n > 0) {
        obs->ede_code = summary.edns.ede_code;
        obs->have |= TT_HAVE_EDE_CODE;
        tt_obs_put(writer, TT_TAIL_EDE_TEXT, 0, summary.edns.ede_text,
                   TT_MIN(summary.edns.ede_text_len, (uint16_t)TT_OBS_TEXT_MAX));
    }
}

static void set_edns(struct tt_obs *obs, const struct tt_replay_bytes *query)
{
    struct tt_summary summary;

    if (tt_summary_read(&summary, query->ptr, query->len) != 0 || !summary.has_edns)
        return;
    obs->edns_udp_size = summary.edns.udp_size;
    obs->flags |= (summary.edns.flags & TT_EDNS_DO) != 0 ? TT_OBS_DO : 0;
    obs->have |= TT_HAVE_EDNS_UDP_SIZE | TT_HAVE_DNSSEC_OK;
}

static void put_images(struct tt_obs_writer *writer, const struct tt_replay_exchange *exchange)
{
    struct tt_obs *obs = writer->obs;
    size_t query_len = exchange->query.len, response_len = exchange->response.len;

    if (TT_UNLIKELY(query_len + response_len > TT_OBS_IMAGE_MAX)) {
        query_len = TT_MIN(query_len, (size_t)QUERY_MAX);
        response_len = TT_MIN(response_len, TT_OBS_IMAGE_MAX - query_len);
        if (response_len < exchange->response.len)
            set_verdict(writer, exchange);
        if (query_len < exchange->query.len)
            set_edns(obs, &exchange->query);
    }
    if (exchange->query.ptr != NULL) {
        tt_obs_put(writer, TT_TAIL_QUERY, 0, exchange->query.ptr, query_len);
        obs->query_size = (uint16_t)TT_MIN(exchange->query_size, (size_t)TT_MSG_MAX);
        obs->have |= query_len < exchange->query_size ? TT_HAVE_QUERY_SIZE : 0;
    } else if (exchange->response.ptr != NULL) {
        set_echoes(obs, &exchange->response);
    }
    if (exchange->response.ptr != NULL) {
        tt_obs_put(writer, TT_TAIL_RESPONSE, 0, exchange->response.ptr, response_len);
        obs->response_size = (uint16_t)TT_MIN(exchange->response_size, (size_t)TT_MSG_MAX);
        obs->have |= response_len < exchange->response_size ? TT_HAVE_RESPONSE_SIZE : 0;
    }
}

static bool is_name(const struct tt_replay_bytes *bytes)
{
    return bytes->ptr != NULL && bytes->len > 0 && tt_name_len(bytes->ptr, bytes->len) == bytes->len;
}

void tt_replay_observe(struct tt_replay *replay, const struct tt_replay_exchange *exchange)
{
    struct tt_obs *obs = &replay->record.obs;
    struct tt_obs_writer writer = {.obs = obs, .cap = TT_OBS_MAX - sizeof(*obs)};

    memset(obs, 0, sizeof(*obs));
    obs->sequence = (uint64_t)TT_REPLAY_PORT << 48 | ++replay->sequence;
    obs->shape = TT_OBS_BYTES;
    obs->time_us = exchange->time_us;
    obs->message_type = exchange->message_type;
    obs->outcome = exchange->outcome;
    obs->policy_action = exchange->policy_action;
    if (is_of_client(exchange))
        set_client(obs, exchange);
    else
        set_upstream(obs, exchange);
    if (is_name(&exchange->zone))
        tt_obs_put(&writer, TT_TAIL_UPSTREAM_ZONE, 0, exchange->zone.ptr, exchange->zone.len);
    if (exchange->policy_name.ptr != NULL && exchange->policy_name.len > 0)
        tt_obs_put(&writer, TT_TAIL_POLICY_NAME, is_name(&exchange->policy_name) ? TT_TAIL_IS_NAME : 0,
                   exchange->policy_name.ptr, TT_MIN(exchange->policy_name.len, (size_t)TT_OBS_TEXT_MAX));
    put_images(&writer, exchange);
    replay->time_us = exchange->time_us;
    replay->counts.events++;
    replay->out.observe(replay->out.arg, obs, sizeof(*obs) + obs->tail_len);
}

/* Files that something must be done with first. */
static const struct {
    const char *magic;
    size_t len;
    const char *text;
} packed[] = {
    {"\x1f\x8b", 2, "compressed with gzip: unpack it first, `zcat FILE | telltalectl replay -`"},
    {"\x28\xb5\x2f\xfd", 4, "compressed with zstd: unpack it first, `zstdcat FILE | telltalectl replay -`"},
    {"\xfd\x37zXZ", 5, "compressed with xz: unpack it first, `xzcat FILE | telltalectl replay -`"},
    {"BZh", 3, "compressed with bzip2: unpack it first, `bzcat FILE | telltalectl replay -`"},
};

static void refuse(struct tt_replay *replay, const struct tt_replay_input *input, const uint8_t *bytes, size_t len)
{
    if (input->errno_value != 0) {
        tt_replay_problem(replay, input, 0, "cannot be read: %s", strerror(input->errno_value));
        return;
    }
    if (len == 0) {
        if (!input->is_stopped)
            tt_replay_problem(replay, input, 0, "empty");
        return;
    }
    for (size_t i = 0; i < TT_COUNT(packed); i++) {
        if (len >= packed[i].len && memcmp(bytes, packed[i].magic, packed[i].len) == 0) {
            tt_replay_problem(replay, input, 0, "%s", packed[i].text);
            return;
        }
    }
    tt_replay_problem(replay, input, 0, "neither dnstap (frame stream), nor pcap, nor JSON lines of telltale");
}

void tt_replay_read(struct tt_replay *replay, struct tt_replay_input *input)
{
    const uint8_t *bytes;
    size_t len = tt_replay_input_peek(input, SNIFF_MAX, &bytes);

    replay->problems_here = 0;
    if (tt_replay_is_dnstap(bytes, len))
        tt_replay_read_dnstap(replay, input);
    else if (tt_replay_is_pcap(bytes, len))
        tt_replay_read_pcap(replay, input);
    else if (tt_replay_is_json(bytes, len))
        tt_replay_read_json(replay, input);
    else
        refuse(replay, input, bytes, len);
}
