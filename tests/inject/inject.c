/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Every byte at five places of every text that comes from outside, through every exit there is:
 * JSON, Protobuf, log, metrics. Writes into DIR what came out, and cases.txt with what went in;
 * `run` judges it. Beside the 256 bytes: characters of UTF-8 that must stay, and ones that must
 * not.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "event/json.h"
#include "event/proto.h"
#include "stat/metric.h"

enum { PLACES_N = 5, VALUE_MAX = 16 };

static const char *const characters[] = {
    "\xc3\xa9",
    "\xe2\x82\xac",
    "\xf0\x9f\x98\x80",
    "\xef\xbf\xbd", /* é € 😀 U+FFFD */
    "\xc2\x80",
    "\xc2\x85",
    "\xc2\x9b",
    "\xc2\x9f",
    "\xc2\xa0", /* C1, and the first one behind it */
    "\xd8\x9c",
    "\xe2\x80\x8e",
    "\xe2\x80\x8f",
    "\xe2\x80\xaa",
    "\xe2\x80\xab",
    "\xe2\x80\xac",
    "\xe2\x80\xad",
    "\xe2\x80\xae",
    "\xe2\x81\xa6",
    "\xe2\x81\xa7",
    "\xe2\x81\xa8",
    "\xe2\x81\xa9", /* direction */
    "\xe2\x80\xa8",
    "\xe2\x80\xa9", /* separators */
    "\xc0\x80",
    "\xe0\x80\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xe2\x82", /* not UTF-8 */
};

struct value {
    char bytes[VALUE_MAX + 1]; /* a NUL behind them */
    size_t len;
};

/* What may carry the value. ORIGIN ones are C strings of the configuration. */
enum field {
    QUERY_NAME,
    UPSTREAM_ZONE,
    POLICY_AS_NAME,
    ALIAS_TARGET,
    ALIAS_OWNER,
    NS_RDATA,
    TXT_RDATA,
    EDE_TEXT,
    DNSSEC_REASON,
    POLICY_NAME,
    VIEW,
    NODE,
    INSTANCE,
    REGION,
    FIELDS_N
};

static const char *const field_names[FIELDS_N] = {
    "query_name", "upstream_zone", "policy_as_name", "alias_target",  "alias_owner",
    "ns_rdata",   "txt_rdata",     "ede_text",       "dnssec_reason", "policy_name",
    "view",       "node",          "instance",       "source_region",
};

struct exits {
    FILE *cases, *json, *proto, *log, *metrics;
    struct tt_policy policy;
    struct tt_arena arena;
    char json_room[TT_EVENT_JSON_MAX], proto_room[TT_EVENT_PROTO_MAX];
};

static void make_value(struct value *value, const char *character, size_t len, unsigned place)
{
    static const char *const patterns[PLACES_N] = {"*", "*xY", "x*Y", "xY*", "x**Y"};

    memset(value, 0, sizeof(*value));
    for (const char *at = patterns[place]; *at != '\0'; at++) {
        if (*at == '*')
            memcpy(value->bytes + value->len, character, len);
        else
            value->bytes[value->len] = *at;
        value->len += *at == '*' ? len : 1;
    }
}

/* The value as the first label of a name below "Example". */
static size_t make_name(const struct value *value, uint8_t *wire)
{
    wire[0] = (uint8_t)value->len;
    memcpy(wire + 1, value->bytes, value->len);
    memcpy(wire + 1 + value->len, "\7Example", 9); /* and the root label */
    return value->len + 10;
}

static void put_rr(struct tt_obs_writer *writer, uint16_t type, const uint8_t *owner,
                   size_t owner_len, const void *rdata, size_t rdata_len)
{
    struct tt_tail_rr rr = {type, 1, 60, (uint16_t)rdata_len, (uint8_t)owner_len, 0};

    tt_obs_put_rr(writer, TT_RR_ANSWER, &rr, owner, rdata);
}

