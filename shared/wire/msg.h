/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A DNS message (RFC 1035 section 4): header, question, then a walk over its records. Reading takes
 * time linear in the length of the message, whatever its pointers say, and allocates nothing.
 *
 * Policy. A count that promises more than the bytes hold is TT_ETRUNCATED; what was read before it
 * is good. Bytes behind the last record are no error; the walk says how many (trailing_len). More
 * than one question is no error: the first is taken, counts[0] tells (RFC 9619 forbids it for
 * QUERY). RDATA is not looked into here: see wire/rdata.h. Thread: any.
 */

#include "base/compat.h"
#include "base/err.h"
#include "wire/cursor.h"
#include "wire/name.h"

enum {
    TT_MSG_HEADER_LEN = 12,
    TT_MSG_MAX = 65535,
};

/* Bits of the second header word (RFC 1035 section 4.1.1, RFC 4035 section 3). */
enum tt_msg_flag {
    TT_MSG_QR = 1 << 15,
    TT_MSG_AA = 1 << 10,
    TT_MSG_TC = 1 << 9,
    TT_MSG_RD = 1 << 8,
    TT_MSG_RA = 1 << 7,
    TT_MSG_Z = 1 << 6,
    TT_MSG_AD = 1 << 5,
    TT_MSG_CD = 1 << 4,
};

enum tt_msg_section {
    TT_MSG_QUESTION,
    TT_MSG_ANSWER,
    TT_MSG_AUTHORITY,
    TT_MSG_ADDITIONAL,
    TT_MSG_SECTIONS_N
};

struct tt_msg {
    struct tt_cursor body; /* stands at the first record; borrows the message */
    uint16_t id;
    uint16_t flags; /* the header word: enum tt_msg_flag, opcode and rcode in it */
    uint16_t counts[TT_MSG_SECTIONS_N]; /* as the header says */
    uint8_t opcode;
    uint8_t rcode;     /* the header's four bits */
    bool has_question; /* then: */
    uint8_t qname_len;
    uint16_t qtype, qclass;
    uint8_t qname[TT_NAME_MAX]; /* wire form, case as sent */
};

struct tt_msg_rr {
    uint8_t section; /* enum tt_msg_section */
    uint8_t owner_len;
    uint16_t type, rr_class;
    uint32_t ttl; /* s, as sent; see tt_msg_ttl */
    uint16_t rdata_len;
    size_t rdata_at;            /* offset in the message */
    uint8_t owner[TT_NAME_MAX]; /* wire form, case as sent */
};

struct tt_msg_walk {
    struct tt_cursor cursor;
    const struct tt_msg *msg;         /* lent */
    uint16_t left[TT_MSG_SECTIONS_N]; /* records the header promises and that were not yet seen */
    uint8_t section;
    int error;           /* after the last record: 0, TT_ETRUNCATED or TT_EMALFORMED */
    size_t trailing_len; /* after the last record, without error: bytes behind it */
};

/*
 * Reads header and question. *msg borrows bytes. Fails: TT_ETRUNCATED, TT_EMALFORMED (a question's
 * name); the header fields are good unless len is less than 12, has_question says about the
 * question, and the walk gives no records.
 */
int tt_msg_read(struct tt_msg *msg, const void *bytes, size_t len);

/* Starts a walk over the records of all sections, in order. It borrows *msg. */
static inline struct tt_msg_walk tt_msg_walk(const struct tt_msg *msg)
{
    struct tt_msg_walk walk;

    walk.cursor = msg->body;
    walk.msg = msg;
    for (unsigned i = 0; i < TT_MSG_SECTIONS_N; i++)
        walk.left[i] = i == TT_MSG_QUESTION ? 0 : msg->counts[i];
    walk.section = TT_MSG_ANSWER;
    walk.error = msg->body.failed ? TT_ETRUNCATED : TT_OK;
    walk.trailing_len = 0;
    return walk;
}

/* The next record; false when there is none, and then walk->error and trailing_len are set. */
bool tt_msg_next(struct tt_msg_walk *walk, struct tt_msg_rr *rr);

/* A cursor at the record's RDATA, for tt_rdata_read. Lends as long as the message. */
struct tt_cursor tt_msg_rdata(const struct tt_msg *msg, const struct tt_msg_rr *rr);

/* What a TTL means: one with its top bit set is 0 (RFC 2181 section 8). */
static inline uint32_t tt_msg_ttl(uint32_t ttl)
{
    return ttl > INT32_MAX ? 0 : ttl;
}
