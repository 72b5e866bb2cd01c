/* app/settings_priv.h - what reading and printing settings share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * settings.c reads, settings_kept.c keeps what was read, settings_near.c
 * guesses what was meant, settings_print.c prints the tables.
 */
#pragma once
#include "app/settings.h"

enum {
	RD_SETTINGS_PATH = 256
}; /* bytes of "destinations[2].limits" */

/* --- settings_kept.c --- */

struct rd_settings *rd_settings_open(void); /* NULL: no memory */
/* Zeroes, until rd_settings_close; NULL: no memory. */
void *rd_settings_keep(struct rd_settings *s, size_t bytes);
/* The setting at that place of the struct stood in that line.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_settings_note(struct rd_settings *s,
					 const void *place, unsigned line);

/* --- settings_near.c --- */

/* The key of the table that text is a slip of; NULL: none is like it. */
const char *rd_settings_near(const struct rd_section *table, const char *text);

/* --- settings_print.c --- */

/* "one of a, b, c" */
void rd_settings_list_words(const char *const *words, char *buf, size_t size);
/* out holds RD_SETTINGS_PATH bytes. */
void rd_settings_join(char *out, const char *path, const char *key);
