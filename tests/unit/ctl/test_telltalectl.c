/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* telltalectl as a user calls it: its own sources, main under another name, each call in a child. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

int ctl_main(int argc, char **argv);

#define main ctl_main
#include "ctl/telltalectl.c"
#undef main
#include "ctl/telltalectl_check.c"
#include "ctl/telltalectl_describe.c"

enum { ARGS_MAX = 6, TEXT_CAP = 8192 };

struct call {
    const char *args[ARGS_MAX];
    int status;
    const char *out; /* a part of standard output, or NULL: it is empty */
    const char *err; /* the same of standard error */
};

#define TEN "tests/golden/conf/ten_mistakes.yaml"
#define MERGE "tests/golden/conf/hosts_merge.yaml"
#define WRONG "tests/golden/conf/everything_wrong.yaml"
#define EVERYTHING "tests/golden/conf/everything.yaml"
#define ZONES "tests/golden/conf/zones_dir.yaml"
#define SINKS "tests/golden/conf/sinks.yaml"
#define VIEWS "tests/golden/conf/views.yaml"

static const struct call calls[] = {
    {{NULL}, 2, NULL, "Usage: telltalectl SUBCOMMAND"},
    {{"--help"}, 0, "  telltalectl check /etc/unbound/telltale.yaml\n", NULL},
    {{"--version"}, 0, "telltalectl " TT_VERSION "\n", NULL},
    {{"chek"}, 2, NULL, "telltalectl: unknown subcommand \"chek\", see telltalectl --help\n"},
    {{"statu"}, 2, NULL, "unknown subcommand"},
    {{"check"}, 2, NULL, "telltalectl check: expected a file\nUsage: telltalectl check FILE"},
    {{"check", "--help"}, 0, "Usage: telltalectl check FILE", NULL},
    {{"check", TEN}, 1, NULL, TEN ":13: hosts.named: unknown kind of host, expected"},
    {{"check", TEN, "--as", "bind"}, 1, NULL, TEN ":1: node: expected"},
    {{"check", "/srv/no-such-file"}, 1, NULL, "/srv/no-such-file: cannot be read: No such file or directory\n"},
    {{"check", MERGE}, 0, "proxy:\n  instance   ns1.fra/proxy, a second process ns1.fra/proxy/2\n", NULL},
    {{"check", MERGE, "--as", "unbound"}, 0, "unbound:\n  instance   ns2.fra/unbound", NULL},
    {{"check", "--as=bind", MERGE}, 0, "bind:\n  instance   ns1.fra/bind", NULL},
    {{"check", MERGE, "--as=bind"}, 0, "  ring_size  1MiB\n  privacy    client full, /16 and /48\n  sinks      none\n", NULL},
    {{"check", MERGE, "--as", "unbound"},
     0,
     "  sink       events: file /srv/telltale/unbound-1/events.jsonl\n"
     "             topics enriched books alerts as json; client net, /16 and /48; queue 16MiB\n",
     NULL},
    {{"check", MERGE, "--as", "bind"}, 0,
     "  upstream   dnstap at /srv/telltale/bind-1/upstream.sock; in named.conf:\n"
     "             dnstap { resolver; forwarder; };\n"
     "             dnstap-output unix \"/srv/telltale/bind-1/upstream.sock\";\n", NULL},
    {{"check", MERGE, "--as", "dnsdist"}, 0, "  upstream   dnstap has no effect here", NULL},
    {{"check", EVERYTHING, "--as", "bind"}, 0,
     "  upstream   off: no resolver_response and forwarder_response events, so no outcome timeout,\n"
     "             no upstream_ip, upstream_zone, upstream_rtt_us, ttl_original\n"
     "             sink some is only for outcomes that include timeout: it needs upstream: dnstap\n",
     ": warning: zones_dir: "},
    {{"check", MERGE, "--as", "proxy"}, 0, "  metrics    127.0.0.1:9000, or the next free port of 16\n", NULL},
    {{"check", MERGE, "--as", "proxy"},
     0,
     "topics raw normalized as protobuf; client net, /16 and /0; queue 1GiB\n",
     NULL},
    {{"check", VIEWS, "--as", "bind"},
     0,
     "  privacy    client net, /16 and /48\n  view       internal: client full, /24 and /48\n"
     "  view       guests: client none\n  view       Lab 1: client net, /16 and /48\n"
     "  view       external: client hash by ",
     "warning: privacy.key_file: "},
    {{"check", VIEWS, "--as", "proxy"}, 0, "; client net, /16 and /48, or that of the view; queue 16MiB\n", NULL},
    {{"check", VIEWS, "--as", "proxy"}, 0, "; client none, in every view; queue 16MiB\n", NULL},
    {{"check", SINKS, "--as", "bind"}, 0,
     "  sink       bus: kafka k1.example:9093,[2001:db8::1]:9093, topics begin with \"dns_\"\n"
     "             topics raw enriched alerts as protobuf; client net, /24 and /48; queue 32MiB\n"
     "             TLS, trusting ",
     ": warning: auth.token_file: "},
    {{"check", SINKS, "--as", "bind"}, 0,
     "             auth scram-sha-512 as dns\n             spool /srv/spool for enriched alerts, 4GiB\n",
     ": warning: tls.key_file: "},
    {{"check", SINKS, "--as", "bind"}, 0,
     "  sink       near: remote_write http://127.0.0.1:9090/api/v1/write\n"
     "             what /metrics shows, every 15 s, at most 10000 series; queue 8MiB\n",
     ": warning: auth.password_file: "},
    {{"check", SINKS, "--as", "bind"}, 0,
     "  sink       far: dnstap 192.0.2.9:6000\n             frames; client full, /24 and /48; queue 16MiB\n"
     "             insecure: may leave this machine in the clear\n",
     ": warning: "},
    {{"check", MERGE, "--as", "unbound", "--connect"}, 0, "\nok   events: nothing to connect to\n", NULL},
    {{"check", "--connect", MERGE, "--as", "bind"}, 0, "  sinks      none\n", NULL},
    {{"check", "--connect", WRONG}, 1, NULL, WRONG ":6: enrich.sufix_list"},
    {{"check", MERGE, "--conect"}, 2, NULL, "unexpected argument"},
    {{"check", WRONG}, 1, NULL, WRONG ":6: enrich.sufix_list: unknown key, did you mean suffix_list?\n"},
    {{"check", EVERYTHING, "--as", "bind"}, 0, "zones      3, and 0 in 0 files of ", EVERYTHING ": warning: zones_dir: "},
    {{"check", EVERYTHING, "--as", "bind"}, 0, "residency eu ch\n             sample 0.25\n", "warning: only.list: "},
    {{"check", EVERYTHING, "--as", "bind"},
     0,
     "/bind-1/tap.sock, mode 0640, group telltale\n",
     "warning: privacy.key_file: "},
    {{"check", ZONES, "--as", "bind"}, 1, "zones      1, and 2 in 3 files of ", "zones_dir/b.yml:2: [1].nam: unknown"},
    {{"check", ZONES, "--as", "bind"}, 1, "zones      1, and", "zones_dir/c.yaml: warning: zone a.example: not used"},
    {{"check", MERGE, "--as", "named"}, 2, NULL, "unknown kind of host \"named\""},
    {{"check", MERGE, "--as"}, 2, NULL, "--as: expected a value behind it"},
    {{"check", MERGE, MERGE}, 2, NULL, "unexpected argument"},
    {{"describe"}, 2, NULL, "expected one document"},
    {{"describe", "rules"}, 2, NULL, "unknown document \"rules\""},
    {{"describe", "config"}, 0, "# Configuration\n", NULL},
    {{"describe", "sample"}, 0, "#node: ns1.fra\n", NULL},
    {{"describe", "man"}, 0, ".Dt TELLTALE.YAML 5\n", NULL},
    {{"describe", "fields"}, 0, "query_name", NULL},
    {{"describe", "proto"}, 0, "syntax = \"proto3\";", NULL},
    {{"describe", "json-schema"}, 0, "$schema", NULL},
    {{"describe", "metrics"}, 0, "telltale_up", NULL},
    {{"describe", "privacy"}, 0, "# Privacy, field by field\n", NULL},
    {{"tail", "--help"}, 0, "Usage: telltalectl tail [--name SUFFIX] [--client NET]", NULL},
};

