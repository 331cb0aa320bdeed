/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "ctl/argument.h"
#include "ctl/tail.h"
#include "ctl/telltalectl.h"

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct request {
    struct tt_tail_wish wish;
    enum colour_choice colour;
    bool is_text; /* lines for people even when no terminal reads */
};

/* The value of "--option VALUE" or "--option=VALUE"; NULL: argv[*i] is not that option, or has none. */
static const char *take_value(const char *option, int argc, char **argv, int *i)
{
    size_t len = strlen(option);

    if (strncmp(argv[*i], option, len) != 0)
        return NULL;
    if (argv[*i][len] == '=')
        return argv[*i] + len + 1;
    return argv[*i][len] == '\0' && *i + 1 < argc ? argv[++*i] : NULL;
}

static int parse_colour(const struct tt_ctl_command *command, const char *word, struct request *request)
{
    static const char *const words[] = {"auto", "always", "never"};

    for (unsigned i = 0; i < TT_COUNT(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            request->colour = (enum colour_choice)i;
            return TT_CTL_FINE;
        }
    }
    return tt_ctl_refuse(command, "--color \"%s\": expected one of auto always never", word);
}

static int parse_count(const struct tt_ctl_command *command, const char *word, struct request *request)
{
    if (tt_str_parse_u64(tt_str_from(word), &request->wish.limit) != TT_OK || request->wish.limit == 0)
        return tt_ctl_refuse(command, "--count \"%s\": expected a number from 1 on", word);
    return TT_CTL_FINE;
}

static int parse_filter(const struct tt_ctl_command *command, int argc, char **argv, int *i,
                        struct request *request)
{
    static const char *const options[] = {
#define F(id, option, argument, doc) option,
        TT_TAIL_FILTERS(F)
#undef F
    };
    char text[2048];
    struct tt_buf why = tt_buf_over(text, sizeof(text));

    for (unsigned kind = 0; kind < TT_TAIL_FILTERS_N; kind++) {
        const char *word = take_value(options[kind], argc, argv, i);
        int err;

        if (word == NULL)
            continue;
        err = tt_tail_filter_add(&request->wish.filter, (enum tt_tail_filter_kind)kind, word, &why);
        if (err == TT_OK)
            return TT_CTL_FINE;
        return tt_ctl_refuse(command, "%s \"%s\": %s", options[kind], word,
                             why.len > 0 ? tt_buf_cstr(&why) : tt_error_text(err));
    }
    return tt_ctl_refuse_argument(command, argv[*i]);
}

static int parse_word(const struct tt_ctl_command *command, int argc, char **argv, int *i,
                      struct request *request)
{
    const char *value;

    if (tt_ctl_take_place(&request->wish.place, argc, argv, i))
        return TT_CTL_FINE;
    if (strcmp(argv[*i], "--json") == 0)
        request->wish.is_json = true;
    else if (strcmp(argv[*i], "--text") == 0)
        request->is_text = true;
    else if (strcmp(argv[*i], "--follow") == 0 || strcmp(argv[*i], "-F") == 0)
        request->wish.is_follow = true;
    else if ((value = take_value("--color", argc, argv, i)) != NULL)
        return parse_colour(command, value, request);
    else if ((value = take_value("--count", argc, argv, i)) != NULL)
        return parse_count(command, value, request);
    else
        return parse_filter(command, argc, argv, i, request);
    return TT_CTL_FINE;
}

/* What the terminal decides unless an option does. */
static void decide(struct request *request)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    bool can_colour = is_terminal && term != NULL && strcmp(term, "dumb") != 0;

    if (no_color != NULL && no_color[0] != '\0')
        can_colour = false;
    if (!is_terminal && !request->is_text && request->colour != COLOUR_ALWAYS)
        request->wish.is_json = true;
    request->wish.is_coloured =
        request->colour == COLOUR_ALWAYS || (request->colour == COLOUR_AUTO && can_colour);
}

int tt_ctl_tail(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct request request;
    int status = TT_CTL_FINE;

    memset(&request, 0, sizeof(request));
    for (int i = 1; i < argc && status == TT_CTL_FINE; i++)
        status = parse_word(command, argc, argv, &i, &request);
    if (status == TT_CTL_FINE && request.wish.is_json && request.is_text)
        status = tt_ctl_refuse(command, "--json and --text exclude each other");
    if (status == TT_CTL_FINE && request.wish.place.socket != NULL && request.wish.place.state_dir != NULL)
        status = tt_ctl_refuse(command, "--socket and --state-dir exclude each other");
    if (status == TT_CTL_FINE) {
        decide(&request);
        status = tt_tail_run(&request.wish);
    }
    tt_tail_filter_fini(&request.wish.filter);
    return status;
}
