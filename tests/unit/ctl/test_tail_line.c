/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl tail` makes of an event: golden lines, widths, hostile strings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <locale.h>
#include <time.h>
#include <wchar.h>

#include <cmocka.h>

#include "ctl/tail_line.h"

#define CLIENT                                                                                               \
    "{\"kind\":\"dns\",\"timestamp\":\"2026-11-21T09:05:00.123456Z\",\"message_type\":\"client_response\","
#define ANSWERED CLIENT "\"outcome\":\"answered\",\"response_code\":\"NOERROR\","
#define HIT                                                                                                  \
    ANSWERED                                                                                                 \
        "\"cache_status\":\"hit\",\"latency_us\":41,\"client_net\":\"192.0.2.0/24\",\"country\":\"DE\","     \
        "\"asn_id\":64500,\"transport\":\"udp\",\"dnssec_status\":\"secure\",\"query_type\":\"A\","          \
        "\"query_name\":\"www.example.com\",\"answer_ips\":[\"198.51.100.7\"]"

struct golden {
    const char *name;
    unsigned width;
    bool is_coloured, is_utf8;
    const char *event, *line;
};

static const struct golden goldens[] = {
    {"a hit", 80, false, true, HIT "}",
     "09:05:00 NOERROR  hit      41\xC2\xB5s A        www.example.com        198.51.100.7\n"},
    {"a hit without UTF-8", 80, false, false, HIT "}",
     "09:05:00 NOERROR  hit      41us A        www.example.com        198.51.100.7\n"},
    {"narrow: less columns", 60, false, true, HIT "}",
     "09:05:00 NOERROR     41\xC2\xB5s A        www.ex\xE2\x80\xA6le.com  198.51.10\xE2\x80\xA6\n"},
    {"wide: more columns", 140, false, true, HIT ",\"zone_owner\":\"dns-team\"}",
     "09:05:00.123 NOERROR  hit      41\xC2\xB5s 192.0.2.0/24       DE AS64500  udp secure   A        "
     "www.example.com               @dns-team  198.51.10\xE2\x80\xA6\n"},
    {"colours", 80, true, true, HIT "}",
     "\033[2m09:05:00\033[0m \033[32mNOERROR\033[0m  hit      41\xC2\xB5s A        "
     "\033[1mwww.example.com\033[0m        198.51.100.7\n"},
    {"a threat is red at every width", 60, true, true,
     ANSWERED "\"query_name\":\"bad.test\",\"threat_list\":\"urlhaus\",\"threat_category\":\"malware\"}",
     "\033[2m09:05:00\033[0m \033[32mNOERROR\033[0m                 \033[1;31m!\033[0m "
     "\033[1;31mbad.test\033[0m       \033[1;31murlhaus m\xE2\x80\xA6\033[0m\n"},
    {"dropped", 80, false, true,
     CLIENT "\"outcome\":\"dropped\",\"drop_reason\":\"discard_timeout\","
            "\"latency_us\":3001000,\"query_name\":\"a.test\",\"query_type\":\"MX\"}",
     "09:05:00 dropped           3.0s MX       a.test                 discard_timeout\n"},
    {"upstream", 120, false, true,
     "{\"kind\":\"dns\",\"timestamp\":\"2026-11-21T09:05:00.123456Z\",\"message_type\":\"resolver_response\","
     "\"outcome\":\"timeout\",\"upstream_ip\":\"192.0.2.53\",\"upstream_rtt_us\":376000,\"query_type\":"
     "\"NS\","
     "\"upstream_transport\":\"udp\",\"upstream_zone\":\"test\",\"query_name\":\".\",\"latency_us\":1}",
     "09:05:00.123 timeout  up      376ms \xE2\x86\x92 192.0.2.53                   udp NS       .           "
     "            of test\n"},
    {"a name is cut in its middle", 80, false, true,
     ANSWERED "\"query_name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com\",\"answer_count\":2}",
     "09:05:00 NOERROR                         aaaaaaaaaaaaaa\xE2\x80\xA6"
     "a.example.com  2 records\n"},
    {"a name without notes takes all there is", 60, false, true,
     ANSWERED "\"query_name\":\"a-name-of-25-columns.exam\"}",
     "09:05:00 NOERROR                   a-name-of-25-columns.exam\n"},
    {"a chain", 100, false, true,
     ANSWERED
     "\"query_name\":\"a.test\",\"answer_names\":[\"b.test\",\"c.test\"],\"answer_ips\":[\"192.0.2.1\"]}",
     "09:05:00 NOERROR                                            a.test                  192.0.2.1 = "
     "c.t\xE2\x80\xA6\n"},
    {"a hash", 100, false, true,
     ANSWERED "\"query_name\":\"a\",\"client_hash\":\"0123456789abcdef0123456789abcdef\"}",
     "09:05:00 NOERROR                #01234567\xE2\x80\xA6"
     "89abcdef          a\n"},
    {"another kind", 60, false, true, "{\"kind\":\"books\",\"timestamp\":\"soon\"}", "soon     books\n"},
    {"nothing", 60, false, true, "{}", "\n"},
    {"wrong kinds of values", 60, false, true,
     "{\"query_name\":7,\"latency_us\":\"x\",\"answer_ips\":\"y\",\"asn_id\":[],\"timestamp\":{},\"kind\":"
     "null}",
     "\n"},
};

static const char *format(const struct tt_tail_view *view, const char *text, char *memory)
{
    struct tt_buf buf = tt_buf_over(memory, TT_TAIL_LINE_MAX);
    json_t *event = json_loads(text, 0, NULL);

    assert_non_null(event);
    tt_tail_line_format(view, event, &buf);
    assert_false(buf.overflow);
    json_decref(event);
    return tt_buf_cstr(&buf);
}

static void an_event_is_one_line_of_known_form(void **state)
{
    char memory[TT_TAIL_LINE_MAX];
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(goldens); i++) {
        const struct golden *row = &goldens[i];
        struct tt_tail_view view = {row->width, row->is_coloured, row->is_utf8};
        const char *line = format(&view, row->event, memory);

        if (strcmp(line, row->line) == 0)
            continue;
        print_error("%s:\n%s%s", row->name, line, row->line);
        failed_n++;
    }
    assert_int_equal(failed_n, 0);
}

/* Columns of a line without its colours, by the C library; -1 when anything else stands in it that moves the
 * cursor, or does not move it. */
static int columns_of(const char *line)
{
    mbstate_t decoding = {0};
    int columns_n = 0;

    while (*line != '\n') {
        wchar_t code;
        size_t len = mbrtowc(&code, line, MB_CUR_MAX, &decoding);

        if (code == L'\033' && line[1] == '[') {
            line += 2 + strspn(line + 2, "0123456789;");
            if (*line++ != 'm')
                return -1;
            continue;
        }
        if (len == (size_t)-1 || len == (size_t)-2 || wcwidth(code) < 1)
            return -1;
        columns_n += wcwidth(code);
        line += len;
    }
    return columns_n;
}

static const char *const hostile[] = {
    "\\u001b]0;title\\u0007\\u001b[2J",
    "\\u202e\\u2066abc\\u2029\\u2028",
    "\\u009b31m\\u0085\\u007f\\r\\n\\t",
    "\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC", /* wide
                                                                                                         */
    "e\\u0301\\u0301\\u0301\\u0301\\u200b\\u200d\\ufeff",
    "\xF0\x9F\x98\x80\xF0\x9F\x91\xA8\\u200d\xF0\x9F\x91\xA9",
    "%s%n%x",
    "\\\\000\\\\255",
    "",
};

/* Every text field holds the string, and lists hold it many times. */
static json_t *make_hostile(const char *text, size_t repeat)
{
    static const char *const fields[] = {
        "kind",          "timestamp",   "outcome",         "response_code", "cache_status",
        "client_ip",     "country",     "transport",       "query_type",    "query_name",
        "dnssec_status", "threat_list", "threat_category", "zone_owner",    "servfail_reason",
        "upstream_zone"};
    json_t *event = json_object(), *list = json_array(), *value;
    char quoted[128], *joined = calloc(repeat + 1, 100);

    snprintf(quoted, sizeof(quoted), "\"%s\"", text);
    value = json_loads(quoted, JSON_DECODE_ANY, NULL);
    assert_true(value != NULL && joined != NULL);
    for (size_t i = 0; i < repeat; i++)
        strncat(joined, json_string_value(value), 100);
    json_decref(value);
    for (size_t i = 0; i < 40; i++)
        json_array_append_new(list, json_string(joined));
    for (size_t i = 0; i < TT_COUNT(fields); i++)
        json_object_set_new(event, fields[i], json_string(joined));
    json_object_set(event, "answer_ips", list);
    json_object_set_new(event, "answer_names", list);
    json_object_set_new(event, "asn_id", json_integer(INT64_MIN));
    json_object_set_new(event, "latency_us", json_integer(INT64_MAX));
    free(joined);
    return event;
}

static void no_string_moves_the_cursor_or_wraps_the_line(void **state)
{
    char memory[TT_TAIL_LINE_MAX];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(hostile) * 3 * 4; i++) {
        static const size_t repeats[] = {1, 9, 300};
        json_t *event = make_hostile(hostile[i / 12], repeats[i % 3]);
        struct tt_tail_view view = {TT_TAIL_WIDTH_MIN, (i / 3 & 1) != 0, (i / 6 & 1) != 0};

        for (; view.width <= 260; view.width += view.width < 130 ? 1 : 13) {
            struct tt_buf buf = tt_buf_over(memory, sizeof(memory));
            int columns_n;

            tt_tail_line_format(&view, event, &buf);
            columns_n = columns_of(tt_buf_cstr(&buf));
            if (columns_n < 0 || columns_n > (int)view.width || buf.overflow)
                fail_msg("\"%s\" %zu times, width %u: %d columns", hostile[i / 12], repeats[i % 3],
                         view.width, columns_n);
        }
        json_decref(event);
    }
}

static void the_header_stands_above_its_columns(void **state)
{
    char memory[TT_TAIL_LINE_MAX], line_memory[TT_TAIL_LINE_MAX];

    (void)state;
    for (unsigned width = 52; width <= 240; width += 4) {
        struct tt_tail_view view = {width, false, false};
        struct tt_buf buf = tt_buf_over(memory, sizeof(memory));
        const char *line, *header;

        tt_tail_line_header(&view, &buf);
        header = tt_buf_cstr(&buf);
        line = format(&view, HIT "}", line_memory);
        assert_int_equal(strstr(header, "name") - header, strstr(line, "w") - line);
        assert_int_equal(strstr(header, "result") - header, strstr(line, "NOERROR") - line);
        if (strstr(header, "answer") != NULL && strstr(line, "198") != NULL)
            assert_int_equal(strstr(header, "answer") - header, strstr(line, "198") - line);
        assert_true(columns_of(header) <= (int)width);
    }
}

static int use_a_known_place(void **state)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    return locale != (locale_t)0 && uselocale(locale) != (locale_t)0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_one_line_of_known_form),
        cmocka_unit_test(no_string_moves_the_cursor_or_wraps_the_line),
        cmocka_unit_test(the_header_stands_above_its_columns),
    };

    return cmocka_run_group_tests(tests, use_a_known_place, NULL);
}
