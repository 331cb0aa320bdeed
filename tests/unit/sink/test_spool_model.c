/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random calls against a plain list in memory: after every one the counts agree to the record, the bound
 * holds on the disk itself, and what is read is what the list says, in its order and with its mark. A crash
 * is a copy of the directory between two calls, opened in place of the first.
 */

#include <dirent.h>

#include "spool_test.h"

enum { RECORDS_MAX = 40000, FLYING_MAX = 4000 };

enum state {
    UNSENT,
    FLYING,
    DONE,
    UNSURE
}; /* UNSURE: a crash may have lost its ack bit, or it with its segment */

static const uint8_t topics[] = {RAW, ENRICHED, ALERTS};

static struct model {
    uint8_t topic, state;
    bool is_marked, is_soft; /* soft: its ack bit may not be written yet */
} model[RECORDS_MAX];
static unsigned model_n;
static struct {
    uint64_t token;
    unsigned record;
} flying[FLYING_MAX];
static unsigned flying_n;
static uint64_t alive[TT_TOPICS_N], untold[TT_TOPICS_N], dropped_sum, uncertain_sum;
static uint64_t seed;
static unsigned life;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 20) % n;
}

static uint64_t bytes_on_disk(void)
{
    DIR *files = opendir(dir);
    struct dirent *entry;
    uint64_t sum = 0;
    struct stat st;

    assert_non_null(files);
    while ((entry = readdir(files)) != NULL)
        if (entry->d_name[0] != '.' && stat(path_of(entry->d_name), &st) == 0)
            sum += (uint64_t)st.st_size;
    closedir(files);
    return sum;
}

static void take_changes(void)
{
    for (unsigned t = 0; t < TT_TOPICS_N; t++) {
        alive[t] -= changes.uncertain[t];
        uncertain_sum += changes.uncertain[t];
        for (unsigned reason = 0; reason < TT_SINK_DROPS_N; reason++) {
            assert_true(changes.dropped[t][reason] == 0 || reason == FULL);
            alive[t] -= changes.dropped[t][reason];
            dropped_sum += changes.dropped[t][reason];
        }
    }
    memset(&changes, 0, sizeof(changes));
    memset(untold, 0, sizeof(untold));
}

static void check(void)
{
    struct tt_spool_counts counts;

    tt_spool_counts(spool, &counts);
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        assert_int_equal(counts.records[t], alive[t]);
    assert_true(counts.bytes <= options.size);
    assert_true(bytes_on_disk() <= counts.bytes);
}

static void harden(void)
{
    for (unsigned i = 0; i < model_n; i++)
        model[i].is_soft = false;
}

static void append(void)
{
    struct tt_sink_record records[40];
    unsigned n = 1 + pick(pick(8) == 0 ? 40 : 4), taken, topic = topics[pick(TT_COUNT(topics))];

    if (model_n + n > RECORDS_MAX)
        return;
    for (unsigned i = 0; i < n; i++) {
        topic = pick(4) == 0 ? topics[pick(TT_COUNT(topics))] : topic;
        records[i] = record_of(topic, model_n + i, pick(10) == 0 ? pick(1500) : 20 + pick(60));
    }
    int err = tt_spool_append(spool, records, n, &taken, &changes, &why);
    assert_true(err == TT_OK ? taken == n : err == TT_ENOSPC && taken < n && records[taken].topic != ALERTS);
    for (unsigned i = 0; i < taken; i++) {
        model[model_n++] = (struct model){.topic = records[i].topic, .state = UNSENT};
        alive[records[i].topic]++;
    }
    take_changes();
    harden();
}

/* Everything that is surely unsent and stands before it has given way. */
static void check_order(unsigned record, unsigned topic)
{
    for (unsigned i = 0; i < model_n; i++) {
        struct model *other = &model[i];
        if (other->state == UNSENT && (other->topic > topic || (other->topic == topic && i < record)))
            other->state = UNSURE;
    }
}

static unsigned read_records(unsigned max)
{
    unsigned n = read_some(TT_MIN(max, FLYING_MAX - flying_n));

    for (unsigned i = 0; i < n; i++) {
        unsigned record = number_in(&got[i]);
        assert_true(record < model_n);
        assert_int_equal(got[i].topic, model[record].topic);
        assert_true(model[record].state == UNSENT || model[record].state == UNSURE);
        assert_int_equal(is_marked(&got[i]), model[record].is_marked);
        check_order(record, got[i].topic);
        model[record].state = FLYING;
        flying[flying_n].token = got[i].token;
        flying[flying_n++].record = record;
    }
    assert_true(n < max || n == TT_MIN(max, (unsigned)READ_MAX) || flying_n == FLYING_MAX);
    take_changes();
    harden();
    return n;
}

