/* wire/sdp_attribute.c - attributes with a meaning: direction, ICE, DTLS, keys
 * and their like; see wire/sdp.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp.h"

#include "base/secret.h"
#include "base/text.h"

enum {
	PTIME_MS = 20, /* RFC 3551 4.2 */
	PTIME_LEAST_MS = 10,
	PTIME_MOST_MS = 120,
};

static const char *const directions[] = {
	[RD_SDP_INACTIVE] = "inactive",
	[RD_SDP_SENDONLY] = "sendonly",
	[RD_SDP_RECVONLY] = "recvonly",
	[RD_SDP_SENDRECV] = "sendrecv",
};

static const struct {
	const char *name;
	uint8_t key_bytes;
} suites[RD_SDP_SUITES] = {
	[RD_SDP_NO_SUITE] = { "", 0 },
	[RD_SDP_AES_CM_128_HMAC_SHA1_80] = { "AES_CM_128_HMAC_SHA1_80", 30 },
	[RD_SDP_AES_CM_128_HMAC_SHA1_32] = { "AES_CM_128_HMAC_SHA1_32", 30 },
	[RD_SDP_AEAD_AES_128_GCM] = { "AEAD_AES_128_GCM", 28 },
	[RD_SDP_AEAD_AES_256_GCM] = { "AEAD_AES_256_GCM", 44 },
};

const char *rd_sdp_direction_name(enum rd_sdp_direction d)
{
	return directions[d];
}

static bool find_direction(const struct rd_sdp *s, int section,
			   enum rd_sdp_direction *out)
{
	for (unsigned d = 0; d < RD_COUNT(directions); d++) {
		if (!rd_sdp_has(s, section, directions[d]))
			continue;
		*out = (enum rd_sdp_direction)d;
		return true;
	}
	return false;
}

enum rd_sdp_direction rd_sdp_direction(const struct rd_sdp *s, int section)
{
	enum rd_sdp_direction d = RD_SDP_SENDRECV;

	if (!find_direction(s, section, &d))
		find_direction(s, RD_SDP_SESSION, &d);
	return d;
}

enum rd_sdp_direction rd_sdp_direction_turned(enum rd_sdp_direction d)
{
	return (enum rd_sdp_direction)((d & 1) << 1 | (d & 2) >> 1);
}

unsigned rd_sdp_ptime_ms(const struct rd_sdp *s, int section)
{
	struct rd_span value;
	uint64_t ms;

	if (!rd_sdp_find(s, section, "ptime", &value) ||
	    rd_text_u64(value, PTIME_LEAST_MS, PTIME_MOST_MS, &ms))
		return PTIME_MS;
	return (unsigned)ms;
}

struct rd_span rd_sdp_mid(const struct rd_sdp *s, int section)
{
	const struct rd_sdp_line *l = rd_sdp_next(s, section, "mid", NULL);

	return l ? l->value : RD_SPAN_NONE;
}

bool rd_sdp_find_bundle(const struct rd_sdp *s, struct rd_span *mids)
{
	const struct rd_sdp_line *l = NULL;

	while ((l = rd_sdp_next(s, RD_SDP_SESSION, "group", l))) {
		*mids = l->value;
		if (rd_span_is(rd_sdp_word(mids), "BUNDLE"))
			return true;
	}
	*mids = RD_SPAN_NONE;
	return false;
}

bool rd_sdp_has_word(struct rd_span words, struct rd_span word)
{
	while (words.len) {
		struct rd_span one = rd_sdp_word(&words);

		if (one.len && rd_span_equal(one, word))
			return true;
	}
	return false;
}

/* RFC 8839 5.4: ice-char. */
static bool is_ice_text(struct rd_span text, size_t least)
{
	if (text.len < least || text.len > 256)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '+' && c != '/')
			return false;
	}
	return true;
}

enum rd_err rd_sdp_read_ice(const struct rd_sdp *s, int section,
			    struct rd_span *ufrag, struct rd_span *password)
{
	bool has_ufrag = rd_sdp_find(s, section, "ice-ufrag", ufrag);
	bool has_password = rd_sdp_find(s, section, "ice-pwd", password);

	if (!has_ufrag || !has_password)
		return RD_E_NOTFOUND;
	if (!is_ice_text(*ufrag, 4) || !is_ice_text(*password, 22))
		return RD_E_FORMAT;
	return RD_OK;
}

