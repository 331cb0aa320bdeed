/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/err.h"
#include "conf/conf.h"
#include "ctl/tail_line.h"
#include "ctl/tail_out.h"
#include "ctl/telltalectl.h"
#include "event/json.h"

/* WIDTH: of lines that go to no terminal and for which COLUMNS says nothing. */
enum { WIDTH = 160, RETRY_MS = 1000, READS_MAX = 16, REASON_MAX = 300 };

struct tail {
    const struct tt_tail_wish *wish;
    struct tt_ctl_place place;         /* as wished; once connected, path */
    char path[TT_CONF_PATH_MAX + 300]; /* the socket found; "" before */
    int fd;
    bool is_terminal;
    bool is_header_due;
    bool is_refused; /* by the tap, which said why */
    struct tt_tail_view view;
    struct tt_tail_lines lines;
    struct tt_tail_out out;
    uint64_t shown, hidden, lost, broken, unsure;
};

static void measure(struct tail *tail)
{
    const char *columns = getenv("COLUMNS");
    unsigned width = columns != NULL ? (unsigned)strtoul(columns, NULL, 10) : 0;
    struct winsize size;

    if (tail->is_terminal)
        width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    if (width == 0)
        width = WIDTH;
    width = TT_MAX(TT_MIN(width, (unsigned)TT_TAIL_WIDTH_MAX), (unsigned)TT_TAIL_WIDTH_MIN);
    tail->is_header_due = width != tail->view.width;
    tail->view.width = width;
    tail->out.is_resized = false;
}

static void say_lost(struct tail *tail, const json_t *record)
{
    json_int_t count = json_integer_value(json_object_get(record, "count"));

    tail->lost += count > 0 ? (uint64_t)count : 0;
    tt_tail_out_flush(&tail->out);
    fprintf(stderr, "telltalectl tail: %lld events lost: they came faster than they were read here\n",
            (long long)count);
}

/* Lines of the tap hold no control characters; on a terminal that is made sure of. */
static void put_line(struct tail *tail, struct tt_str line)
{
    if (tail->is_terminal) {
        char *room = tail->out.buf.data + tail->out.buf.len;
        tail->out.buf.len += tt_str_clean(line.ptr, line.len, room, 3 * (size_t)line.len);
    } else {
        tt_buf_bytes(&tail->out.buf, line.ptr, line.len);
    }
    tt_buf_char(&tail->out.buf, '\n');
}

static void put_event(struct tail *tail, struct tt_str line, const json_t *event)
{
    if (tail->out.buf.cap - tail->out.buf.len < 3 * (size_t)line.len + 2 * (size_t)TT_TAIL_LINE_MAX)
        tt_tail_out_flush(&tail->out);
    if (tail->wish->is_json) {
        put_line(tail, line);
    } else {
        if (tail->is_header_due && tail->is_terminal)
            tt_tail_line_header(&tail->view, &tail->out.buf);
        tail->is_header_due = false;
        tt_tail_line_format(&tail->view, event, &tail->out.buf);
    }
    tail->shown++;
}

/* The tap closes after it: nothing is gained by knocking again. */
static void say_refused(struct tail *tail, const json_t *record)
{
    const json_t *reason = json_object_get(record, "reason");
    char clean[3 * REASON_MAX];
    size_t len = TT_MIN(json_string_length(reason), (size_t)REASON_MAX);

    len = json_is_string(reason) ? tt_str_clean(json_string_value(reason), len, clean, sizeof(clean)) : 0;
    tail->is_refused = true;
    tt_tail_out_flush(&tail->out);
    fprintf(stderr, "telltalectl tail: %s: turned away%s%.*s\n", tail->path, len > 0 ? ": " : "", (int)len,
            clean);
}

/* What the tap says of itself between the events. */
static const struct note {
    const char *kind;
    const char *start; /* of every such line, and of no event */
    void (*say)(struct tail *tail, const json_t *record);
} notes[] = {
    {"lost", "{\"kind\":\"lost\"", say_lost},
    {"refused", "{\"kind\":\"refused\"", say_refused},
};

static bool may_be_note(struct tt_str line)
{
    for (size_t i = 0; i < TT_COUNT(notes); i++) {
        size_t len = strlen(notes[i].start);
        if (line.len >= len && memcmp(line.ptr, notes[i].start, len) == 0)
            return true;
    }
    return false;
}

/* NULL: it is a record. */
static const struct note *note_of(const json_t *record)
{
    const char *kind = json_string_value(json_object_get(record, "kind"));

    for (size_t i = 0; i < TT_COUNT(notes) && kind != NULL; i++)
        if (strcmp(kind, notes[i].kind) == 0)
            return &notes[i];
    return NULL;
}

