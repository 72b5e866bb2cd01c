/* base/text.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/text.h"

#include <stdio.h>

#include "base/random.h"

static const char alphabet_url[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char alphabet_std[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Encodes without padding; returns the number of characters. */
static size_t encode64(const char *alphabet, struct rd_span from, char *out)
{
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < from.len; i++) {
		bits = bits << 8 | from.at[i];
		for (have += 8; have >= 6; have -= 6)
			out[n++] = alphabet[bits >> (have - 6) & 63];
	}
	if (have > 0)
		out[n++] = alphabet[bits << (6 - have) & 63];
	return n;
}

static int digit64(uint8_t c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)c62)
		return 62;
	return c == (uint8_t)c63 ? 63 : -1;
}

static enum rd_err decode64(char c62, char c63, struct rd_span from,
			    uint8_t *out, size_t size, size_t *len)
{
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;

	if (from.len % 4 == 1)
		return RD_E_FORMAT;
	for (size_t i = 0; i < from.len; i++) {
		int digit = digit64(from.at[i], c62, c63);

		if (digit < 0)
			return RD_E_FORMAT;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n >= size)
			return RD_E_SIZE;
		out[n++] = (uint8_t)(bits >> have);
	}
	/* Spare bits would give one value two spellings. */
	if (bits & ((1U << have) - 1))
		return RD_E_FORMAT;
	*len = n;
	return RD_OK;
}

enum rd_err rd_base64url_encode(struct rd_span from, char *out, size_t size)
{
	if (size < RD_BASE64URL_LEN(from.len) + 1)
		return RD_E_SIZE;
	out[encode64(alphabet_url, from, out)] = '\0';
	return RD_OK;
}

enum rd_err rd_base64url_decode(struct rd_span from, uint8_t *out, size_t size,
				size_t *len)
{
	return decode64('-', '_', from, out, size, len);
}

enum rd_err rd_base64_encode(struct rd_span from, char *out, size_t size)
{
	size_t n;

	if (size < (from.len + 2) / 3 * 4 + 1)
		return RD_E_SIZE;
	n = encode64(alphabet_std, from, out);
	while (n % 4)
		out[n++] = '=';
	out[n] = '\0';
	return RD_OK;
}

enum rd_err rd_base64_decode(struct rd_span from, uint8_t *out, size_t size,
			     size_t *len)
{
	size_t pad = 0;

	if (from.len % 4)
		return RD_E_FORMAT;
	while (pad < 2 && from.len > 0 && from.at[from.len - 1] == '=') {
		from.len--;
		pad++;
	}
	return decode64('+', '/', from, out, size, len);
}

void rd_hex_encode(struct rd_span from, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < from.len; i++) {
		*out++ = digits[from.at[i] >> 4];
		*out++ = digits[from.at[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum rd_err rd_hex_decode(struct rd_span from, uint8_t *out, size_t len)
{
	if (from.len != 2 * len)
		return RD_E_SIZE;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(from.at[2 * i]);
		int low = hex_digit(from.at[2 * i + 1]);

		if (high < 0 || low < 0)
			return RD_E_FORMAT;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return RD_OK;
}

/* Bytes of the well-formed sequence at p, 0 if there is none. */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (left < n)
		return 0;

	/* RFC 3629 4: the second byte's range excludes overlong forms,
	 * surrogates and values above U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool rd_utf8_is_valid(struct rd_span text)
{
	for (size_t i = 0; i < text.len;) {
		size_t n = utf8_sequence(text.at + i, text.len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

enum rd_err rd_text_u64(struct rd_span text, uint64_t least, uint64_t most,
			uint64_t *out)
{
	uint64_t v = 0;

	if (text.len == 0)
		return RD_E_FORMAT;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (c < '0' || c > '9')
			return RD_E_FORMAT;
		if (v > (UINT64_MAX - (c - '0')) / 10)
			return RD_E_RANGE;
		v = v * 10 + (c - '0');
	}
	if (v < least || v > most)
		return RD_E_RANGE;
	*out = v;
	return RD_OK;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool rd_text_equal_nocase(struct rd_span a, const char *b)
{
	if (a.len != strlen(b))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.at[i]) != lower((uint8_t)b[i]))
			return false;
	return true;
}

void rd_text_copy(char *buf, size_t size, struct rd_span text)
{
	size_t n = text.len < size - 1 ? text.len : size - 1;

	if (n)
		memcpy(buf, text.at, n);
	buf[n] = '\0';
}

uint64_t rd_text_hash(uint64_t seed, struct rd_span text)
{
	for (size_t i = 0; i < text.len; i++)
		seed = (seed ^ text.at[i]) * UINT64_C(0x100000001b3);
	return seed;
}

void rd_text_uuid(char out[static 37])
{
	uint8_t b[16];
	char hex[33];

	rd_random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	rd_hex_encode(rd_span(b, sizeof(b)), hex);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
		 hex + 16, hex + 20);
}
