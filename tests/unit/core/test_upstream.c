/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The listener for the host's dnstap in the life of a core: there when the configuration wants it,
 * in a BIND. */

#include "core_test.h"

#include <dirent.h>
#include <fstrm.h>

#include "../intake/dnstap_test.h"
#include "base/clock.h"

static char first[96], second[96];

static struct tt_host a_bind(void)
{
    struct tt_host host = a_host();

    host.software = TT_software_BIND;
    return host;
}

static void write_upstream(const char *path)
{
    char text[400];

    snprintf(text, sizeof(text),
             "metrics: off\nsinks: [ { type: file, path: %s, topics: [raw] } ]\n%s%s\n", events,
             path != NULL ? "upstream: dnstap\nupstream_socket: " : "upstream: off",
             path != NULL ? path : "");
    write_config(text);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool has_thread(const char *name)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    bool has = false;

    while (tasks != NULL && (task = readdir(tasks)) != NULL) {
        char path[300], comm[32] = "";
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(comm, sizeof(comm), file) != NULL)
            comm[strcspn(comm, "\n")] = '\0';
        has |= strcmp(comm, name) == 0;
        fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return has;
}

static struct fstrm_writer *open_writer(const char *path)
{
    struct fstrm_unix_writer_options *where = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *what = fstrm_writer_options_init();
    struct fstrm_writer *writer;

    fstrm_unix_writer_options_set_socket_path(where, path);
    fstrm_writer_options_add_content_type(what, "protobuf:dnstap.Dnstap", 22);
    writer = fstrm_unix_writer_init(where, what);
    fstrm_unix_writer_options_destroy(&where);
    fstrm_writer_options_destroy(&what);
    CHECK(fstrm_writer_open(writer) == fstrm_res_success);
    return writer;
}

/* A query and its response. */
static void write_pair(struct fstrm_writer *writer)
{
    uint64_t now_us = tt_clock_wall_us();
    struct said said = {
        TT_DNSTAP_RESOLVER_QUERY, TT_DNSTAP_UDP, 1, 'a', 40000, 0, now_us - 8000, 0, 0};
    struct payload payload = make_payload(&said);

    CHECK(fstrm_writer_write(writer, payload.bytes, payload.len) == fstrm_res_success);
    said.type = TT_DNSTAP_RESOLVER_RESPONSE;
    said.answered_us = now_us;
    payload = make_payload(&said);
    CHECK(fstrm_writer_write(writer, payload.bytes, payload.len) == fstrm_res_success);
}

/* How often a text stands in the file of events. */
static unsigned count_text(const char *text)
{
    FILE *file = fopen(events, "r");
    unsigned n = 0;
    char *line = NULL;
    size_t cap = 0;

    while (file != NULL && getline(&line, &cap, file) > 0)
        n += strstr(line, text) != NULL;
    free(line);
    if (file != NULL)
        fclose(file);
    return n;
}

static void reload(struct tt_host *host, struct tt_core **core, const char *path)
{
    tt_close(core);
    forget_log();
    write_upstream(path);
    CHECK(tt_open(host, core) == TT_OK && await_log("reloaded"));
}

/* The socket changes after the line of the reload. */
static bool await_state(const char *path, bool is)
{
    struct timespec pause = {0, 5000000};

    for (int i = 0; i < 2000 && is_there(path) != is; i++)
        nanosleep(&pause, NULL);
    return is_there(path) == is;
}

static void live_with_reloads(void)
{
    static struct fstrm_writer *writer; /* it is left open */
    struct tt_host host = a_bind();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    CHECK(is_logged("dnstap { resolver; forwarder; };") && is_logged("dnstap-output unix \"") &&
          is_logged(first));
    CHECK(is_there(first) && has_thread("tt-upstream"));
    writer = open_writer(first);
    write_pair(writer);
    CHECK(await_lines(events, 1) == 1);
    /* Port 1025, its record 0; in a pair with its query, which alone tells query_size. */
    CHECK(count_text("0401000000000000\"") == 1 &&
          count_text("\"message_type\":\"resolver_response\"") == 1);
    CHECK(count_text("\"upstream_rtt_us\":8000") == 1 && count_text("\"query_size\":19") == 1);
    CHECK(count_text("transaction_id") == 0);
    reload(&host, &core, first);
    write_pair(writer); /* nothing has changed for it: the connection stays */
    CHECK(await_lines(events, 2) == 2);
    fstrm_writer_destroy(&writer);
    reload(&host, &core, second);
    CHECK(await_state(second, true) && !is_there(first));
    writer = open_writer(second);
    write_pair(writer);
    CHECK(await_lines(events, 3) == 3 && count_text("0401000000000002\"") == 1);
    reload(&host, &core, NULL);
    CHECK(await_state(second, false) && !is_there(first));
    fstrm_writer_destroy(&writer);
    reload(&host, &core, first);
    CHECK(await_state(first, true));
    writer = open_writer(first);
    write_pair(writer);
    CHECK(await_lines(events, 4) == 4 && count_text("0401000000000003\"") == 1);
    /* What has come when the process ends leaves with the flush, the peer being connected or not.
     */
    for (unsigned i = 0; i < 100; i++)
        write_pair(writer);
}

static void a_bind_listens_as_its_configuration_says(void **state)
{
    (void)state;
    write_upstream(first);
    in_child(live_with_reloads);
    assert_int_equal(count_lines(events), 104);
    assert_false(is_there(first));
}

static void live_without(struct tt_host host, const char *say)
{
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    CHECK(say == NULL ? !is_logged("upstream") : is_logged(say));
    CHECK(!is_there(first) && !has_thread("tt-upstream"));
}

static void live_as_unbound(void)
{
    live_without(a_host(), "upstream: dnstap has no effect in unbound");
}

static void a_host_that_shows_upstreams_itself_says_that_it_has_no_effect(void **state)
{
    (void)state;
    write_upstream(first);
    in_child(live_as_unbound);
}

static void live_as_bind(void)
{
    live_without(a_bind(), NULL);
}

static void without_it_there_is_neither_socket_nor_thread(void **state)
{
    (void)state;
    write_upstream(NULL);
    in_child(live_as_bind);
}

/* Somebody else's socket is left alone: that part is missing, and the rest works. */
static void live_beside_another(void)
{
    struct tt_host host = a_bind();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    CHECK(is_logged("no events of exchanges with upstreams") && !has_thread("tt-upstream"));
    observe(tt_core_port(core, 0), 1);
    CHECK(await_lines(events, 1) == 1);
}

static void a_place_that_is_taken_costs_that_part_only(void **state)
{
    FILE *file = fopen(first, "w");

    (void)state;
    assert_non_null(file);
    fclose(file);
    write_upstream(first);
    in_child(live_beside_another);
    assert_true(is_there(first));
}

static int make_place(void **state)
{
    int err = make_dir(state);

    snprintf(first, sizeof(first), "%s/first.sock", dir);
    snprintf(second, sizeof(second), "%s/second.sock", dir);
    snprintf(events, sizeof(events), "%s/events.jsonl", dir);
    return err;
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_place, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_bind_listens_as_its_configuration_says),
        ROW(a_host_that_shows_upstreams_itself_says_that_it_has_no_effect),
        ROW(without_it_there_is_neither_socket_nor_thread),
        ROW(a_place_that_is_taken_costs_that_part_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
