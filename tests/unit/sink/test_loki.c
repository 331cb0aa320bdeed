/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The sink to Loki against a server of the test: what it sends, and what it makes of every answer. */

#include "../net/net_test.h"

#include <signal.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "sink/class.h"
#include "sink/loki_body.h"

#define NOW_US UINT64_C(1795251900123456) /* 2026-11-21T09:05:00.123456Z */
#define SECOND_NS UINT64_C(1000000000)

/* What the common part would do. */
static struct {
    unsigned looks; /* tend: so often there is time; 0: always */
    uint64_t pause_ns;
} owner;

uint64_t tt_sink_tend(struct tt_sink *sink)
{
    (void)sink;
    return owner.looks == 0 ? UINT64_MAX : --owner.looks == 0 ? (owner.looks = 1, 0) : UINT64_MAX;
}

void tt_sink_wait_for(struct tt_sink *sink, uint64_t pause_ns)
{
    (void)sink;
    owner.pause_ns = pause_ns;
}

static uint64_t real_mono(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t wall(void)
{
    return NOW_US;
}

static char why_text[TT_SINK_WHY_MAX];

struct rig {
    struct server *server;
    void *loki;
};

static const struct tt_sink_place place = {
    .names = {"/tmp", "unbound", 1}, .node = "ns\"1", .instance = "ns\"1/unbound", .region = "eu"};

static struct rig start(const char *text)
{
    struct rig rig = {.server = server_start()};
    char url[80];
    struct tt_conf_sink conf = {.name = (char[]){"loki"}, .type = TT_SINK_LOKI, .url = url, .timeout_s = 30};
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));

    memset(&owner, 0, sizeof(owner));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/loki/api/v1/push", rig.server->port);
    rig.server->text = text;
    assert_int_equal(tt_sink_loki.make(&conf, &place, NULL, &rig.loki), TT_OK);
    assert_int_equal(tt_sink_loki.open(rig.loki, &why), TT_OK);
    return rig;
}

static void stop(struct rig *rig)
{
    tt_sink_loki.close(rig->loki);
    tt_sink_loki.destroy(rig->loki);
    if (rig->server != NULL)
        server_stop(rig->server);
}

static int put(struct rig *rig, struct tt_sink_record *records, unsigned n)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    int err = tt_sink_loki.put(rig->loki, records, n, &why);

    tt_buf_cstr(&why);
    return err;
}

static struct tt_sink_record record_of(const char *data, unsigned topic, uint16_t sequence)
{
    struct tt_sink_record record = {
        .data = data, .len = (uint32_t)strlen(data), .topic = (uint8_t)topic, .units = 1, .time_us = NOW_US};

    memset(record.id, 0x11, 8);
    record.id[9] = 7;
    record.id[14] = (uint8_t)(sequence >> 8);
    record.id[15] = (uint8_t)sequence;
    return record;
}

/* The text of a request's body. */
static const char *unpack(const struct server *server)
{
    static char text[4 << 20];
    z_stream stream = {0};

    stream.next_in = (Bytef *)(uintptr_t)(server->request + server->head_len);
    stream.avail_in = (uInt)(server->request_len - server->head_len);
    stream.next_out = (Bytef *)text;
    stream.avail_out = sizeof(text) - 1;
    if (inflateInit2(&stream, 15 + 16) != Z_OK || inflate(&stream, Z_FINISH) != Z_STREAM_END)
        return "";
    text[stream.total_out] = '\0';
    inflateEnd(&stream);
    return text;
}

#define TAKEN "HTTP/1.1 204 No Content\r\n\r\n"
#define HEAD(kind)                                                                                           \
    "{\"stream\":{\"instance\":\"ns\\\"1/unbound\",\"job\":\"telltale\",\"kind\":\"" kind                    \
    "\",\"region\":\"eu\",\"software\":\"unbound\"},\"values\":["
#define ID "\"event_id\":\"1111111111111111000700000000"

