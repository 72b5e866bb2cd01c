/* tests/unit/aws/credentials_test.c - where keys come from, and when they are
 * renewed: with a given clock, and no socket.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/credentials.h"

#include <time.h>

#include "around.h"
#include "base/timer.h"

#define WALL UINT64_C(1795252000000) /* at now 0 */

enum {
	MINUTE_MS = 60000
};

/* A machine, its surroundings, and the time. */
struct desk {
	struct around around;
	struct rd_aws_credentials *m;
	uint64_t now_ms;
	struct rd_aws_keys_ask ask;
};

static void desk_init(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	around_set(&d->around, "AWS_EC2_METADATA_DISABLED", "true");
	d->now_ms = 1000;
}

static void open_as(struct desk *d, const char *profile)
{
	struct rd_aws_credentials_cfg cfg = { .around = &d->around.lent,
					      .profile = profile,
					      .sts_url = "https://sts.test" };

	CHECK_OK(rd_aws_credentials_open(&d->m, &cfg, d->now_ms));
}

static uint64_t wall(const struct desk *d)
{
	return WALL + d->now_ms;
}

static bool poll(struct desk *d)
{
	return rd_aws_credentials_poll(d->m, d->now_ms, wall(d), &d->ask);
}

static void feed(struct desk *d, enum rd_err err, unsigned status,
		 const char *body)
{
	struct rd_aws_keys_told told = { err, status, rd_span_text(body) };

	rd_aws_credentials_feed(d->m, &told, d->now_ms, wall(d));
}

static const char *key_id(const struct desk *d)
{
	const struct rd_aws_keys *k = rd_aws_credentials_keys(d->m, wall(d));

	return k ? k->id : "";
}

static const char *why(const struct desk *d)
{
	unsigned failures;

	return rd_aws_credentials_why(d->m, &failures);
}

/* Keys that end so long after now. */
static const char *keys_json(const struct desk *d, const char *id,
			     uint64_t life_ms)
{
	static char text[512];
	time_t end = (time_t)((wall(d) + life_ms) / 1000);
	char date[32];
	struct tm tm;

	gmtime_r(&end, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	snprintf(text, sizeof(text),
		 "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\","
		 "\"SecretAccessKey\":\"s\",\"Token\":\"t\","
		 "\"Expiration\":\"%s\"}",
		 id, date);
	return text;
}

static const char *keys_xml(const char *id)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "<R><Credentials><AccessKeyId>%s</AccessKeyId>"
		 "<SecretAccessKey>s</SecretAccessKey>"
		 "<SessionToken>t</SessionToken>"
		 "<Expiration>2026-12-01T00:00:00Z</Expiration>"
		 "</Credentials></R>",
		 id);
	return text;
}

static void use_container(struct desk *d)
{
	around_set(&d->around, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		   "http://127.0.0.1:9/c");
}

static void use_metadata(struct desk *d)
{
	around_set(&d->around, "AWS_EC2_METADATA_DISABLED", NULL);
}

/* Walks through token and role. */
static void feed_metadata(struct desk *d, const char *json)
{
	CHECK(poll(d));
	if (strstr(d->ask.url, "/latest/api/token")) {
		feed(d, RD_OK, 200, "imds-token");
		CHECK(poll(d));
	}
	feed(d, RD_OK, 200, "role-1");
	CHECK(poll(d));
	feed(d, RD_OK, 200, json);
}

/* --- sources --- */

TEST(keys_of_the_environment_serve_at_once_and_for_good)
{
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_ACCESS_KEY_ID", "AKID");
	around_set(&d.around, "AWS_SECRET_ACCESS_KEY", "s");
	open_as(&d, NULL);
	CHECK_TEXT(key_id(&d), "");
	CHECK_EQ(rd_aws_credentials_due_ms(d.m), d.now_ms);
	CHECK(!poll(&d));
	CHECK_TEXT(key_id(&d), "AKID");
	CHECK_TEXT(rd_aws_credentials_source(d.m), "environment");
	CHECK_EQ(rd_aws_credentials_due_ms(d.m), RD_NEVER);
	rd_aws_credentials_close(d.m);
}

