/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Through dnstap frames no form of what a policy hides leaves, whatever the images hold. */

#include "dnstap_build.h"

/* What must not occur where the client, or the name, is hidden; the first of each row must where it
 * is not. */
static const struct {
    const char *bytes;
    uint8_t len;
    bool is_of_name, is_of_domain;
} canaries[] = {
    {"\xc6\x12\xb1\xc9", 4, false, false}, {"198.18.177.201", 14, false, false},
    {"KEKSKEKS", 8, false, false},         {"\x02\xab\xcd\xef\x01\x02", 6, false, false},
    {"TSIGTSIGT", 9, false, false},        {"47613", 5, false, false},
    {"kanarienVG", 10, true, false},       {"kanarienvg", 10, true, false},
    {"zebradomain", 11, true, true},
};

static bool is_hidden(size_t row, unsigned client, unsigned name)
{
    if (!canaries[row].is_of_name)
        return client != TT_PRIVACY_FULL;
    return name == TT_PRIVACY_NAME_NONE ||
           (name == TT_PRIVACY_NAME_REGISTRABLE && !canaries[row].is_of_domain);
}

static void make_variant(unsigned variant)
{
    static const char trigger[] = "32.201.177.18.198.rpz-client-ip.rpz";

    if (variant % 3 == 0)
        make_facts(TT_message_type_CLIENT_RESPONSE);
    else
        make_images(variant % 3 == 1 ? TT_message_type_CLIENT_RESPONSE
                                     : TT_message_type_RESOLVER_RESPONSE,
                    true);
    tt_obs_put(&build.writer, TT_TAIL_POLICY_NAME, 0, trigger, sizeof(trigger) - 1);
    build.record.obs.ede_code = 15;
    build.record.obs.have |= TT_HAVE_EDE_CODE;
    tt_obs_put(&build.writer, TT_TAIL_EDE_TEXT, 0, "for 198.18.177.201", 18);
    if (variant % 3 == 0)
        tt_obs_put(&build.writer, TT_TAIL_ECS, 0, "\x00\x01\x20\x00\xc6\x12\xb1\xc9", 8);
    build.record.obs.outcome = variant < 3 ? TT_outcome_ANSWERED : TT_outcome_DROPPED;
}

static void no_form_of_what_is_hidden_leaves(void **state)
{
    unsigned seen[TT_COUNT(canaries)] = {0};

    (void)state;
    for (unsigned variant = 0; variant < 6; variant++) {
        make_variant(variant);
        for (unsigned client = 0; client < TT_PRIVACY_CLIENTS_N; client++) {
            for (unsigned name = 0; name < TT_PRIVACY_NAMES_N; name++) {
                write_built(&policies[client][name]);
                for (size_t i = 0; i < TT_COUNT(canaries); i++) {
                    bool is_there =
                        memmem(payload, out.len, canaries[i].bytes, canaries[i].len) != NULL;
                    if (is_there && is_hidden(i, client, name))
                        fail_msg("variant %u, client %u, name %u: %s leaves", variant, client, name,
                                 canaries[i].bytes);
                    seen[i] += is_there;
                }
            }
        }
    }
    for (size_t i = 0; i < TT_COUNT(canaries); i++)
        assert_true(seen[i] > 0);
}

/* xorshift64: the same bytes in every run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

static void images_of_any_bytes_give_payloads_that_can_be_read(void **state)
{
    uint64_t seed = 88172645463325252;

    (void)state;
    for (unsigned turn = 0; turn < 20000; turn++) {
        uint8_t query[512], response[512];
        size_t query_len = make_query(query, turn % 2 != 0), response_len = make_response(response);

        for (unsigned i = 0; i < turn % 5; i++) {
            query[next_random(&seed) % query_len] = (uint8_t)next_random(&seed);
            response[next_random(&seed) % response_len] = (uint8_t)next_random(&seed);
        }
        begin(TT_message_type_CLIENT_RESPONSE);
        build.record.obs.have &=
            ~(unsigned)(TT_HAVE_ANSWERS | TT_HAVE_RESPONSE_CODE | TT_HAVE_QUERY_TYPE);
        tt_obs_put(&build.writer, TT_TAIL_QUERY, 0, query, query_len - next_random(&seed) % 30);
        tt_obs_put(&build.writer, TT_TAIL_RESPONSE, 0, response,
                   response_len - next_random(&seed) % 60 * (turn % 2));
        write_built(&policies[turn % TT_PRIVACY_CLIENTS_N][turn / 7 % TT_PRIVACY_NAMES_N]);
        assert_true(turn % TT_PRIVACY_CLIENTS_N == TT_PRIVACY_FULL ||
                    memmem(payload, out.len, "KEKSKEKS", 8) == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_form_of_what_is_hidden_leaves),
        cmocka_unit_test(images_of_any_bytes_give_payloads_that_can_be_read),
    };

    return cmocka_run_group_tests(tests, make_policies, drop_policies);
}
