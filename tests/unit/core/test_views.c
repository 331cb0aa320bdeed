/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A host with several views: what leaves by a file is under the privacy of the view. */

#include "core_test.h"

#include "core/core.h"

#define VIEWS "views: { internal: { privacy: { client: full } }, guests: { privacy: { client: none } } }\n"
#define SINKS \
    "sinks:\n  - { name: a, type: file, path: a.jsonl }\n" \
    "  - { name: own, type: file, path: own.jsonl, privacy: {} }\n" \
    "  - { name: whole, type: file, path: whole.jsonl, privacy: { client: full } }\n"

/* What a record says of the client. */
enum told { TOLD_WHOLE, TOLD_NET, TOLD_NOTHING, TOLD_N };

enum { EACH = 20 };

static const struct {
    const char *view;
    enum told told; /* by a sink without a privacy of its own */
} rows[] = {
    {NULL, TOLD_NET},        {"internal", TOLD_WHOLE}, {"guests", TOLD_NOTHING},
    {"Internal", TOLD_NET},  {"intern", TOLD_NET},     {"_default", TOLD_NET},
};

static void observe_view(struct tt_port *port, const char *view)
{
    static const uint8_t name[] = "\x03www\x07"
                                  "example\x03"
                                  "com";
    struct tt_obs_writer writer;
    struct tt_obs *obs = tt_port_claim(port, TT_message_type_CLIENT_RESPONSE, &writer);

    CHECK(obs != NULL);
    obs->outcome = TT_outcome_ANSWERED;
    obs->query_type = obs->query_class = 1;
    obs->client_port = 4242;
    obs->have = TT_HAVE_QUERY_TYPE | TT_HAVE_CLIENT_PORT;
    obs->client_ip = (struct tt_ip){4, {192, 0, 2, 77}};
    obs->time_us = 1;
    tt_obs_put(&writer, TT_TAIL_QNAME, 0, name, sizeof(name));
    if (view != NULL)
        tt_obs_put(&writer, TT_TAIL_VIEW, 0, view, strlen(view));
    tt_port_commit(port, &writer);
}

static void observe_views(struct tt_core *core)
{
    for (unsigned i = 0; i < EACH; i++)
        for (unsigned row = 0; row < TT_COUNT(rows); row++)
            observe_view(tt_core_port(core, i % 2), rows[row].view);
}

static bool is_of_view(const char *line, const char *view)
{
    char text[64];

    snprintf(text, sizeof(text), "\"view\":\"%s\"", view != NULL ? view : "");
    return view != NULL ? strstr(line, text) != NULL : strstr(line, "\"view\":") == NULL;
}

static enum told look(const char *line)
{
    bool has_ip = strstr(line, "\"client_ip\":\"192.0.2.77\"") != NULL;
    bool has_port = strstr(line, "\"client_port\":4242") != NULL;
    bool has_net = strstr(line, "\"client_net\":\"192.0.2.0/24\"") != NULL;

    assert_true(has_ip == has_port);
    assert_true(has_ip == (strstr(line, "192.0.2.77") != NULL)); /* nowhere else either */
    return has_ip ? TOLD_WHOLE : has_net ? TOLD_NET : TOLD_NOTHING;
}

/* Records of a view in a file, by what they say. */
static void count_told(const char *file, const char *view, unsigned counts[TOLD_N])
{
    char path[160], *line = NULL;
    size_t cap = 0;
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s.jsonl", dir, file);
    in = fopen(path, "r");
    assert_non_null(in);
    memset(counts, 0, TOLD_N * sizeof(counts[0]));
    while (getline(&line, &cap, in) > 0)
        if (strstr(line, "\"kind\":\"dns\"") != NULL && is_of_view(line, view))
            counts[look(line)]++;
    free(line);
    fclose(in);
}

static void expect_told(const char *file, const char *view, enum told told, unsigned n)
{
    unsigned counts[TOLD_N];

    count_told(file, view, counts);
    for (unsigned i = 0; i < TOLD_N; i++)
        assert_int_equal(counts[i], i == told ? n : 0);
}

static void observe_under_views(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    observe_views(core);
}

static void a_view_has_its_own_privacy_but_where_a_sink_says_its_own(void **state)
{
    (void)state;
    write_config("metrics: off\n" VIEWS SINKS);
    in_child(observe_under_views);
    for (unsigned row = 0; row < TT_COUNT(rows); row++) {
        expect_told("a", rows[row].view, rows[row].told, EACH);
        expect_told("own", rows[row].view, TOLD_NET, EACH);
        expect_told("whole", rows[row].view, TOLD_WHOLE, EACH);
    }
}

/* Waits until a file has so many records: they are made under the configuration of their time. */
static void await_file(const char *file, unsigned n)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s.jsonl", dir, file);
    CHECK(await_lines(path, n) == n);
}

static void change_views(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    observe_views(core);
    await_file("a", EACH * TT_COUNT(rows));
    write_config("metrics: off\nhosts: { unbound: { views: { intern: { privacy: { client: full } } } } }\n" SINKS);
    forget_log();
    tt_close(&core);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("reloaded"));
    observe_views(core);
}

static void views_change_with_a_reload(void **state)
{
    unsigned counts[TOLD_N];

    (void)state;
    write_config("metrics: off\n" VIEWS SINKS);
    in_child(change_views);
    count_told("a", "internal", counts);
    assert_true(counts[TOLD_WHOLE] == EACH && counts[TOLD_NET] == EACH);
    count_told("a", "guests", counts);
    assert_true(counts[TOLD_NOTHING] == EACH && counts[TOLD_NET] == EACH);
    count_told("a", "intern", counts);
    assert_true(counts[TOLD_WHOLE] == EACH && counts[TOLD_NET] == EACH);
    expect_told("a", NULL, TOLD_NET, 2 * EACH);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        CASE(a_view_has_its_own_privacy_but_where_a_sink_says_its_own),
        CASE(views_change_with_a_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