/* Names and values in turn, RFC 8839 5.1. */
static bool is_passive(struct rd_span extensions)
{
	while (extensions.len) {
		struct rd_span name = rd_sdp_word(&extensions);
		struct rd_span value = rd_sdp_word(&extensions);

		if (rd_span_is(name, "tcptype"))
			return rd_span_is(value, "passive");
	}
	return false;
}

enum rd_err rd_sdp_read_candidate(struct rd_span value,
				  struct rd_sdp_candidate *out)
{
	struct rd_span transport, typ;
	uint64_t component, priority, port;

	memset(out, 0, sizeof(*out));
	out->foundation = rd_sdp_word(&value);
	if (rd_text_u64(rd_sdp_word(&value), 1, 256, &component))
		return RD_E_FORMAT;
	transport = rd_sdp_word(&value);
	if (rd_text_u64(rd_sdp_word(&value), 0, UINT32_MAX, &priority))
		return RD_E_FORMAT;
	out->host = rd_sdp_word(&value);
	if (rd_text_u64(rd_sdp_word(&value), 0, UINT16_MAX, &port))
		return RD_E_FORMAT;
	typ = rd_sdp_word(&value);
	out->type = rd_sdp_word(&value);
	if (!rd_span_is(typ, "typ") || !out->type.len)
		return RD_E_FORMAT;

	out->component = (unsigned)component;
	out->is_udp = rd_text_equal_nocase(transport, "udp");
	out->is_passive_tcp =
		rd_text_equal_nocase(transport, "tcp") && is_passive(value);
	out->priority = (uint32_t)priority;
	if (rd_addr_parse(&out->addr, out->host))
		memset(&out->addr, 0, sizeof(out->addr)); /* a name */
	else
		out->addr.port = (uint16_t)port;
	return RD_OK;
}

enum rd_err rd_sdp_read_fingerprint(struct rd_span value,
				    struct rd_sdp_fingerprint *out)
{
	struct rd_span hex;

	memset(out, 0, sizeof(*out));
	out->hash = rd_sdp_word(&value);
	hex = rd_sdp_word(&value);
	/* "AB:CD:...": three characters a byte, the last colon left out. */
	if (!out->hash.len || hex.len % 3 != 2 ||
	    hex.len > 3 * RD_SDP_FINGERPRINT - 1)
		return RD_E_FORMAT;
	for (size_t i = 0; i < hex.len; i += 3) {
		if (rd_hex_decode(rd_span(hex.at + i, 2),
				  &out->bytes[out->len++], 1))
			return RD_E_FORMAT;
		if (i + 2 < hex.len && hex.at[i + 2] != ':')
			return RD_E_FORMAT;
	}
	return RD_OK;
}

enum rd_sdp_setup rd_sdp_setup(const struct rd_sdp *s, int section)
{
	static const char *const names[] = {
		[RD_SDP_ACTIVE] = "active",
		[RD_SDP_PASSIVE] = "passive",
		[RD_SDP_ACTPASS] = "actpass",
		[RD_SDP_HOLDCONN] = "holdconn",
	};
	struct rd_span value;

	if (!rd_sdp_find(s, section, "setup", &value))
		return RD_SDP_SETUP_NONE;
	for (unsigned i = RD_SDP_ACTIVE; i < RD_COUNT(names); i++)
		if (rd_span_is(value, names[i]))
			return (enum rd_sdp_setup)i;
	return RD_SDP_SETUP_NONE;
}

uint8_t rd_sdp_extension_id(const struct rd_sdp *s, int section,
			    const char *uri)
{
	const struct rd_sdp_line *l = NULL;

	while ((l = rd_sdp_next(s, section, "extmap", l))) {
		struct rd_span rest = l->value, id = rd_sdp_word(&rest);
		const uint8_t *slash =
			id.len ? memchr(id.at, '/', id.len) : NULL;
		uint64_t number;

		if (slash) /* "1/sendonly": a direction */
			id.len = (size_t)(slash - id.at);
		if (rd_span_is(rd_sdp_word(&rest), uri) &&
		    !rd_text_u64(id, 1, 14, &number))
			return (uint8_t)number;
	}
	return 0;
}

bool rd_sdp_find_ssrc(const struct rd_sdp *s, int section, uint32_t *ssrc,
		      struct rd_span *cname)
{
	const struct rd_sdp_line *l = rd_sdp_next(s, section, "ssrc", NULL);
	struct rd_span rest;
	uint64_t number;

