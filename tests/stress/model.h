/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A modelled memory for two threads that run the ring's own source, and the search through all that
 * can happen on it. Included by ring_model.c alone, which says what the threads do.
 *
 * Memory     Views, the operational form of release and acquire (RC11 without load buffering). Each
 *            atomic word has a history of messages. A load may return any message not older than the
 *            thread's view of that word. A release store's message carries the storing thread's view and
 *            vector clock, a relaxed store's does not; an acquire load joins what the message carries.
 * Bytes      Plain memory, with the clocks of the last write and the last read by each thread of each
 *            8 bytes. Two accesses of which one writes and neither happens before the other are a race:
 *            a fault. Threads are switched at atomic accesses only: a race shows in its clocks whichever
 *            side came first, and without races the order of plain accesses in between is not visible.
 * Search     Depth first, by running again with a prefix of choices. A state met before (what each
 *            thread has read so far, all messages, all clocks; by a 64-bit hash) is not entered again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "base/compat.h"

/* The modelled memory takes the place of the four words of ring/order.h. */
#define TT_RING_MODEL
#define TT_RING_LOAD(site, from) model_load(SITE_##site, from)
#define TT_RING_STORE(site, to, value) model_store(SITE_##site, to, value)
#define TT_RING_READ(from) (model_bytes(from, sizeof(*(from)), false), *(from))
#define TT_RING_WRITE(to, value) (model_bytes(to, sizeof(*(to)), true), (void)(*(to) = (value)))

#define R(site, order, reason) SITE_##site,
enum site {
#include "ring/orders.def"
    SITES_N
};
#undef R

#define R(site, order, reason) {#site, #order, __ATOMIC_##order},
static const struct {
    const char *name, *order_name;
    int order;
} sites[] = {
#include "ring/orders.def"
};
#undef R

enum { THREADS_N = 2, WORDS_N = 2, MESSAGES_MAX = 32, BYTES_MAX = 128, CHOICES_MAX = 256, STACK = 64 << 10 };

struct view {
    uint32_t clock[THREADS_N];
    uint8_t seen[WORDS_N]; /* oldest message of the word that may still be read */
};

struct message {
    uint64_t value;
    struct view view;
};

struct cell { /* 8 bytes of the ring */
    uint32_t written[THREADS_N], read[THREADS_N]; /* clock of the last access, 0: none */
};

/* All that the future depends on, but for the threads' own state, which `trace` stands for: what a
 * thread does is a function of the values that it has read. */
struct state {
    struct view views[THREADS_N];
    struct message messages[WORDS_N][MESSAGES_MAX];
    uint32_t messages_n[WORDS_N];
    struct cell cells[BYTES_MAX / 8];
    uint64_t trace[THREADS_N];
    uint64_t is_done[THREADS_N];
};

static struct {
    struct state state;
    unsigned running; /* a thread; both are about to access a word whenever states are compared */
    bool is_joined; /* one thread is left, which has seen all */
    const uint64_t *words[WORDS_N];
    const char *bytes;
    size_t bytes_n;
    void (*bodies[THREADS_N])(void);
    void (*reset)(void), (*finish)(void); /* before they start; when both are done */
    int weak_site; /* its order is relaxed; -1: none */
    const char *fault;
    ucontext_t home, threads[THREADS_N];
    uint8_t choice[CHOICES_MAX], choices[CHOICES_MAX];
    unsigned depth, known_depth;
    uint64_t *visited;
    size_t visited_n, visited_cap;
    unsigned long runs_n;
} model;

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static uint64_t hash_state(void)
{
    uint64_t words[sizeof(struct state) / 8], hash = 1;

    TT_STATIC_ASSERT(sizeof(struct state) % 8 == 0, "hashed by words");
    memcpy(words, &model.state, sizeof(words));
    for (size_t i = 0; i < TT_COUNT(words); i++)
        hash = words[i] != 0 ? mix(hash, mix(words[i], i)) : hash;
    return hash | 1;
}

/* Adds to the set of states; false when it was there. */
static bool add_visited(uint64_t *set, size_t cap, uint64_t hash)
{
    size_t at = hash & (cap - 1);

    for (; set[at] != 0; at = (at + 1) & (cap - 1))
        if (set[at] == hash)
            return false;
    set[at] = hash;
    return true;
}

static bool visit(uint64_t hash)
{
    if (model.visited_n * 2 >= model.visited_cap) {
        size_t cap = TT_MAX(model.visited_cap * 2, (size_t)1 << 16);
        uint64_t *set = calloc(cap, sizeof(uint64_t));
        if (set == NULL)
            exit(2);
        for (size_t i = 0; i < model.visited_cap; i++)
            if (model.visited[i] != 0)
                add_visited(set, cap, model.visited[i]);
        free(model.visited);
        model.visited = set;
        model.visited_cap = cap;
    }
    if (!add_visited(model.visited, model.visited_cap, hash))
        return false;
    model.visited_n++;
    return true;
}

/* Ends this run from inside a thread; its stack is thrown away. */
static void leave(const char *fault)
{
    model.fault = fault;
    setcontext(&model.home);
}

static unsigned choose(unsigned n)
{
    unsigned at = model.depth++;

    if (at >= CHOICES_MAX)
        exit(2);
    if (at >= model.known_depth) {
        model.choice[at] = 0;
        model.choices[at] = (uint8_t)n;
        model.known_depth = at + 1;
    }
    return model.choice[at];
}

