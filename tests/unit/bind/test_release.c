/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Which BIND runs, and whether a shim is whole and made for it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "release.h"
#include "shim_file.h"

static void a_release_is_read_from_the_file_name_of_libns(void **state)
{
    static const struct {
        const char *path, *expect;
        unsigned series;
    } cases[] = {
        {"/usr/lib/x86_64-linux-gnu/libns-9.18.49-1~deb12u3-Debian.so", "9.18.49-1~deb12u3-Debian", 918},
        {"/usr/lib/libns-9.20.27.so", "9.20.27", 920},
        {"libns-9.20.30-1-Debian.so", "9.20.30-1-Debian", 920},
        {"libns-9.16.50-Debian.so", "9.16.50-Debian", 0},
        {"libns-9.21.14.so", "9.21.14", 0},
        {"libns-9.180.1.so", "9.180.1", 0},
        {"/usr/lib/libns.so.1604", "", 0},
        {"libns-.so", "", 0},
        {"libns-9.18.49", "", 0},
        {"libns-9.18.49.so.1", "", 0},
        {"libdns-9.18.49.so", "", 0},
        {"/usr/lib/libns-9.18/", "", 0},
        {"", "", 0},
    };
    char text[TT_RELEASE_MAX], path[TT_RELEASE_MAX + 32];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        tt_release_of_file(cases[i].path, text);
        assert_string_equal(text, cases[i].expect);
        assert_int_equal(tt_release_series(text), cases[i].series);
    }
    snprintf(path, sizeof(path), "libns-%0*d.so", TT_RELEASE_MAX - 1, 1);
    tt_release_of_file(path, text);
    assert_int_equal(strlen(text), TT_RELEASE_MAX - 1);
    snprintf(path, sizeof(path), "libns-%0*d.so", TT_RELEASE_MAX, 1);
    tt_release_of_file(path, text);
    assert_string_equal(text, "");
}

static void a_process_without_bind_has_no_release_and_no_shim(void **state)
{
    struct tt_shim_problem problem;
    struct tt_release release;

    (void)state;
    tt_release_find(&release);
    assert_string_equal(release.text, "");
    assert_int_equal(release.series, 0);
    assert_null(tt_shim_load(&release, "/nowhere", &problem));
    assert_string_equal(problem.text, "this process is no BIND: expected ns_hook_add in it");
}

static char dir[64], file[96];

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/tt-shim-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(file, sizeof(file), "%s/9.18.49.so", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(file);
    rmdir(file);
    return rmdir(dir);
}

/* An object of one segment, which no machine takes, and the trailer that belongs to it; returns the length.
 */
static size_t make_image(char *image, size_t body_len)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;
    size_t used = body_len;

    ElfW(Ehdr) head = {.e_ident = {0x7f, 'E', 'L', 'F', sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32},
                       .e_type = ET_DYN,
                       .e_phoff = sizeof(head),
                       .e_phnum = 1,
                       .e_phentsize = sizeof(ElfW(Phdr))};
    ElfW(Phdr) segment = {.p_type = PT_LOAD, .p_filesz = body_len};

    for (size_t i = 0; i < body_len; i++)
        image[i] = (char)(i * 7);
    memcpy(image, &head, sizeof(head));
    memcpy(image + sizeof(head), &segment, sizeof(segment));
    assert_int_equal(EVP_Digest(image, body_len, digest, &digest_len, EVP_sha256(), NULL), 1);
    used += (size_t)sprintf(image + used, "%s", TT_SHIM_TRAILER);
    for (unsigned i = 0; i < digest_len; i++)
        used += (size_t)sprintf(image + used, "%02x", digest[i]);
    image[used++] = '\n';
    return used;
}

static void write_file(const char *bytes, size_t len, mode_t mode)
{
    FILE *out;

    unlink(file);
    out = fopen(file, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(out);
    assert_int_equal(chmod(file, mode), 0);
}

static void expect_verdict(const char *name, const char *expect)
{
    struct tt_shim_problem problem = {.directory = dir};
    bool is_good = tt_shim_verify(file, &problem);

    if (is_good != (expect == NULL))
        fail_msg("%s: %s", name, is_good ? "taken" : problem.text);
    if (is_good)
        return;
    if (strstr(problem.text, expect) == NULL)
        fail_msg("%s: %s", name, problem.text);
    assert_ptr_equal(strstr(problem.text, file), problem.text);
    assert_non_null(strstr(problem.text, "run telltale-bind-shim --output-dir /tmp/tt-shim-"));
}

static void a_file_is_taken_only_whole_and_safe_from_others(void **state)
{
    enum { BODY_LEN = 1000 };
    static const struct {
        const char *name;
        unsigned cut; /* bytes off its end */
        int flip;     /* index of a byte to change, from the end when negative; 0: none */
        mode_t mode;
        const char *expect; /* in the line; NULL: taken */
    } cases[] = {
        {"good", 0, 0, 0644, NULL},
        {"good, executable", 0, 0, 0755, NULL},
        {"one byte short", 1, 0, 0644, "the file is cut"},
        {"without trailer", 86, 0, 0644, "the file is cut"},
        {"cut to half", 500, 0, 0644, "the file is cut"},
        {"empty", 1086, 0, 0644, "found a file of 0 bytes"},
        {"first byte flipped", 0, 1, 0644, "the file is corrupt"},
        {"a byte flipped", 0, 500, 0644, "the file is corrupt"},
        {"last byte of the body flipped", 0, BODY_LEN, 0644, "the file is corrupt"},
        {"trailer's word flipped", 0, -80, 0644, "the file is cut"},
        {"digest flipped", 0, -10, 0644, "the file is corrupt"},
        {"last newline flipped", 0, -1, 0644, "the file is cut"},
        {"writable by its group", 0, 0, 0664, "found mode 0664"},
        {"writable by all", 0, 0, 0646, "found mode 0646"},
    };
    char image[BODY_LEN + 100];

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        size_t len = make_image(image, BODY_LEN);

        assert_int_equal(len, 1086);
        if (cases[i].flip != 0)
            image[cases[i].flip > 0 ? (size_t)cases[i].flip - 1 : len - (size_t)-cases[i].flip] ^= 1;
        write_file(image, len - cases[i].cut, cases[i].mode);
        expect_verdict(cases[i].name, cases[i].expect);
    }
}

