/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "client.h"

#include <netdb.h>
#include <netinet/in.h>

uint8_t tt_client_transport(const struct comm_point *point)
{
    switch (point->type) {
    case comm_udp:
        return TT_transport_UDP;
    case comm_tcp:
        return point->ssl != NULL ? TT_transport_DOT : TT_transport_TCP;
    case comm_http:
        return TT_transport_DOH;
#if TT_UNBOUND_SINCE(22)
    case comm_doq:
        return TT_transport_DOQ;
#endif
    default:
        return 0;
    }
}

bool tt_client_address(const struct sockaddr_storage *from, struct tt_ip *ip, uint16_t *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

    if (from->ss_family == AF_INET) {
        ip->family = 4;
        memcpy(ip->bytes, &v4->sin_addr, 4);
        *port = ntohs(v4->sin_port);
        return true;
    }
    if (from->ss_family == AF_INET6) {
        ip->family = 6;
        memcpy(ip->bytes, &v6->sin6_addr, 16);
        *port = ntohs(v6->sin6_port);
        return true;
    }
    return false;
}

void tt_client_fill(struct tt_obs *obs, const struct comm_reply *repinfo, uint8_t transport)
{
    uint16_t proxy_port;

    obs->transport = transport;
    if (tt_client_address(&repinfo->client_addr, &obs->client_ip, &obs->client_port))
        obs->have |= TT_HAVE_CLIENT_PORT;
    if (repinfo->is_proxied)
        (void)tt_client_address(&repinfo->remote_addr, &obs->proxied_by, &proxy_port);
}

static bool is_wildcard(const struct tt_ip *ip)
{
    static const uint8_t zero[16];

    return memcmp(ip->bytes, zero, sizeof(zero)) == 0;
}

/* The socket's own address became a plain sockaddr in 1.20. */
static const struct sockaddr_storage *socket_address(const struct unbound_socket *socket)
{
#if TT_UNBOUND_SINCE(20)
    return (const struct sockaddr_storage *)(const void *)socket->addr;
#else
    return socket->addr != NULL
               ? (const struct sockaddr_storage *)(const void *)socket->addr->ai_addr
               : NULL;
#endif
}

/* With interface-automatic one socket serves all addresses; the packet says which it came to. */
static void packet_address(struct tt_obs *obs, const struct comm_reply *repinfo)
{
#ifdef IP_PKTINFO
    if (repinfo->srctype == 4) {
        obs->server_ip.family = 4;
        memcpy(obs->server_ip.bytes, &repinfo->pktinfo.v4info.ipi_addr, 4);
    }
#endif
#ifdef IPV6_PKTINFO
    if (repinfo->srctype == 6) {
        obs->server_ip.family = 6;
        memcpy(obs->server_ip.bytes, &repinfo->pktinfo.v6info.ipi6_addr, 16);
    }
#endif
}

void tt_client_fill_server(struct tt_obs *obs, const struct comm_reply *repinfo)
{
    const struct unbound_socket *socket = repinfo->c->socket;
    const struct sockaddr_storage *address = socket != NULL ? socket_address(socket) : NULL;

    if (address != NULL && tt_client_address(address, &obs->server_ip, &obs->server_port)) {
        obs->have |= TT_HAVE_SERVER_PORT;
        if (is_wildcard(&obs->server_ip))
            memset(&obs->server_ip, 0, sizeof(obs->server_ip));
    }
    if (obs->server_ip.family == 0)
        packet_address(obs, repinfo);
}
