/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * dnstap frames to a file: one Frame Stream (unidirectional: START, frames, STOP). Readers stop at
 * STOP, so a file is never left with a second stream behind the first: opening one that ends with
 * STOP takes that away and goes on before it, closing puts it back. What a killed process left (no
 * STOP, the last frame cut) is cut back to its last whole frame. A file that does not start as ours
 * do is refused and left as it is.
 *
 * Delivered: all bytes of the frame taken by write. A frame that fits only partly (full disk) is
 * taken back at once. There is no fsync. One owner by a lock on the file (base/path.h). Thread: the
 * sink's.
 */

#include "base/path.h"
#include "sink/class.h"

struct tt_dnstap_file {
    int fd; /* -1: not open */
    char path[TT_PATH_MAX];
    uint64_t size;   /* up to the last whole frame */
    uint64_t rotate; /* bytes; 0: never */
    unsigned keep;
    uint64_t next_rotate_ns; /* not before: the last one failed */
};

/* Fails, with a reason in *why, as tt_path_open_append does, and with TT_EMALFORMED (it is none of
 * ours). */
int tt_dnstap_file_open(struct tt_dnstap_file *file, struct tt_buf *why);

/* Sets the fates of what it wrote. Fails: TT_ENOSPC, TT_EIO ….; TT_ECLOSED: open it again. */
int tt_dnstap_file_put(struct tt_dnstap_file *file, struct tt_sink_record *records, unsigned n,
                       struct tt_buf *why);

/* Ends the stream. Fine when it is not open. */
void tt_dnstap_file_close(struct tt_dnstap_file *file);
