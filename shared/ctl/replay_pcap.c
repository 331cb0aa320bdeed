/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_pcap.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "ctl/replay_packet.h"
#include "ctl/replay_pairs.h"
#include "ctl/replay_tcp.h"

struct capture {
    struct tt_replay *replay;
    struct tt_replay_input *input;
    pcap_t *pcap;
    int link_type;
    struct tt_replay_pairs *pairs;
    struct tt_replay_tcp *tcp;
};

bool tt_replay_is_pcap(const uint8_t *bytes, size_t len)
{
    static const uint8_t magics[][4] = {
        {0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1}, /* µs */
        {0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}, /* ns */
        {0xa1, 0xb2, 0xcd, 0x34}, {0x34, 0xcd, 0xb2, 0xa1}, /* with longer packet headers */
        {0x0a, 0x0d, 0x0d, 0x0a},                           /* pcapng */
    };

    for (size_t i = 0; len >= 4 && i < TT_COUNT(magics); i++)
        if (memcmp(bytes, magics[i], 4) == 0)
            return true;
    return false;
}

static void take_tcp_message(void *arg, const struct tt_flow *flow, uint64_t time_us,
                             const uint8_t *message, size_t len)
{
    struct capture *capture = arg;
    struct tt_replay_wire wire = {
        flow->from, flow->to, flow->from_port, flow->to_port, TT_transport_TCP, time_us, message,
        len,        len};

    tt_replay_pairs_take(capture->pairs, &wire);
}

static void take_packet(struct capture *capture, uint64_t time_us, const uint8_t *bytes, size_t len)
{
    struct tt_replay *replay = capture->replay;
    struct tt_replay_packet packet;
    unsigned result = tt_replay_packet_read(&packet, capture->link_type, bytes, len);

    if (result == TT_REPLAY_SKIPS_N && packet.from_port != replay->dns_port &&
        packet.to_port != replay->dns_port)
        result = TT_REPLAY_SKIP_OTHER_PORT;
    if (result != TT_REPLAY_SKIPS_N) {
        tt_replay_skip(replay, result);
        return;
    }
    if (packet.is_tcp) {
        tt_replay_tcp_take(capture->tcp, &packet, time_us);
        return;
    }
    tt_replay_pairs_take(capture->pairs,
                         &(struct tt_replay_wire){packet.from, packet.to, packet.from_port,
                                                  packet.to_port, TT_transport_UDP, time_us,
                                                  packet.payload, packet.payload_len,
                                                  packet.payload_size});
}

/* libpcap gives µs unless asked otherwise, also of captures in ns. */
static uint64_t time_of(const struct pcap_pkthdr *header)
{
    return header->ts.tv_sec < 0
               ? 0
               : (uint64_t)header->ts.tv_sec * 1000000 + (uint64_t)header->ts.tv_usec % 1000000;
}

static void tell_end(struct capture *capture, int result, uint64_t start)
{
    const struct tt_replay_input *input = capture->input;
    unsigned long long frames = capture->replay->counts.frames;

    if (input->is_stopped)
        return;
    if (input->errno_value != 0)
        tt_replay_problem(capture->replay, input, input->offset, "cannot be read: %s",
                          strerrordesc_np(input->errno_value));
    else if (result != PCAP_ERROR_BREAK)
        tt_replay_problem(capture->replay, input, start, "after %llu whole packets: %s", frames,
                          pcap_geterr(capture->pcap));
}

static void read_packets(struct capture *capture)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;

    for (;;) {
        uint64_t start = capture->input->offset;
        int result = pcap_next_ex(capture->pcap, &header, &bytes);
        bool goes_on;

        if (result != 1) {
            tell_end(capture, result, start);
            return;
        }
        goes_on = tt_replay_next(capture->replay);
        tt_replay_pairs_advance(capture->pairs, time_of(header));
        take_packet(capture, time_of(header), bytes, header->caplen);
        if (!goes_on)
            return;
    }
}

static ssize_t read_cookie(void *cookie, char *into, size_t n)
{
    struct tt_replay_input *input = cookie;
    size_t got = tt_replay_input_read(input, into, n);

    return got == 0 && input->errno_value != 0 ? -1 : (ssize_t)got;
}

/* Unbuffered: the input's offset is where libpcap stands, and nothing is copied twice. */
static pcap_t *open_capture(struct tt_replay_input *input, FILE **file, char *error)
{
    *file = fopencookie(input, "r", (cookie_io_functions_t){.read = read_cookie});
    if (*file == NULL) {
        snprintf(error, PCAP_ERRBUF_SIZE, "%s", tt_error_text(TT_ENOMEM));
        return NULL;
    }
    setvbuf(*file, NULL, _IONBF, 0);
    return pcap_fopen_offline(*file, error);
}

static void read_capture(struct capture *capture)
{
    capture->link_type = pcap_datalink(capture->pcap);
    if (!tt_replay_packet_knows(capture->link_type)) {
        const char *name = pcap_datalink_val_to_name(capture->link_type);

        tt_replay_problem(capture->replay, capture->input, 0, "link type %d (%s) is not known",
                          capture->link_type, name != NULL ? name : "?");
        return;
    }
    if (tt_replay_pairs_new(capture->replay, &capture->pairs) != TT_OK ||
        tt_replay_tcp_new(&capture->replay->counts, take_tcp_message, capture, &capture->tcp) !=
            TT_OK)
        tt_replay_problem(capture->replay, capture->input, 0, "%s", tt_error_text(TT_ENOMEM));
    else
        read_packets(capture);
    tt_replay_tcp_end(&capture->tcp);
    tt_replay_pairs_end(&capture->pairs);
}

void tt_replay_read_pcap(struct tt_replay *replay, struct tt_replay_input *input)
{
    struct capture capture = {.replay = replay, .input = input};
    char error[PCAP_ERRBUF_SIZE];
    FILE *file = NULL;

    if (!replay->is_software_given)
        replay->software = TT_software_OTHER;
    capture.pcap = open_capture(input, &file, error);
    if (capture.pcap == NULL) {
        tt_replay_problem(replay, input, 0, "%s", error);
        if (file != NULL)
            fclose(file);
        return;
    }
    read_capture(&capture);
    pcap_close(capture.pcap); /* and the file */
}
