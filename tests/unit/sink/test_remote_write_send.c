/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Answers of a little HTTP server, and what the class makes of them. */

#include "remote_write_server.h"
#include "sink/remote_write_bisect.h"
#include "sink/remote_write_probe.h"
#include "sink/remote_write_send.h"

static struct tt_rw_send sender;
static struct tt_rw_request request;
static struct tt_conf_sink conf;
static char url[64];

static int open_sender(void **state)
{
    struct tt_http_options options = {
        .url = url, .tls = &conf.tls, .auth = &conf.auth, .timeout_s = 10};
    char text[TT_SINK_WHY_MAX];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    reset(state);
    tt_clock_set(NULL, NULL);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/api/v1/write", server.port);
    server.status = 204;
    server.extra = server.body = "";
    server.poison = NULL;
    server.posts_n = server.stored_n = server.sick_first_n = 0;
    sender = (struct tt_rw_send){0};
    return tt_http_new(&options, &sender.http, &why) != TT_OK ||
           tt_rw_request_init(&request) != TT_OK;
}

static int close_sender(void **state)
{
    (void)state;
    tt_http_free(&sender.http);
    tt_rw_send_fini(&sender);
    tt_rw_request_fini(&request);
    return 0;
}

/* A record of n series; those with the numbers poisoned (ended by -1) are called poison. */
static struct tt_sink_record record_of(unsigned n, const int *poisoned)
{
    struct tt_str packed;

    for (unsigned i = 0; i < n; i++) {
        uint8_t bytes[TT_RW_SERIES_BYTES_MAX];
        char number[16];
        bool is_poison = false;
        for (const int *at = poisoned; at != NULL && *at >= 0; at++)
            is_poison |= (unsigned)*at == i;
        snprintf(number, sizeof(number), "%u", i);
        struct tt_rw_label labels[] = {
            {TT_STR("__name__"), is_poison ? TT_STR("poison") : TT_STR("fine")},
            {TT_STR("n"), tt_str_from(number)}};
        assert_true(tt_rw_request_add(&request, bytes, tt_rw_put_labels(labels, 2, bytes), i,
                                      1795252800000));
    }
    packed = tt_rw_request_end(&request);
    return (struct tt_sink_record){
        .data = packed.ptr, .len = packed.len, .topic = TT_TOPIC_METRICS, .units = (uint16_t)n};
}

static char why_text[TT_SINK_WHY_MAX];

static int send_it(struct tt_sink_record *record)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    int err = tt_rw_send_record(&sender, record, &why);

    tt_buf_cstr(&why);
    return err;
}

