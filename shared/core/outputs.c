/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "core/outputs.h"

/* The output of that key, made when there is none yet. */
static struct tt_output *find_output(struct tt_output_list *list, const struct tt_output *key)
{
    for (unsigned i = 0; i < list->n; i++) {
        struct tt_output *output = &list->at[i];
        if (output->topic == key->topic && output->encoding == key->encoding &&
            output->policy == key->policy && output->sample == key->sample)
            return output;
    }
    if (list->n == TT_OUTPUTS_MAX)
        return NULL; /* one for each sink and topic: only the tap's may find no room */
    list->at[list->n] = *key;
    return &list->at[list->n++];
}

static void add_sink(struct tt_output_list *list, const struct tt_conf *conf, unsigned sink, uint8_t general)
{
    const struct tt_conf_sink *of = &conf->sinks[sink];

    for (uint8_t topic = 0; topic < TT_TOPICS_N; topic++) {
        struct tt_output key = {.topic = topic,
                                .encoding = of->encoding,
                                .policy = of->has_privacy ? of->policy : general,
                                .sample = of->sample};
        struct tt_output *output = NULL;

        if (tt_topic_is_of_events(topic) && (of->topics & 1u << topic) != 0)
            output = find_output(list, &key);
        if (output != NULL)
            output->sinks |= UINT64_C(1) << sink;
    }
}

/* What the tap's readers see: design.md §6 "tap". */
static void add_tap(struct tt_output_list *list, uint8_t general)
{
    struct tt_output key = {
        .topic = TT_TOPIC_ENRICHED, .encoding = TT_ENCODING_JSON, .policy = general, .sample = 1};
    struct tt_output *output = find_output(list, &key);

    if (output != NULL)
        output->is_tap = true;
}

static void fill_list(struct tt_output_list *list, const struct tt_conf *conf, uint8_t general)
{
    list->n = 0;
    for (unsigned sink = 0; sink < conf->sinks_n; sink++)
        add_sink(list, conf, sink, general);
    if (conf->tap_on)
        add_tap(list, general);
}

void tt_outputs_init(struct tt_outputs *outputs, const struct tt_conf *conf)
{
    fill_list(&outputs->lists[0], conf, 0);
    for (unsigned i = 0; i < conf->views_n; i++) {
        const struct tt_conf_view *view = &conf->views[i];

        if (view->policy == 0)
            continue;
        fill_list(&outputs->lists[view->policy], conf, view->policy);
        outputs->views[outputs->views_n++] = (struct tt_view_policy){tt_str_from(view->name), view->policy};
    }
}

void tt_outputs_keep_one(struct tt_outputs *outputs, const struct tt_output *one)
{
    for (unsigned policy = 0; policy < TT_PRIVACIES_MAX; policy++) {
        struct tt_output_list *list = &outputs->lists[policy];

        list->at[0] = *one;
        list->at[0].policy = (uint8_t)policy;
        list->n = 1;
    }
}

const struct tt_output_list *tt_outputs_of_view(const struct tt_outputs *outputs, struct tt_str view)
{
    for (unsigned i = 0; i < outputs->views_n; i++)
        if (tt_str_equal(outputs->views[i].name, view))
            return &outputs->lists[outputs->views[i].policy];
    return &outputs->lists[0];
}
