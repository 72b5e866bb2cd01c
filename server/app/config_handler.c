/* app/config_handler.c - the settings of the SIP media application handler.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/config_rows.h"

#define S rd_config_handler
static const struct rd_setting handler_settings[] = {
	EXAMPLE(RD_SET_LISTENERS, S, listen, "listen", 0, 0,
		"Where it answers POST /sma/PATH_SECRET; plain HTTP, for this "
		"machine or behind a proxy.",
		"[127.0.0.1:8082]"),
	EXAMPLE(RD_SET_SECRET, S, path_secret, "path_secret", 16, 200,
		"The end of its path: letters, digits, - and _. Who knows it "
		"may ask.",
		"\"...\""),
	EXAMPLE(RD_SET_TEXT, S, application, "application", 1, 100,
		"The application whose events it answers; any if absent.",
		"33333333-3333-4333-8333-333333333333"),
	EXAMPLE(RD_SET_TEXTS, S, allow, "allow", 2, 16,
		"How telephone numbers begin that may be called, in E.164; "
		"none if absent.",
		"[\"+1202555\"]"),
	EXAMPLE(RD_SET_TEXTS, S, connectors, "connectors", 20, 256,
		"ARNs of the Voice Connectors that may be called; any of the "
		"account if absent.",
		"[\"arn:aws:chime:us-east-1:111122223333:vc/"
		"abcdefghij1klmn2opq3rs\"]"),
	ROW(RD_SET_NUMBER, S, tone_ms, "tone_ms", "250", 50, 24000,
	    "How long the tone of a digit lasts."),
	END
};
#undef S

const struct rd_section rd_config_handler_section = {
	sizeof(struct rd_config_handler), handler_settings
};

static bool is_path(const char *text)
{
	return !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_")];
}

static bool is_beginning(const char *number)
{
	return number[0] == '+' && number[1] >= '1' && number[1] <= '9' &&
	       !number[1 + strspn(number + 1, "0123456789")];
}

enum rd_err rd_config_check_handler(const struct rd_config_checking *k)
{
	const struct rd_config_handler *s = &k->c->handler;

	if (s->listen.count > 0 && !s->path_secret)
		return rd_config_bad(k, &s->listen,
				     "handler.listen needs path_secret", NULL);
	if (s->path_secret && !is_path(s->path_secret))
		return rd_config_bad(k, &s->path_secret,
				     "path_secret must be letters, digits, - "
				     "and _",
				     NULL);
	for (unsigned i = 0; i < s->allow.count; i++)
		if (!is_beginning(s->allow.at[i]))
			return rd_config_bad(
				k, &s->allow,
				"allow must be + and digits, unlike",
				s->allow.at[i]);
	return RD_OK;
}
