/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The forms of the rare records. What needs a reader of JSON or Protobuf is in tests/golden/events. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/aggregate.h"
#include "event/alert.h"
#include "event/books.h"
#include "event/form_value.h"

enum { TEXT_LEN = 6000 };

static char json[TT_BOOKS_MAX + 1], proto[TT_BOOKS_MAX];

static const struct tt_event_origin origin = {.node = "ns1",
                                              .instance = "ns1/unbound",
                                              .region = "eu",
                                              .software = TT_software_UNBOUND,
                                              .random = 0xa1};

static size_t encode(const struct tt_form *form, const void *record)
{
    struct tt_buf json_buf = tt_buf_over(json, form->max), proto_buf = tt_buf_over(proto, form->max);

    tt_form_to_json(form, record, &origin, &json_buf);
    tt_form_to_proto(form, record, &origin, &proto_buf);
    assert_false(json_buf.overflow || proto_buf.overflow);
    json[json_buf.len] = '\0';
    return proto_buf.len;
}

#define HEAD(kind, second)                                                                                   \
    "{\"kind\":\"" kind "\",\"schema_version\":1,\"event_id\":\"00000000000000a10000000000000005\","         \
    "\"timestamp\":\"2026-11-21T09:05:" second "\",\"instance\":\"ns1/unbound\",\"software\":\"unbound\","   \
    "\"source_region\":\"eu\",\"node\":\"ns1\","

static void an_alert_is_this_text(void **state)
{
    static const struct tt_alert_evidence evidence[] = {{"queued", "12"}, {"reason", "say \"no\""}};
    const struct tt_str regions[] = {TT_STR("eu")};
    const struct tt_alert alert = {.sequence = 5,
                                   .time_us = 1795251900123456,
                                   .alert_id = 0xabc,
                                   .rule = "sink_down",
                                   .subject = "bus",
                                   .state = TT_alert_state_RESOLVED,
                                   .severity = TT_severity_CRITICAL,
                                   .title = "sink bus takes no records",
                                   .check_first = "the log",
                                   .owner = "",
                                   .regions = regions,
                                   .regions_n = 1,
                                   .started_at_us = 1795251890000000,
                                   .ends_at_us = 1795251900000000,
                                   .count = 2,
                                   .evidence = evidence,
                                   .evidence_n = 2};

    (void)state;
    encode(&tt_form_alert, &alert);
    assert_string_equal(
        json,
        HEAD("alert", "00.123456Z") "\"alert_id\":\"0000000000000abc\",\"rule\":\"sink_down\","
                                    "\"subject\":\"bus\",\"state\":\"resolved\",\"severity\":\"critical\","
                                    "\"title\":\"sink bus takes no "
                                    "records\",\"regions\":[\"eu\"],\"check_first\":\"the log\","
                                    "\"started_at\":\"2026-11-21T09:04:50.000000Z\",\"ends_at\":\"2026-11-"
                                    "21T09:05:00.000000Z\","
                                    "\"count\":2,\"evidence\":[{\"what\":\"queued\",\"value\":\"12\"},"
                                    "{\"what\":\"reason\",\"value\":\"say \\\"no\\\"\"}]}");
}

static void an_aggregate_is_this_text(void **state)
{
    const struct tt_aggregate aggregate = {.sequence = 5,
                                           .time_us = 1795251910000000,
                                           .window_start_us = 1795251900000000,
                                           .window_s = 10,
                                           .aggregation = TT_aggregation_QNAME,
                                           .client_net = {{4, {192, 0, 2}}, 24},
                                           .query_name = TT_STR("www.example.com"),
                                           .registrable_domain = TT_STR("example.com"),
                                           .query_type = 28,
                                           .response_code = 0,
                                           .count = 7,
                                           .count_error = 1};

    (void)state;
    encode(&tt_form_aggregate, &aggregate);
    assert_string_equal(
        json,
        HEAD("aggregate", "10.000000Z") "\"aggregation\":\"qname\","
                                        "\"window_start\":\"2026-11-21T09:05:00.000000Z\",\"window_s\":10,"
                                        "\"client_net\":\"192.0.2.0/24\",\"query_name\":\"www.example.com\","
                                        "\"registrable_domain\":\"example.com\",\"query_type\":\"AAAA\","
                                        "\"response_code\":\"NOERROR\","
                                        "\"count\":7,\"count_error\":1,\"is_other\":false}");
}