TEST(keys_of_the_environment_may_have_an_end)
{
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_ACCESS_KEY_ID", "AKID");
	around_set(&d.around, "AWS_SECRET_ACCESS_KEY", "s");
	around_set(&d.around, "AWS_CREDENTIAL_EXPIRATION", "soon");
	open_as(&d, NULL);
	CHECK(!poll(&d));
	CHECK(rd_aws_credentials_is_hopeless(d.m));
	CHECK_TEXT(why(&d), "AWS_CREDENTIAL_EXPIRATION must be a date like "
			    "2026-03-04T16:11:12Z");
	around_set(&d.around, "AWS_CREDENTIAL_EXPIRATION",
		   "2026-11-21T09:06:40Z"); /* WALL */
	d.now_ms += 15000;
	CHECK(!poll(&d));
	CHECK_TEXT(why(&d), "the keys of the environment have expired");
	rd_aws_credentials_close(d.m);
}

TEST(the_order_is_environment_profile_web_container_metadata)
{
	struct temporary keys =
		temporary_init("[default]\naws_access_key_id=FILE\n"
			       "aws_secret_access_key=s\n");
	struct temporary web = temporary_init("eyJ.web\n");
	struct desk d;

	desk_init(&d);
	use_metadata(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://169.254.169.254/latest/api/token");
	rd_aws_credentials_close(d.m);
	use_container(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://127.0.0.1:9/c");
	rd_aws_credentials_close(d.m);
	around_set(&d.around, "AWS_WEB_IDENTITY_TOKEN_FILE", web.path);
	around_set(&d.around, "AWS_ROLE_ARN", "arn:aws:iam::1:role/x");
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "https://sts.test/");
	CHECK(!d.ask.sign_with);
	rd_aws_credentials_close(d.m);
	around_set(&d.around, "AWS_SHARED_CREDENTIALS_FILE", keys.path);
	open_as(&d, NULL);
	CHECK(!poll(&d));
	CHECK_TEXT(key_id(&d), "FILE");
	rd_aws_credentials_close(d.m);
	around_set(&d.around, "AWS_ACCESS_KEY_ID", "ENV");
	around_set(&d.around, "AWS_SECRET_ACCESS_KEY", "s");
	open_as(&d, NULL);
	CHECK(!poll(&d));
	CHECK_TEXT(key_id(&d), "ENV");
	rd_aws_credentials_close(d.m);
	/* A profile that was chosen counts before the environment. */
	open_as(&d, "default");
	CHECK(!poll(&d));
	CHECK_TEXT(key_id(&d), "FILE");
	rd_aws_credentials_close(d.m);
	temporary_fini(&keys);
	temporary_fini(&web);
}

static void check_config(const char *config, const char *profile,
			 const char *sentence)
{
	struct temporary t = temporary_init(config);
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_CONFIG_FILE", t.path);
	open_as(&d, profile);
	CHECK(!poll(&d));
	CHECK(rd_aws_credentials_is_hopeless(d.m));
	CHECK_TEXT(why(&d), sentence);
	rd_aws_credentials_close(d.m);
	temporary_fini(&t);
}

TEST(a_profile_that_cannot_work_is_told)
{
	check_config("", "desk", "profile desk is in none of the files");
	check_config("", NULL,
		     "no credentials: not in the environment, in no profile, "
		     "and the machine has none");
	check_config("[profile a]\nrole_arn=r\n", "a",
		     "profile a: role_arn needs one of source_profile and "
		     "credential_source");
	check_config("[profile a]\nrole_arn=r\nsource_profile=b\n", "a",
		     "profile b is in none of the files");
	check_config("[profile a]\nrole_arn=r\nsource_profile=b\n"
		     "[profile b]\nrole_arn=r\nsource_profile=a\n",
		     "a",
		     "profile a: source_profile goes round, or over more than "
		     "4 roles");
	check_config("[profile a]\nrole_arn=r\ncredential_source=Sky\n", "a",
		     "credential_source must be Environment, EcsContainer or "
		     "Ec2InstanceMetadata");
	check_config("[profile a]\ncredential_process=x\n", "a",
		     "profile a: credential_process is not supported; use "
		     "keys, a role, or the machine's own credentials");
	check_config("[profile a]\nrole_arn=r\nsource_profile=a\n"
		     "mfa_serial=m\n",
		     "a",
		     "profile a: mfa_serial is not supported; use keys, a "
		     "role, or the machine's own credentials");
	check_config("[profile a]\naws_access_key_id=A\n", "a",
		     "profile a: aws_access_key_id, aws_secret_access_key or "
		     "aws_session_token is not a key");
}

TEST(a_profile_with_a_region_alone_leaves_keys_to_the_machine)
{
	struct temporary t = temporary_init("[profile desk]\nregion = x\n");
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_CONFIG_FILE", t.path);
	use_container(&d);
	open_as(&d, "desk");
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://127.0.0.1:9/c");
	rd_aws_credentials_close(d.m);
	temporary_fini(&t);
}

TEST(a_role_is_assumed_with_the_keys_of_its_source)
{
	struct temporary t = temporary_init(
		"[default]\nrole_arn = arn:aws:iam::1:role/a b\n"
		"source_profile = default\nexternal_id = x/1\n"
		"duration_seconds = 900\n"
		"aws_access_key_id = BASE\naws_secret_access_key = s\n");
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_CONFIG_FILE", t.path);
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.method, "POST");
	CHECK_TEXT(d.ask.sign_with->id, "BASE");
	CHECK(rd_span_is(d.ask.body,
			 "Action=AssumeRole&Version=2011-06-15"
			 "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b"
			 "&RoleSessionName=ringdown&ExternalId=x%2F1"
			 "&DurationSeconds=900"));
	CHECK_TEXT(key_id(&d), "");
	feed(&d, RD_OK, 200, keys_xml("ASIAROLE"));
	CHECK(!poll(&d));
	CHECK_TEXT(key_id(&d), "ASIAROLE");
	CHECK_TEXT(rd_aws_credentials_source(d.m), "profile");
	rd_aws_credentials_close(d.m);
	temporary_fini(&t);
}

