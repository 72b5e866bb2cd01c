/* tests/unit/secure/sigv4_test.c - signing like AWS's clients, and verifying.
 *
 * Vectors of two other signers are in tests/vectors/sigv4.json; RD_AWS_SHAPES
 * may name a folder with a sigv4-vectors.json of the same form.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/sigv4.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#include "testing.h"
#include "wire/json.h"

/* 2026-11-21T09:08:07Z, the date of our vectors. */
#define DATE       "20261121T090807Z"
#define NOW        UINT64_C(1795252087000)
#define BODY       "{\"ContactId\":\"c-1\",\"InstanceId\":\"i-1\"}"
#define KEY_ID     "AKIDTEST"
#define SECRET     "a secret/of+tests"
#define TOKEN      "session//token=="
#define HOST       "127.0.0.1:8081"
#define SCOPE      "/20261121/us-east-1/connect/aws4_request"
#define CREDENTIAL "AWS4-HMAC-SHA256 Credential=" KEY_ID SCOPE

enum {
	MOST = 24,
	TEXT = 2048
};

/* A request that a test may spoil. */
struct asked {
	struct rd_sigv4_header headers[MOST];
	struct rd_sigv4_request r;
	struct rd_sigv4_rules rules;
	struct rd_sigv4_signed out;
	uint64_t now_ms;
};

static struct rd_sigv4_key known = { .id = KEY_ID };

static bool find(void *arg, const char *id, struct rd_sigv4_key *key)
{
	(void)arg;
	if (strcmp(id, known.id) != 0)
		return false;
	*key = known;
	return true;
}

static void put(struct asked *a, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < a->r.header_count; i++)
		if (rd_span_is(a->headers[i].name, name))
			break;
	rd_assert(i < MOST);
	a->headers[i].name = rd_span_text(name);
	a->headers[i].value = rd_span_text(value);
	if (i == a->r.header_count)
		a->r.header_count++;
}

static void drop(struct asked *a, const char *name)
{
	for (size_t i = 0; i < a->r.header_count; i++)
		if (rd_span_is(a->headers[i].name, name))
			a->headers[i] = a->headers[--a->r.header_count];
}

static void ask(struct asked *a, const char *method, const char *path,
		const char *query, const char *body)
{
	memset(a, 0, sizeof(*a));
	known.secret = SPAN(SECRET);
	a->r = (struct rd_sigv4_request){ .method = rd_span_text(method),
					  .path = rd_span_text(path),
					  .query = rd_span_text(query),
					  .headers = a->headers,
					  .body = rd_span_text(body) };
	a->rules = (struct rd_sigv4_rules){ .find = find,
					    .region = "us-east-1",
					    .service = "connect" };
	a->now_ms = NOW;
	put(a, "Host", HOST);
}

static void sign(struct asked *a)
{
	CHECK_OK(rd_sigv4_sign(&a->r, &known, "us-east-1", "connect", NOW,
			       &a->out));
	put(a, "X-Amz-Date", a->out.date);
	if (known.session_token.len)
		put(a, "X-Amz-Security-Token", TOKEN);
	put(a, "Authorization", a->out.authorization);
}

static enum rd_sigv4_verdict judge(struct asked *a)
{
	struct rd_sigv4_who who;
	enum rd_sigv4_verdict verdict =
		rd_sigv4_verify(&a->r, &a->rules, a->now_ms, &who);

	if (verdict == RD_SIGV4_GOOD)
		CHECK_TEXT(who.key_id, known.id);
	else
		CHECK_TEXT(who.key_id, "");
	return verdict;
}

static void ask_signed(struct asked *a)
{
	ask(a, "POST", "/contact/stop", "", BODY);
	put(a, "Content-Type", "application/json");
	sign(a);
}

/* --- the vectors of others --- */

static struct rd_json *load(const char *folder, const char *name)
{
	static char text[256 * 1024];
	struct rd_complaint why = { "" };
	struct rd_json *root;
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be opened", path);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (rd_json_open(&root, rd_span(text, len), &why) != RD_OK)
		fail_msg("%s: %s", path, why.text);
	return root;
}

