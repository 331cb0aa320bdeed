/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Which BIND this process runs. BIND's plugin interface has a version, but it does not move when
 * structs do: a security update of Debian's moved fields within one upstream version. The file name
 * of libns carries the full release, and the file its build id.
 */

#include "telltale.h"

enum { TT_RELEASE_MAX = 128, TT_BUILD_ID_MAX = 128 };

struct tt_release {
    char text[TT_RELEASE_MAX];      /* "9.18.49-1~deb12u3-Debian"; "": not known */
    char build_id[TT_BUILD_ID_MAX]; /* of libns, hex digits; "": it has none */
    char libns[512];                /* the file; "": there is no BIND in this process */
    unsigned series;                /* 918, 920; 0: not known */
};

/* Looks at the running process. Thread: any. */
void tt_release_find(struct tt_release *release);

/* The release in a file name of libns, into text; "" when the name has none. */
void tt_release_of_file(const char *path, char text[TT_RELEASE_MAX]);

/* 918 or 920 for a release whose entry points and log functions are known, else 0. */
unsigned tt_release_series(const char *text);
