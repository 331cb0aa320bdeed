/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A scalar by its row: what fits and what does not. */

#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "conf/path.h"
#include "conf/remote.h"
#include "conf/value.h"
#include "wire/codes.h"
#include "wire/name.h"

enum { TEXT_MAX = 1024, DECIMALS_MAX = 9 };

/* Within the row's limits, and nothing in it that a log line or a label could not show. */
static bool is_printable(const struct tt_option *row, struct tt_str text)
{
    char clean[TEXT_MAX];

    if (text.len < row->min || text.len > row->max || text.len > sizeof(clean))
        return false;
    return tt_str_clean(text.ptr, text.len, clean, sizeof(clean)) == text.len &&
           memcmp(clean, text.ptr, text.len) == 0;
}

/* Letters and digits of ASCII and these others. */
static bool is_made_of(struct tt_str text, const char *others)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c != '\0' && strchr(others, c) != NULL)))
            return false;
    }
    return true;
}

/* Mimir's and Loki's rule; they make directories of it. */
static bool is_tenant(struct tt_str text)
{
    return is_made_of(text, "!-_.*'()") && !tt_str_equal(text, TT_STR(".")) && !tt_str_equal(text, TT_STR(".."));
}

static bool are_addresses(struct tt_str list)
{
    struct tt_remote remote;
    struct tt_str item;

    while (tt_remote_next(&list, &item)) {
        if (tt_remote_parse_address(item, &remote) != TT_OK)
            return false;
    }
    return true;
}

/* The parser of names takes any byte; here a name is typed by hand, so what stands for something else
 * is refused: "*.example.com" (all below a name is meant by the name), a URL, letters beyond ASCII. */
static bool is_domain(struct tt_str text)
{
    uint8_t wire[TT_NAME_MAX], len;

    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (c <= 0x20 || c >= 0x7f || c == ':')
            return false;
    }
    if (text.len > 1 && text.ptr[0] == '*' && text.ptr[1] == '.')
        return false;
    return tt_name_parse(text, wire, &len) == TT_OK;
}

static bool is_text(const struct tt_option *row, struct tt_str text)
{
    struct tt_remote remote;
    uint16_t code;

    switch (row->kind) {
    case TT_OPTION_DOMAIN:
        return is_domain(text);
    case TT_OPTION_RCODE:
        return tt_rcode_parse(text, &code) == TT_OK;
    case TT_OPTION_TYPE:
        return tt_type_parse(text, &code) == TT_OK;
    case TT_OPTION_NAME:
        return is_printable(row, text) && is_made_of(text, "_-");
    case TT_OPTION_PREFIX:
        return is_printable(row, text) && is_made_of(text, "._-");
    case TT_OPTION_TENANT:
        return is_printable(row, text) && is_tenant(text);
    case TT_OPTION_URL:
        return is_printable(row, text) && tt_remote_parse_url(text, &remote) == TT_OK;
    case TT_OPTION_ADDRESS:
        return is_printable(row, text) && tt_remote_parse_address(text, &remote) == TT_OK;
    case TT_OPTION_ADDRESSES:
        return is_printable(row, text) && are_addresses(text);
    case TT_OPTION_FILE:
        return is_printable(row, text) && tt_conf_path_is_template(text);
    case TT_OPTION_DIR:
        return is_printable(row, text) && memchr(text.ptr, '{', text.len) == NULL;
    case TT_OPTION_INPUT:
        return is_printable(row, text) && memchr(text.ptr, '{', text.len) == NULL &&
               text.ptr[text.len - 1] != '/';
    default:
        return is_printable(row, text);
    }
}

static int parse_number(const struct tt_option *row, const struct tt_node *node, uint64_t *number)
{
    bool is_size = row->kind != TT_OPTION_NUMBER && row->kind != TT_OPTION_COUNT;
    int err = is_size ? tt_str_parse_size(node->text, number) : tt_str_parse_u64(node->text, number);

    if (err != TT_OK || (!is_size && !node->is_plain))
        return TT_ESYNTAX;
    if (row->kind == TT_OPTION_SIZE_OR_0 && *number == 0)
        return TT_OK;
    if (*number < row->min || *number > row->max)
        return TT_ERANGE;
    return row->kind == TT_OPTION_SIZE_POWER && (*number & (*number - 1)) != 0 ? TT_ERANGE : TT_OK;
}

