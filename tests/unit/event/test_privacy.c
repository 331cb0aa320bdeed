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
#include "event/privacy.h"
#include "event/privacy_rows.h"

static const struct tt_hash_key some_key = {"00112233aabbccdd", 3, "key"};
static struct tt_policy policy;

static void use(enum tt_privacy_client client, enum tt_privacy_name name)
{
    struct tt_privacy privacy = {(uint8_t)client, (uint8_t)name, 24, 48, NULL};

    tt_policy_fini(&policy);
    assert_int_equal(tt_policy_init(&policy, &privacy, &some_key), TT_OK);
}

static struct tt_net net_of(const char *text, uint8_t prefix)
{
    struct tt_net net = {{0, {0}}, prefix};

    assert_int_equal(tt_ip_parse(tt_str_from(text), &net.ip), TT_OK);
    return net;
}

/* An event that knows every field; those with a value that depends on the policy have a good one.
 */
static struct tt_event full_event(const char *client, struct tt_net ecs)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    for (int i = 0; i < TT_FIELDS_N; i++)
        tt_fields_add(&event.have, (enum tt_field)i);
    event.client_net = net_of(client, strchr(client, ':') != NULL ? 128 : 32);
    event.client_ip = event.client_net.ip;
    event.ecs = ecs;
    event.query_name = TT_STR("www.corp.example.com");
    event.registrable_domain = TT_STR("example.com");
    event.upstream_zone = TT_STR("com");
    event.dnssec_reason = event.ede_text = event.policy_name = TT_STR("harmless");
    return event;
}

/* What design.md section 6 and the decisions of privacy.def come to, written down a second time:
 * any change of the table must be made here as well. F N H O: client full, net, hash, none; f r n:
 * query_name full, registrable, none. */
static const struct {
    const char *id, *leaves;
} restricted[] = {
    {"query_name", "FNHO fr"},    {"ecs", "FN frn"},
    {"client_ip", "F frn"},       {"client_net", "FN frn"},
    {"client_hash", "H frn"},     {"client_hash_key", "H frn"},
    {"client_port", "F frn"},     {"proxied_by", "F frn"},
    {"answer_ips", "FNHO f"},     {"answer_names", "FNHO f"},
    {"answer_rdata", "FNHO f"},   {"answer_digest", "FNHO f"},
    {"dnssec_reason", "FNHO f"},  {"ede_text", "FNHO f"},
    {"policy_name", "FNHO f"},    {"upstream_zone", "FNHO fr"},
    {"public_suffix", "FNHO fr"}, {"registrable_domain", "FNHO fr"},
    {"watched_zone", "FNHO fr"},
};

static bool expect_leaves(enum tt_field field, enum tt_topic topic, char client, char name)
{
    struct tt_fields carried = tt_fields_of_topic(topic);

    if (!tt_fields_have(&carried, field))
        return false;
    for (size_t i = 0; i < TT_COUNT(restricted); i++)
        if (strcmp(restricted[i].id, tt_field_rows[field].id) == 0)
            return strchr(restricted[i].leaves, client) != NULL &&
                   strchr(restricted[i].leaves, name) != NULL;
    return true;
}

static void every_policy_lets_only_its_fields_leave(void **state)
{
    static const char clients[] = {[TT_PRIVACY_NET] = 'N',
                                   [TT_PRIVACY_FULL] = 'F',
                                   [TT_PRIVACY_HASH] = 'H',
                                   [TT_PRIVACY_NONE] = 'O'};
    static const char names[] = {'f', 'r', 'n'};
    struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
    unsigned checked = 0;

    (void)state;
    for (unsigned client = 0; client < TT_COUNT(clients); client++) {
        for (unsigned name = 0; name < TT_COUNT(names); name++) {
            use((enum tt_privacy_client)client, (enum tt_privacy_name)name);
            for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
                struct tt_shown shown;
                tt_event_show(&event, (enum tt_topic)topic, &policy, &shown);
                for (int i = 0; i < TT_FIELDS_N; i++, checked++)
                    if (tt_fields_have(&shown.fields, (enum tt_field)i) !=
                        expect_leaves((enum tt_field)i, (enum tt_topic)topic, clients[client],
                                      names[name]))
                        fail_msg("%s in topic %s under %c%c", tt_field_rows[i].id,
                                 tt_topic_word(topic), clients[client], names[name]);
            }
        }
    }
    assert_int_equal(checked, 4 * 3 * TT_TOPICS_N * TT_FIELDS_N);
}

