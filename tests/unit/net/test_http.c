/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The HTTP client against a server that does what it likes. */

#include "net_test.h"

#include <signal.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/http.h"

static char why_text[1024];

static struct tt_buf new_why(void)
{
    memset(why_text, 0, sizeof(why_text));
    return tt_buf_over(why_text, sizeof(why_text) - 1);
}

/* must_end: after so many questions there is no time left. */
static uint64_t count_down(const void *arg)
{
    unsigned *left = (unsigned *)(uintptr_t)arg;

    if (*left > 0)
        --*left;
    return *left > 0 ? UINT64_MAX : 0;
}

static struct tt_http *new_client(uint16_t port, const struct tt_conf_auth *auth, const char *tenant,
                                  uint64_t timeout_s, unsigned *looks)
{
    char url[64];
    struct tt_http_options options = {.url = url, .auth = auth, .tenant = tenant, .timeout_s = timeout_s};
    struct tt_buf why = new_why();
    struct tt_http *http;

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/push", port);
    if (looks != NULL) {
        options.must_end = count_down;
        options.must_end_arg = looks;
    }
    if (tt_http_new(&options, &http, &why) != TT_OK)
        fail_msg("%s", why_text);
    return http;
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define LOOKS 20 /* some 1 s, where a server never says a last word */

static const struct {
    const char *name;
    enum script script;
    const char *text, *more;
    int err, status;
    const char *said; /* the body, or a part of the reason */
} cases[] = {
    {"an answer", SCRIPT_ANSWER, OK, NULL, TT_OK, 200, "ok"},
    {"an answer without a body", SCRIPT_ANSWER, "HTTP/1.1 204 No Content\r\n\r\n", NULL, TT_OK, 204, ""},
    {"a status of Loki's own", SCRIPT_ANSWER, "HTTP/1.1 260 \r\nContent-Length: 0\r\n\r\n", NULL, TT_OK, 260,
     ""},
    {"an answer that ends with the connection", SCRIPT_CLOSE, "HTTP/1.0 500 No\r\n\r\nbroken", NULL, TT_OK,
     500, "broken"},
    {"an interim answer first", SCRIPT_ANSWER, "HTTP/1.1 102 Processing\r\nRetry-After: 7\r\n\r\n" OK, NULL,
     TT_OK, 200, "ok"},
    {"a redirect is not followed", SCRIPT_ANSWER,
     "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", NULL, TT_OK, 302,
     ""},
    {"control characters do not pass", SCRIPT_ANSWER,
     "HTTP/1.1 400 No\r\nContent-Length: 8\r\n\r\na\x1b[31m\nb", NULL, TT_OK, 400,
     "a\xEF\xBF\xBD[31m\xEF\xBF\xBD"
     "b"},
    {"the end of the connection", SCRIPT_CLOSE, "", NULL, TT_EAGAIN, 0, "Empty reply"},
    {"a reset", SCRIPT_RESET, "", NULL, TT_EAGAIN, 0, "reset"},
    {"a reset within the head", SCRIPT_RESET, "HTTP/1.1 200 OK\r\nContent-Le", NULL, TT_EAGAIN, 0, "reset"},
    {"a body that is cut", SCRIPT_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", NULL, TT_EAGAIN, 0,
     "its answer ended too early"},
    {"garbage", SCRIPT_CLOSE, "\x16\x03\x01\x02 no HTTP at all \r\n\r\n", NULL, TT_EAGAIN, 0,
     "does not speak HTTP"},
    {"a status that is none", SCRIPT_ANSWER, "HTTP/1.1 777 What\r\nContent-Length: 0\r\n\r\n", NULL,
     TT_EAGAIN, 0, "does not speak HTTP"},
    {"an endless head", SCRIPT_FOREVER, "HTTP/1.1 200 OK\r\n",
     "X-Filler: 0123456789012345678901234567890123\r\n", TT_EAGAIN, 0, "head of its answer does not end"},
    {"an endless line in the head", SCRIPT_FOREVER,
     "HTTP/1.1 200 OK\r\nX-Filler: ", "0123456789012345678901234567890123", TT_EAGAIN, 0, ""},
    {"an endless body", SCRIPT_FOREVER, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",
     "0123456789012345678901234567890123", TT_EAGAIN, 0, "its answer does not end"},
    {"an endless body in chunks", SCRIPT_FOREVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     "10\r\n0123456789abcdef\r\n", TT_EAGAIN, 0, "its answer does not end"},
    {"silence", SCRIPT_SILENT, "", NULL, TT_EAGAIN, 0, "no time is left"},
    {"silence within the head", SCRIPT_SILENT, "HTTP/1.1 200", NULL, TT_EAGAIN, 0, "no time is left"},
    {"silence within the body", SCRIPT_SILENT, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", NULL,
     TT_EAGAIN, 0, "no time is left"},
};

static void every_server_ends_in_an_answer_or_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct server *server = server_start();
        unsigned looks = cases[i].script == SCRIPT_SILENT ? LOOKS : 0;
        struct tt_http *http = new_client(server->port, NULL, NULL, 30, looks > 0 ? &looks : NULL);
        struct tt_buf why = new_why();
        struct tt_http_answer answer;
        bool is_sent;
        int err;

        server->script = cases[i].script;
        server->text = cases[i].text;
        server->more = cases[i].more;
        err = tt_http_post(http, NULL, "hello", 5, &answer, &is_sent, &why);
        if (err != cases[i].err || answer.status != cases[i].status || !is_sent)
            fail_msg("%s: %d, status %d, %s", cases[i].name, err, answer.status, why_text);
        if (err == TT_OK && (answer.body.len != strlen(cases[i].said) ||
                             memcmp(answer.body.ptr, cases[i].said, answer.body.len) != 0))
            fail_msg("%s: %.*s", cases[i].name, (int)answer.body.len, answer.body.ptr);
        if (err != TT_OK && (strstr(why_text, cases[i].said) == NULL || strstr(why_text, "/push: ") == NULL))
            fail_msg("%s: %s", cases[i].name, why_text);
        assert_int_equal(answer.retry_after_s, 0);
        tt_http_free(&http);
        server_stop(server);
    }
}

