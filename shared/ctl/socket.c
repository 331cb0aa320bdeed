/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/socket.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"

enum { CONNECT_S = 2 };

/* Of the directories <software>-<n> below a base. */
static const char *const instance_characters = "abcdefghijklmnopqrstuvwxyz0123456789-";

struct search {
    const char *file;
    char *path; /* of the first that answers */
    size_t path_cap;
    int fd; /* of it, or -1 */
    unsigned answers_n;
    bool was_denied;
    struct tt_buf looked;  /* lines: what was looked at, and why nobody is there */
    struct tt_buf answers; /* lines: who answers */
    char looked_text[8192], answers_text[4096];
};

static bool take_option(const char *name, const char **value, int argc, char **argv, int *i)
{
    size_t len = strlen(name);

    if (strncmp(argv[*i], name, len) != 0)
        return false;
    if (argv[*i][len] == '=') {
        *value = argv[*i] + len + 1;
        return true;
    }
    if (argv[*i][len] != '\0' || *i + 1 >= argc)
        return false;
    *value = argv[++*i];
    return true;
}

bool tt_ctl_take_place(struct tt_ctl_place *place, int argc, char **argv, int *i)
{
    return take_option("--socket", &place->socket, argc, argv, i) ||
           take_option("--state-dir", &place->state_dir, argc, argv, i);
}

/* A connected socket, or -1 and errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {CONNECT_S, 0};
    int fd, errno_value;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    errno_value = errno;
    close(fd);
    errno = errno_value;
    return -1;
}

static const char *why_not(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
        return "there is no such socket, telltale does not run there";
    case ECONNREFUSED:
        return "nobody listens, telltale does not run there any more";
    case EAGAIN:
        return "it does not answer";
    case ENAMETOOLONG:
        return "longer than the 107 bytes a socket's path may have";
    default:
        return strerrordesc_np(errno_value);
    }
}

static void note(struct search *search, const char *path, int errno_value)
{
    search->was_denied |= errno_value == EACCES || errno_value == EPERM;
    tt_buf_format(&search->looked, "  %s: %s\n", path, why_not(errno_value));
}

static void try_path(struct search *search, const char *path)
{
    int fd = connect_to(path);

    if (fd < 0) {
        note(search, path, errno);
        return;
    }
    tt_buf_format(&search->answers, "  --socket %s\n", path);
    if (search->answers_n++ > 0) {
        close(fd);
        return;
    }
    search->fd = fd;
    snprintf(search->path, search->path_cap, "%s", path);
}

/* DIR/file, if there is anything of that name. */
static bool try_in(struct search *search, const char *dir)
{
    char path[TT_CONF_PATH_MAX + 300];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, search->file);
    if (lstat(path, &st) != 0) {
        if (errno == EACCES)
            note(search, path, errno);
        return errno == EACCES;
    }
    try_path(search, path);
    return true;
}

static void look_below(struct search *search, const char *base)
{
    char path[TT_CONF_PATH_MAX + 260];
    bool is_any = try_in(search, base);
    const struct dirent *entry;
    DIR *dir = opendir(base);

    if (dir == NULL) {
        if (errno == ENOENT)
            tt_buf_format(&search->looked, "  %s: there is no such directory\n", base);
        else
            note(search, base, errno);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[strspn(entry->d_name, instance_characters)] != '\0')
            continue;
        snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);
        is_any |= try_in(search, path);
    }
    closedir(dir);
    if (!is_any)
        tt_buf_format(&search->looked, "  %s: no %s below it\n", base, search->file);
}

/* Two kinds of host may have the same default. */
static bool was_before(uint8_t software)
{
    for (uint8_t i = 1; i < software; i++) {
        if (strcmp(tt_conf_default_state_dir(i), tt_conf_default_state_dir(software)) == 0)
            return true;
    }
    return false;
}

static void look(struct search *search, const struct tt_ctl_place *place)
{
    if (place->socket != NULL) {
        try_path(search, place->socket);
    } else if (place->state_dir != NULL) {
        look_below(search, place->state_dir);
    } else {
        for (uint8_t i = 1; tt_conf_host_word(i) != NULL; i++) {
            if (!was_before(i))
                look_below(search, tt_conf_default_state_dir(i));
        }
    }
}

static void say_none(struct search *search, const char *command, const struct tt_ctl_place *place)
{
    bool is_control = strcmp(search->file, "control.sock") == 0;

    fprintf(stderr, "telltalectl %s: no running telltale reached; looked at\n%s", command,
            tt_buf_cstr(&search->looked));
    if (search->was_denied)
        fprintf(stderr, "Permission was denied: only root%s may.\n",
                is_control ? " and the user the host runs as"
                           : ", the user the host runs as and the group of the socket");
    else if (place->socket == NULL && place->state_dir == NULL)
        fputs("With another state_dir, name it: --state-dir DIR, or the socket: --socket PATH.\n", stderr);
}

int tt_ctl_connect(const char *command, const struct tt_ctl_place *place, const char *file, char *path,
                   size_t path_cap)
{
    struct search search = {.file = file, .path = path, .path_cap = path_cap, .fd = -1};

    search.looked = tt_buf_over(search.looked_text, sizeof(search.looked_text));
    search.answers = tt_buf_over(search.answers_text, sizeof(search.answers_text));
    path[0] = '\0';
    look(&search, place);
    if (search.answers_n == 1)
        return search.fd;
    if (command == NULL) {
        if (search.fd >= 0)
            close(search.fd);
        return -1;
    }
    if (search.answers_n == 0) {
        say_none(&search, command, place);
        return -1;
    }
    fprintf(stderr, "telltalectl %s: %u answer, choose one\n%s", command, search.answers_n,
            tt_buf_cstr(&search.answers));
    close(search.fd);
    return -1;
}
