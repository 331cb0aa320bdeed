/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/geo_open.h"

#include "base/err.h"
#include "enrich/geo_copy.h"

enum { METADATA_MAX = 128 * 1024, SEPARATOR_LEN = 16, WRITTEN_MAX = 512 };

#define MARKER "\xab\xcd\xefMaxMind.com"

/* The metadata: what follows the last marker in the last 128 KiB. */
static bool find_metadata(const uint8_t *bytes, size_t len, struct tt_geo_section *metadata)
{
    size_t marker_len = sizeof(MARKER) - 1, first = len > METADATA_MAX ? len - METADATA_MAX : 0;

    for (size_t at = len; at-- > first;)
        if (len - at >= marker_len && memcmp(bytes + at, MARKER, marker_len) == 0) {
            *metadata = (struct tt_geo_section){bytes + at + marker_len, len - at - marker_len};
            return true;
        }
    return false;
}

static bool find_value(const struct tt_geo_section *metadata, const char *key,
                       struct tt_geo_value *value)
{
    struct tt_geo_path path = {.steps = {tt_str_from(key)}, .steps_n = 1};

    return tt_geo_value_find(metadata, 0, &path, value);
}

/* A number of the metadata, or UINT64_MAX. */
static uint64_t find_number(const struct tt_geo_section *metadata, const char *key)
{
    struct tt_geo_value value;
    uint64_t number;

    return find_value(metadata, key, &value) && tt_geo_value_number(metadata, &value, &number)
               ? number
               : UINT64_MAX;
}

static void find_type(const struct tt_geo_section *metadata, char type[TT_GEO_TYPE_MAX])
{
    struct tt_geo_value value;
    struct tt_str text = {NULL, 0};
    size_t len = 0;

    if (find_value(metadata, "database_type", &value))
        text = tt_geo_value_text(metadata, &value);
    if (text.len > 0)
        len = tt_str_clean(text.ptr, text.len, type, TT_GEO_TYPE_MAX - 1);
    type[len] = '\0';
}

int tt_geo_head_read(const uint8_t *bytes, size_t len, struct tt_geo_head *head, struct tt_buf *why)
{
    struct tt_geo_section metadata;
    uint64_t major, nodes_n, record_bits, ip_version;

    if (!find_metadata(bytes, len, &metadata)) {
        tt_buf_text(why, len == 0 ? "the file is empty"
                                  : "no MaxMind DB: the metadata at its end is missing (cut short, "
                                    "or another format)");
        return TT_EMALFORMED;
    }
    major = find_number(&metadata, "binary_format_major_version");
    nodes_n = find_number(&metadata, "node_count");
    record_bits = find_number(&metadata, "record_size");
    ip_version = find_number(&metadata, "ip_version");
    head->body_len = len - metadata.len - (sizeof(MARKER) - 1);
    if (major != 2 || (record_bits != 24 && record_bits != 28 && record_bits != 32) ||
        (ip_version != 4 && ip_version != 6)) {
        tt_buf_text(why, "its metadata is broken or of another format: expected version 2, records "
                         "of 24, 28 or 32 "
                         "bits, IPv4 or IPv6");
        return TT_EMALFORMED;
    }
    if (nodes_n == 0 || nodes_n > UINT32_MAX ||
        nodes_n * record_bits / 4 + SEPARATOR_LEN > head->body_len) {
        tt_buf_format(why, "its metadata gives a tree of %llu nodes, which is not in its %zu bytes",
                      (unsigned long long)nodes_n, len);
        return TT_EMALFORMED;
    }
    head->nodes_n = (uint32_t)nodes_n;
    head->record_bits = (uint16_t)record_bits;
    head->ip_version = (uint16_t)ip_version;
    head->build_epoch = find_number(&metadata, "build_epoch");
    if (head->build_epoch == UINT64_MAX)
        head->build_epoch = 0;
    find_type(&metadata, head->type);
    return TT_OK;
}

/* A text shorter than 29 bytes; with it a number in all its bytes. */
static void put_text(struct tt_buf *to, const char *text)
{
    tt_buf_char(to, (char)(TT_GEO_TEXT << 5 | strlen(text)));
    tt_buf_text(to, text);
}

static void put_number(struct tt_buf *to, const char *key, enum tt_geo_type type, uint64_t value)
{
    unsigned bytes_n = type == TT_GEO_UINT16 ? 2 : type == TT_GEO_UINT32 ? 4 : 8;

    put_text(to, key);
    tt_buf_char(to, (char)(type > TT_GEO_MAP ? bytes_n : (unsigned)type << 5 | bytes_n));
    if (type > TT_GEO_MAP)
        tt_buf_char(to, (char)(type - 7));
    while (bytes_n-- > 0)
        tt_buf_char(to, (char)(value >> 8 * bytes_n));
}

static void write_metadata(struct tt_buf *to, const struct tt_geo_head *head)
{
    tt_buf_bytes(to, MARKER, sizeof(MARKER) - 1);
    tt_buf_char(to, (char)(TT_GEO_MAP << 5 | 9));
    put_text(to, "description");
    tt_buf_char(to, (char)(TT_GEO_MAP << 5 | 1));
    put_text(to, "en");
    put_text(to, "copy");
    put_text(to, "languages");
    tt_buf_char(to, 1);
    tt_buf_char(to, TT_GEO_ARRAY - 7);
    put_text(to, "en");
    put_text(to, "database_type");
    put_text(to, "copy");
    put_number(to, "binary_format_major_version", TT_GEO_UINT16, 2);
    put_number(to, "binary_format_minor_version", TT_GEO_UINT16, 0);
    put_number(to, "build_epoch", TT_GEO_UINT64, 1); /* 0 is refused */
    put_number(to, "ip_version", TT_GEO_UINT16, head->ip_version);
    put_number(to, "record_size", TT_GEO_UINT16, head->record_bits);
    put_number(to, "node_count", TT_GEO_UINT32, head->nodes_n);
}

int tt_geo_open(const uint8_t *bytes, const struct tt_geo_head *head, const char *scratch_dir,
                MMDB_s *db, struct tt_buf *why)
{
    uint8_t written[WRITTEN_MAX];
    struct tt_buf metadata = tt_buf_over(written, sizeof(written));
    struct tt_geo_copy copy;
    int err, status;

    write_metadata(&metadata, head);
    struct tt_geo_section parts[] = {{bytes, head->body_len}, {written, metadata.len}};
    err = tt_geo_copy_make(&copy, parts, TT_COUNT(parts), scratch_dir, why);
    if (err != TT_OK)
        return err;
    status = MMDB_open(copy.path, MMDB_MODE_MMAP, db);
    tt_geo_copy_drop(&copy);
    if (status == MMDB_SUCCESS)
        return TT_OK;
    memset(db, 0, sizeof(*db));
    tt_buf_text(why, MMDB_strerror(status));
    if (status == MMDB_OUT_OF_MEMORY_ERROR)
        return TT_ENOMEM;
    return status == MMDB_IO_ERROR || status == MMDB_FILE_OPEN_ERROR ? TT_EIO : TT_EMALFORMED;
}
