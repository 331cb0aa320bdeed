/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "life.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "named_globals.h"
#include "named_log.h"
#include "relay.h"
#include "seats.h"
#include "shim_file.h"
#include "unseen.h"

/* What tells one version of a file from the next; all 0: there is none. */
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct life {
    pthread_mutex_t lock;
    unsigned instances_n;
    struct tt_release release;
    const struct tt_shim *shim; /* mapped for ever; NULL: none that fits, or not looked for yet */
    bool is_inert; /* the core was opened without a shim: that holds as long as the process */
    struct tt_shim_problem problem;
    struct tt_core *core; /* NULL: not open */
    struct tt_options opened;
    struct mark mark; /* of the configuration file, when the core was opened */
    void *lctx;
    /* Of the last registration; load NULL: it failed, or an instance was destroyed since. */
    const void *load, *hooktable;
    bool is_warned; /* of views that differ, in this load */
};

struct instance {
    unsigned number; /* memory must be of some size */
};

static struct life the_life = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The thread of named's that registers now, and may write to its log; 0: none does. Not a variable
 * of each thread: the memory for those is had at their first use, and without any the process ends. */
static pthread_t registering;

TT_PRINTF(2, 3) static void say(enum tt_log_level level, const char *format, ...)
{
    char line[TT_SHIM_PROBLEM_MAX + 100];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    tt_named_log(the_life.lctx, level, line);
}

static void write_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)arg;
    if (__atomic_load_n(&registering, __ATOMIC_RELAXED) == pthread_self())
        tt_named_log(the_life.lctx, level, line);
    else
        tt_relay_log(level, line);
}

static struct mark look_at(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return (struct mark){0};
    return (struct mark){st.st_dev, st.st_ino, st.st_size, st.st_ctim};
}

