/* app/settings.h - a YAML file read into a struct by a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One table says of each setting its key, kind, place in the struct, default,
 * bounds and a sentence.  The reader, the sample file (rd_settings_sample)
 * and the reference page are all made from it.  Every complaint names the
 * file, the line and what would be right.  Thread: the one that starts us.
 */
#pragma once
#include <stdio.h>

#include "base/addr.h"
#include "base/base.h"

enum rd_setting_kind {
	RD_SET_BOOL,         /* bool */
	RD_SET_NUMBER,       /* unsigned; least..most */
	RD_SET_TEXT,         /* char * or NULL; least..most bytes */
	RD_SET_SECRET,       /* the same, never printed */
	RD_SET_WORD,         /* unsigned: index in words */
	RD_SET_ADDRESS,      /* struct rd_addr, numeric, no port */
	RD_SET_ADDRESS_PORT, /* struct rd_addr with port */
	RD_SET_URL,          /* char *: http, https, ws, wss */
	RD_SET_TEXTS,        /* struct rd_texts */
	RD_SET_PAIRS,        /* struct rd_pairs, a mapping of texts */
	RD_SET_WORDS,     /* struct rd_chosen: a list out of words, in order */
	RD_SET_NETWORKS,  /* struct rd_networks */
	RD_SET_ADDRESSES, /* struct rd_addresses, without ports */
	RD_SET_LISTENERS, /* struct rd_addresses, with ports */
	RD_SET_SECTION,   /* a struct inside, by its own table */
	RD_SET_SECTIONS,  /* struct rd_sections: a list of such structs */
};

struct rd_texts {
	char **at;
	unsigned count;
};
struct rd_pairs {
	char **names;
	char **values;
	unsigned count;
};
struct rd_chosen {
	uint8_t at[16];
	unsigned count;
};
struct rd_networks {
	struct rd_network at[16];
	unsigned count;
};
struct rd_addresses {
	struct rd_addr at[8];
	unsigned count;
};
struct rd_sections {
	void *at; /* count structs of the section's size */
	unsigned count;
};

struct rd_setting {
	const char *key;
	enum rd_setting_kind kind;
	size_t place;
	const char *standard; /* the default as it would be written; NULL: none,
			       * and "!" says that it must be given */
	uint64_t least, most;
	const char *const *words; /* ended by NULL */
	const struct rd_section *section;
	const char *sentence; /* for the sample and the reference */
	const char *example;  /* in the sample, where there is no default */
};

struct rd_section {
	size_t size;
	const struct rd_setting *settings; /* ended by key NULL */
};

struct rd_settings; /* what was read; owns all texts in the struct */

/* Reads text (of the file called name) into the zeroed struct at to, made by
 * table.  On failure nothing is kept and why says what was wrong.
 * *has_secret (may be NULL) says whether a RD_SET_SECRET was given. */
RD_MUST_USE enum rd_err rd_settings_read(struct rd_settings **out,
					 const struct rd_section *table,
					 void *to, const char *name,
					 struct rd_span text, bool *has_secret,
					 struct rd_complaint *why);
void rd_settings_close(struct rd_settings *s); /* NULL is fine */

/* The line on which the setting at this place stood; 0: it was not given.
 * For complaints about what only the whole can tell. */
unsigned rd_settings_line(const struct rd_settings *s, const void *place);

/* A commented file with every setting at its default. */
void rd_settings_sample(const struct rd_section *table, FILE *to);
/* The same as a Markdown reference. */
void rd_settings_reference(const struct rd_section *table, FILE *to);
