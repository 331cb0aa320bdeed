/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What a killed process leaves behind: a file of whole records whose last one may be torn. Records
 * are JSON lines, or Protobuf messages each after its length as a varint (the format of Protobuf's
 * own delimited streams). Both start with their kind, and by that a file of ours is known.
 */

#include "base/compat.h"
#include "conf/conf.h"

/* A torn record longer than this is not believed to be one of ours. */
enum { TT_TORN_MAX = 1 << 20 };

/*
 * Finds how many bytes from the start of a file of `size` bytes are whole records. JSON: up to the
 * last newline, and what follows must look like the start of a record, or like the zeros of a
 * power cut. Protobuf: walks the lengths.
 * Fails: TT_EMALFORMED (not a file of ours: leave it alone), TT_EIO. Thread: the sink's.
 */
int tt_torn_find(int fd, enum tt_encoding encoding, uint64_t size, uint64_t *whole_len);
