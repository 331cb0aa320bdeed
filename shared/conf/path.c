/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/path.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

enum word { WORD_NONE, WORD_STATE_DIR, WORD_SOFTWARE, WORD_N };

static const struct {
    const char *text;
    size_t len;
} words[] = {
    [WORD_STATE_DIR] = {"{state_dir}", 11}, [WORD_SOFTWARE] = {"{software}", 10}, [WORD_N] = {"{n}", 3}};

static enum word word_at(const char *text, size_t len)
{
    for (enum word word = WORD_STATE_DIR; word <= WORD_N; word++) {
        if (len >= words[word].len && memcmp(text, words[word].text, words[word].len) == 0)
            return word;
    }
    return WORD_NONE;
}

bool tt_conf_path_is_template(struct tt_str path)
{
    for (uint32_t at = 0; at < path.len; at++) {
        if (path.ptr[at] != '{')
            continue;
        enum word word = word_at(path.ptr + at, path.len - at);
        if (word == WORD_NONE)
            return false;
        if (word == WORD_STATE_DIR &&
            (at > 0 || path.len == words[word].len || path.ptr[words[word].len] != '/'))
            return false;
    }
    return path.len > 0 && path.ptr[path.len - 1] != '/';
}

char *tt_conf_path_dir(const char *file)
{
    const char *slash = strrchr(file, '/');
    int dir_len = slash != NULL ? (int)(slash - file) : 0;
    char cwd[PATH_MAX] = "";
    char *dir;

    if (file[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
        cwd[0] = '\0';
    if (asprintf(&dir, "%s%s%.*s/", cwd, file[0] != '/' ? "/" : "", dir_len, file) < 0)
        return NULL;
    tt_conf_path_tidy(dir);
    return dir;
}

char *tt_conf_path_join(const char *dir, struct tt_str path)
{
    bool is_whole = path.len > 0 && (path.ptr[0] == '/' || word_at(path.ptr, path.len) == WORD_STATE_DIR);
    char *joined;

    if (is_whole)
        return strndup(path.ptr, path.len);
    while (path.len > 2 && path.ptr[0] == '.' && path.ptr[1] == '/') {
        path.ptr += 2;
        path.len -= 2;
    }
    if (asprintf(&joined, "%s%s%.*s", dir, strcmp(dir, "/") == 0 ? "" : "/", (int)path.len, path.ptr) < 0)
        return NULL;
    return joined;
}

void tt_conf_path_tidy(char *path)
{
    char *to = path;

    for (const char *at = path; *at != '\0'; at++) {
        if (at[0] == '/' && (at[1] == '/' || (at[1] == '\0' && to > path)))
            continue;
        if (at[0] == '/' && at[1] == '.' && (at[2] == '/' || at[2] == '\0')) {
            at++;
            continue;
        }
        *to++ = *at;
    }
    if (to == path && path[0] == '/')
        to++;
    *to = '\0';
}

int tt_conf_expand(const char *template_path, const struct tt_conf_names *names, char *out, size_t out_cap)
{
    struct tt_buf buf = tt_buf_over(out, out_cap > 0 ? out_cap - 1 : 0);
    size_t left = strlen(template_path);

    while (left > 0) {
        enum word word = word_at(template_path, left);
        size_t len = word != WORD_NONE ? words[word].len : 1;

        if (word == WORD_NONE)
            tt_buf_char(&buf, *template_path);
        else if (word == WORD_STATE_DIR)
            tt_buf_text(&buf, names->state_dir);
        else if (word == WORD_SOFTWARE)
            tt_buf_text(&buf, names->software);
        else
            tt_buf_u64(&buf, names->n);
        template_path += len;
        left -= len;
    }
    if (out_cap > 0)
        out[buf.len] = '\0';
    return buf.overflow || out_cap == 0 ? TT_ELIMIT : TT_OK;
}
