/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the operator says in the block of a plugin line in named.conf. */

#include "telltale.h"

#define TT_CONFIG_PATH_DEFAULT "/etc/bind/telltale.yaml"

enum { TT_OPTION_PATH_MAX = 1024, TT_OPTION_ERROR_MAX = 512 };

struct tt_options {
    char config_path[TT_OPTION_PATH_MAX];
    char shim_directory[TT_OPTION_PATH_MAX]; /* "": beside telltale.so */
    bool config_given;
    bool strict;
};

/*
 * Parses the text between the braces; NULL (no braces) and "" give the defaults. Words, strings and
 * comments as in named.conf; text starts in line `line` of `file`, NULL is fine. False: *error holds one
 * line, file:line: key: what was expected. No side effects. Thread: any.
 */
bool tt_options_parse(const char *text, const char *file, unsigned long line, struct tt_options *options,
                      char error[TT_OPTION_ERROR_MAX]);