static void each_status_has_its_consequence(void **state)
{
    static const struct {
        int status, err;
        enum tt_fate fate;
        const char *extra;
        uint64_t pause_s;
    } cases[] = {
        {200, TT_OK, TT_FATE_DELIVERED, "", 0},
        {204, TT_OK, TT_FATE_DELIVERED, "", 0},
        {202, TT_OK, TT_FATE_DELIVERED, "", 0},
        {400, TT_OK, TT_FATE_REFUSED, "", 0},
        {400, TT_OK, TT_FATE_REFUSED, "Retry-After: 7\r\n", 0},
        {409, TT_OK, TT_FATE_REFUSED, "", 0},
        {413, TT_OK, TT_FATE_TOO_LARGE, "", 0},
        {415, TT_OK, TT_FATE_REFUSED, "", 0},
        {422, TT_OK, TT_FATE_REFUSED, "", 0},
        {401, TT_EAGAIN, TT_FATE_AGAIN, "", 0},
        {403, TT_EAGAIN, TT_FATE_AGAIN, "", 0},
        {404, TT_EAGAIN, TT_FATE_AGAIN, "", 0},
        {429, TT_EAGAIN, TT_FATE_AGAIN, "", 0},
        {429, TT_EAGAIN, TT_FATE_AGAIN, "Retry-After: 17\r\n", 17},
        {302, TT_EAGAIN, TT_FATE_AGAIN, "Location: /x\r\n", 0},
        {502, TT_EAGAIN, TT_FATE_MAYBE, "", 0},
        {503, TT_EAGAIN, TT_FATE_MAYBE, "Retry-After: 3\r\n", 3},
        {504, TT_EAGAIN, TT_FATE_MAYBE, "", 0},
        {500, TT_EAGAIN, TT_FATE_MAYBE, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_sink_record record = record_of(2 + (unsigned)i, NULL);
        server.status = cases[i].status;
        server.extra = cases[i].extra;
        server.body = cases[i].status == 400 ? "out of order sample" : "";
        pause_asked_ns = 0;
        assert_int_equal(send_it(&record), cases[i].err);
        assert_int_equal(record.fate, cases[i].fate);
        assert_int_equal(pause_asked_ns, cases[i].pause_s * 1000000000);
        assert_int_equal(record.refused_n, 0);
        assert_int_equal(sender.date_s, 1795286104);
        if (cases[i].status == 400)
            assert_non_null(strstr(why_text, "400: out of order sample"));
    }
}

static void a_request_says_what_it_is_and_how_often_it_was_tried(void **state)
{
    struct tt_sink_record record = record_of(2, NULL);

    (void)state;
    server.status = 429;
    send_it(&record);
    assert_non_null(strstr(server.head, "\r\nContent-Type: application/x-protobuf\r\n"));
    assert_non_null(strstr(server.head, "\r\nContent-Encoding: snappy\r\n"));
    assert_non_null(strstr(server.head, "\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"));
    assert_non_null(strstr(server.head, "\r\nUser-Agent: "));
    assert_null(strstr(server.head, "Retry-Attempt"));
    send_it(&record);
    assert_non_null(strstr(server.head, "\r\nRetry-Attempt: 1\r\n"));
    send_it(&record);
    assert_non_null(strstr(server.head, "\r\nRetry-Attempt: 2\r\n"));
    server.status = 204;
    send_it(&record);
    record = record_of(3, NULL);
    send_it(&record);
    assert_null(strstr(server.head, "Retry-Attempt"));
}

/* How often a batch must be sent until it is settled; 0: never in 30 times. */
static unsigned send_until_settled(struct tt_sink_record *record)
{
    for (unsigned i = 1; i <= 30; i++) {
        if (send_it(record) == TT_OK)
            return i;
    }
    return 0;
}

static const char not_unique[] = "label name \"a\" is not unique: invalid sample";

static void the_series_that_is_the_reason_for_500_is_found(void **state)
{
    static const struct {
        const char *body;
        unsigned n, refused_n;
        bool has_delivered_before;
        int poisoned[4];
        unsigned sends_n; /* how often it is sent as a whole */
        enum tt_fate fate;
    } cases[] = {
        {not_unique, 2000, 1, false, {1234, -1}, 1, TT_FATE_DELIVERED},
        {"native histograms are disabled", 7, 2, false, {0, 6, -1}, 1, TT_FATE_DELIVERED},
        {not_unique, 1, 0, false, {0, -1}, 1, TT_FATE_REFUSED},
        {not_unique, 2, 0, false, {0, 1, -1}, 1, TT_FATE_REFUSED},
        {"disk on fire", 100, 3, true, {0, 50, 99, -1}, TT_RW_SICK_MAX, TT_FATE_DELIVERED},
        {"disk on fire", 100, 1, false, {50, -1}, TT_RW_SICK_MAX, TT_FATE_DELIVERED},
        {"disk on fire", 1, 0, true, {0, -1}, TT_RW_SICK_MAX, TT_FATE_REFUSED},
        {"disk on fire", 1, 0, false, {0, -1}, 0, TT_FATE_MAYBE},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_sink_record before = record_of(5, NULL), record;
        close_sender(NULL);
        open_sender(NULL);
        before = record_of(5, NULL);
        server.body = cases[i].body;
        server.poison = "poison";
        if (cases[i].has_delivered_before)
            assert_int_equal(send_it(&before), TT_OK);
        server.stored_n = 0;
        record = record_of(cases[i].n, cases[i].poisoned);
        assert_int_equal(send_until_settled(&record), cases[i].sends_n);
        assert_int_equal(record.fate, cases[i].fate);
        assert_int_equal(record.refused_n, cases[i].refused_n);
        if (cases[i].refused_n > 0)
            assert_true(server.stored_n >= cases[i].n - cases[i].refused_n &&
                        server.stored_n <= cases[i].n + 2);
        assert_non_null(strstr(why_text, cases[i].body));
    }
}

static void a_server_that_answers_500_to_all_is_waited_for(void **state)
{
    struct tt_sink_record before = record_of(5, NULL), record;

    (void)state;
    send_it(&before);
    server.status = 500;
    server.body = "sick";
    record = record_of(100, NULL);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(send_it(&record), TT_EAGAIN);
        assert_int_equal(record.fate, TT_FATE_MAYBE);
    }
    assert_true(server.posts_n < 50);
    server.status = 204;
    assert_int_equal(send_it(&record), TT_OK);
    assert_int_equal(record.fate, TT_FATE_DELIVERED);
    assert_int_equal(record.refused_n, 0);
}

