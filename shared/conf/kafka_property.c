/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/kafka_property.h"

#include <string.h>

#include "base/compat.h"

static const struct {
    const char *pattern;
    const char *why;
} refused[] = {
#define K(name, why) {name, why},
#include "conf/kafka_properties.def"
#undef K
};

static bool matches(const char *name, const char *pattern)
{
    size_t name_len = strlen(name), len = strlen(pattern);

    if (pattern[0] == '*')
        return name_len >= len - 1 && strcmp(name + name_len - (len - 1), pattern + 1) == 0;
    if (pattern[len - 1] == '*')
        return strncmp(name, pattern, len - 1) == 0;
    return strcmp(name, pattern) == 0;
}

const char *tt_kafka_property_refusal(const char *name)
{
    static const char of_topic[] = "topic."; /* librdkafka takes those of topics with and without it */

    for (size_t i = 0; i < TT_COUNT(refused); i++) {
        if (matches(name, refused[i].pattern))
            return refused[i].why;
    }
    if (strncmp(name, of_topic, sizeof(of_topic) - 1) == 0)
        return tt_kafka_property_refusal(name + sizeof(of_topic) - 1);
    return NULL;
}
