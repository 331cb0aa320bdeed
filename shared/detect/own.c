/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "detect/own.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define S_NS UINT64_C(1000000000)

enum { SUBJECT_MAX = 1008, TITLE_MAX = 1280 };

const struct tt_own_rule_row tt_own_rule_rows[TT_OWN_RULES_N] = {
#define R(id, rule_, severity_, for_, clear_, before_, after_, check_, runbook_, stop_)                    \
    [TT_OWN_##id] = {.rule = rule_,                                                                        \
                     .before = before_,                                                                    \
                     .after = after_,                                                                      \
                     .check_first = check_,                                                                \
                     .runbook = runbook_,                                                                  \
                     .stop_condition = stop_,                                                              \
                     .for_s = for_,                                                                        \
                     .clear_s = clear_,                                                                    \
                     .severity = TT_severity_##severity_},
#include "detect/own_rules.def"
#undef R
};

enum state { IDLE, PENDING, FIRING };

/* One alert: a rule about a subject. An idle one keeps its count until its place is needed. */
struct entry {
    char subject[SUBJECT_MAX + 1];
    uint8_t rule, state;
    uint64_t count;
    uint64_t alert_id; /* since it fires: region and scope may become others */
    uint64_t bad_ns; /* monotonic: pending since then */
    uint64_t good_ns, good_us; /* firing, and well since then; 0: it is not */
    uint64_t repeat_ns;
    uint64_t started_us;
    const struct tt_own_fact *fact; /* of this round; NULL: nobody spoke of it */
};

struct tt_own {
    unsigned entries_n;
    unsigned next_taken; /* where the search for an idle one goes on */
    struct entry entries[TT_OWN_ALERTS_MAX];
};

/* What a round is given. */
struct round {
    struct tt_own *own;
    const struct tt_own_facts *facts;
    const char *region, *scope;
    void (*emit)(struct tt_alert *alert, void *arg);
    void *arg;
};

int tt_own_new(struct tt_own **own)
{
    *own = calloc(1, sizeof(**own));
    return *own != NULL ? TT_OK : TT_ENOMEM;
}

void tt_own_free(struct tt_own **own)
{
    free(*own);
    *own = NULL;
}

static struct entry *find(struct tt_own *own, const struct tt_own_fact *fact)
{
    for (unsigned i = 0; i < own->entries_n; i++)
        if (own->entries[i].rule == fact->rule &&
            strncmp(own->entries[i].subject, fact->subject, SUBJECT_MAX) == 0)
            return &own->entries[i];
    return NULL;
}

/* NULL: all of them are at work. */
static struct entry *take(struct tt_own *own, const struct tt_own_fact *fact)
{
    struct entry *entry = NULL;

    if (own->entries_n < TT_OWN_ALERTS_MAX)
        entry = &own->entries[own->entries_n++];
    for (unsigned i = 0; i < own->entries_n && entry == NULL; i++) {
        struct entry *other = &own->entries[own->next_taken++ % own->entries_n];
        entry = other->state == IDLE ? other : NULL;
    }
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.rule = fact->rule};
    memcpy(entry->subject, fact->subject, strnlen(fact->subject, SUBJECT_MAX));
    return entry;
}

static void note_facts(struct tt_own *own, const struct tt_own_facts *facts)
{
    for (unsigned i = 0; i < own->entries_n; i++)
        own->entries[i].fact = NULL;
    for (unsigned i = 0; i < facts->facts_n; i++) {
        const struct tt_own_fact *fact = &facts->facts[i];
        struct entry *entry = find(own, fact);

        if (entry == NULL && fact->is_bad)
            entry = take(own, fact);
        if (entry != NULL && (entry->fact == NULL || !entry->fact->is_bad))
            entry->fact = fact;
    }
}

