/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Records of kind alert and aggregate in turn from a seed to standard output: a line of JSON and a line of
 * Protobuf in hexadecimal each; every member there or not, texts that need escapes, lists from empty to too
 * long. Usage: form_encode SEED COUNT
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/aggregate.h"
#include "event/alert.h"

enum { LIST = 40 };

static const struct tt_event_origin origin = {
    .node = "ns1.fra",
    .instance = "ns1.fra/unbound",
    .region = "eu-central",
    .software = TT_software_UNBOUND,
    .random = 0x0123456789abcdef,
};

static const char *const texts[] = {"plain", "with \"quotes\" and \\", "caf\xc3\xa9", "cut \xe2\x82 here",
                                    "\1\x7f"};
static const char *const names[] = {".", "example.com", "www.example.com", "\\200\\001.a\\.b",
                                    "a\\\\b.example"};

static bool maybe(void)
{
    return random() % 2 == 0;
}

static const char *any_text(void)
{
    return texts[random() % (long)TT_COUNT(texts)];
}

static struct tt_str any_name(void)
{
    return maybe() ? tt_str_from(names[random() % (long)TT_COUNT(names)]) : (struct tt_str){NULL, 0};
}

/* Of every length in bits; kept below 2^63 so that every reader takes it. */
static uint64_t any_number(void)
{
    uint64_t bits = (uint64_t)random() << 31 ^ (uint64_t)random() << 15 ^ (uint64_t)random();

    return random() % 5 == 0 ? 0 : (bits & INT64_MAX) >> random() % 60;
}

static struct tt_ip any_ip(void)
{
    struct tt_ip ip = {(const uint8_t[]){0, 4, 6}[random() % 3], {0}};

    for (int i = 0; i < (ip.family == 4 ? 4 : ip.family == 6 ? 16 : 0); i++)
        ip.bytes[i] = (uint8_t)(random() >> 8);
    return ip;
}

static void print(const struct tt_form *form, const void *record, char *room)
{
    struct tt_event_origin from = origin;
    struct tt_buf buf = tt_buf_over(room, form->max);

    from.region = maybe() ? origin.region : NULL;
    tt_form_to_json(form, record, &from, &buf);
    fwrite(buf.data, 1, buf.len, stdout);
    putchar('\n');
    tt_buf_reset(&buf);
    tt_form_to_proto(form, record, &from, &buf);
    for (size_t i = 0; i < buf.len; i++)
        printf("%02x", (unsigned char)buf.data[i]);
    putchar('\n');
}

static void print_alert(char *room)
{
    struct tt_alert_evidence evidence[LIST];
    struct tt_str list[LIST];
    struct tt_alert alert = {.sequence = any_number(),
                             .time_us = any_number() % 4000000000000000,
                             .alert_id = any_number() | 1,
                             .rule = any_text(),
                             .subject = any_text(),
                             .state = (uint8_t)(1 + random() % (TT_alert_state_END - 1)),
                             .severity = (uint8_t)(1 + random() % (TT_severity_END - 1)),
                             .title = any_text(),
                             .check_first = any_text(),
                             .owner = maybe() ? any_text() : NULL,
                             .escalation = maybe() ? any_text() : "",
                             .runbook = maybe() ? any_text() : NULL,
                             .stop_condition = maybe() ? any_text() : NULL,
                             .concentrated_on = maybe() ? any_text() : NULL,
                             .regions = list,
                             .old_set = list,
                             .new_set = list,
                             .evidence = evidence,
                             .started_at_us = any_number() % 4000000000000000,
                             .ends_at_us = maybe() ? 0 : any_number() % 4000000000000000,
                             .count = any_number()};
    unsigned *const lengths[] = {&alert.regions_n, &alert.old_set_n, &alert.new_set_n, &alert.evidence_n};

    for (int i = 0; i < LIST; i++) {
        list[i] = tt_str_from(any_text());
        evidence[i] = (struct tt_alert_evidence){any_text(), any_text()};
    }
    for (size_t i = 0; i < TT_COUNT(lengths); i++)
        *lengths[i] = maybe() ? 0 : (unsigned)random() % LIST;
    print(&tt_form_alert, &alert, room);
}

static void print_aggregate(char *room)
{
    struct tt_aggregate aggregate = {
        .sequence = any_number(),
        .time_us = any_number() % 4000000000000000,
        .window_start_us = any_number() % 4000000000000000,
        .window_s = (uint32_t)any_number(),
        .aggregation = (uint8_t)(1 + random() % (TT_aggregation_END - 1)),
        .is_other = maybe(),
        .client_ip = any_ip(),
        .client_net = {any_ip(), (uint8_t)(random() % 33)},
        .client_hash = maybe() ? TT_STR("0123456789abcdef0123456789abcdef") : (struct tt_str){NULL, 0},
        .client_hash_key = maybe() ? TT_STR("0123456789abcdef") : (struct tt_str){NULL, 0},
        .query_name = any_name(),
        .registrable_domain = any_name(),
        .query_type = maybe() ? -1 : (int32_t)(random() % 65536),
        .response_code = maybe() ? -1 : (int32_t)(random() % 4096),
        .count = any_number(),
        .count_error = any_number()};

    print(&tt_form_aggregate, &aggregate, room);
}

int main(int argc, char **argv)
{
    char *room = malloc(TT_ALERT_MAX);

    if (argc != 3 || room == NULL)
        return 2;
    srandom((unsigned)strtoul(argv[1], NULL, 10));
    for (long n = strtol(argv[2], NULL, 10); n > 0; n--) {
        print_alert(room);
        print_aggregate(room);
    }
    free(room);
    return 0;
}
