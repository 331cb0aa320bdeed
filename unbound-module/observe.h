/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The hooks of Unbound that tell of clients: the four reply callbacks and the life of a state. */

#include "host.h"

/* Registers all callbacks. False: Unbound refuses. Thread: main, in init. */
bool tt_observe_register(struct module_env *env, int id);
void tt_observe_unregister(struct module_env *env, int id);

/* A state begins: with a client, or to look something up. Thread: the worker's. */
void tt_observe_start(struct module_qstate *qstate);

/* The modules below are done with a state; its answers follow. */
void tt_observe_done(struct module_qstate *qstate);

/* A state ends; its memory goes with it. Thread: the worker's, or main at reload and exit. */
void tt_observe_end(struct module_qstate *qstate);
