/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SEMICOLON, TOKEN_OTHER };

struct token {
    enum token_kind kind;
    size_t len;
    char text[TT_OPTION_PATH_MAX]; /* of a word or string, the escapes of a string resolved */
};

struct parser {
    const char *at;
    const char *file;
    unsigned long line;
    char *error;
    struct tt_options *options;
    unsigned seen; /* a bit a key */
};

struct key {
    const char *name;
    bool (*take)(struct parser *parser, const char *key, const struct token *value);
};

/* Text of the operator's may hold anything, and the line goes to a log. */
static void make_printable(char *text)
{
    for (; *text != 0; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

TT_PRINTF(3, 4) static bool refuse(struct parser *parser, const char *key, const char *format, ...)
{
    va_list args;
    int used =
        snprintf(parser->error, TT_OPTION_ERROR_MAX, "%.200s:%lu: %.60s: ", parser->file, parser->line, key);

    va_start(args, format);
    if (used > 0 && used < TT_OPTION_ERROR_MAX)
        vsnprintf(parser->error + used, (size_t)(TT_OPTION_ERROR_MAX - used), format, args);
    va_end(args);
    make_printable(parser->error);
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void step(struct parser *parser)
{
    if (*parser->at++ == '\n')
        parser->line++;
}

static void skip_line(struct parser *parser)
{
    while (*parser->at != 0 && *parser->at != '\n')
        step(parser);
}

static bool skip_block_comment(struct parser *parser)
{
    const char *end = strstr(parser->at + 2, "*/");

    if (end == NULL)
        return refuse(parser, "/*", "expected */ to end the comment");
    while (parser->at < end + 2)
        step(parser);
    return true;
}

/* Space and comments; as in named.conf a comment starts only where a word could. */
static bool skip_blank(struct parser *parser)
{
    for (;;) {
        const char *at = parser->at;

        if (is_space(*at))
            step(parser);
        else if (*at == '#' || (at[0] == '/' && at[1] == '/'))
            skip_line(parser);
        else if (at[0] == '/' && at[1] == '*') {
            if (!skip_block_comment(parser))
                return false;
        } else
            return true;
    }
}

static bool put(struct parser *parser, struct token *token, char c)
{
    if (token->len + 1 >= sizeof(token->text))
        return refuse(parser, "plugin", "expected a value of less than %d bytes", TT_OPTION_PATH_MAX);
    token->text[token->len++] = c;
    token->text[token->len] = 0;
    return true;
}

static bool read_string(struct parser *parser, struct token *token)
{
    token->kind = TOKEN_STRING;
    for (parser->at++; *parser->at != '"'; step(parser)) {
        if (*parser->at == '\\' && parser->at[1] != 0)
            step(parser);
        if (*parser->at == 0 || *parser->at == '\n')
            return refuse(parser, token->text[0] != 0 ? token->text : "\"", "expected \" to end the string");
        if (!put(parser, token, *parser->at))
            return false;
    }
    parser->at++;
    return true;
}

static bool read_word(struct parser *parser, struct token *token)
{
    token->kind = TOKEN_WORD;
    while (*parser->at != 0 && !is_space(*parser->at) && strchr(";{}\"", *parser->at) == NULL) {
        if (!put(parser, token, *parser->at))
            return false;
        parser->at++;
    }
    return true;
}

static bool read_token(struct parser *parser, struct token *token)
{
    token->len = 0;
    token->text[0] = 0;
    if (!skip_blank(parser))
        return false;
    if (*parser->at == 0) {
        token->kind = TOKEN_END;
        return true;
    }
    if (*parser->at == '"')
        return read_string(parser, token);
    if (strchr(";{}", *parser->at) == NULL)
        return read_word(parser, token);
    token->kind = *parser->at == ';' ? TOKEN_SEMICOLON : TOKEN_OTHER;
    token->text[0] = *parser->at;
    token->text[1] = 0;
    parser->at++;
    return true;
}

static bool take_path(struct parser *parser, const char *key, const struct token *value, char *path)
{
    if (value->text[0] != '/')
        return refuse(parser, key, "expected an absolute path, found \"%.100s\"", value->text);
    memcpy(path, value->text, value->len + 1);
    return true;
}

static bool take_config(struct parser *parser, const char *key, const struct token *value)
{
    parser->options->config_given = true;
    return take_path(parser, key, value, parser->options->config_path);
}

static bool take_shim_directory(struct parser *parser, const char *key, const struct token *value)
{
    return take_path(parser, key, value, parser->options->shim_directory);
}

/* The words that named takes for a boolean. */
static bool take_strict(struct parser *parser, const char *key, const struct token *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};

    for (unsigned i = 0; i < TT_COUNT(words); i++) {
        if (strcasecmp(value->text, words[i]) == 0) {
            parser->options->strict = i % 2 == 1;
            return true;
        }
    }
    return refuse(parser, key, "expected yes or no, found \"%.100s\"", value->text);
}

static const struct key keys[] = {
    {"config", take_config},
    {"strict", take_strict},
    {"shim-directory", take_shim_directory},
};

static const struct key *find_key(const char *name)
{
    for (unsigned i = 0; i < TT_COUNT(keys); i++)
        if (strcasecmp(name, keys[i].name) == 0)
            return &keys[i];
    return NULL;
}

/* key value ";" */
static bool read_statement(struct parser *parser, const struct token *name)
{
    const struct key *key = name->kind == TOKEN_WORD ? find_key(name->text) : NULL;
    unsigned bit;
    struct token value, end;

    if (key == NULL)
        return refuse(parser, name->text, "expected config, strict or shim-directory");
    bit = 1u << (key - keys);
    if (parser->seen & bit)
        return refuse(parser, key->name, "expected once, found a second time");
    parser->seen |= bit;
    if (!read_token(parser, &value))
        return false;
    if (value.kind != TOKEN_WORD && value.kind != TOKEN_STRING)
        return refuse(parser, key->name, "expected a value");
    if (!key->take(parser, key->name, &value) || !read_token(parser, &end))
        return false;
    if (end.kind != TOKEN_SEMICOLON)
        return refuse(parser, key->name, "expected ; after the value");
    return true;
}

bool tt_options_parse(const char *text, const char *file, unsigned long line, struct tt_options *options,
                      char error[TT_OPTION_ERROR_MAX])
{
    struct parser parser = {
        .at = text != NULL ? text : "",
        .file = file != NULL ? file : "plugin",
        .line = line,
        .error = error,
        .options = options,
    };
    struct token token;

    *options = (struct tt_options){.config_path = TT_CONFIG_PATH_DEFAULT};
    error[0] = 0;
    while (read_token(&parser, &token)) {
        if (token.kind == TOKEN_END)
            return true;
        if (token.kind != TOKEN_SEMICOLON && !read_statement(&parser, &token))
            return false;
    }
    return false;
}
