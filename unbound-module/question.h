/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* What was asked: name, type, class, id, flags, EDNS. */

#include "work.h"

/* Notes of a new client what Unbound loses until the answer. arriving: its query is in the buffer;
 * udp_size_max: Unbound's max-udp-size. */
void tt_question_note(struct tt_client *client, bool arriving, size_t udp_size_max);

/* Fills the question of a client that is answered at once: its query stands in the buffer. */
void tt_question_fill_arriving(struct tt_obs_writer *writer, const struct query_info *qinfo,
                               const struct comm_reply *repinfo, const struct edns_data *edns);

/* Fills the question of a client that waited for a state. */
void tt_question_fill_waiting(struct tt_obs_writer *writer, const struct module_qstate *qstate,
                              const struct tt_client *client);

/* The flags word of the query in the buffer (host order). */
uint16_t tt_question_flags(const struct comm_reply *repinfo);
