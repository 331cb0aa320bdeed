/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Certificates and keys of a client: which are refused, and what becomes of a client whose files go bad. */

#include "net_test.h"

#include "base/err.h"
#include "net/http.h"

/* Made by the tool of OpenSSL: two pairs, and a key with a password. */
static char root[] = "/tmp/tt-pem-XXXXXX";

static const char *at(const char *name)
{
    static char paths[4][128];
    static unsigned n;

    snprintf(paths[n % 4], sizeof(paths[0]), "%s/%s", root, name);
    return paths[n++ % 4];
}

static int make_files(void **state)
{
    static char command[1024];

    (void)state;
    assert_non_null(mkdtemp(root));
    snprintf(command, sizeof(command),
             "cd %s && umask 027 && for n in a b; do openssl req -x509 -newkey ec -pkeyopt "
             "ec_paramgen_curve:P-256 -nodes -keyout $n.key -out $n.pem -days 2 -subj /CN=$n; done 2>err; "
             "openssl ec -in a.key -out locked.key -aes128 -passout pass:x 2>>err; cat a.pem b.pem >two.pem; "
             "cat a.pem >cut.pem; head -c 300 b.pem >>cut.pem; head -c 300 a.pem >half.pem; "
             "head -c 100 a.key >half.key; echo text >text.pem; cat a.key a.pem >both.pem; : >empty.pem",
             root);
    return system(command);
}

static int remove_files_made(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command);
}

static char why_text[1400];

static int make(const char *ca, const char *cert, const char *key, struct tt_http **http)
{
    struct tt_conf_tls tls = {.is_given = true,
                              .ca_file = ca != NULL ? strdup(at(ca)) : NULL,
                              .cert_file = cert != NULL ? strdup(at(cert)) : NULL,
                              .key_file = key != NULL ? strdup(at(key)) : NULL};
    struct tt_http_options options = {.url = "https://127.0.0.1:9/", .tls = &tls, .timeout_s = 1};
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    int err = tt_http_new(&options, http, &why);

    tt_buf_cstr(&why);
    if (err == TT_OK && tt_http_has_changed(*http, &options, &why))
        err = TT_ECLOSED;
    free(tls.ca_file);
    free(tls.cert_file);
    free(tls.key_file);
    return err;
}

static void what_no_handshake_would_take_is_refused_at_once(void **state)
{
    static const struct {
        const char *ca, *cert, *key;
        int err;
        const char *why;
    } rows[] = {
        {"a.pem", NULL, NULL, TT_OK, ""},
        {"two.pem", "a.pem", "a.key", TT_OK, ""},
        {NULL, "both.pem", "a.key", TT_OK, ""},
        {NULL, "two.pem", "a.key", TT_OK, ""},
        {"cut.pem", NULL, NULL, TT_ECONFIG, "cut.pem: a certificate in it is damaged or cut"},
        {"half.pem", NULL, NULL, TT_ECONFIG, "half.pem: a certificate in it is damaged or cut"},
        {"text.pem", NULL, NULL, TT_ECONFIG, "text.pem: there is no certificate in PEM in it"},
        {"empty.pem", NULL, NULL, TT_ECONFIG, "empty.pem: it is empty"},
        {"a.key", NULL, NULL, TT_ECONFIG, "a.key: there is no certificate in PEM in it"},
        {NULL, "a.pem", "b.key", TT_ECONFIG, "b.key: it is not the key of the certificate"},
        {NULL, "a.pem", "half.key", TT_ECONFIG, "half.key: it is damaged, or locked by a password"},
        {NULL, "a.pem", "locked.key", TT_ECONFIG, "locked.key: it is damaged, or locked by a password"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(rows); i++) {
        struct tt_http *http = NULL;
        int err = make(rows[i].ca, rows[i].cert, rows[i].key, &http);

        if (err != rows[i].err || strstr(why_text, rows[i].why) == NULL)
            fail_msg("row %zu: %d, %s", i, err, why_text);
        tt_http_free(&http);
    }
}

/* Two looks, as one tick and the next one are. */
static bool has_changed(struct tt_http *http, const struct tt_http_options *options)
{
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    bool has = tt_http_has_changed(http, options, &why);

    tt_buf_reset(&why);
    has = tt_http_has_changed(http, options, &why) || has;
    tt_buf_cstr(&why);
    return has;
}

static void copy(const char *from, const char *to)
{
    char command[300];

    snprintf(command, sizeof(command), "cp %s/%s %s/%s", root, from, root, to);
    assert_int_equal(system(command), 0);
}

static void a_new_file_that_is_no_good_leaves_the_old_one_in_use(void **state)
{
    struct tt_conf_tls tls = {.is_given = true};
    struct tt_conf_auth auth = {.mechanism = TT_AUTH_BEARER};
    struct tt_http_options options = {.url = "https://127.0.0.1:9/", .tls = &tls, .auth = &auth, .timeout_s = 1};
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_http *http;

    (void)state;
    copy("a.pem", "my.pem");
    copy("a.key", "my.key");
    copy("text.pem", "token");
    tls.cert_file = strdup(at("my.pem"));
    tls.key_file = strdup(at("my.key"));
    auth.token_file = strdup(at("token"));
    assert_int_equal(tt_http_new(&options, &http, &why), TT_OK);
    assert_false(has_changed(http, &options));
    copy("b.pem", "my.pem"); /* the first half of an exchange */
    assert_false(has_changed(http, &options));
    assert_non_null(strstr(why_text, "not the key of the certificate"));
    assert_non_null(strstr(why_text, "stays in use"));
    copy("b.key", "my.key");
    copy("empty.pem", "token");
    assert_false(has_changed(http, &options));
    assert_non_null(strstr(why_text, "token"));
    copy("text.pem", "token");
    assert_true(has_changed(http, &options));
    tt_http_free(&http);
    free(tls.cert_file);
    free(tls.key_file);
    free(auth.token_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_handshake_would_take_is_refused_at_once),
        cmocka_unit_test(a_new_file_that_is_no_good_leaves_the_old_one_in_use),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files_made);
}
