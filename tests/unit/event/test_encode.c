/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Both writers, on events that no observation makes: every field, the longest texts, bad texts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/json.h"
#include "event/proto.h"

static struct tt_policy full;
static char json[TT_EVENT_JSON_MAX + 1], proto[TT_EVENT_PROTO_MAX];

static const char *json_of(const struct tt_event *event)
{
    struct tt_buf buf = tt_buf_over(json, TT_EVENT_JSON_MAX);

    tt_event_to_json(event, TT_TOPIC_ENRICHED, &full, &buf);
    assert_false(buf.overflow);
    json[buf.len] = '\0';
    return json;
}

static void values_have_one_form_each(void **state)
{
    struct tt_event event;

    (void)state;
    memset(&event, 0, sizeof(event));
#define CASE(id, value, expect)                                                                              \
    do {                                                                                                     \
        event.have = (struct tt_fields){{0, 0}};                                                             \
        TT_EVENT_SET(&event, id, value);                                                                     \
        assert_string_equal(json_of(&event), "{\"" #id "\":" expect "}");                                    \
    } while (0)
    CASE(kind, 1, "\"dns\"");
    CASE(schema_version, 1, "1");
    CASE(event_id, 0x0001000000000007, "\"00000000000000000001000000000007\"");
    CASE(timestamp, 1795251900123456, "\"2026-11-21T09:05:00.123456Z\"");
    CASE(timestamp, 0, "\"1970-01-01T00:00:00.000000Z\"");
    CASE(query_id, 65535, "65535");
    CASE(ttl, 4294967295, "4294967295");
    CASE(ttl, 100, "100");
    CASE(ttl, 99, "99");
    CASE(ttl, 10, "10");
    CASE(ttl, 9, "9");
    CASE(ttl, 0, "0");
    CASE(rd, true, "true");
    CASE(rd, false, "false");
    CASE(answer_digest, 1, "\"0000000000000001\"");
    CASE(query_type, 28, "\"AAAA\"");
    CASE(query_type, 65280, "\"TYPE65280\"");
    CASE(query_class, 3, "\"CH\"");
    CASE(response_code, 3, "\"NXDOMAIN\"");
    CASE(response_code, 3841, "\"RCODE3841\"");
    CASE(opcode, 5, "\"UPDATE\"");
    CASE(opcode, 15, "\"OPCODE15\"");
    CASE(dga_score, 0.5f, "0.5");
    CASE(dga_score, 1.0f, "1");
    CASE(dga_score, 0.000001f, "0.000001");
    CASE(dga_score, -1.0f, "0");
    CASE(dga_score, 0.0f / 0.0f, "0");
    CASE(sample_weight, 1e30f, "4000000000");
    CASE(server_ip, ((struct tt_ip){4, {192, 0, 2, 1}}), "\"192.0.2.1\"");
    CASE(server_ip, ((struct tt_ip){6, {0x20, 1, 0xd, 0xb8, [15] = 1}}), "\"2001:db8::1\"");
    CASE(query_name, TT_STR("."), "\".\"");
    CASE(query_name, TT_STR("a\\.b\\\\\"c"), "\"a\\\\.b\\\\\\\\\\\"c\"");
    CASE(query_name, TT_STR("0123456\"89abcdef\\"), "\"0123456\\\"89abcdef\\\\\"");
#undef CASE
}

/* Texts that no stage has cleaned: of a configuration, or of a stage to come. */
static void a_text_that_was_not_cleaned_is_cleaned_on_the_way_out(void **state)
{
    struct tt_event event = {.have = {{0, 0}}};
    char text[40];

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (unsigned at = 0; at < 17; at++) {
            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            TT_EVENT_SET(&event, node, ((struct tt_str){text, 17}));
            for (const char *c = json_of(&event); *c != '\0'; c++)
                assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c != 0x7f);
            if (byte < 0x20 || byte >= 0x7f)
                assert_non_null(strstr(json, "\xef\xbf\xbd"));
        }
    }
}

/* Texts and lists that every row of such a kind gets: far beyond any cap. */
static void set_texts(struct tt_event *event, struct tt_str text)
{
    struct tt_str *const members[] = {
        &event->instance, &event->source_region, &event->node, &event->probe_id, &event->view,
        &event->query_name, &event->client_hash, &event->client_hash_key, &event->dnssec_reason,
        &event->ede_text, &event->policy_name, &event->upstream_zone, &event->registrable_domain,
        &event->public_suffix, &event->watched_zone, &event->as_org, &event->country, &event->ecs_country,
        &event->threat_list, &event->threat_category, &event->zone_owner, &event->zone_class,
        &event->residency};

    for (size_t i = 0; i < TT_COUNT(members); i++)
        *members[i] = text;
}

