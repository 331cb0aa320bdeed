/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What the tests of rotation share. The calls that change names come through this file, so that a
 * test can kill the process before each of them in turn, or make one fail.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <zstd.h>

#include "base/path.h"
#include "sink/class.h"
#include "sink_test.h"

static unsigned calls_n, kill_at;        /* 0: never */
static int exchange_errno, rename_errno; /* 0: the call works */

static TT_UNUSED void pass_step(void)
{
    if (kill_at != 0 && ++calls_n == kill_at)
        raise(SIGKILL);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    pass_step();
    errno = exchange_errno;
    return exchange_errno != 0 ? -1
                               : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int rename(const char *from, const char *to)
{
    pass_step();
    errno = rename_errno;
    return rename_errno != 0 ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
    pass_step();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *name)
{
    pass_step();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

static uint64_t skipped_ns; /* what the tests' clock is ahead */

static TT_UNUSED uint64_t mono_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec +
           __atomic_load_n(&skipped_ns, __ATOMIC_RELAXED);
}

static TT_UNUSED int start(void **state)
{
    calls_n = kill_at = 0;
    exchange_errno = rename_errno = 0;
    skipped_ns = 0; /* threads of sinks sleep by the real clock */
    tt_clock_set(mono_ns, NULL);
    return make_root(state);
}

static TT_UNUSED int end(void **state)
{
    umount2(at("small"), MNT_DETACH);
    return remove_root(state);
}

static TT_UNUSED struct tt_conf_sink rotating_conf(uint64_t rotate, unsigned keep, bool compress)
{
    struct tt_conf_sink conf = file_conf("{state_dir}/e.jsonl");

    conf.rotate = rotate;
    conf.keep = (uint8_t)keep;
    conf.compress = compress;
    conf.queue = 16 << 20;
    return conf;
}

/* --- a file sink without its thread --- */

static TT_UNUSED void *open_self(const struct tt_conf_sink *conf)
{
    struct tt_sink_place all = place();
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    void *self;

    assert_int_equal(tt_sink_file.make(conf, &all, NULL, &self), TT_OK);
    if (tt_sink_file.open(self, &why) != TT_OK)
        fail_msg("%s", tt_buf_cstr(&why));
    return self;
}

static TT_UNUSED void close_self(void *self)
{
    tt_sink_file.close(self);
    tt_sink_file.destroy(self);
}

static TT_UNUSED void tick_self(void *self)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    assert_int_equal(tt_sink_file.tick(self, &why), TT_OK);
}

static TT_UNUSED void put_number(void *self, unsigned number)
{
    char text[TT_SINK_WHY_MAX], body[200];
    struct tt_buf why = tt_buf_over(text, sizeof(text));
    struct tt_sink_record record = {.data = body, .topic = TT_TOPIC_RAW};

    record.len =
        (uint32_t)snprintf(body, sizeof(body), "{\"kind\":\"dns\",\"n\":%u,\"pad\":\"%*s\"}",
                           number, (int)(number * 7 % 90), "");
    assert_int_equal(tt_sink_file.put(self, &record, 1, &why), TT_OK);
    assert_int_equal(record.fate, TT_FATE_DELIVERED);
}

/* --- what is on disk --- */

/* The text of a file, unpacked; NULL: there is none. */
static TT_UNUSED char *text_of(const char *name)
{
    struct stat st;
    size_t len, out_len;

    if (lstat(at(name), &st) != 0)
        return NULL;
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0640);
    char *bytes = read_file(at(name), &len);
    if (strstr(name, ".zst") == NULL)
        return bytes;
    char *text = calloc(1, 8 << 20);
    out_len = ZSTD_decompress(text, (8 << 20) - 1, bytes, len);
    assert_false(ZSTD_isError(out_len));
    text[out_len] = '\0'; /* what lies behind the end is the library's to use */
    free(bytes);
    return text;
}

struct found {
    unsigned n, first, last, files_n;
};

static TT_UNUSED void count_text(struct found *found, char *text)
{
    unsigned number;

    for (char *line = text; text != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_non_null(strchr(line, '\n'));
        assert_int_equal(sscanf(line, "{\"kind\":\"dns\",\"n\":%u,", &number), 1);
        if (found->n > 0)
            assert_int_equal(number, found->last + 1); /* none lost, none twice */
        else
            found->first = number;
        found->last = number;
        found->n++;
    }
    found->files_n += text != NULL;
    free(text);
}

/* Every record of every file, from the oldest file to the newest: each number once, without a gap.
 */
static TT_UNUSED struct found count_all(void)
{
    struct found found = {0, 0, 0, 0};
    char name[64];

    for (unsigned n = 99; n >= 1; n--) {
        snprintf(name, sizeof(name), "e.jsonl.%u.zst", n);
        count_text(&found, text_of(name));
        snprintf(name, sizeof(name), "e.jsonl.%u", n);
        count_text(&found, text_of(name));
    }
    count_text(&found, text_of("e.jsonl"));
    return found;
}

static TT_UNUSED unsigned count_names(const char *words)
{
    DIR *dir = opendir(root);
    unsigned n = 0;

    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        n += strstr(entry->d_name, words) != NULL;
    closedir(dir);
    return n;
}

static TT_UNUSED void load(struct tt_conf_sink conf)
{
    struct traffic traffic = {.records_n = 20000};
    struct tt_sink_books books[TT_TOPICS_N];
    struct found found;

    traffic.sink = open_sink(&conf);
    produce(&traffic);
    tt_sink_kick(traffic.sink);
    AWAIT(status_of(traffic.sink).books[TT_TOPIC_RAW].queued +
              status_of(traffic.sink).books[TT_TOPIC_ENRICHED].queued ==
          0);
    AWAIT(!conf.compress || count_names(".zst") + 1 == count_names("e.jsonl"));
    stop(&traffic.sink, books);
    assert_int_equal(books[TT_TOPIC_RAW].delivered + books[TT_TOPIC_ENRICHED].delivered, 20000);
    found = count_all();
    assert_int_equal(found.n, 20000);
    assert_int_equal(found.first, 0);
    assert_true(found.files_n > 20);
    assert_true(count_in_log(": rotated ") > 20);
}

static TT_UNUSED void touch(const char *name)
{
    int fd = open(at(name), O_CREAT | O_WRONLY, 0640);

    assert_true(fd >= 0);
    fchmod(fd, 0640);
    close(fd);
}
