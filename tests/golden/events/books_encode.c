/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Records of kind books from a seed to standard output: a line of JSON and a line of Protobuf in
 * hexadecimal each; numbers of every size, texts that need escapes, lists from empty to too long.
 * Usage: books_encode SEED COUNT
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/books.h"

enum { PORTS = 1200, FILES = 60, COUNTS = 8 };

static const struct tt_event_origin origin = {
    .node = "ns1.fra",
    .instance = "ns1.fra/unbound",
    .region = "eu-central",
    .software = TT_software_UNBOUND,
    .random = 0x0123456789abcdef,
};

static const char *const texts[] = {"plain", "with \"quotes\" and \\", "caf\xc3\xa9",
                                    "cut \xe2\x82 here", "\1\x7f"};

static const char *any_text(void)
{
    return texts[random() % (long)TT_COUNT(texts)];
}

/* Of every length in bits; kept below 2^63 so that every reader takes it. */
static uint64_t any_number(void)
{
    uint64_t bits = (uint64_t)random() << 31 ^ (uint64_t)random() << 15 ^ (uint64_t)random();

    return random() % 5 == 0 ? 0 : (bits & INT64_MAX) >> random() % 60;
}

static unsigned any_length(unsigned max)
{
    return random() % 20 == 0 ? max : (unsigned)random() % 8;
}

static void fill_lists(struct tt_books_port *ports, struct tt_books_file *files,
                       struct tt_form_count *counts)
{
    static const char *const reasons[COUNTS] = {"queue_full",  "paused", "too_large", "open",
                                                "caf\xc3\xa9", "a\"b",   "shutdown",  "x"};

    for (uint64_t i = 0; i < PORTS; i++) {
        uint64_t first = any_number() & 0xffffffffff;
        ports[i].first = i << 48 | first;
        ports[i].last = random() % 4 == 0 && first > 0 ? ports[i].first - 1
                                                       : ports[i].first + (any_number() & 0xffff);
    }
    for (unsigned i = 0; i < FILES; i++)
        files[i] = (struct tt_books_file){any_text(), any_text(), random() % 2 ? any_text() : NULL,
                                          random() % 2 ? any_text() : ""};
    for (unsigned i = 0; i < COUNTS; i++)
        counts[i] = (struct tt_form_count){reasons[i], any_number()};
}

static void print(const struct tt_books *books, char *room)
{
    struct tt_event_origin from = origin;
    struct tt_buf buf = tt_buf_over(room, TT_BOOKS_MAX);

    from.region = books->is_final ? origin.region : NULL;
    tt_books_to_json(books, &from, &buf);
    fwrite(buf.data, 1, buf.len, stdout);
    putchar('\n');
    tt_buf_reset(&buf);
    tt_books_to_proto(books, &from, &buf);
    for (size_t i = 0; i < buf.len; i++)
        printf("%02x", (unsigned char)buf.data[i]);
    putchar('\n');
}

static void print_one(char *room)
{
    static struct tt_books_port ports[PORTS];
    static struct tt_books_file files[FILES];
    struct tt_form_count counts[COUNTS];
    struct tt_books books = {.sink = any_text(),
                             .sink_type = "file",
                             .topic = (uint8_t)(random() % TT_TOPICS_N),
                             .is_final = random() % 2,
                             .ports = ports,
                             .ports_n = any_length(PORTS),
                             .files = files,
                             .files_n = any_length(FILES),
                             .lost = counts,
                             .lost_n = any_length(COUNTS),
                             .filtered = counts,
                             .filtered_n = any_length(COUNTS),
                             .dropped = counts,
                             .dropped_n = any_length(COUNTS)};
    uint64_t *const numbers[] = {&books.sequence,    &books.observed,      &books.seen,
                                 &books.sampled_out, &books.offered,       &books.recovered,
                                 &books.delivered,   &books.uncertain,     &books.queued,
                                 &books.spooled,     &books.enrichment_id, &books.config_digest};

    fill_lists(ports, files, counts);
    for (size_t i = 0; i < TT_COUNT(numbers); i++)
        *numbers[i] = any_number();
    books.time_us = any_number() % 4000000000000000;
    print(&books, room);
}

int main(int argc, char **argv)
{
    char *room = malloc(TT_BOOKS_MAX);

    if (argc != 3 || room == NULL)
        return 2;
    srandom((unsigned)strtoul(argv[1], NULL, 10));
    for (long n = strtol(argv[2], NULL, 10); n > 0; n--)
        print_one(room);
    free(room);
    return 0;
}
