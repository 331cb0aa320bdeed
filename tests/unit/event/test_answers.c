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
#include "build.h"

#define WWW "\3www\7example\0"
#define CDN "\3CDN\3net\0"
#define LEN(literal) (sizeof(literal) - 1)
#define A_RDATA "\xc0\0\2\1"
#define SOA_RDATA "\0\0\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

enum { A = 1, NS = 2, CNAME = 5, SOA = 6, TXT = 16, AAAA = 28, RRSIG = 46, ANY = 255 };
enum verdict { ABSENT, NODATA, NXDOMAIN, DIGEST };

static struct build build;

/* What of an answer a row puts together. */
enum part {
    P_A = 1,        /* an A record of the query name */
    P_ALIAS = 2,    /* the query name is an alias of CDN */
    P_CDN_A = 4,    /* an A record of CDN */
    P_SOA = 8,      /* in the authority section */
    P_NS = 16,      /* in the authority section */
    P_OTHER = 32,   /* an A record of a name that has nothing to do with it */
    P_LOOP = 64,    /* CDN is an alias of the query name */
    P_OWN_NS = 128, /* of the query name, in the authority section */
};

static void put_parts(unsigned parts)
{
    if (parts & P_A)
        build_rr(&build, TT_RR_ANSWER, A, WWW, LEN(WWW), A_RDATA, 4);
    if (parts & P_ALIAS)
        build_rr(&build, TT_RR_ANSWER, CNAME, "\3WWW\7example\0", LEN(WWW), CDN, LEN(CDN));
    if (parts & P_CDN_A)
        build_rr(&build, TT_RR_ANSWER, A, "\3cdn\3net\0", LEN(CDN), A_RDATA, 4);
    if (parts & P_LOOP)
        build_rr(&build, TT_RR_ANSWER, CNAME, CDN, LEN(CDN), WWW, LEN(WWW));
    if (parts & P_OTHER)
        build_rr(&build, TT_RR_ANSWER, A, "\5other\0", 7, "\xc0\0\2\x63", 4);
    if (parts & P_SOA)
        build_rr(&build, TT_RR_AUTHORITY, SOA, "\7example\0", 9, SOA_RDATA, LEN(SOA_RDATA));
    if (parts & P_NS)
        build_rr(&build, TT_RR_AUTHORITY, NS, "\7example\0", 9, "\2ns\0", 4);
    if (parts & P_OWN_NS)
        build_rr(&build, TT_RR_AUTHORITY, NS, WWW, LEN(WWW), "\2ns\0", 4);
}

static enum verdict verdict_of(const struct tt_event *event)
{
    if (!TT_EVENT_HAS(event, answer_digest))
        return ABSENT;
    return event->answer_digest == 0 ? NODATA : event->answer_digest == 1 ? NXDOMAIN : DIGEST;
}

enum { CLIENT = 1, RESOLVER = 2, AUTH = 4 };
static const struct {
    const char *name;
    uint8_t message_type;
    uint16_t type, rcode;
    unsigned parts, flags, have_not, have;
    enum verdict expect;
} digest_cases[] = {
    {"an address", CLIENT, A, 0, P_A, 0, 0, 0, DIGEST},
    {"an alias and its address", CLIENT, A, 0, P_ALIAS | P_CDN_A, 0, 0, 0, DIGEST},
    {"nothing", CLIENT, A, 0, 0, 0, 0, 0, NODATA},
    {"another type only", CLIENT, AAAA, 0, P_A, 0, 0, 0, NODATA},
    {"records of a stranger only", CLIENT, A, 0, P_OTHER, 0, 0, 0, NODATA},
    {"an alias that ends in nothing", CLIENT, A, 0, P_ALIAS, 0, 0, 0, NODATA},
    {"a chain that bites its tail", CLIENT, A, 0, P_ALIAS | P_LOOP, 0, 0, 0, ABSENT},
    {"an alias alone, from an upstream", RESOLVER, A, 0, P_ALIAS, 0, 0, 0, ABSENT},
    {"an alias alone, from an authority", AUTH, A, 0, P_ALIAS, 0, 0, 0, ABSENT},
    {"an alias and an SOA, from an upstream", RESOLVER, A, 0, P_ALIAS | P_SOA, 0, 0, 0, NODATA},
    {"the alias itself was asked for", RESOLVER, CNAME, 0, P_ALIAS, 0, 0, 0, DIGEST},
    {"answers were not looked at", CLIENT, A, 0, 0, 0, TT_HAVE_ANSWERS, 0, ABSENT},
    {"no such name", CLIENT, A, 3, P_SOA, 0, 0, 0, NXDOMAIN},
    {"no such name, answers not looked at", CLIENT, A, 3, 0, 0, TT_HAVE_ANSWERS, 0, NXDOMAIN},
    {"no such name behind an alias", CLIENT, A, 3, P_ALIAS, 0, 0, 0, NXDOMAIN},
    {"server failure", CLIENT, A, 2, P_A, 0, 0, 0, ABSENT},
    {"refused", CLIENT, A, 5, 0, 0, 0, 0, ABSENT},
    {"response code not known", CLIENT, A, 0, P_A, 0, TT_HAVE_RESPONSE_CODE, 0, ABSENT},
    {"cut", CLIENT, A, 0, P_A, TT_OBS_CUT, 0, 0, ABSENT},
    {"cut, no such name", CLIENT, A, 3, 0, TT_OBS_CUT, 0, 0, ABSENT},
    {"truncated to nothing", CLIENT, A, 0, 0, TT_OBS_TC, 0, TT_HAVE_TC, ABSENT},
    {"truncated on the wire, but known whole", CLIENT, A, 0, P_A, TT_OBS_TC, 0, TT_HAVE_TC, DIGEST},
    {"any type", CLIENT, ANY, 0, P_A, 0, 0, 0, ABSENT},
    {"signatures", CLIENT, RRSIG, 0, 0, 0, 0, 0, ABSENT},
    {"the host says referral", RESOLVER, A, 0, P_NS, TT_OBS_REFERRAL, 0, TT_HAVE_REFERRAL, ABSENT},
    {"looks like a referral", RESOLVER, A, 0, P_NS, 0, 0, 0, ABSENT},
    {"NS records below an authoritative answer", RESOLVER, A, 0, P_NS, TT_OBS_AA, 0, TT_HAVE_RESPONSE_FLAGS,
     NODATA},
    {"NS and SOA records", RESOLVER, A, 0, P_NS | P_SOA, 0, 0, 0, NODATA},
    {"the host says no referral", RESOLVER, A, 0, P_NS, 0, 0, TT_HAVE_REFERRAL, NODATA},
    {"a delegation of the very name and type", RESOLVER, NS, 0, P_OWN_NS, 0, 0, 0, ABSENT},
    {"type not known", CLIENT, A, 0, P_A, 0, TT_HAVE_QUERY_TYPE, 0, ABSENT},
};

