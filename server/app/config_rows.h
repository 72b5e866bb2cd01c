/* app/config_rows.h - what the files share that have tables of settings.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The short words are for those files alone.
 */
#pragma once
#include "app/config.h"

#define END                                                                    \
	{                                                                      \
		.key = NULL                                                    \
	}

#define ROW(k, type, field, name, std, lo, hi, text)                           \
	{                                                                      \
		.key = (name), .kind = (k),                                    \
		.place = offsetof(struct type, field), .standard = (std),      \
		.least = (lo), .most = (hi), .sentence = (text)                \
	}
#define WORDS(k, type, field, name, std, list, text)                           \
	{                                                                      \
		.key = (name), .kind = (k),                                    \
		.place = offsetof(struct type, field), .standard = (std),      \
		.words = (list), .sentence = (text)                            \
	}
#define EXAMPLE(k, type, field, name, lo, hi, text, shown)                     \
	{                                                                      \
		.key = (name), .kind = (k),                                    \
		.place = offsetof(struct type, field), .least = (lo),          \
		.most = (hi), .sentence = (text), .example = (shown)           \
	}
#define MUST(k, type, field, name, lo, hi, text, shown)                        \
	{                                                                      \
		.key = (name), .kind = (k),                                    \
		.place = offsetof(struct type, field), .standard = "!",        \
		.least = (lo), .most = (hi), .sentence = (text),               \
		.example = (shown)                                             \
	}

/* --- what only the whole can tell --------------------------------------- */

struct rd_config_checking {
	const struct rd_config *c;
	const char *path;
	struct rd_complaint *why;
};

/* Complains; place is the setting the line is taken from, name (may be NULL)
 * what is quoted.  Always RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_config_bad(const struct rd_config_checking *k,
				      const void *place, const char *text,
				      const char *name);
/* NULL: there is none. */
const struct rd_config_trunk *rd_config_find_trunk(const struct rd_config *c,
						   const char *name);

/* --- config_providers.c -------------------------------------------------- */

extern const struct rd_section rd_config_aws_section;
extern const struct rd_section rd_config_connect_section;
extern const struct rd_section rd_config_chime_section;
RD_MUST_USE enum rd_err rd_config_check_providers(
	const struct rd_config_checking *k);

/* --- config_compatible.c ------------------------------------------------- */

extern const struct rd_section rd_config_compatible_section;
RD_MUST_USE enum rd_err rd_config_check_compatible(
	const struct rd_config_checking *k);

/* --- config_turn.c ------------------------------------------------------- */

extern const struct rd_section rd_config_turn_section;
RD_MUST_USE enum rd_err rd_config_check_turn(
	const struct rd_config_checking *k);

/* --- config_handler.c ---------------------------------------------------- */

extern const struct rd_section rd_config_handler_section;
RD_MUST_USE enum rd_err rd_config_check_handler(
	const struct rd_config_checking *k);
