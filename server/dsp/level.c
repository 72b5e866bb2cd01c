/* dsp/level.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/level.h"

#include <math.h>

uint8_t rd_level_dbov(const int16_t *pcm, size_t n)
{
	int64_t power = 0;
	double db;

	for (size_t i = 0; i < n; i++)
		power += pcm[i] * pcm[i];
	if (power == 0)
		return RD_LEVEL_SILENT;
	db = 10 * log10(32767.0 * 32767.0 * (double)n / (double)power);
	if (db <= 0)
		return 0;
	return db >= RD_LEVEL_SILENT ? RD_LEVEL_SILENT : (uint8_t)lrint(db);
}
