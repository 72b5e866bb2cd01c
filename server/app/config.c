/* app/config.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config_rows.h"
#include "base/secret.h"

enum {
	MOST_BYTES = 1 << 20
};

static const char *const log_levels[] = { "error", "warn", "info", "debug",
					  NULL };
static const char *const token_kinds[] = { "any", "access", "cognito", NULL };
static const char *const transports[] = { "udp", "tcp", "tls", NULL };
static const char *const refers[] = { "refuse", "trunk", "any", NULL };
static const char *const contexts[] = { "none", "x-headers", "user-to-user",
					NULL };
static const char *const srtps[] = { "off", "optional", "required", NULL };
static const char *const codecs[] = { "opus", "g722", "pcmu", "pcma", NULL };
static const char *const providers[] = { "engine", "connect", "chime", NULL };
static const char *const tos[] = { "echo", "announcement", "sip", "meeting",
				   NULL };

#define S rd_config_server
static const struct rd_setting server_settings[] = {
	ROW(RD_SET_LISTENERS, S, listen, "listen", "[127.0.0.1:8080]", 0, 0,
	    "Where the API, the widget and the signaling are served."),
	EXAMPLE(RD_SET_LISTENERS, S, operations_listen, "operations_listen", 0,
		0,
		"Health and metrics on listeners of their own; else they are "
		"on `listen`, for loopback only.",
		"[127.0.0.1:9090]"),
	EXAMPLE(RD_SET_TEXT, S, tls_certificate, "tls_certificate", 1, 1000,
		"PEM file of the certificate chain; without it, plain HTTP.",
		"/etc/ringdown/tls.pem"),
	EXAMPLE(RD_SET_TEXT, S, tls_key, "tls_key", 1, 1000,
		"PEM file of its key.", "/etc/ringdown/tls.key"),
	EXAMPLE(RD_SET_URL, S, public_url, "public_url", 0, 0,
		"How callers reach this server; the signaling address follows "
		"from it. If absent: the first of `listen`.",
		"https://calls.example.com"),
	EXAMPLE(RD_SET_NETWORKS, S, trusted_proxies, "trusted_proxies", 0, 0,
		"Proxies whose X-Forwarded-For and X-Forwarded-Proto are "
		"believed.",
		"[10.0.0.0/8]"),
	ROW(RD_SET_TEXT, S, database, "database", "ringdown.db", 1, 1000,
	    "File of the call records (SQLite)."),
	EXAMPLE(RD_SET_TEXT, S, widget, "widget", 1, 1000,
		"Folder of the built widget.", "/usr/share/ringdown/widget"),
	ROW(RD_SET_BOOL, S, build_page, "build_page", "false", 0, 0,
	    "Serve /build/, the page where site owners put their call button "
	    "together."),
	ROW(RD_SET_NUMBER, S, most_calls, "most_calls", "1000", 1, 20000,
	    "Calls at once; more are refused in words."),
	ROW(RD_SET_NUMBER, S, most_per_address, "most_per_address", "64", 1,
	    65535,
	    "HTTP connections of one address at once (IPv6: of one /64); "
	    "trusted proxies are free of it."),
	ROW(RD_SET_NUMBER, S, drain_s, "drain_s", "3600", 0, 86400,
	    "After SIGTERM running calls may go on for so many seconds."),
	WORDS(RD_SET_WORD, S, log_level, "log_level", "info", log_levels,
	      "How much is logged."),
	END
};
#undef S
#define S rd_config_media
static const struct rd_setting media_settings[] = {
	ROW(RD_SET_NUMBER, S, workers, "workers", "1", 1, 64,
	    "Media threads; each has its own UDP port."),
	ROW(RD_SET_NUMBER, S, port, "port", "40000", 0, 65000,
	    "UDP port of the first worker; the next ones follow. 0: the "
	    "kernel's choice."),
	ROW(RD_SET_BOOL, S, tcp, "tcp", "true", 0, 0,
	    "Also listen on TCP at the same numbers, for callers whose "
	    "network lets no UDP through."),
	ROW(RD_SET_ADDRESSES, S, bind, "bind", "[127.0.0.1]", 0, 0,
	    "Addresses of the media ports, IPv4 and IPv6, as callers reach "
	    "them."),
	EXAMPLE(RD_SET_ADDRESSES, S, announce, "announce", 0, 0,
		"Behind NAT: the public address for each of `bind`, in the "
		"same order.",
		"[203.0.113.10]"),
	ROW(RD_SET_NUMBER, S, opus_complexity, "opus_complexity", "5", 0, 10,
	    "Effort of the Opus encoder; lowered under load."),
	ROW(RD_SET_NUMBER, S, most_late_ms, "most_late_ms", "10", 1, 10000,
	    "No new calls while, second after second, one packet in a hundred "
	    "is served later than this."),
	ROW(RD_SET_NUMBER, S, grace_s, "grace_s", "45", 5, 120,
	    "A caller whose network is gone may come back for so many "
	    "seconds."),
	EXAMPLE(RD_SET_TEXT, S, notice, "notice", 1, 1000,
		"Sound file that the far side hears, again and again, while "
		"the caller is away or holds (WAV, Ogg Opus, FLAC); two soft "
		"notes every four seconds if absent.",
		"/etc/ringdown/one-moment.wav"),
	EXAMPLE(RD_SET_ADDRESS, S, trunk_bind, "trunk_bind", 0, 0,
		"Address of the RTP ports towards trunks; the first of `bind` "
		"if absent.",
		"10.1.2.3"),
	EXAMPLE(RD_SET_ADDRESS, S, trunk_announce, "trunk_announce", 0, 0,
		"What SDP towards trunks says instead.", "203.0.113.10"),
	ROW(RD_SET_NUMBER, S, trunk_port_first, "trunk_port_first", "0", 0,
	    65000, "First RTP port towards trunks; 0: the kernel's choice."),
	ROW(RD_SET_NUMBER, S, trunk_port_last, "trunk_port_last", "0", 0, 65535,
	    "Last RTP port towards trunks."),
	END
};
#undef S
#define S rd_config_issuer
static const struct rd_setting issuer_settings[] = {
	MUST(RD_SET_TEXT, S, name, "name", 1, 60,
	     "What records and logs call this issuer.", "login"),
	MUST(RD_SET_TEXT, S, issuer, "issuer", 1, 1000,
	     "The `iss` of its tokens, exactly.", "https://login.example.com"),
	EXAMPLE(RD_SET_URL, S, discovery, "discovery", 0, 0,
		"URL of its OpenID configuration. One of the four key sources.",
		"https://login.example.com/.well-known/openid-configuration"),
	EXAMPLE(RD_SET_URL, S, keys_url, "keys_url", 0, 0,
		"URL of its key set.", "https://login.example.com/jwks.json"),
	EXAMPLE(RD_SET_TEXT, S, keys_file, "keys_file", 1, 1000,
		"File with its key set.", "/etc/ringdown/keys.json"),
	EXAMPLE(RD_SET_SECRET, S, secret, "secret", 32, 1000,
		"Shared secret for HS256, for tokens that your own server "
		"signs.",
		"\"...at least 32 bytes...\""),
	EXAMPLE(RD_SET_TEXTS, S, audience, "audience", 1, 1000,
		"Accepted `aud` (or `client_id`), at least one.", "[ringdown]"),
	WORDS(RD_SET_WORD, S, token, "token", "any", token_kinds,
	      "Kind of token: any, access (`typ` at+jwt, RFC 9068) or cognito "
	      "(`token_use` access, `client_id`)."),
	EXAMPLE(RD_SET_TEXTS, S, scopes, "scopes", 1, 200,
		"Scopes that a token must have.", "[call]"),
	ROW(RD_SET_TEXT, S, subject, "subject", "sub", 1, 100,
	    "The claim that says who the person is."),
	EXAMPLE(RD_SET_PAIRS, S, attributes, "attributes", 1, 100,
		"Verified attributes and the claims they come from.",
		"{ customer_id: sub }"),
	END
};
#undef S
#define S rd_config_sip
static const struct rd_setting sip_settings[] = {
	ROW(RD_SET_ADDRESS_PORT, S, bind, "bind", "127.0.0.1:0", 0, 0,
	    "Address of SIP over UDP and TCP; port 0: the kernel's choice."),
	EXAMPLE(RD_SET_ADDRESS_PORT, S, announce, "announce", 0, 0,
		"What Via and Contact say instead.", "203.0.113.10:5060"),
	EXAMPLE(RD_SET_ADDRESS_PORT, S, tls_bind, "tls_bind", 0, 0,
		"Address of SIP over TLS.", "10.1.2.3:5061"),
	EXAMPLE(RD_SET_TEXT, S, tls_dir, "tls_dir", 1, 1000,
		"Folder with agent.pem (ours) and cafile.pem (whom we trust).",
		"/etc/ringdown/sip"),
	END
};
#undef S
#define S rd_config_trunk
static const struct rd_setting trunk_settings[] = {
	MUST(RD_SET_TEXT, S, name, "name", 1, 60,
	     "What destinations call this trunk.", "carrier"),
	MUST(RD_SET_TEXT, S, host, "host", 1, 250,
	     "The peer: a name (NAPTR, SRV, A, AAAA) or an address.",
	     "sip.example.net"),
	ROW(RD_SET_NUMBER, S, port, "port", "0", 0, 65535,
	    "0: by DNS, or the transport's default."),
	WORDS(RD_SET_WORD, S, transport, "transport", "udp", transports,
	      "How to reach it."),
	EXAMPLE(RD_SET_TEXT, S, username, "username", 1, 200,
		"For digest authentication.", "ringdown"),
	EXAMPLE(RD_SET_SECRET, S, password, "password", 1, 200,
		"For digest authentication.", "\"...\""),
	EXAMPLE(RD_SET_TEXT, S, realm, "realm", 1, 200,
		"The realm that may have the digest; the host if absent.",
		"sip.example.net"),
	EXAMPLE(RD_SET_TEXT, S, from_user, "from_user", 1, 100,
		"User part of From.", "+12025550100"),
	EXAMPLE(RD_SET_TEXT, S, from_domain, "from_domain", 1, 250,
		"Host part of From.", "example.com"),
	ROW(RD_SET_BOOL, S, registration, "register", "false", 0, 0,
	    "Register there."),
	ROW(RD_SET_NUMBER, S, options_s, "options_s", "15", 0, 3600,
	    "OPTIONS every so many seconds; 0: never."),
	ROW(RD_SET_NUMBER, S, session_expires_s, "session_expires_s", "1800", 0,
	    86400, "Session timer (RFC 4028); 0: none, else at least 90."),
	ROW(RD_SET_BOOL, S, prack_required, "require_prack", "false", 0, 0,
	    "Require reliable provisional answers instead of offering them."),
	WORDS(RD_SET_WORD, S, refer, "refer", "refuse", refers,
	      "Blind transfer asked by the far end: refuse, within this trunk, "
	      "or anywhere."),
	WORDS(RD_SET_WORD, S, context, "context", "x-headers", contexts,
	      "How verified attributes travel."),
	WORDS(RD_SET_WORD, S, srtp, "srtp", "off", srtps,
	      "SRTP by SDES (RFC 4568); optional: who refuses it is asked "
	      "again in "
	      "clear."),
	ROW(RD_SET_BOOL, S, learn_media_address, "learn_media_address", "false",
	    0, 0, "The peer is behind NAT: send RTP to where it comes from."),
	EXAMPLE(RD_SET_NETWORKS, S, peers, "peers", 0, 0,
		"Who may send us SIP; the addresses of `host` if absent.",
		"[198.51.100.0/24]"),
	END
};
#undef S
#define S rd_config_limits
static const struct rd_setting limit_settings[] = {
	ROW(RD_SET_NUMBER, S, at_once, "at_once", "1", 0, 1000,
	    "Calls of one person at once; 0: no limit."),
	ROW(RD_SET_NUMBER, S, per_minute, "per_minute", "3", 0, 100000,
	    "Starts of one person in a minute; 0: no limit."),
	ROW(RD_SET_NUMBER, S, per_hour, "per_hour", "10", 0, 100000,
	    "In an hour."),
	ROW(RD_SET_NUMBER, S, per_day, "per_day", "30", 0, 100000, "In a day."),
	END
};
#undef S
static const struct rd_section limit_section = {
	sizeof(struct rd_config_limits), limit_settings
};
#define S rd_config_destination
static const struct rd_setting destination_settings[] = {
	MUST(RD_SET_TEXT, S, name, "name", 2, 60, "The alias that pages name.",
	     "support"),
	EXAMPLE(RD_SET_TEXT, S, title, "title", 1, 100, "What people read.",
		"Customer support"),
	WORDS(RD_SET_WORDS, S, providers, "providers", "[engine]", providers,
	      "Who takes the call; the next one is asked when one refuses, "
	      "cannot be reached or does not answer in time."),
	{ .key = "connect",
	  .kind = RD_SET_SECTION,
	  .place = offsetof(struct S, connect),
	  .section = &rd_config_connect_section,
	  .sentence = "For provider connect: Amazon Connect." },
	{ .key = "chime",
	  .kind = RD_SET_SECTION,
	  .place = offsetof(struct S, chime),
	  .section = &rd_config_chime_section,
	  .sentence = "For provider chime: the Chime SDK and a telephone." },
	WORDS(RD_SET_WORD, S, to, "to", "echo", tos,
	      "For provider engine. What is there: an echo, an announcement, "
	      "somebody at a trunk, "
	      "or the next caller of this destination."),
	EXAMPLE(RD_SET_TEXT, S, announcement, "announcement", 1, 1000,
		"For `to: announcement`: a WAV, FLAC or Ogg Opus file.",
		"/usr/share/ringdown/welcome.wav"),
	EXAMPLE(RD_SET_TEXT, S, trunk, "trunk", 1, 60,
		"For `to: sip`: the trunk.", "carrier"),
	EXAMPLE(RD_SET_TEXT, S, user, "user", 1, 100,
		"For `to: sip`: number or account there.", "1000"),
	WORDS(RD_SET_WORDS, S, codecs, "codecs", "[opus, g722, pcmu, pcma]",
	      codecs, "What the trunk is offered, in order."),
	ROW(RD_SET_BOOL, S, g711_through, "g711_through", "false", 0, 0,
	    "Let the browser speak G.711 when the far side does: no "
	    "transcoding, no error correction."),
	ROW(RD_SET_NUMBER, S, ring_s, "ring_s", "45", 5, 600,
	    "Ring for so many seconds."),
	ROW(RD_SET_NUMBER, S, talk_s, "talk_s", "14400", 10, 86400,
	    "Longest call."),
	EXAMPLE(RD_SET_TEXTS, S, origins, "origins", 1, 300,
		"Pages that may call: scheme://host[:port]. None: only "
		"requests without an Origin.",
		"[https://www.example.com]"),
	{ .key = "limits",
	  .kind = RD_SET_SECTION,
	  .place = offsetof(struct S, limits),
	  .section = &limit_section,
	  .sentence = "Limits per person." },
	EXAMPLE(RD_SET_PAIRS, S, headers, "headers", 1, 60,
		"SIP headers and the verified attributes they carry.",
		"{ X-Customer-Id: customer_id }"),
	END
};
#undef S
static const struct rd_section server_section = {
	sizeof(struct rd_config_server), server_settings
};
static const struct rd_section media_section = { sizeof(struct rd_config_media),
						 media_settings };
static const struct rd_section issuer_section = {
	sizeof(struct rd_config_issuer), issuer_settings
};
static const struct rd_section sip_section = { sizeof(struct rd_config_sip),
					       sip_settings };
static const struct rd_section trunk_section = { sizeof(struct rd_config_trunk),
						 trunk_settings };
static const struct rd_section destination_section = {
	sizeof(struct rd_config_destination), destination_settings
};

#define PART(k, field, table, text)                                            \
	{                                                                      \
		.key = #field, .kind = (k),                                    \
		.place = offsetof(struct rd_config, field),                    \
		.section = &(table), .sentence = (text)                        \
	}
static const struct rd_setting settings[] = {
	PART(RD_SET_SECTION, server, server_section, "The HTTP side."),
	PART(RD_SET_SECTION, media, media_section,
	     "The media side: UDP ports, addresses, codecs."),
	PART(RD_SET_SECTION, turn, rd_config_turn_section,
	     "TURN servers for callers whose network lets through neither UDP "
	     "nor the media ports over TCP; off without `urls`."),
	PART(RD_SET_SECTION, sip, sip_section, "The SIP side."),
	PART(RD_SET_SECTIONS, issuers, issuer_section,
	     "Whose tokens are believed."),
	PART(RD_SET_SECTIONS, trunks, trunk_section, "SIP trunks and PBXs."),
	PART(RD_SET_SECTIONS, destinations, destination_section,
	     "Whom a page may call."),
	PART(RD_SET_SECTION, aws, rd_config_aws_section,
	     "How Amazon Web Services are asked, for the providers connect and "
	     "chime. Keys are taken from where AWS's tools take them."),
	PART(RD_SET_SECTION, compatible, rd_config_compatible_section,
	     "A listener that answers like Amazon Connect and the Amazon Chime "
	     "SDK; off without `listen`."),
	PART(RD_SET_SECTION, handler, rd_config_handler_section,
	     "The handler of provider chime for an application that is "
	     "elsewhere: with `ringdown lambda`, or as a URL; no listener "
	     "without `listen`."),
	END
};

const struct rd_section rd_config_table = { sizeof(struct rd_config),
					    settings };

/* --- what only the whole can tell --------------------------------------- */

