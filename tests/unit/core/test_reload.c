/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What may go on at the same time: files being written, ports being taken, forks, exits amid reloads. */

#include "core_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "core/core.h"

static void want_at_once(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    CHECK(tt_port_wants(tt_core_port(core, 0)) == (TT_WANT_ANSWERS | TT_WANT_UPSTREAM));
}

static void the_first_observation_already_knows_what_is_wanted(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(want_at_once);
}

static bool has_page(void *at)
{
    unsigned char resident = 0;

    return mincore((void *)((uintptr_t)at & ~(uintptr_t)4095), 4096, &resident) == 0 &&
           (resident & 1) != 0;
}

static void look_at_rings(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    for (unsigned i = 0; i < 2; i++) {
        const struct tt_ring *ring = &tt_core_port(core, i)->ring;
        CHECK(has_page(ring->producer.data) && has_page(ring->producer.data + ring->producer.mask));
    }
}

static void a_started_core_has_the_pages_of_its_rings(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(look_at_rings);
}

static void a_file_that_is_being_written_is_left_to_settle(void **state)
{
    static struct tt_core core;
    struct tt_conf *conf;

    (void)state;
    write_config("metrics: off\n");
    core = (struct tt_core){.software = TT_software_UNBOUND};
    snprintf(core.config_path, sizeof(core.config_path), "%s", config);
    assert_int_equal(tt_core_read_config(&core, "refused", &conf), TT_OK);
    tt_conf_free(&conf);
    assert_false(tt_core_config_changed(&core));
    assert_int_equal(truncate(config, 0), 0);
    assert_false(
        tt_core_config_changed(&core)); /* an editor's first step, not a file without lines */
    write_config("metrics: off\nregion: new\n");
    assert_false(tt_core_config_changed(&core));
    assert_true(tt_core_config_changed(&core));
    assert_int_equal(tt_core_read_config(&core, "refused", &conf), TT_OK);
    assert_string_equal(conf->region, "new");
    tt_conf_free(&conf);
    assert_false(tt_core_config_changed(&core));
    assert_false(tt_core_config_changed(&core));
}

/* The mode, or what a copy that keeps times leaves: same size, same time of modification. */
static void a_change_that_keeps_size_and_time_is_noticed(void **state)
{
    static struct tt_core core;
    struct tt_conf *conf;
    struct stat st, now;

    (void)state;
    write_config("region: one\n");
    snprintf(core.config_path, sizeof(core.config_path), "%s", config);
    core.software = TT_software_UNBOUND;
    assert_int_equal(tt_core_read_config(&core, "refused", &conf), TT_OK);
    tt_conf_free(&conf);
    assert_int_equal(stat(config, &st), 0);
    for (now = st; now.st_ctim.tv_nsec == st.st_ctim.tv_nsec;
         assert_int_equal(stat(config, &now), 0)) {
        write_config("region: two\n"); /* again while the file system's clock stands still */
        assert_int_equal(
            utimensat(AT_FDCWD, config, (struct timespec[]){st.st_atim, st.st_mtim}, 0), 0);
    }
    tt_core_config_changed(&core);
    assert_true(tt_core_config_changed(&core));
}

/* Wakes the manager as new data does, and waits until it has had its turn. */
static void wake_manager(struct tt_core *core)
{
    struct timespec pause = {0, 1000000};
    bool has_new_data = true;

    pthread_mutex_lock(&core->lock);
    core->has_new_data = true;
    pthread_cond_signal(&core->posted);
    pthread_mutex_unlock(&core->lock);
    for (unsigned i = 0; has_new_data && i < 5000; i++) {
        nanosleep(&pause, NULL);
        pthread_mutex_lock(&core->lock);
        has_new_data = core->has_new_data;
        pthread_mutex_unlock(&core->lock);
    }
}

static void write_amid_new_data(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    for (unsigned tries = 0; tries < 10; tries++) {
        uint64_t started_ns;
        bool is_read;

        forget_log();
        write_config(tries % 2 == 0 ? "metrics: off\nregion: half\n" : "metrics: off\nregion: other-half\n");
        started_ns = tt_clock_mono_ns();
        for (unsigned i = 0; i < 10; i++)
            wake_manager(core);
        is_read = is_logged("has changed");
        if (tt_clock_mono_ns() - started_ns < 500000000u) { /* else it may have settled: once more */
            CHECK(!is_read);
            return;
        }
        CHECK(await_log("reloaded"));
    }
}

static void new_data_does_not_make_a_half_written_file_look_settled(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(write_amid_new_data);
}

static void take_file_away(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    unlink(config);
    CHECK(await_log("is no longer there"));
    write_config("metrics: off\nregion: new\n");
    CHECK(await_log("reloaded"));
    CHECK(!is_logged("state_dir: takes effect")); /* as it would have been said of the defaults */
}

static void a_file_that_is_gone_leaves_what_it_said_in_use(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(take_file_away);
}

static int listen_on_last_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(65535)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    address.sin_addr.s_addr = htonl(0x7f4d0000 + ((unsigned)getpid() & 0xffff)); /* 127.77… */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0);
    return fd;
}

