/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Payloads of dnstap, byte by byte. tests/diff/dnstap compares many more with the Protobuf library.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "wire/dnstap.h"

#define BYTES(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* Field 15 type MESSAGE; field 14 a message of n bytes; field 1 of it: CLIENT_RESPONSE. */
#define TYPE "\x78\x01"
#define MESSAGE(n) "\x72" n
#define CLIENT_RESPONSE "\x08\x06"

struct payload {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    int err;
    uint32_t have, message_have, policy_have;
};

#define F(n) (UINT32_C(1) << (n))
#define WHOLE (F(14) | F(15))

static const struct payload payloads[] = {
    {"nothing at all lacks its type", BYTES(""), TT_EMALFORMED, 0, 0, 0},
    {"a payload without a message", BYTES(TYPE), TT_OK, F(15), 0, 0},
    {"a message without a type", BYTES(TYPE MESSAGE("\x00")), TT_EMALFORMED, 0, 0, 0},
    {"the least message", BYTES(TYPE MESSAGE("\x02") CLIENT_RESPONSE), TT_OK, WHOLE, F(1), 0},
    {"fields in any order", BYTES(MESSAGE("\x02") CLIENT_RESPONSE TYPE), TT_OK, WHOLE, F(1), 0},
    {"identity, version, extra", BYTES("\x0a\x02hi\x12\x00\x1a\x01z" TYPE), TT_OK,
     F(1) | F(2) | F(3) | F(15), 0, 0},
    {"a type of payload that is not known", BYTES("\x78\x02"), TT_EMALFORMED, 0, 0, 0},
    {"a type of message that is not known", BYTES(TYPE MESSAGE("\x02") "\x08\x0f"), TT_EMALFORMED,
     0, 0, 0},
    {"a type of message 0", BYTES(TYPE MESSAGE("\x02") "\x08\x00"), TT_EMALFORMED, 0, 0, 0},
    {"a type of message in ten bytes",
     BYTES(TYPE MESSAGE("\x0b") "\x08\x86\x80\x80\x80\x80\x80\x80\x80\x80\x00"), TT_OK, WHOLE, F(1),
     0},
    {"an enumeration of more than 32 bits is its low ones",
     BYTES(TYPE MESSAGE("\x07") "\x08\x86\x80\x80\x80\x10\x00"), TT_EMALFORMED, 0, 0, 0},
    {"a value that is not known leaves the one before",
     BYTES(TYPE MESSAGE("\x04") CLIENT_RESPONSE "\x08\x63"), TT_OK, WHOLE, F(1), 0},
    {"unknown fields of every wire type",
     BYTES(TYPE "\x20\x07\x29"
                "12345678"
                "\x32\x01x\x3d"
                "1234" MESSAGE("\x02") CLIENT_RESPONSE),
     TT_OK, WHOLE, F(1), 0},
    {"a known field of another wire type", BYTES(TYPE "\x08\x05" MESSAGE("\x02") CLIENT_RESPONSE),
     TT_OK, WHOLE, F(1), 0},
    {"a group that is not known, one in it", BYTES(TYPE "\x23\x2b\x08\x01\x2c\x24"), TT_OK, F(15),
     0, 0},
    {"a group with another's end", BYTES(TYPE "\x23\x2c"), TT_EMALFORMED, 0, 0, 0},
    {"a group without an end", BYTES(TYPE "\x23"), TT_ETRUNCATED, 0, 0, 0},
    {"an end without a group", BYTES(TYPE "\x24"), TT_EMALFORMED, 0, 0, 0},
    {"field number 0", BYTES(TYPE "\x00\x00"), TT_EMALFORMED, 0, 0, 0},
    {"wire type 6", BYTES(TYPE "\x26"), TT_EMALFORMED, 0, 0, 0},
    {"a tag of more than 32 bits", BYTES(TYPE "\xf8\xff\xff\xff\xff\x01\x00"), TT_EMALFORMED, 0, 0,
     0},
    {"a varint of eleven bytes", BYTES(TYPE "\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
     TT_EMALFORMED, 0, 0, 0},
    {"a varint that is cut", BYTES(TYPE "\x20\x80"), TT_ETRUNCATED, 0, 0, 0},
    {"bytes that leave the payload", BYTES(TYPE "\x0a\x03hi"), TT_ETRUNCATED, 0, 0, 0},
    {"a length that is no length", BYTES(TYPE "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     TT_ETRUNCATED, 0, 0, 0},
    {"bytes that leave the message, not the payload",
     BYTES(MESSAGE("\x04") CLIENT_RESPONSE "\x22\x02" TYPE), TT_ETRUNCATED, 0, 0, 0},
    {"a fixed32 that is cut", BYTES(TYPE MESSAGE("\x05") CLIENT_RESPONSE "\x4d\x01\x02"),
     TT_ETRUNCATED, 0, 0, 0},
    {"a message in two parts is one",
     BYTES(MESSAGE("\x02") CLIENT_RESPONSE MESSAGE("\x02") "\x30\x35" TYPE), TT_OK, WHOLE,
     F(1) | F(6), 0},
    {"a policy in two parts is one",
     BYTES(TYPE MESSAGE("\x0a") CLIENT_RESPONSE "\x7a\x02\x18\x03\x7a\x02\x20\x01"), TT_OK, WHOLE,
     F(1) | F(15), F(3) | F(4)},
};

static void payloads_are_read_as_protobuf_readers_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(payloads); i++) {
        const struct payload *row = &payloads[i];
        struct tt_dnstap dnstap;
        int err = tt_dnstap_read(&dnstap, row->bytes, row->len);

        if (err != row->err)
            fail_msg("%s: %d for %d", row->name, err, row->err);
        if (err != TT_OK)
            continue;
        if (dnstap.have != row->have ||
            (row->message_have != 0 && dnstap.message.have != row->message_have) ||
            (row->policy_have != 0 && dnstap.message.policy.have != row->policy_have))
            fail_msg("%s: %#x %#x %#x", row->name, dnstap.have, dnstap.message.have,
                     dnstap.message.policy.have);
    }
}

static bool is_text(const struct tt_dnstap_bytes *bytes, const char *text)
{
    return bytes->len == strlen(text) && memcmp(bytes->ptr, text, bytes->len) == 0;
}

static void every_field_has_its_place(void **state)
{
    static const char bytes[] = "\x0a\x01i\x12\x01v\x1a\x01x" TYPE MESSAGE(
        "\x45") "\x08\x02\x10\x02\x18\x07"
                "\x22\x01q\x2a\x01r\x30\xb5\x60\x38\x35\x40\x80\x80\x80\x80\x80\x20\x4d\x01\x02\x03"
                "\x04"
                "\x52\x02qm\x5a\x02qz\x60\x05\x6d\xff\x00\x00\x00\x72\x02rm"
                "\x7a\x10\x0a\x03RPZ\x12\x01R\x18\x06\x20\x05\x2a\x02vv"
                "\x80\x01\x03";
    struct tt_dnstap dnstap;
    const struct tt_dnstap_message *message = &dnstap.message;

    (void)state;
    assert_int_equal(tt_dnstap_read(&dnstap, bytes, sizeof(bytes) - 1), TT_OK);
    assert_true(is_text(&dnstap.identity, "i") && is_text(&dnstap.version, "v") &&
                is_text(&dnstap.extra, "x"));
    assert_int_equal(message->have, 0x1fffe);
    assert_int_equal(message->type, TT_DNSTAP_AUTH_RESPONSE);
    assert_int_equal(message->socket_family, TT_DNSTAP_INET6);
    assert_int_equal(message->socket_protocol, TT_DNSTAP_DOQ);
    assert_true(is_text(&message->query_address, "q") && is_text(&message->response_address, "r"));
    assert_int_equal(message->query_port, 12341);
    assert_int_equal(message->response_port, 53);
    assert_true(message->query_time_sec == UINT64_C(1) << 40 && message->response_time_sec == 5);
    assert_int_equal(message->query_time_nsec, 0x04030201);
    assert_int_equal(message->response_time_nsec, 255);
    assert_true(is_text(&message->query_message, "qm") && is_text(&message->query_zone, "qz"));
    assert_true(is_text(&message->response_message, "rm"));
    assert_int_equal(message->policy.have, 0x3e);
    assert_true(is_text(&message->policy.type, "RPZ") && is_text(&message->policy.rule, "R"));
    assert_true(is_text(&message->policy.value, "vv"));
    assert_int_equal(message->policy.action, TT_DNSTAP_ACTION_LOCAL_DATA);
    assert_int_equal(message->policy.match, 5);
    assert_int_equal(message->http_protocol, 3);
}

static void types_have_words(void **state)
{
    (void)state;
    assert_string_equal(tt_dnstap_type_word(TT_DNSTAP_CLIENT_RESPONSE), "client_response");
    assert_string_equal(tt_dnstap_type_word(14), "update_response");
    assert_null(tt_dnstap_type_word(0));
    assert_null(tt_dnstap_type_word(15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_are_read_as_protobuf_readers_do),
        cmocka_unit_test(every_field_has_its_place),
        cmocka_unit_test(types_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
