/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "event/words.h"
#include "wire/codes.h"
#include "wire/name.h"

static const char *const options[] = {
#define F(id, option, argument, doc) option,
    TT_TAIL_FILTERS(F)
#undef F
};

/* The field a kind looks at; CLIENT looks at two and has a function of its own. */
static const char *const fields[] = {"query_name", "client_net", "response_code",
                                     "query_type", "outcome",    "software"};
TT_STATIC_ASSERT(TT_COUNT(fields) == TT_TAIL_FILTERS_N, "a field for each kind");

enum tt_tail_filter_kind tt_tail_filter_find(const char *option)
{
    unsigned kind = 0;

    while (kind < TT_TAIL_FILTERS_N && strcmp(option, options[kind]) != 0)
        kind++;
    return (enum tt_tail_filter_kind)kind;
}

/* "192.0.2.0/24"; without a prefix the address alone. */
static int parse_net(struct tt_str text, struct tt_tail_net *net)
{
    const char *slash = memchr(text.ptr, '/', text.len);
    struct tt_str address = {text.ptr, slash != NULL ? (uint32_t)(slash - text.ptr) : text.len};
    uint64_t prefix = 128;
    unsigned most;

    if (tt_ip_parse(address, &net->ip) != TT_OK)
        return TT_ESYNTAX;
    most = net->ip.family == 4 ? 32 : 128;
    if (slash != NULL) {
        struct tt_str rest = {slash + 1, text.len - address.len - 1};
        if (tt_str_parse_u64(rest, &prefix) != TT_OK || prefix > most)
            return TT_ESYNTAX;
    }
    net->prefix = TT_MIN((unsigned)prefix, most);
    net->ip = tt_ip_cut(&net->ip, net->prefix);
    return TT_OK;
}

static int spell_name(struct tt_str text, struct tt_buf *out, struct tt_buf *why)
{
    uint8_t wire[TT_NAME_MAX], len;

    for (uint32_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80) {
            tt_buf_text(why, "expected the form the DNS uses: xn--… for each label that is not ASCII");
            return TT_ESYNTAX;
        }
    }
    if (tt_name_parse(text, wire, &len) != TT_OK) {
        tt_buf_text(why, "expected a domain name");
        return TT_ESYNTAX;
    }
    tt_name_lower(wire, len);
    tt_name_format(out, wire, len);
    return TT_OK;
}

typedef const char *word_f(uint16_t number);
typedef void format_f(struct tt_buf *buf, uint16_t number);
typedef int parse_f(struct tt_str text, uint16_t *number);

static int spell_code(struct tt_str text, parse_f *parse, format_f *format, word_f *word_of,
                      struct tt_buf *out, struct tt_buf *why)
{
    uint16_t number;

    if (parse(text, &number) == TT_OK) {
        format(out, number);
        return TT_OK;
    }
    tt_buf_text(why, "expected one of");
    for (unsigned i = 0; i <= UINT16_MAX; i++) {
        const char *word = word_of((uint16_t)i);
        if (word != NULL)
            tt_buf_format(why, " %s", word);
    }
    tt_buf_format(why, ", or %s123", parse == tt_rcode_parse ? "RCODE" : "TYPE");
    return TT_ESYNTAX;
}

static int spell_word(struct tt_str text, const struct tt_str *words, unsigned words_n, struct tt_buf *out,
                      struct tt_buf *why)
{
    for (unsigned i = 1; i < words_n; i++) {
        if (tt_str_equal(text, words[i])) {
            tt_buf_bytes(out, text.ptr, text.len);
            return TT_OK;
        }
    }
    tt_buf_text(why, "expected one of");
    for (unsigned i = 1; i < words_n; i++)
        tt_buf_format(why, " %.*s", (int)words[i].len, words[i].ptr);
    return TT_ESYNTAX;
}

/* The word as events spell it. */
static int spell(enum tt_tail_filter_kind kind, struct tt_str text, struct tt_tail_net *net,
                 struct tt_buf *out, struct tt_buf *why)
{
    switch (kind) {
    case TT_TAIL_FILTER_NAME:
        return spell_name(text, out, why);
    case TT_TAIL_FILTER_RCODE:
        return spell_code(text, tt_rcode_parse, tt_rcode_format, tt_rcode_word, out, why);
    case TT_TAIL_FILTER_TYPE:
        return spell_code(text, tt_type_parse, tt_type_format, tt_type_word, out, why);
    case TT_TAIL_FILTER_OUTCOME:
        return spell_word(text, tt_outcome_words, TT_COUNT(tt_outcome_words), out, why);
    case TT_TAIL_FILTER_SOFTWARE:
        return spell_word(text, tt_software_words, TT_COUNT(tt_software_words), out, why);
    case TT_TAIL_FILTER_CLIENT:
    case TT_TAIL_FILTERS_N:
        break;
    }
    if (parse_net(text, net) == TT_OK)
        return TT_OK;
    tt_buf_text(why, "expected an address or a network, 192.0.2.0/24 or 2001:db8::/32");
    return TT_ESYNTAX;
}

