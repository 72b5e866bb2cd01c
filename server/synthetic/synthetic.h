/* synthetic/synthetic.h - two commands that make calls without people:
 * `ringdown call`, a caller as a browser is one, and `ringdown answer`, a
 * telephone that answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both print what happened and end with a status that says it; --help says
 * the rest.  argv[0] is the name of the command.  Thread: main, once.
 */
#pragma once

/* 0 all well, 1 usage, 2 refused, 3 no media, 4 bad audio. */
int rd_synthetic_call(int argc, char **argv);
/* 0, or 1: usage, or cannot listen. */
int rd_synthetic_answer(int argc, char **argv);
