/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Addresses as text, and connections that come about, or do not, in time. */

#include "net_test.h"

#include <sys/un.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/connect.h"

#define SECOND_NS UINT64_C(1000000000)

static const struct {
    const char *text;
    int err;
    const char *host;
    uint16_t port;
} addresses[] = {
    {"host:53", TT_OK, "host", 53},
    {"127.0.0.1:1", TT_OK, "127.0.0.1", 1},
    {"[::1]:65535", TT_OK, "::1", 65535},
    {"[2001:db8::1]:9092", TT_OK, "2001:db8::1", 9092},
    {"", TT_ESYNTAX, "", 0},
    {":53", TT_ESYNTAX, "", 0},
    {"host", TT_ESYNTAX, "", 0},
    {"host:", TT_ESYNTAX, "", 0},
    {"host:0", TT_ESYNTAX, "", 0},
    {"host:65536", TT_ESYNTAX, "", 0},
    {"host:5x", TT_ESYNTAX, "", 0},
    {"host:-5", TT_ESYNTAX, "", 0},
    {"::1:53", TT_ESYNTAX, "", 0},
    {"2001:db8::1:53", TT_ESYNTAX, "", 0},
    {"[::1]", TT_ESYNTAX, "", 0},
    {"[::1", TT_ESYNTAX, "", 0},
    {"[]:53", TT_ESYNTAX, "", 0},
    {"[::1]53", TT_ESYNTAX, "", 0},
    {"ho st:53", TT_ESYNTAX, "", 0},
    {"host\n:53", TT_ESYNTAX, "", 0},
};

static void every_address_is_split_or_refused(void **state)
{
    struct tt_net_address address;
    char text[TT_NET_HOST_MAX + 8];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(addresses); i++) {
        int err = tt_net_parse_address(addresses[i].text, &address);
        if (err != addresses[i].err)
            fail_msg("%s: %d", addresses[i].text, err);
        if (err == TT_OK &&
            (strcmp(address.host, addresses[i].host) != 0 || address.port != addresses[i].port))
            fail_msg("%s: %s %u", addresses[i].text, address.host, address.port);
    }
    memset(text, 'x', sizeof(text));
    memcpy(text + 254, ":53", 4);
    assert_int_equal(tt_net_parse_address(text, &address), TT_ESYNTAX);
    assert_int_equal(tt_net_parse_address(text + 1, &address), TT_OK);
}

static char why_text[512];

static struct tt_buf new_why(void)
{
    memset(why_text, 0, sizeof(why_text));
    return tt_buf_over(why_text, sizeof(why_text) - 1);
}

static uint64_t until(const void *at)
{
    return *(const uint64_t *)at;
}

static const uint64_t *in(uint64_t ns)
{
    static uint64_t at;

    at = tt_clock_mono_ns() + ns;
    return &at;
}

static void a_connection_comes_about(void **state)
{
    struct server *server = server_start();
    struct tt_net_address address = {.host = "localhost", .port = server->port};
    struct tt_buf why = new_why();
    int fd;

    (void)state;
    assert_int_equal(tt_net_connect_tcp(&address, until, in(10 * SECOND_NS), &fd, &why), TT_OK);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
    server_stop(server);
}

static void a_closed_port_and_an_unknown_name_are_named(void **state)
{
    struct server *server = server_start();
    struct tt_net_address address = {.host = "127.0.0.1", .port = server->port};
    struct tt_buf why = new_why();
    int fd;

    (void)state;
    server_stop(server);
    assert_int_equal(tt_net_connect_tcp(&address, until, in(10 * SECOND_NS), &fd, &why), TT_EAGAIN);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(why_text, "Connection refused"));
    why = new_why();
    snprintf(address.host, sizeof(address.host), "no..such..name");
    assert_int_equal(tt_net_connect_tcp(&address, until, in(SECOND_NS), &fd, &why), TT_EAGAIN);
    assert_non_null(strstr(why_text, "cannot be resolved"));
}

/* Nobody accepts, and there is no room left to wait in. */
static void a_listener_that_is_stuck_costs_the_time_limit(void **state)
{
    struct server server = {0};
    struct tt_net_address address = {.host = "127.0.0.1"};
    int fds[16], n = 0, err = TT_OK;

    (void)state;
    server_listen(&server);
    address.port = server.port;
    assert_int_equal(listen(server.fd, 0), 0);
    while (n < 16 && err == TT_OK) {
        struct tt_buf why = new_why();
        err = tt_net_connect_tcp(&address, until, in(SECOND_NS / 5), &fds[n], &why);
        n += err == TT_OK;
    }
    assert_int_equal(err, TT_EAGAIN);
    assert_non_null(strstr(why_text, "timed out"));
    while (n > 0)
        close(fds[--n]);
    close(server.fd);
}

static void a_unix_socket_is_connected_to_or_named(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, fds[4], n = 0, err = TT_OK;
    char path[200];
    struct tt_buf why = new_why();

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", write_file("sock", "", 0, 0600));
    unlink(address.sun_path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(tt_net_connect_unix(address.sun_path, until, in(0), &fd, &why), TT_EAGAIN);
    assert_non_null(strstr(why_text, "Connection refused"));
    assert_int_equal(listen(listener, 0), 0);
    while (n < 4 && err == TT_OK) { /* and here, too, the waiting room is full once */
        why = new_why();
        err = tt_net_connect_unix(address.sun_path, until, in(SECOND_NS / 5), &fds[n], &why);
        n += err == TT_OK;
    }
    assert_true(n > 0);
    assert_int_equal(err, TT_EAGAIN);
    while (n > 0)
        close(fds[--n]);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    why = new_why();
    assert_int_equal(tt_net_connect_unix(path, until, in(SECOND_NS), &fd, &why), TT_EAGAIN);
    assert_non_null(strstr(why_text, "too long"));
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_address_is_split_or_refused),
        cmocka_unit_test(a_connection_comes_about),
        cmocka_unit_test(a_closed_port_and_an_unknown_name_are_named),
        cmocka_unit_test(a_listener_that_is_stuck_costs_the_time_limit),
        cmocka_unit_test(a_unix_socket_is_connected_to_or_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
