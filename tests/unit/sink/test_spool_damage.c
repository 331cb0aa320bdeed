/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A directory that somebody or something has been at: named, counted, and it goes on. */

#include "spool_test.h"

enum { RECORDS = 10, ACKED = 3, PAD = 100 };

static size_t record_size(void)
{
    struct tt_sink_record record = record_of(ALERTS, 0, PAD);

    return tt_spool_record_size(&record);
}

static uint64_t place_of(unsigned record)
{
    return TT_SPOOL_HEAD_LEN + record * record_size();
}

static void overwrite(enum tt_spool_kind kind, uint64_t at, const void *bytes, size_t len)
{
    int fd = open(path_of(segment_name(ALERTS, 1, kind)), O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, (off_t)at), len);
    close(fd);
}

static void flip(enum tt_spool_kind kind, uint64_t at, uint8_t bits)
{
    int fd = open(path_of(segment_name(ALERTS, 1, kind)), O_RDWR);
    uint8_t byte = 0;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= bits;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
}

static void resize(enum tt_spool_kind kind, uint64_t size)
{
    assert_int_equal(truncate(path_of(segment_name(ALERTS, 1, kind)), (off_t)size), 0);
}

static void replace(enum tt_spool_kind kind)
{
    assert_int_equal(rename(path_of(segment_name(ALERTS, 1, kind)), path_of("kept")), 0);
}

static void do_nothing(void)
{
}

static void flip_data(void)
{
    flip(TT_SPOOL_SEG, place_of(6) + 80, 1);
}

static void flip_data_of_an_acked_one(void)
{
    flip(TT_SPOOL_SEG, place_of(1) + 80, 1);
}

static void flip_length(void)
{
    flip(TT_SPOOL_SEG, place_of(6) + 2, 4);
}

static void flip_checksum(void)
{
    flip(TT_SPOOL_SEG, place_of(0) + 5, 0x80);
}

static void huge_length(void)
{
    overwrite(TT_SPOOL_SEG, place_of(9), "\xff\xff\xff\xff", 4);
}

static void zero_length(void)
{
    overwrite(TT_SPOOL_SEG, place_of(7), "\0\0\0\0", 4);
}

static void cut_between(void)
{
    resize(TT_SPOOL_SEG, place_of(8));
}

static void cut_inside(void)
{
    resize(TT_SPOOL_SEG, place_of(8) + 20);
}

static void cut_in_head(void)
{
    resize(TT_SPOOL_SEG, 30);
}

static void empty(void)
{
    resize(TT_SPOOL_SEG, 0);
}

static void append_torn(void)
{
    overwrite(TT_SPOOL_SEG, place_of(10), "\xf0\0\0\0torn", 8);
}

static void append_zeros(void)
{
    resize(TT_SPOOL_SEG, place_of(10) + 4096);
}

static void append_garbage(void)
{
    overwrite(TT_SPOOL_SEG, place_of(10), "this is not a record of ours", 28);
}

static void flip_head(void)
{
    flip(TT_SPOOL_SEG, 20, 1);
}

static void flip_magic(void)
{
    flip(TT_SPOOL_SEG, 0, 0x20);
}

static void other_version(void)
{
    overwrite(TT_SPOOL_SEG, 8, "\2", 1);
}

static void flip_acks(void)
{
    flip(TT_SPOOL_ACK, TT_SPOOL_COUNT_LEN, 0x10);
}

static void flip_count(void)
{
    flip(TT_SPOOL_ACK, 1, 0x10);
}

static void no_acks(void)
{
    assert_int_equal(unlink(path_of(segment_name(ALERTS, 1, TT_SPOOL_ACK))), 0);
}

static void cut_acks(void)
{
    resize(TT_SPOOL_ACK, 7);
}

static void acks_are_a_directory(void)
{
    replace(TT_SPOOL_ACK);
    assert_int_equal(mkdir(path_of(segment_name(ALERTS, 1, TT_SPOOL_ACK)), 0700), 0);
    assert_int_equal(unlink(path_of("kept")), 0);
}

static void segment_is_a_directory(void)
{
    replace(TT_SPOOL_SEG);
    assert_int_equal(unlink(path_of("kept")), 0);
    assert_int_equal(mkdir(path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG)), 0700), 0);
}

static void segment_is_a_link(void)
{
    replace(TT_SPOOL_SEG);
    assert_int_equal(rename(path_of("kept"), path_of("../elsewhere")), 0);
    assert_int_equal(symlink("../elsewhere", path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG))), 0);
}

