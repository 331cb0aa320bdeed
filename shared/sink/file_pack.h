/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Compression of rotated files, PATH.N to PATH.N.zst, with zstd (RFC 8878, level 3, with a
 * checksum), a bounded step at a time, the oldest first. The packed file is written as PATH.zst.tmp
 * and gets its name when it is whole; then the plain one goes. Where both are found, somebody was
 * killed in between, and the plain one is packed again.
 *
 * Memory: about 4 MiB while a file is at work, none otherwise. What fails leaves the plain file, is
 * said once, and is tried again a minute later. Owner and thread: those of the sink.
 */

#include "base/compat.h"

struct tt_file_packer;

/* sink and path are lent for its life. Fails: TT_ENOMEM. */
int tt_file_packer_new(const char *sink, const char *path, struct tt_file_packer **packer);

/* Takes a half packed file away. */
void tt_file_packer_free(struct tt_file_packer **packer);

/* There may be files to pack: after opening and after a rotation. What a killed process left half
 * packed is removed. */
void tt_file_packer_wake(struct tt_file_packer *packer);

/* Leaves the file at work, which will be found again. Before the path is given up. */
void tt_file_packer_stop(struct tt_file_packer *packer);

/* Packs on. keep: numbers up to it are looked at. From tick (is_between false): for about 50 ms.
 * Between two writes: for about 20 ms, and not more than a third of the time, so that a busy sink
 * keeps up with what it rotates and its queue never waits for longer. */
void tt_file_packer_step(struct tt_file_packer *packer, unsigned keep, bool is_between);
