/* http/handshake.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/handshake.h"

#include <stdio.h>

#include "base/random.h"
#include "base/text.h"
#include "http/tls.h"

/* RFC 6455 1.3: the value every server appends to the key. */
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static struct rd_span trim(struct rd_span t)
{
	while (t.len && (t.at[0] == ' ' || t.at[0] == '\t')) {
		t.at++;
		t.len--;
	}
	while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

/* The next element; false at the end. */
static bool next_element(struct rd_span *list, struct rd_span *out)
{
	const uint8_t *comma;

	if (!list->at)
		return false;
	comma = list->len ? memchr(list->at, ',', list->len) : NULL;
	if (!comma) {
		*out = trim(*list);
		*list = RD_SPAN_NONE;
		return true;
	}
	*out = trim(rd_span(list->at, (size_t)(comma - list->at)));
	list->len -= (size_t)(comma + 1 - list->at);
	list->at = comma + 1;
	return true;
}

static bool is_token(struct rd_span t)
{
	static const char separators[] = "()<>@,;:\\\"/[]?={} \t";

	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] <= 0x20 || t.at[i] >= 0x7f ||
		    strchr(separators, t.at[i]))
			return false;
	return t.len > 0;
}

bool rd_ws_list_has(struct rd_span list, const char *token)
{
	struct rd_span one;

	while (next_element(&list, &one))
		if (rd_text_equal_nocase(one, token))
			return true;
	return false;
}

bool rd_ws_list_nth(struct rd_span list, unsigned nth, struct rd_span *out)
{
	struct rd_span one, found = RD_SPAN_NONE;
	unsigned n = 0;

	if (!list.len)
		return false;
	while (next_element(&list, &one)) {
		if (!is_token(one))
			return false;
		if (n++ == nth)
			found = one;
	}
	*out = found;
	return found.at;
}

enum rd_err rd_ws_accept_of(struct rd_span key,
			    char out[static RD_WS_ACCEPT_TEXT])
{
	uint8_t raw[18], digest[20];
	char both[RD_WS_KEY_TEXT - 1 + sizeof(guid)];
	size_t len;
	enum rd_err err;

	if (key.len != RD_WS_KEY_TEXT - 1 ||
	    rd_base64_decode(key, raw, sizeof(raw), &len) != RD_OK || len != 16)
		return RD_E_FORMAT;
	memcpy(both, key.at, key.len);
	memcpy(both + key.len, guid, sizeof(guid));
	err = rd_sha1(rd_span(both, sizeof(both) - 1), digest);
	if (err != RD_OK)
		return err;
	return rd_base64_encode(rd_span(digest, sizeof(digest)), out,
				RD_WS_ACCEPT_TEXT);
}

void rd_ws_make_key(char out[static RD_WS_KEY_TEXT])
{
	uint8_t raw[16];
	enum rd_err err;

	rd_random_bytes(raw, sizeof(raw));
	err = rd_base64_encode(rd_span(raw, sizeof(raw)), out, RD_WS_KEY_TEXT);
	rd_assert(err == RD_OK);
}

static void write_text(struct rd_writer *w, const char *text)
{
	rd_write_span(w, rd_span_text(text));
}

static void write_field(struct rd_writer *w, const char *name,
			const char *value)
{
	write_text(w, name);
	write_text(w, ": ");
	write_text(w, value);
	write_text(w, "\r\n");
}

enum rd_err rd_ws_write_request(struct rd_writer *w, const struct rd_url *url,
				const char *key, const char *protocols,
				const char *origin)
{
	char host[RD_URL_ORIGIN_TEXT];

	if ((protocols && strpbrk(protocols, "\r\n")) ||
	    (origin && strpbrk(origin, "\r\n")))
		return RD_E_FORMAT;
	write_text(w, "GET ");
	rd_write_span(w, url->target);
	write_text(w, " HTTP/1.1\r\n");
	/* The authority is what follows the scheme of the origin. */
	write_field(w, "Host", strstr(rd_url_origin(url, host), "://") + 3);
	write_field(w, "Upgrade", "websocket");
	write_field(w, "Connection", "Upgrade");
	write_field(w, "Sec-WebSocket-Version", "13");
	write_field(w, "Sec-WebSocket-Key", key);
	if (protocols)
		write_field(w, "Sec-WebSocket-Protocol", protocols);
	if (origin)
		write_field(w, "Origin", origin);
	write_text(w, "\r\n");
	return w->failed ? RD_E_SIZE : RD_OK;
}