static bool find_vector(void *arg, const char *id, struct rd_sigv4_key *key)
{
	const struct rd_json *v = arg;
	const struct rd_json *headers = rd_json_get(v, "headers");
	const char *token = rd_json_member(headers, "x-amz-security-token");

	if (!token)
		token = rd_json_member(v, "token");
	if (strcmp(id, rd_json_member(v, "accessKey")) != 0)
		return false;
	key->secret = rd_span_text(rd_json_member(v, "secretKey"));
	if (token)
		key->session_token = rd_span_text(token);
	return true;
}

static uint64_t two(const char *text)
{
	return (uint64_t)(text[0] - '0') * 10 + (uint64_t)(text[1] - '0');
}

/* The vectors are all of 2026. */
static uint64_t wall_of(const char *date)
{
	static const unsigned before[] = { 0,   31,  59,  90,  120, 151,
					   181, 212, 243, 273, 304, 334 };
	uint64_t days = 20454 + before[two(date + 4) - 1] + two(date + 6) - 1;

	CHECK(!memcmp(date, "2026", 4));
	return (((days * 24 + two(date + 9)) * 60 + two(date + 11)) * 60 +
		two(date + 13)) *
	       1000;
}

/* headers of v, without those that signing adds when is_bare. */
static void take_vector(struct asked *a, const struct rd_json *v, bool is_bare)
{
	const char *target = rd_json_member(v, "target");
	size_t path_len = strcspn(target, "?");
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	ask(a, rd_json_member(v, "method"), "", "", rd_json_member(v, "body"));
	a->r.header_count = 0;
	a->r.path = rd_span(target, path_len);
	if (target[path_len])
		a->r.query = rd_span_text(target + path_len + 1);
	a->rules.region = rd_json_member(v, "region");
	a->rules.service = rd_json_member(v, "service");
	a->rules.find = find_vector;
	a->rules.arg = (void *)(uintptr_t)v;
	while (rd_json_next(rd_json_get(v, "headers"), &cursor, &name, &value))
		if (!is_bare || (strcmp(name, "x-amz-date") != 0 &&
				 strcmp(name, "x-amz-security-token") != 0))
			put(a, name, rd_json_string(value));
}

static void sign_vector(const struct rd_json *v, uint64_t now_ms)
{
	const char *id = rd_json_member(v, "accessKey");
	struct rd_sigv4_key key = { .id = id ? id : "" };
	struct rd_sigv4_signed out;
	struct asked a;

	CHECK(find_vector((void *)(uintptr_t)v, key.id, &key));
	take_vector(&a, v, true);
	CHECK_OK(rd_sigv4_sign(&a.r, &key, a.rules.region, a.rules.service,
			       now_ms, &out));
	CHECK_TEXT(out.authorization,
		   rd_json_string(rd_json_path(v, "expect.authorization")));
}

static void check_vectors(const struct rd_json *root)
{
	const struct rd_json *list = rd_json_get(root, "vectors");

	CHECK(rd_json_count(list) >= 9);
	for (size_t i = 0; i < rd_json_count(list); i++) {
		const struct rd_json *v = rd_json_at(list, i);
		const char *date =
			rd_json_string(rd_json_path(v, "headers.x-amz-date"));
		bool is_presigned =
			rd_json_is_true(rd_json_get(v, "presigned"));
		uint64_t now_ms = is_presigned ? NOW : wall_of(date);
		struct rd_sigv4_who who;
		enum rd_sigv4_verdict verdict;
		struct asked a;

		if (!is_presigned)
			sign_vector(v, now_ms);
		take_vector(&a, v, false);
		a.rules.may_be_presigned = is_presigned;
		if (!is_presigned)
			put(&a, "authorization",
			    rd_json_string(
				    rd_json_path(v, "expect.authorization")));
		verdict = rd_sigv4_verify(&a.r, &a.rules, now_ms, &who);
		/* Without a key nobody has signed. */
		CHECK_EQ(verdict, rd_json_member(v, "accessKey")[0]
					  ? RD_SIGV4_GOOD
					  : RD_SIGV4_UNKNOWN_KEY);
		CHECK_EQ(who.is_presigned, is_presigned);
	}
}

TEST(our_signature_is_that_of_two_other_signers)
{
	struct rd_json *root =
		load(RD_SOURCE_DIR "/tests/vectors", "sigv4.json");

	CHECK_EQ(wall_of(DATE), NOW);
	check_vectors(root);
	rd_json_close(root);
}

