/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/spool_format.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"

enum { WORD_LEN = 16, DIGITS = 16, HASHED_AT = 56 };

static const char magic[8] = {'T', 'T', 'S', 'P', 'O', 'O', 'L', '\n'};
static const uint64_t damaged_bit = UINT64_C(1) << 63; /* of the count */
static const char *const suffixes[TT_SPOOL_KINDS_N] = {".seg", ".ack", ".bad"};

static void put16(uint8_t *at, uint16_t value)
{
    value = htole16(value);
    memcpy(at, &value, sizeof(value));
}

static void put32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}

static uint16_t get16(const uint8_t *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof(value));
    return le16toh(value);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

void tt_spool_head_write(uint8_t bytes[TT_SPOOL_HEAD_LEN], const struct tt_spool_head *head)
{
    memset(bytes, 0, TT_SPOOL_HEAD_LEN);
    memcpy(bytes, magic, sizeof(magic));
    put16(bytes + 8, TT_SPOOL_VERSION);
    bytes[10] = head->encoding;
    put64(bytes + 16, head->number);
    put64(bytes + 24, head->random);
    put64(bytes + 32, head->created_us);
    memcpy(bytes + 40, tt_topic_word(head->topic), strlen(tt_topic_word(head->topic)));
    put64(bytes + HASHED_AT, XXH3_64bits(bytes, HASHED_AT));
}

static bool find_topic(const char *word, size_t len, unsigned *topic)
{
    for (*topic = 0; *topic < TT_TOPICS_N; ++*topic) {
        const char *known = tt_topic_word(*topic);
        if (strlen(known) == len && memcmp(known, word, len) == 0)
            return true;
    }
    return false;
}

int tt_spool_head_read(const uint8_t bytes[TT_SPOOL_HEAD_LEN], struct tt_spool_head *head)
{
    unsigned topic;

    if (memcmp(bytes, magic, sizeof(magic)) != 0)
        return TT_EMALFORMED;
    head->version = get16(bytes + 8);
    if (head->version != TT_SPOOL_VERSION)
        return TT_EMISMATCH;
    if (get64(bytes + HASHED_AT) != XXH3_64bits(bytes, HASHED_AT))
        return TT_EMALFORMED;
    if (bytes[10] >= TT_ENCODINGS_N ||
        !find_topic((const char *)bytes + 40, strnlen((const char *)bytes + 40, WORD_LEN), &topic))
        return TT_EUNSUPPORTED;
    head->encoding = bytes[10];
    head->number = get64(bytes + 16);
    head->random = get64(bytes + 24);
    head->created_us = get64(bytes + 32);
    head->topic = (uint8_t)topic;
    return TT_OK;
}

size_t tt_spool_record_size(const struct tt_sink_record *record)
{
    return (size_t)TT_SPOOL_RECORD_LEN + record->key_len + record->len;
}

void tt_spool_record_write(uint8_t *bytes, const struct tt_sink_record *record)
{
    size_t len = tt_spool_record_size(record) - TT_SPOOL_PREFIX_LEN;

    put32(bytes, (uint32_t)len);
    put64(bytes + 12, record->time_us);
    memcpy(bytes + 20, record->id, sizeof(record->id));
    put16(bytes + 36, record->units);
    bytes[38] = record->key_len;
    bytes[39] = 0;
    if (record->key_len > 0)
        memcpy(bytes + TT_SPOOL_RECORD_LEN, record->key, record->key_len);
    if (record->len > 0)
        memcpy(bytes + TT_SPOOL_RECORD_LEN + record->key_len, record->data, record->len);
    put64(bytes + 4, XXH3_64bits(bytes + TT_SPOOL_PREFIX_LEN, len));
}

size_t tt_spool_record_claims(const uint8_t *bytes, size_t len)
{
    uint32_t claimed = len < TT_SPOOL_PREFIX_LEN ? 0 : get32(bytes);

    if (claimed < TT_SPOOL_RECORD_LEN - TT_SPOOL_PREFIX_LEN ||
        claimed > TT_SPOOL_RECORD_MAX - TT_SPOOL_PREFIX_LEN)
        return 0;
    return (size_t)claimed + TT_SPOOL_PREFIX_LEN;
}

