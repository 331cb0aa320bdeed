/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/list.h"
#include "enrich/threat.h"

enum { MANY = 1000000, BYTES_MAX = 64 << 20 };

static char why_text[TT_DATA_WHY_MAX];

static int make(const char *text, size_t len, enum tt_threat_match match, struct tt_threat **threat)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    int error = tt_threat_new(text, len, match, threat, &why);

    tt_buf_cstr(&why);
    return error;
}

/* A word that parses as an address is asked for as one. */
static bool has(const struct tt_threat *threat, struct tt_str word)
{
    struct tt_ip ip;

    return tt_ip_parse(word, &ip) == TT_OK ? tt_threat_has_ip(threat, &ip) : tt_threat_has_name(threat, word);
}

static void check_words(const char *what, const struct tt_threat *threat, const char *words, bool expect)
{
    for (size_t len; *words != '\0'; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (has(threat, (struct tt_str){words, (uint32_t)len}) != expect)
            fail_msg("%s: %.*s is %s", what, (int)len, words, expect ? "missed" : "named");
    }
}

#define AUTO TT_THREAT_MATCH_AUTO
#define EXACT TT_THREAT_MATCH_EXACT
#define SUFFIX TT_THREAT_MATCH_SUFFIX
#define BOM "\xEF\xBB\xBF"