TEST(a_refusal_of_sts_is_told_by_its_name)
{
	struct temporary web = temporary_init("eyJ.web.token");
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_WEB_IDENTITY_TOKEN_FILE", web.path);
	around_set(&d.around, "AWS_ROLE_ARN", "arn:aws:iam::1:role/x");
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK(rd_span_is(
		d.ask.body,
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
		"&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx"
		"&RoleSessionName=ringdown&WebIdentityToken=eyJ.web.token"));
	feed(&d, RD_OK, 400,
	     "<ErrorResponse><Error><Code>ExpiredTokenException</Code>"
	     "<Message>eyJ.web.token</Message></Error></ErrorResponse>");
	CHECK_TEXT(why(&d), "AssumeRoleWithWebIdentity answered 400 "
			    "ExpiredTokenException");
	/* The file is read anew each time: it is gone now. */
	temporary_fini(&web);
	d.now_ms += MINUTE_MS;
	CHECK(!poll(&d));
	CHECK(strstr(why(&d), "cannot be opened"));
	rd_aws_credentials_close(d.m);
}

TEST(the_container_is_asked_with_its_token)
{
	struct desk d;

	desk_init(&d);
	around_set(&d.around, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		   "/v2/credentials/5f0c");
	around_set(&d.around, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic x");
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://169.254.170.2/v2/credentials/5f0c");
	CHECK_EQ(d.ask.header_count, 1);
	CHECK_TEXT(d.ask.headers[0], "Authorization: Basic x");
	CHECK(!poll(&d)); /* one at a time */
	CHECK_EQ(rd_aws_credentials_due_ms(d.m), RD_NEVER);
	rd_aws_credentials_close(d.m);
	around_set(&d.around, "AWS_CONTAINER_AUTHORIZATION_TOKEN",
		   "x\r\nEvil: 1");
	open_as(&d, NULL);
	CHECK(!poll(&d));
	CHECK(strstr(why(&d), "a character that no header can have"));
	rd_aws_credentials_close(d.m);
}

TEST(a_container_elsewhere_needs_https)
{
	static const struct {
		const char *url;
		bool is_asked;
	} cases[] = {
		{ "http://127.0.0.1:80/x", true },
		{ "http://[::1]:80/x", true },
		{ "http://169.254.170.23/v1/credentials", true },
		{ "http://[fd00:ec2::23]/v1/credentials", true },
		{ "https://keys.example/x", true },
		{ "http://keys.example/x", false },
		{ "http://169.254.170.3/x", false },
		{ "ftp://127.0.0.1/x", false },
		{ "nonsense", false },
	};

	for (size_t i = 0; i < RD_COUNT(cases); i++) {
		struct desk d;

		desk_init(&d);
		around_set(&d.around, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
			   cases[i].url);
		open_as(&d, NULL);
		CHECK_EQ(poll(&d), cases[i].is_asked);
		rd_aws_credentials_close(d.m);
	}
}

TEST(metadata_is_asked_with_a_token_that_is_kept)
{
	struct desk d;

	desk_init(&d);
	use_metadata(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.method, "PUT");
	CHECK_TEXT(d.ask.headers[0],
		   "X-aws-ec2-metadata-token-ttl-seconds: 21600");
	feed(&d, RD_OK, 200, "imds-token");
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://169.254.169.254/latest/meta-data/iam/"
			      "security-credentials/");
	CHECK_TEXT(d.ask.headers[0], "X-aws-ec2-metadata-token: imds-token");
	feed(&d, RD_OK, 200, "role-1\n");
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://169.254.169.254/latest/meta-data/iam/"
			      "security-credentials/role-1");
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "A1");
	/* The next time without a new token; a stale one is replaced once. */
	d.now_ms = rd_aws_credentials_due_ms(d.m);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.method, "GET");
	feed(&d, RD_OK, 401, "");
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.method, "PUT");
	feed(&d, RD_OK, 200, "second");
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.headers[0], "X-aws-ec2-metadata-token: second");
	feed(&d, RD_OK, 401, "");
	CHECK(!poll(&d));
	CHECK_TEXT(why(&d), "instance metadata answered 401");
	rd_aws_credentials_close(d.m);
}

