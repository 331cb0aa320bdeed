/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the core's life share: a directory, a host with its log, observations. Each
 * case runs in a process of its own because a process has one core for ever. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "telltale.h"

static char dir[64], config[128], events[160];
static char logged[65536];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    size_t used;

    (void)level;
    (void)arg;
    pthread_mutex_lock(&log_lock);
    used = strlen(logged);
    snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
    pthread_mutex_unlock(&log_lock);
}

static bool is_logged(const char *text)
{
    bool is_there;

    pthread_mutex_lock(&log_lock);
    is_there = strstr(logged, text) != NULL;
    pthread_mutex_unlock(&log_lock);
    return is_there;
}

/* So that a line is waited for anew. */
static TT_UNUSED void forget_log(void)
{
    pthread_mutex_lock(&log_lock);
    logged[0] = '\0';
    pthread_mutex_unlock(&log_lock);
}

static const char *const reasons[] = {"refused", "other"};

static TT_UNUSED struct tt_host a_host(void)
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

static TT_UNUSED void write_config(const char *text)
{
    FILE *file = fopen(config, "w");

    assert_non_null(file);
    fprintf(file, "node: test\nstate_dir: %s/state\n%s", dir, text);
    fclose(file);
}

static TT_UNUSED int make_dir(void **state)
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

static TT_UNUSED int remove_dir(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static TT_UNUSED uint64_t observed_at_us = 1;

static TT_UNUSED void observe(struct tt_port *port, unsigned n)
{
    static const uint8_t name[] = "\x03www\x07"
                                  "example\x03"
                                  "com";

    for (unsigned i = 0; i < n; i++) {
        struct tt_obs_writer writer;
        struct tt_obs *obs = tt_port_claim(port, TT_message_type_CLIENT_RESPONSE, &writer);

        if (obs == NULL)
            continue;
        obs->outcome = TT_outcome_ANSWERED;
        obs->query_type = obs->query_class = 1;
        obs->have = TT_HAVE_QUERY_TYPE;
        obs->time_us = observed_at_us;
        tt_obs_put(&writer, TT_TAIL_QNAME, 0, name, sizeof(name));
        tt_port_commit(port, &writer);
    }
}

/* Records of kind dns in a file: the books come when they come. */
static TT_UNUSED unsigned count_lines(const char *path)
{
    static const char head[] = "{\"kind\":\"dns\"";
    FILE *file = fopen(path, "r");
    unsigned lines = 0;
    char *line = NULL;
    size_t cap = 0;

    while (file != NULL && getline(&line, &cap, file) > 0)
        lines += strncmp(line, head, sizeof(head) - 1) == 0 && strchr(line, '\n') != NULL;
    free(line);
    if (file != NULL)
        fclose(file);
    return lines;
}

/* Waits for a number of lines, at most 10 s; the number that was there in the end. */
static TT_UNUSED unsigned await_lines(const char *path, unsigned lines)
{
    struct timespec pause = {0, 5000000};
    unsigned seen = 0;

    for (int i = 0; i < 2000 && (seen = count_lines(path)) < lines; i++)
        nanosleep(&pause, NULL);
    return seen;
}

static TT_UNUSED bool await_log(const char *text)
{
    struct timespec pause = {0, 5000000};

    for (int i = 0; i < 2000; i++) {
        if (is_logged(text))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\nlog so far:\n%s", __FILE__, __LINE__, #condition, logged); \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

/* Runs a body in a child that leaves through exit, and so through the final flush. */
static TT_UNUSED void in_child(void (*body)(void))
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
