/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * A name whose resolver never answers: in a network and mount namespace of its own, where the only server of
 * /etc/resolv.conf takes every question and says nothing. getaddrinfo would hang there for some 300 s.
 */

#include "net_test.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/connect.h"
#include "net/http.h"

#define SECOND_NS UINT64_C(1000000000)

enum { NO_NAMESPACE = 77, ROUNDS = 3, LIMIT_S = 60 };

static const char resolv[] = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n";
static const char nsswitch[] = "hosts: files dns\n";

/* Children have no cmocka: they say what is wrong and end. */
#define MUST(is_true)                                                                                        \
    do {                                                                                                     \
        if (!(is_true)) {                                                                                    \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #is_true, strerror(errno));                       \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static void cover(const char *path, const char *over)
{
    if (access(over, F_OK) == 0)
        MUST(mount(path, over, NULL, MS_BIND, NULL) == 0);
}

static void enter_silence(const char *resolv_path, const char *nsswitch_path)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd;

    if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0)
        _exit(NO_NAMESPACE);
    MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    cover(resolv_path, "/etc/resolv.conf");
    cover(nsswitch_path, "/etc/nsswitch.conf");
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(ioctl(fd, SIOCSIFFLAGS, &loopback) == 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    MUST(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
}

struct end {
    uint64_t at_ns;
    unsigned looks;
};

static uint64_t must_end(const void *arg)
{
    struct end *end = (struct end *)(uintptr_t)arg;

    end->looks++;
    return end->at_ns;
}

static uint64_t passed_ms(uint64_t since_ns)
{
    return (tt_clock_mono_ns() - since_ns) / 1000000;
}

/* One client that is told after 300 ms that its time is up; and that is gone then. */
static void give_up_in_time(void)
{
    struct end end = {0};
    struct tt_http_options options = {
        .url = "http://silent.test:3100/push", .timeout_s = 30, .must_end = must_end, .must_end_arg = &end};
    char text[256];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer;
    struct tt_http *http;
    bool is_sent;
    uint64_t gave_up_ms, start_ns = tt_clock_mono_ns();

    MUST(tt_http_new(&options, &http, &why) == TT_OK);
    end.at_ns = start_ns + 3 * SECOND_NS / 10;
    MUST(tt_http_post(http, NULL, "x", 1, &answer, &is_sent, &why) == TT_EAGAIN);
    MUST(strstr(tt_buf_cstr(&why), "no time is left") != NULL);
    MUST(!is_sent && end.looks > 1);
    gave_up_ms = passed_ms(start_ns) - 300;
    start_ns = tt_clock_mono_ns();
    tt_http_free(&http);
    printf("gave up %llu ms after the end, gone %llu ms later\n", (unsigned long long)gave_up_ms,
           (unsigned long long)passed_ms(start_ns));
}

/* The client's own limit, without anybody in a hurry. */
static void time_out(void)
{
    struct tt_http_options options = {.url = "http://silent.test:3100/push", .timeout_s = 1};
    char text[256];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_http_answer answer;
    struct tt_http *http;
    bool is_sent;

    MUST(tt_http_new(&options, &http, &why) == TT_OK);
    for (unsigned i = 0; i < ROUNDS; i++) { /* the thread of the round before still hangs */
        tt_buf_reset(&why);
        MUST(tt_http_post(http, NULL, "x", 1, &answer, &is_sent, &why) == TT_EAGAIN);
        MUST(strstr(tt_buf_cstr(&why), "its name was not resolved within 1 s") != NULL);
        MUST(!is_sent);
    }
    tt_http_free(&http);
}

/* Runs it in a child that must end, by exit with its handlers, long before the resolver would let it. */
static void run_in_silence(void (*act)(void))
{
    char *resolv_path = strdup(write_file("resolv", resolv, sizeof(resolv) - 1, 0644));
    char *nsswitch_path = strdup(write_file("nsswitch", nsswitch, sizeof(nsswitch) - 1, 0644));
    int status;
    pid_t child = fork();

    if (child == 0) {
        alarm(LIMIT_S);
        enter_silence(resolv_path, nsswitch_path);
        free(resolv_path);
        free(nsswitch_path);
        MUST(tt_net_init() == TT_OK);
        act();
        exit(0); /* the libraries' own ends are part of it */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    free(resolv_path);
    free(nsswitch_path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE)
        skip();
    assert_int_equal(status, 0);
}

static void a_client_gives_up_while_its_name_is_looked_up(void **state)
{
    (void)state;
    run_in_silence(give_up_in_time);
}

static void a_name_that_is_not_resolved_costs_the_time_limit(void **state)
{
    (void)state;
    run_in_silence(time_out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_gives_up_while_its_name_is_looked_up),
        cmocka_unit_test(a_name_that_is_not_resolved_costs_the_time_limit),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
