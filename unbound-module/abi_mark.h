/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the module was compiled for, as text inside the file telltale-unbound.so, where
 * telltale-unbound-check finds it: the mark, then four strings with their terminators:
 * version, configure line, symbols that must be in the program, symbols that must not.
 */

#define TT_ABI_MARK "telltale-unbound-abi-1:"

/* Every Unbound that can run the module has these. */
#define TT_ABI_SYMBOL_DAEMON "daemon_fork"
#define TT_ABI_SYMBOL_DYNLIB "dynlibmod_get_funcblock"

/* Features that change the layout of structs, by a symbol that is there exactly then. */
#define TT_ABI_SUBNET "subnetmod_get_funcblock"
#define TT_ABI_CACHEDB "cachedb_get_funcblock"
#define TT_ABI_DNSCRYPT "dnsc_create"
