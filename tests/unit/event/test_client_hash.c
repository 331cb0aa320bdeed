/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "event/client_hash.h"

/* The first 16 bytes of hmac.new(key, address.packed, hashlib.sha256), by CPython's hashlib. */
static const struct {
    const char *key, *ip, *expect;
} vectors[] = {
    {"k", "192.0.2.77", "6ebeb3148bbb710089c046606f661df7"},
    {"k", "0.0.0.0", "b8c8c5f5f77a2ceeab1c1ed292f7f560"},
    {"k", "255.255.255.255", "dee34a6d9896e2ae711be833fee85319"},
    {"k", "2001:db8:1:2::3", "db2f21af2cd1f35aa97c2011b12bf4da"},
    {"k", "::", "774fadacdb2f02c0dd3e0141b2964e16"},
    {"k", "c000:24d::", "172646652e5b56e27703f512fa125d97"},
    {"golden", "192.0.2.77", "b49bcdd024233969dc92b080907aeb7a"},
    {"golden", "0.0.0.0", "900fe98c6780136a065684e28e0e263b"},
    {"golden", "255.255.255.255", "791b90c0e9218253be80d913a0121468"},
    {"golden", "2001:db8:1:2::3", "23b44a0fbe2ca9f713120501caf4e7e8"},
    {"golden", "::", "94b6a4edb665c026242163261faa737a"},
    {"golden", "c000:24d::", "9967bed6c4f0da614c18cc1f48d731dc"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "192.0.2.77",
     "7e5b7f2207769cc8519851f812b63a73"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0.0.0.0",
     "eb06ec66c3d78dc7a288217ff3d3dcbe"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "255.255.255.255",
     "420d1ce9aadb6dda45de45f983551050"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "2001:db8:1:2::3",
     "f6bcc5d6d4b9cb0026d86c85daf0faf0"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     "::", "d9aabddc640129ee151d3c043c9efaa0"},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     "c000:24d::", "029896982f2d4da001535d0fbb33a27c"},
};

static struct tt_ip ip_of(const char *text)
{
    struct tt_ip ip;

    assert_int_equal(tt_ip_parse(tt_str_from(text), &ip), TT_OK);
    return ip;
}

static struct tt_hash_key key_of(const char *text)
{
    struct tt_hash_key key = {"", (uint8_t)strlen(text), {0}};

    memcpy(key.bytes, text, key.len);
    return key;
}

/* Each twice: computed, then from the cache; the hasher lives on over several clients. */
static void hashes_are_those_of_hmac_sha_256(void **state)
{
    struct tt_policy_hasher *hasher = NULL;
    const char *last = "";

    (void)state;
    for (size_t i = 0; i < TT_COUNT(vectors); i++) {
        struct tt_ip ip = ip_of(vectors[i].ip);
        struct tt_hash_key key = key_of(vectors[i].key);
        char out[TT_CLIENT_HASH_LEN];

        if (strcmp(last, vectors[i].key) != 0) {
            tt_client_hash_free(&hasher);
            assert_int_equal(tt_client_hash_new(&key, &hasher), TT_OK);
            last = vectors[i].key;
        }
        for (int round = 0; round < 2; round++) {
            memset(out, 0, sizeof(out));
            assert_true(tt_client_hash(hasher, &ip, out));
            assert_memory_equal(out, vectors[i].expect, sizeof(out));
        }
    }
    tt_client_hash_free(&hasher);
    assert_null(hasher);
}

/* More clients than the cache has places: what it says never depends on who came before. */
static void the_cache_never_mixes_clients(void **state)
{
    enum { CLIENTS = 20000 };
    struct tt_hash_key key = key_of("key");
    struct tt_policy_hasher *warm, *cold;

    (void)state;
    assert_int_equal(tt_client_hash_new(&key, &warm), TT_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < CLIENTS; i++) {
            struct tt_ip ip = {i % 2 == 0 ? 4 : 6,
                               {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
            char a[TT_CLIENT_HASH_LEN], b[TT_CLIENT_HASH_LEN];

            assert_true(tt_client_hash(warm, &ip, a));
            if (i % 500 != (uint32_t)round)
                continue;
            assert_int_equal(tt_client_hash_new(&key, &cold), TT_OK);
            assert_true(tt_client_hash(cold, &ip, b));
            assert_memory_equal(a, b, sizeof(a));
            tt_client_hash_free(&cold);
        }
    }
    tt_client_hash_free(&warm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_hmac_sha_256),
        cmocka_unit_test(the_cache_never_mixes_clients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
