/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Messages as they are on the wire: what of them gets into an observation. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sent.h"

#define HEADER(flags, qd, an, ns, ar) "\x12\x34" flags "\0" qd "\0" an "\0" ns "\0" ar
#define QNAME "\3www\4test\0"
#define QUESTION QNAME "\0\1\0\1"
#define A(owner, ttl, address) owner "\0\1\0\1\0\0\0" ttl "\0\4" address
#define OPT(upper) "\0\0\x29\x04\xd0" upper "\0\0\0\0\0"
#define SOA                                                                                                  \
    "\xc0\x10\0\6\0\1\0\0\0\x3c\0\x1b\2ns\xc0\x10\xc0\x0c\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\5"

enum { QNAME_LEN = sizeof(QNAME) - 1 };

struct seen {
    uint8_t memory[TT_OBS_MAX];
    struct tt_obs *obs;
    struct tt_obs_writer writer;
};

static void fill(struct seen *seen, const void *image, size_t len, size_t qname_len, unsigned flags)
{
    uint8_t *copy = malloc(len); /* of just that size: whoever reads behind it is caught by a sanitizer */

    assert_non_null(copy);
    memcpy(copy, image, len);
    memset(seen->memory, 0, sizeof(seen->memory));
    seen->obs = (struct tt_obs *)(void *)seen->memory;
    seen->obs->flags = (uint16_t)flags;
    seen->writer = (struct tt_obs_writer){seen->obs, TT_OBS_MAX - sizeof(struct tt_obs), 0, 0};
    tt_sent_fill(&seen->writer, copy, len, qname_len, true);
    free(copy);
}

/* The records of the tail, one after the other: section, type, owner and RDATA in hexadecimal. */
static void show(const struct seen *seen, char *text, size_t cap)
{
    const uint8_t *at = seen->memory + sizeof(struct tt_obs), *end = at + seen->obs->tail_len;
    size_t used = 0;

    text[0] = 0;
    while (at < end) {
        struct tt_tail_head head;
        struct tt_tail_rr rr;

        memcpy(&head, at, sizeof(head));
        memcpy(&rr, at + sizeof(head), sizeof(rr));
        at += sizeof(head) + sizeof(rr);
        used += (size_t)snprintf(text + used, cap - used, "%u:%u ", head.flags, rr.type);
        for (unsigned i = 0; i < rr.owner_len + (unsigned)rr.rdata_len; i++)
            used += (size_t)snprintf(text + used, cap - used, "%s%02x", i == rr.owner_len ? "=" : "", at[i]);
        used += (size_t)snprintf(text + used, cap - used, ";");
        at += rr.owner_len + rr.rdata_len;
    }
}

#define WWW "03777777" "0474657374" "00"

struct row {
    const char *name;
    const char *image;
    size_t len;
    const char *records;
    uint32_t ttl;
    uint16_t code, count;
    unsigned flags_in, flags;
    bool has_size, has_ttl;
};

#define IMAGE(text) text, sizeof(text) - 1

