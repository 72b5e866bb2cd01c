/* app/config_providers.c - the settings of the providers connect and chime.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/config_rows.h"
#include "base/text.h"
#include "provider/connect_context.h"
#include "provider/number_policy.h"

static const char *const capabilities[] = { "customer_video", "customer_screen",
					    "agent_video", "agent_screen",
					    NULL };
static const char *const connect_answers[] = { "agent", "flow", NULL };
static const char *const chime_answers[] = { "caller", "handler", NULL };

#define S rd_config_aws
static const struct rd_setting aws_settings[] = {
	EXAMPLE(RD_SET_TEXT, S, region, "region", 2, 64,
		"Region of the services; AWS_REGION, or the profile's, if "
		"absent.",
		"us-east-1"),
	EXAMPLE(RD_SET_TEXT, S, profile, "profile", 1, 200,
		"Profile of the shared files; AWS_PROFILE, or default, if "
		"absent.",
		"ringdown"),
	EXAMPLE(RD_SET_URL, S, endpoint_url, "endpoint_url", 0, 0,
		"Where all services are asked instead of at AWS.",
		"http://127.0.0.1:8081"),
	EXAMPLE(RD_SET_URL, S, connect_url, "connect_url", 0, 0,
		"The same of Amazon Connect alone.", "http://127.0.0.1:8081"),
	EXAMPLE(RD_SET_URL, S, participant_url, "participant_url", 0, 0,
		"Of the Connect Participant Service.", "http://127.0.0.1:8081"),
	EXAMPLE(RD_SET_URL, S, meetings_url, "meetings_url", 0, 0,
		"Of the Chime SDK meetings.", "http://127.0.0.1:8081"),
	EXAMPLE(RD_SET_URL, S, voice_url, "voice_url", 0, 0,
		"Of the Chime SDK voice.", "http://127.0.0.1:8081"),
	ROW(RD_SET_NUMBER, S, requests_per_second, "requests_per_second", "0",
	    0, 1000,
	    "Of each operation, at most; below the account's quota. 0: AWS's "
	    "default quotas."),
	END
};
#undef S
#define S rd_config_connect
static const struct rd_setting connect_settings[] = {
	EXAMPLE(RD_SET_TEXT, S, instance, "instance", 1, 100,
		"Id of the instance.", "11111111-1111-4111-8111-111111111111"),
	EXAMPLE(RD_SET_TEXT, S, flow, "flow", 1, 500, "Id of the contact flow.",
		"22222222-2222-4222-8222-222222222222"),
	EXAMPLE(RD_SET_PAIRS, S, attributes, "attributes", 1, 100,
		"Contact attributes and the verified attributes they carry; "
		"all verified ones under their own names if absent.",
		"{ customer_id: customer_id }"),
	ROW(RD_SET_TEXT, S, hint_prefix, "hint_prefix", "hint_", 1, 40,
	    "Before the name of each hint of the page."),
	EXAMPLE(RD_SET_PAIRS, S, references, "references", 1, 100,
		"References for the agent and the attributes or hints they "
		"carry.",
		"{ order: order_url }"),
	EXAMPLE(RD_SET_TEXT, S, related, "related", 1, 39,
		"The verified attribute that holds the contact id of an "
		"earlier contact.",
		"last_contact"),
	ROW(RD_SET_TEXT, S, display_name, "display_name", "Customer", 1, 256,
	    "What the agent reads where the page gives no name."),
	EXAMPLE(RD_SET_TEXT, S, description, "description", 1, 4096,
		"What the agent reads about the call.", "Call from the web"),
	WORDS(RD_SET_WORDS, S, capabilities, "capabilities", "[]", capabilities,
	      "What may be sent beside sound."),
	WORDS(RD_SET_WORD, S, answered_by, "answered_by", "agent",
	      connect_answers,
	      "When the call counts as answered: with an agent, or when the "
	      "flow has it (recordings, bots)."),
	ROW(RD_SET_BOOL, S, queue_position, "queue_position", "false", 0, 0,
	    "Ask for the place in the queue and the expected wait "
	    "(GetContactMetrics)."),
	END
};
#undef S
#define S rd_config_chime
static const struct rd_setting chime_settings[] = {
	EXAMPLE(RD_SET_TEXT, S, application, "application", 1, 100,
		"Id of the SIP media application.",
		"33333333-3333-4333-8333-333333333333"),
	EXAMPLE(RD_SET_TEXT, S, region, "region", 2, 64,
		"Region of the media; that of `aws` if absent.", "us-east-1"),
	EXAMPLE(RD_SET_TEXT, S, from, "from", 8, 16,
		"Telephone number of the account, in E.164.",
		"\"+12025550100\""),
	EXAMPLE(RD_SET_TEXT, S, dial, "dial", 1, 30,
		"Whom to call: a number in E.164 or, with voice_connector, a "
		"user.",
		"\"+12025550142\""),
	EXAMPLE(RD_SET_TEXT, S, dial_hint, "dial_hint", 1, 39,
		"A hint of the page that may name another number, within "
		"`allow`; none if absent.",
		"number"),
	EXAMPLE(RD_SET_TEXT, S, voice_connector, "voice_connector", 20, 256,
		"ARN of the Voice Connector; the telephone network if absent.",
		"\"arn:aws:chime:us-east-1:111122223333:vc/"
		"abcdefghij1klmn2opq3rs\""),
	EXAMPLE(RD_SET_TEXTS, S, allow, "allow", 2, 16,
		"How numbers begin that may be called, in E.164; none if "
		"absent.",
		"[\"+1202555\"]"),
	ROW(RD_SET_BOOL, S, north_america, "north_america", "true", 0, 0,
	    "Ten digits without a country are a North American number."),
	EXAMPLE(RD_SET_PAIRS, S, headers, "headers", 1, 60,
		"With voice_connector: SIP headers and the verified attributes "
		"they carry.",
		"{ X-Customer-Id: customer_id }"),
	ROW(RD_SET_NUMBER, S, ring_s, "ring_s", "45", 1, 120,
	    "Ring for so many seconds."),
	WORDS(RD_SET_WORD, S, answered_by, "answered_by", "caller",
	      chime_answers,
	      "When the call counts as answered: as soon as the caller is "
	      "there, or when the handler's events (`handler.listen`) say it."),
	END
};
#undef S

const struct rd_section rd_config_aws_section = { sizeof(struct rd_config_aws),
						  aws_settings };
const struct rd_section rd_config_connect_section = {
	sizeof(struct rd_config_connect), connect_settings
};
const struct rd_section rd_config_chime_section = {
	sizeof(struct rd_config_chime), chime_settings
};

/* --- checks -------------------------------------------------------------- */

