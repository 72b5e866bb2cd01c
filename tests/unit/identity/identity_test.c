/* tests/unit/identity/identity_test.c - against a real issuer on loopback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <openssl/pem.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "fake/issuer.h"
#include "fake/token.h"
#include "identity/identity.h"

/* The clocks of base, which this program defines itself: the real ones and as
 * much later as a test likes. */
static uint64_t ahead_ms;

static uint64_t clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000 +
	       ahead_ms * 1000;
}
uint64_t rd_clock_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}
uint64_t rd_clock_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}
uint64_t rd_clock_wall_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000;
}

enum {
	KEY_A,
	KEY_B,
	KEYS
};
static EVP_PKEY *pkey[KEYS];
static const char *const audiences[] = { "ringdown" };
static const char secret_text[] = "a secret of at least 32 bytes, yes";

struct world {
	struct fake_issuer issuer;
	struct rd_loop *loop;
	struct rd_http_client *client;
	struct rd_identity *id;
	unsigned answers; /* of those who waited */
	enum rd_err last;
};

static int make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		pkey[i] = EVP_EC_gen("P-256");
	rd_log_set_level(RD_LOG_ERROR);
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(pkey[i]);
	return 0;
}

/* The issuer's key set: of the keys in a mask, with kid "0", "1". */
static void publish(struct world *w, unsigned mask, const char *more)
{
	char set[KEYS * JWK_SIZE] = "{\"keys\":[", jwk[JWK_SIZE], with[64];

	for (unsigned i = 0; i < KEYS; i++) {
		if (!(mask >> i & 1))
			continue;
		snprintf(with, sizeof(with), ",\"kid\":\"%u\"%s", i, more);
		token_jwk(jwk, pkey[i], with);
		if (set[strlen(set) - 1] == '}')
			strcat(set, ",");
		strcat(set, jwk);
	}
	strcat(set, "]}");
	fake_issuer_set_keys(&w->issuer, set);
}

static struct rd_issuer_cfg configured(struct world *w, bool by_discovery)
{
	static char url[128];

	snprintf(url, sizeof(url), "%s%s", w->issuer.url,
		 by_discovery ? "/.well-known/openid-configuration" : "/keys");
	return (struct rd_issuer_cfg){
		.name = "login",
		.issuer = w->issuer.url,
		.discovery_url = by_discovery ? url : NULL,
		.keys_url = by_discovery ? NULL : url,
		.audiences = audiences,
		.audience_count = 1,
	};
}

static void world_open(struct world *w, bool by_discovery,
		       enum fake_issuer_mode mode)
{
	struct rd_http_client_cfg http = { 0 };
	struct rd_complaint why = { "" };
	struct rd_issuer_cfg cfg;

	memset(w, 0, sizeof(*w));
	fake_issuer_open(&w->issuer);
	fake_issuer_be(&w->issuer, mode);
	publish(w, 1 << KEY_A, "");
	CHECK_OK(rd_loop_open(&w->loop));
	http.loop = w->loop;
	CHECK_OK(rd_http_client_open(&w->client, &http));
	cfg = configured(w, by_discovery);
	CHECK_OK(rd_identity_open(&w->id, w->loop, w->client, &cfg, 1, &why));
}

static void world_close(struct world *w)
{
	rd_identity_close(w->id);
	rd_http_client_close(w->client);
	rd_loop_close(w->loop);
	fake_issuer_close(&w->issuer);
}

/* A token of the issuer for sub, good for an hour. */
static void make_token(char *out, const struct world *w, unsigned key,
		       const char *kid, const char *sub)
{
	unsigned long long now_s = rd_clock_wall_ms() / 1000;
	char header[128], payload[512];

	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
		 kid);
	snprintf(payload, sizeof(payload),
		 "{\"iss\":\"%s\",\"aud\":\"ringdown\",\"sub\":\"%s\","
		 "\"iat\":%llu,\"exp\":%llu}",
		 w->issuer.url, sub, now_s, now_s + 3600);
	token_sign(out, header, payload, pkey[key], "ES256");
}

