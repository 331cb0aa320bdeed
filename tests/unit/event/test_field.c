/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/event.h"
#include "event/words.h"

/* Tags as they were published, in the order of the rows: a row may be added at the end of this list
 * and nowhere else, and no number may change. */
static const struct {
    const char *id;
    unsigned tag;
} published[] = {
#include "published_tags.def"
};

static int find(const char *id, size_t len)
{
    for (int i = 0; i < TT_FIELDS_N; i++)
        if (strlen(tt_field_rows[i].id) == len && memcmp(tt_field_rows[i].id, id, len) == 0)
            return i;
    return -1;
}

static void published_tags_never_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(published); i++) {
        int at = find(published[i].id, strlen(published[i].id));
        assert_true(at >= 0);
        assert_int_equal(tt_field_rows[at].tag, published[i].tag);
    }
}

static void every_row_has_its_own_tag_and_is_published(void **state)
{
    bool is_used[2048] = {false};

    (void)state;
    assert_int_equal(TT_COUNT(published), TT_FIELDS_N);
    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        unsigned tag = tt_field_rows[i].tag;
        assert_true(tag > 0 && tag < 2048 && !is_used[tag]);
        is_used[tag] = true;
    }
}

static void every_row_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        assert_true(strlen(row->doc) > 5);
        assert_null(strpbrk(row->doc, "\"|\\"));
        assert_true(strlen(row->source) > 0);
        assert_int_equal(strlen(row->hosts), 4);
        assert_int_equal(strspn(row->hosts, "yn-"), 4);
    }
}

/* Lineage has no loops because `from` looks back only; what comes from a person stays marked. */
static void derived_rows_name_earlier_rows_of_the_same_or_an_earlier_stage(void **state)
{
    (void)state;
    for (int i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        for (const char *id = row->from; *id != '\0'; id += strspn(id, " ")) {
            size_t len = strcspn(id, " ");
            int from = find(id, len);
            assert_true(from >= 0 && from < i);
            assert_true(tt_field_rows[from].stage <= row->stage);
            if (tt_field_rows[from].privacy != TT_PRIVATE_NONE)
                assert_int_not_equal(row->privacy, TT_PRIVATE_NONE);
            id += len;
        }
    }
}

static void observed_rows_are_derived_from_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_FIELDS_N; i++)
        if (tt_field_rows[i].origin == TT_ORIGIN_OBSERVED)
            assert_string_equal(tt_field_rows[i].from, "");
}

static void an_event_stays_within_a_kibibyte(void **state)
{
    (void)state;
    assert_true(sizeof(struct tt_event) <= 1024);
}

static void topics_carry_what_their_stage_and_privacy_say(void **state)
{
    (void)state;
    for (int i = 0; i < TT_FIELDS_N; i++) {
        const struct tt_field_row *row = &tt_field_rows[i];
        struct tt_fields raw = tt_fields_of_topic(TT_TOPIC_RAW);
        struct tt_fields normalized = tt_fields_of_topic(TT_TOPIC_NORMALIZED);
        struct tt_fields enriched = tt_fields_of_topic(TT_TOPIC_ENRICHED);
        bool is_personal = row->privacy == TT_PRIVATE_PERSONAL;

        assert_int_equal(tt_fields_have(&raw, (enum tt_field)i), row->stage == TT_STAGE_RAW);
        assert_int_equal(tt_fields_have(&normalized, (enum tt_field)i),
                         row->stage != TT_STAGE_ENRICHED && !is_personal);
        assert_true(tt_fields_have(&enriched, (enum tt_field)i));
    }
}

static void personal_rows_are_the_client_group(void **state)
{
    static const char *const personal[] = {
        "ecs", "client_ip", "client_net", "client_hash", "client_hash_key", "client_port", "proxied_by"};
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < TT_FIELDS_N; i++)
        n += tt_field_rows[i].privacy == TT_PRIVATE_PERSONAL;
    assert_int_equal(n, TT_COUNT(personal));
    for (size_t i = 0; i < n; i++)
        assert_int_equal(tt_field_rows[find(personal[i], strlen(personal[i]))].privacy, TT_PRIVATE_PERSONAL);
}

static void every_word_has_a_row_and_a_number_of_its_own(void **state)
{
    const struct tt_enum_row *row = tt_enum_rows;

    (void)state;
    for (; row->type != NULL; row++) {
        assert_true(row->number > 0 && strlen(row->word) > 0 && strlen(row->doc) > 0);
        if (row[1].type != NULL && strcmp(row->type, row[1].type) == 0)
            assert_true(row[1].number > row->number);
    }
    assert_null(tt_outcome_words[0].ptr);
    assert_string_equal(tt_outcome_words[TT_outcome_TIMEOUT].ptr, "timeout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_tags_never_change),
        cmocka_unit_test(every_row_has_its_own_tag_and_is_published),
        cmocka_unit_test(every_row_is_described),
        cmocka_unit_test(derived_rows_name_earlier_rows_of_the_same_or_an_earlier_stage),
        cmocka_unit_test(observed_rows_are_derived_from_nothing),
        cmocka_unit_test(an_event_stays_within_a_kibibyte),
        cmocka_unit_test(topics_carry_what_their_stage_and_privacy_say),
        cmocka_unit_test(personal_rows_are_the_client_group),
        cmocka_unit_test(every_word_has_a_row_and_a_number_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
