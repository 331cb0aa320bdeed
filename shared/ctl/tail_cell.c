/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/tail_cell.h"

#include <string.h>
#include <time.h>

#define ARROW(view) ((view)->is_utf8 ? "\xE2\x86\x92" : ">")

static struct tt_str text_of(const json_t *event, const char *field)
{
    const json_t *value = json_object_get(event, field);

    if (!json_is_string(value))
        return (struct tt_str){NULL, 0};
    return (struct tt_str){json_string_value(value), (uint32_t)json_string_length(value)};
}

static bool is_word(const json_t *event, const char *field, const char *word)
{
    return tt_str_equal(text_of(event, field), tt_str_from(word));
}

/* Upstream events: an exchange of the host with another server. */
static bool is_upstream(const json_t *event)
{
    return is_word(event, "message_type", "resolver_response") ||
           is_word(event, "message_type", "forwarder_response");
}

static struct tt_buf begin(struct tt_tail_cell *cell)
{
    return tt_buf_over(cell->memory, sizeof(cell->memory));
}

static void end(struct tt_tail_cell *cell, const struct tt_buf *buf, enum tt_tail_colour colour)
{
    cell->text = (struct tt_str){buf->data, (uint32_t)buf->len};
    cell->colour = colour;
}

static void show(const struct tt_tail_view *view, struct tt_str text, enum tt_tail_colour colour,
                 struct tt_tail_cell *cell)
{
    struct tt_buf buf = begin(cell);

    tt_tail_text_tidy(view, text, &buf);
    end(cell, &buf, colour);
}

/* RFC 3339 in UTC to the local time of day. */
static void show_time(const struct tt_tail_view *view, const json_t *event, size_t len,
                      struct tt_tail_cell *cell)
{
    struct tt_str text = text_of(event, "timestamp");
    struct tm moment = {0}, local;
    struct tt_buf buf = begin(cell);
    unsigned us;
    char shown[16];
    time_t seconds;

    if (text.ptr == NULL ||
        sscanf(text.ptr, "%4d-%2d-%2dT%2d:%2d:%2d.%6uZ", &moment.tm_year, &moment.tm_mon, &moment.tm_mday,
               &moment.tm_hour, &moment.tm_min, &moment.tm_sec, &us) != 7) {
        show(view, text, TT_TAIL_DIM, cell);
        return;
    }
    moment.tm_year -= 1900;
    moment.tm_mon -= 1;
    seconds = timegm(&moment);
    if (localtime_r(&seconds, &local) == NULL)
        local = moment;
    snprintf(shown, sizeof(shown), "%02d:%02d:%02d.%03u", local.tm_hour % 100, local.tm_min % 100,
             local.tm_sec % 100, us / 1000 % 1000);
    tt_buf_bytes(&buf, shown, len);
    end(cell, &buf, TT_TAIL_DIM);
}

void tt_tail_cell_clock(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    show_time(view, event, 8, cell);
}

void tt_tail_cell_time(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    show_time(view, event, 12, cell);
}

/* The response code, or that there was no answer; of records of another kind the kind. */
void tt_tail_cell_fate(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_str outcome = text_of(event, "outcome"), rcode = text_of(event, "response_code");

    if (rcode.ptr == NULL && outcome.ptr == NULL)
        show(view, text_of(event, "kind"), TT_TAIL_MAGENTA, cell);
    else if (rcode.ptr == NULL || (outcome.ptr != NULL && !tt_str_equal(outcome, TT_STR("answered"))))
        show(view, outcome, TT_TAIL_RED, cell);
    else if (tt_str_equal(rcode, TT_STR("NOERROR")))
        show(view, rcode, TT_TAIL_GREEN, cell);
    else
        show(view, rcode, tt_str_equal(rcode, TT_STR("NXDOMAIN")) ? TT_TAIL_YELLOW : TT_TAIL_RED, cell);
}

