/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "enrich/loader_dir.h"
#include "enrich/loader_state.h"

/* One look at everything. */
struct pass {
    struct tt_loader *loader;
    struct tt_plan *plan; /* that of its beginning */
    struct tt_look_how how;
    bool is_settling;
    bool is_first; /* some file was never read before */
    struct tt_watched *files[TT_DATA_FILES_MAX];
    unsigned files_n;
    char gone[TT_PATH_MAX]; /* a file of zones_dir that was dropped */
    unsigned gone_n;
};

static int by_path(const void *a, const void *b)
{
    return strcmp((*(struct tt_watched *const *)a)->want.path,
                  (*(struct tt_watched *const *)b)->want.path);
}

static struct tt_watched *find_file(struct tt_loader *loader, const char *path)
{
    for (unsigned i = loader->plan->wants_n; i < loader->files_n; i++)
        if (strcmp(loader->files[i]->want.path, path) == 0)
            return loader->files[i];
    return NULL;
}

/* A file that was not there before. When others were, it may be written just now, and has to
 * settle. */
static void add_file(struct tt_loader *loader, char *path)
{
    struct tt_want want = {.row = &tt_data_zones, .path = path};
    struct tt_watched *file;

    if (loader->files_n == TT_DATA_FILES_MAX || tt_watched_new(&want, &file) != TT_OK)
        return;
    if (loader->is_dir_known) {
        file->is_tried = true;
        file->tried = (struct tt_file_stamp){.errno_value = -1};
    }
    loader->files[loader->files_n++] = file;
}

static bool has_path(const struct tt_listing *listing, const char *path)
{
    for (unsigned i = 0; i < listing->paths_n; i++)
        if (strcmp(listing->paths[i], path) == 0)
            return true;
    return false;
}

/* True when a file that is not listed is to be dropped: editors take one away for a moment. */
static bool is_gone(struct pass *pass, struct tt_watched *file)
{
    if (file->missed_ns == 0)
        file->missed_ns = pass->how.now_ns;
    if (pass->how.is_forced || pass->how.now_ns - file->missed_ns >= TT_LOOK_SETTLE_NS)
        return true;
    pass->is_settling = true;
    return false;
}

static void drop_files(struct pass *pass, const struct tt_listing *listing)
{
    struct tt_loader *loader = pass->loader;
    unsigned kept_n = loader->plan->wants_n;

    for (unsigned i = kept_n; i < loader->files_n; i++) {
        struct tt_watched *file = loader->files[i];
        if (has_path(listing, file->want.path)) {
            file->missed_ns = 0;
        } else if (is_gone(pass, file)) {
            snprintf(pass->gone, sizeof(pass->gone), "%s", file->want.path);
            pass->gone_n++;
            loader->is_changed = loader->is_changed || file->datum->object != NULL;
            tt_watched_release(&file);
            continue;
        }
        loader->files[kept_n++] = file;
    }
    loader->files_n = kept_n;
}

/* Brings the files of zones_dir in line with what is in it. Lock held. */
static void use_listing(struct pass *pass, const struct tt_listing *listing)
{
    struct tt_loader *loader = pass->loader;
    unsigned wants_n = loader->plan->wants_n;

    drop_files(pass, listing);
    for (unsigned i = 0; i < listing->paths_n; i++)
        if (find_file(loader, listing->paths[i]) == NULL)
            add_file(loader, listing->paths[i]);
    qsort(loader->files + wants_n, loader->files_n - wants_n, sizeof(loader->files[0]), by_path);
    loader->is_changed = loader->is_changed || !loader->is_dir_known;
    loader->is_dir_known = true;
}

static void log_dir(const struct pass *pass, const char *why, bool is_cut, bool has_files)
{
    const char *dir = pass->plan->zones_dir;

    if (why[0] != '\0')
        tt_log(TT_LOG_WARNING, "data: zones_dir %s: %s; %s", dir, why,
               has_files ? "its files stay in use" : "its zones are absent");
    if (is_cut)
        tt_log(TT_LOG_WARNING, "data: zones_dir %s: only the first %u files are read", dir,
               TT_DATA_FILES_MAX - pass->plan->wants_n);
    if (pass->gone_n == 1)
        tt_log(TT_LOG_INFO, "data: zones %s: gone, its zones are no longer watched", pass->gone);
    else if (pass->gone_n > 1)
        tt_log(TT_LOG_INFO, "data: zones %s and %u more: gone, their zones are no longer watched",
               pass->gone, pass->gone_n - 1);
}

