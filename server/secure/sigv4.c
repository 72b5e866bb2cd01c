/* secure/sigv4.c - see the header: the canonical request, and signing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "secure/sigv4.h"

#include <stdio.h>
#include <time.h>

#include "base/secret.h"
#include "base/text.h"
#include "secure/hash.h"
#include "secure/sigv4_priv.h"

enum {
	MOST_METHOD_BYTES = 32,
	MOST_SECRET_BYTES = 512,
	FIXED_BYTES = 512, /* of a canonical request: hashes, line ends */
};

/* What is changed on the way, or belongs to one hop; AWS's clients leave it
 * out as well. */
static const char *const never_signed[] = {
	"authorization",
	"cache-control",
	"connection",
	"expect",
	"from",
	"keep-alive",
	"max-forwards",
	"pragma",
	"referer",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"user-agent",
	"x-amzn-trace-id",
};

static bool is_unreserved(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

static void write_encoded(struct rd_writer *to, uint8_t c)
{
	static const char hex[] = "0123456789ABCDEF";

	if (is_unreserved(c)) {
		rd_write_u8(to, c);
		return;
	}
	rd_write_u8(to, '%');
	rd_write_u8(to, (uint8_t)hex[c >> 4]);
	rd_write_u8(to, (uint8_t)hex[c & 15]);
}

static int compare(struct rd_span a, struct rd_span b)
{
	size_t len = rd_min_size(a.len, b.len);
	int order = len ? memcmp(a.at, b.at, len) : 0;

	if (order)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* --- taking apart --- */

static enum rd_err check_bounds(const struct rd_sigv4_request *r, size_t *bytes)
{
	*bytes = 0;
	if (r->method.len == 0 || r->method.len > MOST_METHOD_BYTES ||
	    r->path.len + r->query.len > RD_SIGV4_MOST_TARGET_BYTES ||
	    r->header_count > RD_SIGV4_MOST_HEADERS ||
	    r->body.len > RD_SIGV4_MOST_BODY_BYTES)
		return RD_E_SIZE;
	for (size_t i = 0; i < r->header_count; i++) {
		*bytes += r->headers[i].name.len + r->headers[i].value.len;
		if (*bytes > RD_SIGV4_MOST_HEADER_BYTES)
			return RD_E_SIZE;
	}
	return RD_OK;
}

/* Keeps the lines sorted; equal names stay in their order. */
static void add_line(struct rd_sigv4_work *w, struct rd_writer *room,
		     const struct rd_sigv4_header *h)
{
	struct rd_sigv4_line line = { .value = h->value };
	uint8_t *name = rd_write_room(room, h->name.len);
	size_t at = w->line_count++;

	for (size_t i = 0; i < h->name.len; i++) {
		uint8_t c = h->name.at[i];

		name[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
	}
	line.name = rd_span(name, h->name.len);
	while (at > 0 && compare(w->lines[at - 1].name, line.name) > 0) {
		w->lines[at] = w->lines[at - 1];
		at--;
	}
	w->lines[at] = line;
}

/* Decodes and encodes anew, so that all spellings become one. */
static enum rd_err recode(struct rd_span text, struct rd_writer *room,
			  struct rd_span *out)
{
	uint8_t *start = room->at;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];

		if (c == '%') {
			if (text.len - i < 3 ||
			    rd_hex_decode(rd_span(text.at + i + 1, 2), &c, 1) !=
				    RD_OK)
				return RD_E_FORMAT;
			i += 2;
		}
		write_encoded(room, c);
	}
	*out = rd_span(start, (size_t)(room->at - start));
	return RD_OK;
}

static enum rd_err add_pair(struct rd_sigv4_work *w, struct rd_writer *room,
			    struct rd_span text)
{
	const uint8_t *equals = memchr(text.at, '=', text.len);
	size_t name_len = equals ? (size_t)(equals - text.at) : text.len;
	struct rd_span value = RD_SPAN_NONE;
	struct rd_sigv4_pair pair;
	enum rd_err err;
	size_t at;

	if (w->pair_count == RD_SIGV4_MOST_QUERY)
		return RD_E_SIZE;
	if (equals)
		value = rd_span(equals + 1, text.len - name_len - 1);
	err = recode(rd_span(text.at, name_len), room, &pair.name);
	if (err == RD_OK)
		err = recode(value, room, &pair.value);
	if (err != RD_OK)
		return err;
	for (at = w->pair_count++; at > 0; at--) {
		int order = compare(w->pairs[at - 1].name, pair.name);

		if (order == 0)
			order = compare(w->pairs[at - 1].value, pair.value);
		if (order <= 0)
			break;
		w->pairs[at] = w->pairs[at - 1];
	}
	w->pairs[at] = pair;
	return RD_OK;
}

static enum rd_err split_query(struct rd_sigv4_work *w, struct rd_writer *room)
{
	struct rd_span left = w->r->query;

	while (left.len > 0) {
		const uint8_t *and = memchr(left.at, '&', left.len);
		size_t len = and? (size_t)(and-left.at) : left.len;

		if (len > 0) {
			enum rd_err err =
				add_pair(w, room, rd_span(left.at, len));

			if (err != RD_OK)
				return err;
		}
		if (!and)
			break;
		left = rd_span(and+1, left.len - len - 1);
	}
	return RD_OK;
}

enum rd_err rd_sigv4_work_open(struct rd_sigv4_work *w,
			       const struct rd_sigv4_request *r,
			       const struct rd_sigv4_header *added,
			       size_t added_count)
{
	size_t bytes, taken, written;
	struct rd_writer room;
	enum rd_err err;

	memset(w, 0, sizeof(*w));
	w->r = r;
	err = check_bounds(r, &bytes);
	if (err != RD_OK)
		return err;
	for (size_t i = 0; i < added_count; i++)
		bytes += added[i].name.len + added[i].value.len;
	/* First names and pairs, three bytes for one at most; then the
	 * canonical request, with all names twice. */
	taken = bytes + 3 * r->query.len;
	written = FIXED_BYTES + 3 * (r->path.len + r->query.len) + 2 * bytes +
		  4 * RD_COUNT(w->lines) + 2 * RD_COUNT(w->pairs);
	w->memory = rd_alloc(taken + written);
	if (!w->memory)
		return RD_E_NOMEM;
	room = rd_writer(w->memory, taken);
	w->canonical = rd_writer(w->memory + taken, written);
	for (size_t i = 0; i < r->header_count; i++)
		add_line(w, &room, &r->headers[i]);
	for (size_t i = 0; i < added_count; i++)
		add_line(w, &room, &added[i]);
	err = split_query(w, &room);
	if (err != RD_OK)
		rd_sigv4_work_close(w);
	return err;
}

void rd_sigv4_work_close(struct rd_sigv4_work *w)
{
	rd_free(w->memory);
	w->memory = NULL;
}

/* --- the canonical request --- */

static void write_path(const struct rd_sigv4_work *w, struct rd_writer *to)
{
	if (w->r->path.len == 0)
		rd_write_u8(to, '/');
	for (size_t i = 0; i < w->r->path.len; i++) {
		if (w->r->path.at[i] == '/')
			rd_write_u8(to, '/');
		else
			write_encoded(to, w->r->path.at[i]);
	}
	rd_write_u8(to, '\n');
}

static void write_query(const struct rd_sigv4_work *w, struct rd_writer *to)
{
	bool is_first = true;

	for (size_t i = 0; i < w->pair_count; i++) {
		if (rd_span_is(w->pairs[i].name, "X-Amz-Signature"))
			continue;
		if (!is_first)
			rd_write_u8(to, '&');
		is_first = false;
		rd_write_span(to, w->pairs[i].name);
		rd_write_u8(to, '=');
		rd_write_span(to, w->pairs[i].value);
	}
	rd_write_u8(to, '\n');
}

/* Without blanks around, runs of them within as one. */
static void write_folded(struct rd_writer *to, struct rd_span value)
{
	bool is_begun = false, has_gap = false;

	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] == ' ' || value.at[i] == '\t') {
			has_gap = is_begun;
			continue;
		}
		if (has_gap)
			rd_write_u8(to, ' ');
		rd_write_u8(to, value.at[i]);
		is_begun = true;
		has_gap = false;
	}
}

