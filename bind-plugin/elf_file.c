/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include "elf_file.h"

#include <elf.h>
#include <link.h>
#include <string.h>

static bool is_within(uint64_t offset, uint64_t len, size_t size)
{
    return offset <= size && len <= size - offset;
}

static bool has_sound_head(const ElfW(Ehdr) * head, size_t size)
{
    return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
           head->e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
           head->e_type == ET_DYN && head->e_phentsize == sizeof(ElfW(Phdr)) && head->e_phnum > 0 &&
           is_within(head->e_phoff, (uint64_t)head->e_phnum * sizeof(ElfW(Phdr)), size);
}

bool tt_elf_is_whole(const uint8_t *bytes, size_t size)
{
    ElfW(Ehdr) head;
    ElfW(Phdr) segment;

    if (size < sizeof(head))
        return false;
    memcpy(&head, bytes, sizeof(head));
    if (!has_sound_head(&head, size))
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++) {
        memcpy(&segment, bytes + head.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_filesz > 0 && !is_within(segment.p_offset, segment.p_filesz, size))
            return false;
    }
    return true;
}
