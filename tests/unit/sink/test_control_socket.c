/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The control socket with real peers: patient, silent, slow, hostile, too many. */

#include "sink/control.h"
#include "tap_test.h"

enum { TEXT_CAP = 2 << 20 };

/* The double of the core: a command that hangs until it may go on, one that says much. */
struct core {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_hanging, may_go;
    unsigned offs_n;
};

static int run_off(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    struct core *core = arg;

    (void)argument;
    (void)reply;
    pthread_mutex_lock(&core->lock);
    core->offs_n++;
    pthread_mutex_unlock(&core->lock);
    return TT_OK;
}

static int run_hang(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    struct core *core = arg;

    (void)argument;
    pthread_mutex_lock(&core->lock);
    core->is_hanging = true;
    pthread_cond_broadcast(&core->changed);
    while (!core->may_go)
        pthread_cond_wait(&core->changed, &core->lock);
    core->is_hanging = false;
    pthread_mutex_unlock(&core->lock);
    tt_buf_text(reply, "went on\n");
    return TT_OK;
}

static int run_long(void *arg, struct tt_str argument, struct tt_buf *reply)
{
    (void)arg;
    (void)argument;
    for (unsigned i = 0; i < 90000; i++)
        tt_buf_text(reply, "0123456789");
    return TT_OK;
}

static const struct tt_control_command commands[] = {
    {"off", false, true, run_off},
    {"hang", false, true, run_hang},
    {"long", false, false, run_long},
    {NULL, false, false, NULL},
};

static struct tt_control *open_control(struct core *core)
{
    struct tt_control *control;

    *core = (struct core){.is_hanging = false};
    pthread_mutex_init(&core->lock, NULL);
    pthread_cond_init(&core->changed, NULL);
    assert_int_equal(tt_control_new(at("control.sock"), commands, core, &control), TT_OK);
    return control;
}

static void close_control(struct tt_control **control)
{
    assert_true(tt_control_free(control, tt_clock_mono_ns() + 20 * SECOND_NS));
    assert_null(*control);
    assert_int_equal(access(at("control.sock"), F_OK), -1);
}

static struct tt_control_counts counts_of_control(struct tt_control *control)
{
    struct tt_control_counts counts;

    tt_control_count(control, &counts);
    return counts;
}

static unsigned offs_of(struct core *core)
{
    unsigned n;

    pthread_mutex_lock(&core->lock);
    n = core->offs_n;
    pthread_mutex_unlock(&core->lock);
    return n;
}

static int peer_that_says(const char *text, size_t len)
{
    int fd = connect_to_socket(at("control.sock"));

    assert_true(fd >= 0);
    assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
    return fd;
}

/* Everything up to the end, which must come; closes. */
static const char *answer_of(int fd)
{
    static char text[TEXT_CAP];
    size_t n = 0;
    ssize_t len;

    do {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 30000), 1);
        len = read(fd, text + n, sizeof(text) - 1 - n);
        n += len > 0 ? (size_t)len : 0;
    } while (len > 0);
    text[n] = '\0';
    close(fd);
    return text;
}

#define SAY(text) peer_that_says(text, sizeof(text) - 1)
#define OFF "telltale/1 off\n"

