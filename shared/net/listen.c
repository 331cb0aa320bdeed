/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

enum { BACKLOG = 16 };

static socklen_t make_address(const struct tt_ip *ip, uint16_t port,
                              struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

    memset(address, 0, sizeof(*address));
    if (ip->family == 4) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, ip->bytes, 4);
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    memcpy(&v6->sin6_addr, ip->bytes, 16);
    return sizeof(*v6);
}

/* A listening socket, or -1 and errno. SO_REUSEADDR passes over connections of a former listener,
 * but never over a living one; SO_REUSEPORT, which would share, is not set. */
static int listen_at(const struct tt_ip *ip, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t len = make_address(ip, port, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1, errno_value;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (ip->family == 6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    errno_value = errno;
    close(fd);
    errno = errno_value;
    return -1;
}

int tt_listen_tcp(const struct tt_ip *ip, uint16_t port, unsigned ports_n, int *fd,
                  uint16_t *port_taken)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    errno = EADDRINUSE;
    *fd = -1;
    for (unsigned i = 0; i < ports_n && port + i <= 65535 && *fd < 0 && errno == EADDRINUSE; i++)
        *fd = listen_at(ip, (uint16_t)(port + i));
    if (*fd < 0)
        return tt_error_from_errno(errno);
    if (getsockname(*fd, (struct sockaddr *)&address, &len) != 0)
        len = make_address(ip, port, &address);
    *port_taken = ntohs(ip->family == 4 ? ((struct sockaddr_in *)&address)->sin_port
                                        : ((struct sockaddr_in6 *)&address)->sin6_port);
    return TT_OK;
}
