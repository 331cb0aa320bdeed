/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * telltalectl spool: what lies in the directory of a spool. It only reads, without the lock: a host may be at
 * work in it, then a segment may be gone before it is opened, and the last record may be half there.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/str.h"
#include "ctl/table.h"
#include "ctl/telltalectl.h"
#include "sink/spool_scan.h"

struct listing {
    const char *path;
    int dir_fd;
    bool shows_records, is_terminal;
    struct tt_table table;
    unsigned damaged_n;
};

/* One file of the directory. */
struct file {
    char name[TT_SPOOL_NAME_MAX];
    unsigned topic;
    uint64_t number;
    enum tt_spool_kind kind;
};

struct findings {
    int head_err; /* of the head */
    struct tt_spool_head head;
    uint64_t size, unacked_n, lost_n;
    uint32_t records_n;
    char damage[80]; /* empty: none */
};

static void print_record(const struct listing *listing, const struct findings *findings,
                         const struct tt_sink_record *record)
{
    if (findings->head.encoding != TT_ENCODING_JSON) { /* as the file sink frames them */
        uint32_t len = record->len;
        for (; len >= 0x80; len >>= 7)
            putchar((int)(len & 0x7f) | 0x80);
        putchar((int)len);
        fwrite(record->data, 1, record->len, stdout);
    } else if (listing->is_terminal) { /* the file may be anybody's */
        size_t cap = 3 * (size_t)record->len + 1;
        char *clean = malloc(cap);
        if (clean != NULL)
            fwrite(clean, 1, tt_str_clean(record->data, record->len, clean, cap), stdout);
        free(clean);
        putchar('\n');
    } else {
        fwrite(record->data, 1, record->len, stdout);
        putchar('\n');
    }
}

static void note_end(const struct tt_spool_acks *acks, const struct tt_spool_scan *scan, int ended,
                     struct findings *findings)
{
    findings->lost_n = tt_spool_acks_missing(acks, scan->records_n);
    if (ended == TT_ENOENT && !acks->is_damaged && acks->count <= scan->records_n && acks->damaged_n == 0)
        return;
    if (ended == TT_ETRUNCATED && !acks->is_damaged && acks->count <= scan->records_n && acks->damaged_n == 0)
        return; /* a killed process, or one at work */
    if (acks->damaged_n > 0)
        snprintf(findings->damage, sizeof(findings->damage), "%u x 32 ack bits", acks->damaged_n);
    else
        snprintf(findings->damage, sizeof(findings->damage), "at byte %llu, %llu lost",
                 (unsigned long long)scan->at, (unsigned long long)findings->lost_n);
}

static void look_at_records(const struct listing *listing, const struct tt_spool_acks *acks, int fd,
                            struct findings *findings)
{
    struct tt_spool_scan scan;
    struct tt_sink_record record;
    int err;

    tt_spool_scan_init(&scan, fd, findings->size);
    while ((err = tt_spool_scan_next(&scan, &record)) == TT_OK) {
        if (tt_spool_acks_has(acks, scan.records_n - 1))
            continue;
        findings->unacked_n++;
        if (listing->shows_records)
            print_record(listing, findings, &record);
    }
    findings->records_n = scan.records_n;
    note_end(acks, &scan, err, findings);
    tt_spool_scan_fini(&scan);
}

/* False: it is not there any more. */
static bool look_at(const struct listing *listing, const struct file *file, struct findings *findings)
{
    uint8_t bytes[TT_SPOOL_HEAD_LEN];
    struct tt_spool_acks acks;
    int fd, err = tt_spool_acks_load(listing->dir_fd, file->topic, file->number, &acks);

    if (err != TT_OK)
        snprintf(findings->damage, sizeof(findings->damage), "ack bits: %s", tt_error_text(err));
    err = tt_spool_file_open(listing->dir_fd, file->name, O_RDONLY, &fd, &findings->size);
    if (err == TT_OK) {
        ssize_t got = tt_spool_file_read(fd, bytes, sizeof(bytes), 0);
        findings->head_err =
            got == (ssize_t)sizeof(bytes) ? tt_spool_head_read(bytes, &findings->head) : TT_EMALFORMED;
        if (findings->head_err == TT_OK &&
            (findings->head.number != file->number || findings->head.topic != file->topic))
            snprintf(findings->damage, sizeof(findings->damage), "not what its name says");
        else if (findings->head_err == TT_OK)
            look_at_records(listing, &acks, fd, findings);
        else if (findings->head_err == TT_EMALFORMED && (got == (ssize_t)sizeof(bytes) || acks.count > 0))
            snprintf(findings->damage, sizeof(findings->damage), "in its head, %llu lost",
                     (unsigned long long)tt_spool_acks_missing(&acks, 0));
        close(fd);
    } else if (err != TT_ENOENT) {
        findings->head_err = err;
        snprintf(findings->damage, sizeof(findings->damage), "cannot be read: %s", strerrordesc_np(errno));
    }
    tt_spool_acks_fini(&acks);
    return err != TT_ENOENT;
}

