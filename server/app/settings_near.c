/* app/settings_near.c - the key that was probably meant.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/settings_priv.h"

enum {
	FAR = 4 /* letters to change, beyond which it is another word */
};

/* Of Levenshtein: letters to put in, to leave out, to change. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64];
	size_t n = rd_min_size(strlen(b), RD_COUNT(row) - 1);

	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned up = row[j];
			unsigned best = corner + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = up;
			row[j] = best;
		}
	}
	return row[n];
}

const char *rd_settings_near(const struct rd_section *table, const char *text)
{
	const char *near = NULL;
	unsigned best = FAR;

	for (const struct rd_setting *s = table->settings; s->key; s++) {
		unsigned d = distance(text, s->key);

		if (d >= best)
			continue;
		best = d;
		near = s->key;
	}
	return near;
}
