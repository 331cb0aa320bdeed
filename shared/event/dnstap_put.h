/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Pieces of a DNS message (RFC 1035 section 4) appended to a buffer: for dnstap_wire.c and
 * dnstap_edit.c. */

#include "base/buf.h"
#include "event/privacy.h"
#include "wire/msg.h"

static inline void tt_wire_put_u16(struct tt_buf *buf, unsigned value)
{
    char bytes[2] = {(char)(value >> 8), (char)value};

    tt_buf_bytes(buf, bytes, sizeof(bytes));
}

static inline void tt_wire_put_u32(struct tt_buf *buf, uint32_t value)
{
    tt_wire_put_u16(buf, value >> 16);
    tt_wire_put_u16(buf, value & 0xffff);
}

/* flags: the header word, opcode and rcode in it. Counts are all 0. */
static inline void tt_wire_put_header(struct tt_buf *buf, unsigned id, unsigned flags)
{
    static const char counts[8] = {0};

    tt_wire_put_u16(buf, id);
    tt_wire_put_u16(buf, flags);
    tt_buf_bytes(buf, counts, sizeof(counts));
}

/* Of the message that is all of the buffer. */
static inline void tt_wire_set_count(struct tt_buf *buf, enum tt_msg_section section,
                                     unsigned count)
{
    size_t at = 4 + (size_t)2 * section;

    if (buf->overflow || buf->len < TT_MSG_HEADER_LEN)
        return;
    buf->data[at] = (char)(count >> 8);
    buf->data[at + 1] = (char)count;
}

static inline void tt_wire_put_question(struct tt_buf *buf, const uint8_t *qname, size_t qname_len,
                                        unsigned qtype, unsigned qclass)
{
    tt_buf_bytes(buf, qname, qname_len);
    tt_wire_put_u16(buf, qtype);
    tt_wire_put_u16(buf, qclass);
}

/* What an OPT record says beside its options (RFC 6891 section 6.1). */
struct tt_wire_opt {
    unsigned udp_size, version, flags, extended_rcode;
    bool has_ecs; /* then the Client Subnet as shown, with this scope: */
    unsigned ecs_scope;
    bool has_ede; /* then the extended error as shown */
};

void tt_wire_put_opt(struct tt_buf *buf, const struct tt_wire_opt *opt,
                     const struct tt_event *event, const struct tt_shown *shown);
