/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Our own records, read back: what was written is what comes out, what is wrong is named. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/replay_json.h"
#include "event/json.h"

#define HEAD                                                                                       \
    "{\"kind\":\"dns\",\"schema_version\":1,\"event_id\":\"00000000000000a10001000000000007\","    \
    "\"timestamp\":\"2026-11-21T09:05:00.123456Z\""
#define ANSWERED "\"message_type\":\"client_response\",\"outcome\":\"answered\""

/* Every field that the topic raw has, with values that no default is. */
static const char whole[] = HEAD
    ",\"instance\":\"ns1/"
    "bind\",\"software\":\"bind\",\"source_region\":\"eu-\\\"north\",\"dup\":\"maybe\","
    "\"transaction_id\":\"00000000000000a10001000000000003\",\"parent_transaction_id\":"
    "\"00000000000000a10001000000000002\","
    "\"message_type\":\"resolver_response\",\"node\":\"ns1\",\"probe_id\":\"p\",\"view\":"
    "\"int\xc3\xa9rieur\",\"worker\":3,"
    "\"query_name\":\"a\\\\.b\\\\200.example.com\",\"query_type\":\"TYPE65280\",\"query_class\":"
    "\"CLASS32\","
    "\"opcode\":\"NOTIFY\",\"query_id\":65535,\"query_size\":40,\"rd\":true,\"cd\":false,\"dnssec_"
    "ok\":true,"
    "\"edns_udp_size\":1232,\"ecs\":\"198.51.100.0/"
    "24\",\"coalesced\":true,\"client_ip\":\"192.0.2.7\","
    "\"client_net\":\"192.0.2.7/"
    "32\",\"client_port\":40001,\"transport\":\"doq\",\"proxied_by\":\"2001:db8::5\","
    "\"server_ip\":\"192.0.2.1\",\"server_port\":53,\"outcome\":\"dropped\",\"drop_reason\":"
    "\"policy\","
    "\"response_code\":\"RCODE3000\",\"aa\":true,\"tc\":false,\"ra\":true,\"ad\":false,\"answer_"
    "count\":2,"
    "\"answer_ips\":[\"192.0.2.9\",\"2001:db8::9\"],\"answer_names\":[\"c.example.com\",\".\"],"
    "\"answer_rdata\":[\"10 "
    "mx.example.com\",\"x\"],\"answer_truncated\":true,\"answer_digest\":\"00ff00ff00ff00ff\","
    "\"soa_serial\":4294967295,\"ttl\":0,\"response_size\":512,\"latency_us\":4294967295,\"cache_"
    "status\":\"stale\","
    "\"dnssec_status\":\"bogus\",\"dnssec_reason\":\"no "
    "keys\",\"ede_code\":9,\"ede_text\":\"text\","
    "\"policy_name\":\"rule\",\"policy_action\":\"tcp_only\",\"servfail_reason\":\"cached\","
    "\"upstream_ip\":\"192.0.2.53\","
    "\"upstream_port\":53,\"upstream_transport\":\"dot\",\"upstream_role\":\"backend\",\"upstream_"
    "zone\":\"example.com\","
    "\"upstream_count\":2,\"upstream_rtt_us\":1,\"ttl_original\":7,\"referral\":true}";

struct reading {
    struct tt_replay replay;
    struct tt_arena arena;
    char json[TT_EVENT_JSON_MAX];
    size_t json_len;
    char why[256];
};

/* Written again, as topic raw with nothing hidden. */
static void write_again(void *arg, struct tt_event *event)
{
    static const struct tt_privacy open = {TT_PRIVACY_FULL, TT_PRIVACY_NAME_FULL, 32, 128, NULL};
    struct reading *reading = arg;
    struct tt_buf buf = tt_buf_over(reading->json, sizeof(reading->json));
    struct tt_policy policy;

    assert_int_equal(tt_policy_init(&policy, &open, &(struct tt_hash_key){.len = 0}), 0);
    tt_event_to_json(event, TT_TOPIC_RAW, &policy, &buf);
    tt_policy_fini(&policy);
    assert_false(buf.overflow);
    reading->json_len = buf.len;
}

static enum tt_replay_line read_line(struct reading *reading, const char *line)
{
    struct tt_buf why = tt_buf_over(reading->why, sizeof(reading->why));
    enum tt_replay_line result;

    reading->json_len = 0;
    result = tt_replay_json_line(&reading->replay, line, strlen(line), &why);
    tt_buf_cstr(&why);
    return result;
}

