/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The key of client_hash as a data file, in memory that no core file has. Its id tells keys apart and tells
 * nothing of them. */

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/err.h"
#include "enrich/data.h"
#include "net/secret.h"

enum {
    KEY_FILE_MAX = 4096,
    KEY_MIN = 16,
    KEY_MAX = sizeof(((struct tt_hash_key *)NULL)->bytes),
    ID_BYTES = 8
};

static bool make_id(struct tt_hash_key *key)
{
    static const char of[] = "telltale client_hash_key";
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    struct tt_buf id = tt_buf_over(key->id, sizeof(key->id));

    if (HMAC(EVP_sha256(), key->bytes, key->len, (const uint8_t *)of, sizeof(of) - 1, mac,
             &mac_len) == NULL)
        return false;
    tt_buf_hex(&id, mac, ID_BYTES);
    tt_buf_cstr(&id);
    return true;
}

/* What stands in the memory of a secret. */
struct kept {
    struct tt_hash_key key; /* the object */
    struct tt_secret *secret;
};

static void unload(void *object)
{
    struct tt_secret *secret = ((struct kept *)object)->secret;

    tt_secret_free(&secret);
}

static struct tt_hash_key *make_key(const uint8_t *bytes, size_t len)
{
    struct tt_secret *secret;
    struct kept *kept;

    if (tt_secret_new(sizeof(*kept), &secret) != TT_OK)
        return NULL;
    kept = (struct kept *)(void *)tt_secret_memory(secret);
    kept->secret = secret;
    memcpy(kept->key.bytes, bytes, len);
    kept->key.len = (uint8_t)len;
    return &kept->key;
}

static int load(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why)
{
    struct tt_hash_key *key;

    (void)path;
    (void)detail;
    (void)scratch_dir;
    (void)build;
    if (len > 0 && bytes[len - 1] == '\n')
        len--;
    if (len < KEY_MIN || len > KEY_MAX) {
        tt_buf_format(why, "a key of %zu bytes: expected %d to %d, a newline at its end apart", len,
                      KEY_MIN, KEY_MAX);
        return TT_ESYNTAX;
    }
    key = make_key(bytes, len);
    if (key == NULL)
        return TT_ENOMEM;
    if (!make_id(key)) {
        unload(key);
        tt_buf_text(why, "libcrypto refuses HMAC-SHA-256");
        return TT_ENOMEM;
    }
    *object = key;
    return TT_OK;
}

const struct tt_data_class tt_data_key = {TT_DATA_KEY, KEY_FILE_MAX, true, load, unload};
