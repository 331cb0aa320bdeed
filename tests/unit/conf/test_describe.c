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
    assert_memory_equal(&silent->privacy, &spelt->privacy, sizeof(silent->privacy));
    assert_int_equal(silent->sinks_n, 1);
    assert_int_equal(spelt->sinks_n, 1);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->path, b->path);
    assert_true(a->topics == b->topics && a->encoding == b->encoding && a->queue == b->queue);
    assert_memory_equal(&a->privacy, &b->privacy, sizeof(a->privacy));
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
