/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Each secret has pages of its own, so that what is said of them to the kernel says it of nothing else. They
 * are read into directly: no other buffer of ours ever holds a secret. */

#include "net/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

/* At the start of its pages. */
struct tt_secret {
    size_t mapped_len;
    size_t cap; /* bytes of text, its terminator apart */
    size_t len;
    char text[];
};

int tt_secret_new(size_t len, struct tt_secret **out)
{
    size_t mapped_len = sizeof(struct tt_secret) + len + 1;
    struct tt_secret *secret =
        mmap(NULL, mapped_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *out = NULL;
    if (secret == MAP_FAILED)
        return TT_ENOMEM;
    if (madvise(secret, mapped_len, MADV_DONTDUMP) != 0 ||
        madvise(secret, mapped_len, MADV_WIPEONFORK) != 0) {
        munmap(secret, mapped_len);
        return TT_ENOMEM;
    }
    (void)mlock(secret, mapped_len); /* not to be swapped, where the limits let us */
    secret->mapped_len = mapped_len;
    secret->cap = secret->len = len;
    *out = secret;
    return TT_OK;
}

void tt_secret_free(struct tt_secret **secret)
{
    size_t mapped_len;

    if (*secret == NULL)
        return;
    mapped_len = (*secret)->mapped_len;
    explicit_bzero(*secret, mapped_len);
    munmap(*secret, mapped_len);
    *secret = NULL;
}

char *tt_secret_memory(struct tt_secret *secret)
{
    return secret->text;
}

const char *tt_secret_text(const struct tt_secret *secret)
{
    return secret->text;
}

size_t tt_secret_len(const struct tt_secret *secret)
{
    return secret->len;
}

static int say(struct tt_buf *why, const char *path, int errno_value)
{
    tt_buf_format(why, "cannot read %s: %s", path, strerrordesc_np(errno_value));
    if (errno_value == EACCES)
        tt_buf_text(why, "; let the group of the server's user read it, and nobody else (chmod 0640)");
    switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
        return TT_ENOENT;
    case EACCES:
    case EPERM:
        return TT_EPERM;
    case ENOMEM:
        return TT_ENOMEM;
    default:
        return TT_EIO;
    }
}

static int check_file(const char *path, int fd, struct tt_buf *why)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return say(why, path, errno);
    if (!S_ISREG(st.st_mode)) {
        tt_buf_format(why, "refused %s: it is not a file", path);
        return TT_EIO;
    }
    if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        tt_buf_format(why,
                      "refused %s: everybody can %s it (mode %04o); chmod o-rwx it, and change the secret",
                      path, (st.st_mode & S_IROTH) != 0 ? "read" : "write", (unsigned)st.st_mode & 07777);
        return TT_EPERM;
    }
    return TT_OK;
}

/* As many bytes as there are, up to cap. */
static int fill(const char *path, int fd, struct tt_secret *secret, struct tt_buf *why)
{
    secret->len = 0;
    while (secret->len < secret->cap) {
        ssize_t got = read(fd, secret->text + secret->len, secret->cap - secret->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return say(why, path, errno);
        if (got == 0)
            break;
        secret->len += (size_t)got;
    }
    return TT_OK;
}

/* Reads up to cap bytes of a file that is fit to hold a secret. */
static int read_file(const char *path, size_t cap, struct tt_secret **out, struct tt_buf *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int err;

    *out = NULL;
    if (fd < 0)
        return say(why, path, errno);
    err = check_file(path, fd, why);
    if (err == TT_OK) {
        err = tt_secret_new(cap, out);
        if (err != TT_OK)
            tt_buf_format(why, "cannot read %s: %s", path, tt_error_text(err));
    }
    if (err == TT_OK)
        err = fill(path, fd, *out, why);
    close(fd);
    return err;
}

static int refuse(struct tt_secret **secret, const char *path, const char *what, struct tt_buf *why)
{
    tt_secret_free(secret);
    tt_buf_format(why, "refused %s: %s", path, what);
    return TT_ELIMIT;
}

static void cut(struct tt_secret *secret, size_t len)
{
    explicit_bzero(secret->text + len, secret->cap - len);
    secret->len = len;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return true;
    return false;
}

int tt_secret_read(const char *path, struct tt_secret **secret, struct tt_buf *why)
{
    int err = read_file(path, TT_SECRET_MAX + 2, secret, why);
    const char *end;
    size_t len;

    if (err != TT_OK) {
        tt_secret_free(secret);
        return err;
    }
    end = memchr((*secret)->text, '\n', (*secret)->len);
    len = end != NULL ? (size_t)(end - (*secret)->text) : (*secret)->len;
    if (len > 0 && (*secret)->text[len - 1] == '\r')
        len--;
    if (len == 0)
        return refuse(secret, path, "its first line is empty, which is where the secret stands", why);
    if (len > TT_SECRET_MAX)
        return refuse(secret, path, "its first line is longer than 3072 bytes", why);
    if (has_control((*secret)->text, len))
        return refuse(secret, path, "there is a control character in its first line", why);
    cut(*secret, len);
    return TT_OK;
}

int tt_secret_read_file(const char *path, struct tt_secret **secret, struct tt_buf *why)
{
    int err = read_file(path, TT_SECRET_FILE_MAX + 1, secret, why);

    if (err != TT_OK) {
        tt_secret_free(secret);
        return err;
    }
    if ((*secret)->len == 0)
        return refuse(secret, path, "it is empty", why);
    if ((*secret)->len > TT_SECRET_FILE_MAX)
        return refuse(secret, path, "it is longer than 65536 bytes", why);
    if (memchr((*secret)->text, 0, (*secret)->len) != NULL)
        return refuse(secret, path, "there is a NUL in it, so it is not text", why);
    return TT_OK;
}