static void what_is_no_regular_file_is_refused(void **state)
{
    (void)state;
    unlink(file);
    expect_verdict("missing", "there is no shim for this BIND");
    assert_int_equal(mkdir(file, 0755), 0);
    expect_verdict("a directory", "expected a regular file");
    rmdir(file);
    assert_int_equal(mkfifo(file, 0644), 0);
    expect_verdict("a pipe", "expected a regular file");
    unlink(file);
    assert_int_equal(symlink(file, file), 0);
    expect_verdict("a link to itself", "symbolic links");
    unlink(file);
}

static void a_whole_file_that_is_no_object_is_refused(void **state)
{
    struct tt_release release = {.text = "9.18.49", .libns = "libns-9.18.49.so", .series = 918};
    struct tt_shim_problem problem;
    char image[2000];

    (void)state;
    write_file(image, make_image(image, 1000), 0644);
    assert_null(tt_shim_load(&release, dir, &problem));
    assert_non_null(strstr(problem.text, "the file cannot be loaded"));
    unlink(file);
}

static const struct tt_shim good = {
    .abi = TT_SHIM_ABI,
    .size = sizeof(struct tt_shim),
    .query_size = sizeof(struct tt_query),
    .obs_size = sizeof(struct tt_obs),
};

static void a_shim_must_be_made_for_this_telltale_and_this_bind(void **state)
{
    static const struct {
        const char *name;
        int abi, size, query_size, obs_size; /* more than good's */
        const char *release, *build_id, *running_build_id;
        const char *expect; /* NULL: it fits */
    } cases[] = {
        {"good", 0, 0, 0, 0, "9.18.49-1~deb12u3-Debian", "abcdef", "abcdef", NULL},
        {"its build id is not known", 0, 0, 0, 0, "9.18.49-1~deb12u3-Debian", "", "abcdef", NULL},
        {"BIND's build id is not known", 0, 0, 0, 0, "9.18.49-1~deb12u3-Debian", "abcdef", "", NULL},
        {"another interface", 1, 0, 0, 0, NULL, NULL, "abcdef",
         "made for another telltale: expected interface 0x"},
        {"and another", -1, 0, 0, 0, NULL, NULL, "abcdef", "made for another telltale"},
        {"a larger table", 0, 8, 0, 0, NULL, NULL, "abcdef", "made for another telltale"},
        {"a larger query", 0, 0, 8, 0, NULL, NULL, "abcdef", "made for another telltale"},
        {"a smaller observation", 0, 0, 0, -8, NULL, NULL, "abcdef", "made for another telltale"},
        {"no release", 0, 0, 0, 0, NULL, "", "abcdef", "expected a shim that says what it was made for"},
        {"no build id", 0, 0, 0, 0, "9.18.49-1~deb12u3-Debian", NULL, "abcdef", "expected a shim that says"},
        {"another update", 0, 0, 0, 0, "9.18.49-1~deb12u1-Debian", "abcdef", "abcdef",
         "made for BIND 9.18.49-1~deb12u1-Debian: expected 9.18.49-1~deb12u3-Debian"},
        {"another build", 0, 0, 0, 0, "9.18.49-1~deb12u3-Debian", "abcdee", "abcdef",
         "expected build id abcdef of libns, found abcdee"},
    };

    (void)state;
    for (size_t i = 0; i < TT_COUNT(cases); i++) {
        struct tt_release release = {.text = "9.18.49-1~deb12u3-Debian", .series = 918};
        struct tt_shim_problem problem = {.directory = "/d"};
        struct tt_shim shim = good;
        bool fits;

        snprintf(release.build_id, sizeof(release.build_id), "%s", cases[i].running_build_id);
        shim.abi += (unsigned)cases[i].abi;
        shim.size += (unsigned)cases[i].size;
        shim.query_size += (unsigned)cases[i].query_size;
        shim.obs_size += (unsigned)cases[i].obs_size;
        shim.release = cases[i].release;
        shim.build_id = cases[i].build_id;
        fits = tt_shim_fits(&shim, &release, "/d/x.so", &problem);
        if (fits != (cases[i].expect == NULL) || (!fits && strstr(problem.text, cases[i].expect) == NULL))
            fail_msg("%s: %s", cases[i].name, fits ? "fits" : problem.text);
        if (!fits)
            assert_non_null(
                strstr(problem.text, "run telltale-bind-shim --output-dir /d, then restart named"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_is_read_from_the_file_name_of_libns),
        cmocka_unit_test(a_process_without_bind_has_no_release_and_no_shim),
        cmocka_unit_test_setup_teardown(a_file_is_taken_only_whole_and_safe_from_others, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(what_is_no_regular_file_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_whole_file_that_is_no_object_is_refused, make_dir, remove_dir),
        cmocka_unit_test(a_shim_must_be_made_for_this_telltale_and_this_bind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
