/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * dnstap frames to a reader at a unix socket or by TCP, or to a file.
 *
 * Delivered: all bytes of the frame taken by write; the protocol has no other word for it. What a
 * lost connection cut in two surely did not arrive and comes again over the next one; what the
 * system held for a reader that died is lost and counted as delivered.
 */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/connect.h"
#include "sink/dnstap_file.h"
#include "sink/dnstap_stream.h"

#define SECOND_NS UINT64_C(1000000000)

enum {
    BURST_BYTES = 64 * 1024, /* of one write, a single larger frame apart */
    CONNECT_MAX_S = 3,
    FINISH_MAX_S = 1,        /* for a reader's last word */
    PROBE_MAX_S = 8,
};

/* Where frames go. */
struct dnstap {
    bool is_file, is_tcp;
    uint64_t timeout_ns;
    struct tt_net_address address;
    char path[TT_CONF_PATH_MAX + 1]; /* of the socket */
    char name[TT_CONF_PATH_MAX + 1]; /* of the place, for messages */
    struct tt_dnstap_stream stream;
    struct tt_dnstap_file file;
};

static int set_place(struct dnstap *dnstap, const struct tt_conf_sink *conf,
                     const struct tt_sink_place *place)
{
    int err;

    dnstap->is_file = conf->is_plain_file;
    dnstap->is_tcp = !conf->is_plain_file && conf->address != NULL;
    if (dnstap->is_tcp) {
        if (strlen(conf->address) >= sizeof(dnstap->name))
            return TT_ELIMIT;
        memcpy(dnstap->name, conf->address, strlen(conf->address) + 1);
        return tt_net_parse_address(conf->address, &dnstap->address);
    }
    if (conf->path == NULL)
        return TT_EINVAL;
    err = tt_conf_expand(conf->path, &place->names, dnstap->path, sizeof(dnstap->path));
    if (err != TT_OK)
        return err;
    memcpy(dnstap->name, dnstap->path, sizeof(dnstap->name));
    memcpy(dnstap->file.path, dnstap->path, sizeof(dnstap->path));
    return TT_OK;
}
TT_STATIC_ASSERT(TT_CONF_PATH_MAX + 1 <= TT_PATH_MAX, "a path of the configuration can be opened");

static void destroy(void *self)
{
    free(self);
}

static int make(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                struct tt_sink *owner, void **self)
{
    struct dnstap *dnstap = calloc(1, sizeof(*dnstap));
    int err;

    if (dnstap == NULL)
        return TT_ENOMEM;
    dnstap->stream.fd = dnstap->file.fd = -1;
    dnstap->stream.owner = owner;
    dnstap->timeout_ns = TT_MAX(conf->timeout_s, UINT64_C(1)) * SECOND_NS;
    dnstap->file.rotate = conf->rotate;
    dnstap->file.keep = TT_MAX((unsigned)conf->keep, 1u);
    err = set_place(dnstap, conf, place);
    if (err != TT_OK)
        destroy(dnstap);
    else
        *self = dnstap;
    return err;
}

static uint64_t from_now(const struct dnstap *dnstap, uint64_t max_ns)
{
    return TT_MIN(tt_sink_tend(dnstap->stream.owner),
                  tt_clock_mono_ns() + TT_MIN(dnstap->timeout_ns, max_ns));
}

/* A reader whose machine vanished is noticed although nothing is sent, or nothing acknowledged; one
 * that only stops for a while still gets what the system holds for it. */
static void watch_peer(int fd)
{
    static const int yes = 1, idle_s = 30, interval_s = 10;
    static const unsigned timeout_ms = 120000;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
}

static int connect_stream(struct dnstap *dnstap, int *fd, struct tt_buf *why)
{
    int err;

    dnstap->stream.deadline_ns = from_now(dnstap, CONNECT_MAX_S * SECOND_NS);
    if (!dnstap->is_tcp)
        return tt_net_connect_unix(dnstap->path, tt_dnstap_stream_until, &dnstap->stream, fd, why);
    err = tt_net_connect_tcp(&dnstap->address, tt_dnstap_stream_until, &dnstap->stream, fd, why);
    if (err == TT_OK)
        watch_peer(*fd);
    return err;
}

static int shake_hands(struct dnstap *dnstap, int fd, struct tt_buf *why)
{
    int err;

    tt_buf_format(why, "%s: ", dnstap->name);
    err = tt_dnstap_stream_open(&dnstap->stream, fd, from_now(dnstap, UINT64_MAX), why);
    if (err == TT_OK)
        tt_buf_reset(why); /* what stands there would be a warning */
    return err;
}

static int open_sink(void *self, struct tt_buf *why)
{
    struct dnstap *dnstap = self;
    int fd, err;

    if (dnstap->is_file)
        return tt_dnstap_file_open(&dnstap->file, why);
    err = connect_stream(dnstap, &fd, why);
    return err == TT_OK ? shake_hands(dnstap, fd, why) : err;
}

static int say_broken(struct dnstap *dnstap, struct tt_buf *why)
{
    tt_buf_format(why, "%s: the connection to the reader is lost: %s", dnstap->name,
                  dnstap->stream.fault);
    return TT_ECLOSED;
}

