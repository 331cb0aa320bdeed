/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "wire/codes.h"
#include "wire/summary.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1
#define HEAD(flags, qd, an, ns, ar) "\x12\x34" flags "\0" qd "\0" an "\0" ns "\0" ar
#define QUESTION "\3WwW\7example\0\0\1\0\1"
#define A_RECORD(ttl) "\xc0\x0c\0\1\0\1" ttl "\0\4\xc0\0\2\1"
#define OPT(ext, options_len) "\0\0\x29\4\xd0" ext "\0\x80\0\0" options_len

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    int error;
    unsigned rcode, answers;
    bool has_question, has_edns, has_bad_edns, has_ttl;
    unsigned ttl, trailing;
} cases[] = {
    {"a query", BYTES(HEAD("\1\0", "\1", "\0", "\0", "\0") QUESTION), 0, 0, 0, true, false, false,
     false, 0, 0},
    {"the smallest TTL counts",
     BYTES(HEAD("\x81\x80", "\1", "\3", "\0", "\0") QUESTION A_RECORD("\0\0\1\0")
               A_RECORD("\0\0\0\7") A_RECORD("\0\0\0\x09")),
     0, 0, 3, true, false, false, true, 7, 0},
    {"a TTL with its top bit is 0",
     BYTES(HEAD("\x81\x80", "\1", "\1", "\0", "\0") QUESTION A_RECORD("\x80\0\0\1")), 0, 0, 1, true,
     false, false, true, 0, 0},
    {"extended rcode", BYTES(HEAD("\x81\x87", "\1", "\0", "\0", "\1") QUESTION OPT("\1", "\0")), 0,
     23, 0, true, true, false, false, 0, 0},
    {"two OPT records: the first",
     BYTES(HEAD("\x81\x80", "\1", "\0", "\0", "\2") QUESTION OPT("\0", "\0") OPT("\1", "\0")), 0, 0,
     0, true, true, true, false, 0, 0},
    {"OPT as an answer", BYTES(HEAD("\x81\x80", "\1", "\1", "\0", "\0") QUESTION OPT("\1", "\0")),
     0, 0, 0, true, false, true, false, 0, 0},
    {"OPT with an owner",
     BYTES(HEAD("\x81\x80", "\1", "\0", "\0", "\1") QUESTION "\xc0\x0c"
                                                             "\0\x29\4\xd0\0\0\0\0\0\0"),
     0, 0, 0, true, false, true, false, 0, 0},
    {"trailing bytes are counted", BYTES(HEAD("\x81\x80", "\1", "\0", "\0", "\0") QUESTION "xyz"),
     0, 0, 0, true, false, false, false, 0, 3},
    {"a count too high",
     BYTES(HEAD("\x81\x80", "\1", "\2", "\0", "\0") QUESTION A_RECORD("\0\0\0\5")), TT_ETRUNCATED,
     0, 1, true, false, false, true, 5, 0},
    {"RDLENGTH past the end",
     BYTES(HEAD("\x81\x80", "\1", "\1", "\0", "\0") QUESTION
           "\xc0\x0c\0\1\0\1\0\0\0\5\0\5\xc0\0\2\1"),
     TT_ETRUNCATED, 0, 0, true, false, false, false, 0, 0},
    {"an owner that points to itself",
     BYTES(HEAD("\x81\x80", "\0", "\1", "\0", "\0") "\xc0\x0c"
                                                    "\0\1\0\1\0\0\0\5\0\0"),
     TT_EMALFORMED, 0, 0, false, false, false, false, 0, 0},
    {"no question", BYTES(HEAD("\x81\x85", "\0", "\0", "\0", "\0")), 0, 5, 0, false, false, false,
     false, 0, 0},
    {"two questions: the first",
     BYTES(HEAD("\1\0", "\2", "\0", "\0", "\0") QUESTION "\1b\0\0\1\0\1"), 0, 0, 0, true, false,
     false, false, 0, 0},
    {"a second question that is cut",
     BYTES(HEAD("\1\0", "\2", "\0", "\0", "\0") QUESTION "\1b\0\0"), TT_ETRUNCATED, 0, 0, true,
     false, false, false, 0, 0},
    {"a question that is cut", BYTES(HEAD("\x81\x83", "\1", "\0", "\0", "\0") "\3www"),
     TT_ETRUNCATED, 3, 0, false, false, false, false, 0, 0},
};

