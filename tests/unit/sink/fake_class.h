/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * A class of sink that exists in tests alone. It does as it is told or as dice say, and checks what the
 * common part promises: a record that was begun comes first, those of a topic come in order, lent memory holds
 * until a fate is told, what may have arrived comes again with a mark, and nothing else does. Records are
 * {"n":NUMBER}, numbers below FAKE_MAX, growing.
 */

#include "sink_test.h"

#include "sink/worker.h"

enum { FAKE_MAX = 200000, FAKE_FLYING_MAX = 700 };

enum fake_mode {
    FAKE_DICE,
    FAKE_TAKE,
    FAKE_FAIL,
    FAKE_FLY,
    FAKE_BLOCK,
    FAKE_HANG,
    FAKE_MAYBE,
    FAKE_SPLIT,
    FAKE_ASK,
    FAKE_ASK_SHORT, /* for a pause that is over at once */
    FAKE_BEGIN, /* fails with the first record */
    FAKE_REST   /* raw is unknown there */
};

static struct fake {
    enum fake_mode mode;                        /* atomic */
    bool is_rotated;                            /* atomic: the next tick fails */
    unsigned puts_n, ticks_n, opens_n, makes_n; /* atomic */
    pthread_mutex_t hang;                       /* FAKE_HANG waits for it */
    unsigned dice;
    /* what it was told of each record */
    uint8_t delivered[FAKE_MAX], maybe[FAKE_MAX]; /* maybe 2: a mark is as good as none */
    uint8_t topics[FAKE_MAX];
    unsigned order[FAKE_MAX], order_n; /* in which they were delivered */
    bool has_begun;
    unsigned begun; /* comes next */
    struct {
        struct tt_sink_record record;
        char text[64];
    } flying[FAKE_FLYING_MAX];
    unsigned flying_n;
    struct tt_sink *owner;
    bool is_open;
    unsigned faults_n; /* broken promises, for the test's thread to see */
    char fault[200];
} fake;

static TT_UNUSED void set_mode(enum fake_mode mode)
{
    __atomic_store_n(&fake.mode, mode, __ATOMIC_RELEASE);
}