static int set_up(void **state)
{
    struct reading *reading = calloc(1, sizeof(*reading));

    assert_non_null(reading);
    assert_int_equal(tt_arena_init(&reading->arena, TT_EVENT_ARENA_MAX), 0);
    reading->replay.out.event = write_again;
    reading->replay.out.arg = reading;
    reading->replay.arena = &reading->arena;
    *state = reading;
    return 0;
}

static int tear_down(void **state)
{
    struct reading *reading = *state;

    tt_arena_fini(&reading->arena);
    free(reading);
    return 0;
}

static void a_record_comes_back_as_it_was(void **state)
{
    struct reading *reading = *state;

    if (read_line(reading, whole) != TT_REPLAY_LINE_TAKEN)
        fail_msg("%s", reading->why);
    reading->json[reading->json_len] = '\0';
    assert_string_equal(reading->json, whole);
}

/* The test above is worth something only while it holds every field of the topic. */
static void no_field_is_forgotten(void **state)
{
    static const char *const left_out[] = {"sample_weight", "enrichment_id", "client_hash",
                                           "client_hash_key"};
    struct tt_fields fields = tt_fields_of_topic(TT_TOPIC_RAW);

    (void)state;
    for (unsigned i = 0; i < TT_FIELDS_N; i++) {
        char key[80];
        bool is_left_out = !tt_fields_have(&fields, i);

        snprintf(key, sizeof(key), "\"%s\":", tt_field_rows[i].id);
        for (size_t k = 0; k < TT_COUNT(left_out); k++)
            is_left_out |= strcmp(tt_field_rows[i].id, left_out[k]) == 0;
        if (!is_left_out && strstr(whole, key) == NULL)
            fail_msg("%s is not in the record of this test", tt_field_rows[i].id);
    }
}

struct line {
    const char *name, *text;
    enum tt_replay_line result;
    const char *part; /* of why, or of the record written again; behind a '!': is not in it */
};

#define TAKEN TT_REPLAY_LINE_TAKEN
#define SKIPPED TT_REPLAY_LINE_SKIPPED
#define MALFORMED TT_REPLAY_LINE_MALFORMED
#define REST "," ANSWERED "}"

