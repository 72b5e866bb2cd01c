/* base/secret.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/secret.h"

#include "base/mem.h"

enum rd_err rd_secret_init(struct rd_secret *out, struct rd_span from)
{
	*out = (struct rd_secret){ NULL, 0 };
	out->at = rd_alloc(from.len);
	if (!out->at)
		return RD_E_NOMEM;
	if (from.len)
		memcpy(out->at, from.at, from.len);
	out->len = from.len;
	return RD_OK;
}

void rd_secret_fini(struct rd_secret *s)
{
	if (s->at)
		rd_wipe(s->at, s->len);
	rd_free(s->at);
	*s = (struct rd_secret){ NULL, 0 };
}

struct rd_span rd_secret_lend(const struct rd_secret *s)
{
	return (struct rd_span){ s->at, s->len };
}

bool rd_secret_equal(struct rd_span a, struct rd_span b)
{
	uint8_t differ = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		differ |= (uint8_t)(a.at[i] ^ b.at[i]);
	return differ == 0;
}

void rd_wipe(void *at, size_t len)
{
	explicit_bzero(at, len);
}
