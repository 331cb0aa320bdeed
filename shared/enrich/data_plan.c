/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/data_plan.h"

#include <stdlib.h>

#include "base/err.h"

static bool copy_text(const char *from, char **to)
{
    *to = from != NULL ? strdup(from) : NULL;
    return from == NULL || *to != NULL;
}

static bool text_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool tt_want_equal(const struct tt_want *a, const struct tt_want *b)
{
    return a->row == b->row && strcmp(a->path, b->path) == 0 && a->match == b->match &&
           text_equal(a->geo.country_path, b->geo.country_path) &&
           text_equal(a->geo.asn_path, b->geo.asn_path) &&
           text_equal(a->geo.org_path, b->geo.org_path);
}

int tt_want_copy(const struct tt_want *from, struct tt_want *to)
{
    *to = (struct tt_want){.row = from->row, .match = from->match};
    if (copy_text(from->path, &to->path) &&
        copy_text(from->geo.country_path, &to->geo.country_path) &&
        copy_text(from->geo.asn_path, &to->geo.asn_path) &&
        copy_text(from->geo.org_path, &to->geo.org_path))
        return TT_OK;
    tt_want_fini(to);
    return TT_ENOMEM;
}

void tt_want_fini(struct tt_want *want)
{
    free(want->path);
    free(want->geo.country_path);
    free(want->geo.asn_path);
    free(want->geo.org_path);
    *want = (struct tt_want){0};
}

/* The place of what a file is wanted for; the same file for the same use has one. */
static bool want(struct tt_plan *plan, const struct tt_data_class *row, char *path,
                 const struct tt_conf_geo *geo, uint8_t match, int *place)
{
    struct tt_want wanted = {.row = row, .path = path, .match = match};

    *place = TT_WANT_NONE;
    if (path == NULL)
        return true;
    if (row == &tt_data_country)
        wanted.geo.country_path = geo->country_path;
    if (row == &tt_data_asn) {
        wanted.geo.asn_path = geo->asn_path;
        wanted.geo.org_path = geo->org_path;
    }
    for (unsigned i = 0; i < plan->wants_n; i++)
        if (tt_want_equal(&wanted, &plan->wants[i])) {
            *place = (int)i;
            return true;
        }
    if (tt_want_copy(&wanted, &plan->wants[plan->wants_n]) != TT_OK)
        return false;
    *place = (int)plan->wants_n++;
    return true;
}

static bool copy_threats(struct tt_plan *plan, const struct tt_conf *conf)
{
    bool is_copied = true;

    for (unsigned i = 0; i < TT_MIN(conf->threats_n, (unsigned)TT_THREATS_MAX) && is_copied; i++) {
        const struct tt_conf_threat *threat = &conf->threats[i];
        plan->threats_n = i + 1;
        plan->threats[i].score = threat->score;
        is_copied =
            copy_text(threat->name, &plan->threats[i].name) &&
            copy_text(threat->category, &plan->threats[i].category) &&
            want(plan, &tt_data_threat, threat->file, NULL, threat->match, &plan->threats[i].want);
    }
    return is_copied;
}

static bool copy_zones(struct tt_plan *plan, const struct tt_conf *conf)
{
    bool is_copied = copy_text(conf->zones_dir, &plan->zones_dir);

    plan->zones = calloc(conf->zones_n + 1u, sizeof(*plan->zones));
    if (plan->zones == NULL)
        return false;
    for (unsigned i = 0; i < conf->zones_n && is_copied; i++) {
        const struct tt_conf_zone *from = &conf->zones[i];
        struct tt_conf_zone *to = &plan->zones[i];
        plan->zones_n = i + 1;
        is_copied = copy_text(from->name, &to->name) && copy_text(from->owner, &to->owner) &&
                    copy_text(from->zone_class, &to->zone_class) &&
                    copy_text(from->residency, &to->residency);
    }
    return is_copied;
}

/* Keys that are not used are not read: a secret stays where it is. */
static bool copy_keys(struct tt_plan *plan, const struct tt_conf *conf)
{
    bool is_copied = true;

    for (unsigned i = 0; i < TT_PRIVACIES_MAX && is_copied; i++) {
        bool is_used = i < conf->policies_n && conf->policies[i].client == TT_PRIVACY_HASH;
        is_copied = want(plan, &tt_data_key, is_used ? conf->policies[i].key_file : NULL, NULL, 0,
                         &plan->keys[i]);
    }
    return is_copied;
}

static bool copy_lists(struct tt_plan *plan, const struct tt_conf *conf)
{
    bool is_copied = true;

    for (unsigned i = 0; i < TT_CONF_SINKS_MAX && is_copied; i++) {
        const struct tt_conf_sink *sink = i < conf->sinks_n ? &conf->sinks[i] : NULL;
        is_copied = want(plan, &tt_data_list, sink != NULL ? sink->only.list : NULL, NULL, 0,
                         &plan->only[i]) &&
                    want(plan, &tt_data_list, sink != NULL ? sink->except.list : NULL, NULL, 0,
                         &plan->except[i]);
    }
    return is_copied;
}

int tt_plan_new(const struct tt_conf *conf, struct tt_plan **plan)
{
    struct tt_plan *made = calloc(1, sizeof(*made));

    *plan = made;
    if (made == NULL)
        return TT_ENOMEM;
    made->refs = 1;
    made->digest = conf->digest;
    if (want(made, &tt_data_suffix, conf->suffix_list, NULL, 0, &made->suffix) &&
        copy_keys(made, conf) && copy_zones(made, conf) && copy_lists(made, conf) &&
        copy_threats(made, conf) &&
        want(made, &tt_data_country, conf->geo.country, &conf->geo, 0, &made->country) &&
        want(made, &tt_data_asn, conf->geo.asn, &conf->geo, 0, &made->asn))
        return TT_OK;
    tt_plan_release(plan);
    return TT_ENOMEM;
}

struct tt_plan *tt_plan_take(struct tt_plan *plan)
{
    __atomic_fetch_add(&plan->refs, 1, __ATOMIC_RELAXED);
    return plan;
}

void tt_plan_release(struct tt_plan **plan)
{
    struct tt_plan *last = *plan;

    *plan = NULL;
    if (last == NULL || __atomic_sub_fetch(&last->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (unsigned i = 0; i < last->wants_n; i++)
        tt_want_fini(&last->wants[i]);
    for (unsigned i = 0; i < last->threats_n; i++) {
        free(last->threats[i].name);
        free(last->threats[i].category);
    }
    for (unsigned i = 0; i < last->zones_n; i++) {
        free(last->zones[i].name);
        free(last->zones[i].owner);
        free(last->zones[i].zone_class);
        free(last->zones[i].residency);
    }
    free(last->zones);
    free(last->zones_dir);
    free(last);
}
