/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "sent.h"

#include <netinet/in.h>

enum {
    NAME_MAX_LEN = 255,
    NAMES_MAX = 2, /* in one RDATA */
    LABEL_MAX = 63,
    POINTER = 0xc0,
    QUESTION_FIXED_LEN = 4,
    RR_FIXED_LEN = 10,
    OPT_LOOK_MAX = 5, /* records of a query among which OPT is looked for */

    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RA = 0x0080,
    FLAG_AD = 0x0020,

    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_SOA = 6,
    TYPE_AAAA = 28,
    TYPE_OPT = 41,
    TYPE_RRSIG = 46,
};

struct image {
    const uint8_t *base;
    size_t cap, at;    /* at: where reading goes on */
    size_t qname_len;  /* of the one question, which stands behind the header; 0: there are several */
};

struct rr {
    size_t owner_at, rdata_at;
    uint32_t ttl;
    uint16_t pointer; /* that stands for the owner's name; 0: the name begins with a label */
    uint16_t type, rr_class, rdata_len;
};

/* Types whose RDATA named compresses: bytes, then names, then the rest (RFC 1035 section 3.3; LP by 9.18). */
struct layout {
    uint8_t type, before_n, names_n;
};

static const struct layout layouts[] = {
    {5 /* CNAME */, 0, 1}, {TYPE_NS, 0, 1},     {TYPE_SOA, 0, 2},   {15 /* MX */, 2, 1},
    {12 /* PTR */, 0, 1},  {14 /* MINFO */, 0, 2}, {3 /* MD */, 0, 1}, {4 /* MF */, 0, 1},
    {7 /* MB */, 0, 1},    {8 /* MG */, 0, 1},     {9 /* MR */, 0, 1}, {107 /* LP */, 2, 1},
};

static inline uint16_t read_u16(const struct image *image, size_t at)
{
    uint16_t value;

    memcpy(&value, image->base + at, sizeof(value));
    return ntohs(value);
}

static inline uint32_t read_u32(const struct image *image, size_t at)
{
    uint32_t value;

    memcpy(&value, image->base + at, sizeof(value));
    return ntohl(value);
}

/* Behind the name at `at`; 0: it does not end within cap. By value, as in the whole of the fast path: what has
 * no address can stay in registers. */
static size_t after_name(const uint8_t *base, size_t cap, size_t at)
{
    while (at < cap && base[at] != 0 && base[at] <= LABEL_MAX)
        at += (size_t)base[at] + 1;
    if (at >= cap || (base[at] > LABEL_MAX && base[at] < POINTER))
        return 0;
    at += base[at] == 0 ? 1 : 2;
    return at <= cap ? at : 0;
}

/* Behind the questions; 0: they do not end within cap. */
static size_t after_questions(const uint8_t *base, size_t cap, unsigned n)
{
    size_t at = TT_SENT_HEADER_LEN;

    for (; n > 0; n--) {
        at = after_name(base, cap, at);
        if (at == 0 || cap - at < QUESTION_FIXED_LEN)
            return 0;
        at += QUESTION_FIXED_LEN;
    }
    return at;
}

/* The question is the one of qname_len bytes that named has parsed. */
static inline bool skip_question(struct image *image, size_t qname_len)
{
    size_t end = TT_SENT_HEADER_LEN + qname_len;

    image->qname_len = 0;
    if (TT_UNLIKELY(qname_len == 0 || image->cap < end + QUESTION_FIXED_LEN || read_u16(image, 4) != 1 ||
                    image->base[end - 1] != 0)) {
        image->at = after_questions(image->base, image->cap, read_u16(image, 4));
        return image->at != 0;
    }
    image->qname_len = qname_len;
    image->at = end + QUESTION_FIXED_LEN;
    return true;
}

static inline bool read_rr(struct image *image, struct rr *rr)
{
    size_t at = image->at;

    rr->owner_at = at;
    rr->pointer = 0;
    if (TT_LIKELY(image->cap - at > 2 && image->base[at] >= POINTER)) {
        rr->pointer = read_u16(image, at);
        at += 2;
    } else {
        at = after_name(image->base, image->cap, at);
    }
    if (TT_UNLIKELY(at == 0 || image->cap - at < RR_FIXED_LEN))
        return false;
    rr->type = read_u16(image, at);
    rr->rr_class = read_u16(image, at + 2);
    rr->ttl = read_u32(image, at + 4);
    rr->rdata_len = read_u16(image, at + 8);
    rr->rdata_at = at + RR_FIXED_LEN;
    image->at = rr->rdata_at + rr->rdata_len;
    return image->at <= image->cap;
}

