/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Names as resolvers see them, made from a seed: common top level domains, every rule of a suffix list,
 * private and unknown domains, reverse names; labels and depths as they occur.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MIX_LIST "/usr/share/publicsuffix/public_suffix_list.dat"

enum { NAME_MIX_MAX = 512 };

struct name_mix {
    uint64_t random; /* not 0 */
    char **rules;    /* as in the list, UTF-8 ones left out; "!" and "*." kept */
    size_t rules_n;
};

static inline uint64_t name_mix_random(struct name_mix *mix)
{
    mix->random ^= mix->random << 13;
    mix->random ^= mix->random >> 7;
    mix->random ^= mix->random << 17;
    return mix->random >> 11;
}

/* A whole file; the caller frees. NULL: it cannot be read. */
static inline char *name_mix_read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "r");
    long size = file != NULL && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;

    *len = 0;
    if (file == NULL)
        return NULL;
    rewind(file);
    if (text != NULL) {
        *len = fread(text, 1, (size_t)size, file);
        text[*len] = '\0';
    }
    fclose(file);
    return text;
}

/* Takes the rules of a list that stays as it is. Returns 0, or -1 without memory. */
static inline int name_mix_init(struct name_mix *mix, uint64_t seed, const char *list)
{
    *mix = (struct name_mix){.random = seed * 2654435761u + 88172645463325252u};
    mix->rules = calloc(strlen(list) / 2 + 1, sizeof(char *));
    for (const char *at = list; mix->rules != NULL && *at != '\0';) {
        size_t len = strcspn(at, "\n"), word = strcspn(at, " \t\r\n");
        int is_ascii = 1;

        for (size_t i = 0; i < word; i++)
            is_ascii &= (unsigned char)at[i] < 0x80;
        if (word > 0 && is_ascii && strncmp(at, "//", 2) != 0)
            mix->rules[mix->rules_n++] = strndup(at, word);
        at += len + (at[len] == '\n');
    }
    return mix->rules != NULL ? 0 : -1;
}

static inline void name_mix_fini(struct name_mix *mix)
{
    for (size_t i = 0; i < mix->rules_n; i++)
        free(mix->rules[i]);
    free(mix->rules);
}

static inline size_t name_mix_label(struct name_mix *mix, char *out)
{
    static const char *const common[] = {"www", "api", "mail", "cdn", "static",
                                         "img", "ns1", "app",  "a",   "edge"};
    static const char letters[] = "etaoinshrdlucmfwypvbgkjqxz0123456789-";
    size_t len = 3 + name_mix_random(mix) % 12;

    if (name_mix_random(mix) % 3 == 0)
        return (size_t)sprintf(out, "%s.", common[name_mix_random(mix) % 10]);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[name_mix_random(mix) % (i > 0 && i + 1 < len ? 37 : 26)];
    out[len] = '.';
    return len + 1;
}

static inline size_t name_mix_suffix(struct name_mix *mix, char *out)
{
    static const char *const common[] = {
        "com", "com",    "com", "com",   "net",    "org",          "de",       "co.uk",         "fr",
        "io",  "com.br", "ru",  "co.jp", "com.au", "in-addr.arpa", "ip6.arpa", "amazonaws.com", "app"};
    static const char *const unknown[] = {"local", "lan", "corp", "home", "internal", "localdomain"};
    unsigned kind = (unsigned)(name_mix_random(mix) % 100);

    if (kind < 70 || mix->rules_n == 0)
        return (size_t)sprintf(out, "%s",
                               common[name_mix_random(mix) % (sizeof(common) / sizeof(common[0]))]);
    if (kind < 75)
        return (size_t)sprintf(out, "%s", unknown[name_mix_random(mix) % 6]);
    const char *rule = mix->rules[name_mix_random(mix) % mix->rules_n];
    return (size_t)sprintf(out, "%s", rule + (rule[0] == '!') + 2 * (rule[0] == '*'));
}

/* The next name, terminated; returns its length. */
static inline size_t name_mix_next(struct name_mix *mix, char out[NAME_MIX_MAX])
{
    unsigned kind = (unsigned)(name_mix_random(mix) % 100);
    unsigned labels_n = kind < 4 ? 0 : kind < 30 ? 1 : kind < 75 ? 2 : kind < 92 ? 3 : kind < 98 ? 4 : 7;
    size_t len = 0;

    while (labels_n-- > 0)
        len += name_mix_label(mix, out + len);
    len += name_mix_suffix(mix, out + len);
    out[len] = '\0';
    return len;
}
