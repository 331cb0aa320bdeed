/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Any bytes as a configuration: no crash, no leak, and these hold. A refusal has a text, made of
 * whole, clean lines; what is accepted is whole and within its limits; all kinds of host agree. The
 * same bytes are read as a file of zones_dir.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"
#include "conf/kafka_property.h"
#include "conf/remote.h"
#include "wire/codes.h"
#include "wire/name.h"

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

/* Text form: a name that is parsed and written again is itself. */
static void look_at_name(const char *name)
{
    uint8_t wire[TT_NAME_MAX], len;
    char text[TT_NAME_TEXT_MAX + 1];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    demand(name != NULL && tt_name_parse(tt_str_from(name), wire, &len) == TT_OK);
    tt_name_format(&buf, wire, len);
    demand(strcmp(tt_buf_cstr(&buf), name) == 0);
}

static void look_at_names(const struct tt_texts *names)
{
    for (unsigned i = 0; i < names->items_n; i++)
        look_at_name(names->items[i]);
}

static void look_at_nets(const struct tt_conf_nets *nets)
{
    for (unsigned i = 0; i < nets->items_n; i++) {
        const struct tt_conf_net *net = &nets->items[i];
        struct tt_ip cut = tt_ip_cut(&net->ip, net->prefix);

        demand(net->ip.family == 4 || net->ip.family == 6);
        demand(net->prefix <= (net->ip.family == 6 ? 128 : 32));
        demand(memcmp(cut.bytes, net->ip.bytes, sizeof(cut.bytes)) == 0);
    }
}

static void look_at_filter(const struct tt_conf_filter *filter)
{
    uint16_t code;

    look_at_names(&filter->names);
    look_at_nets(&filter->clients);
    for (unsigned i = 0; i < filter->rcodes.items_n; i++)
        demand(tt_rcode_parse(tt_str_from(filter->rcodes.items[i]), &code) == TT_OK);
    for (unsigned i = 0; i < filter->types.items_n; i++)
        demand(tt_type_parse(tt_str_from(filter->types.items[i]), &code) == TT_OK);
    demand((filter->outcomes & ~0xeu) == 0);
    demand(filter->is_given || (filter->outcomes == 0 && filter->list == NULL && filter->names.items_n == 0));
}

static void look_at_zones(const struct tt_conf_zone *zones, unsigned zones_n)
{
    demand(zones_n <= TT_ZONES_MAX);
    for (unsigned i = 0; i < zones_n; i++) {
        look_at_name(zones[i].name);
        look_at_names(&zones[i].names);
        for (unsigned k = 0; k < i && k < 64; k++)
            demand(strcmp(zones[k].name, zones[i].name) != 0);
    }
}

static void look_at_template(const struct tt_conf *conf, const char *template_path)
{
    struct tt_conf_names names = {conf->state_dir, "unbound", 1};
    char path[TT_CONF_PATH_MAX + 64];

    demand(template_path != NULL && (template_path[0] == '/' || strncmp(template_path, "{state_dir}/", 12) == 0));
    demand(tt_conf_expand(template_path, &names, path, sizeof(path)) == TT_OK);
    demand(strchr(path, '{') == NULL);
}

/* Where it goes: one place, and nothing in the clear beyond this machine that does not say so. */
static void look_at_place(const struct tt_conf *conf, const struct tt_conf_sink *sink)
{
    bool is_http = sink->type == TT_SINK_REMOTE_WRITE || sink->type == TT_SINK_LOKI;
    struct tt_remote remote;

    demand((sink->path != NULL) + (sink->url != NULL) + (sink->brokers != NULL) + (sink->address != NULL) == 1);
    demand((sink->url != NULL) == is_http && (sink->brokers != NULL) == (sink->type == TT_SINK_KAFKA));
    if (sink->path != NULL)
        look_at_template(conf, sink->path);
    demand(!is_http || tt_remote_parse_url(tt_str_from(sink->url), &remote) == TT_OK);
    demand(!is_http || remote.is_tls || sink->is_insecure || tt_remote_is_loopback(remote.host));
    if (sink->spool.is_on)
        look_at_template(conf, sink->spool.path);
    demand(!sink->spool.is_on || (sink->spool.topics != 0 && (sink->spool.topics & ~sink->topics) == 0));
    demand((sink->tls.cert_file == NULL) == (sink->tls.key_file == NULL));
    for (unsigned i = 0; i < sink->properties.items_n; i++)
        demand(tt_kafka_property_refusal(sink->properties.items[i].key) == NULL);
}

static void look_at_copy(const struct tt_conf_sink *sink)
{
    struct tt_conf_sink copy;

    demand(tt_conf_sink_copy(&copy, sink) == TT_OK && tt_conf_sink_equal(&copy, sink));
    tt_conf_sink_fini(&copy);
}

