/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* A small MaxMind DB (format 2.0, IPv4, records of 32 bits) in memory. */

#include <stdint.h>
#include <string.h>

enum { MMDB_NODES_MAX = 512, MMDB_DATA_MAX = 4096, MMDB_EMPTY = 0x7fffffff, MMDB_IS_DATA = 0x40000000 };

struct mmdb_build {
    uint32_t nodes[MMDB_NODES_MAX][2];
    uint32_t nodes_n;
    uint8_t data[MMDB_DATA_MAX];
    uint32_t data_n;
    uint8_t bytes[MMDB_NODES_MAX * 8 + MMDB_DATA_MAX + 512];
    uint32_t bytes_n;
};

static inline void mmdb_begin(struct mmdb_build *build)
{
    build->nodes_n = 1;
    build->data_n = build->bytes_n = 0;
    build->nodes[0][0] = build->nodes[0][1] = MMDB_EMPTY;
}

/* Values of the data section: maps up to 28 keys, texts up to 28 bytes, numbers of 4 bytes. */
static inline void mmdb_map(struct mmdb_build *build, unsigned keys_n)
{
    build->data[build->data_n++] = (uint8_t)(7u << 5 | keys_n);
}

static inline void mmdb_text(struct mmdb_build *build, const char *text)
{
    size_t len = strlen(text);

    build->data[build->data_n++] = (uint8_t)(2u << 5 | len);
    memcpy(build->data + build->data_n, text, len);
    build->data_n += (uint32_t)len;
}

static inline void mmdb_u32(struct mmdb_build *build, uint32_t value)
{
    build->data[build->data_n++] = 6u << 5 | 4;
    for (int shift = 24; shift >= 0; shift -= 8)
        build->data[build->data_n++] = (uint8_t)(value >> shift);
}

/* What a network leads to: the data from offset on. */
static inline void mmdb_net(struct mmdb_build *build, const uint8_t ip[4], unsigned prefix, uint32_t offset)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < prefix; i++) {
        uint32_t *record = &build->nodes[at][ip[i / 8] >> (7 - i % 8) & 1];

        if (i + 1 == prefix) {
            *record = MMDB_IS_DATA | offset;
            return;
        }
        if (*record == MMDB_EMPTY) {
            *record = build->nodes_n++;
            build->nodes[*record][0] = build->nodes[*record][1] = MMDB_EMPTY;
        }
        at = *record;
    }
}

static inline void mmdb_record(struct mmdb_build *build, uint32_t record)
{
    uint32_t value = record == MMDB_EMPTY           ? build->nodes_n
                     : (record & MMDB_IS_DATA) != 0 ? build->nodes_n + 16 + (record & ~(uint32_t)MMDB_IS_DATA)
                                                    : record;

    for (int shift = 24; shift >= 0; shift -= 8)
        build->bytes[build->bytes_n++] = (uint8_t)(value >> shift);
}

static inline void mmdb_end(struct mmdb_build *build, const char *type)
{
    uint32_t data_n = build->data_n;

    for (uint32_t i = 0; i < build->nodes_n; i++) {
        mmdb_record(build, build->nodes[i][0]);
        mmdb_record(build, build->nodes[i][1]);
    }
    memset(build->bytes + build->bytes_n, 0, 16);
    memcpy(build->bytes + build->bytes_n + 16, build->data, data_n);
    build->bytes_n += 16 + data_n;
    memcpy(build->bytes + build->bytes_n, "\xAB\xCD\xEFMaxMind.com", 14);
    build->bytes_n += 14;
    mmdb_map(build, 7);
    mmdb_text(build, "binary_format_major_version"), mmdb_u32(build, 2);
    mmdb_text(build, "binary_format_minor_version"), mmdb_u32(build, 0);
    mmdb_text(build, "build_epoch"), mmdb_u32(build, 1790000000);
    mmdb_text(build, "database_type"), mmdb_text(build, type);
    mmdb_text(build, "ip_version"), mmdb_u32(build, 4);
    mmdb_text(build, "node_count"), mmdb_u32(build, build->nodes_n);
    mmdb_text(build, "record_size"), mmdb_u32(build, 32);
    memcpy(build->bytes + build->bytes_n, build->data + data_n, build->data_n - data_n);
    build->bytes_n += build->data_n - data_n;
}
