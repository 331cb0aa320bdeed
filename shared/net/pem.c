/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "net/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* In place of a question at the terminal. */
static int know_no_password(char *text, int size, int is_writing, void *arg)
{
    (void)text;
    (void)size;
    (void)is_writing;
    (void)arg;
    return -1;
}

static X509 *read_certificate(BIO *bio)
{
    return bio != NULL ? PEM_read_bio_X509_AUX(bio, NULL, know_no_password, NULL) : NULL;
}

bool tt_pem_has_certificates(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    unsigned n = 0;
    bool is_end;
    X509 *one;

    ERR_clear_error();
    while ((one = read_certificate(bio)) != NULL) {
        X509_free(one);
        n++;
    }
    is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    return n > 0 && is_end;
}

enum tt_pem_pair tt_pem_check_pair(const char *certificate, const char *key)
{
    BIO *certificate_bio = BIO_new_mem_buf(certificate, -1), *key_bio = BIO_new_mem_buf(key, -1);
    X509 *own = read_certificate(certificate_bio);
    EVP_PKEY *secret =
        key_bio != NULL ? PEM_read_bio_PrivateKey(key_bio, NULL, know_no_password, NULL) : NULL;
    enum tt_pem_pair pair = TT_PEM_PAIR;

    if (secret == NULL)
        pair = TT_PEM_NO_KEY;
    else if (own == NULL || X509_check_private_key(own, secret) != 1)
        pair = TT_PEM_OTHER_KEY;
    EVP_PKEY_free(secret);
    X509_free(own);
    BIO_free(key_bio);
    BIO_free(certificate_bio);
    ERR_clear_error();
    return pair;
}
