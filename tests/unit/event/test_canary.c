/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * One client, one ECS, one port and one name that occur nowhere else, in every field and free text
 * that could carry them, through both encoders under every policy and topic: where a policy hides
 * one, no form of it may occur in any byte of what leaves.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/err.h"
#include "event/json.h"
#include "event/privacy_rows.h"
#include "event/proto.h"

enum { PORT = 47613, FORMS_MAX = 16, FORM_MAX = 160 };

#define HOST "kanarienvogel"
#define DOMAIN "zebradomain"
#define NAME HOST "." DOMAIN ".example"

struct forms {
    char bytes[FORMS_MAX][FORM_MAX];
    size_t len[FORMS_MAX];
    unsigned n, texts_n; /* the first texts_n may stand in a free text */
};

static struct tt_policy policies[TT_PRIVACY_CLIENTS_N][TT_PRIVACY_NAMES_N];
static char json[TT_EVENT_JSON_MAX], proto[TT_EVENT_PROTO_MAX];

static void add(struct forms *forms, const void *bytes, size_t len)
{
    assert_true(forms->n < FORMS_MAX && len <= FORM_MAX);
    memcpy(forms->bytes[forms->n], bytes, len);
    forms->len[forms->n++] = len;
}

static void add_text(struct forms *forms, const char *text)
{
    add(forms, text, strlen(text));
}

static void add_hex(struct forms *forms, const uint8_t *bytes, size_t len, bool is_upper)
{
    char text[FORM_MAX];

    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, is_upper ? "%02X" : "%02x", bytes[i]);
    add_text(forms, text);
}

static void add_reversed(struct forms *forms, const uint8_t *bytes, size_t len)
{
    uint8_t reversed[16];

    for (size_t i = 0; i < len; i++)
        reversed[i] = bytes[len - 1 - i];
    add(forms, reversed, len);
}

