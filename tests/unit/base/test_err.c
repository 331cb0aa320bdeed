/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/compat.h"
#include "base/err.h"

static const struct {
    int error;
    const char *text;
} rows[] = {
#define E(name, text) {TT_E##name, text},
#include "base/errors.def"
#undef E
};

static void every_error_is_negative_and_has_its_own_text(void **state)
{
    (void)state;
    assert_int_equal(TT_OK, 0);
    assert_string_equal(tt_error_text(TT_OK), "success");
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        assert_int_equal(rows[i].error, -(int)i - 1);
        assert_string_equal(tt_error_text(rows[i].error), rows[i].text);
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(rows[i].text, rows[other].text);
    }
}

static void a_number_that_is_no_error_is_unknown(void **state)
{
    static const int numbers[] = {1, 2, INT_MAX, INT_MIN, INT_MIN + 1, -(int)TT_COUNT(rows) - 1};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(numbers); i++)
        assert_string_equal(tt_error_text(numbers[i]), "unknown error");
}

static void errno_becomes_the_nearest_error(void **state)
{
    static const struct {
        int errno_value, expect;
    } cases[] = {
        {0, TT_OK},           {EINVAL, TT_EINVAL},   {ENOMEM, TT_ENOMEM},    {EAGAIN, TT_EAGAIN},
        {ENOENT, TT_ENOENT},  {ENOTDIR, TT_ENOENT},  {EACCES, TT_EPERM},     {EPERM, TT_EPERM},
        {EROFS, TT_EPERM},    {ELOOP, TT_EPERM},     {EBUSY, TT_EBUSY},      {EADDRINUSE, TT_EBUSY},
        {EEXIST, TT_EBUSY},   {ENOSPC, TT_ENOSPC},   {EDQUOT, TT_ENOSPC},    {EFBIG, TT_ENOSPC},
        {EIO, TT_EIO},        {EPIPE, TT_EIO},       {12345, TT_EIO},        {-1, TT_EIO},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++)
        assert_int_equal(tt_error_from_errno(cases[i].errno_value), cases[i].expect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_is_negative_and_has_its_own_text),
        cmocka_unit_test(a_number_that_is_no_error_is_unknown),
        cmocka_unit_test(errno_becomes_the_nearest_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
