/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Paths of the configuration: templates with {state_dir} {software} {n}, relative ones beside it. */

#include "base/str.h"

/* True when {state_dir} stands at most at the start, followed by a slash, and every other brace opens
 * {software} or {n}; and the path names a file: it does not end in a slash. */
bool tt_conf_path_is_template(struct tt_str path);

/* The directory of a file as an absolute path, heap. Fails: NULL, out of memory. */
char *tt_conf_path_dir(const char *file);

/* An absolute path or one that starts with {state_dir} as it is, another one below dir; heap. */
char *tt_conf_path_join(const char *dir, struct tt_str path);

/* Takes out what does not matter ("//", "/./", "/" at the end), in place: two spellings of one path
 * become one. Links and ".." are left, they need the machine. */
void tt_conf_path_tidy(char *path);
