/* tests/unit/identity/judge_test.c - T14: each claim at its borders.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "fake/token.h"
#include "identity/judge.h"

#define NOW_S   1800000000
#define WALL_MS (UINT64_C(1000) * NOW_S)

static const struct rd_span secret = { (const uint8_t *)"0123456789abcdef"
							"0123456789abcdef",
				       32 };
static const char *const audiences[] = { "ringdown", "https://api.example" };
static const char *const scopes[] = { "call", "read" };
static const struct rd_attribute_claim attributes[] = {
	{ "customer_id", "sub" }, { "vip", "vip" },   { "tier", "tier" },
	{ "language", "locale" }, { "odd", "odd" },   { "long", "long" },
	{ "control", "control" }, { "list", "list" },
};

static struct rd_issuer_cfg plain(void)
{
	return (struct rd_issuer_cfg){
		.name = "login",
		.issuer = "https://id.example",
		.audiences = audiences,
		.audience_count = 2,
		.kind = RD_TOKEN_ANY,
		.subject = "sub",
	};
}

static enum rd_err judge(const struct rd_issuer_cfg *cfg, const char *typ,
			 const char *payload, struct rd_caller *out)
{
	char token[TOKEN_SIZE], header[128];
	struct rd_jwt_keys *keys;
	const char *reason;
	struct rd_jwt *jwt;
	enum rd_err err;

	snprintf(header, sizeof(header), "{\"alg\":\"HS256\"%s%s%s}",
		 typ ? ",\"typ\":\"" : "", typ ? typ : "", typ ? "\"" : "");
	token_sign_secret(token, header, payload, secret);
	CHECK_OK(rd_jwt_keys_secret(&keys, secret));
	CHECK_OK(rd_jwt_verify(&jwt, keys, RD_JWT_HS256, rd_span_text(token)));
	err = rd_judge(cfg, jwt, WALL_MS, out, &reason);
	CHECK(!err == !reason);
	rd_jwt_close(jwt);
	rd_jwt_keys_close(keys);
	return err;
}

/* A good payload with other members instead, or besides. */
static enum rd_err with(const struct rd_issuer_cfg *cfg, const char *iss,
			const char *aud, const char *times, const char *more)
{
	static struct rd_caller caller;
	char payload[4096];

	snprintf(payload, sizeof(payload),
		 "{\"iss\":%s,\"aud\":%s,\"sub\":\"alice\"%s%s}", iss, aud,
		 times, more);
	return judge(cfg, "JWT", payload, &caller);
}

#define ISS   "\"https://id.example\""
#define AUD   "\"ringdown\""
#define TIMES ",\"iat\":1799999000,\"exp\":1800003000"

TEST(a_right_token_is_a_caller)
{
	struct rd_issuer_cfg cfg = plain();
	struct rd_caller a, b, c;

	CHECK_OK(judge(&cfg, NULL,
		       "{\"iss\":" ISS ",\"aud\":" AUD
		       ",\"sub\":\"alice\"" TIMES "}",
		       &a));
	CHECK_TEXT(a.issuer, "login");
	CHECK_EQ(a.expires_ms, UINT64_C(1800003000000));
	CHECK_EQ(strlen(a.owner), 64);
	CHECK_EQ(a.attribute_count, 0);
	CHECK_OK(judge(&cfg, "JWT",
		       "{\"sub\":\"alice\",\"aud\":[\"https://api.example\"],"
		       "\"iss\":" ISS ",\"exp\":1800003000}",
		       &b));
	CHECK_TEXT(a.owner, b.owner); /* the same person for ever */
	CHECK_OK(judge(&cfg, "JWT",
		       "{\"iss\":" ISS ",\"aud\":" AUD
		       ",\"sub\":\"alicf\"" TIMES "}",
		       &c));
	CHECK(strcmp(a.owner, c.owner) != 0);
	cfg.issuer = "https://other.example";
	CHECK_OK(judge(&cfg, "JWT",
		       "{\"iss\":\"https://other.example\",\"aud\":" AUD
		       ",\"sub\":\"alice\"" TIMES "}",
		       &c));
	CHECK(strcmp(a.owner, c.owner) != 0);
}

