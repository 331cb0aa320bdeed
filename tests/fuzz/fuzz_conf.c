/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any bytes as a configuration: no crash, no leak, and these hold. A refusal has a text, made of
 * whole, clean lines; what is accepted is whole and within its limits; all kinds of host agree.
 */

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool is_so)
{
    if (!is_so)
        __builtin_trap();
}

static void look_at_errors(const struct tt_conf_errors *errors)
{
    size_t len = strnlen(errors->text, sizeof(errors->text));

    demand(len < sizeof(errors->text) && (errors->count == 0) == (len == 0));
    demand(len == 0 || errors->text[len - 1] == '\n');
    for (size_t i = 0; i < len; i++)
        demand((uint8_t)errors->text[i] >= 0x20 || errors->text[i] == '\n');
}

static void look_at_sink(const struct tt_conf *conf, const struct tt_conf_sink *sink)
{
    struct tt_conf_names names = {conf->state_dir, "unbound", 1};
    char path[TT_CONF_PATH_MAX + 64];

    demand(sink->name != NULL && sink->name[0] != '\0' && strlen(sink->name) <= 32);
    demand(sink->topics != 0 && sink->topics < 1u << TT_TOPICS_N && sink->encoding < TT_ENCODINGS_N);
    demand(sink->privacy.prefix_v4 <= 32 && sink->privacy.prefix_v6 <= 128);
    demand(sink->path != NULL && (sink->path[0] == '/' || strncmp(sink->path, "{state_dir}/", 12) == 0));
    demand(tt_conf_expand(sink->path, &names, path, sizeof(path)) == TT_OK);
    demand(strchr(path, '{') == NULL);
}

static void look_at_conf(const struct tt_conf *conf)
{
    demand(conf->node != NULL && conf->node[0] != '\0' && strlen(conf->node) <= 255);
    demand(conf->region == NULL || (conf->region[0] != '\0' && strlen(conf->region) <= 64));
    demand(conf->state_dir != NULL && conf->state_dir[0] == '/' && strchr(conf->state_dir, '{') == NULL);
    demand(conf->ring_size >= 64 << 10 && conf->ring_size <= 64 << 20);
    demand((conf->ring_size & (conf->ring_size - 1)) == 0 && conf->sinks_n <= TT_CONF_SINKS_MAX);
    for (unsigned i = 0; i < conf->sinks_n; i++)
        look_at_sink(conf, &conf->sinks[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    uint8_t software = (uint8_t)(1 + size % 4);
    int err = tt_conf_parse_text((const char *)data, size, "/etc/t.yaml", software, &conf, &errors);

    look_at_errors(&errors);
    demand(err == TT_OK || err == TT_ECONFIG);
    demand((err == TT_OK) == (conf != NULL) && (err == TT_OK) == (errors.count == 0));
    if (conf != NULL)
        look_at_conf(conf);
    tt_conf_free(&conf);
    return 0;
}
