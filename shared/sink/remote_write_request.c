/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/remote_write_request.h"

#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "event/proto_put.h"

enum {
    TAG_SERIES = 1, /* WriteRequest.timeseries */
    TAG_LABELS = 1, /* TimeSeries.labels */
    TAG_SAMPLES = 2,
    TAG_NAME = 1, /* Label.name */
    TAG_VALUE = 2,
    TAG_SAMPLE_VALUE = 1, /* Sample.value, a double */
    TAG_SAMPLE_TIME = 2,  /* Sample.timestamp, ms */
    HEADS_MAX = 32,       /* keys and lengths of a series and its sample, and the sample */
};

static unsigned varint_len(uint64_t value)
{
    unsigned n = 1;

    for (; value >= 0x80; value >>= 7)
        n++;
    return n;
}

static int compare(struct tt_str a, struct tt_str b)
{
    int order = memcmp(a.ptr, b.ptr, TT_MIN(a.len, b.len));

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void sort(struct tt_rw_label *labels, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        struct tt_rw_label label = labels[i];
        unsigned at = i;
        for (; at > 0 && compare(labels[at - 1].name, label.name) > 0; at--)
            labels[at] = labels[at - 1];
        labels[at] = label;
    }
}

size_t tt_rw_put_labels(struct tt_rw_label *labels, unsigned n, uint8_t *out)
{
    uint8_t *at = out;

    sort(labels, n);
    for (unsigned i = 0; i < n; i++) {
        struct tt_str name = labels[i].name, value = labels[i].value;
        size_t name_len = 1 + varint_len(name.len) + name.len,
               value_len = 1 + varint_len(value.len) + value.len;
        if (name.len == 0 || value.len == 0 || (i > 0 && compare(labels[i - 1].name, name) == 0) ||
            (size_t)(at - out) + name_len + value_len + HEADS_MAX > TT_RW_SERIES_BYTES_MAX)
            return 0;
        at = tt_proto_varint(tt_proto_key(at, TAG_LABELS, TT_PROTO_LEN), name_len + value_len);
        at = tt_proto_bytes(at, TAG_NAME, name.ptr, name.len);
        at = tt_proto_bytes(at, TAG_VALUE, value.ptr, value.len);
    }
    return (size_t)(at - out);
}

int tt_rw_request_init(struct tt_rw_request *request)
{
    *request = (struct tt_rw_request){.packed_cap = snappy_max_compressed_length(TT_RW_RAW_MAX)};
    request->raw = malloc(TT_RW_RAW_MAX);
    request->packed = malloc(request->packed_cap);
    return request->raw != NULL && request->packed != NULL ? TT_OK : TT_ENOMEM;
}

void tt_rw_request_fini(struct tt_rw_request *request)
{
    free(request->raw);
    free(request->packed);
    *request = (struct tt_rw_request){0};
}

bool tt_rw_request_add(struct tt_rw_request *request, const uint8_t *labels, size_t labels_len,
                       double value, int64_t time_ms)
{
    uint8_t *at = request->raw + request->raw_len;
    size_t sample_len = 9 + 1 + varint_len((uint64_t)time_ms);
    uint64_t bits;

    if (request->samples_n == TT_RW_SAMPLES_MAX ||
        request->raw_len + labels_len + HEADS_MAX > TT_RW_RAW_MAX)
        return false;
    memcpy(&bits, &value, sizeof(bits));
    at = tt_proto_varint(tt_proto_key(at, TAG_SERIES, TT_PROTO_LEN), labels_len + 2 + sample_len);
    memcpy(at, labels, labels_len);
    at = tt_proto_varint(tt_proto_key(at + labels_len, TAG_SAMPLES, TT_PROTO_LEN), sample_len);
    at = tt_proto_i64(at, TAG_SAMPLE_VALUE, bits);
    at = tt_proto_number(at, TAG_SAMPLE_TIME, (uint64_t)time_ms);
    request->raw_len = (size_t)(at - request->raw);
    request->samples_n++;
    return true;
}

static struct tt_str pack(const uint8_t *raw, size_t raw_len, uint8_t *packed, size_t packed_cap)
{
    size_t len = packed_cap;

    if (snappy_compress((const char *)raw, raw_len, (char *)packed, &len) != SNAPPY_OK)
        return (struct tt_str){NULL, 0};
    return (struct tt_str){(const char *)packed, (uint32_t)len};
}

struct tt_str tt_rw_request_end(struct tt_rw_request *request)
{
    struct tt_str view = {NULL, 0};

    if (request->samples_n > 0)
        view = pack(request->raw, request->raw_len, request->packed, request->packed_cap);
    request->raw_len = 0;
    request->samples_n = 0;
    return view;
}

/* The end of the series that starts there, 0: there is none that we made. */
static size_t end_of_series(const uint8_t *raw, size_t len, size_t at)
{
    uint64_t body = 0;
    unsigned shift = 0;

    if (raw[at++] != (TAG_SERIES << 3 | TT_PROTO_LEN))
        return 0;
    for (; at < len && shift < 28; at++, shift += 7) {
        body |= (uint64_t)(raw[at] & 0x7f) << shift;
        if (raw[at] < 0x80)
            return body < len - at ? at + 1 + (size_t)body : 0;
    }
    return 0;
}

static int find_series(struct tt_rw_parts *parts, size_t len)
{
    for (size_t at = 0; at < len;) {
        at = end_of_series(parts->raw, len, at);
        if (at == 0 || parts->n == TT_RW_SAMPLES_MAX)
            return TT_EMALFORMED;
        parts->ends[parts->n++] = (uint32_t)at;
    }
    return parts->n > 0 ? TT_OK : TT_EMALFORMED;
}

static int unpack(struct tt_rw_parts *parts, struct tt_str packed)
{
    size_t len;

    if (snappy_uncompressed_length(packed.ptr, packed.len, &len) != SNAPPY_OK || len == 0 ||
        len > TT_RW_RAW_MAX)
        return TT_EMALFORMED;
    parts->packed_cap = snappy_max_compressed_length(len);
    parts->raw = malloc(len);
    parts->packed = malloc(parts->packed_cap);
    if (parts->raw == NULL || parts->packed == NULL)
        return TT_ENOMEM;
    if (snappy_uncompress(packed.ptr, packed.len, (char *)parts->raw, &len) != SNAPPY_OK)
        return TT_EMALFORMED;
    return find_series(parts, len);
}

struct tt_rw_parts *tt_rw_parts_new(struct tt_str packed)
{
    struct tt_rw_parts *parts = calloc(1, sizeof(*parts));

    if (parts != NULL && unpack(parts, packed) != TT_OK)
        tt_rw_parts_free(&parts);
    return parts;
}

void tt_rw_parts_free(struct tt_rw_parts **parts)
{
    if (*parts == NULL)
        return;
    free((*parts)->raw);
    free((*parts)->packed);
    free(*parts);
    *parts = NULL;
}

struct tt_str tt_rw_parts_pack(struct tt_rw_parts *parts, unsigned first, unsigned n)
{
    uint32_t start = first > 0 ? parts->ends[first - 1] : 0;

    return pack(parts->raw + start, parts->ends[first + n - 1] - start, parts->packed,
                parts->packed_cap);
}
