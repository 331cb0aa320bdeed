/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "build.h"
#include "event/facts.h"
#include "event/json.h"
#include "event/proto.h"

#define WWW "\3www\7example\0"

static struct build build;

/* Each `have` bit, and every field that it alone makes known. */
static const struct {
    unsigned have;
    enum tt_field fields[2];
    unsigned fields_n;
} have_cases[] = {
    {TT_HAVE_QUERY_TYPE, {TT_FIELD_query_type, TT_FIELD_query_class}, 2},
    {TT_HAVE_QUERY_ID, {TT_FIELD_query_id}, 1},
    {TT_HAVE_QUERY_SIZE, {TT_FIELD_query_size}, 1},
    {TT_HAVE_OPCODE, {TT_FIELD_opcode}, 1},
    {TT_HAVE_QUERY_FLAGS, {TT_FIELD_rd, TT_FIELD_cd}, 2},
    {TT_HAVE_DNSSEC_OK, {TT_FIELD_dnssec_ok}, 1},
    {TT_HAVE_EDNS_UDP_SIZE, {TT_FIELD_edns_udp_size}, 1},
    {TT_HAVE_RESPONSE_CODE, {TT_FIELD_response_code}, 1},
    {TT_HAVE_RESPONSE_FLAGS, {TT_FIELD_aa, TT_FIELD_ra}, 2},
    {TT_HAVE_TC, {TT_FIELD_tc}, 1},
    {TT_HAVE_AD, {TT_FIELD_ad}, 1},
    {TT_HAVE_ANSWER_COUNT, {TT_FIELD_answer_count}, 1},
    {TT_HAVE_TTL, {TT_FIELD_ttl}, 1},
    {TT_HAVE_TTL_ORIGINAL, {TT_FIELD_ttl_original}, 1},
    {TT_HAVE_RESPONSE_SIZE, {TT_FIELD_response_size}, 1},
    {TT_HAVE_LATENCY, {TT_FIELD_latency_us}, 1},
    {TT_HAVE_EDE_CODE, {TT_FIELD_ede_code}, 1},
    {TT_HAVE_UPSTREAM_COUNT, {TT_FIELD_upstream_count}, 1},
    {TT_HAVE_UPSTREAM_RTT, {TT_FIELD_upstream_rtt_us}, 1},
    {TT_HAVE_CLIENT_PORT, {TT_FIELD_client_port}, 1},
    {TT_HAVE_SERVER_PORT, {TT_FIELD_server_port}, 1},
    {TT_HAVE_UPSTREAM_PORT, {TT_FIELD_upstream_port}, 1},
    {TT_HAVE_WORKER, {TT_FIELD_worker}, 1},
    {TT_HAVE_COALESCED, {TT_FIELD_coalesced}, 1},
    {TT_HAVE_REFERRAL, {TT_FIELD_referral}, 1},
    {TT_HAVE_ANSWERS, {TT_FIELD_kind}, 0},
};

static void a_have_bit_makes_its_fields_known(void **state)
{
    struct tt_fields base;

    (void)state;
    assert_int_equal(TT_COUNT(have_cases), 26); /* one for each bit of enum tt_obs_have */
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build.record.obs.have = 0;
    assert_int_equal(build_event(&build), TT_OK);
    base = build.event.have;
    for (size_t i = 0; i < TT_COUNT(have_cases); i++) {
        struct tt_fields expect = base;

        for (unsigned j = 0; j < have_cases[i].fields_n; j++)
            tt_fields_add(&expect, have_cases[i].fields[j]);
        build.record.obs.have = have_cases[i].have;
        assert_int_equal(build_event(&build), TT_OK);
        assert_memory_equal(&build.event.have, &expect, sizeof(expect));
    }
}

static void numbers_without_a_word_are_absent(void **state)
{
    struct tt_obs *obs = &build.record.obs;

    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    obs->transport = obs->outcome = obs->drop_reason = obs->cache_status = obs->dnssec_status = 200;
    obs->policy_action = obs->servfail_reason = obs->upstream_role = obs->upstream_transport = 200;
    obs->client_ip.family = obs->upstream_ip.family = 5;
    assert_int_equal(build_event(&build), TT_OK);
    assert_false(TT_EVENT_HAS(&build.event, transport) || TT_EVENT_HAS(&build.event, outcome));
    assert_false(TT_EVENT_HAS(&build.event, drop_reason) || TT_EVENT_HAS(&build.event, cache_status));
    assert_false(TT_EVENT_HAS(&build.event, dnssec_status) || TT_EVENT_HAS(&build.event, policy_action));
    assert_false(TT_EVENT_HAS(&build.event, servfail_reason) || TT_EVENT_HAS(&build.event, upstream_role));
    assert_false(TT_EVENT_HAS(&build.event, upstream_transport) || TT_EVENT_HAS(&build.event, client_ip));
    assert_false(TT_EVENT_HAS(&build.event, client_net) || TT_EVENT_HAS(&build.event, upstream_ip));
}

