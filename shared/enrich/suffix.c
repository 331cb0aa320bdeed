/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "enrich/suffix.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "enrich/data.h"
#include "enrich/host_name.h"
#include "enrich/tags.h"

/* What is known of a suffix. */
enum { IS_RULE = 1, HAS_WILDCARD = 2, IS_EXCEPTION = 4, HAS_CHILD = 8, VALUE_BITS = 4 };
enum { FILE_MAX = 16 << 20, RULES_MAX = 1000000 };

struct tt_suffix {
    struct tt_tags tags; /* every rule and every name above one */
    struct tt_hash root;
    unsigned labels_max; /* of the longest rule, wildcard and the label before included */
};

/* How a reading went. */
struct reading {
    struct tt_suffix *suffix; /* NULL: count only */
    size_t rules_n, nodes_n, other_n, line, other_first;
    int open_sections;
    struct tt_str version;
};

static bool take_prefix(struct tt_str *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (text->len < len || memcmp(text->ptr, prefix, len) != 0)
        return false;
    text->ptr += len;
    text->len -= (uint32_t)len;
    return true;
}

static struct tt_str trim(struct tt_str text)
{
    while (text.len > 0 && (uint8_t)text.ptr[text.len - 1] <= ' ')
        text.len--;
    while (text.len > 0 && (uint8_t)text.ptr[0] <= ' ') {
        text.ptr++;
        text.len--;
    }
    return text;
}

/* Comments carry the sections' borders, by which a list that was cut is recognised, and the version. */
static void read_comment(struct reading *reading, struct tt_str text)
{
    text = trim(text);
    if (take_prefix(&text, "===BEGIN "))
        reading->open_sections++;
    else if (take_prefix(&text, "===END "))
        reading->open_sections--;
    else if (take_prefix(&text, "VERSION:"))
        reading->version = trim(text);
}

static void add_rule(struct reading *reading, struct tt_str name, unsigned flags)
{
    struct tt_suffix *suffix = reading->suffix;
    struct tt_labels labels;

    tt_labels_read(&labels, suffix->root, name, TT_LABELS_MAX);
    for (unsigned d = 1; d < labels.n; d++)
        tt_tags_add(&suffix->tags, labels.items[d].hash, HAS_CHILD);
    tt_tags_add(&suffix->tags, labels.items[labels.n].hash, flags);
    suffix->labels_max = TT_MAX(suffix->labels_max, labels.n + 2);
}

static bool read_rule(struct reading *reading, struct tt_str rule)
{
    char name[TT_HOST_NAME_MAX];
    unsigned flags = IS_RULE;
    size_t len;

    if (take_prefix(&rule, "!"))
        flags = IS_EXCEPTION;
    else if (take_prefix(&rule, "*."))
        flags = IS_RULE | HAS_WILDCARD | HAS_CHILD; /* "*.ck" makes "ck" public too */
    else if (rule.len == 1 && rule.ptr[0] == '*')
        return true; /* what every name without a rule has anyway */
    len = tt_host_name_read(rule, name);
    if (len == 0 || (flags == IS_EXCEPTION && !tt_host_name_has_dot(name, len)))
        return false;
    for (size_t i = 0; i < len; i++)
        reading->nodes_n += name[i] == '.';
    reading->nodes_n++;
    if (reading->suffix != NULL)
        add_rule(reading, (struct tt_str){name, (uint32_t)len}, flags);
    return true;
}

static void read_line(struct reading *reading, struct tt_str line)
{
    uint32_t word = 0;

    line = trim(line);
    if (line.len == 0)
        return;
    if (take_prefix(&line, "//")) {
        read_comment(reading, line);
        return;
    }
    while (word < line.len && (uint8_t)line.ptr[word] > ' ')
        word++;
    struct tt_str rest = trim((struct tt_str){line.ptr + word, line.len - word});
    bool is_rule =
        (rest.len == 0 || take_prefix(&rest, "//")) && read_rule(reading, (struct tt_str){line.ptr, word});
    if (!is_rule && reading->other_n++ == 0)
        reading->other_first = reading->line;
    reading->rules_n += is_rule;
}

static void read_list(struct reading *reading, const char *text, size_t len)
{
    size_t at = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    while (at < len) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end != NULL ? (size_t)(end - text) - at : len - at;

        reading->line++;
        read_line(reading, (struct tt_str){text + at, (uint32_t)TT_MIN(line_len, (size_t)UINT32_MAX)});
        at += line_len + 1;
    }
}

