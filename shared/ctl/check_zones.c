/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The files of zones_dir, read as the loader reads them, and zones that are named more than once. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/file.h"
#include "ctl/check.h"

/* One zone of one file; owner of neither text. */
struct place {
    const char *zone, *file;
    unsigned order;
};

struct files {
    struct file {
        char *path;
        struct tt_conf_zone *zones;
        unsigned zones_n;
    } * items;
    unsigned items_n, zones_n, refused_n;
};

static int is_zones_file(const struct dirent *entry)
{
    return tt_conf_zones_is_file(entry->d_name);
}

/* The zones of one file, or its mistakes on standard error. */
static bool read_file(struct file *file)
{
    struct tt_conf_errors errors = {0};
    const char *reason = NULL;
    char *text;
    size_t len;
    int err = tt_conf_file_read(file->path, TT_CONF_ZONES_TEXT_MAX, &text, &len, &reason);

    if (err != TT_OK) {
        fprintf(stderr, "%s: cannot be read: %s\n", file->path, reason);
        return false;
    }
    err = tt_conf_zones_parse(text, len, file->path, &file->zones, &file->zones_n, &errors);
    free(text);
    if (err != TT_OK && errors.count > 0)
        fputs(errors.text, stderr);
    else if (err != TT_OK)
        fprintf(stderr, "%s: %s\n", file->path, tt_error_text(err));
    return err == TT_OK;
}

/* All of them, in the order of their names. */
static void read_dir(const char *dir, struct files *files)
{
    struct dirent **entries;
    int entries_n = scandir(dir, &entries, is_zones_file, alphasort);

    if (entries_n < 0)
        return;
    files->items = calloc((size_t)entries_n + 1, sizeof(files->items[0]));
    for (int i = 0; i < entries_n; i++) {
        struct file *file = files->items != NULL ? &files->items[files->items_n] : NULL;

        if (file != NULL && asprintf(&file->path, "%s/%s", dir, entries[i]->d_name) >= 0) {
            files->items_n++;
            files->refused_n += !read_file(file);
            files->zones_n += file->zones_n;
        }
        free(entries[i]);
    }
    free(entries);
}

static void free_files(struct files *files)
{
    for (unsigned i = 0; i < files->items_n; i++) {
        tt_conf_zones_free(&files->items[i].zones, files->items[i].zones_n);
        free(files->items[i].path);
    }
    free(files->items);
}

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = strcmp(x->zone, y->zone);

    return order != 0 ? order : x->order < y->order ? -1 : 1;
}

static unsigned note(struct place *places, unsigned places_n, const char *file,
                     const struct tt_conf_zone *zones, unsigned zones_n)
{
    for (unsigned i = 0; i < zones_n; i++, places_n++)
        places[places_n] = (struct place){zones[i].name, file, places_n};
    return places_n;
}

/* Within one file that is a mistake; between files the first one holds, and nothing else would say so. */
static void warn_of_twins(const struct tt_check_data *data, const struct tt_conf *conf,
                          const struct files *files)
{
    struct place *places = calloc((size_t)conf->zones_n + files->zones_n + 1, sizeof(*places));
    unsigned places_n;

    if (places == NULL)
        return;
    places_n = note(places, 0, data->file, conf->zones, conf->zones_n);
    for (unsigned i = 0; i < files->items_n; i++)
        places_n =
            note(places, places_n, files->items[i].path, files->items[i].zones, files->items[i].zones_n);
    qsort(places, places_n, sizeof(places[0]), compare);
    for (unsigned i = 1, first = 0; i < places_n; i++) {
        if (strcmp(places[i].zone, places[first].zone) != 0)
            first = i;
        else
            fprintf(stderr, "%s: warning: zone %s: not used, it is in %s already\n", places[i].file,
                    places[i].zone, places[first].file);
    }
    free(places);
}

void tt_check_zones(struct tt_check_data *data, const struct tt_conf *conf)
{
    struct files files = {0};

    if (conf->zones_dir == NULL || (data->zones_dir != NULL && strcmp(data->zones_dir, conf->zones_dir) == 0))
        return;
    read_dir(conf->zones_dir, &files);
    warn_of_twins(data, conf, &files);
    free(data->zones_dir);
    data->zones_dir = strdup(conf->zones_dir);
    data->files_n = files.items_n;
    data->zones_n = files.zones_n;
    data->refused_n += files.refused_n;
    free_files(&files);
}