TEST(metadata_without_a_token_is_not_asked)
{
	struct desk d;

	desk_init(&d);
	use_metadata(&d);
	around_set(&d.around, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6");
	open_as(&d, NULL);
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.url, "http://[fd00:ec2::254]/latest/api/token");
	feed(&d, RD_OK, 403, "");
	CHECK(!poll(&d));
	d.now_ms += MINUTE_MS;
	CHECK(poll(&d));
	CHECK_TEXT(d.ask.method, "PUT");
	rd_aws_credentials_close(d.m);
}

TEST(a_role_name_that_no_path_can_carry_is_refused)
{
	static const char *const bad[] = { "",    "../x", "a/b",   "a b",
					   "a?b", ".",    "<html>" };

	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		struct desk d;

		desk_init(&d);
		use_metadata(&d);
		open_as(&d, NULL);
		CHECK(poll(&d));
		feed(&d, RD_OK, 200, "imds-token");
		CHECK(poll(&d));
		feed(&d, RD_OK, 200, bad[i]);
		CHECK(!poll(&d));
		CHECK_TEXT(why(&d),
			   "instance metadata gave no keys that can be used");
		rd_aws_credentials_close(d.m);
	}
}

/* --- renewal --- */

TEST(keys_are_renewed_five_minutes_before_their_end)
{
	struct desk d;
	uint64_t due_ms;

	desk_init(&d);
	use_container(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 60 * MINUTE_MS));
	due_ms = rd_aws_credentials_due_ms(d.m);
	CHECK_EQ(due_ms, d.now_ms + 55 * MINUTE_MS);
	d.now_ms = due_ms - 1;
	CHECK(!poll(&d));
	d.now_ms = due_ms;
	CHECK(poll(&d));
	/* The old ones serve while the new ones are on their way. */
	CHECK_TEXT(key_id(&d), "A1");
	d.now_ms += 900;
	CHECK_TEXT(key_id(&d), "A1");
	feed(&d, RD_OK, 200, keys_json(&d, "A2", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "A2");
	CHECK_EQ(rd_aws_credentials_renewals(d.m), 2);
	/* Short ones at half of their life. */
	d.now_ms = rd_aws_credentials_due_ms(d.m);
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A3", 2 * MINUTE_MS));
	CHECK_EQ(rd_aws_credentials_due_ms(d.m), d.now_ms + MINUTE_MS);
	rd_aws_credentials_close(d.m);
}

