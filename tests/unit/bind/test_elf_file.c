/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A shared object whose segments are all in the file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <elf.h>
#include <link.h>
#include <string.h>

#include "elf_file.h"

enum { SIZE = 1000, HEAD = sizeof(ElfW(Ehdr)), SEGMENT = sizeof(ElfW(Phdr)) };

struct object {
    ElfW(Ehdr) head;
    ElfW(Phdr) segments[2];
};

static struct object a_good_object(void)
{
    return (struct object){
        .head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                             sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32},
                 .e_type = ET_DYN,
                 .e_phoff = HEAD,
                 .e_phentsize = SEGMENT,
                 .e_phnum = 2},
        .segments = {{.p_type = PT_LOAD, .p_filesz = SIZE},
                     {.p_type = PT_NOTE, .p_offset = 900, .p_filesz = 100}},
    };
}

static void only_an_object_with_all_its_segments_is_whole(void **state)
{
    static const struct {
        const char *name;
        size_t at, len; /* of the object: a number that is another one */
        uint64_t value;
        size_t cut; /* bytes off the end of the file */
        bool expect;
    } cases[] = {
        {"good", 0, 0, 0, 0, true},
        {"one byte short", 0, 0, 0, 1, false},
        {"cut in the segment table", 0, 0, 0, SIZE - HEAD - 2 * SEGMENT + 1, false},
        {"cut in the head", 0, 0, 0, SIZE - HEAD + 1, false},
        {"empty", 0, 0, 0, SIZE, false},
        {"another magic", 0, 1, 0x7e, 0, false},
        {"another word size", EI_CLASS, 1, ELFCLASSNONE, 0, false},
        {"a program", offsetof(ElfW(Ehdr), e_type), 2, ET_EXEC, 0, false},
        {"no segments", offsetof(ElfW(Ehdr), e_phnum), 2, 0, 0, false},
        {"segments of another size", offsetof(ElfW(Ehdr), e_phentsize), 2, SEGMENT - 1, 0, false},
        {"too many segments", offsetof(ElfW(Ehdr), e_phnum), 2, 65535, 0, false},
        {"segment table behind the end", offsetof(ElfW(Ehdr), e_phoff), sizeof(ElfW(Off)), SIZE, 0,
         false},
        {"segment table at the end of numbers", offsetof(ElfW(Ehdr), e_phoff), sizeof(ElfW(Off)),
         UINT64_MAX, 0, false},
        {"a segment too long", HEAD + offsetof(ElfW(Phdr), p_filesz), 4, SIZE + 1, 0, false},
        {"a segment behind the end", HEAD + SEGMENT + offsetof(ElfW(Phdr), p_offset), 4, 901, 0,
         false},
        {"a segment at the end of numbers", HEAD + SEGMENT + offsetof(ElfW(Phdr), p_offset),
         sizeof(ElfW(Off)), UINT64_MAX - 50, 0, false},
        {"a segment without bytes, anywhere", HEAD + SEGMENT + offsetof(ElfW(Phdr), p_filesz), 4, 0,
         0, true},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct object object = a_good_object();
        size_t size = SIZE - cases[i].cut;
        uint8_t whole[SIZE] = {0}, *bytes = malloc(size > 0 ? size : 1);
        bool is_whole;

        assert_non_null(bytes);
        memcpy((uint8_t *)&object + cases[i].at, &cases[i].value, cases[i].len);
        memcpy(whole, &object, sizeof(object));
        memcpy(bytes, whole, size);
        is_whole = tt_elf_is_whole(bytes, size);
        if (is_whole != cases[i].expect)
            fail_msg("%s: %s", cases[i].name, is_whole ? "whole" : "refused");
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_object_with_all_its_segments_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
