/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */

/* Where /metrics is served, and how a scraper finds it. */

#include "core/core.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"

/* The address taken is logged and goes beside the tap, for the configuration of a scraper. */
static void tell_listen(const struct tt_core *core, const struct tt_ip *ip, uint16_t port)
{
    char path[TT_PATH_MAX + 64], text[80];
    struct tt_buf buf = tt_buf_over(text, sizeof(text));
    struct tt_path_error error;
    int fd = -1;

    tt_buf_text(&buf, ip->family == 6 ? "[" : "");
    tt_ip_format(&buf, ip);
    tt_buf_format(&buf, "%s:%u\n", ip->family == 6 ? "]" : "", (unsigned)port);
    tt_log(TT_LOG_INFO, "metrics on http://%.*s/metrics", (int)buf.len - 1, buf.data);
    snprintf(path, sizeof(path), "%s/metrics.listen", core->state_dir);
    if (tt_path_open_append(path, &fd, &error) != TT_OK)
        tt_log(TT_LOG_WARNING, "%s; the metrics are served all the same", error.text);
    else if (ftruncate(fd, 0) != 0 || write(fd, buf.data, buf.len) != (ssize_t)buf.len)
        tt_log(TT_LOG_WARNING, "%s: cannot be written; the metrics are served all the same", path);
    if (fd >= 0)
        close(fd);
}

void tt_core_open_metrics(struct tt_core *core)
{
    const struct tt_conf *conf = core->setup->conf;
    uint16_t port = 0;

    if (conf->metrics_on &&
        tt_metrics_http_start(&conf->metrics_ip, conf->metrics_port, TT_METRICS_PORTS_N,
                              tt_core_collect, core, &core->http, &port) == TT_OK)
        tell_listen(core, &conf->metrics_ip, port);
}

/* And the address is no longer to be found beside the tap. */
void tt_core_close_metrics(struct tt_core *core, uint64_t deadline_ns)
{
    char path[TT_PATH_MAX + 64];

    if (core->http == NULL)
        return;
    tt_metrics_http_stop(&core->http, deadline_ns);
    snprintf(path, sizeof(path), "%s/metrics.listen", core->state_dir);
    if (unlink(path) != 0)
        tt_log(TT_LOG_DEBUG, "%s: was not there to remove", path);
}

bool tt_core_is_same_listener(const struct tt_conf *a, const struct tt_conf *b)
{
    return a->metrics_on == b->metrics_on && a->metrics_port == b->metrics_port &&
           a->metrics_ip.family == b->metrics_ip.family &&
           memcmp(a->metrics_ip.bytes, b->metrics_ip.bytes, sizeof(a->metrics_ip.bytes)) == 0;
}