static void networks_are_cut_to_the_shorter_prefix(void **state)
{
    static const struct {
        const char *client, *ecs;
        uint8_t ecs_prefix;
        enum tt_privacy_client policy;
        const char *net, *shown_ecs;
        uint8_t net_prefix, shown_ecs_prefix;
    } cases[] = {
        {"192.0.2.77", "198.51.100.77", 32, TT_PRIVACY_NET, "192.0.2.0", "198.51.100.0", 24, 24},
        {"192.0.2.77", "198.48.0.0", 12, TT_PRIVACY_NET, "192.0.2.0", "198.48.0.0", 24, 12},
        {"192.0.2.77", "198.51.100.77", 32, TT_PRIVACY_FULL, "192.0.2.0", "198.51.100.77", 24, 32},
        {"2001:db8:1:2::3", "2001:db8:9:8::", 64, TT_PRIVACY_NET,
         "2001:db8:1::", "2001:db8:9::", 48, 48},
        {"2001:db8:1:2::3", "192.0.2.77", 32, TT_PRIVACY_NET, "2001:db8:1::", "192.0.2.0", 48, 24},
        /* 6to4: an IPv4 address in the first 48 bits */
        {"2002:c000:24d::1", "2002:c633:644d::", 48, TT_PRIVACY_NET,
         "2002:c000:200::", "2002:c633:6400::", 40, 40},
        {"2002:c000:24d::1", "2002:c633:644d::", 48, TT_PRIVACY_FULL,
         "2002:c000:200::", "2002:c633:644d::", 40, 48},
        {"2003:c000:24d::1", "2002::", 16, TT_PRIVACY_NET, "2003:c000:24d::", "2002::", 48, 16},
        {"255.255.255.255", "0.0.0.0", 0, TT_PRIVACY_NET, "255.255.255.0", "0.0.0.0", 24, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event =
            full_event(cases[i].client, net_of(cases[i].ecs, cases[i].ecs_prefix));
        struct tt_net net = net_of(cases[i].net, cases[i].net_prefix);
        struct tt_net ecs = net_of(cases[i].shown_ecs, cases[i].shown_ecs_prefix);
        struct tt_shown shown;

        use(cases[i].policy, TT_PRIVACY_NAME_FULL);
        tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
        assert_memory_equal(&shown.client_net, &net, sizeof(net));
        assert_memory_equal(&shown.ecs, &ecs, sizeof(ecs));
    }
}

/* NULL: the field does not leave; domain NULL: none is known. */
static void under_registrable_a_name_is_its_domain_and_a_zone_no_more(void **state)
{
    static const struct {
        const char *name, *domain, *zone, *shown_name, *shown_zone;
    } cases[] = {
        {"www.corp.example.com", "example.com", "com", "example.com", "com"},
        {"www.corp.example.com", "example.com", ".", "example.com", "."},
        {"www.corp.example.com", "example.com", "example.com", "example.com", "example.com"},
        {"www.corp.example.com", "example.com", "corp.example.com", "example.com", "example.com"},
        {"www.corp.example.com", "example.com", "secret.net", "example.com", NULL},
        {"www.corp.example.com", "example.com", "secretexample.com", "example.com", NULL},
        {"www.corp.example.com", "example.com", "secret\\.example.com", "example.com", NULL},
        {"www.corp.example.com", "example.com", "secret\\\\.example.com", "example.com",
         "example.com"},
        {"example.com", "example.com", "om", "example.com", NULL},
        {"com", NULL, ".", NULL, NULL},
        {"com", NULL, "com", NULL, NULL},
    };

    (void)state;
    use(TT_PRIVACY_NET, TT_PRIVACY_NAME_REGISTRABLE);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
        struct tt_shown shown;
        bool has_name, has_zone;

        event.query_name = tt_str_from(cases[i].name);
        event.upstream_zone = tt_str_from(cases[i].zone);
        event.registrable_domain = tt_str_from(cases[i].domain);
        if (cases[i].domain == NULL)
            tt_fields_drop(&event.have, TT_FIELD_registrable_domain);
        tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
        has_name = tt_fields_have(&shown.fields, TT_FIELD_query_name);
        has_zone = tt_fields_have(&shown.fields, TT_FIELD_upstream_zone);
        assert_int_equal(has_name, cases[i].shown_name != NULL);
        assert_int_equal(has_zone, cases[i].shown_zone != NULL);
        assert_true(!has_name || tt_str_equal(shown.query_name, tt_str_from(cases[i].shown_name)));
        if (has_zone && !tt_str_equal(shown.upstream_zone, tt_str_from(cases[i].shown_zone)))
            fail_msg("%s shows %.*s", cases[i].zone, (int)shown.upstream_zone.len,
                     shown.upstream_zone.ptr);
    }
}

