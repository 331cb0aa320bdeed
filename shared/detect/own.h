/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Alerts of telltale about itself: the rules of own_rules.def, each about many subjects, and the state of
 * every alert: pending → firing → resolved. Somebody says the facts about once a second; a change of state,
 * and every hour an alert that still fires, comes back as a record. Pending is no record: what is over
 * before its time was nothing. Bounded memory, no I/O, no clock of its own. Thread: one.
 */

#include "event/alert.h"

enum tt_own_rule {
#define R(id, ...) TT_OWN_##id,
#include "detect/own_rules.def"
#undef R
    TT_OWN_RULES_N
};

/* A rule as data. */
struct tt_own_rule_row {
    const char *rule, *before, *after, *check_first, *runbook, *stop_condition;
    uint32_t for_s, clear_s;
    uint8_t severity; /* enum tt_severity */
};
extern const struct tt_own_rule_row tt_own_rule_rows[TT_OWN_RULES_N];

enum { TT_OWN_ALERTS_MAX = 512, TT_OWN_REPEAT_S = 3600 };

/* How one subject is now; lends for the call. Two facts about one subject are one: bad when either is. */
struct tt_own_fact {
    uint8_t rule; /* enum tt_own_rule */
    bool is_bad;
    const char *subject; /* a sink's name, a file's path, a host */
    uint64_t since_us; /* wall clock: since when it is so; 0: not known */
    const struct tt_alert_evidence *evidence;
    unsigned evidence_n;
};

/* Everything that is known at one moment. */
struct tt_own_facts {
    uint64_t now_ns; /* monotonic: durations */
    uint64_t now_us; /* wall clock: what records say */
    unsigned rules; /* bit mask: rules about which the facts are complete; a subject that is in none is gone,
                       and its alert is over; alerts of other rules stay as they are */
    const struct tt_own_fact *facts;
    unsigned facts_n;
};

struct tt_own;

/* Fails: TT_ENOMEM. */
int tt_own_new(struct tt_own **own);
void tt_own_free(struct tt_own **own);

/* Judges, and gives each record that is due to emit: lent for the call, all but its sequence set. region and
 * scope: of tt_alert_id; region NULL: none. */
void tt_own_judge(struct tt_own *own, const struct tt_own_facts *facts, const char *region, const char *scope,
                  void (*emit)(struct tt_alert *alert, void *arg), void *arg);

/* Alerts of a rule that fire now. */
unsigned tt_own_firing(const struct tt_own *own, enum tt_own_rule rule);
