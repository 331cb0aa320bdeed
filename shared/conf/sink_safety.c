/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Credentials, and that nothing leaves this machine in the clear unless the file says so. Decided on the text
 * alone: no name is looked up. */

#include "base/err.h"
#include "conf/conf.h"
#include "conf/remote.h"
#include "conf/sink_check.h"
#include "conf/value.h"

/* What stands below `key` and is of use. */
static struct tt_node *find_fine(const struct tt_node *map, const char *key)
{
    struct tt_node *node = tt_node_find(map, key);

    return node != NULL && !node->is_bad ? node : NULL;
}

static void refuse_missing(struct tt_node *map, const char *key, const char *why,
                           struct tt_problems *problems)
{
    if (!map->is_open)
        tt_node_refuse(map, key, problems, "missing, expected %s", why);
}

/* One of two keys that belong together is missing. */
static void check_pair(struct tt_node *map, const char *a, const char *b, struct tt_problems *problems)
{
    bool has_a = tt_node_find(map, a) != NULL, has_b = tt_node_find(map, b) != NULL;

    if (map != NULL && has_a != has_b && !map->is_open)
        tt_node_refuse(map, has_a ? b : a, problems, "missing, expected beside %s", has_a ? a : b);
}

static bool is_http(unsigned type)
{
    return type == TT_SINK_REMOTE_WRITE || type == TT_SINK_LOKI;
}

/* The mechanism that is given or follows; -1: it cannot be told, and why is said. */
static int find_mechanism(struct tt_node *auth, unsigned type, struct tt_problems *problems)
{
    struct tt_node *node = tt_node_find(auth, "mechanism");
    struct tt_value value;

    if (node == NULL && !is_http(type)) {
        refuse_missing(auth, "mechanism", "plain, scram-sha-256 or scram-sha-512", problems);
        return -1;
    }
    if (node == NULL)
        return tt_node_find(auth, "token_file") != NULL && tt_node_find(auth, "user") == NULL ? TT_AUTH_BEARER
                                                                                              : TT_AUTH_BASIC;
    if (node->is_bad ||
        tt_value_parse_scalar(&tt_options[TT_OPTION_ID_AUTH_MECHANISM], node, &value) != TT_OK)
        return -1;
    bool is_of_http = value.number == TT_AUTH_BASIC || value.number == TT_AUTH_BEARER;
    if (value.number == TT_AUTH_NONE || is_of_http == is_http(type))
        return (int)value.number;
    tt_node_refuse(node, NULL, problems, "expected %s in a %s sink, not \"%s\"",
                   is_http(type) ? "none, basic or bearer" : "none, plain, scram-sha-256 or scram-sha-512",
                   tt_conf_sink_type_word(type), node->text.ptr);
    return -1;
}

static void check_part(struct tt_node *auth, const char *key, bool is_needed, struct tt_problems *problems)
{
    struct tt_node *node = tt_node_find(auth, key);

    if (node == NULL && is_needed)
        refuse_missing(auth, key, "beside this mechanism", problems);
    else if (node != NULL && !is_needed && !node->is_bad)
        tt_node_refuse(node, NULL, problems, "expected not beside this mechanism");
}

static void check_auth(struct tt_node *auth, unsigned type, struct tt_problems *problems)
{
    int mechanism;

    if (auth == NULL || auth->kind != TT_NODE_MAP || auth->is_bad)
        return;
    mechanism = find_mechanism(auth, type, problems);
    if (mechanism < 0)
        return;
    bool has_user = mechanism != TT_AUTH_NONE && mechanism != TT_AUTH_BEARER;
    check_part(auth, "user", has_user, problems);
    check_part(auth, "password_file", has_user, problems);
    check_part(auth, "token_file", mechanism == TT_AUTH_BEARER, problems);
}

static bool is_insecure(const struct tt_node *item)
{
    const struct tt_node *node = tt_node_find(item, "insecure");

    /* One that is refused already does not make for a second mistake. */
    return node != NULL && (node->is_bad || tt_str_equal(node->text, TT_STR("yes")));
}

static void refuse_clear(struct tt_node *node, struct tt_str host, const char *instead,
                         struct tt_problems *problems)
{
    tt_node_refuse(node, NULL, problems, "expected %s, %.*s is beyond this machine", instead, (int)host.len,
                   host.ptr);
}

static void check_url(struct tt_node *item, struct tt_node *map, struct tt_problems *problems)
{
    struct tt_node *url = find_fine(map, "url");
    struct tt_remote remote;

    if (url == NULL || url->kind != TT_NODE_SCALAR || tt_remote_parse_url(url->text, &remote) != TT_OK)
        return;
    if (!remote.is_tls && !tt_remote_is_loopback(remote.host) && !is_insecure(item))
        refuse_clear(url, remote.host, "https, or insecure: yes in the sink", problems);
}

/* TLS that nothing makes use of would seem to protect. */
static void check_use_of_tls(struct tt_node *item, struct tt_problems *problems)
{
    struct tt_node *tls = find_fine(item, "tls"), *url = find_fine(item, "url");
    struct tt_remote remote;

    if (tls != NULL && url != NULL && tt_remote_parse_url(url->text, &remote) == TT_OK && !remote.is_tls)
        tt_node_refuse(tls, NULL, problems, "expected beside a url with https only");
}

/* kafka's brokers, dnstap's address. */
static void check_addresses(struct tt_node *item, const char *key, const char *instead,
                            struct tt_problems *problems)
{
    struct tt_node *node = find_fine(item, key);
    struct tt_str list = node != NULL ? node->text : (struct tt_str){NULL, 0}, address;
    struct tt_remote remote;

    if (node == NULL || is_insecure(item))
        return;
    while (tt_remote_next(&list, &address)) {
        if (tt_remote_parse_address(address, &remote) == TT_OK && !tt_remote_is_loopback(remote.host)) {
            refuse_clear(node, remote.host, instead, problems);
            return;
        }
    }
}

void tt_sink_check_safety(struct tt_node *item, unsigned type, struct tt_problems *problems)
{
    struct tt_node *registry = tt_node_find(item, "registry");

    check_auth(tt_node_find(item, "auth"), type, problems);
    check_pair(tt_node_find(item, "tls"), "cert_file", "key_file", problems);
    check_pair(registry, "user", "password_file", problems);
    check_url(item, item, problems);
    check_url(item, registry, problems);
    if (is_http(type))
        check_use_of_tls(item, problems);
    if (type == TT_SINK_KAFKA && tt_node_find(item, "tls") == NULL)
        check_addresses(item, "brokers", "tls: in the sink, or insecure: yes", problems);
    if (type == TT_SINK_DNSTAP)
        check_addresses(item, "address", "insecure: yes in the sink, for dnstap has no TLS", problems);
}