static void a_digest_is_given_when_the_answer_is_whole_and_says_something(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(digest_cases); i++) {
        struct tt_obs *obs = &build.record.obs;

        build_begin(&build, digest_cases[i].message_type);
        obs->query_type = digest_cases[i].type;
        obs->response_code = digest_cases[i].rcode;
        obs->flags = (uint16_t)digest_cases[i].flags;
        obs->have = (obs->have | digest_cases[i].have) & ~digest_cases[i].have_not;
        build_qname(&build, WWW, LEN(WWW));
        put_parts(digest_cases[i].parts);
        assert_int_equal(build_event(&build), TT_OK);
        if (verdict_of(&build.event) != digest_cases[i].expect)
            fail_msg("%s", digest_cases[i].name);
        assert_int_equal(TT_EVENT_HAS(&build.event, answer_truncated),
                         (digest_cases[i].flags & TT_OBS_CUT) != 0);
    }
}

/* t: it is one, f: it is none, -: absent. */
static const struct {
    const char *name;
    uint8_t message_type;
    uint16_t rcode, answer_count;
    unsigned parts, flags, have_not, have;
    char expect;
} referral_cases[] = {
    {"name servers and nothing else", RESOLVER, 0, 0, P_NS, 0, 0, 0, 't'},
    {"the host knows better", RESOLVER, 0, 0, P_NS, 0, 0, TT_HAVE_REFERRAL, 'f'},
    {"the host says so", RESOLVER, 0, 0, 0, TT_OBS_REFERRAL, 0, TT_HAVE_REFERRAL, 't'},
    {"an authority's word", RESOLVER, 0, 0, P_NS, TT_OBS_AA, 0, TT_HAVE_RESPONSE_FLAGS, 'f'},
    {"name servers and an SOA", RESOLVER, 0, 0, P_NS | P_SOA, 0, 0, 0, 'f'},
    {"an answer", RESOLVER, 0, 1, P_A | P_NS, 0, 0, 0, 'f'},
    {"an alias", RESOLVER, 0, 1, P_ALIAS | P_NS, 0, 0, 0, 'f'},
    {"no such name", RESOLVER, 3, 0, P_NS, 0, 0, 0, 'f'},
    {"truncated", RESOLVER, 0, 0, P_NS, TT_OBS_TC, 0, TT_HAVE_TC, '-'},
    {"cut", RESOLVER, 0, 0, P_NS, TT_OBS_CUT, 0, 0, '-'},
    {"cut, but there was an answer", RESOLVER, 0, 1, P_A | P_NS, TT_OBS_CUT, 0, 0, 'f'},
    {"answers not looked at", RESOLVER, 0, 0, P_NS, 0, TT_HAVE_ANSWERS, 0, '-'},
    {"for a client", CLIENT, 0, 0, P_NS, 0, 0, 0, '-'},
};

