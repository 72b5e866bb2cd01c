/* secure/turn.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/turn.h"

#include <limits.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/addr.h"
#include "base/secret.h"
#include "base/text.h"

void rd_turn_make(const struct rd_turn *t, const char *name, uint64_t wall_s,
		  struct rd_turn_credentials *out)
{
	uint8_t code[RD_TURN_SHA1_LEN];
	unsigned long long until_s = wall_s + t->lifetime_s;
	int n = snprintf(out->username, sizeof(out->username), "%llu:%.64s",
			 until_s, name);

	rd_assert(n > 0 && (size_t)n < sizeof(out->username));
	rd_assert(t->secret.len > 0 && t->secret.len <= INT_MAX);
	rd_assert(HMAC(EVP_sha1(), t->secret.at, (int)t->secret.len,
		       (const uint8_t *)out->username, (size_t)n, code,
		       NULL) != NULL);
	rd_assert(rd_base64_encode(rd_span(code, sizeof(code)), out->password,
				   sizeof(out->password)) == RD_OK);
	rd_wipe(code, sizeof(code));
}

static bool skip(const char **text, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*text, word, n) != 0)
		return false;
	*text += n;
	return true;
}

/* A name or an address; IPv6 in brackets. */
static bool skip_host(const char **text)
{
	struct rd_addr address;
	size_t n;

	if (**text == '[') {
		n = strcspn(*text, "]");
		if ((*text)[n] != ']' ||
		    rd_addr_parse(&address, rd_span(*text, n + 1)) != RD_OK)
			return false;
		*text += n + 1;
		return true;
	}
	n = strspn(*text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "abcdefghijklmnopqrstuvwxyz0123456789-.");
	*text += n;
	return n > 0;
}

static bool skip_port(const char **text)
{
	size_t n = strspn(*text, "0123456789");
	uint64_t port;

	if (rd_text_u64(rd_span(*text, n), 1, 65535, &port) != RD_OK)
		return false;
	*text += n;
	return true;
}

bool rd_turn_is_url(const char *text)
{
	bool is_turns;

	if (strlen(text) > RD_TURN_URL)
		return false;
	is_turns = skip(&text, "turns:");
	if (!is_turns && !skip(&text, "turn:"))
		return false;
	if (!skip_host(&text))
		return false;
	if (skip(&text, ":") && !skip_port(&text))
		return false;
	if (skip(&text, "?transport=") && !skip(&text, "tcp") &&
	    (is_turns || !skip(&text, "udp")))
		return false;
	return *text == '\0';
}
