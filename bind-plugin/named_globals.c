/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "named_globals.h"

#include <dlfcn.h>
#include <unistd.h>

enum { THREADS_GUESS_MAX = 64 };

unsigned tt_named_threads_n(void)
{
    const unsigned *cpus = dlsym(RTLD_DEFAULT, "named_g_cpus");
    long online;

    if (cpus != NULL && *cpus > 0)
        return *cpus;
    online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (unsigned)TT_MIN(online, (long)THREADS_GUESS_MAX);
}

bool tt_named_is_starting(void)
{
    /* isc_time_t: seconds and nanoseconds; set at the end of each load of the configuration. */
    const unsigned *configured = dlsym(RTLD_DEFAULT, "named_g_configtime");

    return configured == NULL || (configured[0] == 0 && configured[1] == 0);
}
