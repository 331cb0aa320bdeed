/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/edns.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static const struct {
    const char *name;
    const uint8_t *option;
    size_t len;
    int error;
    const char *text;
    unsigned scope;
} ecs_cases[] = {
    {"IPv4 /24", BYTES("\0\1\x18\x10\xc0\0\2"), 0, "192.0.2.0/24", 16},
    {"IPv4 /0", BYTES("\0\1\0\0"), 0, "0.0.0.0/0", 0},
    {"IPv4 /32", BYTES("\0\1\x20\0\xc0\0\2\1"), 0, "192.0.2.1/32", 0},
    {"IPv4 /20", BYTES("\0\1\x14\0\xc0\0\xf0"), 0, "192.0.240.0/20", 0},
    {"IPv6 /56", BYTES("\0\2\x38\x30\x20\1\x0d\xb8\0\0\1"), 0, "2001:db8:0:100::/56", 48},
    {"family 0 with nothing", BYTES("\0\0\0\0"), 0, "", 0},
    {"family 0 with a prefix", BYTES("\0\0\x08\0\x0a"), TT_EMALFORMED, NULL, 0},
    {"family 3", BYTES("\0\3\0\0"), TT_EMALFORMED, NULL, 0},
    {"IPv4 /33", BYTES("\0\1\x21\0\xc0\0\2\1\0"), TT_EMALFORMED, NULL, 0},
    {"IPv6 /129",
     BYTES("\0\2\x81\0"
           "0123456789abcdef"
           "\0"),
     TT_EMALFORMED, NULL, 0},
    {"scope 33", BYTES("\0\1\x18\x21\xc0\0\2"), TT_EMALFORMED, NULL, 0},
    {"an octet too few", BYTES("\0\1\x18\0\xc0\0"), TT_EMALFORMED, NULL, 0},
    {"an octet too many", BYTES("\0\1\x18\0\xc0\0\2\1"), TT_EMALFORMED, NULL, 0},
    {"a bit behind the prefix", BYTES("\0\1\x14\0\xc0\0\xf8"), TT_EMALFORMED, NULL, 0},
    {"three bytes", BYTES("\0\1\x18"), TT_EMALFORMED, NULL, 0},
    {"nothing", BYTES(""), TT_EMALFORMED, NULL, 0},
};

static void client_subnets_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(ecs_cases); i++) {
        struct tt_ecs ecs;
        char text[64];
        struct tt_buf buf = tt_buf_over(text, sizeof(text));

        if (tt_ecs_read(&ecs, ecs_cases[i].option, ecs_cases[i].len) != ecs_cases[i].error)
            fail_msg("%s", ecs_cases[i].name);
        if (ecs_cases[i].error != 0)
            continue;
        tt_ecs_format(&buf, &ecs);
        assert_string_equal(tt_buf_cstr(&buf), ecs_cases[i].text);
        assert_int_equal(ecs.scope_prefix, ecs_cases[i].scope);
    }
}

static void the_record_itself_tells_size_version_and_flags(void **state)
{
    struct tt_edns edns;

    (void)state;
    assert_int_equal(tt_edns_read(&edns, 1232, 0x01028001, NULL, 0), 0);
    assert_int_equal(edns.udp_size, 1232);
    assert_int_equal(edns.extended_rcode, 1);
    assert_int_equal(edns.version, 2);
    assert_int_equal(edns.flags, TT_EDNS_DO | 1);
    assert_false(edns.has_ecs || edns.has_bad_ecs || edns.has_cookie || edns.ede_n > 0);
}

#define ECS "\0\x08\0\7\0\1\x18\0\xc0\0\2"
#define BAD_ECS "\0\x08\0\1\0"
#define EDE "\0\x0f\0\7\0\3stale"

static const struct {
    const char *name;
    const uint8_t *options;
    size_t len;
    int error;
    bool has_ecs, has_bad_ecs, has_cookie;
    unsigned options_n, ede_n, ede_code;
    const char *ede_text;
} option_cases[] = {
    {"ECS and EDE", BYTES(ECS EDE), 0, true, false, false, 2, 1, 3, "stale"},
    {"the first EDE counts", BYTES("\0\x0f\0\2\0\x16" EDE), 0, false, false, false, 2, 2, 22, ""},
    {"a NUL at the end of EDE text", BYTES("\0\x0f\0\4\0\1x\0"), 0, false, false, false, 1, 1, 1,
     "x"},
    {"code 0 without text", BYTES("\0\x0f\0\2\0\0"), 0, false, false, false, 1, 1, 0, ""},
    {"EDE of one byte", BYTES("\0\x0f\0\1\0"), TT_EMALFORMED, false, false, false, 1, 0, 0, NULL},
    {"a bad ECS before a good one", BYTES(BAD_ECS ECS), 0, true, true, false, 2, 0, 0, NULL},
    {"client cookie",
     BYTES("\0\x0a\0\x08"
           "01234567"),
     0, false, false, true, 1, 0, 0, NULL},
    {"cookie of 9",
     BYTES("\0\x0a\0\x09"
           "012345678"),
     0, false, false, false, 1, 0, 0, NULL},
    {"both cookies",
     BYTES("\0\x0a\0\x10"
           "0123456701234567"),
     0, false, false, true, 1, 0, 0, NULL},
    {"a cut option behind a good one", BYTES(EDE "\0\x08\0\7\0"), TT_EMALFORMED, false, false,
     false, 1, 1, 3, "stale"},
    {"a cut option header", BYTES(ECS "\0\x08\0"), TT_EMALFORMED, true, false, false, 1, 0, 0,
     NULL},
    {"unknown options", BYTES("\xff\xff\0\0\xff\xfe\0\1x"), 0, false, false, false, 2, 0, 0, NULL},
};

static void options_become_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(option_cases); i++) {
        struct tt_edns edns;

        if (tt_edns_read(&edns, 512, 0, option_cases[i].options, option_cases[i].len) !=
            option_cases[i].error)
            fail_msg("%s", option_cases[i].name);
        if (edns.has_ecs != option_cases[i].has_ecs ||
            edns.has_bad_ecs != option_cases[i].has_bad_ecs ||
            edns.has_cookie != option_cases[i].has_cookie ||
            edns.options_n != option_cases[i].options_n || edns.ede_n != option_cases[i].ede_n ||
            edns.ede_code != option_cases[i].ede_code)
            fail_msg("%s: other facts", option_cases[i].name);
        if (option_cases[i].ede_text == NULL)
            continue;
        assert_int_equal(edns.ede_text_len, strlen(option_cases[i].ede_text));
        assert_memory_equal(edns.ede_text, option_cases[i].ede_text, edns.ede_text_len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_subnets_are_checked),
        cmocka_unit_test(the_record_itself_tells_size_version_and_flags),
        cmocka_unit_test(options_become_facts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
