/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "sink/metrics_http.h"

#define SECOND_NS 1000000000ull

static const struct tt_ip loopback = {4, {127, 0, 0, 1}};

static void no_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

/* arg: how many sinks to speak of, so that a page can be made large. */
static void collect(void *arg, tt_metric_visit_f visit, void *visit_arg)
{
    unsigned n = *(unsigned *)arg;
    char name[32];

    visit(&(struct tt_metric_sample){.metric = TT_METRIC_UP, .value = 1}, visit_arg);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "sink-%u", i);
        visit(&(struct tt_metric_sample){.metric = TT_METRIC_SINK_UP, .labels = {name}, .value = 1},
              visit_arg);
    }
}

static struct tt_metrics_http *start(uint16_t *port, unsigned *sinks_n)
{
    struct tt_metrics_http *http;

    assert_int_equal(
        tt_metrics_http_start(&loopback, 0, TT_METRICS_PORTS_N, collect, sinks_n, &http, port),
        TT_OK);
    assert_true(*port > 0);
    return http;
}

static void stop(struct tt_metrics_http **http)
{
    assert_true(tt_metrics_http_stop(http, tt_clock_mono_ns() + 10 * SECOND_NS));
    assert_null(*http);
}

/* receive_len: of the socket's buffer, small for a client that shall be slow; 0: the system's. */
static int connect_with(uint16_t port, int receive_len)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {20, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (receive_len > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_len, sizeof(receive_len));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static int connect_to(uint16_t port)
{
    return connect_with(port, 0);
}

/* Everything the server says until it closes; "" when it closes at once. */
static char *read_all(int fd, size_t *len)
{
    size_t cap = 4 << 20;
    char *text = calloc(1, cap);
    ssize_t got = 1;

    for (*len = 0; *len < cap - 1 && got > 0; *len += got > 0 ? (size_t)got : 0)
        got = recv(fd, text + *len, cap - 1 - *len, 0);
    close(fd);
    return text;
}

static char *ask(uint16_t port, const char *request, size_t *len)
{
    int fd = connect_to(port);

    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return read_all(fd, len);
}

static void requests_get_what_they_deserve(void **state)
{
    static const struct {
        const char *name, *request, *status, *words;
    } cases[] = {
        {"metrics", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ",
         "\ntelltale_up 1\n"},
        {"type", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ",
         "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"},
        {"query string", "GET /metrics?name=x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ",
         "telltale_up 1\n"},
        {"HTTP/1.0", "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "telltale_up 1\n"},
        {"other path", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "only /metrics\n"},
        {"longer path", "GET /metrics2 HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ",
         "only /metrics\n"},
        {"POST", "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
         "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n"},
        {"DELETE", "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ",
         "only GET and HEAD\n"},
        {"no HTTP", "\x16\x03\x01\x02\r\n\r\n", "", ""},
        {"nonsense", "hello\r\n\r\n", "", ""},
    };
    unsigned sinks_n = 1;
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);
    size_t len;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        char *answer = ask(port, cases[i].request, &len);
        if (strncmp(answer, cases[i].status, strlen(cases[i].status)) != 0 ||
            strstr(answer, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].name, answer);
        free(answer);
    }
    stop(&http);
}

static void head_is_get_without_the_page(void **state)
{
    unsigned sinks_n = 0;
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);
    size_t len;
    char *answer = ask(port, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &len);

    (void)state;
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    assert_non_null(strstr(answer, "Content-Length: "));
    assert_string_equal(answer + len - 4, "\r\n\r\n");
    assert_null(strstr(answer, "telltale_up"));
    free(answer);
    stop(&http);
}

enum { SCRAPES = 8 };

struct scraper {
    uint16_t port;
    unsigned sinks_n, good_n;
};

static void *scrape(void *arg)
{
    struct scraper *scraper = arg;
    char last[64];

    snprintf(last, sizeof(last), "telltale_sink_up{sink=\"sink-%u\"} 1\n", scraper->sinks_n - 1);
    for (int i = 0; i < SCRAPES; i++) {
        size_t len;
        char *answer = ask(scraper->port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &len);
        scraper->good_n += len > strlen(last) && strcmp(answer + len - strlen(last), last) == 0;
        free(answer);
    }
    return NULL;
}

static void scrapers_at_once_all_get_whole_pages(void **state)
{
    enum { SCRAPERS = 12 };
    unsigned sinks_n = 3000;
    struct scraper scrapers[SCRAPERS];
    pthread_t threads[SCRAPERS];
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);

    (void)state;
    for (int i = 0; i < SCRAPERS; i++) {
        scrapers[i] = (struct scraper){port, sinks_n, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, scrape, &scrapers[i]), 0);
    }
    for (int i = 0; i < SCRAPERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(scrapers[i].good_n, SCRAPES);
    }
    stop(&http);
}

