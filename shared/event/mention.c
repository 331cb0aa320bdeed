/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/mention.h"

#include <string.h>

#include "base/buf.h"

enum { TEXT_MAX = 1024, FORM_MAX = 80 };

static struct tt_str lower(struct tt_str text, char *out)
{
    uint32_t len = TT_MIN(text.len, (uint32_t)TEXT_MAX);

    for (uint32_t i = 0; i < len; i++)
        out[i] =
            (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] | 0x20 : text.ptr[i]);
    return (struct tt_str){out, len};
}

/* The longest run of what forms of an address are made of: from '-' to ':' are digits and
 * separators; z for response policy zones. */
static uint32_t longest_run(struct tt_str text)
{
    uint32_t run = 0, longest = 0;

    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_part = (c >= '-' && c <= ':') || (c >= 'a' && c <= 'f') || c == 'z';
        run = is_part ? run + 1 : 0;
        longest = TT_MAX(longest, run);
    }
    return longest;
}

static bool has(struct tt_str text, const char *part, size_t len)
{
    return memmem(text.ptr, text.len, part, len) != NULL;
}

static unsigned group(const struct tt_ip *ip, int i)
{
    return (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1];
}

static void write_quads(struct tt_buf *buf, const struct tt_ip *ip, const char *separator,
                        int width, bool is_reversed)
{
    for (int i = 0; i < 4; i++)
        tt_buf_format(buf, "%s%0*u", i > 0 ? separator : "", width,
                      ip->bytes[is_reversed ? 3 - i : i]);
}

/* 77.2.0.192 */
static void write_reversed_v4(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_quads(buf, ip, ".", 1, true);
}

/* 192-0-2-77, as made names have it */
static void write_dashed(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_quads(buf, ip, "-", 1, false);
}

static void write_reversed_dashed(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_quads(buf, ip, "-", 1, true);
}

/* 192.000.002.077 */
static void write_padded(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_quads(buf, ip, ".", 3, false);
}

/* The end of ::ffff:c000:24d */
static void write_mapped(struct tt_buf *buf, const struct tt_ip *ip)
{
    tt_buf_format(buf, "ffff:%x:%x", group(ip, 0), group(ip, 1));
}

/* 3.0.0.0. … .8.b.d.0.1.0.0.2 */
static void write_nibbles(struct tt_buf *buf, const struct tt_ip *ip)
{
    for (int i = 15; i >= 0; i--)
        tt_buf_format(buf, "%s%x.%x", i < 15 ? "." : "", ip->bytes[i] & 15u, ip->bytes[i] >> 4);
}

/* All eight groups with separators between, forwards or backwards; width 4 keeps leading zeros. */
static void write_groups(struct tt_buf *buf, const struct tt_ip *ip, char separator, int width,
                         bool is_reversed)
{
    for (int i = 0; i < 8; i++) {
        if (i > 0)
            tt_buf_char(buf, separator);
        tt_buf_format(buf, "%0*x", width, group(ip, is_reversed ? 7 - i : i));
    }
}

/* As a response policy zone shortens it: 3.zz.2.1.db8.2001 for 2001:db8:1:2::3. */
static void write_policy_v6(struct tt_buf *buf, const struct tt_ip *ip)
{
    char text[TT_IP_TEXT_MAX];
    size_t len = (size_t)(tt_ip_write(text, ip) - text);

    for (size_t end = len; end > 0;) {
        size_t at = end;
        while (at > 0 && text[at - 1] != ':')
            at--;
        if (at == end && end != len)
            tt_buf_text(buf, "zz");
        else
            tt_buf_bytes(buf, text + at, end - at);
        end = at > 0 ? at - 1 : 0;
        if (at > 1)
            tt_buf_char(buf, '.');
    }
}

static void write_hex(struct tt_buf *buf, const struct tt_ip *ip)
{
    tt_buf_hex(buf, ip->bytes, ip->family == 4 ? 4 : 16);
}

static void write_full(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_groups(buf, ip, ':', 4, false);
}

static void write_unpadded(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_groups(buf, ip, ':', 1, false);
}

static void write_reversed_groups(struct tt_buf *buf, const struct tt_ip *ip)
{
    write_groups(buf, ip, '.', 1, true);
}

/* The address begins at one of the groups of the token: what stands before may be somebody's word.
 */
static bool is_from_a_group(struct tt_str token, const struct tt_ip *ip)
{
    for (uint32_t at = 0; at + 1 < token.len; at++) {
        struct tt_ip other;
        struct tt_str rest = {token.ptr + at, token.len - at};

        if ((at == 0 || token.ptr[at - 1] == ':' || token.ptr[at] == ':') &&
            tt_ip_parse(rest, &other) == 0 && other.family == 6 &&
            memcmp(other.bytes, ip->bytes, sizeof(other.bytes)) == 0)
            return true;
    }
    return false;
}

