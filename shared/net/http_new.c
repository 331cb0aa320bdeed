/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Making a client: every file is read here, once, so that what changes on disk changes nothing until the
 * client is made anew, and no request can find half of a new certificate. */

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "net/http_parts.h"
#include "net/pem.h"

enum { PEM_MAX = 4 << 20 };

int tt_net_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? TT_OK : TT_ENOMEM;
}

static int say_file(struct tt_buf *why, const char *path, const char *reason, int err)
{
    tt_buf_format(why, "cannot read %s: %s", path, reason);
    return err;
}

/* Bytes read, up to cap; -1 and errno. */
static ssize_t read_all(int fd, char *text, size_t cap)
{
    size_t len = 0;
    ssize_t got;

    while (len < cap && ((got = read(fd, text + len, cap - len)) > 0 || (got < 0 && errno == EINTR)))
        len += got > 0 ? (size_t)got : 0;
    return len < cap && got < 0 ? -1 : (ssize_t)len;
}

/* A file of certificates, which are no secret. path NULL: nothing. */
static int read_pem(const char *path, char **text, struct tt_buf *why)
{
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    ssize_t len;
    int errno_value;

    if (path == NULL)
        return TT_OK;
    if (fd < 0)
        return say_file(why, path, strerrordesc_np(errno), errno == EACCES ? TT_EPERM : TT_ENOENT);
    if (size <= 0 || size > PEM_MAX || lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return say_file(why, path, size == 0 ? "it is empty" : "it is no file of certificates", TT_ECONFIG);
    }
    *text = malloc((size_t)size + 1);
    len = *text != NULL ? read_all(fd, *text, (size_t)size) : 0;
    errno_value = errno;
    close(fd);
    if (*text == NULL)
        return say_file(why, path, tt_error_text(TT_ENOMEM), TT_ENOMEM);
    if (len < 0)
        return say_file(why, path, strerrordesc_np(errno_value), TT_ECONFIG);
    (*text)[len] = '\0';
    if (strstr(*text, "-----BEGIN ") == NULL || strstr(*text, "CERTIFICATE-----") == NULL)
        return say_file(why, path, "there is no certificate in PEM in it", TT_ECONFIG);
    if (!tt_pem_has_certificates(*text))
        return say_file(why, path, "a certificate in it is damaged or cut", TT_ECONFIG);
    return TT_OK;
}

static int check_pair(const struct tt_http *http, const char *path, struct tt_buf *why)
{
    switch (tt_pem_check_pair(http->cert, tt_secret_text(http->key))) {
    case TT_PEM_NO_KEY:
        return say_file(why, path, "it is damaged, or locked by a password", TT_ECONFIG);
    case TT_PEM_OTHER_KEY:
        return say_file(why, path, "it is not the key of the certificate", TT_ECONFIG);
    default:
        return TT_OK;
    }
}

static int read_tls(struct tt_http *http, const struct tt_conf_tls *tls, struct tt_buf *why)
{
    int err = TT_OK;

    if (tls == NULL)
        return TT_OK;
    err = read_pem(tls->ca_file, &http->ca, why);
    if (err == TT_OK)
        err = read_pem(tls->cert_file, &http->cert, why);
    if (err == TT_OK && tls->key_file != NULL)
        err = tt_secret_read_file(tls->key_file, &http->key, why);
    if (err == TT_OK && http->cert != NULL && http->key != NULL)
        err = check_pair(http, tls->key_file, why);
    return err == TT_EIO || err == TT_ELIMIT ? TT_ECONFIG : err;
}

static int make_bearer(struct tt_http *http, const struct tt_secret *token)
{
    static const char head[] = "Authorization: Bearer ";
    int err = tt_secret_new(sizeof(head) - 1 + tt_secret_len(token), &http->auth);

    if (err == TT_OK) {
        memcpy(tt_secret_memory(http->auth), head, sizeof(head) - 1);
        memcpy(tt_secret_memory(http->auth) + sizeof(head) - 1, tt_secret_text(token), tt_secret_len(token));
    }
    return err;
}

