/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "reasons.h"

#include "iterator/iterator.h"
#include "servfail.h"

/* 4, sentinel fail, ends as bogus for the client (RFC 8509; daemon/worker.c, services/mesh.c). */
static const uint8_t dnssec_status[] = {
    [sec_status_unchecked] = TT_dnssec_status_UNCHECKED,
    [sec_status_bogus] = TT_dnssec_status_BOGUS,
    [sec_status_indeterminate] = TT_dnssec_status_INDETERMINATE,
    [sec_status_insecure] = TT_dnssec_status_INSECURE,
    [sec_status_secure_sentinel_fail] = TT_dnssec_status_BOGUS,
    [sec_status_secure] = TT_dnssec_status_SECURE,
};

static uint8_t security_of(const struct reply_info *rep)
{
    return rep != NULL && (unsigned)rep->security < TT_COUNT(dnssec_status)
               ? dnssec_status[rep->security]
               : 0;
}

/* Expired data that the state was answered with comes from the cache, not from its own work. */
static bool is_stale(const struct tt_answer *answer)
{
    const struct module_qstate *qstate = answer->qstate;

    if (answer->rep == NULL || answer->hook == TT_HOOK_LOCAL)
        return false;
    if (qstate == NULL)
        return answer->rep->ttl < answer->now;
    return qstate->serve_expired_data != NULL &&
           (qstate->return_msg == NULL || qstate->return_msg->rep != answer->rep);
}

static uint8_t cache_status(const struct tt_answer *answer)
{
    if (answer->is_auth_zone)
        return TT_cache_status_AUTHORITATIVE;
    if (answer->hook == TT_HOOK_LOCAL)
        return TT_cache_status_LOCAL;
    if (is_stale(answer))
        return TT_cache_status_STALE;
    return answer->work != NULL && answer->work->upstream_n > 0 ? TT_cache_status_MISS
                                                                : TT_cache_status_HIT;
}

static const struct edns_option *find_option(const struct edns_option *list, uint16_t code)
{
    while (list != NULL && list->opt_code != code)
        list = list->next;
    return list;
}

/* An extended error that stands in the answer already (RFC 8914 section 2). */
static bool fill_attached_ede(struct tt_obs_writer *writer, const struct edns_data *edns)
{
    const struct edns_option *option =
        edns->edns_present ? find_option(edns->opt_list_out, LDNS_EDNS_EDE) : NULL;

    if (option == NULL || option->opt_len < 2)
        return false;
    writer->obs->ede_code = (uint16_t)(option->opt_data[0] << 8 | option->opt_data[1]);
    writer->obs->have |= TT_HAVE_EDE_CODE;
    if (option->opt_len > 2)
        (void)tt_obs_put(writer, TT_TAIL_EDE_TEXT, 0, option->opt_data + 2,
                         TT_MIN(option->opt_len - 2, (size_t)TT_OBS_TEXT_MAX));
    return true;
}

/* As errinf_to_reason_bogus and mesh_send_reply choose it: the first that says more than "bogus".
 */
static int bogus_code(const struct tt_answer *answer)
{
    const struct errinf_strlist *at = answer->qstate != NULL ? answer->qstate->errinf : NULL;
    int code = LDNS_EDE_NONE;

    for (; at != NULL; at = at->next)
        if (at->reason_bogus != LDNS_EDE_NONE &&
            (code == LDNS_EDE_NONE || code == LDNS_EDE_DNSSEC_BOGUS))
            code = at->reason_bogus;
    if ((code == LDNS_EDE_NONE || code == LDNS_EDE_DNSSEC_BOGUS) && answer->rep->reason_bogus > 0)
        code = answer->rep->reason_bogus;
    return code > 0 ? code : LDNS_EDE_DNSSEC_BOGUS;
}

/* Unbound's own words, when val-log-level 2 or log-servfail make it keep them. */
static void put_bogus_text(struct tt_obs_writer *writer, const struct tt_answer *answer)
{
    char text[TT_OBS_TEXT_MAX];
    size_t len = 0;
    const struct errinf_strlist *at = answer->qstate != NULL ? answer->qstate->errinf : NULL;

#if TT_UNBOUND_SINCE(18)
    if (at == NULL && answer->rep->reason_bogus_str != NULL) {
        len = strnlen(answer->rep->reason_bogus_str, sizeof(text));
        memcpy(text, answer->rep->reason_bogus_str, len);
    }
#endif
    for (; at != NULL && at->str != NULL; at = at->next) {
        size_t part = strlen(at->str);

        if (len + part + 1 > sizeof(text))
            break;
        if (len > 0)
            text[len++] = ' ';
        memcpy(text + len, at->str, part);
        len += part;
    }
    if (len > 0)
        (void)tt_obs_put(writer, TT_TAIL_DNSSEC_REASON, 0, text, len);
}

