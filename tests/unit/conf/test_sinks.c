/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Sinks by type: what each takes and needs, and what the keys of one owe each other. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/option.h"
#include "conf/sink_key.h"

#define ONE(rest) "sinks: [ { " rest " } ]"
#define KAFKA(rest) ONE("type: kafka, brokers: '127.0.0.1:9092', " rest)
#define WRITE(rest) ONE("type: remote_write, url: 'https://m/push', " rest)
#define LOKI(rest) ONE("type: loki, url: 'https://l/push', " rest)
#define DNSTAP(rest) ONE("type: dnstap, " rest)
#define FAR(rest) ONE("type: kafka, brokers: 'k1:9093', " rest)
#define USER "user: u, password_file: p"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X150 X50 X50 X50

struct example {
    const char *yaml;
    const char *refusal; /* begins what follows "t.yaml:1: "; NULL: accepted */
};

static const struct example examples[] = {
    /* Keys of other types, and keys that are missing. */
    {ONE("type: kafka"), "sinks[0].brokers: missing, expected hosts with their ports"},
    {ONE("type: remote_write"), "sinks[0].url: missing, expected an http or https URL"},
    {ONE("type: loki"), "sinks[0].url: missing, expected an http or https URL"},
    {ONE("type: dnstap"), "sinks[0].path: missing, expected path (a socket), address or file"},
    {ONE("type: file"), "sinks[0].path: missing, expected the path of a file"},
    {KAFKA("path: /x"), "sinks[0].path: expected in a file or dnstap sink only, not in a kafka sink"},
    {ONE("type: file, path: /x, brokers: 'a:1'"),
     "sinks[0].brokers: expected in a kafka sink only, not in a file sink"},
    {ONE("type: file, path: /x, brokers: []"), "sinks[0].brokers: expected in a kafka sink only"},
    {ONE("type: file, path: /x, spool: {}"), "sinks[0].spool: expected in a kafka, loki or dnstap sink only"},
    {ONE("type: file, path: /x, insecure: yes"),
     "sinks[0].insecure: expected in a kafka, remote_write, loki or"},
    {KAFKA("url: 'http://a'"),
     "sinks[0].url: expected in a remote_write or loki sink only, not in a kafka sink"},
    {KAFKA("tenant: a"), "sinks[0].tenant: expected in a remote_write or loki sink only"},
    {KAFKA("rotate: 1MiB"), "sinks[0].rotate: expected in a file sink only, not in a kafka sink"},
    {KAFKA("keep: 1"), "sinks[0].keep: expected in a file sink only"},
    {KAFKA("compress: zstd"), "sinks[0].compress: expected in a file sink only"},
    {KAFKA("interval: 5s"), "sinks[0].interval: expected in a remote_write sink only"},
    {KAFKA("timeout: 5s"), "sinks[0].timeout: expected in a remote_write, loki or dnstap sink only"},
    {KAFKA("address: 'a:1'"), "sinks[0].address: expected in a dnstap sink only"},
    {KAFKA("file: a"), "sinks[0].file: expected in a dnstap sink only"},
    {WRITE("topics: [raw]"),
     "sinks[0].topics: expected in a file, kafka or loki sink only, not in a remote_write sink"},
    {WRITE("encoding: json"), "sinks[0].encoding: expected in a file or kafka sink only"},
    {WRITE("privacy: {}"), "sinks[0].privacy: expected in a file, kafka, loki or dnstap sink only"},
    {WRITE("only: { types: [A] }"), "sinks[0].only: expected in a file, kafka, loki or dnstap sink only"},
    {WRITE("except: { types: [A] }"), "sinks[0].except: expected in"},
    {WRITE("residency: [eu]"), "sinks[0].residency: expected in"},
    {WRITE("sample: 0.5"), "sinks[0].sample: expected in"},
    {WRITE("spool: {}"), "sinks[0].spool: expected in a kafka, loki or dnstap sink only"},
    {WRITE("prefix: a"), "sinks[0].prefix: expected in a kafka sink only"},
    {LOKI("encoding: json"), "sinks[0].encoding: expected in a file or kafka sink only, not in a loki sink"},
    {LOKI("series_max: 100"), "sinks[0].series_max: expected in a remote_write sink only"},
    {LOKI("compression: lz4"), "sinks[0].compression: expected in a kafka sink only"},
    {LOKI("properties: {}"), "sinks[0].properties: expected in a kafka sink only"},
    {LOKI("registry: { url: 'https://a' }"), "sinks[0].registry: expected in a kafka sink only"},
    {DNSTAP("path: /x, topics: [raw]"),
     "sinks[0].topics: expected in a file, kafka or loki sink only, not in a dnstap"},
    {DNSTAP("path: /x, encoding: json"), "sinks[0].encoding: expected in a file or kafka sink only"},
    {DNSTAP("path: /x, tls: {}"), "sinks[0].tls: expected in a kafka, remote_write or loki sink only"},
    {DNSTAP("path: /x, auth: { user: a }"),
     "sinks[0].auth: expected in a kafka, remote_write or loki sink only"},
    {"hosts: { bind: { sinks: [ { type: loki, url: 'https://l', path: /x } ] } }",
     "hosts.bind.sinks[0].path: expected in a file or dnstap sink only, not in a loki sink"},
    /* kafka */
    {KAFKA(""), NULL},
    {ONE("type: kafka, brokers: 'localhost:9092,127.1.2.3:1,[::1]:65535'"), NULL},
    {ONE("type: kafka, brokers: k1"), "sinks[0].brokers: expected hosts with their ports, joined by commas"},
    {ONE("type: kafka, brokers: 'k1:9092,'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: 'k1:9092, k2:9092'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: 'k1:0'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: 'k1:65536'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: 'SSL://k1:9092'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: '::1:9092'"), "sinks[0].brokers: expected"},
    {ONE("type: kafka, brokers: ['k1:9092']"), "sinks[0].brokers: expected"},
    {KAFKA("prefix: ''"), NULL},
    {KAFKA("prefix: aZ0._-" X150), NULL},
    {KAFKA("prefix: x" X150 X50), "sinks[0].prefix: expected at most 200 of the characters"},
    {KAFKA("prefix: 'a b'"), "sinks[0].prefix: expected"},
    {KAFKA("compression: none"), NULL},
    {KAFKA("compression: snappy"), NULL},
    {KAFKA("compression: brotli"),
     "sinks[0].compression: expected none, lz4, zstd, gzip or snappy, not \"brotli\""},
    {KAFKA("encoding: protobuf"), NULL},
    {KAFKA("only: { names: [a], clients: [], rcodes: [SERVFAIL], types: [A], outcomes: [timeout], list: l }"),
     "sinks[0].only.clients: expected"},
    {KAFKA("properties: { linger.ms: 100, socket.nagle.disable: true }"), NULL},
    {KAFKA("properties: {}"), NULL},
    {KAFKA("properties: [a]"), "sinks[0].properties: expected a mapping of names to single values"},
    {KAFKA("properties: { linger.ms: [1] }"),
     "sinks[0].properties.linger.ms: expected printable text of 1 to 1000"},
    {KAFKA("properties: { linger.ms: { a: 1 } }"), "sinks[0].properties.linger.ms: expected printable text"},
    {KAFKA("properties: { linger.ms: ~ }"), "sinks[0].properties.linger.ms: expected printable text"},
    {KAFKA("properties: { bootstrap.servers: 'a:1' }"),
     "sinks[0].properties.bootstrap.servers: expected not to be given, set by `brokers`"},
    {KAFKA("properties: { sasl.password: a }"),
     "sinks[0].properties.sasl.password: expected not to be given, a secret"},
    {KAFKA("properties: { acks: 1 }"), "sinks[0].properties.acks: expected not to be given"},
    {KAFKA("properties: { plugin.library.paths: a }"),
     "sinks[0].properties.plugin.library.paths: expected not to be"},
    {KAFKA("registry: { url: 'https://r:8081/x' }"), NULL},
    {KAFKA("registry: { url: 'http://127.0.0.1:8081' }"), NULL},
    {KAFKA("registry: { url: 'http://r:8081' }"),
     "sinks[0].registry.url: expected https, or insecure: yes in the sink, r is"},
    {KAFKA("insecure: yes, registry: { url: 'http://r:8081' }"), NULL},
    {KAFKA("registry: {}"), "sinks[0].registry.url: missing, expected an http or https URL"},
    {KAFKA("registry: { url: 'https://r', user: a }"),
     "sinks[0].registry.password_file: missing, expected beside user"},
    {KAFKA("registry: { url: 'https://r', password_file: a }"),
     "sinks[0].registry.user: missing, expected beside"},
    /* What leaves in the clear. */
    {FAR(""), "sinks[0].brokers: expected tls: in the sink, or insecure: yes, k1 is beyond this machine"},
    {FAR("insecure: no"), "sinks[0].brokers: expected tls: in the sink, or insecure: yes"},
    {FAR("insecure: yes"), NULL},
    {FAR("insecure: true"), "sinks[0].insecure: expected no or yes, not \"true\""},
    {FAR("tls: {}"), NULL},
    {ONE("type: kafka, brokers: '127.0.0.1:1,[2001:db8::1]:2'"),
     "sinks[0].brokers: expected tls: in the sink, or insecure"},
    {ONE("type: loki, url: 'http://l/x'"),
     "sinks[0].url: expected https, or insecure: yes in the sink, l is beyond"},
    {ONE("type: loki, url: 'http://l/x', insecure: yes"), NULL},
    {ONE("type: loki, url: 'http://127.0.0.1.example/x'"), "sinks[0].url: expected https"},
    {ONE("type: loki, url: 'http://0.0.0.0/x'"), "sinks[0].url: expected https"},
    {ONE("type: loki, url: 'http://[::1]:3100/x'"), NULL},
    {ONE("type: loki, url: 'HTTP://LocalHost:3100'"), NULL},
    {ONE("type: remote_write, url: 'http://m'"), "sinks[0].url: expected https"},
    {DNSTAP("address: '192.0.2.1:6000'"),
     "sinks[0].address: expected insecure: yes in the sink, for dnstap has no TLS"},
    {DNSTAP("address: '192.0.2.1:6000', insecure: yes"), NULL},
    {DNSTAP("address: '127.0.0.1:6000'"), NULL},
    /* url */
    {ONE("type: loki, url: 'https://u:secret@l/x'"),
     "sinks[0].url: expected an http or https URL without user, password and fragment\n"},
    {ONE("type: loki, url: 'https://l/x#a'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https:///x'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://l:0/'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://l:99999/'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://[::1'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://[fe80]'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://l x/'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://127.0.0.1\\evil/'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'file:///etc/passwd'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'l:3100'"), "sinks[0].url: expected"},
    {ONE("type: loki, url: [a]"), "sinks[0].url: expected"},
    {ONE("type: loki, url: 'https://l/a@b?c=d'"), NULL},
    /* tls */
    {LOKI("tls: { ca_file: a }"), NULL},
    {LOKI("tls: { cert_file: a, key_file: b }"), NULL},
    {LOKI("tls: { cert_file: a }"), "sinks[0].tls.key_file: missing, expected beside cert_file"},
    {LOKI("tls: { key_file: a }"), "sinks[0].tls.cert_file: missing, expected beside key_file"},
    {LOKI("tls: off"), "sinks[0].tls: expected a mapping, not \"off\""},
    {LOKI("tls: { verify: no }"), "sinks[0].tls.verify: unknown key"},
    {ONE("type: loki, url: 'http://127.0.0.1', tls: {}"),
     "sinks[0].tls: expected beside a url with https only"},
    /* auth */
    {LOKI("auth: { " USER " }"), NULL},
    {LOKI("auth: { mechanism: basic, " USER " }"), NULL},
    {LOKI("auth: { token_file: t }"), NULL},
    {LOKI("auth: { mechanism: bearer, token_file: t }"), NULL},
    {LOKI("auth: { mechanism: none }"), NULL},
    {LOKI("auth: {}"), "sinks[0].auth: expected a mapping with at least one key"},
    {LOKI("auth: { user: a }"), "sinks[0].auth.password_file: missing, expected beside this mechanism"},
    {LOKI("auth: { password_file: a }"), "sinks[0].auth.user: missing, expected beside this mechanism"},
    {LOKI("auth: { mechanism: bearer }"),
     "sinks[0].auth.token_file: missing, expected beside this mechanism"},
    {LOKI("auth: { token_file: t, " USER " }"),
     "sinks[0].auth.token_file: expected not beside this mechanism"},
    {LOKI("auth: { mechanism: bearer, token_file: t, user: a }"),
     "sinks[0].auth.user: expected not beside this"},
    {LOKI("auth: { mechanism: plain, " USER " }"),
     "sinks[0].auth.mechanism: expected none, basic or bearer in a loki sink, not \"plain\""},
    {LOKI("auth: { password: a, " USER " }"), "sinks[0].auth.password: unknown key"},
    {LOKI("auth: { mechanism: kerberos, " USER " }"),
     "sinks[0].auth.mechanism: expected none, basic, bearer, plain"},
    {KAFKA("auth: { " USER " }"),
     "sinks[0].auth.mechanism: missing, expected plain, scram-sha-256 or scram-sha-512"},
    {KAFKA("auth: { mechanism: basic, " USER " }"),
     "sinks[0].auth.mechanism: expected none, plain, scram-sha-256 or"},
    {KAFKA("auth: { mechanism: plain, " USER " }"), NULL},
    {KAFKA("auth: { mechanism: scram-sha-256, " USER " }"), NULL},
    {KAFKA("auth: { mechanism: scram-sha-512, " USER " }"), NULL},
    {KAFKA("auth: { mechanism: scram-sha-512, token_file: t, " USER " }"),
     "sinks[0].auth.token_file: expected not beside"},
    {FAR("auth: { mechanism: plain, " USER " }"),
     "sinks[0].brokers: expected tls: in the sink, or insecure: yes"},
    /* remote_write and loki */
    {WRITE("tenant: " X150), NULL},
    {WRITE("tenant: \"aZ0!-_.*'()\""), NULL},
    {WRITE("tenant: x" X150), "sinks[0].tenant: expected 1 to 150 of the characters"},
    {WRITE("tenant: a|b"), "sinks[0].tenant: expected"},
    {WRITE("tenant: a/b"), "sinks[0].tenant: expected"},
    {WRITE("tenant: .."), "sinks[0].tenant: expected"},
    {WRITE("tenant: ''"), "sinks[0].tenant: expected"},
    {WRITE("interval: 5s"), NULL},
    {WRITE("interval: 5m"), NULL},
    {WRITE("interval: 4s"),
     "sinks[0].interval: expected a duration of whole seconds from 5s to 5m, not \"4s\""},
    {WRITE("interval: 301s"), "sinks[0].interval: expected"},
    {WRITE("interval: 15"), "sinks[0].interval: expected"},
    {WRITE("series_max: 100"), NULL},
    {WRITE("series_max: 100000"), NULL},
    {WRITE("series_max: 99"), "sinks[0].series_max: expected a whole number from 100 to 100000"},
    {WRITE("timeout: 1s"), NULL},
    {WRITE("timeout: 0s"), "sinks[0].timeout: expected a duration of whole seconds from 1s to 5m"},
    /* dnstap */
    {DNSTAP("path: /run/x.sock"), NULL},
    {DNSTAP("file: '{state_dir}/x.fstrm'"), NULL},
    {DNSTAP("path: /x, address: '127.0.0.1:1'"),
     "sinks[0].address: expected not beside path, a dnstap sink has one of"},
    {DNSTAP("path: /x, file: /y"),
     "sinks[0].file: expected not beside path, a dnstap sink has one of the two"},
    {DNSTAP("address: '127.0.0.1'"), "sinks[0].address: expected a host and port such as"},
    {DNSTAP("path: '{state_dir}/tap.sock'"),
     "sinks[0].path: expected a file of its own, it is the socket of tap"},
    {DNSTAP("file: '{state_dir}/tap.sock'"),
     "sinks[0].file: expected a file of its own, it is the socket of tap"},
    /* spool */
    {KAFKA("spool: off"), NULL},
    {KAFKA("spool: {}"), NULL},
    {KAFKA("spool: on"), "sinks[0].spool: expected a mapping or off, not \"on\""},
    {KAFKA("spool: { topics: [enriched, alerts], size: 1024GiB, path: /s }"), NULL},
    {KAFKA("spool: { size: 16MiB }"), NULL},
    {KAFKA("spool: { size: 16777215 }"), "sinks[0].spool.size: expected a size from 16MiB to 1024GiB"},
    {KAFKA("spool: { topics: [] }"), "sinks[0].spool.topics: expected a list of raw"},
    {KAFKA("spool: { topics: [raw] }"),
     "sinks[0].spool.topics: expected topics that the sink takes, which raw is not"},
    {KAFKA("topics: [raw], spool: { topics: [raw] }"), NULL},
    {KAFKA("spool: { path: '{n}{m}' }"), "sinks[0].spool.path: expected the path of a file"},
    {DNSTAP("path: /x, spool: { size: 1GiB }"), NULL},
    {DNSTAP("path: /x, spool: { topics: [raw] }"), "sinks[0].spool.topics: expected not in a dnstap sink"},
    /* Two of them. */
    {"sinks: [ { type: loki, url: 'https://a' }, { type: loki, name: b, url: 'https://b' } ]",
     "sinks[0].name: missing, expected a name, for there are several sinks of this type"},
    {"sinks: [ { type: loki, url: 'https://a' }, { type: kafka, name: loki, brokers: 'localhost:1' } ]",
     "sinks[1].name: expected a name of its own, the sink on line 1 has it already"},
    {"sinks: [ { type: kafka, name: loki, brokers: 'localhost:1' }, { type: loki, url: 'https://a' } ]",
     "sinks[1].name: missing, expected a name, for the sink on line 1 is called loki"},
    {"sinks: [ { type: dnstap, name: a, path: /x }, { type: dnstap, name: b, path: /x } ]", NULL},
    {"sinks: [ { type: dnstap, name: a, file: /x }, { type: dnstap, name: b, file: /x } ]",
     "sinks[1].file: expected a file of its own, the sink on line 1 writes to it already"},
    {"sinks: [ { type: file, path: /x }, { type: dnstap, path: /x } ]",
     "sinks[1].path: expected a file of its own"},
    {"sinks: [ { type: kafka, brokers: 'localhost:1' }, "
     "{ type: loki, url: 'https://a', spool: { path: '{state_dir}/spool/kafka' } } ]",
     "sinks[1].spool.path: expected a directory of its own, the sink on line 1 has it already"},
    {"sinks: [ { type: file, path: '{state_dir}/spool/kafka' }, { type: kafka, brokers: 'localhost:1' } ]",
     "sinks[1].spool.path: expected a directory of its own, the sink on line 1 has it already"},
};