static void look_at_dir(struct pass *pass)
{
    struct tt_loader *loader = pass->loader;
    char text[TT_DATA_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_listing listing;
    int err = tt_listing_read(pass->plan->zones_dir, TT_DATA_FILES_MAX - pass->plan->wants_n,
                              &listing, &why);
    bool is_new_why = false, is_newly_cut = false, has_files = false;

    tt_buf_cstr(&why);
    pthread_mutex_lock(&loader->lock);
    if (loader->plan == pass->plan) {
        is_new_why = err != TT_OK && strcmp(loader->dir_why, text) != 0;
        is_newly_cut = listing.is_cut && !loader->is_dir_cut;
        snprintf(loader->dir_why, sizeof(loader->dir_why), "%s", text);
        loader->is_dir_cut = listing.is_cut;
        has_files = loader->files_n > pass->plan->wants_n;
        if (err == TT_OK)
            use_listing(pass, &listing);
    }
    pthread_mutex_unlock(&loader->lock);
    log_dir(pass, is_new_why ? text : "", is_newly_cut, has_files);
    tt_listing_fini(&listing);
}

static void look_at_file(struct pass *pass, struct tt_watched *file)
{
    struct tt_loader *loader = pass->loader;
    struct tt_look look;
    bool is_to_log;

    tt_watched_look(file, &pass->how, &look);
    pass->is_settling = pass->is_settling || look.result == TT_LOOK_SETTLING;
    if (look.result == TT_LOOK_SAME || look.result == TT_LOOK_SETTLING)
        return;
    pthread_mutex_lock(&loader->lock);
    is_to_log = tt_watched_apply(file, &look);
    loader->is_changed = loader->is_changed || look.result == TT_LOOK_LOADED;
    pthread_mutex_unlock(&loader->lock);
    if (is_to_log)
        tt_watched_log(file, &look);
    tt_datum_release(&look.datum);
}

static void log_excess(const struct tt_data_excess *excess)
{
    if (excess->zones_twice_n > 0)
        tt_log(TT_LOG_WARNING, "data: %u zones are given more than once: the first one counts",
               excess->zones_twice_n);
    if (excess->zones_left_out_n > 0)
        tt_log(TT_LOG_WARNING, "data: more than %d zones: %u are left out", TT_ZONES_MAX,
               excess->zones_left_out_n);
}

/* Makes the snapshot when something has changed. Returns true when there is a new one. */
static bool publish(struct pass *pass)
{
    struct tt_loader *loader = pass->loader;
    struct tt_data_excess excess = {0};
    struct tt_data *data = NULL;
    bool is_new_excess = false;
    int err = TT_OK;

    pthread_mutex_lock(&loader->lock);
    if (loader->plan == pass->plan && loader->is_changed) {
        err = tt_loader_make(loader->plan, loader->files, loader->files_n, loader->is_dir_known, &data,
                             &excess);
        if (err == TT_OK) {
            tt_data_release(&loader->newest);
            loader->newest = data;
            loader->is_changed = false;
            is_new_excess = memcmp(&excess, &loader->said, sizeof(excess)) != 0;
            loader->said = excess;
        }
    }
    pthread_mutex_unlock(&loader->lock);
    if (err != TT_OK)
        tt_log(TT_LOG_WARNING, "data: no new snapshot: %s", tt_error_text(err));
    if (is_new_excess)
        log_excess(&excess);
    return data != NULL;
}

/* Takes hold of what there is to look at. False: there is nothing. */
static bool begin(struct pass *pass)
{
    struct tt_loader *loader = pass->loader;

    pthread_mutex_lock(&loader->lock);
    pass->plan = loader->plan != NULL ? tt_plan_take(loader->plan) : NULL;
    pthread_mutex_unlock(&loader->lock);
    if (pass->plan == NULL)
        return false;
    if (pass->plan->zones_dir != NULL)
        look_at_dir(pass);
    pthread_mutex_lock(&loader->lock);
    for (unsigned i = 0; i < loader->files_n; i++) {
        loader->files[i]->refs++;
        pass->is_first = pass->is_first || !loader->files[i]->is_tried;
        pass->files[pass->files_n++] = loader->files[i];
    }
    pthread_mutex_unlock(&loader->lock);
    return true;
}

/* What exits are judged by: sinks hold their records back until it is there. */
static bool is_policy(const struct tt_watched *file)
{
    enum tt_data_role role = file->want.row->role;

    return role == TT_DATA_ZONES || role == TT_DATA_LIST || role == TT_DATA_KEY;
}

/* At the start the small files of the policies come into use before the large ones are read; afterwards
 * all that changed comes into use at once. */
static void look_at_files(struct pass *pass, bool is_for_policy)
{
    struct tt_loader *loader = pass->loader;

    for (unsigned i = 0; i < pass->files_n; i++)
        if (is_policy(pass->files[i]) == is_for_policy && !__atomic_load_n(&loader->is_over, __ATOMIC_RELAXED))
            look_at_file(pass, pass->files[i]);
    if ((!is_for_policy || pass->is_first) && publish(pass))
        tt_loader_tell(loader);
}

bool tt_loader_pass(struct tt_loader *loader, bool is_forced)
{
    struct pass pass = {
        .loader = loader,
        .how = {tt_clock_mono_ns(), is_forced, loader->scratch_dir, &loader->is_over},
    };

    if (!begin(&pass))
        return false;
    look_at_files(&pass, true);
    look_at_files(&pass, false);
    pthread_mutex_lock(&loader->lock);
    for (unsigned i = 0; i < pass.files_n; i++)
        tt_watched_release(&pass.files[i]);
    pthread_mutex_unlock(&loader->lock);
    tt_plan_release(&pass.plan);
    return pass.is_settling;
}