/* Copies the name at *at, which then is behind it, and returns its length; 0: there is none. A pointer leads
 * backwards only, and what stands between two of them makes the name longer: it ends. */
static size_t read_name(const struct image *image, size_t *at, uint8_t name[NAME_MAX_LEN])
{
    size_t from = *at, len = 0, behind = 0;

    while (from < image->cap) {
        size_t label = image->base[from];

        if (label >= POINTER) {
            size_t target = from + 2 <= image->cap ? read_u16(image, from) & 0x3fffu : from;

            if (behind == 0)
                behind = from + 2;
            if (target >= from)
                return 0;
            from = target;
            continue;
        }
        if (label > LABEL_MAX || len + label + 1 > NAME_MAX_LEN || from + label + 1 > image->cap)
            return 0;
        memcpy(name + len, image->base + from, label + 1);
        len += label + 1;
        from += label + 1;
        if (label == 0) {
            *at = behind != 0 ? behind : from;
            return len;
        }
    }
    return 0;
}

static const struct layout *layout_of(uint16_t type)
{
    for (size_t i = 0; i < TT_COUNT(layouts); i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return NULL;
}

/* RDATA with its names whole; 0: it cannot be read. */
static size_t expand(const struct image *image, const struct rr *rr, const struct layout *layout, uint8_t *into,
                     size_t cap)
{
    size_t at = rr->rdata_at + layout->before_n, end = rr->rdata_at + rr->rdata_len, len = layout->before_n;

    if (at > end)
        return 0;
    memcpy(into, image->base + rr->rdata_at, layout->before_n);
    for (unsigned n = layout->names_n; n > 0; n--) {
        size_t one = read_name(image, &at, into + len);

        if (one == 0 || at > end)
            return 0;
        len += one;
    }
    if (end - at > cap - len)
        return 0;
    memcpy(into + len, image->base + at, end - at);
    return len + (end - at);
}

/* Any record. is_next: it has the owner of the one that stands in front of it in the tail. */
static __attribute__((noinline)) void put_any(struct tt_obs_writer *writer, enum tt_rr_section section,
                                              struct image image, struct rr rr, bool is_next)
{
    const struct layout *layout = layout_of(rr.type);
    struct tt_tail_rr head = {rr.type, rr.rr_class, rr.ttl, rr.rdata_len, 0, 0};
    uint8_t owner[NAME_MAX_LEN], rdata[NAMES_MAX * NAME_MAX_LEN + 32];
    const uint8_t *bytes = image.base + rr.rdata_at;
    size_t at = rr.owner_at;

    if (!is_next)
        head.owner_len = (uint8_t)read_name(&image, &at, owner);
    if (layout != NULL) {
        head.rdata_len = (uint16_t)expand(&image, &rr, layout, rdata, sizeof(rdata));
        bytes = rdata;
    }
    if ((!is_next && head.owner_len == 0) || (layout != NULL && head.rdata_len == 0))
        writer->obs->flags |= TT_OBS_CUT;
    else
        tt_obs_put_rr(writer, section, &head, owner, bytes);
}

/* Most are an address of what was asked for; copies of a length that is known cost no call. */
static inline void put_rr(struct tt_obs_writer *writer, enum tt_rr_section section, const struct image *image,
                          const struct rr *rr, uint16_t pointer_before)
{
    enum { TO_QNAME = POINTER << 8 | TT_SENT_HEADER_LEN };
    bool is_next = rr->pointer != 0 && rr->pointer == pointer_before;
    bool is_of_question = rr->pointer == TO_QNAME && image->qname_len != 0;
    struct tt_tail_rr head = {rr->type, rr->rr_class, rr->ttl, 4, 0, 0};

    if (TT_UNLIKELY(rr->type != TYPE_A || rr->rdata_len != 4 || !(is_next || is_of_question))) {
        put_any(writer, section, *image, *rr, is_next);
        return;
    }
    if (!is_next)
        head.owner_len = (uint8_t)image->qname_len;
    tt_obs_put_rr(writer, section, &head, image->base + TT_SENT_HEADER_LEN, image->base + rr->rdata_at);
}

static inline bool is_shown(enum tt_rr_section section, uint16_t type, const struct tt_obs *obs)
{
    if (section == TT_RR_ANSWER)
        return type != TYPE_RRSIG;
    return type == TYPE_SOA || (type == TYPE_NS && (obs->flags & TT_OBS_REFERRAL) != 0);
}

/* Of an answer without records its SOA record says how long that holds (RFC 2308 section 3). */
static inline void note_ttl(struct tt_obs *obs, enum tt_rr_section section, const struct rr *rr)
{
    if (section != TT_RR_ANSWER && (obs->answer_count > 0 || rr->type != TYPE_SOA))
        return;
    obs->ttl = (obs->have & TT_HAVE_TTL) != 0 ? TT_MIN(obs->ttl, rr->ttl) : rr->ttl;
    obs->have |= TT_HAVE_TTL;
}

static inline __attribute__((always_inline)) bool walk_section(struct tt_obs_writer *writer,
                                                               enum tt_rr_section section, struct image *image,
                                                               unsigned count, bool want_records)
{
    struct tt_obs *obs = writer->obs;
    uint16_t pointer_before = 0;
    struct rr rr;

    for (; count > 0; count--) {
        if (TT_UNLIKELY(!read_rr(image, &rr)))
            return false;
        if (is_shown(section, rr.type, obs) || obs->query_type == TYPE_RRSIG)
            note_ttl(obs, section, &rr);
        if (!is_shown(section, rr.type, obs) || !want_records || (obs->flags & TT_OBS_CUT) != 0)
            continue;
        put_rr(writer, section, image, &rr, pointer_before);
        pointer_before = rr.pointer;
    }
    return true;
}

/* To the end, and on the way the upper bits of the response code (RFC 6891 section 6.1.3). */
static inline bool walk_additional(struct tt_obs *obs, struct image *image, unsigned count)
{
    struct rr rr;

    for (; count > 0; count--) {
        if (TT_UNLIKELY(!read_rr(image, &rr)))
            return false;
        if (rr.type == TYPE_OPT)
            obs->response_code |= (uint16_t)(rr.ttl >> 24 << 4);
    }
    return true;
}

static inline void fill_header(struct tt_obs *obs, const struct image *image)
{
    unsigned flags = read_u16(image, 2);

    obs->response_code = flags & 0xf;
    obs->answer_count = read_u16(image, 6);
    obs->flags |= (uint16_t)((flags & FLAG_AA ? TT_OBS_AA : 0) | (flags & FLAG_TC ? TT_OBS_TC : 0) |
                             (flags & FLAG_RA ? TT_OBS_RA : 0) | (flags & FLAG_AD ? TT_OBS_AD : 0));
    obs->have |= TT_HAVE_RESPONSE_CODE | TT_HAVE_RESPONSE_FLAGS | TT_HAVE_TC | TT_HAVE_AD | TT_HAVE_ANSWER_COUNT;
}

void tt_sent_fill(struct tt_obs_writer *writer, const uint8_t *bytes, size_t cap, size_t qname_len,
                  bool want_records)
{
    struct image image = {bytes, cap, TT_SENT_HEADER_LEN, 0};
    struct tt_obs *obs = writer->obs;
    bool is_whole;

    fill_header(obs, &image);
    is_whole = skip_question(&image, qname_len) &&
               walk_section(writer, TT_RR_ANSWER, &image, obs->answer_count, want_records) &&
               walk_section(writer, TT_RR_AUTHORITY, &image, read_u16(&image, 8), want_records) &&
               walk_additional(obs, &image, read_u16(&image, 10));
    if (want_records) {
        obs->have |= TT_HAVE_ANSWERS;
        if (!is_whole || (obs->flags & TT_OBS_TC) != 0)
            obs->flags |= TT_OBS_CUT;
    }
    if (is_whole && image.at <= UINT16_MAX) {
        obs->response_size = (uint16_t)image.at;
        obs->have |= TT_HAVE_RESPONSE_SIZE;
    }
}

uint16_t tt_sent_edns_size(const uint8_t *bytes, size_t len, size_t qname_len)
{
    struct image image = {bytes, len, TT_SENT_HEADER_LEN, 0};
    unsigned n;
    struct rr rr;

    if (len < TT_SENT_HEADER_LEN || !skip_question(&image, qname_len))
        return 0;
    n = (unsigned)read_u16(&image, 6) + read_u16(&image, 8) + read_u16(&image, 10);
    for (n = TT_MIN(n, (unsigned)OPT_LOOK_MAX); n > 0 && read_rr(&image, &rr); n--)
        if (rr.type == TYPE_OPT)
            return rr.rr_class;
    return 0;
}