static bool is_as_expected(const struct example *example)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    char line[512];
    int err = tt_conf_parse_text(example->yaml, strlen(example->yaml), "t.yaml", 1, &conf, &errors);

    tt_conf_free(&conf);
    if (strstr(errors.text, "secret@") != NULL)
        return false;
    snprintf(line, sizeof(line), "t.yaml:1: %s", example->refusal != NULL ? example->refusal : "");
    bool is_fine = example->refusal == NULL ? err == TT_OK && errors.count == 0
                                            : err == TT_ECONFIG && errors.count == 1 &&
                                                  strncmp(errors.text, line, strlen(line)) == 0;
    if (!is_fine)
        print_error("%s", errors.text);
    return is_fine;
}

static void every_sink_is_taken_or_refused_as_its_type_says(void **state)
{
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(examples); i++) {
        if (is_as_expected(&examples[i]))
            continue;
        print_error("%s\n", examples[i].yaml);
        failed_n++;
    }
    assert_int_equal(failed_n, 0);
}

static void every_row_of_sinks_has_an_example_here(void **state)
{
    (void)state;
    for (uint8_t id = 1; id < TT_OPTION_IDS_N; id++) {
        char key[64];
        bool is_found = tt_sink_key_takers(id) == TT_SINK_TYPES_ALL &&
                        tt_sink_key_takers(tt_options[id].parent) == TT_SINK_TYPES_ALL;

        snprintf(key, sizeof(key), "%s: ", tt_options[id].key);
        for (size_t i = 0; i < TT_COUNT(examples); i++)
            is_found = is_found || strstr(examples[i].yaml, key) != NULL;
        if (!is_found)
            print_error("%s\n", key);
        assert_true(is_found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sink_is_taken_or_refused_as_its_type_says),
        cmocka_unit_test(every_row_of_sinks_has_an_example_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