void tt_tail_cell_cache(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_str word = text_of(event, "cache_status");

    if (is_upstream(event))
        show(view, TT_STR("up"), TT_TAIL_BLUE, cell);
    else if (tt_str_equal(word, TT_STR("authoritative")))
        show(view, TT_STR("auth"), TT_TAIL_PLAIN, cell);
    else
        show(view, word, tt_str_equal(word, TT_STR("stale")) ? TT_TAIL_YELLOW : TT_TAIL_PLAIN, cell);
}

/* Three digits and a unit. */
void tt_tail_cell_latency(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    const json_t *value = json_object_get(event, is_upstream(event) ? "upstream_rtt_us" : "latency_us");
    struct tt_buf buf = begin(cell);
    json_int_t us = json_integer_value(value);
    double ms = (double)us / 1e3;

    if (!json_is_integer(value))
        us = -1;
    else if (us < 1000)
        tt_buf_format(&buf, "%d%s", (int)us, view->is_utf8 ? "\xC2\xB5s" : "us");
    else if (ms < 99.95)
        tt_buf_format(&buf, "%.1fms", ms);
    else if (ms < 999.5)
        tt_buf_format(&buf, "%.0fms", ms);
    else
        tt_buf_format(&buf, ms < 99950 ? "%.1fs" : "%.0fs", ms / 1e3);
    end(cell, &buf, us >= 1000000 ? TT_TAIL_RED : us >= 100000 ? TT_TAIL_YELLOW : TT_TAIL_PLAIN);
}

/* The client as far as it is known; of upstream events the server. */
void tt_tail_cell_peer(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    static const char *const names[] = {"client_ip", "client_net", "client_hash"};
    struct tt_buf buf = begin(cell);

    if (is_upstream(event)) {
        struct tt_str server = text_of(event, "upstream_ip");
        if (server.ptr != NULL)
            tt_buf_format(&buf, "%s ", ARROW(view));
        tt_tail_text_tidy(view, server, &buf);
        end(cell, &buf, TT_TAIL_BLUE);
        return;
    }
    for (size_t i = 0; i < TT_COUNT(names) && buf.len == 0; i++) {
        if (i == 2 && text_of(event, names[i]).ptr != NULL)
            tt_buf_char(&buf, '#');
        tt_tail_text_tidy(view, text_of(event, names[i]), &buf);
    }
    end(cell, &buf, TT_TAIL_CYAN);
}

void tt_tail_cell_place(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    const json_t *asn = json_object_get(event, "asn_id");
    struct tt_buf buf = begin(cell);

    tt_tail_text_tidy(view, text_of(event, "country"), &buf);
    if (json_is_integer(asn))
        tt_buf_format(&buf, "%sAS%u", buf.len > 0 ? " " : "", (unsigned)json_integer_value(asn));
    end(cell, &buf, TT_TAIL_PLAIN);
}

void tt_tail_cell_transport(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    show(view, text_of(event, is_upstream(event) ? "upstream_transport" : "transport"), TT_TAIL_PLAIN, cell);
}

void tt_tail_cell_type(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    show(view, text_of(event, "query_type"), TT_TAIL_PLAIN, cell);
}

void tt_tail_cell_dnssec(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_str word = text_of(event, "dnssec_status");
    enum tt_tail_colour colour = TT_TAIL_DIM;

    if (tt_str_equal(word, TT_STR("secure")))
        colour = TT_TAIL_GREEN;
    else if (tt_str_equal(word, TT_STR("bogus")))
        colour = TT_TAIL_RED;
    show(view, tt_str_equal(word, TT_STR("indeterminate")) ? TT_STR("indeterm") : word, colour, cell);
}

/* A threat is seen at every width. */
void tt_tail_cell_mark(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    bool is_threat = text_of(event, "threat_list").ptr != NULL;

    show(view, is_threat ? TT_STR("!") : (struct tt_str){NULL, 0}, TT_TAIL_ALARM, cell);
}

void tt_tail_cell_name(const struct tt_tail_view *view, const json_t *event, struct tt_tail_cell *cell)
{
    struct tt_str name = text_of(event, "query_name");

    if (text_of(event, "threat_list").ptr != NULL)
        show(view, name, TT_TAIL_ALARM, cell);
    else
        show(view, name, TT_TAIL_BOLD, cell);
}
