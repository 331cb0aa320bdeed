/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/replay.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "ctl/replay_dnstap.h"
#include "ctl/replay_json.h"
#include "ctl/replay_pcap.h"

enum { LINE_MAX_LEN = 1000, SNIFF_MAX = 64 };

void tt_replay_problem(struct tt_replay *replay, const struct tt_replay_input *input,
                       uint64_t offset, const char *format, ...)
{
    char text[LINE_MAX_LEN], clean[LINE_MAX_LEN + 1];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    va_list args;

    replay->problems++;
    if (++replay->problems_here > TT_REPLAY_PROBLEMS_SHOWN + 1)
        return;
    if (replay->problems_here > TT_REPLAY_PROBLEMS_SHOWN) {
        tt_buf_format(&buf, "%.600s: more is wrong, it is only counted from here on", input->name);
    } else {
        tt_buf_format(&buf, "%.600s: byte %llu: ", input->name, (unsigned long long)offset);
        va_start(args, format);
        tt_buf_vformat(&buf, format, args);
        va_end(args);
    }
    clean[tt_str_clean(buf.data, buf.len, clean, LINE_MAX_LEN)] = '\0';
    replay->out.problem(replay->out.arg, clean);
}

const char *tt_replay_skip_word(unsigned reason)
{
    static const char *const words[] = {
#define X(name, word, doc) word,
        TT_REPLAY_SKIPS(X)
#undef X
    };

    return reason < TT_COUNT(words) ? words[reason]
                                    : tt_dnstap_type_word(reason - TT_REPLAY_SKIP_TYPES);
}

/* Files that something must be done with first. */
static const struct {
    const char *magic;
    size_t len;
    const char *text;
} packed[] = {
    {"\x1f\x8b", 2, "compressed with gzip: unpack it first, `zcat FILE | telltalectl replay -`"},
    {"\x28\xb5\x2f\xfd", 4,
     "compressed with zstd: unpack it first, `zstdcat FILE | telltalectl replay -`"},
    {"\xfd\x37zXZ", 5, "compressed with xz: unpack it first, `xzcat FILE | telltalectl replay -`"},
    {"BZh", 3, "compressed with bzip2: unpack it first, `bzcat FILE | telltalectl replay -`"},
};

static void refuse(struct tt_replay *replay, const struct tt_replay_input *input,
                   const uint8_t *bytes, size_t len)
{
    if (input->errno_value != 0) {
        tt_replay_problem(replay, input, 0, "cannot be read: %s",
                          strerrordesc_np(input->errno_value));
        return;
    }
    if (len == 0) {
        if (!input->is_stopped)
            tt_replay_problem(replay, input, 0, "empty");
        return;
    }
    for (size_t i = 0; i < TT_COUNT(packed); i++) {
        if (len >= packed[i].len && memcmp(bytes, packed[i].magic, packed[i].len) == 0) {
            tt_replay_problem(replay, input, 0, "%s", packed[i].text);
            return;
        }
    }
    tt_replay_problem(replay, input, 0,
                      "neither dnstap (frame stream), nor pcap, nor JSON lines of telltale");
}

void tt_replay_read(struct tt_replay *replay, struct tt_replay_input *input)
{
    const uint8_t *bytes;
    size_t len = tt_replay_input_peek(input, SNIFF_MAX, &bytes);

    replay->problems_here = 0;
    if (tt_replay_is_dnstap(bytes, len))
        tt_replay_read_dnstap(replay, input);
    else if (tt_replay_is_pcap(bytes, len))
        tt_replay_read_pcap(replay, input);
    else if (tt_replay_is_json(bytes, len))
        tt_replay_read_json(replay, input);
    else
        refuse(replay, input, bytes, len);
}