/* RFC 7617. */
static int make_basic(struct tt_http *http, const char *user, const struct tt_secret *password)
{
    static const char head[] = "Authorization: Basic ";
    size_t user_len = strlen(user), len = user_len + 1 + tt_secret_len(password);
    struct tt_secret *pair = NULL;
    int err = tt_secret_new(len, &pair);

    if (err == TT_OK)
        err = tt_secret_new(sizeof(head) - 1 + (len + 2) / 3 * 4, &http->auth);
    if (err == TT_OK) {
        char *text = tt_secret_memory(pair), *out = tt_secret_memory(http->auth);
        memcpy(text, user, user_len);
        text[user_len] = ':';
        memcpy(text + user_len + 1, tt_secret_text(password), tt_secret_len(password));
        memcpy(out, head, sizeof(head) - 1);
        EVP_EncodeBlock((unsigned char *)out + sizeof(head) - 1, (const unsigned char *)text, (int)len);
    }
    tt_secret_free(&pair);
    return err;
}

static int read_auth(struct tt_http *http, const struct tt_conf_auth *auth, struct tt_buf *why)
{
    bool is_basic = auth != NULL && auth->mechanism == TT_AUTH_BASIC;
    const char *path = is_basic ? auth->password_file : auth != NULL ? auth->token_file : NULL;
    struct tt_secret *secret = NULL;
    int err;

    if (auth == NULL || auth->mechanism == TT_AUTH_NONE)
        return TT_OK;
    if (path == NULL || (is_basic && (auth->user == NULL || strchr(auth->user, ':') != NULL))) {
        tt_buf_text(why, is_basic ? "basic authentication needs a user without a colon and a password_file"
                                  : "bearer authentication needs a token_file");
        return TT_ECONFIG;
    }
    err = tt_secret_read(path, &secret, why);
    if (err == TT_EIO || err == TT_ELIMIT)
        err = TT_ECONFIG;
    if (err == TT_OK)
        err = is_basic ? make_basic(http, auth->user, secret) : make_bearer(http, secret);
    tt_secret_free(&secret);
    return err;
}

static int watch_files(struct tt_http *http, const struct tt_http_options *options)
{
    const struct tt_conf_tls *tls = options->tls;
    const struct tt_conf_auth *auth = options->auth;
    int err = TT_OK;

    if (tls != NULL) {
        err = tt_watch_add(&http->watch, tls->ca_file);
        err = err == TT_OK ? tt_watch_add(&http->watch, tls->cert_file) : err;
        err = err == TT_OK ? tt_watch_add(&http->watch, tls->key_file) : err;
    }
    if (auth != NULL && auth->mechanism == TT_AUTH_BASIC)
        err = err == TT_OK ? tt_watch_add(&http->watch, auth->password_file) : err;
    if (auth != NULL && auth->mechanism == TT_AUTH_BEARER)
        err = err == TT_OK ? tt_watch_add(&http->watch, auth->token_file) : err;
    return err;
}

static int copy_options(struct tt_http *http, const struct tt_http_options *options)
{
    http->timeout_s = TT_MAX(options->timeout_s, UINT64_C(1));
    http->must_end = options->must_end;
    http->must_end_arg = options->must_end_arg;
    http->url = strdup(options->url);
    if (http->url == NULL)
        return TT_ENOMEM;
    if (options->tenant != NULL && asprintf(&http->tenant, "X-Scope-OrgID: %s", options->tenant) < 0) {
        http->tenant = NULL;
        return TT_ENOMEM;
    }
    return TT_OK;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const void *text, size_t len)
{
    struct curl_blob blob = {(void *)(uintptr_t)text, len, CURL_BLOB_NOCOPY};

    return text != NULL ? curl_easy_setopt(easy, option, &blob) : CURLE_OK;
}