TEST(a_renewal_that_fails_is_tried_again_with_growing_gaps)
{
	uint64_t most_ms = 250;
	struct desk d;

	desk_init(&d);
	use_container(&d);
	open_as(&d, NULL);
	for (unsigned i = 1; i < 12; i++) {
		uint64_t due_ms;

		CHECK(poll(&d));
		feed(&d, RD_E_TIMEOUT, 0, "");
		due_ms = rd_aws_credentials_due_ms(d.m);
		CHECK(due_ms >= d.now_ms + most_ms / 2 &&
		      due_ms <= d.now_ms + most_ms);
		CHECK_EQ(rd_aws_credentials_is_hopeless(d.m), i >= 3);
		d.now_ms = due_ms;
		most_ms = rd_min_u64(2 * most_ms, MINUTE_MS);
	}
	CHECK_TEXT(why(&d), "the container endpoint: no answer in time");
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "A1");
	CHECK(!rd_aws_credentials_is_hopeless(d.m));
	CHECK_TEXT(why(&d), "");
	rd_aws_credentials_close(d.m);
}

TEST(keys_that_ended_serve_no_more)
{
	struct desk d;

	desk_init(&d);
	use_container(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 2 * MINUTE_MS));
	while (d.now_ms < 1000 + 2 * MINUTE_MS) {
		CHECK_TEXT(key_id(&d), "A1");
		d.now_ms = rd_aws_credentials_due_ms(d.m);
		if (d.now_ms >= 1000 + 2 * MINUTE_MS)
			break;
		CHECK(poll(&d));
		feed(&d, RD_OK, 500, "");
	}
	CHECK_TEXT(key_id(&d), "");
	CHECK(rd_aws_credentials_is_hopeless(d.m));
	/* Such as come with their end behind them are no keys. */
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A2", 0));
	CHECK_TEXT(key_id(&d), "");
	CHECK_TEXT(why(&d), "the keys have expired before they came");
	rd_aws_credentials_close(d.m);
}