static void fill_dnssec(struct tt_obs_writer *writer, const struct tt_answer *answer)
{
    struct tt_obs *obs = writer->obs;
    bool has_ede = fill_attached_ede(writer, answer->edns);

    if (answer->hook == TT_HOOK_LOCAL)
        return;
    obs->dnssec_status = security_of(answer->rep);
    if (obs->dnssec_status != TT_dnssec_status_BOGUS) {
        if (answer->response_code == LDNS_RCODE_SERVFAIL)
            obs->dnssec_status = 0; /* of a cached failure: there is nothing that it could be of */
        return;
    }
    put_bogus_text(writer, answer);
    if (!has_ede) {
        obs->ede_code = (uint16_t)bogus_code(answer);
        obs->have |= TT_HAVE_EDE_CODE;
    }
}

/* What a stale answer will carry; 1.17.1 attaches it after the callback. */
static void fill_stale_ede(struct tt_obs *obs, const struct tt_answer *answer)
{
    const struct config_file *cfg = answer->worker->env.cfg;

    if (obs->cache_status != TT_cache_status_STALE || (obs->have & TT_HAVE_EDE_CODE))
        return;
    if (cfg->ede && cfg->ede_serve_expired && answer->edns->edns_present) {
        obs->ede_code = LDNS_EDE_STALE_ANSWER;
        obs->have |= TT_HAVE_EDE_CODE;
    }
}

static uint8_t action_word(enum respip_action action)
{
    switch (action) {
    case respip_always_nxdomain:
        return TT_policy_action_NXDOMAIN;
    case respip_always_nodata:
    case respip_static:
    case respip_transparent:
    case respip_typetransparent:
        return TT_policy_action_NODATA;
    case respip_always_transparent:
        return TT_policy_action_PASSTHRU;
    case respip_deny:
    case respip_inform_deny:
    case respip_always_deny:
        return TT_policy_action_DROP;
    case respip_truncate:
        return TT_policy_action_TCP_ONLY;
    case respip_redirect:
    case respip_inform_redirect:
        return TT_policy_action_DATA;
    case respip_always_refuse:
    case respip_refuse:
        return TT_policy_action_REFUSED;
    case respip_inform:
        return TT_policy_action_LOGGED;
    default:
        return 0;
    }
}

static void fill_policy(struct tt_obs_writer *writer, const struct respip_action_info *info)
{
    if (info == NULL)
        return;
    writer->obs->policy_action =
        info->rpz_disabled
            ? TT_policy_action_LOGGED
            : (info->rpz_cname_override ? TT_policy_action_CNAME : action_word(info->action));
    if (info->log_name != NULL)
        (void)tt_obs_put(writer, TT_TAIL_POLICY_NAME, 0, info->log_name,
                         strnlen(info->log_name, TT_OBS_TEXT_MAX));
}

static void fill_upstream(struct tt_obs *obs, const struct tt_work *work)
{
    obs->upstream_count = (uint16_t)TT_MIN(work->upstream_n, (uint32_t)UINT16_MAX);
    obs->have |= TT_HAVE_UPSTREAM_COUNT;
}

void tt_reasons_fill(struct tt_obs_writer *writer, const struct tt_answer *answer)
{
    struct tt_obs *obs = writer->obs;

    obs->cache_status = cache_status(answer);
    fill_dnssec(writer, answer);
    fill_stale_ede(obs, answer);
    if (answer->qstate != NULL)
        fill_policy(writer, answer->qstate->respip_action_info);
    else if (answer->has_policy)
        fill_policy(writer, &answer->policy);
    /* 1.17.1 lets a cached answer pass that RPZ says to drop. */
    if (obs->policy_action == TT_policy_action_DROP && !answer->is_dropped)
        obs->policy_action = 0;
    if (answer->is_truncated && obs->policy_action == 0)
        obs->policy_action = TT_policy_action_TCP_ONLY;
    if (answer->response_code == LDNS_RCODE_SERVFAIL && !answer->is_auth_zone)
        obs->servfail_reason = tt_servfail_reason(answer);
    if (answer->work != NULL && answer->work->upstream_n > 0)
        fill_upstream(obs, answer->work);
}

void tt_reasons_fill_dropped(struct tt_obs_writer *writer, const struct module_qstate *qstate,
                             const struct tt_work *work)
{
    fill_policy(writer, qstate->respip_action_info);
    if (qstate->is_drop && writer->obs->policy_action == 0)
        writer->obs->policy_action = TT_policy_action_DROP;
    if (work->upstream_n > 0)
        writer->obs->cache_status = TT_cache_status_MISS;
    fill_upstream(writer->obs, work);
}
