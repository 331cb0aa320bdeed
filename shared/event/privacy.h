/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * What of an event may leave by one exit: the one place that applies topic and privacy policy. Every
 * exit (sinks, tap, replay, keys of messages) encodes what tt_event_show says, and nothing else.
 */

#include "event/event.h"

/* The key of client_hash: HMAC-SHA-256 (RFC 2104) over the address, its first 16 bytes in hex. */
struct tt_hash_key {
    char id[17]; /* 16 hex digits, terminated: client_hash_key */
    uint8_t len; /* 0: no key, client_hash is absent */
    uint8_t bytes[64];
};

/* A policy as the pipeline uses it: one for each distinct `privacy` of the configuration. Owned by
 * whoever made it; one thread at a time. */
struct tt_policy {
    struct tt_privacy privacy; /* key_file is not used here */
    char key_id[17]; /* of the hasher's key */
    struct tt_policy_hasher *hasher; /* client to hash, of the key; NULL without a key */
    struct tt_fields keep[TT_TOPICS_N]; /* what may leave by topic; nothing before tt_policy_init */
};

/* Makes the hasher when privacy.client is hash and a key is there; the key itself is not kept but in the
 * memory of libcrypto. Fails: TT_ENOMEM (also when
 * libcrypto refuses), TT_EINVAL (no such setting); the policy then lets nothing leave, or no hash, and
 * is to be given back all the same. Thread: any. */
int tt_policy_init(struct tt_policy *policy, const struct tt_privacy *privacy, const struct tt_hash_key *key);
void tt_policy_fini(struct tt_policy *policy);

/* The fields that leave, and those whose value depends on the policy. */
struct tt_shown {
    struct tt_fields fields;
    struct tt_net client_net;
    struct tt_net ecs;
    struct tt_str query_name; /* the name or its registrable domain */
    struct tt_str upstream_zone;
    struct tt_str client_hash, client_hash_key; /* views into hash_text and the policy */
    float sample_weight;
    char hash_text[32];
};

/*
 * Source: design.md §6 "Privacy governs every exit". client: full leaves client_ip client_port
 * client_net ecs proxied_by, client_net in the policy's prefix; net leaves client_net and ecs, both
 * not longer than the prefix; hash leaves client_hash and client_hash_key; none nothing of these.
 * query_name: registrable puts the registrable domain in place of the name (absent when none is known)
 * and removes what else would tell it; none removes the domain as well. What each setting does with
 * each field is said in privacy.def. Two decisions are made on values: free texts (dnssec_reason,
 * ede_text, policy_name) do not leave when they tell a hidden client's address, and upstream_zone
 * leaves only as far as it is the registrable domain or above it. In normalized the client is always
 * hidden. A name that spells an address (77.2.0.192.in-addr.arpa) is a name: query_name decides.
 * sample_weight: set in the event by the caller (have bit), copied. Thread: the policy's.
 */
void tt_event_show(const struct tt_event *event, enum tt_topic topic, const struct tt_policy *policy,
                   struct tt_shown *shown);
