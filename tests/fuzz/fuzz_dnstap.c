/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for the way of a dnstap payload: decoder, observation, event. Whatever the bytes are,
 * the observation is one that the pipeline takes, and each payload is an event, skipped or
 * malformed.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "ctl/replay_dnstap.h"
#include "event/dnstap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const struct tt_event_origin origin = {"n", "n/other", NULL, TT_software_OTHER, 1};
static struct tt_replay replay;
static struct tt_arena arena;
static char written[TT_EVENT_DNSTAP_MAX];

void tt_replay_problem(struct tt_replay *of, const struct tt_replay_input *input, uint64_t offset,
                       const char *format, ...)
{
    (void)input;
    (void)offset;
    (void)format;
    of->problems++;
}

/* Out again, whole and with a hidden client: always something that can be read. */
static void write_event(const struct tt_event *event)
{
    static const struct tt_hash_key no_key;

    for (unsigned client = TT_PRIVACY_NET; client <= TT_PRIVACY_FULL; client++) {
        struct tt_privacy privacy = {(uint8_t)client, TT_PRIVACY_NAME_FULL, 24, 48, NULL};
        struct tt_buf buf = tt_buf_over(written, sizeof(written));
        struct tt_dnstap dnstap;
        struct tt_policy policy;

        MUST(tt_policy_init(&policy, &privacy, &no_key) == TT_OK);
        tt_event_to_dnstap(event, TT_TOPIC_DNSTAP, &policy, &buf);
        tt_policy_fini(&policy);
        MUST(!buf.overflow && tt_dnstap_read(&dnstap, written, buf.len) == TT_OK);
    }
}

static void make_event(void *arg, const struct tt_obs *obs, size_t len)
{
    struct tt_event event;

    (void)arg;
    MUST(len <= TT_OBS_MAX && len == sizeof(*obs) + obs->tail_len);
    tt_arena_reset(&arena);
    MUST(tt_event_from_obs(&event, obs, len, &origin, &arena) == TT_OK);
    MUST(TT_EVENT_HAS(&event, message_type) && TT_EVENT_HAS(&event, outcome) &&
         TT_EVENT_HAS(&event, timestamp));
    write_event(&event);
}

/* Views stay in the payload. */
static void check_views(const struct tt_dnstap *dnstap, const uint8_t *data, size_t len)
{
    const struct tt_dnstap_message *message = &dnstap->message;

    if (tt_dnstap_has(dnstap->have, TT_DNSTAP_F_VERSION))
        MUST(dnstap->version.ptr >= data &&
             dnstap->version.ptr + dnstap->version.len <= data + len);
    if (tt_dnstap_has(dnstap->have, TT_DNSTAP_F_MESSAGE) &&
        tt_dnstap_has(message->have, TT_DNSTAP_MESSAGE_F_RESPONSE_MESSAGE))
        MUST(message->response_message.ptr >= data &&
             message->response_message.ptr + message->response_message.len <= data + len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tt_replay_counts *counts = &replay.counts;
    struct tt_dnstap dnstap;
    uint64_t skipped = 0;
    int err;

    if (arena.cap == 0)
        MUST(tt_arena_init(&arena, TT_EVENT_ARENA_MAX) == TT_OK);
    *counts = (struct tt_replay_counts){.frames = 0};
    replay.out.observe = make_event;
    err = tt_dnstap_read(&dnstap, data, len);
    if (err == TT_OK)
        check_views(&dnstap, data, len);
    MUST(tt_replay_dnstap_payload(&replay, data, len) == err);
    for (unsigned i = 0; i < TT_REPLAY_SKIPS_N; i++)
        skipped += counts->skipped[i];
    MUST(counts->events + counts->malformed + skipped == 1 &&
         (counts->malformed == 1) == (err != TT_OK));
    return 0;
}