static void say(const struct round *round, struct entry *entry, uint8_t state)
{
    static const struct tt_alert_evidence gone = {"configuration", "names it no more"};
    const struct tt_own_rule_row *row = &tt_own_rule_rows[entry->rule];
    struct tt_str region = tt_str_from(round->region);
    char title[TITLE_MAX];
    struct tt_buf buf = tt_buf_over(title, sizeof(title));
    struct tt_alert alert = {
        .time_us = round->facts->now_us,
        .alert_id = entry->alert_id,
        .rule = row->rule,
        .subject = entry->subject,
        .state = state,
        .severity = row->severity,
        .title = title,
        .check_first = row->check_first,
        .runbook = row->runbook,
        .stop_condition = row->stop_condition,
        .regions = &region,
        .regions_n = round->region != NULL,
        .started_at_us = entry->started_us,
        .ends_at_us = state == TT_alert_state_RESOLVED ? entry->good_us : 0,
        .count = entry->count,
        .evidence = entry->fact != NULL ? entry->fact->evidence : &gone,
        .evidence_n = entry->fact != NULL ? entry->fact->evidence_n : 1,
    };

    tt_buf_format(&buf, "%s%s%s", row->before, entry->subject, row->after);
    tt_buf_cstr(&buf);
    round->emit(&alert, round->arg);
}

static void fire(const struct round *round, struct entry *entry)
{
    entry->state = FIRING;
    entry->count++;
    entry->alert_id =
        tt_alert_id(tt_own_rule_rows[entry->rule].rule, entry->subject, round->region, round->scope);
    entry->good_ns = 0;
    entry->repeat_ns = round->facts->now_ns + TT_OWN_REPEAT_S * S_NS;
    say(round, entry, TT_alert_state_FIRING);
}

static void judge_bad(const struct round *round, struct entry *entry)
{
    const struct tt_own_facts *facts = round->facts;

    if (entry->state == IDLE) {
        entry->state = PENDING;
        entry->bad_ns = facts->now_ns;
        entry->started_us = entry->fact->since_us != 0 ? entry->fact->since_us : facts->now_us;
    }
    if (entry->state == PENDING) {
        if (facts->now_ns - entry->bad_ns >= tt_own_rule_rows[entry->rule].for_s * S_NS)
            fire(round, entry);
        return;
    }
    entry->good_ns = 0;
    if (facts->now_ns < entry->repeat_ns)
        return;
    entry->repeat_ns = facts->now_ns + TT_OWN_REPEAT_S * S_NS;
    say(round, entry, TT_alert_state_FIRING);
}

static void judge_good(const struct round *round, struct entry *entry)
{
    const struct tt_own_facts *facts = round->facts;

    if (entry->state == PENDING)
        entry->state = IDLE;
    if (entry->state == IDLE)
        return;
    if (entry->good_ns == 0) {
        entry->good_ns = facts->now_ns;
        entry->good_us = facts->now_us;
    }
    if (facts->now_ns - entry->good_ns < tt_own_rule_rows[entry->rule].clear_s * S_NS)
        return;
    entry->state = IDLE;
    say(round, entry, TT_alert_state_RESOLVED);
}

void tt_own_judge(struct tt_own *own, const struct tt_own_facts *facts, const char *region, const char *scope,
                  void (*emit)(struct tt_alert *alert, void *arg), void *arg)
{
    const struct round round = {own, facts, region, scope, emit, arg};

    note_facts(own, facts);
    for (unsigned i = 0; i < own->entries_n; i++) {
        struct entry *entry = &own->entries[i];

        if ((facts->rules & 1u << entry->rule) == 0)
            continue;
        if (entry->fact != NULL && entry->fact->is_bad)
            judge_bad(&round, entry);
        else
            judge_good(&round, entry);
        entry->fact = NULL; /* lent for the call */
    }
}

unsigned tt_own_firing(const struct tt_own *own, enum tt_own_rule rule)
{
    unsigned n = 0;

    for (unsigned i = 0; i < own->entries_n; i++)
        n += own->entries[i].rule == rule && own->entries[i].state == FIRING;
    return n;
}