static void a_push_is_what_loki_documents(void **state)
{
    struct rig rig = start(TAKEN);
    struct tt_sink_record records[] = {
        record_of("{\"a\":\"x\\\\y\"}", TT_TOPIC_ALERTS, 1),
        record_of("{\"b\":\"\t\"}", TT_TOPIC_RAW, 1002),
        record_of("{\"c\":1,\"dup\":\"maybe\"}", TT_TOPIC_ALERTS, 2),
        record_of("{\"d\":1,\"dup\":\"maybe\"}", TT_TOPIC_ALERTS, 3),
    };

    (void)state;
    records[2].flags = TT_RECORD_AGAIN;
    memset(records[3].id, 0, sizeof(records[3].id));
    assert_int_equal(put(&rig, records, TT_COUNT(records)), TT_OK);
    assert_string_equal(why_text, "");
    assert_non_null(strstr(rig.server->request, "POST /loki/api/v1/push HTTP/1.1\r\n"));
    assert_non_null(strstr(rig.server->request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(rig.server->request, "\r\nContent-Encoding: gzip\r\n"));
    assert_string_equal(
        unpack(rig.server),
        "{\"streams\":[" HEAD(
            "raw") "[\"1795251900123456002\",\"{\\\"b\\\":\\\"\\u0009\\\"}\",{" ID
                   "03ea\"}]]}," HEAD(
                       "alerts") "[\"1795251900123456001\",\"{\\\"a\\\":\\\"x\\\\\\\\y\\\"}\",{" ID
                                 "0001\"}],"
                                 "[\"1795251900123456002\",\"{\\\"c\\\":1}\",{\"dup\":\"maybe\"," ID
                                 "0002\"}],"
                                 "[\"1795251900123456000\",\"{\\\"d\\\":1,\\\"dup\\\":\\\"maybe\\\"}\"]]}]}");
    for (size_t i = 0; i < TT_COUNT(records); i++)
        assert_int_equal(records[i].fate, TT_FATE_DELIVERED);
    stop(&rig);
}

static const struct {
    const char *name, *answer;
    int err, fate;
    uint64_t pause_s;
    const char *why;
} statuses[] = {
    {"taken", TAKEN, TT_OK, TT_FATE_DELIVERED, 0, ""},
    {"taken with a word", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", TT_OK, TT_FATE_DELIVERED, 0, ""},
    {"ingestion is blocked", "HTTP/1.1 260 \r\nContent-Length: 7\r\n\r\nblocked", TT_OK, TT_FATE_REFUSED, 0,
     "status 260: blocked; Loki's operator has blocked"},
    {"a redirect", "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN,
     TT_FATE_AGAIN, 0, "status 301; redirects are not followed"},
    {"refused", "HTTP/1.1 400 Bad Request\r\nContent-Length: 7\r\n\r\ntoo old", TT_OK, TT_FATE_REFUSED, 0,
     "a record is refused: status 400: too old"},
    {"who are you", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN, TT_FATE_AGAIN, 0,
     "status 401; look at auth"},
    {"not you", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN, TT_FATE_AGAIN, 0,
     "status 403; look at auth and tenant"},
    {"nothing there", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN, TT_FATE_AGAIN, 0,
     "/loki/api/v1/push"},
    {"too large", "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", TT_OK, TT_FATE_TOO_LARGE, 0,
     "a record is too large: status 413"},
    {"no such form", "HTTP/1.1 415 What\r\nContent-Length: 0\r\n\r\n", TT_OK, TT_FATE_REFUSED, 0,
     "records are refused and dropped: status 415"},
    {"too much of this tenant",
     "HTTP/1.1 429 Later\r\nRetry-After: 7\r\nContent-Length: 30\r\n\r\nIngestion rate limit exceeded ",
     TT_EAGAIN, TT_FATE_AGAIN, 7, "nothing is taken: status 429"},
    {"too much of one stream", "HTTP/1.1 429 Later\r\nContent-Length: 10\r\n\r\nPer stream", TT_EAGAIN,
     TT_FATE_MAYBE, 0, "status 429: Per stream"},
    {"broken", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN, TT_FATE_MAYBE, 0, "status 500"},
    {"busy", "HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n", TT_EAGAIN, TT_FATE_MAYBE,
     30, "status 503"},
};

static void every_status_has_its_fate(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(statuses); i++) {
        struct rig rig = start(statuses[i].answer);
        struct tt_sink_record record = record_of("{}", TT_TOPIC_ALERTS, 1);
        int err = put(&rig, &record, 1);

        if (err != statuses[i].err || record.fate != statuses[i].fate ||
            owner.pause_ns != statuses[i].pause_s * SECOND_NS || strstr(why_text, statuses[i].why) == NULL)
            fail_msg("%s: %d, fate %u, pause %llu, %s", statuses[i].name, err, record.fate,
                     (unsigned long long)owner.pause_ns, why_text);
        stop(&rig);
    }
}

/* A server as Loki is: what is bad makes it a 400, all else of the request is stored. */
static const char *refuse_bad(struct server *server)
{
    const char *text = unpack(server);
    unsigned *stored = server->arg;

    for (const char *at = text; (at = strstr(at, "{\\\"n\\\":")) != NULL; at++) {
        unsigned n = (unsigned)strtoul(at + 7, NULL, 10);
        if (n < 1000 && n % 37 != 5)
            stored[n]++;
    }
    return strstr(text, "bad") != NULL ? "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad" : TAKEN;
}

static void one_bad_line_costs_no_other(void **state)
{
    struct rig rig = start("");
    unsigned stored[1000] = {0};
    struct tt_sink_record records[1000];
    static char texts[1000][40];

    (void)state;
    rig.server->arg = stored;
    rig.server->choose = refuse_bad;
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(texts[i], sizeof(texts[i]), "{\"n\":%u,\"%s\":1}", i, i % 37 == 5 ? "bad" : "good");
        records[i] = record_of(texts[i], TT_TOPIC_ENRICHED, (uint16_t)i);
    }
    assert_int_equal(put(&rig, records, 1000), TT_OK);
    assert_non_null(strstr(why_text, "a record is refused: status 400: bad"));
    for (unsigned i = 0; i < 1000; i++)
        if (records[i].fate != (i % 37 == 5 ? TT_FATE_REFUSED : TT_FATE_DELIVERED) ||
            (stored[i] == 0) != (i % 37 == 5))
            fail_msg("%u: fate %u, stored %u times", i, records[i].fate, stored[i]);
    assert_in_range(rig.server->requests, 2 * 27, 27 * 2 * 10 + 1);
    stop(&rig);
}