static void settle_one(unsigned at, enum tt_fate fate)
{
    struct model *record = &model[flying[at].record];
    struct tt_spool_counts before, after;

    tt_spool_counts(spool, &before);
    tt_spool_settle(spool, flying[at].token, fate);
    tt_spool_counts(spool, &after);
    if (fate == TT_FATE_DELIVERED) {
        record->state = DONE;
        record->is_soft = true;
        alive[record->topic]--;
    } else { /* unsent again, or nothing changes until it is told that it was dropped */
        record->state = after.unsent[record->topic] > before.unsent[record->topic] ? UNSENT : UNSURE;
        record->is_marked |= fate == TT_FATE_MAYBE;
        untold[record->topic] += record->state == UNSURE;
    }
    flying[at] = flying[--flying_n];
}

static void settle_some(void)
{
    static const enum tt_fate some[] = {TT_FATE_DELIVERED, TT_FATE_DELIVERED, TT_FATE_DELIVERED,
                                        TT_FATE_AGAIN,     TT_FATE_MAYBE,     TT_FATE_WAITING};

    for (unsigned n = pick(60); n > 0 && flying_n > 0; n--)
        settle_one(pick(flying_n), some[pick(TT_COUNT(some))]);
}

static void start_again(void)
{
    assert_int_equal(open_spool(), TT_OK);
    assert_int_equal(why.len, 0);
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        alive[t] = changes.recovered[t];
    take_changes();
    for (unsigned i = 0; i < model_n; i++)
        model[i].is_marked = true;
}

static void restart(void)
{
    uint64_t before[TT_TOPICS_N];

    while (flying_n > 0)
        settle_one(pick(flying_n), TT_FATE_AGAIN);
    read_records(0);
    memcpy(before, alive, sizeof(before));
    tt_spool_close(&spool);
    start_again();
    assert_memory_equal(before, alive, sizeof(before));
}

static void crash(void)
{
    char command[400];
    uint64_t before[TT_TOPICS_N], unsure[TT_TOPICS_N], soft[TT_TOPICS_N] = {0};

    memcpy(before, alive, sizeof(before));
    memcpy(unsure, untold, sizeof(unsure));
    for (unsigned i = 0; i < model_n; i++) {
        struct model *record = &model[i];
        unsure[record->topic] += record->state == FLYING;
        soft[record->topic] += record->is_soft;
        if (record->state == FLYING || record->is_soft)
            record->state = UNSURE;
        record->is_soft = false;
    }
    snprintf(command, sizeof(command), "cp -r %s %s/%u && rm %s/%u/lock", dir, root, life, root, life);
    assert_int_equal(system(command), 0);
    tt_spool_close(&spool);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    snprintf(dir, sizeof(dir), "%s/%u", root, life++);
    flying_n = 0;
    start_again();
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        assert_true(alive[t] + unsure[t] >= before[t] && alive[t] <= before[t] + soft[t]);
}

static void drain(void)
{
    do {
        while (flying_n > 0)
            settle_one(flying_n - 1, TT_FATE_DELIVERED);
        check();
    } while (read_records(READ_MAX) > 0);
    for (unsigned t = 0; t < TT_TOPICS_N; t++)
        assert_int_equal(alive[t], 0);
}

static const struct {
    uint64_t seed, size, segment_size;
    unsigned steps;
    bool crashes;
} runs[] = {
    {1, 1 << 20, 4096, 1500, true}, {2, 16384, 2048, 1500, true},  {3, 32768, 8192, 1500, false},
    {4, 65536, 65536, 1500, true},  {5, 8192, 4096, 1500, false},  {6, 400000, 20000, 1500, true},
    {7, 12000, 0, 1500, false},     {8, 100000, 3000, 1500, true},
};

static void run(size_t at)
{
    uint64_t missing = 0;

    model_n = flying_n = 0;
    dropped_sum = uncertain_sum = 0;
    memset(alive, 0, sizeof(alive));
    seed = runs[at].seed * 0x9e3779b97f4a7c15u;
    options.size = runs[at].size;
    options.segment_size = runs[at].segment_size;
    snprintf(dir, sizeof(dir), "%s/%u", root, life++);
    assert_int_equal(open_spool(), TT_OK);
    for (unsigned i = 0; i < runs[at].steps; i++) {
        unsigned what = pick(100);
        if (what < 45)
            append();
        else if (what < 70)
            read_records(pick(50));
        else if (what < 96)
            settle_some();
        else if (what < 98)
            assert_int_equal(tt_spool_sync(spool, &why), TT_OK), harden();
        else if (pick(2) == 0)
            restart();
        else if (runs[at].crashes)
            crash();
        check();
        tt_buf_reset(&why);
    }
    drain();
    for (unsigned i = 0; i < model_n; i++)
        missing += model[i].state != DONE;
    print_message("%u records, %u not delivered, %u told as dropped, %u as uncertain\n", model_n, (unsigned)missing,
                  (unsigned)dropped_sum, (unsigned)uncertain_sum);
    assert_true(runs[at].crashes || missing == dropped_sum + uncertain_sum);
    tt_spool_close(&spool);
}

static void random_calls_do_what_a_list_in_memory_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(runs); i++)
        run(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_calls_do_what_a_list_in_memory_does, make_root, remove_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
