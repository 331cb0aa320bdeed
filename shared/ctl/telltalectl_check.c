/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/option.h"
#include "ctl/telltalectl.h"

struct request {
    const char *file;
    uint8_t software; /* 0: every kind of host */
};

static void print_size(const char *before, uint64_t bytes, const char *after)
{
    char text[32];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_option_format_size(&buf, bytes);
    printf("%s%s%s", before, tt_buf_cstr(&buf), after);
}

static const char *word_of(enum tt_option_id id, unsigned index)
{
    return tt_options[id].words[index].word;
}

static void print_metrics(const struct tt_conf *conf)
{
    char text[64];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    if (!conf->metrics_on) {
        puts("  metrics    off");
        return;
    }
    tt_ip_format(&buf, &conf->metrics_ip);
    printf(conf->metrics_ip.family == 6 ? "  metrics    [%s]:" : "  metrics    %s:", tt_buf_cstr(&buf));
    if (conf->metrics_port == 0)
        puts("0, any free port");
    else
        printf("%u, or the next free port of 16\n", (unsigned)conf->metrics_port);
}

static void print_topics(unsigned topics)
{
    const char *before = "";

    for (unsigned i = 0; i < TT_TOPICS_N; i++) {
        if ((topics & 1u << i) != 0) {
            printf("%s%s", before, word_of(TT_OPTION_ID_SINK_TOPICS, i));
            before = " ";
        }
    }
}

static void print_sink(const struct tt_conf_sink *sink, const struct tt_conf_names *names)
{
    char path[TT_CONF_PATH_MAX + 1];

    if (tt_conf_expand(sink->path, names, path, sizeof(path)) != TT_OK)
        return;
    printf("  sink       %s: %s %s\n             topics ", sink->name,
           word_of(TT_OPTION_ID_SINK_TYPE, sink->type), path);
    print_topics(sink->topics);
    printf(" as %s; client %s, /%u and /%u", word_of(TT_OPTION_ID_SINK_ENCODING, sink->encoding),
           word_of(TT_OPTION_ID_PRIVACY_CLIENT, sink->privacy.client), sink->privacy.prefix_v4,
           sink->privacy.prefix_v6);
    print_size("; queue ", sink->queue, "\n");
}

static void print_conf(const struct tt_conf *conf, uint8_t software)
{
    const char *word = tt_conf_host_word(software);
    char state_dir[TT_CONF_PATH_MAX + 64];
    struct tt_conf_names names = {state_dir, word, 1};

    snprintf(state_dir, sizeof(state_dir), "%s/%s-1", conf->state_dir, word);
    printf("%s:\n  instance   %s/%s, a second process %s/%s/2\n", word, conf->node, word, conf->node, word);
    printf("  region     %s\n", conf->region != NULL ? conf->region : "none");
    printf("  state_dir  %s, a second process %s-2\n", state_dir, word);
    print_metrics(conf);
    print_size("  ring_size  ", conf->ring_size, "\n");
    for (unsigned i = 0; i < conf->sinks_n; i++)
        print_sink(&conf->sinks[i], &names);
    if (conf->sinks_n == 0)
        puts("  sinks      none");
}

static int check(const char *file, uint8_t software)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    int err = tt_conf_load(file, software, &conf, &errors);

    if (err != TT_OK) {
        fputs(errors.text, stderr);
        if (errors.count == 0)
            fprintf(stderr, "%s: %s\n", file, tt_error_text(err));
        return TT_CTL_FAILED;
    }
    print_conf(conf, software);
    tt_conf_free(&conf);
    return TT_CTL_FINE;
}

static int parse(const struct tt_ctl_command *command, int argc, char **argv, struct request *request)
{
    for (int i = 1; i < argc; i++) {
        const char *as = strncmp(argv[i], "--as=", 5) == 0 ? argv[i] + 5 : NULL;

        if (strcmp(argv[i], "--as") == 0 && i + 1 < argc)
            as = argv[++i];
        if (as != NULL) {
            request->software = tt_conf_host_find(tt_str_from(as));
            if (request->software == 0)
                return tt_ctl_refuse(command, "unknown kind of host \"%s\"", as);
        } else if (argv[i][0] == '-' || request->file != NULL) {
            return tt_ctl_refuse(command, "unexpected argument \"%s\"", argv[i]);
        } else {
            request->file = argv[i];
        }
    }
    return request->file != NULL ? TT_CTL_FINE : tt_ctl_refuse(command, "expected a file");
}

int tt_ctl_check(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct request request = {NULL, 0};
    int status = parse(command, argc, argv, &request);

    if (status != TT_CTL_FINE)
        return status;
    if (request.software != 0)
        return check(request.file, request.software);
    /* Every load checks the file for all of them: the first one says all there is to say. */
    for (uint8_t i = 1; status == TT_CTL_FINE && tt_conf_host_word(i) != NULL; i++)
        status = check(request.file, i);
    return status;
}
