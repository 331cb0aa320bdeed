/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * Messages as named received or sent them (RFC 1035 section 4.1), read on named's own thread: one pass, no
 * copies but of what is put into the event. What is sent is named's own work, what is received it has parsed;
 * still nothing outside the image is read, whatever the message says.
 */

#include "event/obs.h"

enum { TT_SENT_HEADER_LEN = 12 };

/* qname_len: length of the one question's name, which named has parsed; 0: not known. */

/* The UDP size of the OPT record of a query; 0: none is found among the first records. Thread: any. */
uint16_t tt_sent_edns_size(const uint8_t *image, size_t len, size_t qname_len);

/* Whether the image starts with the header of a response of this id; its code, the 4 bits there. Thread: any. */
static inline bool tt_sent_is_response(const uint8_t *image, size_t cap, uint16_t id)
{
    return cap >= TT_SENT_HEADER_LEN && (image[0] << 8 | image[1]) == id && (image[2] & 0x80) != 0;
}

static inline uint8_t tt_sent_rcode(const uint8_t *image)
{
    return image[3] & 0xf;
}

/*
 * Fills code, flags, counts, TTL and size from the response's image, which ends somewhere before cap; with
 * want_records also its records: all of the answer section but signatures; of the authority section SOA and,
 * when TT_OBS_REFERRAL is set, NS. Thread: the seat's.
 */
void tt_sent_fill(struct tt_obs_writer *writer, const uint8_t *image, size_t cap, size_t qname_len,
                  bool want_records);