enum rd_err rd_config_bad(const struct rd_config_checking *k, const void *place,
			  const char *text, const char *name)
{
	unsigned line = rd_settings_line(k->c->settings, place);
	char where[16] = "";

	if (line) /* 0: the setting has its default */
		snprintf(where, sizeof(where), ":%u", line);
	rd_complain(k->why, "%s%s: %s%s%s%s", k->path, where, text,
		    name ? " \"" : "", name ? name : "", name ? "\"" : "");
	return RD_E_FORMAT;
}

static enum rd_err check_server(const struct rd_config_checking *k)
{
	const struct rd_config_server *s = &k->c->server;

	if (!s->tls_certificate != !s->tls_key)
		return rd_config_bad(k,
				     s->tls_key ? &s->tls_key
						: &s->tls_certificate,
				     "tls_certificate and tls_key go together",
				     NULL);
	return RD_OK;
}

static enum rd_err check_media(const struct rd_config_checking *k)
{
	const struct rd_config_media *m = &k->c->media;

	if (m->bind.count == 0 || m->bind.count > 4)
		return rd_config_bad(k, &m->bind,
				     "media.bind must list 1 to 4 addresses",
				     NULL);
	if (m->announce.count > 0 && m->announce.count != m->bind.count)
		return rd_config_bad(
			k, &m->announce,
			"media.announce must have one address for each of "
			"media.bind",
			NULL);
	for (unsigned i = 0; i < m->bind.count; i++)
		if (rd_addr_is_any(&m->bind.at[i]) && m->announce.count == 0)
			return rd_config_bad(
				k, &m->bind,
				"media.bind has 0.0.0.0 or ::, which no "
				"caller can reach; name the address, or add "
				"media.announce",
				NULL);
	if ((m->trunk_port_first == 0) != (m->trunk_port_last == 0) ||
	    m->trunk_port_last < m->trunk_port_first)
		return rd_config_bad(k, &m->trunk_port_last,
				     "media.trunk_port_last must not be below "
				     "media.trunk_port_first",
				     NULL);
	return RD_OK;
}

