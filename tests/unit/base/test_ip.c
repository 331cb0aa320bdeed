/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

enum { ROUNDS = 200000 };

static const char *format(const struct tt_ip *ip)
{
    static char text[INET6_ADDRSTRLEN];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_ip_format(&buf, ip);
    assert_false(buf.overflow);
    return tt_buf_cstr(&buf);
}

/* Half of the groups of a version 6 address are zero, so that there is something to shorten. */
static struct tt_ip random_ip(uint8_t family)
{
    struct tt_ip ip = {family, {0}};

    for (size_t i = 0; i < (family == 4 ? 4 : 16); i++)
        ip.bytes[i] = (uint8_t)random();
    for (size_t i = 0; family == 6 && i < 16; i += 2)
        if (random() % 2 == 0)
            ip.bytes[i] = ip.bytes[i + 1] = 0;
    return ip;
}

static void expect_ip(const struct tt_ip *ip, const struct tt_ip *expect)
{
    assert_int_equal(ip->family, expect->family);
    assert_memory_equal(ip->bytes, expect->bytes, sizeof(ip->bytes));
}

static void texts_are_those_of_the_rfcs(void **state)
{
    static const struct {
        const char *in, *expect;
    } cases[] = {
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"192.0.2.10", "192.0.2.10"},
        {"::", "::"},
        {"::1", "::1"},
        {"2001:db8::", "2001:db8::"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},          /* RFC 5952 section 4.2.1, 4.3 */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* section 4.2.2 */
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* section 4.2.3 */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:0db8:0001:0000:0000:0ab9:C0A8:0102", "2001:db8:1::ab9:c0a8:102"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, /* section 5 */
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    struct tt_ip ip, absent = {0, {1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        assert_int_equal(tt_ip_parse(tt_str_from(cases[i].in), &ip), TT_OK);
        assert_string_equal(format(&ip), cases[i].expect);
    }
    assert_string_equal(format(&absent), "");
}

static void what_is_formatted_means_the_same_address_to_libc(void **state)
{
    (void)state;
    srandom(1);
    for (int i = 0; i < ROUNDS; i++) {
        struct tt_ip ip = random_ip(i % 2 == 0 ? 4 : 6), back = {0, {0}};
        const char *text = format(&ip);
        assert_int_equal(inet_pton(ip.family == 4 ? AF_INET : AF_INET6, text, back.bytes), 1);
        assert_memory_equal(back.bytes, ip.bytes, sizeof(ip.bytes));
        assert_int_equal(tt_ip_parse(tt_str_from(text), &back), TT_OK);
        expect_ip(&back, &ip);
    }
}

/* Byte by byte, on two million addresses; one in eight embeds one of version 4, or nearly does. */
static void the_text_is_that_of_inet_ntop(void **state)
{
    static const uint8_t heads[4][12] = {{[10] = 0xff, [11] = 0xff},
                                         {0},
                                         {[11] = 0xff},
                                         {[8] = 0xff, [9] = 0xff, [10] = 0, [11] = 0}};

    (void)state;
    srandom(5952);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        struct tt_ip ip = random_ip(i % 8 == 7 ? 4 : 6);
        char text[TT_IP_TEXT_MAX + 1], expect[INET6_ADDRSTRLEN];

        if (i % 8 == 0)
            memcpy(ip.bytes, heads[random() % 4], 12);
        *tt_ip_write(text, &ip) = '\0';
        inet_ntop(ip.family == 4 ? AF_INET : AF_INET6, ip.bytes, expect, sizeof(expect));
        if (strcmp(text, expect) != 0)
            fail_msg("%s is not %s", text, expect);
    }
}

static void only_plain_addresses_are_taken(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4/24",
        "0x1.2.3.4",
        "1.2.3.04",
        "localhost",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "::1%lo",
        "[::1]",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7",
        "::1.2.3",
        "g::",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000000",
    };
    struct tt_ip ip;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        if (tt_ip_parse(tt_str_from(cases[i]), &ip) != TT_ESYNTAX)
            fail_msg("'%s' was taken", cases[i]);
    assert_int_equal(tt_ip_parse(TT_STR("1.2.3.4\0"), &ip), TT_ESYNTAX);
    assert_int_equal(tt_ip_parse((struct tt_str){NULL, 0}, &ip), TT_ESYNTAX);
    assert_int_equal(tt_ip_parse((struct tt_str){"1.2.3.45", 7}, &ip), TT_OK);
    assert_string_equal(format(&ip), "1.2.3.4");
}

/* Bit by bit, as the definition says. */
static struct tt_ip cut_by_bits(const struct tt_ip *ip, unsigned prefix)
{
    struct tt_ip cut = {ip->family, {0}};

    for (unsigned bit = 0; bit < TT_MIN(prefix, ip->family == 4 ? 32u : 128u); bit++)
        cut.bytes[bit / 8] |= (uint8_t)(ip->bytes[bit / 8] & 0x80u >> bit % 8);
    return cut;
}

static void a_cut_keeps_the_prefix_and_nothing_else(void **state)
{
    (void)state;
    srandom(2);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct tt_ip ip = random_ip(i % 2 == 0 ? 4 : 6), cut, expect;
        unsigned prefix = i % 140;
        cut = tt_ip_cut(&ip, prefix);
        expect = cut_by_bits(&ip, prefix);
        expect_ip(&cut, &expect);
    }
}

static void endpoints_have_an_address_and_a_port(void **state)
{
    static const struct {
        const char *text, *ip; /* ip NULL: refused */
        uint16_t port;
    } cases[] = {
        {"192.0.2.1:53", "192.0.2.1", 53},
        {"127.0.0.1:0", "127.0.0.1", 0},
        {"127.0.0.1:65535", "127.0.0.1", 65535},
        {"[2001:db8::1]:53", "2001:db8::1", 53},
        {"[::]:9153", "::", 9153},
        {"", NULL, 0},
        {":", NULL, 0},
        {":53", NULL, 0},
        {"127.0.0.1", NULL, 0},
        {"127.0.0.1:", NULL, 0},
        {"127.0.0.1:65536", NULL, 0},
        {"127.0.0.1:-1", NULL, 0},
        {"127.0.0.1:53 ", NULL, 0},
        {"127.0.0.1:http", NULL, 0},
        {"localhost:53", NULL, 0},
        {"::1:53", NULL, 0},
        {"[::1]", NULL, 0},
        {"[::1]:", NULL, 0},
        {"[::1]53", NULL, 0},
        {"[127.0.0.1]:53", NULL, 0},
        {"[]:53", NULL, 0},
        {"[::1:53", NULL, 0},
        {"::1]:53", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_ip ip = {0};
        uint16_t port = 1;
        int err = tt_ip_parse_endpoint(tt_str_from(cases[i].text), &ip, &port);
        if (err != (cases[i].ip != NULL ? TT_OK : TT_ESYNTAX))
            fail_msg("'%s': %d", cases[i].text, err);
        if (err == TT_OK) {
            assert_string_equal(format(&ip), cases[i].ip);
            assert_int_equal(port, cases[i].port);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_the_rfcs),
        cmocka_unit_test(what_is_formatted_means_the_same_address_to_libc),
        cmocka_unit_test(the_text_is_that_of_inet_ntop),
        cmocka_unit_test(only_plain_addresses_are_taken),
        cmocka_unit_test(a_cut_keeps_the_prefix_and_nothing_else),
        cmocka_unit_test(endpoints_have_an_address_and_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