static void take(struct tail *tail, struct tt_str line)
{
    bool is_as_it_came = tail->wish->is_json && !tail->wish->filter.is_given && !may_be_note(line);
    bool is_unsure = false;
    const struct note *note;
    json_t *record;

    if (is_as_it_came) {
        put_event(tail, line, NULL);
        return;
    }
    record = json_loadb(line.ptr, line.len, 0, NULL);
    if (!json_is_object(record))
        tail->broken++;
    else if ((note = note_of(record)) != NULL)
        note->say(tail, record);
    else if (!tail->wish->filter.is_given || tt_tail_filter_has(&tail->wish->filter, record, &is_unsure))
        put_event(tail, line, record);
    else
        tail->hidden++;
    tail->unsure += is_unsure;
    json_decref(record);
}

static bool has_enough(const struct tail *tail)
{
    return tail->out.is_over || tail->is_refused ||
           (tail->wish->limit > 0 && tail->shown >= tail->wish->limit);
}

/* What is there now, in as few writes as possible. Returns false when the stream has ended. */
static bool take_what_is_there(struct tail *tail)
{
    int got = 1;

    for (unsigned i = 0; i < READS_MAX && got > 0 && !has_enough(tail); i++) {
        struct tt_str line;

        if (i > 0 && !tt_tail_out_wait(&tail->out, tail->fd, 0))
            break;
        got = tt_tail_lines_fill(&tail->lines, tail->fd);
        while (!has_enough(tail) && tt_tail_lines_next(&tail->lines, &line))
            take(tail, line);
    }
    tt_tail_out_flush(&tail->out);
    return got > 0 || got == TT_EAGAIN;
}

static void read_on(struct tail *tail)
{
    bool is_open = true;

    while (is_open && !has_enough(tail)) {
        bool is_readable = tt_tail_out_wait(&tail->out, tail->fd, -1);

        if (tail->out.is_resized)
            measure(tail);
        if (is_readable && !has_enough(tail))
            is_open = take_what_is_there(tail);
    }
}

static bool connect_now(struct tail *tail, bool is_quiet)
{
    char path[sizeof(tail->path)];

    tail->fd = tt_ctl_connect(is_quiet ? NULL : "tail", &tail->place, "tap.sock", path, sizeof(path));
    if (tail->fd < 0)
        return false;
    memcpy(tail->path, path, sizeof(path));
    tail->place.socket = tail->path;
    return true;
}

/* Tries each second until a signal comes. Returns true when connected. */
static bool connect_again(struct tail *tail)
{
    fputs("telltalectl tail: waiting for the resolver\n", stderr);
    while (!tail->out.is_over) {
        if (connect_now(tail, true)) {
            fprintf(stderr, "telltalectl tail: connected to %s\n", tail->path);
            return true;
        }
        tt_tail_out_wait(&tail->out, -1, RETRY_MS);
    }
    return false;
}

static int show(struct tail *tail)
{
    bool is_follow = tail->wish->is_follow, is_connected = connect_now(tail, false);

    if (!is_connected && !is_follow)
        return TT_CTL_FAILED;
    if (!is_connected)
        is_connected = connect_again(tail);
    while (is_connected) {
        tt_tail_lines_reset(&tail->lines);
        read_on(tail);
        close(tail->fd);
        if (has_enough(tail))
            break;
        if (!is_follow) {
            fputs("telltalectl tail: the resolver closed the connection\n", stderr);
            return TT_CTL_FAILED;
        }
        is_connected = connect_again(tail);
    }
    return tail->out.is_failed || tail->is_refused ? TT_CTL_FAILED : TT_CTL_FINE;
}

static void sum_up(const struct tail *tail)
{
    uint64_t broken = tail->broken + tail->lines.overlong;

    fprintf(stderr, "%llu shown, %llu filtered out, %llu lost\n", (unsigned long long)tail->shown,
            (unsigned long long)tail->hidden, (unsigned long long)tail->lost);
    if (broken > 0)
        fprintf(stderr, "%llu lines could not be read\n", (unsigned long long)broken);
    if (tail->unsure > 0)
        fprintf(
            stderr,
            "%llu of those filtered out may be of that client: the privacy setting leaves a wider network\n",
            (unsigned long long)tail->unsure);
}

static int run(struct tail *tail)
{
    int status = TT_CTL_FAILED;

    if (tt_tail_lines_init(&tail->lines) != TT_OK)
        return TT_CTL_FAILED;
    if (tt_tail_out_init(&tail->out) == TT_OK) {
        measure(tail);
        status = show(tail);
        if (!tail->is_refused && (tail->path[0] != '\0' || tail->wish->is_follow))
            sum_up(tail);
        tt_tail_out_fini(&tail->out);
    }
    tt_tail_lines_fini(&tail->lines);
    return status;
}

int tt_tail_run(const struct tt_tail_wish *wish)
{
    struct tail tail = {
        .wish = wish, .place = wish->place, .fd = -1, .is_terminal = isatty(STDOUT_FILENO) == 1};
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0), old = (locale_t)0;
    int status;

    if (locale != (locale_t)0)
        old = uselocale(locale);
    tail.view.is_coloured = wish->is_coloured;
    tail.view.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    status = run(&tail);
    if (locale != (locale_t)0) {
        uselocale(old);
        freelocale(locale);
    }
    return status;
}
