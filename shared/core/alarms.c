/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/alarms.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "core/stages.h"
#include "detect/own.h"

enum {
    EVIDENCE_MAX = 5,
    VALUE_MAX = 512,
    FILES_MAX = 2 * TT_DATA_FILES_MAX,
    FACTS_MAX = TT_CONF_SINKS_MAX + FILES_MAX + 1,
    BAD_FILES_MAX = 64, /* whose reasons are kept; there is room for the fact of each */
};
#define EVERY_NS UINT64_C(1000000000)

/* What is said of one subject, with the memory its texts are in. */
struct proof {
    struct tt_alert_evidence evidence[EVIDENCE_MAX];
    unsigned n;
    char values[EVIDENCE_MAX][VALUE_MAX];
};

struct tt_alarms {
    pthread_mutex_t lock; /* of the sources */
    struct tt_loader *loader;
    const unsigned *config_stale;
    uint64_t next_ns;
    struct tt_own *own;
    unsigned firing[TT_OWN_RULES_N]; /* relaxed atomics */
    /* The facts of one round. */
    unsigned facts_n, proofs_n;
    struct tt_own_fact facts[FACTS_MAX];
    struct proof proofs[TT_CONF_SINKS_MAX + BAD_FILES_MAX];
    char paths[FILES_MAX][TT_CONF_PATH_MAX + 1];
    unsigned paths_n;
};

int tt_alarms_new(struct tt_alarms **alarms)
{
    *alarms = calloc(1, sizeof(**alarms));
    if (*alarms == NULL)
        return TT_ENOMEM;
    pthread_mutex_init(&(*alarms)->lock, NULL);
    if (tt_own_new(&(*alarms)->own) == TT_OK)
        return TT_OK;
    tt_alarms_free(alarms);
    return TT_ENOMEM;
}

void tt_alarms_free(struct tt_alarms **alarms)
{
    if (*alarms == NULL)
        return;
    tt_own_free(&(*alarms)->own);
    pthread_mutex_destroy(&(*alarms)->lock);
    free(*alarms);
    *alarms = NULL;
}

void tt_alarms_watch(struct tt_alarms *alarms, struct tt_loader *loader, const unsigned *config_stale)
{
    pthread_mutex_lock(&alarms->lock);
    alarms->loader = loader;
    alarms->config_stale = config_stale;
    pthread_mutex_unlock(&alarms->lock);
}

/* NULL when there is no room for one more. */
static struct proof *begin_proof(struct tt_alarms *alarms)
{
    struct proof *proof = &alarms->proofs[alarms->proofs_n];

    if (alarms->proofs_n == TT_COUNT(alarms->proofs))
        return NULL;
    alarms->proofs_n++;
    proof->n = 0;
    return proof;
}

static void prove(struct proof *proof, const char *what, const char *value)
{
    struct tt_buf buf = tt_buf_over(proof->values[proof->n], VALUE_MAX - 1);

    if (value[0] == '\0')
        return;
    tt_buf_bytes(&buf, value, TT_MIN(strlen(value), (size_t)VALUE_MAX - 1));
    proof->values[proof->n][buf.len] = '\0';
    proof->evidence[proof->n] = (struct tt_alert_evidence){what, proof->values[proof->n]};
    proof->n++;
}

static void prove_number(struct proof *proof, const char *what, uint64_t value)
{
    char text[24];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));

    tt_buf_u64(&buf, value);
    prove(proof, what, tt_buf_cstr(&buf));
}

static void add_fact(struct tt_alarms *alarms, const struct tt_own_fact *fact, const struct proof *proof)
{
    struct tt_own_fact *to = &alarms->facts[alarms->facts_n];

    if (alarms->facts_n == FACTS_MAX)
        return;
    alarms->facts_n++;
    *to = *fact;
    to->evidence = proof != NULL ? proof->evidence : NULL;
    to->evidence_n = proof != NULL ? proof->n : 0;
}

/* A sink that an operator holds is not down: nobody tried. */
static void add_sink(struct tt_alarms *alarms, struct tt_sink *sink)
{
    struct tt_sink_status status;
    struct proof *proof = begin_proof(alarms);
    uint64_t queued = 0, spooled = 0, dropped = 0;
    struct tt_own_fact fact = {.rule = TT_OWN_SINK_DOWN};

    tt_sink_status(sink, &status);
    fact.subject = status.name;
    fact.is_bad = status.down_since_us != 0 && !status.is_paused;
    fact.since_us = status.down_since_us;
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        queued += status.books[topic].queued;
        spooled += status.books[topic].spooled;
        for (unsigned i = 0; i < TT_SINK_DROPS_N; i++)
            dropped += status.books[topic].dropped[i];
    }
    if (proof != NULL) {
        prove(proof, "sink_type", status.type);
        prove(proof, "reason", status.why);
        prove_number(proof, "queued", queued);
        prove_number(proof, "spooled", spooled);
        prove_number(proof, "dropped", dropped);
    }
    add_fact(alarms, &fact, proof);
}

