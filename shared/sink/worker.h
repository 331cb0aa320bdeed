/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The inside of a sink: what the pipeline and scrapes call (sink.c its life, sink_put.c records), and the
 * sink's own thread (worker.c opens, ticks and tries again; worker_deliver.c puts batches; worker_flight.c
 * knows what the class holds; worker_spool.c writes ahead).
 *
 * Writers: the pipeline puts, the worker settles; both change queue and books together under lock, so the
 * equation of sink.h holds for each topic at every moment. The lock is never held over I/O or a log line; the
 * pipeline holds it for one copy.
 * A record is in the queue until it is settled, or until the spool has it; from then on the spool owns it.
 */

#include "base/log.h"
#include "base/thread.h"
#include "sink/class.h"
#include "sink/queue.h"
#include "sink/sink.h"
#include "sink/spool.h"

/* One batch: few enough that a deadline is met, many enough that a system call is shared. */
enum { TT_SINK_BATCH_MAX = 512, TT_SINK_BATCH_BYTES = 1 << 20 };

/* A record that the class has, or is shown, or has begun. Its token: turn, then place. */
struct tt_flight {
    uint64_t origin; /* struct tt_queue_entry, or the spool's token */
    uint32_t turn;   /* told apart from those that had this place before; never 0 */
    uint32_t next_free;
    uint16_t units;
    uint8_t topic;
    uint8_t state; /* enum tt_flight_state */
    bool is_spooled;
};

enum tt_flight_state { TT_FLIGHT_FREE, TT_FLIGHT_SHOWN, TT_FLIGHT_FLYING };

/* What a configuration says about the spool, with its path expanded. */
struct tt_sink_spool_plan {
    bool is_on;
    unsigned topics;
    uint64_t size;
    char dir[TT_CONF_PATH_MAX + 1];
};

/* What a changed configuration brings; the worker takes it. */
struct tt_sink_next {
    void *self;
    struct tt_sink_spool_plan plan;
};

struct tt_sink {
    /* fixed after tt_sink_start */
    const struct tt_sink_class *sink_class;
    pthread_t thread;
    bool has_thread, has_waited, has_ended; /* of whoever stops and frees it */
    char *name;
    uint8_t encoding; /* enum tt_encoding */
    uint64_t random;  /* of the spool's segments */

    /* of the thread that changes it, but for topics, which are read under lock */
    uint64_t place_digest;    /* of the names in its labels */
    struct tt_conf_sink conf; /* a copy; filters, privacy and all else that is decided before: nothing */

    /* atomic */
    uint64_t must_end_ns; /* UINT64_MAX: nobody waits */

    /* under lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t room; /* something left the queue, or nothing will */
    unsigned room_waiters_n;
    struct tt_queue queue;
    struct tt_sink_books books[TT_TOPICS_N];
    uint64_t last_success_us;
    uint64_t down_since_us; /* 0: it is up */
    char down_why[256];     /* what failed last while it was not up */
    uint64_t spool_bytes;
    enum tt_sink_drop stop_reason;
    bool is_lost; /* somebody else owns it: nothing is queued */
    bool is_stopping;
    bool has_last_words; /* records are taken although it is stopping */
    bool is_paused;
    unsigned wants;            /* bit mask: the worker sleeps, and records of these topics are work for it */
    uint64_t wakes_ns;         /* while it sleeps: when it looks for results; 0: it waits for none */
    struct tt_sink_next *next; /* NULL: nothing changed */

    /* the worker's own */
    void *self;
    bool is_open;
    bool is_failing;      /* since the last record that was taken something failed */
    bool has_failed;      /* a line about it was logged */
    uint64_t next_try_ns; /* to open, or to write */
    uint64_t next_tick_ns;
    uint64_t next_trim_ns;
    uint64_t open_pace_ns, put_pace_ns;
    uint64_t asked_pause_ns;              /* by the receiver; 0: none */
    bool is_asked;                        /* next_try_ns is what it asked for */
    uint64_t rests_until_ns[TT_TOPICS_N]; /* tt_sink_rest_topic */
    uint64_t busy_since_ns;               /* 0: nobody else owns it */
    struct tt_log_limit limit, spool_limit;
    char why[TT_SINK_WHY_MAX]; /* the last reason logged */
    char warning[TT_SINK_WHY_MAX];

    struct tt_flight *flights; /* flights_max of them */
    uint32_t flights_max, free_flight;
    unsigned flying_n;
    struct tt_sink_record *batch; /* TT_SINK_BATCH_MAX; the first begun_n were left BEGUN */
    char **copies;                /* of marked records in the batch */
    unsigned begun_n;

    struct tt_sink_spool_plan plan;
    struct tt_spool *spool; /* NULL: none, or it cannot be opened just now */
    bool has_spool_failed;
    bool is_spool_dirty; /* something was written since the last sync */
    unsigned spool_unsent; /* bit mask: topics with something to send on disk */
    uint64_t next_spool_try_ns, next_sync_ns, next_tend_ns;
    uint64_t spool_pace_ns;
    char spool_why[TT_SINK_WHY_MAX];
};

