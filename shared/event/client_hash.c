/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/client_hash.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"

/* A client has the places of one set; when all are taken, one of them is given up, by turns. */
enum { WAYS = 4, SETS = 2048, DIGEST_LEN = 32 };

struct entry {
    struct tt_ip ip; /* family 0: free */
    char text[TT_CLIENT_HASH_LEN];
};

struct tt_policy_hasher {
    EVP_MAC_CTX *mac; /* holds the key */
    uint64_t seed;    /* of the places, so that nobody can aim at one */
    unsigned turn;
    struct entry cache[SETS][WAYS];
};

static EVP_MAC_CTX *make_mac(const struct tt_hash_key *key)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;

    EVP_MAC_free(hmac);
    if (mac != NULL && EVP_MAC_init(mac, key->bytes, key->len, params) != 1) {
        EVP_MAC_CTX_free(mac);
        return NULL;
    }
    return mac;
}

int tt_client_hash_new(const struct tt_hash_key *key, struct tt_policy_hasher **hasher)
{
    struct tt_policy_hasher *made = calloc(1, sizeof(*made));

    *hasher = NULL;
    if (made == NULL)
        return TT_ENOMEM;
    made->mac = make_mac(key);
    if (made->mac == NULL) {
        free(made);
        return TT_ENOMEM;
    }
    made->seed = XXH3_64bits(key->bytes, key->len);
    *hasher = made;
    return TT_OK;
}

void tt_client_hash_free(struct tt_policy_hasher **hasher)
{
    struct tt_policy_hasher *old = *hasher;

    *hasher = NULL;
    if (old == NULL)
        return;
    EVP_MAC_CTX_free(old->mac);
    OPENSSL_cleanse(old, sizeof(*old));
    free(old);
}

static bool compute(EVP_MAC_CTX *mac, const struct tt_ip *ip, char *out)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[DIGEST_LEN];
    size_t len = 0;

    if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(mac, ip->bytes, ip->family == 4 ? 4 : 16) != 1 ||
        EVP_MAC_final(mac, digest, &len, sizeof(digest)) != 1 || len != sizeof(digest))
        return false;
    for (size_t i = 0; i < TT_CLIENT_HASH_LEN / 2; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    return true;
}

static bool is_same(const struct tt_ip *a, const struct tt_ip *b)
{
    uint64_t x[2], y[2];

    memcpy(x, a->bytes, sizeof(x));
    memcpy(y, b->bytes, sizeof(y));
    return a->family == b->family && x[0] == y[0] && x[1] == y[1];
}

bool tt_client_hash(struct tt_policy_hasher *hasher, const struct tt_ip *ip,
                    char out[TT_CLIENT_HASH_LEN])
{
    struct entry
        *set =
            hasher->cache[XXH3_64bits_withSeed(ip->bytes, sizeof(ip->bytes), hasher->seed) % SETS],
        *entry;

    for (unsigned i = 0; i < WAYS; i++) {
        if (TT_LIKELY(is_same(&set[i].ip, ip))) {
            memcpy(out, set[i].text, TT_CLIENT_HASH_LEN);
            return true;
        }
    }
    entry = &set[hasher->turn++ % WAYS];
    entry->ip.family = 0;
    if (!compute(hasher->mac, ip, entry->text))
        return false;
    entry->ip = *ip;
    memcpy(out, entry->text, TT_CLIENT_HASH_LEN);
    return true;
}
