/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Members that are missing or of another type are shown as "-" or left out: an older or newer host. */

#include "ctl/status.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/str.h"
#include "ctl/table.h"

enum { TEXT_MAX = 1024, AGE_MAX = 32 };

struct page {
    FILE *out;
    uint64_t now_s;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "-";
}

static uint64_t number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));

    return number > 0 ? (uint64_t)number : 0;
}

static bool is_set(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* "4 m" since a time of RFC 3339 in UTC. "never" when it is missing. */
static const char *age_of(const struct page *page, const json_t *object, const char *key, char *text)
{
    const char *when = json_string_value(json_object_get(object, key));
    struct tm tm = {.tm_isdst = 0};
    uint64_t then, s;

    if (when == NULL || sscanf(when, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                               &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
        return "never";
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    then = (uint64_t)timegm(&tm);
    s = page->now_s > then ? page->now_s - then : 0;
    if (s < 120)
        snprintf(text, AGE_MAX, "%u s", (unsigned)s);
    else if (s < 7200)
        snprintf(text, AGE_MAX, "%u m", (unsigned)(s / 60));
    else if (s < 48 * 3600)
        snprintf(text, AGE_MAX, "%u h %u m", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
    else
        snprintf(text, AGE_MAX, "%llu d %u h", (unsigned long long)(s / 86400), (unsigned)(s / 3600 % 24));
    return text;
}

TT_PRINTF(3, 4)
static void print_line(const struct page *page, const char *head, const char *format, ...)
{
    char text[TEXT_MAX], clean[3 * TEXT_MAX];
    va_list args;
    size_t len;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    len = tt_str_clean(text, strlen(text), clean, sizeof(clean));
    fprintf(page->out, "%-11s %.*s\n", head, (int)len, clean);
}

/* Adds up the numbers of an object, also of objects in it; parts: "full 3, pipeline.malformed 1". */
static uint64_t add_up(const json_t *object, const char *prefix, struct tt_buf *parts)
{
    uint64_t sum = 0;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        json_int_t number = json_integer_value(value);
        if (json_is_object(value) && prefix[0] == '\0')
            sum += add_up(value, key, parts);
        if (number <= 0)
            continue;
        sum += (uint64_t)number;
        tt_buf_format(parts, "%s%s%s%s %llu", parts->len > 0 ? ", " : "", prefix,
                      prefix[0] != '\0' ? "." : "", key, (unsigned long long)number);
    }
    return sum;
}

/* "0", or "4 (queue_full 3, shutdown 1)". */
static const char *sum_of(const json_t *object, const char *key, char *text)
{
    char parts_text[TEXT_MAX / 2];
    struct tt_buf parts = tt_buf_over(parts_text, sizeof(parts_text));
    uint64_t sum = add_up(json_object_get(object, key), "", &parts);

    if (sum == 0)
        snprintf(text, TEXT_MAX, "0");
    else
        snprintf(text, TEXT_MAX, "%llu (%s)", (unsigned long long)sum, tt_buf_cstr(&parts));
    return text;
}

static const char *size_of(uint64_t bytes, char *text)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes;
    unsigned i = 0;

    for (; size >= 1024 && i + 1 < TT_COUNT(units); i++)
        size /= 1024;
    snprintf(text, AGE_MAX, i == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size, units[i]);
    return text;
}

static const char *state_of(const json_t *status)
{
    if (is_set(status, "inert"))
        return "INERT (this host cannot be observed; its log says why)";
    return is_set(status, "enabled") ? "on" : "SWITCHED OFF (telltalectl on switches it on)";
}

static void print_life(const struct page *page, const json_t *status)
{
    const json_t *config = json_object_get(status, "config");
    char text[TEXT_MAX], age[AGE_MAX];

    print_line(page, "instance", "%s", text_of(status, "instance"));
    print_line(page, "telltale", "%s in %s %s, process %llu", text_of(status, "version"),
               text_of(status, "software"), text_of(status, "host_version"),
               (unsigned long long)number_of(status, "pid"));
    print_line(page, "state", "%s, started %s ago", state_of(status),
               age_of(page, status, "started_at", age));
    print_line(page, "config", "%s%s; reloads: %llu done, %llu refused", text_of(config, "path"),
               is_set(config, "stale") ? ", STALE: the file as it is now was refused" : "",
               (unsigned long long)number_of(config, "reloads_ok"),
               (unsigned long long)number_of(config, "reloads_failed"));
    print_line(page, "enrichment", "%s", text_of(status, "enrichment_id"));
    print_line(page, "observed", "%llu; lost %s", (unsigned long long)number_of(status, "observed"),
               sum_of(status, "lost", text));
}

static void print_data(const struct page *page, const json_t *files)
{
    static const char *const heads[] = {"DATA", "STATE", "AGE", "LOADED", "BUILD", "SHA", "PATH"};
    char age[AGE_MAX], loaded[AGE_MAX];
    struct tt_table table;
    size_t i;
    json_t *file;

    if (json_array_size(files) == 0)
        return;
    fputc('\n', page->out);
    tt_table_init(&table, 0, TT_COUNT(heads), heads);
    json_array_foreach(files, i, file)
    {
        tt_table_add(&table, "%s", text_of(file, "role"));
        tt_table_add(&table, "%s",
                     is_set(file, "stale")    ? "STALE"
                     : is_set(file, "loaded") ? "loaded"
                                              : "MISSING");
        tt_table_add(&table, "%s", age_of(page, file, "written_at", age));
        tt_table_add(&table, "%s", age_of(page, file, "loaded_at", loaded));
        tt_table_add(&table, "%s", text_of(file, "build"));
        tt_table_add(&table, "%.12s", text_of(file, "sha"));
        tt_table_add(&table, "%s", text_of(file, "path"));
    }
    tt_table_print(&table, page->out);
    json_array_foreach(files, i, file)
    {
        if (json_string_length(json_object_get(file, "why")) > 0)
            print_line(page, "", "%s: %s", text_of(file, "role"), text_of(file, "why"));
    }
}

static void add_sink(const struct page *page, struct tt_table *table, const json_t *sink)
{
    char used[AGE_MAX], limit[AGE_MAX], age[AGE_MAX];

    tt_table_add(table, "%s", text_of(sink, "name"));
    tt_table_add(table, "%s", text_of(sink, "type"));
    tt_table_add(table, "%s%s", is_set(sink, "up") ? "up" : "DOWN", is_set(sink, "paused") ? ", PAUSED" : "");
    tt_table_add(table, "%s of %s", size_of(number_of(sink, "queue_bytes"), used),
                 size_of(number_of(sink, "queue_limit_bytes"), limit));
    tt_table_add(table, "%s", age_of(page, sink, "last_success_at", age));
}

static void add_books(struct tt_table *table, const json_t *sink)
{
    static const char *const counts[] = {"offered", "delivered", "uncertain", "queued", "spooled"};
    char text[TEXT_MAX];
    const char *topic;
    json_t *books;

    json_object_foreach(json_object_get(sink, "books"), topic, books)
    {
        tt_table_add(table, "%s", text_of(sink, "name"));
        tt_table_add(table, "%s", topic);
        for (unsigned i = 0; i < TT_COUNT(counts); i++)
            tt_table_add(table, "%llu", (unsigned long long)number_of(books, counts[i]));
        tt_table_add(table, "%s", sum_of(books, "dropped", text));
        tt_table_add(table, "%s", sum_of(books, "filtered", text));
    }
}

static void print_sinks(const struct page *page, const json_t *sinks)
{
    static const char *const heads[] = {"SINK", "TYPE", "STATE", "QUEUE", "LAST WRITE"};
    static const char *const book_heads[] = {"SINK",   "TOPIC",   "OFFERED", "DELIVERED", "UNCERTAIN",
                                             "QUEUED", "SPOOLED", "DROPPED", "FILTERED"};
    struct tt_table table;
    size_t i;
    json_t *sink;

    if (json_array_size(sinks) == 0)
        return;
    fputc('\n', page->out);
    tt_table_init(&table, 0, TT_COUNT(heads), heads);
    json_array_foreach(sinks, i, sink) add_sink(page, &table, sink);
    tt_table_print(&table, page->out);
    json_array_foreach(sinks, i, sink)
    {
        if (!is_set(sink, "up") && json_string_length(json_object_get(sink, "why")) > 0)
            print_line(page, "", "%s: %s", text_of(sink, "name"), text_of(sink, "why"));
    }
    fputc('\n', page->out);
    tt_table_init(&table, 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6, TT_COUNT(book_heads), book_heads);
    json_array_foreach(sinks, i, sink) add_books(&table, sink);
    tt_table_print(&table, page->out);
}

static void print_tap(const struct page *page, const json_t *tap)
{
    if (!json_is_object(tap)) {
        print_line(page, "tap", "off");
        return;
    }
    print_line(page, "tap", "%llu readers, %llu lines sent, %llu dropped",
               (unsigned long long)number_of(tap, "readers"), (unsigned long long)number_of(tap, "sent"),
               (unsigned long long)number_of(tap, "dropped"));
}

/* Only where somebody listens for the host's dnstap. */
static void print_upstream(const struct page *page, const json_t *upstream)
{
    unsigned long long connections = number_of(upstream, "connections");
    char frames[TEXT_MAX], exchanges[TEXT_MAX];

    if (!json_is_object(upstream))
        return;
    print_line(page, "upstream", "%s, %llu connection%s%s", text_of(upstream, "path"), connections,
               connections == 1 ? "" : "s",
               connections == 0 ? " (is it dnstap-output in named.conf?)" : "");
    print_line(page, "", "frames %s; exchanges %s", sum_of(upstream, "frames", frames),
               sum_of(upstream, "exchanges", exchanges));
}

bool tt_status_print(FILE *out, const char *json, size_t len, uint64_t now_s)
{
    struct page page = {out, now_s};
    json_t *status = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    bool is_object = json_is_object(status);

    if (is_object) {
        print_life(&page, status);
        print_tap(&page, json_object_get(status, "tap"));
        print_upstream(&page, json_object_get(status, "upstream"));
        print_data(&page, json_object_get(status, "data"));
        print_sinks(&page, json_object_get(status, "sinks"));
    }
    json_decref(status);
    return is_object;
}
