/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The tap and the control socket beside it: opened, moved and closed as the configuration has it. */

#include "core/core.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { CLOSE_NS = 500000000 };

/* What the configuration says of the tap, as one text to compare. */
static void describe_tap(const struct tt_conf *conf, char *text, size_t cap)
{
    const char *group = conf->tap_group != NULL ? conf->tap_group : "";

    if (conf->tap_on)
        snprintf(text, cap, "%s %o %s", conf->tap_path, conf->tap_mode, group);
    else
        snprintf(text, cap, "off");
}

/* The pipeline must have let go of a tap before it is freed. */
static void use_tap(struct tt_core *core, struct tt_tap *tap)
{
    struct tt_setup *before = core->setup, *setup = NULL;
    struct tt_data *data = tt_data_keep(before->data);

    if (tt_setup_renew(before, &data, tap, &setup) != TT_OK) {
        tt_data_release(&data);
        tt_log(TT_LOG_ERROR, "tap: no memory to change it");
        return;
    }
    tt_pipeline_swap(&core->pipeline, setup);
    pthread_mutex_lock(&core->scrape_lock);
    core->setup = setup;
    pthread_mutex_unlock(&core->scrape_lock);
    tt_setup_free(&before, setup);
}

static void close_tap(struct tt_core *core)
{
    struct tt_tap *tap = core->tap;

    if (tap == NULL)
        return;
    use_tap(core, NULL);
    if (core->setup->tap == NULL) {
        pthread_mutex_lock(&core->scrape_lock);
        core->tap = NULL;
        pthread_mutex_unlock(&core->scrape_lock);
        tt_tap_free(&tap, tt_clock_mono_ns() + CLOSE_NS);
    }
}

static void open_tap(struct tt_core *core)
{
    struct tt_tap *tap = NULL;

    if (!core->setup->conf->tap_on || tt_tap_new(core->setup->conf, &core->place.names, &tap) != TT_OK)
        return;
    pthread_mutex_lock(&core->scrape_lock);
    core->tap = tap;
    pthread_mutex_unlock(&core->scrape_lock);
    use_tap(core, tap);
}

/* <directory of the tap>/control.sock, or below state_dir when there is no tap. */
static void control_path(const struct tt_core *core, char *path, size_t cap)
{
    const struct tt_conf *conf = core->setup->conf;
    char tap[TT_CONF_PATH_MAX + 1];
    const char *slash = NULL;

    if (conf->tap_on && tt_conf_expand(conf->tap_path, &core->place.names, tap, sizeof(tap)) == TT_OK)
        slash = strrchr(tap, '/');
    if (slash != NULL)
        snprintf(path, cap, "%.*s/control.sock", (int)(slash - tap), tap);
    else
        snprintf(path, cap, "%s/control.sock", core->state_dir);
}

static void open_control(struct tt_core *core)
{
    char path[TT_PATH_MAX + 64];

    control_path(core, path, sizeof(path));
    tt_control_new(path, tt_core_commands, core, &core->control); /* says itself what it could not do */
}

void tt_core_open_sockets(struct tt_core *core)
{
    char text[sizeof(core->tap_text)];
    bool is_same;

    describe_tap(core->setup->conf, text, sizeof(text));
    is_same = strcmp(text, core->tap_text) == 0;
    /* What could not be opened is tried again. */
    if (!is_same || (core->tap == NULL && core->setup->conf->tap_on)) {
        close_tap(core);
        if (core->tap == NULL)
            open_tap(core);
    }
    if (!is_same || core->control == NULL) {
        tt_control_free(&core->control, tt_clock_mono_ns() + CLOSE_NS);
        open_control(core);
    }
    snprintf(core->tap_text, sizeof(core->tap_text), "%s", text);
    tt_core_open_upstream(core);
}