static void free_the_port(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;
    char text[100], told[200];
    int fd = listen_on_last_port();

    snprintf(told, sizeof(told), "%s/state/unbound-1/metrics.listen", dir);
    snprintf(text, sizeof(text), "metrics: { listen: \"127.77.%d.%d:65535\" }\n",
             getpid() >> 8 & 0xff, getpid() & 0xff);
    write_config(text);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("cannot listen") && await_log("started"));
    close(fd);
    tt_close(&core);
    CHECK(access(told, F_OK) != 0);
    CHECK(tt_open(&host, &core) == TT_OK && await_log("metrics on http://127.77."));
    CHECK(await_log("reloaded") && access(told, F_OK) == 0);
    forget_log();
    write_config("metrics: off\n");
    CHECK(await_log("reloaded") && access(told, F_OK) != 0);
}

static void a_reload_takes_a_port_that_has_become_free_and_off_removes_the_address(void **state)
{
    (void)state;
    in_child(free_the_port);
}

#ifndef __SANITIZE_THREAD__ /* it cannot follow threads that a forked child starts */
static void open_in_child(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;
    int status;
    pid_t child;

    CHECK(tt_open(&host, &core) == TT_OK && await_log("started"));
    observe(tt_core_port(core, 0), 10);
    tt_close(&core);
    child = fork();
    if (child == 0) {
        forget_log();
        CHECK(tt_open(&host, &core) == TT_OK && await_log("unbound/2"));
        observe(tt_core_port(core, 0), 20);
        exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(await_lines(events, 10) == 10);
}

static void a_forked_child_opens_a_core_of_its_own(void **state)
{
    char of_child[160];

    (void)state;
    write_config("metrics: off\n");
    in_child(open_in_child);
    snprintf(of_child, sizeof(of_child), "%s/state/unbound-2/events.jsonl", dir);
    assert_int_equal(count_lines(of_child), 20);
    assert_int_equal(count_lines(events), 10);
}
#endif

static void reload_and_exit(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;

    CHECK(tt_open(&host, &core) == TT_OK);
    for (unsigned i = 0; i < 20; i++) {
        char text[300];
        snprintf(text, sizeof(text),
                 "metrics: { listen: \"127.0.0.1:0\" }\nsinks:\n"
                 "  - { name: kept, type: file, path: kept.jsonl }\n"
                 "  - { name: moved, type: file, path: moved-%u.jsonl }\n"
                 "  - { name: gone-%u, type: file, path: gone-%u.jsonl }\n",
                 i % 3, i, i % 4);
        write_config(text);
        tt_close(&core);
        CHECK(tt_open(&host, &core) == TT_OK);
        observe(tt_core_port(core, i % 2), 100);
        if (i % 2 == 0)
            usleep(i * 1000); /* so that the exit meets the manager at every step */
    }
}

static void no_record_is_lost_or_doubled_by_reloads_and_an_exit_amid_them(void **state)
{
    char command[200];

    (void)state;
    write_config("metrics: off\nsinks:\n  - { name: kept, type: file, path: kept.jsonl }\n"
                 "  - { name: moved, type: file, path: moved-0.jsonl }\n");
    in_child(reload_and_exit);
    snprintf(command, sizeof(command), "test $(grep -c '\"kind\":\"dns\"' %s/kept.jsonl) = 2000", dir);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "test $(grep -h '\"kind\":\"dns\"' %s/moved-*.jsonl | sort -u | wc -l) = 2000",
             dir);
    assert_int_equal(system(command), 0);
}

static void replace_own_file(void)
{
    struct tt_host host = a_host();
    struct tt_core *core;
    char own[512] = "";

    CHECK(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    CHECK(tt_open(&host, &core) == TT_OK);
    tt_close(&core);
    CHECK(tt_open(&host, &core) == TT_OK && !is_logged("was replaced"));
    tt_close(&core);
    CHECK(chmod(own, 0700) == 0 && chmod(own, 0755) == 0); /* to a stat it is another version */
    CHECK(tt_open(&host, &core) == TT_OK && is_logged("was replaced"));
    tt_close(&core);
}

static void an_upgrade_of_our_own_file_is_said_at_the_next_reload(void **state)
{
    (void)state;
    write_config("metrics: off\n");
    in_child(replace_own_file);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        CASE(the_first_observation_already_knows_what_is_wanted),
        CASE(a_started_core_has_the_pages_of_its_rings),
        CASE(a_file_that_is_being_written_is_left_to_settle),
        CASE(a_change_that_keeps_size_and_time_is_noticed),
        CASE(new_data_does_not_make_a_half_written_file_look_settled),
        CASE(a_file_that_is_gone_leaves_what_it_said_in_use),
        CASE(a_reload_takes_a_port_that_has_become_free_and_off_removes_the_address),
#ifndef __SANITIZE_THREAD__
        CASE(a_forked_child_opens_a_core_of_its_own),
#endif
        CASE(no_record_is_lost_or_doubled_by_reloads_and_an_exit_amid_them),
        CASE(an_upgrade_of_our_own_file_is_said_at_the_next_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
