/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "loader_test.h"

#include "enrich/list.h"
#include "enrich/threat.h"

static void done(struct tt_loader **loader, struct tt_data **data)
{
    tt_data_release(data);
    tt_loader_free(loader, tt_clock_mono_ns() + 30 * SECOND_NS);
    assert_null(*loader);
}

static bool is_owner(const struct tt_data *data, const char *name, const char *owner)
{
    const char *found = owner_in(data, name);

    return owner == NULL ? found == NULL
                         : found != NULL && strncmp(found, owner, strlen(owner)) == 0;
}

static void every_role_is_absent_at_first_and_there_when_it_was_loaded(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_true(data->suffix == NULL && data->country == NULL && data->asn == NULL &&
                !data->has_threats);
    assert_null(data->keys[1]);
    assert_true(is_owner(data, "www.inline.test", "inline-team") && is_owner(data, "a.test", NULL));
    uint64_t first_id = data->enrichment_id;

    assert_true(renew(loader, &data));
    assert_true(data->enrichment_id != first_id && data->enrichment_id != 0);
    assert_string_equal(country_in(data), "DE");
    assert_true(tt_str_equal(tt_suffix_find(data->suffix, TT_STR("www.x.co.uk")).registrable_domain,
                             TT_STR("x.co.uk")));
    assert_true(data->has_threats &&
                tt_threat_has_name(data->threats[0].set, TT_STR("bad.example")));
    assert_true(tt_str_equal(data->threats[0].name, TT_STR("urlhaus")));
    assert_true(tt_str_equal(data->threats[0].category, TT_STR("malware")));
    assert_true(tt_list_has(data->only[0], TT_STR("listed.example")));
    assert_ptr_equal(data->only[0], data->except[0]); /* one file, read once */
    assert_null(data->keys[0]);
    assert_int_equal(data->keys[1]->len, 32);
    assert_true(is_owner(data, "a.test", "a-team") && is_owner(data, "inline.test", "inline-team"));
    assert_string_equal(stand_of(loader, "geo_country").build, "2026-10-14T17:46:40Z");
    assert_int_equal(strlen(stand_of(loader, "geo_asn").sha), 64);
    assert_string_equal(stand_of(loader, "hash_key").sha, "");
    assert_null(strstr(log_text, "0123456789abcdef0123456789abcdef"));
    done(&loader, &data);
}

static void nothing_new_makes_no_snapshot_and_several_changes_make_one(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data, *before;

    (void)state;
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_true(renew(loader, &data));
    for (unsigned i = 0; i < 5; i++)
        assert_false(renew(loader, &data));
    before = data;
    data = NULL;
    copy_file("country.other", "country");
    copy_file("asn.other", "asn");
    replace_text("suffix", "com\n");
    assert_true(renew(loader, &data));
    assert_string_equal(country_in(data), "FR");
    assert_string_equal(country_in(before), "DE"); /* whoever still works with it can */
    assert_true(data->enrichment_id != before->enrichment_id);
    assert_ptr_equal(data->threats[0].set, before->threats[0].set);
    assert_false(renew(loader, &data));
    assert_int_equal(stand_of(loader, "threat_list").loads_ok, 1);
    assert_int_equal(stand_of(loader, "geo_country").loads_ok, 2);
    tt_data_release(&before);
    done(&loader, &data);
}

static void the_same_bytes_again_are_no_change(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_true(renew(loader, &data));
    write_all_files();
    assert_false(renew(loader, &data));
    assert_int_equal(stand_of(loader, "suffix_list").loads_ok, 1);
    done(&loader, &data);
}

/* Puts something bad in the place of a file. */
enum harm { GARBAGE, EMPTY, DIRECTORY, GONE, FIFO, HALF };

static void do_harm(const char *name, enum harm harm)
{
    struct bytes bytes = read_bytes_of(name);

    if (harm == HALF)
        assert_int_equal(truncate(at(name), (off_t)bytes.len / 2), 0); /* in place */
    free(bytes.data);
    if (harm == GARBAGE || harm == EMPTY)
        write_bytes(name, "\xff\0\x01<html>\n%%%", harm == EMPTY ? 0 : 13);
    if (harm == DIRECTORY || harm == GONE || harm == FIFO)
        assert_int_equal(unlink(at(name)), 0);
    if (harm == DIRECTORY)
        assert_int_equal(mkdir(at(name), 0700), 0);
    if (harm == FIFO)
        assert_int_equal(mkfifo(at(name), 0600), 0);
}

static const struct {
    const char *name, *role;
    enum harm harm;
} harms[] = {
    {"country", "geo_country", GARBAGE},
    {"country", "geo_country", EMPTY},
    {"country", "geo_country", HALF},
    {"asn", "geo_asn", GARBAGE},
    {"asn", "geo_asn", HALF},
    {"asn", "geo_asn", GONE},
    {"asn", "geo_asn", DIRECTORY},
    {"suffix", "suffix_list", EMPTY},
    {"suffix", "suffix_list", FIFO},
    {"threat", "threat_list", GARBAGE},
    {"threat", "threat_list", EMPTY},
    {"threat", "threat_list", GONE},
    {"key", "hash_key", GARBAGE},
    {"key", "hash_key", GONE},
    {"zones.d/a.yaml", "zones", GARBAGE},
};