static const struct line lines[] = {
    {"the least record", HEAD REST, TAKEN, "\"message_type\":\"client_response\""},
    {"computed fields are dropped",
     HEAD ",\"registrable_domain\":5,\"country\":{},\"enrichment_id\":1" REST, TAKEN,
     "!registrable_domain"},
    {"keys that are not known", HEAD ",\"later\":[1,{}]" REST, TAKEN, "\"event_id\""},
    {"a word that is not known is absent", HEAD ",\"transport\":\"carrier_pigeon\"" REST, TAKEN,
     "!transport"},
    {"names become what names are", HEAD ",\"query_name\":\"WWW.Example.COM.\"" REST, TAKEN,
     "\"query_name\":\"www.example.com\""},
    {"a whole client makes a whole network",
     HEAD ",\"client_ip\":\"192.0.2.7\",\"client_net\":\"192.0.2.0/24\"" REST, TAKEN,
     "\"client_net\":\"192.0.2.7/32\""},
    {"a network without its client stays", HEAD ",\"client_net\":\"2001:db8::/48\"" REST, TAKEN,
     "\"client_net\":\"2001:db8::/48\""},
    {"a transaction of another start is absent",
     HEAD ",\"transaction_id\":\"00000000000000a20001000000000003\"" REST, TAKEN,
     "!transaction_id"},
    {"books", "{\"kind\":\"books\"}", SKIPPED, ""},
    {"a kind of later versions", "{\"kind\":\"weather\"}", SKIPPED, ""},
    {"a schema of later versions", "{\"kind\":\"dns\",\"schema_version\":2}", SKIPPED, ""},
    {"an empty object", "{}", MALFORMED, "it has no kind"},
    {"a list", "[]", MALFORMED, "no JSON object"},
    {"no JSON", "{\"kind\":\"dns\",}", MALFORMED, "at column"},
    {"a cut line", HEAD, MALFORMED, "at column"},
    {"bytes that are no UTF-8", "{\"kind\":\"dns\xff\"}", MALFORMED, "at column"},
    {"no event_id", "{\"kind\":\"dns\",\"timestamp\":\"2026-11-21T09:05:00.123456Z\"" REST,
     MALFORMED, "no event_id"},
    {"no outcome", HEAD ",\"message_type\":\"client_response\"}", MALFORMED, "no outcome"},
    {"a number for a name", HEAD ",\"query_name\":5" REST, MALFORMED,
     "query_name: expected a domain name"},
    {"an empty name", HEAD ",\"query_name\":\"\"" REST, MALFORMED, "query_name"},
    {"a label too long",
     HEAD ",\"query_name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
          "com\"" REST,
     MALFORMED, "query_name"},
    {"a port too high", HEAD ",\"client_port\":65536" REST, MALFORMED,
     "client_port: expected a number up to 65535"},
    {"a number below 0", HEAD ",\"ttl\":-1" REST, MALFORMED, "ttl"},
    {"a fraction", HEAD ",\"ttl\":1.5" REST, MALFORMED, "ttl"},
    {"a text for a flag", HEAD ",\"rd\":\"true\"" REST, MALFORMED, "rd: expected true or false"},
    {"a type that is none", HEAD ",\"query_type\":\"A A\"" REST, MALFORMED, "query_type"},
    {"an opcode that is none", HEAD ",\"opcode\":\"OPCODE16\"" REST, MALFORMED, "opcode"},
    {"an address that is none", HEAD ",\"client_ip\":\"192.0.2\"" REST, MALFORMED,
     "client_ip: expected an IP address"},
    {"a network without prefix", HEAD ",\"ecs\":\"192.0.2.0\"" REST, MALFORMED, "ecs"},
    {"a prefix too long", HEAD ",\"ecs\":\"192.0.2.0/33\"" REST, MALFORMED, "ecs"},
    {"a day that is none",
     "{\"kind\":\"dns\",\"event_id\":\"00000000000000a10001000000000007\",\"timestamp\":"
     "\"2026-02-30T09:05:00.123456Z\"" REST,
     MALFORMED, "timestamp"},
    {"a time without its zone",
     "{\"kind\":\"dns\",\"event_id\":\"00000000000000a10001000000000007\",\"timestamp\":"
     "\"2026-02-28T09:05:00.1234567\"" REST,
     MALFORMED, "timestamp"},
    {"an id with a letter",
     "{\"kind\":\"dns\",\"event_id\":\"g0000000000000a10001000000000007\"" REST, MALFORMED,
     "event_id"},
    {"an id too short", "{\"kind\":\"dns\",\"event_id\":\"0000000000000a10001000000000007\"" REST,
     MALFORMED, "event_id"},
    {"a digest in capitals", HEAD ",\"answer_digest\":\"00FF00FF00FF00FF\"" REST, MALFORMED,
     "answer_digest"},
    {"a list with a number", HEAD ",\"answer_ips\":[\"192.0.2.9\",7]" REST, MALFORMED,
     "answer_ips"},
    {"a text too long for its field",
     HEAD ",\"probe_id\":"
          "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" REST,
     MALFORMED, "probe_id"},
};

static bool has_part(const char *text, const char *part)
{
    return part[0] == '!' ? strstr(text, part + 1) == NULL : strstr(text, part) != NULL;
}

static void lines_are_taken_skipped_or_named(void **state)
{
    struct reading *reading = *state;

    for (size_t i = 0; i < TT_COUNT(lines); i++) {
        enum tt_replay_line result = read_line(reading, lines[i].text);
        const char *where = result == TAKEN ? reading->json : reading->why;

        reading->json[reading->json_len] = '\0';
        if (result != lines[i].result || (result != SKIPPED && !has_part(where, lines[i].part)))
            fail_msg("%s: result %d, %s, %s", lines[i].name, (int)result, reading->why,
                     reading->json);
    }
}

static void days_are_those_of_the_calendar(void **state)
{
    static const char *const times[] = {
        "1970-01-01T00:00:00.000000Z", "1999-12-31T23:59:59.999999Z",
        "2000-02-29T12:00:00.000001Z", "2096-02-29T00:00:00.000000Z",
        "2100-03-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"};
    struct reading *reading = *state;
    char line[512];

    for (size_t i = 0; i < TT_COUNT(times); i++) {
        snprintf(line, sizeof(line),
                 "{\"kind\":\"dns\",\"event_id\":\"00000000000000a10001000000000007\","
                 "\"timestamp\":\"%s\"" REST,
                 times[i]);
        assert_int_equal(read_line(reading, line), TAKEN);
        reading->json[reading->json_len] = '\0';
        assert_non_null(strstr(reading->json, times[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test(no_field_is_forgotten),
        cmocka_unit_test_setup_teardown(lines_are_taken_skipped_or_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(days_are_those_of_the_calendar, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
