/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Numbers move while a file is at work: its number is looked up at the end, by the descriptor. The
 * wake flag spares an idle sink from looking for files each second.
 */

#include "sink/file_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "sink/file_rotate.h"

enum { LEVEL = 3, CHUNK = 128 << 10, MODE = 0640, REASON_MAX = 256 };

static const uint64_t step_ns = 50 * UINT64_C(1000000), step_between_ns = 20 * UINT64_C(1000000),
                      retry_ns = 60 * UINT64_C(1000000000);

/* One file at work. */
struct job {
    int in, out;
    ZSTD_CCtx *zstd;
    uint64_t in_bytes, out_bytes;
    char from[CHUNK], to[CHUNK];
};

struct tt_file_packer {
    const char *sink, *path;
    struct job *job;
    bool is_awake;
    uint64_t next_try_ns, next_step_ns;
    char reason[REASON_MAX]; /* the last failure said */
};

int tt_file_packer_new(const char *sink, const char *path, struct tt_file_packer **packer)
{
    *packer = calloc(1, sizeof(**packer));
    if (*packer == NULL)
        return TT_ENOMEM;
    (*packer)->sink = sink;
    (*packer)->path = path;
    return TT_OK;
}

static const char *name_half(char name[TT_FILE_NAME_MAX], const struct tt_file_packer *packer)
{
    snprintf(name, TT_FILE_NAME_MAX, "%s.zst.tmp", packer->path);
    return name;
}

static void end_job(struct tt_file_packer *packer)
{
    struct job *job = packer->job;

    if (job == NULL)
        return;
    if (job->in >= 0)
        close(job->in);
    if (job->out >= 0)
        close(job->out);
    ZSTD_freeCCtx(job->zstd);
    free(job);
    packer->job = NULL;
}

static void remove_half(const struct tt_file_packer *packer)
{
    char name[TT_FILE_NAME_MAX];
    struct stat st;

    if (lstat(name_half(name, packer), &st) == 0 && S_ISREG(st.st_mode))
        unlink(name);
}

void tt_file_packer_stop(struct tt_file_packer *packer)
{
    if (packer->job == NULL)
        return;
    end_job(packer);
    remove_half(packer);
    packer->is_awake = true;
}

void tt_file_packer_free(struct tt_file_packer **packer)
{
    if (*packer != NULL)
        tt_file_packer_stop(*packer);
    free(*packer);
    *packer = NULL;
}

void tt_file_packer_wake(struct tt_file_packer *packer)
{
    if (packer->job == NULL)
        remove_half(packer);
    packer->is_awake = true;
}

static void fail(struct tt_file_packer *packer, const char *step, const char *name,
                 const char *words)
{
    char reason[REASON_MAX];

    tt_file_packer_stop(packer);
    packer->next_try_ns = tt_clock_mono_ns() + retry_ns;
    snprintf(reason, sizeof(reason), "%s %s: %s", step, name, words);
    if (strcmp(reason, packer->reason) == 0)
        return;
    memcpy(packer->reason, reason, sizeof(reason));
    tt_log(TT_LOG_WARNING, "sink %s: %s; rotated files stay as they are, tried again each minute",
           packer->sink, reason);
}

static void fail_errno(struct tt_file_packer *packer, const char *step, const char *name)
{
    fail(packer, step, name, strerrordesc_np(errno));
}

