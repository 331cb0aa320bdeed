/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "net/connect.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "conf/remote.h"

#define MS_NS UINT64_C(1000000)

enum { FULL_WAIT_MS = 10, LOOK_MS = 50 };

int tt_net_parse_address(const char *text, struct tt_net_address *address)
{
    struct tt_remote remote;

    memset(address, 0, sizeof(*address));
    if (tt_remote_parse_address(tt_str_from(text), &remote) != TT_OK || remote.host.len >= sizeof(address->host))
        return TT_ESYNTAX;
    memcpy(address->host, remote.host.ptr, remote.host.len);
    address->port = remote.port;
    return TT_OK;
}

static bool is_over(tt_net_until_f until, const void *arg)
{
    return tt_clock_mono_ns() >= until(arg);
}

/* 0 and *fd, or why not. A listener that is busy says EAGAIN, and nothing tells when to come again. */
static int connect_local(const struct sockaddr_un *address, tt_net_until_f until, const void *arg, int *fd)
{
    int errno_value = 0;

    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return errno;
    while (connect(*fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        errno_value = errno;
        if (errno_value != EAGAIN || is_over(until, arg))
            break;
        errno_value = 0;
        poll(NULL, 0, FULL_WAIT_MS);
    }
    if (errno_value != 0) {
        close(*fd);
        *fd = -1;
    }
    return errno_value == EAGAIN ? ETIMEDOUT : errno_value;
}

int tt_net_connect_unix(const char *path, tt_net_until_f until, const void *arg, int *fd, struct tt_buf *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int errno_value = ENAMETOOLONG;

    *fd = -1;
    if (strlen(path) < sizeof(address.sun_path)) {
        memcpy(address.sun_path, path, strlen(path) + 1);
        errno_value = connect_local(&address, until, arg, fd);
    }
    if (errno_value == 0)
        return TT_OK;
    tt_buf_format(why, "cannot connect to %s: %s", path, strerrordesc_np(errno_value));
    return TT_EAGAIN;
}

/* The library connects and does no more, to whichever address of the name answers. QUICK_EXIT: a name that is
 * still being looked up is not waited for. */
static CURLcode set_up(CURL *easy, const struct tt_net_address *address, uint64_t limit_ns)
{
    static const struct {
        CURLoption option;
        long value;
    } rows[] = {{CURLOPT_CONNECT_ONLY, 1}, {CURLOPT_NOSIGNAL, 1}, {CURLOPT_QUICK_EXIT, 1}};
    bool is_v6 = strchr(address->host, ':') != NULL;
    char url[TT_NET_HOST_MAX + 32];
    CURLcode code = CURLE_OK;

    snprintf(url, sizeof(url), "http://%s%s%s:%u", is_v6 ? "[" : "", address->host, is_v6 ? "]" : "", address->port);
    for (size_t i = 0; i < TT_COUNT(rows) && code == CURLE_OK; i++)
        code = curl_easy_setopt(easy, rows[i].option, rows[i].value);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(limit_ns / MS_NS + 1));
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* none, whatever the environment says */
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_URL, url) : code;
}

static CURLcode run(CURLM *multi, tt_net_until_f until, const void *arg)
{
    CURLMsg *message;
    int running = 1, left;

    while (curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
        if (is_over(until, arg))
            return CURLE_OPERATION_TIMEDOUT;
        curl_multi_poll(multi, NULL, 0, LOOK_MS, NULL);
    }
    message = curl_multi_info_read(multi, &left);
    return message != NULL ? message->data.result : CURLE_OUT_OF_MEMORY;
}

/* The library closes its own descriptor with the rest: ours is another of the same connection. */
static CURLcode connect_far(CURL *easy, CURLM *multi, tt_net_until_f until, const void *arg, int *fd)
{
    curl_socket_t socket = CURL_SOCKET_BAD;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (curl_multi_add_handle(multi, easy) != CURLM_OK)
        return code;
    code = run(multi, until, arg);
    if (code == CURLE_OK)
        code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket);
    if (code == CURLE_OK)
        *fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (code == CURLE_OK && *fd < 0)
        code = CURLE_OUT_OF_MEMORY;
    curl_multi_remove_handle(multi, easy);
    return code;
}

static const char *fault_of(CURL *easy, CURLcode code)
{
    curl_off_t lookup_us = 0;
    long errno_value = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &errno_value);
    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return "its name cannot be resolved";
    if (code == CURLE_OPERATION_TIMEDOUT)
        return lookup_us > 0 ? strerrordesc_np(ETIMEDOUT) : "its name was not resolved in time";
    if (code == CURLE_COULDNT_CONNECT && errno_value != 0)
        return strerrordesc_np((int)errno_value);
    return curl_easy_strerror(code);
}

int tt_net_connect_tcp(const struct tt_net_address *address, tt_net_until_f until, const void *arg, int *fd,
                       struct tt_buf *why)
{
    uint64_t now = tt_clock_mono_ns(), until_ns = TT_MIN(until(arg), now + 3600 * 1000 * MS_NS);
    CURL *easy = curl_easy_init();
    CURLM *multi = curl_multi_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;

    *fd = -1;
    if (easy != NULL && multi != NULL)
        code = set_up(easy, address, until_ns > now ? until_ns - now : 0);
    if (code == CURLE_OK)
        code = connect_far(easy, multi, until, arg, fd);
    if (code != CURLE_OK)
        tt_buf_format(why, "cannot connect to %s port %u: %s", address->host, address->port, fault_of(easy, code));
    curl_multi_cleanup(multi);
    curl_easy_cleanup(easy);
    return code == CURLE_OK ? TT_OK : TT_EAGAIN;
}
