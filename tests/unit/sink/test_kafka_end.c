/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Outages, and an end that comes in time whatever the brokers and the resolver do. */

#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>

#include "kafka_test.h"
#include "sink/worker.h"

/* What a close may take, with a machine that is busy with something else in mind. */
#define CLOSE_MAX_NS (10 * SECOND_NS)

static bool is_resolver_stuck, is_resolver_asked; /* atomic */

/* librdkafka finds this one: a resolver that gives no answer for some names until it is told to. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (strcmp(name, "stuck.test") != 0)
        return real(name, service, hints, found);
    __atomic_store_n(&is_resolver_asked, true, __ATOMIC_RELEASE);
    while (__atomic_load_n(&is_resolver_stuck, __ATOMIC_ACQUIRE))
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    return EAI_AGAIN;
}

static void put_many(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put_one(RAW, "a", "{}");
}

static void close_in_time(void)
{
    uint64_t start = tt_clock_mono_ns();

    tt_sink_kafka.close(self);
    assert_true(tt_clock_mono_ns() - start < CLOSE_MAX_NS);
    while (reap() > 0) {
    }
    assert_int_equal(((struct tt_kafka *)self)->flying_n, 0);
}

static void brokers_that_are_down_are_named_and_records_come_back(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_down(mock, i);
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_many(50);
    AWAIT_WHY("no broker can be reached");
    assert_non_null(strstr(why_text, conf.brokers));
    assert_int_equal(fates[TT_FATE_DELIVERED], 0);
    close_in_time();
    assert_int_equal(fates[TT_FATE_AGAIN], 50);
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_up(mock, i);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    put_many(1);
    AWAIT(fates[TT_FATE_DELIVERED] == 1 && why_text[0] == '\0');
}

/* Else what it says would pile up in memory for as long as nothing is sent. */
static void what_librdkafka_says_is_heard_while_nothing_is_sent(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    uint64_t limit = tt_clock_mono_ns() + 30 * SECOND_NS;
    const struct tt_kafka *kafka;

    (void)state;
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_down(mock, i);
    assert_int_equal(open_kafka(&conf), TT_OK);
    kafka = self;
    while (strstr(kafka->client->trouble.text, "no broker can be reached") == NULL) {
        assert_true(tt_clock_mono_ns() < limit);
        assert_int_equal(tt_sink_kafka.tick(self, &why), TT_OK);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    assert_string_equal(tt_buf_cstr(&why), ""); /* it is no reason to complain yet */
}

static void an_outage_that_ends_loses_nothing(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_many(20);
    AWAIT(fates[TT_FATE_DELIVERED] == 20);
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_down(mock, i);
    put_many(300);
    AWAIT_WHY("no broker can be reached");
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_up(mock, i);
    AWAIT(fates[TT_FATE_DELIVERED] == 320);
    AWAIT(why_text[0] == '\0');
    assert_int_equal(fates[TT_FATE_AGAIN] + fates[TT_FATE_MAYBE], 0);
}

static void records_on_their_way_to_a_silent_broker_may_have_arrived(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_many(1);
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
    for (int i = 1; i <= 3; i++)
        rd_kafka_mock_broker_set_rtt(mock, i, 60000);
    put_many(10);
    assert_int_equal(tt_sink_kafka.flush(self, tt_clock_mono_ns() + SECOND_NS / 2), TT_EAGAIN);
    close_in_time();
    assert_int_equal(fates[TT_FATE_MAYBE], 10);
}

static unsigned count_threads(const char *wanted)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *task;
    unsigned n = 0;

    assert_non_null(tasks);
    while ((task = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        FILE *comm;

        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        comm = fopen(path, "re");
        if (comm == NULL) /* it has ended meanwhile */
            continue;
        n += fgets(name, sizeof(name), comm) != NULL && strcmp(name, wanted) == 0;
        fclose(comm);
    }
    closedir(tasks);
    return n;
}

/* Threads that wait for what was left behind. */
static unsigned count_left(void)
{
    return count_threads("tt-kafka-end\n");
}

static void a_resolver_that_does_not_answer_holds_up_no_end(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    conf.brokers = (char *)(uintptr_t) "stuck.test:9092";
    __atomic_store_n(&is_resolver_stuck, true, __ATOMIC_RELEASE);
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_many(5);
    close_in_time();
    assert_int_equal(fates[TT_FATE_AGAIN] + fates[TT_FATE_MAYBE], 5);
    /* Nobody waits for what is left behind: opened anew, it goes on beside it. */
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    put_many(5);
    close_in_time();
    assert_true(count_left() >= 2);
    __atomic_store_n(&is_resolver_stuck, false, __ATOMIC_RELEASE);
    AWAIT(count_left() == 0);
}

static bool is_closing; /* atomic */

static void close_and_tell(void *of_class)
{
    __atomic_store_n(&is_closing, true, __ATOMIC_RELEASE);
    tt_sink_kafka.close(of_class);
    __atomic_store_n(&is_closing, false, __ATOMIC_RELEASE);
}

static uint64_t count_spooled(struct tt_sink *sink)
{
    struct tt_sink_status status;

    tt_sink_status(sink, &status);
    return status.books[ALERTS].spooled;
}

/* True when an alert that came while librdkafka's threads were awaited was on disk before that was over. */
static bool is_spooled_meanwhile(struct tt_sink *sink)
{
    static const struct tt_record alert = {.data = "{}", .len = 2, .topic = ALERTS, .units = 1, .random = 1};
    uint64_t before = count_spooled(sink);

    if (count_left() == 0 || !__atomic_load_n(&is_closing, __ATOMIC_ACQUIRE))
        return false;
    tt_sink_put(sink, &alert);
    while (__atomic_load_n(&is_closing, __ATOMIC_ACQUIRE)) {
        if (count_spooled(sink) > before)
            return true;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return false;
}

/* Without the class driven by hand. */
#define AWAIT_ALONE(condition) \
    for (uint64_t limit_ns = tt_clock_mono_ns() + 30 * SECOND_NS; !(condition); \
         nanosleep(&(struct timespec){0, 2000000}, NULL)) \
    assert_true(tt_clock_mono_ns() < limit_ns)

static void the_spool_goes_on_while_a_client_does_not_end(void **state)
{
    struct tt_sink_place place = {.node = "ns1", .instance = "ns1/unbound"};
    struct tt_sink_class told = tt_sink_kafka;
    struct tt_conf_sink conf = kafka_conf();
    char dir[] = "/tmp/tt-kafka-XXXXXX", spool[64], command[96];
    struct tt_sink *sink;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(spool, sizeof(spool), "%s/spool", dir);
    told.close = close_and_tell;
    conf.brokers = (char *)(uintptr_t) "stuck.test:9092";
    conf.spool = (struct tt_conf_spool){
        .is_on = true, .path = spool, .size = 1 << 20, .topics = 1u << ALERTS};
    __atomic_store_n(&is_resolver_asked, false, __ATOMIC_RELEASE);
    __atomic_store_n(&is_resolver_stuck, true, __ATOMIC_RELEASE);
    assert_int_equal(tt_sink_new_of(&told, &conf, &place, &sink), TT_OK);
    assert_int_equal(tt_sink_start(sink), TT_OK);
    AWAIT_ALONE(__atomic_load_n(&is_resolver_asked, __ATOMIC_ACQUIRE));
    conf.brokers = (char *)(uintptr_t) "stuck.test:9093";
    assert_int_equal(tt_sink_change(sink, &conf, &place), TT_OK);
    AWAIT_ALONE(count_left() > 0);
    assert_true(is_spooled_meanwhile(sink));
    __atomic_store_n(&is_resolver_stuck, false, __ATOMIC_RELEASE);
    tt_sink_free(&sink, NULL);
    AWAIT_ALONE(count_left() == 0);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

/* The worker knows it, too, and that it may have arrived (test_worker_lost.c). */
static void what_librdkafka_never_reports_holds_up_no_end(void **state)
{
    struct tt_conf_sink conf = kafka_conf();
    struct tt_kafka *kafka;

    (void)state;
    assert_int_equal(open_kafka(&conf), TT_OK);
    kafka = self;
    assert_true(tt_kafka_take_off(kafka, &kafka->topics[TT_TOPIC_RAW]));
    close_in_time();
    assert_int_equal(kafka->topics[TT_TOPIC_RAW].flying_n, 0);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    put_many(1);
    AWAIT(fates[TT_FATE_DELIVERED] == 1);
}

static void a_name_that_is_not_there_is_said(void **state)
{
    struct tt_conf_sink conf = kafka_conf();

    (void)state;
    conf.brokers = (char *)(uintptr_t) "stuck.test:9092";
    assert_int_equal(open_kafka(&conf), TT_OK);
    put_many(1);
    AWAIT_WHY("cannot be resolved");
    assert_non_null(strstr(why_text, "stuck.test"));
    close_in_time();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_brokers, stop_brokers)
    const struct CMUnitTest tests[] = {
        TEST(brokers_that_are_down_are_named_and_records_come_back),
        TEST(what_librdkafka_says_is_heard_while_nothing_is_sent),
        TEST(an_outage_that_ends_loses_nothing),
        TEST(records_on_their_way_to_a_silent_broker_may_have_arrived),
        TEST(a_resolver_that_does_not_answer_holds_up_no_end),
        TEST(the_spool_goes_on_while_a_client_does_not_end),
        TEST(what_librdkafka_never_reports_holds_up_no_end),
        TEST(a_name_that_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
