/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The spool as its sink uses it: order, fates, marks, restarts, the bound. */

#include "spool_test.h"

static void what_is_appended_is_read_in_order_and_gone_when_settled(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 100, 50);
    assert_int_equal(left(ALERTS), 100);
    assert_int_equal(read_some(READ_MAX), 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(number_in(&got[i]), i);
        assert_int_equal(got[i].topic, ALERTS);
        assert_int_equal(got[i].key_len, 11);
        assert_memory_equal(got[i].key, "example.org", 11);
        assert_int_equal(got[i].time_us, 1000 + i);
        assert_int_equal(got[i].units, 1);
        assert_memory_equal(got[i].id, &i, sizeof(i));
        assert_false(is_marked(&got[i]));
    }
    assert_int_equal(read_some(READ_MAX), 0);
    assert_int_equal(left(ALERTS), 100);
    settle_all(100, TT_FATE_DELIVERED);
    assert_int_equal(left(ALERTS), 0);
    reopen();
    assert_int_equal(changes.recovered[ALERTS], 0);
    assert_int_equal(read_some(READ_MAX), 0);
}

static void a_restart_gives_back_what_was_not_settled_marked(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 60, 300);
    assert_int_equal(read_some(30), 30);
    for (unsigned i = 0; i < 30; i += 2)
        tt_spool_settle(spool, got[i].token, i % 4 == 0 ? TT_FATE_DELIVERED : TT_FATE_REFUSED);
    reopen();
    assert_int_equal(why.len, 0);
    assert_int_equal(changes.recovered[ALERTS], 45);
    assert_int_equal(left(ALERTS), 45);
    assert_int_equal(read_some(READ_MAX), 45);
    for (unsigned i = 0; i < 45; i++) {
        assert_int_equal(number_in(&got[i]), i < 15 ? 2 * i + 1 : i + 15);
        assert_true(is_marked(&got[i]));
    }
    settle_all(45, TT_FATE_DELIVERED);
    append_many(ALERTS, 100, 1, 10);
    assert_int_equal(read_some(1), 1);
    assert_false(is_marked(&got[0]));
}

static const struct {
    const char *name;
    enum tt_fate fate;
    bool comes_again, is_marked;
} fates[] = {
    {"waiting", TT_FATE_WAITING, true, false},  {"again", TT_FATE_AGAIN, true, false},
    {"maybe", TT_FATE_MAYBE, true, true},       {"delivered", TT_FATE_DELIVERED, false, false},
    {"refused", TT_FATE_REFUSED, false, false}, {"too large", TT_FATE_TOO_LARGE, false, false},
};

static void each_fate_does_what_it_says(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    for (unsigned i = 0; i < TT_COUNT(fates); i++) {
        append_many(ALERTS, i, 1, 10);
        assert_int_equal(read_some(1), 1);
        tt_spool_settle(spool, got[0].token, TT_FATE_FLYING); /* says nothing */
        assert_int_equal(read_some(1), 0);
        tt_spool_settle(spool, got[0].token, fates[i].fate);
        uint64_t token = got[0].token;
        assert_int_equal(read_some(1), fates[i].comes_again);
        tt_spool_settle(spool, token, TT_FATE_DELIVERED); /* a token counts once */
        if (fates[i].comes_again) {
            assert_int_equal(left(ALERTS), 1);
            assert_int_equal(number_in(&got[0]), i);
            assert_int_equal(is_marked(&got[0]), fates[i].is_marked);
            tt_spool_settle(spool, got[0].token, TT_FATE_DELIVERED);
        }
        assert_int_equal(left(ALERTS), 0);
    }
}

static void what_comes_again_stands_in_its_old_place(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 50, 500); /* several segments */
    assert_int_equal(read_some(40), 40);
    tt_spool_settle(spool, got[33].token, TT_FATE_AGAIN);
    tt_spool_settle(spool, got[2].token, TT_FATE_MAYBE);
    assert_int_equal(read_some(4), 4);
    assert_int_equal(number_in(&got[0]), 2);
    assert_int_equal(number_in(&got[1]), 33);
    assert_int_equal(number_in(&got[2]), 40);
    assert_true(is_marked(&got[0]));
    assert_false(is_marked(&got[1]));
}

static void the_most_important_topic_is_read_first(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(RAW, 0, 3, 10);
    append_many(ALERTS, 10, 3, 10);
    append_many(ENRICHED, 20, 3, 10);
    assert_int_equal(read_some(8), 8);
    static const unsigned expect[] = {10, 11, 12, 20, 21, 22, 0, 1};
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(number_in(&got[i]), expect[i]);
}

static void records_of_a_topic_that_is_no_longer_spooled_are_sent_all_the_same(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ENRICHED, 0, 3, 10);
    options.topics = 1u << ALERTS;
    reopen();
    assert_int_equal(changes.recovered[ENRICHED], 3);
    assert_int_equal(read_some(8), 3);
}

