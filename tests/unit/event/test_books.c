/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What needs no reader of JSON or Protobuf; those read whole records in tests/golden/events. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/books.h"

static char json[TT_BOOKS_MAX + 1], proto[TT_BOOKS_MAX];

static const struct tt_event_origin origin = {.node = "ns1",
                                              .instance = "ns1/unbound",
                                              .region = NULL,
                                              .software = TT_software_UNBOUND,
                                              .random = 0xa1};

static size_t encode(const struct tt_books *books)
{
    struct tt_buf json_buf = tt_buf_over(json, TT_BOOKS_MAX),
                  proto_buf = tt_buf_over(proto, sizeof(proto));

    tt_books_to_json(books, &origin, &json_buf);
    tt_books_to_proto(books, &origin, &proto_buf);
    assert_false(json_buf.overflow || proto_buf.overflow);
    json[json_buf.len] = '\0';
    return proto_buf.len;
}

static void a_small_record_is_this_text(void **state)
{
    static const struct tt_books_port ports[] = {
        {((uint64_t)3 << 48) + 1, ((uint64_t)3 << 48) + 70},
        {(uint64_t)4 << 48, ((uint64_t)4 << 48) - 1}};
    static const struct tt_form_count lost[] = {
        {"ring_full", 7}, {"malformed", 0}, {"too_large", 1}};
    static const struct tt_form_count filtered[] = {{"only", 0}};
    static const struct tt_books_file files[] = {{"suffix_list", "/a\"b", "2026", "ab"},
                                                 {"hash_key", "/k", "", NULL}};
    const struct tt_books books = {.sequence = 5,
                                   .time_us = 1795251900123456,
                                   .sink = "file",
                                   .sink_type = "file",
                                   .topic = TT_TOPIC_RAW,
                                   .ports = ports,
                                   .ports_n = 2,
                                   .observed = 70,
                                   .seen = 62,
                                   .offered = 62,
                                   .delivered = 60,
                                   .queued = 2,
                                   .lost = lost,
                                   .lost_n = 3,
                                   .filtered = filtered,
                                   .filtered_n = 1,
                                   .config_digest = 15,
                                   .files = files,
                                   .files_n = 2};

    (void)state;
    encode(&books);
    assert_string_equal(
        json,
        "{\"kind\":\"books\",\"schema_version\":1,\"event_id\":"
        "\"00000000000000a10000000000000005\","
        "\"timestamp\":\"2026-11-21T09:05:00.123456Z\",\"instance\":\"ns1/"
        "unbound\",\"software\":\"unbound\","
        "\"node\":\"ns1\",\"sink\":\"file\",\"sink_type\":\"file\",\"topic\":\"raw\",\"final\":"
        "false,"
        "\"ports\":[{\"port\":3,\"first\":1,\"last\":70},{\"port\":4}],\"observed\":70,"
        "\"lost\":{\"ring_full\":7,\"too_large\":1},\"seen\":62,\"filtered\":{},\"sampled_out\":0,"
        "\"offered\":62,\"recovered\":0,\"delivered\":60,\"uncertain\":0,\"queued\":2,\"spooled\":"
        "0,"
        "\"dropped\":{},\"config_digest\":\"000000000000000f\","
        "\"files\":[{\"role\":\"suffix_list\",\"path\":\"/"
        "a\\\"b\",\"build\":\"2026\",\"sha\":\"ab\"},"
        "{\"role\":\"hash_key\",\"path\":\"/k\"}]}");
}

/* Everything at its largest and beyond, of bytes that take the most room. */
static void the_longest_record_fits_and_says_what_it_left_out(void **state)
{
    enum { PORTS = 5000, FILES = 300, COUNTS = 100 };
    static struct tt_books_port ports[PORTS];
    static struct tt_books_file files[FILES];
    static struct tt_form_count counts[COUNTS];
    static char text[5000];
    struct tt_books books = {.ports = ports,
                             .ports_n = PORTS,
                             .files = files,
                             .files_n = FILES,
                             .lost = counts,
                             .lost_n = COUNTS,
                             .filtered = counts,
                             .filtered_n = COUNTS,
                             .dropped = counts,
                             .dropped_n = COUNTS,
                             .sink = text,
                             .sink_type = text,
                             .is_final = true};

    (void)state;
    for (int round = 0; round < 3; round++) {
        memset(text, "\\\"\1"[round], sizeof(text) - 1);
        for (int i = 0; i < PORTS; i++)
            ports[i] = (struct tt_books_port){UINT64_MAX, UINT64_MAX};
        for (int i = 0; i < FILES; i++)
            files[i] = (struct tt_books_file){text, text, text, text};
        for (int i = 0; i < COUNTS; i++)
            counts[i] = (struct tt_form_count){text, UINT64_MAX};
        memset(&books.observed, 0xff,
               offsetof(struct tt_books, lost) - offsetof(struct tt_books, observed));
        books.sequence = books.time_us = books.enrichment_id = books.config_digest = UINT64_MAX;
        assert_true(encode(&books) > 20000);
        assert_true(strlen(json) > 90000);
        assert_non_null(strstr(json, "\"ports_cut\":true,\"files_cut\":true}"));
        assert_non_null(strstr(json, "\"final\":true"));
    }
}

static void without_room_nothing_is_written(void **state)
{
    struct tt_books books = {.sink = "file"};
    struct tt_buf small = tt_buf_over(json, TT_BOOKS_MAX - 1),
                  tiny = tt_buf_over(proto, TT_BOOKS_MAX - 1);

    (void)state;
    tt_books_to_json(&books, &origin, &small);
    tt_books_to_proto(&books, &origin, &tiny);
    assert_true(small.overflow && small.len == 0 && tiny.overflow && tiny.len == 0);
}

/* Tags as they were published: they never change, and rows are only added. */
static void published_tags_never_change(void **state)
{
    static const struct {
        const char *id;
        unsigned tag;
    } published[] = {
        {"kind", 1},        {"schema_version", 2}, {"event_id", 3},        {"timestamp", 4},
        {"instance", 5},    {"software", 6},       {"source_region", 7},   {"dup", 8}, {"node", 12},
        {"sink", 200},      {"sink_type", 201},    {"topic", 202},         {"final", 203},
        {"ports", 204},     {"observed", 205},     {"lost", 206},          {"seen", 207},
        {"filtered", 208},  {"sampled_out", 209},  {"offered", 210},       {"recovered", 211},
        {"delivered", 212}, {"uncertain", 213},    {"queued", 214},        {"spooled", 215},
        {"dropped", 216},   {"enrichment_id", 17}, {"config_digest", 217}, {"files", 218},
        {"ports_cut", 219}, {"files_cut", 220}};
    size_t n = 0;

    (void)state;
    assert_int_equal(tt_form_books.rows_n, TT_COUNT(published));
    for (; n < TT_COUNT(published); n++) {
        assert_string_equal(tt_form_books.rows[n].id, published[n].id);
        assert_int_equal(tt_form_books.rows[n].tag, published[n].tag);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_record_is_this_text),
        cmocka_unit_test(the_longest_record_fits_and_says_what_it_left_out),
        cmocka_unit_test(without_room_nothing_is_written),
        cmocka_unit_test(published_tags_never_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