/* Of a given authority alone: the directory that the library was built with is left out, too. */
static CURLcode set_tls(const struct tt_http *http)
{
    CURL *easy = http->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

    code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) : code;
    code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) : code;
    if (http->ca != NULL) {
        code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) : code;
        code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) : code;
        code = code == CURLE_OK ? set_blob(easy, CURLOPT_CAINFO_BLOB, http->ca, strlen(http->ca)) : code;
    }
    if (http->cert != NULL)
        code = code == CURLE_OK ? set_blob(easy, CURLOPT_SSLCERT_BLOB, http->cert, strlen(http->cert)) : code;
    if (http->key != NULL)
        code = code == CURLE_OK
                   ? set_blob(easy, CURLOPT_SSLKEY_BLOB, tt_secret_text(http->key), tt_secret_len(http->key))
                   : code;
    return code;
}

/* What is true of every request. QUICK_EXIT: a name that is still being looked up is not waited for. */
static CURLcode set_up(struct tt_http *http)
{
    static const struct {
        CURLoption option;
        long value;
    } rows[] = {
        {CURLOPT_NOSIGNAL, 1},       {CURLOPT_QUICK_EXIT, 1},
        {CURLOPT_FOLLOWLOCATION, 0}, {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_TCP_KEEPALIVE, 1},  {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_HTTP09_ALLOWED, 0}, {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    };
    CURL *easy = http->easy;
    long timeout_ms = (long)(TT_MIN(http->timeout_s, UINT64_C(3600)) * 1000);
    CURLcode code = CURLE_OK;

    for (size_t i = 0; i < TT_COUNT(rows) && code == CURLE_OK; i++)
        code = curl_easy_setopt(easy, rows[i].option, rows[i].value);
    if (code != CURLE_OK)
        return code;
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, TT_MIN(timeout_ms, TT_HTTP_CONNECT_S * 1000L));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, tt_http_on_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, tt_http_on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    code = curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* none, whatever the environment says */
    code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") : code;
    code = code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_USERAGENT, "telltale") : code;
    return code == CURLE_OK ? set_tls(http) : code;
}

static int open_library(struct tt_http *http)
{
    http->easy = curl_easy_init();
    http->multi = curl_multi_init();
    if (http->easy == NULL || http->multi == NULL || set_up(http) != CURLE_OK)
        return TT_ENOMEM;
    return curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 1L) == CURLM_OK ? TT_OK : TT_ENOMEM;
}

int tt_http_new(const struct tt_http_options *options, struct tt_http **out, struct tt_buf *why)
{
    struct tt_http *http = calloc(1, sizeof(*http));
    int err = http != NULL ? copy_options(http, options) : TT_ENOMEM;

    *out = NULL;
    if (err == TT_OK)
        err = watch_files(http, options);
    if (err == TT_OK)
        err = read_tls(http, options->tls, why);
    if (err == TT_OK)
        err = read_auth(http, options->auth, why);
    if (err == TT_OK)
        err = open_library(http);
    if (err == TT_ENOMEM && why->len == 0)
        tt_buf_text(why, tt_error_text(err));
    if (err != TT_OK)
        tt_http_free(&http);
    *out = http;
    return err;
}

void tt_http_free(struct tt_http **http_at)
{
    struct tt_http *http = *http_at;

    *http_at = NULL;
    if (http == NULL)
        return;
    curl_easy_cleanup(http->easy);
    curl_multi_cleanup(http->multi);
    tt_secret_free(&http->auth);
    tt_secret_free(&http->key);
    tt_watch_fini(&http->watch);
    free(http->ca);
    free(http->cert);
    free(http->tenant);
    free(http->url);
    free(http);
}

bool tt_http_has_changed(struct tt_http *http, const struct tt_http_options *options, struct tt_buf *why)
{
    struct tt_http *made = NULL;

    if (!tt_watch_has_changed(&http->watch))
        return false;
    if (tt_http_new(options, &made, why) != TT_OK) {
        tt_buf_text(why, "; what was read before stays in use");
        return false;
    }
    tt_http_free(&made);
    return true;
}