/* Every field set, every text far longer than its cap and all backslashes or all controls. */
static void the_longest_event_fits(void **state)
{
    static char text[20000];
    static struct tt_str texts[2 * TT_EVENT_LIST_MAX];
    static struct tt_ip ips[2 * TT_EVENT_LIST_MAX];
    static uint32_t numbers[2 * TT_EVENT_LIST_MAX];
    static const struct {
        char byte;
        uint32_t item_len;
    } cases[] = {
        {'\\', sizeof(text)}, {'\\', 500}, {'\\', 1003}, {'x', 1003}, {1, 1003}, {1, 128}, {1, 2}, {'"', 1}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_buf json_buf = tt_buf_over(json, TT_EVENT_JSON_MAX);
        struct tt_buf proto_buf = tt_buf_over(proto, sizeof(proto));
        struct tt_event event;

        memset(text, cases[i].byte, sizeof(text));
        memset(&event, 0xff, sizeof(event));
        event.rd = event.cd = event.dnssec_ok = event.coalesced = event.aa = event.tc = event.ra = event.ad =
            false;
        event.answer_truncated = event.referral = event.newly_observed = false;
        for (size_t j = 0; j < TT_COUNT(texts); j++) {
            texts[j] = (struct tt_str){text, cases[i].item_len};
            memset(&ips[j], 0xff, sizeof(ips[j]));
            numbers[j] = UINT32_MAX;
        }
set_texts(&event, (struct tt_str){text, sizeof(text)});
        event.answer_ips = (struct tt_ips){ips, TT_COUNT(ips)};
        event.answer_asn = (struct tt_u32s){numbers, TT_COUNT(numbers)};
        event.answer_names = event.answer_rdata = event.answer_country =
            (struct tt_strs){texts, TT_COUNT(texts)};
        tt_event_to_json(&event, TT_TOPIC_ENRICHED, &full, &json_buf);
        tt_event_to_proto(&event, TT_TOPIC_ENRICHED, &full, &proto_buf);
        assert_false(json_buf.overflow || proto_buf.overflow);
        assert_true(json_buf.len > 8000 && proto_buf.len > 8000);
        for (size_t j = 0; j < json_buf.len; j++)
            assert_true((unsigned char)json[j] >= 0x20 && json[j] != 0x7f);
    }
}

static void without_room_nothing_is_written(void **state)
{
    struct tt_event event = {.have = {{0, 0}}};
    struct tt_buf small = tt_buf_over(json, TT_EVENT_JSON_MAX - 1),
                  tiny = tt_buf_over(proto, TT_EVENT_PROTO_MAX - 1);

    (void)state;
    TT_EVENT_SET(&event, kind, 1);
    tt_event_to_json(&event, TT_TOPIC_RAW, &full, &small);
    tt_event_to_proto(&event, TT_TOPIC_RAW, &full, &tiny);
    assert_true(small.overflow && small.len == 0 && tiny.overflow && tiny.len == 0);
}

static void a_protobuf_value_is_its_key_and_its_bytes(void **state)
{
    struct tt_event event;

    (void)state;
    memset(&event, 0, sizeof(event));
#define CASE(id, value, expect)                                                                              \
    do {                                                                                                     \
        struct tt_buf buf = tt_buf_over(proto, sizeof(proto));                                               \
        event.have = (struct tt_fields){{0, 0}};                                                             \
        TT_EVENT_SET(&event, id, value);                                                                     \
        tt_event_to_proto(&event, TT_TOPIC_ENRICHED, &full, &buf);                                           \
        assert_int_equal(buf.len, sizeof(expect) - 1);                                                       \
        assert_memory_equal(proto, expect, buf.len);                                                         \
    } while (0)
    CASE(kind, 1, "\x08\x01");
    CASE(rd, false, "\xc0\x01\x00");
    CASE(query_type, 65280, "\x98\x01\x80\xfe\x03");
    CASE(timestamp, 0x0102030405060708, "\x21\x08\x07\x06\x05\x04\x03\x02\x01");
    CASE(event_id, 0x0102030405060708, "\x1a\x10\0\0\0\0\0\0\0\0\1\2\3\4\5\6\7\x08");
    CASE(query_name, TT_STR("a.b"),
         "\x92\x01\x03"
         "a.b");
    CASE(dga_score, 1.0f, "\xad\x05\x00\x00\x80\x3f");
    CASE(server_ip, ((struct tt_ip){4, {192, 0, 2, 1}}), "\xaa\x02\x04\xc0\x00\x02\x01");
    CASE(ecs, ((struct tt_net){{4, {192, 0, 2, 0}}, 24}), "\xe2\x01\x05\xc0\x00\x02\x00\x18");
#undef CASE
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_one_form_each),
        cmocka_unit_test(a_text_that_was_not_cleaned_is_cleaned_on_the_way_out),
        cmocka_unit_test(the_longest_event_fits),
        cmocka_unit_test(without_room_nothing_is_written),
        cmocka_unit_test(a_protobuf_value_is_its_key_and_its_bytes),
    };

    const struct tt_privacy privacy = {TT_PRIVACY_FULL, TT_PRIVACY_NAME_FULL, 24, 48, NULL};

    return tt_policy_init(&full, &privacy, &(struct tt_hash_key){"", 0, {0}}) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
