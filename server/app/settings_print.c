/* app/settings_print.c - the sample file and the reference, from the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/settings_priv.h"

void rd_settings_list_words(const char *const *words, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "one of");

	for (int i = 0; words[i] && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s %s", i ? "," : "",
				      words[i]);
}

void rd_settings_join(char *out, const char *path, const char *key)
{
	snprintf(out, RD_SETTINGS_PATH, "%s%s%s", path, path[0] ? "." : "",
		 key);
}

static const char *kind_text(const struct rd_setting *s, char *buf, size_t size)
{
	switch (s->kind) {
	case RD_SET_BOOL:
		return "true or false";
	case RD_SET_NUMBER:
		snprintf(buf, size, "%llu to %llu",
			 (unsigned long long)s->least,
			 (unsigned long long)s->most);
		return buf;
	case RD_SET_WORD:
	case RD_SET_WORDS:
		rd_settings_list_words(s->words, buf, size);
		return buf;
	case RD_SET_ADDRESS:
		return "an address";
	case RD_SET_ADDRESS_PORT:
		return "address:port";
	case RD_SET_URL:
		return "a URL";
	case RD_SET_PAIRS:
		return "name: value pairs";
	case RD_SET_TEXTS:
		return "a list of texts";
	case RD_SET_NETWORKS:
		return "a list of networks";
	case RD_SET_ADDRESSES:
		return "a list of addresses";
	case RD_SET_LISTENERS:
		return "a list of address:port";
	default:
		return "a text";
	}
}

static void sample_section(const struct rd_section *table, unsigned depth,
			   bool in_list, FILE *to);

static void sample_setting(const struct rd_setting *s, unsigned depth, FILE *to)
{
	bool must = s->standard && !strcmp(s->standard, "!");
	const char *value = s->standard && !must ? s->standard : s->example;
	bool is_list = s->kind == RD_SET_SECTIONS;
	char buf[160];

	if (s->kind == RD_SET_SECTION || is_list) {
		fprintf(to, "%*s# %s\n", (int)depth * 2, "", s->sentence);
		fprintf(to, "%s%*s%s:\n", is_list && !s->example ? "#" : "",
			(int)depth * 2, "", s->key);
		sample_section(s->section, depth + 1, is_list, to);
		return;
	}
	fprintf(to, "%*s# %s (%s)%s\n", (int)depth * 2, "", s->sentence,
		kind_text(s, buf, sizeof(buf)), must ? " Required." : "");
	fprintf(to, "%s%*s%s: %s\n", s->standard ? "" : "#", (int)depth * 2, "",
		s->key, value ? value : "");
}

/* In a list the whole example item is commented out with '#'. */
static void sample_section(const struct rd_section *table, unsigned depth,
			   bool in_list, FILE *to)
{
	bool is_first = true;

	for (const struct rd_setting *s = table->settings; s->key; s++) {
		char buf[160];

		if (!in_list) {
			sample_setting(s, depth, to);
			continue;
		}
		if (s->kind == RD_SET_SECTION) {
			fprintf(to, "#%*s%s: {}  # %s\n", (int)depth * 2 + 1,
				"", s->key, s->sentence);
			continue;
		}
		fprintf(to, "#%*s%s%s: %s  # %s (%s)\n", (int)depth * 2 - 1, "",
			is_first ? "- " : "  ", s->key,
			s->standard && strcmp(s->standard, "!") ? s->standard
			: s->example                            ? s->example
								: "\"\"",
			s->sentence, kind_text(s, buf, sizeof(buf)));
		is_first = false;
	}
	fputc('\n', to);
}

void rd_settings_sample(const struct rd_section *table, FILE *to)
{
	fprintf(to, "# Ringdown configuration. Every setting is here at its "
		    "default; what has no\n# default is commented out.\n\n");
	sample_section(table, 0, false, to);
}

static void reference_section(const struct rd_section *table, const char *path,
			      FILE *to)
{
	for (const struct rd_setting *s = table->settings; s->key; s++) {
		bool must = s->standard && !strcmp(s->standard, "!");
		char deeper[RD_SETTINGS_PATH], buf[160];

		rd_settings_join(deeper, path, s->key);
		if (s->section) {
			if (s->kind == RD_SET_SECTIONS)
				strncat(deeper, "[]",
					sizeof(deeper) - strlen(deeper) - 1);
			fprintf(to, "| **`%s`** | | | %s |\n", deeper,
				s->sentence);
			reference_section(s->section, deeper, to);
			continue;
		}
		fprintf(to, "| `%s` | %s | %s%s%s | %s |\n", deeper,
			kind_text(s, buf, sizeof(buf)),
			s->standard && !must ? "`" : "",
			must          ? "required"
			: s->standard ? s->standard
				      : "–",
			s->standard && !must ? "`" : "", s->sentence);
	}
}

void rd_settings_reference(const struct rd_section *table, FILE *to)
{
	fprintf(to, "| key | value | default | |\n|---|---|---|---|\n");
	reference_section(table, "", to);
}
