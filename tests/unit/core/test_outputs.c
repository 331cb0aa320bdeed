/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What is encoded for whom, by the view that an event came with: each distinct encoding once. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/outputs.h"

#define TAP "tap: { path: /tap }\n"
#define NO_TAP "tap: off\n"
#define FULL "{ privacy: { client: full } }"
#define INTERNAL "views: { internal: " FULL " }\n"
#define A "  - { name: a, type: file, path: /a }\n"
#define B "  - { name: b, type: file, path: /b }\n"
#define B_FULL "  - { name: b, type: file, path: /b, privacy: { client: full } }\n"
#define B_OWN "  - { name: b, type: file, path: /b, privacy: {} }\n"
#define B_NONE "  - { name: b, type: file, path: /b, privacy: { client: none } }\n"

struct example {
    const char *name;
    const char *yaml;
    const char *view; /* NULL: absent */
    const char *expect; /* of each output "topic policy: sinks"; n net, f full, x none */
};

static const struct example examples[] = {
    {"no views at all", TAP "sinks:\n" A B, "internal", "enriched n: a b tap; "},
    {"an event without a view", TAP INTERNAL "sinks:\n" A B, NULL, "enriched n: a b tap; "},
    {"a view that is not named", TAP INTERNAL "sinks:\n" A, "other", "enriched n: a tap; "},
    {"a view whose name is empty", TAP INTERNAL "sinks:\n" A, "", "enriched n: a tap; "},
    {"upper case is another view", TAP INTERNAL "sinks:\n" A, "Internal", "enriched n: a tap; "},
    {"a beginning is another view", TAP INTERNAL "sinks:\n" A, "intern", "enriched n: a tap; "},
    {"a longer name is another view", TAP INTERNAL "sinks:\n" A, "internal2", "enriched n: a tap; "},
    {"the view's policy stands for the general one", TAP INTERNAL "sinks:\n" A B, "internal",
     "enriched f: a b tap; "},
    {"without a tap", NO_TAP INTERNAL "sinks:\n" A, "internal", "enriched f: a; "},
    {"a sink's own policy stays", TAP INTERNAL "sinks:\n" A B_NONE, "internal",
     "enriched f: a tap; enriched x: b; "},
    {"a sink's own policy stays when it is the general one", TAP INTERNAL "sinks:\n" A B_OWN, "internal",
     "enriched f: a tap; enriched n: b; "},
    {"which is encoded once elsewhere", TAP INTERNAL "sinks:\n" A B_OWN, NULL, "enriched n: a b tap; "},
    {"a sink's own policy that is the view's is encoded once", TAP INTERNAL "sinks:\n" A B_FULL, "internal",
     "enriched f: a b tap; "},
    {"and apart elsewhere", TAP INTERNAL "sinks:\n" A B_FULL, NULL, "enriched n: a tap; enriched f: b; "},
    {"every topic of a sink, but books, follows the view", NO_TAP INTERNAL
     "sinks:\n  - { name: a, type: file, path: /a, topics: [raw, normalized, books] }\n",
     "internal", "raw f: a; normalized f: a; "},
    {"samples stay apart", NO_TAP INTERNAL
     "sinks:\n" A "  - { name: c, type: file, path: /c, sample: 0.5 }\n",
     "internal", "enriched f: a; enriched f: c; "},
    {"encodings stay apart", NO_TAP INTERNAL
     "sinks:\n" A "  - { name: c, type: file, path: /c, encoding: protobuf }\n",
     "internal", "enriched f: a; enriched f: c; "},
    {"of several views the second", TAP
     "views: { internal: " FULL ", guests: { privacy: { client: none } } }\nsinks:\n" A,
     "guests", "enriched x: a tap; "},
    {"two views of one policy", TAP "views: { internal: " FULL ", lab: " FULL " }\nsinks:\n" A B_FULL, "lab",
     "enriched f: a b tap; "},
    {"a view as everywhere", TAP "views: { lab: { privacy: { client: net } } }\nsinks:\n" A, "lab",
     "enriched n: a tap; "},
    {"a view that says nothing", TAP "views: { lab: {} }\nsinks:\n" A, "lab", "enriched n: a tap; "},
    {"what a view does not say is the general", TAP
     "privacy: { client: none }\nviews: { lab: { privacy: { query_name: none } } }\nsinks:\n" A,
     "lab", "enriched x: a tap; "},
    {"nobody listens", NO_TAP INTERNAL "sinks: []\n", "internal", ""},
};

