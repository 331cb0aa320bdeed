/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The bytes of a spool's files (docs/spool.md), all numbers little-endian. Pure: no I/O, no allocation.
 * Thread: any.
 */

#include "sink/class.h"

enum {
    TT_SPOOL_VERSION = 1,
    TT_SPOOL_HEAD_LEN = 64,   /* of a segment */
    TT_SPOOL_PREFIX_LEN = 12, /* of a record: its length and checksum */
    TT_SPOOL_RECORD_LEN = 40, /* of a record without key and data, prefix included */
    TT_SPOOL_COUNT_LEN = 16,  /* at the start of a file of ack bits */
    TT_SPOOL_GROUP_N = 32,    /* records whose ack bits share a check */
    TT_SPOOL_GROUP_LEN = 8,
    TT_SPOOL_NAME_MAX = 64,
    TT_SPOOL_SEGMENT_MAX = 1 << 30, /* bytes that are looked at in one segment, whoever wrote it */
    TT_SPOOL_RECORD_MAX = 1 << 24,  /* bytes of one record on disk */
    TT_SPOOL_RECORDS_MAX = TT_SPOOL_SEGMENT_MAX / TT_SPOOL_RECORD_LEN,
};

/* Files are numbered below this. */
#define TT_SPOOL_NUMBER_END (UINT64_C(1) << 56)

struct tt_spool_head {
    uint64_t random;     /* of the core start that wrote it */
    uint64_t created_us; /* wall clock */
    uint64_t number;
    uint16_t version;
    uint8_t topic;    /* enum tt_topic */
    uint8_t encoding; /* enum tt_encoding */
};

void tt_spool_head_write(uint8_t bytes[TT_SPOOL_HEAD_LEN], const struct tt_spool_head *head);

/* Fails: TT_EMALFORMED, TT_EMISMATCH (another version: only head->version is set), TT_EUNSUPPORTED (a topic
 * or encoding that this version does not know). */
int tt_spool_head_read(const uint8_t bytes[TT_SPOOL_HEAD_LEN], struct tt_spool_head *head);

/* Bytes of a record on disk. */
size_t tt_spool_record_size(const struct tt_sink_record *record);

/* Writes tt_spool_record_size bytes; len and key_len must fit a segment. */
void tt_spool_record_write(uint8_t *bytes, const struct tt_sink_record *record);

/* The size that the record at `bytes` claims; 0: none of ours, or less than TT_SPOOL_PREFIX_LEN are there. */
size_t tt_spool_record_claims(const uint8_t *bytes, size_t len);

/*
 * Reads the record at the front of len bytes; data and key are lent from them, the topic is left alone.
 * *size: its bytes. Fails: TT_ETRUNCATED (it claims *size bytes, more than len; 0: not even a prefix is
 * there), TT_EMALFORMED (no possible length, or the checksum is another).
 */
int tt_spool_record_read(const uint8_t *bytes, size_t len, struct tt_sink_record *record, size_t *size);

/* How many records a segment has, as its file of ack bits says; is_damaged: so many are whole, the damage
 * behind them was told and counted. */
void tt_spool_count_write(uint8_t bytes[TT_SPOOL_COUNT_LEN], uint64_t number, uint64_t count,
                          bool is_damaged);
bool tt_spool_count_read(const uint8_t bytes[TT_SPOOL_COUNT_LEN], uint64_t number, uint64_t *count,
                         bool *is_damaged);

/* The ack bits of the records from group * TT_SPOOL_GROUP_N on, the first in bit 0. All zeros: none, too. */
void tt_spool_acks_write(uint8_t bytes[TT_SPOOL_GROUP_LEN], uint64_t number, uint32_t group, uint32_t acks);
bool tt_spool_acks_read(const uint8_t bytes[TT_SPOOL_GROUP_LEN], uint64_t number, uint32_t group,
                        uint32_t *acks);

/* What a name in the directory says. */
enum tt_spool_kind { TT_SPOOL_SEG, TT_SPOOL_ACK, TT_SPOOL_BAD, TT_SPOOL_KINDS_N };

/* <topic>-<number>.seg, .ack or .bad, with its NUL. */
void tt_spool_name_format(char name[TT_SPOOL_NAME_MAX], unsigned topic, uint64_t number,
                          enum tt_spool_kind kind);

/* False: none of ours, or of a topic that is not known. */
bool tt_spool_name_parse(const char *name, unsigned *topic, uint64_t *number, enum tt_spool_kind *kind);
