/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* A plugin of another maker's for tests. It wraps the client's clean-up, as telltale does, or with the word
 * "refuse" in its block ends each query at the first hook. */

#include <string.h>

#include <isc/result.h>
#include <ns/client.h>
#include <ns/hooks.h>
#include <ns/query.h>

static void (*before)(ns_client_t *client);

static void clean_up(ns_client_t *client)
{
    before(client);
}

static ns_hookresult_t wrap(void *arg, void *data, isc_result_t *result)
{
    ns_client_t *client = ((query_ctx_t *)arg)->client;

    (void)data, (void)result;
    before = client->cleanup;
    client->cleanup = clean_up;
    return NS_HOOK_CONTINUE;
}

static ns_hookresult_t refuse(void *arg, void *data, isc_result_t *result)
{
    ns_client_t *client = ((query_ctx_t *)arg)->client;

    (void)data;
    *result = DNS_R_REFUSED;
    ns_client_error(client, DNS_R_REFUSED);
    isc_nmhandle_detach(&client->reqhandle);
    return NS_HOOK_RETURN;
}

isc_result_t plugin_register(const char *parameters, const void *cfg, const char *file, unsigned long line,
                             isc_mem_t *mctx, isc_log_t *lctx, void *actx, ns_hooktable_t *hooktable, void **instance)
{
    bool refuses = parameters != NULL && strstr(parameters, "refuse") != NULL;

    (void)cfg, (void)file, (void)line, (void)lctx, (void)actx;
    ns_hook_add(hooktable, mctx, NS_QUERY_SETUP, &(ns_hook_t){.action = refuses ? refuse : wrap});
    *instance = &before;
    return ISC_R_SUCCESS;
}

isc_result_t plugin_check(const char *parameters, const void *cfg, const char *file, unsigned long line,
                          isc_mem_t *mctx, isc_log_t *lctx, void *actx)
{
    (void)parameters, (void)cfg, (void)file, (void)line, (void)mctx, (void)lctx, (void)actx;
    return ISC_R_SUCCESS;
}

void plugin_destroy(void **instance)
{
    *instance = NULL;
}

int plugin_version(void)
{
    return NS_PLUGIN_VERSION;
}
