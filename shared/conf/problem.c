/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/problem.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { FILE_NAME_MAX = 256, LINE_MAX_LEN = 1024 };

struct tt_problems *tt_problems_new(const char *file)
{
    struct tt_problems *problems = malloc(sizeof(*problems));

    if (problems == NULL)
        return NULL;
    problems->file = file;
    problems->count = problems->kept_n = 0;
    problems->used = 0;
    return problems;
}

void tt_problems_free(struct tt_problems **problems)
{
    free(*problems);
    *problems = NULL;
}

bool tt_problems_have_room(const struct tt_problems *problems)
{
    return problems->kept_n < TT_PROBLEMS_KEPT_MAX &&
           sizeof(problems->text) - problems->used >= 3 * LINE_MAX_LEN; /* cleaning may make three of one */
}

void tt_problems_vadd(struct tt_problems *problems, uint32_t line, const char *key, const char *format,
                      va_list args)
{
    char raw[LINE_MAX_LEN];
    struct tt_buf buf = tt_buf_over(raw, sizeof(raw));
    size_t room = sizeof(problems->text) - problems->used;

    problems->count++;
    if (!tt_problems_have_room(problems))
        return;
    tt_buf_format(&buf, "%.*s:", FILE_NAME_MAX, problems->file);
    if (line > 0)
        tt_buf_format(&buf, "%u:", (unsigned)line);
    tt_buf_format(&buf, " %s%s", key, key[0] != '\0' ? ": " : "");
    tt_buf_vformat(&buf, format, args);
    size_t len = tt_str_clean(raw, buf.len, problems->text + problems->used, room - 1);
    problems->text[problems->used + len] = '\n';
    problems->kept[problems->kept_n++] =
        (struct tt_problem){line, (uint16_t)problems->used, (uint16_t)(len + 1)};
    problems->used += (uint32_t)len + 1;
}

void tt_problems_add(struct tt_problems *problems, uint32_t line, const char *key, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tt_problems_vadd(problems, line, key, format, args);
    va_end(args);
}

static int compare(const void *a, const void *b)
{
    const struct tt_problem *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

void tt_problems_give(struct tt_problems *problems, struct tt_conf_errors *errors)
{
    struct tt_buf buf = tt_buf_over(errors->text, sizeof(errors->text) - 1);

    qsort(problems->kept, problems->kept_n, sizeof(problems->kept[0]), compare);
    for (unsigned i = 0; i < problems->kept_n; i++)
        tt_buf_bytes(&buf, problems->text + problems->kept[i].at, problems->kept[i].len);
    if (problems->count > problems->kept_n)
        tt_buf_format(&buf, "%.*s: and %u more\n", FILE_NAME_MAX, problems->file,
                      problems->count - problems->kept_n);
    errors->count = problems->count;
    (void)tt_buf_cstr(&buf);
}