static void what_an_aggregate_does_not_know_is_absent(void **state)
{
    const struct tt_aggregate rest = {.aggregation = TT_aggregation_CLIENT,
                                      .is_other = true,
                                      .query_type = -1,
                                      .response_code = -1,
                                      .count = 3};

    (void)state;
    encode(&tt_form_aggregate, &rest);
    assert_non_null(strstr(json, "\"window_s\":0,\"count\":3,\"count_error\":0,\"is_other\":true}"));
}

/* The most that rows can write fits, and so does every item of a list. */
static void every_form_fits_its_room(void **state)
{
    (void)state;
    for (int i = 0; i < TT_FORMS_N; i++) {
        const struct tt_form *form = tt_forms[i];

        assert_true(tt_form_sum(form, tt_form_json_room) <= form->max);
        assert_true(tt_form_sum(form, tt_form_proto_room) <= form->max);
        assert_true(form->max <= TT_BOOKS_MAX);
        for (unsigned r = 0; r < form->rows_n; r++) {
            if (form->rows[r].items == NULL)
                continue;
            assert_true(tt_form_sum(form->rows[r].items, tt_form_json_room) <= TT_FORM_ITEM_MAX);
            assert_true(tt_form_sum(form->rows[r].items, tt_form_proto_room) <= TT_FORM_ITEM_MAX);
        }
    }
}

/* Every text at its longest and beyond, of bytes that take the most room, and more items than are written. */
static void the_longest_alert_is_written_whole(void **state)
{
    enum { N = 100 };
    static char text[TEXT_LEN];
    static struct tt_alert_evidence evidence[N];
    static struct tt_str texts[N];
    struct tt_alert alert = {.evidence = evidence,
                             .evidence_n = N,
                             .regions = texts,
                             .regions_n = N,
                             .old_set = texts,
                             .old_set_n = N,
                             .new_set = texts,
                             .new_set_n = N,
                             .state = TT_alert_state_FIRING};
    const char **const members[] = {&alert.rule,        &alert.subject,        &alert.title,
                                    &alert.check_first, &alert.owner,          &alert.escalation,
                                    &alert.runbook,     &alert.stop_condition, &alert.concentrated_on};

    (void)state;
    for (int round = 0; round < 3; round++) {
        memset(text, "\\\"\1"[round], sizeof(text) - 1);
        for (size_t i = 0; i < TT_COUNT(members); i++)
            *members[i] = text;
        for (int i = 0; i < N; i++) {
            evidence[i] = (struct tt_alert_evidence){text, text};
            texts[i] = tt_str_from(text);
        }
        alert.sequence = alert.time_us = alert.alert_id = alert.started_at_us = alert.ends_at_us =
            alert.count = UINT64_MAX;
        assert_true(encode(&tt_form_alert, &alert) > 30000);
        assert_true(strlen(json) > 30000);
    }
}

static void without_room_nothing_is_written(void **state)
{
    const struct tt_alert alert = {.rule = "a"};

    (void)state;
    for (int is_json = 0; is_json < 2; is_json++) {
        struct tt_buf buf = tt_buf_over(json, TT_ALERT_MAX - 1);

        (is_json ? tt_alert_to_json : tt_alert_to_proto)(&alert, &origin, &buf);
        assert_true(buf.overflow && buf.len == 0);
    }
}

