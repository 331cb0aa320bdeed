/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <sys/stat.h>

#include "conf/kafka_property.h"
#include "kafka_test.h"
#include "sink/kafka_conf.h"

static char *text(const char *of)
{
    return (char *)(uintptr_t)of;
}

static struct tt_conf_sink plain(void)
{
    return (struct tt_conf_sink){.name = text("bus"),
                                 .brokers = text("k1:9092"),
                                 .prefix = text("dns_"),
                                 .compression = 3,
                                 .queue = 1 << 20,
                                 .topics = 1u << RAW};
}

/* What rd_kafka_conf_get says of a property. */
static void check_property(const rd_kafka_conf_t *conf, const char *name, const char *expect)
{
    char value[256] = "";
    size_t len = sizeof(value);

    assert_int_equal(rd_kafka_conf_get(conf, name, value, &len), RD_KAFKA_CONF_OK);
    assert_string_equal(value, expect);
}

static void what_must_not_be_set_is_refused_and_why_is_said(void **state)
{
    static const struct {
        const char *name, *words; /* NULL: it may be set */
    } cases[] = {
        {"linger.ms", NULL},
        {"client.rack", NULL},
        {"debug", NULL},
        {"sasl.password", "secret"},
        {"ssl.key.pem", "secret"},
        {"plugin.library.paths", "loads code"},
        {"dr_msg_cb", "programs"},
        {"test.mock.num.brokers", "tests"},
        {"acks", "always"},
        {"sasl.oauthbearer.client.secret", "secret"},
        {"", NULL},
        {"_c", NULL},
        {"sasl.kerberos.kinit.cmd", "run a program"},
        {"internal.termination.signal", "takes a signal"},
        {"ut_handle_ProduceResponse", "tests"},
        {"topic.partitioner", "always murmur2_random"},
        {"topic.", NULL},
        {"topic.metadata.refresh.sparse", NULL},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        const char *got = tt_kafka_property_refusal(cases[i].name);
        if (cases[i].words == NULL)
            assert_null(got);
        else
            assert_non_null(strstr(got, cases[i].words));
    }
}

static void a_plain_configuration_becomes_librdkafkas(void **state)
{
    struct tt_conf_sink conf = plain();
    rd_kafka_conf_t *made = NULL;

    (void)state;
    assert_int_equal(tt_kafka_conf_make(&conf, "ns1/unbound", &made, &why), TT_OK);
    check_property(made, "enable.idempotence", "true");
    check_property(made, "partitioner", "murmur2_random");
    check_property(made, "message.timeout.ms", "0");
    check_property(made, "acks", "-1");
    check_property(made, "client.id", "ns1/unbound");
    check_property(made, "security.protocol", "plaintext");
    check_property(made, "linger.ms", "50");
    check_property(made, "compression.type", tt_conf_compression_word(3));
    check_property(made, "message.copy.max.bytes", "65535");
    rd_kafka_conf_destroy(made);
    conf.compression = 1;
    assert_int_equal(tt_kafka_conf_make(&conf, "ns1/unbound", &made, &why), TT_OK);
    check_property(made, "compression.type", "lz4");
    check_property(made, "message.copy.max.bytes", "500");
    rd_kafka_conf_destroy(made);
}

static void tls_and_sasl_become_a_protocol_and_host_names_are_verified(void **state)
{
    static const struct {
        bool has_tls;
        uint8_t mechanism;
        const char *protocol, *sasl;
    } cases[] = {
        {false, TT_AUTH_PLAIN, "sasl_plaintext", "PLAIN"},
        {true, TT_AUTH_NONE, "ssl", NULL},
        {true, TT_AUTH_SCRAM_SHA_256, "sasl_ssl", "SCRAM-SHA-256"},
        {true, TT_AUTH_SCRAM_SHA_512, "sasl_ssl", "SCRAM-SHA-512"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_conf_sink conf = plain();
        rd_kafka_conf_t *made = NULL;
        conf.tls.is_given = cases[i].has_tls;
        conf.auth.mechanism = cases[i].mechanism;
        conf.auth.user = text("dns");
        assert_int_equal(tt_kafka_conf_make(&conf, "c", &made, &why), TT_OK);
        check_property(made, "security.protocol", cases[i].protocol);
        if (cases[i].sasl != NULL)
            check_property(made, "sasl.mechanism", cases[i].sasl);
        if (cases[i].has_tls) {
            check_property(made, "ssl.endpoint.identification.algorithm", "https");
            check_property(made, "enable.ssl.certificate.verification", "true");
        }
        rd_kafka_conf_destroy(made);
    }
}

static void properties_pass_through_and_mistakes_in_them_are_said(void **state)
{
    static const struct {
        const char *name, *value, *words; /* NULL: fine */
    } cases[] = {
        {"linger.ms", "5", NULL},      {"max.in.flight", "3", NULL},
        {"lingerms", "5", "lingerms"}, {"linger.ms", "soon", "linger.ms"},
        {"acks", "1", "always all"},   {"sasl.password", "x", "auth.password_file"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_conf_pair pair = {text(cases[i].name), text(cases[i].value)};
        struct tt_conf_sink conf = plain();
        rd_kafka_conf_t *made = NULL;

        conf.properties = (struct tt_conf_pairs){&pair, 1};
        tt_buf_reset(&why);
        int err = tt_kafka_conf_make(&conf, "c", &made, &why);
        assert_int_equal(err, cases[i].words == NULL ? TT_OK : TT_ECONFIG);
        if (cases[i].words != NULL)
            assert_non_null(strstr(tt_buf_cstr(&why), cases[i].words));
        else
            check_property(made, cases[i].name, cases[i].value);
        if (made != NULL)
            rd_kafka_conf_destroy(made);
    }
}

static void an_open_with_a_wrong_property_fails_each_time_and_says_it(void **state)
{
    struct tt_conf_pair pair = {text("no.such.property"), text("1")};
    struct tt_conf_sink conf = plain();

    (void)state;
    conf.properties = (struct tt_conf_pairs){&pair, 1};
    assert_int_equal(open_kafka(&conf), TT_ECONFIG);
    assert_non_null(
        strstr(tt_buf_cstr(&why), "No such configuration property: \"no.such.property\""));
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_ECONFIG);
    tt_sink_kafka.close(self);
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    char path[] = "/tmp/tt-kafka-XXXXXX";
    struct tt_conf_sink conf = plain();
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0 && write(fd, "secret\n", 7) == 7);
    conf.auth = (struct tt_conf_auth){
        .mechanism = TT_AUTH_PLAIN, .user = text("dns"), .password_file = path};
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(open_kafka(&conf), TT_EPERM);
    assert_non_null(strstr(tt_buf_cstr(&why), path));
    assert_null(strstr(why_text, "secret\n"));
    assert_int_equal(fchmod(fd, 0640), 0);
    tt_buf_reset(&why);
    assert_int_equal(tt_sink_kafka.open(self, &why), TT_OK);
    assert_int_equal(tt_sink_kafka.tick(self, &why), TT_OK);
    close(fd);
    unlink(path);
}

