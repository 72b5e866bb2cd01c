/* app/config_turn.c - the settings of the TURN servers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/config_rows.h"
#include "secure/turn.h"

#define S rd_config_turn
static const struct rd_setting turn_settings[] = {
	EXAMPLE(RD_SET_TEXTS, S, urls, "urls", 1, RD_TURN_URL,
		"TURN servers that callers on the engine may use; none if "
		"absent. At most 8.",
		"[\"turn:turn.example.com:3478?transport=udp\", "
		"\"turns:turn.example.com:443?transport=tcp\"]"),
	EXAMPLE(RD_SET_SECRET, S, secret, "secret", 16, 1000,
		"What the TURN servers and we share (coturn: "
		"static-auth-secret).",
		"\"...at least 16 bytes...\""),
	EXAMPLE(RD_SET_TEXT, S, secret_file, "secret_file", 1, 1000,
		"A file with it, in place of `secret`; its first line.",
		"/etc/ringdown/turn.secret"),
	ROW(RD_SET_NUMBER, S, lifetime_s, "lifetime_s", "14400", 60, 604800,
	    "How long the credentials of a call hold; not below the longest "
	    "call."),
	ROW(RD_SET_BOOL, S, force, "force", "false", 0, 0,
	    "Also give them in the signaling: the official Chime SDK then "
	    "sends all media through TURN, always."),
	END
};
#undef S

const struct rd_section rd_config_turn_section = {
	sizeof(struct rd_config_turn), turn_settings
};

/* coturn refuses to go on with a call whose credentials have ended. */
static enum rd_err check_lifetime(const struct rd_config_checking *k)
{
	const struct rd_config_turn *s = &k->c->turn;

	for (unsigned i = 0; i < k->c->destinations.count; i++) {
		const struct rd_config_destination *d =
			rd_config_destination(k->c, i);

		if (d->talk_s <= s->lifetime_s ||
		    !rd_config_has_provider(d, RD_PROVIDER_ENGINE))
			continue;
		return rd_config_bad(
			k,
			rd_settings_line(k->c->settings, &d->talk_s)
				? &d->talk_s
				: &s->lifetime_s,
			"turn.lifetime_s must not be below talk_s of "
			"destination",
			d->name);
	}
	return RD_OK;
}

enum rd_err rd_config_check_turn(const struct rd_config_checking *k)
{
	const struct rd_config_turn *s = &k->c->turn;

	if (s->urls.count > RD_TURN_URLS)
		return rd_config_bad(k, &s->urls, "turn.urls must be at most 8",
				     NULL);
	for (unsigned i = 0; i < s->urls.count; i++)
		if (!rd_turn_is_url(s->urls.at[i]))
			return rd_config_bad(
				k, &s->urls,
				"turn.urls must be like turn:host:port"
				"?transport=udp, unlike",
				s->urls.at[i]);
	if (s->urls.count && !s->secret == !s->secret_file)
		return rd_config_bad(k, &s->urls,
				     "turn needs secret or secret_file, one of "
				     "the two",
				     NULL);
	if (!s->urls.count && (s->secret || s->secret_file || s->force))
		return rd_config_bad(k,
				     s->force    ? (const void *)&s->force
				     : s->secret ? (const void *)&s->secret
						 : &s->secret_file,
				     "turn needs urls", NULL);
	return s->urls.count ? check_lifetime(k) : RD_OK;
}
