/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Observations on standard input (one a line, hexadecimal) to events on standard output: a line of
 * JSON and a line of Protobuf in hexadecimal each; "error" and its text when the record is refused.
 * Usage: event_encode TOPIC CLIENT NAME PREFIX_V4 PREFIX_V6 [COUNT: encode each so often, print
 * ns/event] CLIENT and NAME are words of `privacy`; the key of hash is "golden". With NAME other
 * than full the last two labels of a name are its registrable domain.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/json.h"
#include "event/proto.h"
#include "event/within.h"

static const struct tt_event_origin origin = {
    .node = "ns1.fra",
    .instance = "ns1.fra/unbound",
    .region = "eu-central",
    .software = TT_software_UNBOUND,
    .random = 0x0123456789abcdef,
};

struct encoder {
    enum tt_topic topic;
    struct tt_policy policy;
    unsigned long count;
    struct tt_arena arena;
    char json[TT_EVENT_JSON_MAX], proto[TT_EVENT_PROTO_MAX];
};

static size_t read_hex(const char *text, uint8_t *out, size_t out_cap)
{
    size_t n = 0;
    unsigned byte;

    for (; n < out_cap && sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (uint8_t)byte;
    return n;
}

/* What enrichment would add. */
static void enrich(const struct encoder *encoder, struct tt_event *event)
{
    struct tt_str name = event->query_name;
    unsigned dots = 0;

    TT_EVENT_SET(event, enrichment_id, 0xfedcba9876543210);
    if (encoder->policy.privacy.query_name == TT_PRIVACY_NAME_FULL ||
        !TT_EVENT_HAS(event, query_name))
        return;
    for (uint32_t at = name.len; at-- > 1;) {
        dots += name.ptr[at] == '.' && tt_name_dot_separates(name.ptr, at);
        if (dots == 2) {
            TT_EVENT_SET(event, registrable_domain,
                         ((struct tt_str){name.ptr + at + 1, name.len - at - 1}));
            return;
        }
    }
    if (dots == 1)
        TT_EVENT_SET(event, registrable_domain, name);
}

static void measure(struct encoder *encoder, const struct tt_obs *obs, size_t len)
{
    struct tt_event event;
    uint64_t begin = tt_clock_mono_ns(), made, encoded, packed;
    size_t json_len = 0, proto_len = 0;

    for (unsigned long i = 0; i < encoder->count; i++) {
        tt_arena_reset(&encoder->arena);
        tt_event_from_obs(&event, obs, len, &origin, &encoder->arena);
        enrich(encoder, &event);
    }
    made = tt_clock_mono_ns();
    for (unsigned long i = 0; i < encoder->count; i++) {
        struct tt_buf buf = tt_buf_over(encoder->json, sizeof(encoder->json));
        tt_event_to_json(&event, encoder->topic, &encoder->policy, &buf);
        json_len = buf.len;
    }
    encoded = tt_clock_mono_ns();
    for (unsigned long i = 0; i < encoder->count; i++) {
        struct tt_buf buf = tt_buf_over(encoder->proto, sizeof(encoder->proto));
        tt_event_to_proto(&event, encoder->topic, &encoder->policy, &buf);
        proto_len = buf.len;
    }
    packed = tt_clock_mono_ns();
    double n = (double)encoder->count, make_ns = (double)(made - begin) / n,
           json_ns = (double)(encoded - made) / n;
    printf("obs %zu bytes: event %.0f ns; JSON %zu bytes %.0f ns; Protobuf %zu bytes %.0f ns; "
           "event and JSON "
           "%.0f/s\n",
           len, make_ns, json_len, json_ns, proto_len, (double)(packed - encoded) / n,
           1e9 / (make_ns + json_ns));
}

static void encode(struct encoder *encoder, const struct tt_obs *obs, size_t len)
{
    struct tt_event event;
    struct tt_buf json = tt_buf_over(encoder->json, sizeof(encoder->json));
    struct tt_buf proto = tt_buf_over(encoder->proto, sizeof(encoder->proto));
    int err;

    tt_arena_reset(&encoder->arena);
    err = tt_event_from_obs(&event, obs, len, &origin, &encoder->arena);
    if (err != TT_OK) {
        printf("error %s\n\n", tt_error_text(err));
        return;
    }
    enrich(encoder, &event);
    tt_event_to_json(&event, encoder->topic, &encoder->policy, &json);
    tt_event_to_proto(&event, encoder->topic, &encoder->policy, &proto);
    fwrite(json.data, 1, json.len, stdout);
    putchar('\n');
    for (size_t i = 0; i < proto.len; i++)
        printf("%02x", (unsigned char)proto.data[i]);
    putchar('\n');
}

static unsigned find_word(const char *word, const char *const *words, unsigned words_n)
{
    unsigned at = 0;

    while (at < words_n && strcmp(word, words[at]) != 0)
        at++;
    return at;
}

static bool parse_arguments(struct encoder *encoder, int argc, char **argv)
{
    static const char *const topics[] = {"raw", "normalized", "enriched"};
    static const char *const clients[] = {"net", "full", "hash", "none"};
    static const char *const names[] = {"full", "registrable", "none"};
    static const struct tt_hash_key key = {"0123456789abcdef", 6, "golden"};
    struct tt_privacy privacy = {0};

    if (argc < 6)
        return false;
    encoder->topic = (enum tt_topic)find_word(argv[1], topics, TT_COUNT(topics));
    privacy.client = (uint8_t)find_word(argv[2], clients, TT_COUNT(clients));
    privacy.query_name = (uint8_t)find_word(argv[3], names, TT_COUNT(names));
    privacy.prefix_v4 = (uint8_t)atoi(argv[4]);
    privacy.prefix_v6 = (uint8_t)atoi(argv[5]);
    encoder->count = argc > 6 ? strtoul(argv[6], NULL, 10) : 0;
    return encoder->topic < TT_COUNT(topics) &&
           tt_policy_init(&encoder->policy, &privacy, &key) == TT_OK;
}

int main(int argc, char **argv)
{
    static struct encoder encoder;
    static char line[4 * TT_OBS_MAX];

    if (!parse_arguments(&encoder, argc, argv) ||
        tt_arena_init(&encoder.arena, TT_EVENT_ARENA_MAX) != TT_OK)
        return 2;
    while (fgets(line, sizeof(line), stdin) != NULL) {
        uint8_t *copy = malloc(2 * TT_OBS_MAX);
        size_t len = copy != NULL ? read_hex(line, copy, 2 * TT_OBS_MAX) : 0;
        uint8_t *exact =
            malloc(len > 0 ? len : 1); /* of just this size, so that a sanitizer sees its end */

        if (exact == NULL)
            return 2;
        memcpy(exact, copy, len);
        free(copy);
        (encoder.count > 0 ? measure : encode)(&encoder, (struct tt_obs *)(void *)exact, len);
        free(exact);
    }
    tt_arena_fini(&encoder.arena);
    tt_policy_fini(&encoder.policy);
    return 0;
}
