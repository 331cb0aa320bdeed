/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Feeds random names through two ports of a core with the default file sink (to a file that is cut
 * again and again), as fast as they go, and prints the resident memory on the way. The first half
 * fills what has a fixed size (rings, the sink's queue); from then on it must stay flat.
 * Use: bench_rss DIR [names] */

#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <unistd.h>

#include "telltale.h"

static double rss_mib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* One cache hit on a name of 16 random letters; false when the ring was full. */
static bool feed(struct tt_port *port, uint64_t *state)
{
    uint8_t name[] = "\x10................\x04" "test";
    struct tt_obs_writer writer;
    struct tt_obs *obs = tt_port_claim(port, TT_message_type_CLIENT_RESPONSE, &writer);

    if (obs == NULL)
        return false;
    for (int i = 1; i <= 16; i++)
        name[i] = (uint8_t)('a' + next_random(state) % 26);
    obs->outcome = TT_outcome_ANSWERED;
    obs->cache_status = TT_cache_status_HIT;
    obs->query_type = obs->query_class = 1;
    obs->have = TT_HAVE_QUERY_TYPE | TT_HAVE_RESPONSE_CODE;
    obs->client_ip = (struct tt_ip){4, {127, 0, 0, 1}};
    tt_obs_put(&writer, TT_TAIL_QNAME, 0, name, sizeof(name));
    tt_port_commit(port, &writer);
    return true;
}

static void write_config(const char *dir)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/telltale.yaml", dir);
    file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    fprintf(file, "state_dir: %s/state\nmetrics: off\n", dir);
    fclose(file);
}

/* The file is not what is measured: emptied when it has grown. */
static void cut_file(const char *dir)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/state/unbound-1/events.jsonl", dir);
    if (truncate(path, 0) != 0 && access(path, F_OK) == 0)
        perror(path);
}

int main(int argc, char **argv)
{
    unsigned long names = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000000;
    const char *dir = argc > 1 ? argv[1] : ".";
    char config[256];
    struct tt_host host = {.software = TT_software_UNBOUND, .version = "bench", .config_path = config, .ports_n = 2};
    struct tt_core *core;
    uint64_t state = 88172645463325252u;
    double first = 0;

    snprintf(config, sizeof(config), "%s/telltale.yaml", dir);
    write_config(dir);
    if (tt_open(&host, &core) != TT_OK || tt_core_port(core, 1) == NULL)
        return 1;
    for (unsigned long i = 1; i <= names; i++) {
        while (!feed(tt_core_port(core, i % 2), &state))
            sched_yield();
        if (i % (names / 10) != 0)
            continue;
        first = i <= names / 2 ? rss_mib() : first;
        printf("# bench_rss: %lu names, %.1f MiB resident\n", i, rss_mib());
        cut_file(dir);
    }
    printf("BENCH rss_growth_mib %.1f MiB\n", rss_mib() - first);
    tt_close(&core);
    return 0;
}