/* Groups with colons, or with that other separator, between; zeros in front of them and the place
 * of the :: are the writer's choice. */
static bool spells_v6(struct tt_str text, char separator, const struct tt_ip *ip)
{
    char token[TT_IP_TEXT_MAX];

    for (uint32_t at = 0; at < text.len; at++) {
        uint32_t len = 0, end;

        for (end = at; end < text.len; end++) {
            char c = text.ptr[end] == separator ? ':' : text.ptr[end];
            if (memchr("0123456789abcdef:", c, 17) == NULL)
                break;
            if (len < sizeof(token))
                token[len++] = c;
        }
        while (len > 1 && token[len - 1] == ':' && token[len - 2] != ':')
            len--;
        if (end - at <= sizeof(token) && is_from_a_group((struct tt_str){token, len}, ip))
            return true;
        at = end;
    }
    return false;
}

typedef void (*write_f)(struct tt_buf *buf, const struct tt_ip *ip);

bool tt_text_mentions_ip(struct tt_str text, const struct tt_ip *ip)
{
    static const write_f v4[] = {tt_ip_format, write_reversed_v4,     write_hex,   write_dashed,
                                 write_padded, write_reversed_dashed, write_mapped},
                         v6[] = {tt_ip_format,  write_full,      write_unpadded,       write_hex,
                                 write_nibbles, write_policy_v6, write_reversed_groups};
    const write_f *forms = ip->family == 4 ? v4 : v6;
    size_t forms_n = ip->family == 4 ? TT_COUNT(v4) : TT_COUNT(v6);
    char folded[TEXT_MAX], form[FORM_MAX];

    if (ip->family != 4 && ip->family != 6)
        return false;
    text = lower(text, folded);
    for (size_t i = 0; i < forms_n; i++) {
        struct tt_buf buf = tt_buf_over(form, sizeof(form));
        forms[i](&buf, ip);
        /* No form is shorter than the first one or plain hexadecimal; free texts seldom have such
         * runs. */
        if (i == 0 && longest_run(text) < TT_MIN(buf.len, ip->family == 4 ? 8u : 32u))
            return false;
        if (has(text, buf.data, buf.len))
            return true;
    }
    return ip->family == 6 && (spells_v6(text, ':', ip) || spells_v6(text, '-', ip));
}

/* Reads a number of the base and at most max. Returns the bytes it takes, 0: there is none. */
static size_t read_number(struct tt_str text, size_t at, unsigned base, unsigned max)
{
    static const char digits[] = "0123456789abcdef";
    unsigned value = 0;
    size_t n = 0;

    for (; at + n < text.len; n++) {
        const char *digit = memchr(digits, text.ptr[at + n], base);
        if (digit == NULL)
            break;
        value = value * base + (unsigned)(digit - digits);
        if (value > max)
            return 0;
    }
    return n;
}

/* The numbers with single dots between, from the start on. */
static unsigned count_numbers(struct tt_str text, unsigned base, unsigned max)
{
    unsigned n = 0;

    for (size_t at = 0, len; (len = read_number(text, at, base, max)) > 0; at++) {
        n++;
        at += len;
        if (at >= text.len || text.ptr[at] != '.')
            break;
    }
    return n;
}

/* 2001:db8::/32: what stands before the first other character is an address. */
static bool starts_with_groups(struct tt_str text)
{
    struct tt_ip ip;
    uint32_t len = 0;

    while (len < text.len && memchr("0123456789abcdef:.", text.ptr[len], 18) != NULL)
        len++;
    return len > 2 && memchr(text.ptr, ':', len) != NULL &&
           tt_ip_parse((struct tt_str){text.ptr, len}, &ip) == 0;
}

bool tt_text_is_client_trigger(struct tt_str text)
{
    char folded[TEXT_MAX];

    text = lower(text, folded);
    if (has(text, "rpz-client-ip", 13))
        return true;
    if (has(text, "rpz-ip", 6) || has(text, "rpz-nsip", 8))
        return false;
    if (count_numbers(text, 10, 255) >= 4 || starts_with_groups(text))
        return true;
    /* prefix and groups, the last one first: 128.3.zz.2.1.db8.2001 */
    return read_number(text, 0, 10, 128) > 0 &&
           (has(text, ".zz.", 4) || count_numbers(text, 16, 0xffff) >= 9);
}
