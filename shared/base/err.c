/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "base/err.h"

#include <errno.h>

#include "base/compat.h"

static const char *const texts[] = {
    "success",
#define E(name, text) text,
#include "base/errors.def"
#undef E
};

const char *tt_error_text(int error)
{
    if (error > 0 || error <= -(int)TT_COUNT(texts))
        return "unknown error";
    return texts[-error];
}

int tt_error_from_errno(int errno_value)
{
    switch (errno_value) {
    case 0:
        return TT_OK;
    case EINVAL:
        return TT_EINVAL;
    case ENOMEM:
        return TT_ENOMEM;
    case EAGAIN:
        return TT_EAGAIN;
    case ENOENT:
    case ENOTDIR:
        return TT_ENOENT;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
        return TT_EPERM;
    case EBUSY:
    case EADDRINUSE:
    case EEXIST:
        return TT_EBUSY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return TT_ENOSPC;
    default:
        return TT_EIO;
    }
}