static void segment_is_a_fifo(void)
{
    assert_int_equal(unlink(path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG))), 0);
    assert_int_equal(mkfifo(path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG)), 0600), 0);
}

static void segment_under_another_name(void)
{
    assert_int_equal(
        rename(path_of(segment_name(ALERTS, 1, TT_SPOOL_SEG)), path_of(segment_name(RAW, 1, TT_SPOOL_SEG))),
        0);
}

static void make_file(const char *name)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    fputs("TTSPOOL\n", file);
    fclose(file);
}

static void strange_names(void)
{
    make_file("alerts-1.seg");
    make_file("alerts-00000000000000AA.seg");
    make_file("alerts-ffffffffffffffff.seg");
    make_file("changes-0000000000000009.seg");
    make_file("\x1b[31m\n.seg");
    make_file("alerts-0000000000000002.ack"); /* nobody's: removed */
}

/* The cases: 10 records of which 3 are acked. seen: what is read in the end. */
static const struct {
    const char *name;
    void (*damage)(void);
    unsigned recovered, dropped, seen;
    bool is_set_aside; /* as .bad, when its records are settled */
    const char *says;
} cases[] = {
    {"nothing", do_nothing, 7, 0, 7, false, ""},
    {"a flipped bit in data", flip_data, 7, 4, 3, true, "is damaged at byte"},
    {"a flipped bit in an acked record", flip_data_of_an_acked_one, 7, 7, 0, true, "7 records are lost"},
    {"a flipped bit in a length", flip_length, 7, 4, 3, true, "4 records are lost"},
    {"a flipped bit in a checksum", flip_checksum, 7, 7, 0, true, "damaged at byte 64, 7 records"},
    {"a huge length", huge_length, 7, 1, 6, true, "1 records are lost"},
    {"a length of zero", zero_length, 7, 3, 4, true, "3 records are lost"},
    {"cut between two records", cut_between, 7, 2, 5, true, "2 records are lost"},
    {"cut inside a record", cut_inside, 7, 2, 5, true, "2 records are lost"},
    {"cut in the head", cut_in_head, 7, 7, 0, true, "7 records are lost"},
    {"empty", empty, 7, 7, 0, true, "7 records are lost"},
    {"a torn record behind the last, as a killed process leaves it", append_torn, 7, 0, 7, false, ""},
    {"zeros behind the last, as a power cut leaves them", append_zeros, 7, 0, 7, false, ""},
    {"garbage behind the last", append_garbage, 7, 0, 7, true, "0 records are lost"},
    {"a flipped bit in the head", flip_head, 7, 7, 0, true, "7 records are lost"},
    {"a flipped bit in the magic", flip_magic, 7, 7, 0, true, "7 records are lost"},
    {"another version", other_version, 0, 0, 0, false, "is of version 2 and left alone"},
    {"a flipped ack bit", flip_acks, 10, 0, 10, false, "damaged ack bits"},
    {"a flipped bit in the count", flip_count, 7, 0, 7, false, ""},
    {"no ack bits", no_acks, 10, 0, 10, false, ""},
    {"cut ack bits", cut_acks, 10, 0, 10, false, ""},
    {"a directory for ack bits", acks_are_a_directory, 10, 0, 10, false, "ack bits that cannot be read"},
    {"a directory for a segment", segment_is_a_directory, 0, 0, 0, false,
     "is no regular file and left alone"},
    {"a link for a segment", segment_is_a_link, 0, 0, 0, false, "is no regular file and left alone"},
    {"a fifo for a segment", segment_is_a_fifo, 0, 0, 0, false, "is no regular file and left alone"},
    {"a segment under the name of another topic", segment_under_another_name, 0, 0, 0, false,
     "is not what its name says"},
    {"strange names", strange_names, 7, 0, 7, false, "and 1 more"},
};

static void prepare(void)
{
    char command[160];

    tt_spool_close(&spool);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, RECORDS, PAD);
    assert_int_equal(read_some(ACKED), ACKED);
    settle_all(ACKED, TT_FATE_DELIVERED);
    tt_spool_close(&spool);
}

static void read_the_rest(unsigned seen, unsigned first)
{
    assert_int_equal(left(ALERTS), seen);
    assert_int_equal(read_some(seen), seen);
    for (unsigned i = 0; i < seen; i++) {
        assert_int_equal(number_in(&got[i]), first + i);
        assert_true(is_marked(&got[i]));
    }
}

