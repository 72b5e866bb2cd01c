/* aws/credentials.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/credentials.h"

#include <stdio.h>

#include "aws/credentials_priv.h"
#include "base/random.h"
#include "base/text.h"
#include "base/timer.h"

enum {
	BEFORE_END_MS = 5 * 60 * 1000,
	SHORTEST_MS = 1000,             /* between two renewals */
	STABLE_MS = 5 * 60 * 1000,      /* keys of metadata live on: this ... */
	STABLE_MORE_MS = 5 * 60 * 1000, /* ... and up to that more */
	FIRST_GAP_MS = 250,
	LONGEST_GAP_MS = 60 * 1000,
	NO_SOURCE_GAP_MS = 15 * 1000,
	FAILURES = 3, /* until waiting does not help */

	METADATA_TOKEN_EARLY_MS = 5 * 60 * 1000,
	STS_NAME_TEXT = 64,
};

enum rd_err rd_aws_credentials_open(struct rd_aws_credentials **out,
				    const struct rd_aws_credentials_cfg *cfg,
				    uint64_t now_ms)
{
	struct rd_aws_credentials *m = rd_zalloc(sizeof(*m));

	*out = NULL;
	if (!m)
		return RD_E_NOMEM;
	m->around = cfg->around;
	m->due_ms = now_ms;
	m->sts_url = rd_strdup(cfg->sts_url);
	if (cfg->profile)
		m->profile = rd_strdup(cfg->profile);
	if (!m->sts_url || (cfg->profile && !m->profile)) {
		rd_aws_credentials_close(m);
		return RD_E_NOMEM;
	}
	*out = m;
	return RD_OK;
}

static void drop_request(struct rd_aws_credentials *m)
{
	rd_secret_fini(&m->header);
	rd_secret_fini(&m->body);
	m->is_asked = false;
}

/* The renewal is over, one way or the other. */
static void rest(struct rd_aws_credentials *m)
{
	drop_request(m);
	rd_aws_plan_fini(&m->plan);
	rd_aws_keys_fini(&m->fresh);
	m->step = RD_AWS_REST;
}

void rd_aws_credentials_close(struct rd_aws_credentials *m)
{
	if (!m)
		return;
	rest(m);
	rd_aws_keys_fini(&m->keys);
	rd_secret_fini(&m->metadata_token);
	rd_free(m->profile);
	rd_free(m->sts_url);
	rd_free(m);
}

/* --- how a renewal ends --- */

static uint64_t end_of_keys(const struct rd_aws_credentials *m)
{
	return rd_max_u64(m->keys.expires_wall_ms, m->stable_until_wall_ms);
}

/* Metadata has nothing newer: what it gave is used on, since AWS may be slow
 * to give new keys and still take the old ones. */
static void serve_on(struct rd_aws_credentials *m, uint64_t wall_ms)
{
	m->stable_until_wall_ms =
		wall_ms + STABLE_MS + rd_random_below(STABLE_MORE_MS);
}

static void fail(struct rd_aws_credentials *m, uint64_t now_ms,
		 uint64_t wall_ms)
{
	uint64_t gap_ms = FIRST_GAP_MS;

	for (unsigned i = 0; i < m->failures && gap_ms < LONGEST_GAP_MS; i++)
		gap_ms *= 2;
	gap_ms = rd_min_u64(gap_ms, LONGEST_GAP_MS);
	gap_ms = gap_ms / 2 + rd_random_below((uint32_t)gap_ms / 2 + 1);
	m->failures++;
	if (m->has_no_source)
		gap_ms = NO_SOURCE_GAP_MS;
	m->due_ms = now_ms + gap_ms;
	if (m->keys.id[0] && m->may_serve_on && m->keys.expires_wall_ms &&
	    wall_ms + 2 * LONGEST_GAP_MS >= end_of_keys(m))
		serve_on(m, wall_ms);
	rest(m);
}

/* m->fresh becomes m->keys. */
static void take_fresh(struct rd_aws_credentials *m, uint64_t now_ms)
{
	rd_aws_keys_fini(&m->keys);
	m->keys = m->fresh;
	memset(&m->fresh, 0, sizeof(m->fresh));
	m->source = m->plan.base;
	m->may_serve_on = m->source == RD_AWS_METADATA && !m->plan.role_count;
	m->stable_until_wall_ms = 0;
	m->made_ms = now_ms;
	m->renewals++;
	m->failures = 0;
	m->why.text[0] = '\0';
}