static enum rd_err check_issuer(const struct rd_config_checking *k,
				const struct rd_config_issuer *s)
{
	int sources =
		!!s->discovery + !!s->keys_url + !!s->keys_file + !!s->secret;

	if (sources != 1)
		return rd_config_bad(
			k, &s->name,
			"give exactly one of discovery, keys_url, keys_file "
			"and secret for issuer",
			s->name);
	if (s->audience.count == 0)
		return rd_config_bad(
			k, &s->name,
			"audience must list at least one value for issuer",
			s->name);
	return RD_OK;
}

const struct rd_config_trunk *rd_config_find_trunk(const struct rd_config *c,
						   const char *name)
{
	for (unsigned i = 0; i < c->trunks.count; i++)
		if (!strcmp(rd_config_trunk(c, i)->name, name))
			return rd_config_trunk(c, i);
	return NULL;
}

static enum rd_err check_trunk(const struct rd_config_checking *k,
			       const struct rd_config_trunk *t)
{
	if (t->session_expires_s > 0 && t->session_expires_s < 90)
		return rd_config_bad(
			k, &t->session_expires_s,
			"session_expires_s must be 0 or at least 90 (RFC "
			"4028 4) in trunk",
			t->name);
	if (t->password && !t->username)
		return rd_config_bad(k, &t->password,
				     "password without username in trunk",
				     t->name);
	if (t->transport == 2 && !k->c->sip.tls_dir)
		return rd_config_bad(
			k, &t->transport,
			"transport tls needs sip.tls_dir, for trunk", t->name);
	if (rd_config_find_trunk(k->c, t->name) != t)
		return rd_config_bad(k, &t->name, "there are two trunks called",
				     t->name);
	return RD_OK;
}

