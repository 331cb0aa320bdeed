/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A data file on disk: how it looks from outside, and its bytes as a whole. Thread: the loader's.
 */

#include "base/buf.h"

/* What tells one version of a file from another without reading it. ctime also sees a changed mode.
 */
struct tt_file_stamp {
    int errno_value; /* 0: the file is there */
    uint64_t device, inode, size;
    int64_t changed_ns, status_ns; /* wall clock: mtime, ctime */
};

/* Compares everything. */
bool tt_file_stamp_equal(const struct tt_file_stamp *a, const struct tt_file_stamp *b);

void tt_file_look(const char *path, struct tt_file_stamp *stamp);

/* A file in memory of its own, which goes back to the system as a whole; a zero follows the bytes.
 */
struct tt_file {
    uint8_t *bytes;
    size_t len;
    size_t mapped_len;
    struct tt_file_stamp stamp;
    uint8_t sha[32];
};

/* What a reading is bound by. */
struct tt_file_limits {
    size_t len_max;
    bool is_secret;   /* refused when group or others may read or write it; wiped when closed */
    const bool *stop; /* atomic; true: give up. NULL: never */
};

/*
 * Reads a regular file. Fails with *why: TT_EAGAIN (changed meanwhile, or told to stop), TT_ELIMIT
 * (too large), TT_EPERM, TT_ENOENT, TT_EINVAL (no regular file), TT_ENOMEM, TT_EIO.
 */
int tt_file_read(const char *path, const struct tt_file_limits *limits, struct tt_file *file,
                 struct tt_buf *why);
void tt_file_close(struct tt_file *file, bool is_secret);
