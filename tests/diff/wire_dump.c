/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * What shared/wire makes of packets, one line each. See lines.h and compare.
 * wire_dump text: instead, a line "TYPE HEX TEXT" for the RDATA of each record, for
 * tests/diff/text.
 */

#include "lines.h"

#include "base/buf.h"
#include "base/err.h"
#include "wire/codes.h"
#include "wire/name.h"
#include "wire/rdata.h"
#include "wire/summary.h"

static uint8_t rdata[TT_RDATA_MAX];

/* Remarks after the verdict, each once. */
static void note(char *notes, const char *word)
{
    if (strstr(notes, word) == NULL)
        memcpy(notes + strlen(notes), word, strlen(word) + 1);
}

static void print_name(const uint8_t *wire, size_t len)
{
    char text[TT_NAME_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_name_format(&buf, wire, len);
    fwrite(buf.data, 1, buf.len, stdout);
}

static void print_edns(const struct tt_edns *edns, const struct tt_msg *msg,
                       const struct tt_msg_rr *rr)
{
    printf("\tedns %u %u %u %04x ", edns->udp_size, edns->extended_rcode, edns->version,
           edns->flags);
    lines_hex(msg->body.bytes + rr->rdata_at, rr->rdata_len);
    if (edns->has_ecs) {
        printf("\tecs %u %u %u ", edns->ecs.ip.family, edns->ecs.source_prefix,
               edns->ecs.scope_prefix);
        lines_hex(edns->ecs.ip.bytes, 16);
    }
    if (edns->ede_n > 0) {
        printf("\tede %u ", edns->ede_code);
        lines_hex(edns->ede_text, edns->ede_text_len);
    }
}

static void print_opt(const struct tt_msg *msg, const struct tt_msg_rr *rr, bool *has_edns,
                      char *notes)
{
    struct tt_edns edns;

    if (rr->section != TT_MSG_ADDITIONAL || rr->owner_len != 1 || *has_edns) {
        note(notes, " odd_opt");
        return;
    }
    if (tt_edns_read(&edns, rr->rr_class, rr->ttl, msg->body.bytes + rr->rdata_at, rr->rdata_len) !=
        0)
        note(notes, " cut_opt");
    if (edns.has_bad_ecs)
        note(notes, " bad_ecs");
    *has_edns = true;
    print_edns(&edns, msg, rr);
}

/* Prints one record; false: its RDATA does not fit. */
static bool print_record(const struct tt_msg *msg, const struct tt_msg_rr *rr)
{
    struct tt_cursor cursor = tt_msg_rdata(msg, rr);
    uint16_t len;

    if (tt_rdata_read(&cursor, rr->type, rr->rr_class, rr->rdata_len, rdata, sizeof(rdata), &len) !=
        0)
        return false;
    tt_rdata_canonical(rr->type, rr->rr_class, rdata, len, rdata, sizeof(rdata), &len);
    printf("\trr %u ", rr->section);
    print_name(rr->owner, rr->owner_len);
    printf(" %u %u %u ", rr->type, rr->rr_class, tt_msg_ttl(rr->ttl));
    lines_hex(rdata, len);
    return true;
}

static void print_texts(const uint8_t *bytes, size_t len)
{
    static char text[TT_RDATA_MAX * (size_t)TT_RDATA_TEXT_PER_BYTE + TT_RDATA_TEXT_EXTRA];
    struct tt_msg msg;
    struct tt_msg_rr rr;
    uint16_t rdata_len;

    if (tt_msg_read(&msg, bytes, len) != 0)
        return;
    struct tt_msg_walk walk = tt_msg_walk(&msg);
    while (tt_msg_next(&walk, &rr)) {
        struct tt_cursor cursor = tt_msg_rdata(&msg, &rr);
        if (rr.rr_class != TT_CLASS_IN || tt_rdata_read(&cursor, rr.type, rr.rr_class, rr.rdata_len,
                                                        rdata, sizeof(rdata), &rdata_len) != 0)
            continue;
        struct tt_buf buf = tt_buf_over(text, sizeof(text));
        tt_rdata_format(&buf, rr.type, rr.rr_class, rdata, rdata_len);
        printf("%u ", rr.type);
        lines_hex(rdata, rdata_len);
        printf(" %.*s\n", (int)buf.len, buf.data);
    }
}

/* Walks the records. where: what the verdict stopped at, "" for nothing. */
static void print_records(const struct tt_msg *msg, char *where, size_t where_cap, char *notes)
{
    struct tt_msg_walk walk = tt_msg_walk(msg);
    struct tt_msg_rr rr = {.section = 0};
    bool has_edns = false;

    for (unsigned i = 0; tt_msg_next(&walk, &rr); i++) {
        if (rr.type == TT_TYPE_OPT) {
            print_opt(msg, &rr, &has_edns, notes);
        } else if (!print_record(msg, &rr)) {
            snprintf(where, where_cap, "rdata:%u:%u:%zu:%u", rr.type, rr.rr_class, rr.rdata_at,
                     rr.rdata_len);
            return;
        }
    }
    if (walk.error != 0)
        snprintf(where, where_cap, "record:%s",
                 walk.error == TT_ETRUNCATED ? "truncated" : "malformed");
    else if (walk.trailing_len > 0)
        note(notes, " trailing");
}

static void print_packet(const char *name, const uint8_t *bytes, size_t len)
{
    struct tt_msg msg;
    char where[64] = "", notes[256] = "";
    int error = tt_msg_read(&msg, bytes, len);

    printf("%s", name);
    if (len < TT_MSG_HEADER_LEN) {
        printf("\tend bad header\n");
        return;
    }
    printf("\thead %u %04x %u %u %u %u", msg.id, msg.flags, msg.counts[0], msg.counts[1],
           msg.counts[2], msg.counts[3]);
    if (msg.has_question) {
        printf("\tq ");
        print_name(msg.qname, msg.qname_len);
        printf(" %u %u", msg.qtype, msg.qclass);
    }
    if (error != 0)
        snprintf(where, sizeof(where), "question:%s",
                 error == TT_ETRUNCATED ? "truncated" : "malformed");
    else
        print_records(&msg, where, sizeof(where), notes);
    printf("\tend %s%s%s\n", where[0] == '\0' ? "ok" : "bad ", where, notes);
}

int main(int argc, char **argv)
{
    bool is_text = argc > 1 && strcmp(argv[1], "text") == 0;
    char *line = NULL;
    size_t cap = 0, len;
    uint8_t *bytes;

    while (lines_next(&line, &cap, &bytes, &len)) {
        if (is_text)
            print_texts(bytes, len);
        else
            print_packet(line, bytes, len);
        free(bytes);
    }
    free(line);
    return 0;
}
