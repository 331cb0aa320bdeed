/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "enrich/enrich.h"
#include "enrich/geo.h"
#include "enrich/suffix.h"
#include "enrich/threat.h"
#include "enrich/watch.h"
#include "mmdb_build.h"

static char why_text[TT_DATA_WHY_MAX], build_text[TT_DATA_BUILD_MAX];
static char zone_name[] = "example.com", zone_owner[] = "dns-team", zone_class[] = "critical",
            zone_residency[] = "eu";

struct world {
    struct tt_enricher *enricher;
    struct tt_data data;
    struct tt_event event;
    struct tt_arena arena;
    struct tt_suffix *suffix;
    struct tt_watch *watch;
    struct tt_threat *threats[3];
    struct tt_geo *country, *asn;
};

/* 192.0.2.0/24 is in DE, 65001 "Alpha Net"; 198.51.100.0/24 in FR, 65002; 203.0.113.0/25 65001 without
 * country. */
static void make_country(struct world *world, struct mmdb_build *build, struct tt_conf_geo *conf)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text)),
                  text = tt_buf_over(build_text, sizeof(build_text));
    static const char *const words[] = {"DE", "FR"};
    static const uint8_t nets[][4] = {{192, 0, 2, 0}, {198, 51, 100, 0}};

    mmdb_begin(build);
    for (int i = 0; i < 2; i++) {
        uint32_t offset = build->data_n;
        mmdb_map(build, 1), mmdb_text(build, "country"), mmdb_map(build, 1);
        mmdb_text(build, "iso_code"), mmdb_text(build, words[i]);
        mmdb_net(build, nets[i], 24, offset);
    }
    mmdb_end(build, "Test-Country");
    if (tt_geo_new(build->bytes, build->bytes_n, NULL, TT_GEO_OF_COUNTRY, conf, &world->country, &text,
                   &why) != TT_OK)
        fail_msg("%s", tt_buf_cstr(&why));
}

static void make_asn(struct world *world, struct mmdb_build *build, struct tt_conf_geo *conf)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text)),
                  text = tt_buf_over(build_text, sizeof(build_text));
    static const struct {
        uint8_t ip[4], prefix;
        uint32_t asn;
        const char *org;
    } nets[] = {{{192, 0, 2, 0}, 24, 65001, "Alpha Net"},
                {{198, 51, 100, 0}, 24, 65002, "Beta Net"},
                {{203, 0, 113, 0}, 25, 65001, "Alpha Net"}};

    mmdb_begin(build);
    for (size_t i = 0; i < TT_COUNT(nets); i++) {
        uint32_t offset = build->data_n;
        mmdb_map(build, 2), mmdb_text(build, "autonomous_system_number"), mmdb_u32(build, nets[i].asn);
        /* 30 bytes of key: the length takes a byte of its own. */
        build->data[build->data_n++] = 2u << 5 | 29;
        build->data[build->data_n++] = 30 - 29;
        memcpy(build->data + build->data_n, "autonomous_system_organization", 30);
        build->data_n += 30;
        mmdb_text(build, nets[i].org);
        mmdb_net(build, nets[i].ip, nets[i].prefix, offset);
    }
    mmdb_end(build, "Test-ASN");
    if (tt_geo_new(build->bytes, build->bytes_n, NULL, TT_GEO_OF_ASN, conf, &world->asn, &text, &why) !=
        TT_OK)
        fail_msg("%s", tt_buf_cstr(&why));
}

static void make_threat(struct world *world, unsigned i, const char *text, const char *name,
                        const char *category, float score)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));

    assert_int_equal(tt_threat_new(text, strlen(text), TT_THREAT_MATCH_AUTO, &world->threats[i], &why),
                     TT_OK);
    world->data.threats[i].set = world->threats[i];
    world->data.threats[i].name = tt_str_from(name);
    world->data.threats[i].category = tt_str_from(category);
    world->data.threats[i].score = score;
    world->data.threats_n = i + 1;
    world->data.has_threats = true;
}

