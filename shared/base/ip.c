/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Each octet in decimal, a dot behind it: four bytes are copied whatever the length is. */
#define OCTET(n)                                                                                   \
    {                                                                                              \
        (n) >= 100  ? '0' + (n) / 100 % 10                                                         \
        : (n) >= 10 ? '0' + (n) / 10 % 10                                                          \
                    : '0' + (n) % 10,                                                              \
            (n) >= 100  ? '0' + (n) / 10 % 10                                                      \
            : (n) >= 10 ? '0' + (n) % 10                                                           \
                        : '.',                                                                     \
            (n) >= 100 ? '0' + (n) % 10 : '.', '.'                                                 \
    }
#define OCTETS_4(n) OCTET(n), OCTET((n) + 1), OCTET((n) + 2), OCTET((n) + 3)
#define OCTETS_16(n) OCTETS_4(n), OCTETS_4((n) + 4), OCTETS_4((n) + 8), OCTETS_4((n) + 12)
#define OCTETS_64(n) OCTETS_16(n), OCTETS_16((n) + 16), OCTETS_16((n) + 32), OCTETS_16((n) + 48)
static const char octets[256][4] = {OCTETS_64(0), OCTETS_64(64), OCTETS_64(128), OCTETS_64(192)};

static char *write_v4(char *at, const uint8_t *bytes)
{
    for (int i = 0; i < 4; i++) {
        unsigned value = bytes[i];

        memcpy(at, octets[value], 4);
        at += 2 + (value >= 10) + (value >= 100);
    }
    return at - 1;
}

/* One group without leading zeros. */
static char *write_group(char *at, unsigned group)
{
    static const char digits[] = "0123456789abcdef";

    if (group > 0xfff)
        *at++ = digits[group >> 12];
    if (group > 0xff)
        *at++ = digits[group >> 8 & 15];
    if (group > 0xf)
        *at++ = digits[group >> 4 & 15];
    *at++ = digits[group & 15];
    return at;
}

/* The longest run of at least two groups of zero, the first of equal ones (RFC 5952 section 4.2).
 */
static void find_zeros(const unsigned *groups, int *run_at, int *run_n)
{
    *run_at = -1;
    *run_n = 1;
    for (int i = 0, n; i < 8; i += n + 1) {
        for (n = 0; i + n < 8 && groups[i + n] == 0;)
            n++;
        if (n > *run_n) {
            *run_at = i;
            *run_n = n;
        }
    }
}

static char *write_v6(char *at, const uint8_t *bytes)
{
    unsigned groups[8];
    int run_at, run_n;
    bool has_v4;

    for (int i = 0; i < 8; i++)
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    find_zeros(groups, &run_at, &run_n);
    /* Addresses that embed one of version 4 (RFC 5952 section 5): ::192.0.2.1 and ::ffff:192.0.2.1.
     */
    has_v4 = run_at == 0 && (run_n == 6 || (run_n == 5 && groups[5] == 0xffff));
    for (int i = 0; i < (has_v4 ? 6 : 8); i++) {
        if (i == run_at) {
            *at++ = ':';
            i += run_n - 1;
            continue;
        }
        if (i > 0)
            *at++ = ':';
        at = write_group(at, groups[i]);
    }
    if (has_v4 || run_at + run_n == 8)
        *at++ = ':';
    return has_v4 ? write_v4(at, bytes + 12) : at;
}

char *tt_ip_write(char *at, const struct tt_ip *ip)
{
    if (ip->family == 4)
        return write_v4(at, ip->bytes);
    return ip->family == 6 ? write_v6(at, ip->bytes) : at;
}

void tt_ip_format(struct tt_buf *buf, const struct tt_ip *ip)
{
    char text[TT_IP_TEXT_MAX];

    tt_buf_bytes(buf, text, (size_t)(tt_ip_write(text, ip) - text));
}

/* The first n of 64 bits, as a mask over eight bytes in network order. */
static uint64_t first_bits(unsigned n)
{
    uint64_t mask = n == 0 ? 0 : n >= 64 ? UINT64_MAX : ~(UINT64_MAX >> n);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return mask;
#else
    return __builtin_bswap64(mask);
#endif
}

struct tt_ip tt_ip_cut(const struct tt_ip *ip, unsigned prefix)
{
    struct tt_ip cut = {ip->family, {0}};
    uint64_t halves[2];

    memcpy(halves, ip->bytes, sizeof(halves));
    halves[0] &= first_bits(prefix);
    halves[1] &= first_bits(prefix > 64 ? prefix - 64 : 0);
    memcpy(cut.bytes, halves, sizeof(halves));
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
    return parse_port((struct tt_str){colon + 1, text.len - (uint32_t)(colon + 1 - text.ptr)},
                      port);
}
