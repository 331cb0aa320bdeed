/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Events as dnstap payloads, read back by our own reader: every kind of message, images as they
 * are, images edited and messages rebuilt. */

#include "dnstap_build.h"
#include "wire/edns.h"
#include "wire/msg.h"
#include "wire/summary.h"

static char json[TT_EVENT_JSON_MAX];

#define HAS(field) tt_dnstap_has(read_back.message.have, TT_DNSTAP_MESSAGE_F_##field)

static void check_bytes(const struct tt_dnstap_bytes *bytes, const void *expect, size_t len)
{
    assert_int_equal(bytes->len, len);
    assert_memory_equal(bytes->ptr, expect, len);
}

/* extra is the record, and one key more. */
static void check_extra(const struct tt_policy *policy, const char *wire)
{
    struct tt_buf record = tt_buf_over(json, sizeof(json));
    char tail[32];
    int tail_len = snprintf(tail, sizeof(tail), ",\"wire\":\"%s\"}", wire);

    tt_event_to_json(&build.event, TT_TOPIC_ENRICHED, policy, &record);
    assert_int_equal(read_back.extra.len, record.len - 1 + (size_t)tail_len);
    assert_memory_equal(read_back.extra.ptr, json, record.len - 1);
    assert_memory_equal(read_back.extra.ptr + record.len - 1, tail, (size_t)tail_len);
}

static struct tt_summary summary_of(const struct tt_dnstap_bytes *message)
{
    struct tt_summary summary;

    assert_int_equal(tt_summary_read(&summary, message->ptr, message->len), TT_OK);
    assert_int_equal(summary.trailing_len, 0);
    return summary;
}

static void every_kind_is_read_back(void **state)
{
    static const struct {
        uint8_t type, outcome, expect;
    } cases[] = {
        {TT_message_type_CLIENT_RESPONSE, TT_outcome_ANSWERED, TT_DNSTAP_CLIENT_RESPONSE},
        {TT_message_type_CLIENT_RESPONSE, TT_outcome_DROPPED, TT_DNSTAP_CLIENT_QUERY},
        {TT_message_type_AUTH_RESPONSE, TT_outcome_ANSWERED, TT_DNSTAP_AUTH_RESPONSE},
        {TT_message_type_RESOLVER_RESPONSE, TT_outcome_ANSWERED, TT_DNSTAP_RESOLVER_RESPONSE},
        {TT_message_type_RESOLVER_RESPONSE, TT_outcome_TIMEOUT, TT_DNSTAP_RESOLVER_QUERY},
        {TT_message_type_FORWARDER_RESPONSE, TT_outcome_ANSWERED, TT_DNSTAP_FORWARDER_RESPONSE},
        {TT_message_type_PROBE_RESPONSE, TT_outcome_ANSWERED, TT_DNSTAP_TOOL_RESPONSE},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const struct tt_dnstap_message *message = &read_back.message;
        bool is_answered = cases[i].outcome == TT_outcome_ANSWERED,
             of_client = is_of_client(cases[i].type);

        make_facts(cases[i].type);
        build.record.obs.outcome = cases[i].outcome;
        write_built(full());
        check_bytes(&read_back.identity, "ns1/unbound", 11);
        check_bytes(&read_back.version, "unbound (telltale, schema 1)", 28);
        check_extra(full(), "rebuilt");
        assert_int_equal(message->type, cases[i].expect);
        assert_int_equal(message->socket_family, TT_DNSTAP_INET);
        assert_int_equal(message->socket_protocol, of_client ? TT_DNSTAP_DOQ : TT_DNSTAP_TCP);
        assert_int_equal(HAS(QUERY_ADDRESS), of_client);
        assert_int_equal(HAS(QUERY_PORT), of_client);
        if (of_client)
            check_bytes(&message->query_address, client_v4, 4);
        check_bytes(&message->response_address, server_v4, 4);
        assert_int_equal(message->response_port, of_client ? 853 : 53);
        assert_int_equal(message->query_time_sec, TIME_S - 1);
        assert_int_equal(message->query_time_nsec, (1000000 + TIME_US - 300000) * 1000);
        assert_int_equal(HAS(RESPONSE_TIME_SEC), is_answered);
        assert_int_equal(HAS(RESPONSE_MESSAGE), is_answered);
        assert_true(HAS(QUERY_MESSAGE));
        assert_int_equal(HAS(QUERY_ZONE), !of_client);
        assert_false(HAS(POLICY));
    }
}

