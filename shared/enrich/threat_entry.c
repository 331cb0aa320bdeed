/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/err.h"
#include "enrich/threat_read.h"

static struct tt_str skip(struct tt_str text, size_t len)
{
    return (struct tt_str){text.ptr + len, text.len - (uint32_t)len};
}

static bool starts_with(struct tt_str text, const char *prefix)
{
    size_t len = strlen(prefix);

    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

/* Up to the first of the characters in `ends`. */
static struct tt_str cut_at(struct tt_str text, const char *ends)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '\0' || strchr(ends, text.ptr[i]) != NULL)
            return (struct tt_str){text.ptr, i};
    return text;
}

static bool read_name(struct tt_str text, enum tt_threat_kind kind, struct tt_threat_entry *entry)
{
    size_t len = tt_host_name_read(text, entry->name);

    /* One label alone is a word, not a name; a top level domain is meant where the form says suffix. */
    if (len == 0 || (kind != TT_THREAT_SUFFIX && !tt_host_name_has_dot(entry->name, len)))
        return false;
    entry->kind = (uint8_t)kind;
    entry->name_len = (uint8_t)len;
    return true;
}

static bool is_address_like(struct tt_str text)
{
    bool has_sign = false;

    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        has_sign |= c == ':' || c == '.';
        if (memchr("0123456789abcdefABCDEF:./[]", c, 27) == NULL)
            return false;
    }
    return has_sign;
}

static bool read_address(struct tt_str text, struct tt_threat_entry *entry)
{
    struct tt_str address = cut_at(text, "/"), prefix = skip(text, address.len);
    uint64_t bits = 0;
    uint16_t port;

    if (tt_ip_parse(address, &entry->ip) != TT_OK &&
        (prefix.len > 0 || tt_ip_parse_endpoint(text, &entry->ip, &port) != TT_OK))
        return false;
    unsigned bits_max = entry->ip.family == 4 ? 32 : 128;
    if (prefix.len == 0)
        bits = bits_max;
    else if (tt_str_parse_u64(skip(prefix, 1), &bits) != TT_OK || bits > bits_max || bits == 0)
        return false;
    entry->ip = tt_ip_cut(&entry->ip, (unsigned)bits);
    entry->prefix = (uint8_t)bits;
    entry->kind = TT_THREAT_NET;
    return true;
}

/* "host", "host:port", "[address]:port" of a URL. */
static bool read_authority(struct tt_str text, struct tt_threat_entry *entry)
{
    struct tt_str host = text;

    if (starts_with(text, "[")) {
        host = cut_at(skip(text, 1), "]");
        return is_address_like(host) && read_address(host, entry);
    }
    host = cut_at(text, ":");
    for (uint32_t i = host.len + 1; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    if (is_address_like(host) && read_address(host, entry))
        return true;
    return read_name(host, TT_THREAT_NAME, entry);
}

/* What follows "scheme://": RFC 3986 section 3.2. */
static bool read_url(struct tt_str text, struct tt_threat_entry *entry)
{
    struct tt_str authority = cut_at(text, "/?#");

    for (uint32_t i = authority.len; i > 0; i--)
        if (authority.ptr[i - 1] == '@')
            return read_authority(skip(authority, i), entry);
    return read_authority(authority, entry);
}

/* "||name^" and options behind '$'. With a path it says nothing of the name. */
static bool read_adblock(struct tt_str text, struct tt_threat_entry *entry)
{
    struct tt_str host = cut_at(text, "^$"), rest = skip(text, host.len);

    if (starts_with(rest, "^"))
        rest = skip(rest, 1);
    if (starts_with(rest, "|"))
        rest = skip(rest, 1);
    if (rest.len > 0 && rest.ptr[0] != '$')
        return false;
    if (is_address_like(host) && read_address(host, entry))
        return true;
    return read_name(starts_with(host, "*.") ? skip(host, 2) : host, TT_THREAT_SUFFIX, entry);
}

/* Where what follows "scheme://" begins, 0 when it is no URL. */
static size_t scheme_len(struct tt_str text)
{
    for (uint32_t i = 1; i + 2 < text.len && i < 16; i++) {
        if (text.ptr[i] == ':')
            return text.ptr[i + 1] == '/' && text.ptr[i + 2] == '/' ? i + 3 : 0;
        if (text.ptr[i] == '.')
            return 0;
    }
    return 0;
}

bool tt_threat_entry_read(struct tt_str text, struct tt_threat_entry *entry)
{
    size_t scheme;

    if (text.len == 0)
        return false;
    if (starts_with(text, "||"))
        return read_adblock(skip(text, 2), entry);
    if (starts_with(text, "*."))
        return read_name(skip(text, 2), TT_THREAT_SUFFIX, entry);
    if (starts_with(text, "."))
        return read_name(skip(text, 1), TT_THREAT_SUFFIX, entry);
    scheme = scheme_len(text);
    if (scheme > 0)
        return read_url(skip(text, scheme), entry);
    if (is_address_like(text) && read_address(text, entry))
        return true;
    return read_authority(text, entry);
}
