/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Replays files through a fuzz target without libFuzzer: fuzz_x PATH…, a directory stands for the
 * files in it. Files of tests/golden/packets ("name hex" a line) are taken line by line, others
 * whole. Each input lies in memory of exactly its size, so that a sanitizer sees every byte read
 * too many.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned long inputs_n;

static void run_one(const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        exit(2);
    if (len > 0)
        memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    inputs_n++;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

/* One line "name hex"; the hex may be missing: an empty packet. */
static void run_line(char *line)
{
    char *in = strchr(line, ' ');
    size_t len = 0;

    if (line[0] == '#' || line[0] == '\n')
        return;
    if (in != NULL) {
        for (in++; hex_digit(in[2 * len]) >= 0 && hex_digit(in[2 * len + 1]) >= 0; len++)
            line[len] = (char)(hex_digit(in[2 * len]) << 4 | hex_digit(in[2 * len + 1]));
    }
    run_one(line, len);
}

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t path_len = strlen(path), cap = 0, len = 0;
    char *line = NULL;
    static uint8_t bytes[1 << 20];

    if (file == NULL) {
        perror(path);
        exit(2);
    }
    if (path_len > 4 && strcmp(path + path_len - 4, ".hex") == 0) {
        while (getline(&line, &cap, file) > 0)
            run_line(line);
        free(line);
    } else {
        len = fread(bytes, 1, sizeof(bytes), file);
        run_one(bytes, len);
    }
    fclose(file);
}

static void run_path(const char *path)
{
    struct stat status;
    struct dirent *entry;
    DIR *dir;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        run_file(path);
        return;
    }
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char child[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
        run_path(child);
    }
    if (dir != NULL)
        closedir(dir);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_path(argv[i]);
    printf("%lu inputs, 0 findings\n", inputs_n);
    return 0;
}
