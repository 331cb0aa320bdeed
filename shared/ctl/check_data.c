/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The files that a configuration names: there or not. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/check.h"

/* As the loader of secrets sees it. */
/* The key of hashes is for its owner alone; a sink's secret may be its group's as well. */
enum { OPEN = 0, OWN = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH, SECRET = S_IROTH | S_IWOTH };

void tt_check_data_fini(struct tt_check_data *data)
{
    while (data->said_n > 0)
        free(data->said[--data->said_n]);
    free(data->zones_dir);
    data->zones_dir = NULL;
}

/* True the first time. */
static bool is_news(struct tt_check_data *data, const char *path)
{
    for (unsigned i = 0; i < data->said_n; i++) {
        if (strcmp(data->said[i], path) == 0)
            return false;
    }
    if (data->said_n < TT_CHECK_SAID_MAX && (data->said[data->said_n] = strdup(path)) != NULL)
        data->said_n++;
    return true;
}

static void warn(const struct tt_check_data *data, const char *key, const char *path, const char *text)
{
    fprintf(stderr, "%s: warning: %s: %s: %s\n", data->file, key, path, text);
}

static const char *reason_of(const struct stat *st, bool is_dir)
{
    if (is_dir)
        return S_ISDIR(st->st_mode) ? NULL : "is no directory";
    if (S_ISDIR(st->st_mode))
        return "is a directory";
    return S_ISREG(st->st_mode) ? NULL : "is no regular file";
}

static void look(struct tt_check_data *data, const char *key, const char *path, mode_t foreign)
{
    bool is_dir = strcmp(key, "zones_dir") == 0;
    struct stat st;

    if (path == NULL || !is_news(data, path))
        return;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        warn(data, key, path, strerrordesc_np(errno));
    else if (reason_of(&st, is_dir) != NULL)
        warn(data, key, path, reason_of(&st, is_dir));
    else if ((st.st_mode & foreign) != 0)
        warn(data, key, path,
             foreign == OWN ? "others can get at it, it will be refused: expected mode 0600"
                            : "everybody can get at it, it will be refused: expected mode 0640 or 0600");
}

static void look_at_sink(struct tt_check_data *data, const struct tt_conf_sink *sink)
{
    look(data, "only.list", sink->only.list, OPEN);
    look(data, "except.list", sink->except.list, OPEN);
    look(data, "tls.ca_file", sink->tls.ca_file, OPEN);
    look(data, "tls.cert_file", sink->tls.cert_file, OPEN);
    look(data, "tls.key_file", sink->tls.key_file, SECRET);
    look(data, "auth.password_file", sink->auth.password_file, SECRET);
    look(data, "auth.token_file", sink->auth.token_file, SECRET);
    look(data, "registry.password_file", sink->registry.password_file, SECRET);
}

void tt_check_data(struct tt_check_data *data, const struct tt_conf *conf)
{
    look(data, "enrich.suffix_list", conf->suffix_list, OPEN);
    look(data, "enrich.geo.country", conf->geo.country, OPEN);
    look(data, "enrich.geo.asn", conf->geo.asn, OPEN);
    for (unsigned i = 0; i < conf->threats_n; i++)
        look(data, "enrich.threats", conf->threats[i].file, OPEN);
    /* A policy that does not hash has no use for its key. */
    for (unsigned i = 0; i < conf->policies_n; i++) {
        if (conf->policies[i].client == TT_PRIVACY_HASH)
            look(data, "privacy.key_file", conf->policies[i].key_file, OWN);
    }
    for (unsigned i = 0; i < conf->sinks_n; i++)
        look_at_sink(data, &conf->sinks[i]);
    look(data, "zones_dir", conf->zones_dir, OPEN);
    tt_check_zones(data, conf);
}