static void put_records(struct tt_obs_writer *writer, enum field field, const struct value *value)
{
    static const uint8_t www[] = "\3www\7example";
    uint8_t name[VALUE_MAX + 16], text[VALUE_MAX + 1];
    size_t len = make_name(value, name);

    text[0] = (uint8_t)value->len;
    memcpy(text + 1, value->bytes, value->len);
    writer->obs->query_type = field == NS_RDATA ? 2 : 16;
    tt_obs_put(writer, TT_TAIL_QNAME, 0, field == ALIAS_OWNER || field == QUERY_NAME ? name : www,
               field == ALIAS_OWNER || field == QUERY_NAME ? len : sizeof(www));
    if (field == ALIAS_TARGET)
        put_rr(writer, 5, www, sizeof(www), name, len);
    else if (field == ALIAS_OWNER)
        put_rr(writer, 5, name, len, www, sizeof(www));
    else if (field == NS_RDATA)
        put_rr(writer, 2, www, sizeof(www), name, len);
    else if (field == TXT_RDATA)
        put_rr(writer, 16, www, sizeof(www), text, value->len + 1);
}

static void put_texts(struct tt_obs_writer *writer, enum field field, const struct value *value)
{
    static const uint8_t kinds[FIELDS_N] = {
        [UPSTREAM_ZONE] = TT_TAIL_UPSTREAM_ZONE, [POLICY_AS_NAME] = TT_TAIL_POLICY_NAME,
        [EDE_TEXT] = TT_TAIL_EDE_TEXT,           [DNSSEC_REASON] = TT_TAIL_DNSSEC_REASON,
        [POLICY_NAME] = TT_TAIL_POLICY_NAME,     [VIEW] = TT_TAIL_VIEW};
    uint8_t name[VALUE_MAX + 16];
    size_t len = make_name(value, name);

    if (kinds[field] == 0)
        return;
    if (field == UPSTREAM_ZONE || field == POLICY_AS_NAME)
        tt_obs_put(writer, kinds[field], field == POLICY_AS_NAME ? TT_TAIL_IS_NAME : 0, name, len);
    else
        tt_obs_put(writer, kinds[field], 0, value->bytes, value->len);
}

static bool encode(struct exits *exits, const struct tt_obs *obs,
                   const struct tt_event_origin *origin)
{
    struct tt_buf json = tt_buf_over(exits->json_room, sizeof(exits->json_room));
    struct tt_buf proto = tt_buf_over(exits->proto_room, sizeof(exits->proto_room));
    struct tt_event event;
    uint32_t len;

    tt_arena_reset(&exits->arena);
    if (tt_event_from_obs(&event, obs, sizeof(*obs) + obs->tail_len, origin, &exits->arena) !=
        TT_OK)
        return false;
    tt_event_to_json(&event, TT_TOPIC_ENRICHED, &exits->policy, &json);
    tt_event_to_proto(&event, TT_TOPIC_ENRICHED, &exits->policy, &proto);
    fwrite(json.data, 1, json.len, exits->json);
    putc('\n', exits->json);
    len = (uint32_t)proto.len;
    fwrite(&len, sizeof(len), 1, exits->proto);
    fwrite(proto.data, 1, proto.len, exits->proto);
    return !json.overflow && !proto.overflow;
}

static bool run_event(struct exits *exits, enum field field, const struct value *value)
{
    static union {
        struct tt_obs obs;
        uint8_t bytes[TT_OBS_MAX];
    } record;
    struct tt_obs_writer writer = {.obs = &record.obs, .cap = TT_OBS_MAX - sizeof(record.obs)};
    struct tt_event_origin origin = {.node = field == NODE ? value->bytes : "node",
                                     .instance = field == INSTANCE ? value->bytes : "node/unbound",
                                     .region = field == REGION ? value->bytes : NULL,
                                     .software = TT_software_UNBOUND};

    memset(&record.obs, 0, sizeof(record.obs));
    record.obs.message_type = TT_message_type_RESOLVER_RESPONSE;
    record.obs.outcome = TT_outcome_ANSWERED;
    record.obs.query_class = 1;
    record.obs.have = TT_HAVE_QUERY_TYPE | TT_HAVE_ANSWERS | TT_HAVE_RESPONSE_CODE;
    put_records(&writer, field, value);
    put_texts(&writer, field, value);
    return encode(exits, &record.obs, &origin);
}