/* yes, no: words that the list holds and does not; why NULL: no warning. */
static const struct {
    const char *what, *text;
    enum tt_threat_match match;
    size_t entries_n;
    const char *yes, *no, *why;
} cases[] = {
    {"hosts file",
     "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n255.255.255.255\tbroadcasthost\n"
     "0.0.0.0 0.0.0.0\n0.0.0.0 bad.example # why\n0.0.0.0\tother.example third.example\n",
     AUTO, 3, "bad.example other.example third.example", "a.bad.example example localhost 0.0.0.0 127.0.0.1",
     NULL},
    {"hosts file by tabs", "0.0.0.0\ta.example\tb.example\n0.0.0.0\tc.example\n", AUTO, 3,
     "a.example b.example c.example", "x.a.example 0.0.0.0", NULL},
    {"hosts file by suffix", "0.0.0.0 bad.example\n", SUFFIX, 1, "bad.example a.b.bad.example",
     "xbad.example", NULL},
    {"domain list", "bad.example\nworse.example\n", AUTO, 2, "bad.example a.bad.example worse.example",
     "example other.example badexample", NULL},
    {"domain list, exact", "bad.example\n", EXACT, 1, "bad.example", "a.bad.example", NULL},
    {"suffixes say so themselves", "*.bad.example\n.worse.example\n||worst.example^\n.zip\nthis.example\n",
     EXACT, 5, "a.bad.example bad.example x.worse.example x.worst.example a.zip this.example",
     "x.this.example", NULL},
    {"CRLF, BOM, comments, blank lines",
     BOM "# one\r\n; two\r\n! three\r\n// four\r\n\r\n  bad.example  \r\n"
         "worse.example # five\r\nworst.example ; six\r\n",
     AUTO, 3, "bad.example worse.example worst.example", "one two", NULL},
    {"no newline at the end", "a.example\nb.example", AUTO, 2, "a.example b.example", "c.example", NULL},
    {"duplicates, case, trailing dots", "Bad.Example\nbad.example.\nBAD.EXAMPLE.\nbad.example\n", AUTO, 1,
     "bad.example", "example", NULL},
    {"IDN",
     "b\xC3\xBC"
     "cher.example\n*.\xE4\xB8\xAD\xE5\x9B\xBD\n0.0.0.0 \xC3\x9C"
     "ber.example\n"
     "http://stra\xC3\x9F"
     "e.example/x\n",
     AUTO, 4, "xn--bcher-kva.example a.xn--fiqs8s xn--ber-goa.example xn--strae-oqa.example",
     "bucher.example", NULL},
    {"URL list",
     "http://bad.example/path?q=1\nhttps://user:pw@worse.example:8443/a,b;c\nhttp://192.0.2.7:80/x\n"
     "hxxp://worst.example#f\nhttp://[2001:db8::7]:8080/\nftp://plain.example\n",
     AUTO, 6, "bad.example worse.example 192.0.2.7 worst.example 2001:db8::7 plain.example",
     "path user pw 192.0.2.8", NULL},
    {"adblock",
     "[Adblock Plus 2.0]\n! "
     "title\n||bad.example^\n||worse.example^$third-party\n||192.0.2.9^\n||*.x.example^\n",
     AUTO, 4, "bad.example a.worse.example 192.0.2.9 a.x.example", "third-party", NULL},
    {"addresses and networks",
     "192.0.2.1\n198.51.100.0/24\n2001:db8::/32 ; a comment\n203.0.113.77/28\n2001:db9::1\n"
     "198.51.100.200:443\n",
     AUTO, 6, "192.0.2.1 198.51.100.0 198.51.100.255 2001:db8:ffff::1 203.0.113.64 203.0.113.79 2001:db9::1",
     "192.0.2.2 198.51.101.0 2001:db7::1 203.0.113.80 203.0.113.63 2001:db9::2 198.51.99.255", NULL},
    {"CSV of URLs, header in a comment",
     "# id,dateadded,url,url_status,threat,urlhaus_link,reporter\r\n"
     "\"1\",\"2026-11-01 "
     "10:00:00\",\"http://bad.example/a,b.sh\",\"online\",\"malware\",\"https://hub.example/1/\",\"x\"\r\n"
     "\"2\",\"2026-11-01 "
     "10:00:01\",\"http://192.0.2.5:8080/i\",\"offline\",\"malware\",\"https://hub.example/2/\",\"y\"\r\n",
     AUTO, 2, "bad.example 192.0.2.5", "hub.example", NULL},
    {"CSV with a header line", "first_seen,dst_ip,port\n2026-11-01,192.0.2.1,443\n2026-11-02,192.0.2.2,80\n",
     AUTO, 2, "192.0.2.1 192.0.2.2", "192.0.2.3", NULL},
    {"CSV with blanks before quotes",
     "\"2026\", \"17\", \"bad.example\", \"domain\"\n\"2026\", \"18\", \"192.0.2.4:81\", \"ip\"\n", AUTO, 2,
     "bad.example 192.0.2.4", "domain", NULL},
    {"CSV whose title tells the column",
     "source,domain\nlist.example,bad.example\nlist.example,worse.example\n", AUTO, 2,
     "bad.example worse.example", "list.example source", NULL},
    {"CSV by tabs", "count\tname\n10\tbad.example\n5\tworse.example\n", AUTO, 2, "bad.example worse.example",
     "count", NULL},
    {"CSV by semicolons", "10;bad.example\n5;worse.example\n", AUTO, 2, "bad.example worse.example", "10",
     NULL},
    {"one CSV line", "bad.example,malware", AUTO, 1, "bad.example", "malware", NULL},
    {"doubled quotes", "\"he said \"\"x, y\"\"\",bad.example\n\"a\",worse.example\n", AUTO, 2,
     "bad.example worse.example", "x", NULL},
    {"addresses and counts", "192.0.2.1\t10\n192.0.2.2\t9\n", AUTO, 2, "192.0.2.1 192.0.2.2", "192.0.2.10",
     NULL},
    {"some bad lines",
     "a.example\n!!\nnot a name\nb.example\nexample.com##.ad\nc.example\n0.0.0.0/0\nd.example\n", AUTO, 4,
     "a.example b.example c.example d.example", "example.com 192.0.2.1 not",
     "3 of 7 lines are none of name, suffix, address, network, URL, first at line 3"},
    {"a word is not a name", "a.example\nlocalhost\nb.example\n", AUTO, 2, "a.example", "localhost",
     "1 of 3 lines"},
    {"numbers are not names", "a.example\n1.2.3\n2026.11\nb.example\n", AUTO, 2, "a.example", "1.2.3",
     "2 of 4 lines"},
    {"escaped dots are not borders", "bad.example\n", AUTO, 1, "x.bad.example",
     "x\\.bad.example bad\\.example", NULL},
};

static void every_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_threat *threat;
        int error = make(cases[i].text, strlen(cases[i].text), cases[i].match, &threat);

        if (error != TT_OK)
            fail_msg("%s: %s", cases[i].what, why_text);
        if (tt_threat_entries(threat) != cases[i].entries_n)
            fail_msg("%s: %zu entries", cases[i].what, tt_threat_entries(threat));
        check_words(cases[i].what, threat, cases[i].yes, true);
        check_words(cases[i].what, threat, cases[i].no, false);
        if (cases[i].why == NULL ? why_text[0] != '\0' : strstr(why_text, cases[i].why) == NULL)
            fail_msg("%s: warns \"%s\"", cases[i].what, why_text);
        tt_threat_free(&threat);
        assert_null(threat);
    }
}