static const struct row rows[] = {
    {"two addresses of the question, the second shares the owner",
     IMAGE(HEADER("\x81\x80", "\1", "\2", "\0", "\0") QUESTION A("\xc0\x0c", "\x3c", "\1\2\3\4") A("\xc0\x0c", "\x1e", "\5\6\7\10")),
     "0:1 " WWW "=01020304;0:1 =05060708;", 30, 0, 2, 0, TT_OBS_RA, true, true},
    {"an owner without a pointer", IMAGE(HEADER("\x85\0", "\1", "\1", "\0", "\0") QUESTION A("\1a\0", "\5", "\1\2\3\4")),
     "0:1 016100=01020304;", 5, 0, 1, 0, TT_OBS_AA, true, true},
    {"an alias and its target: names whole",
     IMAGE(HEADER("\x81\x80", "\1", "\2", "\0", "\0") QUESTION "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x10" A("\xc0\x26", "\x3c", "\1\2\3\4")),
     "0:5 " WWW "=0161047465737400;0:1 0161047465737400=01020304;", 60, 0, 2, 0, TT_OBS_RA, true, true},
    {"signatures are left out",
     IMAGE(HEADER("\x81\xa0", "\1", "\2", "\0", "\0") QUESTION "\xc0\x0c\0\x2e\0\1\0\0\0\1\0\2xx" A("\xc0\x0c", "\x3c", "\1\2\3\4")),
     "0:1 " WWW "=01020304;", 60, 0, 2, 0, TT_OBS_RA | TT_OBS_AD, true, true},
    {"nothing there: SOA of the authority section and its TTL",
     IMAGE(HEADER("\x81\x83", "\1", "\0", "\1", "\0") QUESTION SOA),
     "1:6 047465737400=026e73047465737400" WWW "0000000700000001000000010000000100000005;", 60, 3, 0, 0, TT_OBS_RA, true, true},
    {"NS of the authority section, of a referral only",
     IMAGE(HEADER("\x81\0", "\1", "\0", "\1", "\0") QUESTION "\xc0\x10\0\2\0\1\0\0\0\1\0\2\xc0\x0c"),
     "1:2 047465737400=" WWW ";", 0, 0, 0, TT_OBS_REFERRAL, TT_OBS_REFERRAL, true, false},
    {"NS beside an answer", IMAGE(HEADER("\x81\0", "\1", "\1", "\1", "\0") QUESTION A("\xc0\x0c", "\x3c", "\1\2\3\4") "\xc0\x10\0\2\0\1\0\0\0\1\0\2\xc0\x0c"),
     "0:1 " WWW "=01020304;", 60, 0, 1, 0, 0, true, true},
    {"the upper bits of the code stand in OPT", IMAGE(HEADER("\x81\7", "\1", "\0", "\0", "\1") QUESTION OPT("\1")), "", 0, 23, 0, 0, 0,
     true, false},
    {"no question", IMAGE(HEADER("\x81\5", "\0", "\0", "\0", "\0")), "", 0, 5, 0, 0, 0, true, false},
    {"truncated: what is there, and not whole", IMAGE(HEADER("\x83\0", "\1", "\1", "\0", "\0") QUESTION A("\xc0\x0c", "\x3c", "\1\2\3\4")),
     "0:1 " WWW "=01020304;", 60, 0, 1, 0, TT_OBS_TC | TT_OBS_CUT, true, true},
    {"a record fewer than said", IMAGE(HEADER("\x81\0", "\1", "\2", "\0", "\0") QUESTION A("\xc0\x0c", "\x3c", "\1\2\3\4")),
     "0:1 " WWW "=01020304;", 0, 0, 2, 0, TT_OBS_CUT, false, false},
    {"RDATA that does not end", IMAGE(HEADER("\x81\0", "\1", "\1", "\0", "\0") QUESTION "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1"), "", 0, 0, 1, 0,
     TT_OBS_CUT, false, false},
    {"a name that points to itself", IMAGE(HEADER("\x81\0", "\1", "\1", "\0", "\0") QUESTION A("\xc0\x1a", "\1", "\1\2\3\4")), "", 1, 0, 1,
     0, TT_OBS_CUT, true, true},
    {"a name that comes back to itself behind a label",
     IMAGE(HEADER("\x81\0", "\1", "\1", "\0", "\0") QUESTION A("\1a\xc0\x1a", "\1", "\1\2\3\4")), "", 1, 0, 1, 0, TT_OBS_CUT, true, true},
    {"an alias to behind its RDATA", IMAGE(HEADER("\x81\0", "\1", "\1", "\0", "\0") QUESTION "\xc0\x0c\0\5\0\1\0\0\0\1\0\1\3abc\0"), "", 1, 0,
     1, 0, TT_OBS_CUT, true, true},
    {"a label of a reserved kind", IMAGE(HEADER("\x81\0", "\1", "\1", "\0", "\0") QUESTION A("\x80", "\1", "\1\2\3\4")), "", 0, 0, 1, 0,
     TT_OBS_CUT, false, false},
};

static void of_an_answer_its_records_code_and_size_are_taken(void **state)
{
    static struct seen seen;
    char text[1024];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        const struct row *row = &rows[i];

        for (unsigned knows = 0; knows < 2; knows++) { /* the name's length is a help, no more */
            fill(&seen, row->image, row->len, knows ? QNAME_LEN : 0, row->flags_in);
            show(&seen, text, sizeof(text));
            print_message("%s\n", row->name);
            assert_string_equal(text, row->records);
            assert_int_equal(seen.obs->response_code, row->code);
            assert_int_equal(seen.obs->answer_count, row->count);
            assert_int_equal(seen.obs->flags, row->flags);
            assert_int_equal((seen.obs->have & TT_HAVE_RESPONSE_SIZE) != 0, row->has_size);
            assert_true(!row->has_ttl || seen.obs->ttl == row->ttl);
            assert_true(row->has_size || seen.obs->response_size == 0);
        }
    }
}