static void make_v4(struct forms *forms, const struct tt_ip *ip)
{
    const uint8_t *b = ip->bytes;
    char text[FORM_MAX];

    snprintf(text, sizeof(text), "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    add_text(forms, text);
    snprintf(text, sizeof(text), "%u.%u.%u.%u", b[3], b[2], b[1], b[0]);
    add_text(forms, text);
    add_hex(forms, b, 4, false);
    add_hex(forms, b, 4, true);
    forms->texts_n = forms->n;
    add(forms, b, 4);
    add_reversed(forms, b, 4);
}

/* No group of the canary is zero or has a leading zero: the shortest form is the plain one. */
static void make_v6(struct forms *forms, const struct tt_ip *ip)
{
    char colon[FORM_MAX], dotted[FORM_MAX], nibbles[FORM_MAX], upper[FORM_MAX];
    int colon_n = 0, dotted_n = 0, nibbles_n = 0, upper_n = 0;

    for (int i = 0; i < 8; i++) {
        unsigned here = (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1];
        unsigned there = (unsigned)ip->bytes[14 - 2 * i] << 8 | ip->bytes[15 - 2 * i];
        colon_n += snprintf(colon + colon_n, 8, "%s%x", i > 0 ? ":" : "", here);
        upper_n += snprintf(upper + upper_n, 8, "%s%04X", i > 0 ? ":" : "", here);
        dotted_n += snprintf(dotted + dotted_n, 8, "%s%x", i > 0 ? "." : "", there);
    }
    for (int i = 15; i >= 0; i--)
        nibbles_n += snprintf(nibbles + nibbles_n, 8, "%s%x.%x", i < 15 ? "." : "",
                              ip->bytes[i] & 15, ip->bytes[i] >> 4);
    add_text(forms, colon);
    add_text(forms, upper);
    add_text(forms, dotted);
    add_text(forms, nibbles);
    add_hex(forms, ip->bytes, 16, false);
    add_hex(forms, ip->bytes, 16, true);
    forms->texts_n = forms->n;
    add(forms, ip->bytes, 16);
    add_reversed(forms, ip->bytes, 16);
}

static void make_address(struct forms *forms, const struct tt_ip *ip)
{
    forms->n = 0;
    (ip->family == 4 ? make_v4 : make_v6)(forms, ip);
}

/* A label as text, as in a wire name, in hexadecimal and backwards. */
static void make_label(struct forms *forms, const char *label)
{
    size_t len = strlen(label);
    char wire[64], backwards[64];

    forms->n = 0;
    add_text(forms, label);
    wire[0] = (char)len;
    memcpy(wire + 1, label, len);
    add(forms, wire, len + 1);
    add_hex(forms, (const uint8_t *)label, len, false);
    for (size_t i = 0; i < len; i++)
        backwards[i] = label[len - 1 - i];
    add(forms, backwards, len);
    forms->texts_n = 1;
}

static unsigned occurrences(const struct forms *forms, const void *bytes, size_t len)
{
    unsigned n = 0;

    for (unsigned i = 0; i < forms->n; i++)
        n += memmem(bytes, len, forms->bytes[i], forms->len[i]) != NULL;
    return n;
}

static uint64_t read_varint(const uint8_t **at)
{
    uint64_t value = 0;

    for (unsigned shift = 0;; shift += 7) {
        value |= (uint64_t)(**at & 0x7f) << shift;
        if (!(*(*at)++ & 0x80))
            return value;
    }
}

/* A field of the message has the value. */
static bool proto_has_number(const char *bytes, size_t len, uint64_t number)
{
    const uint8_t *at = (const uint8_t *)bytes, *end = at + len;
    bool found = false;

    while (at < end) {
        unsigned type = read_varint(&at) & 7;
        uint64_t value = type == 0 || type == 2 ? read_varint(&at) : 0;
        found |= type == 0 && value == number;
        at += type == 1 ? 8 : type == 5 ? 4 : type == 2 ? value : 0;
    }
    assert_true(at == end);
    return found;
}

struct canary {
    struct tt_event event;
    struct forms client, proxy, ecs, host, domain;
    struct tt_str names[2], rdata[1];
    char free_text[3 * FORM_MAX], trigger[FORM_MAX + 32];
};

static void parse_ip(const char *text, struct tt_ip *ip)
{
    assert_int_equal(tt_ip_parse(tt_str_from(text), ip), TT_OK);
}

/* form: how the address stands in the free texts; which of the three. */
static void make_canary(struct canary *canary, bool is_v6, unsigned form, unsigned which)
{
    struct tt_event *event = &canary->event;
    const struct forms *told[] = {&canary->client, &canary->proxy, &canary->ecs};

    memset(event, 0, sizeof(*event));
    for (int i = 0; i < TT_FIELDS_N; i++)
        tt_fields_add(&event->have, (enum tt_field)i);
    parse_ip(is_v6 ? "2001:db8:ca9a:11ce:dead:7aaa:c111:e9e9" : "198.18.177.201",
             &event->client_ip);
    parse_ip(is_v6 ? "2001:db8:dddd:2222:3333:4444:5555:6667" : "10.199.188.177",
             &event->proxied_by);
    parse_ip(is_v6 ? "2001:db8:ecec:a5a5:b6b6:c7c7:d8d8:e9e8" : "203.0.113.171", &event->ecs.ip);
    event->ecs.prefix = event->client_net.prefix = is_v6 ? 128 : 32;
    event->client_net.ip = event->client_ip;
    event->client_port = PORT;
    make_address(&canary->client, &event->client_ip);
    make_address(&canary->proxy, &event->proxied_by);
    make_address(&canary->ecs, &event->ecs.ip);
    make_label(&canary->host, HOST);
    make_label(&canary->domain, DOMAIN);
    form %= canary->client.texts_n;
    snprintf(canary->free_text, sizeof(canary->free_text), "of " NAME " for %.*s, refused",
             (int)told[which]->len[form], told[which]->bytes[form]);
    snprintf(canary->trigger, sizeof(canary->trigger), "%.*s." HOST ".rpz.example",
             (int)told[which]->len[form], told[which]->bytes[form]);
    event->query_name = event->upstream_zone = TT_STR(NAME);
    event->registrable_domain = event->watched_zone = TT_STR(DOMAIN ".example");
    event->public_suffix = TT_STR("example");
    event->dnssec_reason = event->ede_text = tt_str_from(canary->free_text);
    event->policy_name = tt_str_from(canary->trigger);
    canary->names[0] = TT_STR("cdn." NAME);
    canary->names[1] = TT_STR(DOMAIN ".example.net");
    canary->rdata[0] = TT_STR("10 mx." NAME);
    event->answer_names = (struct tt_strs){canary->names, 2};
    event->answer_rdata = (struct tt_strs){canary->rdata, 1};
}

struct found {
    unsigned client, proxy, ecs, port, host, domain;
};

static void search(const struct canary *canary, const char *bytes, size_t len, struct found *found)
{
    found->client += occurrences(&canary->client, bytes, len);
    found->proxy += occurrences(&canary->proxy, bytes, len);
    found->ecs += occurrences(&canary->ecs, bytes, len);
    found->host += occurrences(&canary->host, bytes, len);
    found->domain += occurrences(&canary->domain, bytes, len);
}

static struct found look(const struct canary *canary, enum tt_topic topic,
                         const struct tt_policy *policy)
{
    struct found found = {0};
    struct tt_buf json_buf = tt_buf_over(json, sizeof(json)),
                  proto_buf = tt_buf_over(proto, sizeof(proto));

    tt_event_to_json(&canary->event, topic, policy, &json_buf);
    tt_event_to_proto(&canary->event, topic, policy, &proto_buf);
    assert_true(json_buf.len > 100 && proto_buf.len > 100);
    search(canary, json, json_buf.len, &found);
    search(canary, proto, proto_buf.len, &found);
    found.port = memmem(json, json_buf.len, "47613", 5) != NULL;
    found.port += proto_has_number(proto, proto_buf.len, PORT);
    return found;
}

static void check(const struct found *found, bool is_normalized, unsigned client, unsigned name)
{
    bool is_hidden = client != TT_PRIVACY_FULL || is_normalized;

    if (is_hidden && found->client + found->proxy + found->ecs + found->port != 0)
        fail_msg("client setting %u, normalized %d: client %u, proxy %u, ECS %u, port %u", client,
                 is_normalized, found->client, found->proxy, found->ecs, found->port);
    if (!is_hidden &&
        (found->client == 0 || found->proxy == 0 || found->ecs == 0 || found->port != 2))
        fail_msg("the search finds nothing where nothing is hidden");
    if (name != TT_PRIVACY_NAME_FULL && found->host != 0)
        fail_msg("name setting %u: the host's label occurs %u times", name, found->host);
    if (name == TT_PRIVACY_NAME_NONE && found->domain != 0)
        fail_msg("name setting %u: the domain occurs %u times", name, found->domain);
    assert_true(name != TT_PRIVACY_NAME_FULL || found->host > 0);
    assert_true(name == TT_PRIVACY_NAME_NONE || found->domain > 0);
}

static void no_form_of_what_is_hidden_leaves(void **state)
{
    static struct canary canary;
    unsigned looked = 0;

    (void)state;
    for (unsigned variant = 0; variant < 2 * FORMS_MAX * 3; variant++) {
        make_canary(&canary, variant % 2 != 0, variant / 2 % FORMS_MAX, variant / 2 / FORMS_MAX);
        for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
            for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++) {
                for (unsigned topic = TT_TOPIC_RAW; topic <= TT_TOPIC_ENRICHED; topic++) {
                    struct found found =
                        look(&canary, (enum tt_topic)topic, &policies[client][name]);
                    check(&found, topic == TT_TOPIC_NORMALIZED, client, name);
                    looked++;
                }
            }
        }
    }
    assert_int_equal(looked, 2 * FORMS_MAX * 3 * 4 * 3 * 3);
}

/* The policies are made once for the whole file, of a key that is not to occur either. */
static int make_policies(void **state)
{
    static const struct tt_hash_key key = {"8899aabbccddeeff", 16, "secret key bytes"};

    (void)state;
    for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
        for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++) {
            struct tt_privacy privacy = {(uint8_t)client, (uint8_t)name, 24, 48, NULL};
            if (tt_policy_init(&policies[client][name], &privacy, &key) != TT_OK)
                return -1;
        }
    }
    return 0;
}

static int drop_policies(void **state)
{
    (void)state;
    for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++)
        for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++)
            tt_policy_fini(&policies[client][name]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_form_of_what_is_hidden_leaves),
    };

    return cmocka_run_group_tests(tests, make_policies, drop_policies);
}
