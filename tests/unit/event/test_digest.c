/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "event/digest.h"

#define BYTES(literal)                                                                                       \
    {                                                                                                        \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                      \
    }
#define OWNER BYTES("\3www\7Example\0")

static struct tt_arena arena;

static uint64_t digest_of(const struct tt_fact_rr *rrs, size_t n)
{
    const struct tt_fact_rr *list[TT_OBS_RRS_MAX];
    uint64_t digest = 0;

    for (size_t i = 0; i < n; i++)
        list[i] = &rrs[i];
    tt_arena_reset(&arena);
    assert_int_equal(tt_digest_rrset(list, n, &arena, &digest), TT_OK);
    return digest;
}

/* The bytes of design.md §3 written out by hand, and the library's hash over them. */
static void the_digest_is_xxh3_over_the_bytes_that_the_design_names(void **state)
{
    static const struct {
        const char *name;
        struct tt_fact_rr rrs[3];
        size_t rrs_n;
        struct tt_span hashed;
    } cases[] = {
        {"one address",
         {{OWNER, BYTES("\xc0\0\2\1"), 60, 1, 1, 0}},
         1,
         BYTES("\3www\7example\0\0\1\0\1\0\4\xc0\0\2\1")},
        {"sorted, duplicates once, whatever their TTL",
         {{OWNER, BYTES("\xc0\0\2\2"), 60, 1, 1, 0},
          {OWNER, BYTES("\xc0\0\2\1"), 60, 1, 1, 0},
          {OWNER, BYTES("\xc0\0\2\2"), 5, 1, 1, 0}},
         3,
         BYTES("\3www\7example\0\0\1\0\1\0\4\xc0\0\2\1\0\4\xc0\0\2\2")},
        {"names in lower case, equal ones once",
         {{OWNER, BYTES("\2NS\1X\0"), 60, 2, 1, 0}, {OWNER, BYTES("\2ns\1x\0"), 60, 2, 1, 0}},
         2,
         BYTES("\3www\7example\0\0\2\0\1\0\6\2ns\1x\0")},
        {"text keeps its case",
         {{OWNER, BYTES("\2Ab"), 60, 16, 1, 0}},
         1,
         BYTES("\3www\7example\0\0\x10\0\1\0\3\2Ab")},
        {"the shorter first when one begins the other",
         {{OWNER, BYTES("AB\0"), 60, 65280, 1, 0}, {OWNER, BYTES("AB"), 60, 65280, 1, 0}},
         2,
         BYTES("\3www\7example\0\xff\0\0\1\0\2AB\0\3AB\0")},
        {"no data at all", {{OWNER, BYTES(""), 60, 65280, 3, 0}}, 1, BYTES("\3www\7example\0\xff\0\0\3\0\0")},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        uint64_t expect = XXH3_64bits(cases[i].hashed.bytes, cases[i].hashed.len);

        if (digest_of(cases[i].rrs, cases[i].rrs_n) != expect)
            fail_msg("%s", cases[i].name);
    }
}

static void no_order_changes_the_digest(void **state)
{
    struct tt_fact_rr rrs[TT_OBS_RRS_MAX];
    uint8_t rdata[TT_OBS_RRS_MAX][4];
    uint64_t expect = 0;

    (void)state;
    srand(1);
    for (unsigned i = 0; i < TT_OBS_RRS_MAX; i++) {
        memcpy(rdata[i], (uint8_t[4]){192, 0, 2, (uint8_t)(i / 2 * 7)}, 4); /* each twice */
        rrs[i] = (struct tt_fact_rr){OWNER, {rdata[i], 4}, i, 1, 1, 0};
    }
    for (unsigned round = 0; round < 200; round++) {
        uint64_t digest = digest_of(rrs, TT_OBS_RRS_MAX);

        expect = round == 0 ? digest : expect;
        assert_true(digest == expect);
        for (unsigned i = TT_OBS_RRS_MAX - 1; i > 0; i--) {
            unsigned other = (unsigned)rand() % (i + 1);
            struct tt_fact_rr rr = rrs[i];
            rrs[i] = rrs[other];
            rrs[other] = rr;
        }
    }
}

static void what_differs_has_another_digest(void **state)
{
    static const struct tt_fact_rr rrs[] = {
        {OWNER, BYTES("\xc0\0\2\1"), 60, 1, 1, 0},
        {OWNER, BYTES("\xc0\0\2\1"), 60, 1, 3, 0},
        {OWNER, BYTES("\xc0\0\2\1"), 60, 65280, 1, 0},
        {BYTES("\3ww2\7example\0"), BYTES("\xc0\0\2\1"), 60, 1, 1, 0},
        {OWNER, BYTES("\xc0\0\2\2"), 60, 1, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rrs); i++)
        for (size_t j = 0; j < i; j++)
            assert_true(digest_of(&rrs[i], 1) != digest_of(&rrs[j], 1));
}

static void a_used_up_arena_is_said(void **state)
{
    static const struct tt_fact_rr rr = {OWNER, BYTES("\xc0\0\2\1"), 60, 1, 1, 0};
    const struct tt_fact_rr *list = &rr;
    char memory[8];
    struct tt_arena small = {memory, 0, sizeof(memory)};
    uint64_t digest;

    (void)state;
    assert_int_equal(tt_digest_rrset(&list, 1, &small, &digest), TT_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_xxh3_over_the_bytes_that_the_design_names),
        cmocka_unit_test(no_order_changes_the_digest),
        cmocka_unit_test(what_differs_has_another_digest),
        cmocka_unit_test(a_used_up_arena_is_said),
    };
    int failed;

    if (tt_arena_init(&arena, 64 * 1024) != TT_OK)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tt_arena_fini(&arena);
    return failed;
}
