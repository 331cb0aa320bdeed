/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "shim_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "elf_file.h"

enum {
    SHA256_LEN = 32,
    TRAILER_LEN = sizeof(TT_SHIM_TRAILER) - 1 + 2 * SHA256_LEN + 1,
    FILE_MAX = 16 << 20,
};

TT_PRINTF(3, 4)
static bool refuse(struct tt_shim_problem *problem, const char *path, const char *format, ...)
{
    char what[380];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    snprintf(problem->text, sizeof(problem->text),
             "%.260s: %s: run telltale-bind-shim --output-dir %.260s, then restart named", path, what,
             problem->directory);
    return false;
}

static bool refuse_errno(struct tt_shim_problem *problem, const char *path)
{
    char reason[100];
    int number = errno;

    if (number == ENOENT)
        return refuse(problem, path, "there is no shim for this BIND");
    return refuse(problem, path, "expected a shim that named can read, found %s",
                  strerror_r(number, reason, sizeof(reason)));
}

static bool is_regular(int fd, const char *path, struct tt_shim_problem *problem, size_t *size)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return refuse_errno(problem, path);
    if (!S_ISREG(st.st_mode))
        return refuse(problem, path, "expected a regular file");
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refuse(problem, path, "expected a file that only its owner can write, found mode %04o",
                      (unsigned)st.st_mode & 07777);
    if (st.st_size <= TRAILER_LEN || st.st_size > FILE_MAX)
        return refuse(problem, path, "expected a shim, found a file of %lld bytes", (long long)st.st_size);
    *size = (size_t)st.st_size;
    return true;
}

static bool digest_matches(const uint8_t *bytes, size_t len, const char *hex)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char text[2 * SHA256_LEN + 1];
    unsigned digest_len = 0;

    if (EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL) != 1 || digest_len != SHA256_LEN)
        return false;
    for (unsigned i = 0; i < SHA256_LEN; i++)
        snprintf(text + (size_t)2 * i, 3, "%02x", digest[i]);
    return memcmp(text, hex, (size_t)2 * SHA256_LEN) == 0;
}

static bool is_whole(const uint8_t *bytes, size_t size, const char *path, struct tt_shim_problem *problem)
{
    const char *trailer = (const char *)bytes + size - TRAILER_LEN;

    if (memcmp(trailer, TT_SHIM_TRAILER, sizeof(TT_SHIM_TRAILER) - 1) != 0 ||
        trailer[TRAILER_LEN - 1] != '\n')
        return refuse(problem, path, "the file is cut, or no shim: expected a checksum at its end");
    if (!digest_matches(bytes, size - TRAILER_LEN, trailer + sizeof(TT_SHIM_TRAILER) - 1))
        return refuse(problem, path, "the file is corrupt: expected the bytes that its checksum is of");
    if (!tt_elf_is_whole(bytes, size - TRAILER_LEN))
        return refuse(problem, path, "expected a shared object of this machine with all of its segments");
    return true;
}

/* Read and not mapped: a file that shrinks under a mapping would end the process. */
static bool read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = pread(fd, bytes + used, size - used, (off_t)used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        used += (size_t)n;
    }
    return true;
}

static bool verify_open(int fd, const char *path, struct tt_shim_problem *problem)
{
    size_t size = 0;
    uint8_t *bytes;
    bool is_good;

    if (!is_regular(fd, path, problem, &size))
        return false;
    bytes = malloc(size);
    if (bytes == NULL || !read_all(fd, bytes, size))
        is_good = refuse(problem, path, "the file cannot be read");
    else
        is_good = is_whole(bytes, size, path, problem);
    free(bytes);
    return is_good;
}

bool tt_shim_verify(const char *path, struct tt_shim_problem *problem)
{
    /* Not blocking: the name may be a pipe's. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool is_good;

    if (fd < 0)
        return refuse_errno(problem, path);
    is_good = verify_open(fd, path, problem);
    close(fd);
    return is_good;
}

bool tt_shim_fits(const struct tt_shim *shim, const struct tt_release *release, const char *path,
                  struct tt_shim_problem *problem)
{
    if (shim->abi != TT_SHIM_ABI || shim->size != sizeof(*shim) ||
        shim->query_size != sizeof(struct tt_query) || shim->obs_size != sizeof(struct tt_obs))
        return refuse(problem, path, "made for another telltale: expected interface %#x, sizes %zu %zu %zu",
                      (unsigned)TT_SHIM_ABI, sizeof(*shim), sizeof(struct tt_query), sizeof(struct tt_obs));
    if (shim->release == NULL || shim->build_id == NULL)
        return refuse(problem, path, "expected a shim that says what it was made for");
    if (strcmp(shim->release, release->text) != 0)
        return refuse(problem, path, "made for BIND %.100s: expected %s", shim->release, release->text);
    if (shim->build_id[0] != 0 && release->build_id[0] != 0 && strcmp(shim->build_id, release->build_id) != 0)
        return refuse(problem, path,
                      "made for another build of BIND %s: expected build id %s of libns, found %.100s",
                      release->text, release->build_id, shim->build_id);
    return true;
}

static const struct tt_shim *load_verified(const char *path, struct tt_shim_problem *problem)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *why = object == NULL ? dlerror() : NULL;
    const struct tt_shim *shim = object != NULL ? dlsym(object, TT_SHIM_SYMBOL) : NULL;

    if (object == NULL)
        refuse(problem, path, "the file cannot be loaded: %s", why != NULL ? why : "no reason given");
    else if (shim == NULL)
        refuse(problem, path, "expected a shim, found an object without " TT_SHIM_SYMBOL);
    return shim;
}

static bool is_known(const struct tt_release *release, struct tt_shim_problem *problem)
{
    if (release->libns[0] == 0)
        snprintf(problem->text, sizeof(problem->text), "this process is no BIND: expected ns_hook_add in it");
    else if (release->text[0] == 0)
        snprintf(problem->text, sizeof(problem->text),
                 "%s: the release of this BIND is not known: expected a file name such as libns-9.18.49.so",
                 release->libns);
    else if (release->series == 0)
        snprintf(problem->text, sizeof(problem->text), "BIND %s is not supported: expected 9.18 or 9.20",
                 release->text);
    return release->series != 0;
}

const struct tt_shim *tt_shim_load(const struct tt_release *release, const char *directory,
                                   struct tt_shim_problem *problem)
{
    char path[TT_SHIM_PATH_MAX + TT_RELEASE_MAX];
    const struct tt_shim *shim;

    problem->directory = directory;
    if (!is_known(release, problem))
        return NULL;
    snprintf(path, sizeof(path), "%.*s/%s.so", TT_SHIM_PATH_MAX - 8, directory, release->text);
    if (!tt_shim_verify(path, problem))
        return NULL;
    shim = load_verified(path, problem);
    return shim != NULL && tt_shim_fits(shim, release, path, problem) ? shim : NULL;
}
