/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/remote.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/ip.h"

enum { HOST_MAX = 253 };

static bool starts_with(struct tt_str text, struct tt_str prefix)
{
    return text.len >= prefix.len && strncasecmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

static bool is_host(struct tt_str host)
{
    for (uint32_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
              c == '-' || c == '_'))
            return false;
    }
    return host.len > 0 && host.len <= HOST_MAX && host.ptr[0] != '.' && host.ptr[0] != '-';
}

/* "host", "host:port", "[::1]", "[::1]:port". */
static int parse_authority(struct tt_str text, struct tt_remote *remote)
{
    bool is_bracketed = text.len > 0 && text.ptr[0] == '[';
    const char *end = text.len > 0 ? memchr(text.ptr, is_bracketed ? ']' : ':', text.len) : NULL;
    uint32_t host_len = end != NULL ? (uint32_t)(end - text.ptr) : text.len;
    struct tt_str rest = {text.ptr + host_len + is_bracketed,
                          text.len - TT_MIN(host_len + is_bracketed, text.len)};
    struct tt_ip ip;
    uint64_t port;

    if (is_bracketed && end == NULL)
        return TT_ESYNTAX;
    remote->host = (struct tt_str){text.ptr + is_bracketed, host_len - is_bracketed};
    remote->port = 0;
    if (is_bracketed ? tt_ip_parse(remote->host, &ip) != TT_OK || ip.family != 6 : !is_host(remote->host))
        return TT_ESYNTAX;
    if (rest.len == 0)
        return TT_OK;
    struct tt_str digits = {rest.ptr + 1, rest.len - 1};
    if (rest.ptr[0] != ':' || tt_str_parse_u64(digits, &port) != TT_OK || port == 0 || port > UINT16_MAX)
        return TT_ESYNTAX;
    remote->port = (uint16_t)port;
    return TT_OK;
}

static bool is_url_text(struct tt_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f || memchr("\"<>\\^`{|}#", text.ptr[i], 10) != NULL)
            return false;
    }
    return true;
}

int tt_remote_parse_url(struct tt_str text, struct tt_remote *remote)
{
    bool is_tls = starts_with(text, TT_STR("https://"));
    uint32_t lead = is_tls ? 8 : 7, len = 0;

    *remote = (struct tt_remote){.is_tls = is_tls};
    if ((!is_tls && !starts_with(text, TT_STR("http://"))) || !is_url_text(text))
        return TT_ESYNTAX;
    while (lead + len < text.len && text.ptr[lead + len] != '/' && text.ptr[lead + len] != '?')
        len++;
    return parse_authority((struct tt_str){text.ptr + lead, len}, remote);
}

int tt_remote_parse_address(struct tt_str text, struct tt_remote *remote)
{
    *remote = (struct tt_remote){0};
    if (parse_authority(text, remote) != TT_OK || remote->port == 0)
        return TT_ESYNTAX;
    return TT_OK;
}

bool tt_remote_next(struct tt_str *list, struct tt_str *item)
{
    const char *comma = list->len > 0 ? memchr(list->ptr, ',', list->len) : NULL;
    uint32_t len = comma != NULL ? (uint32_t)(comma - list->ptr) : list->len;

    if (list->ptr == NULL)
        return false;
    *item = (struct tt_str){list->ptr, len};
    *list = comma != NULL ? (struct tt_str){comma + 1, list->len - len - 1} : (struct tt_str){NULL, 0};
    return true;
}

bool tt_remote_is_loopback(struct tt_str host)
{
    static const uint8_t one[16] = {[15] = 1};
    struct tt_ip ip;

    if (host.len == 9 && strncasecmp(host.ptr, "localhost", 9) == 0)
        return true;
    if (tt_ip_parse(host, &ip) != TT_OK)
        return false;
    return ip.family == 4 ? ip.bytes[0] == 127 : memcmp(ip.bytes, one, sizeof(one)) == 0;
}
