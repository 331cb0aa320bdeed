/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What a row expects, in words, and how far a word is from what was meant. */

#include "base/buf.h"
#include "conf/option.h"

static void expect_words(const struct tt_word *words, struct tt_buf *buf)
{
    for (const struct tt_word *at = words; at->word != NULL; at++) {
        if (at > words)
            tt_buf_text(buf, at[1].word == NULL ? " or " : ", ");
        tt_buf_text(buf, at->word);
    }
}

static void expect_range(const struct tt_option *row, struct tt_buf *buf)
{
    static const char *const leads[] = {[TT_OPTION_NUMBER] = "a whole number from ",
                                        [TT_OPTION_COUNT] = "a whole number from ",
                                        [TT_OPTION_SECONDS] = "a duration of whole seconds from ",
                                        [TT_OPTION_SIZE] = "a size from ",
                                        [TT_OPTION_SIZE_OR_0] = "0 or a size from ",
                                        [TT_OPTION_SIZE_POWER] = "a size from "};
    void (*format)(struct tt_buf *, uint64_t) = tt_option_format_size;

    if (row->kind == TT_OPTION_SECONDS)
        format = tt_option_format_seconds;
    else if (row->kind == TT_OPTION_COUNT || row->kind == TT_OPTION_NUMBER)
        format = tt_buf_u64;

    tt_buf_text(buf, leads[row->kind]);
    format(buf, row->min);
    tt_buf_text(buf, " to ");
    format(buf, row->max);
    if (row->kind == TT_OPTION_SIZE_POWER)
        tt_buf_text(buf, ", a power of two");
}

/* Kinds whose words are always the same. */
static const char *const fixed[] = {
    [TT_OPTION_MAP] = "a mapping",
    [TT_OPTION_MAP_OR_OFF] = "a mapping or off",
    [TT_OPTION_MAPS] = "a list of mappings",
    [TT_OPTION_NAMED_MAPS] = "a mapping of names to mappings",
    [TT_OPTION_HOSTS] = "a mapping",
    [TT_OPTION_DOMAIN] = "a domain name, an international one in its xn-- form",
    [TT_OPTION_FILE] = "the path of a file (in it {state_dir} at the start, {software} and {n} only)",
    [TT_OPTION_DIR] = "the path of a directory, without {…}",
    [TT_OPTION_INPUT] = "the path of a file, without {…}",
    [TT_OPTION_SCORE] = "a number from 0 to 1",
    [TT_OPTION_SHARE] = "a number above 0, at most 1",
    [TT_OPTION_MODE] = "permissions from 0600 to 0777 in octal",
    [TT_OPTION_PREFIX] = "at most 200 of the characters A-Z a-z 0-9 . _ -",
    [TT_OPTION_TENANT] = "1 to 150 of the characters A-Z a-z 0-9 ! - _ . * ' ( )",
    [TT_OPTION_URL] = "an http or https URL without user, password and fragment",
    [TT_OPTION_ADDRESS] = "a host and port such as 192.0.2.1:6000 or [2001:db8::1]:6000",
    [TT_OPTION_ADDRESSES] = "hosts with their ports, joined by commas, such as k1:9092,k2:9092",
    [TT_OPTION_PAIRS] = "a mapping of names to single values",
    [TT_OPTION_ENDPOINT] = "an address and port such as 127.0.0.1:19153 or [::1]:19153, or off",
    [TT_OPTION_NET] = "an address, or a network such as 192.0.2.0/24 with no bits set behind its prefix",
    [TT_OPTION_RCODE] = "a response code such as NXDOMAIN",
    [TT_OPTION_TYPE] = "a record type such as AAAA",
    [TT_OPTION_DOMAINS] = "a list of domain names",
    [TT_OPTION_RCODES] = "a list of response codes such as NXDOMAIN",
    [TT_OPTION_TYPES] = "a list of record types such as AAAA",
    [TT_OPTION_NETS] = "a list of addresses, or networks such as 192.0.2.0/24",
};

void tt_option_expect(const struct tt_option *row, struct tt_buf *buf)
{
    unsigned min = (unsigned)row->min, max = (unsigned)row->max;

    switch (row->kind) {
    case TT_OPTION_TEXT:
        tt_buf_format(buf, "printable text of %u to %u bytes", min, max);
        break;
    case TT_OPTION_TEXTS:
        tt_buf_format(buf, "a list of printable texts of %u to %u bytes", min, max);
        break;
    case TT_OPTION_NAME:
        tt_buf_format(buf, "%u to %u of the characters A-Z a-z 0-9 _ -", min, max);
        break;
    case TT_OPTION_SIZE:
    case TT_OPTION_SIZE_OR_0:
    case TT_OPTION_SIZE_POWER:
    case TT_OPTION_NUMBER:
    case TT_OPTION_COUNT:
    case TT_OPTION_SECONDS:
        expect_range(row, buf);
        break;
    case TT_OPTION_WORDS:
        tt_buf_text(buf, "a list of ");
        expect_words(row->words, buf);
        tt_buf_text(buf, ", each at most once");
        break;
    case TT_OPTION_WORD:
        expect_words(row->words, buf);
        break;
    default:
        tt_buf_text(buf, fixed[row->kind]);
    }
    if (row->kind == TT_OPTION_MAP && (row->flags & TT_OPTION_SOME) != 0)
        tt_buf_text(buf, " with at least one key");
}

unsigned tt_option_distance(struct tt_str a, struct tt_str b, unsigned limit)
{
    unsigned row[3][33]; /* the rows of the table of i - 2, i - 1 and i characters of a */

    if (a.len > 32 || b.len > 32)
        return limit + 1;
    for (unsigned j = 0; j <= b.len; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned best = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);

            best = TT_MIN(best, TT_MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                best = TT_MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return TT_MIN(row[a.len % 3][b.len], limit + 1);
}