static int open_world(void **state)
{
    static const char list[] = "com\nco.uk\nuk\n";
    static struct mmdb_build build;
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text)),
                  text = tt_buf_over(build_text, sizeof(build_text));
    struct tt_conf_geo conf = {0};
    struct tt_conf_zone zone = {
        .name = zone_name, .owner = zone_owner, .zone_class = zone_class, .residency = zone_residency};
    const struct tt_conf_zone *zones[] = {&zone};
    struct world *world = calloc(1, sizeof(*world));
    unsigned twice_n;

    *state = world;
    if (world == NULL || tt_enricher_new(&world->enricher) != TT_OK ||
        tt_arena_init(&world->arena, TT_EVENT_ARENA_MAX) != TT_OK ||
        tt_suffix_new(list, strlen(list), &world->suffix, &text, &why) != TT_OK ||
        tt_watch_new(zones, 1, &world->watch, &twice_n) != TT_OK)
        return -1;
    make_country(world, &build, &conf);
    make_asn(world, &build, &conf);
    world->data.enrichment_id = 77;
    world->data.suffix = world->suffix;
    world->data.watch = world->watch;
    world->data.country = world->country;
    world->data.asn = world->asn;
    make_threat(world, 0, "a.bad.com\n198.51.100.66\n", "first", "malware", 0.5f);
    make_threat(world, 1, "bad.com\nworse.co.uk\n", "second", NULL, 1);
    make_threat(world, 2, "192.0.2.128/25\nbad.com\n", "third", "phishing", 0.25f);
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    tt_enricher_free(&world->enricher);
    tt_suffix_free(&world->suffix);
    tt_watch_free(&world->watch);
    for (int i = 0; i < 3; i++)
        tt_threat_free(&world->threats[i]);
    tt_geo_free(&world->country);
    tt_geo_free(&world->asn);
    tt_arena_fini(&world->arena);
    free(world);
    return 0;
}

static void begin(struct world *world)
{
    memset(&world->event, 0xA5, sizeof(world->event));
    world->event.have = (struct tt_fields){{0, 0}};
    tt_arena_reset(&world->arena);
}

static void set_name(struct world *world, const char *name)
{
    TT_EVENT_SET(&world->event, query_name, tt_str_from(name));
}

static struct tt_ip ip_of(const char *text)
{
    struct tt_ip ip;

    assert_int_equal(tt_ip_parse(tt_str_from(text), &ip), TT_OK);
    return ip;
}

static void enrich(struct world *world)
{
    tt_enrich_event(world->enricher, &world->data, &world->event, &world->arena);
}

#define HAS(id) TT_EVENT_HAS(&world->event, id)
#define CHECK_TEXT(id, expect) check_text(#id, HAS(id), world->event.id, expect)

static void check_text(const char *id, bool has, struct tt_str text, const char *expect)
{
    if (has != (expect != NULL))
        fail_msg("%s is %s", id, has ? "there" : "absent");
    if (has && !tt_str_equal(text, tt_str_from(expect)))
        fail_msg("%s is %.*s, not %s", id, (int)text.len, text.ptr, expect);
}

static void check_score(const struct world *world, double expect)
{
    assert_true(HAS(domain_risk_score));
    if (fabs((double)world->event.domain_risk_score - expect) > 1e-6)
        fail_msg("risk %g, not %g", (double)world->event.domain_risk_score, expect);
}

