/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* What libldns makes of packets, one line each. See lines.h and compare. */

#include "lines.h"

#include <ldns/ldns.h>

static void print_name(const uint8_t *wire, size_t len)
{
    if (len == 1)
        putchar('.');
    for (size_t at = 0; at < len && wire[at] != 0; at += 1u + wire[at]) {
        if (at > 0)
            putchar('.');
        for (size_t i = at + 1; i <= at + wire[at]; i++) {
            int c = wire[i];
            if (c == '.' || c == '\\')
                printf("\\%c", c);
            else if (c <= 32 || c >= 127)
                printf("\\%03d", c);
            else
                putchar(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
}

static void print_owner(const ldns_rr *rr)
{
    const ldns_rdf *owner = ldns_rr_owner(rr);

    print_name(ldns_rdf_data(owner), ldns_rdf_size(owner));
}

static void print_record(ldns_rr *rr, unsigned section)
{
    ldns_rr2canonical(rr);
    printf("\trr %u ", section);
    print_owner(rr);
    printf(" %u %u %u ", ldns_rr_get_type(rr), ldns_rr_get_class(rr), ldns_rr_ttl(rr));
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);
        lines_hex(ldns_rdf_data(field), ldns_rdf_size(field));
    }
}

static void print_edns(const ldns_pkt *pkt)
{
    const ldns_rdf *data = ldns_pkt_edns_data(pkt);

    printf("\tedns %u %u %u %04x ", ldns_pkt_edns_udp_size(pkt), ldns_pkt_edns_extended_rcode(pkt),
           ldns_pkt_edns_version(pkt), ldns_pkt_edns_z(pkt));
    if (data != NULL)
        lines_hex(ldns_rdf_data(data), ldns_rdf_size(data));
}

/* Walks the records as ldns_wire2pkt does, to print them in order and to know where it stopped. */
static ldns_status print_records(const uint8_t *bytes, size_t len, const ldns_pkt *pkt, char *where,
                                 size_t where_cap)
{
    const unsigned counts[] = {LDNS_QDCOUNT(bytes), LDNS_ANCOUNT(bytes), LDNS_NSCOUNT(bytes),
                               LDNS_ARCOUNT(bytes)};
    size_t at = LDNS_HEADER_SIZE;

    for (unsigned section = 0; section < 4; section++) {
        for (unsigned i = 0; i < counts[section]; i++) {
            size_t start = at;
            ldns_rr *rr = NULL;
            ldns_status status = ldns_wire2rr(&rr, bytes, len, &at, (ldns_pkt_section)section);
            if (status != LDNS_STATUS_OK) {
                snprintf(where, where_cap, "%u:%zu:%d", section, start, (int)status);
                return status;
            }
            if (section == 0 && i == 0) {
                printf("\tq ");
                print_owner(rr);
                printf(" %u %u", ldns_rr_get_type(rr), ldns_rr_get_class(rr));
            } else if (section != 0 && ldns_rr_get_type(rr) != LDNS_RR_TYPE_OPT) {
                print_record(rr, section);
            } else if (section == 3 && pkt != NULL && ldns_pkt_edns(pkt)) {
                print_edns(pkt);
                pkt = NULL;
            }
            ldns_rr_free(rr);
        }
    }
    return LDNS_STATUS_OK;
}

static void print_packet(const char *name, const uint8_t *bytes, size_t len)
{
    ldns_pkt *pkt = NULL;
    char where[64] = "";
    ldns_status status = ldns_wire2pkt(&pkt, bytes, len);

    printf("%s", name);
    if (len < LDNS_HEADER_SIZE) {
        printf("\tend %s\n", status == LDNS_STATUS_OK ? "ok" : "bad header");
    } else {
        printf("\thead %u %04x %u %u %u %u", LDNS_ID_WIRE(bytes),
               (unsigned)bytes[2] << 8 | bytes[3], LDNS_QDCOUNT(bytes), LDNS_ANCOUNT(bytes),
               LDNS_NSCOUNT(bytes), LDNS_ARCOUNT(bytes));
        ldns_status walked = print_records(bytes, len, pkt, where, sizeof(where));
        if ((walked == LDNS_STATUS_OK) != (status == LDNS_STATUS_OK))
            printf("\twalk %d pkt %d", (int)walked, (int)status);
        printf("\tend %s%s\n", status == LDNS_STATUS_OK ? "ok" : "bad ", where);
    }
    ldns_pkt_free(pkt);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0, len;
    uint8_t *bytes;

    while (lines_next(&line, &cap, &bytes, &len)) {
        print_packet(line, bytes, len);
        free(bytes);
    }
    free(line);
    return 0;
}
