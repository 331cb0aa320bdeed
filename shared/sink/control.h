/* SPDX-FileCopyrightText: 2026 the telltale authors
 * SPDX-License-Identifier: BSD-3-Clause */
#pragma once

/*
 * The control socket beside the tap: `control.sock`, 0600. One request a connection: a line of at most
 * 256 bytes, "telltale/1 COMMAND [ARGUMENT]\n"; the answer is "ok\n" or "error MESSAGE\n", then the
 * body (JSON for status). Only root and our own user (SO_PEERCRED); each action is logged with its uid.
 * At most 8 peers are served at a time, others wait in the socket's queue. A peer that is slow, silent or
 * talks nonsense is gone after 2 s (what a command itself takes does not count) and holds up nobody else.
 * Its thread is "tt-control".
 */

#include "base/buf.h"
#include "conf/conf.h"

struct tt_control;

/* A command as a row: the handler runs on the control thread and may wait up to a few seconds.
 * argument: absent (ptr NULL) or cleaned text. It appends the body to reply. Returns TT_OK, or an error
 * with the message in reply. */
struct tt_control_command {
    const char *name;
    bool takes_argument;
    bool is_action; /* changes something: logged */
    int (*run)(void *arg, struct tt_str argument, struct tt_buf *reply);
};

/* commands ends with a row whose name is NULL; it and arg are used until free. path: whole, of the socket.
 * One log line says what went wrong. Fails: as tt_unix_listen, TT_EAGAIN. Thread: the manager. */
int tt_control_new(const char *path, const struct tt_control_command *commands, void *arg,
                   struct tt_control **control);

/* Peers that were answered, of them those who talked nonsense, and those turned away (not permitted). */
struct tt_control_counts {
    uint64_t answered, malformed, refused, too_slow;
};
void tt_control_count(struct tt_control *control, struct tt_control_counts *counts);

/* Ends; the socket is removed at once. NULL is fine; sets NULL. False: a command still ran at deadline_ns
 * (monotonic); it may use arg until it comes back, then the thread frees what is left by itself. Must not
 * be called by a command. Thread: the manager. */
bool tt_control_free(struct tt_control **control, uint64_t deadline_ns);

/* One request line, without I/O: what the socket's thread does with it. peer's uid and pid are for the
 * log line. Appends the whole answer. Returns TT_ESYNTAX for nonsense (not one whole line of readable text
 * in our protocol naming a command as it is to be called), else what the command did. For tests and fuzzing.
 * Thread: any. */
int tt_control_answer(const struct tt_control_command *commands, void *arg, unsigned uid, int pid,
                      const char *line, size_t len, struct tt_buf *reply);

/* A request line has at most so many bytes, with its newline. */
enum { TT_CONTROL_LINE_MAX = 256, TT_CONTROL_PEERS_MAX = 8, TT_CONTROL_REPLY_MAX = 1 << 20 };
