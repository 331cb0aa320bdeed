/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "count/named.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"

struct entry {
    char *name; /* terminated */
    uint32_t len;
    uint64_t n; /* atomic */
};

struct tt_named {
    unsigned max, slots_n; /* slots_n: a power of two, at least twice max */
    unsigned n; /* atomic: entries, released after they are whole */
    uint64_t others; /* atomic */
    uint32_t *slots; /* index + 1 of an entry; the pipeline's own */
    struct entry entries[];
};

int tt_named_new(unsigned max, struct tt_named **named)
{
    struct tt_named *made = calloc(1, sizeof(*made) + max * sizeof(made->entries[0]));

    *named = NULL;
    if (made == NULL)
        return TT_ENOMEM;
    made->max = max;
    made->slots_n = 16;
    while (made->slots_n < 2 * max)
        made->slots_n *= 2;
    made->slots = calloc(made->slots_n, sizeof(made->slots[0]));
    if (made->slots == NULL) {
        free(made);
        return TT_ENOMEM;
    }
    *named = made;
    return TT_OK;
}

void tt_named_free(struct tt_named **named)
{
    if (*named == NULL)
        return;
    for (unsigned i = 0; i < (*named)->n; i++)
        free((*named)->entries[i].name);
    free((*named)->slots);
    free(*named);
    *named = NULL;
}

static void bump(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/* The new entry, NULL when there is no room or no memory. */
static struct entry *append(struct tt_named *named, uint32_t *slot, struct tt_str name)
{
    struct entry *entry = &named->entries[named->n];

    if (named->n == named->max)
        return NULL;
    *entry = (struct entry){strndup(name.ptr, name.len), name.len, 0};
    if (entry->name == NULL)
        return NULL;
    __atomic_store_n(&named->n, named->n + 1, __ATOMIC_RELEASE);
    *slot = named->n;
    return entry;
}

/* The names are the operator's, so nobody else can make them collide. */
void tt_named_add(struct tt_named *named, struct tt_str name)
{
    uint64_t at = XXH3_64bits(name.ptr, name.len);
    struct entry *entry;

    for (;; at++) {
        uint32_t *slot = &named->slots[at & (named->slots_n - 1)];

        if (*slot == 0) {
            entry = append(named, slot, name);
            break;
        }
        entry = &named->entries[*slot - 1];
        if (entry->len == name.len && memcmp(entry->name, name.ptr, name.len) == 0)
            break;
    }
    bump(entry != NULL ? &entry->n : &named->others);
}

void tt_named_collect(const struct tt_named *named, enum tt_metric metric, tt_metric_visit_f visit, void *arg)
{
    unsigned n = __atomic_load_n(&named->n, __ATOMIC_ACQUIRE);
    uint64_t others = __atomic_load_n(&named->others, __ATOMIC_RELAXED);
    struct tt_metric_sample sample = {.metric = metric};

    for (unsigned i = 0; i < n; i++) {
        sample.labels[0] = named->entries[i].name;
        sample.value = (double)__atomic_load_n(&named->entries[i].n, __ATOMIC_RELAXED);
        visit(&sample, arg);
    }
    if (others == 0)
        return;
    sample.labels[0] = "__other__";
    sample.value = (double)others;
    visit(&sample, arg);
}
