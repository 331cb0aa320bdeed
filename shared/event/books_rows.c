/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "event/books_rows.h"

#define ROW(id, kind, cap, tag, need, doc) {#id, #cap, doc, TT_BOOKS_##kind, tag, #need[0]},
#define END_ROW {NULL, NULL, NULL, 0, 0, 0}

const struct tt_books_row tt_books_rows[] = {
#define B(id, kind, cap, tag, need, value, doc) ROW(id, kind, cap, tag, need, doc)
#define BP(...)
#define BF(...)
#include "event/books_fields.def"
#undef B
#undef BP
    END_ROW};

const struct tt_books_row tt_books_port_rows[] = {
#define B(...)
#define BP(id, kind, cap, tag, need, value, doc) ROW(id, kind, cap, tag, need, doc)
#include "event/books_fields.def"
#undef BP
#undef BF
    END_ROW};

const struct tt_books_row tt_books_file_rows[] = {
#define BP(...)
#define BF(id, kind, cap, tag, need, value, doc) ROW(id, kind, cap, tag, need, doc)
#include "event/books_fields.def"
#undef B
#undef BP
#undef BF
    END_ROW};
