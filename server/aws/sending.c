/* aws/sending.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/sending.h"

#include <stdio.h>

#include "http/url.h"
#include "secure/sigv4.h"

enum {
	MOST_LINES = 12,
	MOST_ANSWER_BYTES = 1024 * 1024,
	FIXED_BYTES = 1024 + RD_SIGV4_AUTHORIZATION_TEXT,
};

/* The headers, as lines and taken apart, in memory that is wiped. */
struct lines {
	uint8_t *memory;
	size_t size;
	struct rd_writer w;
	const char *lines[MOST_LINES];
	struct rd_sigv4_header headers[MOST_LINES];
	size_t count;
};

static void add(struct lines *l, const char *name, struct rd_span value)
{
	char *line = (char *)l->w.at;

	rd_assert(l->count < MOST_LINES);
	rd_write_span(&l->w, rd_span_text(name));
	rd_write_bytes(&l->w, ": ", 2);
	l->headers[l->count].name = rd_span(line, strlen(name));
	l->headers[l->count].value = rd_span(l->w.at, value.len);
	rd_write_span(&l->w, value);
	rd_write_u8(&l->w, '\0');
	rd_assert(!l->w.failed);
	l->lines[l->count++] = line;
}

static enum rd_err open_lines(struct lines *l, const struct rd_aws_sending *s)
{
	memset(l, 0, sizeof(*l));
	l->size = FIXED_BYTES + strlen(s->url);
	if (s->keys)
		l->size += s->keys->token.len;
	if (s->bearer)
		l->size += strlen(s->bearer);
	if (s->content_type)
		l->size += strlen(s->content_type);
	l->memory = rd_alloc(l->size);
	if (!l->memory)
		return RD_E_NOMEM;
	l->w = rd_writer(l->memory, l->size);
	return RD_OK;
}

static void close_lines(struct lines *l)
{
	if (l->memory)
		rd_wipe(l->memory, l->size);
	rd_free(l->memory);
}

/* As libcurl writes Host: without the scheme's own port. */
static struct rd_span host_of(const struct rd_url *url,
			      char buf[static RD_URL_ORIGIN_TEXT])
{
	return rd_span_text(strstr(rd_url_origin(url, buf), "://") + 3);
}

static enum rd_err sign(struct lines *l, const struct rd_aws_sending *s,
			const struct rd_url *url)
{
	const uint8_t *mark = memchr(url->target.at, '?', url->target.len);
	struct rd_sigv4_key key = {
		.id = s->keys->id,
		.secret = rd_secret_lend(&s->keys->secret),
		.session_token = rd_secret_lend(&s->keys->token),
	};
	struct rd_sigv4_request r = { .method = rd_span_text(s->method),
				      .path = url->target,
				      .headers = l->headers,
				      .header_count = l->count,
				      .body = s->body };
	struct rd_sigv4_signed out;
	enum rd_err err;

	if (mark) {
		r.path.len = (size_t)(mark - url->target.at);
		r.query = rd_span(mark + 1, url->target.len - r.path.len - 1);
	}
	err = rd_sigv4_sign(&r, &key, s->region, s->signing_name, s->wall_ms,
			    &out);
	if (err != RD_OK)
		return err;
	add(l, "X-Amz-Date", rd_span_text(out.date));
	if (key.session_token.len)
		add(l, "X-Amz-Security-Token", key.session_token);
	add(l, "Authorization", rd_span_text(out.authorization));
	return RD_OK;
}

static enum rd_err write_lines(struct lines *l, const struct rd_aws_sending *s,
			       const struct rd_url *url)
{
	char host[RD_URL_ORIGIN_TEXT], hash[RD_SIGV4_HASH_TEXT], text[64];

	add(l, "Host", host_of(url, host));
	if (s->content_type)
		add(l, "Content-Type", rd_span_text(s->content_type));
	if (s->bearer)
		add(l, "X-Amz-Bearer", rd_span_text(s->bearer));
	if (s->invocation_id) {
		snprintf(text, sizeof(text), "attempt=%u; max=%u", s->attempt,
			 s->most_attempts);
		add(l, "amz-sdk-invocation-id", rd_span_text(s->invocation_id));
		add(l, "amz-sdk-request", rd_span_text(text));
	}
	if (s->keys) {
		rd_sigv4_body_hash(s->body, hash);
		add(l, "X-Amz-Content-Sha256", rd_span_text(hash));
		return sign(l, s, url);
	}
	return RD_OK;
}

enum rd_err rd_aws_send(const struct rd_aws_sending *s, rd_http_done *done,
			void *arg, uint32_t *id)
{
	struct rd_http_fetch fetch = { .method = s->method,
				       .url = s->url,
				       .body = s->body,
				       .deadline_ms = s->deadline_ms,
				       .most_bytes = MOST_ANSWER_BYTES,
				       .is_once = s->is_once };
	struct rd_url url;
	struct lines l;
	enum rd_err err = rd_url_parse(&url, rd_span_text(s->url));

	if (err != RD_OK)
		return err;
	err = open_lines(&l, s);
	if (err != RD_OK)
		return err;
	err = write_lines(&l, s, &url);
	rd_assert(l.count + s->header_count <= MOST_LINES);
	for (size_t i = 0; i < s->header_count; i++)
		l.lines[l.count++] = s->headers[i];
	fetch.headers = l.lines;
	fetch.header_count = l.count;
	if (err == RD_OK)
		err = rd_http_client_fetch(s->http, &fetch, done, arg, id);
	close_lines(&l);
	return err;
}