static enum rd_err check_destination(const struct rd_config_checking *k,
				     const struct rd_config_destination *d)
{
	if (d->to == RD_TO_ANNOUNCEMENT && !d->announcement)
		return rd_config_bad(
			k, &d->to, "announcement names no file in destination",
			d->name);
	if (d->to == RD_TO_ANNOUNCEMENT && access(d->announcement, R_OK) != 0)
		return rd_config_bad(k, &d->announcement,
				     "cannot read the announcement",
				     d->announcement);
	if (d->to == RD_TO_SIP && (!d->trunk || !d->user))
		return rd_config_bad(k, &d->to,
				     "sip needs trunk and user in destination",
				     d->name);
	if (d->to == RD_TO_SIP && !rd_config_find_trunk(k->c, d->trunk))
		return rd_config_bad(k, &d->trunk, "there is no trunk called",
				     d->trunk);
	if (d->codecs.count == 0)
		return rd_config_bad(k, &d->codecs,
				     "codecs is empty in destination", d->name);
	for (unsigned i = 0; i < d->headers.count; i++)
		if (strncmp(d->headers.names[i], "X-", 2) != 0)
			return rd_config_bad(
				k, &d->headers,
				"headers must begin with X-, unlike",
				d->headers.names[i]);
	for (unsigned i = 0; i < k->c->destinations.count; i++) {
		const struct rd_config_destination *o =
			rd_config_destination(k->c, i);

		if (o < d && !strcmp(o->name, d->name))
			return rd_config_bad(
				k, &d->name,
				"there are two destinations called", d->name);
	}
	return RD_OK;
}

