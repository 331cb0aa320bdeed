/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "enrich/threat_read.h"

enum { SAMPLE_MAX = 256, COLUMNS_MAX = 32, CELL_MAX = 2048 };

static const char delimiters[] = {',', '\t', ';'};

/*
 * Takes the next cell off a line, quotes and white space off it: RFC 4180, and blanks before a quote. A
 * doubled quote ends up doubled: no entry holds one. False: no more.
 */
static bool next_cell(struct tt_str *line, char delimiter, struct tt_str *cell)
{
    uint32_t at = 0, end;
    bool is_quoted;

    if (line->ptr == NULL)
        return false;
    while (at < line->len && line->ptr[at] == ' ')
        at++;
    is_quoted = at < line->len && line->ptr[at] == '"';
    for (end = at += is_quoted; is_quoted && end < line->len; end++) {
        if (line->ptr[end] != '"')
            continue;
        if (end + 1 == line->len || line->ptr[end + 1] != '"')
            break;
        end++;
    }
    end = TT_MIN(end, line->len);
    uint32_t behind = end;
    while (behind < line->len && line->ptr[behind] != delimiter)
        behind++;
    *cell = tt_threat_trim((struct tt_str){line->ptr + at, (is_quoted ? end : behind) - at});
    if (behind < line->len)
        *line = (struct tt_str){line->ptr + behind + 1, line->len - behind - 1};
    else
        *line = (struct tt_str){NULL, 0};
    return true;
}

static bool is_cell_entry(struct tt_str cell, struct tt_threat_entry *entry)
{
    return cell.len <= CELL_MAX && tt_threat_entry_read(cell, entry);
}

/* What the first lines say of a column. */
struct sample {
    struct tt_str lines[SAMPLE_MAX];
    unsigned lines_n;
    struct tt_str header; /* the last comment before the first line; the first line is another candidate */
};

static void take_sample(struct tt_str text, struct sample *sample)
{
    struct tt_str line;

    sample->lines_n = 0;
    sample->header = (struct tt_str){NULL, 0};
    while (sample->lines_n < SAMPLE_MAX && tt_threat_next_line(&text, &line)) {
        enum tt_threat_line kind = tt_threat_line_kind(line);

        if (kind == TT_THREAT_LINE_COMMENT && sample->lines_n == 0)
            sample->header = line;
        else if (kind == TT_THREAT_LINE_DATA)
            sample->lines[sample->lines_n++] = line;
    }
    while (sample->header.len > 0 && strchr("#;!/ ", sample->header.ptr[0]) != NULL) {
        sample->header.ptr++;
        sample->header.len--;
    }
}

static unsigned count_cells(struct tt_str line, char delimiter)
{
    struct tt_str cell;
    unsigned cells_n = 0;

    while (next_cell(&line, delimiter, &cell))
        cells_n++;
    return cells_n;
}

static unsigned count_rows(const struct sample *sample, char delimiter)
{
    unsigned rows_n = 0;

    for (unsigned i = 0; i < sample->lines_n; i++)
        rows_n += count_cells(sample->lines[i], delimiter) > 1;
    return rows_n;
}

static unsigned count_plain(const struct sample *sample)
{
    unsigned plain_n = 0;

    for (unsigned i = 0; i < sample->lines_n; i++)
        plain_n += tt_threat_line_read(sample->lines[i], NULL);
    return plain_n;
}

/*
 * Commas in nine of ten lines are a CSV file, though each line may also pass for a URL; other delimiters
 * only where the lines are nothing by themselves ("192.0.2.0/24 ; why" is a network and a comment).
 */
static char find_delimiter(const struct sample *sample)
{
    unsigned plain_n = count_plain(sample);

    for (size_t i = 0; i < TT_COUNT(delimiters); i++) {
        bool is_consistent = count_rows(sample, delimiters[i]) * 10 >= sample->lines_n * 9;

        if (is_consistent && (delimiters[i] == ',' || plain_n * 2 < sample->lines_n))
            return delimiters[i];
    }
    return '\0';
}

/* Whether a column's title says that it holds names or addresses. */
static bool is_title(struct tt_str cell)
{
    static const char *const titles[] = {
        "url",        "domain",    "domain_name", "host",      "hostname",  "fqdn",    "ip",   "dst_ip",
        "ip_address", "ipaddress", "ioc",         "ioc_value", "indicator", "network", "cidr", "address"};
    char word[16];

    if (cell.len > sizeof(word))
        return false;
    for (uint32_t i = 0; i < cell.len; i++)
        word[i] = (char)(cell.ptr[i] >= 'A' && cell.ptr[i] <= 'Z' ? cell.ptr[i] | 0x20 : cell.ptr[i]);
    for (size_t i = 0; i < TT_COUNT(titles); i++)
        if (tt_str_equal((struct tt_str){word, cell.len}, tt_str_from(titles[i])))
            return true;
    return false;
}

/* Title counts as much as entries in every line, but not without entries in half of them. */
static unsigned find_column(const struct sample *sample, char delimiter)
{
    unsigned counts[COLUMNS_MAX] = {0}, best = 0;
    struct tt_threat_entry entry;
    struct tt_str line, cell, titles[] = {sample->header, sample->lines[0]};

    for (unsigned i = 0; i < sample->lines_n; i++) {
        line = sample->lines[i];
        for (unsigned column = 0; column < COLUMNS_MAX && next_cell(&line, delimiter, &cell); column++)
            counts[column] += is_cell_entry(cell, &entry);
    }
    for (size_t i = 0; i < TT_COUNT(titles); i++) {
        line = titles[i];
        for (unsigned column = 0; column < COLUMNS_MAX && next_cell(&line, delimiter, &cell); column++)
            if (is_title(cell) && counts[column] * 2 + 1 >= sample->lines_n)
                counts[column] += sample->lines_n;
    }
    for (unsigned column = 1; column < COLUMNS_MAX; column++)
        if (counts[column] > counts[best])
            best = column;
    return best;
}

struct tt_threat_csv tt_threat_csv_detect(struct tt_str text)
{
    struct tt_threat_csv csv = {false, '\0', 0};
    struct sample sample;

    take_sample(text, &sample);
    if (sample.lines_n == 0)
        return csv;
    csv.delimiter = find_delimiter(&sample);
    csv.is_csv = csv.delimiter != '\0';
    if (csv.is_csv)
        csv.column = find_column(&sample, csv.delimiter);
    return csv;
}

bool tt_threat_csv_read(const struct tt_threat_csv *csv, struct tt_str line,
                        struct tt_threat_reading *reading)
{
    struct tt_threat_entry entry;
    struct tt_str cell;

    for (unsigned column = 0; next_cell(&line, csv->delimiter, &cell); column++) {
        if (column < csv->column)
            continue;
        if (!is_cell_entry(cell, &entry))
            return false;
        reading->add(reading->arg, &entry);
        return true;
    }
    return false;
}
