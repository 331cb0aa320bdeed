/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* "Did you mean": how far one word is from another. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compat.h"
#include "conf/option.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void distances_count_single_edits(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned limit, expect;
    } rows[] = {{"node", "node", 2, 0}, {"nod", "node", 2, 1},
                {"ndoe", "node", 2, 1}, {"noxe", "node", 2, 1},
                {"", "node", 2, 3},     {"", "node", 4, 4},      {"abcd", "dcba", 9, 3}, {"ca", "abc", 9, 3},
                {"", "", 2, 0},         {X64, X64, 2, 3},        {"sink", "sinks", 0, 1}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++)
        assert_int_equal(tt_option_distance(tt_str_from(rows[i].a), tt_str_from(rows[i].b), rows[i].limit),
                         rows[i].expect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(distances_count_single_edits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
