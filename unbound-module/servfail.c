/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "servfail.h"

#include "iterator/iterator.h"
#include "services/modstack.h"

struct words {
    const char *prefix;
    uint8_t reason;
};

static const struct words table[] = {
#define WORDS(prefix, reason) {prefix, TT_servfail_reason_##reason},
#include "servfail.def"
#undef WORDS
};

static bool begins(const struct errinf_strlist *at, const char *prefix)
{
    for (; at != NULL; at = at->next)
        if (at->str != NULL && strncmp(at->str, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static uint8_t from_words(const struct module_qstate *qstate)
{
    if (qstate->errinf == NULL)
        return 0;
    for (size_t i = 0; i < TT_COUNT(table); i++)
        if (begins(qstate->errinf, table[i].prefix))
            return table[i].reason;
    return 0;
}

static const struct iter_qstate *iterator_state(const struct module_qstate *qstate)
{
    const struct module_stack *stack = &qstate->env->mesh->mods;

    for (int i = 0; i < stack->num; i++)
        if (strcmp(stack->mod[i]->name, "iterator") == 0)
            return qstate->minfo[i];
    return NULL;
}

/* From the exchanges that this state made itself, the reason that explains the most of them. */
static uint8_t from_exchanges(const struct tt_work *work)
{
    if (work->timeouts_n == 0 && work->failures_n == 0 && work->malformed_n == 0)
        return 0;
    if (work->timeouts_n >= work->failures_n && work->timeouts_n >= work->malformed_n)
        return TT_servfail_reason_UPSTREAM_TIMEOUT;
    return work->failures_n >= work->malformed_n ? TT_servfail_reason_UPSTREAM_FAILURE
                                                 : TT_servfail_reason_UPSTREAM_MALFORMED;
}

static uint8_t from_iterator(const struct iter_qstate *iq)
{
    if (iq == NULL)
        return TT_servfail_reason_OTHER;
    if (iq->referral_count > MAX_REFERRAL_COUNT)
        return TT_servfail_reason_LIMIT_EXCEEDED;
    if (iq->scrub_failures > 0 || iq->parse_failures > 0)
        return TT_servfail_reason_UPSTREAM_MALFORMED;
    return iq->dp != NULL ? TT_servfail_reason_NO_UPSTREAM : TT_servfail_reason_OTHER;
}

static uint8_t of_state(const struct tt_answer *answer)
{
    const struct module_qstate *qstate = answer->qstate;
    uint8_t reason;

    if (qstate->was_ratelimited)
        return TT_servfail_reason_RATE_LIMITED;
    reason = from_words(qstate);
    if (reason == 0)
        reason = from_exchanges(answer->work);
    return reason != 0 ? reason : from_iterator(iterator_state(qstate));
}

static bool is_bogus(const struct reply_info *rep)
{
    return rep != NULL &&
           (rep->security == sec_status_bogus || rep->security == sec_status_secure_sentinel_fail);
}

uint8_t tt_servfail_reason(const struct tt_answer *answer)
{
    if (is_bogus(answer->rep))
        return TT_servfail_reason_DNSSEC_BOGUS;
    if (answer->hook == TT_HOOK_LOCAL)
        return TT_servfail_reason_OTHER;
    if (answer->qstate != NULL)
        return of_state(answer);
    return answer->rep != NULL ? TT_servfail_reason_CACHED : TT_servfail_reason_INTERNAL;
}