static enum rd_err check(struct world *w, const char *token)
{
	static struct rd_caller caller;

	return rd_identity_check(w->id, rd_span_text(token), rd_clock_ms(),
				 rd_clock_wall_ms(), &caller);
}

static enum rd_err check_new(struct world *w, unsigned key, const char *kid)
{
	char token[TOKEN_SIZE];

	make_token(token, w, key, kid, "alice");
	return check(w, token);
}

static void answered(void *arg, enum rd_err err, const struct rd_caller *caller)
{
	struct world *w = arg;

	CHECK(!err == !!caller && err != RD_E_AGAIN);
	w->answers++;
	w->last = err;
}

static enum rd_err ask(struct world *w, const char *token, uint32_t *ticket)
{
	static struct rd_caller caller;

	return rd_identity_ask(w->id, rd_span_text(token), rd_clock_ms(),
			       rd_clock_wall_ms(), &caller, answered, w,
			       ticket);
}

/* Turns of the loop until so many have been answered. */
static void wait_answers(struct world *w, unsigned count)
{
	for (unsigned i = 0; i < 500 && w->answers < count; i++)
		rd_loop_turn(w->loop, 20);
	CHECK_EQ(w->answers, count);
}

/* Asks, waits if it must, and gives the verdict. */
static enum rd_err judge(struct world *w, const char *token)
{
	unsigned before = w->answers;
	uint32_t ticket;
	enum rd_err err = ask(w, token, &ticket);

	CHECK((err == RD_E_AGAIN) == (ticket != 0));
	if (err != RD_E_AGAIN)
		return err;
	wait_answers(w, before + 1);
	return w->last;
}

static enum rd_err judge_new(struct world *w, unsigned key, const char *kid)
{
	char token[TOKEN_SIZE];

	make_token(token, w, key, kid, "alice");
	return judge(w, token);
}

/* Lets time pass; what is due then begins. */
static void pass(struct world *w, uint64_t ms)
{
	ahead_ms += ms;
	rd_loop_turn(w->loop, 0);
	rd_loop_turn(w->loop, 0);
}

/* Turns of the loop until the issuer has been asked so often in all. */
static void wait_requests(struct world *w, unsigned count)
{
	for (unsigned i = 0; i < 500 && w->issuer.requests < count; i++)
		rd_loop_turn(w->loop, 20);
	CHECK_EQ(w->issuer.requests, count);
}

/* Until keys can be had again. */
static enum rd_err judge_soon(struct world *w, const char *token)
{
	enum rd_err err = RD_E_UPSTREAM;

	for (unsigned i = 0; i < 10 && err == RD_E_UPSTREAM; i++) {
		pass(w, 2000);
		err = judge(w, token);
	}
	return err;
}

TEST(the_keys_are_found_by_discovery)
{
	struct world w;

	world_open(&w, true, ISSUER_OK);
	CHECK(!rd_identity_is_ready(w.id));
	CHECK_ERR(check_new(&w, KEY_A, "0"), RD_E_AGAIN);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	CHECK(rd_identity_is_ready(w.id));
	CHECK_OK(check_new(&w, KEY_A, "0")); /* from now on at once */
	CHECK_EQ(w.issuer.requests, 2);
	CHECK_ERR(check_new(&w, KEY_B, "0"), RD_E_DENIED);
	CHECK_ERR(check(&w, ""), RD_E_AUTH);
	CHECK_ERR(check(&w, "abc"), RD_E_DENIED);
	world_close(&w);
}

