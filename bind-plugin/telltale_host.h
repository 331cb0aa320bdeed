/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What telltale.so and a shim say to each other.
 *
 * telltale.so is built once and knows nothing of BIND's headers. A shim is one small object, compiled
 * for one exact build of BIND, that reads BIND's structs and does little else; it links to nothing of
 * ours. Each side hands the other a table of functions. The tables are versioned: a shim with another
 * TT_SHIM_ABI, or for another BIND, is never called.
 *
 * Threads: a query is begun, worked at and ended on one thread of named's (its net thread, or loop),
 * whose number is `thread`. Nothing of the host table locks, allocates, waits or enters the kernel.
 */

#include <sys/socket.h>

#include "event/obs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* TT_SHIM_ABI is given by the build, so that no change goes unseen: the first 32 bits of the SHA-256 of
 * this header and those that it includes (telltale-bind-shim --print-interface). */

/* The one symbol that a shim exports: const struct tt_shim. */
#define TT_SHIM_SYMBOL "telltale_shim"

enum { TT_POLICY_NAME_MAX = 255, TT_REASON_MAX = 127 };

/* What of BIND's result codes, which differ between releases, tells something. */
enum tt_shim_result {
    TT_RESULT_SUCCESS, /* of a fetch also: an alias, a name or type that does not exist */
    TT_RESULT_OTHER, /* most of what goes wrong at the servers ends as DNS_R_SERVFAIL */
    TT_RESULT_TIMEOUT,
    TT_RESULT_MALFORMED,
    TT_RESULT_UNREACHABLE,
    TT_RESULT_LOOP,
    TT_RESULT_QUOTA,
    TT_RESULT_INTERNAL,
    TT_RESULT_DUPLICATE,
    TT_RESULT_DROP,
};

/*
 * One query that named works at, from its first hook to its end. Memory of telltale.so, cleared by
 * begin except `policy_name` and `reason`, whose lengths say what of them counts.
 */
struct tt_query {
    /* telltale.so's own; the shim reads done_ns and calls `note_done` to set it. */
    const void *client;
    void *seat;
    uint64_t started_ns, done_ns; /* monotonic; done_ns 0: not done yet */
    uint64_t transaction;         /* 0: no work was started for it; the shim sets it by `work` */

    /* The shim's, from here. */
    uint16_t query_size, edns_udp_size; /* bytes; 0: not known */
    uint16_t query_flags;               /* header word of the query, RD and CD, host order, when has_flags */
    uint16_t fetches_n;                 /* fetches that ended for it */
    int validation;                     /* BIND's result code of the last validation */
    uint8_t result, fetch;              /* enum tt_shim_result: of the query; of the last fetch that ended */
    uint8_t transport;                  /* enum tt_transport */
    uint8_t drop_reason, cache_status, dnssec_status, policy_action, servfail_reason; /* as in tt_obs */
    uint8_t policy_name_len; /* a wire name; 0: none */
    uint8_t reason_len;      /* text for dnssec_reason; 0: none */
    bool has_flags, is_told;
    bool is_waiting;        /* for a fetch */
    bool is_made;           /* a response policy made the answer */
    bool is_failure_cached; /* answered from the SERVFAIL cache */
    bool is_kept;           /* it is answered, and its client is kept for other work */
    struct tt_ip proxied_by;
    uint8_t policy_name[TT_POLICY_NAME_MAX];
    char reason[TT_REASON_MAX];
};

/* What named has counted since it started, all threads together. Read by the shim. */
struct tt_named_counters {
    uint64_t requests;       /* v4 and v6 */
    uint64_t opcodes[16];    /* sound requests, by opcode */
    uint64_t types_ordinary; /* questions by type: those that get to the query logic */
    uint64_t types_transfer; /* AXFR, IXFR */
    uint64_t types_meta;     /* other meta types but ANY */
    uint64_t recursing;      /* clients that wait for a fetch now */
};

/*
 * What named's structs say of a query whose fate is known; the rest stands in struct tt_query. Pointers
 * lend for the call. The answer is read from the image that named has handed to the network: what was
 * sent, to the byte, in the order and with the TTLs of the client's copy.
 */
