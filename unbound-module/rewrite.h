/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Unbound 1.17 calls the cache hook before a response-ip rule or RPZ changes the answer, drops it,
 * or makes it an alias whose target is looked up next; from 1.18 the hook sees what is sent.
 */

#include "answer.h"

/*
 * Asks Unbound's own functions, with the same arguments that it will call them with next, what the
 * cached answer becomes, and puts that into *answer. False: nothing is to be told now, the answer
 * goes on elsewhere. region: the callback's. Thread: the worker's, which holds the locks that
 * Unbound holds when it calls them itself.
 */
bool tt_rewrite_foresee(struct tt_seat *seat, struct tt_answer *answer, struct regional *region);