struct looking {
	const struct rd_config_checking *k;
	const struct rd_config_destination *d;
};

bool rd_config_has_provider(const struct rd_config_destination *d,
			    enum rd_config_provider provider)
{
	for (unsigned i = 0; i < d->providers.count; i++)
		if (d->providers.at[i] == provider)
			return true;
	return false;
}

static enum rd_err check_list(const struct looking *l)
{
	const struct rd_chosen *p = &l->d->providers;

	if (p->count == 0)
		return rd_config_bad(l->k, p,
				     "providers is empty in destination",
				     l->d->name);
	for (unsigned i = 1; i < p->count; i++)
		for (unsigned o = 0; o < i; o++)
			if (p->at[i] == p->at[o])
				return rd_config_bad(
					l->k, p,
					"providers names one twice in "
					"destination",
					l->d->name);
	return RD_OK;
}

static enum rd_err check_mapping(const struct looking *l)
{
	const struct rd_config_connect *c = &l->d->connect;
	size_t prefix = strlen(c->hint_prefix);

	for (unsigned i = 0; i < c->attributes.count; i++) {
		const char *name = c->attributes.names[i];

		if (!rd_connect_name_is_valid(name))
			return rd_config_bad(l->k, &c->attributes,
					     "contact attributes must be "
					     "letters, digits, - and _, unlike",
					     name);
		if (!strncmp(name, c->hint_prefix, prefix))
			return rd_config_bad(l->k, &c->attributes,
					     "a verified attribute must not "
					     "begin like a hint, unlike",
					     name);
	}
	return RD_OK;
}

static enum rd_err check_connect(const struct looking *l)
{
	const struct rd_config_connect *c = &l->d->connect;

	if (!c->instance || !c->flow)
		return rd_config_bad(l->k, &l->d->providers,
				     "provider connect needs connect.instance "
				     "and connect.flow in destination",
				     l->d->name);
	if (!rd_connect_name_is_valid(c->hint_prefix))
		return rd_config_bad(l->k, &c->hint_prefix,
				     "hint_prefix must be letters, digits, - "
				     "and _, unlike",
				     c->hint_prefix);
	if (c->references.count > RD_CONNECT_REFERENCES)
		return rd_config_bad(l->k, &c->references,
				     "at most 8 references are possible in "
				     "destination",
				     l->d->name);
	return check_mapping(l);
}

