/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The inside of a sink to Loki, shared by its files: loki.c, loki_push.c, loki_probe.c. */

#include "net/http.h"
#include "sink/class.h"
#include "sink/loki_body.h"

/* What a server said last, and until when a new wording of the same thing is not worth another line. */
struct tt_loki_said {
    int status;
    uint64_t until_ns;
    char text[320];
};

struct tt_loki {
    struct tt_sink *owner;
    struct tt_conf_sink conf; /* a copy */
    struct tt_http *http;     /* NULL: not open */
    struct tt_loki_body *body;
    struct tt_loki_said failed, refused;
    int64_t date_s; /* its clock when it answered last; 0: it never said */
    uint64_t date_mono_ns;
    struct tt_sink_record *chosen[TT_LOKI_LINES_MAX]; /* of one put: those that are sent */
};

/* What a status means (Loki 3: pkg/loghttp/push, pkg/util/server; 260: pkg/validation/limits.go). */
enum tt_loki_verdict {
    TT_LOKI_DONE,    /* stored */
    TT_LOKI_SPLIT,   /* something in it was refused, the rest may be stored: find out what */
    TT_LOKI_REFUSED, /* nothing of it is wanted */
    TT_LOKI_AGAIN,   /* nothing of it was stored, later it may be */
    TT_LOKI_MAYBE,   /* who knows */
};
struct tt_loki_status {
    int low, high;
    enum tt_loki_verdict verdict;
    const char *advice; /* NULL: what the server says says enough */
};
const struct tt_loki_status *tt_loki_status_find(int status);

/* How to reach it as the configuration says. Lends from conf. */
struct tt_http_options tt_loki_options(const struct tt_conf_sink *conf);

/* Class functions of other files. */
int tt_loki_put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why);
void tt_loki_probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place, tt_sink_say_f say,
                   void *arg);