int tt_spool_record_read(const uint8_t *bytes, size_t len, struct tt_sink_record *record, size_t *size)
{
    *size = tt_spool_record_claims(bytes, len);
    if (*size == 0)
        return len < TT_SPOOL_PREFIX_LEN ? TT_ETRUNCATED : TT_EMALFORMED;
    if (*size > len)
        return TT_ETRUNCATED;
    if (get64(bytes + 4) != XXH3_64bits(bytes + TT_SPOOL_PREFIX_LEN, *size - TT_SPOOL_PREFIX_LEN) ||
        bytes[38] > *size - TT_SPOOL_RECORD_LEN)
        return TT_EMALFORMED;
    record->time_us = get64(bytes + 12);
    memcpy(record->id, bytes + 20, sizeof(record->id));
    record->units = get16(bytes + 36);
    record->key_len = bytes[38];
    record->key = (const char *)bytes + TT_SPOOL_RECORD_LEN;
    record->data = record->key + record->key_len;
    record->len = (uint32_t)(*size - TT_SPOOL_RECORD_LEN - record->key_len);
    return TT_OK;
}

void tt_spool_count_write(uint8_t bytes[TT_SPOOL_COUNT_LEN], uint64_t number, uint64_t count, bool is_damaged)
{
    put64(bytes, count | (is_damaged ? damaged_bit : 0));
    put64(bytes + 8, XXH3_64bits_withSeed(bytes, 8, number));
}

bool tt_spool_count_read(const uint8_t bytes[TT_SPOOL_COUNT_LEN], uint64_t number, uint64_t *count,
                         bool *is_damaged)
{
    *count = get64(bytes) & ~damaged_bit;
    *is_damaged = (get64(bytes) & damaged_bit) != 0;
    return get64(bytes + 8) == XXH3_64bits_withSeed(bytes, 8, number) && *count <= TT_SPOOL_RECORDS_MAX;
}

/* The group is in it, so that a block that came to a wrong place is found out. */
static uint32_t check_of(const uint8_t *bytes, uint64_t number, uint32_t group)
{
    return (uint32_t)XXH3_64bits_withSeed(bytes, 4, number ^ (uint64_t)group << 32);
}

void tt_spool_acks_write(uint8_t bytes[TT_SPOOL_GROUP_LEN], uint64_t number, uint32_t group, uint32_t acks)
{
    put32(bytes, acks);
    put32(bytes + 4, acks == 0 ? 0 : check_of(bytes, number, group));
}

bool tt_spool_acks_read(const uint8_t bytes[TT_SPOOL_GROUP_LEN], uint64_t number, uint32_t group,
                        uint32_t *acks)
{
    *acks = get32(bytes);
    return *acks == 0 ? get32(bytes + 4) == 0 : get32(bytes + 4) == check_of(bytes, number, group);
}

void tt_spool_name_format(char name[TT_SPOOL_NAME_MAX], unsigned topic, uint64_t number,
                          enum tt_spool_kind kind)
{
    snprintf(name, TT_SPOOL_NAME_MAX, "%s-%016llx%s", tt_topic_word(topic), (unsigned long long)number,
             suffixes[kind]);
}

static bool parse_number(const char *digits, uint64_t *number)
{
    *number = 0;
    for (int i = 0; i < DIGITS; i++) {
        char c = digits[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
        *number = *number << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return *number < TT_SPOOL_NUMBER_END;
}

bool tt_spool_name_parse(const char *name, unsigned *topic, uint64_t *number, enum tt_spool_kind *kind)
{
    size_t len = strlen(name), tail = 1 + DIGITS + 4;
    const char *dash = name + len - tail;

    if (len <= tail || len >= TT_SPOOL_NAME_MAX || *dash != '-' || !parse_number(dash + 1, number))
        return false;
    for (unsigned i = 0; i < TT_SPOOL_KINDS_N; i++) {
        *kind = (enum tt_spool_kind)i;
        if (strcmp(dash + 1 + DIGITS, suffixes[i]) == 0)
            return find_topic(name, len - tail, topic);
    }
    return false;
}