TEST(the_issuer_is_compared_exactly)
{
	static const char *const wrong[] = {
		"\"https://id.example/\"",
		"\"https://ID.example\"",
		"\"https://id.example \"",
		"\"http://id.example\"",
		"\"\"",
		"null",
		"[\"https://id.example\"]",
		"7",
		"\"https://id.example.evil\"",
	};
	struct rd_issuer_cfg cfg = plain();

	RFC("7519 4.1.1");
	for (size_t i = 0; i < RD_COUNT(wrong); i++)
		CHECK_ERR(with(&cfg, wrong[i], AUD, TIMES, ""), RD_E_DENIED);
	CHECK_OK(with(&cfg, ISS, AUD, TIMES, ""));
}

TEST(the_audience_has_us)
{
	static const char *const wrong[] = {
		"\"other\"",
		"[]",
		"[\"other\"]",
		"null",
		"7",
		"\"\"",
		"[\"\"]",
		"\"Ringdown\"",
		"[7]",
		"[\"ringdown\",7]",
		"{\"ringdown\":1}",
		"[\"ringdown\",\"other\"]", /* and nobody says for whom */
	};
	struct rd_issuer_cfg cfg = plain();

	RFC("7519 4.1.3");
	for (size_t i = 0; i < RD_COUNT(wrong); i++)
		CHECK_ERR(with(&cfg, ISS, wrong[i], TIMES, ""), RD_E_DENIED);
	CHECK_OK(with(&cfg, ISS, "[\"ringdown\"]", TIMES, ""));
	CHECK_OK(with(&cfg, ISS, "\"https://api.example\"", TIMES, ""));
	CHECK_OK(with(&cfg, ISS, "[\"other\",\"ringdown\"]", TIMES,
		      ",\"azp\":\"web\""));
}

TEST(times_are_judged_to_the_second)
{
	static const struct {
		const char *times;
		enum rd_err err;
	} cases[] = {
		/* exp with 60 s of grace */
		{ ",\"exp\":1799999941", RD_OK },
		{ ",\"exp\":1799999940", RD_E_EXPIRED },
		{ ",\"exp\":1799999939", RD_E_EXPIRED },
		{ ",\"exp\":1", RD_E_EXPIRED },
		{ "", RD_E_DENIED },
		{ ",\"exp\":0", RD_E_DENIED },
		{ ",\"exp\":-5", RD_E_DENIED },
		{ ",\"exp\":\"1800003000\"", RD_E_DENIED },
		{ ",\"exp\":1e308", RD_E_DENIED },
		{ ",\"exp\":null", RD_E_DENIED },
		{ ",\"exp\":[1800003000]", RD_E_DENIED },
		{ ",\"exp\":1800003000.5", RD_OK },
		/* not more than a day, from iat, nbf or now */
		{ ",\"exp\":1800086400", RD_OK },
		{ ",\"exp\":1800086401", RD_E_DENIED },
		{ ",\"exp\":253402300799", RD_E_DENIED },
		{ ",\"iat\":1799990000,\"exp\":1800076400", RD_OK },
		{ ",\"iat\":1799990000,\"exp\":1800076401", RD_E_DENIED },
		{ ",\"nbf\":1799990000,\"exp\":1800076401", RD_E_DENIED },
		/* nbf and iat */
		{ ",\"nbf\":1800000060,\"exp\":1800003000", RD_OK },
		{ ",\"nbf\":1800000061,\"exp\":1800003000", RD_E_DENIED },
		{ ",\"iat\":1800000060,\"exp\":1800003000", RD_OK },
		{ ",\"iat\":1800000061,\"exp\":1800003000", RD_E_DENIED },
		{ ",\"iat\":\"x\",\"exp\":1800003000", RD_E_DENIED },
		{ ",\"nbf\":true,\"exp\":1800003000", RD_E_DENIED },
	};
	struct rd_issuer_cfg cfg = plain();

	RFC("7519 4.1.4");
	RFC("7519 4.1.5");
	for (size_t i = 0; i < RD_COUNT(cases); i++)
		CHECK_ERR(with(&cfg, ISS, AUD, cases[i].times, ""),
			  cases[i].err);
	/* Too old and not ours is not ours: nothing is told about it. */
	CHECK_ERR(with(&cfg, ISS, "\"other\"", ",\"exp\":1", ""), RD_E_DENIED);
}

