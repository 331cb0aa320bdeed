/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "enrich/data.h"

static char why_text[512];

static int load(const char *bytes, size_t len, struct tt_hash_key **key)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text)), build = tt_buf_over(NULL, 0);
    void *object = NULL;
    int err = tt_data_key.load((const uint8_t *)bytes, len, "hmac.key", NULL, NULL, &object, &build,
                               &why);

    tt_buf_cstr(&why);
    *key = object;
    return err;
}

/* Made with python: hmac.new(key, b"telltale client_hash_key", "sha256").hexdigest()[:16] */
static void the_id_is_that_of_an_independent_hmac(void **state)
{
    static const struct {
        const char *bytes, *id;
        size_t key_len;
    } cases[] = {
        {"0123456789abcdef", "12a5f590d89fd31b", 16},
        {"0123456789abcdef\n", "12a5f590d89fd31b", 16},
        {"0123456789abcdef\n\n", "a343b71df2d6fc1b", 17},
        {"0123456789abcdef\r\n", "a82537c53ed9793e", 17},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", "4bfbd3e2383d35b3",
         64},
    };

    (void)state;
    for (unsigned i = 0; i < TT_COUNT(cases); i++) {
        struct tt_hash_key *key;

        assert_int_equal(load(cases[i].bytes, strlen(cases[i].bytes), &key), TT_OK);
        assert_int_equal(key->len, cases[i].key_len);
        assert_memory_equal(key->bytes, cases[i].bytes, cases[i].key_len);
        assert_string_equal(key->id, cases[i].id);
        tt_data_key.unload(key);
    }
}

static void a_key_may_be_any_bytes(void **state)
{
    struct tt_hash_key *key;

    (void)state;
    assert_int_equal(load("\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\xff", 16, &key), TT_OK);
    assert_int_equal(key->len, 16);
    assert_string_equal(key->id, "580597845ccbb093");
    tt_data_key.unload(key);
}

static void keys_too_short_and_too_long_are_refused_without_being_shown(void **state)
{
    static const size_t lengths[] = {0, 1, 15, 65, 4096};
    char bytes[4096];
    struct tt_hash_key *key;

    (void)state;
    memset(bytes, 'k', sizeof(bytes));
    for (unsigned i = 0; i < TT_COUNT(lengths); i++) {
        char number[32];

        assert_int_equal(load(bytes, lengths[i], &key), TT_ESYNTAX);
        assert_null(key);
        snprintf(number, sizeof(number), "%zu bytes", lengths[i]);
        assert_non_null(strstr(why_text, number));
        assert_null(strstr(why_text, "kkk"));
    }
    bytes[15] = '\n';
    assert_int_equal(load(bytes, 16, &key), TT_ESYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_id_is_that_of_an_independent_hmac),
        cmocka_unit_test(a_key_may_be_any_bytes),
        cmocka_unit_test(keys_too_short_and_too_long_are_refused_without_being_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