static TT_UNUSED unsigned count_of(const unsigned *count)
{
    return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

static void fake_fault(const char *text, unsigned number)
{
    if (__atomic_fetch_add(&fake.faults_n, 1, __ATOMIC_ACQ_REL) == 0)
        snprintf(fake.fault, sizeof(fake.fault), "%s (record %u)", text, number);
}

static unsigned fake_dice(unsigned sides)
{
    fake.dice = fake.dice * 1103515245u + 12345u;
    return (fake.dice >> 16) % sides;
}

static int fake_make(const struct tt_conf_sink *conf, const struct tt_sink_place *where,
                     struct tt_sink *owner, void **self)
{
    (void)where;
    fake.owner = owner;
    __atomic_fetch_add(&fake.makes_n, 1, __ATOMIC_ACQ_REL);
    *self = strdup(conf->url != NULL ? conf->url : "");
    return *self != NULL ? TT_OK : TT_ENOMEM;
}

static int fake_open(void *self, struct tt_buf *why)
{
    (void)self;
    (void)why;
    fake.is_open = true;
    __atomic_fetch_add(&fake.opens_n, 1, __ATOMIC_ACQ_REL);
    return TT_OK;
}

static unsigned fake_check(const struct tt_sink_record *record)
{
    unsigned number = FAKE_MAX;
    char text[64];
    bool is_marked;

    snprintf(text, sizeof(text), "%.*s", (int)record->len, record->data);
    if (sscanf(text, "{\"n\":%u", &number) != 1 || number >= FAKE_MAX) {
        fake_fault("not what was put", 0);
        return 0;
    }
    is_marked = strstr(text, "\"dup\":\"maybe\"") != NULL;
    if ((fake.maybe[number] != 2 && is_marked != (fake.maybe[number] != 0)) ||
        is_marked != ((record->flags & TT_RECORD_AGAIN) != 0))
        fake_fault(is_marked ? "marked, but never sent" : "sent before, but not marked", number);
    if (record->fate != TT_FATE_WAITING || record->refused_n != 0)
        fake_fault("not WAITING", number);
    if (record->key_len != 3 || memcmp(record->key, "key", 3) != 0 || record->time_us != number ||
        record->id[15] != (uint8_t)number || record->id[0] != 1)
        fake_fault("another key, time or id", number);
    if (fake.delivered[number] != 0)
        fake_fault("comes again although it was delivered", number);
    fake.topics[number] = record->topic;
    return number;
}

static void fake_settle(unsigned number, enum tt_fate fate)
{
    if (fate == TT_FATE_DELIVERED || fate == TT_FATE_REFUSED || fate == TT_FATE_TOO_LARGE) {
        fake.delivered[number] = (uint8_t)fate;
        fake.order[fake.order_n++] = number;
    } else if (fate == TT_FATE_MAYBE) {
        fake.maybe[number] = 1;
    }
}

static void fake_fly(const struct tt_sink_record *record)
{
    fake.flying[fake.flying_n].record = *record;
    snprintf(fake.flying[fake.flying_n].text, sizeof(fake.flying[0].text), "%.*s", (int)record->len,
             record->data);
    if (fake.flying_n + 1 < FAKE_FLYING_MAX)
        fake.flying_n++;
    else
        fake_fault("more than flying_max", 0);
}

static enum tt_fate fake_final(void)
{
    static const enum tt_fate fates[] = {TT_FATE_DELIVERED, TT_FATE_DELIVERED, TT_FATE_DELIVERED,
                                         TT_FATE_DELIVERED, TT_FATE_AGAIN,     TT_FATE_MAYBE,
                                         TT_FATE_REFUSED,   TT_FATE_TOO_LARGE};

    return fates[fake_dice(TT_COUNT(fates))];
}

static enum tt_fate fake_fate(enum fake_mode mode, bool may_fly)
{
    switch (mode) {
    case FAKE_TAKE:
        return TT_FATE_DELIVERED;
    case FAKE_FLY:
        return TT_FATE_FLYING;
    case FAKE_MAYBE:
    case FAKE_BLOCK:
    case FAKE_HANG:
        return TT_FATE_MAYBE;
    case FAKE_FAIL:
    case FAKE_ASK:
    case FAKE_ASK_SHORT:
    case FAKE_BEGIN:
        return TT_FATE_WAITING;
    default:
        break;
    }
    if (fake_dice(8) == 0)
        return TT_FATE_WAITING;
    return may_fly && fake_dice(2) == 0 ? TT_FATE_FLYING : fake_final();
}

static void fake_wait(enum fake_mode mode)
{
    while (mode == FAKE_BLOCK && tt_sink_tend(fake.owner) == UINT64_MAX)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    if (mode == FAKE_HANG) {
        pthread_mutex_lock(&fake.hang);
        pthread_mutex_unlock(&fake.hang);
    }
}

static void fake_check_order(const struct tt_sink_record *records, const unsigned *numbers, unsigned n)
{
    unsigned last[TT_TOPICS_N] = {0};

    if (fake.has_begun && numbers[0] != fake.begun)
        fake_fault("begun, and not in front", fake.begun);
    for (unsigned i = fake.has_begun ? 1 : 0; i < n; i++) {
        if (numbers[i] < last[records[i].topic])
            fake_fault("behind a newer one of its topic", numbers[i]);
        last[records[i].topic] = numbers[i];
    }
}

static int fake_put_as(struct tt_sink_record *records, unsigned n, struct tt_buf *why, bool may_fly)
{
    enum fake_mode mode = __atomic_load_n(&fake.mode, __ATOMIC_ACQUIRE);
    unsigned numbers[TT_SINK_BATCH_MAX] = {0};

    for (unsigned i = 0; i < n; i++)
        numbers[i] = fake_check(&records[i]);
    fake_check_order(records, numbers, n);
    fake.has_begun = false;
    __atomic_fetch_add(&fake.puts_n, 1, __ATOMIC_ACQ_REL);
    fake_wait(mode);
    for (unsigned i = 0; i < n; i++) {
        records[i].fate = (uint8_t)fake_fate(mode, may_fly && fake.flying_n + 1 < FAKE_FLYING_MAX);
        if (mode == FAKE_SPLIT) {
            records[i].fate = TT_FATE_DELIVERED;
            records[i].refused_n = 2;
        }
        if (mode == FAKE_REST)
            records[i].fate = records[i].topic == TT_TOPIC_RAW ? TT_FATE_AGAIN : TT_FATE_DELIVERED;
        if (records[i].fate == TT_FATE_WAITING && !fake.has_begun &&
            (mode == FAKE_BEGIN || (mode == FAKE_DICE && fake_dice(20) == 0))) {
            records[i].fate = TT_FATE_BEGUN;
            fake.has_begun = true;
            fake.begun = numbers[i];
        }
        if (records[i].fate == TT_FATE_FLYING)
            fake_fly(&records[i]);
        else
            fake_settle(numbers[i], (enum tt_fate)records[i].fate);
    }
    if (mode == FAKE_ASK)
        tt_sink_wait_for(fake.owner, 3600 * SECOND_NS);
    if (mode == FAKE_ASK_SHORT)
        tt_sink_wait_for(fake.owner, SECOND_NS / 1000);
    if (mode == FAKE_REST)
        tt_sink_rest_topic(fake.owner, TT_TOPIC_RAW, 3600 * SECOND_NS);
    if (mode != FAKE_FAIL && mode != FAKE_ASK && mode != FAKE_ASK_SHORT && mode != FAKE_MAYBE &&
        mode != FAKE_BEGIN && (mode != FAKE_DICE || fake_dice(40) != 0))
        return TT_OK;
    if (mode == FAKE_DICE)
        tt_sink_wait_for(fake.owner, SECOND_NS / 1000);
    tt_buf_format(why, mode == FAKE_DICE ? "the dice fell badly" : "nobody\033 is there");
    return mode == FAKE_DICE ? TT_ECLOSED : TT_EAGAIN;
}

static int fake_put_sync(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    (void)self;
    return fake_put_as(records, n, why, false);
}

static int fake_put_async(void *self, struct tt_sink_record *records, unsigned n, struct tt_buf *why)
{
    (void)self;
    return fake_put_as(records, n, why, true);
}

/* What was lent is still as it was; a BRIEF record is not looked at. */
static void fake_check_lent(unsigned i)
{
    const struct tt_sink_record *record = &fake.flying[i].record;

    if ((record->flags & TT_RECORD_BRIEF) == 0 && memcmp(record->data, fake.flying[i].text, record->len) != 0)
        fake_fault("lent memory was changed", (unsigned)record->time_us);
}

/* While it is open some results at a time, then all of them; a token that nobody gave is in between. */
static unsigned fake_reap(void *self, struct tt_sink_result *results, unsigned max, struct tt_buf *why)
{
    enum fake_mode mode = __atomic_load_n(&fake.mode, __ATOMIC_ACQUIRE);
    unsigned n = 0;

    (void)self;
    (void)why;
    if (fake.is_open && mode == FAKE_FLY)
        return 0;
    while (fake.flying_n > 0 && n + 2 < max && (!fake.is_open || mode != FAKE_DICE || fake_dice(5) != 0)) {
        unsigned at = fake_dice(fake.flying_n), number = (unsigned)fake.flying[at].record.time_us;
        enum tt_fate fate = fake.is_open ? (mode == FAKE_TAKE ? TT_FATE_DELIVERED : fake_final())
                                         : (fake_dice(2) == 0 ? TT_FATE_AGAIN : TT_FATE_MAYBE);
        fake_check_lent(at);
        results[n++] = (struct tt_sink_result){fake.flying[at].record.token, (uint8_t)fate};
        if (fake_dice(20) == 0)
            results[n++] = (struct tt_sink_result){fake_dice(2) ? results[n - 2].token : fake_dice(1200),
                                                   TT_FATE_DELIVERED};
        fake_settle(number, fate);
        fake.flying[at] = fake.flying[--fake.flying_n];
    }
    return n;
}

static int fake_tick(void *self, struct tt_buf *why)
{
    (void)self;
    __atomic_fetch_add(&fake.ticks_n, 1, __ATOMIC_ACQ_REL);
    if (!__atomic_exchange_n(&fake.is_rotated, false, __ATOMIC_ACQ_REL))
        return TT_OK;
    tt_buf_format(why, "a secret has changed");
    return TT_ECLOSED;
}

static int fake_flush(void *self, uint64_t deadline_ns)
{
    (void)self;
    (void)deadline_ns;
    return TT_OK;
}

/* Closing forgets what was begun. */
static void fake_close(void *self)
{
    (void)self;
    fake.is_open = false;
    fake.has_begun = false;
}

static const struct tt_sink_class fake_sync = {
    .type = "fake",
    .make = fake_make,
    .open = fake_open,
    .put = fake_put_sync,
    .tick = fake_tick,
    .flush = fake_flush,
    .close = fake_close,
    .destroy = free,
};

static const struct tt_sink_class fake_async = {
    .type = "fake",
    .flying_max = FAKE_FLYING_MAX - 1,
    .make = fake_make,
    .open = fake_open,
    .put = fake_put_async,
    .reap = fake_reap,
    .tick = fake_tick,
    .flush = fake_flush,
    .close = fake_close,
    .destroy = free,
};

static TT_UNUSED struct tt_sink *new_fake(const struct tt_sink_class *sink_class,
                                          const struct tt_conf_sink *conf)
{
    struct tt_sink_place all = place();
    struct tt_sink *sink;

    assert_int_equal(tt_sink_new_of(sink_class, conf, &all, &sink), TT_OK);
    return sink;
}

static TT_UNUSED void put_numbered(struct tt_sink *sink, enum tt_topic topic, unsigned number, unsigned units)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "{\"n\":%u}", number);
    struct tt_record record = {.data = text,
                               .len = (size_t)len,
                               .key = "key",
                               .key_len = 3,
                               .topic = (uint8_t)topic,
                               .units = (uint16_t)units,
                               .time_us = number,
                               .random = UINT64_C(1) << 56,
                               .sequence = number};

    tt_sink_put(sink, &record);
}

static TT_UNUSED struct tt_conf_sink fake_conf(void)
{
    struct tt_conf_sink conf = file_conf(NULL);

    conf.topics |= 1u << TT_TOPIC_ALERTS;
    conf.url = (char *)(uintptr_t) "one";
    memset(&fake, 0, sizeof(fake));
    pthread_mutex_init(&fake.hang, NULL);
    return conf;
}

static TT_UNUSED void check_promises(void)
{
    if (__atomic_load_n(&fake.faults_n, __ATOMIC_ACQUIRE) > 0)
        fail_msg("%u broken promises, the first: %s", fake.faults_n, fake.fault);
}