TEST(an_id_token_is_no_access_token)
{
	static const char *const marks[] = {
		",\"at_hash\":\"x\"",    ",\"c_hash\":\"x\"",
		",\"token_use\":\"id\"", ",\"typ\":\"ID\"",
		",\"typ\":\"Refresh\"",  ",\"events\":{}",
	};
	static const char *const types[] = { "id+jwt",       "logout+jwt",
					     "dpop+jwt",     "secevent+jwt",
					     "JWE",          "jose",
					     "application/x" };
	struct rd_issuer_cfg cfg = plain();
	struct rd_caller caller;

	RFC("8725 3.11");
	for (size_t i = 0; i < RD_COUNT(marks); i++)
		CHECK_ERR(with(&cfg, ISS, AUD, TIMES, marks[i]), RD_E_DENIED);
	for (size_t i = 0; i < RD_COUNT(types); i++)
		CHECK_ERR(judge(&cfg, types[i],
				"{\"iss\":" ISS ",\"aud\":" AUD
				",\"sub\":\"a\"" TIMES "}",
				&caller),
			  RD_E_DENIED);
	CHECK_OK(with(&cfg, ISS, AUD, TIMES, ",\"typ\":\"Bearer\""));
	CHECK_OK(with(&cfg, ISS, AUD, TIMES, ",\"token_use\":\"access\""));
	CHECK_OK(with(&cfg, ISS, AUD, TIMES, ",\"nonce\":\"n\""));
}

TEST(an_access_token_of_rfc_9068_says_so)
{
	static const char good[] =
		"{\"iss\":" ISS ",\"aud\":" AUD ",\"sub\":\"a\"" TIMES "}";
	struct rd_issuer_cfg cfg = plain();
	struct rd_caller caller;

	RFC("9068 2.1");
	cfg.kind = RD_TOKEN_ACCESS;
	CHECK_OK(judge(&cfg, "at+jwt", good, &caller));
	CHECK_OK(judge(&cfg, "AT+JWT", good, &caller));
	CHECK_OK(judge(&cfg, "application/at+jwt", good, &caller));
	CHECK_ERR(judge(&cfg, "JWT", good, &caller), RD_E_DENIED);
	CHECK_ERR(judge(&cfg, NULL, good, &caller), RD_E_DENIED);
	CHECK_ERR(judge(&cfg, "application/application/at+jwt", good, &caller),
		  RD_E_DENIED);
}

TEST(a_cognito_access_token_names_its_client)
{
	struct rd_issuer_cfg cfg = plain();
	struct rd_caller caller;

	cfg.kind = RD_TOKEN_COGNITO;
	CHECK_OK(judge(&cfg, NULL,
		       "{\"iss\":" ISS ",\"client_id\":" AUD
		       ",\"token_use\":\"access\",\"sub\":\"a\"" TIMES "}",
		       &caller));
	CHECK_ERR(judge(&cfg, NULL,
			"{\"iss\":" ISS ",\"client_id\":\"other\""
			",\"token_use\":\"access\",\"sub\":\"a\"" TIMES "}",
			&caller),
		  RD_E_DENIED);
	/* its ID token: aud, and another token_use */
	CHECK_ERR(judge(&cfg, NULL,
			"{\"iss\":" ISS ",\"aud\":" AUD
			",\"token_use\":\"id\",\"sub\":\"a\"" TIMES "}",
			&caller),
		  RD_E_DENIED);
	CHECK_ERR(judge(&cfg, NULL,
			"{\"iss\":" ISS ",\"client_id\":" AUD
			",\"sub\":\"a\"" TIMES "}",
			&caller),
		  RD_E_DENIED);
	CHECK_ERR(judge(&cfg, NULL,
			"{\"iss\":" ISS ",\"aud\":" AUD
			",\"token_use\":\"access\",\"sub\":\"a\"" TIMES "}",
			&caller),
		  RD_E_DENIED);
}

