/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/path.h"
#include "intake/flow.h"
#include "enrich/loader.h"

#define SECOND_NS UINT64_C(1000000000)

/* GIVE_UP_S: a sink that takes nothing for so long is not waited for any more. */
enum { GIVE_UP_S = 30, DRAIN_S = 600 };

static void write_all(struct tt_replay_run *run)
{
    size_t done = 0;

    while (done < run->output_len && run->output_errno == 0) {
        ssize_t n = write(STDOUT_FILENO, run->output + done, run->output_len - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            run->output_errno = errno;
    }
    run->output_len = 0;
}

static void deliver_to_output(void *arg, struct tt_sink *sink, const struct tt_record *record)
{
    struct tt_replay_run *run = arg;

    (void)sink;
    if (TT_REPLAY_OUTPUT - run->output_len < record->len + 1)
        write_all(run);
    memcpy(run->output + run->output_len, record->data, record->len);
    run->output[run->output_len + record->len] = '\n';
    run->output_len += record->len + 1;
    run->written++;
}

static unsigned index_of(const struct tt_setup *setup, const struct tt_sink *sink)
{
    unsigned i = 0;

    while (i < setup->sinks_n && setup->sinks[i] != sink)
        i++;
    return i;
}

/* Nothing is lost because a sink is slower than a file is read. */
static void deliver_to_sink(void *arg, struct tt_sink *sink, const struct tt_record *record)
{
    struct tt_replay_run *run = arg;
    unsigned at = index_of(run->setup, sink);
    uint64_t deadline_ns;

    if (at == run->setup->sinks_n)
        return;
    deadline_ns = run->has_given_up[at] ? 0 : tt_clock_mono_ns() + GIVE_UP_S * SECOND_NS;
    run->written++;
    if (!tt_sink_put_wait(sink, record, deadline_ns) && record->len != SIZE_MAX &&
        !run->has_given_up[at]) {
        run->has_given_up[at] = true;
        fprintf(stderr,
                "telltalectl replay: sink %s takes nothing for %d s: its records are dropped and "
                "counted\n",
                run->setup->conf->sinks[at].name, GIVE_UP_S);
    }
}

/* Whose part of `hosts:` counts: that of --as, of the path, else of the first host. */
static uint8_t host_of(const struct tt_replay_wish *wish)
{
    if (tt_conf_host_word(wish->software) != NULL)
        return wish->software;
    for (uint8_t i = 1; wish->config != NULL && tt_conf_host_word(i) != NULL; i++)
        if (strcmp(wish->config, tt_conf_default_path(i)) == 0)
            return i;
    return TT_software_UNBOUND;
}

static int read_conf(const struct tt_replay_wish *wish, struct tt_conf **conf)
{
    struct tt_conf_errors *errors = calloc(1, sizeof(*errors));
    int err = errors == NULL ? TT_ENOMEM : tt_conf_load(wish->config, host_of(wish), conf, errors);

    if (err != TT_OK && errors != NULL && errors->count > 0)
        fputs(errors->text, stderr);
    else if (err != TT_OK)
        fprintf(stderr, "telltalectl replay: %s\n", tt_error_text(err));
    free(errors);
    return err == TT_ENOMEM ? err : err == TT_OK ? TT_OK : TT_ECONFIG;
}

/* Writing sinks need a directory of their own, as those of a host do. */
static void claim_place(struct tt_replay_run *run, const struct tt_replay_wish *wish,
                        const struct tt_conf *conf)
{
    const char *word = tt_conf_host_word(host_of(wish));
    struct tt_path_error error;
    unsigned n = 1;

    if (!wish->to_stdout &&
        tt_path_claim_dir(conf->state_dir, word, &n, run->state_dir, sizeof(run->state_dir),
                          &run->lock_fd, &error) != TT_OK) {
        fprintf(stderr, "telltalectl replay: state_dir: %s; what writes there does not work\n",
                error.text);
        run->state_dir[0] = '\0';
        n = 1;
    }
    if (run->state_dir[0] == '\0')
        snprintf(run->state_dir, sizeof(run->state_dir), "%s/%s-1", conf->state_dir, word);
    run->place = (struct tt_setup_place){
        .software = wish->software != 0 ? wish->software : (uint8_t)TT_software_OTHER,
        .random = tt_flow_seed(),
        .names = {.state_dir = run->state_dir, .software = word, .n = n},
    };
}

static void tell_failed(const struct tt_data_status *status, void *arg)
{
    (void)arg;
    if (!status->is_loaded || status->is_stale)
        fprintf(stderr, "telltalectl replay: %s %s: %s; its fields are absent\n", status->role,
                status->path, status->why);
}

static void ignore_ready(void *arg)
{
    (void)arg;
}

/* All of the configuration's data files, before the first event. */
static int load_data(struct tt_replay_run *run, const struct tt_replay_wish *wish,
                     const struct tt_conf *conf, struct tt_data **data)
{
    const char *temporary = getenv("TMPDIR");
    struct tt_data *newer;
    int err;

    if (temporary == NULL || temporary[0] == '\0')
        temporary = "/tmp";
    err = tt_loader_new(wish->to_stdout ? temporary : run->state_dir, ignore_ready, NULL,
                        &run->loader);
    if (err == TT_OK)
        err = tt_loader_configure(run->loader, conf, data);
    if (err != TT_OK)
        return err;
    run->files_failed = tt_loader_wait(run->loader);
    if (run->files_failed > 0)
        tt_loader_visit(run->loader, tell_failed, NULL);
    newer = tt_loader_take(run->loader);
    if (newer != NULL) {
        tt_data_release(data);
        *data = newer;
    }
    return TT_OK;
}

/* One output, to us: the configuration's sinks are set aside, they are not made. */
static int make_setup(struct tt_replay_run *run, const struct tt_replay_wish *wish,
                      struct tt_conf **conf, struct tt_data **data)
{
    int err;

    (*conf)->tap_on = false;
    if (wish->to_stdout) {
        run->hidden_n = (*conf)->sinks_n;
        (*conf)->sinks_n = 0;
    }
    err = tt_setup_new(conf, data, &run->place, NULL, &run->setup);
    if (err != TT_OK && *conf != NULL)
        (*conf)->sinks_n = run->hidden_n != 0 ? run->hidden_n : (*conf)->sinks_n;
    if (err != TT_OK || !wish->to_stdout)
        return err;
    tt_outputs_keep_one(&run->setup->outputs, &(struct tt_output){.topic = wish->topic,
                                                                  .encoding = TT_ENCODING_JSON,
                                                                  .is_tap = true,
                                                                  .sample = 1});
    return TT_OK;
}

static int start_stages(struct tt_replay_run *run, const struct tt_replay_wish *wish)
{
    int err;

    if (wish->to_stdout) {
        run->output = malloc(TT_REPLAY_OUTPUT);
        if (run->output == NULL)
            return TT_ENOMEM;
    }
    err = tt_stages_init(&run->stages, wish->to_stdout ? deliver_to_output : deliver_to_sink, run);
    if (err != TT_OK)
        return err;
    run->has_stages = true;
    run->stages.is_replay = true;
    tt_stages_use(&run->stages, run->setup);
    if (!wish->to_stdout)
        tt_setup_start(run->setup, &run->place);
    return TT_OK;
}

int tt_replay_run_open(const struct tt_replay_wish *wish, const struct tt_replay *replay,
                       struct tt_replay_run **run_at)
{
    struct tt_replay_run *run = calloc(1, sizeof(*run));
    struct tt_conf *conf = NULL;
    struct tt_data *data = NULL;
    int err = TT_ENOMEM;

    *run_at = NULL;
    if (run != NULL) {
        run->replay = replay;
        run->lock_fd = -1;
        err = read_conf(wish, &conf);
    }
    if (err == TT_OK) {
        claim_place(run, wish, conf);
        err = load_data(run, wish, conf, &data);
    }
    if (err == TT_OK)
        err = make_setup(run, wish, &conf, &data);
    if (err == TT_OK)
        err = start_stages(run, wish);
    if (err == TT_OK) {
        *run_at = run;
        return TT_OK;
    }
    tt_data_release(&data);
    tt_conf_free(&conf);
    tt_replay_run_free(&run);
    return err;
}

/* Records of other software than those before: the origin says so from here on. */
static void change_software(struct tt_replay_run *run)
{
    run->software = run->replay->software;
    snprintf(run->instance, sizeof(run->instance), "%s/%s", run->setup->conf->node,
             tt_software_word(run->software));
    run->setup->origin.software = run->software;
    run->setup->origin.instance = run->instance;
}

void tt_replay_run_observe(void *arg, const struct tt_obs *obs, size_t len)
{
    struct tt_replay_run *run = arg;

    if (TT_UNLIKELY(run->software != run->replay->software))
        change_software(run);
    tt_stages_take(&run->stages, obs, len);
}

void tt_replay_run_event(void *arg, struct tt_event *event)
{
    struct tt_replay_run *run = arg;

    run->stages.progress.taken++;
    run->stages.progress.replayed++;
    tt_stages_take_event(&run->stages, event);
}

bool tt_replay_run_tick(struct tt_replay_run *run)
{
    tt_stages_tick(&run->stages, run->replay->time_us);
    return run->output_errno == 0;
}

static void tell_books(const char *name, unsigned topic, const struct tt_sink_books *books)
{
    uint64_t filtered = 0, dropped = 0;

    for (unsigned i = 0; i < TT_FILTER_REASONS_N; i++)
        filtered += books->filtered[i];
    for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
        dropped += books->dropped[i];
    if (filtered + books->offered + dropped > 0)
        fprintf(stderr, "  sink %s, %s: %llu delivered, %llu filtered, %llu dropped\n", name,
                tt_topic_word(topic), (unsigned long long)books->delivered,
                (unsigned long long)filtered, (unsigned long long)dropped);
}

static void stop_sinks(struct tt_replay_run *run)
{
    struct tt_setup *setup = run->setup;
    uint64_t deadline_ns = tt_clock_mono_ns() + DRAIN_S * SECOND_NS;
    struct tt_sink_books books[TT_TOPICS_N];

    for (unsigned i = 0; i < setup->sinks_n; i++)
        tt_sink_stop(setup->sinks[i], deadline_ns, TT_SINK_DROP_SHUTDOWN);
    for (unsigned i = 0; i < setup->sinks_n; i++) {
        tt_sink_free(&setup->sinks[i], books);
        for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
            tell_books(setup->conf->sinks[i].name, topic, &books[topic]);
            for (unsigned k = 0; k < TT_SINK_DROPS_N; k++)
                run->dropped += books[topic].dropped[k];
        }
    }
    setup->sinks_n = 0;
}

void tt_replay_run_finish(struct tt_replay_run *run)
{
    tt_stages_tick(&run->stages, run->replay->time_us);
    if (run->output != NULL)
        write_all(run);
    else
        tt_stages_send_books(&run->stages, true);
    stop_sinks(run);
    if (run->output_errno != 0)
        fprintf(stderr, "telltalectl replay: standard output cannot be written: %s\n",
                strerrordesc_np(run->output_errno));
}

void tt_replay_run_free(struct tt_replay_run **run_at)
{
    struct tt_replay_run *run = *run_at;

    *run_at = NULL;
    if (run == NULL)
        return;
    if (run->setup != NULL) {
        tt_setup_drain(run->setup, NULL, tt_clock_mono_ns());
        tt_setup_end(run->setup);
        run->setup->conf->sinks_n = run->hidden_n != 0 ? run->hidden_n : run->setup->conf->sinks_n;
    }
    tt_setup_free(&run->setup, NULL);
    if (run->has_stages)
        tt_stages_fini(&run->stages);
    tt_loader_free(&run->loader, tt_clock_mono_ns() + SECOND_NS);
    free(run->output);
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    free(run);
}
