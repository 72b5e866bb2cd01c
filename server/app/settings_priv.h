/* app/settings_priv.h - what reading and printing settings share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include "app/settings.h"

enum {
	RD_SETTINGS_PATH = 256
}; /* bytes of "destinations[2].limits" */

/* "one of a, b, c" */
void rd_settings_list_words(const char *const *words, char *buf, size_t size);
/* out holds RD_SETTINGS_PATH bytes. */
void rd_settings_join(char *out, const char *path, const char *key);
