/* aws/credentials_plan.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "aws/credentials_priv.h"
#include "aws/when.h"

static const char session_name[] = "ringdown";

/* The credentials file counts before the config file. */
static const char *get(const struct rd_aws_plan *p, const char *profile,
		       const char *key)
{
	const char *text = rd_aws_profile_get(p->credentials, profile, key);

	return text ? text : rd_aws_profile_get(p->config, profile, key);
}

static bool exists(const struct rd_aws_plan *p, const char *profile)
{
	return rd_aws_profile_exists(p->credentials, profile) ||
	       rd_aws_profile_exists(p->config, profile);
}

/* --- the environment --- */

static enum rd_err take_environment(struct rd_aws_plan *p,
				    const struct rd_aws_surroundings *around,
				    uint64_t wall_ms, struct rd_complaint *why)
{
	const char *end = rd_aws_variable(around, "AWS_CREDENTIAL_EXPIRATION");
	enum rd_err err =
		rd_aws_keys_init(&p->keys,
				 rd_aws_variable(around, "AWS_ACCESS_KEY_ID"),
				 rd_aws_variable(around,
						 "AWS_SECRET_ACCESS_KEY"),
				 rd_aws_variable(around, "AWS_SESSION_TOKEN"));

	p->base = RD_AWS_ENVIRONMENT;
	if (err != RD_OK) {
		rd_complain(why, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or "
				 "AWS_SESSION_TOKEN is not a key");
		return err;
	}
	if (!end)
		return RD_OK;
	if (rd_aws_when_iso(rd_span_text(end), &p->keys.expires_wall_ms) !=
	    RD_OK) {
		rd_complain(why, "AWS_CREDENTIAL_EXPIRATION must be a date "
				 "like 2026-03-04T16:11:12Z");
		return RD_E_FORMAT;
	}
	if (p->keys.expires_wall_ms > wall_ms)
		return RD_OK;
	rd_complain(why, "the keys of the environment have expired");
	return RD_E_EXPIRED;
}

/* --- profiles --- */

static enum rd_err take_keys(struct rd_aws_plan *p, const char *profile,
			     struct rd_complaint *why)
{
	enum rd_err err =
		rd_aws_keys_init(&p->keys, get(p, profile, "aws_access_key_id"),
				 get(p, profile, "aws_secret_access_key"),
				 get(p, profile, "aws_session_token"));

	p->base = RD_AWS_PROFILE;
	if (err == RD_E_FORMAT)
		rd_complain(why,
			    "profile %s: aws_access_key_id, "
			    "aws_secret_access_key or aws_session_token is "
			    "not a key",
			    profile);
	return err;
}

static struct rd_aws_role role_of(const struct rd_aws_plan *p,
				  const char *profile)
{
	struct rd_aws_role role = {
		.arn = get(p, profile, "role_arn"),
		.session = get(p, profile, "role_session_name"),
		.external_id = get(p, profile, "external_id"),
		.duration_s = get(p, profile, "duration_seconds"),
	};

	if (!role.session)
		role.session = session_name;
	return role;
}

static enum rd_err take_named_source(struct rd_aws_plan *p, const char *name,
				     const struct rd_aws_surroundings *around,
				     uint64_t wall_ms, struct rd_complaint *why)
{
	if (!strcmp(name, "Environment"))
		return take_environment(p, around, wall_ms, why);
	if (!strcmp(name, "EcsContainer")) {
		p->base = RD_AWS_CONTAINER;
		return RD_OK;
	}
	if (!strcmp(name, "Ec2InstanceMetadata")) {
		p->base = RD_AWS_METADATA;
		return RD_OK;
	}
	rd_complain(why, "credential_source must be Environment, EcsContainer "
			 "or Ec2InstanceMetadata");
	return RD_E_FORMAT;
}

static enum rd_err refuse_others(const struct rd_aws_plan *p,
				 const char *profile, struct rd_complaint *why)
{
	static const char *const keys[] = { "credential_process", "sso_session",
					    "sso_start_url", "login_session",
					    "mfa_serial" };

	for (size_t i = 0; i < RD_COUNT(keys); i++)
		if (get(p, profile, keys[i])) {
			rd_complain(why,
				    "profile %s: %s is not supported; use "
				    "keys, a role, or the machine's own "
				    "credentials",
				    profile, keys[i]);
			return RD_E_UNSUPPORTED;
		}
	return RD_E_NOTFOUND;
}

/* A role: where it comes from.  *next is the profile to go on with. */
static enum rd_err take_role(struct rd_aws_plan *p, const char *profile,
			     const struct rd_aws_surroundings *around,
			     uint64_t wall_ms, const char **next,
			     struct rd_complaint *why)
{
	const char *web = get(p, profile, "web_identity_token_file");
	const char *source = get(p, profile, "source_profile");
	const char *named = get(p, profile, "credential_source");

