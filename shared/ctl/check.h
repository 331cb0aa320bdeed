/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What `telltalectl check` says of a configuration: printed, and the data files looked at. */

#include "conf/conf.h"

enum { TT_CHECK_SAID_MAX = 512 };

/* A file is looked at once, however many kinds of host name it. One thread. */
struct tt_check_data {
    const char *file;              /* of the configuration, for warnings */
    char *said[TT_CHECK_SAID_MAX]; /* paths looked at */
    unsigned said_n;
    char *zones_dir; /* read last, and what it has */
    unsigned files_n, zones_n;
    unsigned refused_n; /* files of zones, of all directories */
};

void tt_check_data_fini(struct tt_check_data *data);

/*
 * Looks at every file that conf names: a line on standard error for each that is missing or cannot be
 * read, which is no mistake, and all mistakes of the files of zones_dir, which are.
 */
void tt_check_data(struct tt_check_data *data, const struct tt_conf *conf);

/* The part of it about zones_dir. */
void tt_check_zones(struct tt_check_data *data, const struct tt_conf *conf);

/* What one kind of host makes of it, on standard output. */
void tt_check_print(const struct tt_check_data *data, const struct tt_conf *conf, uint8_t software);