TEST(the_keys_may_have_an_address_of_their_own)
{
	struct world w;

	world_open(&w, false, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	CHECK_EQ(w.issuer.requests, 1);
	world_close(&w);
}

TEST(a_token_of_yesterday_has_expired)
{
	char token[TOKEN_SIZE];
	struct world w;

	world_open(&w, false, ISSUER_OK);
	make_token(token, &w, KEY_A, "0", "alice");
	CHECK_OK(judge(&w, token));
	pass(&w, 3600 * 1000 + 59 * 1000 - 5000);
	CHECK_OK(check(&w, token));
	pass(&w, 20000);
	CHECK_ERR(check(&w, token), RD_E_EXPIRED);
	world_close(&w);
}

TEST(a_new_key_is_fetched_when_a_token_names_it)
{
	struct world w;

	world_open(&w, false, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	publish(&w, 1 << KEY_A | 1 << KEY_B, "");
	CHECK_OK(judge_new(&w, KEY_B, "1"));
	CHECK_EQ(w.issuer.requests, 2);
	CHECK_OK(check_new(&w, KEY_A, "0"));
	world_close(&w);
}

/* Not refused for good: the issuer is only slow to publish it. */
TEST(a_new_key_of_a_slow_issuer_is_not_refused_for_good)
{
	char token[TOKEN_SIZE];
	uint32_t ticket;
	struct world w;

	world_open(&w, false, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	publish(&w, 1 << KEY_B, "");
	fake_issuer_be(&w.issuer, ISSUER_HOLDS);
	make_token(token, &w, KEY_B, "1", "alice");
	CHECK_ERR(ask(&w, token, &ticket), RD_E_AGAIN);
	wait_requests(&w, 2);
	pass(&w, RD_IDENTITY_WAIT_MS);
	CHECK_EQ(w.answers, 2);
	CHECK_EQ(w.last, RD_E_AUTH);
	CHECK_OK(check_new(&w, KEY_A, "0"));
	world_close(&w);
}

TEST(random_key_ids_cause_no_storm)
{
	char token[TOKEN_SIZE], good[TOKEN_SIZE], kid[32];
	struct world w;

	world_open(&w, false, ISSUER_OK);
	make_token(good, &w, KEY_A, "0", "alice");
	CHECK_OK(judge(&w, good));
	CHECK_ERR(judge_new(&w, KEY_A, "unknown"), RD_E_DENIED);
	CHECK_EQ(w.issuer.requests, 2);
	for (unsigned n = 0; n < 2000; n++) {
		snprintf(kid, sizeof(kid), "random-%u", n);
		if (n % 20 == 0)
			make_token(token, &w, KEY_A, kid, "mallory");
		CHECK_ERR(check(&w, token), RD_E_DENIED);
		if (n % 100 == 0) {
			rd_loop_turn(w.loop, 0);
			CHECK_OK(check(&w, good));
		}
	}
	CHECK_EQ(w.issuer.requests, 2);
	pass(&w, RD_IDENTITY_UNKNOWN_MS);
	CHECK_ERR(judge_new(&w, KEY_A, "unknown"), RD_E_DENIED);
	CHECK_EQ(w.issuer.requests, 3);
	world_close(&w);
}

TEST(the_keys_are_refreshed_before_they_are_old)
{
	struct world w;

	world_open(&w, false, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	publish(&w, 1 << KEY_B, "");
	pass(&w, RD_IDENTITY_REFRESH_MS - 10000);
	CHECK_EQ(w.issuer.requests, 1);
	pass(&w, 20000);
	wait_requests(&w, 2); /* though nobody asked */
	CHECK_OK(judge_new(&w, KEY_B, "1"));
	CHECK_ERR(check_new(&w, KEY_A, "1"), RD_E_DENIED);
	world_close(&w);
}

TEST(the_last_good_keys_serve_through_an_outage)
{
	char token[TOKEN_SIZE];
	struct world w;

	world_open(&w, true, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	fake_issuer_be(&w.issuer, ISSUER_FAILS);
	for (unsigned hour = 0; hour < 23; hour++) {
		pass(&w, 3600 * 1000);
		CHECK_OK(check_new(&w, KEY_A, "0"));
	}
	/* A new key of theirs is not refused for good, only not known. */
	CHECK_ERR(judge_new(&w, KEY_B, "1"), RD_E_AUTH);
	CHECK(rd_identity_is_ready(w.id));
	pass(&w, 2 * 3600 * 1000);
	CHECK(!rd_identity_is_ready(w.id));
	CHECK_ERR(judge_new(&w, KEY_A, "0"), RD_E_UPSTREAM);
	fake_issuer_be(&w.issuer, ISSUER_OK);
	pass(&w, 300 * 1000);
	make_token(token, &w, KEY_A, "0", "alice");
	CHECK_OK(judge_soon(&w, token));
	world_close(&w);
}

TEST(an_issuer_may_come_up_later_than_we)
{
	char token[TOKEN_SIZE];
	struct world w;

	world_open(&w, true, ISSUER_CLOSES);
	CHECK_ERR(judge_new(&w, KEY_A, "0"), RD_E_UPSTREAM);
	CHECK_ERR(check_new(&w, KEY_A, "0"), RD_E_UPSTREAM);
	fake_issuer_be(&w.issuer, ISSUER_OK);
	make_token(token, &w, KEY_A, "0", "alice");
	CHECK_OK(judge_soon(&w, token));
	world_close(&w);
}

TEST(a_slow_issuer_keeps_nobody_longer_than_two_seconds)
{
	char token[TOKEN_SIZE];
	uint32_t ticket;
	struct world w;

	world_open(&w, true, ISSUER_HOLDS);
	make_token(token, &w, KEY_A, "0", "alice");
	CHECK_ERR(ask(&w, token, &ticket), RD_E_AGAIN);
	wait_requests(&w, 1);
	pass(&w, RD_IDENTITY_WAIT_MS - 1500);
	CHECK_EQ(w.answers, 0);
	pass(&w, 1500);
	CHECK_EQ(w.answers, 1);
	CHECK_EQ(w.last, RD_E_UPSTREAM);
	fake_issuer_be(&w.issuer, ISSUER_OK);
	CHECK_OK(judge_soon(&w, token));
	world_close(&w);
}

TEST(a_rude_issuer_is_no_issuer)
{
	static const enum fake_issuer_mode rude[] = {
		ISSUER_FAILS,  ISSUER_HTML,  ISSUER_REDIRECTS, ISSUER_FLOODS,
		ISSUER_CLOSES, ISSUER_OTHER, ISSUER_ELSEWHERE,
	};

	for (size_t i = 0; i < RD_COUNT(rude); i++) {
		struct world w;

		world_open(&w, true, rude[i]);
		CHECK_ERR(judge_new(&w, KEY_A, "0"), RD_E_UPSTREAM);
		CHECK_EQ(w.issuer.trapped, 0);
		CHECK(w.issuer.requests >= 1);
		world_close(&w);
	}
}

TEST(a_set_with_private_keys_is_refused_and_the_old_one_kept)
{
	struct world w;

	world_open(&w, false, ISSUER_OK);
	CHECK_OK(judge_new(&w, KEY_A, "0"));
	publish(&w, 1 << KEY_A | 1 << KEY_B, ",\"d\":\"AAAA\"");
	pass(&w, RD_IDENTITY_REFRESH_MS);
	wait_requests(&w, 2);
	CHECK_OK(check_new(&w, KEY_A, "0"));
	CHECK_ERR(check_new(&w, KEY_B, "1"), RD_E_AGAIN);
	world_close(&w);
}

TEST(waiting_is_bounded_and_ends_with_the_keys)
{
	char token[TOKEN_SIZE];
	uint32_t tickets[RD_IDENTITY_WAITING + 1];
	struct world w;

	world_open(&w, true, ISSUER_OK);
	make_token(token, &w, KEY_A, "0", "alice");
	for (unsigned i = 0; i < RD_IDENTITY_WAITING; i++)
		CHECK_ERR(ask(&w, token, &tickets[i]), RD_E_AGAIN);
	CHECK_ERR(ask(&w, token, &tickets[RD_IDENTITY_WAITING]), RD_E_FULL);
	rd_identity_cancel(w.id, tickets[7]);
	rd_identity_cancel(w.id, tickets[7]);
	rd_identity_cancel(w.id, 12345678);
	wait_answers(&w, RD_IDENTITY_WAITING - 1);
	CHECK_OK(w.last);
	CHECK_EQ(w.issuer.requests, 2);
	world_close(&w);
}

TEST(who_waits_when_it_closes_hears_nothing)
{
	char token[TOKEN_SIZE];
	uint32_t ticket;
	struct world w;

	world_open(&w, true, ISSUER_HOLDS);
	make_token(token, &w, KEY_A, "0", "alice");
	CHECK_ERR(ask(&w, token, &ticket), RD_E_AGAIN);
	wait_requests(&w, 1);
	world_close(&w);
	CHECK_EQ(w.answers, 0);
}

struct chain {
	struct world *w;
	char token[TOKEN_SIZE];
	uint32_t other;
	unsigned answers;
};

/* Asks again, and cancels a neighbour, from inside the answer. */
static void chained(void *arg, enum rd_err err, const struct rd_caller *caller)
{
	static struct rd_caller again;
	struct chain *c = arg;
	uint32_t ticket;

	CHECK_OK(err);
	CHECK(caller != NULL);
	c->answers++;
	rd_identity_cancel(c->w->id, c->other);
	CHECK_OK(rd_identity_ask(c->w->id, rd_span_text(c->token),
				 rd_clock_ms(), rd_clock_wall_ms(), &again,
				 chained, c, &ticket));
}

TEST(an_answer_may_ask_and_cancel)
{
	static struct rd_caller caller;
	struct world w;
	struct chain c = { .w = &w };
	uint32_t ticket;

	world_open(&w, true, ISSUER_OK);
	make_token(c.token, &w, KEY_A, "0", "alice");
	CHECK_ERR(rd_identity_ask(w.id, rd_span_text(c.token), rd_clock_ms(),
				  rd_clock_wall_ms(), &caller, chained, &c,
				  &ticket),
		  RD_E_AGAIN);
	CHECK_ERR(ask(&w, c.token, &c.other), RD_E_AGAIN);
	CHECK_ERR(ask(&w, c.token, &ticket), RD_E_AGAIN);
	wait_answers(&w, 1);
	CHECK_EQ(c.answers, 1);
	pass(&w, 100);
	CHECK_EQ(w.answers, 1);
	world_close(&w);
}

/* Identity without network: keys from the configuration. */
static enum rd_err judge_static(const struct rd_issuer_cfg *cfg, size_t count,
				const char *token)
{
	static struct rd_caller caller;
	struct rd_complaint why = { "" };
	struct rd_identity *id;
	struct rd_loop *loop;
	enum rd_err err;

	CHECK_OK(rd_loop_open(&loop));
	CHECK_OK(rd_identity_open(&id, loop, NULL, cfg, count, &why));
	CHECK(rd_identity_is_ready(id));
	err = rd_identity_check(id, rd_span_text(token), rd_clock_ms(),
				rd_clock_wall_ms(), &caller);
	rd_identity_close(id);
	rd_loop_close(loop);
	return err;
}

static void make_static_token(char *out, const char *alg, EVP_PKEY *key,
			      const char *iss)
{
	unsigned long long now_s = rd_clock_wall_ms() / 1000;
	char header[64], payload[256];

	snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", alg);
	snprintf(payload, sizeof(payload),
		 "{\"iss\":\"%s\",\"aud\":\"ringdown\",\"sub\":\"a\","
		 "\"exp\":%llu}",
		 iss, now_s + 60);
	if (key)
		token_sign(out, header, payload, key, alg);
	else
		token_sign_secret(out, header, payload,
				  rd_span_text(secret_text));
}

static struct rd_issuer_cfg static_issuer(const char *name, const char *iss)
{
	return (struct rd_issuer_cfg){
		.name = name,
		.issuer = iss,
		.audiences = audiences,
		.audience_count = 1,
	};
}

TEST(keys_may_be_in_the_configuration)
{
	struct rd_issuer_cfg cfg = static_issuer("a", "iss-a");
	char token[TOKEN_SIZE], jwk[JWK_SIZE];
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	make_static_token(token, "ES256", pkey[KEY_A], "iss-a");
	token_jwk(jwk, pkey[KEY_A], "");
	cfg.keys = rd_span_text(jwk);
	CHECK_OK(judge_static(&cfg, 1, token));
	cfg.algorithms = RD_JWT_RS256;
	CHECK_ERR(judge_static(&cfg, 1, token), RD_E_DENIED);
	cfg.algorithms = 0;

	PEM_write_bio_PUBKEY(bio, pkey[KEY_A]);
	len = BIO_get_mem_data(bio, &pem);
	cfg.keys = rd_span(pem, (size_t)len);
	CHECK_OK(judge_static(&cfg, 1, token));
	BIO_free(bio);

	cfg.keys = RD_SPAN_NONE;
	cfg.secret = rd_span_text(secret_text);
	CHECK_ERR(judge_static(&cfg, 1, token), RD_E_DENIED);
	make_static_token(token, "HS256", NULL, "iss-a");
	CHECK_OK(judge_static(&cfg, 1, token));
}

TEST(one_issuer_cannot_speak_for_another)
{
	struct rd_issuer_cfg cfg[] = { static_issuer("a", "iss-a"),
				       static_issuer("b", "iss-b") };
	char token[TOKEN_SIZE], a[JWK_SIZE], b[JWK_SIZE];

	token_jwk(a, pkey[KEY_A], "");
	token_jwk(b, pkey[KEY_B], "");
	cfg[0].keys = rd_span_text(a);
	cfg[1].keys = rd_span_text(b);
	make_static_token(token, "ES256", pkey[KEY_A], "iss-a");
	CHECK_OK(judge_static(cfg, 2, token));
	make_static_token(token, "ES256", pkey[KEY_B], "iss-b");
	CHECK_OK(judge_static(cfg, 2, token));
	make_static_token(token, "ES256", pkey[KEY_B], "iss-a");
	CHECK_ERR(judge_static(cfg, 2, token), RD_E_DENIED);
	make_static_token(token, "ES256", pkey[KEY_A], "iss-c");
	CHECK_ERR(judge_static(cfg, 2, token), RD_E_DENIED);
}

static enum rd_err open_only(const struct rd_issuer_cfg *cfg, size_t count,
			     const char *names)
{
	struct rd_http_client_cfg http = { 0 };
	struct rd_complaint why = { "" };
	struct rd_http_client *client;
	struct rd_identity *id;
	struct rd_loop *loop;
	enum rd_err err;

	CHECK_OK(rd_loop_open(&loop));
	http.loop = loop;
	CHECK_OK(rd_http_client_open(&client, &http));
	err = rd_identity_open(&id, loop, client, cfg, count, &why);
	CHECK(!err == !why.text[0] && !err == !!id);
	if (names && !strstr(why.text, names))
		fail_msg("\"%s\" does not say \"%s\"", why.text, names);
	rd_identity_close(id);
	rd_http_client_close(client);
	rd_loop_close(loop);
	return err;
}

TEST(a_wrong_configuration_is_explained)
{
	struct rd_issuer_cfg good = static_issuer("login", "iss"), c;
	static const struct rd_attribute_claim bad_name[] = { { "a b", "x" } };
	struct rd_issuer_cfg two[2];

	good.secret = rd_span_text(secret_text);
	CHECK_OK(open_only(&good, 1, NULL));

	c = good;
	c.keys_url = "https://id.example/keys";
	CHECK_ERR(open_only(&c, 1, "exactly one"), RD_E_FORMAT);
	c = static_issuer("login", "iss");
	CHECK_ERR(open_only(&c, 1, "exactly one"), RD_E_FORMAT);
	c.keys_url = "http://id.example/keys";
	CHECK_ERR(open_only(&c, 1, "https"), RD_E_DENIED);
	c.keys_url = "file:///etc/passwd";
	CHECK_ERR(open_only(&c, 1, "https"), RD_E_FORMAT);
	c.keys_url = "http://127.0.0.1.evil.example/keys";
	CHECK_ERR(open_only(&c, 1, "https"), RD_E_DENIED);
	c.keys_url = NULL;
	c.keys = rd_span_text("{\"keys\":[]}");
	CHECK_ERR(open_only(&c, 1, "login"), RD_E_FORMAT);

	c = good;
	c.secret = rd_span(secret_text, 31);
	CHECK_ERR(open_only(&c, 1, "32 bytes"), RD_E_SIZE);
	c = good;
	c.algorithms = RD_JWT_HS256 | RD_JWT_RS256;
	CHECK_ERR(open_only(&c, 1, "HS256 goes with a secret"), RD_E_FORMAT);
	c = good;
	c.audience_count = 0;
	CHECK_ERR(open_only(&c, 1, "audience"), RD_E_FORMAT);
	c = good;
	c.name = "";
	CHECK_ERR(open_only(&c, 1, "name"), RD_E_SIZE);
	c = good;
	c.attributes = bad_name;
	c.attribute_count = 1;
	CHECK_ERR(open_only(&c, 1, "attribute names"), RD_E_FORMAT);
	two[0] = good;
	two[1] = good;
	two[1].name = "other";
	CHECK_ERR(open_only(two, 2, "another one"), RD_E_FORMAT);
}

static enum rd_err open_and_close(void)
{
	static const struct rd_attribute_claim map[] = { { "id", "sub" } };
	static const char *const scopes[] = { "call" };
	struct rd_issuer_cfg cfg = static_issuer("login", "iss");
	struct rd_identity *id = NULL;
	struct rd_loop *loop;
	enum rd_err err;

	cfg.secret = rd_span_text(secret_text);
	cfg.attributes = map;
	cfg.attribute_count = 1;
	cfg.scopes = scopes;
	cfg.scope_count = 1;
	err = rd_loop_open(&loop);
	if (!err)
		err = rd_identity_open(&id, loop, NULL, &cfg, 1, NULL);
	rd_identity_close(id);
	rd_loop_close(loop);
	return err;
}

TEST(no_memory_is_an_answer)
{
	rd_check_every_oom(open_and_close);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_keys_are_found_by_discovery),
		T(the_keys_may_have_an_address_of_their_own),
		T(a_token_of_yesterday_has_expired),
		T(a_new_key_is_fetched_when_a_token_names_it),
		T(a_new_key_of_a_slow_issuer_is_not_refused_for_good),
		T(random_key_ids_cause_no_storm),
		T(the_keys_are_refreshed_before_they_are_old),
		T(the_last_good_keys_serve_through_an_outage),
		T(an_issuer_may_come_up_later_than_we),
		T(a_slow_issuer_keeps_nobody_longer_than_two_seconds),
		T(a_rude_issuer_is_no_issuer),
		T(a_set_with_private_keys_is_refused_and_the_old_one_kept),
		T(waiting_is_bounded_and_ends_with_the_keys),
		T(who_waits_when_it_closes_hears_nothing),
		T(an_answer_may_ask_and_cancel),
		T(keys_may_be_in_the_configuration),
		T(one_issuer_cannot_speak_for_another),
		T(a_wrong_configuration_is_explained),
		T(no_memory_is_an_answer),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