static void texts_are_cleaned_and_cut_and_empty_ones_absent(void **state)
{
    static char longest[2000];
    static const struct {
        const char *text;
        size_t len;
        const char *expect; /* NULL: absent */
    } cases[] = {
        {"plain", 5, "plain"},
        {"", 0, NULL},
        {"a\nb", 3,
         "a\xef\xbf\xbd"
         "b"},
        {"\xff", 1, "\xef\xbf\xbd"},
        {longest, sizeof(longest), "512"},
    };

    (void)state;
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        build_begin(&build, TT_message_type_CLIENT_RESPONSE);
        tt_obs_put(&build.writer, TT_TAIL_EDE_TEXT, 0, cases[i].text, cases[i].len);
        assert_int_equal(build_event(&build), TT_OK);
        assert_int_equal(TT_EVENT_HAS(&build.event, ede_text), cases[i].expect != NULL);
        if (cases[i].text == longest)
            assert_int_equal(build.event.ede_text.len, TT_OBS_TEXT_MAX);
        else if (cases[i].expect != NULL)
            assert_true(tt_str_equal(build.event.ede_text, tt_str_from(cases[i].expect)));
    }
}

static void an_item_of_an_unknown_kind_is_passed_over(void **state)
{
    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    tt_obs_put(&build.writer, 250, 0, "later", 5);
    build_qname(&build, WWW, sizeof(WWW) - 1);
    assert_int_equal(build_event(&build), TT_OK);
    assert_true(tt_str_equal(build.event.query_name, TT_STR("www.example")));
}

static void a_bad_client_subnet_is_absent_and_harms_nothing(void **state)
{
    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    tt_obs_put(&build.writer, TT_TAIL_ECS, 0, "\0\1\x21\0\xc0\0\2\1\1", 9);
    assert_int_equal(build_event(&build), TT_OK);
    assert_false(TT_EVENT_HAS(&build.event, ecs));
}

static void every_shorter_record_is_refused(void **state)
{
    size_t whole;

    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build_qname(&build, WWW, sizeof(WWW) - 1);
    build_rr(&build, TT_RR_ANSWER, 1, WWW, sizeof(WWW) - 1, "\1\2\3\4", 4);
    whole = sizeof(struct tt_obs) + build.record.obs.tail_len;
    for (size_t len = 0; len <= whole; len++) {
        struct tt_obs *copy = malloc(whole); /* of its own, so that a sanitizer sees its end */

        memcpy(copy, &build.record, whole);
        tt_arena_reset(&build.arena);
        assert_int_equal(tt_event_from_obs(&build.event, copy, len, &build_origin, &build.arena),
                         len == whole ? TT_OK : TT_EMALFORMED);
        free(copy);
    }
}

static void a_used_up_arena_is_said_and_nothing_more(void **state)
{
    int err = TT_ENOMEM;

    (void)state;
    for (size_t cap = 0; err == TT_ENOMEM; cap += 8) {
        struct tt_arena small;

        assert_true(cap < 8192);
        assert_int_equal(tt_arena_init(&small, cap + 1), TT_OK);
        build_begin(&build, TT_message_type_RESOLVER_RESPONSE);
        build.record.obs.query_type = 16;
        build_qname(&build, WWW, sizeof(WWW) - 1);
        tt_obs_put(&build.writer, TT_TAIL_VIEW, 0, "view", 4);
        build_rr(&build, TT_RR_ANSWER, 5, WWW, sizeof(WWW) - 1, "\1a\0", 3);
        build_rr(&build, TT_RR_ANSWER, 16, "\1a\0", 3, "\1x", 2);
        err = tt_event_from_obs(&build.event, &build.record.obs,
                                sizeof(struct tt_obs) + build.record.obs.tail_len, &build_origin, &small);
        tt_arena_fini(&small);
    }
    assert_int_equal(err, TT_OK);
}

static char json[TT_EVENT_JSON_MAX], proto[TT_EVENT_PROTO_MAX];

static void change_some_bytes(uint8_t *bytes, size_t len)
{
    for (int n = rand() % 6; n >= 0; n--) {
        size_t at = rand() % 3 == 0 ? (size_t)rand() % len
                                    : sizeof(struct tt_obs) + (size_t)rand() % (len - sizeof(struct tt_obs));
        bytes[at] = (uint8_t)(rand() % 2 == 0 ? rand() : bytes[at] + rand() % 3 - 1);
    }
}

