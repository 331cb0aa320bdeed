/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_tcp.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "intake/flow.h"
#include "wire/msg.h"

enum { BUCKETS = 1 << 14, PREFIX = 2, WINDOW_MAX = 1 << 24, QUESTIONS_MAX = 1 };

/* A segment that came before its turn. */
struct segment {
    struct segment *next; /* by sequence */
    uint32_t sequence;
    uint32_t len;
    bool is_cut; /* by the capture: the bytes behind it are missing */
    uint8_t bytes[];
};

struct stream {
    struct stream *next; /* in its bucket */
    struct stream *newer, *older;
    struct tt_flow flow;
    bool is_in_step;   /* `expected` is known, and where messages begin */
    uint32_t expected; /* sequence of the next byte */
    struct segment *waiting;
    unsigned waiting_n;
    size_t waiting_bytes;
    uint8_t *partial; /* a message of which more is to come, with its length before it */
    uint32_t partial_len, partial_cap;
};

struct tt_replay_tcp {
    struct tt_replay_counts *counts;
    tt_replay_tcp_f take;
    void *arg;
    uint64_t seed;
    uint64_t time_us;               /* of the packet at hand */
    struct stream *oldest, *newest; /* by the last segment */
    size_t streams_n, bytes;
    struct stream *buckets[BUCKETS];
};

static void lose(struct tt_replay_tcp *tcp)
{
    tcp->counts->skipped[TT_REPLAY_SKIP_TCP_LOST]++;
}

