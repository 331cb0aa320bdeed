/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl tail` keeps, and what it refuses. */

#include "tail_test.h"

struct filtered {
    const char *args[ARGS_MAX];
    const char *out; /* of ALL */
    const char *err; /* a part */
};

static const struct filtered filters[] = {
    {{NULL}, ALL, "6 shown, 0 filtered out, 0 lost\n"},
    {{"--json"}, ALL, "6 shown"},
    {{"--name", "example.com"}, A B E, "3 shown, 3 filtered out"},
    {{"--name=EXAMPLE.com."}, A B E, "3 shown"},
    {{"--name", "."}, A B C D E, "5 shown, 1 filtered out"},
    {{"--name", "www.example.com", "--name", "notexample.com"}, A C, "2 shown"},
    {{"--name", "a\\.example.com"}, D, "1 shown"},
    {{"--type", "a"}, A D, "2 shown"},
    {{"--type", "TYPE65280", "--type=MX"}, C E, "2 shown"},
    {{"--rcode", "nxdomain"}, B, "1 shown"},
    {{"--rcode", "RCODE3000", "--rcode", "RCODE2"}, C D, "2 shown"},
    {{"--outcome", "dropped", "--outcome", "timeout"}, D E, "2 shown"},
    {{"--software", "bind"}, B, "1 shown"},
    {{"--client", "192.0.2.0/24"}, A, "1 of those filtered out may be of that client"},
    {{"--client", "192.0.0.0/8"}, A E, "2 shown, 4 filtered out, 0 lost\n"},
    {{"--client", "2001:db8::7"}, B, "1 shown"},
    {{"--client", "2001:db8::/32", "--client", "10.0.0.0/8"}, B D, "2 shown"},
    {{"--client", "0.0.0.0/0"}, A E, "2 shown"},
    {{"--name", "example.com", "--type", "A", "--rcode", "NOERROR"}, A, "1 shown"},
    {{"--name", "nowhere.test"}, "", "0 shown, 6 filtered out"},
};

static void every_filter_keeps_what_it_names(void **state)
{
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(filters); i++) {
        struct stage *stage = open_stage();
        int status = play(stage, filters[i].args, ALL);

        if (status != TT_CTL_FAILED || strcmp(stage->out_text, filters[i].out) != 0 ||
            strstr(stage->err_text, filters[i].err) == NULL) {
            print_error("filter %zu: status %d\n%s%s", i, status, stage->out_text, stage->err_text);
            failed_n++;
        }
        close_stage(stage);
    }
    assert_int_equal(failed_n, 0);
}

struct refused {
    const char *args[ARGS_MAX];
    const char *err;
};

static const struct refused refusals[] = {
    {{"--rcode", "NXDOMIAN"}, "--rcode \"NXDOMIAN\": expected one of NOERROR FORMERR SERVFAIL NXDOMAIN"},
    {{"--rcode", "NXDOMIAN"}, ", or RCODE123"},
    {{"--type", ""}, "--type \"\": expected one of A NS"},
    {{"--type", "TYPE65536"}, "HTTPS"},
    {{"--outcome", "lost"}, "expected one of answered dropped timeout"},
    {{"--software", "named"}, "expected one of unbound bind dnsdist proxy"},
    {{"--client", "192.0.2.0/33"}, "expected an address or a network"},
    {{"--client", "192.0.2/24"}, "expected an address or a network"},
    {{"--client", "192.0.2.1/"}, "expected an address or a network"},
    {{"--name", "a..b"}, "expected a domain name"},
    {{"--name", "b\xC3\xBC"
                "cher.example"},
     "xn--"},
    {{"--name"}, "--name: expected a value behind it"},
    {{"--type", "A", "--count"}, "--count: expected a value behind it"},
    {{"--name=a.test", "--state-dir"}, "--state-dir: expected a value behind it"},
    {{"--as"}, "unexpected argument \"--as\""},
    {{"--zone", "x"}, "unexpected argument \"--zone\""},
    {{"example.com"}, "unexpected argument \"example.com\""},
    {{"--color", "green"}, "expected one of auto always never"},
    {{"--count", "0"}, "expected a number from 1 on"},
    {{"--count", "-1"}, "expected a number from 1 on"},
    {{"--json", "--text"}, "exclude each other"},
    {{"--state-dir", "/nowhere"}, "exclude each other"},
};

static void what_is_not_known_is_refused_with_what_is(void **state)
{
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(refusals); i++) {
        struct stage *stage = open_stage();
        int status;

        start(stage, refusals[i].args, 0);
        await_out(stage, NULL);
        status = finish(stage);
        if (status != TT_CTL_USAGE || stage->out_n > 0 || strstr(stage->err_text, refusals[i].err) == NULL) {
            print_error("refusal %zu: status %d\n%s%s", i, status, stage->out_text, stage->err_text);
            failed_n++;
        }
        close_stage(stage);
    }
    assert_int_equal(failed_n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_filter_keeps_what_it_names),
        cmocka_unit_test(what_is_not_known_is_refused_with_what_is),
    };

    return cmocka_run_group_tests(tests, set_environment, NULL);
}
