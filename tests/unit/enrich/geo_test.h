/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What the tests of databases share: a directory, databases made by tests/lib/mmdb.py, their bytes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "enrich/geo.h"

static char root[64];

static TT_UNUSED int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/tt-enrich-XXXXXX");
    return mkdtemp(root) == NULL;
}

static TT_UNUSED int remove_root(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static TT_UNUSED const char *at(const char *name)
{
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

/* A database by the command line of mmdb.py, from lines; its name. */
static TT_UNUSED const char *make_db(const char *name, const char *kind_and_options,
                                     const char *lines)
{
    char kind[16], command[512];
    const char *options = strchr(kind_and_options, ' ');
    FILE *pipe;

    snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(kind_and_options, " "), kind_and_options);
    snprintf(command, sizeof(command), "python3 tests/lib/mmdb.py %s %s %s", kind, at(name),
             options != NULL ? options : "");
    pipe = popen(command, "w");
    assert_non_null(pipe);
    fputs(lines, pipe);
    assert_int_equal(pclose(pipe), 0);
    return name;
}

/* A database by an expression: `record` or `options` of mmdb.build for 10.0.0.0/8. */
static TT_UNUSED const char *craft_db(const char *name, const char *record, const char *options)
{
    char command[1024];

    snprintf(command, sizeof(command),
             "python3 -c \"import sys; sys.path.insert(0, 'tests/lib'); from mmdb import *; "
             "write('%s', build([('10.0.0.0/8', %s)]%s%s))\"",
             at(name), record, options[0] != '\0' ? ", " : "", options);
    assert_int_equal(system(command), 0);
    return name;
}

struct bytes {
    uint8_t *data;
    size_t len;
};

static TT_UNUSED struct bytes read_bytes_of(const char *name)
{
    FILE *file = fopen(at(name), "rb");
    struct bytes bytes = {NULL, 0};

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    bytes.len = (size_t)ftell(file);
    rewind(file);
    bytes.data = malloc(bytes.len + 1);
    assert_non_null(bytes.data);
    assert_int_equal(fread(bytes.data, 1, bytes.len, file), bytes.len);
    fclose(file);
    return bytes;
}

static char build_text[64];
static char why_text[512];

/* Opens; build_text and why_text hold what was said. */
static TT_UNUSED int open_bytes(const uint8_t *data, size_t len, const char *scratch,
                                enum tt_geo_kind kind, const struct tt_conf_geo *conf,
                                struct tt_geo **geo)
{
    struct tt_buf build = tt_buf_over(build_text, sizeof(build_text)),
                  why = tt_buf_over(why_text, sizeof(why_text));
    int err = tt_geo_new(data, len, scratch, kind, conf, geo, &build, &why);

    tt_buf_cstr(&build);
    tt_buf_cstr(&why);
    return err;
}

static TT_UNUSED int open_db(const char *name, enum tt_geo_kind kind, struct tt_geo **geo)
{
    struct tt_conf_geo conf = {0};
    struct bytes bytes = read_bytes_of(name);
    int err = open_bytes(bytes.data, bytes.len, NULL, kind, &conf, geo);

    free(bytes.data);
    return err;
}

static TT_UNUSED struct tt_ip ip_of(const char *text)
{
    struct tt_ip ip;

    assert_int_equal(tt_ip_parse(tt_str_from(text), &ip), TT_OK);
    return ip;
}
