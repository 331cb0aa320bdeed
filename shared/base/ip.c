/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

static void format_v4(struct tt_buf *buf, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            tt_buf_char(buf, '.');
        tt_buf_u64(buf, bytes[i]);
    }
}

void tt_ip_format(struct tt_buf *buf, const struct tt_ip *ip)
{
    char text[INET6_ADDRSTRLEN];

    if (ip->family == 4)
        format_v4(buf, ip->bytes);
    else if (ip->family == 6 && inet_ntop(AF_INET6, ip->bytes, text, sizeof(text)) != NULL)
        tt_buf_text(buf, text);
}

struct tt_ip tt_ip_cut(const struct tt_ip *ip, unsigned prefix)
{
    struct tt_ip cut = *ip;
    unsigned bytes = prefix / 8;

    if (bytes < sizeof(cut.bytes)) {
        cut.bytes[bytes] &= (uint8_t)(0xff00u >> (prefix % 8));
        memset(cut.bytes + bytes + 1, 0, sizeof(cut.bytes) - bytes - 1);
    }
    return cut;
}

int tt_ip_parse(struct tt_str text, struct tt_ip *ip)
{
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, 0, text.len) != NULL)
        return TT_ESYNTAX;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    memset(ip, 0, sizeof(*ip));
    if (inet_pton(AF_INET, copy, ip->bytes) == 1)
        ip->family = 4;
    else if (inet_pton(AF_INET6, copy, ip->bytes) == 1)
        ip->family = 6;
    return ip->family != 0 ? TT_OK : TT_ESYNTAX;
}

static int parse_port(struct tt_str text, uint16_t *port)
{
    uint64_t value;

    if (tt_str_parse_u64(text, &value) != TT_OK || value > 65535)
        return TT_ESYNTAX;
    *port = (uint16_t)value;
    return TT_OK;
}

int tt_ip_parse_endpoint(struct tt_str text, struct tt_ip *ip, uint16_t *port)
{
    const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len) : NULL;
    struct tt_str host = {text.ptr, colon != NULL ? (uint32_t)(colon - text.ptr) : 0};
    bool in_brackets = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    int err;

    if (colon == NULL)
        return TT_ESYNTAX;
    if (in_brackets)
        host = (struct tt_str){host.ptr + 1, host.len - 2};
    err = tt_ip_parse(host, ip);
    if (err != TT_OK || in_brackets != (ip->family == 6))
        return TT_ESYNTAX;
    return parse_port((struct tt_str){colon + 1, text.len - (uint32_t)(colon + 1 - text.ptr)}, port);
}
