/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Mutants of packets, each a function of (seed, number) alone: mutate SEED FIRST COUNT FILE…
 * FILEs are "name hex" lines (tests/golden/packets); so is the output, names m<number>.
 * Most mutants that are changed at random are refused at once and prove little about fields. So of
 * four, three are gentle: of a packet of the first FILE (the good ones), one change of a byte or
 * two in place, behind the question; one is rough: of any packet, up to three changes of any kind.
 */

#include "lines.h"

enum { PACKETS_MAX = 20000, SIZE_MAX_OUT = 4096, BASE_MAX = 2048 };

static struct packet {
    uint8_t *bytes;
    size_t len;
} packets[PACKETS_MAX];
static size_t packets_n, good_n; /* good_n: those of the first FILE */

/* splitmix64 (public domain algorithm of S. Vigna). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t limit)
{
    return limit == 0 ? 0 : (size_t)(next_random(state) % limit);
}

struct mutant {
    uint8_t bytes[SIZE_MAX_OUT];
    size_t len;
};

static void put_u16(struct mutant *mutant, size_t at, unsigned value)
{
    if (at + 2 > mutant->len)
        return;
    mutant->bytes[at] = (uint8_t)(value >> 8);
    mutant->bytes[at + 1] = (uint8_t)value;
}

static void insert(struct mutant *mutant, size_t at, const uint8_t *bytes, size_t len)
{
    uint8_t copy[64];

    len = len > sizeof(copy) ? sizeof(copy) : len;
    if (mutant->len + len > SIZE_MAX_OUT || len == 0)
        return;
    memcpy(copy, bytes, len);
    memmove(mutant->bytes + at + len, mutant->bytes + at, mutant->len - at);
    memcpy(mutant->bytes + at, copy, len);
    mutant->len += len;
}

static void cut(struct mutant *mutant, size_t at, size_t len)
{
    if (at + len > mutant->len)
        return;
    memmove(mutant->bytes + at, mutant->bytes + at + len, mutant->len - at - len);
    mutant->len -= len;
}

static void splice(struct mutant *mutant, size_t at, uint64_t *state)
{
    const struct packet *other = &packets[below(state, packets_n)];
    size_t from = below(state, other->len + 1);

    insert(mutant, at, other->bytes + from,
           other->len - from < 48 ? other->len - from : below(state, 48));
}

/* A change that means something to a parser at a place chosen blindly. */
static void mutate_once(struct mutant *mutant, uint64_t *state)
{
    static const uint8_t bytes[] = {0,    1,    0x3F, 0x40, 0x7F, 0x80, 0xBF,
                                    0xC0, 0xC1, 0xFF, '.',  '\\', 'A'};
    static const uint16_t words[] = {
        0,  1,  2,  5,  6,  12, 15,  16,  28,  33,     35,     41,     43,     46,     47,    48,
        50, 51, 52, 63, 64, 65, 255, 256, 257, 0x7FFF, 0x8000, 0xC000, 0xC00C, 0xC010, 0xFFFF};
    size_t at = below(state, mutant->len);

    if (mutant->len == 0)
        return;
    switch (below(state, 12)) {
    case 0:
    case 1:
        mutant->bytes[at] ^= (uint8_t)(1u << below(state, 8));
        break;
    case 2:
        mutant->bytes[at] = (uint8_t)next_random(state);
        break;
    case 3:
        mutant->bytes[at] = bytes[below(state, sizeof(bytes))];
        break;
    case 4:
        mutant->bytes[at] = (uint8_t)(mutant->bytes[at] + (below(state, 2) ? 1 : -1));
        break;
    case 5:
        put_u16(mutant, at, words[below(state, sizeof(words) / sizeof(words[0]))]);
        break;
    case 6:
        put_u16(mutant, at, 0xC000 | (unsigned)below(state, mutant->len));
        break;
    case 7:
        cut(mutant, at, 1 + below(state, 4));
        break;
    case 8:
        insert(mutant, at, mutant->bytes + below(state, mutant->len - at > 16 ? 16 : 1),
               1 + below(state, 4));
        break;
    case 9:
        put_u16(mutant, 4 + 2 * below(state, 4), (unsigned)below(state, 4));
        break;
    case 10:
        splice(mutant, at, state);
        break;
    default:
        if (below(state, 4) == 0)
            mutant->len = at;
        break;
    }
}

static void make_rough(struct mutant *mutant, uint64_t *state)
{
    const struct packet *base = &packets[below(state, packets_n)];

    memcpy(mutant->bytes, base->bytes, base->len);
    mutant->len = base->len;
    for (size_t times = 1 + below(state, 3); times > 0; times--)
        mutate_once(mutant, state);
}

static void make_gentle(struct mutant *mutant, uint64_t *state)
{
    enum { HEADER = 12, QUESTION = 33 /* of most packets */ };
    const struct packet *base = &packets[below(state, good_n)];
    size_t from = base->len > QUESTION && below(state, 8) != 0 ? QUESTION : HEADER;

    memcpy(mutant->bytes, base->bytes, base->len);
    mutant->len = base->len;
    if (mutant->len <= from)
        return;
    size_t at = from + below(state, mutant->len - from);
    if (below(state, 2) == 0)
        mutant->bytes[at] ^= (uint8_t)(1u << below(state, 8));
    else
        mutant->bytes[at] = (uint8_t)next_random(state);
    if (below(state, 2) == 0)
        mutant->bytes[from + below(state, mutant->len - from)] ^= (uint8_t)(1u << below(state, 8));
}

static void load(const char *path)
{
    char *line = NULL;
    size_t cap = 0;

    if (freopen(path, "r", stdin) == NULL) {
        perror(path);
        exit(2);
    }
    while (packets_n < PACKETS_MAX &&
           lines_next(&line, &cap, &packets[packets_n].bytes, &packets[packets_n].len)) {
        if (packets[packets_n].len <= BASE_MAX)
            packets_n++;
        else
            free(packets[packets_n].bytes);
    }
    free(line);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    uint64_t seed = strtoull(argv[1], NULL, 10), first = strtoull(argv[2], NULL, 10);
    uint64_t count = strtoull(argv[3], NULL, 10);
    for (int i = 4; i < argc; i++) {
        load(argv[i]);
        good_n = i == 4 ? packets_n : good_n;
    }
    if (good_n == 0)
        return 2;
    for (uint64_t number = first; number < first + count; number++) {
        uint64_t state = seed * 0x2545F4914F6CDD1Du + number;
        struct mutant mutant;
        next_random(&state);
        if (number % 4 == 0)
            make_rough(&mutant, &state);
        else
            make_gentle(&mutant, &state);
        printf("m%llu ", (unsigned long long)number);
        lines_hex(mutant.bytes, mutant.len);
        putchar('\n');
    }
    for (size_t i = 0; i < packets_n; i++)
        free(packets[i].bytes);
    return 0;
}