TEST(vectors_of_a_named_folder_hold_as_well)
{
	struct rd_json *root;

	if (!getenv("RD_AWS_SHAPES"))
		skip();
	root = load(getenv("RD_AWS_SHAPES"), "sigv4-vectors.json");
	check_vectors(root);
	rd_json_close(root);
}

/* --- what is signed --- */

TEST(what_we_sign_verifies)
{
	struct asked a;

	ask_signed(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	CHECK_TEXT(a.out.date, DATE);
	CHECK(strstr(a.out.authorization,
		     "SignedHeaders=content-type;host;x-amz-date, "));
}

TEST(headers_of_one_hop_are_not_signed)
{
	struct asked a;

	ask(&a, "POST", "/contact/stop", "", BODY);
	put(&a, "User-Agent", "somebody");
	put(&a, "Connection", "close");
	put(&a, "X-Amzn-Trace-Id", "Root=1");
	put(&a, "Proxy-Authorization", "x");
	put(&a, "Sec-Fetch-Mode", "cors");
	put(&a, "Sec", "signed");
	sign(&a);
	CHECK(strstr(a.out.authorization,
		     "SignedHeaders=host;sec;x-amz-date, "));
	put(&a, "User-Agent", "a proxy");
	drop(&a, "Connection");
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
}

TEST(a_request_without_host_is_not_signed)
{
	struct rd_sigv4_signed out;
	struct asked a;

	ask(&a, "GET", "/", "", "");
	a.r.header_count = 0;
	CHECK_ERR(rd_sigv4_sign(&a.r, &known, "us-east-1", "connect", NOW,
				&out),
		  RD_E_FORMAT);
	ask(&a, "GET", "/", "a=%zz", "");
	CHECK_ERR(rd_sigv4_sign(&a.r, &known, "us-east-1", "connect", NOW,
				&out),
		  RD_E_FORMAT);
	ask(&a, "GET", "/", "a=%2", "");
	CHECK_ERR(rd_sigv4_sign(&a.r, &known, "us-east-1", "connect", NOW,
				&out),
		  RD_E_FORMAT);
}

TEST(bounds_hold_before_anything_is_hashed)
{
	static char body[RD_SIGV4_MOST_BODY_BYTES + 1];
	static char query[2 * (RD_SIGV4_MOST_QUERY + 1)];
	struct rd_sigv4_header many[RD_SIGV4_MOST_HEADERS + 1];
	struct asked a;

	ask_signed(&a);
	a.r.body = rd_span(body, sizeof(body));
	CHECK_EQ(judge(&a), RD_SIGV4_TOO_LARGE);
	ask_signed(&a);
	a.headers[0].value = rd_span(body, RD_SIGV4_MOST_HEADER_BYTES);
	CHECK_EQ(judge(&a), RD_SIGV4_TOO_LARGE);
	ask_signed(&a);
	for (size_t i = 0; i < RD_COUNT(many); i++)
		many[i] = a.headers[0];
	a.r.headers = many;
	a.r.header_count = RD_COUNT(many);
	CHECK_EQ(judge(&a), RD_SIGV4_TOO_LARGE);
	ask_signed(&a);
	a.r.path = rd_span(body, RD_SIGV4_MOST_TARGET_BYTES + 1);
	CHECK_EQ(judge(&a), RD_SIGV4_TOO_LARGE);
	ask_signed(&a);
	for (size_t i = 0; i < sizeof(query); i++)
		query[i] = i & 1 ? '&' : 'a';
	a.r.query = rd_span(query, sizeof(query));
	CHECK_EQ(judge(&a), RD_SIGV4_TOO_LARGE);
}

/* --- what is refused --- */

TEST(any_change_of_the_request_is_seen)
{
	struct asked a;

	ask_signed(&a);
	a.r.body = SPAN("{\"ContactId\":\"c-1\",\"InstanceId\":\"i-2\"}");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	a.r.method = SPAN("HEAD");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	a.r.path = SPAN("/contact/stoq");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	a.r.query = SPAN("a=b");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	put(&a, "Host", "127.0.0.1:8082");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	put(&a, "content-type", "text/plain"); /* a second one */
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	drop(&a, "Content-Type");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	known.secret = SPAN("another secret");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	put(&a, "X-Unsigned", "may be added");
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
}

TEST(a_query_may_be_spelled_and_ordered_anew_but_not_changed)
{
	struct asked a;

	ask(&a, "GET", "/m/1/attendees", "next-token=a%2Fb%3D&max-results=5",
	    "");
	sign(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.r.query = SPAN("max-results=5&next-token=a%2fb%3d");
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.r.query = SPAN("&max%2Dresults=%35&&next-token=a/b=");
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.r.query = SPAN("max-results=6&next-token=a%2Fb%3D");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	a.r.query = SPAN("max-results=5&next-token=a%2Fb%3D&x");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	a.r.query = SPAN("max-results=5&next-token=a%2Fb%3");
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
}

TEST(the_path_counts_as_it_was_sent)
{
	struct asked a;

	ask(&a, "GET", "/c/a%2Fb", "", "");
	sign(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.r.path = SPAN("/c/a%2fb");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	a.r.path = SPAN("/c/a/b");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
}

TEST(the_hash_that_is_named_must_be_that_of_the_body)
{
	char hash[RD_SIGV4_HASH_TEXT];
	struct asked a;

	rd_sigv4_body_hash(SPAN(BODY), hash);
	ask(&a, "POST", "/contact/stop", "", BODY);
	put(&a, "X-Amz-Content-Sha256", hash);
	sign(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	ask(&a, "POST", "/contact/stop", "", BODY);
	hash[0] ^= 1;
	put(&a, "X-Amz-Content-Sha256", hash);
	sign(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	/* Not among the signed ones, and still it must be right. */
	ask_signed(&a);
	put(&a, "X-Amz-Content-Sha256", hash);
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	ask_signed(&a);
	put(&a, "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	/* Where it is allowed the signature must have been made so. */
	a.rules.may_leave_body_unsigned = true;
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
}

TEST(a_scope_elsewhere_is_refused)
{
	static const char *const scopes[] = {
		"/20261121/us-west-2/connect/aws4_request",
		"/20261121/us-east-1/chime/aws4_request",
		"/20261122/us-east-1/connect/aws4_request",
		"/20261121/us-east-1/connect/aws4_requesx",
		"/20261121/us-east-1/connect/",
	};
	struct asked a;

	for (size_t i = 0; i < RD_COUNT(scopes); i++) {
		char text[TEXT];

		ask_signed(&a);
		snprintf(text, sizeof(text),
			 "AWS4-HMAC-SHA256 Credential=" KEY_ID "%s%s",
			 scopes[i], strstr(a.out.authorization, ", Signed"));
		put(&a, "Authorization", text);
		CHECK_EQ(judge(&a), RD_SIGV4_WRONG_SCOPE);
	}
	ask_signed(&a);
	a.rules.region = "us-west-2";
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG_SCOPE);
	a.rules.region = NULL;
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.rules.service = "chime";
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG_SCOPE);
}

TEST(a_clock_may_differ_by_fifteen_minutes)
{
	struct asked a;

	ask_signed(&a);
	a.now_ms = NOW + 900 * 1000;
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.now_ms = NOW + 901 * 1000;
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG_TIME);
	a.now_ms = NOW - 900 * 1000;
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.now_ms = NOW - 901 * 1000;
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG_TIME);
}

TEST(an_authorization_is_read_strictly)
{
#define SIGNED "SignedHeaders=host;x-amz-date"
#define SIGNATURE                                                              \
	"Signature="                                                           \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const struct {
		const char *text;
		enum rd_sigv4_verdict verdict;
	} cases[] = {
		{ CREDENTIAL ", " SIGNED ", " SIGNATURE, RD_SIGV4_WRONG },
		{ CREDENTIAL "," SIGNED "," SIGNATURE, RD_SIGV4_WRONG },
		{ CREDENTIAL ", " SIGNATURE ", " SIGNED, RD_SIGV4_WRONG },
		{ "", RD_SIGV4_INCOMPLETE },
		{ "AWS4-HMAC-SHA256", RD_SIGV4_INCOMPLETE },
		{ "AWS4-HMAC-SHA256 ", RD_SIGV4_INCOMPLETE },
		{ "Bearer abc", RD_SIGV4_INCOMPLETE },
		{ "Basic Credential=x", RD_SIGV4_INCOMPLETE },
		{ "AWS4-ECDSA-P256-SHA256 Credential=x", RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL, RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNED, RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNATURE, RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNED ", Signature=", RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNED ", " SIGNATURE "00", RD_SIGV4_WRONG },
		{ CREDENTIAL ", " SIGNED ", " SIGNATURE ", X=y",
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNED ", " SIGNATURE ",",
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", " SIGNED ", " SIGNED ", " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=x-amz-date, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=host, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=x-amz-date;host, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=host;host;x-amz-date, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=host;x-amz-date;, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL ", SignedHeaders=Host;x-amz-date, " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ CREDENTIAL
		  ", SignedHeaders=host;nowhere;x-amz-date, " SIGNATURE,
		  RD_SIGV4_WRONG },
		{ "AWS4-HMAC-SHA256 Credential=" SCOPE ", " SIGNED
		  ", " SIGNATURE,
		  RD_SIGV4_UNKNOWN_KEY },
		{ "AWS4-HMAC-SHA256 Credential=AKIDOTHER" SCOPE ", " SIGNED
		  ", " SIGNATURE,
		  RD_SIGV4_UNKNOWN_KEY },
		{ "AWS4-HMAC-SHA256 Credential=" KEY_ID ", " SIGNED
		  ", " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ "AWS4-HMAC-SHA256 Credential=" KEY_ID
		  "/20261121//connect/aws4_request, " SIGNED ", " SIGNATURE,
		  RD_SIGV4_INCOMPLETE },
		{ "AWS4-HMAC-SHA256 Credential=a" SCOPE SCOPE ", " SIGNED
		  ", " SIGNATURE,
		  RD_SIGV4_UNKNOWN_KEY },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct asked a;

		ask_signed(&a);
		put(&a, "Authorization", cases[i].text);
		if (judge(&a) != cases[i].verdict)
			fail_msg("case %zu: %s", i, cases[i].text);
	}
}

TEST(parts_may_be_parted_by_a_comma_alone)
{
	char text[TEXT];
	size_t n = 0;
	struct asked a;

	ask_signed(&a);
	for (const char *c = a.out.authorization; *c; c++)
		if (*c != ' ' || c[-1] != ',')
			text[n++] = *c;
	text[n] = 0;
	put(&a, "Authorization", text);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
}

TEST(without_a_signature_there_is_nothing_to_verify)
{
	struct asked a;

	ask(&a, "POST", "/contact/stop", "", BODY);
	CHECK_EQ(judge(&a), RD_SIGV4_MISSING);
	ask_signed(&a);
	drop(&a, "X-Amz-Date");
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
	ask_signed(&a);
	put(&a, "X-Amz-Date", "Sat, 21 Nov 2026 09:08:07 GMT");
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
	ask_signed(&a);
	put(&a, "x-amz-date", DATE); /* twice */
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
	ask_signed(&a);
	put(&a, "authorization", a.out.authorization); /* twice */
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
}

TEST(a_temporary_key_needs_its_token)
{
	struct asked a;

	known.session_token = SPAN(TOKEN);
	ask_signed(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	drop(&a, "X-Amz-Security-Token");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	put(&a, "X-Amz-Security-Token", "another");
	CHECK_EQ(judge(&a), RD_SIGV4_WRONG);
	/* Signed, with another token than the key has. */
	ask_signed(&a);
	known.session_token = SPAN("new");
	CHECK_EQ(judge(&a), RD_SIGV4_UNKNOWN_KEY);
	known.session_token = RD_SPAN_NONE;
	CHECK_EQ(judge(&a), RD_SIGV4_UNKNOWN_KEY);
	/* Signed without, where the key has one; and one that is not signed. */
	ask_signed(&a);
	known.session_token = SPAN(TOKEN);
	CHECK_EQ(judge(&a), RD_SIGV4_UNKNOWN_KEY);
	put(&a, "X-Amz-Security-Token", TOKEN);
	CHECK_EQ(judge(&a), RD_SIGV4_INCOMPLETE);
	/* Its time is over. */
	known.expires_wall_ms = NOW + 1;
	ask_signed(&a);
	CHECK_EQ(judge(&a), RD_SIGV4_GOOD);
	a.now_ms++;
	CHECK_EQ(judge(&a), RD_SIGV4_KEY_EXPIRED);
	known.expires_wall_ms = 0;
	known.session_token = RD_SPAN_NONE;
}

static struct rd_span query_of(const struct rd_json *v)
{
	return rd_span_text(strchr(rd_json_member(v, "target"), '?') + 1);
}

TEST(a_presigned_address_has_its_own_time)
{
	struct rd_json *root =
		load(RD_SOURCE_DIR "/tests/vectors", "sigv4.json");
	const struct rd_json *list = rd_json_get(root, "vectors");
	const struct rd_json *v = rd_json_at(list, rd_json_count(list) - 2);
	struct asked a;
	struct rd_sigv4_who who;
	char text[TEXT], *at;

	take_vector(&a, v, false);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW, &who), RD_SIGV4_MISSING);
	a.rules.may_be_presigned = true;
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW, &who), RD_SIGV4_GOOD);
	CHECK(who.is_presigned);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW + 300000, &who),
		 RD_SIGV4_GOOD);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW + 300001, &who),
		 RD_SIGV4_WRONG_TIME);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW - 900001, &who),
		 RD_SIGV4_WRONG_TIME);
	rd_text_copy(text, sizeof(text), query_of(v));
	at = strstr(text, "X-Amz-Expires=300");
	memcpy(at, "X-Amz-Expires=301", 17);
	a.r.query = rd_span_text(text);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW, &who), RD_SIGV4_WRONG);
	memcpy(at, "X-Amz-Expires=000", 17);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW, &who),
		 RD_SIGV4_INCOMPLETE);
	memcpy(at, "X-Amz-Explres=300", 17);
	CHECK_EQ(rd_sigv4_verify(&a.r, &a.rules, NOW, &who),
		 RD_SIGV4_INCOMPLETE);
	rd_json_close(root);
}

