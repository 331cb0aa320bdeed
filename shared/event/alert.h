/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Records of kind alert: the state of one alert, at each change of it (design.md §3). */

#include "event/form.h"

/* One thing that the judgement rests on; texts lend. */
struct tt_alert_evidence {
    const char *what, *value;
};

/* Texts: NULL or "" is absent; they lend. */
struct tt_alert {
    uint64_t sequence; /* event_id of this record: port 0 */
    uint64_t time_us; /* wall clock */
    uint64_t alert_id; /* tt_alert_id */
    const char *rule, *subject;
    uint8_t state; /* enum tt_alert_state */
    uint8_t severity; /* enum tt_severity */
    const char *title, *check_first, *owner, *escalation, *runbook, *stop_condition;
    const struct tt_str *regions;
    unsigned regions_n;
    uint64_t started_at_us, ends_at_us; /* wall clock; ends_at 0: not over */
    uint64_t count;
    const struct tt_alert_evidence *evidence;
    unsigned evidence_n;
    const struct tt_str *old_set, *new_set;
    unsigned old_set_n, new_set_n;
    const char *concentrated_on;
};

/*
 * The fingerprint: XXH3-64 (seed 0) over rule, subject, region and scope, each ended by a byte 0; NULL is "".
 * region: source_region. scope: the instance for what concerns one process alone (its sinks, its files), so
 * that a fleet with one configuration does not share one alert; NULL for what several may see (a zone), so
 * that they do. Anybody can recompute it; it is no secret. Thread: any.
 */
uint64_t tt_alert_id(const char *rule, const char *subject, const char *region, const char *scope);

/* 16 hexadecimal digits as in JSON, terminated: the key of the record. */
enum { TT_ALERT_KEY_LEN = 16 };
void tt_alert_key(uint64_t alert_id, char out[TT_ALERT_KEY_LEN + 1]);

/* The most that a record takes in either encoding. As tt_form_to_json. Thread: any. */
enum { TT_ALERT_MAX = 96 * 1024 };
void tt_alert_to_json(const struct tt_alert *alert, const struct tt_event_origin *origin, struct tt_buf *buf);
void tt_alert_to_proto(const struct tt_alert *alert, const struct tt_event_origin *origin, struct tt_buf *buf);
