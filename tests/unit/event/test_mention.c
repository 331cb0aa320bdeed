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
#include "event/mention.h"

static const struct {
    const char *text, *ip;
    bool expect;
} mentions[] = {
    {"192.0.2.77", "192.0.2.77", true},
    {"for 192.0.2.77#53", "192.0.2.77", true},
    {"::ffff:192.0.2.77", "192.0.2.77", true},
    {"77.2.0.192.in-addr.arpa", "192.0.2.77", true},
    {"32.77.2.0.192.rpz-client-ip", "192.0.2.77", true},
    {"xC000024D", "192.0.2.77", true},
    {"192.000.002.077", "192.0.2.77", true},
    {"host 192-0-2-77.dyn.example", "192.0.2.77", true},
    {"77-2-0-192.dyn.example", "192.0.2.77", true},
    {"::ffff:C000:024d", "192.0.2.77", false}, /* nobody writes both */
    {"[::ffff:c000:24d]:53", "192.0.2.77", true},
    {"192.0.2.7", "192.0.2.77", false},
    {"192.0.2.77", "192.0.2.7", true}, /* part of a longer number: errs on the side of hiding */
    {"no address at all", "192.0.2.77", false},
    {"", "192.0.2.77", false},
    {"2001:db8:1:2::3", "2001:db8:1:2::3", true},
    {"2001:DB8:1:2::3", "2001:db8:1:2::3", true},
    {"2001:0db8:0001:0002:0000:0000:0000:0003", "2001:db8:1:2::3", true},
    {"2001:db8:1:2:0:0:0:3", "2001:db8:1:2::3", true},
    {"20010DB8000100020000000000000003", "2001:db8:1:2::3", true},
    {"3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8:1:2::3",
     true},
    {"128.3.zz.2.1.db8.2001.rpz-client-ip", "2001:db8:1:2::3", true},
    {"128.3.0.0.0.2.1.db8.2001.rpz", "2001:db8:1:2::3", true},
    {"48.zz.1.db8.2001", "2001:db8:1::", true},
    {"2001:0db8:0001:0002::0003", "2001:db8:1:2::3", true},
    {"2001:0db8:1:2:0:0:0:3", "2001:db8:1:2::3", true},
    {"client=[2001:0DB8:1:2::3]: refused", "2001:db8:1:2::3", true},
    {"client 2001:0db8:1:2::3: refused", "2001:db8:1:2::3", true},
    {"client:2001:0db8:1:2::3", "2001:db8:1:2::3", true},
    {"ip6-2001-db8-1-2--3.example", "2001:db8:1:2::3", true},
    {"2001-0db8-0001-0002-0000-0000-0000-0003.example", "2001:db8:1:2::3", true},
    {"2001-db8-1-2--4.example", "2001:db8:1:2::3", false},
    {"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00", "2001:db8:1:2::3", false},
    {"-:-:::---:", "2001:db8:1:2::3", false},
    {"2001:db8:1:2::4", "2001:db8:1:2::3", false},
    {"3.zz", "::3", true},
    {"from ::1", "::1", true},
};

static void an_address_is_seen_in_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(mentions); i++) {
        struct tt_ip ip;

        assert_int_equal(tt_ip_parse(tt_str_from(mentions[i].ip), &ip), TT_OK);
        if (tt_text_mentions_ip(tt_str_from(mentions[i].text), &ip) != mentions[i].expect)
            fail_msg("%s in \"%s\"", mentions[i].ip, mentions[i].text);
    }
}

static void an_absent_address_is_nowhere(void **state)
{
    (void)state;
    assert_false(tt_text_mentions_ip(TT_STR("0.0.0.0 :: 00000000"), &(struct tt_ip){0, {0}}));
}

static void triggers_of_clients_are_told_from_others(void **state)
{
    static const struct {
        const char *text;
        bool expect;
    } cases[] = {
        {"24.0.2.0.192.rpz-client-ip.zone", true},
        {"24.0.2.0.192.RPZ-CLIENT-IP.zone", true},
        {"24.0.2.0.192.rpz-ip.zone", false},
        {"24.0.2.0.192.rpz-nsip.zone", false},
        {"192.0.2.0/24", true},
        {"192.0.2.77", true},
        {"32.77.2.0.192", true},
        {"2001:db8::/32", true},
        {"64.zz.1.db8.2001.zone", true},
        {"128.8.7.6.5.4.3.db8.2001.zone", true},
        {"1.2.3.example", false},
        {"256.2.3.4.example", false},
        {"dead.beef", false},
        {"www.example", false},
        {"a:b", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        if (tt_text_is_client_trigger(tt_str_from(cases[i].text)) != cases[i].expect)
            fail_msg("%s", cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_seen_in_every_form),
        cmocka_unit_test(an_absent_address_is_nowhere),
        cmocka_unit_test(triggers_of_clients_are_told_from_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