static void write_log(enum tt_log_level level, const char *line, void *arg)
{
    (void)level;
    fprintf(arg, "%s\n", line);
}

static void run_metric(struct exits *exits, const struct value *value)
{
    struct tt_metric_sample sample = {
        .metric = TT_METRIC_SINK_UP, .labels = {value->bytes}, .value = 1};
    char room[4096];
    struct tt_buf buf = tt_buf_over(room, sizeof(room));
    struct tt_expo expo;

    tt_expo_init(&expo, &buf);
    expo.last_metric = TT_METRIC_SINK_UP; /* HELP and TYPE stand at the head of the page */
    tt_expo_visit(&sample, &expo);
    fwrite(buf.data, 1, buf.len, exits->metrics);
}

static void say(struct exits *exits, const char *what, unsigned place, const struct value *value)
{
    fprintf(exits->cases, "%s %u ", what, place);
    for (size_t i = 0; i < value->len; i++)
        fprintf(exits->cases, "%02x", (unsigned char)value->bytes[i]);
    putc('\n', exits->cases);
}

/* One value through all exits. False: a record was refused. */
static bool run_value(struct exits *exits, const struct value *value, unsigned place)
{
    bool is_text = strlen(value->bytes) == value->len; /* what a C string can hold */

    for (enum field field = 0; field < FIELDS_N; field++) {
        if (field >= NODE && !is_text)
            continue;
        say(exits, field_names[field], place, value);
        if (!run_event(exits, field, value))
            return false;
    }
    if (!is_text)
        return true;
    say(exits, "log", place, value);
    tt_log(TT_LOG_WARNING, "case %s", value->bytes);
    say(exits, "metrics", place, value);
    run_metric(exits, value);
    return true;
}

static FILE *open_in(const char *directory, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    return file;
}

static bool run_all(struct exits *exits)
{
    struct value value;

    for (unsigned place = 0; place < PLACES_N; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char character = (char)byte;
            make_value(&value, &character, 1, place);
            if (!run_value(exits, &value, place))
                return false;
        }
        for (size_t i = 0; i < TT_COUNT(characters); i++) {
            make_value(&value, characters[i], strlen(characters[i]), place);
            if (!run_value(exits, &value, place))
                return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct tt_privacy privacy = {TT_PRIVACY_FULL, TT_PRIVACY_NAME_FULL, 24, 48, NULL};
    static struct exits exits;
    bool is_good;

    if (argc != 2 ||
        tt_policy_init(&exits.policy, &privacy, &(struct tt_hash_key){"", 0, {0}}) != TT_OK ||
        tt_arena_init(&exits.arena, TT_EVENT_ARENA_MAX) != TT_OK)
        return 2;
    exits.cases = open_in(argv[1], "cases.txt");
    exits.json = open_in(argv[1], "events.jsonl");
    exits.proto = open_in(argv[1], "events.pb");
    exits.log = open_in(argv[1], "log.txt");
    exits.metrics = open_in(argv[1], "metrics.txt");
    fprintf(exits.metrics, "# HELP %s %s\n# TYPE %s gauge\n",
            tt_metric_rows[TT_METRIC_SINK_UP].name, tt_metric_rows[TT_METRIC_SINK_UP].doc,
            tt_metric_rows[TT_METRIC_SINK_UP].name);
    tt_log_set(write_log, exits.log);
    is_good = run_all(&exits);
    if (fclose(exits.cases) || fclose(exits.json) || fclose(exits.proto) || fclose(exits.log) ||
        fclose(exits.metrics))
        return 2;
    tt_arena_fini(&exits.arena);
    tt_policy_fini(&exits.policy);
    return is_good ? 0 : 1;
}