static void run_case(size_t i)
{
    unsigned first = cases[i].recovered == RECORDS ? 0 : ACKED;

    prepare();
    cases[i].damage();
    assert_int_equal(open_spool(), TT_OK);
    assert_non_null(strstr(tt_buf_cstr(&why), cases[i].says));
    assert_true(cases[i].says[0] != '\0' || why.len == 0);
    assert_int_equal(changes.recovered[ALERTS], cases[i].recovered);
    assert_int_equal(changes.dropped[ALERTS][CORRUPT], cases[i].dropped);
    reopen(); /* what is lost is told once, what is left is there again */
    assert_int_equal(changes.recovered[ALERTS], cases[i].recovered - cases[i].dropped);
    assert_int_equal(changes.dropped[ALERTS][CORRUPT], 0);
    append_many(ENRICHED, 50, 1, 10);
    read_the_rest(cases[i].seen, first);
    settle_all(cases[i].seen, TT_FATE_DELIVERED);
    assert_int_equal(exists(segment_name(ALERTS, 1, TT_SPOOL_BAD)), cases[i].is_set_aside);
    assert_int_equal(read_some(1), 1);
    assert_int_equal(number_in(&got[0]), 50);
}

static void damage_is_named_counted_once_and_it_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        print_message("%s\n", cases[i].name);
        run_case(i);
    }
}

static void damage_while_it_runs_is_counted_too(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, RECORDS, PAD);
    assert_int_equal(read_some(2), 2);
    tt_spool_settle(spool, got[1].token, TT_FATE_DELIVERED);
    struct tt_sink_record flying = got[0];
    append_many(ALERTS, RECORDS, 1, PAD);
    flip_data();
    resize(TT_SPOOL_SEG, place_of(9));
    tt_spool_settle(spool, flying.token, TT_FATE_AGAIN);
    append_many(ALERTS, 20, 1, PAD); /* behind a hole */
    unsigned n = read_some(READ_MAX);
    while (changes.dropped[ALERTS][CORRUPT] == 0 && n < 12) {
        unsigned more = read_some(READ_MAX);
        assert_int_not_equal(more, 0);
        n += more;
    }
    assert_int_equal(left(ALERTS) + changes.dropped[ALERTS][CORRUPT], 11);
    assert_true(changes.dropped[ALERTS][CORRUPT] == 0 ||
                strstr(tt_buf_cstr(&why), "is damaged at byte") != NULL);
}

static void a_segment_that_somebody_removed_is_counted(void **state)
{
    (void)state;
    assert_int_equal(open_spool(), TT_OK);
    append_many(ALERTS, 0, 30, 500); /* several segments */
    assert_int_equal(unlink(path_of(segment_name(ALERTS, 2, TT_SPOOL_SEG))), 0);
    unsigned n = read_some(READ_MAX);
    assert_int_equal(n + changes.dropped[ALERTS][CORRUPT], 30);
    assert_in_range(changes.dropped[ALERTS][CORRUPT], 5, 8);
    assert_int_equal(left(ALERTS), n);
    assert_non_null(strstr(tt_buf_cstr(&why), "alerts-0000000000000002.seg is damaged at byte 64"));
}

static void files_that_were_set_aside_make_room_first(void **state)
{
    (void)state;
    prepare();
    flip_data();
    options.size = 16384;
    assert_int_equal(open_spool(), TT_OK);
    settle_all(read_some(READ_MAX), TT_FATE_DELIVERED);
    assert_true(exists(segment_name(ALERTS, 1, TT_SPOOL_BAD)));
    reopen();
    append_many(ALERTS, 100, 25, 500);
    assert_int_equal(changes.dropped[ALERTS][FULL], 0);
    assert_false(exists(segment_name(ALERTS, 1, TT_SPOOL_BAD)));
    assert_int_equal(left(ALERTS), 25);
}

static void a_directory_behind_a_link_is_refused(void **state)
{
    (void)state;
    assert_int_equal(symlink("..", dir), 0);
    assert_int_equal(open_spool(), TT_EPERM);
    assert_null(spool);
    assert_non_null(strstr(tt_buf_cstr(&why), "symbolic link"));
}

static void a_file_in_place_of_the_directory_is_refused(void **state)
{
    (void)state;
    close(open(dir, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(open_spool(), TT_EPERM);
    assert_non_null(strstr(tt_buf_cstr(&why), "cannot create directory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(damage_is_named_counted_once_and_it_goes_on), TEST(damage_while_it_runs_is_counted_too),
        TEST(a_segment_that_somebody_removed_is_counted),  TEST(files_that_were_set_aside_make_room_first),
        TEST(a_directory_behind_a_link_is_refused),        TEST(a_file_in_place_of_the_directory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
