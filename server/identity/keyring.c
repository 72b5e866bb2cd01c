/* identity/keyring.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "identity/keyring.h"

#include <stdio.h>

#include "base/log.h"
#include "base/metrics.h"
#include "http/url.h"
#include "identity/discovery.h"
#include "identity/identity.h"

enum {
	REDIRECTS_MAX = 3,      /* on the same host */
	RETRY_FIRST_MS = 1000,  /* doubling */
	RETRY_EMPTY_MS = 30000, /* at most this while there are no keys */
	RETRY_MAX_MS = 300000,
};

static const char *const outcomes[] = { "ok", "failed" };
RD_COUNTERS(fetches, "ringdown_key_fetches_total",
	    "Fetches of an issuer's key set.", "outcome", outcomes);

struct rd_keyring {
	struct rd_keyring_cfg cfg;

	struct rd_jwt_keys *keys;
	uint64_t good_ms; /* when keys were fetched */
	uint64_t opened_ms;
	uint64_t tried_ms;
	unsigned failures; /* since the last success */
	bool is_fetching;
	bool is_alarmed;
	uint32_t request;
	struct rd_timer timer;
};

enum rd_err rd_keyring_check_url(const char *text)
{
	struct rd_url url;
	enum rd_err err = rd_url_parse(&url, rd_span_text(text));

	if (err)
		return RD_E_FORMAT;
	if (url.is_websocket || (!url.is_secure && !rd_url_is_loopback(&url)))
		return RD_E_DENIED;
	return RD_OK;
}

static uint64_t now_of(const struct rd_keyring *k)
{
	return rd_loop_now_ms(k->cfg.loop);
}

static void arm(struct rd_keyring *k, uint64_t due_ms)
{
	rd_timer_arm(rd_loop_timers(k->cfg.loop), &k->timer, due_ms);
}

static uint64_t retry_after_ms(const struct rd_keyring *k)
{
	unsigned doublings = k->failures < 10 ? k->failures - 1 : 9;

	return rd_min_u64((uint64_t)RETRY_FIRST_MS << doublings,
			  k->keys ? RETRY_MAX_MS : RETRY_EMPTY_MS);
}

/* The old keys go on serving; somebody is told when that has gone on too
 * long (F18). */
static void note_failure(struct rd_keyring *k, const char *detail)
{
	uint64_t since_ms = k->keys ? k->good_ms : k->opened_ms;
	uint64_t now_ms = now_of(k);
	char escaped[RD_LOG_VALUE];

	k->is_fetching = false;
	k->failures++;
	rd_metric_add(&fetches, 1, 1);
	rd_log(RD_LOG_WARN, "identity",
	       "event=\"key set not fetched\" issuer=%s failures=%u detail=%s",
	       k->cfg.name, k->failures,
	       rd_log_value(rd_span_text(detail), escaped));
	if (now_ms - since_ms >= RD_IDENTITY_ALARM_MS && !k->is_alarmed) {
		k->is_alarmed = true;
		rd_log(RD_LOG_ERROR, "identity",
		       "event=\"key set out of reach\" issuer=%s age_s=%llu",
		       k->cfg.name,
		       (unsigned long long)(now_ms - since_ms) / 1000);
	}
	arm(k, now_ms + retry_after_ms(k));
}

static void fail(struct rd_keyring *k, const char *detail)
{
	note_failure(k, detail);
	k->cfg.changed(k->cfg.arg, k);
}

static void succeed(struct rd_keyring *k, struct rd_jwt_keys *keys)
{
	rd_jwt_keys_close(k->keys);
	k->keys = keys;
	k->good_ms = now_of(k);
	k->is_fetching = false;
	k->is_alarmed = false;
	k->failures = 0;
	rd_metric_add(&fetches, 0, 1);
	rd_log(RD_LOG_INFO, "identity",
	       "event=\"key set fetched\" issuer=%s keys=%zu", k->cfg.name,
	       rd_jwt_keys_count(keys));
	arm(k, k->good_ms + RD_IDENTITY_REFRESH_MS);
	k->cfg.changed(k->cfg.arg, k);
}

