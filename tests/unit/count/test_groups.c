/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Groups of random events under each policy against a plain dictionary of texts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "count/groups.h"
#include "count/top_lists.h"

enum { WORDS_MAX = 1 << 15, TEXT_MAX = 1400, TOP = 40 };

static struct word {
    char *text;
    uint64_t n;
} words[WORDS_MAX];

static struct word *look_up(const char *text)
{
    size_t at = 5381;

    for (const char *c = text; *c != '\0'; c++)
        at = at * 33 + (unsigned char)*c;
    for (;; at++) {
        struct word *word = &words[at % WORDS_MAX];
        if (word->text == NULL)
            word->text = strdup(text);
        if (strcmp(word->text, text) == 0)
            return word;
    }
}

static void forget_words(void)
{
    for (size_t i = 0; i < WORDS_MAX; i++)
        free(words[i].text);
    memset(words, 0, sizeof(words));
}

static const struct policy_row {
    const char *name;
    struct tt_privacy privacy;
} policy_rows[] = {
    {"all of it", {TT_PRIVACY_FULL, TT_PRIVACY_NAME_FULL, 32, 128, NULL}},
    {"network, name", {TT_PRIVACY_NET, TT_PRIVACY_NAME_FULL, 24, 48, NULL}},
    {"hash, domain", {TT_PRIVACY_HASH, TT_PRIVACY_NAME_REGISTRABLE, 24, 48, NULL}},
    {"nobody, domain", {TT_PRIVACY_NONE, TT_PRIVACY_NAME_REGISTRABLE, 24, 48, NULL}},
    {"nobody, nothing", {TT_PRIVACY_NONE, TT_PRIVACY_NAME_NONE, 24, 48, NULL}},
};

static struct tt_policy new_policy(const struct policy_row *row)
{
    static const struct tt_hash_key key = {"0123456789abcdef", 4, {'s', 'a', 'l', 't'}};
    struct tt_policy policy;

    assert_int_equal(tt_policy_init(&policy, &row->privacy, &key), TT_OK);
    return policy;
}

/* One random event and the texts it is made of. */
struct query {
    struct tt_event event;
    unsigned client, type, rcode;
    bool has_type, has_rcode, has_domain;
    char name[1100], domain[1100];
};

static unsigned skewed(unsigned max)
{
    double x = (double)random() / RAND_MAX;

    return (unsigned)(x * x * x * (max - 1));
}

static void make_query(struct query *query)
{
    struct tt_ip ip = {4, {192, 0, 2, 0}};
    unsigned number = skewed(200);
    int at = 0;

    memset(query, 0, sizeof(*query));
    query->client = skewed(60);
    ip.bytes[2] = (uint8_t)(query->client / 20);
    ip.bytes[3] = (uint8_t)(query->client % 20);
    query->type = (const unsigned[]){1, 28, 15, 65280}[skewed(4)];
    query->rcode = (const unsigned[]){0, 3, 2, 5}[skewed(4)];
    query->has_type = random() % 20 != 0;
    query->has_rcode = random() % 20 != 0;
    query->has_domain = number % 10 != 9;
    /* One in ten is longer as a text than a wire name is: escapes. */
    for (int i = 0; number % 10 == 8 && i < 70; i++)
        at += snprintf(query->name + at, sizeof(query->name) - (size_t)at, i % 60 == 59 ? "." : "\\%03u", 128 + i);
    snprintf(query->domain, sizeof(query->domain), "d%u.example", number / 4);
    snprintf(query->name + at, sizeof(query->name) - (size_t)at, "%s%s%s", (const char *[]){"", "www."}[number & 1],
             at > 0 ? "x." : "", query->domain);
    TT_EVENT_SET(&query->event, message_type, TT_message_type_CLIENT_RESPONSE);
    TT_EVENT_SET(&query->event, client_ip, ip);
    TT_EVENT_SET(&query->event, client_net, ((struct tt_net){ip, 32}));
    TT_EVENT_SET(&query->event, query_name, tt_str_from(query->name));
    if (query->has_domain)
        TT_EVENT_SET(&query->event, registrable_domain, tt_str_from(query->domain));
    if (query->has_type)
        TT_EVENT_SET(&query->event, query_type, (uint16_t)query->type);
    if (query->has_rcode)
        TT_EVENT_SET(&query->event, response_code, (uint16_t)query->rcode);
}

