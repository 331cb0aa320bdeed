/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/enrich.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/geo.h"
#include "enrich/risk.h"
#include "enrich/suffix.h"
#include "enrich/threat.h"
#include "enrich/watch.h"

enum { NO_THREAT = 0xFF, NOWHERE = 0xFF, KEPT_NAME_MAX = 42, KEPT_N = 8192, PREFETCH_IPS_N = 4 };

/* What a name alone decides. Offsets into the name; NOWHERE: none. */
struct verdict {
    const struct tt_watch_zone *zone;
    struct tt_suffix_parts parts;
    unsigned threat; /* NO_THREAT: none */
};

/* A verdict that is kept: one cache line. Names that clients invent only push out one other each. */
struct kept {
    char name[KEPT_NAME_MAX];
    uint8_t len; /* 0: free */
    uint8_t threat, public_at, registrable_at;
    uint32_t age;
    const struct tt_watch_zone *zone;
};
TT_STATIC_ASSERT(sizeof(struct kept) <= 64, "one cache line");

struct tt_enricher {
    struct tt_geo_cache *geo;
    struct tt_hash root;
    uint64_t enrichment_id;     /* of the snapshot that the caches belong to */
    const struct tt_data *data; /* that snapshot: compared, not read */
    uint32_t age;               /* verdicts of another are forgotten */
    struct kept *kept;
};

int tt_enricher_new(struct tt_enricher **enricher)
{
    struct tt_enricher *made = calloc(1, sizeof(*made));

    *enricher = made;
    if (made == NULL)
        return TT_ENOMEM;
    made->root = tt_hash_root();
    made->age = 1;
    made->kept = calloc(KEPT_N, sizeof(struct kept));
    if (made->kept == NULL || tt_geo_cache_new(&made->geo) != TT_OK) {
        tt_enricher_free(enricher);
        return TT_ENOMEM;
    }
    return TT_OK;
}

void tt_enricher_free(struct tt_enricher **enricher)
{
    if (*enricher != NULL) {
        tt_geo_cache_free(&(*enricher)->geo);
        free((*enricher)->kept);
    }
    free(*enricher);
    *enricher = NULL;
}

void tt_enricher_forget(struct tt_enricher *enricher)
{
    tt_geo_cache_forget(enricher->geo);
    if (++enricher->age == 0) {
        memset(enricher->kept, 0, KEPT_N * sizeof(struct kept));
        enricher->age = 1;
    }
}

static unsigned find_threat_of_labels(const struct tt_data *data, const struct tt_labels *labels)
{
    bool is_whole = labels->items[labels->n].at == 0;

    for (unsigned i = 0; i < data->threats_n; i++)
        if (data->threats[i].set != NULL && tt_threat_has_labels(data->threats[i].set, labels, is_whole))
            return i;
    return NO_THREAT;
}

static void judge_name(const struct tt_enricher *enricher, const struct tt_data *data, struct tt_str name,
                       struct verdict *verdict)
{
    struct tt_labels labels;

    tt_labels_read(&labels, enricher->root, name, TT_LABELS_MAX);
    if (data->suffix != NULL)
        verdict->parts = tt_suffix_find_labels(data->suffix, name, &labels);
    if (data->watch != NULL)
        verdict->zone = tt_watch_find_labels(data->watch, &labels);
    verdict->threat = find_threat_of_labels(data, &labels);
}

static uint64_t load_word(const char *at, size_t len)
{
    uint64_t word = 0;

    memcpy(&word, at, len);
    return word;
}

/* Its slot; the key is secret, so nobody can aim at a slot. */
static struct kept *find_slot(const struct tt_enricher *enricher, struct tt_str name)
{
    struct tt_hash hash = enricher->root;
    uint32_t at = 0;

    for (; name.len - at > 8; at += 8)
        hash = tt_hash_mix(hash, load_word(name.ptr + at, 8), 0);
    hash = tt_hash_mix(hash, load_word(name.ptr + at, name.len - at), name.len);
    return &enricher->kept[hash.tag % KEPT_N];
}

static struct tt_str part_at(struct tt_str name, uint8_t at)
{
    return at == NOWHERE ? (struct tt_str){NULL, 0} : (struct tt_str){name.ptr + at, name.len - at};
}

static uint8_t offset_of(struct tt_str name, struct tt_str part)
{
    return part.ptr == NULL ? NOWHERE : (uint8_t)(part.ptr - name.ptr);
}

