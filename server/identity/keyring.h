/* identity/keyring.h - the keys of one issuer, fetched and kept fresh.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to identity.  Thread: the loop's.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "http/client.h"
#include "secure/jwt.h"

struct rd_keyring;

/* A fetch has ended, well or badly.  Never from within rd_keyring_fetch. */
typedef void rd_keyring_changed(void *arg, struct rd_keyring *k);

struct rd_keyring_cfg { /* texts are lent for the life of the ring */
	struct rd_loop *loop;
	struct rd_http_client *client;
	const char *name;
	const char *issuer;
	const char *discovery_url; /* one of the two */
	const char *keys_url;
	rd_keyring_changed *changed;
	void *arg;
};

/* https, or http to a loopback address.  RD_E_FORMAT, RD_E_DENIED. */
RD_MUST_USE enum rd_err rd_keyring_check_url(const char *url);

/* RD_E_NOMEM.  Begins to fetch in the first turn of the loop. */
RD_MUST_USE enum rd_err rd_keyring_open(struct rd_keyring **out,
					const struct rd_keyring_cfg *cfg);
void rd_keyring_close(struct rd_keyring *k); /* NULL is fine */

/* NULL: never had, or not refreshed for RD_IDENTITY_KEEP_MS. */
const struct rd_jwt_keys *rd_keyring_keys(const struct rd_keyring *k,
					  uint64_t now_ms);
/* Whether the latest fetch failed. */
bool rd_keyring_is_failing(const struct rd_keyring *k);
bool rd_keyring_is_fetching(const struct rd_keyring *k);
/* When the latest fetch began. */
uint64_t rd_keyring_tried_ms(const struct rd_keyring *k);
/* Begins a fetch unless one is under way; false: it cannot even begin. */
bool rd_keyring_fetch(struct rd_keyring *k, uint64_t now_ms);