static void a_name_brings_what_the_tables_know_of_it(void **state)
{
    static const struct {
        const char *name, *domain, *suffix, *zone, *threat, *category;
        double risk;
    } cases[] = {
        {"www.example.com", "example.com", "com", "example.com", NULL, NULL, 0},
        {"example.co.uk", "example.co.uk", "co.uk", NULL, NULL, NULL, 0},
        {"com", NULL, "com", NULL, NULL, NULL, 0},
        {".", NULL, NULL, NULL, NULL, NULL, 0},
        {"x.a.bad.com", "bad.com", "com", NULL, "first", "malware", 0.5},
        {"b.bad.com", "bad.com", "com", NULL, "second", NULL, 1},
        {"a-name-that-is-far-too-long-for-the-cache.of.bad.com", "bad.com", "com", NULL, "second", NULL, 1},
        {"a-name-that-is-far-too-long-for-the-cache.example.com", "example.com", "com", "example.com", NULL,
         NULL, 0},
    };
    struct world *world = *state;

    /* Twice: from the tables, then from what is kept of them. */
    for (size_t i = 0; i < 2 * TT_COUNT(cases); i++) {
        size_t row = i % TT_COUNT(cases);
        begin(world);
        set_name(world, cases[row].name);
        enrich(world);
        CHECK_TEXT(registrable_domain, cases[row].domain);
        CHECK_TEXT(public_suffix, cases[row].suffix);
        CHECK_TEXT(watched_zone, cases[row].zone);
        CHECK_TEXT(zone_owner, cases[row].zone != NULL ? "dns-team" : NULL);
        CHECK_TEXT(zone_class, cases[row].zone != NULL ? "critical" : NULL);
        CHECK_TEXT(residency, cases[row].zone != NULL ? "eu" : NULL);
        CHECK_TEXT(threat_list, cases[row].threat);
        CHECK_TEXT(threat_category, cases[row].category);
        check_score(world, cases[row].risk);
        assert_true(HAS(enrichment_id) && world->event.enrichment_id == 77);
        assert_false(HAS(country) || HAS(asn_id) || HAS(as_org) || HAS(answer_asn) || HAS(answer_country));
    }
}

static void clients_and_their_networks_are_placed_apart(void **state)
{
    struct world *world = *state;

    begin(world);
    TT_EVENT_SET(&world->event, client_ip, ip_of("192.0.2.9"));
    TT_EVENT_SET(&world->event, ecs, ((struct tt_net){ip_of("198.51.100.0"), 24}));
    enrich(world);
    CHECK_TEXT(country, "DE");
    CHECK_TEXT(as_org, "Alpha Net");
    assert_true(HAS(asn_id) && world->event.asn_id == 65001);
    CHECK_TEXT(ecs_country, "FR");
    assert_true(HAS(ecs_asn) && world->event.ecs_asn == 65002);

    begin(world);
    TT_EVENT_SET(&world->event, client_ip, ip_of("203.0.113.200"));
    TT_EVENT_SET(&world->event, ecs, ((struct tt_net){ip_of("192.0.2.0"), 0}));
    enrich(world);
    assert_false(HAS(country) || HAS(asn_id) || HAS(as_org) || HAS(ecs_asn) || HAS(ecs_country));
}

static void answers_name_each_place_once_in_their_order(void **state)
{
    struct world *world = *state;
    struct tt_ip ips[] = {ip_of("198.51.100.1"), ip_of("203.0.113.1"), ip_of("192.0.2.1"),
                          ip_of("198.51.100.2"), ip_of("10.0.0.1"),    ip_of("2001:db8::1")};

    begin(world);
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, TT_COUNT(ips)}));
    enrich(world);
    assert_true(HAS(answer_asn) && world->event.answer_asn.items_n == 2);
    assert_int_equal(world->event.answer_asn.items[0], 65002);
    assert_int_equal(world->event.answer_asn.items[1], 65001);
    assert_true(HAS(answer_country) && world->event.answer_country.items_n == 2);
    assert_true(tt_str_equal(world->event.answer_country.items[0], TT_STR("FR")));
    assert_true(tt_str_equal(world->event.answer_country.items[1], TT_STR("DE")));
    assert_false(HAS(country) || HAS(asn_id));
}

static void an_answer_is_a_threat_where_the_name_is_none(void **state)
{
    struct world *world = *state;
    struct tt_ip ips[] = {ip_of("10.0.0.1"), ip_of("192.0.2.200"), ip_of("198.51.100.66")};

    begin(world);
    set_name(world, "www.example.com");
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, 2}));
    enrich(world);
    CHECK_TEXT(threat_list, "third");
    CHECK_TEXT(threat_category, "phishing");
    check_score(world, 0.25);

    begin(world);
    set_name(world, "www.example.com");
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, 3}));
    enrich(world);
    CHECK_TEXT(threat_list, "first");

    begin(world);
    set_name(world, "worse.co.uk");
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, 3}));
    enrich(world);
    CHECK_TEXT(threat_list, "second");
    CHECK_TEXT(threat_category, NULL);
}

