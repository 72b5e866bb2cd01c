/* http/request.c - what a request says, and whether it may be believed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/pool.h"
#include "base/text.h"
#include "http/server_priv.h"

/* RFC 9110 5.6.2 */
static bool is_tchar(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_token(struct rd_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_tchar(text.at[i]))
			return false;
	return text.len > 0;
}

/* RFC 9110 5.5: no CTL but the tab. */
static bool is_field_value(struct rd_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((text.at[i] < 0x20 && text.at[i] != '\t') ||
		    text.at[i] == 0x7f)
			return false;
	return true;
}

bool rd_http_field_is_valid(const struct rd_http_field *f)
{
	return f->name && f->value && is_token(rd_span_text(f->name)) &&
	       is_field_value(rd_span_text(f->value));
}

static struct rd_span trim(struct rd_span text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len &&
	       (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool is_nocase(struct rd_span a, struct rd_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		uint8_t x = a.at[i], y = b.at[i];

		x = x >= 'A' && x <= 'Z' ? x | 0x20 : x;
		y = y >= 'A' && y <= 'Z' ? y | 0x20 : y;
		if (x != y)
			return false;
	}
	return true;
}

/* libmicrohttpd before 1.0 takes a bare LF for a line end, joins folded
 * lines and stops at a NUL.  It ends each line of its buffer with one zero
 * byte per byte of the line end, and moves folded lines elsewhere; so a
 * request is as RFC 9112 2.2 wants it exactly if each part begins where the
 * one before it and two zero bytes end. */
static bool is_framed_plainly(const struct rd_http_request *r,
			      const char *version)
{
	const uint8_t *at =
		(const uint8_t *)r->raw_target + strlen(r->target) + 1;

	if ((const uint8_t *)r->raw_target !=
		    r->method.at + r->method.len + 1 ||
	    at != (const uint8_t *)version)
		return false;
	at += strlen(version);
	if (at[0] || at[1])
		return false;
	at += 2;
	for (unsigned i = 0; i < r->header_count; i++) {
		const struct header *h = &r->headers[i];

		if (h->name.at != at)
			return false;
		at += h->name.len + 1;
		while (at != h->value.at && (*at == ' ' || *at == '\t'))
			at++;
		if (at != h->value.at)
			return false;
		at += h->value.len;
		if (at[0] || at[1])
			return false;
		at += 2;
	}
	return at + 2 == r->method.at + r->raw_len;
}

/* http://Host/path is the same as /path, to us (RFC 9112 3.2.2). */
static bool strip_absolute_form(struct rd_http_request *r,
				struct rd_span *target)
{
	static const char *const schemes[] = { "http://", "https://" };
	struct rd_span authority, host = rd_http_header(r, "Host");
	size_t skip;

	for (size_t i = 0; i < RD_COUNT(schemes); i++) {
		skip = strlen(schemes[i]);
		if (target->len <= skip ||
		    !rd_text_equal_nocase(rd_span(target->at, skip),
					  schemes[i]))
			continue;
		authority = rd_span(target->at + skip, 0);
		while (skip + authority.len < target->len &&
		       authority.at[authority.len] != '/')
			authority.len++;
		if (!is_nocase(authority, host))
			return false;
		target->at += skip + authority.len;
		target->len -= skip + authority.len;
		return true;
	}
	return true;
}

static unsigned check_target(struct rd_http_request *r)
{
	struct rd_span target = rd_span_text(r->target);
	const uint8_t *mark;

	if (target.len > r->server->cfg.most_target_bytes)
		return 414;
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= 0x20 || target.at[i] >= 0x7f ||
		    target.at[i] == '#')
			return 400;
	if (!strip_absolute_form(r, &target))
		return 400;
	if (!rd_span_is(target, "*") && (!target.len || target.at[0] != '/'))
		return 400;
	mark = memchr(target.at, '?', target.len);
	r->path = target;
	r->query = RD_SPAN_NONE;
	if (mark) {
		r->path.len = (size_t)(mark - target.at);
		r->query = rd_span(mark + 1, target.len - r->path.len - 1);
	}
	return 0;
}

static unsigned check_headers(const struct rd_http_request *r)
{
	const struct rd_http_server_cfg *cfg = &r->server->cfg;
	size_t all = 0;

	for (unsigned i = 0; i < r->header_count; i++) {
		const struct header *h = &r->headers[i];
		size_t one = h->name.len + h->value.len + 4;

		if (!is_token(h->name) || !is_field_value(h->value))
			return 400;
		if (one > cfg->most_header_bytes)
			return 431;
		all += one;
	}
	return all > cfg->most_headers_bytes ? 431 : 0;
}

/* RFC 9112 6.1, 6.3: anything two readers could measure differently. */
static unsigned check_length(const struct rd_http_request *r,
			     uint64_t *body_bytes)
{
	unsigned lengths = rd_http_header_count(r, "Content-Length");

	*body_bytes = 0;
	if (rd_http_header_count(r, "Transfer-Encoding"))
		return lengths ? 400 : 411;
	if (lengths > 1)
		return 400;
	if (lengths && rd_text_u64(rd_http_header(r, "Content-Length"), 0,
				   UINT64_MAX >> 1, body_bytes) != RD_OK)
		return 400;
	return *body_bytes > r->server->cfg.most_body_bytes ? 413 : 0;
}

