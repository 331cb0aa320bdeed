/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the files of the Unbound module share: Unbound's own headers in the order they need, the
 * version they are of, and the module itself. Compiled against one configured Unbound source tree;
 * abi.c refuses any other Unbound before a struct of it is touched.
 */

#include "config.h"
/* The configured unbound.h, not the template beside the sources: it has the version numbers. */
#include "unbound.h"

#include "daemon/daemon.h"
#include "daemon/worker.h"
#include "services/cache/dns.h"
#include "services/listen_dnsport.h"
#include "services/mesh.h"
#include "respip/respip.h"
#include "services/modstack.h"
#include "sldns/sbuffer.h"
#include "util/config_file.h"
#include "util/data/msgparse.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"
#include "util/regional.h"

#include <pthread.h>

#include "telltale.h"

/* True in an Unbound of this release or newer. */
#define TT_UNBOUND_SINCE(minor) (UNBOUND_VERSION_MAJOR > 1 || UNBOUND_VERSION_MINOR >= (minor))

struct tt_seat;

/*
 * The module of this process. One: its callbacks are one list for all threads, so a second instance
 * is inert. Written by the main thread in init and deinit, when no worker runs; read by workers.
 */
struct tt_module {
    struct tt_core *core;
    struct tt_seat *seats; /* one a worker thread, kept over reloads: the counts are cumulative */
    unsigned seats_n;
    int id;                 /* in the module stack */
    pid_t pid;              /* of init: without pthreads Unbound's workers are forked later */
    bool is_attached;       /* init has succeeded, deinit has not run */
    bool is_live;           /* callbacks are registered */
    bool has_non_local_acl; /* access-control with a …_non_local action: RA is not certain */
};

extern struct tt_module tt_module;