	*cname = RD_SPAN_NONE;
	*ssrc = 0;
	if (!l)
		return false;
	rest = l->value;
	if (rd_text_u64(rd_sdp_word(&rest), 0, UINT32_MAX, &number))
		return false;
	*ssrc = (uint32_t)number;
	rest = rd_sdp_word(&rest);
	if (rest.len > 6 && !memcmp(rest.at, "cname:", 6))
		*cname = rd_span(rest.at + 6, rest.len - 6);
	return true;
}

const char *rd_sdp_suite_name(enum rd_sdp_suite suite)
{
	return suites[suite].name;
}

uint8_t rd_sdp_suite_key_bytes(enum rd_sdp_suite suite)
{
	return suites[suite].key_bytes;
}

static enum rd_sdp_suite suite_of(struct rd_span name)
{
	for (int i = RD_SDP_NO_SUITE + 1; i < RD_SDP_SUITES; i++)
		if (rd_text_equal_nocase(name, suites[i].name))
			return (enum rd_sdp_suite)i;
	return RD_SDP_NO_SUITE;
}

/* "inline:<base64>" with, perhaps, "|lifetime" and "|mki:length", RFC 4568
 * 6.1.  A lifetime shorter than a call is nobody's in practice. */
static enum rd_err read_key(struct rd_span text, struct rd_sdp_crypto *out)
{
	static const char method[] = "inline:";
	const uint8_t *bar;
	size_t len, skip = sizeof(method) - 1;

	if (text.len < skip ||
	    !rd_text_equal_nocase(rd_span(text.at, skip), method))
		return RD_E_UNSUPPORTED;
	text = rd_span(text.at + skip, text.len - skip);
	if (text.len && memchr(text.at, ';', text.len))
		return RD_E_UNSUPPORTED; /* several keys need an MKI */
	bar = text.len ? memchr(text.at, '|', text.len) : NULL;
	if (bar && memchr(bar, ':', text.len - (size_t)(bar - text.at)))
		return RD_E_UNSUPPORTED; /* an MKI */
	if (bar)
		text.len = (size_t)(bar - text.at);
	if (rd_base64_decode(text, out->key, sizeof(out->key), &len) ||
	    len != suites[out->suite].key_bytes)
		return RD_E_FORMAT;
	out->len = (uint8_t)len;
	return RD_OK;
}

/* RFC 4568 6.3: WSH is a wish; all others change what is sent. */
static bool has_only_wishes(struct rd_span parameters)
{
	while (parameters.len) {
		struct rd_span one = rd_sdp_word(&parameters);

		if (one.len && (one.len < 4 || memcmp(one.at, "WSH=", 4)))
			return false;
	}
	return true;
}

enum rd_err rd_sdp_read_crypto(struct rd_span value, struct rd_sdp_crypto *out)
{
	struct rd_span tag = rd_sdp_word(&value), key;
	uint64_t number;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	if (rd_text_u64(tag, 1, 999999999, &number))
		return RD_E_FORMAT;
	out->suite = suite_of(rd_sdp_word(&value));
	key = rd_sdp_word(&value);
	if (!out->suite || !has_only_wishes(value))
		return RD_E_UNSUPPORTED;
	err = read_key(key, out);
	if (err) {
		rd_wipe(out, sizeof(*out));
		return err;
	}
	out->tag = (uint32_t)number;
	return RD_OK;
}

void rd_sdp_write_fingerprint(struct rd_writer *w,
			      const uint8_t sha256[static 32])
{
	rd_sdp_printf(w, "a=fingerprint:sha-256 ");
	for (int i = 0; i < 32; i++)
		rd_sdp_printf(w, "%02X%s", sha256[i], i < 31 ? ":" : "\r\n");
}

void rd_sdp_write_crypto(struct rd_writer *w, const struct rd_sdp_crypto *c)
{
	char text[RD_SDP_CRYPTO_KEY * 4 / 3 + 4];

	if (rd_base64_encode(rd_span(c->key, c->len), text, sizeof(text))) {
		w->failed = true;
		return;
	}
	rd_sdp_printf(w, "a=crypto:%u %s inline:%s\r\n", c->tag,
		      suites[c->suite].name, text);
	rd_wipe(text, sizeof(text));
}