/* The group of a query, worked out from the policy's words alone; the hash is taken as it is shown. */
static void put_expected(char *out, const struct query *query, const struct tt_privacy *privacy,
                         const struct tt_shown *shown, bool is_by_name)
{
    const uint8_t *ip = query->event.client_ip.bytes;
    char client[80] = "-", name[1100] = "-", domain[1100] = "-";

    if (privacy->client == TT_PRIVACY_FULL)
        snprintf(client, sizeof(client), "192.0.%u.%u", ip[2], ip[3]);
    else if (privacy->client == TT_PRIVACY_NET)
        snprintf(client, sizeof(client), "192.0.%u.0/24", ip[2]);
    else if (privacy->client == TT_PRIVACY_HASH)
        snprintf(client, sizeof(client), "%.*s+0123456789abcdef", (int)shown->client_hash.len, shown->client_hash.ptr);
    if (is_by_name && privacy->query_name == TT_PRIVACY_NAME_FULL)
        snprintf(name, sizeof(name), "%s", query->name);
    else if (is_by_name && privacy->query_name == TT_PRIVACY_NAME_REGISTRABLE && query->has_domain)
        snprintf(name, sizeof(name), "%s", query->domain);
    if (is_by_name && privacy->query_name != TT_PRIVACY_NAME_NONE && query->has_domain && strlen(name) <= 255)
        snprintf(domain, sizeof(domain), "%s", query->domain);
    snprintf(out, TEXT_MAX, "%s %s %s %s %d %d", is_by_name ? "qname" : "client", client, name, domain,
             query->has_type ? (int)query->type : -1, query->has_rcode ? (int)query->rcode : -1);
}

/* The same text of a group. */
static void put_group(char *out, const struct tt_aggregate *group)
{
    char client[80] = "-";
    struct tt_buf buf = tt_buf_over(client, sizeof(client));
    struct tt_str name = group->query_name, domain = group->registrable_domain;

    if (group->client_ip.family != 0) {
        tt_ip_format(&buf, &group->client_ip);
    } else if (group->client_net.ip.family != 0) {
        tt_ip_format(&buf, &group->client_net.ip);
        tt_buf_format(&buf, "/%u", group->client_net.prefix);
    } else if (group->client_hash.ptr != NULL) {
        tt_buf_bytes(&buf, group->client_hash.ptr, group->client_hash.len);
        tt_buf_char(&buf, '+');
        tt_buf_bytes(&buf, group->client_hash_key.ptr, group->client_hash_key.len);
    }
    if (buf.len > 0)
        tt_buf_cstr(&buf);
    snprintf(out, TEXT_MAX, "%s %s %.*s %.*s %d %d", tt_aggregation_word(group->aggregation), client,
             name.ptr != NULL ? (int)name.len : 1, name.ptr != NULL ? name.ptr : "-",
             domain.ptr != NULL ? (int)domain.len : 1, domain.ptr != NULL ? domain.ptr : "-", group->query_type,
             group->response_code);
}

/* What the visit found. */
struct found {
    const char *policy;
    uint64_t sum[TT_aggregation_END], bound;
    unsigned groups_n[TT_aggregation_END];
    bool is_over[TT_aggregation_END]; /* the rest was visited */
};

static void check_group(struct tt_aggregate *group, void *arg)
{
    struct found *found = arg;
    char text[TEXT_MAX];
    uint64_t exact;

    assert_false(found->is_over[group->aggregation]);
    assert_int_equal(group->window_s, 10);
    found->sum[group->aggregation] += group->count;
    if (group->is_other) {
        found->is_over[group->aggregation] = true;
        assert_true(group->client_ip.family == 0 && group->client_net.ip.family == 0 && group->query_type == -1 &&
                    group->client_hash.ptr == NULL && group->query_name.ptr == NULL && group->response_code == -1);
        return;
    }
    found->groups_n[group->aggregation]++;
    put_group(text, group);
    exact = look_up(text)->n;
    if (group->count < exact || group->count - group->count_error > exact || group->count_error > found->bound)
        fail_msg("%s: %s: count %llu, error %llu, but there were %llu", found->policy, text,
                 (unsigned long long)group->count, (unsigned long long)group->count_error, (unsigned long long)exact);
}

