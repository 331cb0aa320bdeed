/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* dnstap frames to a file, read back by libfstrm: one stream in a file, whatever happened to it
 * before. */

#include <fcntl.h>
#include <fstrm.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "sink/class.h"
#include "sink_test.h"

enum { RECORDS = 40, START_LEN = 42, STOP_LEN = 12 };

static char bodies[RECORDS][64], why_text[TT_SINK_WHY_MAX];
static struct tt_sink_record records[RECORDS];

static void *make_self(const char *path, uint64_t rotate)
{
    struct tt_conf_sink conf = {.name = (char *)(uintptr_t) "frames",
                                .type = TT_SINK_DNSTAP,
                                .encoding = TT_ENCODING_DNSTAP,
                                .topics = 1u << TT_TOPIC_DNSTAP,
                                .path = (char *)(uintptr_t)path,
                                .is_plain_file = true,
                                .rotate = rotate,
                                .keep = 9};
    struct tt_sink_place all = place();
    void *self = NULL;

    assert_int_equal(tt_sink_dnstap.make(&conf, &all, NULL, &self), TT_OK);
    return self;
}

static struct tt_buf why(void)
{
    memset(why_text, 0, sizeof(why_text));
    return tt_buf_over(why_text, sizeof(why_text) - 1);
}

static void make_records(void)
{
    for (unsigned i = 0; i < RECORDS; i++) {
        int len = snprintf(bodies[i], sizeof(bodies[i]), "frame %u%.*s", i, (int)(i % 30),
                           "..............................");
        records[i] = (struct tt_sink_record){
            .data = bodies[i], .len = (uint32_t)len, .topic = TT_TOPIC_DNSTAP};
    }
}

/* Opens, writes records [from, to), closes. */
static void write_some(const char *path, unsigned from, unsigned to)
{
    void *self = make_self(path, 0);
    struct tt_buf text = why();

    make_records();
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.put(self, records + from, to - from, &text), TT_OK);
    for (unsigned i = from; i < to; i++)
        assert_int_equal(records[i].fate, TT_FATE_DELIVERED);
    tt_sink_dnstap.close(self);
    tt_sink_dnstap.destroy(self);
}

/* Reads frames from number `from` on; the stream must end with STOP. Returns the number behind the
 * last one. */
static unsigned read_some(const char *path, unsigned from)
{
    struct fstrm_file_options *options = fstrm_file_options_init();
    struct fstrm_reader *reader;
    const uint8_t *bytes;
    size_t len;
    fstrm_res res;

    fstrm_file_options_set_file_path(options, path);
    reader = fstrm_file_reader_init(options, NULL);
    assert_non_null(reader);
    while ((res = fstrm_reader_read(reader, &bytes, &len)) == fstrm_res_success) {
        assert_true(from < RECORDS);
        assert_int_equal(len, records[from].len);
        assert_memory_equal(bytes, records[from].data, len);
        from++;
    }
    assert_int_equal(res, fstrm_res_stop);
    fstrm_reader_destroy(&reader);
    fstrm_file_options_destroy(&options);
    return from;
}

static off_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void a_file_opened_again_stays_one_stream(void **state)
{
    const char *path = at("again.fstrm");

    (void)state;
    write_some(path, 0, 10);
    assert_int_equal(read_some(path, 0), 10);
    write_some(path, 10, 10);
    assert_int_equal(read_some(path, 0), 10);
    write_some(path, 10, 30);
    assert_int_equal(read_some(path, 0), 30);
}

/* Killed at any byte: the whole frames stay, and it goes on behind them. */
static void a_file_cut_at_any_byte_is_put_right(void **state)
{
    const char *path = at("cut.fstrm");
    off_t size;

    (void)state;
    write_some(path, 0, 4);
    size = size_of(path);
    for (off_t cut = 0; cut < size; cut++) {
        unsigned whole_n = 0;
        off_t end = START_LEN;

        unlink(path);
        write_some(path, 0, 4);
        assert_int_equal(truncate(path, cut), 0);
        while (whole_n < 4 && end + 4 + (off_t)records[whole_n].len <= cut)
            end += 4 + (off_t)records[whole_n++].len;
        write_some(path, whole_n, 8);
        assert_int_equal(read_some(path, 0), 8);
    }
}

static void the_zeros_of_a_power_cut_go(void **state)
{
    const char *path = at("zeros.fstrm");

    (void)state;
    write_some(path, 0, 5);
    assert_int_equal(truncate(path, size_of(path) + 5000), 0);
    write_some(path, 5, 9);
    assert_int_equal(read_some(path, 0), 9);
}