/* The Date of RFC 9110: a date in Retry-After counts from it, whatever the clock here says. */
#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
static const struct {
    const char *lines;
    uint64_t retry_s;
    int64_t date_s;
} heads[] = {
    {"", 0, 0},
    {"Retry-After: 7\r\n", 7, 0},
    {"retry-after:12  \r\n", 0, 0},
    {"Retry-After: 999999999999999999999999\r\n", 3600, 0},
    {"Retry-After: -5\r\n", 0, 0},
    {"Retry-After: soon\r\n", 0, 0},
    {"Retry-After: \r\n", 0, 0},
    {DATE, 0, 784111777},
    {DATE "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", 30, 784111777},
    {"Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n" DATE, 30, 784111777},
    {DATE "Retry-After: Sun, 06 Nov 1994 08:49:00 GMT\r\n", 0, 784111777},
    {DATE "Retry-After: Sun, 06 Nov 2094 08:49:00 GMT\r\n", 3600, 784111777},
    {"Retry-After: Sun, 06 Nov 2094 08:49:00 GMT\r\n", 3600, 0},
    {"Date: yesterday\r\n", 0, 0},
};

static void the_head_says_when_to_come_again(void **state)
{
    struct server *server = server_start();
    struct tt_http *http = new_client(server->port, NULL, NULL, 30, NULL);
    char text[512];

    (void)state;
    server->text = text;
    for (size_t i = 0; i < TT_COUNT(heads); i++) {
        struct tt_buf why = new_why();
        struct tt_http_answer answer;
        bool is_sent;
        snprintf(text, sizeof(text), "HTTP/1.1 429 Later\r\nContent-Length: 0\r\n%s%s\r\n", heads[i].lines,
                 i % 2 ? "x-prometheus-remote-write-samples-written: 3\r\n" : "");
        assert_int_equal(tt_http_post(http, NULL, "x", 1, &answer, &is_sent, &why), TT_OK);
        if ((answer.retry_after_s != heads[i].retry_s && i != 2) || answer.date_s != heads[i].date_s)
            fail_msg("%s: %llu %lld", heads[i].lines, (unsigned long long)answer.retry_after_s,
                     (long long)answer.date_s);
        assert_int_equal(answer.has_written, i % 2);
    }
    assert_int_equal(server->connections, 1); /* which was kept */
    tt_http_free(&http);
    server_stop(server);
}

static struct tt_http_answer post(struct tt_http *http, const char *const *headers, const char *body)
{
    struct tt_buf why = new_why();
    struct tt_http_answer answer;
    bool is_sent;

