/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The core's life: open, observe, close, reload, exit. */

#include "core_test.h"

#include "core/core.h"

static void observe_and_wait(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(tt_core_port(core, 0) != NULL && tt_core_port(core, 1) != NULL &&
          tt_core_port(core, 2) == NULL);
    observe(tt_core_port(core, 0), 600);
    observe(tt_core_port(core, 1), 400);
    CHECK(await_lines(events, 1000) == 1000);
    CHECK(tt_port_transaction(tt_core_port(core, 1)) == ((uint64_t)2 << 48 | 1));
    tt_close(&core);
    CHECK(core == NULL);
}

static void observations_of_every_port_reach_the_file(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(observe_and_wait);
}

static void observe_and_exit(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    observe(tt_core_port(core, 0), 10000);
    tt_close(&core);
}

static void exit_flushes_what_is_in_the_rings(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(observe_and_exit);
    assert_int_equal(count_lines(events), 10000);
}

static void open_twice(void)
{
    struct tt_host host = a_host();
    struct tt_core *core, *second;
    struct tt_port *port;
    uint64_t transaction;

    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(tt_open(&host, &second) == TT_EBUSY && second == NULL);
    port = tt_core_port(core, 0);
    transaction = tt_port_transaction(port);
    CHECK(await_log("started")); /* else the two openings are one to the manager */
    tt_close(&core);
    host.ports_n = 3;
    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(tt_core_port(core, 0) == port && tt_port_transaction(port) == transaction + 1);
    CHECK(tt_core_port(core, 2) != NULL);
    CHECK(await_log("reloaded"));
    tt_close(&core);
}

static void a_reload_keeps_ports_and_sequences(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(open_twice);
}

static void open_refused(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && core != NULL);
    CHECK(tt_core_port(core, 0) == NULL);
    CHECK(is_logged("no telemetry") && is_logged("telltale.yaml:3: colour"));
    tt_close(&core);
    host.strict = true;
    CHECK(tt_open(&host, &core) == TT_ECONFIG && core == NULL);
    host.strict = false;
    write_config("metrics: off\n");
    CHECK(tt_open(&host, &core) == TT_OK && tt_core_port(core, 0) != NULL);
    observe(tt_core_port(core, 0), 10);
    CHECK(await_lines(events, 10) == 10);
    tt_close(&core);
}

static void a_refused_file_leaves_the_host_without_ports_until_it_is_mended(void **state)
{
    (void)state;
    write_config("colour: red\n");
    in_child(open_refused);
}

static void reload_broken(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    tt_close(&core);
    write_config("colour: red\n");
    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(is_logged("the one before stays in use"));
    observe(tt_core_port(core, 0), 10);
    CHECK(await_lines(events, 10) == 10);
    tt_close(&core);
}

static void a_refused_reload_leaves_the_old_configuration_in_use(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(reload_broken);
}

static void change_file(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;
    char moved[200];

    snprintf(moved, sizeof(moved), "%s/moved.jsonl", dir);
    CHECK(tt_open(&host, &core) == TT_OK);
    observe(tt_core_port(core, 0), 10);
    CHECK(await_lines(events, 10) == 10);
    write_config("metrics: off\nsinks: [ { type: file, path: moved.jsonl } ]\n");
    CHECK(await_log("reloaded"));
    observe(tt_core_port(core, 0), 10);
    CHECK(await_lines(moved, 10) == 10);
    CHECK(count_lines(events) == 10);
    tt_close(&core);
}

static void a_changed_file_is_noticed_without_the_host(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(change_file);
}

static void open_missing(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    host.config_required = true;
    CHECK(tt_open(&host, &core) == TT_OK && tt_core_port(core, 0) == NULL);
    CHECK(is_logged("telltale.yaml"));
    tt_close(&core);
}

static void a_missing_file_that_was_asked_for_is_an_error(void **state)
{
    (void)state;
    in_child(open_missing);
}

/* The sample of a metric, and of a label when one is given; -1 when there is none. */
struct wanted {
    enum tt_metric metric;
    const char *label;
    double value;
};

static void find_sample(const struct tt_metric_sample *sample, void *arg)
{
    struct wanted *wanted = arg;

    if (sample->metric == wanted->metric && (wanted->label == NULL || strcmp(sample->labels[0], wanted->label) == 0))
        wanted->value = sample->value;
}

static double value_of(struct tt_core *core, enum tt_metric metric, const char *label)
{
    struct wanted wanted = {metric, label, -1};

    tt_core_collect(core, find_sample, &wanted);
    return wanted.value;
}

static void open_inert(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    host.inert = "made for another host";
    CHECK(tt_open(&host, &core) == TT_OK && tt_core_port(core, 0) == NULL);
    CHECK(is_logged("no telemetry: made for another host"));
    CHECK(await_log("started"));
    CHECK(value_of(core, TT_METRIC_UP, NULL) == 0);
    tt_close(&core);
}

static void a_host_that_cannot_be_observed_is_down_and_has_no_ports(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(open_inert);
}

static void count_for_all(void)
{
    struct tt_host host = a_host();
    struct tt_host_counts counts = {.queries = 20, .unseen = {3, 1}, .in_flight = 2};
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(await_log("started"));
    CHECK(value_of(core, TT_METRIC_UP, NULL) == 1);
    observe(tt_core_port(core, 0), 8);
    observe(tt_core_port(core, 1), 4);
    tt_core_host_counts(core, &counts);
    CHECK(value_of(core, TT_METRIC_HOST_QUERIES, NULL) == 20);
    CHECK(value_of(core, TT_METRIC_UNSEEN, "refused") == 3 && value_of(core, TT_METRIC_UNSEEN, "other") == 1);
    CHECK(value_of(core, TT_METRIC_UNEXPLAINED, NULL) == 20 - 12 - 3 - 1 - 2);
    observe(tt_core_port(core, 1), 2);
    CHECK(value_of(core, TT_METRIC_UNEXPLAINED, NULL) == 2); /* both sides as of the same moment */
    tt_core_host_counts(core, &counts);
    CHECK(value_of(core, TT_METRIC_UNEXPLAINED, NULL) == 0);
    tt_close(&core);
}

static void a_host_may_count_for_all_its_threads_together(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(count_for_all);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        CASE(observations_of_every_port_reach_the_file),
        CASE(exit_flushes_what_is_in_the_rings),
        CASE(a_reload_keeps_ports_and_sequences),
        CASE(a_refused_file_leaves_the_host_without_ports_until_it_is_mended),
        CASE(a_refused_reload_leaves_the_old_configuration_in_use),
        CASE(a_changed_file_is_noticed_without_the_host),
        CASE(a_missing_file_that_was_asked_for_is_an_error),
        CASE(a_host_that_cannot_be_observed_is_down_and_has_no_ports),
        CASE(a_host_may_count_for_all_its_threads_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
