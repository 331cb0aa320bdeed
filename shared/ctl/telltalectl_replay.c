/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* telltalectl replay: files of dnstap, packets or our own records through the pipeline of a host.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "ctl/replay.h"
#include "ctl/replay_progress.h"
#include "ctl/replay_run.h"
#include "ctl/telltalectl.h"

enum { DNS_PORT = 53 };

struct request {
    struct tt_replay_wish wish;
    uint16_t dns_port;
    char **inputs; /* the rest of argv, moved to its front */
    int inputs_n;
};

/* The replay and what surrounds it; argument of its calls. */
struct session {
    struct tt_replay replay;
    struct tt_replay_run *run;
    struct tt_replay_progress progress;
    struct tt_replay_input input;
    uint64_t bytes_before; /* of the inputs before this one */
    bool is_stopped;
};

static const char *value_of(const char *option, int argc, char **argv, int *i)
{
    size_t len = strlen(option);

    if (strncmp(argv[*i], option, len) != 0)
        return NULL;
    if (argv[*i][len] == '=')
        return argv[*i] + len + 1;
    if (argv[*i][len] != '\0' || *i + 1 >= argc)
        return NULL;
    return argv[++*i];
}

static bool find_topic(const char *word, uint8_t *topic)
{
    static const uint8_t topics[] = {TT_TOPIC_RAW, TT_TOPIC_NORMALIZED, TT_TOPIC_ENRICHED};

    for (size_t i = 0; i < TT_COUNT(topics); i++) {
        *topic = topics[i];
        if (strcmp(word, tt_topic_word(*topic)) == 0)
            return true;
    }
    return false;
}

static int parse_port(const struct tt_ctl_command *command, const char *text, uint16_t *port)
{
    uint64_t number;

    if (tt_str_parse_u64(tt_str_from(text), &number) != TT_OK || number == 0 || number > UINT16_MAX)
        return tt_ctl_refuse(command, "--port: expected 1 ... 65535");
    *port = (uint16_t)number;
    return TT_CTL_FINE;
}

/* One word of the command line, with the next one when that is its value. */
static int parse_word(const struct tt_ctl_command *command, int argc, char **argv, int *i,
                      struct request *request)
{
    const char *value;

    if (strcmp(argv[*i], "--stdout") == 0) {
        request->wish.to_stdout = true;
    } else if ((value = value_of("--config", argc, argv, i)) != NULL) {
        request->wish.config = value;
    } else if ((value = value_of("--as", argc, argv, i)) != NULL) {
        request->wish.software = tt_conf_host_find(tt_str_from(value));
        if (request->wish.software == 0)
            return tt_ctl_refuse(command, "unknown kind of host \"%s\"", value);
    } else if ((value = value_of("--topic", argc, argv, i)) != NULL) {
        if (!find_topic(value, &request->wish.topic))
            return tt_ctl_refuse(
                command, "unknown topic \"%s\", expected raw, normalized or enriched", value);
    } else if ((value = value_of("--port", argc, argv, i)) != NULL) {
        return parse_port(command, value, &request->dns_port);
    } else if (argv[*i][0] == '-' && argv[*i][1] != '\0') {
        return tt_ctl_refuse(command, "unexpected argument \"%s\"", argv[*i]);
    } else {
        request->inputs[request->inputs_n++] = argv[*i];
    }
    return TT_CTL_FINE;
}

static int parse(const struct tt_ctl_command *command, int argc, char **argv,
                 struct request *request)
{
    int status = TT_CTL_FINE;

    *request = (struct request){
        .wish = {.topic = TT_TOPIC_ENRICHED}, .dns_port = DNS_PORT, .inputs = argv};
    for (int i = 1; i < argc && status == TT_CTL_FINE; i++)
        status = parse_word(command, argc, argv, &i, request);
    if (status == TT_CTL_FINE && request->inputs_n == 0)
        status = tt_ctl_refuse(command, "expected a file, or - for standard input");
    if (request->wish.config == NULL)
        request->wish.to_stdout = true;
    return status;
}

static void observe(void *arg, const struct tt_obs *obs, size_t len)
{
    tt_replay_run_observe(((struct session *)arg)->run, obs, len);
}

static void take_event(void *arg, struct tt_event *event)
{
    tt_replay_run_event(((struct session *)arg)->run, event);
}

static void say_problem(void *arg, const char *line)
{
    struct session *session = arg;

    tt_replay_progress_clear(&session->progress);
    fprintf(stderr, "telltalectl replay: %s\n", line);
}

static bool tick(void *arg)
{
    struct session *session = arg;

    tt_replay_progress_show(&session->progress, session->bytes_before + session->input.offset,
                            session->replay.counts.events);
    return tt_replay_run_tick(session->run);
}

