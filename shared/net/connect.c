/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "net/connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/remote.h"

#define MS_NS UINT64_C(1000000)

enum { FULL_WAIT_MS = 10 };

int tt_net_parse_address(const char *text, struct tt_net_address *address)
{
    struct tt_remote remote;

    memset(address, 0, sizeof(*address));
    if (tt_remote_parse_address(tt_str_from(text), &remote) != TT_OK || remote.host.len >= sizeof(address->host))
        return TT_ESYNTAX;
    memcpy(address->host, remote.host.ptr, remote.host.len);
    address->port = remote.port;
    return TT_OK;
}

static int left_ms(uint64_t deadline_ns)
{
    uint64_t now = tt_clock_mono_ns();
    uint64_t left = deadline_ns > now ? (deadline_ns - now + MS_NS - 1) / MS_NS : 0;

    return (int)TT_MIN(left, UINT64_C(1) << 30);
}

/* 0, or why the connection that was begun did not come about until the deadline. */
static int finish(int fd, uint64_t deadline_ns)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    int errno_value = 0, wait_ms, n;
    socklen_t len = sizeof(errno_value);

    do {
        wait_ms = left_ms(deadline_ns);
        n = poll(&poller, 1, wait_ms);
    } while ((n < 0 && errno == EINTR) || (n == 0 && wait_ms > 0));
    if (n == 0)
        return ETIMEDOUT;
    if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno_value, &len) != 0)
        return errno;
    return errno_value;
}

/* 0 and *fd, or why not. A unix socket whose listener is busy says EAGAIN and nothing tells when to come
 * again. */
static int connect_to(const struct sockaddr *address, socklen_t len, uint64_t deadline_ns, int *fd)
{
    int errno_value = 0;

    *fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return errno;
    while (connect(*fd, address, len) != 0) {
        errno_value = errno;
        if (errno_value == EINPROGRESS || errno_value == EINTR) {
            errno_value = finish(*fd, deadline_ns);
            break;
        }
        if (errno_value != EAGAIN || left_ms(deadline_ns) == 0)
            break;
        errno_value = 0;
        poll(NULL, 0, TT_MIN(FULL_WAIT_MS, left_ms(deadline_ns)));
    }
    if (errno_value != 0) {
        close(*fd);
        *fd = -1;
    }
    return errno_value == EAGAIN ? ETIMEDOUT : errno_value;
}

int tt_net_connect_unix(const char *path, uint64_t deadline_ns, int *fd, struct tt_buf *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int errno_value = ENAMETOOLONG;

    *fd = -1;
    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        errno_value = connect_to((const struct sockaddr *)&address, sizeof(address), deadline_ns, fd);
    }
    if (errno_value == 0)
        return TT_OK;
    tt_buf_format(why, "cannot connect to %s: %s", path, strerrordesc_np(errno_value));
    return TT_EAGAIN;
}

/* Each address gets its part of what time is left, so that one that is silent does not take it all. */
static int connect_any(const struct addrinfo *found, uint64_t deadline_ns, int *fd)
{
    int errno_value = EHOSTUNREACH;
    unsigned n = 0;

    for (const struct addrinfo *one = found; one != NULL; one = one->ai_next)
        n++;
    for (const struct addrinfo *one = found; one != NULL; one = one->ai_next, n--) {
        uint64_t now = tt_clock_mono_ns();
        uint64_t until_ns = deadline_ns > now ? now + (deadline_ns - now) / n : now;
        errno_value = connect_to(one->ai_addr, one->ai_addrlen, until_ns, fd);
        if (errno_value == 0)
            break;
    }
    return errno_value;
}

int tt_net_connect_tcp(const struct tt_net_address *address, uint64_t deadline_ns, int *fd,
                       struct tt_buf *why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    const char *text;
    char port[8];
    int err, errno_value;

    *fd = -1;
    if (tt_remote_is_loopback(tt_str_from(address->host)))
        hints.ai_flags = AI_NUMERICSERV; /* also where loopback is all there is */
    snprintf(port, sizeof(port), "%u", address->port);
    err = getaddrinfo(address->host, port, &hints, &found);
    if (err != 0) {
        text = err == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(err);
        tt_buf_format(why, "cannot connect to %s port %s: the name cannot be resolved: %s", address->host,
                      port, text);
        return TT_EAGAIN;
    }
    errno_value = connect_any(found, deadline_ns, fd);
    freeaddrinfo(found);
    if (errno_value == 0)
        return TT_OK;
    tt_buf_format(why, "cannot connect to %s port %s: %s", address->host, port, strerrordesc_np(errno_value));
    return TT_EAGAIN;
}