/* A list that was cut, or is something else, would make every name's domain wrong. */
static int judge(const struct reading *reading, struct tt_buf *why)
{
    size_t lines_n = reading->rules_n + reading->other_n;

    if (reading->open_sections > 0)
        tt_buf_text(why, "it is cut: a section begins (===BEGIN …===) that has no end; fetch the list again");
    else if (reading->rules_n == 0 && reading->other_n == 0)
        tt_buf_text(why, "it has no rule at all; expected the format of publicsuffix.org");
    else if (reading->other_n > reading->rules_n / 100)
        tt_buf_format(
            why, "%zu of %zu lines are no rules, first at line %zu; expected the format of publicsuffix.org",
            reading->other_n, lines_n, reading->other_first);
    else if (reading->nodes_n > RULES_MAX)
        tt_buf_format(why, "it has more than %d rules", RULES_MAX);
    else
        return TT_OK;
    return TT_ESYNTAX;
}

static int fill(struct tt_suffix *suffix, const char *text, size_t len, size_t nodes_n)
{
    struct reading again = {.suffix = suffix};
    int error;

    tt_tags_fini(&suffix->tags);
    error = tt_tags_init(&suffix->tags, nodes_n, VALUE_BITS);
    if (error == TT_OK)
        read_list(&again, text, len);
    return error;
}

int tt_suffix_new(const char *text, size_t len, struct tt_suffix **suffix, struct tt_buf *build,
                  struct tt_buf *why)
{
    struct reading reading = {0};
    struct tt_suffix *made;
    int error;

    *suffix = NULL;
    read_list(&reading, text, len);
    error = judge(&reading, why);
    if (error != TT_OK)
        return error;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return TT_ENOMEM;
    made->root = tt_hash_root();
    made->labels_max = 2;
    /* Most names above rules are counted many times: twice is how the smallest table is found. */
    error = fill(made, text, len, reading.nodes_n);
    if (error == TT_OK)
        error = fill(made, text, len, made->tags.n);
    if (error != TT_OK) {
        tt_suffix_free(&made);
        return error;
    }
    if (reading.other_n > 0)
        tt_buf_format(why, "%zu of %zu lines are no rules, first at line %zu", reading.other_n,
                      reading.rules_n + reading.other_n, reading.other_first);
    tt_buf_bytes(build, reading.version.ptr, TT_MIN(reading.version.len, (uint32_t)TT_DATA_BUILD_MAX / 2));
    *suffix = made;
    return TT_OK;
}

void tt_suffix_free(struct tt_suffix **suffix)
{
    if (*suffix != NULL)
        tt_tags_fini(&(*suffix)->tags);
    free(*suffix);
    *suffix = NULL;
}

struct tt_suffix_parts tt_suffix_find_labels(const struct tt_suffix *suffix, struct tt_str name,
                                             const struct tt_labels *labels)
{
    struct tt_suffix_parts parts = {{NULL, 0}, {NULL, 0}};
    unsigned public_n = 1, value = HAS_CHILD;

    if (labels->n == 0)
        return parts;
    for (unsigned d = 1; d <= labels->n && (value & HAS_CHILD) != 0; d++) {
        bool is_wild = (value & HAS_WILDCARD) != 0;

        if (!tt_tags_find(&suffix->tags, labels->items[d].hash, &value))
            value = 0;
        if ((value & IS_EXCEPTION) != 0) {
            public_n = d - 1;
            break;
        }
        if (is_wild || (value & IS_RULE) != 0)
            public_n = d;
    }
    uint32_t at = labels->items[public_n].at;
    parts.public_suffix = (struct tt_str){name.ptr + at, name.len - at};
    if (public_n < labels->n) {
        at = labels->items[public_n + 1].at;
        parts.registrable_domain = (struct tt_str){name.ptr + at, name.len - at};
    }
    return parts;
}

struct tt_suffix_parts tt_suffix_find(const struct tt_suffix *suffix, struct tt_str name)
{
    struct tt_labels labels;

    tt_labels_read(&labels, suffix->root, name, suffix->labels_max);
    return tt_suffix_find_labels(suffix, name, &labels);
}

static int load(const uint8_t *bytes, size_t len, const char *path, const void *detail,
                const char *scratch_dir, void **object, struct tt_buf *build, struct tt_buf *why)
{
    struct tt_suffix *suffix = NULL;
    int error = tt_suffix_new((const char *)bytes, len, &suffix, build, why);

    (void)path;
    (void)detail;
    (void)scratch_dir;
    *object = suffix;
    return error;
}

static void unload(void *object)
{
    struct tt_suffix *suffix = object;

    tt_suffix_free(&suffix);
}

const struct tt_data_class tt_data_suffix = {TT_DATA_SUFFIX, FILE_MAX, false, load, unload};
