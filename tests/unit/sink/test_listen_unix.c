/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The tap's socket as a file: rights, what lies in its place, who may come in. */

#include "net/listen_unix.h"
#include "tap_test.h"

static void make_stale_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
}

static void make_file(const char *path)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs("mine\n", file);
    fclose(file);
}

static void make_link(const char *path)
{
    make_stale_socket(at("elsewhere"));
    assert_int_equal(symlink(at("elsewhere"), path), 0);
}

static void make_dangling_link(const char *path)
{
    assert_int_equal(symlink(at("nowhere"), path), 0);
}

static void make_dir(const char *path)
{
    assert_int_equal(mkdir(path, 0755), 0);
}

/* Another process's, alive: the tests close it by its number. */
static int living = -1;

static void make_living_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    living = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(living, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(living, 0), 0);
}

static const struct place {
    const char *name;
    void (*make)(const char *path);
    const char *path, *group;
    int err;
    const char *say; /* part of the log line */
} places[] = {
    {"nothing there", NULL, "{state_dir}/tap.sock", NULL, TT_OK, ""},
    {"directories are made", NULL, "{state_dir}/a/b/tap.sock", NULL, TT_OK, ""},
    {"a socket nobody listens on", make_stale_socket, "{state_dir}/tap.sock", NULL, TT_OK, ""},
    {"a socket somebody listens on", make_living_socket, "{state_dir}/tap.sock", NULL, TT_EBUSY,
     "tap.sock: another process does"},
    {"a file", make_file, "{state_dir}/tap.sock", NULL, TT_EBUSY, "it exists and is no socket"},
    {"a directory", make_dir, "{state_dir}/tap.sock", NULL, TT_EBUSY, "it exists and is no socket"},
    {"a link to a socket", make_link, "{state_dir}/tap.sock", NULL, TT_EPERM, "it is a symbolic link"},
    {"a link to nothing", make_dangling_link, "{state_dir}/tap.sock", NULL, TT_EPERM, "it is a symbolic link"},
    {"a file where a directory should be", make_file, "{state_dir}/tap.sock/tap.sock", NULL, TT_EINVAL,
     "cannot create directory"},
    {"a path of 108 bytes", NULL,
     "/tmp/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
     NULL, TT_ELIMIT, "a socket's path may have 107 bytes, this has 108"},
    {"a group that exists", NULL, "{state_dir}/tap.sock", "root", TT_OK, ""},
    {"a group that does not exist", NULL, "{state_dir}/tap.sock", "no-such-group", TT_ENOENT,
     "there is no group no-such-group"},
};

static bool is_as_it_was(const struct place *place)
{
    struct stat st;
    char link[300];

    if (place->make == make_file)
        check_file(at("tap.sock"), "mine\n");
    if (place->make == make_link || place->make == make_dangling_link)
        return readlink(at("tap.sock"), link, sizeof(link)) > 0;
    return place->make == NULL || lstat(at("tap.sock"), &st) == 0;
}

static void check_place(const struct place *place)
{
    struct tt_conf conf = tap_conf(place->path);
    struct tt_conf_names all = {.state_dir = root, .software = "unbound", .n = 1};
    struct tt_tap *tap;
    int err;

    log_text[0] = '\0';
    if (place->make != NULL)
        place->make(at("tap.sock"));
    conf.tap_group = (char *)(uintptr_t)place->group;
    err = tt_tap_new(&conf, &all, &tap);
    if (err != place->err || (err == TT_OK) != (tap != NULL) || strstr(log_text, place->say) == NULL)
        fail_msg("%s: %s, and said %s", place->name, tt_error_text(err), log_text);
    if (err != TT_OK) {
        assert_int_equal(count_in_log("\n"), 1);
        assert_true(is_as_it_was(place));
    } else {
        close_tap(&tap);
        assert_int_equal(access(at("tap.sock"), F_OK), -1);
    }
    if (living >= 0)
        close(living);
    living = -1;
}

static void what_lies_in_the_place_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(places); i++) {
        check_place(&places[i]);
        remove_root(NULL);
        assert_int_equal(mkdir(root, 0755), 0);
    }
}

static void the_mode_is_the_one_asked_for_whatever_the_umask(void **state)
{
    static const unsigned modes[] = {0600, 0660, 0666, 0777}, masks[] = {0, 022, 077, 0777};
    char why[TT_UNIX_WHY_MAX];
    struct tt_listener listener;
    struct stat st;

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(modes) * TT_COUNT(masks); i++) {
        unsigned mode = modes[i / TT_COUNT(masks)];
        mode_t before = umask(masks[i % TT_COUNT(masks)]);
        int err = tt_unix_listen(at("s"), mode, NULL, &listener, why);
        umask(before);
        assert_int_equal(err, TT_OK);
        assert_int_equal(lstat(at("s"), &st), 0);
        assert_int_equal(st.st_mode & 07777, mode);
        assert_int_equal(st.st_gid, getegid());
        tt_unix_close(&listener);
    }
}

