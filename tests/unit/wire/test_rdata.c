/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "wire/codes.h"
#include "wire/rdata.h"

/* RDATA as hexadecimal, blanks allowed. */
static size_t unhex(const char *hex, uint8_t *out)
{
    size_t len = 0;
    unsigned byte;

    for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2)
        if (*hex != ' ' && sscanf(hex, "%2x", &byte) == 1)
            out[len++] = (uint8_t)byte;
    return len;
}

#define EXAMPLE "07 6578616d706c65 03 636f6d 00" /* example.com */
#define NINE9 "ffffffffffffffffff"

/* Texts from the RFC each row names, but for the dot at the end of names. */
static const struct {
    const char *name;
    uint16_t type;
    const char *hex, *text;
} text_cases[] = {
    {"RFC 1035 A", TT_TYPE_A, "c0000201", "192.0.2.1"},
    {"RFC 3596 AAAA", TT_TYPE_AAAA, "20010db8000000000000000000000001", "2001:db8::1"},
    {"RFC 1035 NS", TT_TYPE_NS, "02 4e53" EXAMPLE, "ns.example.com"},
    {"root as a target", TT_TYPE_CNAME, "00", "."},
    {"RFC 1035 MX", TT_TYPE_MX, "000a" EXAMPLE, "10 example.com"},
    {"RFC 7505 null MX", TT_TYPE_MX, "0000 00", "0 ."},
    {"RFC 1035 SOA", TT_TYPE_SOA,
     "02 6e73" EXAMPLE "03 612e62" EXAMPLE "78c40465 00001c20 00000384 00127500 0000012c",
     "ns.example.com a\\.b.example.com 2026112101 7200 900 1209600 300"},
    {"RFC 1035 TXT", TT_TYPE_TXT, "03 612262 00 02 5c00", "\"a\\\"b\" \"\" \"\\\\\\000\""},
    {"RFC 8482 HINFO", TT_TYPE_HINFO, "07 52464338343832 00", "\"RFC8482\" \"\""},
    {"RFC 2782 SRV", TT_TYPE_SRV, "0001 0002 01bb" EXAMPLE, "1 2 443 example.com"},
    {"RFC 3403 NAPTR", TT_TYPE_NAPTR, "0064 0032 01 73 08 7a333935302b4e32 00 00",
     "100 50 \"s\" \"z3950+N2\" \"\" ."},
    {"RFC 4034 5.4 DS", TT_TYPE_DS, "ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118",
     "60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"},
    {"RFC 8078 CDS delete", TT_TYPE_CDS, "0000 00 00 00", "0 0 0 00"},
    {"RFC 8078 CDNSKEY delete", TT_TYPE_CDNSKEY, "0000 03 00 00", "0 3 0 AA=="},
    {"RFC 4034 2.3 DNSKEY", TT_TYPE_DNSKEY, "0100 03 05 010371", "256 3 5 AQNx"},
    {"RFC 4034 3.3 RRSIG", TT_TYPE_RRSIG,
     "0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52" EXAMPLE "a0906040",
     "A 5 3 86400 20030322173103 20030220173103 2642 example.com oJBgQA=="},
    {"RRSIG times at both ends", TT_TYPE_RRSIG, "fff0 00 00 00000000 ffffffff 00000000 0000 00 01",
     "TYPE65520 0 0 0 21060207062815 19700101000000 0 . AQ=="},
    {"RRSIG on a leap day", TT_TYPE_RRSIG, "0001 00 00 00000000 65e0677f 38bbb080 0000 00 01",
     "A 0 0 0 20240229111615 20000229114152 0 . AQ=="},
    {"RFC 4034 4.3 NSEC", TT_TYPE_NSEC,
     "04 686f7374" EXAMPLE
     "0006 400100000003 041b 000000000000000000000000000000000000000000000000000020",
     "host.example.com A MX RRSIG NSEC TYPE1234"},
    {"RFC 5155 A NSEC3", TT_TYPE_NSEC3,
     "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 22010000000290",
     "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM"},
    {"NSEC3 with a hash of one byte", TT_TYPE_NSEC3, "01 00 0000 00 01 ff", "1 0 0 - vs"},
    {"RFC 5155 NSEC3PARAM without salt", TT_TYPE_NSEC3PARAM, "01 00 0000 00", "1 0 0 -"},
    {"RFC 6698 TLSA", TT_TYPE_TLSA, "03 01 01 d2abde", "3 1 1 d2abde"},
    {"RFC 4255 SSHFP", TT_TYPE_SSHFP, "02 01 1234", "2 1 1234"},
    {"RFC 8659 CAA", TT_TYPE_CAA, "00 05 6973737565 6361312e6578616d706c652e6e6574",
     "0 issue \"ca1.example.net\""},
    {"CAA without value", TT_TYPE_CAA, "80 05 6973737565", "128 issue \"\""},
    {"CAA with an odd tag", TT_TYPE_CAA, "00 02 6120 78", "\\# 5 0002612078"},
    {"RFC 9460 D.1 alias", TT_TYPE_HTTPS, "0000 03 666f6f" EXAMPLE, "0 foo.example.com"},
    {"RFC 9460 D.2 port", TT_TYPE_SVCB, "0010 03 666f6f" EXAMPLE "0003 0002 0035",
     "16 foo.example.com port=53"},
    {"RFC 9460 D.2 key667", TT_TYPE_SVCB, "0001 03 666f6f" EXAMPLE "029b 0009 68656c6c6fd2716f6f",
     "1 foo.example.com key667=\"hello\\210qoo\""},
    {"RFC 9460 D.2 hints", TT_TYPE_SVCB,
     "0001" EXAMPLE "0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001",
     "1 example.com ipv6hint=2001:db8::1,2001:db8::53:1"},
    {"RFC 9460 D.2 mandatory", TT_TYPE_SVCB,
     "0010 03 666f6f" EXAMPLE
     "0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201",
     "16 foo.example.com mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1"},
    {"RFC 9460 D.2 escaped alpn", TT_TYPE_SVCB,
     "0010 03 666f6f" EXAMPLE "0001 000c 08 665c6f6f2c626172 02 6832",
     "16 foo.example.com alpn=\"f\\\\\\\\oo\\\\,bar,h2\""},
    {"SVCB key without value", TT_TYPE_SVCB, "0001 00 0001 0003 02 6832 0002 0000",
     "1 . alpn=\"h2\" no-default-alpn"},
    {"RFC 7043 EUI48", TT_TYPE_EUI48, "00005e00532a", "00-00-5e-00-53-2a"},
    {"RFC 7043 EUI64", TT_TYPE_EUI64, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a"},
    {"RFC 6742 NID", TT_TYPE_NID, "000a 00144fff ff20ee64", "10 0014:4fff:ff20:ee64"},
    {"RFC 6742 L32", TT_TYPE_L32, "000a 0a010200", "10 10.1.2.0"},
    {"RFC 7553 URI", TT_TYPE_URI, "000a 0001 6674703a2f2f78", "10 1 \"ftp://x\""},
    {"ISDN with and without subaddress", TT_TYPE_ISDN, "01 31", "\"1\""},
    {"ISDN with subaddress", TT_TYPE_ISDN, "01 31 01 32", "\"1\" \"2\""},
    {"RFC 3597 unknown type", 62347, "abcdef", "\\# 3 abcdef"},
    {"RFC 3597 no bytes", 731, "", "\\# 0"},
    {"NXT, generic for good", TT_TYPE_NXT, "00 40", "\\# 2 0040"},
    {"A that is too long", TT_TYPE_A, "c000020100", "\\# 5 c000020100"},
    {"MX that is too short", TT_TYPE_MX, "000a", "\\# 2 000a"},
    {"DS without digest", TT_TYPE_DS, "ec45 05 01", "\\# 4 ec450501"},
    {"NSEC3 without hash", TT_TYPE_NSEC3, "01 00 0000 00 00", "\\# 6 010000000000"},
};

static void rdata_is_written_as_the_rfcs_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(text_cases); i++) {
        uint8_t rdata[512];
        char text[1024];
        struct tt_buf buf = tt_buf_over(text, sizeof(text));

        tt_rdata_format(&buf, text_cases[i].type, TT_CLASS_IN, rdata,
                        unhex(text_cases[i].hex, rdata));
        if (strcmp(tt_buf_cstr(&buf), text_cases[i].text) != 0)
            fail_msg("%s: %s", text_cases[i].name, text);
    }
}

