/* app/serve.h - `ringdown serve`, `check` and `config`.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each takes the arguments after its name and returns the exit status:
 * 0 well, 1 failed, 2 wrong usage or configuration.
 */
#pragma once

int rd_serve(int argc, char **argv);
int rd_check(int argc, char **argv);
int rd_print_config(int argc, char **argv);
