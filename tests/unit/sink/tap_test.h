/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of the tap share: a tap, its readers, numbered lines and what became of them. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sink/tap.h"
#include "sink_test.h"

enum { LINE_MAX_LEN = 2048 };

static TT_UNUSED struct tt_conf tap_conf(const char *path)
{
    return (struct tt_conf){.tap_on = true, .tap_path = (char *)(uintptr_t)path, .tap_mode = 0660};
}

static TT_UNUSED struct tt_tap *open_tap(const char *path)
{
    struct tt_conf conf = tap_conf(path);
    struct tt_sink_place here = place();
    struct tt_conf_names all = here.names;
    struct tt_tap *tap;

    assert_int_equal(tt_tap_new(&conf, &all, &tap), TT_OK);
    return tap;
}

static TT_UNUSED void close_tap(struct tt_tap **tap)
{
    tt_tap_free(tap, tt_clock_mono_ns() + 20 * SECOND_NS);
    assert_null(*tap);
}

/* Asks for the counts, whose balance holds at every moment. */
static TT_UNUSED struct tt_tap_counts counts_of(struct tt_tap *tap)
{
    struct tt_tap_counts counts;

    tt_tap_count(tap, &counts);
    assert_int_equal(counts.offered, counts.sent + counts.dropped + counts.waiting);
    return counts;
}

static TT_UNUSED int connect_to_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A reader that the tap knows of. */
static TT_UNUSED int attach_reader(struct tt_tap *tap, const char *path)
{
    uint64_t before = counts_of(tap).attached;
    int fd = connect_to_socket(path);

    assert_true(fd >= 0);
    AWAIT(counts_of(tap).attached == before + 1);
    return fd;
}

/* The next line without its newline; false at the end of the stream. */
struct lines {
    int fd;
    char text[1 << 16];
    size_t at, len;
};

static TT_UNUSED bool next_line(struct lines *lines, char *line, size_t cap)
{
    size_t n = 0;

    for (;;) {
        for (; lines->at < lines->len; lines->at++) {
            if (lines->text[lines->at] == '\n') {
                lines->at++;
                line[n] = '\0';
                return true;
            }
            assert_true(n + 1 < cap);
            line[n++] = lines->text[lines->at];
        }
        struct pollfd wait = {.fd = lines->fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, 30000), 1);
        ssize_t len = read(lines->fd, lines->text, sizeof(lines->text));
        if (len <= 0) {
            assert_int_equal(n, 0); /* never half a line */
            return false;
        }
        lines->at = 0;
        lines->len = (size_t)len;
    }
}

static TT_UNUSED void expect_line(struct lines *lines, const char *expect)
{
    char line[LINE_MAX_LEN];

    assert_true(next_line(lines, line, sizeof(line)));
    assert_string_equal(line, expect);
}

static TT_UNUSED void put_number(struct tt_tap *tap, unsigned number, unsigned pad)
{
    char line[LINE_MAX_LEN];
    int len =
        snprintf(line, sizeof(line), "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%*s\"}", number, (int)pad, "");

    tt_tap_put(tap, line, (size_t)len);
}

/* What one reader saw of numbered lines from 0 on; every gap must be told, where it is and as long as it is.
 */
struct seen {
    uint64_t lines, lost;
    unsigned next;
};

/* Reads until `until` numbers are accounted for, or to the end of the stream. */
static TT_UNUSED void read_numbers(struct lines *lines, struct seen *seen, unsigned until)
{
    char line[LINE_MAX_LEN];
    unsigned long long number;

    while (seen->next < until && next_line(lines, line, sizeof(line))) {
        if (sscanf(line, "{\"kind\":\"lost\",\"count\":%llu}", &number) == 1) {
            assert_true(number > 0);
            seen->lost += number;
            seen->next += (unsigned)number;
            continue;
        }
        assert_int_equal(sscanf(line, "{\"kind\":\"dns\",\"n\":%llu", &number), 1);
        assert_int_equal(number, seen->next);
        seen->lines++;
        seen->next++;
    }
}