static void what_is_not_loaded_stays_absent_and_what_was_known_before_goes(void **state)
{
    struct world *world = *state;
    struct tt_ip ips[] = {ip_of("192.0.2.200")};

    world->data = (struct tt_data){.enrichment_id = 78};
    begin(world);
    set_name(world, "a.bad.com");
    TT_EVENT_SET(&world->event, client_ip, ips[0]);
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, 1}));
    TT_EVENT_SET(&world->event, registrable_domain, TT_STR("old.com"));
    TT_EVENT_SET(&world->event, residency, TT_STR("old"));
    enrich(world);
    for (unsigned field = 0; field < TT_FIELDS_N; field++) {
        bool is_known = field == TT_FIELD_query_name || field == TT_FIELD_client_ip ||
                        field == TT_FIELD_answer_ips || field == TT_FIELD_enrichment_id;
        assert_int_equal(tt_fields_have(&world->event.have, field), is_known);
    }
    assert_true(world->event.enrichment_id == 78);
}

static void another_snapshot_is_asked_anew(void **state)
{
    struct world *world = *state;

    for (uint64_t id = 1; id <= 4; id++) {
        world->data.enrichment_id = id;
        world->data.suffix = id % 2 == 1 ? world->suffix : NULL;
        world->data.watch = id % 2 == 1 ? world->watch : NULL;
        world->data.threats_n = id % 2 == 1 ? 3 : 0;
        world->data.country = id % 2 == 1 ? world->country : NULL;
        begin(world);
        set_name(world, "bad.com");
        TT_EVENT_SET(&world->event, client_ip, ip_of("192.0.2.9"));
        enrich(world);
        CHECK_TEXT(registrable_domain, id % 2 == 1 ? "bad.com" : NULL);
        CHECK_TEXT(threat_list, id % 2 == 1 ? "second" : NULL);
        CHECK_TEXT(country, id % 2 == 1 ? "DE" : NULL);
        CHECK_TEXT(as_org, "Alpha Net");
    }
    world->data.suffix = NULL; /* the same id: only the caller can know */
    tt_enricher_forget(world->enricher);
    begin(world);
    set_name(world, "bad.com");
    enrich(world);
    CHECK_TEXT(registrable_domain, NULL);
}

static void many_names_do_not_mix_up_their_verdicts(void **state)
{
    struct world *world = *state;
    char name[64], domain[32];

    for (int i = 0; i < 200000; i++) {
        int number = i * 7919 % 30000;
        bool is_bad = number % 3 == 0;
        snprintf(domain, sizeof(domain), is_bad ? "bad.com" : "d%d.co.uk", number);
        snprintf(name, sizeof(name), "n%d.%s", number, domain);
        begin(world);
        set_name(world, name);
        enrich(world);
        CHECK_TEXT(registrable_domain, domain);
        CHECK_TEXT(threat_list, is_bad ? "second" : NULL);
    }
}

static void a_full_arena_costs_lists_only(void **state)
{
    struct world *world = *state;
    struct tt_ip ips[] = {ip_of("192.0.2.1")};
    struct tt_arena none = {0};

    begin(world);
    set_name(world, "www.example.com");
    TT_EVENT_SET(&world->event, client_ip, ips[0]);
    TT_EVENT_SET(&world->event, answer_ips, ((struct tt_ips){ips, 1}));
    tt_enrich_event(world->enricher, &world->data, &world->event, &none);
    assert_false(HAS(country) || HAS(answer_country) || HAS(answer_asn));
    CHECK_TEXT(as_org, "Alpha Net");
    CHECK_TEXT(registrable_domain, "example.com");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_name_brings_what_the_tables_know_of_it),
        T(clients_and_their_networks_are_placed_apart),
        T(answers_name_each_place_once_in_their_order),
        T(an_answer_is_a_threat_where_the_name_is_none),
        T(what_is_not_loaded_stays_absent_and_what_was_known_before_goes),
        T(another_snapshot_is_asked_anew),
        T(many_names_do_not_mix_up_their_verdicts),
        T(a_full_arena_costs_lists_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
