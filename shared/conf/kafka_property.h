/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Which of librdkafka's properties a configuration may not set: kafka_properties.def. */

/* Why `properties` must not have this one; NULL: it may. Lends for ever. Thread: any. */
const char *tt_kafka_property_refusal(const char *name);
