/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * How the ring touches shared memory: atomics by the rows of orders.def, record headers by plain
 * copies. Everything goes through these four words, so that a test can put a modelled memory in their
 * place and run the very same source on it.
 */

#define R(site, order, reason) TT_RING_ORDER_##site = __ATOMIC_##order,
enum tt_ring_order {
#include "ring/orders.def"
};
#undef R

#ifndef TT_RING_MODEL
#define TT_RING_LOAD(site, from) __atomic_load_n(from, TT_RING_ORDER_##site)
#define TT_RING_STORE(site, to, value) __atomic_store_n(to, value, TT_RING_ORDER_##site)
#define TT_RING_READ(from) (*(from))
#define TT_RING_WRITE(to, value) (*(to) = (value))
#endif