static void a_bad_new_version_leaves_the_old_one_in_use_and_is_said_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TT_COUNT(harms); i++) {
        struct setting setting;
        struct tt_loader *loader;
        struct tt_data *data;
        struct stand stand;

        begin_test(state);
        set_up(&setting);
        loader = new_loader(&setting, &data);
        assert_true(renew(loader, &data));
        assert_int_equal(logged("stays in use"), 0);
        do_harm(harms[i].name, harms[i].harm);
        for (unsigned turn = 0; turn < 3; turn++) {
            if (renew(loader, &data))
                fail_msg("%s, harm %d: taken", harms[i].name, harms[i].harm);
            assert_int_equal(tt_loader_wait(loader), 1);
        }
        stand = stand_of(loader, harms[i].role);
        if (!stand.is_loaded || !stand.is_stale || stand.why[0] == '\0' || stand.loads_failed != 1)
            fail_msg("%s, harm %d: %s", harms[i].name, harms[i].harm, stand.why);
        assert_int_equal(logged("the version before stays in use"), 1);
        assert_string_equal(country_in(data), "DE");
        assert_int_equal(data->keys[1]->len, 32);
        remove(at(harms[i].name));
        write_all_files();
        assert_false(renew(loader, &data)); /* as it was: no other snapshot */
        assert_false(stand_of(loader, harms[i].role).is_stale);
        assert_int_equal(logged("again as it was loaded"), 1);
        done(&loader, &data);
    }
}

static void what_was_never_good_is_absent_until_it_is(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    unlink(at("country"));
    write_text("suffix", "");
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_int_equal(tt_loader_wait(loader), 2);
    assert_int_equal(logged("its fields are absent"), 2);
    assert_true(renew(loader, &data));
    assert_true(data->country == NULL && data->suffix == NULL && data->asn != NULL);
    assert_false(stand_of(loader, "geo_country").is_loaded ||
                 stand_of(loader, "geo_country").is_stale);
    copy_file("country.good", "country");
    assert_true(renew(loader, &data));
    assert_string_equal(country_in(data), "DE");
    done(&loader, &data);
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    static const struct {
        mode_t mode;
        bool is_taken;
    } cases[] = {{0600, true},  {0400, true},  {0640, false}, {0604, false},
                 {0620, false}, {0666, false}, {0700, true}};
    struct setting setting;

    (void)state;
    set_up(&setting);
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_data *data;

        assert_int_equal(chmod(at("key"), cases[i].mode), 0);
        struct tt_loader *loader = new_loader(&setting, &data);
        assert_int_equal(tt_loader_wait(loader), cases[i].is_taken ? 0 : 1);
        assert_true(renew(loader, &data));
        assert_int_equal(data->keys[1] != NULL ? data->keys[1]->len : 0, cases[i].is_taken ? 32 : 0);
        assert_int_equal(chmod(at("key"), 0600), 0);
        assert_int_equal(renew(loader, &data), !cases[i].is_taken); /* a changed mode is seen */
        assert_int_equal(data->keys[1]->len, 32);
        done(&loader, &data);
    }
}

static void files_of_zones_dir_come_and_go(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_false(data->are_zones_known);
    assert_true(renew(loader, &data) && data->are_zones_known);
    write_text("zones.d/b.yml",
               "- name: b.test\n  owner: b-team\n- name: a.test\n  owner: second\n");
    write_text("zones.d/c.txt", "- name: c.test\n");
    write_text("zones.d/.d.yaml", "- name: d.test\n");
    assert_true(renew(loader, &data));
    assert_true(is_owner(data, "x.b.test", "b-team") && is_owner(data, "a.test", "a-team"));
    assert_true(is_owner(data, "c.test", NULL) && is_owner(data, "d.test", NULL));
    assert_int_equal(logged("1 zones are given more than once"), 1);
    unlink(at("zones.d/a.yaml"));
    assert_true(renew(loader, &data));
    assert_true(is_owner(data, "a.test", "second"));
    assert_int_equal(logged("a.yaml: gone"), 1);
    assert_int_equal(rename(at("zones.d"), at("elsewhere")), 0);
    assert_false(renew(loader, &data));
    assert_int_equal(tt_loader_wait(loader), 2); /* the directory, and its file */
    assert_true(is_owner(data, "b.test", "b-team"));
    assert_int_equal(logged("its files stay in use"), 1);
    assert_int_equal(rename(at("elsewhere"), at("zones.d")), 0);
    assert_int_equal(tt_loader_wait(loader), 0);
    unlink(at("zones.d/b.yml"));
    assert_true(renew(loader, &data));
    assert_true(is_owner(data, "b.test", NULL) && is_owner(data, "inline.test", "inline-team"));
    unlink(at("zones.d/c.txt")), unlink(at("zones.d/.d.yaml"));
    done(&loader, &data);
}

