/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The core's life, each case in a process of its own because a process has one core for ever. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "telltale.h"

static char dir[64], config[128], events[160];
static char logged[65536];

static void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    size_t used = strlen(logged);

    (void)level;
    (void)arg;
    snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

static const char *const reasons[] = {"refused", "other"};

static struct tt_host a_host(void)
{
    struct tt_host host = {
        .software = TT_software_UNBOUND,
        .version = "test",
        .config_path = config,
        .ports_n = 2,
        .unseen_reasons = reasons,
        .unseen_reasons_n = 2,
        .log = keep_log,
    };
    return host;
}

static void write_config(const char *text)
{
    FILE *file = fopen(config, "w");

    assert_non_null(file);
    fprintf(file, "node: test\nstate_dir: %s/state\n%s", dir, text);
    fclose(file);
}

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/tt-core-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(config, sizeof(config), "%s/telltale.yaml", dir);
    snprintf(events, sizeof(events), "%s/state/unbound-1/events.jsonl", dir);
    logged[0] = '\0';
    return 0;
}

static int remove_dir(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static void observe(struct tt_port *port, unsigned n)
{
    static const uint8_t name[] = "\x03www\x07" "example\x03" "com";

    for (unsigned i = 0; i < n; i++) {
        struct tt_obs_writer writer;
        struct tt_obs *obs = tt_port_claim(port, TT_message_type_CLIENT_RESPONSE, &writer);

        if (obs == NULL)
            continue;
        obs->outcome = TT_outcome_ANSWERED;
        obs->query_type = obs->query_class = 1;
        obs->have = TT_HAVE_QUERY_TYPE;
        obs->time_us = 1;
        tt_obs_put(&writer, TT_TAIL_QNAME, 0, name, sizeof(name));
        tt_port_commit(port, &writer);
    }
}

static unsigned count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned lines = 0;

    for (int c; file != NULL && (c = getc(file)) != EOF;)
        lines += c == '\n';
    if (file != NULL)
        fclose(file);
    return lines;
}

/* Waits for a number of lines, at most 10 s; the number that was there in the end. */
static unsigned await_lines(const char *path, unsigned lines)
{
    struct timespec pause = {0, 5000000};
    unsigned seen = 0;

    for (int i = 0; i < 2000 && (seen = count_lines(path)) < lines; i++)
        nanosleep(&pause, NULL);
    return seen;
}

static bool await_log(const char *text)
{
    struct timespec pause = {0, 5000000};

    for (int i = 0; i < 2000; i++) {
        if (strstr(logged, text) != NULL)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

#define CHECK(condition)                                                                                   \
    do {                                                                                                   \
        if (!(condition)) {                                                                                \
            fprintf(stderr, "%s:%d: %s\nlog so far:\n%s", __FILE__, __LINE__, #condition, logged);         \
            _exit(1);                                                                                      \
        }                                                                                                  \
    } while (0)

/* Runs a body in a child that leaves through exit, and so through the final flush. */
static void in_child(void (*body)(void))
{
    int status;
    pid_t child;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        body();
        exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void observe_and_wait(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(tt_core_port(core, 0) != NULL && tt_core_port(core, 1) != NULL && tt_core_port(core, 2) == NULL);
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
    CHECK(strstr(logged, "no telemetry") != NULL && strstr(logged, "telltale.yaml:3: colour") != NULL);
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
    CHECK(strstr(logged, "the one before stays in use") != NULL);
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
    CHECK(strstr(logged, "telltale.yaml") != NULL);
    tt_close(&core);
}

static void a_missing_file_that_was_asked_for_is_an_error(void **state)
{
    (void)state;
    in_child(open_missing);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
