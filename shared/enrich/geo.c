/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/geo.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "enrich/geo_open.h"

/* A field: the place in a record where this database has it. */
struct field {
    char *text; /* what the path's steps point into */
    struct tt_geo_path path;
    bool is_there;
};

struct tt_geo {
    MMDB_s db;
    struct tt_geo_section data; /* of db */
    char type[TT_GEO_TYPE_MAX];
    struct field country, asn, org;
};

static const char *const country_paths[] = {"country.iso_code", "country_code", "country", NULL};
static const char *const asn_paths[] = {"autonomous_system_number", "asn", NULL};
static const char *const org_paths[] = {"autonomous_system_organization", "as_name", "name", NULL};

enum { SAMPLES_MAX = 4096 };

static bool parse_asn(struct tt_str text, uint64_t *asn)
{
    if (text.len > 2 && (text.ptr[0] | 32) == 'a' && (text.ptr[1] | 32) == 's')
        text = (struct tt_str){text.ptr + 2, text.len - 2};
    return text.ptr != NULL && tt_str_parse_u64(text, asn) == TT_OK;
}

static uint32_t read_asn(const struct tt_geo *geo, size_t at)
{
    struct tt_geo_value value;
    uint64_t asn;

    if (!tt_geo_value_find(&geo->data, at, &geo->asn.path, &value))
        return 0;
    if (!tt_geo_value_number(&geo->data, &value, &asn) &&
        !parse_asn(tt_geo_value_text(&geo->data, &value), &asn))
        return 0;
    return asn <= UINT32_MAX ? (uint32_t)asn : 0;
}

static struct tt_str read_org(const struct tt_geo *geo, size_t at)
{
    struct tt_geo_value value;
    struct tt_str none = {NULL, 0}, text;

    if (!tt_geo_value_find(&geo->data, at, &geo->org.path, &value))
        return none;
    text = tt_geo_value_text(&geo->data, &value);
    return text.len > 0 ? text : none;
}

static bool read_country(const struct tt_geo *geo, size_t at, char country[2])
{
    struct tt_geo_value value;
    struct tt_str text;

    if (!tt_geo_value_find(&geo->data, at, &geo->country.path, &value))
        return false;
    text = tt_geo_value_text(&geo->data, &value);
    if (text.len != 2)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        char upper = (char)(text.ptr[i] & ~32);
        if (upper < 'A' || upper > 'Z')
            return false;
        country[i] = upper;
    }
    return true;
}

/* What the record at an offset of the data section says, added to what is known. */
static void read_facts(const struct tt_geo *geo, size_t at, struct tt_geo_facts *facts)
{
    char country[2];

    if (geo->country.is_there && read_country(geo, at, country))
        memcpy(facts->country, country, 2);
    if (geo->asn.is_there)
        facts->asn = read_asn(geo, at);
    if (geo->org.is_there)
        facts->org = read_org(geo, at);
}

/* Looks at records spread over the tree until one has something of what is_there says. */
static bool has_any(const struct tt_geo *geo, unsigned *looked_n)
{
    uint32_t nodes_n = geo->db.metadata.node_count, at = 0;
    uint32_t stride = nodes_n / SAMPLES_MAX + 1;
    MMDB_search_node_s node;

    *looked_n = 0;
    for (uint64_t i = 0; i < nodes_n; i += stride) {
        at = (uint32_t)i;
        if (MMDB_read_node(&geo->db, at, &node) != MMDB_SUCCESS)
            continue;
        for (unsigned side = 0; side < 2; side++) {
            struct tt_geo_facts facts = {0};
            bool is_data =
                (side ? node.right_record_type : node.left_record_type) == MMDB_RECORD_TYPE_DATA;
            if (!is_data)
                continue;
            ++*looked_n;
            read_facts(geo, (side ? node.right_record_entry : node.left_record_entry).offset,
                       &facts);
            if (facts.asn != 0 || facts.org.ptr != NULL || facts.country[0] != 0)
                return true;
        }
    }
    return false;
}

/* Finds the path of a field: the one that is configured, else the first usual one that some record
 * has. */
static int find_field(struct tt_geo *geo, struct field *field, const char *given,
                      const char *const *usual, unsigned *looked_n, struct tt_buf *why)
{
    const char *const only[] = {given, NULL};

    for (const char *const *at = given != NULL ? only : usual; *at != NULL && !field->is_there;
         at++) {
        free(field->text);
        field->text = strdup(*at);
        if (field->text == NULL)
            return TT_ENOMEM;
        if (tt_geo_path_parse(field->text, &field->path) != TT_OK) {
            tt_buf_format(why, "'%s' is no path: words with dots between them, at most %d", *at,
                          TT_GEO_STEPS_MAX);
            return TT_ECONFIG;
        }
        field->is_there = true;
        field->is_there = has_any(geo, looked_n);
    }
    return TT_OK;
}

static void say_paths(struct tt_buf *why, const char *given, const char *const *usual)
{
    if (given != NULL)
        tt_buf_text(why, given);
    for (unsigned i = 0; given == NULL && usual[i] != NULL; i++)
        tt_buf_format(why, "%s%s", i > 0 ? " or " : "", usual[i]);
}

