/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* One file of zones_dir: the object of tt_data_zones. */

#include "conf/conf.h"

struct tt_zones {
    struct tt_conf_zone *zones; /* owned */
    unsigned zones_n;
};
