/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "ctl/argument.h"
#include "ctl/check.h"
#include "ctl/check_connect.h"
#include "ctl/telltalectl.h"

struct request {
    const char *file;
    uint8_t software; /* 0: every kind of host */
    bool connects;
    struct tt_check_connect *connect; /* NULL: not wanted */
};

static int check(const struct request *request, uint8_t software, struct tt_check_data *data)
{
    const char *file = request->file;
    struct tt_conf_errors errors;
    struct tt_conf *conf;
    int err = tt_conf_load(file, software, &conf, &errors);

    if (err != TT_OK) {
        fputs(errors.text, stderr);
        if (errors.count == 0)
            fprintf(stderr, "%s: %s\n", file, tt_error_text(err));
        return TT_CTL_FAILED;
    }
    tt_check_data(data, conf);
    tt_check_print(data, conf, software);
    if (request->connect != NULL)
        err = tt_check_connect_add(request->connect, conf, software);
    tt_conf_free(&conf);
    if (err != TT_OK)
        fprintf(stderr, "%s: %s\n", file, tt_error_text(err));
    return err == TT_OK ? TT_CTL_FINE : TT_CTL_FAILED;
}

/* Every load checks the file for all of them: the first one says all there is to say. */
static int check_all(const struct request *request)
{
    struct tt_check_data data = {.file = request->file};
    uint8_t first = request->software != 0 ? request->software : 1;
    int status = TT_CTL_FINE;

    for (uint8_t i = first; status == TT_CTL_FINE && tt_conf_host_word(i) != NULL; i++) {
        status = check(request, i, &data);
        if (i == request->software)
            break;
    }
    if (data.refused_n > 0)
        status = TT_CTL_FAILED;
    tt_check_data_fini(&data);
    return status;
}

/* The text first, then the sinks: what the text says wrong is not tried. */
static int check_and_connect(struct request *request)
{
    int status;

    if (!request->connects)
        return check_all(request);
    request->connect = tt_check_connect_new();
    if (request->connect == NULL) {
        fprintf(stderr, "%s: %s\n", request->file, tt_error_text(TT_ENOMEM));
        return TT_CTL_FAILED;
    }
    status = check_all(request);
    fflush(stdout);
    if (status == TT_CTL_FINE && !tt_check_connect_run(request->connect))
        status = TT_CTL_FAILED;
    tt_check_connect_free(&request->connect);
    return status;
}

static int parse(const struct tt_ctl_command *command, int argc, char **argv, struct request *request)
{
    for (int i = 1; i < argc; i++) {
        const char *as = strncmp(argv[i], "--as=", 5) == 0 ? argv[i] + 5 : NULL;

        if (strcmp(argv[i], "--as") == 0 && i + 1 < argc)
            as = argv[++i];
        if (as != NULL) {
            request->software = tt_conf_host_find(tt_str_from(as));
            if (request->software == 0)
                return tt_ctl_refuse(command, "unknown kind of host \"%s\"", as);
        } else if (strcmp(argv[i], "--connect") == 0) {
            request->connects = true;
        } else if (argv[i][0] == '-' || request->file != NULL) {
            return tt_ctl_refuse_argument(command, argv[i]);
        } else {
            request->file = argv[i];
        }
    }
    return request->file != NULL ? TT_CTL_FINE : tt_ctl_refuse(command, "expected a file");
}

int tt_ctl_check(const struct tt_ctl_command *command, int argc, char **argv)
{
    struct request request = {0};
    int status = parse(command, argc, argv, &request);

    return status == TT_CTL_FINE ? check_and_connect(&request) : status;
}
