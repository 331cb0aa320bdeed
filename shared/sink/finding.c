/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/finding.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/clock.h"

/* SAID: worth a word; MAX: what receivers take ahead of their own clock. */
enum { SKEW_SAID_S = 5, SKEW_MAX_S = 600 };

void tt_finding_say(const struct tt_findings *to, bool is_fine, const char *format, ...)
{
    char text[TT_SINK_WHY_MAX];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    va_list args;

    va_start(args, format);
    tt_buf_vformat(&buf, format, args);
    va_end(args);
    to->say(to->arg, is_fine, tt_buf_cstr(&buf));
}

void tt_finding_say_skew(const struct tt_findings *to, int64_t date_s)
{
    int64_t ahead_s = (int64_t)(tt_clock_wall_us() / 1000000) - date_s;
    long long apart_s = llabs(ahead_s);
    bool is_fine = apart_s < SKEW_MAX_S;

    if (date_s <= 0)
        return;
    if (apart_s < SKEW_SAID_S)
        tt_finding_say(to, true, "its clock and this machine's agree");
    else
        tt_finding_say(to, is_fine, "this machine's clock is %lld s %s its clock%s", apart_s,
                     ahead_s > 0 ? "ahead of" : "behind", is_fine ? "" : ": records may be refused");
}
