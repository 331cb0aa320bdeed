/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The listener, with libfstrm's own writer at the other end, as in named, and with peers that
 * misbehave. */

#include <fstrm.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "dnstap_test.h"
#include "intake/upstream.h"

#define CONTENT_TYPE "protobuf:dnstap.Dnstap"

enum { PATH_MAX_LEN = 80 };

static char dir[40], path[PATH_MAX_LEN];
static struct tt_upstream_counts counts;
static struct tt_upstream *upstream;
static uint64_t exchanges_n; /* atomic */

/* What a thread does is waited for, 20 s at most. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        struct timespec pause = {0, 1000000};                                                      \
        for (int turn = 0; turn < 20000 && !(condition); turn++)                                   \
            nanosleep(&pause, NULL);                                                               \
        assert_true(condition);                                                                    \
    } while (0)

static uint64_t count_of(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#define CLOSED(how) count_of(&counts.closed[TT_UPSTREAM_##how])
#define FRAMES(what) count_of(&counts.messages.frames[TT_MESSAGES_##what])
#define CONNECTIONS() __atomic_load_n(&counts.connections, __ATOMIC_RELAXED)

static void note(void *arg, const struct tt_exchange *exchange)
{
    (void)arg;
    (void)exchange;
    __atomic_fetch_add(&exchanges_n, 1, __ATOMIC_RELAXED);
}

static void keep_quiet(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

static int start(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/tt-upstream-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/sub/upstream.sock", dir);
    tt_log_set(keep_quiet, NULL);
    memset(&counts, 0, sizeof(counts));
    exchanges_n = 0;
    return tt_upstream_start(path, note, NULL, &counts, &upstream);
}

static int stop(void **state)
{
    char command[64];

    (void)state;
    tt_upstream_stop(&upstream, tt_clock_mono_ns() + 20 * UINT64_C(1000000000));
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

static struct fstrm_writer *open_writer(const char *content_type)
{
    struct fstrm_unix_writer_options *where = fstrm_unix_writer_options_init();
    struct fstrm_writer_options *what = fstrm_writer_options_init();
    struct fstrm_writer *writer;

    fstrm_unix_writer_options_set_socket_path(where, path);
    fstrm_writer_options_add_content_type(what, content_type, strlen(content_type));
    writer = fstrm_unix_writer_init(where, what);
    fstrm_unix_writer_options_destroy(&where);
    fstrm_writer_options_destroy(&what);
    assert_non_null(writer);
    return writer;
}

static void write_said(struct fstrm_writer *writer, uint8_t type, unsigned port)
{
    uint64_t now_us = tt_clock_wall_us();
    struct said said = {type, TT_DNSTAP_UDP, 1, 'a', (uint16_t)port, 0, now_us, 0, 0};
    struct payload payload;

    if (!tt_dnstap_is_query(type))
        said.answered_us = now_us;
    payload = make_payload(&said);
    assert_int_equal(fstrm_writer_write(writer, payload.bytes, payload.len), fstrm_res_success);
}

static void write_pair(struct fstrm_writer *writer, unsigned port)
{
    write_said(writer, TT_DNSTAP_RESOLVER_QUERY, port);
    write_said(writer, TT_DNSTAP_RESOLVER_RESPONSE, port);
}

static void close_writer(struct fstrm_writer **writer)
{
    assert_int_equal(fstrm_writer_close(*writer), fstrm_res_success); /* it waits for our FINISH */
    fstrm_writer_destroy(writer);
}

static int connect_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void one_connection_after_another_is_served(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct fstrm_writer *writer = open_writer(CONTENT_TYPE);
        write_pair(writer, i);
        close_writer(&writer);
    }
    AWAIT(CLOSED(ENDED) == 20 && CONNECTIONS() == 0);
    assert_int_equal(count_of(&exchanges_n), 20);
    assert_int_equal(count_of(&counts.messages.ends[TT_PAIRS_PAIRED]), 20);
}

