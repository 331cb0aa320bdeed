/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What bytes a configuration may hold, looked at before libyaml does: so that every line that is
 * wrong is named, and lines are counted as an editor counts them. */

#include <string.h>

#include "conf/problem.h"
#include "conf/tree.h"

static bool is_refused(uint32_t code)
{
    return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0x7f && code < 0xa0) ||
           code == 0x2028 || code == 0x2029 || code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

/* The length of the next character; 0: refused, *text says why. */
static size_t step(const uint8_t *bytes, size_t len, const char **text)
{
    uint32_t code = 0;
    size_t n = tt_str_decode_utf8(bytes, len, &code);

    if (n == 0)
        *text = "expected UTF-8";
    else if (is_refused(code))
        *text = "expected text without control characters";
    return n == 0 || is_refused(code) ? 0 : n;
}

bool tt_tree_check_text(const char *text, size_t len, struct tt_problems *problems)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* a byte order mark may begin the file */
    const uint8_t *bytes = (const uint8_t *)text;
    const char *reason = NULL;
    uint32_t line = 1, told = 0;
    size_t at = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

    while (at < len) {
        size_t n = step(bytes + at, len - at, &reason);

        if (n == 0 && told != line) {
            tt_problems_add(problems, line, "", "%s", reason);
            told = line;
        }
        if (bytes[at] == '\n' || (bytes[at] == '\r' && (at + 1 == len || bytes[at + 1] != '\n')))
            line++;
        at += n > 0 ? n : 1;
    }
    return told == 0;
}
