/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The documents that are made from the rows: complete and true. Whether those in the tree are fresh
 * is a matter of lint. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/describe.h"
#include "conf/option.h"

static char *text_of(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    print(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void every_key_is_in_every_document(void **state)
{
    void (*const prints[])(FILE *) = {tt_conf_describe_markdown, tt_conf_describe_sample,
                                      tt_conf_describe_man};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(prints); i++) {
        char *text = text_of(prints[i]);

        for (unsigned id = 1; id < TT_OPTION_IDS_N; id++) {
            assert_non_null(strstr(text, tt_options[id].key));
            assert_true(strlen(tt_options[id].doc) > 10);
        }
        free(text);
    }
}

static struct tt_conf *load(const char *text)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;

    if (tt_conf_parse_text(text, strlen(text), "/t.yaml", 3, &conf, &errors) != TT_OK)
        print_error("%s", errors.text);
    assert_non_null(conf);
    return conf;
}

/* What the sample's first lines say: "#x" and "#  x" are YAML. */
static void uncomment(char *text)
{
    char *to = text;

    for (char *at = text; *at != '\0';) {
        char *end = strchr(at, '\n') + 1;

        if (at[0] == '#' && ((at[1] >= 'a' && at[1] <= 'z') || (at[1] == ' ' && at[2] == ' ')))
            at++;
        memmove(to, at, (size_t)(end - at));
        to += end - at;
        at = end;
    }
    *to = '\0';
}

static void expect_same_but_key(const struct tt_privacy *silent, const struct tt_privacy *spelt)
{
    struct tt_privacy keyless = *spelt;

    assert_string_equal(spelt->key_file, "/hmac.key");
    keyless.key_file = NULL;
    assert_true(tt_privacy_equal(silent, &keyless));
}

static void expect_examples(const struct tt_conf *spelt)
{
    assert_string_equal(spelt->suffix_list, "/public_suffix_list.dat");
    assert_string_equal(spelt->geo.country_path, "country.iso_code");
    assert_int_equal(spelt->threats_n, 1);
    assert_string_equal(spelt->threats[0].category, "malware");
    assert_int_equal(spelt->zones_n, 1);
    assert_string_equal(spelt->zones[0].stop, "two regions disagree for 30 min: roll back");
    assert_int_equal(spelt->zones[0].names.items_n, 2);
    assert_int_equal(spelt->ignore_clients.items_n, 2);
    assert_int_equal(spelt->policies_n, 1);
    assert_int_equal(spelt->metrics_top, 1 << TT_TOP_QUERY_NAME | 1 << TT_TOP_NXDOMAIN);
}

static void expect_sinks(const struct tt_conf *spelt)
{
    for (unsigned type = 0; type < spelt->sinks_n; type++) {
        assert_int_equal(spelt->sinks[type].type, type);
        assert_string_equal(spelt->sinks[type].name, tt_conf_sink_type_word(type));
        assert_false(spelt->sinks[type].is_insecure);
    }
    assert_true(spelt->sinks[TT_SINK_KAFKA].tls.is_given && spelt->sinks[TT_SINK_KAFKA].spool.is_on);
    assert_int_equal(spelt->sinks[TT_SINK_LOKI].auth.mechanism, TT_AUTH_BEARER);
    assert_int_equal(spelt->sinks[TT_SINK_REMOTE_WRITE].auth.mechanism, TT_AUTH_BASIC);
    assert_string_equal(spelt->sinks[TT_SINK_DNSTAP].path, "/run/dnstap.sock");
}

static void the_sample_says_nothing_and_uncommented_the_defaults(void **state)
{
    char *text = text_of(tt_conf_describe_sample);
    struct tt_conf *silent = load(text), *spelt;
    struct tt_conf_sink *a, *b;

    (void)state;
    uncomment(text);
    assert_non_null(strstr(text, "\n  - type: file\n"));
    spelt = load(text);
    a = silent->sinks;
    b = spelt->sinks;
    assert_string_equal(silent->state_dir, spelt->state_dir);
    assert_string_equal(spelt->region, "eu-central");
    assert_int_equal(silent->metrics_port, spelt->metrics_port);
    assert_int_equal(silent->ring_size, spelt->ring_size);
    assert_string_equal(silent->tap_path, spelt->tap_path);
    assert_int_equal(silent->tap_mode, spelt->tap_mode);
    expect_same_but_key(&silent->privacy, &spelt->privacy);
    expect_examples(spelt);
    assert_int_equal(silent->sinks_n, 1);
    assert_int_equal(spelt->sinks_n, TT_SINK_TYPES_N);
    expect_sinks(spelt);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->path, b->path);
    assert_true(a->topics == b->topics && a->encoding == b->encoding && a->queue == b->queue);
    assert_true(a->rotate == b->rotate && a->keep == b->keep && a->compress == b->compress);
    assert_true(a->sample >= 1 && b->sample >= 1 && b->only.is_given && b->except.is_given);
    expect_same_but_key(&a->privacy, &b->privacy);
    tt_conf_free(&silent);
    tt_conf_free(&spelt);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_in_every_document),
        cmocka_unit_test(the_sample_says_nothing_and_uncommented_the_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