/* The oldest file that is not packed yet; -1: none. */
static int open_plain(const struct tt_file_packer *packer, unsigned keep,
                      char name[TT_FILE_NAME_MAX])
{
    struct stat st;

    for (unsigned n = keep; n >= 1; n--) {
        int fd = open(tt_file_numbered(name, packer->path, n, false),
                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

static bool open_half(struct tt_file_packer *packer)
{
    char name[TT_FILE_NAME_MAX];

    remove_half(packer);
    packer->job->out =
        open(name_half(name, packer), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
    if (packer->job->out >= 0 && fchmod(packer->job->out, MODE) == 0)
        return true;
    fail_errno(packer, "cannot create", name);
    return false;
}

/* False: there is nothing to do, or it cannot be done now. */
static bool start_job(struct tt_file_packer *packer, unsigned keep)
{
    char name[TT_FILE_NAME_MAX];
    struct stat st;
    int in = open_plain(packer, keep, name);

    packer->is_awake = in >= 0;
    if (in < 0)
        return false;
    packer->job = malloc(sizeof(*packer->job));
    if (packer->job == NULL) {
        close(in);
        fail(packer, "cannot pack", name, tt_error_text(TT_ENOMEM));
        return false;
    }
    packer->job->in = in;
    packer->job->out = -1;
    packer->job->in_bytes = packer->job->out_bytes = 0;
    packer->job->zstd = ZSTD_createCCtx();
    if (packer->job->zstd == NULL || fstat(in, &st) != 0 ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->job->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(packer->job->zstd, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(packer->job->zstd, (uint64_t)st.st_size))) {
        fail(packer, "cannot pack", name, tt_error_text(TT_ENOMEM));
        return false;
    }
    return open_half(packer);
}

static bool write_all(struct tt_file_packer *packer, size_t len)
{
    char name[TT_FILE_NAME_MAX];
    size_t done = 0;

    while (done < len) {
        ssize_t got = write(packer->job->out, packer->job->to + done, len - done);
        if (got < 0 && errno != EINTR) {
            fail_errno(packer, "cannot write", name_half(name, packer));
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    packer->job->out_bytes += len;
    return true;
}

/* Packs what was read; no bytes: the end. */
static bool pack_chunk(struct tt_file_packer *packer, size_t len)
{
    ZSTD_inBuffer in = {packer->job->from, len, 0};
    ZSTD_EndDirective what = len > 0 ? ZSTD_e_continue : ZSTD_e_end;
    size_t left;

    do {
        ZSTD_outBuffer out = {packer->job->to, CHUNK, 0};
        left = ZSTD_compressStream2(packer->job->zstd, &out, &in, what);
        if (ZSTD_isError(left)) {
            fail(packer, "cannot pack a file of", packer->path, ZSTD_getErrorName(left));
            return false;
        }
        if (!write_all(packer, out.pos))
            return false;
    } while (len > 0 ? in.pos < in.size : left > 0);
    return true;
}

/* Bytes in the largest unit that leaves at least two digits. */
static const char *say_size(char text[32], uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    unsigned i = 0;

    for (; i < TT_COUNT(units) - 1 && bytes >= 10 * 1024; i++)
        bytes = (bytes + 512) / 1024;
    snprintf(text, 32, "%llu %s", (unsigned long long)bytes, units[i]);
    return text;
}

/* The number of the file at work, 0 when it was removed meanwhile. */
static unsigned find_number(const struct tt_file_packer *packer, unsigned keep)
{
    char name[TT_FILE_NAME_MAX];

    for (unsigned n = 1; n <= keep; n++)
        if (tt_path_is_open_as(tt_file_numbered(name, packer->path, n, false), packer->job->in))
            return n;
    return 0;
}

static void finish_job(struct tt_file_packer *packer, unsigned keep)
{
    char half[TT_FILE_NAME_MAX], plain[TT_FILE_NAME_MAX], packed[TT_FILE_NAME_MAX], before[32],
        after[32];
    unsigned n = find_number(packer, keep);

    if (n == 0) {
        tt_file_packer_stop(packer);
        return;
    }
    tt_file_numbered(packed, packer->path, n, true);
    if (rename(name_half(half, packer), packed) != 0) {
        fail_errno(packer, "cannot rename", half);
        return;
    }
    if (unlink(tt_file_numbered(plain, packer->path, n, false)) != 0) {
        fail_errno(packer, "cannot remove", plain);
        return;
    }
    tt_log(TT_LOG_INFO, "sink %s: packed %s: %s to %s", packer->sink, packed,
           say_size(before, packer->job->in_bytes), say_size(after, packer->job->out_bytes));
    packer->reason[0] = '\0';
    end_job(packer);
}

/* One chunk. False: the job is over, well or not. */
static bool go_on(struct tt_file_packer *packer, unsigned keep)
{
    struct job *job = packer->job;
    ssize_t got = read(job->in, job->from, CHUNK);

    if (got < 0 && errno == EINTR)
        return true;
    if (got < 0) {
        fail_errno(packer, "cannot read a file of", packer->path);
        return false;
    }
    if (!pack_chunk(packer, (size_t)got))
        return false;
    job->in_bytes += (uint64_t)got;
    if (got == 0)
        finish_job(packer, keep);
    return got > 0;
}

void tt_file_packer_step(struct tt_file_packer *packer, unsigned keep, bool is_between)
{
    uint64_t now, start_ns, budget_ns = is_between ? step_between_ns : step_ns;

    if (packer->job == NULL && !packer->is_awake)
        return;
    now = start_ns = tt_clock_mono_ns();
    if (is_between && start_ns < packer->next_step_ns)
        return;
    while (now - start_ns < budget_ns) {
        if (packer->job == NULL &&
            (!packer->is_awake || start_ns < packer->next_try_ns || !start_job(packer, keep)))
            break;
        if (!go_on(packer, keep) && packer->next_try_ns > start_ns)
            break;
        now = tt_clock_mono_ns();
    }
    packer->next_step_ns = now + 2 * step_between_ns;
}
