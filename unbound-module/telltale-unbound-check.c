/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Says whether telltale-unbound.so and an Unbound on disk belong together, by the same texts that
 * the module looks for when it is loaded, and writes the module-config that lets Unbound start
 * either way. Unbound cannot hold a module that does not fit: it would not start, and on reload it
 * would exit.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi_mark.h"

enum { EXIT_MATCH = 0, EXIT_MISMATCH = 1, EXIT_TROUBLE = 2 };

struct image {
    const char *data;
    size_t len;
};

/* The texts of abi_mark.h, in the module's image. */
struct expected {
    const char *version, *configure_line, *have, *lack;
};

struct options {
    char module[PATH_MAX];
    const char *include, *modules, *config;
    bool strict;
};

static const char usage[] =
    "Usage: telltale-unbound-check [--module FILE] [--write-include FILE [--modules WORDS]\n"
    "                              [--config FILE] [--strict]] UNBOUND...\n"
    "Says whether the module fits the Unbound programs named. Exit status 0: it fits, 1: it does "
    "not,\n"
    "2: trouble. With --write-include: writes a file for unbound.conf to include, with dynlib when "
    "it\n"
    "fits and without when it does not, and ends with 0.\n";

static bool map_file(const char *path, struct image *image)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *data = MAP_FAILED;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    else
        errno = EINVAL;
    close(fd);
    if (data == MAP_FAILED)
        return false;
    *image = (struct image){data, (size_t)st.st_size};
    return true;
}

static void unmap(const struct image *image)
{
    if (image->data != NULL)
        munmap((void *)(unsigned long)image->data, image->len);
}

/* A terminated string of the image that begins at `at`, and where the next begins. */
static const char *next_string(const struct image *image, const char *at, const char **next)
{
    const char *end = at != NULL ? memchr(at, 0, image->len - (size_t)(at - image->data)) : NULL;

    *next = end != NULL && end + 1 < image->data + image->len ? end + 1 : NULL;
    return end != NULL ? at : NULL;
}

static bool read_mark(const struct image *image, struct expected *expected)
{
    const char *at = memmem(image->data, image->len, TT_ABI_MARK, strlen(TT_ABI_MARK));

    if (at == NULL)
        return false;
    at += strlen(TT_ABI_MARK);
    expected->version = next_string(image, at, &at);
    expected->configure_line = next_string(image, at, &at);
    expected->have = next_string(image, at, &at);
    expected->lack = next_string(image, at, &at);
    return expected->lack != NULL;
}

/* A whole string with both its terminators, as string tables hold them. */
static bool has_symbol(const struct image *image, const char *name, size_t len)
{
    char whole[128] = "";

    if (len + 2 > sizeof(whole))
        return false;
    memcpy(whole + 1, name, len);
    whole[len + 1] = 0;
    return memmem(image->data, image->len, whole, len + 2) != NULL;
}

/* The first of the words that is in the image, or is not, as asked; its length or 0. */
static size_t find_symbol(const struct image *image, const char *words, bool present,
                          const char **found)
{
    size_t len;

    for (; *words != 0; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (has_symbol(image, words, len) == present) {
            *found = words;
            return len;
        }
    }
    return 0;
}

static bool has_text(const struct image *image, const char *text)
{
    return memmem(image->data, image->len, text, strlen(text) + 1) != NULL;
}

/* NULL: fits. Otherwise why not, in buffer. */
static const char *compare(const struct image *program, const struct expected *expected,
                           char *buffer, size_t cap)
{
    const char *word;
    size_t len;

    if (!has_symbol(program, TT_ABI_SYMBOL_DAEMON, strlen(TT_ABI_SYMBOL_DAEMON)) ||
        !has_symbol(program, TT_ABI_SYMBOL_DYNLIB, strlen(TT_ABI_SYMBOL_DYNLIB)))
        snprintf(buffer, cap, "it is no Unbound configured --with-dynlibmodule");
    else if (!has_text(program, expected->version))
        snprintf(buffer, cap, "the module was built for %s, this is another version",
                 expected->version);
    else if ((len = find_symbol(program, expected->have, false, &word)) > 0)
        snprintf(buffer, cap, "it lacks %.*s, which the Unbound had that the module was built for",
                 (int)len, word);
    else if ((len = find_symbol(program, expected->lack, true, &word)) > 0)
        snprintf(buffer, cap, "it has %.*s, which the Unbound lacked that the module was built for",
                 (int)len, word);
    else
        return NULL;
    return buffer;
}

static bool check_program(const char *path, const struct expected *expected)
{
    struct image program;
    char buffer[512];
    const char *why;

    if (!map_file(path, &program)) {
        printf("%s: cannot be read (%m): no telemetry\n", path);
        return false;
    }
    why = compare(&program, expected, buffer, sizeof(buffer));
    if (why != NULL)
        printf("%s: does not fit: %s: no telemetry\n", path, why);
    else
        printf("%s: fits (%s)%s\n", path, expected->version,
               has_text(&program, expected->configure_line)
                   ? ""
                   : "; its configure line is another one: build the module for this Unbound");
    unmap(&program);
    return why == NULL;
}

