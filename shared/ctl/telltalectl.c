/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/telltalectl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "telltale.h"

static const struct tt_ctl_command commands[] = {
    {"check", "FILE [--as unbound|bind|dnsdist|proxy] [--connect]",
     "name every mistake of a configuration, or say what it means; and try its sinks",
     "  telltalectl check /etc/unbound/telltale.yaml\n"
     "  telltalectl check /etc/unbound/telltale.yaml --as unbound --connect\n"
     "  telltalectl check telltale.yaml --as bind\n",
     tt_ctl_check},
    {"describe", "config|sample|man|fields|proto|json-schema|metrics|privacy",
     "print the reference of what this version knows",
     "  telltalectl describe sample > telltale.yaml\n"
     "  telltalectl describe fields\n",
     tt_ctl_describe},
    {"status", "[--json] [--socket PATH|--state-dir DIR]",
     "say how a running host is: data, sinks, what was lost", "  telltalectl status\n", tt_ctl_status},
    {"off", "[--socket PATH|--state-dir DIR]", "stop observing at once; the host goes on",
     "  telltalectl off\n", tt_ctl_switch},
    {"on", "[--socket PATH|--state-dir DIR]", "observe again", "  telltalectl on\n", tt_ctl_switch},
    {"reload", "[--socket PATH|--state-dir DIR]",
     "read the configuration and the data files anew, and say the result", "  telltalectl reload\n",
     tt_ctl_switch},
    {"sink", "pause|resume NAME [--socket PATH|--state-dir DIR]",
     "keep a sink from writing: its queue fills, then drops; or let it go on",
     "  telltalectl sink pause events\n", tt_ctl_sink},
    {"tail",
     "[--name SUFFIX] [--client NET] [--rcode RCODE] [--type TYPE] [--outcome WORD]\n"
     "            [--software WORD] [--json|--text] [--color auto|always|never] [--count N] [--follow]\n"
     "            [--socket PATH|--state-dir DIR]",
     "show the events of a running host as they come; a filter given twice takes either",
     "  telltalectl tail --name example.com --rcode SERVFAIL --rcode NXDOMAIN\n"
     "  telltalectl tail --client 192.0.2.0/24 --json | jq .query_name\n",
     tt_ctl_tail},
    {"replay",
     "[--config FILE] [--as unbound|bind|dnsdist|proxy] [--stdout] [--topic raw|normalized|enriched]\n"
     "            [--port PORT] INPUT...",
     "dnstap files, packet captures or our own JSON lines through the pipeline",
     "  telltalectl replay queries.dnstap > events.jsonl\n"
     "  telltalectl replay --config /etc/unbound/telltale.yaml monday.pcap tuesday.pcap\n"
     "  zstdcat events.jsonl.1.zst | telltalectl replay --stdout --config new.yaml -\n",
     tt_ctl_replay},
    {"spool", "[--records] DIR", "what lies in the directory of a spool: how much is not delivered, what is damaged",
     "  telltalectl spool /var/lib/unbound/telltale/unbound-1/spool/bus\n"
     "  telltalectl spool --records /var/lib/unbound/telltale/unbound-1/spool/bus | jq .rule\n",
     tt_ctl_spool},
};

static void print_usage(FILE *out, const struct tt_ctl_command *command)
{
    fprintf(out, "Usage: telltalectl %s %s\n", command->name, command->arguments);
}

int tt_ctl_refuse(const struct tt_ctl_command *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "telltalectl %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    print_usage(stderr, command);
    return TT_CTL_USAGE;
}

static void print_command_help(const struct tt_ctl_command *command)
{
    print_usage(stdout, command);
    printf("\n%s\n\nExamples:\n%s", command->summary, command->examples);
}

static void print_help(FILE *out)
{
    fputs("Usage: telltalectl SUBCOMMAND [ARGUMENT...]\n\nSubcommands:\n", out);
    for (size_t i = 0; i < TT_COUNT(commands); i++)
        fprintf(out, "  %-9s %s\n            %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    fputs("\n  telltalectl SUBCOMMAND --help   one subcommand\n"
          "  telltalectl --version           the version\n\nExamples:\n",
          out);
    for (size_t i = 0; i < TT_COUNT(commands); i++)
        fputs(commands[i].examples, out);
    fputs("\nExit status: 0 fine, 1 refused or failed, 2 called wrongly.\n"
          "See also: telltalectl(1), telltale.yaml(5).\n",
          out);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int run_command(const struct tt_ctl_command *command, int argc, char **argv)
{
    if (argc == 2 && is_help(argv[1])) {
        print_command_help(command);
        return TT_CTL_FINE;
    }
    return command->run(command, argc, argv);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return TT_CTL_USAGE;
    }
    if (is_help(argv[1])) {
        print_help(stdout);
        return TT_CTL_FINE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("telltalectl " TT_VERSION);
        return TT_CTL_FINE;
    }
    for (size_t i = 0; i < TT_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&commands[i], argc - 1, argv + 1);
    }
    fprintf(stderr, "telltalectl: unknown subcommand \"%s\", see telltalectl --help\n", argv[1]);
    return TT_CTL_USAGE;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    /* Half a document must not pass for a whole one. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("telltalectl: standard output cannot be written\n", stderr);
        return TT_CTL_FAILED;
    }
    return status;
}