static void free_texts_that_tell_the_client_leave_under_full_alone(void **state)
{
    static const struct {
        const char *text;
        bool tells, is_trigger; /* is_trigger: as policy_name it tells, whoever the client is */
    } cases[] = {
        {"validation failure <www.example. A IN>: no signatures from 203.0.113.5", false, false},
        {"rate limit for 192.0.2.77", true, false},
        {"32.77.2.0.192.rpz-client-ip.policy.example", true, true},
        {"24.0.113.0.203.rpz-client-ip.policy.example", false, true},
        {"203.0.113.0/24", false, true},
        {"2001:db8::/32 tap", false, true},
        {"48.zz.db8.2001.policy.example", false, true},
        {"128.8.7.6.5.4.3.2db8.2001.policy.example", false, true},
        {"32.5.113.0.203.rpz-ip.policy.example", false, false},
        {"bad.example.policy.example", false, false},
        {"10.bad.example", false, false},
        {"ecs 198.51.100.9/32", true, false},
        {"via 2001:DB8::FFFF", true, false},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
            struct tt_event event = full_event("192.0.2.77", net_of("198.51.100.9", 32));
            bool is_hidden = client != TT_PRIVACY_FULL;
            struct tt_shown shown, normalized;

            event.proxied_by = net_of("2001:db8::ffff", 128).ip;
            event.ede_text = event.dnssec_reason = event.policy_name = tt_str_from(cases[i].text);
            use((enum tt_privacy_client)client, TT_PRIVACY_NAME_FULL);
            tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
            tt_event_show(&event, TT_TOPIC_NORMALIZED, &policy, &normalized);
            if (tt_fields_have(&shown.fields, TT_FIELD_ede_text) == (is_hidden && cases[i].tells) ||
                tt_fields_have(&shown.fields, TT_FIELD_dnssec_reason) ==
                    (is_hidden && cases[i].tells) ||
                tt_fields_have(&shown.fields, TT_FIELD_policy_name) ==
                    (is_hidden && (cases[i].tells || cases[i].is_trigger)))
                fail_msg("%s under %u", cases[i].text, client);
            if (tt_fields_have(&normalized.fields, TT_FIELD_ede_text) == cases[i].tells ||
                tt_fields_have(&normalized.fields, TT_FIELD_policy_name) ==
                    (cases[i].tells || cases[i].is_trigger))
                fail_msg("%s in normalized under %u", cases[i].text, client);
        }
    }
}

static void a_replayed_network_that_is_one_address_is_looked_for_as_well(void **state)
{
    struct tt_event event = full_event("192.0.2.77", net_of("198.51.100.9", 32));
    struct tt_shown shown;

    (void)state;
    use(TT_PRIVACY_NONE, TT_PRIVACY_NAME_FULL);
    tt_fields_drop(&event.have, TT_FIELD_client_ip);
    event.ede_text = TT_STR("rate limit for 192.0.2.77");
    tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
    assert_false(tt_fields_have(&shown.fields, TT_FIELD_ede_text));
    assert_true(tt_fields_have(&shown.fields, TT_FIELD_dnssec_reason));
}

