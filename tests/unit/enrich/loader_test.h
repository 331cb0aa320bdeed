/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the loader share: the log, files to write, a configuration, how a file stands.
 */

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "enrich/loader.h"
#include "enrich/suffix.h"
#include "enrich/watch.h"
#include "geo_test.h"

#define SECOND_NS 1000000000ull

static char log_text[1 << 16];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static TT_UNUSED void keep_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)arg;
    pthread_mutex_lock(&log_lock);
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", level, line);
    pthread_mutex_unlock(&log_lock);
}

/* Lines that hold the words. */
static TT_UNUSED unsigned logged(const char *words)
{
    unsigned n = 0;

    pthread_mutex_lock(&log_lock);
    for (const char *line = log_text; (line = strstr(line, words)) != NULL; line++)
        n++;
    pthread_mutex_unlock(&log_lock);
    return n;
}

/* Awaits a state; 60 s are for a machine that is busy with something else. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t limit = tt_clock_mono_ns() + 60 * SECOND_NS;                                      \
        while (!(condition)) {                                                                     \
            if (tt_clock_mono_ns() > limit)                                                        \
                fail_msg("in vain: %s", #condition);                                               \
            nanosleep(&(struct timespec){0, 2000000}, NULL);                                       \
        }                                                                                          \
    } while (0)

static TT_UNUSED void write_bytes(const char *name, const void *bytes, size_t len)
{
    int fd = open(at(name), O_CREAT | O_WRONLY | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

static TT_UNUSED void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

/* In the place of another file at once, as updaters do it. */
static TT_UNUSED void replace_text(const char *name, const char *text)
{
    write_text("new", text);
    assert_int_equal(rename(at("new"), at(name)), 0);
}

static TT_UNUSED void copy_file(const char *from, const char *to)
{
    struct bytes bytes = read_bytes_of(from);

    write_bytes("new", bytes.data, bytes.len);
    assert_int_equal(rename(at("new"), at(to)), 0);
    free(bytes.data);
}

/* A configuration that names one file of each role; the paths belong to the test. */
struct setting {
    struct tt_conf conf;
    struct tt_conf_threat threat;
    struct tt_conf_sink sink;
    struct tt_conf_zone zone;
    char paths[7][256];
};

static TT_UNUSED char *fixed(const char *text)
{
    return (char *)(uintptr_t)text;
}

static TT_UNUSED void set_up(struct setting *setting)
{
    static const char *const names[] = {"suffix", "country", "asn",    "threat",
                                        "list",   "key",     "zones.d"};
    struct tt_conf *conf = &setting->conf;

    *setting = (struct setting){0};
    for (unsigned i = 0; i < TT_COUNT(names); i++)
        snprintf(setting->paths[i], sizeof(setting->paths[i]), "%s/%s", root, names[i]);
    conf->digest = 42;
    conf->suffix_list = setting->paths[0];
    conf->geo.country = setting->paths[1];
    conf->geo.asn = setting->paths[2];
    setting->threat =
        (struct tt_conf_threat){fixed("urlhaus"), setting->paths[3], fixed("malware"), 0.5f, 0};
    conf->threats = &setting->threat;
    conf->threats_n = 1;
    setting->sink.only.is_given = true;
    setting->sink.only.list = setting->paths[4];
    setting->sink.except.list = setting->paths[4];
    conf->sinks = &setting->sink;
    conf->sinks_n = 1;
    conf->policies_n = 2;
    conf->policies[1] =
        (struct tt_privacy){.client = TT_PRIVACY_HASH, .key_file = setting->paths[5]};
    conf->zones_dir = setting->paths[6];
    setting->zone.name = fixed("inline.test");
    setting->zone.owner = fixed("inline-team");
    conf->zones = &setting->zone;
    conf->zones_n = 1;
}

static const char some_key[] = "0123456789abcdef0123456789abcdef\n";