	if (get(p, profile, "mfa_serial"))
		return refuse_others(p, profile, why);
	if (web) {
		p->base = RD_AWS_WEB;
		p->web = role_of(p, profile);
		p->web_token_file = web;
		return RD_OK;
	}
	if (!source == !named) {
		rd_complain(why,
			    "profile %s: role_arn needs one of source_profile "
			    "and credential_source",
			    profile);
		return RD_E_FORMAT;
	}
	if (p->role_count == RD_AWS_MOST_ROLES) {
		rd_complain(why,
			    "profile %s: source_profile goes round, or "
			    "over more than %d roles",
			    profile, RD_AWS_MOST_ROLES);
		return RD_E_FORMAT;
	}
	p->roles[p->role_count++] = role_of(p, profile);
	if (named)
		return take_named_source(p, named, around, wall_ms, why);
	*next = source;
	return RD_OK;
}

/* RD_E_NOTFOUND: the profile says nothing about credentials. */
static enum rd_err take_profile(struct rd_aws_plan *p, const char *profile,
				const struct rd_aws_surroundings *around,
				uint64_t wall_ms, struct rd_complaint *why)
{
	bool is_first = true;

	for (;;) {
		bool has_keys = get(p, profile, "aws_access_key_id");
		const char *next = NULL;
		enum rd_err err;

		if (!exists(p, profile)) {
			rd_complain(why, "profile %s is in none of the files",
				    profile);
			return RD_E_NOTFOUND;
		}
		/* A profile that names itself as the source has keys. */
		if (has_keys && (!is_first || !get(p, profile, "role_arn")))
			return take_keys(p, profile, why);
		if (!get(p, profile, "role_arn")) {
			rd_complain(why, "profile %s has no keys and no role",
				    profile);
			return refuse_others(p, profile, why);
		}
		err = take_role(p, profile, around, wall_ms, &next, why);
		if (err != RD_OK || !next)
			return err;
		profile = next;
		is_first = false;
	}
}

/* --- the order --- */

static enum rd_err take_machine(struct rd_aws_plan *p,
				const struct rd_aws_surroundings *around,
				struct rd_complaint *why)
{
	const char *file =
		rd_aws_variable(around, "AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *arn = rd_aws_variable(around, "AWS_ROLE_ARN");
	const char *session = rd_aws_variable(around, "AWS_ROLE_SESSION_NAME");

	if (file && arn) {
		p->base = RD_AWS_WEB;
		p->web_token_file = file;
		p->web = (struct rd_aws_role){
			.arn = arn, .session = session ? session : session_name
		};
		return RD_OK;
	}
	if (rd_aws_variable(around, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
	    rd_aws_variable(around, "AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
		p->base = RD_AWS_CONTAINER;
		return RD_OK;
	}
	if (!rd_aws_is_on(around, "AWS_EC2_METADATA_DISABLED")) {
		p->base = RD_AWS_METADATA;
		return RD_OK;
	}
	rd_complain(why, "no credentials: not in the environment, in no "
			 "profile, and the machine has none");
	return RD_E_NOTFOUND;
}

static enum rd_err read_files(struct rd_aws_plan *p,
			      const struct rd_aws_surroundings *around,
			      struct rd_complaint *why)
{
	enum rd_err err =
		rd_aws_profile_file_read(&p->credentials, around,
					 RD_AWS_CREDENTIALS_FILE, why);

	if (err == RD_OK)
		err = rd_aws_profile_file_read(&p->config, around,
					       RD_AWS_CONFIG_FILE, why);
	return err;
}

static enum rd_err choose(struct rd_aws_plan *p,
			  const struct rd_aws_surroundings *around,
			  const char *profile, uint64_t wall_ms,
			  struct rd_complaint *why)
{
	bool is_chosen;
	enum rd_err err;

	if (!profile)
		profile = rd_aws_variable(around, "AWS_PROFILE");
	is_chosen = profile;
	if (!is_chosen)
		profile = "default";
	if (!is_chosen && rd_aws_variable(around, "AWS_ACCESS_KEY_ID") &&
	    rd_aws_variable(around, "AWS_SECRET_ACCESS_KEY"))
		return take_environment(p, around, wall_ms, why);
	err = read_files(p, around, why);
	if (err == RD_OK)
		err = take_profile(p, profile, around, wall_ms, why);
	/* Who names a profile does not want to be somebody else; one that
	 * holds but a region leaves the credentials to the machine. */
	if (err != RD_E_NOTFOUND || p->role_count > 0 ||
	    (is_chosen && !exists(p, profile)))
		return err;
	return take_machine(p, around, why);
}

enum rd_err rd_aws_plan_init(struct rd_aws_plan *p,
			     const struct rd_aws_surroundings *around,
			     const char *profile, uint64_t wall_ms,
			     struct rd_complaint *why)
{
	enum rd_err err;

	memset(p, 0, sizeof(*p));
	why->text[0] = '\0';
	err = choose(p, around, profile, wall_ms, why);
	if (err != RD_OK)
		rd_aws_plan_fini(p);
	else
		why->text[0] = '\0';
	return err;
}

void rd_aws_plan_fini(struct rd_aws_plan *p)
{
	rd_aws_keys_fini(&p->keys);
	rd_aws_profile_file_close(p->credentials);
	rd_aws_profile_file_close(p->config);
	memset(p, 0, sizeof(*p));
}
