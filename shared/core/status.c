/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What `telltalectl status` shows, as one JSON object. */

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "core/core.h"

#define LOCK_WAIT_NS UINT64_C(500000000)

/* Writes members with their commas; one level of nesting is open at a time per call chain. */
struct out {
    struct tt_buf *buf;
    bool needs_comma;
};

static void put_string(struct tt_buf *buf, const char *text)
{
    char clean[1024];
    size_t len = tt_str_clean(text, strlen(text), clean, sizeof(clean));

    tt_buf_char(buf, '"');
    for (size_t i = 0; i < len; i++) {
        if (clean[i] == '"' || clean[i] == '\\')
            tt_buf_char(buf, '\\');
        tt_buf_char(buf, clean[i]);
    }
    tt_buf_char(buf, '"');
}

static void put_key(struct out *out, const char *key)
{
    if (out->needs_comma)
        tt_buf_char(out->buf, ',');
    out->needs_comma = true;
    if (key == NULL)
        return;
    put_string(out->buf, key);
    tt_buf_char(out->buf, ':');
}

static void put_text(struct out *out, const char *key, const char *text)
{
    put_key(out, key);
    put_string(out->buf, text);
}

static void put_number(struct out *out, const char *key, uint64_t number)
{
    put_key(out, key);
    tt_buf_u64(out->buf, number);
}

static void put_bool(struct out *out, const char *key, bool value)
{
    put_key(out, key);
    tt_buf_text(out->buf, value ? "true" : "false");
}

static void put_hex(struct out *out, const char *key, uint64_t value)
{
    put_key(out, key);
    tt_buf_char(out->buf, '"');
    tt_buf_hex64(out->buf, value, 16);
    tt_buf_char(out->buf, '"');
}

/* Left out when it never was. */
static void put_time(struct out *out, const char *key, uint64_t wall_us)
{
    if (wall_us == 0)
        return;
    put_key(out, key);
    tt_buf_char(out->buf, '"');
    tt_clock_format_us(out->buf, wall_us);
    tt_buf_char(out->buf, '"');
}

static void open_in(struct out *out, const char *key, char bracket)
{
    put_key(out, key);
    tt_buf_char(out->buf, bracket);
    out->needs_comma = false;
}

static void close_in(struct out *out, char bracket)
{
    tt_buf_char(out->buf, bracket);
    out->needs_comma = true;
}

static void put_file(const struct tt_data_status *file, void *arg)
{
    struct out *out = arg;

    open_in(out, NULL, '{');
    put_text(out, "role", file->role);
    put_text(out, "path", file->path);
    put_text(out, "build", file->build);
    put_text(out, "sha", file->sha);
    put_bool(out, "loaded", file->is_loaded);
    put_bool(out, "stale", file->is_stale);
    put_time(out, "written_at", file->written_us);
    put_time(out, "loaded_at", file->loaded_us);
    put_text(out, "why", file->why);
    close_in(out, '}');
}

static void put_counts(struct out *out, const char *key, const char *const *words, const uint64_t *counts, unsigned n)
{
    open_in(out, key, '{');
    for (unsigned i = 0; i < n; i++)
        if (counts[i] > 0)
            put_number(out, words[i], counts[i]);
    close_in(out, '}');
}

#define X(name, word, doc) word,
static const char *const loss_words[] = {TT_PIPELINE_LOSSES(X)};
static const char *const filter_words[] = {TT_FILTER_REASONS(X)};
static const char *const drop_words[] = {TT_SINK_DROPS(X)};
#undef X

static void put_books(struct out *out, const struct tt_sink_status *sink)
{
    open_in(out, "books", '{');
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++) {
        const struct tt_sink_books *books = &sink->books[topic];
        if ((sink->topics & 1u << topic) == 0 && books->offered + books->recovered == 0)
            continue;
        open_in(out, tt_topic_word(topic), '{');
        put_number(out, "offered", books->offered);
        put_number(out, "recovered", books->recovered);
        put_number(out, "delivered", books->delivered);
        put_number(out, "uncertain", books->uncertain);
        put_number(out, "queued", books->queued);
        put_number(out, "spooled", books->spooled);
        put_counts(out, "dropped", drop_words, books->dropped, TT_SINK_DROPS_N);
        put_counts(out, "filtered", filter_words, books->filtered, TT_FILTER_REASONS_N);
        close_in(out, '}');
    }
    close_in(out, '}');
}

static void put_sink(struct out *out, struct tt_sink *from)
{
    struct tt_sink_status sink;

    tt_sink_status(from, &sink);
    open_in(out, NULL, '{');
    put_text(out, "name", sink.name);
    put_text(out, "type", sink.type);
    put_bool(out, "up", sink.is_up);
    put_bool(out, "paused", sink.is_paused);
    open_in(out, "topics", '[');
    for (unsigned topic = 0; topic < TT_TOPICS_N; topic++)
        if (sink.topics & 1u << topic)
            put_text(out, NULL, tt_topic_word(topic));
    close_in(out, ']');
    put_number(out, "queue_bytes", sink.queue_bytes);
    put_number(out, "queue_limit_bytes", sink.queue_size);
    put_number(out, "spool_bytes", sink.spool_bytes);
    put_time(out, "down_since", sink.down_since_us);
    if (sink.why[0] != '\0')
        put_text(out, "why", sink.why);
    put_time(out, "last_success_at", sink.last_success_us);
    put_books(out, &sink);
    close_in(out, '}');
}

