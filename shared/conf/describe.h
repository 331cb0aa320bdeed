/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* The rows of options.def as documentation. Not for a host: writes to a stream. Thread: any. */

#include <stdio.h>

#include "base/compat.h"

/* docs/config.md: where the file lies, every key, the whole sample. */
void tt_conf_describe_markdown(FILE *out);

/* A file that says nothing: every key with its default, commented out. "#x" and "#  x" are YAML once
 * the first character is gone, "# x" is prose. */
void tt_conf_describe_sample(FILE *out);

/* The manual page telltale.yaml(5) in mdoc. */
void tt_conf_describe_man(FILE *out);

/* "sinks[].privacy" of a row, for keys at the top and below. */
struct tt_conf_key {
    char text[64];
};
struct tt_conf_key tt_conf_describe_key(uint8_t id, const char *prefix);

/* What a row means and what its default is, with the types of sinks that it holds for; quote: around a value. */
struct tt_buf;
void tt_conf_describe_doc(uint8_t id, struct tt_buf *buf);
void tt_conf_describe_preset(uint8_t id, const char *quote, struct tt_buf *buf);

/* For describe.c: a table of the types of sinks. */
void tt_conf_describe_sinks(FILE *out);

/* For sample.c: one item of `sinks` for each type. */
void tt_conf_describe_sample_sinks(FILE *out, unsigned indent);

/* Of sample.c. Prose in lines, each after "#", the indentation and "# "; a row, explained or not. */
void tt_conf_describe_prose(FILE *out, unsigned indent, const char *text);
void tt_conf_describe_sample_row(FILE *out, uint8_t id, unsigned indent, bool with_prose);
void tt_conf_describe_sample_about(FILE *out, uint8_t id, unsigned indent);

/* What the keys below a row begin with: "sinks[]". */
struct tt_conf_key tt_conf_describe_below(uint8_t id, const char *prefix);
