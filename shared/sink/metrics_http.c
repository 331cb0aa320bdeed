/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The server runs in external polling mode on a thread of ours, so that name, signals, time limits
 * and the end of it are ours too. Everything of the library happens on that thread, and its panic
 * (by default an abort of the whole process) ends that thread only: what it then holds is left
 * behind.
 */

#include "sink/metrics_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/listen.h"

#define SECOND_NS 1000000000u

enum {
    IDLE_S = 10,
    WHOLE_S = 30,
    WAKE_MS = 1000,
    REQUEST_MEMORY = 8192,
    PAGE_START = 64 << 10,
    PAGE_MAX = 16 << 20
};

struct connection {
    struct MHD_Connection *connection; /* NULL: free */
    int fd;
    uint64_t until_ns;
};

struct tt_metrics_http {
    tt_metrics_collect_f collect;
    void *collect_arg;
    pthread_t thread;
    int listen_fd; /* the library closes it */
    int wake_fd;
    struct tt_log_limit limit;

    /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum { STARTING, RUNNING, FAILED } state;
    bool is_stopping;

    /* the thread's own */
    struct MHD_Daemon *daemon;
    jmp_buf panic;
    struct connection connections[TT_METRICS_CONNECTIONS_MAX];
};

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* The whole page, in memory of the caller; NULL without memory. */
static char *make_page(const struct tt_metrics_http *http, size_t *len)
{
    for (size_t cap = PAGE_START; cap <= PAGE_MAX; cap *= 2) {
        char *page = malloc(cap);
        struct tt_buf buf = tt_buf_over(page, cap);
        struct tt_expo expo;
        if (page == NULL)
            return NULL;
        tt_expo_init(&expo, &buf);
        http->collect(http->collect_arg, tt_expo_visit, &expo);
        *len = buf.len;
        if (!buf.overflow)
            return page;
        free(page);
    }
    return NULL;
}

static enum MHD_Result answer_page(const struct tt_metrics_http *http,
                                   struct MHD_Connection *connection)
{
    size_t len = 0;
    char *page = make_page(http, &len);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (page == NULL)
        return answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory for this page\n");
    response = MHD_create_response_from_buffer(len, page, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(page);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            "text/plain; version=0.0.4; charset=utf-8");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

/* Called with the head of a request, and again when there is no more of it. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **seen)
{
    struct tt_metrics_http *http = arg;

    (void)version;
    (void)upload;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (*seen == NULL) {
        *seen = http;
        return MHD_YES;
    }
    *upload_len = 0;
    if (strcmp(url, "/metrics") != 0)
        return answer_text(connection, MHD_HTTP_NOT_FOUND, "only /metrics\n");
    return answer_page(http, connection);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    struct tt_metrics_http *http = arg;
    const struct MHD_Connection *wanted = code == MHD_CONNECTION_NOTIFY_STARTED ? NULL : connection;

    (void)own;
    for (size_t i = 0; i < TT_COUNT(http->connections); i++) {
        struct connection *slot = &http->connections[i];
        if (slot->connection != wanted)
            continue;
        slot->connection = NULL;
        if (wanted == NULL) {
            slot->connection = connection;
            slot->fd =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
            slot->until_ns = tt_clock_mono_ns() + WHOLE_S * (uint64_t)SECOND_NS;
        }
        return;
    }
}

TT_PRINTF(2, 0)
static void on_log(void *arg, const char *format, va_list args)
{
    struct tt_metrics_http *http = arg;
    char text[400];

    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    tt_log_limited(&http->limit, TT_LOG_DEBUG, "metrics: %s", text);
}

/* Must not return, and must not end the process: pthread_exit does where libgcc_s cannot be loaded, as
 * in a chroot. */
static void on_panic(void *arg, const char *file, unsigned line, const char *reason)
{
    struct tt_metrics_http *http = arg;

    tt_log(TT_LOG_ERROR, "metrics: no longer served: libmicrohttpd gave up at %s:%u: %s", file,
           line, reason != NULL ? reason : "no reason given");
    longjmp(http->panic, 1);
}

static unsigned count_connections(const struct tt_metrics_http *http)
{
    unsigned n = 0;

    for (size_t i = 0; i < TT_COUNT(http->connections); i++)
        n += http->connections[i].connection != NULL;
    return n;
}

/* A client that drips bytes is cut off all the same. */
static void cut_overdue(struct tt_metrics_http *http)
{
    uint64_t now = tt_clock_mono_ns();

    for (size_t i = 0; i < TT_COUNT(http->connections); i++) {
        const struct connection *slot = &http->connections[i];
        if (slot->connection != NULL && now >= slot->until_ns)
            shutdown(slot->fd, SHUT_RDWR);
    }
}

static void set_state(struct tt_metrics_http *http, int state)
{
    pthread_mutex_lock(&http->lock);
    http->state = state;
    pthread_cond_signal(&http->changed);
    pthread_mutex_unlock(&http->lock);
}

static bool is_stopping(struct tt_metrics_http *http)
{
    bool stopping;

    pthread_mutex_lock(&http->lock);
    stopping = http->is_stopping;
    pthread_mutex_unlock(&http->lock);
    return stopping;
}

static void run_daemon(struct tt_metrics_http *http)
{
    int epoll_fd = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd fds[] = {{.fd = epoll_fd, .events = POLLIN},
                           {.fd = http->wake_fd, .events = POLLIN}};

    while (!is_stopping(http)) {
        MHD_UNSIGNED_LONG_LONG wait_ms = WAKE_MS;
        unsigned n = count_connections(http);
        if (n > 0 && MHD_get_timeout(http->daemon, &wait_ms) != MHD_YES)
            wait_ms = WAKE_MS;
        poll(fds, TT_COUNT(fds), (int)TT_MIN(wait_ms, WAKE_MS));
        cut_overdue(http);
        do {
            n = count_connections(http);
            MHD_run(http->daemon);
            /* A run that begins at the limit does not look at the listener, and nothing but a run
             * makes it look again. */
        } while (n == TT_METRICS_CONNECTIONS_MAX && count_connections(http) < n);
    }
}

static void *serve(void *arg)
{
    struct tt_metrics_http *http = arg;

    if (setjmp(http->panic) != 0)
        return NULL;
    MHD_set_panic_func(on_panic, http);
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, http,
        MHD_OPTION_EXTERNAL_LOGGER, on_log, http, MHD_OPTION_LISTEN_SOCKET, http->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)TT_METRICS_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)REQUEST_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_END);
    if (http->daemon == NULL) {
        set_state(http, FAILED);
        return NULL;
    }
    set_state(http, RUNNING);
    run_daemon(http);
    MHD_stop_daemon(http->daemon);
    return NULL;
}

