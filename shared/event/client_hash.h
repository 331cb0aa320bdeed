/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * client_hash: HMAC-SHA-256 (RFC 2104, FIPS 180-4) of a client's address under the key of a policy,
 * by libcrypto. Who holds the key can compute a client's hash; who does not cannot try out
 * addresses.
 */

#include "base/ip.h"
#include "event/privacy.h"

enum { TT_CLIENT_HASH_LEN = 32 };

/* Copies the key. Fails: TT_ENOMEM (also when libcrypto refuses). Thread: any. */
int tt_client_hash_new(const struct tt_hash_key *key, struct tt_policy_hasher **hasher);

/* Wipes what it knows and sets NULL; NULL is fine. */
void tt_client_hash_free(struct tt_policy_hasher **hasher);

/* Writes the hexadecimal digits of the address's hash, not terminated. False when libcrypto fails.
 * One lookup for a client seen lately, else one HMAC. Thread: the hasher's. */
bool tt_client_hash(struct tt_policy_hasher *hasher, const struct tt_ip *ip,
                    char out[TT_CLIENT_HASH_LEN]);