static const struct {
    const char *name;
    uint16_t type, rr_class;
    const char *hex;
    bool fits;
} fit_cases[] = {
    {"A", TT_TYPE_A, TT_CLASS_IN, "01020304", true},
    {"A of another length", TT_TYPE_A, TT_CLASS_IN, "010203", false},
    {"A of class CH is opaque", TT_TYPE_A, TT_CLASS_CH, "00 0102", true},
    {"A deleted by an update", TT_TYPE_A, TT_CLASS_ANY, "", true},
    {"A of class NONE", TT_TYPE_A, TT_CLASS_NONE, "01020304", true},
    {"A of class NONE, another length", TT_TYPE_A, TT_CLASS_NONE, "0102", false},
    {"MX in any class", TT_TYPE_MX, 77, "0001", false},
    {"no string", TT_TYPE_TXT, TT_CLASS_IN, "", false},
    {"a string that is cut", TT_TYPE_TXT, TT_CLASS_IN, "02 61", false},
    {"windows in order", TT_TYPE_CSYNC, TT_CLASS_IN, "00000001 0003 0001 40 0101 40", true},
    {"windows out of order", TT_TYPE_CSYNC, TT_CLASS_IN, "00000001 0003 0101 40 0001 40", false},
    {"a window twice", TT_TYPE_CSYNC, TT_CLASS_IN, "00000001 0003 0001 40 0001 40", false},
    {"an empty window", TT_TYPE_CSYNC, TT_CLASS_IN, "00000001 0003 0000", false},
    {"a window of 33", TT_TYPE_CSYNC, TT_CLASS_IN,
     "00000001 0003 0021" NINE9 NINE9 NINE9 "ffffffffffff", false},
    {"no types", TT_TYPE_CSYNC, TT_CLASS_IN, "00000001 0003", true},
    {"a compressed name", TT_TYPE_NS, TT_CLASS_IN, "c00c", false},
    {"a name and more", TT_TYPE_NS, TT_CLASS_IN, "00 00", false},
    {"SvcParams out of order", TT_TYPE_HTTPS, TT_CLASS_IN,
     "0001 00 0003 0002 0035 0001 0003 02 6832", false},
    {"a SvcParam twice", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0003 0002 0035 0003 0002 0035",
     false},
    {"a SvcParam that is cut", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0003 0003 0035", false},
    {"mandatory that names itself", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0000 0002 0000", false},
    {"mandatory out of order", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0000 0004 0004 0001", false},
    {"empty alpn", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0001 0001 00", false},
    {"no-default-alpn with value", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0002 0001 00", false},
    {"hint of five bytes", TT_TYPE_HTTPS, TT_CLASS_IN, "0001 00 0004 0005 0102030405", false},
};

static void rdata_is_held_against_its_layout(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(fit_cases); i++) {
        uint8_t rdata[512];
        size_t len = unhex(fit_cases[i].hex, rdata);

        if (tt_rdata_fits(fit_cases[i].type, fit_cases[i].rr_class, rdata, len) !=
            fit_cases[i].fits)
            fail_msg("%s", fit_cases[i].name);
    }
}

/* "A." in capitals, twice where two names stand. */
static const struct {
    uint16_t type;
    const char *hex, *canonical;
} canonical_cases[] = {
    {TT_TYPE_NS, "01 41 00", "01 61 00"},
    {TT_TYPE_SOA,
     "01 41 00 01 42 00"
     "00000041 00000041 00000041 00000041 00000041",
     "01 61 00 01 62 00"
     "00000041 00000041 00000041 00000041 00000041"},
    {TT_TYPE_MX, "0041 01 41 00", "0041 01 61 00"},
    {TT_TYPE_SRV, "0041 0041 0041 01 41 00", "0041 0041 0041 01 61 00"},
    {TT_TYPE_NAPTR, "0041 0041 01 41 01 41 01 41 01 41 00", "0041 0041 01 41 01 41 01 41 01 61 00"},
    {TT_TYPE_DNAME, "01 41 00", "01 61 00"},
    {TT_TYPE_KX, "0001 01 41 00", "0001 01 61 00"},
    {TT_TYPE_RRSIG, "0001 05 03 00015180 3e7c3f9f 3e54b29f 0a52 01 41 00 41",
     "0001 05 03 00015180 3e7c3f9f 3e54b29f 0a52 01 61 00 41"},
    {TT_TYPE_NSEC, "01 41 00 0001 41", "01 41 00 0001 41"},
    {TT_TYPE_SVCB, "0001 01 41 00", "0001 01 41 00"},
    {TT_TYPE_LP, "0001 01 41 00", "0001 01 41 00"},
    {TT_TYPE_TXT, "01 41", "01 41"},
    {TT_TYPE_NS, "01 41", "01 41"}, /* does not fit: stays */
    {65280, "01 41 00", "01 41 00"},
};

static void names_are_lowered_where_rfc_4034_and_6840_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(canonical_cases); i++) {
        uint8_t rdata[64], expect[64], out[64];
        size_t len = unhex(canonical_cases[i].hex, rdata);
        uint16_t out_len;

        unhex(canonical_cases[i].canonical, expect);
        assert_int_equal(tt_rdata_canonical(canonical_cases[i].type, TT_CLASS_IN, rdata, len, out,
                                            sizeof(out), &out_len),
                         0);
        if (out_len != len || memcmp(out, expect, len) != 0)
            fail_msg("TYPE%u", canonical_cases[i].type);
        assert_int_equal(tt_rdata_canonical(canonical_cases[i].type, TT_CLASS_IN, rdata, len, out,
                                            len - 1, &out_len),
                         TT_ELIMIT);
    }
}

static void names_are_uncompressed_when_rdata_is_read(void **state)
{
    uint8_t message[64], out[64];
    size_t len = unhex("01 41 00"
                       "000a c000"
                       "ff",
                       message); /* a name, then MX RDATA, then a byte */
    struct tt_cursor cursor = tt_cursor_over(message, len);
    uint16_t out_len;

    (void)state;
    cursor.at = 3;
    assert_int_equal(tt_rdata_read(&cursor, TT_TYPE_MX, TT_CLASS_IN, 4, out, sizeof(out), &out_len),
                     0);
    assert_int_equal(out_len, 5);
    assert_memory_equal(out, "\0\x0a\1A\0", 5);
    assert_int_equal(cursor.at, 7);
    cursor.at = 3;
    assert_int_equal(tt_rdata_read(&cursor, TT_TYPE_MX, TT_CLASS_IN, 4, out, 4, &out_len),
                     TT_ELIMIT);
    assert_int_equal(cursor.at, 7);
    assert_false(cursor.failed);
    cursor.at = 3;
    assert_int_equal(tt_rdata_read(&cursor, TT_TYPE_MX, TT_CLASS_IN, 3, out, sizeof(out), &out_len),
                     TT_EMALFORMED);
    assert_int_equal(cursor.at, 6);
    cursor.at = 3;
    assert_int_equal(tt_rdata_read(&cursor, 65280, TT_CLASS_IN, 4, out, sizeof(out), &out_len), 0);
    assert_memory_equal(out, "\0\x0a\xc0\0", 4);
    assert_int_equal(tt_rdata_read(&cursor, TT_TYPE_MX, TT_CLASS_IN, 2, out, sizeof(out), &out_len),
                     TT_ETRUNCATED);
}

static void text_that_does_not_fit_leaves_the_buffer_overflown(void **state)
{
    char text[8];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    (void)state;
    tt_rdata_format(&buf, TT_TYPE_TXT, TT_CLASS_IN,
                    (const uint8_t *)"\xa"
                                     "0123456789",
                    11);
    assert_true(buf.overflow);
    assert_true(buf.len <= sizeof(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rdata_is_written_as_the_rfcs_say),
        cmocka_unit_test(rdata_is_held_against_its_layout),
        cmocka_unit_test(names_are_lowered_where_rfc_4034_and_6840_say),
        cmocka_unit_test(names_are_uncompressed_when_rdata_is_read),
        cmocka_unit_test(text_that_does_not_fit_leaves_the_buffer_overflown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
