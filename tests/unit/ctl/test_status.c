/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What an operator reads of a status. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/status.h"

/* 2026-11-21T10:00:00Z */
static const uint64_t now_s = 1795255200;

static const char whole[] =
    "{\"instance\":\"ns1.fra/"
    "unbound\",\"version\":\"0.4.0\",\"software\":\"unbound\",\"host_version\":\"1.22.0\","
    "\"pid\":4711,\"started_at\":\"2026-11-21T07:30:00.000000Z\",\"enabled\":true,"
    "\"config\":{\"path\":\"/etc/unbound/"
    "telltale.yaml\",\"stale\":false,\"reloads_ok\":3,\"reloads_failed\":1},"
    "\"enrichment_id\":\"00c0ffee00c0ffee\",\"data\":["
    "{\"role\":\"suffix\",\"path\":\"/srv/"
    "psl.dat\",\"build\":\"2026-11-01\",\"sha\":\"0123456789abcdef0123\","
    "\"loaded\":true,\"stale\":false,\"written_at\":\"2026-11-20T10:00:00.5Z\",\"loaded_at\":\"2026-11-21T09:"
    "59:30Z\","
    "\"why\":\"\"},"
    "{\"role\":\"country\",\"path\":\"/srv/"
    "c.mmdb\",\"build\":\"\",\"sha\":\"\",\"loaded\":false,\"stale\":true,"
    "\"why\":\"/srv/c.mmdb: ends too early\"}],"
    "\"observed\":1000000,\"lost\":{\"ring.full\":5,\"pipeline\":{\"malformed\":2,\"no_memory\":0}},"
    "\"sinks\":["
    "{\"name\":\"events\",\"type\":\"file\",\"up\":true,\"paused\":true,\"topics\":[\"enriched\",\"books\"],"
    "\"queue_bytes\":1536,\"queue_limit_bytes\":33554432,\"last_success_at\":\"2026-11-21T09:58:00Z\","
    "\"books\":{"
    "\"enriched\":{\"offered\":999,\"delivered\":990,\"uncertain\":2,\"queued\":4,\"spooled\":1,\"dropped\":{\"queue_full\":5},"
    "\"filtered\":{\"only\":7,\"sample\":1}},"
    "\"books\":{\"offered\":3,\"delivered\":3,\"queued\":0,\"dropped\":{},\"filtered\":{}}}}],"
    "\"tap\":{\"readers\":2,\"sent\":100,\"dropped\":1},"
    "\"upstream\":{\"path\":\"/run/up.sock\",\"connections\":1,\"frames\":{\"response\":9,\"query\":10},"
    "\"exchanges\":{\"paired\":9,\"timeout\":1}}}\n";

static const char whole_text[] =
    "instance    ns1.fra/unbound\n"
    "telltale    0.4.0 in unbound 1.22.0, process 4711\n"
    "state       on, started 2 h 30 m ago\n"
    "config      /etc/unbound/telltale.yaml; reloads: 3 done, 1 refused\n"
    "enrichment  00c0ffee00c0ffee\n"
    "observed    1000000; lost 7 (ring.full 5, pipeline.malformed 2)\n"
    "tap         2 readers, 100 lines sent, 1 dropped\n"
    "upstream    /run/up.sock, 1 connection\n"
    "            frames 19 (response 9, query 10); exchanges 10 (paired 9, timeout 1)\n"
    "\n"
    "  DATA     STATE   AGE      LOADED  BUILD       SHA           PATH\n"
    "  suffix   loaded  24 h 0 m  30 s    2026-11-01  0123456789ab  /srv/psl.dat\n"
    "  country  STALE   never    never                             /srv/c.mmdb\n"
    "            country: /srv/c.mmdb: ends too early\n"
    "\n"
    "  SINK    TYPE  STATE       QUEUE              LAST WRITE\n"
    "  events  file  up, PAUSED  1.5 KiB of 32.0 MiB  2 m\n"
    "\n"
    "  SINK    TOPIC     OFFERED  DELIVERED  UNCERTAIN  QUEUED  SPOOLED  DROPPED           FILTERED\n"
    "  events  enriched      999        990          2       4        1  5 (queue_full 5)  8 (only 7, sample 1)\n"
    "  events  books           3          3          0       0        0  0                 0\n";