static void add_file(const struct tt_data_status *file, void *arg)
{
    struct tt_alarms *alarms = arg;
    struct tt_own_fact fact = {.rule = TT_OWN_DATA_DEGRADED, .is_bad = file->is_stale};
    struct proof *proof;
    char *path;

    if (alarms->paths_n == FILES_MAX)
        return;
    path = alarms->paths[alarms->paths_n++];
    fact.subject = path;
    proof = file->is_stale ? begin_proof(alarms) : NULL;
    memcpy(path, file->path, strnlen(file->path, sizeof(alarms->paths[0]) - 1) + 1);
    path[sizeof(alarms->paths[0]) - 1] = '\0';
    if (proof != NULL) {
        prove(proof, "file_is", file->role);
        prove(proof, "reason", file->why);
        prove(proof, "in_use", file->is_loaded ? "an older version" : "none");
        prove(proof, "sha", file->sha);
    }
    add_fact(alarms, &fact, proof);
}

/* Puts the facts together. Returns the rules they are complete for. */
static unsigned gather(struct tt_alarms *alarms, const struct tt_setup *setup)
{
    unsigned rules = 1u << TT_OWN_SINK_DOWN;

    alarms->facts_n = alarms->proofs_n = alarms->paths_n = 0;
    for (unsigned i = 0; i < setup->sinks_n; i++)
        add_sink(alarms, setup->sinks[i]);
    pthread_mutex_lock(&alarms->lock);
    if (alarms->loader != NULL && tt_loader_visit_now(alarms->loader, add_file, alarms))
        rules |= 1u << TT_OWN_DATA_DEGRADED;
    if (alarms->config_stale != NULL) {
        struct tt_own_fact fact = {.rule = TT_OWN_CONFIG_STALE,
                                   .is_bad = __atomic_load_n(alarms->config_stale, __ATOMIC_RELAXED) != 0,
                                   .subject = setup->origin.node};
        add_fact(alarms, &fact, NULL);
        rules |= 1u << TT_OWN_CONFIG_STALE;
    }
    pthread_mutex_unlock(&alarms->lock);
    return rules;
}

static void encode(struct tt_stages *stages, const struct tt_alert *alert, unsigned encoding)
{
    const struct tt_event_origin *origin = &stages->setup->origin;

    tt_buf_reset(&stages->record);
    if (encoding == TT_ENCODING_JSON)
        tt_alert_to_json(alert, origin, &stages->record);
    else
        tt_alert_to_proto(alert, origin, &stages->record);
}

/* One record to every sink that takes alerts. */
static void send_alert(struct tt_alert *alert, void *arg)
{
    struct tt_stages *stages = arg;
    const struct tt_setup *setup = stages->setup;
    char key[TT_ALERT_KEY_LEN + 1];
    struct tt_record record = {.key = key, .key_len = TT_ALERT_KEY_LEN, .topic = TT_TOPIC_ALERTS, .units = 1};

    tt_alert_key(alert->alert_id, key);
    alert->sequence = stages->progress.next[0]++;
    stages->made[TT_TOPIC_ALERTS]++;
    record.time_us = alert->time_us;
    record.random = setup->origin.random;
    record.sequence = alert->sequence;
    for (unsigned i = 0; i < setup->sinks_n; i++) {
        if ((setup->conf->sinks[i].topics & 1u << TT_TOPIC_ALERTS) == 0)
            continue;
        encode(stages, alert, setup->conf->sinks[i].encoding);
        record.data = stages->record.data;
        record.len = stages->record.overflow ? SIZE_MAX : stages->record.len;
        stages->deliver(stages->deliver_arg, setup->sinks[i], &record);
    }
}

void tt_stages_judge(struct tt_stages *stages, uint64_t now_ns)
{
    struct tt_alarms *alarms = stages->alarms;
    const struct tt_setup *setup = stages->setup;
    struct tt_own_facts facts = {.now_ns = now_ns, .now_us = tt_clock_wall_us()};

    if (stages->is_replay || now_ns < alarms->next_ns)
        return;
    alarms->next_ns = now_ns + EVERY_NS;
    facts.rules = gather(alarms, setup);
    facts.facts = alarms->facts;
    facts.facts_n = alarms->facts_n;
    tt_own_judge(alarms->own, &facts, setup->origin.region, setup->origin.instance, send_alert, stages);
    for (unsigned rule = 0; rule < TT_OWN_RULES_N; rule++)
        __atomic_store_n(&alarms->firing[rule], tt_own_firing(alarms->own, (enum tt_own_rule)rule), __ATOMIC_RELAXED);
}

void tt_alarms_collect(const struct tt_alarms *alarms, tt_metric_visit_f visit, void *arg)
{
    for (unsigned rule = 0; rule < TT_OWN_RULES_N; rule++) {
        struct tt_metric_sample sample = {.metric = TT_METRIC_ALERTS_FIRING,
                                          .labels = {tt_own_rule_rows[rule].rule},
                                          .value = __atomic_load_n(&alarms->firing[rule], __ATOMIC_RELAXED)};
        visit(&sample, arg);
    }
}
