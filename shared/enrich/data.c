/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/data.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "enrich/data_make.h"
#include "enrich/watch.h"
#include "enrich/zones.h"

/* Counted up when the same data gives other fields than before. */
enum { FORMULA_VERSION = 1 };

struct snapshot {
    struct tt_data data; /* first: what is handed out */
    struct tt_plan *plan;
    struct tt_watch *watch; /* owned */
};

const char *tt_data_role_word(enum tt_data_role role)
{
#define X(name, word) [TT_DATA_##name] = word,
    static const char *const words[] = {TT_DATA_ROLES(X)};
#undef X
    return role < TT_DATA_ROLES_N ? words[role] : "";
}

int tt_datum_new(const struct tt_data_class *row, const char *path, struct tt_datum **datum)
{
    *datum = calloc(1, sizeof(**datum));
    if (*datum == NULL)
        return TT_ENOMEM;
    (*datum)->row = row;
    (*datum)->refs = 1;
    (*datum)->path = strdup(path);
    if ((*datum)->path == NULL)
        tt_datum_release(datum);
    return *datum != NULL ? TT_OK : TT_ENOMEM;
}

struct tt_datum *tt_datum_take(struct tt_datum *datum)
{
    __atomic_fetch_add(&datum->refs, 1, __ATOMIC_RELAXED);
    return datum;
}

void tt_datum_release(struct tt_datum **datum)
{
    struct tt_datum *last = *datum;

    *datum = NULL;
    if (last == NULL || __atomic_sub_fetch(&last->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (last->object != NULL)
        last->row->unload(last->object);
    free(last->path);
    free(last);
}

/* Terminated texts one after the other, so that no two sequences look alike. */
static void digest_text(XXH3_state_t *state, const char *text)
{
    XXH3_64bits_update(state, text, strlen(text) + 1);
}

static int make_id(struct tt_data *data, const struct tt_plan *plan)
{
    XXH3_state_t *state = XXH3_createState();
    char number[2 * 16 + 1];
    struct tt_buf buf = tt_buf_over(number, sizeof(number));

    if (state == NULL)
        return TT_ENOMEM;
    XXH3_64bits_reset(state);
    tt_buf_hex64(&buf, FORMULA_VERSION, 16);
    tt_buf_hex64(&buf, plan->digest, 16);
    digest_text(state, tt_buf_cstr(&buf));
    for (unsigned i = 0; i < data->files_n; i++) {
        const struct tt_datum *file = data->files[i];
        const struct tt_hash_key *key = file->row->role == TT_DATA_KEY ? file->object : NULL;
        digest_text(state, tt_data_role_word(file->row->role));
        digest_text(state, file->path);
        digest_text(state, key != NULL ? key->id : file->sha);
    }
    data->enrichment_id = XXH3_64bits_digest(state);
    if (data->enrichment_id == 0)
        data->enrichment_id = 1;
    XXH3_freeState(state);
    return TT_OK;
}

/* The table of the zones in the configuration, then of those in zones_dir, file by file. */
static int make_watch(struct snapshot *made, struct tt_data_excess *excess)
{
    const struct tt_plan *plan = made->plan;
    const struct tt_conf_zone **zones = calloc(TT_ZONES_MAX, sizeof(const struct tt_conf_zone *));
    unsigned zones_n = 0, seen_n = plan->zones_n;
    int err = TT_OK;

    if (zones == NULL)
        return TT_ENOMEM;
    for (unsigned i = 0; i < plan->zones_n && zones_n < TT_ZONES_MAX; i++)
        zones[zones_n++] = &plan->zones[i];
    for (unsigned i = plan->wants_n; i < made->data.files_n; i++) {
        const struct tt_zones *file = made->data.files[i]->object;
        for (unsigned j = 0; file != NULL && j < file->zones_n && zones_n < TT_ZONES_MAX; j++)
            zones[zones_n++] = &file->zones[j];
        seen_n += file != NULL ? file->zones_n : 0;
    }
    if (zones_n > 0)
        err = tt_watch_new(zones, zones_n, &made->watch, &excess->zones_twice_n);
    excess->zones_left_out_n = seen_n - zones_n;
    made->data.watch = made->watch;
    free(zones);
    return err;
}

static const void *object_of(const struct tt_data *data, int want)
{
    return want == TT_WANT_NONE ? NULL : data->files[want]->object;
}

static void place_objects(struct tt_data *data, const struct tt_plan *plan)
{
    data->suffix = object_of(data, plan->suffix);
    data->country = object_of(data, plan->country);
    data->asn = object_of(data, plan->asn);
    data->threats_n = plan->threats_n;
    for (unsigned i = 0; i < plan->threats_n; i++) {
        data->threats[i].set = object_of(data, plan->threats[i].want);
        data->threats[i].name = tt_str_from(plan->threats[i].name);
        data->threats[i].category = tt_str_from(plan->threats[i].category);
        data->threats[i].score = plan->threats[i].score;
        data->has_threats = data->has_threats || data->threats[i].set != NULL;
    }
    for (unsigned i = 0; i < TT_PRIVACIES_MAX; i++)
        data->keys[i] = object_of(data, plan->keys[i]);
    for (unsigned i = 0; i < TT_CONF_SINKS_MAX; i++) {
        data->only[i] = object_of(data, plan->only[i]);
        data->except[i] = object_of(data, plan->except[i]);
    }
}

static bool are_zones_known(const struct tt_data *data, const struct tt_plan *plan, bool is_dir_known)
{
    for (unsigned i = plan->wants_n; i < data->files_n; i++)
        if (data->files[i]->object == NULL)
            return false;
    return is_dir_known || plan->zones_dir == NULL;
}

int tt_data_make(struct tt_plan *plan, struct tt_datum *const *files, unsigned files_n, bool is_dir_known,
                 struct tt_data **data, struct tt_data_excess *excess)
{
    struct snapshot *made = calloc(1, sizeof(*made));
    int err;

    *data = (struct tt_data *)made;
    *excess = (struct tt_data_excess){0};
    if (made == NULL)
        return TT_ENOMEM;
    made->data.refs = 1;
    made->data.config_digest = plan->digest;
    made->plan = tt_plan_take(plan);
    for (unsigned i = 0; i < TT_MIN(files_n, (unsigned)TT_DATA_FILES_MAX); i++)
        made->data.files[made->data.files_n++] = tt_datum_take(files[i]);
    place_objects(&made->data, plan);
    made->data.are_zones_known = are_zones_known(&made->data, plan, is_dir_known);
    err = make_watch(made, excess);
    if (err == TT_OK)
        err = make_id(&made->data, plan);
    if (err != TT_OK)
        tt_data_release(data);
    return err;
}

struct tt_data *tt_data_keep(struct tt_data *data)
{
    if (data != NULL)
        __atomic_add_fetch(&data->refs, 1, __ATOMIC_RELAXED);
    return data;
}

void tt_data_release(struct tt_data **data)
{
    struct snapshot *last = (struct snapshot *)*data;

    *data = NULL;
    if (last == NULL || __atomic_sub_fetch(&last->data.refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (unsigned i = 0; i < last->data.files_n; i++)
        tt_datum_release(&last->data.files[i]);
    tt_watch_free(&last->watch);
    tt_plan_release(&last->plan);
    OPENSSL_cleanse(last->data.keys, sizeof(last->data.keys));
    free(last);
}