static void find_verdict(const struct tt_enricher *enricher, const struct tt_data *data, struct tt_str name,
                         struct verdict *verdict)
{
    if (data->suffix == NULL && data->watch == NULL && data->threats_n == 0)
        return;
    if (name.len == 0 || name.len > KEPT_NAME_MAX) {
        judge_name(enricher, data, name, verdict);
        return;
    }
    struct kept *kept = find_slot(enricher, name);
    if (kept->age == enricher->age && kept->len == name.len && memcmp(kept->name, name.ptr, name.len) == 0) {
        verdict->zone = kept->zone;
        verdict->threat = kept->threat;
        verdict->parts.public_suffix = part_at(name, kept->public_at);
        verdict->parts.registrable_domain = part_at(name, kept->registrable_at);
        return;
    }
    judge_name(enricher, data, name, verdict);
    memcpy(kept->name, name.ptr, name.len);
    kept->len = (uint8_t)name.len;
    kept->age = enricher->age;
    kept->zone = verdict->zone;
    kept->threat = (uint8_t)verdict->threat;
    kept->public_at = offset_of(name, verdict->parts.public_suffix);
    kept->registrable_at = offset_of(name, verdict->parts.registrable_domain);
}

#define SET_TEXT(event, id, text)                                                                            \
    do {                                                                                                     \
        if ((text).ptr != NULL)                                                                              \
            TT_EVENT_SET(event, id, text);                                                                   \
    } while (0)

static void set_name_fields(struct tt_event *event, const struct verdict *verdict)
{
    SET_TEXT(event, registrable_domain, verdict->parts.registrable_domain);
    SET_TEXT(event, public_suffix, verdict->parts.public_suffix);
    if (verdict->zone == NULL)
        return;
    SET_TEXT(event, watched_zone, verdict->zone->name);
    SET_TEXT(event, zone_owner, verdict->zone->owner);
    SET_TEXT(event, zone_class, verdict->zone->zone_class);
    SET_TEXT(event, residency, verdict->zone->residency);
}

/* Two letters outlive the cache that lent them. ptr NULL: not known, or no memory left. */
static struct tt_str keep_country(const struct tt_geo_facts *facts, struct tt_arena *arena)
{
    char *copy = facts->country[0] != '\0' ? tt_arena_take(arena, 2) : NULL;

    if (copy == NULL)
        return (struct tt_str){NULL, 0};
    memcpy(copy, facts->country, 2);
    return (struct tt_str){copy, 2};
}

static void add_client(struct tt_enricher *enricher, const struct tt_data *data, struct tt_event *event,
                       struct tt_arena *arena)
{
    const struct tt_geo_facts *facts;

    if (TT_EVENT_HAS(event, client_ip) && event->client_ip.family != 0) {
        facts = tt_geo_cache_find(enricher->geo, data->country, data->asn, &event->client_ip);
        if (facts->asn != 0)
            TT_EVENT_SET(event, asn_id, facts->asn);
        if (facts->org.len > 0)
            SET_TEXT(event, as_org, facts->org);
        SET_TEXT(event, country, keep_country(facts, arena));
    }
    if (TT_EVENT_HAS(event, ecs) && event->ecs.ip.family != 0 && event->ecs.prefix > 0) {
        facts = tt_geo_cache_find(enricher->geo, data->country, data->asn, &event->ecs.ip);
        if (facts->asn != 0)
            TT_EVENT_SET(event, ecs_asn, facts->asn);
        SET_TEXT(event, ecs_country, keep_country(facts, arena));
    }
}

/* What the answer's addresses add up to, each once, in the order of the answer. */
struct answer {
    uint32_t asns[TT_EVENT_LIST_MAX];
    uint16_t asns_n, countries_n;
    char countries[TT_EVENT_LIST_MAX][2];
};

static void collect(struct answer *answer, const struct tt_geo_facts *facts)
{
    unsigned i = 0;

    while (i < answer->asns_n && answer->asns[i] != facts->asn)
        i++;
    if (facts->asn != 0 && i == answer->asns_n)
        answer->asns[answer->asns_n++] = facts->asn;
    i = 0;
    while (i < answer->countries_n && memcmp(answer->countries[i], facts->country, 2) != 0)
        i++;
    if (facts->country[0] != '\0' && i == answer->countries_n)
        memcpy(answer->countries[answer->countries_n++], facts->country, 2);
}

static void set_answer(struct tt_event *event, const struct answer *answer, struct tt_arena *arena)
{
    size_t asns_len = answer->asns_n * sizeof(uint32_t), texts_len = answer->countries_n * 2u;
    uint32_t *asns = asns_len > 0 ? tt_arena_take(arena, asns_len) : NULL;
    struct tt_str *items = texts_len > 0 ? tt_arena_take(arena, answer->countries_n * sizeof(*items)) : NULL;
    char *texts = items != NULL ? tt_arena_take(arena, texts_len) : NULL;

    if (asns != NULL) {
        memcpy(asns, answer->asns, asns_len);
        TT_EVENT_SET(event, answer_asn, ((struct tt_u32s){asns, answer->asns_n}));
    }
    if (texts == NULL)
        return;
    memcpy(texts, answer->countries, texts_len);
    for (unsigned i = 0; i < answer->countries_n; i++)
        items[i] = (struct tt_str){texts + 2 * i, 2};
    TT_EVENT_SET(event, answer_country, ((struct tt_strs){items, answer->countries_n}));
}