static struct tt_conf *load(const char *yaml)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    if (tt_conf_parse_text(yaml, strlen(yaml), "/t.yaml", 2, &conf, &errors) != TT_OK)
        print_error("%s", errors.text);
    assert_non_null(conf);
    return conf;
}

static const struct tt_output_list *list_of(const struct tt_outputs *outputs, const char *view)
{
    struct tt_event event = {.random = 0};

    if (view != NULL)
        TT_EVENT_SET(&event, view, tt_str_from(view));
    return tt_outputs_of(outputs, &event);
}

static void print_list(const struct tt_output_list *list, const struct tt_conf *conf, struct tt_buf *buf)
{
    static const char letters[] = {
        [TT_PRIVACY_NET] = 'n', [TT_PRIVACY_FULL] = 'f', [TT_PRIVACY_HASH] = 'h', [TT_PRIVACY_NONE] = 'x'};

    for (unsigned i = 0; i < list->n; i++) {
        const struct tt_output *output = &list->at[i];

        tt_buf_format(buf, "%s %c:", tt_topic_word(output->topic), letters[conf->policies[output->policy].client]);
        for (uint64_t left = output->sinks; left != 0; left &= left - 1)
            tt_buf_format(buf, " %s", conf->sinks[tt_output_first(left)].name);
        tt_buf_text(buf, output->is_tap ? " tap; " : "; ");
    }
}

static bool is_as_expected(const struct example *example)
{
    struct tt_outputs *outputs = calloc(1, sizeof(*outputs));
    struct tt_conf *conf = load(example->yaml);
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    bool is_same;

    assert_non_null(outputs);
    tt_outputs_init(outputs, conf);
    print_list(list_of(outputs, example->view), conf, &buf);
    is_same = strcmp(tt_buf_cstr(&buf), example->expect) == 0;
    if (!is_same)
        print_error("%s: expected \"%s\", got \"%s\"\n", example->name, example->expect, text);
    tt_conf_free(&conf);
    free(outputs);
    return is_same;
}

static void each_encoding_is_made_once_under_the_policy_of_the_view(void **state)
{
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(examples); i++)
        failed_n += !is_as_expected(&examples[i]);
    assert_int_equal(failed_n, 0);
}

static void a_view_without_a_policy_of_its_own_is_not_even_looked_for(void **state)
{
    struct tt_outputs *outputs = calloc(1, sizeof(*outputs));
    struct tt_conf *conf = load("views: { a: {}, b: { privacy: { client: net } } }\n");

    (void)state;
    assert_non_null(outputs);
    tt_outputs_init(outputs, conf);
    assert_int_equal(conf->views_n, 2);
    assert_int_equal(outputs->views_n, 0);
    tt_conf_free(&conf);
    free(outputs);
}

static void what_replay_prints_is_under_the_policy_of_the_view_too(void **state)
{
    struct tt_outputs *outputs = calloc(1, sizeof(*outputs));
    struct tt_conf *conf = load(NO_TAP INTERNAL "sinks:\n" B_NONE);
    struct tt_output one = {.topic = TT_TOPIC_NORMALIZED, .is_tap = true, .sample = 1};
    char text[256];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    (void)state;
    assert_non_null(outputs);
    tt_outputs_init(outputs, conf);
    tt_outputs_keep_one(outputs, &one);
    print_list(list_of(outputs, NULL), conf, &buf);
    print_list(list_of(outputs, "internal"), conf, &buf);
    assert_string_equal(tt_buf_cstr(&buf), "normalized n: tap; normalized f: tap; ");
    tt_conf_free(&conf);
    free(outputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_is_made_once_under_the_policy_of_the_view),
        cmocka_unit_test(a_view_without_a_policy_of_its_own_is_not_even_looked_for),
        cmocka_unit_test(what_replay_prints_is_under_the_policy_of_the_view_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
