/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Every key: its least and its largest value are taken, one beyond and other types are refused. */

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

#define SINK(rest) "sinks: [ { type: file, path: /x, " rest " } ]"
#define THREAT(rest) "enrich: { threats: [ { name: a, file: b, " rest " } ] }"
#define ZONE(rest) "zones: [ { name: example.com, " rest " } ]"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X255 X64 X64 X64 X16 X16 X16 "xxxxxxxxxxxxxxx"
#define X896 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64

struct example {
    const char *yaml;
    const char *refusal; /* begins what follows "t.yaml:1: "; NULL: accepted */
};

static const struct example examples[] = {
    {"node: x", NULL},
    {"node: " X255, NULL},
    {"node: " X255 "x", "node: expected printable text of 1 to 255 bytes"},
    {"node: ''", "node: expected"},
    {"node: 'ns1 \xc3\xbc'", NULL},
    {"node: 12", NULL},
    {"node: [a]", "node: expected printable text of 1 to 255 bytes, not a list"},
    {"node: {}", "node: expected printable text of 1 to 255 bytes, not an empty mapping"},
    {"node: ~", "node: expected printable text of 1 to 255 bytes, not nothing"},
    {"node: '~'", NULL},
    {"node: \"a\\0\"", "node: expected"},
    {"node: \"a\\u202eb\"", "node: expected"},
    {"region: x", NULL},
    {"region: " X64, NULL},
    {"region: " X64 "x", "region: expected printable text of 1 to 64 bytes"},
    {"region: ''", "region: expected printable text of 1 to 64 bytes, not \"\""},
    {"region: {a: b}", "region: expected"},
    {"state_dir: /", NULL},
    {"state_dir: '/tt/" X896 "'", NULL},
    {"state_dir: '/tt/" X896 "x'", "state_dir: expected"},
    {"state_dir: ''", "state_dir: expected the path of a directory"},
    {"state_dir: '/x/{n}'", "state_dir: expected the path of a directory, without {…}"},
    {"state_dir: []", "state_dir: expected the path of a directory, without {…}, not an empty list"},
    {"metrics: off", NULL},
    {"metrics: 'off'", NULL},
    {"metrics: {}", NULL},
    {"metrics: on", "metrics: expected a mapping or off, not \"on\""},
    {"metrics: []", "metrics: expected a mapping or off"},
    {"metrics: { listen: off }", NULL},
    {"metrics: { listen: 127.0.0.1:0 }", NULL},
    {"metrics: { listen: 255.255.255.255:65535 }", NULL},
    {"metrics: { listen: '[::]:1' }", NULL},
    {"metrics: { listen: 127.0.0.1:65536 }", "metrics.listen: expected an address and port"},
    {"metrics: { listen: 127.0.0.1 }", "metrics.listen: expected"},
    {"metrics: { listen: '::1:1' }", "metrics.listen: expected"},
    {"metrics: { listen: localhost:1 }", "metrics.listen: expected"},
    {"metrics: { listen: 19153 }", "metrics.listen: expected"},
    {"metrics: { listen: [] }", "metrics.listen: expected"},
    {"metrics: { port: 1 }", "metrics.port: unknown key, expected one of listen, top"},
    {"metrics: { top: [query_name, registrable_domain, nxdomain, servfail, client] }", NULL},
    {"metrics: { top: [] }", "metrics.top: expected a list of query_name, registrable_domain"},
    {"metrics: { top: [names] }", "metrics.top[0]: expected query_name"},
    {"aggregates: {}", NULL},
    {"aggregates: { window: 10s, top: 10 }", NULL},
    {"aggregates: { window: 1h, top: 1000 }", NULL},
    {"aggregates: { window: 9s }", "aggregates.window: expected a duration of whole seconds from 10s to 1h, not"},
    {"aggregates: { window: 61m }", "aggregates.window: expected"},
    {"aggregates: { window: 10500ms }", "aggregates.window: expected"},
    {"aggregates: { window: 60000ms }", NULL},
    {"aggregates: { window: 60 }", "aggregates.window: expected"},
    {"aggregates: { window: 1w }", "aggregates.window: expected"},
    {"aggregates: { top: 9 }", "aggregates.top: expected a whole number from 10 to 1000, not \"9\""},
    {"aggregates: { top: '10' }", "aggregates.top: expected a whole number from 10 to 1000, not \"10\" in quotes"},
    {"aggregates: off", "aggregates: expected a mapping"},
    {"tap: off", NULL},
    {"tap: {}", NULL},
    {"tap: { path: x.sock, mode: 0660, group: telltale }", NULL},
    {"tap: { mode: '0600' }", NULL},
    {"tap: { mode: 777 }", NULL},
    {"tap: on", "tap: expected a mapping or off, not \"on\""},
    {"tap: { path: / }", "tap.path: expected the path of a file"},
    {"tap: { mode: 0577 }", "tap.mode: expected permissions from 0600 to 0777 in octal, not \"0577\""},
    {"tap: { mode: 1777 }", "tap.mode: expected"},
    {"tap: { mode: 0680 }", "tap.mode: expected"},
    {"tap: { mode: 00660 }", "tap.mode: expected"},
    {"tap: { mode: rw-rw---- }", "tap.mode: expected"},
    {"tap: { mode: '' }", "tap.mode: expected"},
    {"tap: { group: '' }", "tap.group: expected printable text of 1 to 64 bytes"},
    {"upstream: off", NULL},
    {"upstream: dnstap", NULL},
    {"upstream: 'off'", NULL},
    {"upstream: on", "upstream: expected off or dnstap, not \"on\""},
    {"upstream: { dnstap: /x }", "upstream: expected off or dnstap, not a mapping"},
    {"upstream_socket: /run/named/upstream.sock", NULL},
    {"upstream_socket: '{state_dir}/u-{software}-{n}.sock'", NULL},
    {"upstream_socket: /run/", "upstream_socket: expected the path of a file"},
    {"upstream_socket: off", NULL},
    {"tap: { listen: x }", "tap.listen: unknown key, expected one of path, mode, group"},
    {"enrich: {}", NULL},
    {"enrich: off", "enrich: expected a mapping, not \"off\""},
    {"enrich: { suffix_list: psl.dat }", NULL},
    {"enrich: { suffix_list: psl/ }", "enrich.suffix_list: expected the path of a file, without {…}"},
    {"enrich: { suffix_list: '{n}' }", "enrich.suffix_list: expected the path of a file"},
    {"enrich: { geo: {} }", NULL},
    {"enrich: { geo: { country: c, asn: /a, country_path: a.b, asn_path: c, org_path: d } }", NULL},
    {"enrich: { geo: { country: [a] } }", "enrich.geo.country: expected"},
    {"enrich: { geo: { city: c } }",
     "enrich.geo.city: unknown key, expected one of country, asn, country_path"},
    {"enrich: { geo: { cuontry: c } }", "enrich.geo.cuontry: unknown key, did you mean country?"},
    {"enrich: { geo: { asn_path: '' } }", "enrich.geo.asn_path: expected printable text of 1 to 255 bytes"},
    {"enrich: { threats: [] }", NULL},
    {"enrich: { threats: {} }", "enrich.threats: expected a list of mappings, not an empty mapping"},
    {THREAT("category: c, score: 0, match: exact"), NULL},
    {THREAT("score: 1"), NULL},
    {THREAT("score: 1.0"), NULL},
    {THREAT("score: 0.123456789"), NULL},
    {THREAT("score: 1.000000001"), "enrich.threats[0].score: expected a number from 0 to 1"},
    {THREAT("score: 0.1234567890"), "enrich.threats[0].score: expected"},
    {THREAT("score: .5"), "enrich.threats[0].score: expected"},
    {THREAT("score: 1."), "enrich.threats[0].score: expected"},
    {THREAT("score: -0.5"), "enrich.threats[0].score: expected"},
    {THREAT("score: 5e-1"), "enrich.threats[0].score: expected"},
    {THREAT("score: \"0.5\""),
     "enrich.threats[0].score: expected a number from 0 to 1, not \"0.5\" in quotes"},
    {THREAT("match: suffix"), NULL},
    {THREAT("match: prefix"), "enrich.threats[0].match: expected auto, exact or suffix"},
    {THREAT("category: " X64 "x"), "enrich.threats[0].category: expected"},
    {THREAT("weight: 1"), "enrich.threats[0].weight: unknown key"},
    {"enrich: { threats: [ { name: a } ] }", "enrich.threats[0].file: missing, expected the path of a file"},
    {"enrich: { threats: [ { file: a } ] }", "enrich.threats[0].name: missing, expected 1 to 32"},
    {"enrich: { threats: [ { name: a b, file: a } ] }", "enrich.threats[0].name: expected 1 to 32"},
    {"enrich: { threats: [ { name: a, file: a }, { name: b, file: a }, { name: a, file: c } ] }",
     "enrich.threats[2].name: expected a name of its own, the list on line 1 has it already"},
    {"zones_dir: zones.d", NULL},
    {"zones_dir: '{state_dir}/z'", "zones_dir: expected the path of a directory, without {…}"},
    {"zones: []", NULL},
    {"zones: { name: a }", "zones: expected a list of mappings, not a mapping"},
    {"zones: [ example.com ]", "zones[0]: expected a mapping, not \"example.com\""},
    {"zones: [ { owner: a } ]", "zones[0].name: missing, expected a domain name"},
    {"zones: [ { name: . } ]", NULL},
    {"zones: [ { name: _x.Example.COM. } ]", NULL},
    {"zones: [ { name: 'a\\.b.c' } ]", NULL},
    {"zones: [ { name: a..b } ]",
     "zones[0].name: expected a domain name, an international one in its xn-- form"},
    {"zones: [ { name: '*.a' } ]", "zones[0].name: expected a domain name"},
    {"zones: [ { name: b\xc3\xbc.de } ]", "zones[0].name: expected a domain name"},
    {"zones: [ { name: https://a } ]", "zones[0].name: expected a domain name"},
    {"zones: [ { name: " X64 ".a } ]", "zones[0].name: expected a domain name"},
    {"zones: [ { name: [a] } ]", "zones[0].name: expected a domain name"},
    {"zones: [ { name: a }, { name: b }, { name: A. } ]",
     "zones[2].name: expected a name of its own, the zone on line 1 has it already"},
    {ZONE("owner: " X64 X64), NULL},
    {ZONE("owner: " X64 X64 "x"), "zones[0].owner: expected printable text of 1 to 128 bytes"},
    {ZONE("escalation: +49, runbook: 'https://x', stop: 'a: b', class: c, residency: r"), NULL},
    {ZONE("stop: " X896 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), NULL},
    {ZONE("stop: " X896 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "zones[0].stop: expected"},
    {ZONE("class: {}"), "zones[0].class: expected"},
    {ZONE("names: [www, a.b, '@']"), NULL},
    {ZONE("names: []"), NULL},
    {ZONE("names: www"), "zones[0].names: expected a list of domain names, not \"www\""},
    {ZONE("names: [www, '']"), "zones[0].names[1]: expected a domain name"},
    {ZONE("names: [[www]]"), "zones[0].names[0]: expected a domain name"},
    {ZONE("expect: {}"), "zones[0].expect: unknown key"},
    {ZONE("maintenance: []"), "zones[0].maintenance: unknown key"},
    {"ignore: {}", NULL},
    {"ignore: { names: [localhost, .], clients: [127.0.0.0/8, '::1', '2001:db8::/32', 0.0.0.0/0] }", NULL},
    {"ignore: { names: [], clients: [] }", NULL},
    {"ignore: [a]", "ignore: expected a mapping, not a list"},
    {"ignore: { names: [a b] }", "ignore.names[0]: expected a domain name"},
    {"ignore: { clients: 127.0.0.1 }", "ignore.clients: expected a list of addresses, or networks"},
    {"ignore: { clients: [10.1.2.3/8] }", "ignore.clients[0]: expected an address, or a network such as"},
    {"ignore: { clients: [10.0.0.0/33] }", "ignore.clients[0]: expected"},
    {"ignore: { clients: ['2001:db8::/129'] }", "ignore.clients[0]: expected"},
    {"ignore: { clients: [10.0.0.0/] }", "ignore.clients[0]: expected"},
    {"ignore: { clients: [localhost] }", "ignore.clients[0]: expected"},
    {"pipeline: {}", NULL},
    {"pipeline: 1", "pipeline: expected a mapping, not \"1\""},
    {"pipeline: { ring_size: 64KiB }", NULL},
    {"pipeline: { ring_size: 65536 }", NULL},
    {"pipeline: { ring_size: 64MiB }", NULL},
    {"pipeline: { ring_size: 32KiB }",
     "pipeline.ring_size: expected a size from 64KiB to 64MiB, a power of two"},
    {"pipeline: { ring_size: 65535 }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: 128MiB }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: 3MiB }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: 4MB }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: -1 }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: 99999999999999999999 }", "pipeline.ring_size: expected"},
    {"pipeline: { ring_size: {} }", "pipeline.ring_size: expected"},
    {"privacy: {}", NULL},
    {"privacy: net", "privacy: expected a mapping"},
    {"privacy: { client: net }", NULL},
    {"privacy: { client: full }", NULL},
    {"privacy: { client: none }", NULL},
    {"privacy: { client: hash, key_file: k }", NULL},
    {"privacy: { client: hash }", "privacy.client: expected key_file beside it, hash needs a key"},
    {"privacy: { client: hash, key_file: k/ }",
     "privacy.key_file: expected the path of a file, without {…}"},
    {"privacy: { key_file: '{state_dir}/k' }", "privacy.key_file: expected"},
    {"privacy: { client: Full }", "privacy.client: expected"},
    {"privacy: { client: [full] }", "privacy.client: expected net, full, hash or none, not a list"},
    {"privacy: { prefix_v4: 0, prefix_v6: 0 }", NULL},
    {"privacy: { prefix_v4: 32, prefix_v6: 128 }", NULL},
    {"privacy: { prefix_v4: 33 }", "privacy.prefix_v4: expected a whole number from 0 to 32, not \"33\""},
    {"privacy: { prefix_v6: 129 }", "privacy.prefix_v6: expected a whole number from 0 to 128"},
    {"privacy: { prefix_v4: -1 }", "privacy.prefix_v4: expected"},
    {"privacy: { prefix_v4: 24.0 }", "privacy.prefix_v4: expected"},
    {"privacy: { prefix_v4: /24 }", "privacy.prefix_v4: expected"},
    {"privacy: { prefix_v6: '48' }",
     "privacy.prefix_v6: expected a whole number from 0 to 128, not \"48\" in quotes"},
    {"privacy: { prefix_v6: [48] }", "privacy.prefix_v6: expected"},
    {"privacy: { query_name: full }", NULL},
    {"privacy: { query_name: registrable }", NULL},
    {"privacy: { query_name: none }", NULL},
    {"privacy: { query_name: hash }", "privacy.query_name: expected full, registrable or none, not \"hash\""},
    {"views: { internal: { privacy: { client: full } } }", NULL},
    {"sinks: []", NULL},
    {"sinks: file", "sinks: expected a list of mappings, not \"file\""},
    {"sinks: { type: file, path: /x }", "sinks: expected a list of mappings, not a mapping"},
    {"sinks: [file]", "sinks[0]: expected a mapping, not \"file\""},
    {"sinks: [ { type: file } ]", "sinks[0].path: missing, expected the path of a file"},
    {"sinks: [ { path: /x } ]", "sinks[0].type: missing, expected file, kafka, remote_write, loki or dnstap"},
    {"sinks: [ { type: redis, path: /x } ]", "sinks[0].type: expected file, kafka, remote_write, loki or dnstap"},
    {"sinks: [ { type: [file], path: /x } ]", "sinks[0].type: expected file"},
    {"sinks: [ { type: file, path: '{state_dir}/{software}-{n}' } ]", NULL},
    {"sinks: [ { type: file, path: /tt/" X896 X64 X16 X16 "xxxx } ]", NULL},
    {"sinks: [ { type: file, path: /tt/" X896 X64 X16 X16 "xxxxx } ]",
     "sinks[0].path: expected the path of a file"},
    {"sinks: [ { type: file, path: '{state_dir}/" X896 X64 X16 "' } ]",
     "sinks[0].path: expected a path of at most 1000 bytes once expanded"},
    {"sinks: [ { type: file, path: '{x}' } ]", "sinks[0].path: expected"},
    {"sinks: [ { type: file, path: /x/ } ]", "sinks[0].path: expected"},
    {"sinks: [ { type: file, path: \"/x\\0y\" } ]", "sinks[0].path: expected"},
    {SINK("name: a"), NULL},
    {SINK("name: AZaz09_-"), NULL},
    {SINK("name: " X16 X16), NULL},
    {SINK("name: " X16 X16 "x"), "sinks[0].name: expected 1 to 32 of the characters A-Z a-z 0-9 _ -"},
    {SINK("name: ''"), "sinks[0].name: expected"},
    {SINK("name: a.b"), "sinks[0].name: expected"},
    {SINK("name: \xc3\xbc"), "sinks[0].name: expected"},
    {SINK("name: [a]"), "sinks[0].name: expected"},
    {SINK("topics: [raw]"), NULL},
    {SINK("topics: [raw, normalized, enriched, books]"), NULL},
    {SINK("topics: []"),
     "sinks[0].topics: expected a list of raw, normalized, enriched, aggregates, books or alerts, each at most "
     "once, not an empty list"},
    {SINK("topics: raw"), "sinks[0].topics: expected a list of raw"},
    {SINK("topics: [raw, raw]"),
     "sinks[0].topics[1]: expected raw, normalized, enriched, aggregates, books or alerts, each at most once"},
    {SINK("topics: [alerts, aggregates]"), NULL},
    {SINK("topics: [dnstap]"), "sinks[0].topics[0]: expected raw"},
    {SINK("topics: [metrics]"), "sinks[0].topics[0]: expected raw"},
    {SINK("topics: [[raw]]"), "sinks[0].topics[0]: expected raw"},
    {SINK("encoding: json"), NULL},
    {SINK("encoding: protobuf"), NULL},
    {SINK("encoding: avro"), "sinks[0].encoding: expected json or protobuf"},
    {SINK("encoding: {}"), "sinks[0].encoding: expected"},
    {SINK("queue: 1MiB"), NULL},
    {SINK("queue: 1GiB"), NULL},
    {SINK("queue: 1048577"), NULL},
    {SINK("queue: 1023KiB"), "sinks[0].queue: expected a size from 1MiB to 1GiB"},
    {SINK("queue: 1048575"), "sinks[0].queue: expected"},
    {SINK("queue: 1073741825"), "sinks[0].queue: expected"},
    {SINK("queue: lots"), "sinks[0].queue: expected"},
    {SINK("queue: []"), "sinks[0].queue: expected"},
    {SINK("privacy: { client: full, prefix_v4: 32, prefix_v6: 128 }"), NULL},
    {SINK("privacy: { prefix_v4: 33 }"), "sinks[0].privacy.prefix_v4: expected"},
    {SINK("privacy: full"), "sinks[0].privacy: expected a mapping"},
    {SINK("privacy: { client: hash, key_file: k }"), NULL},
    {SINK("privacy: { client: hash }"), "sinks[0].privacy.client: expected key_file beside it"},
    {SINK("rotate: 0"), NULL},
    {SINK("rotate: 1MiB, keep: 1, compress: zstd"), NULL},
    {SINK("rotate: 1024GiB, keep: 99, compress: none"), NULL},
    {SINK("rotate: 1048575"), "sinks[0].rotate: expected 0 or a size from 1MiB to 1024GiB"},
    {SINK("rotate: 1025GiB"), "sinks[0].rotate: expected"},
    {SINK("rotate: never"), "sinks[0].rotate: expected"},
    {SINK("keep: 0"), "sinks[0].keep: expected a whole number from 1 to 99"},
    {SINK("keep: 100"), "sinks[0].keep: expected"},
    {SINK("compress: gzip"), "sinks[0].compress: expected none or zstd"},
    {SINK("only: { names: [a], clients: ['::/0'], rcodes: [nxdomain, RCODE3000], types: [A, TYPE65280] }"),
     NULL},
    {SINK("only: { outcomes: [answered, dropped, timeout], list: l.txt }"), NULL},
    {SINK("only: {}"), "sinks[0].only: expected a mapping with at least one key, not an empty mapping"},
    {SINK("only: [a]"), "sinks[0].only: expected a mapping, not a list"},
    {SINK("only: { names: [] }"), "sinks[0].only.names: expected a list of domain names, not an empty list"},
    {SINK("only: { clients: [] }"), "sinks[0].only.clients: expected"},
    {SINK("only: { rcodes: [NXDOMIAN] }"),
     "sinks[0].only.rcodes[0]: expected a response code such as NXDOMAIN"},
    {SINK("only: { types: [AAAAA] }"), "sinks[0].only.types[0]: expected a record type such as AAAA"},
    {SINK("only: { types: A }"), "sinks[0].only.types: expected a list of record types"},
    {SINK("only: { outcomes: [lost] }"), "sinks[0].only.outcomes[0]: expected answered, dropped or timeout"},
    {SINK("only: { outcomes: [timeout, timeout] }"), "sinks[0].only.outcomes[1]: expected"},
    {SINK("only: { list: '{n}' }"), "sinks[0].only.list: expected"},
    {SINK("except: { names: [a] }"), NULL},
    {SINK("except: {}"), "sinks[0].except: expected a mapping with at least one key"},
    {SINK("except: { name: [a] }"), "sinks[0].except.name: unknown key, did you mean names?"},
    {SINK("residency: [eu, us]"), NULL},
    {SINK("residency: []"),
     "sinks[0].residency: expected a list of printable texts of 1 to 64 bytes, not an"},
    {SINK("residency: eu"), "sinks[0].residency: expected"},
    {SINK("residency: ['']"), "sinks[0].residency[0]: expected printable text of 1 to 64 bytes"},
    {SINK("sample: 1"), NULL},
    {SINK("sample: 0.000000001"), NULL},
    {SINK("sample: 0"), "sinks[0].sample: expected a number above 0, at most 1, not \"0\""},
    {SINK("sample: 0.000"), "sinks[0].sample: expected"},
    {SINK("sample: 1.1"), "sinks[0].sample: expected"},
    {SINK("sample: 10%"), "sinks[0].sample: expected"},
    {"sinks: [ { type: file, path: '{state_dir}/tap.sock' } ]",
     "sinks[0].path: expected a file of its own, it is the socket of tap"},
    {"{ tap: off, sinks: [ { type: file, path: '{state_dir}/tap.sock' } ] }", NULL},
    {"{ hosts: { bind: { upstream: dnstap } }, sinks: [ { type: file, path: '{state_dir}/upstream.sock' } ] }",
     "sinks[0].path: expected a file of its own, it is the socket of upstream"},
    {"sinks: [ { type: file, path: '{state_dir}/upstream.sock' } ]", NULL},
    {"{ hosts: { unbound: { upstream: dnstap } }, sinks: [ { type: file, path: '{state_dir}/upstream.sock' } ] }",
     NULL},
    {"hosts: {}", NULL},
    {"hosts: []", "hosts: expected a mapping, not an empty list"},
    {"hosts: { bind: {}, unbound: {}, dnsdist: {}, proxy: {} }", NULL},
    {"hosts: { bind: [] }", "hosts.bind: expected a mapping"},
    {"hosts: { bind: { node: '' } }", "hosts.bind.node: expected"},
    {"hosts: { bind: { hosts: {} } }", "hosts.bind.hosts: unknown key"},
    {"hosts: { named: {} }", "hosts.named: unknown kind of host"},
    {"{ node: a, node: a }", "node: expected once, it is on line 1 already"},
    {"<<: { node: x }", "<<: unknown key"},
    {"'': x", "unknown key"},
};

static bool is_as_expected(const struct example *example)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    char line[512];
    int err = tt_conf_parse_text(example->yaml, strlen(example->yaml), "t.yaml", 1, &conf, &errors);

    tt_conf_free(&conf);
    if (example->refusal == NULL)
        return err == TT_OK && errors.count == 0;
    snprintf(line, sizeof(line), "t.yaml:1: %s", example->refusal);
    return err == TT_ECONFIG && errors.count == 1 && strncmp(errors.text, line, strlen(line)) == 0;
}

static void every_value_is_taken_or_refused_as_its_row_says(void **state)
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

/* Those of sinks have theirs in test_sinks.c. */
static void every_row_has_an_example_here(void **state)
{
    (void)state;
    for (uint8_t id = 1; id < TT_OPTION_IDS_N; id++) {
        char key[64];
        bool is_found = tt_sink_key_takers(id) != TT_SINK_TYPES_ALL ||
                        tt_sink_key_takers(tt_options[id].parent) != TT_SINK_TYPES_ALL;

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
        cmocka_unit_test(every_value_is_taken_or_refused_as_its_row_says),
        cmocka_unit_test(every_row_has_an_example_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