/* Under the sanitizers this is the test that no record, however broken, is believed. */
static void a_damaged_record_never_harms(void **state)
{
    static const uint8_t response[] =
        "\0\1\x81\x80\0\1\0\1\0\0\0\0\3www\7example\0\0\1\0\1\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1a\xc0\x10";
    static const struct tt_privacy privacy = {TT_PRIVACY_FULL, TT_PRIVACY_NAME_FULL, 24, 48, NULL};
    struct tt_policy policy;
    unsigned made = 0, refused = 0;

    (void)state;
    srand(20);
    assert_int_equal(tt_policy_init(&policy, &privacy, &(struct tt_hash_key){"", 0, {0}}), TT_OK);
    for (unsigned round = 0; round < 20000; round++) {
        struct tt_buf json_buf = tt_buf_over(json, sizeof(json)),
                      proto_buf = tt_buf_over(proto, sizeof(proto));
        size_t len;

        build_begin(&build, TT_message_type_RESOLVER_RESPONSE);
        if (round % 2 == 0) {
            build_qname(&build, WWW, sizeof(WWW) - 1);
            build_rr(&build, TT_RR_ANSWER, 5, WWW, sizeof(WWW) - 1, "\1a\0", 3);
            build_rr(&build, TT_RR_ANSWER, 1, "\1a\0", 3, "\1\2\3\4", 4);
            build_rr(&build, TT_RR_AUTHORITY, 2, "\1a\0", 3, "\2ns\0", 4);
        } else {
            tt_obs_put(&build.writer, TT_TAIL_RESPONSE, 0, response, sizeof(response) - 1);
        }
        tt_obs_put(&build.writer, TT_TAIL_EDE_TEXT, 0, "text", 4);
        len = sizeof(struct tt_obs) + build.record.obs.tail_len;
        change_some_bytes(build.record.bytes, len);
        tt_arena_reset(&build.arena);
        if (tt_event_from_obs(&build.event, &build.record.obs, len, &build_origin, &build.arena) != TT_OK) {
            refused++;
            continue;
        }
        made++;
        tt_event_to_json(&build.event, TT_TOPIC_ENRICHED, &policy, &json_buf);
        tt_event_to_proto(&build.event, TT_TOPIC_ENRICHED, &policy, &proto_buf);
        assert_false(json_buf.overflow || proto_buf.overflow);
    }
    assert_true(made > 1000 && refused > 1000);
}

/* Records of a response image that cannot be read leave nothing behind in the arena. */
static void records_that_cannot_be_read_take_no_room(void **state)
{
    enum { RECORDS = 200 };
    static const uint8_t head[] = "\0\1\x81\x80\0\1\0\xc8\0\0\0\0\3www\7example\0\0\1\0\1";
    static const uint8_t record[] = "\xc0\x0c\0\1\0\1\0\0\0\1\0\3abc"; /* an address of three bytes */
    uint8_t image[sizeof(head) - 1 + RECORDS * (sizeof(record) - 1)];

    (void)state;
    memcpy(image, head, sizeof(head) - 1);
    for (size_t i = 0; i < RECORDS; i++)
        memcpy(image + sizeof(head) - 1 + i * (sizeof(record) - 1), record, sizeof(record) - 1);
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build.record.obs.have = 0;
    tt_obs_put(&build.writer, TT_TAIL_RESPONSE, 0, image, sizeof(image));
    assert_int_equal(build_event(&build), TT_OK);
    assert_true(TT_EVENT_HAS(&build.event, answer_truncated) && build.event.answer_count == RECORDS);
    assert_true(build.arena.len < sizeof(struct tt_facts) + 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_have_bit_makes_its_fields_known),
        cmocka_unit_test(numbers_without_a_word_are_absent),
        cmocka_unit_test(texts_are_cleaned_and_cut_and_empty_ones_absent),
        cmocka_unit_test(an_item_of_an_unknown_kind_is_passed_over),
        cmocka_unit_test(a_bad_client_subnet_is_absent_and_harms_nothing),
        cmocka_unit_test(every_shorter_record_is_refused),
        cmocka_unit_test(a_used_up_arena_is_said_and_nothing_more),
        cmocka_unit_test(a_damaged_record_never_harms),
        cmocka_unit_test(records_that_cannot_be_read_take_no_room),
    };
    int failed;

    if (tt_arena_init(&build.arena, TT_EVENT_ARENA_MAX) != TT_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tt_arena_fini(&build.arena);
    return failed;
}