static void write_lines(const struct rd_sigv4_work *w, struct rd_writer *to)
{
	const struct rd_sigv4_line *last = NULL;

	for (size_t i = 0; i < w->line_count; i++) {
		const struct rd_sigv4_line *line = &w->lines[i];

		if (!line->is_signed)
			continue;
		if (last && rd_span_equal(last->name, line->name)) {
			rd_write_u8(to, ',');
		} else {
			if (last)
				rd_write_u8(to, '\n');
			rd_write_span(to, line->name);
			rd_write_u8(to, ':');
		}
		write_folded(to, line->value);
		last = line;
	}
	if (last)
		rd_write_u8(to, '\n');
	rd_write_u8(to, '\n');
}

void rd_sigv4_write_signed(const struct rd_sigv4_work *w, struct rd_writer *to)
{
	const struct rd_sigv4_line *last = NULL;

	for (size_t i = 0; i < w->line_count; i++) {
		const struct rd_sigv4_line *line = &w->lines[i];

		if (!line->is_signed ||
		    (last && rd_span_equal(last->name, line->name)))
			continue;
		if (last)
			rd_write_u8(to, ';');
		rd_write_span(to, line->name);
		last = line;
	}
}

static void hash_text(struct rd_span bytes, char out[static RD_SIGV4_HASH_TEXT])
{
	uint8_t hash[RD_SHA256_LEN];

	rd_sha256(bytes, hash);
	rd_hex_encode(rd_span(hash, sizeof(hash)), out);
}

