/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A request that the server will answer 500 for ever would keep all behind it waiting for ever: it
 * is sent in halves down to the series that does it. Thread: the sink's own.
 */

#include "sink/remote_write_send.h"

/* More requests than this are not spent on one: what is left in doubt then is refused. */
enum { TT_RW_BISECT_MAX = 256 };

/* Whether the server answers other requests than body, by sending a series again that it took
 * before (of taken), or single series of body. */
bool tt_rw_takes_others(struct tt_rw_send *send, struct tt_str body, struct tt_str taken);

/* Sends body in parts. DONE: all is delivered but *refused_n series, which *why tells about;
 * REFUSED: none was taken. LATER, UNKNOWN: it must be sent again as a whole. */
enum tt_rw_verdict tt_rw_bisect(struct tt_rw_send *send, struct tt_str body, uint16_t *refused_n,
                                struct tt_buf *why);
