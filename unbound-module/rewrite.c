/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "rewrite.h"

#include "question.h"

#if TT_UNBOUND_SINCE(18)

bool tt_rewrite_foresee(struct tt_seat *seat, struct tt_answer *answer, struct regional *region)
{
    (void)seat, (void)answer, (void)region;
    return true;
}

#else

#include "daemon/acl_list.h"

/* As worker_handle_request builds it (daemon/worker.c). */
static struct respip_client_info client_of(const struct tt_answer *answer)
{
    struct comm_reply *repinfo = (struct comm_reply *)(uintptr_t)answer->repinfo;
    struct daemon *daemon = answer->worker->daemon;
    const struct acl_addr *acl =
        acl_addr_lookup(daemon->acl, &repinfo->client_addr, repinfo->client_addrlen);
    struct respip_client_info info = {.respip_set = daemon->respip_set};

    if (acl == NULL && repinfo->c->socket != NULL)
        acl = repinfo->c->socket->acl;
    if (acl == NULL)
        return info;
    info.taglist = acl->taglist;
    info.taglen = acl->taglen;
    info.tag_actions = acl->tag_actions;
    info.tag_actions_size = acl->tag_actions_size;
    info.tag_datas = acl->tag_datas;
    info.tag_datas_size = acl->tag_datas_size;
    info.view = acl->view;
    return info;
}

/* As apply_respip_action (daemon/worker.c). */
static bool rewrite(struct tt_answer *answer, struct regional *region, struct reply_info **becomes,
                    struct ub_packed_rrset_key **alias)
{
    struct respip_client_info client = client_of(answer);

    answer->policy.action = respip_none;
    if (!respip_rewrite_reply(answer->qinfo, &client, answer->rep, becomes, &answer->policy, alias,
                              0, region, answer->worker->env.auth_zones, NULL))
        return false;
    if ((answer->policy.action == respip_deny || answer->policy.action == respip_inform_deny) &&
        *becomes == answer->rep)
        *becomes = NULL;
    return true;
}

/* The second call for one query: the target of the alias that the first call ended with. */
static bool merge(struct tt_seat *seat, struct tt_answer *answer, struct regional *region,
                  struct reply_info **becomes)
{
    const struct module_env *env = &answer->worker->env;
    struct respip_client_info client = client_of(answer);
    bool must_validate = (!(tt_question_flags(answer->repinfo) & BIT_CD) || env->cfg->ignore_cd) &&
                         env->need_to_validate;
    struct reply_info *base = seat->partial.base;

    answer->policy = seat->partial.policy;
    seat->partial.base = NULL;
    return respip_merge_cname(base, answer->qinfo, answer->rep, &client, must_validate, becomes,
                              region, env->auth_zones);
}

static bool is_second_call(const struct tt_seat *seat, const struct tt_told *now)
{
    return seat->partial.base != NULL && tt_told_is_same(now, &seat->partial.query);
}

bool tt_rewrite_foresee(struct tt_seat *seat, struct tt_answer *answer, struct regional *region)
{
    struct reply_info *becomes = (struct reply_info *)(uintptr_t)answer->rep;
    struct ub_packed_rrset_key *alias = NULL;
    struct tt_told now;

    if (answer->hook != TT_HOOK_CACHE || TT_LIKELY(!tt_answer_may_be_rewritten(answer)))
        return true;
    now = tt_told_of(answer->worker, answer->repinfo);
    if (is_second_call(seat, &now)) {
        if (!merge(seat, answer, region, &becomes))
            return false;
    } else if (!rewrite(answer, region, &becomes, &alias)) {
        return false;
    }
    if (becomes != NULL && alias != NULL) {
        /* Unbound copies it too: the cache's locks are given back in between. */
        seat->partial.base = reply_info_copy(becomes, NULL, region);
        seat->partial.query = now;
        seat->partial.policy = answer->policy;
        return false;
    }
    answer->is_dropped = becomes == NULL;
    answer->is_rewritten = becomes != answer->rep;
    answer->has_policy = answer->policy.action != respip_none;
    if (becomes != NULL)
        answer->rep = becomes;
    return true;
}

#endif