static void a_rebuilt_message_says_what_is_known(void **state)
{
    struct tt_summary query, response;
    struct tt_msg_walk walk;
    struct tt_msg_rr rr;

    (void)state;
    make_facts(TT_message_type_CLIENT_RESPONSE);
    build.record.obs.response_code = 23; /* BADCOOKIE: needs an OPT record */
    write_built(full());
    query = summary_of(&read_back.message.query_message);
    assert_int_equal(query.msg.id, 0x1234);
    assert_int_equal(query.msg.flags, TT_MSG_RD);
    assert_int_equal(query.edns.udp_size, 1232);
    assert_int_equal(query.edns.flags, TT_EDNS_DO);
    assert_memory_equal(query.msg.qname, qname, sizeof(qname)); /* with its case */
    response = summary_of(&read_back.message.response_message);
    assert_int_equal(response.msg.flags & ~15, TT_MSG_QR | TT_MSG_RD | TT_MSG_RA | TT_MSG_AD);
    assert_int_equal(response.rcode, 23);
    assert_int_equal(response.answer_count, 2);
    assert_int_equal(response.ttl, 60);
    walk = tt_msg_walk(&response.msg);
    assert_true(tt_msg_next(&walk, &rr) && rr.type == 5 && rr.owner_len == sizeof(qname));
    assert_true(tt_msg_next(&walk, &rr) && rr.type == 1 && rr.owner_len == 13);
}

static void records_that_are_not_all_there_are_left_out(void **state)
{
    (void)state;
    make_facts(TT_message_type_CLIENT_RESPONSE);
    build.record.obs.flags |= TT_OBS_CUT;
    write_built(full());
    assert_int_equal(summary_of(&read_back.message.response_message).answer_count, 0);
}

static void an_image_leaves_as_it_is(void **state)
{
    uint8_t query[512], response[512];
    size_t query_len = make_query(query, true), response_len = make_response(response);

    (void)state;
    make_images(TT_message_type_FORWARDER_RESPONSE, true);
    write_built(full());
    check_bytes(&read_back.message.query_message, query, query_len);
    check_bytes(&read_back.message.response_message, response, response_len);
    check_bytes(&read_back.message.query_zone, NAME("\x07"
                                                    "example"));
    check_extra(full(), "image");
}

static void an_image_that_was_cut_is_rebuilt(void **state)
{
    (void)state;
    make_images(TT_message_type_CLIENT_RESPONSE, true);
    build.record.obs.response_size = 5000;
    build.record.obs.have |= TT_HAVE_RESPONSE_SIZE;
    write_built(full());
    assert_int_equal(summary_of(&read_back.message.response_message).answer_count, 1);
    check_extra(full(), "rebuilt");
}

static void a_response_whose_query_never_came_comes_alone(void **state)
{
    uint8_t response[512];

    (void)state;
    begin(TT_message_type_RESOLVER_RESPONSE);
    tt_obs_put(&build.writer, TT_TAIL_RESPONSE, 0, response, make_response(response));
    write_built(full());
    assert_false(HAS(QUERY_MESSAGE));
    check_extra(full(), "image");
}

