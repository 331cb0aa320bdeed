/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * The four entry points of a BIND plugin, and the whole of telltale.so that named calls by name. Their
 * prototypes are ours: 9.18 and 9.20 have the same, and no header of BIND's is used, so that one file
 * serves every build. What reads BIND's structs is in the shim.
 */

#include "telltale.h"

#include "life.h"
#include "named_log.h"
#include "options.h"
#include "release.h"

#define EXPORT __attribute__((visibility("default")))

enum { RESULT_SUCCESS = 0, RESULT_FAILURE = 25 }; /* ISC_R_SUCCESS, ISC_R_FAILURE */

EXPORT int plugin_version(void);
EXPORT int plugin_check(const char *parameters, const void *cfg, const char *file, unsigned long line,
                        void *mctx, void *lctx, void *actx);
EXPORT int plugin_register(const char *parameters, const void *cfg, const char *file, unsigned long line,
                           void *mctx, void *lctx, void *actx, void *hooktable, void **instance);
EXPORT void plugin_destroy(void **instance);

/* NS_PLUGIN_VERSION of the running BIND, which takes no other. */
int plugin_version(void)
{
    struct tt_release release;

    tt_release_find(&release);
    return release.series == 920 ? 2 : 1;
}

/* named says the line in which the text ends. */
static unsigned long first_line(const char *text, unsigned long last)
{
    for (; text != NULL && *text != 0; text++)
        last -= *text == '\n' && last > 1;
    return last;
}

static bool read_options(const char *parameters, const char *file, unsigned long line, void *lctx,
                         struct tt_options *options)
{
    char error[TT_OPTION_ERROR_MAX];
    bool is_good = tt_options_parse(parameters, file, first_line(parameters, line), options, error);

    if (!is_good)
        tt_named_log(lctx, TT_LOG_ERROR, error);
    return is_good;
}

/* Also called by named-checkconf: looks at the text alone. */
int plugin_check(const char *parameters, const void *cfg, const char *file, unsigned long line, void *mctx,
                 void *lctx, void *actx)
{
    struct tt_options options;

    (void)cfg, (void)mctx, (void)actx;
    return read_options(parameters, file, line, lctx, &options) ? RESULT_SUCCESS : RESULT_FAILURE;
}

int plugin_register(const char *parameters, const void *cfg, const char *file, unsigned long line, void *mctx,
                    void *lctx, void *actx, void *hooktable, void **instance)
{
    struct tt_registration registration = {.load = cfg, .mctx = mctx, .lctx = lctx, .hooktable = hooktable};

    (void)actx;
    if (!read_options(parameters, file, line, lctx, &registration.options) ||
        !tt_life_register(&registration, instance))
        return RESULT_FAILURE;
    return RESULT_SUCCESS;
}

void plugin_destroy(void **instance)
{
    if (*instance != NULL)
        tt_life_destroy(instance);
}
