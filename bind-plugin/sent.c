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

    FLAG_QR = 0x8000,
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

static bool skip_labels(struct image *image)
{
    size_t at = image->at;

    while (at < image->cap && image->base[at] != 0 && image->base[at] <= LABEL_MAX)
        at += (size_t)image->base[at] + 1;
    if (at >= image->cap || (image->base[at] > LABEL_MAX && image->base[at] < POINTER))
        return false;
    image->at = at + (image->base[at] == 0 ? 1 : 2);
    return image->at <= image->cap;
}

static inline bool skip_name(struct image *image)
{
    if (TT_UNLIKELY(image->cap - image->at < 2))
        return skip_labels(image);
    if (TT_LIKELY(image->base[image->at] >= POINTER))
        image->at += 2;
    else if (TT_LIKELY(image->base[image->at] == 0))
        image->at++;
    else
        return skip_labels(image);
    return true;
}

static bool skip_questions(struct image *image)
{
    image->at = TT_SENT_HEADER_LEN;
    for (unsigned n = read_u16(image, 4); n > 0; n--) {
        if (!skip_labels(image) || image->cap - image->at < QUESTION_FIXED_LEN)
            return false;
        image->at += QUESTION_FIXED_LEN;
    }
    return true;
}

/* The question is the one of qname_len bytes that named has parsed. */
static inline bool skip_question(struct image *image, size_t qname_len)
{
    size_t end = TT_SENT_HEADER_LEN + qname_len;

    image->qname_len = 0;
    if (TT_UNLIKELY(qname_len == 0 || image->cap < end + QUESTION_FIXED_LEN || read_u16(image, 4) != 1 ||
                    image->base[end - 1] != 0))
        return skip_questions(image);
    image->qname_len = qname_len;
    image->at = end + QUESTION_FIXED_LEN;
    return true;
}

static inline bool read_rr(struct image *image, struct rr *rr)
{
    size_t at;

    rr->owner_at = image->at;
    if (TT_UNLIKELY(!skip_name(image) || image->cap - image->at < RR_FIXED_LEN))
        return false;
    at = image->at;
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
    if (TT_LIKELY(type == TYPE_A || type == TYPE_AAAA))
        return NULL;
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

/* The rest of an RRset: the compressor points to the same place. */
static bool has_owner_of(const struct image *image, const struct rr *rr, const struct rr *before)
{
    return image->base[rr->owner_at] >= POINTER && read_u16(image, rr->owner_at) == read_u16(image, before->owner_at);
}

/* The owner's name, mostly that of the question; its length, 0: it cannot be read. */
static size_t find_owner(const struct image *image, const struct rr *rr, uint8_t into[NAME_MAX_LEN],
                         const uint8_t **owner)
{
    size_t at = rr->owner_at;

    if (TT_LIKELY(image->qname_len != 0 && read_u16(image, at) == (POINTER << 8 | TT_SENT_HEADER_LEN))) {
        *owner = image->base + TT_SENT_HEADER_LEN;
        return image->qname_len;
    }
    *owner = into;
    return read_name(image, &at, into);
}

/* `before` stands in front of it in the tail; NULL: none does. */
static void put_rr(struct tt_obs_writer *writer, enum tt_rr_section section, const struct image *image,
                   const struct rr *rr, const struct rr *before)
{
    const struct layout *layout = layout_of(rr->type);
    struct tt_tail_rr head = {rr->type, rr->rr_class, rr->ttl, rr->rdata_len, 0, 0};
    uint8_t name[NAME_MAX_LEN], rdata[NAMES_MAX * NAME_MAX_LEN + 32];
    const uint8_t *owner = NULL, *bytes = image->base + rr->rdata_at;
    bool has_new_owner = before == NULL || !has_owner_of(image, rr, before);

    if (has_new_owner)
        head.owner_len = (uint8_t)find_owner(image, rr, name, &owner);
    if (TT_UNLIKELY(layout != NULL)) {
        head.rdata_len = (uint16_t)expand(image, rr, layout, rdata, sizeof(rdata));
        bytes = rdata;
    }
    if (TT_UNLIKELY((has_new_owner && head.owner_len == 0) || (layout != NULL && head.rdata_len == 0)))
        writer->obs->flags |= TT_OBS_CUT;
    else
        tt_obs_put_rr(writer, section, &head, owner, bytes);
}

static bool is_shown(enum tt_rr_section section, uint16_t type, const struct tt_obs *obs)
{
    if (section == TT_RR_ANSWER)
        return type != TYPE_RRSIG;
    return section == TT_RR_AUTHORITY &&
           (type == TYPE_SOA || (type == TYPE_NS && (obs->flags & TT_OBS_REFERRAL) != 0));
}

/* Of an answer without records its SOA record says how long that holds (RFC 2308 section 3). */
static void note_ttl(struct tt_obs *obs, enum tt_rr_section section, const struct rr *rr)
{
    if (section == TT_RR_AUTHORITY && (obs->answer_count > 0 || rr->type != TYPE_SOA))
        return;
    obs->ttl = (obs->have & TT_HAVE_TTL) != 0 ? TT_MIN(obs->ttl, rr->ttl) : rr->ttl;
    obs->have |= TT_HAVE_TTL;
}

static bool walk_section(struct tt_obs_writer *writer, enum tt_rr_section section, struct image *image,
                         bool want_records)
{
    struct tt_obs *obs = writer->obs;
    struct rr rrs[2], *rr = &rrs[0], *before = NULL;

    for (unsigned n = read_u16(image, 6 + 2 * (size_t)section); n > 0; n--) {
        if (TT_UNLIKELY(!read_rr(image, rr)))
            return false;
        if (!is_shown(section, rr->type, obs))
            continue;
        note_ttl(obs, section, rr);
        if (!want_records || (obs->flags & TT_OBS_CUT) != 0)
            continue;
        put_rr(writer, section, image, rr, before);
        before = rr;
        rr = rr == &rrs[0] ? &rrs[1] : &rrs[0];
    }
    return true;
}

/* To the end, and on the way the upper bits of the response code (RFC 6891 section 6.1.3). */
static bool walk_additional(struct tt_obs *obs, struct image *image)
{
    struct rr rr;

    for (unsigned n = read_u16(image, 10); n > 0; n--) {
        if (TT_UNLIKELY(!read_rr(image, &rr)))
            return false;
        if (rr.type == TYPE_OPT)
            obs->response_code |= (uint16_t)(rr.ttl >> 24 << 4);
    }
    return true;
}

static void fill_header(struct tt_obs *obs, const struct image *image)
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
    is_whole = skip_question(&image, qname_len) && walk_section(writer, TT_RR_ANSWER, &image, want_records) &&
               walk_section(writer, TT_RR_AUTHORITY, &image, want_records) && walk_additional(obs, &image);
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

bool tt_sent_is_response(const uint8_t *bytes, size_t cap, uint16_t id)
{
    struct image image = {bytes, cap, 0, 0};

    return cap >= TT_SENT_HEADER_LEN && read_u16(&image, 0) == id && (read_u16(&image, 2) & FLAG_QR) != 0;
}

uint8_t tt_sent_rcode(const uint8_t *image)
{
    return image[3] & 0xf;
}