TEST(each_verdict_has_its_name)
{
	for (unsigned v = RD_SIGV4_MISSING; v < RD_SIGV4_VERDICTS; v++) {
		const struct rd_sigv4_fault *f = rd_sigv4_fault(v, "connect");

		CHECK(f->name && f->message && f->status >= 400);
	}
	CHECK_TEXT(rd_sigv4_fault(RD_SIGV4_WRONG_TIME, "connect")->name,
		   "InvalidSignatureException");
	CHECK_TEXT(rd_sigv4_fault(RD_SIGV4_WRONG_TIME, "chime")->name,
		   "RequestExpired");
}

/* --- memory --- */

static enum rd_err round_trip(void)
{
	struct rd_sigv4_who who;
	struct asked a;
	enum rd_err err;

	ask(&a, "PUT", "/contact/webrtc", "b=1&a=%20", BODY);
	err = rd_sigv4_sign(&a.r, &known, "us-east-1", "connect", NOW, &a.out);
	if (err != RD_OK)
		return err;
	put(&a, "X-Amz-Date", a.out.date);
	put(&a, "Authorization", a.out.authorization);
	switch (rd_sigv4_verify(&a.r, &a.rules, NOW, &who)) {
	case RD_SIGV4_GOOD:
		return RD_OK;
	case RD_SIGV4_NOMEM:
		return RD_E_NOMEM;
	default:
		return RD_E_INTERNAL;
	}
}

TEST(it_works_or_says_that_there_is_no_memory)
{
	rd_check_every_oom(round_trip);
}

RD_TESTS(T(our_signature_is_that_of_two_other_signers),
	 T(vectors_of_a_named_folder_hold_as_well), T(what_we_sign_verifies),
	 T(headers_of_one_hop_are_not_signed),
	 T(a_request_without_host_is_not_signed),
	 T(bounds_hold_before_anything_is_hashed),
	 T(any_change_of_the_request_is_seen),
	 T(a_query_may_be_spelled_and_ordered_anew_but_not_changed),
	 T(the_path_counts_as_it_was_sent),
	 T(the_hash_that_is_named_must_be_that_of_the_body),
	 T(a_scope_elsewhere_is_refused),
	 T(a_clock_may_differ_by_fifteen_minutes),
	 T(an_authorization_is_read_strictly),
	 T(parts_may_be_parted_by_a_comma_alone),
	 T(without_a_signature_there_is_nothing_to_verify),
	 T(a_temporary_key_needs_its_token),
	 T(a_presigned_address_has_its_own_time), T(each_verdict_has_its_name),
	 T(it_works_or_says_that_there_is_no_memory))
