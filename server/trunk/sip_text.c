/* trunk/sip_text.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/sip_text.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/addr.h"
#include "base/text.h"

enum {
	MOST_USER = 128,
	MOST_HOST = 255, /* RFC 1035 2.3.4 */
	DTMF_MS = 160,
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool is_hex(char c)
{
	return c && strchr("0123456789abcdefABCDEF", c);
}

bool rd_sip_is_token(const char *text, size_t max)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (n == max ||
		    (!is_alnum(text[n]) && !strchr("-.!%*_+`'~", text[n])))
			return false;
	return n > 0;
}

bool rd_sip_is_value(const char *text, size_t max)
{
	size_t n = 0;

	for (; text[n]; n++) {
		unsigned char c = (unsigned char)text[n];

		if (n + 1 >= max || (c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return rd_utf8_is_valid(rd_span(text, n));
}

bool rd_sip_is_user(const char *text)
{
	size_t n = 0;

	while (text[n]) {
		if (n >= MOST_USER)
			return false;
		if (text[n] == '%') {
			if (!is_hex(text[n + 1]) || !is_hex(text[n + 2]))
				return false;
			n += 3;
			continue;
		}
		if (!is_alnum(text[n]) && !strchr("-_.!~*'()&=+$,", text[n]))
			return false;
		n++;
	}
	return n > 0;
}

bool rd_sip_is_context_name(const char *name)
{
	return !strcasecmp(name, "User-to-User") ||
	       (!strncasecmp(name, "X-", 2) && name[2]);
}

bool rd_sip_is_host(const char *host)
{
	struct rd_addr addr;
	size_t n;

	if (!host || !*host)
		return false;
	if (*host == '[' || strchr(host, ':'))
		return rd_addr_parse(&addr, rd_span_text(host)) == RD_OK;
	for (n = 0; host[n]; n++)
		if (n == MOST_HOST ||
		    (!is_alnum(host[n]) && host[n] != '.' && host[n] != '-'))
			return false;
	return is_alnum(host[0]);
}

bool rd_sip_is_port(const char *port)
{
	uint64_t n;

	return !port || rd_text_u64(rd_span_text(port), 1, 65535, &n) == RD_OK;
}

enum rd_err rd_sip_quote(const char *text, char *out, size_t size)
{
	struct rd_writer w = rd_writer(out, size);

	rd_write_u8(&w, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			rd_write_u8(&w, '\\');
		rd_write_u8(&w, (unsigned char)*text);
	}
	rd_write_u8(&w, '"');
	rd_write_u8(&w, 0);
	return w.failed ? RD_E_SIZE : RD_OK;
}

bool rd_sip_is_digit(char c)
{
	return c && strchr("0123456789*#ABCD", c);
}

/* "10" and "11" are how some gateways write '*' and '#'. */
static char key_of(const char *at, size_t len)
{
	char c = len ? (char)toupper((unsigned char)at[0]) : 0;

	if (len == 2 && at[0] == '1' && (at[1] == '0' || at[1] == '1'))
		return at[1] == '0' ? '*' : '#';
	return len == 1 && rd_sip_is_digit(c) ? c : 0;
}

static size_t word_len(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && at[n] != '\r' && at[n] != '\n' && at[n] != ' ' &&
	       at[n] != '\t')
		n++;
	return n;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

char rd_sip_info_digit(const char *content_type, struct rd_span body)
{
	static const char word[] = "signal";
	const char *at = (const char *)body.at, *end = at + body.len;

	if (!content_type || !body.len)
		return 0;
	if (!strcasecmp(content_type, "application/dtmf")) {
		at = skip_blanks(at, end);
		return key_of(at, word_len(at, end));
	}
	if (strcasecmp(content_type, "application/dtmf-relay") != 0)
		return 0;
	while (at < end) {
		const char *line = skip_blanks(at, end);

		if ((size_t)(end - line) > sizeof(word) &&
		    !strncasecmp(line, word, sizeof(word) - 1)) {
			line = skip_blanks(line + sizeof(word) - 1, end);
			if (line == end || *line != '=')
				return 0;
			line = skip_blanks(line + 1, end);
			return key_of(line, word_len(line, end));
		}
		while (at < end && *at != '\n')
			at++;
		if (at < end)
			at++;
	}
	return 0;
}

enum rd_err rd_sip_info_body(char digit, char *out, size_t size)
{
	int n;

	if (!rd_sip_is_digit(digit))
		return RD_E_FORMAT;
	n = snprintf(out, size, "Signal=%c\r\nDuration=%d\r\n", digit, DTMF_MS);
	return n > 0 && (size_t)n < size ? RD_OK : RD_E_SIZE;
}

unsigned rd_sip_frag_status(struct rd_span body)
{
	static const char start[] = "SIP/2.0 ";
	const char *at = (const char *)body.at;
	uint64_t status;

	if (body.len < sizeof(start) + 2 ||
	    memcmp(at, start, sizeof(start) - 1) != 0)
		return 0;
	at += sizeof(start) - 1;
	if (rd_text_u64(rd_span(at, 3), 100, 699, &status) != RD_OK)
		return 0;
	return (unsigned)status;
}
