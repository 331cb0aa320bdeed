/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "ctl/check_probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "sink/class.h"

int tt_probe_init(struct tt_probe *probe, const struct tt_conf *conf, const struct tt_conf_sink *sink,
                  uint8_t software, pthread_mutex_t *lock)
{
    const char *word = tt_conf_host_word(software);

    *probe = (struct tt_probe){.lock = lock};
    if (tt_conf_sink_copy(&probe->sink, sink) != TT_OK)
        return TT_ENOMEM;
    if (asprintf(&probe->state_dir, "%s/%s-1", conf->state_dir, word) < 0)
        probe->state_dir = NULL;
    if (asprintf(&probe->instance, "%s/%s", conf->node, word) < 0)
        probe->instance = NULL;
    probe->node = strdup(conf->node);
    probe->region = conf->region != NULL ? strdup(conf->region) : NULL;
    probe->place = (struct tt_sink_place){.names = {probe->state_dir, word, 1},
                                          .node = probe->node,
                                          .instance = probe->instance,
                                          .region = probe->region};
    if (probe->state_dir == NULL || probe->instance == NULL || probe->node == NULL ||
        (conf->region != NULL && probe->region == NULL))
        return TT_ENOMEM;
    return TT_OK;
}

void tt_probe_fini(struct tt_probe *probe)
{
    for (unsigned i = 0; i < probe->findings_n; i++)
        free(probe->findings[i].text);
    free(probe->state_dir);
    free(probe->node);
    free(probe->instance);
    free(probe->region);
    tt_conf_sink_fini(&probe->sink);
}

void tt_probe_say(void *arg, bool is_fine, const char *text)
{
    struct tt_probe *probe = arg;
    char clean[TT_SINK_WHY_MAX];
    char *copy = strndup(clean, tt_str_clean(text, strlen(text), clean, sizeof(clean)));

    pthread_mutex_lock(probe->lock);
    if (probe->state == TT_PROBE_RUNNING && probe->findings_n < TT_PROBE_FINDINGS_MAX && copy != NULL) {
        probe->findings[probe->findings_n++] = (struct tt_probe_finding){is_fine, copy};
        copy = NULL;
    }
    pthread_mutex_unlock(probe->lock);
    free(copy);
}

void tt_probe_run(struct tt_probe *probe)
{
    const struct tt_sink_class *class = tt_sink_class_find(probe->sink.type);

    if (class != NULL && class->probe != NULL)
        class->probe(&probe->sink, &probe->place, tt_probe_say, probe);
    else if (class != NULL)
        tt_probe_say(probe, true, "nothing to connect to");
    else
        tt_probe_say(probe, false, "this version has no sink of this type");
}

bool tt_probe_print(const struct tt_probe *probe)
{
    bool is_fine = probe->findings_n > 0;

    for (unsigned i = 0; i < probe->findings_n; i++) {
        printf("%s %s: %s\n", probe->findings[i].is_fine ? "ok  " : "FAIL", probe->sink.name,
               probe->findings[i].text);
        is_fine = is_fine && probe->findings[i].is_fine;
    }
    if (probe->findings_n == 0 && probe->state != TT_PROBE_LEFT)
        printf("FAIL %s: nothing was found out\n", probe->sink.name);
    if (probe->state == TT_PROBE_LEFT) {
        printf("FAIL %s: no end of it within the time limit, left alone\n", probe->sink.name);
        is_fine = false;
    }
    fflush(stdout);
    return is_fine;
}