static void finish(struct rd_aws_credentials *m, uint64_t now_ms,
		   uint64_t wall_ms)
{
	uint64_t left_ms;

	if (m->fresh.expires_wall_ms && m->fresh.expires_wall_ms <= wall_ms) {
		rd_complain(&m->why, "the keys have expired before they came");
		if (m->plan.base != RD_AWS_METADATA || m->plan.role_count) {
			fail(m, now_ms, wall_ms);
			return;
		}
		if (!m->keys.id[0] || !m->may_serve_on)
			take_fresh(m, now_ms);
		serve_on(m, wall_ms);
		m->due_ms = now_ms + m->stable_until_wall_ms - wall_ms -
			    LONGEST_GAP_MS;
		rest(m);
		return;
	}
	take_fresh(m, now_ms);
	m->due_ms = RD_NEVER;
	if (m->keys.expires_wall_ms) {
		left_ms = m->keys.expires_wall_ms - wall_ms;
		if (m->may_serve_on && left_ms < LONGEST_GAP_MS)
			serve_on(m, wall_ms); /* no gap at their end */
		left_ms = left_ms > 2 * BEFORE_END_MS ? left_ms - BEFORE_END_MS
						      : left_ms / 2;
		m->due_ms = now_ms + rd_max_u64(left_ms, SHORTEST_MS);
	}
	rest(m);
}

/* m->fresh is made: the next role, or the end. */
static void go_on(struct rd_aws_credentials *m, uint64_t now_ms,
		  uint64_t wall_ms)
{
	if (m->roles_left > 0) {
		m->roles_left--;
		m->step = RD_AWS_ASSUME;
		return;
	}
	finish(m, now_ms, wall_ms);
}

/* --- polling --- */

static void begin(struct rd_aws_credentials *m, uint64_t now_ms,
		  uint64_t wall_ms)
{
	enum rd_err err = rd_aws_plan_init(&m->plan, m->around, m->profile,
					   wall_ms, &m->why);

	m->has_no_source = err == RD_E_NOTFOUND || err == RD_E_FORMAT ||
			   err == RD_E_UNSUPPORTED || err == RD_E_EXPIRED;
	if (err != RD_OK) {
		if (!m->why.text[0])
			rd_complain(&m->why, "%s", rd_err_text(err));
		fail(m, now_ms, wall_ms);
		return;
	}
	m->step = RD_AWS_BASE;
	m->roles_left = m->plan.role_count;
	m->is_token_new = false;
}

/* From the plan to its first step. */
static void leave_base(struct rd_aws_credentials *m, uint64_t now_ms,
		       uint64_t wall_ms)
{
	switch (m->plan.base) {
	case RD_AWS_WEB:
		m->step = RD_AWS_ASK_WEB;
		return;
	case RD_AWS_CONTAINER:
		m->step = RD_AWS_ASK_CONTAINER;
		return;
	case RD_AWS_METADATA:
		m->step = m->metadata_token.len > 0 &&
					  now_ms < m->metadata_token_end_ms
				  ? RD_AWS_ASK_ROLE
				  : RD_AWS_ASK_TOKEN;
		return;
	default:
		m->fresh = m->plan.keys;
		memset(&m->plan.keys, 0, sizeof(m->plan.keys));
		go_on(m, now_ms, wall_ms);
	}
}

static bool ask_step(struct rd_aws_credentials *m, uint64_t now_ms,
		     uint64_t wall_ms, struct rd_aws_keys_ask *ask)
{
	enum rd_err err = rd_aws_credentials_ask(m, ask);

	if (err != RD_OK) {
		if (!m->why.text[0])
			rd_complain(&m->why, "%s", rd_err_text(err));
		fail(m, now_ms, wall_ms);
		return false;
	}
	m->is_asked = true;
	return true;
}

bool rd_aws_credentials_poll(struct rd_aws_credentials *m, uint64_t now_ms,
			     uint64_t wall_ms, struct rd_aws_keys_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	if (m->is_asked)
		return false;
	if (m->step == RD_AWS_REST && now_ms >= m->due_ms)
		begin(m, now_ms, wall_ms);
	if (m->step == RD_AWS_BASE)
		leave_base(m, now_ms, wall_ms);
	return m->step != RD_AWS_REST && ask_step(m, now_ms, wall_ms, ask);
}

/* --- what comes back --- */

static const char *step_name(enum rd_aws_step step)
{
	switch (step) {
	case RD_AWS_ASK_WEB:
		return "AssumeRoleWithWebIdentity";
	case RD_AWS_ASSUME:
		return "AssumeRole";
	case RD_AWS_ASK_CONTAINER:
		return "the container endpoint";
	default:
		return "instance metadata";
	}
}

/* Says why without a byte of what was answered, but for an error's name. */
static void complain(struct rd_aws_credentials *m,
		     const struct rd_aws_keys_told *told)
{
	char name[STS_NAME_TEXT];

	if (told->err != RD_OK) {
		rd_complain(&m->why, "%s: %s", step_name(m->step),
			    rd_err_text(told->err));
		return;
	}
	rd_aws_sts_error(told->body, name, sizeof(name));
	rd_complain(&m->why, "%s answered %u%s%s", step_name(m->step),
		    told->status, name[0] ? " " : "", name);
}

