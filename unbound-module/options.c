/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "options.h"

#include <stdlib.h>

#define CONFIG_PATH_DEFAULT "/etc/unbound/telltale.yaml"
#define CONFIG_PATH_VARIABLE "TELLTALE_CONFIG"

static bool starts(const char *text, const char *with, const char **rest)
{
    size_t len = strlen(with);

    if (strncmp(text, with, len) != 0)
        return false;
    *rest = text + len;
    return true;
}

static void read_line(const char *line, struct tt_options *options)
{
    const char *value;

    if (starts(line, "config=", &value)) {
        options->config_path = value;
        options->config_given = true;
    } else if (starts(line, "strict=", &value) &&
               (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)) {
        options->strict = value[0] == 'y';
    } else {
        log_err(
            "telltale: dynlib-file: \"%s\" is no option: expected config=FILE, "
            "strict=yes or strict=no; left out",
            line);
    }
}

/* Names of files outside, as Unbound allows them for its own, become names inside the chroot. */
static void cut_chroot(const char *chrootdir, struct tt_options *options)
{
    const char *rest;

    if (chrootdir != NULL && chrootdir[0] != 0 && starts(options->config_path, chrootdir, &rest) &&
        rest[0] == '/')
        options->config_path = rest;
}

void tt_options_read(const struct config_file *cfg, struct tt_options *options)
{
    const char *from_environment = getenv(CONFIG_PATH_VARIABLE);

    *options = (struct tt_options){.config_path = CONFIG_PATH_DEFAULT};
    if (from_environment != NULL && from_environment[0] != 0) {
        options->config_path = from_environment;
        options->config_given = true;
    }
    /* Names of modules are paths or names of libraries; only options have an equals sign before any
     * slash. */
    for (const struct config_strlist *at = cfg->dynlib_file; at != NULL; at = at->next)
        if (at->str[strcspn(at->str, "=/")] == '=')
            read_line(at->str, options);
    cut_chroot(cfg->chrootdir, options);
}

bool tt_options_has_non_local(const struct config_file *cfg)
{
    for (const struct config_str2list *at = cfg->acls; at != NULL; at = at->next)
        if (strstr(at->str2, "_non_local") != NULL)
            return true;
    return false;
}
