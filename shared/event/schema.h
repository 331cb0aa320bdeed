/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The registry as text: the generated files of docs/, byte by byte. Thread: any. */

#include <stdio.h>

/* telltale.proto (proto3), the JSON Schema (draft 2020-12, strict), fields.md. */
void tt_schema_proto(FILE *out);
void tt_schema_json(FILE *out);
void tt_schema_markdown(FILE *out);

/* What leaves under which privacy setting: the generated part of the page on privacy. */
void tt_privacy_markdown(FILE *out);
