/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sink/kafka_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "event/schema.h"

static const char *const messages[TT_TOPICS_N] = {
    [TT_TOPIC_RAW] = "DnsEvent",      [TT_TOPIC_NORMALIZED] = "DnsEvent",
    [TT_TOPIC_ENRICHED] = "DnsEvent", [TT_TOPIC_AGGREGATES] = "AggregateRecord",
    [TT_TOPIC_BOOKS] = "BooksRecord", [TT_TOPIC_ALERTS] = "AlertRecord",
};

const char *tt_kafka_frame_message(enum tt_topic topic)
{
    return messages[topic] != NULL ? messages[topic] : "";
}

static uint8_t *write_varint(uint8_t *at, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    return at;
}

void tt_kafka_frame_make(uint32_t id, int message, struct tt_kafka_frame *frame)
{
    uint8_t *at = frame->bytes;

    *at++ = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(id >> shift);
    if (message == 0) { /* the path [0], for short */
        *at++ = 0;
    } else if (message > 0) { /* numbers as zigzag: how many there are, then the one */
        at = write_varint(at, 2);
        at = write_varint(at, 2 * (uint32_t)message);
    }
    frame->len = (uint8_t)(at - frame->bytes);
}

int tt_kafka_frame_find(const char *proto, const char *message)
{
    static const char word[] = "\nmessage ";
    size_t len = strlen(message);
    int place = 0;

    for (const char *at = proto; len > 0 && (at = strstr(at, word)) != NULL; place++) {
        at += sizeof(word) - 1;
        if (strncmp(at, message, len) == 0 && (at[len] == ' ' || at[len] == '{'))
            return place;
    }
    return -1;
}

static void put_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

/* What print writes, as one text; NULL: no memory. */
static char *text_of(void (*print)(FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL)
        return NULL;
    print(out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static char *make_body(const char *schema, bool is_proto, size_t *len)
{
    char *body = NULL;
    FILE *out = open_memstream(&body, len);

    if (out == NULL)
        return NULL;
    fprintf(out, "{\"schemaType\":\"%s\",\"schema\":", is_proto ? "PROTOBUF" : "JSON");
    put_json_text(out, schema);
    fputc('}', out);
    if (fclose(out) == 0)
        return body;
    free(body);
    return NULL;
}

/* The number of "id" in an answer. */
static bool find_id(struct tt_str body, uint32_t *id)
{
    static const char word[] = "\"id\"";
    char text[4097], *end;
    const char *at;

    snprintf(text, sizeof(text), "%.*s", (int)body.len, body.len > 0 ? body.ptr : "");
    at = strstr(text, word);
    if (at == NULL)
        return false;
    at += sizeof(word) - 1;
    at += strspn(at, " \t:");
    unsigned long long value = strtoull(at, &end, 10);
    *id = (uint32_t)value;
    return end != at && *at != '-' && value <= INT32_MAX;
}

static int judge(const struct tt_http_answer *answer, const char *url, const char *name,
                 uint32_t *id, struct tt_buf *why)
{
    if (answer->status == 200 && find_id(answer->body, id))
        return TT_OK;
    if (answer->status == 200)
        tt_buf_format(why, "the schema registry %s gave no id for %s-value", url, name);
    else
        tt_buf_format(why, "the schema registry %s refused the schema of %s-value: %d %.*s; %s",
                      url, name, answer->status, (int)TT_MIN(answer->body.len, 300u),
                      answer->body.len > 0 ? answer->body.ptr : "",
                      answer->status == 401 || answer->status == 403
                          ? "check `registry.user` and `registry.password_file`"
                      : answer->status == 409 ? "an incompatible schema stands there"
                                              : "check `registry.url`");
    return answer->status == 429 || answer->status >= 500 ? TT_EAGAIN : TT_ECONFIG;
}

/* <url>/subjects/<name>-value/versions; topic names have no character that an address would need
 * escaped. */
static int post(const struct tt_http_options *registry, const char *name, const char *body,
                size_t len, uint32_t *id, struct tt_buf *why)
{
    static const char *const headers[] = {"Content-Type: application/vnd.schemaregistry.v1+json",
                                          "Accept: application/vnd.schemaregistry.v1+json", NULL};
    struct tt_http_options options = *registry;
    struct tt_http_answer answer;
    struct tt_http *http = NULL;
    size_t url_len = strlen(registry->url);
    char url[1024];
    bool is_sent;
    int err;

    while (url_len > 0 && registry->url[url_len - 1] == '/')
        url_len--;
    snprintf(url, sizeof(url), "%.*s/subjects/%s-value/versions", (int)TT_MIN(url_len, 700u),
             registry->url, name);
    options.url = url;
    err = tt_http_new(&options, &http, why);
    if (err == TT_OK)
        err = tt_http_post(http, headers, body, len, &answer, &is_sent, why);
    if (err == TT_OK)
        err = judge(&answer, registry->url, name, id, why);
    tt_http_free(&http);
    return err;
}

int tt_kafka_frame_register(const struct tt_http_options *registry, const char *name,
                            enum tt_topic topic, enum tt_encoding encoding,
                            struct tt_kafka_frame *frame, struct tt_buf *why)
{
    bool is_proto = encoding == TT_ENCODING_PROTOBUF;
    char *schema = text_of(is_proto ? tt_schema_proto : tt_schema_json), *body = NULL;
    int message = is_proto && schema != NULL
                      ? tt_kafka_frame_find(schema, tt_kafka_frame_message(topic))
                      : -1;
    size_t len = 0;
    uint32_t id = 0;
    int err = TT_ENOMEM;

    if (schema != NULL)
        body = make_body(schema, is_proto, &len);
    if (body != NULL && is_proto && message < 0) {
        tt_buf_format(why, "%s has no message in the schema", name);
        err = TT_EUNSUPPORTED;
    } else if (body != NULL) {
        err = post(registry, name, body, len, &id, why);
    }
    if (err == TT_OK)
        tt_kafka_frame_make(id, message, frame);
    free(schema);
    free(body);
    return err;
}
