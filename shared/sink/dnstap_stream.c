/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/dnstap_stream.h"

#include <errno.h>
#include <fstrm.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

#define MS_NS UINT64_C(1000000)

enum { LOOK_MS = 50 /* so often it looks whether the sink's thread must be back */, LENGTH = 4 };

static fstrm_res fail(struct tt_dnstap_stream *stream, const char *fault)
{
    if (stream->fault == NULL)
        stream->fault = fault;
    return fstrm_res_failure;
}

uint64_t tt_dnstap_stream_until(const void *arg)
{
    const struct tt_dnstap_stream *stream = arg;

    return TT_MIN(tt_sink_tend(stream->owner), stream->deadline_ns);
}

/* Until the connection can be read or written. False: time is over. */
static bool await(struct tt_dnstap_stream *stream, short events)
{
    struct pollfd poller = {.fd = stream->fd, .events = events};

    for (;;) {
        uint64_t now = tt_clock_mono_ns(), until = tt_dnstap_stream_until(stream);
        uint64_t left_ms = until > now ? (until - now + MS_NS - 1) / MS_NS : 0;

        if (poll(&poller, 1, (int)TT_MIN(left_ms, (uint64_t)LOOK_MS)) > 0)
            return true;
        if (left_ms == 0)
            return false;
    }
}

static fstrm_res open_nothing(void *obj)
{
    (void)obj; /* it is connected */
    return fstrm_res_success;
}

static fstrm_res close_fd(void *obj)
{
    struct tt_dnstap_stream *stream = obj;

    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    return fstrm_res_success;
}

static fstrm_res read_bytes(void *obj, void *into, size_t n)
{
    struct tt_dnstap_stream *stream = obj;

    for (size_t got_n = 0; got_n < n;) {
        ssize_t got = stream->fault != NULL
                          ? 0
                          : recv(stream->fd, (char *)into + got_n, n - got_n, MSG_DONTWAIT);

        if (got > 0) {
            got_n += (size_t)got;
        } else if (got == 0) {
            return fail(stream, "it closed the connection");
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!await(stream, POLLIN))
                return fail(stream, "it said nothing in time");
        } else if (errno != EINTR) {
            return fail(stream, strerrordesc_np(errno));
        }
    }
    return fstrm_res_success;
}

/* Leaves out what is written. */
static void advance(struct iovec **pieces, int *pieces_n, size_t n)
{
    while (*pieces_n > 0 && n >= (*pieces)->iov_len) {
        n -= (*pieces)->iov_len;
        (*pieces)++;
        (*pieces_n)--;
    }
    if (*pieces_n > 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + n;
        (*pieces)->iov_len -= n;
    }
}

/* libfstrm shows at most two pieces for each frame. */
static fstrm_res write_pieces(void *obj, const struct iovec *iov, int iov_n)
{
    struct tt_dnstap_stream *stream = obj;
    struct iovec copies[2 * TT_DNSTAP_BURST_MAX], *pieces = copies;

    if (stream->fault != NULL || iov_n > (int)TT_COUNT(copies))
        return fail(stream, "too much at once");
    memcpy(copies, iov, (size_t)iov_n * sizeof(*iov));
    while (iov_n > 0) {
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)iov_n};
        ssize_t sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent >= 0) {
            stream->written += (size_t)sent;
            advance(&pieces, &iov_n, (size_t)sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!await(stream, POLLOUT))
                return fail(stream, "it takes nothing, or too slowly");
        } else if (errno != EINTR) {
            return fail(stream,
                        errno == EPIPE ? "it closed the connection" : strerrordesc_np(errno));
        }
    }
    return fstrm_res_success;
}

static struct fstrm_rdwr *new_rdwr(struct tt_dnstap_stream *stream)
{
    struct fstrm_rdwr *rdwr = fstrm_rdwr_init(stream);

    if (rdwr == NULL)
        return NULL;
    fstrm_rdwr_set_open(rdwr, open_nothing);
    fstrm_rdwr_set_close(rdwr, close_fd);
    fstrm_rdwr_set_read(rdwr, read_bytes);
    fstrm_rdwr_set_write(rdwr, write_pieces);
    return rdwr;
}

static struct fstrm_writer *new_writer(struct tt_dnstap_stream *stream)
{
    struct fstrm_writer_options *options = fstrm_writer_options_init();
    struct fstrm_rdwr *rdwr = new_rdwr(stream);
    struct fstrm_writer *writer = NULL;

    if (options != NULL && rdwr != NULL &&
        fstrm_writer_options_add_content_type(options, TT_DNSTAP_CONTENT_TYPE,
                                              sizeof(TT_DNSTAP_CONTENT_TYPE) - 1) ==
            fstrm_res_success)
        writer = fstrm_writer_init(options, &rdwr);
    if (rdwr != NULL)
        fstrm_rdwr_destroy(&rdwr);
    if (options != NULL)
        fstrm_writer_options_destroy(&options);
    return writer;
}

int tt_dnstap_stream_open(struct tt_dnstap_stream *stream, int fd, uint64_t deadline_ns,
                          struct tt_buf *why)
{
    stream->fd = fd;
    stream->fault = NULL;
    stream->deadline_ns = deadline_ns;
    stream->writer = new_writer(stream);
    if (stream->writer == NULL) {
        close_fd(stream);
        return TT_ENOMEM;
    }
    if (fstrm_writer_open(stream->writer) == fstrm_res_success)
        return TT_OK;
    fail(stream, "it answered with something that is no ACCEPT of " TT_DNSTAP_CONTENT_TYPE);
    tt_buf_format(why,
                  "no handshake of a frame stream with the reader: %s; is it a reader of dnstap?",
                  stream->fault);
    tt_dnstap_stream_close(stream, deadline_ns);
    return TT_EAGAIN;
}

bool tt_dnstap_stream_is_alive(struct tt_dnstap_stream *stream)
{
    struct pollfd poller = {.fd = stream->fd, .events = POLLIN | POLLRDHUP};
    ssize_t got;
    char byte;

    if (stream->fault != NULL)
        return false;
    if (poll(&poller, 1, 0) <= 0)
        return true;
    got = recv(stream->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return true;
    if (got > 0)
        fail(stream, "it says something in the middle of the stream");
    else
        fail(stream, got == 0 ? "it closed the connection" : strerrordesc_np(errno));
    return false;
}

unsigned tt_dnstap_stream_write(struct tt_dnstap_stream *stream, const struct iovec *frames,
                                unsigned n, uint64_t deadline_ns)
{
    unsigned whole_n = 0;
    size_t left;

    stream->written = 0;
    stream->deadline_ns = deadline_ns;
    if (fstrm_writer_writev(stream->writer, frames, (int)n) == fstrm_res_success)
        return n;
    fail(stream, "libfstrm refused to write");
    for (left = stream->written; whole_n < n && left >= LENGTH + frames[whole_n].iov_len; whole_n++)
        left -= LENGTH + frames[whole_n].iov_len;
    return whole_n;
}

void tt_dnstap_stream_close(struct tt_dnstap_stream *stream, uint64_t deadline_ns)
{
    stream->deadline_ns = deadline_ns;
    if (stream->writer != NULL)
        fstrm_writer_destroy(
            &stream->writer); /* STOP and FINISH; both fail at once on a broken stream */
    close_fd(stream);
}