static void add_answer(struct tt_enricher *enricher, const struct tt_data *data, struct tt_event *event,
                       struct tt_arena *arena)
{
    struct answer answer;
    unsigned ips_n = TT_MIN(event->answer_ips.items_n, TT_EVENT_LIST_MAX);

    answer.asns_n = answer.countries_n = 0;
    for (unsigned i = 0; i < ips_n; i++)
        collect(&answer,
                tt_geo_cache_find(enricher->geo, data->country, data->asn, &event->answer_ips.items[i]));
    set_answer(event, &answer, arena);
}

static unsigned find_threat_of_ips(const struct tt_data *data, const struct tt_ips *ips)
{
    for (unsigned i = 0; i < data->threats_n; i++)
        for (unsigned k = 0; data->threats[i].set != NULL && k < ips->items_n; k++)
            if (tt_threat_has_ip(data->threats[i].set, &ips->items[k]))
                return i;
    return NO_THREAT;
}

static void add_risk(const struct tt_data *data, struct tt_event *event, unsigned threat)
{
    struct tt_risk risk = {.known = 0};

    if (threat != NO_THREAT) {
        SET_TEXT(event, threat_list, data->threats[threat].name);
        SET_TEXT(event, threat_category, data->threats[threat].category);
    }
    if (data->has_threats)
        tt_risk_add(&risk, TT_RISK_THREAT, threat != NO_THREAT ? data->threats[threat].score : 0);
    if (TT_EVENT_HAS(event, dga_score))
        tt_risk_add(&risk, TT_RISK_DGA, event->dga_score);
    if (TT_EVENT_HAS(event, newly_observed))
        tt_risk_add(&risk, TT_RISK_NEWLY_OBSERVED, event->newly_observed ? 1 : 0);
    if (risk.known != 0)
        TT_EVENT_SET(event, domain_risk_score, tt_risk_score(&risk));
}

/* A record that is replayed was enriched before, from other data: what is not known now is not known. */
static void drop_old(struct tt_event *event)
{
    static const struct tt_fields ours = {{
#define F(id, kind, cap, tag, stage, ...)                                                                    \
    (TT_STAGE_##stage != TT_STAGE_RAW && TT_FIELD_##id < 64 ? (uint64_t)1 << TT_FIELD_##id % 64 : 0) |
#include "event/event_fields.def"
        0,
#undef F
#define F(id, kind, cap, tag, stage, ...)                                                                    \
    (TT_STAGE_##stage != TT_STAGE_RAW && TT_FIELD_##id >= 64 ? (uint64_t)1 << TT_FIELD_##id % 64 : 0) |
#include "event/event_fields.def"
        0,
#undef F
    }};

    event->have.bits[0] &= ~ours.bits[0];
    event->have.bits[1] &= ~ours.bits[1];
}

/* The caches are larger than a CPU's: what will be looked at is asked for before the first look. */
static void prefetch(const struct tt_enricher *enricher, const struct tt_data *data,
                     const struct tt_event *event)
{
    unsigned ips_n = TT_EVENT_HAS(event, answer_ips) ? TT_MIN(event->answer_ips.items_n, PREFETCH_IPS_N) : 0;
    struct tt_str name = event->query_name;

    if (TT_EVENT_HAS(event, query_name) && name.len > 0 && name.len <= KEPT_NAME_MAX)
        __builtin_prefetch(find_slot(enricher, name));
    if (data->country == NULL && data->asn == NULL)
        return;
    if (TT_EVENT_HAS(event, client_ip) && event->client_ip.family != 0)
        tt_geo_cache_prefetch(enricher->geo, &event->client_ip);
    for (unsigned i = 0; i < ips_n; i++)
        tt_geo_cache_prefetch(enricher->geo, &event->answer_ips.items[i]);
}

void tt_enrich_event(struct tt_enricher *enricher, const struct tt_data *data, struct tt_event *event,
                     struct tt_arena *arena)
{
    struct verdict verdict = {.threat = NO_THREAT};
    bool has_ips = TT_EVENT_HAS(event, answer_ips);

    if (enricher->data != data || enricher->enrichment_id != data->enrichment_id) {
        tt_enricher_forget(enricher);
        enricher->data = data;
        enricher->enrichment_id = data->enrichment_id;
    }
    prefetch(enricher, data, event);
    drop_old(event);
    TT_EVENT_SET(event, enrichment_id, data->enrichment_id);
    if (TT_EVENT_HAS(event, query_name)) {
        find_verdict(enricher, data, event->query_name, &verdict);
        set_name_fields(event, &verdict);
    }
    if (data->country != NULL || data->asn != NULL) {
        add_client(enricher, data, event, arena);
        if (has_ips)
            add_answer(enricher, data, event, arena);
    }
    if (verdict.threat == NO_THREAT && has_ips)
        verdict.threat = find_threat_of_ips(data, &event->answer_ips);
    add_risk(data, event, verdict.threat);
}
