/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "enrich/threat_read.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct tt_str tt_threat_trim(struct tt_str text)
{
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

bool tt_threat_next_line(struct tt_str *text, struct tt_str *line)
{
    const char *end;
    uint32_t len;

    if (text->len == 0)
        return false;
    end = memchr(text->ptr, '\n', text->len);
    len = end != NULL ? (uint32_t)(end - text->ptr) : text->len;
    *line = tt_threat_trim((struct tt_str){text->ptr, len});
    len += end != NULL;
    text->ptr += len;
    text->len -= len;
    return true;
}

static bool is_comment(struct tt_str text)
{
    return text.ptr[0] == '#' || text.ptr[0] == ';' || text.ptr[0] == '!' ||
           (text.len >= 2 && memcmp(text.ptr, "//", 2) == 0);
}

enum tt_threat_line tt_threat_line_kind(struct tt_str line)
{
    static const char adblock[] = "[Adblock"; /* the first line of such a list */

    if (line.len == 0)
        return TT_THREAT_LINE_BLANK;
    if (is_comment(line) ||
        (line.len >= sizeof(adblock) - 1 && memcmp(line.ptr, adblock, sizeof(adblock) - 1) == 0))
        return TT_THREAT_LINE_COMMENT;
    return TT_THREAT_LINE_DATA;
}

/* Takes the next word off a line; empty at its end and at a comment. */
static struct tt_str next_word(struct tt_str *line)
{
    struct tt_str word = tt_threat_trim(*line);
    uint32_t len = 0;

    if (word.len == 0 || is_comment(word))
        return (struct tt_str){word.ptr, 0};
    while (len < word.len && !is_space(word.ptr[len]))
        len++;
    *line = (struct tt_str){word.ptr + len, word.len - len};
    return (struct tt_str){word.ptr, len};
}

/* What every hosts file says of the machine itself. */
static bool is_own_host(struct tt_str word)
{
    static const char *const names[] = {"localhost",
                                        "localhost.localdomain",
                                        "localhost4",
                                        "localhost6",
                                        "local",
                                        "localhost4.localdomain4",
                                        "localhost6.localdomain6",
                                        "broadcasthost",
                                        "0.0.0.0"};

    for (size_t i = 0; i < TT_COUNT(names); i++)
        if (tt_str_equal(word, tt_str_from(names[i])))
            return true;
    return word.len > 4 && memcmp(word.ptr, "ip6-", 4) == 0;
}

static bool read_hosts(struct tt_str word, struct tt_str rest, struct tt_threat_reading *reading)
{
    struct tt_threat_entry entry;

    for (; word.len > 0; word = next_word(&rest)) {
        if (is_own_host(word))
            continue;
        if (!tt_threat_entry_read(word, &entry) || entry.kind == TT_THREAT_NET)
            return false;
        if (entry.kind == TT_THREAT_NAME)
            entry.kind = TT_THREAT_HOST;
        if (reading != NULL)
            reading->add(reading->arg, &entry);
    }
    return true;
}

bool tt_threat_line_read(struct tt_str line, struct tt_threat_reading *reading)
{
    struct tt_threat_entry entry;
    struct tt_str rest = line, word = next_word(&rest), second = next_word(&rest);

    if (!tt_threat_entry_read(word, &entry))
        return false;
    if (second.len > 0)
        return entry.kind == TT_THREAT_NET && read_hosts(second, rest, reading);
    if (reading != NULL)
        reading->add(reading->arg, &entry);
    return true;
}

static void count_line(struct tt_threat_reading *reading, bool is_good)
{
    if (is_good)
        reading->good_n++;
    else if (reading->bad_n++ == 0)
        reading->bad_first = reading->line;
}

void tt_threat_read(struct tt_str text, struct tt_threat_reading *reading)
{
    struct tt_threat_csv csv;
    struct tt_str line;
    bool is_first = true;

    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0)
        text = (struct tt_str){text.ptr + 3, text.len - 3};
    csv = tt_threat_csv_detect(text);
    for (reading->line = 1; tt_threat_next_line(&text, &line); reading->line++) {
        bool is_good;

        if (tt_threat_line_kind(line) != TT_THREAT_LINE_DATA)
            continue;
        is_good = csv.is_csv ? tt_threat_csv_read(&csv, line, reading) : tt_threat_line_read(line, reading);
        /* The first row of a CSV file says what its columns are, or is an entry. */
        if (is_good || !csv.is_csv || !is_first)
            count_line(reading, is_good);
        is_first = false;
    }
}
