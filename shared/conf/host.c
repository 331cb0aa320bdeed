/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/conf.h"

struct host {
    const char *word, *path, *state_dir;
    bool shows_upstreams;
};

static const struct host hosts[] = {
#define H(name, number, word, path, state_dir, shows_upstreams) [number] = {word, path, state_dir, shows_upstreams},
#include "conf/hosts.def"
#undef H
};

static const struct host *find_host(uint8_t software)
{
    return &hosts[software < TT_COUNT(hosts) ? software : 0];
}

const char *tt_conf_host_word(uint8_t software)
{
    return find_host(software)->word;
}

const char *tt_conf_default_path(uint8_t software)
{
    return find_host(software)->path;
}

const char *tt_conf_default_state_dir(uint8_t software)
{
    return find_host(software)->state_dir;
}

bool tt_conf_host_shows_upstreams(uint8_t software)
{
    return find_host(software)->shows_upstreams;
}

uint8_t tt_conf_host_find(struct tt_str word)
{
    for (uint8_t i = 1; i < TT_COUNT(hosts); i++) {
        if (tt_str_equal(word, tt_str_from(hosts[i].word)))
            return i;
    }
    return 0;
}