struct fields {
	unsigned upgrade, connection, accept, protocol, extensions;
	struct rd_span accepted, chosen;
};

static void take_field(struct fields *f, struct rd_span name,
		       struct rd_span value)
{
	if (rd_text_equal_nocase(name, "upgrade")) {
		f->upgrade += rd_text_equal_nocase(value, "websocket");
	} else if (rd_text_equal_nocase(name, "connection")) {
		f->connection += rd_ws_list_has(value, "upgrade");
	} else if (rd_text_equal_nocase(name, "sec-websocket-accept")) {
		f->accept++;
		f->accepted = value;
	} else if (rd_text_equal_nocase(name, "sec-websocket-protocol")) {
		f->protocol++;
		f->chosen = value;
	} else if (rd_text_equal_nocase(name, "sec-websocket-extensions")) {
		f->extensions++;
	}
}

/* One line of bytes without its CR LF; false: there is none, or it ends
 * otherwise. */
static bool next_line(struct rd_span *bytes, struct rd_span *line)
{
	const uint8_t *end =
		bytes->len ? memchr(bytes->at, '\n', bytes->len) : NULL;

	if (!end || end == bytes->at || end[-1] != '\r')
		return false;
	*line = rd_span(bytes->at, (size_t)(end - 1 - bytes->at));
	bytes->len -= (size_t)(end + 1 - bytes->at);
	bytes->at = end + 1;
	return true;
}

static enum rd_err read_status(struct rd_span line, unsigned *status)
{
	uint64_t n;

	if (line.len < 12 || memcmp(line.at, "HTTP/1.1 ", 9) != 0 ||
	    rd_text_u64(rd_span(line.at + 9, 3), 100, 599, &n) != RD_OK ||
	    (line.len > 12 && line.at[12] != ' '))
		return RD_E_FORMAT;
	*status = (unsigned)n;
	return RD_OK;
}

static enum rd_err read_fields(struct fields *f, struct rd_span *bytes)
{
	struct rd_span line, name;
	const uint8_t *colon;

	while (next_line(bytes, &line)) {
		if (!line.len)
			return RD_OK;
		colon = memchr(line.at, ':', line.len);
		if (!colon)
			return RD_E_FORMAT;
		name = rd_span(line.at, (size_t)(colon - line.at));
		if (!is_token(name))
			return RD_E_FORMAT;
		take_field(f, name,
			   trim(rd_span(colon + 1, line.len - name.len - 1)));
	}
	return RD_E_FORMAT;
}

/* RFC 6455 4.1, what the client must check. */
static bool is_agreed(const struct fields *f, const char *key,
		      const char *protocols)
{
	char accept[RD_WS_ACCEPT_TEXT];
	struct rd_span offered, one;

	if (f->upgrade != 1 || f->connection < 1 || f->accept != 1 ||
	    f->protocol > 1 || f->extensions)
		return false;
	if (rd_ws_accept_of(rd_span_text(key), accept) != RD_OK ||
	    !rd_span_is(f->accepted, accept))
		return false;
	if (!f->protocol)
		return true;
	offered = protocols ? rd_span_text(protocols) : RD_SPAN_NONE;
	while (next_element(&offered, &one))
		if (rd_span_equal(one, f->chosen))
			return true;
	return false;
}

enum rd_err rd_ws_read_answer(struct rd_ws_answer *out, struct rd_span bytes,
			      const char *key, const char *protocols)
{
	const uint8_t *end = memmem(bytes.at, bytes.len, "\r\n\r\n", 4);
	struct fields f = { 0 };
	struct rd_span line;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	if (!end)
		return bytes.len >= RD_WS_ANSWER_MOST ? RD_E_FORMAT
						      : RD_E_AGAIN;
	out->header_bytes = (size_t)(end + 4 - bytes.at);
	bytes.len = out->header_bytes;
	if (!next_line(&bytes, &line))
		return RD_E_FORMAT;
	err = read_status(line, &out->status);
	if (err != RD_OK)
		return err;
	err = read_fields(&f, &bytes);
	if (err != RD_OK)
		return err;
	if (out->status != 101)
		return RD_E_REFUSED;
	if (!is_agreed(&f, key, protocols))
		return RD_E_FORMAT;
	out->protocol = f.chosen;
	return RD_OK;
}
