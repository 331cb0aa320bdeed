/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * libyaml events to nodes. The stack holds the mappings and lists that are open; a mapping takes
 * scalars in turn as key and value. Reading stops at what leaves nothing to go on with: a syntax
 * error, a limit, a second document. All else is noted and read past.
 */

#include <string.h>

#include <yaml.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/err.h"
#include "conf/problem.h"
#include "conf/tree.h"

struct reader {
    yaml_parser_t parser;
    struct tt_tree *tree;
    struct tt_problems *problems;
    struct tt_node *stack[TT_TREE_DEPTH_MAX];
    bool is_key[TT_TREE_DEPTH_MAX]; /* what is open on the stack stands where a key belongs */
    unsigned depth;
    unsigned nodes_n, nodes_max;
    unsigned documents_n;
    struct tt_node *last; /* placed last */
    struct tt_str key; /* read, waiting for its value */
    uint32_t key_line;
    bool has_key;
    bool is_key_lost; /* the key was no scalar: its value has no place */
    bool is_done;
    int err;
    struct tt_node **slots; /* every node with a key, by parent and key; open addressing */
    size_t slots_n; /* a power of two, at least twice the keys that can be */
};

static uint32_t line_of(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.line + 1;
}

static void stop(struct reader *reader, uint32_t line, const char *key, const char *text)
{
    tt_problems_add(reader->problems, line, key, "%s", text);
    reader->is_done = true;
}

static struct tt_str copy_text(struct reader *reader, const yaml_char_t *text, size_t len)
{
    struct tt_str copy = {tt_arena_take(&reader->tree->arena, len + 1), (uint32_t)len};
    char *to = (char *)(uintptr_t)copy.ptr;

    if (to == NULL) {
        reader->err = TT_ENOMEM;
        return TT_STR("");
    }
    if (len > 0)
        memcpy(to, text, len);
    to[len] = '\0';
    return copy;
}

/* The earlier node of the same mapping and key, or NULL and this one is remembered. */
static struct tt_node *find_twin(struct reader *reader, struct tt_node *node)
{
    size_t at = XXH3_64bits_withSeed(node->key.ptr, node->key.len, (uintptr_t)node->parent);

    for (;; at++) {
        struct tt_node *other = reader->slots[at & (reader->slots_n - 1)];

        if (other == NULL)
            break;
        if (other->parent == node->parent && tt_str_equal(other->key, node->key))
            return other;
    }
    reader->slots[at & (reader->slots_n - 1)] = node;
    return NULL;
}

static void link_node(struct reader *reader, struct tt_node *parent, struct tt_node *node)
{
    if (parent->last != NULL)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->children_n++;
    if (parent->kind != TT_NODE_MAP)
        return;
    const struct tt_node *twin = find_twin(reader, node);
    if (twin != NULL)
        tt_node_refuse(node, NULL, reader->problems, "expected once, it is on line %u already",
                       (unsigned)twin->line);
}

/* A new node at the place that is next, or NULL when reading stops. A node that is a key itself, or
 * whose key is lost, is read but stands nowhere. */
static struct tt_node *place(struct reader *reader, const yaml_event_t *event, enum tt_node_kind kind)
{
    struct tt_node *parent = reader->depth > 0 ? reader->stack[reader->depth - 1] : NULL;
    bool in_map = parent != NULL && parent->kind == TT_NODE_MAP;
    struct tt_node *node;

    if (reader->nodes_n == reader->nodes_max ||
        (node = tt_arena_take(&reader->tree->arena, sizeof(*node))) == NULL) {
        tt_problems_add(reader->problems, line_of(event), "", "expected at most %u values",
                        reader->nodes_max);
        reader->is_done = true;
        return NULL;
    }
    reader->nodes_n++;
    reader->last = node;
    *node = (struct tt_node){.parent = parent, .line = line_of(event), .kind = (uint8_t)kind};
    if (in_map && (!reader->has_key || reader->is_key_lost)) {
        node->is_bad = true;
        node->key = TT_STR("?");
        reader->is_key_lost = !reader->has_key;
        reader->has_key = !reader->has_key;
        return node;
    }
    if (in_map) {
        node->key = reader->key;
        node->line = reader->key_line;
        reader->has_key = false;
    }
    if (parent == NULL)
        reader->tree->root = node;
    else
        link_node(reader, parent, node);
    return node;
}

static void refuse_extras(struct reader *reader, struct tt_node *node, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor != NULL)
        tt_node_refuse(node, NULL, reader->problems, "expected no anchor (&%.40s)", (const char *)anchor);
    if (tag != NULL)
        tt_node_refuse(node, NULL, reader->problems, "expected no tag (%.60s)", (const char *)tag);
}

static bool is_key_next(const struct reader *reader)
{
    return reader->depth > 0 && reader->stack[reader->depth - 1]->kind == TT_NODE_MAP && !reader->has_key;
}

static void read_key(struct reader *reader, const yaml_event_t *event)
{
    reader->key = copy_text(reader, event->data.scalar.value, event->data.scalar.length);
    reader->key_line = line_of(event);
    reader->has_key = true;
    reader->is_key_lost = false;
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        tt_problems_add(reader->problems, reader->key_line, reader->key.ptr, "expected no anchor and no tag");
}