/* Groups that must be there: more of them than N / m. */
static unsigned count_heavy(const char *aggregation, uint64_t bound)
{
    unsigned n = 0;

    for (size_t i = 0; i < WORDS_MAX; i++)
        n += words[i].text != NULL && words[i].n > bound &&
             strncmp(words[i].text, aggregation, strlen(aggregation)) == 0;
    return n;
}

static void count_window(struct tt_groups *groups, const struct policy_row *row, struct tt_policy *policy,
                         unsigned events)
{
    const struct tt_aggregate of = {.window_s = 10};
    struct found found = {.policy = row->name, .bound = events / (TT_GROUPS_COUNTERS * TOP)};

    for (unsigned i = 0; i < events; i++) {
        static struct query query;
        struct tt_shown shown;
        char text[TEXT_MAX];

        make_query(&query);
        tt_event_show(&query.event, TT_TOPIC_ENRICHED, policy, &shown);
        tt_groups_add(groups, &query.event, &shown);
        for (int is_by_name = 0; is_by_name < 2; is_by_name++) {
            put_expected(text, &query, &row->privacy, &shown, is_by_name);
            look_up(text)->n++;
        }
    }
    assert_int_equal(tt_groups_total(groups), events);
    tt_groups_visit(groups, &of, check_group, &found);
    for (int by = TT_aggregation_CLIENT; by <= TT_aggregation_QNAME; by++) {
        unsigned heavy = count_heavy(tt_aggregation_word((unsigned)by), found.bound * 10);
        assert_int_equal(found.sum[by], events);
        assert_true(found.groups_n[by] <= TOP && found.groups_n[by] >= TT_MIN(heavy, (unsigned)TOP));
    }
    tt_groups_clear(groups);
    forget_words();
}

static void groups_agree_with_a_dictionary_under_every_policy(void **state)
{
    (void)state;
    srandom(60);
    for (size_t row = 0; row < TT_COUNT(policy_rows); row++) {
        struct tt_policy policy = new_policy(&policy_rows[row]);
        struct tt_groups *groups;

        assert_int_equal(tt_groups_new(TOP, &groups), TT_OK);
        for (int window = 0; window < 4; window++)
            count_window(groups, &policy_rows[row], &policy, (const unsigned[]){20000, 1, 300, 5000}[window]);
        tt_groups_free(&groups);
        tt_policy_fini(&policy);
    }
}

struct sums {
    uint64_t counts[TT_aggregation_END], error_max;
};

static void sum_group(struct tt_aggregate *group, void *arg)
{
    struct sums *sums = arg;

    sums->counts[group->aggregation] += group->count;
    if (!group->is_other)
        sums->error_max = TT_MAX(sums->error_max, group->count_error);
}

/* Every name of its own: the worst there is. */
static void a_random_subdomain_attack_keeps_sums_and_bounds(void **state)
{
    enum { N = 30000 };
    const struct tt_aggregate of = {.window_s = 10};
    struct tt_policy policy = new_policy(&policy_rows[0]);
    struct sums sums = {{0}, 0};
    struct tt_groups *groups;

    (void)state;
    assert_int_equal(tt_groups_new(TOP, &groups), TT_OK);
    for (unsigned i = 0; i < N; i++) {
        static struct query query;
        struct tt_shown shown;

        make_query(&query);
        snprintf(query.name, sizeof(query.name), "r%u.%.99s", i, query.domain);
        query.event.query_name = tt_str_from(query.name);
        tt_event_show(&query.event, TT_TOPIC_ENRICHED, &policy, &shown);
        tt_groups_add(groups, &query.event, &shown);
    }
    tt_groups_visit(groups, &of, sum_group, &sums);
    assert_int_equal(sums.counts[TT_aggregation_CLIENT], N);
    assert_int_equal(sums.counts[TT_aggregation_QNAME], N);
    assert_true(sums.error_max > 0 && sums.error_max <= N / (TT_GROUPS_COUNTERS * TOP));
    tt_groups_free(&groups);
    tt_policy_fini(&policy);
}

static void other_messages_are_not_counted(void **state)
{
    struct tt_event event = {.message_type = TT_message_type_RESOLVER_RESPONSE};

    (void)state;
    assert_false(tt_groups_counts(&event));
    event.message_type = TT_message_type_PROBE_RESPONSE;
    assert_false(tt_groups_counts(&event));
    event.message_type = TT_message_type_AUTH_RESPONSE;
    assert_true(tt_groups_counts(&event));
}