static void the_size_is_that_of_the_message_not_of_its_memory(void **state)
{
    static const char image[] = HEADER("\x81\0", "\1", "\0", "\0", "\1") QUESTION OPT("\0") "left from before";
    static struct seen seen;

    (void)state;
    fill(&seen, image, sizeof(image), QNAME_LEN, 0);
    assert_int_equal(seen.obs->response_size, TT_SENT_HEADER_LEN + QNAME_LEN + 4 + 11);
}

/* Every cut of every message, and every byte of it changed: nothing outside is read. */
static void what_is_broken_anywhere_is_survived(void **state)
{
    static struct seen seen;
    char image[256];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        for (size_t len = TT_SENT_HEADER_LEN; len <= rows[i].len; len++) {
            fill(&seen, rows[i].image, len, QNAME_LEN, TT_OBS_REFERRAL);
            (void)tt_sent_edns_size((const uint8_t *)rows[i].image, len, QNAME_LEN);
        }
        for (size_t at = 4; at < rows[i].len; at++) {
            for (unsigned byte = 0; byte < 256; byte += 5) {
                memcpy(image, rows[i].image, rows[i].len);
                image[at] = (char)byte;
                fill(&seen, image, rows[i].len, QNAME_LEN, TT_OBS_REFERRAL);
                assert_true(seen.obs->tail_len <= seen.writer.cap);
            }
        }
    }
}

static void the_client_says_its_udp_size_in_opt(void **state)
{
    static const struct {
        const char *name, *image;
        size_t len;
        unsigned size;
    } queries[] = {
        {"OPT alone", IMAGE(HEADER("\1\0", "\1", "\0", "\0", "\1") QUESTION OPT("\0")), 1232},
        {"OPT behind another record", IMAGE(HEADER("\1\0", "\1", "\0", "\0", "\2") QUESTION A("\0", "\0", "abcd") OPT("\0")), 1232},
        {"another record only", IMAGE(HEADER("\1\0", "\1", "\0", "\0", "\1") QUESTION A("\0", "\0", "abcd")), 0},
        {"none said, one there", IMAGE(HEADER("\1\0", "\1", "\0", "\0", "\0") QUESTION OPT("\0")), 0},
        {"OPT cut short", IMAGE(HEADER("\1\0", "\1", "\0", "\0", "\1") QUESTION "\0\0\x29\x04"), 0},
        {"a header only", IMAGE(HEADER("\1\0", "\0", "\0", "\0", "\0")), 0},
        {"not even that", IMAGE("\1\0"), 0},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(queries); i++) {
        const uint8_t *image = (const uint8_t *)queries[i].image;

        print_message("%s\n", queries[i].name);
        assert_int_equal(tt_sent_edns_size(image, queries[i].len, 0), queries[i].size);
        assert_int_equal(tt_sent_edns_size(image, queries[i].len, QNAME_LEN), queries[i].size);
    }
}

static void only_an_answer_to_the_query_is_one(void **state)
{
    const uint8_t *image = (const uint8_t *)HEADER("\x81\5", "\0", "\0", "\0", "\0");

    (void)state;
    assert_true(tt_sent_is_response(image, 12, 0x1234));
    assert_false(tt_sent_is_response(image, 11, 0x1234));
    assert_false(tt_sent_is_response(image, 12, 0x3412));
    assert_false(tt_sent_is_response((const uint8_t *)HEADER("\1\0", "\0", "\0", "\0", "\0"), 12, 0x1234));
    assert_int_equal(tt_sent_rcode(image), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_an_answer_its_records_code_and_size_are_taken),
        cmocka_unit_test(the_size_is_that_of_the_message_not_of_its_memory),
        cmocka_unit_test(what_is_broken_anywhere_is_survived),
        cmocka_unit_test(the_client_says_its_udp_size_in_opt),
        cmocka_unit_test(only_an_answer_to_the_query_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