/* Seven that never read or never finish asking; the eighth is served, and the end does not wait. */
static void slow_scrapers_hurt_nobody_else(void **state)
{
    unsigned sinks_n = 8000;
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);
    struct scraper scraper = {port, sinks_n, 0};
    int slow[TT_METRICS_CONNECTIONS_MAX - 1];
    uint64_t before;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(slow); i++) {
        const char *request = i % 2 ? "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /metr";
        slow[i] = connect_with(port, 2048);
        assert_int_equal(send(slow[i], request, strlen(request), 0), strlen(request));
    }
    scrape(&scraper);
    assert_int_equal(scraper.good_n, SCRAPES);
    before = tt_clock_mono_ns();
    stop(&http);
    assert_true(tt_clock_mono_ns() - before <
                5 * SECOND_NS); /* not the 10 s of a silent connection */
    for (size_t i = 0; i < TT_COUNT(slow); i++)
        close(slow[i]);
}

static void silent_connections_are_cut_so_that_others_get_in(void **state)
{
    unsigned sinks_n = 1;
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);
    int silent[TT_METRICS_CONNECTIONS_MAX];
    size_t len;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(silent); i++)
        silent[i] = connect_to(port);
    char *answer = ask(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &len);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    free(answer);
    for (size_t i = 0; i < TT_COUNT(silent); i++)
        close(silent[i]);
    stop(&http);
}

static void a_taken_port_is_passed_over_and_never_shared(void **state)
{
    unsigned sinks_n = 0;
    uint16_t first, second, third;
    struct tt_metrics_http *a = start(&first, &sinks_n), *b, *c;

    (void)state;
    if (first > 65000)
        skip(); /* no room above the port that the system chose */
    assert_int_equal(tt_metrics_http_start(&loopback, first, 1, collect, &sinks_n, &b, &second),
                     TT_EBUSY);
    assert_null(b);
    assert_int_equal(tt_metrics_http_start(&loopback, first, 16, collect, &sinks_n, &b, &second),
                     TT_OK);
    assert_in_range(second, first + 1, first + 15);
    stop(&a);
    assert_int_equal(tt_metrics_http_start(&loopback, first, 16, collect, &sinks_n, &c, &third),
                     TT_OK);
    assert_int_equal(third, first); /* free again, though it had connections a moment ago */
    stop(&b);
    stop(&c);
}

static void an_address_that_is_not_ours_fails(void **state)
{
    static const struct tt_ip foreign = {4, {192, 0, 2, 1}}, none = {0, {0}};
    struct tt_metrics_http *http;
    uint16_t port;

    (void)state;
    assert_int_not_equal(tt_metrics_http_start(&foreign, 0, 16, collect, NULL, &http, &port),
                         TT_OK);
    assert_null(http);
    assert_int_equal(tt_metrics_http_start(&none, 0, 16, collect, NULL, &http, &port), TT_EINVAL);
    stop(&http);
}

/* The descriptor of this process that listens on the port. */
static int find_listener(uint16_t port)
{
    for (int fd = 3; fd < 256; fd++) {
        struct sockaddr_in address;
        socklen_t len = sizeof(address), one_len = sizeof(int);
        int listens = 0;
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &one_len) == 0 && listens &&
            getsockname(fd, (struct sockaddr *)&address, &len) == 0 &&
            ntohs(address.sin_port) == port)
            return fd;
    }
    return -1;
}

/* In a process of its own: what the library held then is left behind. */
static int panic(void)
{
    unsigned sinks_n = 0;
    uint16_t port;
    struct tt_metrics_http *http = start(&port, &sinks_n);
    int fd = find_listener(port);
    size_t len;

    free(ask(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", &len));
    if (geteuid() == 0 && chroot("/dev") != 0) /* where no library can be loaded, as in a server's own */
        return 1;
    close(fd); /* closing it once more is what the library panics at */
    return fd >= 0 && tt_metrics_http_stop(&http, tt_clock_mono_ns() + 10 * SECOND_NS) ? 0 : 1;
}

static void a_panic_of_the_library_does_not_end_the_process(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(panic());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int silence(void **state)
{
    (void)state;
    tt_log_set(no_log, NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_get_what_they_deserve),
        cmocka_unit_test(head_is_get_without_the_page),
        cmocka_unit_test(scrapers_at_once_all_get_whole_pages),
        cmocka_unit_test(slow_scrapers_hurt_nobody_else),
        cmocka_unit_test(silent_connections_are_cut_so_that_others_get_in),
        cmocka_unit_test(a_taken_port_is_passed_over_and_never_shared),
        cmocka_unit_test(an_address_that_is_not_ours_fails),
        cmocka_unit_test(a_panic_of_the_library_does_not_end_the_process),
    };

    return cmocka_run_group_tests(tests, silence, NULL);
}