struct tt_shim_facts {
    const struct sockaddr *client, *server; /* of another family than IPv4, IPv6: not known */
    const uint8_t *name;                    /* of the question: wire, case as sent; NULL: there is none */
    const uint8_t *sent;                    /* the answer's image, when is_answered */
    const uint8_t *ede;                     /* INFO-CODE and EXTRA-TEXT (RFC 8914 section 2); NULL: none */
    const uint8_t *ecs_address;             /* (RFC 7871 section 6) */
    const void *view;                       /* any address that stands for the view */
    const char *view_name;                  /* NULL: not known */
    const char *validation;                 /* why validation failed; NULL: it did not */
    size_t sent_cap;                        /* bytes that may be read at `sent`; the answer's are fewer */
    uint32_t exchanges_n, exchanges_max;    /* of its own fetches, when counts_exchanges; max 0: no limit */
    uint16_t name_len, type, rr_class, id, ede_len;
    uint8_t ecs_family, ecs_prefix; /* 1 IPv4, 2 IPv6, 0 unspecified; when has_ecs */
    bool is_answered, is_referral, is_dnssec_ok, has_ecs, counts_exchanges;
    bool may_fetch;       /* it got as far as to the cache, and was allowed to go on from there */
    bool is_failure_kept; /* a SERVFAIL that named's cache may repeat */
    bool has_code;        /* named has set a response code other than NOERROR */
};

/* What telltale.so does for a shim. */
struct tt_shim_host {
    unsigned abi, size; /* TT_SHIM_ABI, sizeof(struct tt_shim_host) */

    /* A query begins (hook SETUP): takes the time. NULL: it is not observed, and counted so. A query of
     * this client that never ended is taken for lost and counted. */
    struct tt_query *(*begin)(unsigned thread, const void *client);
    /* The query of a client that has begun, else NULL. */
    struct tt_query *(*find)(unsigned thread, const void *client);
    /* The query's fate is known now: takes the time. The last call counts. */
    void (*note_done)(struct tt_query *query);
    /* Work beyond the cache was started: gives the query its transaction, once. */
    void (*work)(struct tt_query *query);
    /* The query ends; its memory is taken back. Exactly once for each begin that gave a query. */
    void (*end)(struct tt_query *query);

    /* The query as it came: its size, and the UDP size that the client offers (BIND cuts its own copy of
     * that to what a view allows). image NULL: only len is known. qname_len: of the question's
     * name. proxy: who handed it on, or NULL. */
    void (*arrive)(struct tt_query *query, const uint8_t *image, size_t len, size_t qname_len,
                   const struct sockaddr *proxy);
    /* Judges a failure or drop, writes the event; remembers a failure. At most once a query. */
    void (*tell)(struct tt_query *query, const struct tt_shim_facts *facts);
};

enum tt_shim_log { TT_SHIM_ERROR, TT_SHIM_WARNING, TT_SHIM_INFO, TT_SHIM_DEBUG };

/* What a shim does for telltale.so. Every function returns 0, or a result code of BIND's. */
struct tt_shim {
    unsigned abi, size;      /* TT_SHIM_ABI, sizeof(struct tt_shim) */
    unsigned query_size, obs_size; /* sizeof(struct tt_query), sizeof(struct tt_obs) */
    const char *release;     /* of the BIND it was made for: "9.18.49-1~deb12u3-Debian" */
    const char *build_id;    /* of that BIND's libns, hex digits; "": not known */

    /* Adds the hooks to a view's table, once per view. hooktable, mctx: as named gave them to
     * plugin_register. Thread: the one that registers. */
    int (*attach)(const struct tt_shim_host *host, void *hooktable, void *mctx);
    /* Writes to named's log. Thread: any of named's own, thread_start's included. */
    void (*log)(void *lctx, enum tt_shim_log level, const char *line);
    /* A thread that may call BIND's functions; all signals are blocked in it. */
    int (*thread_start)(void (*run)(void *arg), void *arg, void **thread);
    void (*thread_join)(void *thread);
    /* Reads named's statistics; false as long as no query has shown where they are. The fields are read
     * in the order in which a request passes them, so no difference of two is ever too large. Thread:
     * any of named's own. */
    bool (*counters)(struct tt_named_counters *counters);
    /* Lets go of what attach and the hooks hold of named's (its statistics): the last instance ends. */
    void (*detach)(void);
};

#ifdef __cplusplus
}
#endif
