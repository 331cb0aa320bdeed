/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Fuzz target for threat lists: the first byte chooses how names match, the rest is a list. What one line
 * alone is read as, the list must hold. Build: see tests/fuzz/run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/threat.h"
#include "enrich/threat_read.h"
#include "wire/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                                                           \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                        \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* An entry is a network whose host bits are 0, or a name that the wire form can hold. */
static void check_entry(void *arg, const struct tt_threat_entry *entry)
{
    const struct tt_threat *threat = arg;

    if (entry->kind == TT_THREAT_NET) {
        struct tt_ip cut = tt_ip_cut(&entry->ip, entry->prefix);

        MUST(entry->prefix > 0 && memcmp(cut.bytes, entry->ip.bytes, sizeof(cut.bytes)) == 0);
        MUST(tt_threat_has_ip(threat, &entry->ip));
        return;
    }
    uint8_t wire[TT_NAME_MAX], wire_len;
    char text[TT_NAME_TEXT_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    struct tt_str name = {entry->name, entry->name_len};

    MUST(entry->name_len <= TT_HOST_NAME_MAX && tt_name_parse(name, wire, &wire_len) == TT_OK);
    tt_name_format(&buf, wire, wire_len);
    MUST(tt_str_equal(name, (struct tt_str){text, (uint32_t)buf.len}));
    MUST(tt_threat_has_name(threat, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char why_text[TT_DATA_WHY_MAX];
    struct tt_buf why = tt_buf_over(why_text, sizeof(why_text));
    struct tt_threat *threat;

    if (len == 0)
        return 0;
    const char *text = (const char *)data + 1;
    int error = tt_threat_new(text, len - 1, (enum tt_threat_match)(data[0] % 3), &threat, &why);

    MUST((error == TT_OK) == (threat != NULL) && !why.overflow);
    MUST(error == TT_OK || (error == TT_ESYNTAX && why.len > 0));
    if (threat == NULL)
        return 0;
    struct tt_threat_reading reading = {.add = check_entry, .arg = threat};
    tt_threat_read((struct tt_str){text, (uint32_t)(len - 1)}, &reading);
    MUST(tt_threat_entries(threat) > 0 && reading.good_n >= reading.bad_n);
    MUST((reading.bad_n > 0) == (why.len > 0));
    tt_threat_free(&threat);
    return 0;
}