static bool is_same_mark(const struct mark *a, const struct mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Shims lie in bind/ beside the file that this code was loaded from. */
static void shim_directory(const struct tt_options *options, char directory[TT_OPTION_PATH_MAX])
{
    const char *slash;
    Dl_info info;

    snprintf(directory, TT_OPTION_PATH_MAX, "%s", options->shim_directory);
    if (directory[0] != 0 || dladdr(&the_life, &info) == 0 || info.dli_fname == NULL)
        return;
    slash = strrchr(info.dli_fname, '/');
    snprintf(directory, TT_OPTION_PATH_MAX, "%.*sbind",
             slash != NULL ? (int)(slash + 1 - info.dli_fname) : 0, info.dli_fname);
}

/* True when the process can be observed. A shim that was found stays; one that was not is looked
 * for again until the core is open, since that takes it for final. */
static bool find_shim(struct life *life, const struct tt_options *options)
{
    char directory[TT_OPTION_PATH_MAX];

    if (life->shim != NULL || life->is_inert)
        return life->shim != NULL;
    tt_release_find(&life->release);
    shim_directory(options, directory);
    life->shim = tt_shim_load(&life->release, directory, &life->problem);
    return life->shim != NULL;
}

static bool must_open(const struct life *life, const struct tt_options *options)
{
    struct mark now = look_at(options->config_path);

    return life->core == NULL || strcmp(options->config_path, life->opened.config_path) != 0 ||
           !is_same_mark(&now, &life->mark) || (options->strict && !life->opened.strict);
}

static int open_with(struct life *life, const struct tt_options *options)
{
    struct tt_host host = {
        .software = TT_software_BIND,
        .version = life->release.text,
        .config_path = options->config_path,
        .config_required = options->config_given,
        .strict = options->strict,
        .inert = life->shim == NULL ? life->problem.text : NULL,
        .ports_n = TT_MIN(tt_named_threads_n(), (unsigned)TT_SEATS_MAX),
        .unseen_reasons = tt_unseen_words,
        .unseen_reasons_n = TT_UNSEEN_N,
        .log = write_log,
    };

    return tt_open(&host, &life->core);
}

/* The new configuration is refused and this registration fails: the core goes on with the old one,
 * but looks at the new file by now. */
static void go_back(struct life *life, struct tt_core *before, const struct tt_options *options)
{
    struct tt_options old = life->opened;

    old.strict = false;
    if (before != NULL && strcmp(options->config_path, old.config_path) != 0)
        open_with(life, &old);
    if (life->core == NULL)
        life->core = before;
}

/* Opens the core, or has it read another configuration. False: refused, and that is to be fatal. */
static bool open_core(struct life *life, const struct tt_options *options)
{
    struct tt_core *before = life->core;
    struct mark mark;
    int err;

    if (!must_open(life, options))
        return true;
    mark = look_at(options->config_path);
    tt_close(&life->core);
    err = open_with(life, options);
    if (err != TT_OK)
        go_back(life, before, options);
    if (err == TT_ECONFIG) {
        say(TT_LOG_ERROR,
            "%s is refused and strict is set: expected a configuration without mistakes",
            options->config_path);
        return false;
    }
    if (err != TT_OK)
        say(TT_LOG_ERROR, "no telemetry: %s", tt_error_text(err));
    life->opened = *options;
    life->mark = mark;
    life->is_inert = life->shim == NULL;
    return true;
}

static void let_go(struct life *life)
{
    tt_relay_stop();
    if (life->shim != NULL)
        life->shim->detach();
    tt_close(&life->core);
}

/* False: this view cannot be observed. */
static bool attach(struct life *life, const struct tt_registration *registration)
{
    int result;

    if (life->core == NULL)
        return false;
    if (life->hooktable == registration->hooktable) {
        say(TT_LOG_WARNING, "a view has the plugin twice: the second line does nothing");
        return true;
    }
    if (!tt_seats_open(life->core, tt_named_threads_n(), TT_SEAT_QUERIES_DEFAULT)) {
        say(TT_LOG_ERROR, "no telemetry: no memory for queries at work");
        return false;
    }
    tt_relay_publish_to(life->core, tt_named_is_starting());
    result = life->shim->attach(&tt_seats_host, registration->hooktable, registration->mctx);
    if (result != 0)
        say(TT_LOG_ERROR, "no telemetry for this view: BIND refuses the hooks with result %d",
            result);
    life->hooktable = result == 0 ? registration->hooktable : NULL;
    return result == 0;
}

/* Views of one load that name different files: the last one's is used, so each of them but the last
 * is in for a surprise. */
static bool differs_from_view_before(struct life *life, const struct tt_registration *registration)
{
    if (life->load != registration->load)
        life->is_warned = false;
    else if (!life->is_warned &&
             strcmp(registration->options.config_path, life->opened.config_path) != 0)
        return true;
    return false;
}

static void warn_of_difference(struct life *life, const char *before)
{
    say(TT_LOG_WARNING,
        "views name different files: %.300s is used for all, not %.300s: expected the same config "
        "in each",
        life->opened.config_path, before);
    life->is_warned = true;
}

static bool refuse_strictly(const struct life *life)
{
    say(TT_LOG_ERROR, "%s (strict is set)", life->problem.text);
    return false;
}

/* Opens the core for one view more; afterwards its configuration is what all of them have. */
static bool open_for(struct life *life, const struct tt_registration *registration)
{
    bool differs = differs_from_view_before(life, registration);
    char before[TT_OPTION_PATH_MAX];

    memcpy(before, life->opened.config_path, sizeof(before));
    if (!open_core(life, &registration->options))
        return false;
    if (life->load != registration->load)
        life->hooktable = NULL;
    life->load = registration->load;
    if (differs)
        warn_of_difference(life, before);
    return true;
}

static bool start(struct life *life, const struct tt_registration *registration)
{
    const struct tt_options *options = &registration->options;
    bool is_first = life->instances_n == 0;
    bool has_shim = find_shim(life, options);

    if (!has_shim && options->strict)
        return refuse_strictly(life);
    if (has_shim && is_first && tt_relay_start(life->shim, life->lctx) != TT_OK)
        say(TT_LOG_WARNING,
            "no thread for counters and log lines: what no hook sees is not counted");
    if (open_for(life, registration) &&
        (!has_shim || attach(life, registration) || !options->strict))
        return true;
    if (is_first)
        let_go(life);
    return false;
}

bool tt_life_register(const struct tt_registration *registration, void **instance)
{
    struct instance *made = calloc(1, sizeof(*made));
    bool is_started;

    if (made == NULL)
        return false;
    pthread_mutex_lock(&the_life.lock);
    __atomic_store_n(&registering, pthread_self(), __ATOMIC_RELAXED);
    the_life.lctx = registration->lctx;
    is_started = start(&the_life, registration);
    if (is_started)
        made->number = ++the_life.instances_n;
    else
        the_life.load = NULL; /* what it points to may be freed, and its place taken by the next */
    __atomic_store_n(&registering, 0, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&the_life.lock);
    if (is_started)
        *instance = made;
    else
        free(made);
    return is_started;
}

void tt_life_destroy(void **instance)
{
    free(*instance);
    *instance = NULL;
    pthread_mutex_lock(&the_life.lock);
    the_life.load = NULL;
    if (--the_life.instances_n == 0)
        let_go(&the_life);
    pthread_mutex_unlock(&the_life.lock);
}