static void an_upstream_event_says_whether_it_is_a_referral(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(referral_cases); i++) {
        struct tt_obs *obs = &build.record.obs;
        const struct tt_event *event = &build.event;

        build_begin(&build, referral_cases[i].message_type);
        obs->response_code = referral_cases[i].rcode;
        obs->answer_count = referral_cases[i].answer_count;
        obs->flags = (uint16_t)referral_cases[i].flags;
        obs->have = (obs->have | TT_HAVE_ANSWER_COUNT | referral_cases[i].have) & ~referral_cases[i].have_not;
        build_qname(&build, WWW, LEN(WWW));
        put_parts(referral_cases[i].parts);
        assert_int_equal(build_event(&build), TT_OK);
        if ((!TT_EVENT_HAS(event, referral) ? '-' : event->referral ? 't' : 'f') != referral_cases[i].expect)
            fail_msg("%s", referral_cases[i].name);
    }
}

static void the_chain_and_addresses_follow_the_query_name(void **state)
{
    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build_qname(&build, "\3wWw\7ExamplE\0", LEN(WWW));
    put_parts(P_CDN_A | P_OTHER | P_ALIAS);
    assert_int_equal(build_event(&build), TT_OK);
    assert_int_equal(build.event.answer_names.items_n, 1);
    assert_true(tt_str_equal(build.event.answer_names.items[0], TT_STR("cdn.net")));
    assert_int_equal(build.event.answer_ips.items_n, 1);
    assert_int_equal(build.event.answer_ips.items[0].family, 4);
    assert_memory_equal(build.event.answer_ips.items[0].bytes, A_RDATA, 4);
    assert_false(TT_EVENT_HAS(&build.event, answer_rdata));
}

static void an_address_of_wrong_length_is_no_address(void **state)
{
    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build_qname(&build, WWW, LEN(WWW));
    build_rr(&build, TT_RR_ANSWER, A, WWW, LEN(WWW), "\1\2\3", 3);
    build_rr(&build, TT_RR_ANSWER, AAAA, "", 0, "\1\2\3\4", 4);
    assert_int_equal(build_event(&build), TT_OK);
    assert_false(TT_EVENT_HAS(&build.event, answer_ips));
}

static void record_data_is_shown_of_upstream_events_only(void **state)
{
    (void)state;
    for (uint8_t type = TT_message_type_CLIENT_RESPONSE; type <= TT_message_type_PROBE_RESPONSE; type++) {
        bool is_upstream =
            type == TT_message_type_RESOLVER_RESPONSE || type == TT_message_type_FORWARDER_RESPONSE;

        build_begin(&build, type);
        build.record.obs.query_type = TXT;
        build_qname(&build, WWW, LEN(WWW));
        build_rr(&build, TT_RR_ANSWER, TXT, WWW, LEN(WWW), "\1b", 2);
        build_rr(&build, TT_RR_ANSWER, TXT, "", 0, "\1a", 2);
        assert_int_equal(build_event(&build), TT_OK);
        assert_int_equal(TT_EVENT_HAS(&build.event, answer_rdata), is_upstream);
        if (is_upstream)
            assert_true(tt_str_equal(build.event.answer_rdata.items[0], TT_STR("\"a\"")));
    }
}

/* Text that is four times as long as its bytes: the field's 4 KiB end before the record's. */
static void record_data_that_does_not_fit_is_left_out_and_said(void **state)
{
    uint8_t text[201] = {200};

    (void)state;
    build_begin(&build, TT_message_type_RESOLVER_RESPONSE);
    build.record.obs.query_type = TXT;
    build_qname(&build, WWW, LEN(WWW));
    for (unsigned i = 0; i < 8; i++) {
        memset(text + 1, 0x80 + (int)i, 200);
        build_rr(&build, TT_RR_ANSWER, TXT, WWW, LEN(WWW), text, sizeof(text));
    }
    assert_int_equal(build_event(&build), TT_OK);
    assert_int_equal(build.event.answer_rdata.items_n, 5); /* of 802 bytes each */
    assert_true(TT_EVENT_HAS(&build.event, answer_truncated) && build.event.answer_truncated);
    assert_false(TT_EVENT_HAS(&build.event, answer_digest));
}

static void the_serial_is_the_soa_records(void **state)
{
    (void)state;
    build_begin(&build, TT_message_type_CLIENT_RESPONSE);
    build_qname(&build, WWW, LEN(WWW));
    put_parts(P_SOA);
    assert_int_equal(build_event(&build), TT_OK);
    assert_true(TT_EVENT_HAS(&build.event, soa_serial));
    assert_int_equal(build.event.soa_serial, 0x01020304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_given_when_the_answer_is_whole_and_says_something),
        cmocka_unit_test(an_upstream_event_says_whether_it_is_a_referral),
        cmocka_unit_test(the_chain_and_addresses_follow_the_query_name),
        cmocka_unit_test(an_address_of_wrong_length_is_no_address),
        cmocka_unit_test(record_data_is_shown_of_upstream_events_only),
        cmocka_unit_test(record_data_that_does_not_fit_is_left_out_and_said),
        cmocka_unit_test(the_serial_is_the_soa_records),
    };
    int failed;

    if (tt_arena_init(&build.arena, TT_EVENT_ARENA_MAX) != TT_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tt_arena_fini(&build.arena);
    return failed;
}