static void each_peer_gets_its_answer_and_each_action_a_log_line(void **state)
{
    struct core core;
    struct tt_control *control = open_control(&core);
    struct stat st;
    char expect[100];
    int fd;

    (void)state;
    assert_int_equal(lstat(at("control.sock"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_string_equal(answer_of(SAY(OFF)), "ok\n");
    assert_int_equal(offs_of(&core), 1);
    snprintf(expect, sizeof(expect), "control: off by uid %u, pid %d: done\n", (unsigned)geteuid(), getpid());
    assert_int_equal(count_in_log(expect), 1);
    fd = SAY("tellt");
    assert_int_equal(send(fd, "ale/1 of", 8, MSG_NOSIGNAL), 8);
    assert_int_equal(send(fd, "f\n", 2, MSG_NOSIGNAL), 2);
    assert_string_equal(answer_of(fd), "ok\n");
    assert_int_equal(strlen(answer_of(SAY("telltale/1 long\n"))), 3 + 900000);
    assert_int_equal(counts_of_control(control).answered, 3);
    assert_int_equal(counts_of_control(control).malformed, 0);
    close_control(&control);
}

static void nonsense_is_refused_and_counted(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool ends; /* closes its side: there will be no more */
    } rows[] = {
        {"\0\0\0\0\n", 5, false},
        {"telltale/1 off\n\n", 16, false},
        {"telltale/1 off", 14, true},
        {"\x16\x03\x01\x02\n", 5, false},
        {"x", 1, true},
    };
    struct core core;
    struct tt_control *control = open_control(&core);
    char huge[70000];
    int fd;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        fd = peer_that_says(rows[i].text, rows[i].len);
        if (rows[i].ends)
            shutdown(fd, SHUT_WR);
        assert_int_equal(strncmp(answer_of(fd), "error ", 6), 0);
    }
    /* It may be answered and closed before all of it is sent. */
    memset(huge, 'x', sizeof(huge));
    fd = connect_to_socket(at("control.sock"));
    assert_true(send(fd, huge, sizeof(huge), MSG_NOSIGNAL) > TT_CONTROL_LINE_MAX);
    assert_string_equal(answer_of(fd),
                        "error a request is one line of at most 256 bytes, its newline included\n");
    assert_int_equal(counts_of_control(control).malformed, TT_COUNT(rows) + 1);
    assert_int_equal(offs_of(&core), 0);
    /* To connect and leave is no nonsense. */
    close(connect_to_socket(at("control.sock")));
    assert_string_equal(answer_of(SAY(OFF)), "ok\n");
    assert_int_equal(counts_of_control(control).answered, TT_COUNT(rows) + 2);
    close_control(&control);
}

static void silent_peers_go_after_their_time_and_the_next_ones_are_served(void **state)
{
    struct core core;
    struct tt_control *control = open_control(&core);
    int silent[TT_CONTROL_PEERS_MAX], ninth;

    (void)state;
    for (unsigned i = 0; i < TT_CONTROL_PEERS_MAX; i++)
        silent[i] = i % 2 ? connect_to_socket(at("control.sock")) : SAY("telltale/1 of");
    ninth = SAY(OFF);
    assert_string_equal(answer_of(ninth), "ok\n");
    for (unsigned i = 0; i < TT_CONTROL_PEERS_MAX; i++)
        assert_string_equal(answer_of(silent[i]), "error no whole request within 2 s\n");
    assert_int_equal(counts_of_control(control).too_slow, TT_CONTROL_PEERS_MAX);
    assert_int_equal(offs_of(&core), 1);
    close_control(&control);
}

static void a_peer_that_does_not_take_its_answer_goes_after_its_time(void **state)
{
    struct core core;
    struct tt_control *control = open_control(&core);
    int fd = SAY("telltale/1 long\n");

    (void)state;
    assert_string_equal(answer_of(SAY(OFF)), "ok\n");
    AWAIT(counts_of_control(control).too_slow == 1);
    close(fd);
    close_control(&control);
}

static void a_command_takes_nothing_from_the_time_of_others(void **state)
{
    struct core core;
    struct tt_control *control = open_control(&core);
    int waiting = connect_to_socket(at("control.sock")), hanging = SAY("telltale/1 hang\n");

    (void)state;
    pthread_mutex_lock(&core.lock);
    while (!core.is_hanging)
        pthread_cond_wait(&core.changed, &core.lock);
    pthread_mutex_unlock(&core.lock);
    assert_int_equal(send(waiting, OFF, sizeof(OFF) - 1, MSG_NOSIGNAL), sizeof(OFF) - 1);
    nanosleep(&(struct timespec){2, 500000000}, NULL); /* longer than a peer's own time */
    pthread_mutex_lock(&core.lock);
    core.may_go = true;
    pthread_cond_broadcast(&core.changed);
    pthread_mutex_unlock(&core.lock);
    assert_string_equal(answer_of(hanging), "ok\nwent on\n");
    assert_string_equal(answer_of(waiting), "ok\n");
    assert_int_equal(counts_of_control(control).too_slow, 0);
    close_control(&control);
}

static void a_command_that_hangs_is_left_behind_and_ends_by_itself(void **state)
{
    struct core core;
    struct tt_control *control = open_control(&core), *next;
    int fd = SAY("telltale/1 hang\n");

    (void)state;
    pthread_mutex_lock(&core.lock);
    while (!core.is_hanging)
        pthread_cond_wait(&core.changed, &core.lock);
    pthread_mutex_unlock(&core.lock);
    assert_false(tt_control_free(&control, tt_clock_mono_ns() + SECOND_NS / 20));
    assert_null(control);
    assert_int_equal(count_in_log("a command still runs and is left behind"), 1);
    assert_int_equal(tt_control_new(at("control.sock"), commands, &core, &next), TT_OK);
    assert_string_equal(answer_of(SAY(OFF)), "ok\n");
    pthread_mutex_lock(&core.lock);
    core.may_go = true;
    pthread_cond_broadcast(&core.changed);
    pthread_mutex_unlock(&core.lock);
    assert_string_equal(answer_of(fd), "ok\nwent on\n");
    assert_int_equal(access(at("control.sock"), F_OK), 0);
    close_control(&next);
}

static void another_user_is_turned_away_even_past_the_mode(void **state)
{
    struct core core;
    struct tt_control *control;
    char text[100] = "";
    int ends[2];
    pid_t child;

    (void)state;
    if (geteuid() != 0)
        skip();
    control = open_control(&core);
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(chmod(at("control.sock"), 0666), 0);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = setgid(65534) == 0 && setuid(65534) == 0 ? connect_to_socket(at("control.sock")) : -1;
        ssize_t len = fd >= 0 ? read(fd, text, sizeof(text)) : 0;
        _exit(write(ends[1], text, (size_t)len) != len);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    close(ends[0]);
    assert_string_equal(text, "error only root and the user the host runs as may\n");
    assert_int_equal(counts_of_control(control).refused, 1);
    AWAIT(count_in_log("control: uid 65534") == 1);
    close_control(&control);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(each_peer_gets_its_answer_and_each_action_a_log_line),
        ROW(nonsense_is_refused_and_counted),
        ROW(silent_peers_go_after_their_time_and_the_next_ones_are_served),
        ROW(a_peer_that_does_not_take_its_answer_goes_after_its_time),
        ROW(a_command_takes_nothing_from_the_time_of_others),
        ROW(a_command_that_hangs_is_left_behind_and_ends_by_itself),
        ROW(another_user_is_turned_away_even_past_the_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
