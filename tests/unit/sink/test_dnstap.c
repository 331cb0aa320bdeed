/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* The dnstap sink and its readers, good ones and bad ones, at a unix socket and by TCP. */

#include <signal.h>
#include <sys/resource.h>

#include "dnstap_peer.h"
#include "sink/class.h"
#include "sink/worker.h"

enum { RECORDS = 500, MANY = 20000, SMALL = 300 };

static char address[64], why_text[TT_SINK_WHY_MAX];
static char *bodies; /* RECORDS or MANY frames, each of SMALL bytes and more */
static struct tt_sink_record records[MANY];

static struct tt_conf_sink conf_of(const struct peer *peer, const char *path)
{
    struct tt_conf_sink conf = {
        .name = (char *)(uintptr_t) "tapout",
        .type = TT_SINK_DNSTAP,
        .encoding = TT_ENCODING_DNSTAP,
        .topics = 1u << TT_TOPIC_DNSTAP,
        .queue = 32 << 20,
        .path = (char *)(uintptr_t)path,
        .timeout_s = 1,
    };

    if (path != NULL)
        return conf;
    snprintf(address, sizeof(address), "127.0.0.1:%u", peer->port);
    conf.address = address;
    return conf;
}

static void *make_self(const struct tt_conf_sink *conf)
{
    struct tt_sink_place all = place();
    void *self = NULL;

    assert_int_equal(tt_sink_dnstap.make(conf, &all, NULL, &self), TT_OK);
    return self;
}

static uint32_t len_of(unsigned number)
{
    return SMALL + number * 37 % 200;
}

static void make_records(unsigned n)
{
    for (uint32_t i = 0; i < n; i++) {
        char *body = bodies + (size_t)i * (SMALL + 200);

        memset(body, 'a' + (int)(i % 26), len_of(i));
        memcpy(body, &i, 4);
        records[i] = (struct tt_sink_record){
            .data = body, .len = len_of(i), .topic = TT_TOPIC_DNSTAP, .units = 1};
    }
}

static struct tt_buf why(void)
{
    memset(why_text, 0, sizeof(why_text));
    return tt_buf_over(why_text, sizeof(why_text) - 1);
}

static void a_reader_gets_each_frame_and_the_end_of_the_stream(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        const char *path = is_tcp ? NULL : at("good.sock");
        struct tt_conf_sink conf;
        struct tt_buf text = why();
        struct peer peer;
        void *self;

        peer_start(&peer, PEER_GOOD, path);
        conf = conf_of(&peer, path);
        self = make_self(&conf);
        make_records(RECORDS);
        assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
        assert_int_equal(tt_sink_dnstap.put(self, records, RECORDS, &text), TT_OK);
        assert_int_equal(tt_sink_dnstap.tick(self, &text), TT_OK);
        assert_int_equal(text.len, 0);
        for (unsigned i = 0; i < RECORDS; i++)
            assert_int_equal(records[i].fate, TT_FATE_DELIVERED);
        tt_sink_dnstap.close(self); /* waits for FINISH: the reader has read all before */
        assert_int_equal(PEER_SEEN(&peer, frames_n), RECORDS);
        assert_int_equal(PEER_SEEN(&peer, frames_bad_n), 0);
        assert_int_equal(PEER_SEEN(&peer, stops_n), 1);
        tt_sink_dnstap.close(self); /* fine */
        tt_sink_dnstap.destroy(self);
        peer_end(&peer);
    }
}

static void a_bad_handshake_says_what_is_wrong(void **state)
{
    static const struct {
        enum peer_manner manner;
        const char *expect;
    } cases[] = {
        {PEER_SILENT, "said nothing in time"},
        {PEER_TRICKLES, "said nothing in time"},
        {PEER_CLOSES, ""}, /* closed, or reset */
        {PEER_GARBAGE, "no ACCEPT"},
        {PEER_OTHER_TYPE, "no ACCEPT"},
        {PEER_HUGE, "no ACCEPT"},
    };

    (void)state;
    for (size_t i = 0; i < 2 * TT_COUNT(cases); i++) {
        const char *path = i % 2 ? NULL : at("bad.sock");
        struct tt_buf text = why();
        struct tt_conf_sink conf;
        struct peer peer;
        void *self;

        peer_start(&peer, cases[i / 2].manner, path);
        conf = conf_of(&peer, path);
        self = make_self(&conf);
        assert_int_equal(tt_sink_dnstap.open(self, &text), TT_EAGAIN);
        assert_non_null(strstr(tt_buf_cstr(&text), cases[i / 2].expect));
        assert_non_null(strstr(why_text, path != NULL ? path : address)); /* which reader */
        tt_sink_dnstap.close(self);
        tt_sink_dnstap.destroy(self);
        peer_end(&peer);
    }
}