static void a_missing_zones_dir_costs_its_zones_only(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    setting.conf.zones_dir = fixed("/nonexistent/zones.d");
    loader = new_loader(&setting, &data);
    assert_int_equal(tt_loader_wait(loader), 1);
    assert_int_equal(
        logged("/nonexistent/zones.d: No such file or directory; its zones are absent"), 1);
    assert_true(renew(loader, &data));
    assert_true(is_owner(data, "inline.test", "inline-team") && !data->are_zones_known);
    assert_int_equal(stand_of(loader, "zones").found_n, 1);
    assert_false(stand_of(loader, "zones").is_loaded);
    done(&loader, &data);
}

static void another_configuration_shares_what_both_name(void **state)
{
    struct setting setting, other;
    struct tt_loader *loader;
    struct tt_data *data, *next;

    (void)state;
    set_up(&setting);
    set_up(&other);
    loader = new_loader(&setting, &data);
    assert_true(renew(loader, &data));
    other.conf.suffix_list = NULL;
    other.conf.digest = 43;
    other.conf.geo.asn_path =
        fixed("autonomous_system_number"); /* read in another way: another object */
    other.threat.score = 0.9f;             /* read in the same way */
    assert_int_equal(tt_loader_configure(loader, &other.conf, &next), TT_OK);
    assert_true(next->suffix == NULL && next->asn == NULL);
    assert_ptr_equal(next->country, data->country);
    assert_ptr_equal(next->threats[0].set, data->threats[0].set);
    assert_true(next->threats[0].score > 0.8f && data->threats[0].score < 0.6f);
    assert_true(next->enrichment_id != data->enrichment_id);
    assert_true(is_owner(next, "a.test", "a-team")); /* of zones_dir as well */
    assert_true(renew(loader, &next));
    assert_non_null(next->asn);
    assert_int_equal(stand_of(loader, "geo_country").loads_ok, 1);
    assert_int_equal(stand_of(loader, "suffix_list").found_n, 0);
    tt_data_release(&next);
    done(&loader, &data);
}

/* The id of a snapshot is of what is in it: not of when, where in memory or by whom it was made. */
static void the_enrichment_id_is_of_the_content(void **state)
{
    uint64_t ids[6];

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(ids); i++) {
        struct setting setting;
        struct tt_loader *loader;
        struct tt_data *data;

        begin_test(state);
        set_up(&setting);
        setting.conf.digest += i == 2;
        if (i == 3)
            write_text("key", "another key, also long enough\n");
        if (i == 4)
            write_text("zones.d/a.yaml", "- name: a.test\n  owner: b-team\n");
        if (i == 5)
            unlink(at("threat"));
        loader = new_loader(&setting, &data);
        assert_true(renew(loader, &data));
        ids[i] = data->enrichment_id;
        done(&loader, &data);
    }
    assert_true(ids[0] == ids[1]);
    for (unsigned i = 1; i < TT_COUNT(ids); i++)
        for (unsigned j = i + 1; j < TT_COUNT(ids); j++)
            assert_true(ids[i] != ids[j]);
}

static void a_database_in_use_may_be_cut_in_place(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_true(renew(loader, &data));
    assert_int_equal(truncate(at("country"), 0), 0);
    assert_string_equal(country_in(data), "DE");
    done(&loader, &data);
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    assert_int_equal(truncate(at("suffix"), (16 << 20) + 1), 0);
    set_up(&setting);
    loader = new_loader(&setting, &data);
    assert_int_equal(tt_loader_wait(loader), 1);
    assert_non_null(strstr(stand_of(loader, "suffix_list").why, "at most 16777216 are taken"));
    done(&loader, &data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_role_is_absent_at_first_and_there_when_it_was_loaded,
                               begin_test),
        cmocka_unit_test_setup(nothing_new_makes_no_snapshot_and_several_changes_make_one,
                               begin_test),
        cmocka_unit_test_setup(the_same_bytes_again_are_no_change, begin_test),
        cmocka_unit_test_setup(a_bad_new_version_leaves_the_old_one_in_use_and_is_said_once,
                               begin_test),
        cmocka_unit_test_setup(what_was_never_good_is_absent_until_it_is, begin_test),
        cmocka_unit_test_setup(a_key_that_others_can_read_is_refused, begin_test),
        cmocka_unit_test_setup(files_of_zones_dir_come_and_go, begin_test),
        cmocka_unit_test_setup(a_missing_zones_dir_costs_its_zones_only, begin_test),
        cmocka_unit_test_setup(another_configuration_shares_what_both_name, begin_test),
        cmocka_unit_test_setup(the_enrichment_id_is_of_the_content, begin_test),
        cmocka_unit_test_setup(a_database_in_use_may_be_cut_in_place, begin_test),
        cmocka_unit_test_setup(a_file_that_is_too_large_is_not_read, begin_test),
    };

    return cmocka_run_group_tests(tests, make_files, remove_root);
}
