/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The equations of the books, to the unit, however the configuration changes under them. */

#include "core_test.h"

#include "core/core.h"

#define SINK(rest) "metrics: off\nsinks:\n  - { name: a, type: file, path: a.jsonl, queue: 1MiB, " rest " }\n"
#define READER "  - { name: books, type: file, path: books.jsonl, topics: [books] }\n"

/* For the series that speak of them. */
#define OTHER(n) "  - { name: o" #n ", type: file, path: o" #n ".jsonl }\n"
#define OTHERS OTHER(1) OTHER(2) OTHER(3)

enum { STEPS_MAX = 4 };

/* Configurations one after the other, with observations under each. */
struct story {
    const char *name;
    const char *configs[STEPS_MAX];
    bool is_paused; /* sink a, from the start on to the last configuration */
};

static const struct story stories[] = {
    {"as it is", {SINK("topics: [enriched]") READER}, false},
    {"a topic taken away and given back",
     {SINK("topics: [enriched, raw]") READER, SINK("topics: [enriched]") READER,
      SINK("topics: [enriched, raw]") READER},
     false},
    {"a topic given back while its old records still wait",
     {SINK("topics: [enriched, raw]") READER, SINK("topics: [enriched]") READER,
      SINK("topics: [enriched, raw]") READER},
     true},
    {"books taken away and given back",
     {SINK("topics: [raw, books]"), SINK("topics: [raw]") READER, SINK("topics: [raw, books]") READER},
     false},
    {"a sink removed and made again",
     {SINK("topics: [raw]") READER, "metrics: off\nsinks:\n" READER, SINK("topics: [raw]") READER},
     false},
    {"another queue, with records waiting",
     {SINK("topics: [raw]") READER, SINK("topics: [raw], encoding: protobuf") READER}, true},
    {"filters and samples come and go",
     {SINK("topics: [raw], sample: 0.5") READER, SINK("topics: [raw], only: { types: [AAAA] }") READER,
      SINK("topics: [raw, enriched], except: { names: [www.example.com] }") READER,
      SINK("topics: [raw, enriched]") READER},
     false},
};

static const struct story *story;

/* Records with `"final":true` about a sink named a, before the process ended: of one that was removed. */
static unsigned finals_n;

static void set_paused(struct tt_core *core, const char *word)
{
    char text[256];
    struct tt_buf reply = tt_buf_over(text, sizeof(text));
    const struct tt_control_command *command = tt_core_commands;

    while (strcmp(command->name, word) != 0)
        command++;
    CHECK(command->run(core, TT_STR("a"), &reply) == TT_OK);
}

/* By the two positions that the threads share. */
static bool is_drained(const struct tt_ring *ring)
{
    return __atomic_load_n(&ring->consumer.tail, __ATOMIC_ACQUIRE) ==
           __atomic_load_n(&ring->producer.head, __ATOMIC_ACQUIRE);
}

static void await_drained(struct tt_core *core)
{
    struct timespec pause = {0, 5000000};

    for (unsigned i = 0; i < 2; i++)
        for (unsigned n = 0; !is_drained(&tt_core_port(core, i)->ring); n++) {
            CHECK(n < 2000);
            nanosleep(&pause, NULL);
        }
}

static void tell(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    write_config(story->configs[0]);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    if (story->is_paused)
        set_paused(core, "pause");
    observe(tt_core_port(core, 0), 100);
    for (unsigned i = 1; i < STEPS_MAX && story->configs[i] != NULL; i++) {
        await_drained(core);
        write_config(story->configs[i]);
        forget_log();
        tt_close(&core);
        CHECK(tt_open(&host, &core) == TT_OK && await_log("reloaded"));
        observe(tt_core_port(core, i % 2), 10 * i);
    }
    await_drained(core);
    if (story->is_paused)
        set_paused(core, "resume");
}

/* The number behind a key; of an object the sum of its members' numbers. */
static unsigned long long number_of(const char *line, const char *key)
{
    unsigned long long sum = 0;
    const char *at = strstr(line, key);

    assert_non_null(at);
    at += strlen(key);
    if (*at != '{')
        return strtoull(at, NULL, 10);
    while (*at != '}') {
        if (*at == ':')
            sum += strtoull(at + 1, NULL, 10);
        at++;
    }
    return sum;
}

static void check_line(const char *line)
{
    unsigned long long offered = number_of(line, "\"offered\":");

    assert_int_equal(number_of(line, "\"observed\":"), number_of(line, "\"seen\":") + number_of(line, "\"lost\":"));
    assert_int_equal(number_of(line, "\"seen\":"),
                     offered + number_of(line, "\"filtered\":") + number_of(line, "\"sampled_out\":"));
    assert_int_equal(offered, number_of(line, "\"delivered\":") + number_of(line, "\"queued\":") +
                                  number_of(line, "\"dropped\":"));
}

/* Returns the number of records looked at. */
static unsigned check_file(const char *name)
{
    char path[128];
    char *line = NULL;
    size_t cap = 0;
    unsigned n = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "r");
    while (file != NULL && getline(&line, &cap, file) > 0) {
        if (strncmp(line, "{\"kind\":\"books\"", 15) != 0)
            continue;
        check_line(line);
        finals_n += strstr(line, "\"sink\":\"a\"") != NULL && strstr(line, "\"final\":true") != NULL;
        n++;
    }
    free(line);
    if (file != NULL)
        fclose(file);
    return n;
}

static void seen_offered_and_every_fate_agree_in_every_record_of_the_books(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(stories); i++) {
        story = &stories[i];
        in_child(tell);
        assert_true(check_file("books.jsonl") > 0);
        check_file("a.jsonl");
        remove_dir(NULL);
        make_dir(NULL);
    }
}

static void a_sink_that_is_removed_has_last_books(void **state)
{
    static const struct story gone = {
        "gone", {SINK("topics: [raw]") READER, "metrics: off\nsinks:\n" READER}, false};

    (void)state;
    story = &gone;
    finals_n = 0;
    in_child(tell);
    assert_true(check_file("books.jsonl") > 0);
    assert_int_equal(finals_n, 1);
}

static void take_samples(void)
{
    struct tt_host host = a_host();
    struct timespec pause = {0, 20000000};
    struct tt_sink_status status;
    struct tt_core *core;

    write_config("metrics: off\nsinks:\n" READER
                 "  - { name: a, type: remote_write, url: 'http://127.0.0.1:9/x', interval: 5s, "
                 "series_max: 100 }\n" OTHERS);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    for (unsigned n = 0; n == 0 || status.books[TT_TOPIC_METRICS].filtered[TT_FILTER_SERIES] == 0; n++) {
        CHECK(n < 1000);
        nanosleep(&pause, NULL);
        tt_sink_status(core->setup->sinks[1], &status);
    }
}

static void samples_beyond_the_cap_are_seen_and_filtered(void **state)
{
    (void)state;
    finals_n = 0;
    in_child(take_samples);
    assert_true(check_file("books.jsonl") > 0);
    assert_int_equal(finals_n, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        CASE(seen_offered_and_every_fate_agree_in_every_record_of_the_books),
        CASE(a_sink_that_is_removed_has_last_books),
        CASE(samples_beyond_the_cap_are_seen_and_filtered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