/* Tags as they were published: they never change, and rows are only added. */
static void published_tags_never_change(void **state)
{
    static const struct {
        const struct tt_form *form;
        const char *id;
        unsigned tag;
    } published[] = {{&tt_form_alert, "alert_id", 200},
                     {&tt_form_alert, "rule", 201},
                     {&tt_form_alert, "subject", 202},
                     {&tt_form_alert, "state", 203},
                     {&tt_form_alert, "severity", 204},
                     {&tt_form_alert, "title", 205},
                     {&tt_form_alert, "regions", 206},
                     {&tt_form_alert, "check_first", 207},
                     {&tt_form_alert, "owner", 208},
                     {&tt_form_alert, "escalation", 209},
                     {&tt_form_alert, "runbook", 210},
                     {&tt_form_alert, "stop_condition", 211},
                     {&tt_form_alert, "started_at", 212},
                     {&tt_form_alert, "ends_at", 213},
                     {&tt_form_alert, "count", 214},
                     {&tt_form_alert, "evidence", 215},
                     {&tt_form_alert, "old_set", 216},
                     {&tt_form_alert, "new_set", 217},
                     {&tt_form_alert, "concentrated_on", 218},
                     {&tt_form_aggregate, "aggregation", 200},
                     {&tt_form_aggregate, "window_start", 201},
                     {&tt_form_aggregate, "window_s", 202},
                     {&tt_form_aggregate, "count", 203},
                     {&tt_form_aggregate, "count_error", 204},
                     {&tt_form_aggregate, "is_other", 205}};
    unsigned found = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(published); i++)
        for (unsigned r = 0; r < published[i].form->rows_n; r++)
            if (strcmp(published[i].form->rows[r].id, published[i].id) == 0)
                found += published[i].form->rows[r].tag == published[i].tag;
    assert_int_equal(found, TT_COUNT(published));
}

static void every_row_has_its_own_tag_and_says_what_it_is(void **state)
{
    (void)state;
    for (int i = 0; i < TT_FORMS_N; i++) {
        bool is_used[256] = {false};

        for (unsigned r = 0; r < tt_forms[i]->rows_n; r++) {
            const struct tt_form_row *row = &tt_forms[i]->rows[r];

            assert_true(row->tag > 0 && row->tag < TT_COUNT(is_used) && !is_used[row->tag]);
            is_used[row->tag] = true;
            assert_true(strlen(row->doc) > 5 && strchr("ny", row->need) != NULL);
            assert_true(strpbrk(row->doc, "\"\\\n|") == NULL);
        }
    }
}

/* A field of the same name means the same in a record of kind dns, and has its tag. */
static void the_head_is_that_of_every_record(void **state)
{
    static const struct {
        const struct tt_form *form;
        unsigned shared;
    } rows[] = {{&tt_form_books, 10}, {&tt_form_alert, 9}, {&tt_form_aggregate, 17}};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        unsigned shared = 0;

        for (unsigned r = 0; r < rows[i].form->rows_n; r++) {
            for (int f = 0; f < TT_FIELDS_N; f++) {
                if (strcmp(rows[i].form->rows[r].id, tt_field_rows[f].id) != 0)
                    continue;
                assert_int_equal(rows[i].form->rows[r].tag, tt_field_rows[f].tag);
                shared++;
            }
        }
        assert_int_equal(shared, rows[i].shared);
    }
}

/* Recomputed by xxhsum -H3 of the bytes. */
static void a_fingerprint_is_of_rule_subject_region_and_scope(void **state)
{
    char key[TT_ALERT_KEY_LEN + 1];

    (void)state;
    assert_int_equal(tt_alert_id("sink_down", "bus", "eu", "ns1/unbound"), UINT64_C(0x203c664cb06fb0d4));
    assert_int_equal(tt_alert_id("a", NULL, NULL, NULL), tt_alert_id("a", "", "", ""));
    assert_int_not_equal(tt_alert_id("a", "b", "", ""), tt_alert_id("ab", "", "", ""));
    assert_int_not_equal(tt_alert_id("a", "b", "c", "d"), tt_alert_id("a", "b", "c", "e"));
    tt_alert_key(0xabc, key);
    assert_string_equal(key, "0000000000000abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_is_this_text),
        cmocka_unit_test(an_aggregate_is_this_text),
        cmocka_unit_test(what_an_aggregate_does_not_know_is_absent),
        cmocka_unit_test(every_form_fits_its_room),
        cmocka_unit_test(the_longest_alert_is_written_whole),
        cmocka_unit_test(without_room_nothing_is_written),
        cmocka_unit_test(published_tags_never_change),
        cmocka_unit_test(every_row_has_its_own_tag_and_says_what_it_is),
        cmocka_unit_test(the_head_is_that_of_every_record),
        cmocka_unit_test(a_fingerprint_is_of_rule_subject_region_and_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
