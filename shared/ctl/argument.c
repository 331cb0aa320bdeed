/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/argument.h"

#include <string.h>

#include "ctl/tail_filter.h"

int tt_ctl_refuse_argument(const struct tt_ctl_command *command, const char *argument)
{
    static const char *const with_value[] = {
#define F(id, option, value, doc) option,
        TT_TAIL_FILTERS(F)
#undef F
            "--as",
        "--color", "--count", "--socket", "--state-dir"};

    for (size_t i = 0; i < TT_COUNT(with_value); i++)
        if (strcmp(argument, with_value[i]) == 0 && strstr(command->arguments, argument) != NULL)
            return tt_ctl_refuse(command, "%s: expected a value behind it", argument);
    return tt_ctl_refuse(command, "unexpected argument \"%s\"", argument);
}