/* How many of n go into one write. */
static unsigned fill_burst(const struct tt_sink_record *records, unsigned n, struct iovec *frames)
{
    unsigned burst_n = 0;
    size_t bytes = 0;

    for (; burst_n < TT_MIN(n, (unsigned)TT_DNSTAP_BURST_MAX); burst_n++) {
        bytes += records[burst_n].len;
        if (burst_n > 0 && bytes > BURST_BYTES)
            break;
        frames[burst_n] =
            (struct iovec){(void *)(uintptr_t)records[burst_n].data, records[burst_n].len};
    }
    return burst_n;
}

static int put_stream(struct dnstap *dnstap, struct tt_sink_record *records, unsigned n,
                      struct tt_buf *why)
{
    struct iovec frames[TT_DNSTAP_BURST_MAX];

    if (!tt_dnstap_stream_is_alive(&dnstap->stream))
        return say_broken(dnstap, why);
    for (unsigned at = 0; at < n;) {
        unsigned burst_n = fill_burst(records + at, n - at, frames);
        unsigned whole_n =
            tt_dnstap_stream_write(&dnstap->stream, frames, burst_n, from_now(dnstap, UINT64_MAX));

        for (unsigned i = 0; i < whole_n; i++)
            records[at + i].fate = TT_FATE_DELIVERED;
        if (whole_n < burst_n) {
            records[at + whole_n].fate = TT_FATE_AGAIN;
            return say_broken(dnstap, why);
        }
        at += burst_n;
    }
    return TT_OK;
}

static int put(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    struct dnstap *dnstap = self;

    return dnstap->is_file ? tt_dnstap_file_put(&dnstap->file, records, n, why)
                           : put_stream(dnstap, records, n, why);
}

static int tick(void *self, struct tt_buf *why)
{
    struct dnstap *dnstap = self;

    if (!dnstap->is_file)
        return tt_dnstap_stream_is_alive(&dnstap->stream) ? TT_OK : say_broken(dnstap, why);
    if (tt_path_is_open_as(dnstap->file.path, dnstap->file.fd))
        return TT_OK;
    tt_buf_format(why, "%s was moved or removed", dnstap->file.path);
    return TT_ECLOSED;
}

/* Nothing is kept back. */
static int flush(void *self, uint64_t deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return TT_OK;
}

static void close_sink(void *self)
{
    struct dnstap *dnstap = self;

    tt_dnstap_file_close(&dnstap->file);
    tt_dnstap_stream_close(&dnstap->stream, from_now(dnstap, FINISH_MAX_S * SECOND_NS));
}

static void probe_file(const struct dnstap *dnstap, tt_sink_say_f say, void *arg)
{
    char dir[TT_CONF_PATH_MAX + 1], text[TT_SINK_WHY_MAX];
    struct tt_buf line = tt_buf_over(text, sizeof(text));
    char *slash;
    bool is_fine;

    memcpy(dir, dnstap->path, sizeof(dir));
    slash = strrchr(dir, '/');
    if (slash != NULL)
        slash[slash == dir] = '\0';
    is_fine = access(slash != NULL ? dir : ".", F_OK) != 0 ||
              access(slash != NULL ? dir : ".", W_OK) == 0;
    tt_buf_format(&line, "%s: %s", dnstap->name,
                  is_fine ? "frames go to this file" : "this user may not write to its directory");
    say(arg, is_fine, tt_buf_cstr(&line));
}

static void probe_stream(struct dnstap *dnstap, tt_sink_say_f say, void *arg)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf line = tt_buf_over(text, sizeof(text));
    int fd;

    if (connect_stream(dnstap, &fd, &line) != TT_OK) {
        say(arg, false, tt_buf_cstr(&line));
        return;
    }
    tt_buf_format(&line, "%s: reachable", dnstap->name);
    say(arg, true, tt_buf_cstr(&line));
    tt_buf_reset(&line);
    if (shake_hands(dnstap, fd, &line) != TT_OK) {
        say(arg, false, tt_buf_cstr(&line));
        return;
    }
    tt_dnstap_stream_close(&dnstap->stream, from_now(dnstap, FINISH_MAX_S * SECOND_NS));
    tt_buf_format(&line, "%s: accepts " TT_DNSTAP_CONTENT_TYPE, dnstap->name);
    say(arg, true, tt_buf_cstr(&line));
}

static void probe(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                  tt_sink_say_f say, void *arg)
{
    struct dnstap *dnstap;
    void *self = NULL;

    if (make(conf, place, NULL, &self) != TT_OK) {
        say(arg, false, "its path or address cannot be used");
        return;
    }
    dnstap = self;
    dnstap->timeout_ns = TT_MIN(dnstap->timeout_ns, (PROBE_MAX_S - CONNECT_MAX_S) * SECOND_NS);
    if (dnstap->is_file)
        probe_file(dnstap, say, arg);
    else
        probe_stream(dnstap, say, arg);
    destroy(dnstap);
}

const struct tt_sink_class tt_sink_dnstap = {
    .type = "dnstap",
    .id = TT_SINK_DNSTAP,
    .make = make,
    .open = open_sink,
    .put = put,
    .tick = tick,
    .flush = flush,
    .close = close_sink,
    .destroy = destroy,
    .probe = probe,
};