static void only_our_own_socket_is_removed(void **state)
{
    char why[TT_UNIX_WHY_MAX];
    struct tt_listener first, second;

    (void)state;
    assert_int_equal(tt_unix_listen(at("s"), 0600, NULL, &first, why), TT_OK);
    assert_int_equal(tt_unix_listen(at("s"), 0600, NULL, &second, why), TT_EBUSY);
    assert_int_equal(second.fd, -1);
    tt_unix_close(&second);
    assert_int_equal(access(at("s"), F_OK), 0);
    assert_int_equal(rename(at("s"), at("moved")), 0);
    assert_int_equal(tt_unix_listen(at("s"), 0600, NULL, &second, why), TT_OK);
    tt_unix_close(&first);
    assert_int_equal(access(at("s"), F_OK), 0);
    tt_unix_unlink(&second);
    assert_int_equal(access(at("s"), F_OK), -1);
    make_file(at("s"));
    tt_unix_close(&second);
    assert_int_equal(access(at("s"), F_OK), 0);
}

/* What a process of another user gets to read: its first line. */
static void read_as(uid_t uid, gid_t gid, size_t groups_n, const gid_t *groups, char *line, size_t cap)
{
    int ends[2];
    pid_t child;
    ssize_t len;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char text[200] = "no connection\n";
        int fd = -1;
        if (setgroups(groups_n, groups) == 0 && setgid(gid) == 0 && setuid(uid) == 0)
            fd = connect_to_socket(at("tap.sock"));
        len = fd >= 0 ? read(fd, text, sizeof(text)) : 14;
        _exit(write(ends[1], text, (size_t)len) != len);
    }
    close(ends[1]);
    len = read(ends[0], line, cap - 1);
    line[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

struct load {
    struct tt_tap *tap;
    bool is_done;
};

/* Offers lines as long as the test lasts: a reader that is let in has something to read. */
static void *offer(void *arg)
{
    struct load *load = arg;

    while (!__atomic_load_n(&load->is_done, __ATOMIC_ACQUIRE)) {
        tt_tap_put(load->tap, "{}", 2);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return NULL;
}

/* Its file lets everybody in: what is left is who it is. */
static struct tt_tap *open_tap_of_group(const char *group)
{
    struct tt_conf conf = tap_conf("{state_dir}/tap.sock");
    struct tt_conf_names all = {.state_dir = root, .software = "unbound", .n = 1};
    struct tt_tap *tap;

    conf.tap_mode = 0666;
    conf.tap_group = (char *)(uintptr_t)group;
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(tt_tap_new(&conf, &all, &tap), TT_OK);
    return tap;
}

static void root_the_own_user_and_the_group_may_read_and_nobody_else(void **state)
{
    enum { NOBODY = 65534, USERS = 100 };
    static const struct {
        uid_t uid;
        gid_t gid, groups[2];
        bool may;
    } users[] = {
        {0, NOBODY, {NOBODY, NOBODY}, true},
        {NOBODY, NOBODY, {NOBODY, 65533}, false},
        {NOBODY, USERS, {NOBODY, NOBODY}, true},
        {NOBODY, NOBODY, {65533, USERS}, true},
    };
    struct load load = {NULL, false};
    pthread_t producer;
    char line[200];

    (void)state;
    if (geteuid() != 0)
        skip();
    load.tap = open_tap_of_group("users");
    assert_int_equal(pthread_create(&producer, NULL, offer, &load), 0);
    for (size_t i = 0; i < TT_COUNT(users); i++) {
        const char *expect = users[i].may ? "{}\n" : "{\"kind\":\"refused\",\"reason\":\"only root, the user";
        read_as(users[i].uid, users[i].gid, 2, users[i].groups, line, sizeof(line));
        if (strncmp(line, expect, strlen(expect)) != 0)
            fail_msg("user %zu read %s", i, line);
    }
    __atomic_store_n(&load.is_done, true, __ATOMIC_RELEASE);
    pthread_join(producer, NULL);
    assert_int_equal(counts_of(load.tap).refused, 1);
    AWAIT(count_in_log("turned away") == 1);
    close_tap(&load.tap);
}

static void a_member_of_very_many_groups_is_known_as_one(void **state)
{
    gid_t groups[300];
    struct load load = {NULL, false};
    pthread_t producer;
    char line[200];

    (void)state;
    if (geteuid() != 0)
        skip();
    for (unsigned i = 0; i < TT_COUNT(groups); i++)
        groups[i] = i + 1 < TT_COUNT(groups) ? 20000 + i : 100;
    load.tap = open_tap_of_group("users");
    assert_int_equal(pthread_create(&producer, NULL, offer, &load), 0);
    read_as(65534, 65534, TT_COUNT(groups), groups, line, sizeof(line));
    __atomic_store_n(&load.is_done, true, __ATOMIC_RELEASE);
    pthread_join(producer, NULL);
    assert_int_equal(strncmp(line, "{}\n", 3), 0);
    close_tap(&load.tap);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_lies_in_the_place_decides),
        ROW(the_mode_is_the_one_asked_for_whatever_the_umask),
        ROW(only_our_own_socket_is_removed),
        ROW(root_the_own_user_and_the_group_may_read_and_nobody_else),
        ROW(a_member_of_very_many_groups_is_known_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