static int find_country_field(struct tt_geo *geo, const struct tt_conf_geo *conf,
                              struct tt_buf *why)
{
    unsigned looked_n;
    int err = find_field(geo, &geo->country, conf->country_path, country_paths, &looked_n, why);

    if (err != TT_OK || geo->country.is_there)
        return err;
    tt_buf_format(why, "a database of type '%s': none of %u records has a country code at ",
                  geo->type, looked_n);
    say_paths(why, conf->country_path, country_paths);
    tt_buf_text(why, "; see geo.country_path");
    return TT_EMALFORMED;
}

static int find_asn_fields(struct tt_geo *geo, const struct tt_conf_geo *conf, struct tt_buf *why)
{
    bool has_asn;
    unsigned looked_n;
    int err = find_field(geo, &geo->asn, conf->asn_path, asn_paths, &looked_n, why);

    /* Each is looked for alone: has_any says of what is_there is set for. */
    has_asn = geo->asn.is_there;
    geo->asn.is_there = false;
    if (err == TT_OK)
        err = find_field(geo, &geo->org, conf->org_path, org_paths, &looked_n, why);
    geo->asn.is_there = has_asn;
    if (err != TT_OK || (has_asn && geo->org.is_there))
        return err;
    tt_buf_format(why, "a database of type '%s': none of %u records has", geo->type, looked_n);
    if (!has_asn) {
        tt_buf_text(why, " a number at ");
        say_paths(why, conf->asn_path, asn_paths);
    }
    if (!geo->org.is_there) {
        tt_buf_text(why, has_asn ? " a name at " : ", none a name at ");
        say_paths(why, conf->org_path, org_paths);
    }
    tt_buf_text(why, "; see geo.asn_path and geo.org_path");
    return has_asn || geo->org.is_there ? TT_OK : TT_EMALFORMED;
}

/* RFC 3339, UTC. A time beyond its years is none. */
static void say_build(struct tt_buf *build, uint64_t epoch)
{
    time_t seconds = (time_t)epoch;
    struct tm tm;
    char text[32];

    if (epoch == 0 || epoch > 253402300799u || gmtime_r(&seconds, &tm) == NULL)
        return;
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    tt_buf_text(build, text);
}

int tt_geo_new(const uint8_t *bytes, size_t len, const char *scratch_dir, enum tt_geo_kind kind,
               const struct tt_conf_geo *conf, struct tt_geo **geo, struct tt_buf *build,
               struct tt_buf *why)
{
    struct tt_geo_head head;
    int err = tt_geo_head_read(bytes, len, &head, why);

    *geo = NULL;
    if (err != TT_OK)
        return err;
    *geo = calloc(1, sizeof(**geo));
    if (*geo == NULL)
        return TT_ENOMEM;
    memcpy((*geo)->type, head.type, sizeof(head.type));
    err = tt_geo_open(bytes, &head, scratch_dir, &(*geo)->db, why);
    (*geo)->data = (struct tt_geo_section){(*geo)->db.data_section, (*geo)->db.data_section_size};
    if (err == TT_OK)
        err = kind == TT_GEO_OF_COUNTRY ? find_country_field(*geo, conf, why)
                                        : find_asn_fields(*geo, conf, why);
    if (err != TT_OK) {
        tt_geo_free(geo);
        return err;
    }
    say_build(build, head.build_epoch);
    return TT_OK;
}

void tt_geo_free(struct tt_geo **geo)
{
    if (*geo == NULL)
        return;
    MMDB_close(&(*geo)->db);
    free((*geo)->country.text);
    free((*geo)->asn.text);
    free((*geo)->org.text);
    free(*geo);
    *geo = NULL;
}

/* One database; the length of the network that was found, in bits of the address's own family. */
static unsigned look(const struct tt_geo *geo, const struct sockaddr *address,
                     struct tt_geo_facts *facts)
{
    unsigned bits = address->sa_family == AF_INET ? 32 : 128, depth = geo->db.depth;
    int status = MMDB_SUCCESS;
    MMDB_lookup_result_s found;

    if (bits > depth)
        return 0; /* IPv4 only: of no IPv6 address anything is known */
    found = MMDB_lookup_sockaddr(&geo->db, address, &status);
    if (status != MMDB_SUCCESS)
        return bits;
    if (found.found_entry)
        read_facts(geo, found.entry.offset, facts);
    return found.netmask > depth - bits ? found.netmask - (depth - bits) : 0;
}

unsigned tt_geo_find(const struct tt_geo *country, const struct tt_geo *asn, const struct tt_ip *ip,
                     struct tt_geo_facts *facts)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *address =
        ip->family == 4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    unsigned prefix = 0;

    *facts = (struct tt_geo_facts){0};
    if (ip->family == 0)
        return 0;
    memcpy(&v4.sin_addr, ip->bytes, 4);
    memcpy(&v6.sin6_addr, ip->bytes, 16);
    if (country != NULL)
        prefix = look(country, address, facts);
    if (asn != NULL)
        prefix = TT_MAX(prefix, look(asn, address, facts));
    return prefix;
}