static void what_is_no_list_is_refused_with_counts(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "not one entry in 0 lines"},
        {"# nothing\n\n", "not one entry in 2 lines"},
        {"127.0.0.1 localhost\n", "not one entry in 1 lines"},
        {"<html>\n<body>Not found</body>\n", "2 of 2 lines are none of"},
        {"a.example\nb\nc\n",
         "2 of 3 lines are none of name, suffix, address, network, URL, first at line 2"},
        {"{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": 2}\n", "none of"},
        {"a.exa mple\n", "1 of 1 lines"},
        {"http://\nhttp:///x\n", "2 of 2 lines"},
        {"192.0.2.0/33\n192.0.2.0/\n2001:db8::/129\n", "3 of 3 lines"},
        {"||\n||^\n||a.example/path\n*.\n.\n", "5 of 5 lines"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(bad); i++) {
        struct tt_threat *threat;

        if (make(bad[i].text, strlen(bad[i].text), AUTO, &threat) != TT_ESYNTAX || threat != NULL ||
            strstr(why_text, bad[i].why) == NULL)
            fail_msg("case %zu: \"%s\" lacks \"%s\"", i, why_text, bad[i].why);
    }
}

static size_t add_name(char *text, const char *before, int i)
{
    return (size_t)sprintf(text, "%s%d.sub-domain-%d.example", before, i, i % 1000);
}

static void a_million_entries_take_at_most_64_mib_and_all_are_found(void **state)
{
    char *text = malloc((size_t)MANY * 48), name[64];
    struct tt_threat *threat;
    size_t len = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < MANY; i++) {
        len += add_name(text + len, "host-", i);
        text[len++] = '\n';
    }
    assert_int_equal(make(text, len, AUTO, &threat), TT_OK);
    assert_int_equal(tt_threat_entries(threat), MANY);
    assert_true(tt_threat_bytes(threat) <= BYTES_MAX);
    print_message("%d entries: %zu bytes\n", MANY, tt_threat_bytes(threat));
    for (int i = 0; i < MANY; i++) {
        uint32_t name_len = (uint32_t)add_name(name, "x.host-", i);
        assert_true(tt_threat_has_name(threat, (struct tt_str){name, name_len}));
        name_len = (uint32_t)add_name(name, "host-x", i);
        assert_false(tt_threat_has_name(threat, (struct tt_str){name, name_len}));
    }
    tt_threat_free(&threat);
    free(text);
}

static void duplicates_by_the_million_take_no_room(void **state)
{
    char *text = malloc((size_t)MANY * 16);
    struct tt_threat *threat;
    size_t len = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < MANY; i++)
        len += (size_t)sprintf(text + len, "a%d.example\n", i % 100);
    assert_int_equal(make(text, len, AUTO, &threat), TT_OK);
    assert_int_equal(tt_threat_entries(threat), 100);
    assert_true(tt_threat_bytes(threat) < 16384);
    tt_threat_free(&threat);
    free(text);
}

static void a_million_garbage_lines_are_refused(void **state)
{
    char *text = malloc((size_t)MANY * 24);
    struct tt_threat *threat;
    uint64_t random = 88172645463325252u;
    size_t len = 0;

    (void)state;
    assert_non_null(text);
    for (int i = 0; i < MANY; i++) {
        text[len++] = '%';
        for (int k = 0; k < 20; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            char c = (char)(random >> 56);
            text[len++] = c != '\n' ? c : ' ';
        }
        text[len++] = '\n';
    }
    assert_int_equal(make(text, len, AUTO, &threat), TT_ESYNTAX);
    assert_non_null(strstr(why_text, "1000000 of 1000000 lines are none of"));
    free(text);
}

static void filter_lists_are_read_and_asked_the_same_way(void **state)
{
    static const char text[] = "bad.example\n";
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_conf_threat conf = {.match = EXACT};
    void *object;

    (void)state;
    assert_int_equal(tt_data_list.role, TT_DATA_LIST);
    assert_int_equal(
        tt_data_list.load((const uint8_t *)text, strlen(text), "", NULL, "", &object, NULL, &why), TT_OK);
    assert_true(tt_list_has(object, TT_STR("a.bad.example")));
    assert_false(tt_list_has(object, TT_STR("example")));
    assert_false(tt_list_has(NULL, TT_STR("bad.example")));
    tt_data_list.unload(object);
    assert_int_equal(tt_data_threat.role, TT_DATA_THREAT);
    assert_int_equal(
        tt_data_threat.load((const uint8_t *)text, strlen(text), "", &conf, "", &object, NULL, &why), TT_OK);
    assert_false(tt_threat_has_name(object, TT_STR("a.bad.example")));
    assert_true(tt_threat_has_name(object, TT_STR("bad.example")));
    tt_data_threat.unload(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(what_is_no_list_is_refused_with_counts),
        cmocka_unit_test(a_million_entries_take_at_most_64_mib_and_all_are_found),
        cmocka_unit_test(duplicates_by_the_million_take_no_room),
        cmocka_unit_test(a_million_garbage_lines_are_refused),
        cmocka_unit_test(filter_lists_are_read_and_asked_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
