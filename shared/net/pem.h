/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/* Whether certificates and keys in PEM (RFC 7468) are whole, so that a file that is cut or half exchanged is
 * refused when it is read and not by the next handshake. Nothing asks for a password. Thread: any. */

#include "base/compat.h"

/* Certificates from the first to the last, at least one; what else is in the text is passed over. */
bool tt_pem_has_certificates(const char *text);

enum tt_pem_pair {
    TT_PEM_PAIR,
    TT_PEM_NO_KEY,    /* damaged, or locked by a password */
    TT_PEM_OTHER_KEY, /* not that of the certificate */
};

/* certificate: its first one counts. key: its first one. */
enum tt_pem_pair tt_pem_check_pair(const char *certificate, const char *key);