/* Whether it is an answer with a document; else says why not. */
static bool is_answer(const struct rd_http_result *r, char *why, size_t size)
{
	if (r->err) {
		snprintf(why, size, "%s: %s", rd_err_text(r->err), r->detail);
		return false;
	}
	if (r->status != 200) {
		snprintf(why, size, "status %u", r->status);
		return false;
	}
	return true;
}

static bool get(struct rd_keyring *k, const char *url, rd_http_done *done)
{
	static const char *const headers[] = { "Accept: application/json" };
	struct rd_http_fetch fetch = {
		.url = url,
		.headers = headers,
		.header_count = RD_COUNT(headers),
		.deadline_ms = RD_IDENTITY_FETCH_MS,
		.most_bytes = RD_JWT_KEYS_BYTES_MAX,
		.most_redirects = REDIRECTS_MAX,
	};

	return rd_http_client_fetch(k->cfg.client, &fetch, done, k,
				    &k->request) == RD_OK;
}

static void got_keys(void *arg, const struct rd_http_result *r)
{
	struct rd_keyring *k = arg;
	struct rd_complaint complaint = { "" };
	struct rd_jwt_keys *keys;
	char why[512];

	k->request = 0;
	if (!is_answer(r, why, sizeof(why))) {
		fail(k, why);
		return;
	}
	if (rd_jwt_keys_parse(&keys, r->body, &complaint)) {
		/* Somebody must act if it gives away private keys (T16). */
		fail(k, complaint.text[0] ? complaint.text : "out of memory");
		return;
	}
	succeed(k, keys);
}

static void got_discovery(void *arg, const struct rd_http_result *r)
{
	struct rd_keyring *k = arg;
	struct rd_complaint complaint = { "" };
	char why[512], keys_url[RD_URL_MOST + 1];

	k->request = 0;
	if (!is_answer(r, why, sizeof(why))) {
		fail(k, why);
		return;
	}
	if (rd_discovery_read(r->body, k->cfg.issuer, k->cfg.discovery_url,
			      keys_url, sizeof(keys_url), &complaint)) {
		fail(k, complaint.text);
		return;
	}
	if (!get(k, keys_url, got_keys))
		fail(k, "the request for the key set could not begin");
}

bool rd_keyring_fetch(struct rd_keyring *k, uint64_t now_ms)
{
	const char *url =
		k->cfg.discovery_url ? k->cfg.discovery_url : k->cfg.keys_url;

	if (k->is_fetching)
		return true;
	k->tried_ms = now_ms;
	k->is_fetching =
		get(k, url, k->cfg.discovery_url ? got_discovery : got_keys);
	if (!k->is_fetching)
		note_failure(k, "the request could not begin");
	return k->is_fetching;
}

static void due(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_keyring *k = rd_container(t, struct rd_keyring, timer);

	rd_keyring_fetch(k, now_ms);
}

enum rd_err rd_keyring_open(struct rd_keyring **out,
			    const struct rd_keyring_cfg *cfg)
{
	struct rd_keyring *k;

	*out = NULL;
	k = rd_zalloc(sizeof(*k));
	if (!k)
		return RD_E_NOMEM;
	k->cfg = *cfg;
	k->timer.fn = due;
	k->opened_ms = now_of(k);
	arm(k, k->opened_ms);
	*out = k;
	return RD_OK;
}

void rd_keyring_close(struct rd_keyring *k)
{
	if (!k)
		return;
	rd_timer_disarm(rd_loop_timers(k->cfg.loop), &k->timer);
	if (k->is_fetching)
		rd_http_client_cancel(k->cfg.client, k->request);
	rd_jwt_keys_close(k->keys);
	rd_free(k);
}

const struct rd_jwt_keys *rd_keyring_keys(const struct rd_keyring *k,
					  uint64_t now_ms)
{
	if (!k->keys || now_ms - k->good_ms >= RD_IDENTITY_KEEP_MS)
		return NULL;
	return k->keys;
}

bool rd_keyring_is_failing(const struct rd_keyring *k)
{
	return k->failures > 0;
}

bool rd_keyring_is_fetching(const struct rd_keyring *k)
{
	return k->is_fetching;
}

uint64_t rd_keyring_tried_ms(const struct rd_keyring *k)
{
	return k->tried_ms;
}
