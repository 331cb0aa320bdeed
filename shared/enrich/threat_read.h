/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Reading a threat list: a text into entries, whatever its form. Inside enrich/threat*.c only. */

#include "enrich/host_name.h"
#include "enrich/threat.h"

enum tt_threat_kind { TT_THREAT_NONE, TT_THREAT_NAME, TT_THREAT_HOST, TT_THREAT_SUFFIX, TT_THREAT_NET };

struct tt_threat_entry {
    uint8_t kind;   /* enum tt_threat_kind; HOST: a name of a hosts file; SUFFIX: says so itself */
    uint8_t prefix; /* of a network: bits */
    uint8_t name_len;
    struct tt_ip ip; /* of a network: bits behind the prefix are 0 */
    char name[TT_HOST_NAME_MAX];
};

/* Takes entries, and the account of the lines. */
struct tt_threat_reading {
    void (*add)(void *arg, const struct tt_threat_entry *entry);
    void *arg;
    size_t line;          /* the one at hand, from 1 */
    size_t good_n, bad_n; /* lines; blank ones, comments and headers are neither */
    size_t bad_first;     /* the first that is bad */
};

/* What a line is before its form is looked at. */
enum tt_threat_line { TT_THREAT_LINE_BLANK, TT_THREAT_LINE_COMMENT, TT_THREAT_LINE_DATA };

/* Takes the next line off a text, white space on both sides off it. False: no more. */
bool tt_threat_next_line(struct tt_str *text, struct tt_str *line);
enum tt_threat_line tt_threat_line_kind(struct tt_str line);
struct tt_str tt_threat_trim(struct tt_str text);

/* One name, suffix, address, network, URL or "||name^". False: it is none; *entry is undefined. */
bool tt_threat_entry_read(struct tt_str text, struct tt_threat_entry *entry);

/* A line of a hosts file, or with one entry. reading NULL: only asks. Returns whether it is one. */
bool tt_threat_line_read(struct tt_str line, struct tt_threat_reading *reading);

/* How a CSV file is written. is_csv false: it is none. */
struct tt_threat_csv {
    bool is_csv;
    char delimiter;
    unsigned column; /* that holds the entries, from 0 */
};

/* Looks at the first lines of a text. */
struct tt_threat_csv tt_threat_csv_detect(struct tt_str text);

/* A data line. Returns whether its column holds an entry. */
bool tt_threat_csv_read(const struct tt_threat_csv *csv, struct tt_str line,
                        struct tt_threat_reading *reading);

/* The whole text; both counts of `reading` stand afterwards. */
void tt_threat_read(struct tt_str text, struct tt_threat_reading *reading);