/* Not those that the PSTN audio service takes for itself. */
static bool is_header(const char *name)
{
	static const char *const reserved[] = { "x-amzn", "x-vine", "x-vc",
						"x-canary", "x-voice" };
	struct rd_span text = rd_span_text(name);

	for (size_t i = 0; i < RD_COUNT(reserved); i++) {
		size_t len = strlen(reserved[i]);

		if (text.len >= len &&
		    rd_text_equal_nocase(rd_span(text.at, len), reserved[i]))
			return false;
	}
	if (rd_text_equal_nocase(text, "User-to-User") ||
	    rd_text_equal_nocase(text, "Diversion"))
		return true;
	return text.len > 2 &&
	       rd_text_equal_nocase(rd_span(text.at, 2), "x-") &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789-_.")] ==
		       '\0';
}

/* What CallAndBridge takes as the user part at a Voice Connector. */
static bool is_user(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789"
				 "&=+$/%-_!~*(,).")] == '\0';
}

static enum rd_err check_numbers(const struct looking *l)
{
	const struct rd_config_chime *c = &l->d->chime;
	struct rd_number_policy policy = {
		.allow = (const char *const *)c->allow.at,
		.allow_count = c->allow.count,
		.is_nanp = c->north_america,
	};
	char number[RD_NUMBER_TEXT];

	for (unsigned i = 0; i < c->allow.count; i++)
		if (!rd_number_is_beginning(c->allow.at[i]))
			return rd_config_bad(l->k, &c->allow,
					     "allow must be + and digits, "
					     "unlike",
					     c->allow.at[i]);
	if (!rd_number_is_beginning(c->from) ||
	    strlen(c->from) <= RD_NUMBER_DIGITS_LEAST)
		return rd_config_bad(l->k, &c->from,
				     "from must be a number in E.164, unlike",
				     c->from);
	if (c->voice_connector && c->dial[0] != '+')
		return is_user(c->dial)
			       ? RD_OK
			       : rd_config_bad(l->k, &c->dial,
					       "dial is no user of a Voice "
					       "Connector:",
					       c->dial);
	if (rd_number_check(&policy, rd_span_text(c->dial), number) !=
	    RD_NUMBER_ALLOWED)
		return rd_config_bad(l->k, &c->dial,
				     "dial must be a number that allow allows, "
				     "neither short nor premium, unlike",
				     c->dial);
	return RD_OK;
}

static enum rd_err check_chime(const struct looking *l)
{
	const struct rd_config_chime *c = &l->d->chime;

	if (!c->application || !c->from || !c->dial)
		return rd_config_bad(l->k, &l->d->providers,
				     "provider chime needs chime.application, "
				     "chime.from and chime.dial in destination",
				     l->d->name);
	if (c->headers.count > 0 && !c->voice_connector)
		return rd_config_bad(l->k, &c->headers,
				     "chime.headers need voice_connector in "
				     "destination",
				     l->d->name);
	for (unsigned i = 0; i < c->headers.count; i++)
		if (!is_header(c->headers.names[i]))
			return rd_config_bad(l->k, &c->headers,
					     "headers must begin with X-, and "
					     "not like AWS's own, unlike",
					     c->headers.names[i]);
	if (c->answered_by == RD_ANSWERED_BY_HANDLER &&
	    l->k->c->handler.listen.count == 0)
		return rd_config_bad(l->k, &c->answered_by,
				     "answered_by: handler needs "
				     "handler.listen, for destination",
				     l->d->name);
	return check_numbers(l);
}

enum rd_err rd_config_check_providers(const struct rd_config_checking *k)
{
	enum rd_err err = RD_OK;

	for (unsigned i = 0; !err && i < k->c->destinations.count; i++) {
		struct looking l = { k, rd_config_destination(k->c, i) };

		err = check_list(&l);
		if (!err && rd_config_has_provider(l.d, RD_PROVIDER_CONNECT))
			err = check_connect(&l);
		if (!err && rd_config_has_provider(l.d, RD_PROVIDER_CHIME))
			err = check_chime(&l);
	}
	return err;
}