static void read_back(FILE *file, char *text)
{
    rewind(file);
    text[fread(text, 1, TEXT_CAP - 1, file)] = '\0';
    fclose(file);
}

/* Runs the tool in a child. Standard output: out, or out_path when given. */
static int run_in_child(const struct call *call, const char *out_path, char *out_text, char *err_text)
{
    FILE *out = tmpfile(), *err = tmpfile();
    char *argv[ARGS_MAX + 2] = {(char[]){"telltalectl"}};
    int argc = 1, status;
    pid_t child;

    assert_true(out != NULL && err != NULL);
    for (; argc <= ARGS_MAX && call->args[argc - 1] != NULL; argc++)
        argv[argc] = strdup(call->args[argc - 1]);
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fileno(out), 1);
        dup2(fileno(err), 2);
        if (out_path != NULL && freopen(out_path, "w", stdout) == NULL)
            _exit(99);
        status = ctl_main(argc, argv);
        fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    while (argc > 1)
        free(argv[--argc]);
    read_back(out, out_text);
    read_back(err, err_text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_part(const char *text, const char *part)
{
    return part == NULL ? text[0] == '\0' : strstr(text, part) != NULL;
}

static void every_call_says_and_returns_what_it_should(void **state)
{
    char out[TEXT_CAP], err[TEXT_CAP];
    unsigned failed_n = 0;

    (void)state;
    for (size_t i = 0; i < TT_COUNT(calls); i++) {
        int status = run_in_child(&calls[i], NULL, out, err);

        if (status == calls[i].status && is_part(out, calls[i].out) && is_part(err, calls[i].err))
            continue;
        print_error("call %zu: status %d\n%s%s", i, status, out, err);
        failed_n++;
    }
    assert_int_equal(failed_n, 0);
}

static void ten_mistakes_are_ten_lines(void **state)
{
    static const struct call call = {{"check", TEN}, 1, NULL, NULL};
    char out[TEXT_CAP], err[TEXT_CAP];
    unsigned lines_n = 0;

    (void)state;
    run_in_child(&call, NULL, out, err);
    for (const char *at = err; (at = strchr(at, '\n')) != NULL; at++)
        lines_n++;
    assert_int_equal(lines_n, 10);
}

static void a_full_disk_is_no_success(void **state)
{
    static const struct call call = {{"describe", "config"}, 1, NULL, NULL};
    char out[TEXT_CAP], err[TEXT_CAP];

    (void)state;
    assert_int_equal(run_in_child(&call, "/dev/full", out, err), 1);
    assert_string_equal(err, "telltalectl: standard output cannot be written\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_says_and_returns_what_it_should),
        cmocka_unit_test(ten_mistakes_are_ten_lines),
        cmocka_unit_test(a_full_disk_is_no_success),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