static void an_edited_image_keeps_all_but_what_tells_the_client(void **state)
{
    const struct tt_policy *net = &policies[TT_PRIVACY_NET][TT_PRIVACY_NAME_FULL];
    struct tt_summary query, response;
    struct tt_msg_walk walk;
    struct tt_msg_rr rr;

    (void)state;
    make_images(TT_message_type_CLIENT_RESPONSE, true);
    write_built(net);
    check_extra(net, "edited");
    check_bytes(&read_back.message.query_address, "\xc6\x12\xb1\x00", 4);
    assert_false(HAS(QUERY_PORT));
    query = summary_of(&read_back.message.query_message);
    assert_int_equal(query.edns.options_n, 1);
    assert_int_equal(query.edns.ecs.source_prefix, 24);
    assert_int_equal(query.edns.udp_size, 1232);
    assert_int_equal(query.edns.flags, TT_EDNS_DO);
    response = summary_of(&read_back.message.response_message);
    assert_int_equal(response.edns.options_n, 2);
    assert_int_equal(response.edns.ecs.scope_prefix, 24);
    assert_int_equal(response.edns.ede_code, 3);
    assert_int_equal(response.msg.counts[TT_MSG_ADDITIONAL],
                     2); /* of three: without TSIG, OPT at the end */
    walk = tt_msg_walk(&response.msg);
    assert_true(tt_msg_next(&walk, &rr) && rr.type == 1);
    assert_true(tt_msg_next(&walk, &rr) && rr.type == 28);
    assert_memory_equal(rr.owner, qname + 11,
                        rr.owner_len); /* it was a pointer into the question */
    assert_true(tt_msg_next(&walk, &rr) && rr.type == 41);
}

static void a_policy_of_the_host_is_one_of_dnstap(void **state)
{
    static const struct {
        uint8_t action, expect;
    } cases[] = {
        {TT_policy_action_NXDOMAIN, TT_DNSTAP_ACTION_NXDOMAIN},
        {TT_policy_action_NODATA, TT_DNSTAP_ACTION_NODATA},
        {TT_policy_action_PASSTHRU, TT_DNSTAP_ACTION_PASS},
        {TT_policy_action_DROP, TT_DNSTAP_ACTION_DROP},
        {TT_policy_action_TCP_ONLY, TT_DNSTAP_ACTION_TRUNCATE},
        {TT_policy_action_DATA, TT_DNSTAP_ACTION_LOCAL_DATA},
        {TT_policy_action_CNAME, TT_DNSTAP_ACTION_LOCAL_DATA},
        {TT_policy_action_REFUSED, 0},
        {TT_policy_action_LOGGED, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const struct tt_dnstap_policy *policy = &read_back.message.policy;

        make_facts(TT_message_type_CLIENT_RESPONSE);
        build.record.obs.policy_action = cases[i].action;
        tt_obs_put(&build.writer, TT_TAIL_POLICY_NAME, 0, "block.rpz", 9);
        write_built(full());
        assert_true(HAS(POLICY));
        check_bytes(&policy->rule, "block.rpz", 9);
        assert_int_equal(tt_dnstap_has(policy->have, TT_DNSTAP_POLICY_F_ACTION),
                         cases[i].expect != 0);
        if (cases[i].expect != 0)
            assert_int_equal(policy->action, cases[i].expect);
    }
}

/* A replayed record has no observation behind it. */
static void an_event_without_facts_is_made_of_its_fields(void **state)
{
    (void)state;
    make_facts(TT_message_type_CLIENT_RESPONSE);
    assert_int_equal(build_event(&build), TT_OK);
    build.event.facts = NULL;
    write_event(full());
    assert_memory_equal(summary_of(&read_back.message.query_message).msg.qname,
                        "\012kanarienvg\013zebradomain\007example", sizeof(qname));
    assert_int_equal(summary_of(&read_back.message.response_message).answer_count, 0);
}

static void too_small_a_buffer_stays_as_it_is(void **state)
{
    struct tt_buf buf = tt_buf_over(payload, TT_EVENT_DNSTAP_MAX - 1);

    (void)state;
    make_facts(TT_message_type_CLIENT_RESPONSE);
    assert_int_equal(build_event(&build), TT_OK);
    tt_event_to_dnstap(&build.event, TT_TOPIC_DNSTAP, full(), &buf);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_back),
        cmocka_unit_test(a_rebuilt_message_says_what_is_known),
        cmocka_unit_test(records_that_are_not_all_there_are_left_out),
        cmocka_unit_test(an_image_leaves_as_it_is),
        cmocka_unit_test(an_image_that_was_cut_is_rebuilt),
        cmocka_unit_test(a_response_whose_query_never_came_comes_alone),
        cmocka_unit_test(an_edited_image_keeps_all_but_what_tells_the_client),
        cmocka_unit_test(a_policy_of_the_host_is_one_of_dnstap),
        cmocka_unit_test(an_event_without_facts_is_made_of_its_fields),
        cmocka_unit_test(too_small_a_buffer_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, make_policies, drop_policies);
}