/* While the bad line is searched for, the server breaks: first in the middle, then before the last half. */
static const char *refuse_then_break(struct server *server)
{
    return server->requests < 3 ? "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"
                                : "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
}

static const char *refuse_take_then_shut(struct server *server)
{
    return server->requests == 1   ? "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"
           : server->requests == 2 ? TAKEN
                                   : "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
}

static void what_a_broken_search_leaves_may_have_arrived(void **state)
{
    struct rig rig = start("");
    struct tt_sink_record records[8];

    (void)state;
    rig.server->choose = refuse_then_break;
    for (unsigned i = 0; i < 8; i++)
        records[i] = record_of("{}", TT_TOPIC_ALERTS, (uint16_t)i);
    assert_int_equal(put(&rig, records, 8), TT_EAGAIN);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(records[i].fate, TT_FATE_MAYBE);
    rig.server->requests = 0;
    rig.server->choose = refuse_take_then_shut;
    assert_int_equal(put(&rig, records, 8), TT_EAGAIN);
    for (unsigned i = 0; i < 8; i++) /* the 400 has stored what is good of both halves */
        assert_int_equal(records[i].fate, i < 4 ? TT_FATE_DELIVERED : TT_FATE_MAYBE);
    stop(&rig);
}

static void what_loki_would_refuse_by_its_own_clock_is_not_sent(void **state)
{
    static char large[TT_LOKI_LINE_MAX + 3];
    static const int64_t ages_s[] = {7 * 86400 - 2, 7 * 86400 + 2, -600, -604, 0, 0};
    static const int fates[] = {TT_FATE_DELIVERED, TT_FATE_REFUSED,   TT_FATE_DELIVERED,
                                TT_FATE_REFUSED,   TT_FATE_DELIVERED, TT_FATE_TOO_LARGE};
    struct rig rig = start("HTTP/1.1 204 No Content\r\nDate: Fri, 20 Nov 2026 09:05:00 GMT\r\n\r\n");
    struct tt_sink_record records[TT_COUNT(fates)];

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    for (size_t i = 0; i < TT_COUNT(fates); i++) {
        records[i] = record_of("{}", TT_TOPIC_ALERTS, (uint16_t)i);
        records[i].time_us = NOW_US - (uint64_t)(86400 + ages_s[i]) * 1000000; /* we are a day ahead */
    }
    records[4].data = records[5].data = large;
    records[4].len = TT_LOKI_LINE_MAX;
    records[5].len = TT_LOKI_LINE_MAX + 1;
    assert_int_equal(put(&rig, records, 5), TT_OK); /* its clock is not known yet: it may judge by itself */
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(records[i].fate, TT_FATE_DELIVERED);
    assert_int_equal(put(&rig, records, TT_COUNT(records)), TT_OK);
    assert_non_null(strstr(why_text, "older than 7 days"));
    for (size_t i = 0; i < TT_COUNT(records); i++)
        assert_int_equal(records[i].fate, fates[i]);
    assert_int_equal(rig.server->requests, 2);
    records[0] = records[5];
    assert_int_equal(put(&rig, records, 1), TT_OK); /* and nothing is no request */
    assert_int_equal(rig.server->requests, 2);
    stop(&rig);
}