/* All of them, well-formed. The databases are made once. */
static TT_UNUSED void write_all_files(void)
{
    write_text("suffix", "// a list\ncom\nco.uk\n");
    copy_file("country.good", "country");
    copy_file("asn.good", "asn");
    write_text("threat", "bad.example\nworse.example\n");
    write_text("list", "listed.example\n");
    write_text("key", some_key);
    mkdir(at("zones.d"), 0700);
    write_text("zones.d/a.yaml", "- name: a.test\n  owner: a-team\n");
    unlink(at("zones.d/b.yml"));
}

static TT_UNUSED int make_files(void **state)
{
    if (make_root(state) != 0)
        return -1;
    tt_log_set(keep_log, NULL);
    make_db("country.good", "country --epoch 1792000000", "10.0.0.0/8 DE\n");
    make_db("country.other", "country --epoch 1792086400", "10.0.0.0/8 FR\n");
    make_db("asn.good", "asn", "10.0.0.0/8 64500 Ten\n");
    make_db("asn.other", "asn", "10.0.0.0/8 64501 Eleven\n");
    return 0;
}

static TT_UNUSED int begin_test(void **state)
{
    (void)state;
    log_text[0] = '\0';
    write_all_files();
    return 0;
}

/* How the file of a role stands, of which there is one. */
struct stand {
    const char *role;
    unsigned found_n;
    bool is_loaded, is_stale;
    uint64_t loads_ok, loads_failed, written_us, loaded_us;
    char why[TT_DATA_WHY_MAX], build[64], sha[65];
};

static TT_UNUSED void note_status(const struct tt_data_status *status, void *arg)
{
    struct stand *stand = arg;

    if (strcmp(status->role, stand->role) != 0)
        return;
    stand->found_n++;
    stand->is_loaded = status->is_loaded;
    stand->is_stale = status->is_stale;
    stand->loads_ok = status->loads_ok;
    stand->loads_failed = status->loads_failed;
    stand->written_us = status->written_us;
    stand->loaded_us = status->loaded_us;
    snprintf(stand->why, sizeof(stand->why), "%s", status->why);
    snprintf(stand->build, sizeof(stand->build), "%s", status->build);
    snprintf(stand->sha, sizeof(stand->sha), "%s", status->sha);
}

static TT_UNUSED struct stand stand_of(struct tt_loader *loader, const char *role)
{
    struct stand stand = {.role = role};

    tt_loader_visit(loader, note_status, &stand);
    return stand;
}

/* A loader without a thread, configured. *data: the snapshot of what is loaded at once. */
static TT_UNUSED struct tt_loader *new_loader(const struct setting *setting, struct tt_data **data)
{
    struct tt_loader *loader;

    assert_int_equal(tt_loader_new(root, NULL, NULL, &loader), TT_OK);
    assert_int_equal(tt_loader_configure(loader, &setting->conf, data), TT_OK);
    return loader;
}

/* Loads what there is to load; the snapshot that comes of it takes the place of *data, if there is
 * one. */
static TT_UNUSED bool renew(struct tt_loader *loader, struct tt_data **data)
{
    tt_loader_wait(loader);
    struct tt_data *newer = tt_loader_take(loader);
    if (newer == NULL)
        return false;
    tt_data_release(data);
    *data = newer;
    return true;
}

static TT_UNUSED const char *country_in(const struct tt_data *data)
{
    static char text[3];
    struct tt_ip ip = ip_of("10.0.0.1");
    struct tt_geo_facts facts;

    tt_geo_find(data->country, data->asn, &ip, &facts);
    memcpy(text, facts.country, 2);
    return text;
}

static TT_UNUSED const char *owner_in(const struct tt_data *data, const char *name)
{
    const struct tt_watch_zone *zone =
        data->watch != NULL ? tt_watch_find(data->watch, tt_str_from(name)) : NULL;

    return zone != NULL ? zone->owner.ptr : NULL;
}
