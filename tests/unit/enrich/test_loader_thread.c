/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The loader with its thread: what is told when, and everything at once for the thread sanitizer.
 */

#include "loader_test.h"

static unsigned told_n; /* atomic */

static void note_ready(void *arg)
{
    (void)arg;
    __atomic_fetch_add(&told_n, 1, __ATOMIC_RELAXED);
}

static unsigned told(void)
{
    return __atomic_load_n(&told_n, __ATOMIC_RELAXED);
}

static struct tt_loader *start_loader(const struct setting *setting, struct tt_data **data)
{
    struct tt_loader *loader;

    __atomic_store_n(&told_n, 0, __ATOMIC_RELAXED);
    assert_int_equal(tt_loader_new(root, note_ready, NULL, &loader), TT_OK);
    assert_int_equal(tt_loader_configure(loader, &setting->conf, data), TT_OK);
    assert_int_equal(tt_loader_start(loader), TT_OK);
    return loader;
}

static void end(struct tt_loader **loader, struct tt_data **data)
{
    tt_data_release(data);
    tt_loader_free(loader, tt_clock_mono_ns() + 60 * SECOND_NS);
}

/* Takes what is new in the place of *data. */
static bool take(struct tt_loader *loader, struct tt_data **data)
{
    struct tt_data *newer = tt_loader_take(loader);

    if (newer == NULL)
        return false;
    tt_data_release(data);
    *data = newer;
    return true;
}

static void a_changed_file_is_loaded_and_told_without_being_asked(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = start_loader(&setting, &data);
    AWAIT(told() == 2); /* what exits are judged by comes before the large files */
    assert_true(take(loader, &data));
    assert_string_equal(country_in(data), "DE");
    copy_file("country.other", "country");
    AWAIT(told() == 3);
    assert_true(take(loader, &data));
    assert_false(take(loader, &data));
    assert_string_equal(country_in(data), "FR");
    write_text("zones.d/b.yml", "- name: b.test\n  owner: b-team\n");
    AWAIT(take(loader, &data));
    assert_non_null(owner_in(data, "b.test"));
    unlink(at("zones.d/b.yml"));
    AWAIT(take(loader, &data));
    assert_null(owner_in(data, "b.test"));
    end(&loader, &data);
}

static bool is_over;

static void *swap_files(void *arg)
{
    (void)arg;
    for (unsigned i = 0; !__atomic_load_n(&is_over, __ATOMIC_RELAXED); i++) {
        static const char *const countries[] = {"country.good", "country.other"}, *const asns[] = {
                                                                                      "asn.good",
                                                                                      "asn.other"};
        copy_file(countries[i % 2], "country");
        copy_file(asns[i % 2], "asn");
        replace_text("suffix", i % 2 == 0 ? "com\n" : "net\n");
        write_text("zones.d/z.yaml", i % 3 == 0 ? "- name: z.test\n" : "- [");
        if (i % 4 == 0)
            unlink(at("zones.d/z.yaml"));
        nanosleep(&(struct timespec){0, 300000000}, NULL);
    }
    return NULL;
}

static void *kick_and_visit(void *arg)
{
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
        tt_loader_kick(arg);
        stand_of(arg, "geo_country");
        nanosleep(&(struct timespec){0, 3000000}, NULL);
    }
    return NULL;
}

/* For three seconds or, where all is slow, as long as it takes to see ten snapshots. */
static void files_configurations_and_questions_may_come_at_once(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;
    pthread_t swapper, visitor;
    unsigned taken_n = 0;
    uint64_t until = tt_clock_mono_ns() + 3 * SECOND_NS;

    (void)state;
    set_up(&setting);
    loader = start_loader(&setting, &data);
    __atomic_store_n(&is_over, false, __ATOMIC_RELAXED);
    assert_int_equal(pthread_create(&swapper, NULL, swap_files, NULL), 0);
    assert_int_equal(pthread_create(&visitor, NULL, kick_and_visit, loader), 0);
    for (unsigned i = 0; tt_clock_mono_ns() < until || taken_n < 10; i++) {
        if (take(loader, &data))
            taken_n++;
        if (i % 200 == 199) {
            struct tt_data *next;
            setting.conf.digest++;
            setting.conf.suffix_list = i % 400 == 199 ? NULL : setting.paths[0];
            assert_int_equal(tt_loader_configure(loader, &setting.conf, &next), TT_OK);
            tt_data_release(&data);
            data = next;
        }
        if (data->country != NULL && data->asn != NULL)
            assert_true(strcmp(country_in(data), "DE") == 0 || strcmp(country_in(data), "FR") == 0);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
    pthread_join(swapper, NULL);
    pthread_join(visitor, NULL);
    end(&loader, &data);
    unlink(at("zones.d/z.yaml"));
}

static void a_snapshot_outlives_the_loader(void **state)
{
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    loader = start_loader(&setting, &data);
    AWAIT(told() == 2);
    assert_true(take(loader, &data));
    tt_loader_free(&loader, tt_clock_mono_ns() + 60 * SECOND_NS);
    assert_null(loader);
    assert_string_equal(country_in(data), "DE");
    tt_data_release(&data);
    tt_loader_free(&loader, 0);
}

static struct tt_loader *left_alone; /* nobody's, but not forgotten */
static bool is_held, is_back;        /* atomic */

static void hang(void *arg)
{
    __atomic_store_n(&is_held, true, __ATOMIC_RELAXED);
    pthread_mutex_lock(arg);
    pthread_mutex_unlock(arg);
    __atomic_store_n(&is_back, true, __ATOMIC_RELAXED);
}

static void a_thread_that_does_not_come_back_is_left_alone(void **state)
{
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    struct setting setting;
    struct tt_loader *loader;
    struct tt_data *data;

    (void)state;
    set_up(&setting);
    pthread_mutex_lock(&held);
    assert_int_equal(tt_loader_new(root, hang, &held, &loader), TT_OK);
    assert_int_equal(tt_loader_configure(loader, &setting.conf, &data), TT_OK);
    assert_int_equal(tt_loader_start(loader), TT_OK);
    tt_data_release(&data);
    AWAIT(__atomic_load_n(&is_held, __ATOMIC_RELAXED));
    left_alone = loader;
    tt_loader_free(&loader, tt_clock_mono_ns() + 1000000);
    assert_null(loader);
    pthread_mutex_unlock(&held);
    AWAIT(__atomic_load_n(&is_back, __ATOMIC_RELAXED));
    assert_non_null(left_alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_changed_file_is_loaded_and_told_without_being_asked, begin_test),
        cmocka_unit_test_setup(files_configurations_and_questions_may_come_at_once, begin_test),
        cmocka_unit_test_setup(a_snapshot_outlives_the_loader, begin_test),
        cmocka_unit_test_setup(a_thread_that_does_not_come_back_is_left_alone, begin_test),
    };

    return cmocka_run_group_tests(tests, make_files, remove_root);
}