static int parse_seconds(const struct tt_option *row, struct tt_str text, uint64_t *seconds)
{
    const uint64_t second_ns = 1000000000;
    uint64_t ns;

    if (tt_str_parse_duration(text, &ns) != TT_OK || ns % second_ns != 0)
        return TT_ESYNTAX;
    *seconds = ns / second_ns;
    return *seconds >= row->min && *seconds <= row->max ? TT_OK : TT_ERANGE;
}

/* Digits, a dot, digits; from 0 to 1. strtod would ask the locale of the host what a dot is. */
static int parse_real(const struct tt_option *row, const struct tt_node *node, double *real)
{
    const char *dot = memchr(node->text.ptr, '.', node->text.len);
    struct tt_str whole = {node->text.ptr, dot != NULL ? (uint32_t)(dot - node->text.ptr) : node->text.len};
    struct tt_str rest = {dot != NULL ? dot + 1 : "0", dot != NULL ? node->text.len - whole.len - 1 : 1};
    uint64_t units, parts;
    double scale = 1;

    if (!node->is_plain || rest.len > DECIMALS_MAX || tt_str_parse_u64(whole, &units) != TT_OK ||
        tt_str_parse_u64(rest, &parts) != TT_OK || units > row->max)
        return TT_ESYNTAX;
    for (uint32_t i = 0; i < rest.len; i++)
        scale *= 10;
    *real = (double)units + (double)parts / scale;
    if (*real > (double)row->max || (row->kind == TT_OPTION_SHARE && *real <= 0))
        return TT_ERANGE;
    return TT_OK;
}

static int parse_mode(const struct tt_option *row, struct tt_str text, uint64_t *mode)
{
    *mode = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7')
            return TT_ESYNTAX;
        *mode = *mode * 8 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len <= 4 && *mode >= row->min && *mode <= row->max ? TT_OK : TT_ERANGE;
}

static int parse_word(const struct tt_option *row, const struct tt_node *node, uint64_t *index)
{
    for (*index = 0; row->words[*index].word != NULL; ++*index) {
        if (tt_str_equal(node->text, tt_str_from(row->words[*index].word)))
            return TT_OK;
    }
    return TT_ESYNTAX;
}

static int parse_endpoint(const struct tt_node *node, struct tt_value *value)
{
    value->is_on = !tt_str_equal(node->text, TT_STR("off"));
    return value->is_on ? tt_ip_parse_endpoint(node->text, &value->ip, &value->port) : TT_OK;
}

static int parse_net(struct tt_str text, struct tt_value *value)
{
    const char *slash = memchr(text.ptr, '/', text.len);
    struct tt_str ip = {text.ptr, slash != NULL ? (uint32_t)(slash - text.ptr) : text.len};
    struct tt_str bits = {slash != NULL ? slash + 1 : "", slash != NULL ? text.len - ip.len - 1 : 0};
    uint64_t most, prefix;

    if (tt_ip_parse(ip, &value->ip) != TT_OK)
        return TT_ESYNTAX;
    most = prefix = value->ip.family == 6 ? 128 : 32;
    if (slash != NULL && (tt_str_parse_u64(bits, &prefix) != TT_OK || prefix > most))
        return TT_ESYNTAX;
    value->prefix = (uint8_t)prefix;
    struct tt_ip cut = tt_ip_cut(&value->ip, value->prefix);
    return memcmp(cut.bytes, value->ip.bytes, sizeof(cut.bytes)) == 0 ? TT_OK : TT_ERANGE;
}

int tt_value_parse_scalar(const struct tt_option *row, const struct tt_node *node, struct tt_value *value)
{
    *value = (struct tt_value){.text = node->text};
    if (node->is_bad || node->kind != TT_NODE_SCALAR || tt_node_is_null(node))
        return TT_ESYNTAX;
    switch (row->kind) {
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_OR_0:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_NUMBER:
    case TT_OPTION_COUNT:
        return parse_number(row, node, &value->number);
    case TT_OPTION_SECONDS:
        return parse_seconds(row, node->text, &value->number);
    case TT_OPTION_SCORE:
    case TT_OPTION_SHARE:
        return parse_real(row, node, &value->real);
    case TT_OPTION_MODE:
        return parse_mode(row, node->text, &value->number);
    case TT_OPTION_WORD:
        return parse_word(row, node, &value->number);
    case TT_OPTION_ENDPOINT:
        return parse_endpoint(node, value);
    case TT_OPTION_NET:
        return parse_net(node->text, value);
    default:
        return is_text(row, node->text) ? TT_OK : TT_ESYNTAX;
    }
}
