/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/list.h"

#include "enrich/data.h"
#include "enrich/threat.h"

static int load(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why)
{
    (void)detail;
    return tt_data_threat.load(bytes, len, path, NULL, scratch_dir, object, build, why);
}

static void unload(void *object)
{
    tt_data_threat.unload(object);
}

const struct tt_data_class tt_data_list = {TT_DATA_LIST, 512 << 20, false, load, unload};

bool tt_list_has(const void *list, struct tt_str name)
{
    return list != NULL && tt_threat_has_name(list, name);
}