/* The check tool lies beside the module in a build tree, and in sbin beside lib when installed. */
static void find_module(char *path, size_t cap)
{
    static const char *const places[] = {"telltale-unbound.so",
                                         "../lib/telltale/telltale-unbound.so"};
    char self[PATH_MAX - 64], *slash;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[len > 0 ? len : 0] = 0;
    slash = strrchr(self, '/');
    if (slash != NULL)
        slash[1] = 0;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, cap, "%s%s", self, places[i]);
        if (access(path, R_OK) == 0)
            break;
    }
}

static bool check_all(const struct options *options, char *const *programs)
{
    struct image module = {NULL, 0};
    struct expected expected;
    bool is_match = true;

    if (programs[0] == NULL) {
        printf("no Unbound program was named: no telemetry\n");
        return false;
    }
    if (!map_file(options->module, &module)) {
        printf("%s: cannot be read (%m): no telemetry\n", options->module);
        return false;
    }
    if (!read_mark(&module, &expected)) {
        printf("%s: is no telltale module for Unbound: no telemetry\n", options->module);
        is_match = false;
    }
    for (; is_match && *programs != NULL; programs++)
        is_match = check_program(*programs, &expected);
    unmap(&module);
    return is_match;
}

/* Unbound may change its directory before it loads the module. */
static void make_absolute(char *path, size_t cap)
{
    char *whole = realpath(path, NULL);

    if (whole != NULL)
        snprintf(path, cap, "%s", whole);
    free(whole);
}

/* The words of module-config, without dynlib unless it is to be loaded. */
static void print_modules(FILE *out, const char *words, bool with_dynlib)
{
    const char *space = "";
    size_t len;

    fputs("server:\n    module-config: \"", out);
    for (; words[0] != 0; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (len == 0 || (!with_dynlib && len == 6 && strncmp(words, "dynlib", 6) == 0))
            continue;
        fprintf(out, "%s%.*s", space, (int)len, words);
        space = " ";
    }
    fputs("\"\n", out);
}

static void print_include(FILE *out, const struct options *options, bool with_dynlib)
{
    fputs("# Written by telltale-unbound-check at each start of Unbound; changes are lost.\n", out);
    print_modules(out, options->modules, with_dynlib);
    if (!with_dynlib) {
        fputs("# Without dynlib: the module does not fit this Unbound. No telemetry.\n", out);
        return;
    }
    fprintf(out, "dynlib:\n    dynlib-file: \"%s\"\n", options->module);
    if (options->config != NULL)
        fprintf(out, "    dynlib-file: \"config=%s\"\n", options->config);
    if (options->strict)
        fputs("    dynlib-file: \"strict=yes\"\n", out);
}

/* Beside the file and then in its place, so that Unbound reads the old one or the new one whole. */
static bool replace_file(const struct options *options, bool with_dynlib)
{
    char beside[PATH_MAX];
    FILE *out = NULL;
    bool is_good;
    int fd;

    if (snprintf(beside, sizeof(beside), "%s.new", options->include) >= (int)sizeof(beside))
        return false;
    (void)unlink(beside);
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || fchmod(fd, 0644) != 0 || (out = fdopen(fd, "w")) == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    print_include(out, options, with_dynlib);
    is_good = fflush(out) == 0 && fsync(fd) == 0;
    is_good = fclose(out) == 0 && is_good;
    if (is_good && rename(beside, options->include) == 0)
        return true;
    (void)unlink(beside);
    return false;
}

static int write_include(const struct options *options, bool with_dynlib)
{
    if (replace_file(options, with_dynlib)) {
        printf("%s: written %s dynlib\n", options->include, with_dynlib ? "with" : "without");
        return EXIT_MATCH;
    }
    /* An old file may name a module that does not fit; without one Unbound takes its own default.
     */
    printf("%s: cannot be written (%m): removed, no telemetry\n", options->include);
    (void)unlink(options->include);
    return EXIT_TROUBLE;
}

/* What goes between quotes in unbound.conf. */
static bool is_plain(const char *text)
{
    return text == NULL || (text[0] != 0 && strpbrk(text, "\"'\\\n\r") == NULL);
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option table[] = {
        {"module", required_argument, NULL, 'm'},
        {"write-include", required_argument, NULL, 'w'},
        {"modules", required_argument, NULL, 'o'},
        {"config", required_argument, NULL, 'c'},
        {"strict", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option == 'm')
            snprintf(options->module, sizeof(options->module), "%s", optarg);
        else if (option == 'w')
            options->include = optarg;
        else if (option == 'o')
            options->modules = optarg;
        else if (option == 'c')
            options->config = optarg;
        else if (option == 's')
            options->strict = true;
        else
            return false;
    }
    return is_plain(options->module) && is_plain(options->modules) && is_plain(options->config);
}

int main(int argc, char **argv)
{
    struct options options = {.modules = "dynlib validator iterator"};
    bool is_match;

    find_module(options.module, sizeof(options.module));
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_TROUBLE;
    }
    make_absolute(options.module, sizeof(options.module));
    is_match = check_all(&options, argv + optind);
    if (options.include != NULL)
        return write_include(&options, is_match);
    return is_match ? EXIT_MATCH : EXIT_MISMATCH;
}
