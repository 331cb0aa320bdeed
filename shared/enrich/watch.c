/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/tags.h"

enum { VALUE_BITS = 20 };

struct tt_watch {
    struct tt_tags tags; /* value: index of the zone */
    struct tt_hash root;
    unsigned zones_n;
    unsigned labels_max; /* of the longest zone */
    uint64_t depths[2];  /* in which there are zones */
    char *texts;
    struct tt_watch_zone zones[];
};

static size_t text_len(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static size_t texts_len(const struct tt_conf_zone *zone)
{
    return text_len(zone->name) + text_len(zone->owner) + text_len(zone->zone_class) +
           text_len(zone->residency);
}

static struct tt_str copy_text(char **at, const char *text)
{
    size_t len = text_len(text);
    struct tt_str copy = {text != NULL ? *at : NULL, (uint32_t)len};

    if (len > 0)
        memcpy(*at, text, len);
    *at += len;
    return copy;
}

/* Returns whether the zone is new. */
static bool add_zone(struct tt_watch *watch, const struct tt_conf_zone *zone, char **at)
{
    struct tt_watch_zone *slot = &watch->zones[watch->zones_n];
    struct tt_labels labels;
    unsigned value;

    tt_labels_read(&labels, watch->root, tt_str_from(zone->name), TT_LABELS_MAX);
    struct tt_hash hash = labels.items[labels.n].hash;
    if (tt_tags_find(&watch->tags, hash, &value))
        return false;
    slot->name = copy_text(at, zone->name);
    slot->owner = copy_text(at, zone->owner);
    slot->zone_class = copy_text(at, zone->zone_class);
    slot->residency = copy_text(at, zone->residency);
    tt_tags_add(&watch->tags, hash, watch->zones_n++);
    watch->depths[labels.n / 64] |= (uint64_t)1 << labels.n % 64;
    watch->labels_max = TT_MAX(watch->labels_max, labels.n);
    return true;
}

int tt_watch_new(const struct tt_conf_zone *const *zones, unsigned zones_n, struct tt_watch **watch,
                 unsigned *twice_n)
{
    struct tt_watch *made = calloc(1, sizeof(*made) + zones_n * sizeof(made->zones[0]));
    size_t len = 1;
    char *at;

    *watch = NULL;
    *twice_n = 0;
    for (unsigned i = 0; i < zones_n; i++)
        len += texts_len(zones[i]);
    if (made == NULL || zones_n >= 1u << VALUE_BITS || (made->texts = at = malloc(len)) == NULL ||
        tt_tags_init(&made->tags, zones_n, VALUE_BITS) != TT_OK) {
        tt_watch_free(&made);
        return TT_ENOMEM;
    }
    made->root = tt_hash_root();
    for (unsigned i = 0; i < zones_n; i++)
        *twice_n += !add_zone(made, zones[i], &at);
    *watch = made;
    return TT_OK;
}

void tt_watch_free(struct tt_watch **watch)
{
    if (*watch != NULL) {
        tt_tags_fini(&(*watch)->tags);
        free((*watch)->texts);
    }
    free(*watch);
    *watch = NULL;
}

const struct tt_watch_zone *tt_watch_find_labels(const struct tt_watch *watch, const struct tt_labels *labels)
{
    unsigned value;

    for (unsigned d = TT_MIN(labels->n, watch->labels_max) + 1; d-- > 0;)
        if ((watch->depths[d / 64] >> d % 64 & 1) != 0 &&
            tt_tags_find(&watch->tags, labels->items[d].hash, &value))
            return &watch->zones[value];
    return NULL;
}

const struct tt_watch_zone *tt_watch_find(const struct tt_watch *watch, struct tt_str name)
{
    struct tt_labels labels;

    tt_labels_read(&labels, watch->root, name, watch->labels_max);
    return tt_watch_find_labels(watch, &labels);
}