TEST(all_scopes_are_needed)
{
	static const struct {
		const char *more;
		enum rd_err err;
	} cases[] = {
		{ "", RD_E_DENIED },
		{ ",\"scope\":\"\"", RD_E_DENIED },
		{ ",\"scope\":\"call\"", RD_E_DENIED },
		{ ",\"scope\":\"call read\"", RD_OK },
		{ ",\"scope\":\"read openid call\"", RD_OK },
		{ ",\"scope\":\"recall read\"", RD_E_DENIED },
		{ ",\"scope\":\"call,read\"", RD_E_DENIED },
		{ ",\"scope\":\"callread\"", RD_E_DENIED },
		{ ",\"scp\":\"call read\"", RD_OK },
		{ ",\"scp\":[\"call\",\"read\"]", RD_OK },
		{ ",\"scp\":[\"call read\"]", RD_E_DENIED },
		{ ",\"scope\":[\"call\",\"read\"]", RD_E_DENIED },
	};
	struct rd_issuer_cfg cfg = plain();

	RFC("6749 3.3");
	cfg.scopes = scopes;
	cfg.scope_count = 2;
	for (size_t i = 0; i < RD_COUNT(cases); i++)
		CHECK_ERR(with(&cfg, ISS, AUD, TIMES, cases[i].more),
			  cases[i].err);
}

TEST(the_subject_is_a_text)
{
	static const char *const wrong[] = { "", ",\"uid\":\"\"", ",\"uid\":7",
					     ",\"uid\":[\"a\"]",
					     ",\"uid\":null" };
	struct rd_issuer_cfg cfg = plain();
	char more[400];

	cfg.subject = "uid";
	for (size_t i = 0; i < RD_COUNT(wrong); i++)
		CHECK_ERR(with(&cfg, ISS, AUD, TIMES, wrong[i]), RD_E_DENIED);
	CHECK_OK(with(&cfg, ISS, AUD, TIMES, ",\"uid\":\"a\""));
	for (int len = 254; len <= 256; len++) {
		snprintf(more, sizeof(more), ",\"uid\":\"%0*d\"", len, 0);
		CHECK_ERR(with(&cfg, ISS, AUD, TIMES, more),
			  len > 255 ? RD_E_DENIED : RD_OK);
	}
}

static const char *value_of(const struct rd_caller *c, const char *name)
{
	for (unsigned i = 0; i < c->attribute_count; i++) {
		CHECK(c->attributes[i].is_verified);
		if (!strcmp(c->attributes[i].name, name))
			return c->attributes[i].value;
	}
	return NULL;
}

TEST(claims_become_attributes)
{
	struct rd_issuer_cfg cfg = plain();
	struct rd_caller c;
	char payload[2048];

	cfg.attributes = attributes;
	cfg.attribute_count = RD_COUNT(attributes);
	snprintf(payload, sizeof(payload),
		 "{\"iss\":" ISS ",\"aud\":" AUD ",\"sub\":\"C-17\"" TIMES
		 ",\"vip\":true,\"tier\":3,\"locale\":\"de \\u00fc\","
		 "\"odd\":1.5,\"long\":\"%0*d\",\"control\":\"a\\r\\nb\","
		 "\"list\":[\"x\"]}",
		 256, 0);
	CHECK_OK(judge(&cfg, NULL, payload, &c));
	CHECK_TEXT(value_of(&c, "customer_id"), "C-17");
	CHECK_TEXT(value_of(&c, "vip"), "true");
	CHECK_TEXT(value_of(&c, "tier"), "3");
	CHECK_TEXT(value_of(&c, "language"), "de \xc3\xbc");
	/* What does not fit is left out, never cut. */
	CHECK(!value_of(&c, "odd") && !value_of(&c, "long"));
	CHECK(!value_of(&c, "control") && !value_of(&c, "list"));
	CHECK_EQ(c.attribute_count, 4);
}

RD_TESTS(T(a_right_token_is_a_caller), T(the_issuer_is_compared_exactly),
	 T(the_audience_has_us), T(times_are_judged_to_the_second),
	 T(an_id_token_is_no_access_token),
	 T(an_access_token_of_rfc_9068_says_so),
	 T(a_cognito_access_token_names_its_client), T(all_scopes_are_needed),
	 T(the_subject_is_a_text), T(claims_become_attributes))
