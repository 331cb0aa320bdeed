/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "sink/filter.h"
#include "sink/filter_names.h"
#include "wire/codes.h"

static char words[4096], *items[128];
static size_t words_n, items_n;

/* Texts of a configuration, from words with spaces between; they live as long as the program. */
static struct tt_texts texts_of(const char *text)
{
    struct tt_texts texts = {&items[items_n], 0};

    for (size_t len; *text != '\0'; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        assert_true(words_n + len < sizeof(words) && items_n < TT_COUNT(items));
        items[items_n++] = memcpy(words + words_n, text, len);
        words_n += len + 1;
        texts.items_n++;
    }
    return texts;
}

static struct tt_conf_net net_of(const char *text, uint8_t prefix)
{
    struct tt_conf_net net = {{0, {0}}, prefix};

    assert_int_equal(tt_ip_parse(tt_str_from(text), &net.ip), TT_OK);
    return net;
}

/* An answered client event of one name; NULL client: an upstream event. */
static struct tt_event event_of(const char *name, const char *client)
{
    struct tt_event event;

    memset(&event, 0, sizeof(event));
    event.message_type =
        client != NULL ? TT_message_type_CLIENT_RESPONSE : TT_message_type_RESOLVER_RESPONSE;
    TT_EVENT_SET(&event, outcome, TT_outcome_ANSWERED);
    TT_EVENT_SET(&event, response_code, TT_RCODE_NOERROR);
    TT_EVENT_SET(&event, query_type, TT_TYPE_A);
    if (name != NULL)
        TT_EVENT_SET(&event, query_name, tt_str_from(name));
    if (client != NULL) {
        struct tt_conf_net net = net_of(client, strchr(client, ':') != NULL ? 128 : 32);
        TT_EVENT_SET(&event, client_net, ((struct tt_net){net.ip, net.prefix}));
    }
    return event;
}

static enum tt_filter_reason judge(const struct tt_conf_sink *conf, const struct tt_event *event, const struct tt_filter_lists *lists)
{
    static const struct tt_filter_lists none;
    enum tt_filter_reason reason;
    struct tt_filter *filter;

    assert_int_equal(tt_filter_new(conf, &filter), TT_OK);
    reason = tt_filter_event(filter, lists != NULL ? lists : &none, event);
    tt_filter_free(&filter);
    assert_null(filter);
    return reason;
}

enum filter { BY_NAME, BY_CLIENT, BY_RCODE, BY_TYPE, BY_OUTCOME, BOTH, ROOT, FILTERS_N };