static void one_batch_of_several_topics_is_taken_whole(void **state)
{
    struct tt_sink_record records[60];
    unsigned taken;

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    for (unsigned i = 0; i < 60; i++)
        records[i] = record_of(i < 20 ? ALERTS : i % 2 == 0 ? RAW : ENRICHED, i, 200);
    assert_int_equal(tt_spool_append(spool, records, 60, &taken, &changes, &why), TT_OK);
    assert_int_equal(taken, 60);
    assert_int_equal(left(ALERTS), 20);
    assert_int_equal(left(RAW) + left(ENRICHED), 40);
    assert_int_equal(read_some(READ_MAX), 60);
}

static void a_full_spool_drops_the_oldest_of_the_least_important_topic(void **state)
{
    struct tt_spool_counts counts;

    (void)state;
    options.size = 16384; /* 4 segments */
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 5, 500);
    append_many(RAW, 100, 12, 500);
    uint64_t dropped = changes.dropped[RAW][FULL];
    append_many(ENRICHED, 200, 100, 500);
    tt_spool_counts(spool, &counts);
    assert_true(counts.bytes <= options.size);
    assert_true(changes.dropped[RAW][FULL] >= dropped);
    assert_int_equal(changes.dropped[RAW][FULL] + left(RAW), 12);
    assert_int_equal(left(RAW), 0);
    assert_int_equal(changes.dropped[ENRICHED][FULL] + left(ENRICHED), 100);
    assert_true(left(ENRICHED) >= 5);
    assert_int_equal(changes.dropped[ALERTS][FULL], 0);
    assert_int_equal(append_one(RAW, 1, 3000), TT_ENOSPC); /* nothing more important gives way */
    assert_non_null(strstr(tt_buf_cstr(&why), "full of more important records"));
    assert_int_equal(left(ALERTS), 5);
    assert_int_equal(read_some(5), 5);
    assert_int_equal(number_in(&got[0]), 0);
    assert_int_equal(read_some(READ_MAX), left(ENRICHED));
    assert_int_equal(number_in(&got[0]), 200 + changes.dropped[ENRICHED][FULL]);
}

static void what_is_on_its_way_when_its_segment_gives_way_is_still_settled(void **state)
{
    (void)state;
    options.size = 8192;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 6, 500);
    assert_int_equal(read_some(4), 4);
    char kept[16];
    memcpy(kept, got[0].data, sizeof(kept));
    for (unsigned i = 6; changes.dropped[ALERTS][FULL] == 0; i++)
        append_many(ALERTS, i, 1, 500);
    assert_memory_equal(kept, got[0].data, sizeof(kept));
    uint64_t dropped = changes.dropped[ALERTS][FULL], before = left(ALERTS);
    assert_int_equal(dropped, 2);
    settle_all(2, TT_FATE_DELIVERED);
    assert_int_equal(left(ALERTS), before - 2);
    tt_spool_settle(spool, got[2].token, TT_FATE_AGAIN);
    tt_spool_settle(spool, got[3].token, TT_FATE_MAYBE);
    assert_int_equal(left(ALERTS), before - 2); /* told first */
    assert_int_equal(read_some(0), 0);
    assert_int_equal(left(ALERTS), before - 4);
    assert_int_equal(changes.dropped[ALERTS][FULL], dropped + 1);
    assert_int_equal(changes.uncertain[ALERTS], 1);
}

static void what_may_have_arrived_is_uncertain_when_its_segment_gives_way(void **state)
{
    (void)state;
    options.size = 8192;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 6, 500); /* one segment */
    assert_int_equal(read_some(4), 4);
    tt_spool_settle(spool, got[0].token, TT_FATE_DELIVERED);
    tt_spool_settle(spool, got[1].token, TT_FATE_MAYBE);
    tt_spool_settle(spool, got[2].token, TT_FATE_AGAIN);
    tt_spool_settle(spool, got[3].token, TT_FATE_MAYBE);
    assert_int_equal(read_some(2), 2); /* the two that came back first */
    tt_spool_settle(spool, got[0].token, TT_FATE_WAITING); /* not sent this time, the doubt stays */
    for (unsigned i = 6; changes.dropped[ALERTS][FULL] == 0; i++)
        append_many(ALERTS, i, 1, 500);
    assert_int_equal(changes.uncertain[ALERTS], 2);
    assert_int_equal(changes.dropped[ALERTS][FULL], 2); /* the one on its way is neither yet */
    tt_spool_settle(spool, got[1].token, TT_FATE_AGAIN);
    assert_int_equal(read_some(0), 0);
    assert_int_equal(changes.uncertain[ALERTS], 2);
    assert_int_equal(changes.dropped[ALERTS][FULL], 3);
}

static void a_lower_bound_is_kept_from_the_start(void **state)
{
    struct tt_spool_counts counts;

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(RAW, 0, 100, 500);
    append_many(ALERTS, 0, 5, 500);
    options.size = 16384;
    reopen();
    tt_spool_counts(spool, &counts);
    assert_true(counts.bytes <= options.size);
    assert_int_equal(changes.recovered[RAW], 100);
    assert_int_equal(changes.dropped[RAW][FULL], 100 - left(RAW));
    assert_int_equal(left(ALERTS), 5);
}