static void look_at_sink(const struct tt_conf *conf, const struct tt_conf_sink *sink)
{
    demand(sink->name != NULL && sink->name[0] != '\0' && strlen(sink->name) <= 32);
    demand(sink->topics != 0 && sink->topics < 1u << TT_TOPICS_N && sink->encoding < TT_ENCODINGS_N);
    demand(sink->privacy.prefix_v4 <= 32 && sink->privacy.prefix_v6 <= 128);
    look_at_place(conf, sink);
    look_at_copy(sink);
    demand(sink->policy < conf->policies_n);
    demand(tt_privacy_equal(&sink->privacy, &conf->policies[sink->policy]));
    demand(sink->privacy.client != TT_PRIVACY_HASH || sink->privacy.key_file != NULL);
    demand(sink->keep >= 1 && sink->keep <= 99 && sink->sample > 0 && sink->sample <= 1);
    demand(sink->rotate == 0 || (sink->rotate >= 1 << 20 && sink->rotate <= (uint64_t)1 << 40));
    look_at_filter(&sink->only);
    look_at_filter(&sink->except);
}

static void look_at_path(const char *path)
{
    demand(path == NULL || (path[0] == '/' && strchr(path, '{') == NULL));
}

static void look_at_data(const struct tt_conf *conf)
{
    look_at_path(conf->suffix_list);
    look_at_path(conf->geo.country);
    look_at_path(conf->geo.asn);
    look_at_path(conf->zones_dir);
    look_at_names(&conf->ignore_names);
    look_at_nets(&conf->ignore_clients);
    demand(conf->threats_n <= TT_THREATS_MAX);
    for (unsigned i = 0; i < conf->threats_n; i++) {
        const struct tt_conf_threat *threat = &conf->threats[i];

        demand(threat->name != NULL && threat->file != NULL && threat->match <= TT_THREAT_MATCH_SUFFIX);
        demand(threat->score >= 0 && threat->score <= 1);
        look_at_path(threat->file);
        for (unsigned k = 0; k < i; k++)
            demand(strcmp(conf->threats[k].name, threat->name) != 0);
    }
}

static void look_at_views(const struct tt_conf *conf)
{
    demand(conf->views_n <= TT_CONF_VIEWS_MAX);
    for (unsigned i = 0; i < conf->views_n; i++) {
        const struct tt_conf_view *view = &conf->views[i];

        demand(view->name[0] != '\0' && strlen(view->name) <= TT_CONF_VIEW_NAME_MAX);
        demand(view->policy < conf->policies_n);
        demand(tt_privacy_equal(&view->privacy, &conf->policies[view->policy]));
        demand(view->privacy.client != TT_PRIVACY_HASH || view->privacy.key_file != NULL);
        for (unsigned k = 0; k < i; k++)
            demand(strcmp(conf->views[k].name, view->name) != 0);
    }
}

static void look_at_conf(const struct tt_conf *conf)
{
    demand(conf->node != NULL && conf->node[0] != '\0' && strlen(conf->node) <= 255);
    demand(conf->region == NULL || (conf->region[0] != '\0' && strlen(conf->region) <= 64));
    demand(conf->state_dir != NULL && conf->state_dir[0] == '/' && strchr(conf->state_dir, '{') == NULL);
    demand(conf->ring_size >= 64 << 10 && conf->ring_size <= 64 << 20);
    demand((conf->ring_size & (conf->ring_size - 1)) == 0 && conf->sinks_n <= TT_CONF_SINKS_MAX);
    demand(conf->tap_path != NULL && conf->tap_mode >= 0600 && conf->tap_mode <= 0777);
    demand(conf->policies_n >= 1 && conf->policies_n <= TT_PRIVACIES_MAX);
    demand(!conf->tap_on || tt_privacy_equal(&conf->privacy, &conf->policies[0]));
    look_at_data(conf);
    look_at_zones(conf->zones, conf->zones_n);
    look_at_views(conf);
    for (unsigned i = 0; i < conf->sinks_n; i++)
        look_at_sink(conf, &conf->sinks[i]);
}

/* The same bytes as a file of zones_dir. */
static void read_zones(const uint8_t *data, size_t size)
{
    struct tt_conf_errors errors;
    struct tt_conf_zone *zones;
    unsigned zones_n;
    int err = tt_conf_zones_parse((const char *)data, size, "/etc/z.yaml", &zones, &zones_n, &errors);

    look_at_errors(&errors);
    demand(err == TT_OK || err == TT_ECONFIG);
    demand((err == TT_OK) == (errors.count == 0) && (err == TT_OK || (zones == NULL && zones_n == 0)));
    look_at_zones(zones, zones_n);
    tt_conf_zones_free(&zones, zones_n);
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
    read_zones(data, size);
    return 0;
}