static void nobody_there_is_said(void **state)
{
    struct tt_conf_sink conf = conf_of(NULL, at("nobody.sock"));
    struct tt_buf text = why();
    void *self = make_self(&conf);

    (void)state;
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_EAGAIN);
    assert_non_null(strstr(tt_buf_cstr(&text), "nobody.sock"));
    tt_sink_dnstap.close(self);
    tt_sink_dnstap.destroy(self);
}

static void an_end_in_the_middle_is_noticed_by_the_next_tick(void **state)
{
    static const enum peer_manner manners[] = {PEER_HALF_CLOSES, PEER_TALKS};

    (void)state;
    for (size_t i = 0; i < TT_COUNT(manners); i++) {
        const char *path = at("half.sock");
        struct tt_conf_sink conf = conf_of(NULL, path);
        struct tt_buf text = why();
        struct peer peer;
        void *self = make_self(&conf);

        peer_start(&peer, manners[i], path);
        assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
        AWAIT(tt_sink_dnstap.tick(self, &text) == TT_ECLOSED);
        make_records(1);
        assert_int_equal(tt_sink_dnstap.put(self, records, 1, &text), TT_ECLOSED);
        assert_int_equal(records[0].fate, TT_FATE_WAITING);
        tt_sink_dnstap.close(self);
        assert_int_equal(PEER_SEEN(&peer, stops_n), 0); /* nothing more is said to it */
        tt_sink_dnstap.destroy(self);
        peer_end(&peer);
    }
}

static unsigned count_fate(unsigned n, enum tt_fate fate)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += records[i].fate == fate;
    return sum;
}

/* A reader that stops: what was taken arrives when it goes on, and what was cut does not. */
static void what_a_stalled_reader_was_given_is_counted_to_the_frame(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        const char *path = is_tcp ? NULL : at("stall.sock");
        struct tt_buf text = why();
        struct tt_conf_sink conf;
        unsigned delivered_n;
        struct peer peer;
        void *self;

        peer_start(&peer, PEER_STALLS, path);
        conf = conf_of(&peer, path);
        self = make_self(&conf);
        make_records(MANY);
        assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
        assert_int_equal(tt_sink_dnstap.put(self, records, MANY, &text), TT_ECLOSED);
        assert_non_null(strstr(tt_buf_cstr(&text), "too slowly"));
        delivered_n = count_fate(MANY, TT_FATE_DELIVERED);
        assert_int_equal(count_fate(MANY, TT_FATE_AGAIN), 1);
        assert_int_equal(records[delivered_n].fate, TT_FATE_AGAIN);
        assert_int_equal(count_fate(MANY, TT_FATE_WAITING), MANY - delivered_n - 1);
        tt_sink_dnstap.close(self);
        __atomic_store_n(&peer.is_let_go, true, __ATOMIC_RELEASE);
        AWAIT(PEER_SEEN(&peer, frames_n) == delivered_n);
        assert_int_equal(tt_sink_dnstap.open(self, &text),
                         TT_OK); /* it has read the old one to its end */
        assert_int_equal(tt_sink_dnstap.put(self, records + delivered_n, 2, &text), TT_OK);
        tt_sink_dnstap.close(self);
        AWAIT(PEER_SEEN(&peer, stops_n) == 1);
        assert_int_equal(PEER_SEEN(&peer, frames_n), delivered_n + 2);
        assert_int_equal(PEER_SEEN(&peer, frames_bad_n), 0); /* none twice, none left out */
        tt_sink_dnstap.destroy(self);
        peer_end(&peer);
    }
}

/* Here SIGPIPE is not blocked, as it is on a sink's own thread: it would end the test. */
static void a_reader_that_dies_in_a_write_raises_no_signal(void **state)
{
    const char *path = at("pipe.sock");
    struct tt_conf_sink conf = conf_of(NULL, path);
    struct tt_buf text = why();
    struct peer peer;
    void *self = make_self(&conf);

    (void)state;
    peer_start(&peer, PEER_CUTS, path);
    make_records(MANY);
    assert_int_equal(tt_sink_dnstap.open(self, &text), TT_OK);
    assert_int_equal(tt_sink_dnstap.put(self, records, MANY, &text), TT_ECLOSED);
    assert_non_null(strstr(tt_buf_cstr(&text), "closed the connection"));
    tt_sink_dnstap.close(self);
    tt_sink_dnstap.destroy(self);
    peer_end(&peer);
}

static struct tt_sink *open_tapout(const struct tt_conf_sink *conf)
{
    struct tt_sink_place all = place();
    struct tt_sink *sink;