/* Before each atomic access any thread may be the next. */
static void reschedule(void)
{
    unsigned me = model.running, other = 1 - me;

    if (model.is_joined)
        return;
    if (model.depth >= model.known_depth && !visit(hash_state()))
        leave(NULL);
    if (model.state.is_done[other] || choose(2) == 0)
        return;
    model.running = other;
    swapcontext(&model.threads[me], &model.threads[other]);
}

static int order_of(enum site site)
{
    return (int)site == model.weak_site ? __ATOMIC_RELAXED : sites[site].order;
}

static unsigned word_of(const uint64_t *at)
{
    unsigned word = 0;

    while (word < WORDS_N && model.words[word] != at)
        word++;
    if (word == WORDS_N)
        leave("an atomic access to a word that is none");
    return word;
}

static void join(struct view *view, const struct view *other)
{
    for (unsigned i = 0; i < THREADS_N; i++)
        view->clock[i] = TT_MAX(view->clock[i], other->clock[i]);
    for (unsigned i = 0; i < WORDS_N; i++)
        view->seen[i] = TT_MAX(view->seen[i], other->seen[i]);
}

static uint64_t model_load(enum site site, const uint64_t *from)
{
    struct state *state = &model.state;
    unsigned word = word_of(from), oldest, newest, at;
    struct view *view;

    reschedule();
    view = &state->views[model.running];
    oldest = view->seen[word];
    newest = state->messages_n[word] - 1;
    at = newest - (newest > oldest ? choose(newest - oldest + 1) : 0);
    view->seen[word] = (uint8_t)at;
    if (order_of(site) == __ATOMIC_ACQUIRE)
        join(view, &state->messages[word][at].view);
    state->trace[model.running] = mix(state->trace[model.running], state->messages[word][at].value + 1);
    return state->messages[word][at].value;
}

static void model_store(enum site site, uint64_t *to, uint64_t value)
{
    struct state *state = &model.state;
    unsigned word = word_of(to);
    struct message *message;
    struct view *view;

    reschedule();
    view = &state->views[model.running];
    if (state->messages_n[word] == MESSAGES_MAX)
        exit(2);
    view->seen[word] = (uint8_t)state->messages_n[word];
    message = &state->messages[word][state->messages_n[word]++];
    message->value = value;
    if (order_of(site) == __ATOMIC_RELEASE)
        message->view = *view;
    else
        message->view.seen[word] = view->seen[word];
    view->clock[model.running]++;
    state->trace[model.running] = mix(state->trace[model.running], 7);
}

static void model_bytes(const void *at, size_t len, bool is_write)
{
    size_t from = (size_t)((const char *)at - model.bytes);
    unsigned me = model.running, other = 1 - me;
    const struct view *view = &model.state.views[me];

    if (from + len > model.bytes_n)
        leave("access outside the ring");
    for (size_t i = from / 8; i < (from + len + 7) / 8; i++) {
        struct cell *cell = &model.state.cells[i];
        if (cell->written[other] > view->clock[other])
            leave("race: bytes written by the other side, not handed over");
        if (is_write && cell->read[other] > view->clock[other])
            leave("race: bytes still read by the other side");
        *(is_write ? &cell->written[me] : &cell->read[me]) = view->clock[me];
    }
}

/* From here on this thread has seen all that the other one did. */
static void go_on_as(unsigned thread)
{
    struct state *state = &model.state;

    model.running = thread;
    join(&state->views[thread], &state->views[1 - thread]);
    for (unsigned i = 0; i < WORDS_N; i++)
        state->views[thread].seen[i] = (uint8_t)(state->messages_n[i] - 1);
}

/* A thread from its start to its end, where the other one runs on alone, or both are done. */
static void run_thread(void)
{
    unsigned me = model.running;

    model.state.trace[me] = 1;
    model.bodies[me]();
    model.state.is_done[me] = 1;
    model.running = 1 - me;
    if (!model.state.is_done[1 - me])
        setcontext(&model.threads[1 - me]);
    model.is_joined = true;
    model.finish();
    leave(NULL);
}

static void prepare_run(void)
{
    static char stacks[THREADS_N][STACK];

    memset(&model.state, 0, sizeof(model.state));
    model.fault = NULL;
    model.is_joined = false;
    model.depth = model.running = 0;
    for (unsigned i = 0; i < WORDS_N; i++)
        model.state.messages_n[i] = 1;
    for (unsigned i = 0; i < THREADS_N; i++) {
        model.state.views[i].clock[i] = 1;
        getcontext(&model.threads[i]);
        model.threads[i].uc_stack.ss_sp = stacks[i];
        model.threads[i].uc_stack.ss_size = STACK;
        makecontext(&model.threads[i], run_thread, 0);
    }
}

/* The next prefix of choices in depth-first order; false when all are done. */
static bool backtrack(void)
{
    while (model.known_depth > 0) {
        unsigned last = model.known_depth - 1;
        if (++model.choice[last] < model.choices[last])
            return true;
        model.known_depth = last;
    }
    return false;
}

/* Runs both threads in every way from where model.reset puts them. Returns the first fault, or NULL. */
static const char *model_explore(int weak_site)
{
    model.weak_site = weak_site;
    model.known_depth = 0;
    model.visited_n = 0;
    if (model.visited != NULL)
        memset(model.visited, 0, model.visited_cap * sizeof(uint64_t));
    do {
        volatile bool is_back = false;
        prepare_run();
        model.reset();
        model.runs_n++;
        getcontext(&model.home);
        if (!is_back) {
            is_back = true;
            setcontext(&model.threads[0]);
        }
    } while (model.fault == NULL && backtrack());
    return model.fault;
}
