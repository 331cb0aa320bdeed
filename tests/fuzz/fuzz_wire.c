/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for shared/wire: any bytes, read in four ways, with what must hold checked each time.
 *   1 as a message: summary, walk, names, RDATA read, canonical and presentation form, EDNS
 *   2 as RDATA of the type that the first two bytes name
 *   3 as the text of a name
 *   4 as an ECS option
 * Build: see tests/fuzz/run. Without libFuzzer: fuzz_main.c replays a directory.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/codes.h"
#include "wire/name.h"
#include "wire/rdata.h"
#include "wire/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static char text[TT_RDATA_MAX * (size_t)TT_RDATA_TEXT_PER_BYTE + TT_RDATA_TEXT_EXTRA];
static uint8_t rdata[TT_RDATA_MAX], canonical[TT_RDATA_MAX];

static void check_printable(const struct tt_buf *buf, char first)
{
    for (size_t i = 0; i < buf->len; i++)
        MUST(buf->data[i] >= first && buf->data[i] <= 0x7E);
}

/* Text of a name: within its bound, printable, and it leads back to the same name. */
static void check_name(const uint8_t *wire, size_t len)
{
    char name[TT_NAME_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(name, sizeof(name));
    uint8_t back[TT_NAME_MAX], lower[TT_NAME_MAX], back_len = 0;

    MUST(tt_name_len(wire, len) == len);
    MUST(tt_name_labels(wire, len) <= TT_NAME_LABELS_MAX);
    tt_name_format(&buf, wire, len);
    MUST(!buf.overflow && buf.len > 0);
    check_printable(&buf, 0x21);
    MUST(tt_name_parse((struct tt_str){buf.data, (uint32_t)buf.len}, back, &back_len) == 0);
    MUST(back_len == len && tt_name_equal(back, back_len, wire, len));
    memcpy(lower, wire, len);
    tt_name_lower(lower, len);
    MUST(memcmp(lower, back, len) == 0);
}

static void check_rdata(uint16_t type, uint16_t rr_class, const uint8_t *bytes, size_t len)
{
    struct tt_buf buf = tt_buf_over(text, len * TT_RDATA_TEXT_PER_BYTE + TT_RDATA_TEXT_EXTRA);
    bool fits = tt_rdata_fits(type, rr_class, bytes, len);
    uint16_t canonical_len = 0, again_len = 0;

    MUST(tt_rdata_canonical(type, rr_class, bytes, len, canonical, sizeof(canonical),
                            &canonical_len) == 0);
    MUST(canonical_len == len && tt_rdata_fits(type, rr_class, canonical, len) == fits);
    MUST(tt_rdata_canonical(type, rr_class, canonical, len, canonical, sizeof(canonical),
                            &again_len) == 0);
    tt_rdata_format(&buf, type, rr_class, bytes, len);
    MUST(!buf.overflow);
    check_printable(&buf, 0x20);
    if (!fits)
        MUST(buf.len > 2 && memcmp(buf.data, "\\# ", 3) == 0);
    struct tt_buf small = tt_buf_over(text, len % 64);
    tt_rdata_format(&small, type, rr_class, bytes, len);
    MUST(small.len <= len % 64);
}

static void check_edns(const uint8_t *bytes, size_t len)
{
    struct tt_edns edns;
    int error = tt_edns_read(&edns, 1232, 0, bytes, len);

    MUST((error != 0) == edns.is_cut);
    if (edns.ede_n > 0)
        MUST(edns.ede_text >= bytes && edns.ede_text + edns.ede_text_len <= bytes + len);
    if (edns.has_ecs)
        MUST(memcmp(tt_ip_cut(&edns.ecs.ip, edns.ecs.source_prefix).bytes, edns.ecs.ip.bytes, 16) ==
             0);
}

static void check_record(const struct tt_msg *msg, const struct tt_msg_rr *rr)
{
    struct tt_cursor cursor = tt_msg_rdata(msg, rr);
    uint16_t len = 0;

    check_name(rr->owner, rr->owner_len);
    int error =
        tt_rdata_read(&cursor, rr->type, rr->rr_class, rr->rdata_len, rdata, sizeof(rdata), &len);
    MUST(error != TT_ETRUNCATED && cursor.at == rr->rdata_at + rr->rdata_len);
    if (error == 0) {
        MUST(tt_rdata_fits(rr->type, rr->rr_class, rdata, len));
        check_rdata(rr->type, rr->rr_class, rdata, len);
    }
    if (rr->type == TT_TYPE_OPT)
        check_edns(msg->body.bytes + rr->rdata_at, rr->rdata_len);
}

static void check_message(const uint8_t *data, size_t len)
{
    struct tt_summary summary;
    struct tt_msg_rr rr;
    unsigned records_n = 0;
    int error = tt_summary_read(&summary, data, len);

    MUST(summary.has_header == (len >= TT_MSG_HEADER_LEN));
    if (summary.msg.has_question)
        check_name(summary.msg.qname, summary.msg.qname_len);
    struct tt_msg_walk walk = tt_msg_walk(&summary.msg);
    for (; tt_msg_next(&walk, &rr); records_n++)
        check_record(&summary.msg, &rr);
    MUST(summary.msg.body.failed || walk.error == error);
    MUST(records_n * 11u <= len && walk.trailing_len <= len);
}

static void check_text(const uint8_t *data, size_t len)
{
    uint8_t wire[TT_NAME_MAX], wire_len = 0;

    if (tt_name_parse((struct tt_str){(const char *)data, (uint32_t)len}, wire, &wire_len) == 0)
        check_name(wire, wire_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tt_ecs ecs;

    if (len > TT_MSG_MAX)
        return 0;
    check_message(data, len);
    if (len >= 2) {
        uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
        check_rdata(type, TT_CLASS_IN, data + 2, len - 2);
        check_edns(data + 2, len - 2);
    }
    check_text(data, len);
    if (tt_ecs_read(&ecs, data, len) == 0)
        MUST(ecs.source_prefix <= 128 && ecs.scope_prefix <= 128);
    return 0;
}
