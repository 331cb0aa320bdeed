/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/labels.h"

#include <string.h>
#include <sys/auxv.h>

enum { MARK_LABEL = 0x100, MARK_NET = 0x10000 };

/* The 16 bytes of AT_RANDOM also guard this process's stack: only their product goes into the hash. */
struct tt_hash tt_hash_root(void)
{
    unsigned long at = getauxval(AT_RANDOM);
    struct tt_hash root = {0x243f6a8885a308d3u, 0x13198a2e03707344u};
    uint64_t words[2] = {0, 0};

    if (at != 0)
        memcpy(words, (const void *)at, sizeof(words));
    for (int i = 0; i < 4; i++)
        root = tt_hash_mix(root, words[i & 1], 0xa4093822299f31d0u);
    return root;
}

struct tt_hash tt_hash_net(struct tt_hash root, const struct tt_ip *ip, unsigned prefix)
{
    uint64_t words[2];

    memcpy(words, ip->bytes, sizeof(words));
    return tt_hash_mix(tt_hash_mix(root, words[0], MARK_NET | ip->family), words[1], MARK_NET | prefix);
}

/* A dot is part of a label when an odd number of backslashes stands before it. */
static bool is_escaped(const char *text, size_t at)
{
    size_t run = 0;

    while (run < at && text[at - 1 - run] == '\\')
        run++;
    return run % 2 == 1;
}

void tt_labels_read(struct tt_labels *labels, struct tt_hash root, struct tt_str name, unsigned max)
{
    const char *text = name.ptr;
    size_t at = name.len == 1 && text[0] == '.' ? 0 : name.len;
    struct tt_hash hash = root;
    unsigned n = 0;

    labels->items[0] = (struct tt_label){root, name.len};
    for (max = TT_MIN(max, (unsigned)TT_LABELS_MAX); at > 0 && n<max; at -= at> 0) {
        uint64_t word = 0, len = 0;

        for (; at > 0; at--) {
            char c = text[at - 1];
            if (c == '.' && !is_escaped(text, at - 1))
                break;
            word = word << 8 | (uint8_t)c;
            if (++len % 8 == 0) {
                hash = tt_hash_mix(hash, word, 0);
                word = 0;
            }
        }
        hash = tt_hash_mix(hash, word, MARK_LABEL | len);
        labels->items[++n] = (struct tt_label){hash, (uint32_t)at};
    }
    labels->n = n;
}