static void a_file_of_somebody_else_is_left_as_it_is(void **state)
{
    static const char *const cases[] = {"{\"kind\":\"dns\"}\n", "x",
                                        "\0\0\0\0\0\0\0\x22\0\0\0\2\0\0\0\1\0\0\0\x16protobuf:"};
    static const size_t lens[] = {15, 1, 29};
    const char *path = at("other.fstrm");

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        void *self = make_self(path, 0);
        struct tt_buf text = why();
        FILE *file = fopen(path, "w");
        bool is_ours = i == 2; /* the beginning of START */

        fwrite(cases[i], 1, lens[i], file);
        fclose(file);
        assert_int_equal(tt_sink_dnstap.open(self, &text), is_ours ? TT_OK : TT_EMALFORMED);
        assert_int_equal(is_ours || strstr(tt_buf_cstr(&text), "choose another path") != NULL,
                         true);
        assert_int_equal(size_of(path), is_ours ? START_LEN : lens[i]);
        tt_sink_dnstap.close(self);
        tt_sink_dnstap.destroy(self);
    }
}

static void each_rotated_file_is_a_whole_stream(void **state)
{
    const char *path = at("turn.fstrm");
    void *self = make_self(path, 300);
    struct tt_buf text = why();
    unsigned next = 0, files_n = 0;
    char name[300];

    (void)state;
    make_records();
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.put(self, records, 25, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.put(self, records + 25, 3, &text), TT_OK);
    assert_int_equal(text.len, 0);
    tt_sink_dnstap.close(self);
    tt_sink_dnstap.destroy(self);
    for (int n = 9; n >= 0; n--) {
        snprintf(name, sizeof(name), n > 0 ? "%s.%d" : "%s", path, n);
        if (access(name, F_OK) != 0)
            continue;
        assert_true(size_of(name) <= 300);
        next = read_some(name, next);
        files_n++;
    }
    assert_int_equal(next, 28);
    assert_true(files_n >= 3);
}

static void a_file_that_was_moved_is_ended_and_another_begun(void **state)
{
    const char *path = at("moved.fstrm"), *moved = at("moved.fstrm.old");
    void *self = make_self(path, 0);
    struct tt_buf text = why();

    (void)state;
    make_records();
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.put(self, records, 5, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.tick(self, &text), TT_OK);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(tt_sink_dnstap.tick(self, &text), TT_ECLOSED);
    tt_sink_dnstap.close(self);
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
    tt_sink_dnstap.close(self);
    tt_sink_dnstap.destroy(self);
    assert_int_equal(read_some(moved, 0), 5);
    assert_int_equal(read_some(path, 7), 7);
}

/* A full disk: what fits is delivered, nothing is torn, and it goes on when there is room. */
static void a_full_disk_takes_whole_frames_only(void **state)
{
    const char *path = at("full.fstrm");
    struct rlimit before, small;
    unsigned delivered_n = 0;

    (void)state;
    make_records();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t room = START_LEN; room < 400; room += 7) {
        void *self = make_self(path, 0);
        struct tt_buf text = why();

        unlink(path);
        make_records();
        assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
        small = (struct rlimit){room, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        assert_true(tt_sink_dnstap.put(self, records, RECORDS, &text) != TT_OK);
        setrlimit(RLIMIT_FSIZE, &before);
        for (delivered_n = 0; records[delivered_n].fate == TT_FATE_DELIVERED; delivered_n++)
            continue;
        assert_int_equal(
            tt_sink_dnstap.put(self, records + delivered_n, RECORDS - delivered_n, &text), TT_OK);
        tt_sink_dnstap.close(self);
        tt_sink_dnstap.destroy(self);
        assert_int_equal(read_some(path, 0), RECORDS);
    }
    assert_true(delivered_n > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_opened_again_stays_one_stream),
        cmocka_unit_test(a_file_cut_at_any_byte_is_put_right),
        cmocka_unit_test(the_zeros_of_a_power_cut_go),
        cmocka_unit_test(a_file_of_somebody_else_is_left_as_it_is),
        cmocka_unit_test(each_rotated_file_is_a_whole_stream),
        cmocka_unit_test(a_file_that_was_moved_is_ended_and_another_begun),
        cmocka_unit_test(a_full_disk_takes_whole_frames_only),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