void rd_sigv4_body_hash(struct rd_span body,
			char out[static RD_SIGV4_HASH_TEXT])
{
	hash_text(body, out);
}

/* --- the signature --- */

static enum rd_err signing_key(struct rd_span secret,
			       const struct rd_sigv4_scope *scope,
			       uint8_t key[static RD_SHA256_LEN])
{
	uint8_t first[4 + MOST_SECRET_BYTES] = "AWS4";
	struct rd_span same = rd_span(key, RD_SHA256_LEN);

	if (secret.len > MOST_SECRET_BYTES)
		return RD_E_SIZE;
	if (secret.len)
		memcpy(first + 4, secret.at, secret.len);
	rd_hmac_sha256(rd_span(first, 4 + secret.len), rd_span(scope->date, 8),
		       key);
	rd_hmac_sha256(same, scope->region, key);
	rd_hmac_sha256(same, scope->service, key);
	rd_hmac_sha256(same, rd_span_text(RD_SIGV4_END), key);
	rd_wipe(first, sizeof(first));
	return RD_OK;
}

static void write_text(struct rd_writer *to, const char *text)
{
	rd_write_span(to, rd_span_text(text));
}

/* Date, region, service and terminator with slashes between. */
static void write_scope(struct rd_writer *to,
			const struct rd_sigv4_scope *scope)
{
	rd_write_bytes(to, scope->date, 8);
	rd_write_u8(to, '/');
	rd_write_span(to, scope->region);
	rd_write_u8(to, '/');
	rd_write_span(to, scope->service);
	write_text(to, "/" RD_SIGV4_END);
}

enum rd_err rd_sigv4_signature(struct rd_sigv4_work *w, const char *body_hash,
			       struct rd_span secret,
			       const struct rd_sigv4_scope *scope,
			       char out[static RD_SIGV4_HASH_TEXT])
{
	char buf[128 + RD_SIGV4_DATE_TEXT + 2 * RD_SIGV4_REGION_TEXT];
	struct rd_writer *to = &w->canonical;
	struct rd_writer sts = rd_writer(buf, sizeof(buf));
	uint8_t key[RD_SHA256_LEN], code[RD_SHA256_LEN];
	enum rd_err err;

	rd_write_span(to, w->r->method);
	rd_write_u8(to, '\n');
	write_path(w, to);
	write_query(w, to);
	write_lines(w, to);
	rd_sigv4_write_signed(w, to);
	rd_write_u8(to, '\n');
	write_text(to, body_hash);
	rd_assert(!to->failed);
	hash_text(rd_writer_span(to), out);

	write_text(&sts, RD_SIGV4_ALGORITHM "\n");
	write_text(&sts, scope->date);
	rd_write_u8(&sts, '\n');
	write_scope(&sts, scope);
	rd_write_u8(&sts, '\n');
	write_text(&sts, out);
	if (sts.failed)
		return RD_E_SIZE;
	err = signing_key(secret, scope, key);
	if (err != RD_OK)
		return err;
	rd_hmac_sha256(rd_span(key, sizeof(key)), rd_writer_span(&sts), code);
	rd_hex_encode(rd_span(code, sizeof(code)), out);
	rd_wipe(key, sizeof(key));
	return RD_OK;
}

