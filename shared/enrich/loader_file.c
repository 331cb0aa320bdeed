/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/loader_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

#define RETRY_NS 10000000000ull

int tt_watched_new(const struct tt_want *want, struct tt_watched **watched)
{
    *watched = calloc(1, sizeof(**watched));
    if (*watched == NULL)
        return TT_ENOMEM;
    (*watched)->refs = 1;
    if (tt_want_copy(want, &(*watched)->want) == TT_OK &&
        tt_datum_new(want->row, want->path, &(*watched)->datum) == TT_OK)
        return TT_OK;
    tt_watched_release(watched);
    return TT_ENOMEM;
}

void tt_watched_release(struct tt_watched **watched)
{
    struct tt_watched *last = *watched;

    *watched = NULL;
    if (last == NULL || --last->refs > 0)
        return;
    tt_datum_release(&last->datum);
    tt_want_fini(&last->want);
    free(last);
}

/* True when the cause lies in the machine, not in the file: trying again may help though nothing
 * changes. */
static bool is_passing(int err)
{
    return err == TT_ENOMEM || err == TT_ENOSPC || err == TT_EIO || err == TT_EAGAIN ||
           err == TT_EBUSY;
}

static void say_sha(char hex[65], const uint8_t sha[32])
{
    struct tt_buf buf = tt_buf_over(hex, 65);

    tt_buf_hex(&buf, sha, 32);
    tt_buf_cstr(&buf);
}

/* Makes the object of a file that was read. */
static int load(const struct tt_watched *watched, const struct tt_file *file,
                const char *scratch_dir, struct tt_look *look, struct tt_buf *why)
{
    const struct tt_want *want = &watched->want;
    struct tt_conf_threat threat = {.name = want->path, .file = want->path, .match = want->match};
    const void *detail = want->row == &tt_data_threat ? (const void *)&threat
                         : want->row == &tt_data_country || want->row == &tt_data_asn ? &want->geo
                                                                                      : NULL;
    struct tt_datum *datum;
    int err = tt_datum_new(want->row, want->path, &datum);

    if (err != TT_OK)
        return err;
    struct tt_buf build = tt_buf_over(datum->build, sizeof(datum->build));
    err = want->row->load(file->bytes, file->len, want->path, detail, scratch_dir, &datum->object,
                          &build, why);
    tt_buf_cstr(&build);
    if (err != TT_OK) {
        datum->object = NULL;
        tt_datum_release(&datum);
        return err;
    }
    if (!want->row->is_secret)
        say_sha(datum->sha, file->sha);
    datum->loaded_us = tt_clock_wall_us();
    datum->written_us = look->written_us;
    look->datum = datum;
    return TT_OK;
}

/* Reads the file and makes its object, unless it holds what is in use. */
static int take(struct tt_watched *watched, const struct tt_look_how *how, struct tt_look *look,
                struct tt_buf *why)
{
    const struct tt_want *want = &watched->want;
    struct tt_file_limits limits = {want->row->file_max, want->row->is_secret, how->stop};
    struct tt_file file;
    int err = tt_file_read(want->path, &limits, &file, why);

    if (file.stamp.errno_value == 0)
        watched->tried = file.stamp;
    if (err != TT_OK)
        return err;
    look->written_us = file.stamp.changed_ns > 0 ? (uint64_t)file.stamp.changed_ns / 1000 : 0;
    look->result = TT_LOOK_KEPT;
    if (watched->datum->object == NULL || memcmp(watched->sha, file.sha, sizeof(file.sha)) != 0) {
        look->result = TT_LOOK_LOADED;
        err = load(watched, &file, how->scratch_dir, look, why);
    }
    if (err == TT_OK)
        memcpy(watched->sha, file.sha, sizeof(file.sha));
    tt_file_close(&file, want->row->is_secret);
    return err;
}

/* True when the file is to be read now. */
static bool is_due(struct tt_watched *watched, const struct tt_file_stamp *now,
                   const struct tt_look_how *how, struct tt_look *look)
{
    bool is_new = !watched->is_tried || !tt_file_stamp_equal(now, &watched->tried);
    bool is_still = watched->is_tried && tt_file_stamp_equal(now, &watched->seen);

    if (!is_still) {
        watched->seen = *now;
        watched->seen_ns = how->now_ns;
    }
    if (!is_new)
        return watched->is_passing && (how->is_forced || how->now_ns >= watched->retry_ns);
    if (!watched->is_tried || how->is_forced ||
        (is_still && how->now_ns - watched->seen_ns >= TT_LOOK_SETTLE_NS))
        return true;
    look->result = TT_LOOK_SETTLING;
    return false;
}

void tt_watched_look(struct tt_watched *watched, const struct tt_look_how *how,
                     struct tt_look *look)
{
    struct tt_buf why = tt_buf_over(look->why, sizeof(look->why));
    struct tt_file_stamp now;
    int err = TT_OK;

    *look = (struct tt_look){.result = TT_LOOK_SAME};
    tt_file_look(watched->want.path, &now);
    if (!is_due(watched, &now, how, look))
        return;
    watched->tried = now;
    watched->is_tried = true;
    err = take(watched, how, look, &why);
    watched->is_passing = is_passing(err);
    watched->retry_ns = how->now_ns + RETRY_NS;
    if (err != TT_OK)
        look->result = TT_LOOK_FAILED;
    if (err == TT_EAGAIN && !how->is_forced) {
        watched->tried =
            (struct tt_file_stamp){.errno_value = -1}; /* being written: no failure yet */
        look->result = TT_LOOK_SETTLING;
    }
    if (err != TT_OK && why.len == 0)
        tt_buf_text(&why, tt_error_text(err));
    tt_buf_cstr(&why);
}

bool tt_watched_apply(struct tt_watched *watched, struct tt_look *look)
{
    bool is_other = look->result == TT_LOOK_LOADED;

    switch (look->result) {
    case TT_LOOK_SAME:
    case TT_LOOK_SETTLING:
        return false;
    case TT_LOOK_FAILED:
        is_other = strcmp(watched->why, look->why) != 0;
        snprintf(watched->why, sizeof(watched->why), "%s", look->why);
        watched->is_stale = watched->datum->object != NULL;
        watched->loads_failed++;
        return is_other;
    case TT_LOOK_LOADED:
        tt_datum_release(&watched->datum);
        watched->datum = tt_datum_take(look->datum);
        watched->loads_ok++;
        break;
    case TT_LOOK_KEPT:
        is_other = watched->is_stale;
        break;
    }
    watched->why[0] = '\0';
    watched->is_stale = false;
    watched->written_us = look->written_us;
    return is_other;
}

void tt_watched_log(const struct tt_watched *watched, const struct tt_look *look)
{
    const char *role = tt_data_role_word(watched->want.row->role), *path = watched->want.path;
    const struct tt_datum *datum = watched->datum;

    if (look->result == TT_LOOK_FAILED)
        tt_log(TT_LOG_WARNING, "data: %s %s: %s; %s", role, path, look->why,
               datum->object != NULL ? "the version before stays in use" : "its fields are absent");
    else if (look->result == TT_LOOK_KEPT)
        tt_log(TT_LOG_INFO, "data: %s %s: it is again as it was loaded", role, path);
    else if (look->why[0] != '\0')
        tt_log(TT_LOG_WARNING, "data: %s %s: loaded, but %s", role, path, look->why);
    else
        tt_log(TT_LOG_INFO, "data: %s %s: loaded%s%s%s%.12s", role, path,
               datum->build[0] != '\0' ? ", build " : "", datum->build,
               datum->sha[0] != '\0' ? ", sha " : "", datum->sha);
}
