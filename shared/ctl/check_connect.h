/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * `telltalectl check --connect`: every sink is tried as its class knows to, several at a time, each for a
 * limited time whatever hangs. One thread calls these.
 */

#include "conf/conf.h"

struct tt_check_connect;

/* Fails: NULL, out of memory. */
struct tt_check_connect *tt_check_connect_new(void);

/* Adds the sinks of a configuration that are not there already; software: which host they would be in. Copies
 * what it needs. Fails: TT_ENOMEM. */
int tt_check_connect_add(struct tt_check_connect *connect, const struct tt_conf *conf, uint8_t software);

/* Tries them and prints what was found, in the order they were added; false: something keeps one from
 * working. */
bool tt_check_connect_run(struct tt_check_connect *connect);

/* What a probe that never came back still uses is left. Sets NULL; NULL is fine. */
void tt_check_connect_free(struct tt_check_connect **connect);