/* Left empty while the file is being read, which may hang. */
static void copy_config_path(struct tt_core *core, char path[TT_CONFIG_PATH_MAX])
{
    path[0] = '\0';
    if (!tt_mutex_lock(&core->lock, tt_clock_mono_ns() + LOCK_WAIT_NS))
        return;
    memcpy(path, core->config_path, TT_CONFIG_PATH_MAX);
    pthread_mutex_unlock(&core->lock);
}

static void put_life(struct out *out, struct tt_core *core, const char *config_path)
{
    put_text(out, "instance", core->setup->instance);
    put_text(out, "version", TT_VERSION);
    put_text(out, "software", core->software_word);
    put_text(out, "host_version", core->host_version);
    put_number(out, "pid", (uint64_t)getpid());
    put_time(out, "started_at", core->started_us);
    put_bool(out, "inert", core->is_inert);
    put_bool(out, "enabled", !__atomic_load_n(&core->is_off, __ATOMIC_RELAXED));
    open_in(out, "config", '{');
    put_text(out, "path", config_path);
    put_bool(out, "stale", __atomic_load_n(&core->config_stale, __ATOMIC_RELAXED));
    put_number(out, "reloads_ok", __atomic_load_n(&core->reloads_ok, __ATOMIC_RELAXED));
    put_number(out, "reloads_failed", __atomic_load_n(&core->reloads_failed, __ATOMIC_RELAXED));
    close_in(out, '}');
    put_hex(out, "enrichment_id", core->setup->data != NULL ? core->setup->data->enrichment_id : 0);
}

static void put_observed(struct out *out, const struct tt_core *core)
{
    struct tt_port_counts counts = {.off = 0};
    uint64_t observed = 0, lost = 0, losses[TT_PIPELINE_LOSSES_N];

    tt_core_counts(core, &counts);
    for (unsigned type = 0; type < TT_message_type_END; type++) {
        observed += counts.observed[type];
        lost += counts.lost[type];
    }
    for (unsigned i = 0; i < TT_PIPELINE_LOSSES_N; i++)
        losses[i] = __atomic_load_n(&core->pipeline.stages.lost[i], __ATOMIC_RELAXED);
    put_number(out, "observed", observed);
    open_in(out, "lost", '{');
    put_number(out, "ring.full", lost);
    put_counts(out, "pipeline", loss_words, losses, TT_PIPELINE_LOSSES_N);
    close_in(out, '}');
}

static void put_tap(struct out *out, struct tt_tap *tap)
{
    struct tt_tap_counts counts;

    if (tap == NULL)
        return;
    tt_tap_count(tap, &counts);
    open_in(out, "tap", '{');
    put_number(out, "readers", counts.readers);
    put_number(out, "sent", counts.sent);
    put_number(out, "dropped", counts.dropped);
    close_in(out, '}');
}

/* Left out where nobody listens for the host's dnstap. */
static void put_upstream(struct out *out, const struct tt_core *core)
{
#define X(name, word, doc) word,
    static const char *const frames[] = {TT_MESSAGES_FRAMES(X)};
    static const char *const ends[] = {TT_PAIRS_ENDS(X)};
#undef X
    const struct tt_upstream_counts *counts = &core->upstream_counts;
    uint64_t frames_n[TT_MESSAGES_FRAMES_N], ends_n[TT_PAIRS_ENDS_N];

    if (core->upstream == NULL)
        return;
    for (unsigned i = 0; i < TT_MESSAGES_FRAMES_N; i++)
        frames_n[i] = __atomic_load_n(&counts->messages.frames[i], __ATOMIC_RELAXED);
    for (unsigned i = 0; i < TT_PAIRS_ENDS_N; i++)
        ends_n[i] = __atomic_load_n(&counts->messages.ends[i], __ATOMIC_RELAXED);
    open_in(out, "upstream", '{');
    put_text(out, "path", core->upstream_path);
    put_number(out, "connections", __atomic_load_n(&counts->connections, __ATOMIC_RELAXED));
    put_counts(out, "frames", frames, frames_n, TT_MESSAGES_FRAMES_N);
    put_counts(out, "exchanges", ends, ends_n, TT_PAIRS_ENDS_N);
    close_in(out, '}');
}

void tt_core_status(struct tt_core *core, struct tt_buf *buf)
{
    struct out out = {buf, false};
    char config_path[TT_CONFIG_PATH_MAX];

    copy_config_path(core, config_path);
    open_in(&out, NULL, '{');
    pthread_mutex_lock(&core->scrape_lock);
    if (core->setup != NULL) {
        put_life(&out, core, config_path);
        open_in(&out, "data", '[');
        if (core->loader != NULL)
            tt_loader_visit(core->loader, put_file, &out);
        close_in(&out, ']');
        put_observed(&out, core);
        open_in(&out, "sinks", '[');
        for (unsigned i = 0; i < core->setup->sinks_n; i++)
            put_sink(&out, core->setup->sinks[i]);
        close_in(&out, ']');
        put_tap(&out, core->tap);
        put_upstream(&out, core);
    }
    pthread_mutex_unlock(&core->scrape_lock);
    close_in(&out, '}');
    tt_buf_char(buf, '\n');
}