    if (tt_http_post(http, headers, body, strlen(body), &answer, &is_sent, &why) != TT_OK)
        fail_msg("%s", why_text);
    return answer;
}

static void expect_line(const struct server *server, const char *line, bool is_there)
{
    if ((strstr(server->request, line) != NULL) != is_there)
        fail_msg("%s: %s", line, server->request);
}

static void a_request_says_who_it_is(void **state)
{
    static const char *const headers[] = {"Content-Type: application/json", "Content-Encoding: gzip", NULL};
    struct server *server = server_start();
    struct tt_conf_auth auth = {.mechanism = TT_AUTH_BASIC, .user = (char[]){"Aladdin"}};
    struct tt_http *http;

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:9/", 1); /* the environment says nothing to us */
    server->text = OK;
    auth.password_file = strdup(write_file("pw", "open sesame\n", 12, 0640));
    http = new_client(server->port, &auth, "team", 30, NULL);
    post(http, headers, "body");
    expect_line(server, "POST /push HTTP/1.1\r\n", true);
    expect_line(server, "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n", true); /* RFC 7617 §2 */
    expect_line(server, "\r\nX-Scope-OrgID: team\r\n", true);
    expect_line(server, "\r\nUser-Agent: telltale", true);
    expect_line(server, "\r\nContent-Type: application/json\r\n", true);
    expect_line(server, "\r\nContent-Encoding: gzip\r\n", true);
    expect_line(server, "\r\nContent-Length: 4\r\n", true);
    expect_line(server, "\r\nExpect:", false);
    assert_string_equal(server->request + server->head_len, "body");
    tt_http_free(&http);
    free(auth.password_file);
    auth = (struct tt_conf_auth){.mechanism = TT_AUTH_BEARER};
    auth.token_file = strdup(write_file("token", "tok.en\n", 7, 0640));
    http = new_client(server->port, &auth, NULL, 30, NULL);
    post(http, NULL, "");
    expect_line(server, "\r\nAuthorization: Bearer tok.en\r\n", true);
    expect_line(server, "X-Scope-OrgID", false);
    tt_http_free(&http);
    free(auth.token_file);
    server_stop(server);
}

static void a_page_is_fetched_on_the_same_connection(void **state)
{
    struct server *server = server_start();
    struct tt_http *http = new_client(server->port, NULL, NULL, 30, NULL);
    struct tt_http_answer answer;
    struct tt_buf why = new_why();
    char url[64];

    (void)state;
    server->text = OK;
    post(http, NULL, "x");
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/ready", server->port);
    assert_int_equal(tt_http_get(http, url, &answer, &why), TT_OK);
    expect_line(server, "GET /ready HTTP/1.1\r\n", true);
    post(http, NULL, "y");
    expect_line(server, "POST /push HTTP/1.1\r\n", true);
    assert_string_equal(server->request + server->head_len, "y");
    assert_int_equal(server->connections, 1);
    assert_int_equal(tt_http_get(http, "file:///etc/passwd", &answer, &why), TT_EAGAIN); /* only HTTP */
    tt_http_free(&http);
    server_stop(server);
}

static void a_large_body_arrives_whole(void **state)
{
    struct server *server = server_start();
    struct tt_http *http = new_client(server->port, NULL, NULL, 30, NULL);
    size_t len = 900000;
    char *body = malloc(len + 1);

    (void)state;
    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 23);
    body[len] = '\0';
    server->text = OK;
    post(http, NULL, body);
    assert_int_equal(server->request_len - server->head_len, len);
    assert_memory_equal(server->request + server->head_len, body, len);
    free(body);
    tt_http_free(&http);
    server_stop(server);
}

static void what_was_not_sent_is_known_not_to_be(void **state)
{
    struct server *server = server_start();
    struct tt_http *http = new_client(server->port, NULL, NULL, 30, NULL);
    struct tt_buf why = new_why();
    struct tt_http_answer answer;
    bool is_sent = true;

    (void)state;
    server->text = OK;
    post(http, NULL, "x"); /* what an earlier request sent does not count */
    server_stop(server);
    assert_int_equal(tt_http_post(http, NULL, "x", 1, &answer, &is_sent, &why), TT_EAGAIN);
    assert_non_null(strstr(why_text, "cannot connect: Connection refused"));
    assert_false(is_sent);
    tt_http_free(&http);
}