static void messages_become_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_summary s;

        if (tt_summary_read(&s, cases[i].bytes, cases[i].len) != cases[i].error)
            fail_msg("%s", cases[i].name);
        if (!s.has_header || s.rcode != cases[i].rcode || s.answer_count != cases[i].answers ||
            s.msg.has_question != cases[i].has_question || s.has_edns != cases[i].has_edns ||
            s.has_bad_edns != cases[i].has_bad_edns || s.has_ttl != cases[i].has_ttl ||
            s.ttl != cases[i].ttl || s.trailing_len != cases[i].trailing)
            fail_msg("%s: other facts", cases[i].name);
        if (s.msg.has_question)
            assert_memory_equal(s.msg.qname, "\3WwW\7example\0", s.msg.qname_len);
    }
}

static void a_header_has_twelve_bytes(void **state)
{
    struct tt_summary s;

    (void)state;
    for (size_t len = 0; len < TT_MSG_HEADER_LEN; len++) {
        assert_int_equal(tt_summary_read(&s, "\x12\x34\x81\x80\0\0\0\0\0\0\0", len), TT_ETRUNCATED);
        assert_false(s.has_header);
    }
    assert_int_equal(tt_summary_read(&s, NULL, 0), TT_ETRUNCATED);
}

static void header_bits_have_their_places(void **state)
{
    struct tt_msg msg;

    (void)state;
    assert_int_equal(tt_msg_read(&msg, BYTES("\xab\xcd\xa5\x93\0\0\0\0\0\0\0\0")), 0);
    assert_int_equal(msg.id, 0xabcd);
    assert_int_equal(msg.opcode, TT_OPCODE_NOTIFY);
    assert_int_equal(msg.rcode, TT_RCODE_NXDOMAIN);
    assert_int_equal(msg.flags & (TT_MSG_QR | TT_MSG_AA | TT_MSG_RD | TT_MSG_RA | TT_MSG_CD |
                                  TT_MSG_TC | TT_MSG_AD),
                     TT_MSG_QR | TT_MSG_AA | TT_MSG_RD | TT_MSG_RA | TT_MSG_CD);
}

static void the_walk_gives_each_record_with_its_section(void **state)
{
    struct tt_msg msg;
    struct tt_msg_rr rr;

    (void)state;
    assert_int_equal(tt_msg_read(&msg, BYTES(HEAD("\x81\x80", "\1", "\1", "\0", "\1")
                                                 QUESTION A_RECORD("\0\0\0\5") OPT("\0", "\0"))),
                     0);
    struct tt_msg_walk walk = tt_msg_walk(&msg);
    assert_true(tt_msg_next(&walk, &rr));
    assert_int_equal(rr.section, TT_MSG_ANSWER);
    assert_int_equal(rr.type, TT_TYPE_A);
    assert_memory_equal(rr.owner, "\3WwW\7example\0", rr.owner_len);
    struct tt_cursor rdata = tt_msg_rdata(&msg, &rr);
    assert_memory_equal(tt_cursor_bytes(&rdata, rr.rdata_len), "\xc0\0\2\1", 4);
    assert_true(tt_msg_next(&walk, &rr));
    assert_int_equal(rr.section, TT_MSG_ADDITIONAL);
    assert_int_equal(rr.rr_class, 1232);
    assert_false(tt_msg_next(&walk, &rr));
    assert_false(tt_msg_next(&walk, &rr));
    assert_int_equal(walk.error, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_become_facts),
        cmocka_unit_test(a_header_has_twelve_bytes),
        cmocka_unit_test(header_bits_have_their_places),
        cmocka_unit_test(the_walk_gives_each_record_with_its_section),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
