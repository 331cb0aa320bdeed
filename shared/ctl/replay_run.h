/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The pipeline of a replay: configuration, data files loaded to the end, stages, and where records
 * go: the configuration's sinks, which are waited for, or standard output as JSON lines.
 */

#include "core/stages.h"
#include "ctl/replay.h"

enum { TT_REPLAY_OUTPUT = 256 * 1024 };

/* What the operator asked for. */
struct tt_replay_wish {
    const char *config; /* NULL: the defaults */
    uint8_t software;   /* of --as; 0: what the inputs say */
    uint8_t topic;      /* of standard output */
    bool to_stdout;
};

struct tt_replay_run {
    struct tt_setup *setup;
    struct tt_loader *loader;
    struct tt_setup_place place;
    char state_dir[TT_CONF_PATH_MAX + 64];
    int lock_fd;       /* of the state directory; -1: none */
    unsigned hidden_n; /* sinks of the configuration that standard output replaces */
    struct tt_stages stages;
    bool has_stages;
    const struct tt_replay *replay;
    uint8_t software;      /* that the setup's origin says now */
    char instance[384];    /* <node>/<software> */
    unsigned files_failed; /* data files */
    char *output;          /* of standard output */
    size_t output_len;
    int output_errno;                     /* 0: all was written */
    bool has_given_up[TT_CONF_SINKS_MAX]; /* on that sink, which took nothing for too long */
    uint64_t written;                     /* records, to standard output or offered to sinks */
    uint64_t dropped;                     /* records that did not arrive */
};

/*
 * Makes everything ready. replay is lent and read for whose records come. Says on standard error
 * what is wrong with the configuration or the data files; a data file that cannot be loaded is no
 * failure. Fails: TT_ECONFIG, TT_ENOMEM.
 */
int tt_replay_run_open(const struct tt_replay_wish *wish, const struct tt_replay *replay,
                       struct tt_replay_run **run);

/* The calls of struct tt_replay_out. */
void tt_replay_run_observe(void *run, const struct tt_obs *obs, size_t len);
void tt_replay_run_event(void *run, struct tt_event *event);

/* Kicks sinks, closes windows. False: standard output cannot be written any more. */
bool tt_replay_run_tick(struct tt_replay_run *run);

/* Drains everything and says the sinks' books on standard error. */
void tt_replay_run_finish(struct tt_replay_run *run);

/* Frees, sets NULL; NULL is fine. */
void tt_replay_run_free(struct tt_replay_run **run);