static void a_request_is_bounded_and_the_rest_waits(void **state)
{
    static char data[100 << 10];
    struct rig rig = start(TAKEN);
    struct tt_sink_record records[30];
    unsigned sent = 0;

    (void)state;
    memset(data, 'x', sizeof(data) - 1);
    for (unsigned i = 0; i < 30; i++)
        records[i] = record_of(data, TT_TOPIC_ENRICHED, (uint16_t)i);
    assert_int_equal(put(&rig, records, 30), TT_OK);
    while (sent < 30 && records[sent].fate == TT_FATE_DELIVERED)
        sent++;
    assert_int_equal(sent, 10);
    for (unsigned i = sent; i < 30; i++)
        assert_int_equal(records[i].fate, TT_FATE_WAITING);
    assert_in_range(strlen(unpack(rig.server)), 1000000, TT_LOKI_TEXT_MAX + 1000);
    stop(&rig);
}

static void a_silent_server_may_have_it_and_a_closed_one_has_not(void **state)
{
    struct rig rig = start("");
    struct tt_sink_record record = record_of("{}", TT_TOPIC_ALERTS, 1);

    (void)state;
    rig.server->script = SCRIPT_SILENT;
    owner.looks = 10;
    assert_int_equal(put(&rig, &record, 1), TT_EAGAIN);
    assert_int_equal(record.fate, TT_FATE_MAYBE);
    owner.looks = 0;
    server_stop(rig.server);
    rig.server = NULL;
    assert_int_equal(put(&rig, &record, 1), TT_EAGAIN);
    assert_int_equal(record.fate, TT_FATE_AGAIN);
    assert_non_null(strstr(why_text, "cannot connect"));
    stop(&rig);
}

/* Servers count in their words. */
static const char *count_up(struct server *server)
{
    static char text[128];

    snprintf(text, sizeof(text), "HTTP/1.1 429 Later\r\nContent-Length: 9\r\n\r\nlimit %03u",
             (unsigned)server->requests);
    return text;
}

static void the_same_trouble_has_the_same_words(void **state)
{
    struct rig rig = start("");
    struct tt_sink_record record = record_of("{}", TT_TOPIC_ALERTS, 1);
    char first[TT_SINK_WHY_MAX];

    (void)state;
    rig.server->choose = count_up;
    assert_int_equal(put(&rig, &record, 1), TT_EAGAIN);
    memcpy(first, why_text, sizeof(first));
    assert_non_null(strstr(first, "limit 001"));
    assert_int_equal(put(&rig, &record, 1), TT_EAGAIN);
    assert_string_equal(why_text, first);
    assert_int_equal(rig.server->requests, 2);
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_is_what_loki_documents),
        cmocka_unit_test(every_status_has_its_fate),
        cmocka_unit_test(one_bad_line_costs_no_other),
        cmocka_unit_test(what_a_broken_search_leaves_may_have_arrived),
        cmocka_unit_test(what_loki_would_refuse_by_its_own_clock_is_not_sent),
        cmocka_unit_test(a_request_is_bounded_and_the_rest_waits),
        cmocka_unit_test(a_silent_server_may_have_it_and_a_closed_one_has_not),
        cmocka_unit_test(the_same_trouble_has_the_same_words),
    };
    signal(SIGPIPE, SIG_IGN);
    tt_clock_set(real_mono, wall);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
