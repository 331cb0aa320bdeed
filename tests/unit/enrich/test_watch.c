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

#include "base/err.h"
#include "enrich/watch.h"

static char owner[] = "dns-team", class_word[] = "critical", residency[] = "eu";
static char names[][64] = {"example.com", "www.example.com", "a\\.b.test",
                           "example.org", "example.com",     "xn--fiqs8s"};
static struct tt_conf_zone zones[] = {
    {.name = names[0], .owner = owner, .zone_class = class_word, .residency = residency},
    {.name = names[1]},
    {.name = names[2], .owner = owner},
    {.name = names[3], .residency = residency},
    {.name = names[4], .zone_class = class_word},
    {.name = names[5]},
};
static const struct tt_conf_zone *list[TT_COUNT(zones)] = {&zones[0], &zones[1], &zones[2],
                                                           &zones[3], &zones[4], &zones[5]};

static void check_zone(const struct tt_watch *watch, const char *name, const char *zone)
{
    const struct tt_watch_zone *found = tt_watch_find(watch, tt_str_from(name));

    if (zone == NULL ? found == NULL : found != NULL && tt_str_equal(found->name, tt_str_from(zone)))
        return;
    fail_msg("%s is in %.*s, not %s", name, found != NULL ? (int)found->name.len : 4,
             found != NULL ? found->name.ptr : "none", zone != NULL ? zone : "none");
}

static void the_longest_zone_that_holds_a_name_is_found(void **state)
{
    static const struct {
        const char *name, *zone;
    } cases[] = {
        {"example.com", "example.com"},
        {"mail.example.com", "example.com"},
        {"www.example.com", "www.example.com"},
        {"a.b.www.example.com", "www.example.com"},
        {"notexample.com", NULL},
        {"com", NULL},
        {".", NULL},
        {"example.com.evil", NULL},
        {"x\\.example.com", NULL},
        {"x.example.org", "example.org"},
        {"c.a\\.b.test", "a\\.b.test"},
        {"a.b.test", NULL},
        {"a.xn--fiqs8s", "xn--fiqs8s"},
    };
    struct tt_watch *watch;
    unsigned twice_n;

    (void)state;
    assert_int_equal(tt_watch_new(list, TT_COUNT(list), &watch, &twice_n), TT_OK);
    assert_int_equal(twice_n, 1);
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        check_zone(watch, cases[i].name, cases[i].zone);
    tt_watch_free(&watch);
    assert_null(watch);
}

static void the_first_of_two_zones_wins_and_absent_texts_stay_absent(void **state)
{
    struct tt_watch *watch;
    unsigned twice_n;

    (void)state;
    assert_int_equal(tt_watch_new(list, TT_COUNT(list), &watch, &twice_n), TT_OK);
    const struct tt_watch_zone *zone = tt_watch_find(watch, TT_STR("example.com"));
    assert_true(tt_str_equal(zone->owner, TT_STR("dns-team")));
    assert_true(tt_str_equal(zone->zone_class, TT_STR("critical")));
    assert_true(tt_str_equal(zone->residency, TT_STR("eu")));
    zone = tt_watch_find(watch, TT_STR("www.example.com"));
    assert_null(zone->owner.ptr);
    assert_null(zone->zone_class.ptr);
    assert_null(zone->residency.ptr);
    tt_watch_free(&watch);
}

static void the_root_zone_holds_every_name(void **state)
{
    static char root[] = ".";
    struct tt_conf_zone zone = {.name = root};
    const struct tt_conf_zone *both[] = {&zones[0], &zone};
    struct tt_watch *watch;
    unsigned twice_n;

    (void)state;
    assert_int_equal(tt_watch_new(both, 2, &watch, &twice_n), TT_OK);
    check_zone(watch, ".", ".");
    check_zone(watch, "com", ".");
    check_zone(watch, "a.example.com", "example.com");
    tt_watch_free(&watch);
}

static void no_zone_at_all_is_a_table_too(void **state)
{
    struct tt_watch *watch;
    unsigned twice_n;

    (void)state;
    assert_int_equal(tt_watch_new(NULL, 0, &watch, &twice_n), TT_OK);
    check_zone(watch, "example.com", NULL);
    check_zone(watch, ".", NULL);
    tt_watch_free(&watch);
    tt_watch_free(&watch);
}

static void every_one_of_ten_thousand_zones_is_found(void **state)
{
    static char texts[TT_ZONES_MAX][24], below[32];
    static struct tt_conf_zone many[TT_ZONES_MAX];
    static const struct tt_conf_zone *rows[TT_ZONES_MAX];
    struct tt_watch *watch;
    unsigned twice_n;

    (void)state;
    for (int i = 0; i < TT_ZONES_MAX; i++) {
        snprintf(texts[i], sizeof(texts[i]), i % 2 == 0 ? "z%d.test" : "a.z%d.test", i);
        many[i].name = texts[i];
        rows[i] = &many[i];
    }
    assert_int_equal(tt_watch_new(rows, TT_ZONES_MAX, &watch, &twice_n), TT_OK);
    assert_int_equal(twice_n, 0);
    for (int i = 0; i < TT_ZONES_MAX; i++) {
        snprintf(below, sizeof(below), "x.%.20s", texts[i]);
        check_zone(watch, texts[i], texts[i]);
        check_zone(watch, below, texts[i]);
    }
    tt_watch_free(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_zone_that_holds_a_name_is_found),
        cmocka_unit_test(the_first_of_two_zones_wins_and_absent_texts_stay_absent),
        cmocka_unit_test(the_root_zone_holds_every_name),
        cmocka_unit_test(no_zone_at_all_is_a_table_too),
        cmocka_unit_test(every_one_of_ten_thousand_zones_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