/* As tt_sink_new, of a class that need not be listed (tests). */
int tt_sink_new_of(const struct tt_sink_class *sink_class, const struct tt_conf_sink *conf,
                   const struct tt_sink_place *place, struct tt_sink **sink);

/* What a configuration says of the spool. Fails: TT_ELIMIT (the path is too long). */
int tt_sink_spool_plan_make(const struct tt_conf_sink *conf, const struct tt_sink_place *place,
                            struct tt_sink_spool_plan *plan);

/* The thread: opens, writes, ticks, tries again; ends after the last flush. */
void *tt_sink_work(void *sink);

/* How often the class is asked for results while records are FLYING. */
#define TT_SINK_REAP_NS UINT64_C(20000000)

/* Tells a producer that waits to look again. The lock is held. */
void tt_sink_tell_room(struct tt_sink *sink);

/* Counts everything that waits in the queue as dropped, or as uncertain what may have arrived. The lock is
 * held. */
void tt_sink_drop_queued(struct tt_sink *sink, enum tt_sink_drop reason);

/* Of the pause after a failure: doubled each time, up to this. */
#define TT_SINK_PACE_MIN_NS UINT64_C(1000000000)
#define TT_SINK_PACE_MAX_NS (30 * TT_SINK_PACE_MIN_NS)

/* All below: the sink's thread, without the lock unless it is said. */

void tt_sink_set_up(struct tt_sink *sink, bool is_up);

/* One line for each new reason; the same one again says nothing. */
void tt_sink_say_failure(struct tt_sink *sink, struct tt_buf *why, const char *then);
void tt_sink_say_warning(struct tt_sink *sink, struct tt_buf *why);
void tt_sink_say_recovery(struct tt_sink *sink);

/* The next put not before the pause that the receiver asked for, or the next longer one of ours. */
void tt_sink_back_off(struct tt_sink *sink);

/* The receiver answers. */
void tt_sink_note_answer(struct tt_sink *sink);

/* worker_deliver.c: one batch to the class. Returns what put said; TT_ECLOSED: it has to be closed. */
int tt_sink_deliver(struct tt_sink *sink);

/* True when there is something to put and room for it. The lock is held. */
bool tt_sink_can_deliver(const struct tt_sink *sink);

/* Topics that nothing is put of just now (tt_sink_rest_topic); bit mask. When the first of them that has
 * something to put may go on; UINT64_MAX: there is none. The lock is held for the latter. */
unsigned tt_sink_resting_topics(const struct tt_sink *sink);
uint64_t tt_sink_rest_ends(const struct tt_sink *sink);

/* What a record in the queue looks like to a class or spool; a marked copy is put into *copy, which is the
 * caller's to free. False: no memory for one. */
bool tt_sink_show(const struct tt_sink *sink, const struct tt_queue_entry *entry,
                  struct tt_sink_record *record, char **copy);

/* What became of some records. */
struct tt_flight_tally {
    unsigned delivered_n, answered_n; /* the latter: delivered, refused or too large */
    unsigned back_n;                  /* they come again */
    unsigned waiting_n, flying_n;
};

/* worker_flight.c: a place for a record; there is one as long as flying_n + the batch allow. */
struct tt_flight *tt_flight_claim(struct tt_sink *sink, uint64_t *token);

/* Settles a batch of all_n by its fates: the books, the queue, the spool; only the first n were shown. What was
 * not taken goes back to its place, so that it never stands before what is more important; what was begun is moved
 * to the front of the batch. */
void tt_flight_land(struct tt_sink *sink, unsigned n, unsigned all_n, struct tt_flight_tally *tally);

/* Asks the class for results until it has none just now. */
void tt_flight_reap(struct tt_sink *sink);

/* After the class was closed: nothing is held by it any more. */
void tt_flight_end(struct tt_sink *sink);

/* worker_spool.c: opens the spool, writes ahead what waits, syncs; each when it is due. */
void tt_sink_spool_step(struct tt_sink *sink, uint64_t now);

/* Topics that go through the spool just now; bit mask. */
unsigned tt_sink_spooled_topics(const struct tt_sink *sink);

/* At most max records of it, of these topics (bit mask), into the batch, behind n; returns their number. */
unsigned tt_sink_spool_gather(struct tt_sink *sink, unsigned topics, unsigned n, unsigned max);

/* What became of a record that it gave. */
void tt_sink_spool_settle(struct tt_sink *sink, const struct tt_flight *flight, enum tt_fate fate);

/* When tt_sink_spool_step is due again; UINT64_MAX: not by itself. */
uint64_t tt_sink_spool_due(const struct tt_sink *sink);

/* Its files stay, and what is in them. Nothing of it is with the class any more. */
void tt_sink_spool_close(struct tt_sink *sink);

/* Takes another plan; the spool is opened anew where that needs it. Nothing is held by the class. */
void tt_sink_spool_take_plan(struct tt_sink *sink, const struct tt_sink_spool_plan *plan);