static void a_record_larger_than_a_segment_is_refused(void **state)
{
    struct tt_sink_record records[2] = {record_of(ALERTS, 1, 10), record_of(ALERTS, 2, 5000)};
    unsigned taken;

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    assert_int_equal(tt_spool_append(spool, records, 2, &taken, &changes, &why), TT_ELIMIT);
    assert_int_equal(taken, 1);
    assert_int_equal(left(ALERTS), 1);
}

static void large_records_pass_through_memory_that_is_bounded(void **state)
{
    enum { LEN = 3000000 };
    char *data = malloc(LEN);
    struct tt_sink_record record = {.data = data, .len = LEN, .topic = ALERTS, .units = 1};
    unsigned taken;

    (void)state;
    options.size = 64 << 20;
    options.segment_size = 0;
    memset(data, 'x', LEN);
    data[0] = '{';
    data[LEN - 1] = '}';
    assert_int_equal(open_spool(), TT_OK);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(tt_spool_append(spool, &record, 1, &taken, &changes, &why), TT_OK);
    unsigned lent = 0, n;
    while ((n = tt_spool_read(spool, ~0u, got + lent, 1, &changes, &why)) > 0)
        lent += n;
    assert_in_range(lent, 1, 2); /* 8 MiB */
    assert_int_equal(why.len, 0);
    settle_all(lent, TT_FATE_MAYBE);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(read_some(1), 1);
        assert_int_equal(got[0].len, i < lent ? LEN + 14 : LEN);
        settle_all(1, TT_FATE_DELIVERED);
    }
    assert_int_equal(left(ALERTS), 0);
    free(data);
}

static void only_topics_that_are_asked_for_are_read(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 3, 0);
    append_many(ENRICHED, 3, 3, 0);
    assert_int_equal(tt_spool_read(spool, 1u << ENRICHED, got, 9, &changes, &why), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(got[i].topic, ENRICHED);
    assert_int_equal(tt_spool_read(spool, 1u << ENRICHED, got + 3, 9, &changes, &why), 0);
    settle_all(3, TT_FATE_AGAIN);
    assert_int_equal(tt_spool_read(spool, ~(1u << ENRICHED), got, 9, &changes, &why), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(got[i].topic, ALERTS);
    settle_all(3, TT_FATE_DELIVERED);
    assert_int_equal(tt_spool_read(spool, 1u << ALERTS, got, 9, &changes, &why), 0);
    assert_int_equal(why.len, 0);
    assert_int_equal(left(ENRICHED), 3);
}

static void a_spool_has_one_owner(void **state)
{
    struct tt_spool *second;

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    assert_int_equal(tt_spool_open(&options, &second, &changes, &why), TT_EBUSY);
    assert_null(second);
    assert_non_null(strstr(tt_buf_cstr(&why), "another process or sink owns it"));
}

static void files_and_directories_have_their_modes_whatever_the_umask(void **state)
{
    struct stat st;
    mode_t umask_before = umask(0777);

    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 1, 10);
    umask(umask_before);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
    for (unsigned kind = TT_SPOOL_SEG; kind <= TT_SPOOL_ACK; kind++) {
        assert_int_equal(stat(path_of(segment_name(ALERTS, 1, (enum tt_spool_kind)kind)), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0640);
    }
}

static void sync_and_close_leave_nothing_behind_that_is_done(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 30, 500);
    assert_int_equal(tt_spool_sync(spool, &why), TT_OK);
    settle_all(read_some(READ_MAX), TT_FATE_DELIVERED);
    assert_int_equal(tt_spool_sync(spool, &why), TT_OK);
    tt_spool_close(&spool);
    for (uint64_t number = 1; number < 10; number++) {
        assert_false(exists(segment_name(ALERTS, number, TT_SPOOL_SEG)));
        assert_false(exists(segment_name(ALERTS, number, TT_SPOOL_ACK)));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_appended_is_read_in_order_and_gone_when_settled),
        TEST(a_restart_gives_back_what_was_not_settled_marked),
        TEST(each_fate_does_what_it_says),
        TEST(what_comes_again_stands_in_its_old_place),
        TEST(the_most_important_topic_is_read_first),
        TEST(records_of_a_topic_that_is_no_longer_spooled_are_sent_all_the_same),
        TEST(one_batch_of_several_topics_is_taken_whole),
        TEST(a_full_spool_drops_the_oldest_of_the_least_important_topic),
        TEST(what_is_on_its_way_when_its_segment_gives_way_is_still_settled),
        TEST(what_may_have_arrived_is_uncertain_when_its_segment_gives_way),
        TEST(a_lower_bound_is_kept_from_the_start),
        TEST(a_record_larger_than_a_segment_is_refused),
        TEST(large_records_pass_through_memory_that_is_bounded),
        TEST(only_topics_that_are_asked_for_are_read),
        TEST(a_spool_has_one_owner),
        TEST(files_and_directories_have_their_modes_whatever_the_umask),
        TEST(sync_and_close_leave_nothing_behind_that_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
