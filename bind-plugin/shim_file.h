/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Finds, checks and loads the shim of the running BIND. A file that is cut, flipped, made for another
 * BIND or by another telltale is refused before any code of it runs but the loader's own: it must
 * never take named down.
 */

#include "release.h"
#include "telltale_host.h"

/* The file ends in this text, 64 hex digits of the SHA-256 of all before it, and a newline. */
#define TT_SHIM_TRAILER "telltale-shim-sha256:"

enum { TT_SHIM_PROBLEM_MAX = 980, TT_SHIM_PATH_MAX = 1024 };

/* What is wrong, what was expected and the command that makes it right: one line. */
struct tt_shim_problem {
    char text[TT_SHIM_PROBLEM_MAX];
    const char *directory; /* where a shim belongs; lends. Set by tt_shim_load, else by the caller. */
};

/* The shim of `release` in `directory`, mapped for ever; NULL: *problem says why. Thread: any. */
const struct tt_shim *tt_shim_load(const struct tt_release *release, const char *directory,
                                   struct tt_shim_problem *problem);

/* The two halves of it. The file as such: regular, its owner's alone to write, whole. */
bool tt_shim_verify(const char *path, struct tt_shim_problem *problem);

/* What the mapped object says of itself: made for this telltale, and for this BIND. */
bool tt_shim_fits(const struct tt_shim *shim, const struct tt_release *release, const char *path,
                  struct tt_shim_problem *problem);
