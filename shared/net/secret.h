/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A secret from a file: password, token, key. Its memory is a page of its own, left out of core files and of
 * children, wiped when it is freed. Never in a log line, metric, argument or record.
 */

#include "base/buf.h"
#include "base/compat.h"

struct tt_secret;

enum { TT_SECRET_MAX = 3072 };

/* Reads the first line of a file (1 … 3072 bytes, its end of line removed) that nobody but owner and group may
 * read. Fails, with a reason in *why: TT_ENOENT, TT_EPERM (also: others can read it), TT_ELIMIT (empty, too
 * long), TT_EIO, TT_ENOMEM. Thread: any but a host's worker. */
int tt_secret_read(const char *path, struct tt_secret **secret, struct tt_buf *why);

/* The same of a whole file of several lines, as a private key in PEM: 1 … 65,536 bytes, any but NUL. */
enum { TT_SECRET_FILE_MAX = 65536 };
int tt_secret_read_file(const char *path, struct tt_secret **secret, struct tt_buf *why);

/* Memory of the same kind for what is made of secrets: len bytes, all 0. Fails: TT_ENOMEM. */
int tt_secret_new(size_t len, struct tt_secret **secret);
char *tt_secret_memory(struct tt_secret *secret);

/* Terminated. Lends until freed. */
const char *tt_secret_text(const struct tt_secret *secret);
size_t tt_secret_len(const struct tt_secret *secret);

/* Wipes; NULL is fine; sets NULL. */
void tt_secret_free(struct tt_secret **secret);

/* Watches files that may be replaced: certificates, keys, passwords. */
enum { TT_WATCH_MAX = 8 };
struct tt_watch {
    unsigned n;
    struct tt_watch_file {
        char *path;
        uint64_t mark, seen; /* digests of device, inode, size, time of change: as read, as last looked at */
    } files[TT_WATCH_MAX];
};

/* Adds a file as it is now, before it is read; path NULL: nothing. Fails: TT_ENOMEM, TT_ELIMIT. */
int tt_watch_add(struct tt_watch *watch, const char *path);

/* True when one is another than when it was added, and was the same at the look before. A file that is gone
 * has not changed. */
bool tt_watch_has_changed(struct tt_watch *watch);
void tt_watch_fini(struct tt_watch *watch);