/* --- signing --- */

static bool is_never_signed(struct rd_span name)
{
	for (size_t i = 0; i < RD_COUNT(never_signed); i++)
		if (rd_span_is(name, never_signed[i]))
			return true;
	return (name.len > 6 && !memcmp(name.at, "proxy-", 6)) ||
	       (name.len > 4 && !memcmp(name.at, "sec-", 4));
}

/* false: Host is missing. */
static bool choose_lines(struct rd_sigv4_work *w)
{
	bool has_host = false;

	for (size_t i = 0; i < w->line_count; i++) {
		w->lines[i].is_signed = !is_never_signed(w->lines[i].name);
		if (rd_span_is(w->lines[i].name, "host"))
			has_host = true;
	}
	return has_host;
}

static enum rd_err write_date(uint64_t wall_ms,
			      char date[static RD_SIGV4_DATE_TEXT])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 8099)
		return RD_E_RANGE;
	strftime(date, RD_SIGV4_DATE_TEXT, "%Y%m%dT%H%M%SZ", &tm);
	return RD_OK;
}

static enum rd_err authorize(struct rd_sigv4_work *w,
			     const struct rd_sigv4_key *key,
			     const struct rd_sigv4_scope *scope,
			     struct rd_sigv4_signed *out)
{
	struct rd_writer to =
		rd_writer(out->authorization, sizeof(out->authorization));
	char body_hash[RD_SIGV4_HASH_TEXT], signature[RD_SIGV4_HASH_TEXT];
	enum rd_err err;

	if (!choose_lines(w))
		return RD_E_FORMAT;
	hash_text(w->r->body, body_hash);
	err = rd_sigv4_signature(w, body_hash, key->secret, scope, signature);
	if (err != RD_OK)
		return err;
	write_text(&to, RD_SIGV4_ALGORITHM " Credential=");
	write_text(&to, key->id);
	rd_write_u8(&to, '/');
	write_scope(&to, scope);
	write_text(&to, ", SignedHeaders=");
	rd_sigv4_write_signed(w, &to);
	write_text(&to, ", Signature=");
	write_text(&to, signature);
	rd_write_u8(&to, 0);
	return to.failed ? RD_E_SIZE : RD_OK;
}

enum rd_err rd_sigv4_sign(const struct rd_sigv4_request *r,
			  const struct rd_sigv4_key *key, const char *region,
			  const char *service, uint64_t wall_ms,
			  struct rd_sigv4_signed *out)
{
	struct rd_sigv4_scope scope = { .date = out->date,
					.region = rd_span_text(region),
					.service = rd_span_text(service) };
	struct rd_sigv4_header added[RD_SIGV4_ADDED];
	struct rd_sigv4_work w;
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	err = write_date(wall_ms, out->date);
	if (err != RD_OK)
		return err;
	if (key->session_token.len > RD_SIGV4_MOST_HEADER_BYTES)
		return RD_E_SIZE;
	added[0].name = rd_span_text("x-amz-date");
	added[0].value = rd_span_text(out->date);
	added[1].name = rd_span_text("x-amz-security-token");
	added[1].value = key->session_token;
	err = rd_sigv4_work_open(&w, r, added, key->session_token.len ? 2 : 1);
	if (err != RD_OK)
		return err;
	err = authorize(&w, key, &scope, out);
	rd_sigv4_work_close(&w);
	return err;
}
