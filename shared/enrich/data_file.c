/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum { PIECE = 1 << 20, FOREIGN_BITS = S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH };

static struct tt_file_stamp to_stamp(const struct stat *st)
{
    return (struct tt_file_stamp){
        .device = st->st_dev,
        .inode = st->st_ino,
        .size = (uint64_t)st->st_size,
        .changed_ns = st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec,
        .status_ns = st->st_ctim.tv_sec * 1000000000ll + st->st_ctim.tv_nsec,
    };
}

bool tt_file_stamp_equal(const struct tt_file_stamp *a, const struct tt_file_stamp *b)
{
    return a->errno_value == b->errno_value && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && a->changed_ns == b->changed_ns && a->status_ns == b->status_ns;
}

void tt_file_look(const char *path, struct tt_file_stamp *stamp)
{
    struct stat st;

    if (stat(path, &st) == 0)
        *stamp = to_stamp(&st);
    else
        *stamp = (struct tt_file_stamp){.errno_value = errno};
}

static int fail_errno(struct tt_buf *why, const char *step)
{
    int errno_value = errno;

    tt_buf_format(why, "%s: %s", step, strerrordesc_np(errno_value));
    return tt_error_from_errno(errno_value);
}

static int check_kind(const struct stat *st, const struct tt_file_limits *limits,
                      struct tt_buf *why)
{
    if (!S_ISREG(st->st_mode)) {
        tt_buf_text(why, S_ISDIR(st->st_mode) ? "it is a directory" : "it is no regular file");
        return TT_EINVAL;
    }
    if (limits->is_secret && (st->st_mode & FOREIGN_BITS) != 0) {
        tt_buf_format(why, "refused: with mode %04o others can get at it; expected 0600",
                      st->st_mode & 07777);
        return TT_EPERM;
    }
    if ((uint64_t)st->st_size > limits->len_max) {
        tt_buf_format(why, "it has %llu bytes, at most %zu are taken",
                      (unsigned long long)st->st_size, limits->len_max);
        return TT_ELIMIT;
    }
    return TT_OK;
}

/* Reads up to the end, which has to be where stat saw it, and digests what is still in the cache.
 */
static int read_pieces(int fd, const struct tt_file_limits *limits, struct tt_file *file,
                       EVP_MD_CTX *digest, struct tt_buf *why)
{
    size_t expected = (size_t)file->stamp.size;

    while (limits->stop == NULL || !__atomic_load_n(limits->stop, __ATOMIC_RELAXED)) {
        ssize_t n =
            read(fd, file->bytes + file->len, TT_MIN((size_t)PIECE, expected + 1 - file->len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(why, "reading");
        if (n == 0)
            break;
        if (EVP_DigestUpdate(digest, file->bytes + file->len, (size_t)n) != 1)
            return TT_ENOMEM;
        file->len += (size_t)n;
        if (file->len > expected)
            break;
    }
    file->bytes[TT_MIN(file->len, expected)] = 0;
    return file->len == expected ? TT_OK : TT_EAGAIN;
}

static int read_open(int fd, const struct tt_file_limits *limits, struct tt_file *file,
                     struct tt_buf *why)
{
    struct stat st;
    struct tt_file_stamp after;
    EVP_MD_CTX *digest;
    int err;

    if (fstat(fd, &st) != 0)
        return fail_errno(why, "inspecting");
    file->stamp = to_stamp(&st);
    err = check_kind(&st, limits, why);
    if (err != TT_OK)
        return err;
    file->mapped_len = (size_t)st.st_size + 1;
    file->bytes =
        mmap(NULL, file->mapped_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (file->bytes == MAP_FAILED) {
        file->bytes = NULL;
        return fail_errno(why, "memory for it");
    }
    if (limits->is_secret)
        (void)madvise(file->bytes, file->mapped_len, MADV_DONTDUMP);
    digest = EVP_MD_CTX_new();
    err = digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1
              ? TT_ENOMEM
              : read_pieces(fd, limits, file, digest, why);
    if (err == TT_OK && EVP_DigestFinal_ex(digest, file->sha, NULL) != 1)
        err = TT_ENOMEM;
    EVP_MD_CTX_free(digest);
    if (err != TT_OK)
        return err;
    if (fstat(fd, &st) != 0)
        return fail_errno(why, "inspecting");
    after = to_stamp(&st);
    return tt_file_stamp_equal(&after, &file->stamp) ? TT_OK : TT_EAGAIN;
}

int tt_file_read(const char *path, const struct tt_file_limits *limits, struct tt_file *file,
                 struct tt_buf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int err;

    *file = (struct tt_file){0};
    if (fd < 0) {
        file->stamp.errno_value = errno;
        return fail_errno(why, "opening");
    }
    err = read_open(fd, limits, file, why);
    close(fd);
    if (err == TT_EAGAIN)
        tt_buf_text(why, "it changes while it is read");
    if (err != TT_OK)
        tt_file_close(file, limits->is_secret);
    return err;
}

void tt_file_close(struct tt_file *file, bool is_secret)
{
    if (file->bytes == NULL)
        return;
    if (is_secret)
        explicit_bzero(file->bytes, file->mapped_len);
    munmap(file->bytes, file->mapped_len);
    file->bytes = NULL;
}
