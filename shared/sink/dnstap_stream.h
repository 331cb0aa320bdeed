/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * One connection to a reader of dnstap: Frame Streams (https://farsightsec.github.io/fstrm/),
 * bidirectional, content type protobuf:dnstap.Dnstap. libfstrm speaks it over reads and writes of
 * ours, each with a deadline, so that a peer that stops, is silent, reads a byte a second or talks
 * nonsense costs that time and no more. Nothing raises SIGPIPE. Thread: the sink's.
 */

#include <sys/uio.h>

#include "sink/class.h"

#define TT_DNSTAP_CONTENT_TYPE "protobuf:dnstap.Dnstap"

enum { TT_DNSTAP_BURST_MAX = 64 /* frames of one write, as many as libfstrm takes at once */ };

struct fstrm_writer;

struct tt_dnstap_stream {
    int fd;                      /* -1: none */
    struct fstrm_writer *writer; /* NULL: not open */
    struct tt_sink *owner;       /* NULL: a probe, whom nobody stops */
    uint64_t deadline_ns;        /* of the call at hand, monotonic */
    size_t written;              /* bytes that the write at hand has handed over */
    const char *fault;           /* what broke the stream, in words; NULL: nothing did */
};

/* When to give up what is at hand; looks after the sink meanwhile. A tt_net_until_f. */
uint64_t tt_dnstap_stream_until(const void *stream);

/* Shakes hands over fd, a non-blocking connection, which it takes over. Fails: TT_EAGAIN with why
 * in *why (what the peer did), TT_ENOMEM. */
int tt_dnstap_stream_open(struct tt_dnstap_stream *stream, int fd, uint64_t deadline_ns,
                          struct tt_buf *why);

/* False, with fault set, when the peer ended the stream or says something where it has nothing to
 * say. */
bool tt_dnstap_stream_is_alive(struct tt_dnstap_stream *stream);

/*
 * Writes n frames, at most TT_DNSTAP_BURST_MAX. Returns how many of them the system took to their
 * last byte; fewer than n: the stream is broken, fault says why, and the next of them did not
 * arrive.
 */
unsigned tt_dnstap_stream_write(struct tt_dnstap_stream *stream, const struct iovec *frames,
                                unsigned n, uint64_t deadline_ns);

/* Ends the stream as it should be (STOP, then the peer's FINISH until the deadline) unless it is
 * broken, and closes. Fine when it is not open. */
void tt_dnstap_stream_close(struct tt_dnstap_stream *stream, uint64_t deadline_ns);