/* A server that was started anew finds the client; the connection that died costs no request. */
static void a_dead_connection_is_replaced(void **state)
{
    struct server *server = server_start();
    struct tt_http *http = new_client(server->port, NULL, NULL, 30, NULL);

    (void)state;
    server->text = OK;
    server->script = SCRIPT_CLOSE;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(post(http, NULL, "x").status, 200);
    assert_int_equal(server->connections, 5);
    assert_int_equal(server->requests, 5);
    tt_http_free(&http);
    server_stop(server);
}

static void a_rotated_secret_is_noticed(void **state)
{
    struct tt_conf_auth auth = {.mechanism = TT_AUTH_BEARER};
    struct tt_http_options options = {.url = "http://127.0.0.1:9/", .auth = &auth, .timeout_s = 1};
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_http *http;

    (void)state;
    auth.token_file = strdup(write_file("token", "first\n", 6, 0640));
    http = new_client(9, &auth, NULL, 1, NULL);
    assert_false(tt_http_has_changed(http, &options, &why));
    write_file("token", "second\n", 7, 0640);
    assert_false(tt_http_has_changed(http, &options, &why));
    assert_true(tt_http_has_changed(http, &options, &why));
    tt_http_free(&http);
    free(auth.token_file);
}

static const struct {
    const char *name;
    unsigned mechanism;
    const char *user, *text;
    unsigned mode;
    int err;
    const char *why;
} makes[] = {
    {"a token that all can read", TT_AUTH_BEARER, NULL, "x", 0644, TT_EPERM, "everybody can read it"},
    {"an empty token", TT_AUTH_BEARER, NULL, "\n", 0640, TT_ECONFIG, "first line is empty"},
    {"no token", TT_AUTH_BEARER, NULL, NULL, 0, TT_ENOENT, "No such file"},
    {"no user", TT_AUTH_BASIC, NULL, "x", 0640, TT_ECONFIG, "needs a user"},
    {"a user with a colon", TT_AUTH_BASIC, "a:b", "x", 0640, TT_ECONFIG, "needs a user"},
};

static void what_cannot_be_made_is_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(makes); i++) {
        char *path = strdup(makes[i].text != NULL
                                ? write_file("s", makes[i].text, strlen(makes[i].text), makes[i].mode)
                                : "/tmp/tt-no-such-file");
        struct tt_conf_auth auth = {(uint8_t)makes[i].mechanism, (char *)(uintptr_t)makes[i].user, path,
                                    path};
        struct tt_http_options options = {.url = "http://127.0.0.1:9/", .auth = &auth, .timeout_s = 1};
        struct tt_buf why = new_why();
        struct tt_http *http;
        int err = tt_http_new(&options, &http, &why);

        if (err != makes[i].err || strstr(why_text, makes[i].why) == NULL || http != NULL)
            fail_msg("%s: %d %s", makes[i].name, err, why_text);
        free(path);
    }
}

static void a_certificate_that_is_none_is_refused(void **state)
{
    struct tt_conf_tls tls = {.is_given = true, .ca_file = strdup(write_file("ca", "not PEM", 7, 0644))};
    struct tt_http_options options = {.url = "https://127.0.0.1:9/", .tls = &tls, .timeout_s = 1};
    struct tt_buf why = new_why();
    struct tt_http *http;

    (void)state;
    assert_int_equal(tt_http_new(&options, &http, &why), TT_ECONFIG);
    assert_non_null(strstr(why_text, "no certificate in PEM"));
    free(tls.ca_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_server_ends_in_an_answer_or_a_reason),
        cmocka_unit_test(the_head_says_when_to_come_again),
        cmocka_unit_test(a_request_says_who_it_is),
        cmocka_unit_test(a_page_is_fetched_on_the_same_connection),
        cmocka_unit_test(a_large_body_arrives_whole),
        cmocka_unit_test(what_was_not_sent_is_known_not_to_be),
        cmocka_unit_test(a_dead_connection_is_replaced),
        cmocka_unit_test(a_rotated_secret_is_noticed),
        cmocka_unit_test(what_cannot_be_made_is_refused_with_a_reason),
        cmocka_unit_test(a_certificate_that_is_none_is_refused),
    };
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(tt_net_init(), TT_OK);
    assert_int_equal(tt_net_init(), TT_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