static void a_batch_full_of_poison_does_not_take_for_ever(void **state)
{
    static int poisoned[TT_RW_SAMPLES_MAX];
    struct tt_sink_record record;

    (void)state;
    for (unsigned i = 0; i < TT_RW_SAMPLES_MAX - 1; i++)
        poisoned[i] = (int)i + 1;
    poisoned[TT_RW_SAMPLES_MAX - 1] = -1;
    server.poison = "poison";
    server.body = "label name \"a\" is not unique: invalid sample";
    record = record_of(TT_RW_SAMPLES_MAX, poisoned);
    assert_int_equal(send_it(&record), TT_OK);
    assert_int_equal(record.fate, TT_FATE_DELIVERED);
    assert_int_equal(record.refused_n, TT_RW_SAMPLES_MAX - 1);
    assert_true(server.posts_n < TT_RW_BISECT_MAX + 50);
}

static void a_server_that_is_gone_is_waited_for(void **state)
{
    struct tt_http_options options = {
        .url = "http://127.0.0.1:1/", .tls = &conf.tls, .auth = &conf.auth, .timeout_s = 10};
    struct tt_sink_record record = record_of(2, NULL);
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));

    (void)state;
    tt_http_free(&sender.http);
    assert_int_equal(tt_http_new(&options, &sender.http, &why), TT_OK);
    assert_int_equal(send_it(&record), TT_EAGAIN);
    assert_int_equal(record.fate, TT_FATE_AGAIN);
    assert_true(strlen(why_text) > 10);
}

static int put_records(void *self, struct tt_sink_record *records, unsigned n)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));

    for (unsigned i = 0; i < n; i++)
        records[i].fate = TT_FATE_WAITING;
    return tt_sink_remote_write.put(self, records, n, &why);
}

static void nothing_overtakes_a_request_that_comes_again(void **state)
{
    struct tt_sink_place place = {.instance = "i"};
    struct tt_conf_sink own = {.name = (char *)(uintptr_t) "m",
                               .url = url,
                               .interval_s = 15,
                               .series_max = 100,
                               .timeout_s = 10};
    struct tt_sink_record records[2];
    char data[2][1000];
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    void *self;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        records[i] = record_of(i + 1, NULL);
        memcpy(data[i], records[i].data, records[i].len);
        records[i].data = data[i];
    }
    assert_int_equal(tt_sink_remote_write.make(&own, &place, NULL, &self), TT_OK);
    assert_int_equal(tt_sink_remote_write.open(self, &why), TT_OK);
    server.status = 503;
    assert_int_equal(tt_sink_remote_write.batch_max, 1); /* the others stay in the queue, where the first is the first */
    assert_int_equal(put_records(self, records, 1), TT_EAGAIN);
    assert_int_equal(records[0].fate, TT_FATE_MAYBE);
    server.status = 204;
    assert_int_equal(put_records(self, records, 1), TT_OK);
    assert_int_equal(records[0].fate, TT_FATE_DELIVERED);
    assert_int_equal(server.posts_n, 2);
    records[1].time_us = UINT64_C(1795286104000000) + 700 * UINT64_C(1000000); /* by the server's clock */
    assert_int_equal(put_records(self, &records[1], 1), TT_OK);
    assert_int_equal(records[1].fate, TT_FATE_REFUSED);
    assert_int_equal(server.posts_n, 2);
    tt_sink_remote_write.close(self);
    tt_sink_remote_write.destroy(self);
}