static enum rd_err check_all(const struct rd_config_checking *k)
{
	enum rd_err err = check_server(k);

	if (!err)
		err = check_media(k);
	if (!err)
		err = rd_config_check_turn(k);
	for (unsigned i = 0; !err && i < k->c->issuers.count; i++)
		err = check_issuer(k, rd_config_issuer(k->c, i));
	for (unsigned i = 0; !err && i < k->c->trunks.count; i++)
		err = check_trunk(k, rd_config_trunk(k->c, i));
	for (unsigned i = 0; !err && i < k->c->destinations.count; i++)
		err = check_destination(k, rd_config_destination(k->c, i));
	if (!err)
		err = rd_config_check_providers(k);
	if (!err)
		err = rd_config_check_handler(k);
	return err ? err : rd_config_check_compatible(k);
}

static enum rd_err read_file(const char *path, char **text, size_t *len,
			     mode_t *mode, struct rd_complaint *why)
{
	FILE *f = fopen(path, "rb");
	struct stat st = { 0 };

	if (!f) {
		rd_complain(why, "%s: %s", path, strerror(errno));
		return RD_E_NOTFOUND;
	}
	*text = rd_alloc(MOST_BYTES);
	if (!*text) {
		fclose(f);
		return RD_E_NOMEM;
	}
	*len = fread(*text, 1, MOST_BYTES, f);
	fstat(fileno(f), &st);
	*mode = st.st_mode;
	fclose(f);
	if (*len == MOST_BYTES) {
		rd_free(*text);
		rd_complain(why, "%s: longer than 1 MiB", path);
		return RD_E_SIZE;
	}
	return RD_OK;
}

enum rd_err rd_config_read(struct rd_config *out, const char *path,
			   struct rd_complaint *why)
{
	struct rd_config_checking k = { out, path, why };
	struct rd_settings *read = NULL;
	bool has_secret = false;
	mode_t mode;
	char *text;
	size_t len;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	err = read_file(path, &text, &len, &mode, why);
	if (err)
		return err;
	err = rd_settings_read(&read, &rd_config_table, out, path,
			       rd_span(text, len), &has_secret, why);
	rd_wipe(text, len);
	rd_free(text);
	if (err)
		return err;
	out->settings = read;
	if (has_secret && (mode & S_IROTH)) {
		rd_complain(why,
			    "%s: holds secrets and everybody may read it; "
			    "chmod o-r %s",
			    path, path);
		err = RD_E_DENIED;
	}
	if (!err)
		err = check_all(&k);
	if (err)
		rd_config_fini(out);
	return err;
}

void rd_config_fini(struct rd_config *c)
{
	rd_settings_close(c->settings);
	memset(c, 0, sizeof(*c));
}