static char *print(const char *json, size_t len)
{
    char *text = NULL;
    size_t text_len = 0;
    FILE *out = open_memstream(&text, &text_len);
    bool is_object;

    assert_non_null(out);
    is_object = tt_status_print(out, json, len, now_s);
    fclose(out);
    if (is_object == (text_len > 0))
        return text;
    fail_msg("%s: %s", json, text);
    return NULL;
}

/* Columns differ in padding only. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != ' ' || to == text || to[-1] != ' ')
            *to++ = *at;
    }
    *to = '\0';
}

static void a_whole_status_reads_like_this(void **state)
{
    char *text = print(whole, sizeof(whole) - 1), *expect = strdup(whole_text);

    (void)state;
    /* Aligned: a column begins at the same place in every row. */
    const char *head = strstr(text, "  DATA "), *row = strstr(text, "  suffix ");
    assert_true(head != NULL && row != NULL);
    assert_int_equal(strstr(head, "STATE") - head, strstr(row, "loaded") - row);
    assert_int_equal(strstr(head, "PATH") - head, strstr(row, "/srv/psl.dat") - row);
    squeeze(text);
    squeeze(expect);
    assert_string_equal(text, expect);
    free(text);
    free(expect);
}

static const struct {
    const char *name, *json;
    const char *part; /* of the text; NULL: no object, nothing printed */
} cases[] = {
    {"nothing", "", NULL},
    {"no JSON", "ok", NULL},
    {"half of it", "{\"instance\":\"x\"", NULL},
    {"a list", "[]", NULL},
    {"an empty object", "{}", "instance    -\n"},
    {"switched off", "{\"enabled\":false}", "state       SWITCHED OFF (telltalectl on switches it on), started never"},
    {"inert", "{\"inert\":true,\"enabled\":true}", "state       INERT (this host cannot be observed; its log says why)"},
    {"no tap", "{}", "tap         off\n"},
    {"a stale configuration", "{\"config\":{\"path\":\"/c\",\"stale\":true}}", "/c, STALE: the file as it is now was refused"},
    {"a sink that is down", "{\"sinks\":[{\"name\":\"s\",\"up\":false}]}", "  s     -     DOWN "},
    {"and why", "{\"sinks\":[{\"name\":\"s\",\"up\":false,\"why\":\"no\\u001bbody\"}]}", "            s: no\xEF\xBF\xBD" "body\n"},
    {"wrong types", "{\"instance\":1,\"pid\":\"x\",\"config\":[],\"data\":{},\"sinks\":7,\"lost\":[1],\"tap\":3}", "process 0\n"},
    {"wrong types within", "{\"data\":[1,null],\"sinks\":[\"x\",{\"books\":[]},{\"books\":{\"raw\":1}}]}", "MISSING"},
    {"a number below 0", "{\"pid\":-5,\"observed\":-1}", "observed    0; lost 0\n"},
    {"a time from tomorrow", "{\"enabled\":true,\"started_at\":\"2026-11-22T10:00:00Z\"}", "started 0 s ago"},
    {"control characters", "{\"instance\":\"a\\u001b[2Jb\\nc\"}", "instance    a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD"
                                                                "c\n"},
    {"control characters in a table", "{\"sinks\":[{\"name\":\"a\\u001b[2Jb\\nc\"}]}", "  a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD"
                                                                                      "c  "},
};

static void whatever_comes_is_shown_as_far_as_it_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = print(cases[i].json, strlen(cases[i].json));
        if (cases[i].part == NULL ? text[0] != '\0' : strstr(text, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].name, text);
        free(text);
    }
}

static void a_status_cut_anywhere_is_no_status(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 2; len++) {
        char *exact = malloc(len > 0 ? len : 1);
        assert_non_null(exact);
        memcpy(exact, whole, len);
        char *text = print(exact, len);
        assert_string_equal(text, "");
        free(text);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_status_reads_like_this),
        cmocka_unit_test(whatever_comes_is_shown_as_far_as_it_is_known),
        cmocka_unit_test(a_status_cut_anywhere_is_no_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