static void add_row(struct listing *listing, const struct file *file, const struct findings *findings)
{
    struct tt_table *table = &listing->table;
    bool is_read = findings->head_err == TT_OK;
    bool has_version = is_read || findings->head_err == TT_EMISMATCH || findings->head_err == TT_EUNSUPPORTED;
    const char *note =
        findings->head_err == TT_EMISMATCH || findings->head_err == TT_EUNSUPPORTED ? "left alone" : "no";

    tt_table_add(table, "%s", file->name);
    tt_table_add(table, "%s", tt_topic_word(file->topic));
    tt_table_add(table, is_read ? "%u" : "-", findings->records_n);
    tt_table_add(table, is_read ? "%llu" : "-", (unsigned long long)findings->unacked_n);
    tt_table_add(table, "%llu", (unsigned long long)findings->size);
    tt_table_add(table, has_version ? "%u" : "-", findings->head.version);
    tt_table_add(table, "%s", findings->damage[0] != '\0' ? findings->damage : note);
}

static void list_file(struct listing *listing, const char *name)
{
    struct file file;
    struct findings findings = {.head_err = TT_OK};

    if (!tt_spool_name_parse(name, &file.topic, &file.number, &file.kind) || file.kind == TT_SPOOL_ACK)
        return;
    tt_spool_name_format(file.name, file.topic, file.number, file.kind);
    if (file.kind == TT_SPOOL_BAD) {
        struct listing silent = *listing;
        silent.shows_records = false; /* what was whole in it was sent */
        if (!look_at(&silent, &file, &findings))
            return;
        snprintf(findings.damage, sizeof(findings.damage), "set aside");
        findings.unacked_n = 0;
    } else if (!look_at(listing, &file, &findings)) {
        return;
    }
    listing->damaged_n += findings.damage[0] != '\0';
    if (!listing->shows_records)
        add_row(listing, &file, &findings);
    else if (findings.damage[0] != '\0')
        fprintf(stderr, "telltalectl spool: %s: %s\n", name, findings.damage);
}

static int ours_only(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* By number, which is their order in time. */
static int by_number(const struct dirent **a, const struct dirent **b)
{
    const char *x = strrchr((*a)->d_name, '-'), *y = strrchr((*b)->d_name, '-');
    int order = x == NULL || y == NULL ? 0 : strcmp(x, y);

    return order != 0 ? order : strcmp((*a)->d_name, (*b)->d_name);
}

static int list(struct listing *listing)
{
    static const char *const heads[] = {"segment", "topic",   "records", "unacked",
                                        "bytes",   "version", "damage"};
    struct dirent **entries = NULL;
    int n;

    listing->dir_fd = open(listing->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    n = listing->dir_fd < 0 ? -1 : scandirat(listing->dir_fd, ".", &entries, ours_only, by_number);
    if (n < 0) {
        fprintf(stderr, "telltalectl spool: %s: %s\n", listing->path, strerrordesc_np(errno));
        return TT_CTL_FAILED;
    }
    if (!listing->shows_records)
        tt_table_init(&listing->table, 1 << 2 | 1 << 3 | 1 << 4, TT_COUNT(heads), heads);
    for (int i = 0; i < n; i++) {
        list_file(listing, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    close(listing->dir_fd);
    if (!listing->shows_records)
        tt_table_print(&listing->table, stdout);
    return listing->damaged_n == 0 ? TT_CTL_FINE : TT_CTL_FAILED;
}

int tt_ctl_spool(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct listing listing = {.path = NULL, .is_terminal = isatty(STDOUT_FILENO) == 1};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--records") == 0)
            listing.shows_records = true;
        else if (argv[i][0] == '-' || listing.path != NULL)
            return tt_ctl_refuse(command, "unexpected argument \"%s\"", argv[i]);
        else
            listing.path = argv[i];
    }
    if (listing.path == NULL)
        return tt_ctl_refuse(command, "expected the directory of a spool");
    return list(&listing);
}
