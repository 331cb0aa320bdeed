/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/zones.h"

#include <stdlib.h>

#include "base/err.h"
#include "enrich/data.h"

/* All mistakes on one line, cut to what a log line holds. */
static void say_errors(struct tt_buf *why, const struct tt_conf_errors *errors)
{
    const char *text = errors->text;
    size_t left = why->cap - why->len;

    while (*text != '\0' && left > 8) {
        size_t len = strcspn(text, "\n"), taken = TT_MIN(len, left - 8);
        tt_buf_bytes(why, text, taken);
        text += len;
        text += *text == '\n';
        if (taken == len && *text != '\0')
            tt_buf_text(why, "; ");
        else if (taken < len)
            tt_buf_text(why, "…");
        left = taken < len ? 0 : why->cap - why->len;
    }
}

static int load(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why)
{
    struct tt_zones *zones = calloc(1, sizeof(*zones));
    struct tt_conf_errors *errors = calloc(1, sizeof(*errors));
    int err = TT_ENOMEM;

    (void)detail;
    (void)scratch_dir;
    (void)build;
    if (zones != NULL && errors != NULL)
        err = tt_conf_zones_parse((const char *)bytes, len, path, &zones->zones, &zones->zones_n,
                                  errors);
    if (err == TT_OK) {
        *object = zones;
        free(errors);
        return TT_OK;
    }
    if (errors != NULL)
        say_errors(why, errors);
    free(zones);
    free(errors);
    return err;
}

static void unload(void *object)
{
    struct tt_zones *zones = object;

    tt_conf_zones_free(&zones->zones, zones->zones_n);
    free(zones);
}

const struct tt_data_class tt_data_zones = {TT_DATA_ZONES, TT_CONF_ZONES_TEXT_MAX, false, load,
                                            unload};