/* As it is when somebody changes a password and restarts the server. */
static void a_changed_file_does_not_take_the_last_words(void **state)
{
    struct tt_sink_place place = {.instance = "i", .collect = collect_shown};
    char path[] = "/tmp/tt-rw-XXXXXX";
    int fd = mkstemp(path);
    struct tt_conf_sink own = {.name = path, .url = url, .interval_s = 15, .series_max = 100, .timeout_s = 1};
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    void *self;

    (void)state;
    own.auth = (struct tt_conf_auth){.mechanism = TT_AUTH_BEARER, .token_file = path};
    assert_int_equal(write(fd, "one", 3), 3);
    show(TT_METRIC_UP, NULL, 1);
    assert_int_equal(tt_sink_remote_write.make(&own, &place, NULL, &self), TT_OK);
    assert_int_equal(tt_sink_remote_write.open(self, &why), TT_OK);
    assert_int_equal(write(fd, "two", 3), 3);
    assert_int_equal(tt_sink_remote_write.tick(self, &why), TT_OK);
    end_ns = tt_clock_mono_ns() + 1000000000;
    assert_int_equal(tt_sink_remote_write.tick(self, &why), TT_EAGAIN); /* to be opened anew, then sent */
    assert_int_equal(puts_n, 2);
    tt_sink_remote_write.close(self);
    tt_sink_remote_write.destroy(self);
    close(fd);
    unlink(path);
}

static unsigned said_fine_n, said_bad_n;
static char said[4000];

static void hear(void *arg, bool is_fine, const char *text)
{
    (void)arg;
    *(is_fine ? &said_fine_n : &said_bad_n) += 1;
    snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", text);
}

static void a_probe_says_what_is_wrong(void **state)
{
    static const struct {
        int status;
        const char *body;
        unsigned fine_n;
        const char *words;
    } cases[] = {
        {204, "", 1, "takes samples from us"},
        {200, "", 1, "takes samples from us"},
        {401, "no org id\n", 0, "does not let us in (status 401: no org id)"},
        {404, "", 0, "no remote write at this address (status 404)"},
        {400, "what?", 0, "refuses an empty request (status 400: what?)"},
    };
    struct tt_conf_sink own = {.url = url, .timeout_s = 10};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        server.status = cases[i].status;
        server.body = cases[i].body;
        said_fine_n = said_bad_n = 0;
        said[0] = '\0';
        hand_wall_us = UINT64_C(1795286104) * 1000000 + 1;
        tt_clock_set(NULL, tell_wall); /* the server's clock stands still */
        tt_rw_probe(&own, NULL, hear, NULL);
        assert_int_equal(said_fine_n, cases[i].fine_n + 1);
        assert_int_equal(said_bad_n, 1 - cases[i].fine_n);
        assert_non_null(strstr(said, cases[i].words));
        assert_non_null(strstr(said, "its clock and this machine's agree"));
    }
    server.status = 204;
    hand_wall_us += UINT64_C(700000000);
    tt_rw_probe(&own, NULL, hear, NULL);
    assert_int_equal(said_bad_n, 2);
    assert_non_null(strstr(said, "clock is 700 s ahead"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_status_has_its_consequence, open_sender, close_sender),
        cmocka_unit_test_setup_teardown(a_request_says_what_it_is_and_how_often_it_was_tried,
                                        open_sender, close_sender),
        cmocka_unit_test_setup_teardown(the_series_that_is_the_reason_for_500_is_found, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(a_server_that_answers_500_to_all_is_waited_for, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(a_batch_full_of_poison_does_not_take_for_ever, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(a_server_that_is_gone_is_waited_for, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(a_changed_file_does_not_take_the_last_words, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(nothing_overtakes_a_request_that_comes_again, open_sender,
                                        close_sender),
        cmocka_unit_test_setup_teardown(a_probe_says_what_is_wrong, open_sender, close_sender),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