static void read_input(struct session *session, const char *path, int stop_fd)
{
    struct tt_replay_input *input = &session->input;

    if (tt_replay_input_open(input, path, stop_fd) != TT_OK) {
        tt_replay_problem(&session->replay, input, 0, "cannot be opened: %s",
                          strerrordesc_np(input->errno_value != 0 ? input->errno_value : ENOMEM));
        return;
    }
    tt_replay_read(&session->replay, input);
    session->is_stopped = session->is_stopped || input->is_stopped;
    session->bytes_before += input->offset;
    tt_replay_input_close(input);
    input->offset = 0;
}

/* Bytes of all inputs; 0 when one of them does not tell. */
static uint64_t size_of(const struct request *request)
{
    uint64_t size = 0;
    struct stat st;

    for (int i = 0; i < request->inputs_n; i++) {
        if (stat(request->inputs[i], &st) != 0 || !S_ISREG(st.st_mode))
            return 0;
        size += (uint64_t)st.st_size;
    }
    return size;
}

static void tell_counts(const struct tt_replay_counts *counts)
{
    const char *before = "  skipped: ";

    for (unsigned i = 0; i < TT_REPLAY_SKIPS_N; i++) {
        if (counts->skipped[i] == 0)
            continue;
        fprintf(stderr, "%s%llu %s", before, (unsigned long long)counts->skipped[i],
                tt_replay_skip_word(i));
        before = ", ";
    }
    if (before[0] == ',')
        fputc('\n', stderr);
    if (counts->malformed > 0)
        fprintf(stderr, "  malformed: %llu\n", (unsigned long long)counts->malformed);
    if (counts->paired + counts->unpaired + counts->timeouts + counts->retransmitted > 0)
        fprintf(stderr,
                "  packets: %llu responses with their query, %llu without, %llu queries without "
                "response"
                " (%llu given up early), %llu TCP segments again\n",
                (unsigned long long)counts->paired, (unsigned long long)counts->unpaired,
                (unsigned long long)counts->timeouts, (unsigned long long)counts->evicted,
                (unsigned long long)counts->retransmitted);
}

static void tell_summary(struct session *session, double seconds)
{
    const struct tt_replay_counts *counts = &session->replay.counts;
    const struct tt_replay_run *run = session->run;

    tt_replay_progress_clear(&session->progress);
    fprintf(stderr,
            "telltalectl replay: %llu frames, %llu events in %.2f s, %.0f events/s; %llu records "
            "written\n",
            (unsigned long long)counts->frames, (unsigned long long)counts->events, seconds,
            seconds > 0 ? (double)counts->events / seconds : 0, (unsigned long long)run->written);
    tell_counts(counts);
    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        if (run->stages.lost[i] > 0)
            fprintf(stderr, "  lost: %llu\n", (unsigned long long)run->stages.lost[i]);
    if (session->is_stopped)
        fputs("  stopped by a signal: the rest was not read\n", stderr);
}

static bool is_good(const struct session *session)
{
    const struct tt_replay_run *run = session->run;
    uint64_t lost =
        run->dropped + run->files_failed + session->replay.problems + (uint64_t)run->output_errno;

    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        lost += run->stages.lost[i];
    return lost == 0 && !session->is_stopped;
}

static int replay_all(struct session *session, const struct request *request, int stop_fd)
{
    uint64_t started_ns = tt_clock_mono_ns();

    tt_replay_progress_start(&session->progress, size_of(request));
    for (int i = 0;
         i < request->inputs_n && !session->is_stopped && session->run->output_errno == 0; i++)
        read_input(session, request->inputs[i], stop_fd);
    tt_replay_run_finish(session->run);
    tell_summary(session, (double)(tt_clock_mono_ns() - started_ns) / 1e9);
    return is_good(session) ? TT_CTL_FINE : TT_CTL_FAILED;
}

/* Interrupted, it stops reading and still writes what it has. */
static int catch_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static void prepare(struct session *session, const struct request *request)
{
    session->replay.out = (struct tt_replay_out){observe, take_event, say_problem, tick, session};
    session->replay.software = session->run->place.software;
    session->replay.is_software_given = request->wish.software != 0;
    session->replay.dns_port = request->dns_port;
    session->replay.arena = &session->run->stages.arena;
}

int tt_ctl_replay(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct request request;
    struct session *session = calloc(1, sizeof(*session));
    int status = parse(command, argc, argv, &request), stop_fd = -1, err = TT_ENOMEM;

    if (status != TT_CTL_FINE || session == NULL) {
        free(session);
        return status != TT_CTL_FINE ? status : TT_CTL_FAILED;
    }
    stop_fd = catch_signals();
    err = tt_replay_run_open(&request.wish, &session->replay, &session->run);
    if (err == TT_OK) {
        prepare(session, &request);
        status = replay_all(session, &request, stop_fd);
    } else {
        if (err != TT_ECONFIG)
            fprintf(stderr, "telltalectl replay: %s\n", tt_error_text(err));
        status = TT_CTL_FAILED;
    }
    tt_replay_run_free(&session->run);
    free(session);
    if (stop_fd >= 0)
        close(stop_fd);
    return status;
}
