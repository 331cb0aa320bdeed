/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "conf/conf.h"

static const char *const words[TT_TOPICS_N] = {
#define T(name, word, choice, share, doc) [TT_TOPIC_##name] = word,
#include "conf/topics.def"
#undef T
};

const char *tt_topic_word(unsigned topic)
{
    return topic < TT_TOPICS_N ? words[topic] : "unknown";
}