static unsigned length_at(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void drop_partial(struct tt_replay_tcp *tcp, struct stream *stream)
{
    tcp->bytes -= stream->partial_cap;
    free(stream->partial);
    stream->partial = NULL;
    stream->partial_len = stream->partial_cap = 0;
}

/* Bytes are missing, or what came is no DNS: wait for a segment that starts like a message. */
static void fall_out_of_step(struct tt_replay_tcp *tcp, struct stream *stream)
{
    lose(tcp);
    drop_partial(tcp, stream);
    stream->is_in_step = false;
}

/* A length that a message can have, and then a header and question as messages have them. */
static bool is_start(const uint8_t *bytes, size_t len)
{
    struct tt_msg msg;
    size_t message_len;
    int err;

    if (len < PREFIX + TT_MSG_HEADER_LEN)
        return false;
    message_len = length_at(bytes);
    if (message_len < TT_MSG_HEADER_LEN)
        return false;
    err = tt_msg_read(&msg, bytes + PREFIX, TT_MIN(message_len, len - PREFIX));
    return (err == TT_OK || (err == TT_ETRUNCATED && message_len > len - PREFIX)) &&
           msg.opcode <= 6 && msg.counts[TT_MSG_QUESTION] <= QUESTIONS_MAX;
}

/* Room in the partial message for `total` bytes. */
static bool grow_partial(struct tt_replay_tcp *tcp, struct stream *stream, uint32_t total)
{
    uint8_t *grown;

    if (total <= stream->partial_cap)
        return true;
    grown = realloc(stream->partial, total);
    if (grown == NULL)
        return false;
    tcp->bytes += total - stream->partial_cap;
    stream->partial = grown;
    stream->partial_cap = total;
    return true;
}

/* Adds bytes up to the end of the message at hand. Returns how many it took; 0: no memory. */
static size_t add_partial(struct tt_replay_tcp *tcp, struct stream *stream, const uint8_t *bytes,
                          size_t len)
{
    uint32_t whole = stream->partial_len < PREFIX ? PREFIX : PREFIX + length_at(stream->partial);
    size_t n = TT_MIN(len, (size_t)(whole - stream->partial_len));

    if (!grow_partial(tcp, stream, whole)) {
        tcp->counts->skipped[TT_REPLAY_SKIP_NO_MEMORY]++;
        fall_out_of_step(tcp, stream);
        return 0;
    }
    memcpy(stream->partial + stream->partial_len, bytes, n);
    stream->partial_len += (uint32_t)n;
    return n;
}

static void finish_partial(struct tt_replay_tcp *tcp, struct stream *stream)
{
    unsigned len = stream->partial_len < PREFIX ? 0 : length_at(stream->partial);

    if (stream->partial_len < PREFIX)
        return;
    if (len < TT_MSG_HEADER_LEN) {
        fall_out_of_step(tcp, stream);
    } else if (stream->partial_len == PREFIX + len) {
        tcp->take(tcp->arg, &stream->flow, tcp->time_us, stream->partial + PREFIX, len);
        drop_partial(tcp, stream);
    }
}

/* The next bytes of the stream. Messages that lie whole in one segment are not copied. */
static void feed(struct tt_replay_tcp *tcp, struct stream *stream, const uint8_t *bytes, size_t len)
{
    stream->expected += (uint32_t)len;
    while (len > 0 && stream->is_in_step) {
        size_t n = len >= PREFIX ? PREFIX + length_at(bytes) : SIZE_MAX;

        if (stream->partial_len == 0 && n <= len && n >= PREFIX + TT_MSG_HEADER_LEN) {
            tcp->take(tcp->arg, &stream->flow, tcp->time_us, bytes + PREFIX, n - PREFIX);
        } else {
            n = add_partial(tcp, stream, bytes, len);
            finish_partial(tcp, stream);
        }
        bytes += n;
        len -= n;
    }
}

/* A segment whose turn it is, or that was there before, or that shall begin the stream anew. */
static void accept(struct tt_replay_tcp *tcp, struct stream *stream, uint32_t sequence,
                   const uint8_t *bytes, size_t len, bool is_cut)
{
    uint32_t known = stream->expected - sequence; /* bytes of it */

    if (!stream->is_in_step) {
        if (!is_start(bytes, len)) {
            lose(tcp);
            return;
        }
        stream->is_in_step = true;
        stream->expected = sequence;
        known = 0;
    }
    if (known >= len)
        tcp->counts->retransmitted++;
    else
        feed(tcp, stream, bytes + known, len - known);
    if (is_cut && known < len && stream->is_in_step)
        fall_out_of_step(tcp, stream);
}

static struct segment *pop(struct tt_replay_tcp *tcp, struct stream *stream)
{
    struct segment *segment = stream->waiting;

    stream->waiting = segment->next;
    stream->waiting_n--;
    stream->waiting_bytes -= segment->len;
    tcp->bytes -= sizeof(*segment) + segment->len;
    return segment;
}

static void accept_first(struct tt_replay_tcp *tcp, struct stream *stream)
{
    struct segment *segment = pop(tcp, stream);

    accept(tcp, stream, segment->sequence, segment->bytes, segment->len, segment->is_cut);
    free(segment);
}

/* Segments whose turn has come. */
static void catch_up(struct tt_replay_tcp *tcp, struct stream *stream)
{
    while (stream->waiting != NULL &&
           (!stream->is_in_step || (int32_t)(stream->waiting->sequence - stream->expected) <= 0))
        accept_first(tcp, stream);
}

/* What is missing will not come any more: goes on behind it. */
static void skip_gaps(struct tt_replay_tcp *tcp, struct stream *stream)
{
    while (stream->waiting != NULL) {
        if (stream->is_in_step)
            fall_out_of_step(tcp, stream);
        catch_up(tcp, stream);
    }
}

/* Keeps a segment that came too early. */
static void wait_for_turn(struct tt_replay_tcp *tcp, struct stream *stream,
                          const struct tt_replay_packet *packet)
{
    struct segment *segment = malloc(sizeof(*segment) + packet->payload_len),
                   **at = &stream->waiting;

    if (segment == NULL) {
        tcp->counts->skipped[TT_REPLAY_SKIP_NO_MEMORY]++;
        return;
    }
    while (*at != NULL && (int32_t)((*at)->sequence - packet->tcp_sequence) < 0)
        at = &(*at)->next;
    *segment = (struct segment){.next = *at,
                                .sequence = packet->tcp_sequence,
                                .len = (uint32_t)packet->payload_len,
                                .is_cut = packet->payload_len < packet->payload_size};
    memcpy(segment->bytes, packet->payload, packet->payload_len);
    *at = segment;
    stream->waiting_n++;
    stream->waiting_bytes += segment->len;
    tcp->bytes += sizeof(*segment) + segment->len;
    if (stream->waiting_n > TT_REPLAY_STREAM_SEGMENTS ||
        stream->waiting_bytes > TT_REPLAY_STREAM_BYTES) {
        fall_out_of_step(tcp, stream);
        catch_up(tcp, stream);
    }
}

static struct stream **bucket_of(struct tt_replay_tcp *tcp, const struct tt_flow *flow)
{
    return &tcp->buckets[tt_flow_hash(flow, tcp->seed) % BUCKETS];
}

static void unlink_order(struct tt_replay_tcp *tcp, struct stream *stream)
{
    *(stream->older != NULL ? &stream->older->newer : &tcp->oldest) = stream->newer;
    *(stream->newer != NULL ? &stream->newer->older : &tcp->newest) = stream->older;
}

static void link_newest(struct tt_replay_tcp *tcp, struct stream *stream)
{
    stream->older = tcp->newest;
    stream->newer = NULL;
    *(tcp->newest != NULL ? &tcp->newest->newer : &tcp->oldest) = stream;
    tcp->newest = stream;
}

static void end_stream(struct tt_replay_tcp *tcp, struct stream *stream)
{
    struct stream **at = bucket_of(tcp, &stream->flow);

    skip_gaps(tcp, stream);
    if (stream->partial_len > 0)
        lose(tcp);
    drop_partial(tcp, stream);
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    unlink_order(tcp, stream);
    tcp->streams_n--;
    tcp->bytes -= sizeof(*stream);
    free(stream);
}

static struct stream *find_stream(struct tt_replay_tcp *tcp, const struct tt_flow *flow)
{
    struct stream *stream = *bucket_of(tcp, flow);

    while (stream != NULL && !tt_flow_equal(&stream->flow, flow))
        stream = stream->next;
    return stream;
}

static struct stream *add_stream(struct tt_replay_tcp *tcp, const struct tt_flow *flow)
{
    struct stream **bucket = bucket_of(tcp, flow), *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        tcp->counts->skipped[TT_REPLAY_SKIP_NO_MEMORY]++;
        return NULL;
    }
    stream->flow = *flow;
    stream->next = *bucket;
    *bucket = stream;
    link_newest(tcp, stream);
    tcp->streams_n++;
    tcp->bytes += sizeof(*stream);
    return stream;
}