static void the_most_telling_reason_stays_until_a_record_arrives(void **state)
{
    struct tt_kafka_trouble trouble;

    (void)state;
    assert_int_equal(tt_kafka_trouble_init(&trouble), TT_OK);
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__TRANSPORT,
                          "k1: refused (after 3ms in state CONNECT)", "k1:1");
    assert_string_equal(trouble.text, "");
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down",
                          "k1:1");
    assert_non_null(strstr(trouble.text, "no broker can be reached (brokers k1:1): k1: refused; "));
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__TRANSPORT, "k1: Disconnected: unexpected eof", "k1:1");
    assert_non_null(strstr(trouble.text, "no broker can be reached"));
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__TRANSPORT,
                          "k1: Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required "
                          "(after 3ms in state UP)", "k1:1");
    assert_non_null(strstr(trouble.text, "TLS failed (brokers k1:1): k1: Receive failed: "));
    assert_non_null(strstr(trouble.text, "alert certificate required; check `tls`"));
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__AUTHENTICATION,
                          "k1: invalid credentials (after 3ms in x)", "k1:1");
    assert_non_null(strstr(trouble.text, "k1: invalid credentials; check `auth`"));
    tt_kafka_trouble_note(&trouble, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down",
                          "k1:1");
    assert_non_null(strstr(trouble.text, "invalid credentials"));
    tt_kafka_trouble_clear(&trouble);
    assert_string_equal(trouble.text, "");
    tt_kafka_trouble_fini(&trouble);
}

static void statistics_become_a_line(void **state)
{
    static const char json[] =
        "{\"name\":\"x\",\"msg_cnt\":7,\"brokers\":{\"a\":{\"int_latency\":{\"avg\":1,\"p99\":50},"
        "\"rtt\":{\"min\":1,\"p99\":900}},\"b\":{\"rtt\":{\"p99\":1200}}},"
        "\"topics\":{\"t\":{\"txmsgs\":3}},\"txmsgs\":12,\"txmsg_bytes\":3400}";
    char out[256];
    struct tt_buf buf = tt_buf_over(out, sizeof(out));

    (void)state;
    tt_kafka_stat_format(json, &buf);
    assert_string_equal(tt_buf_cstr(&buf),
                        "outq 7, txmsgs 12, txbytes 3400, rtt p99 1200 us, queueing p99 50 us");
    tt_buf_reset(&buf);
    tt_kafka_stat_format("", &buf);
    assert_non_null(strstr(tt_buf_cstr(&buf), "outq -1"));
}

static int set_up(void **state)
{
    (void)state;
    tt_log_set(no_log, NULL);
    why = tt_buf_over(why_text, sizeof(why_text));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    if (self != NULL)
        tt_sink_kafka.destroy(self);
    self = NULL;
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, clean)
    const struct CMUnitTest tests[] = {
        TEST(what_must_not_be_set_is_refused_and_why_is_said),
        TEST(a_plain_configuration_becomes_librdkafkas),
        TEST(tls_and_sasl_become_a_protocol_and_host_names_are_verified),
        TEST(properties_pass_through_and_mistakes_in_them_are_said),
        TEST(an_open_with_a_wrong_property_fails_each_time_and_says_it),
        TEST(a_secret_that_others_can_read_is_refused),
        TEST(the_most_telling_reason_stays_until_a_record_arrives),
        TEST(statistics_become_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
