/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/privacy.h"

/* Fields of the client group that a policy holds back; every other one leaves. */
static void hold_back(struct tt_fields *fields, enum tt_privacy_client client)
{
    tt_fields_drop(fields, TT_FIELD_client_hash);
    tt_fields_drop(fields, TT_FIELD_client_hash_key);
    if (client == TT_PRIVACY_FULL)
        return;
    tt_fields_drop(fields, TT_FIELD_client_ip);
    tt_fields_drop(fields, TT_FIELD_client_port);
    tt_fields_drop(fields, TT_FIELD_proxied_by);
}

static struct tt_net cut(const struct tt_net *net, const struct tt_privacy *privacy)
{
    uint8_t policy = net->ip.family == 4 ? privacy->prefix_v4 : privacy->prefix_v6;
    struct tt_net out = {{0, {0}}, TT_MIN(net->prefix, policy)};

    out.ip = tt_ip_cut(&net->ip, out.prefix);
    return out;
}

void tt_event_show(const struct tt_event *event, enum tt_topic topic, const struct tt_privacy *privacy,
                   struct tt_shown *shown)
{
    struct tt_fields carried = tt_fields_of_topic(topic);

    shown->fields.bits[0] = event->have.bits[0] & carried.bits[0];
    shown->fields.bits[1] = event->have.bits[1] & carried.bits[1];
    hold_back(&shown->fields, (enum tt_privacy_client)privacy->client);
    if (tt_fields_have(&shown->fields, TT_FIELD_client_net))
        shown->client_net = cut(&event->client_net, privacy);
    if (tt_fields_have(&shown->fields, TT_FIELD_ecs))
        shown->ecs = privacy->client == TT_PRIVACY_FULL ? event->ecs : cut(&event->ecs, privacy);
}
