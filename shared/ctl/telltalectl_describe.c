/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <string.h>

#include "conf/describe.h"
#include "ctl/telltalectl.h"
#include "event/schema.h"
#include "stat/metric.h"

static const struct {
    const char *name;
    void (*print)(FILE *out);
} documents[] = {
    {"config", tt_conf_describe_markdown}, /* docs/config.md */
    {"sample", tt_conf_describe_sample}, /* telltale.yaml.sample */
    {"man", tt_conf_describe_man}, /* docs/man/telltale.yaml.5 */
    {"fields", tt_schema_markdown}, /* docs/fields.md */
    {"proto", tt_schema_proto},
    {"json-schema", tt_schema_json},
    {"metrics", tt_metric_markdown}, /* docs/metrics.md */
    {"privacy", tt_privacy_markdown}, /* docs/privacy-fields.md */
};

int tt_ctl_describe(const struct tt_ctl_command *command, int argc, char **argv)
{
    if (argc != 2)
        return tt_ctl_refuse(command, "expected one document");
    for (size_t i = 0; i < TT_COUNT(documents); i++) {
        if (strcmp(argv[1], documents[i].name) == 0) {
            documents[i].print(stdout);
            return TT_CTL_FINE;
        }
    }
    return tt_ctl_refuse(command, "unknown document \"%s\"", argv[1]);
}
