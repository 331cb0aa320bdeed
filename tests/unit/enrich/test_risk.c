/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "enrich/risk.h"

static void parts_that_are_known_add_up_to_at_most_one(void **state)
{
    enum { T = 1 << TT_RISK_THREAT, D = 1 << TT_RISK_DGA, N = 1 << TT_RISK_NEWLY_OBSERVED };
    static const struct {
        float threat, dga, newly;
        unsigned known;
        double score;
    } cases[] = {
        {0, 0, 0, T, 0},          {0.9f, 0, 0, T, 0.9}, {1, 1, 1, T | D | N, 1},
        {0.5f, 1, 0, T | D, 0.8}, {0.5f, 1, 1, T, 0.5}, {0, 0.5f, 1, D | N, 0.51},
        {7, 0, 0, T, 1},          {-1, 0, 0, T, 0},     {NAN, 0, 0, T, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_risk risk = {{cases[i].threat, cases[i].dga, cases[i].newly}, cases[i].known};
        float score = tt_risk_score(&risk);
        if (fabs((double)score - cases[i].score) > 1e-6)
            fail_msg("case %zu: %g, not %g", i, (double)score, cases[i].score);
    }
}

static void a_part_is_known_once_it_is_added(void **state)
{
    struct tt_risk risk = {.known = 0};

    (void)state;
    tt_risk_add(&risk, TT_RISK_THREAT, 0.25f);
    assert_int_equal(risk.known, 1 << TT_RISK_THREAT);
    assert_true(fabs((double)tt_risk_score(&risk) - 0.25) < 1e-6);
}

static void the_documentation_names_every_part(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    assert_non_null(out);
    tt_risk_markdown(out);
    fclose(out);
#define R(id, field, weight, doc) assert_non_null(strstr(text, "| `" field "` | "));
#include "enrich/risk.def"
#undef R
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_that_are_known_add_up_to_at_most_one),
        cmocka_unit_test(a_part_is_known_once_it_is_added),
        cmocka_unit_test(the_documentation_names_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
