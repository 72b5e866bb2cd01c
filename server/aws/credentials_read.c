/* aws/credentials_read.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/credentials_read.h"

#include <stdio.h>

#include "aws/when.h"
#include "base/text.h"
#include "wire/json.h"

void rd_aws_keys_fini(struct rd_aws_keys *k)
{
	rd_secret_fini(&k->secret);
	rd_secret_fini(&k->token);
	memset(k, 0, sizeof(*k));
}

/* Visible ASCII: what goes into a header. */
static bool is_clean(const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len == 0 || len > most)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

enum rd_err rd_aws_keys_init(struct rd_aws_keys *k, const char *id,
			     const char *secret, const char *token)
{
	enum rd_err err;

	memset(k, 0, sizeof(*k));
	/* A slash or a comma would end the id in the signature's header. */
	if (!id || !is_clean(id, RD_SIGV4_KEY_ID_TEXT - 1) ||
	    strpbrk(id, "/,=") || !secret ||
	    !is_clean(secret, RD_AWS_MOST_SECRET))
		return RD_E_FORMAT;
	if (token && token[0] && !is_clean(token, RD_AWS_MOST_TOKEN))
		return RD_E_FORMAT;
	err = rd_secret_init(&k->secret, rd_span_text(secret));
	if (err == RD_OK && token && token[0])
		err = rd_secret_init(&k->token, rd_span_text(token));
	if (err != RD_OK) {
		rd_aws_keys_fini(k);
		return err;
	}
	rd_text_copy(k->id, sizeof(k->id), rd_span_text(id));
	return RD_OK;
}

static enum rd_err set_end(struct rd_aws_keys *k, const char *text)
{
	enum rd_err err = RD_OK;

	if (text)
		err = rd_aws_when_iso(rd_span_text(text), &k->expires_wall_ms);
	if (err != RD_OK)
		rd_aws_keys_fini(k);
	return err;
}

enum rd_err rd_aws_keys_json(struct rd_aws_keys *k, struct rd_span body)
{
	struct rd_json *root;
	const char *code;
	enum rd_err err = rd_json_open(&root, body, NULL);

	memset(k, 0, sizeof(*k));
	if (err != RD_OK)
		return err;
	code = rd_json_member(root, "Code");
	if (code && strcmp(code, "Success") != 0)
		err = RD_E_REFUSED;
	if (err == RD_OK)
		err = rd_aws_keys_init(k, rd_json_member(root, "AccessKeyId"),
				       rd_json_member(root, "SecretAccessKey"),
				       rd_json_member(root, "Token"));
	if (err == RD_OK)
		err = set_end(k, rd_json_member(root, "Expiration"));
	rd_json_close(root);
	return err;
}

/* --- XML, as far as STS needs it --- */

/* Where the text stands in where; NULL: nowhere. */
static const uint8_t *find(struct rd_span where, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= where.len; i++)
		if (!memcmp(where.at + i, text, len))
			return where.at + i;
	return NULL;
}

/* What is in the first element of that name, without attributes. */
static bool element(struct rd_span where, const char *name,
		    struct rd_span *inside)
{
	char tag[64];
	const uint8_t *start, *end;

	snprintf(tag, sizeof(tag), "<%s>", name);
	start = find(where, tag);
	if (!start)
		return false;
	start += strlen(tag);
	where = rd_span(start, where.len - (size_t)(start - where.at));
	snprintf(tag, sizeof(tag), "</%s>", name);
	end = find(where, tag);
	if (!end)
		return false;
	*inside = rd_span(start, (size_t)(end - start));
	return true;
}

/* A predefined entity of XML 1.0 4.6 at the start of text: its length, the
 * character into *c.  0: none. */
static size_t entity(struct rd_span text, char *c)
{
	static const char *const names[] = { "&amp;", "&lt;", "&gt;", "&quot;",
					     "&apos;" };

	for (size_t i = 0; i < RD_COUNT(names); i++) {
		size_t len = strlen(names[i]);

		if (text.len >= len && !memcmp(text.at, names[i], len)) {
			*c = "&<>\"'"[i];
			return len;
		}
	}
	return 0;
}

/* The text of an element, decoded; false: too long, or not a text. */
static bool element_text(struct rd_span where, const char *name, char *buf,
			 size_t size)
{
	struct rd_span text;
	size_t n = 0;

	if (!element(where, name, &text))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.at[i];
		size_t len = 1;

		if (c == '&')
			len = entity(rd_span(text.at + i, text.len - i), &c);
		if (len == 0 || c == '\0' || (c == '<' && len == 1) ||
		    n + 1 >= size)
			return false;
		i += len - 1;
		buf[n++] = c;
	}
	buf[n] = '\0';
	return true;
}

struct texts {
	char id[RD_SIGV4_KEY_ID_TEXT];
	char secret[RD_AWS_MOST_SECRET + 1];
	char token[RD_AWS_MOST_TOKEN + 1];
	char end[40];
};

enum rd_err rd_aws_keys_xml(struct rd_aws_keys *k, struct rd_span body)
{
	struct texts *t;
	struct rd_span in;
	enum rd_err err = RD_E_FORMAT;

	memset(k, 0, sizeof(*k));
	if (!element(body, "Credentials", &in))
		return RD_E_FORMAT;
	t = rd_zalloc(sizeof(*t));
	if (!t)
		return RD_E_NOMEM;
	if (element_text(in, "AccessKeyId", t->id, sizeof(t->id)) &&
	    element_text(in, "SecretAccessKey", t->secret, sizeof(t->secret)) &&
	    element_text(in, "SessionToken", t->token, sizeof(t->token)) &&
	    element_text(in, "Expiration", t->end, sizeof(t->end)))
		err = rd_aws_keys_init(k, t->id, t->secret, t->token);
	if (err == RD_OK)
		err = set_end(k, t->end);
	rd_wipe(t, sizeof(*t));
	rd_free(t);
	return err;
}

void rd_aws_sts_error(struct rd_span body, char *name, size_t size)
{
	struct rd_span in;

	name[0] = '\0';
	if (!element(body, "Error", &in) ||
	    !element_text(in, "Code", name, size) ||
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789")])
		name[0] = '\0';
}
