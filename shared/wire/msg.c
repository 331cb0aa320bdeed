/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "wire/msg.h"

#include <string.h>

#include "base/err.h"

static int read_question(struct tt_msg *msg)
{
    struct tt_cursor *cursor = &msg->body;
    uint8_t name[TT_NAME_MAX], name_len;

    for (unsigned i = 0; i < msg->counts[TT_MSG_QUESTION]; i++) {
        bool is_first = i == 0;
        int error = tt_name_read(cursor, is_first ? msg->qname : name, &name_len);
        uint16_t qtype = tt_cursor_u16(cursor), qclass = tt_cursor_u16(cursor);
        if (cursor->failed)
            return error != 0 ? error : TT_ETRUNCATED;
        if (!is_first)
            continue;
        msg->has_question = true;
        msg->qname_len = name_len;
        msg->qtype = qtype;
        msg->qclass = qclass;
    }
    return 0;
}

int tt_msg_read(struct tt_msg *msg, const void *bytes, size_t len)
{
    struct tt_cursor *cursor = &msg->body;

    *cursor = tt_cursor_over(bytes, TT_MIN(len, (size_t)TT_MSG_MAX));
    msg->has_question = false;
    msg->qname_len = 0;
    msg->qtype = msg->qclass = 0;
    msg->id = tt_cursor_u16(cursor);
    msg->flags = tt_cursor_u16(cursor);
    for (unsigned i = 0; i < TT_MSG_SECTIONS_N; i++)
        msg->counts[i] = tt_cursor_u16(cursor);
    msg->opcode = msg->flags >> 11 & 15;
    msg->rcode = msg->flags & 15;
    return cursor->failed ? TT_ETRUNCATED : read_question(msg);
}

/* Most owners are a pointer to the question's name, which was read already. */
static inline int read_owner(struct tt_msg_walk *walk, struct tt_msg_rr *rr)
{
    struct tt_cursor *cursor = &walk->cursor;
    const struct tt_msg *msg = walk->msg;

    if (!msg->has_question || tt_cursor_left(cursor) < 2 || cursor->bytes[cursor->at] != 0xC0 ||
        cursor->bytes[cursor->at + 1] != TT_MSG_HEADER_LEN)
        return tt_name_read(cursor, rr->owner, &rr->owner_len);
    cursor->at += 2;
    rr->owner_len = msg->qname_len;
    if (TT_LIKELY(msg->qname_len <= 32))
        memcpy(rr->owner, msg->qname, 32);
    else
        memcpy(rr->owner, msg->qname, msg->qname_len);
    return 0;
}

bool tt_msg_next(struct tt_msg_walk *walk, struct tt_msg_rr *rr)
{
    struct tt_cursor *cursor = &walk->cursor;

    while (walk->section < TT_MSG_SECTIONS_N && walk->left[walk->section] == 0)
        walk->section++;
    if (walk->error != 0 || walk->section == TT_MSG_SECTIONS_N) {
        walk->trailing_len = walk->error != 0 ? 0 : tt_cursor_left(cursor);
        return false;
    }
    walk->left[walk->section]--;
    rr->section = walk->section;
    walk->error = read_owner(walk, rr);
    rr->type = tt_cursor_u16(cursor);
    rr->rr_class = tt_cursor_u16(cursor);
    rr->ttl = tt_cursor_u32(cursor);
    rr->rdata_len = tt_cursor_u16(cursor);
    rr->rdata_at = cursor->at;
    tt_cursor_bytes(cursor, rr->rdata_len);
    if (cursor->failed && walk->error == 0)
        walk->error = TT_ETRUNCATED;
    return walk->error == 0;
}

struct tt_cursor tt_msg_rdata(const struct tt_msg *msg, const struct tt_msg_rr *rr)
{
    struct tt_cursor cursor = msg->body;

    cursor.at = rr->rdata_at;
    cursor.failed = false;
    return cursor;
}