TEST(keys_of_metadata_serve_on_while_it_has_no_newer_ones)
{
	const uint64_t end_ms = 1000 + 20 * MINUTE_MS;
	struct desk d;
	char old[512];

	desk_init(&d);
	use_metadata(&d);
	open_as(&d, NULL);
	snprintf(old, sizeof(old), "%s", keys_json(&d, "A1", 20 * MINUTE_MS));
	feed_metadata(&d, old);
	/* It keeps answering the same keys, then nothing at all. */
	for (unsigned i = 0; i < 40; i++) {
		d.now_ms = rd_aws_credentials_due_ms(d.m) + 50;
		CHECK_TEXT(key_id(&d), "A1");
		feed_metadata(&d, old);
		CHECK_TEXT(key_id(&d), "A1");
	}
	CHECK(d.now_ms > end_ms + 30 * MINUTE_MS);
	for (unsigned i = 0; i < 40; i++) {
		d.now_ms = rd_aws_credentials_due_ms(d.m);
		CHECK(poll(&d));
		feed(&d, RD_E_TIMEOUT, 0, "");
		CHECK_TEXT(key_id(&d), "A1");
	}
	d.now_ms = rd_aws_credentials_due_ms(d.m);
	feed_metadata(&d, keys_json(&d, "A2", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "A2");
	rd_aws_credentials_close(d.m);
}

TEST(keys_that_aws_refuses_are_renewed_but_not_again_and_again)
{
	struct desk d;

	desk_init(&d);
	use_container(&d);
	open_as(&d, NULL);
	CHECK(poll(&d));
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 60 * MINUTE_MS));
	rd_aws_credentials_renew(d.m, "A1", d.now_ms);
	CHECK(!poll(&d)); /* they were made a moment ago */
	d.now_ms += 1000;
	rd_aws_credentials_renew(d.m, "A0", d.now_ms);
	CHECK(!poll(&d)); /* others than those that serve */
	rd_aws_credentials_renew(d.m, "A1", d.now_ms);
	CHECK(poll(&d));
	rd_aws_credentials_renew(d.m, "A1", d.now_ms);
	CHECK(!poll(&d)); /* under way */
	feed(&d, RD_OK, 200, keys_json(&d, "A2", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "A2");
	rd_aws_credentials_close(d.m);
}

TEST(an_answer_that_nobody_asked_for_changes_nothing)
{
	struct desk d;

	desk_init(&d);
	use_container(&d);
	open_as(&d, NULL);
	feed(&d, RD_OK, 200, keys_json(&d, "A1", 60 * MINUTE_MS));
	CHECK_TEXT(key_id(&d), "");
	CHECK(poll(&d));
	rd_aws_credentials_close(d.m);
	rd_aws_credentials_close(NULL);
}

/* --- memory --- */

static enum rd_err renew_once(void)
{
	struct desk d;
	enum rd_err err;
	struct rd_aws_credentials_cfg cfg;

	memset(&d, 0, sizeof(d));
	around_set(&d.around, "AWS_EC2_METADATA_DISABLED", NULL);
	cfg = (struct rd_aws_credentials_cfg){ .around = &d.around.lent,
					       .sts_url = "https://sts.test" };
	err = rd_aws_credentials_open(&d.m, &cfg, 0);
	if (err != RD_OK)
		return err;
	for (unsigned i = 0; i < 3 && poll(&d); i++)
		feed(&d, RD_OK, 200,
		     i == 0   ? "imds-token"
		     : i == 1 ? "role-1"
			      : keys_json(&d, "A1", 60 * MINUTE_MS));
	err = key_id(&d)[0] ? RD_OK : RD_E_NOMEM;
	rd_aws_credentials_close(d.m);
	return err;
}

TEST(it_works_or_says_that_there_is_no_memory)
{
	rd_check_every_oom(renew_once);
}

RD_TESTS(T(keys_of_the_environment_serve_at_once_and_for_good),
	 T(keys_of_the_environment_may_have_an_end),
	 T(the_order_is_environment_profile_web_container_metadata),
	 T(a_profile_that_cannot_work_is_told),
	 T(a_profile_with_a_region_alone_leaves_keys_to_the_machine),
	 T(a_role_is_assumed_with_the_keys_of_its_source),
	 T(a_refusal_of_sts_is_told_by_its_name),
	 T(the_container_is_asked_with_its_token),
	 T(a_container_elsewhere_needs_https),
	 T(metadata_is_asked_with_a_token_that_is_kept),
	 T(metadata_without_a_token_is_not_asked),
	 T(a_role_name_that_no_path_can_carry_is_refused),
	 T(keys_are_renewed_five_minutes_before_their_end),
	 T(a_renewal_that_fails_is_tried_again_with_growing_gaps),
	 T(keys_that_ended_serve_no_more),
	 T(keys_of_metadata_serve_on_while_it_has_no_newer_ones),
	 T(keys_that_aws_refuses_are_renewed_but_not_again_and_again),
	 T(an_answer_that_nobody_asked_for_changes_nothing),
	 T(it_works_or_says_that_there_is_no_memory))