static bool take_metadata_token(struct rd_aws_credentials *m,
				struct rd_span body, uint64_t now_ms)
{
	if (body.len == 0 || body.len > RD_AWS_MOST_LOCAL_TOKEN)
		return false;
	rd_secret_fini(&m->metadata_token);
	if (rd_secret_init(&m->metadata_token, body) != RD_OK)
		return false;
	m->metadata_token_end_ms = now_ms + RD_AWS_TOKEN_S * UINT64_C(1000) -
				   METADATA_TOKEN_EARLY_MS;
	m->is_token_new = true;
	m->step = RD_AWS_ASK_ROLE;
	return true;
}

/* The name becomes a part of a path. */
static bool take_metadata_role(struct rd_aws_credentials *m,
			       struct rd_span body)
{
	size_t len = 0;

	while (len < body.len && body.at[len] != '\n' && body.at[len] != '\r')
		len++;
	if (len == 0 || len >= sizeof(m->role))
		return false;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = body.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (c && strchr("+=,@-_", c)) ||
		      (c == '.' && i > 0)))
			return false;
	}
	rd_text_copy(m->role, sizeof(m->role), rd_span(body.at, len));
	m->step = RD_AWS_ASK_KEYS;
	return true;
}

/* RD_OK: m->fresh is made. */
static enum rd_err take_keys(struct rd_aws_credentials *m, struct rd_span body)
{
	struct rd_aws_keys keys;
	enum rd_err err = m->step == RD_AWS_ASK_WEB || m->step == RD_AWS_ASSUME
				  ? rd_aws_keys_xml(&keys, body)
				  : rd_aws_keys_json(&keys, body);

	if (err != RD_OK)
		return err;
	rd_aws_keys_fini(&m->fresh);
	m->fresh = keys;
	return RD_OK;
}

static void take_answer(struct rd_aws_credentials *m, struct rd_span body,
			uint64_t now_ms, uint64_t wall_ms)
{
	enum rd_err err;

	if (m->step == RD_AWS_ASK_TOKEN && take_metadata_token(m, body, now_ms))
		return;
	if (m->step == RD_AWS_ASK_ROLE && take_metadata_role(m, body))
		return;
	err = m->step == RD_AWS_ASK_TOKEN || m->step == RD_AWS_ASK_ROLE
		      ? RD_E_FORMAT
		      : take_keys(m, body);
	if (err == RD_OK) {
		go_on(m, now_ms, wall_ms);
		return;
	}
	rd_complain(&m->why, "%s gave no keys that can be used",
		    step_name(m->step));
	fail(m, now_ms, wall_ms);
}

void rd_aws_credentials_feed(struct rd_aws_credentials *m,
			     const struct rd_aws_keys_told *told,
			     uint64_t now_ms, uint64_t wall_ms)
{
	if (!m->is_asked)
		return;
	drop_request(m);
	if (told->err == RD_OK && told->status == 200) {
		take_answer(m, told->body, now_ms, wall_ms);
		return;
	}
	if (told->err == RD_OK && told->status == 401 && !m->is_token_new &&
	    (m->step == RD_AWS_ASK_ROLE || m->step == RD_AWS_ASK_KEYS)) {
		/* The token is stale: a new one, once. */
		rd_secret_fini(&m->metadata_token);
		m->step = RD_AWS_ASK_TOKEN;
		return;
	}
	complain(m, told);
	fail(m, now_ms, wall_ms);
}

/* --- asking --- */

uint64_t rd_aws_credentials_due_ms(const struct rd_aws_credentials *m)
{
	if (m->is_asked)
		return RD_NEVER;
	return m->step == RD_AWS_REST ? m->due_ms : 0;
}

const struct rd_aws_keys *rd_aws_credentials_keys(
	const struct rd_aws_credentials *m, uint64_t wall_ms)
{
	if (!m->keys.id[0] ||
	    (m->keys.expires_wall_ms && wall_ms >= end_of_keys(m)))
		return NULL;
	return &m->keys;
}

bool rd_aws_credentials_is_hopeless(const struct rd_aws_credentials *m)
{
	return m->has_no_source || m->failures >= FAILURES;
}

void rd_aws_credentials_renew(struct rd_aws_credentials *m, const char *id,
			      uint64_t now_ms)
{
	if (strcmp(id, m->keys.id) != 0 || m->step != RD_AWS_REST ||
	    m->failures || now_ms < m->made_ms + SHORTEST_MS)
		return;
	m->due_ms = now_ms;
}

const char *rd_aws_credentials_source(const struct rd_aws_credentials *m)
{
	static const char *const names[] = { "none",      "environment",
					     "profile",   "web identity",
					     "container", "instance metadata" };

	return names[m->source];
}

const char *rd_aws_credentials_why(const struct rd_aws_credentials *m,
				   unsigned *failures)
{
	*failures = m->failures;
	return m->why.text;
}

unsigned rd_aws_credentials_renewals(const struct rd_aws_credentials *m)
{
	return m->renewals;
}