/* As named does it when it is configured anew: the next before the last. */
static void a_query_of_one_connection_finds_its_response_in_another(void **state)
{
    struct fstrm_writer *before = open_writer(CONTENT_TYPE), *after = open_writer(CONTENT_TYPE);

    (void)state;
    write_said(before, TT_DNSTAP_RESOLVER_QUERY, 1);
    AWAIT(FRAMES(QUERY) == 1);
    write_said(after, TT_DNSTAP_RESOLVER_RESPONSE, 1);
    AWAIT(count_of(&counts.messages.ends[TT_PAIRS_PAIRED]) == 1);
    assert_int_equal(CONNECTIONS(), 2);
    close_writer(&before);
    close_writer(&after);
    AWAIT(CLOSED(ENDED) == 2);
}

struct flood {
    unsigned first;
};

static void *write_many(void *arg)
{
    const struct flood *flood = arg;
    struct fstrm_writer *writer = open_writer(CONTENT_TYPE);

    for (unsigned i = 0; i < 2000; i++)
        write_pair(writer, flood->first + i);
    close_writer(&writer);
    return NULL;
}

static void connections_at_once_lose_nothing(void **state)
{
    enum { WRITERS = 4 };
    struct flood floods[WRITERS];
    pthread_t threads[WRITERS];

    (void)state;
    for (unsigned i = 0; i < WRITERS; i++) {
        floods[i].first = i * 10000;
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &floods[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    AWAIT(CLOSED(ENDED) == WRITERS);
    assert_int_equal(count_of(&exchanges_n), WRITERS * 2000);
    assert_int_equal(count_of(&counts.messages.ends[TT_PAIRS_UNPAIRED]), 0);
}

/* The peer is told by the end of the connection, and the next one is served. */
static void a_peer_that_speaks_otherwise_loses_its_connection(void **state)
{
    static const char *const words[] = {"GET / HTTP/1.1\r\n\r\n",
                                        "\xff\xff\xff\xff\xff\xff\xff\xff"};
    struct fstrm_writer *writer;
    char byte;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(words); i++) {
        int fd = connect_here();
        assert_int_equal(send(fd, words[i], strlen(words[i]), MSG_NOSIGNAL), strlen(words[i]));
        assert_int_equal(recv(fd, &byte, 1, 0), 0);
        close(fd);
    }
    assert_int_equal(CLOSED(REFUSED), 2);
    writer = open_writer("protobuf:something.Else");
    assert_int_not_equal(fstrm_writer_open(writer), fstrm_res_success);
    fstrm_writer_destroy(&writer);
    AWAIT(CLOSED(REFUSED) == 3);
    writer = open_writer(CONTENT_TYPE);
    write_pair(writer, 1);
    close_writer(&writer);
    AWAIT(count_of(&exchanges_n) == 1);
}

static void a_connection_that_breaks_off_is_counted(void **state)
{
    static const char half[] = "\0\0\0\0\0\0\0";
    int fd = connect_here();

    (void)state;
    AWAIT(CONNECTIONS() == 1);
    assert_int_equal(send(fd, half, sizeof(half) - 1, MSG_NOSIGNAL), sizeof(half) - 1);
    close(fd);
    AWAIT(CLOSED(CUT) == 1 && CONNECTIONS() == 0);
}

static void there_are_only_so_many_connections(void **state)
{
    struct fstrm_writer *writers[TT_UPSTREAM_CONNECTIONS_MAX], *later;
    int one_more;
    char byte;

    (void)state;
    for (unsigned i = 0; i < TT_UPSTREAM_CONNECTIONS_MAX; i++) {
        writers[i] = open_writer(CONTENT_TYPE);
        write_pair(writers[i], i);
    }
    AWAIT(count_of(&exchanges_n) == TT_UPSTREAM_CONNECTIONS_MAX);
    one_more = connect_here();
    assert_int_equal(recv(one_more, &byte, 1, 0), 0);
    close(one_more);
    assert_int_equal(CLOSED(REFUSED), 1);
    for (unsigned i = 0; i < TT_UPSTREAM_CONNECTIONS_MAX; i++)
        close_writer(&writers[i]);
    AWAIT(CONNECTIONS() == 0);
    later = open_writer(CONTENT_TYPE);
    write_pair(later, 100);
    close_writer(&later);
    AWAIT(count_of(&exchanges_n) == TT_UPSTREAM_CONNECTIONS_MAX + 1);
}

/* The first that came and said nothing gives its place. */
static void peers_that_say_nothing_keep_nobody_out(void **state)
{
    int fds[TT_UPSTREAM_CONNECTIONS_MAX];
    struct fstrm_writer *writer;
    char byte;

    (void)state;
    for (unsigned i = 0; i < TT_UPSTREAM_CONNECTIONS_MAX; i++)
        fds[i] = connect_here();
    AWAIT(CONNECTIONS() == TT_UPSTREAM_CONNECTIONS_MAX);
    writer = open_writer(CONTENT_TYPE);
    write_pair(writer, 1);
    AWAIT(count_of(&exchanges_n) == 1);
    assert_int_equal(recv(fds[0], &byte, 1, 0), 0);
    assert_int_equal(recv(fds[1], &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(CLOSED(REFUSED), 1);
    close_writer(&writer);
    for (unsigned i = 0; i < TT_UPSTREAM_CONNECTIONS_MAX; i++)
        close(fds[i]);
}

static void the_socket_is_for_the_user_and_the_group_of_the_process(void **state)
{
    struct tt_upstream *second;
    struct stat st;

    (void)state;
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(st.st_uid, geteuid());
    assert_int_equal(tt_upstream_start(path, note, NULL, &counts, &second), TT_EBUSY);
    assert_null(second);
    assert_int_equal(lstat(path, &st), 0);
}

static void what_has_come_before_the_stop_counts(void **state)
{
    struct fstrm_writer *writer = open_writer(CONTENT_TYPE);
    uint64_t started_ns;

    (void)state;
    for (unsigned i = 0; i < 500; i++)
        write_pair(writer, i);
    started_ns = tt_clock_mono_ns();
    tt_upstream_stop(&upstream, started_ns + 20 * UINT64_C(1000000000));
    assert_null(upstream);
    assert_int_equal(count_of(&exchanges_n), 500);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(CONNECTIONS(), 0);
    fstrm_writer_destroy(&writer);
    assert_int_equal(tt_upstream_start(path, note, NULL, &counts, &upstream), TT_OK);
    writer = open_writer(CONTENT_TYPE);
    write_pair(writer, 1);
    close_writer(&writer);
    AWAIT(count_of(&exchanges_n) == 501); /* and the counts go on where they stood */
    assert_int_equal(FRAMES(RESPONSE), 501);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void note_at_the_gate(void *arg, const struct tt_exchange *exchange)
{
    note(arg, exchange);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

/* In a process of its own, which ends before anybody looks for what is left behind. */
static bool is_left_behind(void)
{
    struct fstrm_writer *writer;
    bool is;

    pthread_mutex_lock(&gate);
    if (tt_upstream_start(path, note_at_the_gate, NULL, &counts, &upstream) != TT_OK)
        return false;
    writer = open_writer(CONTENT_TYPE);
    write_pair(writer, 1);
    AWAIT(count_of(&exchanges_n) == 1);
    is = tt_upstream_stop(&upstream, tt_clock_mono_ns()) == TT_EAGAIN && upstream == NULL;
    pthread_mutex_unlock(&gate);
    AWAIT(CONNECTIONS() == 0); /* it ends, whenever it can */
    return is;
}

/* Who asked is told: what the listener calls is still in use. */
static void one_that_does_not_end_is_left_behind(void **state)
{
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(tt_upstream_stop(&upstream, tt_clock_mono_ns() + 20 * UINT64_C(1000000000)),
                     TT_OK);
    child = fork();
    if (child == 0)
        kill(getpid(), is_left_behind() ? SIGKILL : SIGTERM);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(one_connection_after_another_is_served),
        ROW(a_query_of_one_connection_finds_its_response_in_another),
        ROW(connections_at_once_lose_nothing),
        ROW(a_peer_that_speaks_otherwise_loses_its_connection),
        ROW(a_connection_that_breaks_off_is_counted),
        ROW(there_are_only_so_many_connections),
        ROW(peers_that_say_nothing_keep_nobody_out),
        ROW(one_that_does_not_end_is_left_behind),
        ROW(the_socket_is_for_the_user_and_the_group_of_the_process),
        ROW(what_has_come_before_the_stop_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
