/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Is this process the Unbound that the module was compiled for? */

#include "host.h"

/*
 * Looks into the program's own read-only memory for the version and the configure line that this
 * module was compiled with, and for the features that change the layout of structs. Touches nothing
 * of Unbound. *is_exact: the configure line is the very same. False after one line in Unbound's
 * log. Thread: main, in init, first of all.
 */
bool tt_abi_matches_program(bool *is_exact);

/* Compares the sizes of what Unbound allocated with what we think they are; memory that is larger
 * counts only when the configure line is another, since allocators round up. False after a line.
 * Thread: main, in init. */
bool tt_abi_matches_memory(const struct module_env *env, int id, bool is_exact);
