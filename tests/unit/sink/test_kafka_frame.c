/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Confluent's framing, against a small registry that takes only what the interface says. */

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "event/schema.h"
#include "kafka_test.h"

struct registry {
    int fd;
    uint16_t port;
    const char *answer; /* status line's number and words, then the body behind a newline */
    char head[2048], *body;
    size_t body_len;
    pthread_t thread;
};

static size_t number_behind(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);

    return at != NULL ? strtoul(at + strlen(name), NULL, 10) : 0;
}

/* One request: its head and body are kept, `answer` goes back. */
static void *serve(void *arg)
{
    struct registry *registry = arg;
    int fd = accept(registry->fd, NULL, NULL);
    size_t head_len = 0, body_at = 0;
    char out[512];

    while (head_len < sizeof(registry->head) - 1 && strstr(registry->head, "\r\n\r\n") == NULL) {
        if (read(fd, registry->head + head_len, 1) != 1)
            break;
        head_len++;
    }
    if (strcasestr(registry->head, "Expect: 100-continue") != NULL)
        assert_true(write(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 25);
    registry->body_len = number_behind(registry->head, "Content-Length:");
    registry->body = calloc(1, registry->body_len + 1);
    while (body_at < registry->body_len) {
        ssize_t got = read(fd, registry->body + body_at, registry->body_len - body_at);
        if (got <= 0)
            break;
        body_at += (size_t)got;
    }
    const char *body = strchr(registry->answer, '\n') + 1;
    int len = snprintf(out, sizeof(out),
                       "HTTP/1.1 %.*s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                       (int)(body - 1 - registry->answer), registry->answer, strlen(body), body);
    assert_true(write(fd, out, (size_t)len) == len);
    close(fd);
    return NULL;
}

static void start(struct registry *registry, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    memset(registry, 0, sizeof(*registry));
    registry->answer = answer;
    registry->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(registry->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(registry->fd, 1), 0);
    assert_int_equal(getsockname(registry->fd, (struct sockaddr *)&address, &len), 0);
    registry->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&registry->thread, NULL, serve, registry), 0);
}

static int ask(const char *answer, enum tt_topic topic, enum tt_encoding encoding,
               struct registry *registry, struct tt_kafka_frame *frame)
{
    static const struct tt_conf_tls tls;
    static const struct tt_conf_auth auth;
    struct tt_http_options options = {.tls = &tls, .auth = &auth, .timeout_s = 10};
    char url[64];

    start(registry, answer);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/base/", registry->port);
    options.url = url;
    tt_buf_reset(&why);
    int err = tt_kafka_frame_register(&options, "dns_enriched", topic, encoding, frame, &why);
    pthread_join(registry->thread, NULL);
    close(registry->fd);
    return err;
}

static void a_frame_is_the_id_and_the_path_to_the_message(void **state)
{
    static const struct {
        uint32_t id;
        int message;
        const char *bytes;
        size_t len;
    } cases[] = {
        {7, -1, "\0\0\0\0\7", 5},
        {7, 0, "\0\0\0\0\7\0", 6},
        {0x01020304, 1, "\0\1\2\3\4\2\2", 7},
        {1, 64, "\0\0\0\0\1\2\x80\1", 8},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_kafka_frame frame;
        tt_kafka_frame_make(cases[i].id, cases[i].message, &frame);
        assert_int_equal(frame.len, cases[i].len);
        assert_memory_equal(frame.bytes, cases[i].bytes, cases[i].len);
    }
}

static void every_topic_has_its_message_in_the_schema(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    tt_schema_proto(out);
    fclose(out);
    assert_int_equal(tt_kafka_frame_find(text, "DnsEvent"), 0);
    assert_int_equal(tt_kafka_frame_find(text, "DnsEven"), -1);
    assert_int_equal(tt_kafka_frame_find(text, ""), -1);
    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        if (i == TT_TOPIC_DNSTAP || i == TT_TOPIC_METRICS)
            continue;
        assert_true(tt_kafka_frame_find(text, tt_kafka_frame_message((enum tt_topic)i)) >= 0);
    }
    free(text);
}

static void the_schema_is_registered_under_the_topics_name(void **state)
{
    struct tt_kafka_frame frame = {.len = 0};
    struct registry registry;

    (void)state;
    assert_int_equal(
        ask("200 OK\n{\"id\": 258}", TT_TOPIC_ENRICHED, TT_ENCODING_PROTOBUF, &registry, &frame),
        TT_OK);
    assert_non_null(
        strstr(registry.head, "POST /base/subjects/dns_enriched-value/versions HTTP/1.1\r\n"));
    assert_non_null(
        strcasestr(registry.head, "Content-Type: application/vnd.schemaregistry.v1+json\r\n"));
    assert_memory_equal(registry.body, "{\"schemaType\":\"PROTOBUF\",\"schema\":\"", 35);
    assert_non_null(strstr(registry.body, "message DnsEvent {\\u000a"));
    assert_string_equal(registry.body + registry.body_len - 2, "\"}");
    assert_memory_equal(frame.bytes, "\0\0\0\1\2\0", 6);
    free(registry.body);
    assert_int_equal(ask("200 OK\n{\"id\":1}", TT_TOPIC_BOOKS, TT_ENCODING_JSON, &registry, &frame),
                     TT_OK);
    assert_memory_equal(registry.body, "{\"schemaType\":\"JSON\",\"schema\":\"", 31);
    assert_int_equal(frame.len, 5);
    free(registry.body);
}

static void what_a_registry_refuses_is_said(void **state)
{
    static const struct {
        const char *answer;
        int err;
        const char *words;
    } cases[] = {
        {"401 Unauthorized\n{}", TT_ECONFIG, "registry.password_file"},
        {"409 Conflict\n{\"error_code\":409}", TT_ECONFIG, "incompatible"},
        {"422 Unprocessable\n{\"message\":\"Invalid schema\"}", TT_ECONFIG, "Invalid schema"},
        {"503 Unavailable\nx", TT_EAGAIN, "503"},
        {"200 OK\n{\"ident\":1}", TT_ECONFIG, "no id"},
        {"200 OK\n{\"id\":-1}", TT_ECONFIG, "no id"},
        {"200 OK\n{\"id\":\"x\"}", TT_ECONFIG, "no id"},
        {"200 OK\n", TT_ECONFIG, "no id"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_kafka_frame frame = {.len = 0};
        struct registry registry;
        int err = ask(cases[i].answer, TT_TOPIC_ENRICHED, TT_ENCODING_PROTOBUF, &registry, &frame);
        free(registry.body);
        if (err != cases[i].err || strstr(tt_buf_cstr(&why), cases[i].words) == NULL)
            fail_msg("%s: %d, %s", cases[i].answer, err, why_text);
        assert_int_equal(frame.len, 0);
    }
}

static int set_up(void **state)
{
    (void)state;
    why = tt_buf_over(why_text, sizeof(why_text));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_the_id_and_the_path_to_the_message),
        cmocka_unit_test(every_topic_has_its_message_in_the_schema),
        cmocka_unit_test_setup(the_schema_is_registered_under_the_topics_name, set_up),
        cmocka_unit_test_setup(what_a_registry_refuses_is_said, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
