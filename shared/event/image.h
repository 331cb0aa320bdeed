/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Observations of shape bytes: what the wire images say, where the host did not say it itself. */

#include "event/event.h"
#include "event/facts.h"

/*
 * Reads facts->query and facts->response, if there are any, and sets the fields that the head left
 * absent; facts->qname and facts->rrs likewise. What cannot be read stays absent: an image is a
 * client's or upstream's and need not be good. *facts borrows from *arena. Fails: TT_ENOMEM.
 * Thread: the pipeline.
 */
int tt_image_read(struct tt_event *event, struct tt_facts *facts, struct tt_arena *arena);
