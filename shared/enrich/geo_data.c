/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Databases of countries and of autonomous systems as data files. */

#include "enrich/data.h"
#include "enrich/geo.h"

static int load_country(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                        const char *scratch_dir, void **object, struct tt_buf *build,
                        struct tt_buf *why)
{
    struct tt_geo *geo;
    int err = tt_geo_new(bytes, len, scratch_dir, TT_GEO_OF_COUNTRY, detail, &geo, build, why);

    (void)path;
    *object = geo;
    return err;
}

static int load_asn(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                    const char *scratch_dir, void **object, struct tt_buf *build,
                    struct tt_buf *why)
{
    struct tt_geo *geo;
    int err = tt_geo_new(bytes, len, scratch_dir, TT_GEO_OF_ASN, detail, &geo, build, why);

    (void)path;
    *object = geo;
    return err;
}

static void unload(void *object)
{
    struct tt_geo *geo = object;

    tt_geo_free(&geo);
}

const struct tt_data_class tt_data_country = {TT_DATA_COUNTRY, 1u << 30, false, load_country,
                                              unload};
const struct tt_data_class tt_data_asn = {TT_DATA_ASN, 1u << 30, false, load_asn, unload};
