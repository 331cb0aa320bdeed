/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "remote_write_test.h"

/* What protoc --encode makes of a WriteRequest with these two series:
 *   telltale_up{instance="ns1/unbound",job="telltale"} 1,
 * telltale_queries_total{family="ipv4",type="A"} 42.5 */
static const char golden[] = "0a550a170a085f5f6e616d655f5f120b74656c6c74616c655f75700a170a08696e737"
                             "4616e6365120b6e73312f756e626f756e640a0f0a036a6f6212"
                             "0874656c6c74616c65121009000000000000f03f1080949feb9f340a510a220a085f5"
                             "f6e616d655f5f121674656c6c74616c655f717565726965735f"
                             "746f74616c0a0e0a0666616d696c791204697076340a090a047479706512014112100"
                             "900000000004045401080949feb9f34";

static struct tt_rw_label label(const char *name, const char *value)
{
    return (struct tt_rw_label){tt_str_from(name), tt_str_from(value)};
}

static void a_request_is_what_protoc_makes(void **state)
{
    struct tt_rw_label up[] = {label("job", "telltale"), label("instance", "ns1/unbound"),
                               label("__name__", "telltale_up")};
    struct tt_rw_label queries[] = {label("type", "A"), label("__name__", "telltale_queries_total"),
                                    label("family", "ipv4")};
    struct tt_rw_request request;
    uint8_t bytes[TT_RW_SERIES_BYTES_MAX];
    char raw[1024], text[2100] = "";
    size_t raw_len = sizeof(raw);
    struct tt_str packed;

    (void)state;
    assert_int_equal(tt_rw_request_init(&request), TT_OK);
    assert_true(
        tt_rw_request_add(&request, bytes, tt_rw_put_labels(up, 3, bytes), 1, 1795252800000));
    assert_true(tt_rw_request_add(&request, bytes, tt_rw_put_labels(queries, 3, bytes), 42.5,
                                  1795252800000));
    packed = tt_rw_request_end(&request);
    assert_int_equal(snappy_uncompress(packed.ptr, packed.len, raw, &raw_len), SNAPPY_OK);
    for (size_t i = 0; i < raw_len; i++)
        snprintf(text + 2 * i, 3, "%02x", (uint8_t)raw[i]);
    assert_string_equal(text, golden);
    assert_null(tt_rw_request_end(&request).ptr);
    tt_rw_request_fini(&request);
}

static void labels_that_no_receiver_takes_are_refused(void **state)
{
    static char long_value[TT_RW_SERIES_BYTES_MAX];
    const struct {
        const char *name, *value, *name2, *value2;
        bool is_fine;
    } cases[] = {
        {"a", "1", "b", "2", true}, {"b", "1", "a", "2", true}, {"a", "1", "a", "2", false},
        {"a", "", "b", "2", false}, {"", "1", "b", "2", false}, {"a", long_value, "b", "2", false},
    };
    uint8_t bytes[TT_RW_SERIES_BYTES_MAX];

    (void)state;
    memset(long_value, 'x', sizeof(long_value) - 1);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_rw_label labels[] = {label(cases[i].name, cases[i].value),
                                       label(cases[i].name2, cases[i].value2)};
        assert_int_equal(tt_rw_put_labels(labels, 2, bytes) > 0, cases[i].is_fine);
    }
}

static void a_request_holds_2000_samples_and_can_be_taken_apart(void **state)
{
    static struct put_sample samples[TT_RW_SAMPLES_MAX];
    struct tt_rw_request request;
    struct tt_rw_parts *parts;
    struct tt_str part;
    unsigned n = 0;

    (void)state;
    assert_int_equal(tt_rw_request_init(&request), TT_OK);
    for (;; n++) {
        char value[200];
        uint8_t bytes[TT_RW_SERIES_BYTES_MAX];
        memset(value, 'v', sizeof(value));
        snprintf(value, sizeof(value), "%u", n);
        if (n % 2 == 0)
            value[strlen(value)] = '-'; /* series of different lengths */
        value[180] = '\0';
        struct tt_rw_label labels[] = {label("__name__", "x"), label("number", value)};
        if (!tt_rw_request_add(&request, bytes, tt_rw_put_labels(labels, 2, bytes), n, 1))
            break;
    }
    assert_int_equal(n, TT_RW_SAMPLES_MAX);
    parts = tt_rw_parts_new(tt_rw_request_end(&request));
    assert_non_null(parts);
    assert_int_equal(parts->n, n);
    for (unsigned first = 0, size = 1; first < n;
         first += size, size = TT_MIN(2 * size, n - first)) {
        size = TT_MIN(size, n - first);
        part = tt_rw_parts_pack(parts, first, size);
        assert_int_equal(read_request(part.ptr, part.len, samples, TT_RW_SAMPLES_MAX), size);
        for (unsigned i = 0; i < size; i++)
            assert_true(samples[i].value == first + i);
    }
    tt_rw_parts_free(&parts);
    assert_null(tt_rw_parts_new(TT_STR("no snappy")));
    tt_rw_request_fini(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_what_protoc_makes),
        cmocka_unit_test(labels_that_no_receiver_takes_are_refused),
        cmocka_unit_test(a_request_holds_2000_samples_and_can_be_taken_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
