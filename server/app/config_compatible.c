/* app/config_compatible.c - the settings of the AWS-compatible listener.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <unistd.h>

#include "api/aws_rule.h"
#include "app/config_rows.h"

static const char *const handlers[] = { "in-process", "url", "lambda", NULL };

#define S rd_config_access_key
static const struct rd_setting access_key_settings[] = {
	MUST(RD_SET_TEXT, S, id, "id", 1, 128, "Its id.", "RINGDOWNDEMO"),
	MUST(RD_SET_SECRET, S, secret, "secret", 8, 200,
	     "Its secret; who has it may ask for everything here.",
	     "ringdown-demo-secret"),
	EXAMPLE(RD_SET_SECRET, S, session_token, "session_token", 1, 4000,
		"The session token that must come with it.", "\"...\""),
	END
};
#undef S
#define S rd_config_flow
static const struct rd_setting flow_settings[] = {
	MUST(RD_SET_TEXT, S, id, "id", 1, 500, "What clients call it.",
	     "22222222-2222-4222-8222-222222222222"),
	MUST(RD_SET_TEXT, S, file, "file", 1, 1000,
	     "The contact flow (docs/contact-flows.md).",
	     "/etc/ringdown/flows/support.json"),
	END
};
#undef S
#define S rd_config_application
static const struct rd_setting application_settings[] = {
	MUST(RD_SET_TEXT, S, id, "id", 1, 63, "What clients call it.",
	     "33333333-3333-4333-8333-333333333333"),
	ROW(RD_SET_TEXT, S, name, "name", "application", 1, 256,
	    "What lists show."),
	WORDS(RD_SET_WORD, S, handler, "handler", "in-process", handlers,
	      "Who says what its calls do: the handler of provider chime, in "
	      "this process; any URL; or an Invoke URL of Lambda."),
	EXAMPLE(RD_SET_URL, S, url, "url", 0, 0,
		"For `handler: url`, and for lambda the whole Invoke URL.",
		"http://127.0.0.1:9001/2015-03-31/functions/h/invocations"),
	EXAMPLE(RD_SET_TEXTS, S, allow, "allow", 2, 16,
		"For `handler: in-process`: how telephone numbers begin that "
		"may be called.",
		"[\"+1202555\"]"),
	END
};
#undef S
#define S rd_config_connector
static const struct rd_setting connector_settings[] = {
	MUST(RD_SET_TEXT, S, id, "id", 21, 36,
	     "21 or 22 lower-case letters and digits, or a UUID.",
	     "abcdefghij1klmn2opq3rs"),
	ROW(RD_SET_TEXT, S, name, "name", "connector", 1, 256,
	    "What lists show."),
	MUST(RD_SET_TEXT, S, trunk, "trunk", 1, 60, "The trunk behind it.",
	     "pbx"),
	END
};
#undef S
static const struct rd_section access_key_section = {
	sizeof(struct rd_config_access_key), access_key_settings
};
static const struct rd_section flow_section = { sizeof(struct rd_config_flow),
						flow_settings };
static const struct rd_section application_section = {
	sizeof(struct rd_config_application), application_settings
};
static const struct rd_section connector_section = {
	sizeof(struct rd_config_connector), connector_settings
};

#define S rd_config_compatible
#define LIST_OF(field, name_, table, text)                                     \
	{                                                                      \
		.key = (name_), .kind = RD_SET_SECTIONS,                       \
		.place = offsetof(struct S, field), .section = &(table),       \
		.sentence = (text)                                             \
	}
static const struct rd_setting compatible_settings[] = {
	EXAMPLE(RD_SET_LISTENERS, S, listen, "listen", 0, 0,
		"Where it answers; plain HTTP, for this machine or behind a "
		"proxy.",
		"[127.0.0.1:8081]"),
	ROW(RD_SET_TEXT, S, region, "region", "us-east-1", 1, 60,
	    "The region that signatures must name."),
	ROW(RD_SET_TEXT, S, account, "account", "\"111122223333\"", 12, 12,
	    "The account's twelve digits, in ARNs."),
	LIST_OF(access_keys, "access_keys", access_key_section,
		"Access keys that may ask."),
	ROW(RD_SET_TEXT, S, instance, "instance",
	    "11111111-1111-4111-8111-111111111111", 36, 36,
	    "The id of the Connect instance, a UUID."),
	LIST_OF(flows, "flows", flow_section, "Its contact flows."),
	EXAMPLE(RD_SET_TEXT, S, sounds, "sounds", 1, 1000,
		"Folder of the sound files that flows play.",
		"/etc/ringdown/flows"),
	LIST_OF(applications, "applications", application_section,
		"SIP media applications."),
	LIST_OF(voice_connectors, "voice_connectors", connector_section,
		"Voice Connectors."),
	EXAMPLE(RD_SET_TEXT, S, pstn_trunk, "pstn_trunk", 1, 60,
		"The trunk that telephone numbers are called by.", "carrier"),
	EXAMPLE(RD_SET_TEXTS, S, phone_numbers, "phone_numbers", 2, 16,
		"Numbers of the account, in E.164: callers' numbers.",
		"[\"+12025550100\"]"),
	EXAMPLE(RD_SET_TEXT, S, audio, "audio", 1, 1000,
		"Folder of what PlayAudio plays: BUCKET/KEY below it.",
		"/var/lib/ringdown/audio"),
	EXAMPLE(RD_SET_TEXT, S, recordings, "recordings", 1, 1000,
		"Folder of what is recorded: BUCKET/PREFIX below it.",
		"/var/lib/ringdown/recordings"),
	EXAMPLE(RD_SET_TEXT, S, speech, "speech", 1, 1000,
		"Program that speaks for Speak.", "/usr/bin/espeak-ng"),
	EXAMPLE(RD_SET_URL, S, lambda_url, "lambda_url", 0, 0,
		"Where the functions of applications are that clients make.",
		"http://127.0.0.1:9001"),
	ROW(RD_SET_NUMBER, S, requests_per_second, "requests_per_second", "50",
	    0, 10000,
	    "Of each operation, twice as many as a burst; 0: no limit."),
	ROW(RD_SET_NUMBER, S, most_meetings, "most_meetings", "250", 1, 10000,
	    "Meetings at once that clients have made."),
	END
};
#undef S

const struct rd_section rd_config_compatible_section = {
	sizeof(struct rd_config_compatible), compatible_settings
};

static bool is_folder(const char *path)
{
	return !path || access(path, R_OK | X_OK) == 0;
}

static enum rd_err check_trunk(const struct rd_config_checking *k,
			       char *const *place)
{
	if (*place && !rd_config_find_trunk(k->c, *place))
		return rd_config_bad(k, place, "there is no trunk called",
				     *place);
	return RD_OK;
}

static enum rd_err check_applications(const struct rd_config_checking *k)
{
	const struct rd_sections *all = &k->c->compatible.applications;
	const struct rd_config_application *a = all->at;

	for (unsigned i = 0; i < all->count; i++) {
		if ((a[i].handler != RD_HANDLER_IN_PROCESS) != !!a[i].url)
			return rd_config_bad(
				k, &a[i].id,
				"url goes with handler url or lambda, in "
				"application",
				a[i].id);
		for (unsigned o = 0; o < i; o++)
			if (!strcmp(a[o].id, a[i].id))
				return rd_config_bad(
					k, &a[i].id,
					"there are two applications with id",
					a[i].id);
	}
	return RD_OK;
}

static enum rd_err check_connectors(const struct rd_config_checking *k)
{
	const struct rd_sections *all = &k->c->compatible.voice_connectors;
	const struct rd_config_connector *c = all->at;
	enum rd_err err = RD_OK;

	for (unsigned i = 0; i < all->count && !err; i++) {
		if (!rd_aws_form_holds(RD_AWS_CONNECTOR, c[i].id))
			return rd_config_bad(
				k, &c[i].id,
				"the id of a Voice Connector must be 21 or 22 "
				"lower-case letters and digits, or a UUID, "
				"unlike",
				c[i].id);
		err = check_trunk(k, &c[i].trunk);
	}
	return err;
}

static enum rd_err check_flows(const struct rd_config_checking *k)
{
	const struct rd_sections *all = &k->c->compatible.flows;
	const struct rd_config_flow *f = all->at;

	for (unsigned i = 0; i < all->count; i++)
		if (access(f[i].file, R_OK) != 0)
			return rd_config_bad(k, &f[i].file,
					     "cannot read the contact flow",
					     f[i].file);
	return RD_OK;
}

static enum rd_err check_account(const struct rd_config_checking *k)
{
	const struct rd_config_compatible *s = &k->c->compatible;

	if (s->access_keys.count == 0)
		return rd_config_bad(k, &s->listen,
				     "compatible needs access_keys", NULL);
	if (strspn(s->account, "0123456789") != strlen(s->account))
		return rd_config_bad(k, &s->account,
				     "compatible.account must be twelve "
				     "digits, unlike",
				     s->account);
	if (!rd_aws_form_holds(RD_AWS_UUID, s->instance))
		return rd_config_bad(k, &s->instance,
				     "compatible.instance must be a UUID, "
				     "unlike",
				     s->instance);
	for (unsigned i = 0; i < s->phone_numbers.count; i++)
		if (s->phone_numbers.at[i][0] != '+' ||
		    !rd_aws_form_holds(RD_AWS_NUMBER, s->phone_numbers.at[i]))
			return rd_config_bad(k, &s->phone_numbers,
					     "a telephone number must be in "
					     "E.164 (+12025550100), unlike",
					     s->phone_numbers.at[i]);
	return check_trunk(k, &s->pstn_trunk);
}

static enum rd_err check_folders(const struct rd_config_checking *k)
{
	const struct rd_config_compatible *s = &k->c->compatible;

	if (!is_folder(s->audio))
		return rd_config_bad(k, &s->audio, "cannot read the folder",
				     s->audio);
	if (!is_folder(s->recordings))
		return rd_config_bad(k, &s->recordings,
				     "cannot read the folder", s->recordings);
	if (!is_folder(s->sounds))
		return rd_config_bad(k, &s->sounds, "cannot read the folder",
				     s->sounds);
	if (s->speech && access(s->speech, X_OK) != 0)
		return rd_config_bad(k, &s->speech, "cannot run the program",
				     s->speech);
	return RD_OK;
}

enum rd_err rd_config_check_compatible(const struct rd_config_checking *k)
{
	enum rd_err err;

	if (k->c->compatible.listen.count == 0)
		return RD_OK;
	err = check_account(k);
	if (!err)
		err = check_flows(k);
	if (!err)
		err = check_applications(k);
	if (!err)
		err = check_connectors(k);
	return err ? err : check_folders(k);
}