static void read_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct tt_node *node;

    if (is_key_next(reader)) {
        read_key(reader, event);
        return;
    }
    node = place(reader, event, TT_NODE_SCALAR);
    if (node == NULL)
        return;
    node->text = copy_text(reader, event->data.scalar.value, event->data.scalar.length);
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    refuse_extras(reader, node, event->data.scalar.anchor, event->data.scalar.tag);
}

static void read_alias(struct reader *reader, const yaml_event_t *event)
{
    bool is_key = is_key_next(reader);
    struct tt_node *node = place(reader, event, TT_NODE_SCALAR);
    if (node == NULL)
        return;
    node->text = TT_STR("");
    tt_node_refuse(node, NULL, reader->problems,
                   is_key ? "expected a key, not an alias (*%.40s)" : "expected no alias (*%.40s)",
                   (const char *)event->data.alias.anchor);
}

static void read_start(struct reader *reader, const yaml_event_t *event)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    bool is_key = is_key_next(reader);
    struct tt_node *node;

    if (reader->depth == TT_TREE_DEPTH_MAX) {
        stop(reader, line_of(event), "", "expected at most 16 levels");
        return;
    }
    node = place(reader, event, is_map ? TT_NODE_MAP : TT_NODE_LIST);
    if (node == NULL)
        return;
    if (is_key)
        tt_node_refuse(node, NULL, reader->problems, "expected a key, not a %s", is_map ? "mapping" : "list");
    refuse_extras(reader, node, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                  is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    reader->is_key[reader->depth] = is_key;
    reader->stack[reader->depth++] = node;
    reader->has_key = false;
}

static void read_end(struct reader *reader)
{
    reader->depth--;
    reader->has_key = reader->is_key_lost = reader->is_key[reader->depth];
}

static void read_document(struct reader *reader, const yaml_event_t *event)
{
    if (++reader->documents_n > 1)
        stop(reader, line_of(event), "", "expected one document");
    else if (event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
        tt_problems_add(reader->problems, line_of(event), "", "expected no %%TAG");
}

static void read_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        read_document(reader, event);
        break;
    case YAML_ALIAS_EVENT:
        read_alias(reader, event);
        break;
    case YAML_SCALAR_EVENT:
        read_scalar(reader, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        read_start(reader, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        read_end(reader);
        break;
    case YAML_STREAM_END_EVENT:
        reader->is_done = true;
        break;
    default:
        break;
    }
}

static void refuse_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    uint32_t line = (uint32_t)parser->problem_mark.line + 1;

    reader->is_done = true;
    /* Within { } and [ ] the last value may be the first half of what was meant: path: x/{n}. */
    if (parser->context != NULL && strstr(parser->context, "flow") != NULL) {
        for (struct tt_node *at = reader->last; at != NULL; at = at->parent)
            at->is_open = true;
    }
    if (parser->error == YAML_MEMORY_ERROR)
        reader->err = TT_ENOMEM;
    else if (parser->context != NULL)
        tt_problems_add(reader->problems, line, "", "expected YAML: %s, %s on line %u", parser->problem,
                        parser->context, (unsigned)parser->context_mark.line + 1);
    else
        tt_problems_add(reader->problems, line, "", "expected YAML: %s", parser->problem);
}

static void read_events(struct reader *reader)
{
    yaml_event_t event;

    while (!reader->is_done && reader->err == TT_OK) {
        if (!yaml_parser_parse(&reader->parser, &event)) {
            refuse_syntax(reader);
            break;
        }
        read_event(reader, &event);
        yaml_event_delete(&event);
    }
    while (reader->depth > 0)
        reader->stack[--reader->depth]->is_open = true;
}

/* Room for the worst a text of len bytes can hold: every byte of YAML makes at most three nodes, and
 * an escape of two bytes at most three bytes of text. */
static int make_room(struct reader *reader, size_t len)
{
    size_t nodes_n = TT_MIN(3 * len + 8, (size_t)reader->nodes_max);
    size_t slots_n = 16;

    while (slots_n < 2 * nodes_n)
        slots_n *= 2;
    if (tt_arena_init(&reader->tree->arena, nodes_n * (sizeof(struct tt_node) + 32) + 2 * len +
                                                slots_n * sizeof(struct tt_node *) + 64) != TT_OK)
        return TT_ENOMEM;
    reader->slots_n = slots_n;
    reader->slots = tt_arena_take(&reader->tree->arena, slots_n * sizeof(struct tt_node *));
    memset(reader->slots, 0, slots_n * sizeof(struct tt_node *));
    return TT_OK;
}

/* A byte order mark: libyaml skips it only where it has to guess the encoding. */
static void skip_mark(const char **text, size_t *len)
{
    if (*len >= 3 && memcmp(*text, "\xEF\xBB\xBF", 3) == 0) {
        *text += 3;
        *len -= 3;
    }
}

int tt_tree_read(const char *text, size_t len, unsigned nodes_max, struct tt_tree *tree,
                 struct tt_problems *problems)
{
    struct reader reader = {.tree = tree, .problems = problems, .nodes_max = nodes_max};

    *tree = (struct tt_tree){0};
    if (make_room(&reader, len) != TT_OK)
        return TT_ENOMEM;
    if (!yaml_parser_initialize(&reader.parser)) {
        tt_tree_fini(tree);
        return TT_ENOMEM;
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    skip_mark(&text, &len);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
    read_events(&reader);
    yaml_parser_delete(&reader.parser);
    if (reader.err != TT_OK)
        tt_tree_fini(tree);
    return reader.err;
}
