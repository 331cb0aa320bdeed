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

static struct tt_net net_of(const char *text, uint8_t prefix)
{
    struct tt_net net = {{0, {0}}, prefix};

    assert_int_equal(tt_ip_parse(tt_str_from(text), &net.ip), TT_OK);
    return net;
}

/* An event that knows every field; only those with a value that depends on the policy have one. */
static struct tt_event full_event(const char *client, struct tt_net ecs)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    for (int i = 0; i < TT_FIELDS_N; i++)
        tt_fields_add(&event.have, (enum tt_field)i);
    event.client_net = net_of(client, strchr(client, ':') != NULL ? 128 : 32);
    event.client_ip = event.client_net.ip;
    event.ecs = ecs;
    return event;
}

static void each_policy_lets_only_its_fields_leave(void **state)
{
    static const struct {
        const char *name;
        enum tt_privacy_client client;
        enum tt_topic topic;
        enum tt_field field;
        bool leaves;
    } cases[] = {
        {"net keeps the address", TT_PRIVACY_NET, TT_TOPIC_ENRICHED, TT_FIELD_client_ip, false},
        {"net keeps the port", TT_PRIVACY_NET, TT_TOPIC_RAW, TT_FIELD_client_port, false},
        {"net keeps the proxy", TT_PRIVACY_NET, TT_TOPIC_RAW, TT_FIELD_proxied_by, false},
        {"net keeps the hash", TT_PRIVACY_NET, TT_TOPIC_RAW, TT_FIELD_client_hash, false},
        {"net shows the network", TT_PRIVACY_NET, TT_TOPIC_RAW, TT_FIELD_client_net, true},
        {"net shows ecs", TT_PRIVACY_NET, TT_TOPIC_ENRICHED, TT_FIELD_ecs, true},
        {"full shows the address", TT_PRIVACY_FULL, TT_TOPIC_RAW, TT_FIELD_client_ip, true},
        {"full shows the port", TT_PRIVACY_FULL, TT_TOPIC_ENRICHED, TT_FIELD_client_port, true},
        {"full shows the network", TT_PRIVACY_FULL, TT_TOPIC_ENRICHED, TT_FIELD_client_net, true},
        {"full shows the proxy", TT_PRIVACY_FULL, TT_TOPIC_ENRICHED, TT_FIELD_proxied_by, true},
        {"full keeps the hash", TT_PRIVACY_FULL, TT_TOPIC_ENRICHED, TT_FIELD_client_hash, false},
        {"full keeps the key id", TT_PRIVACY_FULL, TT_TOPIC_ENRICHED, TT_FIELD_client_hash_key, false},
        {"normalized keeps the address", TT_PRIVACY_FULL, TT_TOPIC_NORMALIZED, TT_FIELD_client_ip, false},
        {"normalized keeps the network", TT_PRIVACY_FULL, TT_TOPIC_NORMALIZED, TT_FIELD_client_net, false},
        {"normalized keeps ecs", TT_PRIVACY_FULL, TT_TOPIC_NORMALIZED, TT_FIELD_ecs, false},
        {"normalized shows the name", TT_PRIVACY_NET, TT_TOPIC_NORMALIZED, TT_FIELD_query_name, true},
        {"normalized shows the domain", TT_PRIVACY_NET, TT_TOPIC_NORMALIZED, TT_FIELD_registrable_domain,
         true},
        {"normalized keeps the country", TT_PRIVACY_FULL, TT_TOPIC_NORMALIZED, TT_FIELD_country, false},
        {"raw has no domain", TT_PRIVACY_FULL, TT_TOPIC_RAW, TT_FIELD_registrable_domain, false},
        {"enriched has the country", TT_PRIVACY_NET, TT_TOPIC_ENRICHED, TT_FIELD_country, true},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = full_event("192.0.2.77", net_of("192.0.2.0", 24));
        struct tt_privacy privacy = {(uint8_t)cases[i].client, 24, 48};
        struct tt_shown shown;

        tt_event_show(&event, cases[i].topic, &privacy, &shown);
        if (tt_fields_have(&shown.fields, cases[i].field) != cases[i].leaves)
            fail_msg("%s", cases[i].name);
    }
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
        {"2001:db8:1:2::3", "2001:db8:9:8::", 64, TT_PRIVACY_NET, "2001:db8:1::", "2001:db8:9::", 48, 48},
        {"2001:db8:1:2::3", "192.0.2.77", 32, TT_PRIVACY_NET, "2001:db8:1::", "192.0.2.0", 48, 24},
        {"255.255.255.255", "0.0.0.0", 0, TT_PRIVACY_NET, "255.255.255.0", "0.0.0.0", 24, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = full_event(cases[i].client, net_of(cases[i].ecs, cases[i].ecs_prefix));
        struct tt_net net = net_of(cases[i].net, cases[i].net_prefix);
        struct tt_net ecs = net_of(cases[i].shown_ecs, cases[i].shown_ecs_prefix);
        struct tt_privacy privacy = {(uint8_t)cases[i].policy, 24, 48};
        struct tt_shown shown;

        tt_event_show(&event, TT_TOPIC_RAW, &privacy, &shown);
        assert_memory_equal(&shown.client_net, &net, sizeof(net));
        assert_memory_equal(&shown.ecs, &ecs, sizeof(ecs));
    }
}

static void nothing_that_is_not_known_is_shown(void **state)
{
    struct tt_privacy privacy = {TT_PRIVACY_FULL, 24, 48};
    struct tt_event event;
    struct tt_shown shown;

    (void)state;
    memset(&event, 0xff, sizeof(event));
    event.have = (struct tt_fields){{0, 0}};
    tt_event_show(&event, TT_TOPIC_ENRICHED, &privacy, &shown);
    assert_true(shown.fields.bits[0] == 0 && shown.fields.bits[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_lets_only_its_fields_leave),
        cmocka_unit_test(networks_are_cut_to_the_shorter_prefix),
        cmocka_unit_test(nothing_that_is_not_known_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