/* Whether the condition matches; -1: as event_of makes it. */
static const struct {
    const char *name, *client;
    enum filter filter;
    bool expect;
    int rcode, type, outcome;
} condition_cases[] = {
    {"example.com", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {"www.example.com", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {"wwwexample.com", "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {"com", "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {"x.y.net", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {"a\\.b.org", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {"x.a\\.b.org", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {"b.org", "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {"x\\.net", "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {"x\\\\.net", "192.0.2.1", BY_NAME, true, -1, -1, -1},
    {".", "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {NULL, "192.0.2.1", BY_NAME, false, -1, -1, -1},
    {".", "192.0.2.1", ROOT, true, -1, -1, -1},
    {"x.y", NULL, ROOT, true, -1, -1, -1},
    {NULL, "192.0.2.1", ROOT, false, -1, -1, -1},
    {"x", "192.0.2.255", BY_CLIENT, true, -1, -1, -1},
    {"x", "192.0.3.0", BY_CLIENT, false, -1, -1, -1},
    {"x", "2001:db8:ffff::1", BY_CLIENT, true, -1, -1, -1},
    {"x", "2001:db9::1", BY_CLIENT, false, -1, -1, -1},
    {"x", "198.51.100.7", BY_CLIENT, true, -1, -1, -1},
    {"x", "198.51.100.6", BY_CLIENT, false, -1, -1, -1},
    {"x", NULL, BY_CLIENT, false, -1, -1, -1},
    {"x", "::1", BY_RCODE, false, -1, -1, -1},
    {"x", "::1", BY_RCODE, true, 2, -1, -1},
    {"x", "::1", BY_RCODE, true, 23, -1, -1},
    {"x", "::1", BY_RCODE, false, 3, -1, -1},
    {"x", "::1", BY_TYPE, true, -1, 28, -1},
    {"x", "::1", BY_TYPE, true, -1, 65280, -1},
    {"x", "::1", BY_TYPE, false, -1, 1, -1},
    {"x", NULL, BY_OUTCOME, true, -1, -1, TT_outcome_TIMEOUT},
    {"x", NULL, BY_OUTCOME, false, -1, -1, TT_outcome_DROPPED},
    {"example.com", "192.0.2.1", BOTH, true, -1, -1, -1},
    {"example.com", "192.0.3.1", BOTH, false, -1, -1, -1},
    {"example.net", "192.0.2.1", BOTH, false, -1, -1, -1},
};

/* only passes exactly what except holds back. */
static void each_kind_of_condition_matches_its_events(void **state)
{
    struct tt_conf_net nets[] = {net_of("192.0.2.0", 24), net_of("2001:db8::", 32),
                                 net_of("198.51.100.7", 32)};
    const struct tt_conf_filter filters[FILTERS_N] = {
        [BY_NAME] = {.is_given = true, .names = texts_of("Example.com net a\\.b.org")},
        [BY_CLIENT] = {.is_given = true, .clients = {nets, 3}},
        [BY_RCODE] = {.is_given = true, .rcodes = texts_of("SERVFAIL rcode23")},
        [BY_TYPE] = {.is_given = true, .types = texts_of("AAAA type65280")},
        [BY_OUTCOME] = {.is_given = true, .outcomes = 1u << TT_outcome_TIMEOUT},
        [BOTH] = {.is_given = true, .names = texts_of("example.com"), .clients = {nets, 1}},
        [ROOT] = {.is_given = true, .names = texts_of(".")},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(condition_cases); i++) {
        struct tt_event event = event_of(condition_cases[i].name, condition_cases[i].client);
        struct tt_conf_sink only = {.only = filters[condition_cases[i].filter]};
        struct tt_conf_sink except = {.except = only.only};
        bool expect = condition_cases[i].expect;

        if (condition_cases[i].rcode >= 0)
            event.response_code = (uint16_t)condition_cases[i].rcode;
        if (condition_cases[i].type >= 0)
            event.query_type = (uint16_t)condition_cases[i].type;
        if (condition_cases[i].outcome >= 0)
            event.outcome = (uint8_t)condition_cases[i].outcome;
        if (judge(&only, &event, NULL) != (expect ? TT_FILTER_REASONS_N : TT_FILTER_ONLY) ||
            judge(&except, &event, NULL) != (expect ? TT_FILTER_EXCEPT : TT_FILTER_REASONS_N))
            fail_msg("row %zu: %s %s", i, condition_cases[i].name, condition_cases[i].client);
    }
}

static void a_field_that_is_not_known_matches_nothing(void **state)
{
    struct tt_conf_sink conf[] = {
        {.only = {.is_given = true, .rcodes = texts_of("NOERROR")}},
        {.only = {.is_given = true, .types = texts_of("A")}},
        {.only = {.is_given = true, .outcomes = 1u << TT_outcome_ANSWERED}},
        {.only = {.is_given = true, .names = texts_of("x")}},
    };
    struct tt_event whole = event_of("x", "192.0.2.1"), empty = whole;

    (void)state;
    empty.have = (struct tt_fields){{0, 0}};
    for (size_t i = 0; i < TT_COUNT(conf); i++) {
        assert_int_equal(judge(&conf[i], &whole, NULL), TT_FILTER_REASONS_N);
        assert_int_equal(judge(&conf[i], &empty, NULL), TT_FILTER_ONLY);
    }
}

static bool is_listed(const void *list, struct tt_str name)
{
    return tt_str_equal(tt_str_from(list), name);
}

static void a_list_matches_when_it_is_loaded_and_has_the_name(void **state)
{
    char path[] = "list.txt";
    struct tt_conf_sink only = {.only = {.is_given = true, .list = path}};
    struct tt_conf_sink except = {.except = {.is_given = true, .list = path}};
    struct tt_filter_lists both = {true, "bad.example", "bad.example", is_listed},
                           none = {true, NULL, NULL, is_listed};
    struct tt_event bad = event_of("bad.example", "192.0.2.1"),
                    good = event_of("good.example", "192.0.2.1");
    struct tt_event nameless = bad;

    (void)state;
    tt_fields_drop(&nameless.have, TT_FIELD_query_name);
    assert_int_equal(judge(&only, &bad, &both), TT_FILTER_REASONS_N);
    assert_int_equal(judge(&only, &good, &both), TT_FILTER_ONLY);
    assert_int_equal(judge(&only, &nameless, &both), TT_FILTER_ONLY);
    assert_int_equal(judge(&only, &bad, &none), TT_FILTER_ONLY);
    assert_int_equal(judge(&except, &bad, &both), TT_FILTER_EXCEPT);
    assert_int_equal(judge(&except, &good, &both), TT_FILTER_REASONS_N);
    assert_int_equal(judge(&except, &good, &none), TT_FILTER_EXCEPT); /* it may hold any name */
}

static void residency_holds_back_what_belongs_elsewhere(void **state)
{
    static const struct {
        const char *residency;
        enum tt_filter_reason expect;
    } cases[] = {{"eu", TT_FILTER_REASONS_N},
                 {"ch", TT_FILTER_REASONS_N},
                 {"us", TT_FILTER_RESIDENCY},
                 {"e", TT_FILTER_RESIDENCY},
                 {NULL, TT_FILTER_REASONS_N}};
    struct tt_conf_sink some = {.residency = texts_of("eu ch")}, any = {0};
    struct tt_filter_lists known = {.are_zones_known = true};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = event_of("x", "192.0.2.1");

        if (cases[i].residency != NULL)
            TT_EVENT_SET(&event, residency, tt_str_from(cases[i].residency));
        assert_int_equal(judge(&some, &event, &known), cases[i].expect);
        assert_int_equal(judge(&some, &event, NULL), TT_FILTER_RESIDENCY); /* zones are not loaded */
        assert_int_equal(judge(&any, &event, NULL), TT_FILTER_REASONS_N);
    }
}

static void ignore_covers_names_and_clients(void **state)
{
    struct tt_conf_net nets[] = {net_of("127.0.0.0", 8)};
    struct tt_conf conf = {.ignore_names = texts_of("localhost local"),
                           .ignore_clients = {nets, 1}};
    static const struct {
        const char *name, *client;
        bool expect;
    } cases[] = {{"localhost", "192.0.2.1", true},
                 {"a.b.local", "192.0.2.1", true},
                 {"alocal", "192.0.2.1", false},
                 {"x", "127.9.9.9", true},
                 {"x", "128.0.0.1", false},
                 {"a.local", NULL, true},
                 {NULL, NULL, false}};
    struct tt_ignore *ignore;

    (void)state;
    assert_int_equal(tt_ignore_new(&conf, &ignore), TT_OK);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = event_of(cases[i].name, cases[i].client);
        assert_int_equal(tt_ignore_has(ignore, &event), cases[i].expect);
    }
    tt_ignore_free(&ignore);
    assert_null(ignore);
    assert_int_equal(tt_ignore_new(&(struct tt_conf){0}, &ignore), TT_OK);
    assert_false(tt_ignore_has(ignore, &(struct tt_event){.have = {{0, 0}}}));
    tt_ignore_free(&ignore);
}

/* A replayed record may know a network only: all of it must lie in the condition's. */
static void a_network_matches_when_all_of_it_does(void **state)
{
    struct tt_conf_net nets[] = {net_of("192.0.2.0", 24)};
    struct tt_conf_sink conf = {.only = {.is_given = true, .clients = {nets, 1}}};
    struct tt_event event = event_of("x", "192.0.2.0");

    (void)state;
    event.client_net.prefix = 24;
    assert_int_equal(judge(&conf, &event, NULL), TT_FILTER_REASONS_N);
    event.client_net.prefix = 20;
    assert_int_equal(judge(&conf, &event, NULL), TT_FILTER_ONLY);
}

static void words_that_nobody_checked_are_refused(void **state)
{
    struct tt_conf_sink conf[] = {{.only = {.is_given = true, .rcodes = texts_of("NOSUCH")}},
                                  {.except = {.is_given = true, .types = texts_of("A NOSUCH")}},
                                  {.only = {.is_given = true, .names = texts_of("a..b")}}};
    struct tt_filter *filter;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(conf); i++) {
        assert_int_equal(tt_filter_new(&conf[i], &filter), TT_ESYNTAX);
        assert_null(filter);
    }
}

/* Against the plain comparison, on random names of few labels so that hits are common. */
static void a_large_set_covers_what_comparing_each_zone_covers(void **state)
{
    enum { ZONES = 3000, ROUNDS = 60000 };
    static char texts[ZONES][24], *list[ZONES];
    struct tt_texts zones = {list, ZONES};
    struct tt_filter_names names;
    unsigned hits = 0;

    (void)state;
    srandom(4);
    for (int i = 0; i < ZONES; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%lx.%lx.%lx", random() % 16, random() % 16,
                 random() % 64);
        list[i] = texts[i] + (random() % 50 == 0 ? strcspn(texts[i], ".") + 1 : 0);
    }
    assert_int_equal(tt_filter_names_init(&names, &zones), TT_OK);
    for (int round = 0; round < ROUNDS; round++) {
        char name[40];
        size_t len = (size_t)snprintf(name, sizeof(name), "%lx.%lx.%lx.%lx", random() % 99,
                                      random() % 16, random() % 16, random() % 64);
        bool expect = false;

        for (int i = 0; i < ZONES && !expect; i++) {
            size_t zone_len = strlen(list[i]);
            expect = len > zone_len && memcmp(name + len - zone_len, list[i], zone_len) == 0 &&
                     name[len - zone_len - 1] == '.';
        }
        hits += expect;
        assert_int_equal(tt_filter_names_cover(&names, (struct tt_str){name, (uint32_t)len}),
                         expect);
    }
    assert_true(hits > 1000 && hits < ROUNDS - 1000);
    tt_filter_names_fini(&names);
}

static void what_matters_is_never_left_out_by_a_sample(void **state)
{
    static const struct {
        const char *client;
        uint8_t outcome;
        uint16_t rcode;
        bool is_always_kept;
    } cases[] = {
        {"192.0.2.1", TT_outcome_ANSWERED, 0, false}, {"192.0.2.1", TT_outcome_ANSWERED, 3, false},
        {"192.0.2.1", TT_outcome_ANSWERED, 2, true},  {"192.0.2.1", TT_outcome_ANSWERED, 5, true},
        {"192.0.2.1", TT_outcome_DROPPED, 0, true},   {NULL, TT_outcome_ANSWERED, 2, false},
        {NULL, TT_outcome_TIMEOUT, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_event event = event_of("x", cases[i].client);
        unsigned kept = 0;

        event.outcome = cases[i].outcome;
        event.response_code = cases[i].rcode;
        for (uint64_t n = 0; n < 1000; n++) {
            float weight;
            TT_EVENT_SET(&event, event_id, n);
            weight = tt_sample_weight(&event, 0.25);
            assert_true(weight == 0 || weight == (cases[i].is_always_kept ? 1.0f : 4.0f));
            kept += weight > 0;
        }
        assert_true(cases[i].is_always_kept ? kept == 1000 : kept > 200 && kept < 300);
        assert_true(tt_sample_weight(&event, 1) == 1.0f);
    }
}

/* By the published rule, one transaction as a whole, and a smaller share within a larger one. */
static void the_sample_is_by_hash_of_the_transaction(void **state)
{
    struct tt_event event = event_of("x", "192.0.2.1");

    (void)state;
    event.random = 0x0123456789abcdef;
    for (uint64_t n = 0; n < 2000; n++) {
        uint64_t id = (uint64_t)2 << 48 | n,
                 halves[2] = {__builtin_bswap64(event.random), __builtin_bswap64(id)};
        bool expect = (double)(XXH3_64bits(halves, 16) >> 11) / 9007199254740992.0 < 0.1;
        float by_event, small, large;

        TT_EVENT_SET(&event, event_id, id);
        tt_fields_drop(&event.have, TT_FIELD_transaction_id);
        by_event = tt_sample_weight(&event, 0.1);
        TT_EVENT_SET(&event, event_id, n * 77);
        TT_EVENT_SET(&event, transaction_id, id);
        small = tt_sample_weight(&event, 0.1);
        large = tt_sample_weight(&event, 0.5);
        assert_true((by_event > 0) == expect && (small > 0) == expect && (large > 0 || small == 0));
        event.message_type = TT_message_type_RESOLVER_RESPONSE;
        assert_true(tt_sample_weight(&event, 0.1) == small);
        event.message_type = TT_message_type_CLIENT_RESPONSE;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_condition_matches_its_events),
        cmocka_unit_test(a_field_that_is_not_known_matches_nothing),
        cmocka_unit_test(a_list_matches_when_it_is_loaded_and_has_the_name),
        cmocka_unit_test(residency_holds_back_what_belongs_elsewhere),
        cmocka_unit_test(ignore_covers_names_and_clients),
        cmocka_unit_test(a_network_matches_when_all_of_it_does),
        cmocka_unit_test(words_that_nobody_checked_are_refused),
        cmocka_unit_test(a_large_set_covers_what_comparing_each_zone_covers),
        cmocka_unit_test(what_matters_is_never_left_out_by_a_sample),
        cmocka_unit_test(the_sample_is_by_hash_of_the_transaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