static bool is_trusted(const struct rd_http_server *s, const struct rd_addr *a)
{
	for (size_t i = 0; i < s->cfg.trusted_proxy_count; i++)
		if (rd_network_has(&s->cfg.trusted_proxies[i], a))
			return true;
	return false;
}

/* Takes the last element off the list; false when there is none. */
static bool pop_last(struct rd_span *list, struct rd_span *out)
{
	size_t at = list->len;

	if (!list->at)
		return false;
	while (at > 0 && list->at[at - 1] != ',')
		at--;
	*out = trim(rd_span(list->at + at, list->len - at));
	if (at == 0)
		*list = RD_SPAN_NONE;
	else
		list->len = at - 1;
	return true;
}

/* The right-most address that is not a trusted proxy counts (T35). */
static void find_client(struct rd_http_request *r)
{
	static const char name[] = "X-Forwarded-For";
	unsigned lines = rd_http_header_count(r, name);
	struct rd_span list, one;
	struct rd_addr a;

	r->client = r->conn->peer;
	if (!is_trusted(r->server, &r->client))
		return;
	while (lines > 0) {
		list = rd_http_header_nth(r, name, --lines);
		while (pop_last(&list, &one)) {
			if (rd_addr_parse(&a, one) != RD_OK &&
			    rd_addr_parse_port(&a, one) != RD_OK)
				return;
			r->client = a;
			if (!is_trusted(r->server, &a))
				return;
		}
	}
}

unsigned rd_request_check(struct rd_http_request *r, const char *version,
			  uint64_t *body_bytes)
{
	unsigned status, hosts;

	*body_bytes = 0;
	if (r->raw_len && !is_framed_plainly(r, version))
		return 400;
	for (unsigned i = 0; i < r->header_count; i++)
		r->headers[i].value = trim(r->headers[i].value);
	hosts = rd_http_header_count(r, "Host"); /* RFC 9112 3.2 */
	if (!is_token(r->method) || hosts > 1 ||
	    (!hosts && strcmp(version, "HTTP/1.0") != 0))
		return 400;
	status = check_headers(r);
	if (!status)
		status = check_target(r);
	if (!status)
		status = check_length(r, body_bytes);
	if (!status)
		find_client(r);
	return status;
}

void rd_request_free(struct rd_http_request *r)
{
	struct rd_http_server *s = r->server;
	uint32_t id = r->id;

	rd_free(r->target);
	rd_free(r->body);
	s->counts.requests_open--;
	rd_pool_give(s->requests, id);
}

uint32_t rd_http_request_id(const struct rd_http_request *r)
{
	return r->id;
}

struct rd_http_request *rd_http_request_find(struct rd_http_server *s,
					     uint32_t id)
{
	struct rd_http_request *r = rd_pool_get(s->requests, id);

	return r && r->was_handled && !r->is_answered ? r : NULL;
}

struct rd_http_server *rd_http_request_server(struct rd_http_request *r)
{
	return r->server;
}

unsigned rd_http_request_listener(const struct rd_http_request *r)
{
	return r->conn->daemon->listener->tag;
}

bool rd_http_request_is_tls(const struct rd_http_request *r)
{
	return r->conn->daemon->listener->certificate_file;
}

struct rd_span rd_http_method(const struct rd_http_request *r)
{
	return r->method;
}

struct rd_span rd_http_path(const struct rd_http_request *r)
{
	return r->path;
}

struct rd_span rd_http_query(const struct rd_http_request *r)
{
	return r->query;
}

struct rd_span rd_http_body(const struct rd_http_request *r)
{
	return rd_span(r->body, r->body_len);
}

struct rd_span rd_http_header_nth(const struct rd_http_request *r,
				  const char *name, unsigned nth)
{
	struct rd_span wanted = rd_span_text(name);

	for (unsigned i = 0; i < r->header_count; i++)
		if (is_nocase(r->headers[i].name, wanted) && nth-- == 0)
			return r->headers[i].value;
	return RD_SPAN_NONE;
}

struct rd_span rd_http_header(const struct rd_http_request *r, const char *name)
{
	return rd_http_header_nth(r, name, 0);
}

unsigned rd_http_header_count(const struct rd_http_request *r, const char *name)
{
	struct rd_span wanted = rd_span_text(name);
	unsigned n = 0;

	for (unsigned i = 0; i < r->header_count; i++)
		n += is_nocase(r->headers[i].name, wanted);
	return n;
}

bool rd_http_header_at(const struct rd_http_request *r, unsigned index,
		       struct rd_span *name, struct rd_span *value)
{
	if (index >= r->header_count)
		return false;
	*name = r->headers[index].name;
	*value = r->headers[index].value;
	return true;
}

const struct rd_addr *rd_http_peer(const struct rd_http_request *r)
{
	return &r->conn->peer;
}

const struct rd_addr *rd_http_client(const struct rd_http_request *r)
{
	return &r->client;
}