static char page[1 << 16];

/* The samples of telltale_top_*, as /metrics shows them. */
static const char *page_of(struct tt_top_lists *lists)
{
    struct tt_buf buf = tt_buf_over(page, sizeof(page));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    tt_top_lists_collect(lists, tt_expo_visit, &expo);
    return buf.len > 0 ? tt_buf_cstr(&buf) : "";
}

static void add_to_lists(struct tt_top_lists *lists, struct tt_policy *policy, unsigned rcode, const char *name)
{
    static struct query query;
    struct tt_shown shown;

    make_query(&query);
    query.event.client_ip = (struct tt_ip){4, {192, 0, 2, 7}};
    query.event.client_net = (struct tt_net){query.event.client_ip, 32};
    TT_EVENT_SET(&query.event, query_name, tt_str_from(name));
    TT_EVENT_SET(&query.event, registrable_domain, TT_STR("example.com"));
    TT_EVENT_SET(&query.event, response_code, (uint16_t)rcode);
    tt_event_show(&query.event, TT_TOPIC_ENRICHED, policy, &shown);
    tt_top_lists_add(lists, 0, &query.event, &shown);
}

static void lists_show_the_last_window_under_the_policy(void **state)
{
    struct tt_policy policy = new_policy(&policy_rows[1]);
    struct tt_top_lists *lists;

    (void)state;
    assert_int_equal(tt_top_lists_new(&lists), TT_OK);
    add_to_lists(lists, &policy, 0, "off.example.com");
    tt_top_lists_close(lists, 0);
    assert_string_equal(page_of(lists), "");
    assert_int_equal(tt_top_lists_use(lists, (1u << (TT_TOP_CLIENT + 1)) - 1, 50), TT_OK);
    for (int i = 0; i < 3; i++)
        add_to_lists(lists, &policy, 3, "a.example.com");
    add_to_lists(lists, &policy, 2, "b.example.com");
    assert_string_equal(page_of(lists), "");
    tt_top_lists_close(lists, 0);
    assert_non_null(strstr(page_of(lists), "telltale_top_query_name{name=\"a.example.com\"} 3\n"));
    assert_non_null(strstr(page, "telltale_top_query_name{name=\"b.example.com\"} 1\n"));
    assert_non_null(strstr(page, "telltale_top_registrable_domain{domain=\"example.com\"} 4\n"));
    assert_non_null(strstr(page, "telltale_top_nxdomain{domain=\"example.com\"} 3\n"));
    assert_non_null(strstr(page, "telltale_top_servfail{domain=\"example.com\"} 1\n"));
    assert_non_null(strstr(page, "telltale_top_client{client=\"192.0.2.0/24\"} 4\n"));
    tt_top_lists_close(lists, 0);
    assert_string_equal(page_of(lists), "");
    tt_top_lists_free(&lists);
    tt_policy_fini(&policy);
}

static void a_label_that_is_cut_stays_one_of_a_kind(void **state)
{
    struct tt_policy policy = new_policy(&policy_rows[0]);
    char name[2][900] = {"", ""};
    struct tt_top_lists *lists;
    const char *first;

    (void)state;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 60; i++)
            strcat(name[k], i < 59 ? "\\200" : k == 0 ? "\\001" : "\\002");
        strcat(name[k], ".\\200\\200\\200.example.com");
    }
    assert_int_equal(tt_top_lists_new(&lists), TT_OK);
    assert_int_equal(tt_top_lists_use(lists, 1u << TT_TOP_QUERY_NAME, 50), TT_OK);
    add_to_lists(lists, &policy, 0, name[0]);
    add_to_lists(lists, &policy, 0, name[1]);
    tt_top_lists_close(lists, 0);
    first = strstr(page_of(lists), "~");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "~"));
    assert_memory_not_equal(first, strstr(first + 1, "~"), 9);
    tt_top_lists_free(&lists);
    tt_policy_fini(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_agree_with_a_dictionary_under_every_policy),
        cmocka_unit_test(a_random_subdomain_attack_keeps_sums_and_bounds),
        cmocka_unit_test(other_messages_are_not_counted),
        cmocka_unit_test(lists_show_the_last_window_under_the_policy),
        cmocka_unit_test(a_label_that_is_cut_stays_one_of_a_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