static void say_no_listener(const struct tt_ip *ip, uint16_t port, unsigned ports_n,
                            const char *why)
{
    char text[64];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_ip_format(&buf, ip);
    tt_log(TT_LOG_WARNING,
           "metrics: cannot listen on %s, ports %u to %u: %s; set another metrics.listen",
           tt_buf_cstr(&buf), port, port + (port > 0 ? ports_n - 1 : 0), why);
}

static void destroy(struct tt_metrics_http *http)
{
    if (http->wake_fd >= 0)
        close(http->wake_fd);
    pthread_cond_destroy(&http->changed);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

/* Starts the thread and hears whether the library came up. If it did not, whether it closed the
 * socket is its secret: then the descriptor is rather lost than closed twice. */
static int start_thread(struct tt_metrics_http *http, int *fd)
{
    uint64_t deadline_ns = tt_clock_mono_ns() + SECOND_NS;
    int err = tt_thread_start(&http->thread, "tt-metrics", serve, http);

    if (err != TT_OK)
        return err;
    pthread_mutex_lock(&http->lock);
    while (http->state == STARTING && tt_cond_wait(&http->changed, &http->lock, deadline_ns))
        continue;
    err = http->state == FAILED ? TT_ENOMEM : TT_OK;
    pthread_mutex_unlock(&http->lock);
    if (err != TT_OK)
        pthread_join(http->thread, NULL);
    *fd = -1;
    return err;
}

/* Takes the listening socket. */
static int run(int fd, tt_metrics_collect_f collect, void *arg, struct tt_metrics_http **out)
{
    struct tt_metrics_http *http = calloc(1, sizeof(*http));
    int err;

    if (http == NULL || tt_cond_init(&http->changed) != TT_OK) {
        free(http);
        close(fd);
        return TT_ENOMEM;
    }
    pthread_mutex_init(&http->lock, NULL);
    http->collect = collect;
    http->collect_arg = arg;
    http->listen_fd = fd;
    http->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    err = http->wake_fd >= 0 ? start_thread(http, &fd) : TT_EAGAIN;
    if (err == TT_OK) {
        *out = http;
        return TT_OK;
    }
    if (fd >= 0)
        close(fd);
    destroy(http);
    return err;
}

int tt_metrics_http_start(const struct tt_ip *ip, uint16_t port, unsigned ports_n,
                          tt_metrics_collect_f collect, void *arg, struct tt_metrics_http **out,
                          uint16_t *port_taken)
{
    int err = TT_EINVAL, fd = -1;

    *out = NULL;
    if (ip->family == 4 || ip->family == 6)
        err = tt_listen_tcp(ip, port, ports_n, &fd, port_taken);
    if (err != TT_OK) {
        say_no_listener(ip, port, ports_n,
                        err == TT_EINVAL ? "not an address of this machine"
                                         : strerrordesc_np(errno));
        return err;
    }
    err = run(fd, collect, arg, out);
    if (err != TT_OK)
        tt_log(TT_LOG_WARNING, "metrics: not served: %s", tt_error_text(err));
    return err;
}

bool tt_metrics_http_stop(struct tt_metrics_http **http_at, uint64_t deadline_ns)
{
    struct tt_metrics_http *http = *http_at;
    uint64_t one = 1;

    *http_at = NULL;
    if (http == NULL)
        return true;
    pthread_mutex_lock(&http->lock);
    http->is_stopping = true;
    pthread_mutex_unlock(&http->lock);
    if (write(http->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
        tt_log(TT_LOG_DEBUG, "metrics: the thread is awake already");
    if (tt_thread_join(http->thread, deadline_ns) != TT_OK)
        return false;
    destroy(http);
    return true;
}
