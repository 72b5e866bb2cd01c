/* dsp/dtmf.c - keypad digits by spandsp.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/dtmf.h"

#include <pthread.h>

#include <spandsp/telephony.h>

#include <spandsp/queue.h>
#include <spandsp/logging.h>
#include <spandsp/complex.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>
#include <spandsp/private/logging.h>
#include <spandsp/private/queue.h>
#include <spandsp/private/tone_generate.h>
#include <spandsp/private/dtmf.h> /* their sizes, for our allocator */

struct rd_dtmf_maker {
	dtmf_tx_state_t tx;
};

struct rd_dtmf_finder {
	dtmf_rx_state_t rx;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Each init of spandsp fills tables of the library that all share, the first
 * time; two threads must not be in there together. */
static void fill_tables(void)
{
	struct rd_dtmf_maker m;
	struct rd_dtmf_finder f;

	(void)dtmf_tx_init(&m.tx);
	(void)dtmf_rx_init(&f.rx, NULL, NULL);
}

enum rd_err rd_dtmf_maker_open(struct rd_dtmf_maker **out, unsigned on_ms,
			       unsigned off_ms, int level_dbm0)
{
	struct rd_dtmf_maker *m;

	*out = NULL;
	if (on_ms < 40 || on_ms > 1000 || off_ms < 40 || off_ms > 1000 ||
	    level_dbm0 < -30 || level_dbm0 > -3)
		return RD_E_RANGE;
	m = rd_zalloc(sizeof(*m));
	if (!m)
		return RD_E_NOMEM;
	pthread_once(&once, fill_tables);
	(void)dtmf_tx_init(&m->tx);
	dtmf_tx_set_level(&m->tx, level_dbm0, 0);
	dtmf_tx_set_timing(&m->tx, (int)on_ms, (int)off_ms);
	*out = m;
	return RD_OK;
}

void rd_dtmf_maker_close(struct rd_dtmf_maker *m)
{
	rd_free(m);
}

enum rd_err rd_dtmf_maker_push(struct rd_dtmf_maker *m, const char *digits)
{
	size_t n = strlen(digits);

	if (strspn(digits, "0123456789*#ABCD") != n)
		return RD_E_FORMAT;
	if (n > RD_DTMF_QUEUE)
		return RD_E_FULL;
	/* All or none: the library puts nothing when it does not fit whole. */
	if (n > 0 && dtmf_tx_put(&m->tx, digits, (int)n) != 0)
		return RD_E_FULL;
	return RD_OK;
}

bool rd_dtmf_maker_make(struct rd_dtmf_maker *m, int16_t *pcm, size_t n)
{
	size_t made = (size_t)dtmf_tx(&m->tx, pcm, (int)n);

	memset(pcm + made, 0, (n - made) * sizeof(*pcm));
	return made > 0;
}

enum rd_err rd_dtmf_finder_open(struct rd_dtmf_finder **out)
{
	struct rd_dtmf_finder *f = rd_zalloc(sizeof(*f));

	*out = NULL;
	if (!f)
		return RD_E_NOMEM;
	pthread_once(&once, fill_tables);
	(void)dtmf_rx_init(&f->rx, NULL, NULL);
	*out = f;
	return RD_OK;
}

void rd_dtmf_finder_close(struct rd_dtmf_finder *f)
{
	rd_free(f);
}

void rd_dtmf_finder_feed(struct rd_dtmf_finder *f, const int16_t *pcm, size_t n)
{
	(void)dtmf_rx(&f->rx, pcm, (int)n);
}

char rd_dtmf_finder_poll(struct rd_dtmf_finder *f)
{
	char digit[2] = { 0 };

	return dtmf_rx_get(&f->rx, digit, 1) == 1 ? digit[0] : '\0';
}