static void without_a_key_there_is_no_hash(void **state)
{
    static const struct tt_hash_key none = {"", 0, {0}};
    struct tt_privacy privacy = {TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL, 24, 48, NULL};
    struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
    struct tt_shown shown;

    (void)state;
    tt_policy_fini(&policy);
    assert_int_equal(tt_policy_init(&policy, &privacy, &none), TT_OK);
    tt_event_show(&event, TT_TOPIC_ENRICHED, &policy, &shown);
    assert_false(tt_fields_have(&shown.fields, TT_FIELD_client_hash));
    assert_false(tt_fields_have(&shown.fields, TT_FIELD_client_hash_key));
    assert_false(tt_fields_have(&shown.fields, TT_FIELD_client_net));
}

static void a_replayed_hash_stays_where_there_is_no_address(void **state)
{
    struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
    struct tt_shown shown;

    (void)state;
    use(TT_PRIVACY_HASH, TT_PRIVACY_NAME_FULL);
    event.client_hash = TT_STR("0f");
    event.client_hash_key = TT_STR("old");
    tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
    assert_true(tt_str_equal(shown.client_hash_key, TT_STR("00112233aabbccdd")));
    assert_int_equal(shown.client_hash.len, 32);
    tt_fields_drop(&event.have, TT_FIELD_client_ip);
    tt_event_show(&event, TT_TOPIC_RAW, &policy, &shown);
    assert_true(tt_str_equal(shown.client_hash, TT_STR("0f")) &&
                tt_str_equal(shown.client_hash_key, TT_STR("old")));
    tt_event_show(&event, TT_TOPIC_NORMALIZED, &policy, &shown);
    assert_false(tt_fields_have(&shown.fields, TT_FIELD_client_hash));
}

static void nothing_that_is_not_known_is_shown(void **state)
{
    struct tt_event event;
    struct tt_shown shown;

    (void)state;
    memset(&event, 0xff, sizeof(event));
    event.have = (struct tt_fields){{0, 0}};
    for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
        for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++) {
            use((enum tt_privacy_client)client, (enum tt_privacy_name)name);
            tt_event_show(&event, TT_TOPIC_ENRICHED, &policy, &shown);
            assert_true(shown.fields.bits[0] == 0 && shown.fields.bits[1] == 0);
        }
    }
}

static void a_policy_that_nobody_made_lets_nothing_leave(void **state)
{
    struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
    struct tt_policy blank, wrong;
    struct tt_shown shown;

    (void)state;
    memset(&blank, 0, sizeof(blank));
    tt_event_show(&event, TT_TOPIC_RAW, &blank, &shown);
    assert_true(shown.fields.bits[0] == 0 && shown.fields.bits[1] == 0);
    assert_int_equal(tt_policy_init(&wrong, &(struct tt_privacy){.client = 9}, &some_key),
                     TT_EINVAL);
    tt_event_show(&event, TT_TOPIC_RAW, &wrong, &shown);
    assert_true(shown.fields.bits[0] == 0 && shown.fields.bits[1] == 0);
    tt_policy_fini(&wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_lets_only_its_fields_leave),
        cmocka_unit_test(networks_are_cut_to_the_shorter_prefix),
        cmocka_unit_test(under_registrable_a_name_is_its_domain_and_a_zone_no_more),
        cmocka_unit_test(free_texts_that_tell_the_client_leave_under_full_alone),
        cmocka_unit_test(a_replayed_network_that_is_one_address_is_looked_for_as_well),
        cmocka_unit_test(without_a_key_there_is_no_hash),
        cmocka_unit_test(a_replayed_hash_stays_where_there_is_no_address),
        cmocka_unit_test(nothing_that_is_not_known_is_shown),
        cmocka_unit_test(a_policy_that_nobody_made_lets_nothing_leave),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    tt_policy_fini(&policy);
    return failed;
}
