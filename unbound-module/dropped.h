/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Answers that no hook shows: Unbound throws them away without a word. Told from what work.c noted
 * of the clients while the query was under way.
 */

#include "work.h"

/* The modules below are done, replies follow: clients that left since are told. */
void tt_dropped_note_done(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work);

/* The state ends: every client not told was dropped; then the books are published. */
void tt_dropped_finish(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work);

/* Tells one client that its query was dropped. */
void tt_dropped_tell(struct tt_seat *seat, struct module_qstate *qstate, struct tt_work *work,
                     struct tt_client *client, uint8_t drop_reason);