/* The stream of a packet, the most recent one now; NULL when there is none and it starts none. */
static struct stream *stream_of(struct tt_replay_tcp *tcp, const struct tt_replay_packet *packet)
{
    struct tt_flow flow = {packet->from, packet->to, packet->from_port, packet->to_port, 0};
    struct stream *stream = find_stream(tcp, &flow);

    if (stream == NULL)
        return packet->payload_len > 0 || packet->tcp_flags & TT_REPLAY_SYN ? add_stream(tcp, &flow)
                                                                            : NULL;
    unlink_order(tcp, stream);
    link_newest(tcp, stream);
    return stream;
}

/* A connection begins, or a SYN comes again. */
static void begin(struct tt_replay_tcp *tcp, struct stream *stream, uint32_t sequence)
{
    if (stream->is_in_step && stream->expected == sequence)
        return;
    skip_gaps(tcp, stream);
    if (stream->partial_len > 0)
        lose(tcp);
    drop_partial(tcp, stream);
    stream->is_in_step = true;
    stream->expected = sequence;
}

static void take_payload(struct tt_replay_tcp *tcp, struct stream *stream,
                         const struct tt_replay_packet *packet)
{
    int32_t ahead = (int32_t)(packet->tcp_sequence - stream->expected);

    if (stream->is_in_step && ahead > 0 && ahead < WINDOW_MAX) {
        wait_for_turn(tcp, stream, packet);
        return;
    }
    /* Too far from what was seen to belong to it. */
    if (stream->is_in_step && (ahead >= WINDOW_MAX || ahead < -WINDOW_MAX)) {
        skip_gaps(tcp, stream);
        if (stream->is_in_step)
            fall_out_of_step(tcp, stream);
    }
    accept(tcp, stream, packet->tcp_sequence, packet->payload, packet->payload_len,
           packet->payload_len < packet->payload_size);
    catch_up(tcp, stream);
}

void tt_replay_tcp_take(struct tt_replay_tcp *tcp, const struct tt_replay_packet *packet,
                        uint64_t time_us)
{
    struct stream *stream = stream_of(tcp, packet);

    tcp->time_us = time_us;
    if (stream == NULL)
        return;
    if (packet->tcp_flags & TT_REPLAY_SYN)
        begin(tcp, stream, packet->tcp_sequence);
    if (packet->payload_len > 0)
        take_payload(tcp, stream, packet);
    if (packet->tcp_flags & TT_REPLAY_RST ||
        (packet->tcp_flags & TT_REPLAY_FIN && stream->waiting == NULL))
        end_stream(tcp, stream);
    while (tcp->oldest != NULL &&
           (tcp->streams_n > TT_REPLAY_STREAMS_MAX || tcp->bytes > TT_REPLAY_STREAMS_BYTES))
        end_stream(tcp, tcp->oldest);
}

int tt_replay_tcp_new(struct tt_replay_counts *counts, tt_replay_tcp_f take, void *arg,
                      struct tt_replay_tcp **tcp)
{
    *tcp = calloc(1, sizeof(**tcp));
    if (*tcp == NULL)
        return TT_ENOMEM;
    (*tcp)->counts = counts;
    (*tcp)->take = take;
    (*tcp)->arg = arg;
    (*tcp)->seed = tt_flow_seed();
    return TT_OK;
}

void tt_replay_tcp_flush(struct tt_replay_tcp *tcp)
{
    while (tcp->oldest != NULL)
        end_stream(tcp, tcp->oldest);
}

void tt_replay_tcp_end(struct tt_replay_tcp **tcp)
{
    if (*tcp != NULL)
        tt_replay_tcp_flush(*tcp);
    free(*tcp);
    *tcp = NULL;
}