int tt_tail_filter_add(struct tt_tail_filter *filter, enum tt_tail_filter_kind kind, const char *word,
                       struct tt_buf *why)
{
    char text[TT_NAME_TEXT_MAX + 1];
    struct tt_buf out = tt_buf_over(text, sizeof(text));
    unsigned n = filter->words_n[kind];
    int err;

    if (n == TT_TAIL_WORDS_MAX) {
        tt_buf_format(why, "expected at most %d of them", TT_TAIL_WORDS_MAX);
        return TT_ELIMIT;
    }
    err = spell(kind, tt_str_from(word), &filter->nets[n], &out, why);
    if (err != TT_OK)
        return err;
    filter->words[kind][n] = strdup(tt_buf_cstr(&out));
    if (filter->words[kind][n] == NULL)
        return TT_ENOMEM;
    filter->words_n[kind]++;
    filter->is_given = true;
    return TT_OK;
}

void tt_tail_filter_fini(struct tt_tail_filter *filter)
{
    for (unsigned kind = 0; kind < TT_TAIL_FILTERS_N; kind++) {
        while (filter->words_n[kind] > 0)
            free(filter->words[kind][--filter->words_n[kind]]);
    }
    filter->is_given = false;
}

static struct tt_str text_of(const json_t *event, const char *field)
{
    const json_t *value = json_object_get(event, field);

    if (!json_is_string(value))
        return (struct tt_str){NULL, 0};
    return (struct tt_str){json_string_value(value), (uint32_t)json_string_length(value)};
}

/* True when an even number of backslashes precedes: then the dot stands between two labels. */
static bool is_border(const char *start, const char *dot)
{
    const char *at = dot;

    while (at > start && at[-1] == '\\')
        at--;
    return *dot == '.' && (dot - at) % 2 == 0;
}

static bool is_below(struct tt_str name, struct tt_str suffix)
{
    const char *border;

    if (tt_str_equal(suffix, TT_STR(".")) || tt_str_equal(name, suffix))
        return true;
    if (name.len <= suffix.len)
        return false;
    border = name.ptr + name.len - suffix.len - 1;
    return is_border(name.ptr, border) && memcmp(border + 1, suffix.ptr, suffix.len) == 0;
}

static bool has_word(const struct tt_tail_filter *filter, unsigned kind, struct tt_str text)
{
    for (unsigned i = 0; i < filter->words_n[kind]; i++) {
        struct tt_str word = tt_str_from(filter->words[kind][i]);

        if (kind == TT_TAIL_FILTER_NAME ? is_below(text, word) : tt_str_equal(text, word))
            return true;
    }
    return false;
}

static bool is_within(const struct tt_tail_net *inner, const struct tt_tail_net *outer)
{
    struct tt_ip cut = tt_ip_cut(&inner->ip, outer->prefix);

    return inner->ip.family == outer->ip.family && inner->prefix >= outer->prefix &&
           memcmp(cut.bytes, outer->ip.bytes, sizeof(cut.bytes)) == 0;
}

static bool has_client(const struct tt_tail_filter *filter, const json_t *event, bool *is_unsure)
{
    struct tt_str text = text_of(event, "client_ip");
    struct tt_tail_net net;

    if (text.ptr == NULL)
        text = text_of(event, fields[TT_TAIL_FILTER_CLIENT]);
    if (text.ptr == NULL || parse_net(text, &net) != TT_OK)
        return false;
    for (unsigned i = 0; i < filter->words_n[TT_TAIL_FILTER_CLIENT]; i++) {
        if (is_within(&net, &filter->nets[i]))
            return true;
        if (is_within(&filter->nets[i], &net))
            *is_unsure = true;
    }
    return false;
}

bool tt_tail_filter_has(const struct tt_tail_filter *filter, const json_t *event, bool *is_unsure)
{
    for (unsigned kind = 0; kind < TT_TAIL_FILTERS_N; kind++) {
        struct tt_str text = text_of(event, fields[kind]);

        if (filter->words_n[kind] == 0 || kind == TT_TAIL_FILTER_CLIENT)
            continue;
        if (text.ptr == NULL || !has_word(filter, kind, text))
            return false;
    }
    return filter->words_n[TT_TAIL_FILTER_CLIENT] == 0 || has_client(filter, event, is_unsure);
}
