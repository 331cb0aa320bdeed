/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "release.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

struct search {
    uintptr_t address; /* within the object that is looked for */
    char *build_id;
};

void tt_release_of_file(const char *path, char text[TT_RELEASE_MAX])
{
    static const char before[] = "libns-", after[] = ".so";
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    size_t len = strlen(name), around = sizeof(before) - 1 + sizeof(after) - 1;

    text[0] = 0;
    if (len <= around || len - around >= TT_RELEASE_MAX || strncmp(name, before, sizeof(before) - 1) != 0 ||
        strcmp(name + len - (sizeof(after) - 1), after) != 0)
        return;
    memcpy(text, name + sizeof(before) - 1, len - around);
    text[len - around] = 0;
}

unsigned tt_release_series(const char *text)
{
    static const struct {
        const char *prefix;
        unsigned series;
    } rows[] = {{"9.18.", 918}, {"9.20.", 920}};

    for (unsigned i = 0; i < TT_COUNT(rows); i++)
        if (strncmp(text, rows[i].prefix, strlen(rows[i].prefix)) == 0)
            return rows[i].series;
    return 0;
}

static bool holds_address(const struct dl_phdr_info *info, uintptr_t address)
{
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_LOAD && address >= start && address - start < segment->p_memsz)
            return true;
    }
    return false;
}

static void write_hex(const uint8_t *bytes, size_t len, char *text)
{
    for (size_t i = 0; i < len && 2 * i + 2 < TT_BUILD_ID_MAX; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* The notes of a segment, one after the other: head, name, bytes, each padded to 4. */
static void read_notes(const uint8_t *at, size_t len, char *build_id)
{
    ElfW(Nhdr) head;

    while (len >= sizeof(head)) {
        size_t name_len, bytes_len;

        memcpy(&head, at, sizeof(head));
        name_len = ((size_t)head.n_namesz + 3) & ~(size_t)3;
        bytes_len = ((size_t)head.n_descsz + 3) & ~(size_t)3;
        if (name_len + bytes_len > len - sizeof(head))
            return;
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
            memcmp(at + sizeof(head), "GNU", 4) == 0) {
            write_hex(at + sizeof(head) + name_len, head.n_descsz, build_id);
            return;
        }
        at += sizeof(head) + name_len + bytes_len;
        len -= sizeof(head) + name_len + bytes_len;
    }
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct search *search = arg;

    (void)size;
    if (!holds_address(info, search->address))
        return 0;
    for (unsigned i = 0; i < info->dlpi_phnum && search->build_id[0] == 0; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_NOTE)
            read_notes((const uint8_t *)(info->dlpi_addr + segment->p_vaddr), segment->p_memsz,
                       search->build_id);
    }
    return 1;
}

void tt_release_find(struct tt_release *release)
{
    void *hook_add = dlsym(RTLD_DEFAULT, "ns_hook_add");
    struct search search = {(uintptr_t)hook_add, release->build_id};
    Dl_info info;

    memset(release, 0, sizeof(*release));
    if (hook_add == NULL || dladdr(hook_add, &info) == 0 || info.dli_fname == NULL)
        return;
    snprintf(release->libns, sizeof(release->libns), "%s", info.dli_fname);
    tt_release_of_file(info.dli_fname, release->text);
    release->series = tt_release_series(release->text);
    dl_iterate_phdr(look_at_object, &search);
}