    assert_int_equal(tt_sink_new_of(&tt_sink_dnstap, conf, &all, &sink), TT_OK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    return sink;
}

static void put_numbered(struct tt_sink *sink, uint32_t number)
{
    put_bytes(sink, TT_TOPIC_DNSTAP, records[number].data, records[number].len);
    tt_sink_kick(sink);
}

/* It dies again and again; the sink goes on each time, and the books add up. */
static void a_reader_that_dies_is_found_again(void **state)
{
    const char *path = at("cuts.sock");
    struct tt_conf_sink conf = conf_of(NULL, path);
    struct tt_sink_books books[TT_TOPICS_N];
    struct tt_sink *sink = open_tapout(&conf);
    struct peer peer;

    (void)state;
    make_records(RECORDS);
    put_numbered(sink, 0); /* nobody is there yet */
    peer_start(&peer, PEER_CUTS, path);
    for (unsigned i = 1; i < RECORDS; i++) {
        put_numbered(sink, i);
        if (i == RECORDS / 4 || i == RECORDS / 2)
            AWAIT(PEER_SEEN(&peer, connections) >= (i == RECORDS / 2 ? 3 : 2));
    }
    AWAIT(status_of(sink).books[TT_TOPIC_DNSTAP].delivered == RECORDS);
    stop(&sink, books);
    assert_int_equal(books[TT_TOPIC_DNSTAP].delivered, RECORDS);
    assert_int_equal(PEER_SEEN(&peer, connections), 3);
    peer_end(&peer);
}

/* A stopped reader costs its sink no more than the time it has to end. */
static void a_stalled_reader_does_not_hold_up_the_end(void **state)
{
    const char *path = at("end.sock");
    struct tt_conf_sink conf = conf_of(NULL, path);
    struct tt_sink_books books[TT_TOPICS_N];
    const struct tt_sink_books *dnstap = &books[TT_TOPIC_DNSTAP];
    struct tt_sink *sink;
    struct peer peer;

    (void)state;
    conf.timeout_s = 3600; /* only the end makes it come back */
    peer_start(&peer, PEER_STALLS, path);
    sink = open_tapout(&conf);
    make_records(MANY);
    for (unsigned i = 0; i < MANY; i++)
        put_numbered(sink, i);
    AWAIT(status_of(sink).books[TT_TOPIC_DNSTAP].delivered > 0);
    tt_sink_stop(sink, tt_clock_mono_ns() + SECOND_NS / 2, TT_SINK_DROP_SHUTDOWN);
    tt_sink_free(&sink, books);
    check_books(dnstap);
    assert_int_equal(dnstap->offered, MANY);
    assert_true(dnstap->dropped[TT_SINK_DROP_SHUTDOWN] > 0);
    __atomic_store_n(&peer.is_let_go, true, __ATOMIC_RELEASE);
    AWAIT(PEER_SEEN(&peer, frames_n) == dnstap->delivered);
    peer_end(&peer);
}

static unsigned fine_n, wrong_n;

static void hear(void *arg, bool is_fine, const char *text)
{
    (void)arg;
    assert_true(strlen(text) > 10);
    *(is_fine ? &fine_n : &wrong_n) += 1;
}

static void a_probe_says_what_it_found(void **state)
{
    static const struct {
        enum peer_manner manner;
        unsigned fine_n, wrong_n;
    } cases[] = {{PEER_GOOD, 2, 0}, {PEER_SILENT, 1, 1}, {PEER_OTHER_TYPE, 1, 1}};
    struct tt_sink_place all = place();
    const char *path = at("probe.sock");
    struct tt_conf_sink conf = conf_of(NULL, path);
    struct peer peer;

    (void)state;
    fine_n = wrong_n = 0;
    tt_sink_dnstap.probe(&conf, &all, hear, NULL);
    assert_int_equal(fine_n * 10 + wrong_n, 1);
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        peer_start(&peer, cases[i].manner, path);
        fine_n = wrong_n = 0;
        tt_sink_dnstap.probe(&conf, &all, hear, NULL);
        assert_int_equal(fine_n, cases[i].fine_n);
        assert_int_equal(wrong_n, cases[i].wrong_n);
        peer_end(&peer);
    }
}

static int make_all(void **state)
{
    bodies = malloc((size_t)MANY * (SMALL + 200));
    return bodies == NULL || make_root(state);
}

static int free_all(void **state)
{
    free(bodies);
    return remove_root(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_gets_each_frame_and_the_end_of_the_stream),
        cmocka_unit_test(a_bad_handshake_says_what_is_wrong),
        cmocka_unit_test(nobody_there_is_said),
        cmocka_unit_test(an_end_in_the_middle_is_noticed_by_the_next_tick),
        cmocka_unit_test(what_a_stalled_reader_was_given_is_counted_to_the_frame),
        cmocka_unit_test(a_reader_that_dies_in_a_write_raises_no_signal),
        cmocka_unit_test(a_reader_that_dies_is_found_again),
        cmocka_unit_test(a_stalled_reader_does_not_hold_up_the_end),
        cmocka_unit_test(a_probe_says_what_it_found),
    };

    return cmocka_run_group_tests(tests, make_all, free_all);
}
