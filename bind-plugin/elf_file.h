/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What dlopen takes for granted of a file: it maps what the headers name, and to touch a page that
 * the file does not have ends the process. */

#include "base/compat.h"

/* True for a shared object of this machine's word size whose segments all lie within its bytes.
 * Thread: any. */
bool tt_elf_is_whole(const uint8_t *bytes, size_t size);
