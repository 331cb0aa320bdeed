/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/*
 * Unbound's module interface carries no version, and the layout of its structs depends on the
 * version and on configure options. Both stand as literals in the program, since `unbound -V`
 * prints them: three layers of checks, from the outside in, so that a foreign Unbound ends with a
 * line in its log and not with a crash.
 */

#include "abi.h"

#include "abi_mark.h"
#include "dynlibmod/dynlibmod.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <string.h>

#ifdef CLIENT_SUBNET
#define HAS_SUBNET true
#define SUBNET_HAVE TT_ABI_SUBNET " "
#define SUBNET_LACK ""
#else
#define HAS_SUBNET false
#define SUBNET_HAVE ""
#define SUBNET_LACK TT_ABI_SUBNET " "
#endif
#ifdef USE_CACHEDB
#define HAS_CACHEDB true
#define CACHEDB_HAVE TT_ABI_CACHEDB " "
#define CACHEDB_LACK ""
#else
#define HAS_CACHEDB false
#define CACHEDB_HAVE ""
#define CACHEDB_LACK TT_ABI_CACHEDB " "
#endif
#ifdef USE_DNSCRYPT
#define HAS_DNSCRYPT true
#define DNSCRYPT_HAVE TT_ABI_DNSCRYPT " "
#define DNSCRYPT_LACK ""
#else
#define HAS_DNSCRYPT false
#define DNSCRYPT_HAVE ""
#define DNSCRYPT_LACK TT_ABI_DNSCRYPT " "
#endif

/* For telltale-unbound-check; nothing here reads it. */
__attribute__((used)) static const char abi_mark[] =
    TT_ABI_MARK PACKAGE_STRING "\0" CONFCMDLINE "\0" SUBNET_HAVE CACHEDB_HAVE DNSCRYPT_HAVE
                               "\0" SUBNET_LACK CACHEDB_LACK DNSCRYPT_LACK;

struct search {
    const char *text;
    size_t len; /* with the terminator, so that 1.17.1 is not found in 1.17.10 */
    bool is_found;
};

static int search_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct search *search = arg;

    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum && !search->is_found; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_R | PF_W)) != PF_R)
            continue;
        search->is_found = memmem((const void *)(info->dlpi_addr + segment->p_vaddr),
                                  segment->p_filesz, search->text, search->len) != NULL;
    }
    return 1; /* the first entry is the program itself */
}

static bool program_has(const char *text, size_t len)
{
    struct search search = {text, len, false};

    dl_iterate_phdr(search_segments, &search);
    return search.is_found;
}

/* A symbol that is there exactly when Unbound was configured with the feature. */
static bool feature_matches(const char *symbol, bool is_ours, const char *option)
{
    bool is_theirs = dlsym(RTLD_DEFAULT, symbol) != NULL;

    if (is_theirs != is_ours)
        log_err("telltale: this Unbound was configured %s %s, the module for one %s it: "
                "build the module for this Unbound",
                is_theirs ? "with" : "without", option, is_ours ? "with" : "without");
    return is_theirs == is_ours;
}

static bool features_match(void)
{
    return feature_matches(TT_ABI_SUBNET, HAS_SUBNET, "--enable-subnet") &&
           feature_matches(TT_ABI_CACHEDB, HAS_CACHEDB, "--enable-cachedb") &&
           feature_matches(TT_ABI_DNSCRYPT, HAS_DNSCRYPT, "--enable-dnscrypt");
}

bool tt_abi_matches_program(bool *is_exact)
{
    if (!program_has(PACKAGE_STRING, sizeof(PACKAGE_STRING))) {
        log_err(
            "telltale: the module is for %s and this program is another version: build the module "
            "for this Unbound, or take dynlib out of module-config",
            PACKAGE_STRING);
        return false;
    }
    /* The library and unbound-host load modules too, but their workers are other structs. */
    if (dlsym(RTLD_DEFAULT, TT_ABI_SYMBOL_DAEMON) == NULL) {
        log_err("telltale: this program is not the Unbound daemon");
        return false;
    }
    if (!features_match())
        return false;
    *is_exact = program_has(CONFCMDLINE, sizeof(CONFCMDLINE));
    if (!*is_exact)
        log_warn(
            "telltale: this Unbound was configured with other options than the one the module was "
            "built for; features agree, so go on: build the module for this Unbound");
    return true;
}

static bool size_matches(const char *what, const void *memory, size_t expected, bool is_exact)
{
    size_t usable = malloc_usable_size((void *)(uintptr_t)memory);

    if (usable >= expected && (is_exact || usable <= expected + 32))
        return true;
    log_err(
        "telltale: %s has %zu bytes in this Unbound and %zu in the one the module was built for: "
        "build the module for this Unbound",
        what, usable, expected);
    return false;
}

bool tt_abi_matches_memory(const struct module_env *env, int id, bool is_exact)
{
    return size_matches("struct module_env", env, sizeof(*env), is_exact) &&
           size_matches("struct config_file", env->cfg, sizeof(*env->cfg), is_exact) &&
           size_matches("struct dynlibmod_env", env->modinfo[id], sizeof(struct dynlibmod_env),
                        is_exact);
}
