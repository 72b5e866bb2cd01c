/* wire/sdp.c - reading and printing descriptions; see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/sdp.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

struct rd_span rd_sdp_word(struct rd_span *text)
{
	struct rd_span word;
	size_t n = 0;

	if (!text->len)
		return RD_SPAN_NONE;
	while (text->len && text->at[0] == ' ')
		*text = rd_span(text->at + 1, text->len - 1);
	while (n < text->len && text->at[n] != ' ')
		n++;
	word = rd_span(text->at, n);
	*text = rd_span(text->at + n, text->len - n);
	return word;
}

/* The next line, without its end; false: none, or a bare CR or NUL in it,
 * which RFC 8866 5 allows nowhere. */
static bool next_line(struct rd_span *text, struct rd_span *line)
{
	const uint8_t *end = memchr(text->at, '\n', text->len);
	size_t len = end ? (size_t)(end - text->at) : text->len;

	*line = rd_span(text->at, len);
	*text = end ? rd_span(end + 1, text->len - len - 1)
		    : rd_span(text->at + len, 0);
	if (end && line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return !memchr(line->at, '\r', line->len) &&
	       !memchr(line->at, 0, line->len);
}

static bool is_blank(struct rd_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\r' && text.at[i] != '\n')
			return false;
	return true;
}

static bool split_line(struct rd_span text, struct rd_sdp_line *out)
{
	const uint8_t *colon;

	if (text.len < 2 || text.at[0] < 'a' || text.at[0] > 'z' ||
	    text.at[1] != '=')
		return false;
	out->type = (char)text.at[0];
	out->name = RD_SPAN_NONE;
	out->value = rd_span(text.at + 2, text.len - 2);
	if (out->type != 'a')
		return true;
	colon = memchr(out->value.at, ':', out->value.len);
	out->name = out->value;
	if (!colon) {
		out->value = RD_SPAN_NONE;
		return out->name.len > 0;
	}
	out->name.len = (size_t)(colon - out->name.at);
	out->value = rd_span(colon + 1, out->value.len - out->name.len - 1);
	return out->name.len > 0;
}

static bool read_port(struct rd_span word, uint16_t *port)
{
	const uint8_t *slash = word.len ? memchr(word.at, '/', word.len) : NULL;
	uint64_t number, count;

	/* "49170/2": several ports in a row; only the first is used. */
	if (slash) {
		struct rd_span rest =
			rd_span(slash + 1,
				word.len - (size_t)(slash - word.at) - 1);

		if (rd_text_u64(rest, 1, 255, &count))
			return false;
		word.len = (size_t)(slash - word.at);
	}
	if (rd_text_u64(word, 0, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

static enum rd_err read_media(struct rd_sdp *s, struct rd_span value)
{
	struct rd_sdp_section *m;

	if (s->section_count == RD_SDP_SECTIONS)
		return RD_E_SIZE;
	m = &s->sections[s->section_count++];
	m->media = rd_sdp_word(&value);
	if (!read_port(rd_sdp_word(&value), &m->port))
		return RD_E_FORMAT;
	m->proto = rd_sdp_word(&value);
	while (value.len) {
		struct rd_span format = rd_sdp_word(&value);

		if (!format.len)
			break;
		if (m->format_count == RD_SDP_FORMATS)
			return RD_E_SIZE;
		m->formats[m->format_count++] = format;
	}
	m->line = s->line_count;
	return m->media.len && m->format_count ? RD_OK : RD_E_FORMAT;
}

static void end_part(struct rd_sdp *s)
{
	if (s->section_count)
		s->sections[s->section_count - 1].line_end = s->line_count;
	else
		s->session_end = s->line_count;
}

static enum rd_err add_line(struct rd_sdp *s, struct rd_span text)
{
	struct rd_sdp_line *line;

	if (s->line_count == RD_SDP_LINES)
		return RD_E_SIZE;
	line = &s->lines[s->line_count];
	if (!split_line(text, line))
		return RD_E_FORMAT;
	/* RFC 8866 5.1: it begins with the version, of which there is one. */
	if ((s->line_count == 0) != (line->type == 'v'))
		return RD_E_FORMAT;
	if (line->type == 'v' && !rd_span_is(line->value, "0"))
		return RD_E_UNSUPPORTED;
	if (line->type != 'm') {
		s->line_count++;
		return RD_OK;
	}
	end_part(s);
	s->line_count++;
	return read_media(s, line->value);
}

enum rd_err rd_sdp_parse(struct rd_sdp *out, struct rd_span text)
{
	struct rd_span line;
	enum rd_err err;

	out->line_count = out->session_end = 0;
	out->section_count = 0;
	memset(out->sections, 0, sizeof(out->sections));
	if (text.len == 0 || text.len > RD_SDP_BYTES)
		return RD_E_SIZE;
	while (text.len && !is_blank(text)) {
		if (!next_line(&text, &line))
			return RD_E_FORMAT;
		err = add_line(out, line);
		if (err)
			return err;
	}
	end_part(out);
	return out->line_count ? RD_OK : RD_E_FORMAT;
}

static void print_media(struct rd_writer *w, const struct rd_sdp_section *m)
{
	rd_sdp_printf(w, "m=%.*s %u %.*s", RD_SDP_SPAN(m->media), m->port,
		      RD_SDP_SPAN(m->proto));
	for (unsigned i = 0; i < m->format_count; i++)
		rd_sdp_printf(w, " %.*s", RD_SDP_SPAN(m->formats[i]));
	rd_sdp_printf(w, "\r\n");
}

enum rd_err rd_sdp_print(struct rd_writer *w, const struct rd_sdp *s)
{
	unsigned section = 0;

	for (unsigned i = 0; i < s->line_count; i++) {
		const struct rd_sdp_line *l = &s->lines[i];

		if (l->type == 'm') {
			print_media(w, &s->sections[section++]);
			continue;
		}
		rd_write_u8(w, (unsigned)l->type);
		rd_write_u8(w, '=');
		if (l->type == 'a')
			rd_write_span(w, l->name);
		if (l->type == 'a' && l->value.at)
			rd_write_u8(w, ':');
		rd_write_span(w, l->value);
		rd_write_bytes(w, "\r\n", 2);
	}
	return w->failed ? RD_E_SIZE : RD_OK;
}

static const struct rd_sdp_line *part(const struct rd_sdp *s, int section,
				      const struct rd_sdp_line **end)
{
	const struct rd_sdp_section *m;

	if (section == RD_SDP_SESSION) {
		*end = s->lines + s->session_end;
		return s->lines;
	}
	rd_assert(section >= 0 && section < s->section_count);
	m = &s->sections[section];
	*end = s->lines + m->line_end;
	/* .line counts m= itself. */
	return s->lines + m->line;
}

static const struct rd_sdp_line *find_line(const struct rd_sdp *s, int section,
					   char type)
{
	const struct rd_sdp_line *end, *l = part(s, section, &end);

	for (; l < end; l++)
		if (l->type == type)
			return l;
	return NULL;
}

const struct rd_sdp_line *rd_sdp_next(const struct rd_sdp *s, int section,
				      const char *name,
				      const struct rd_sdp_line *after)
{
	const struct rd_sdp_line *end, *l = part(s, section, &end);

	for (l = after ? after + 1 : l; l < end; l++)
		if (l->type == 'a' && rd_span_is(l->name, name))
			return l;
	return NULL;
}

bool rd_sdp_has(const struct rd_sdp *s, int section, const char *name)
{
	return rd_sdp_next(s, section, name, NULL) != NULL;
}

bool rd_sdp_find(const struct rd_sdp *s, int section, const char *name,
		 struct rd_span *value)
{
	const struct rd_sdp_line *l = rd_sdp_next(s, section, name, NULL);

	if (!l && section != RD_SDP_SESSION)
		l = rd_sdp_next(s, RD_SDP_SESSION, name, NULL);
	*value = l ? l->value : RD_SPAN_NONE;
	return l != NULL;
}

int rd_sdp_find_section(const struct rd_sdp *s, const char *media)
{
	for (int i = 0; i < s->section_count; i++)
		if (rd_span_is(s->sections[i].media, media) &&
		    s->sections[i].port)
			return i;
	return -1;
}

/* "IN IP4 192.0.2.1"; IPv4 may carry "/ttl", IPv6 "/count" of multicast. */
static bool read_connection(struct rd_span value, struct rd_addr *out)
{
	struct rd_span net = rd_sdp_word(&value);
	struct rd_span kind = rd_sdp_word(&value);
	struct rd_span host = rd_sdp_word(&value);

	if (!rd_text_equal_nocase(net, "IN") || rd_addr_parse(out, host))
		return false;
	return rd_text_equal_nocase(kind, out->family == 4 ? "IP4" : "IP6");
}

enum rd_err rd_sdp_read_address(const struct rd_sdp *s, int section,
				struct rd_addr *out)
{
	const struct rd_sdp_line *c = find_line(s, section, 'c');

	memset(out, 0, sizeof(*out));
	if (!c)
		c = find_line(s, RD_SDP_SESSION, 'c');
	if (!c)
		return RD_E_NOTFOUND;
	if (!read_connection(c->value, out)) {
		memset(out, 0, sizeof(*out));
		return RD_E_FORMAT;
	}
	out->port = s->sections[section].port;
	return RD_OK;
}

enum rd_err rd_sdp_read_rtcp(const struct rd_sdp *s, int section,
			     struct rd_addr *out)
{
	const struct rd_sdp_line *l = rd_sdp_next(s, section, "rtcp", NULL);
	enum rd_err err = rd_sdp_read_address(s, section, out);
	struct rd_span value, word;
	uint64_t port;

	if (err || rd_sdp_has(s, section, "rtcp-mux"))
		return err;
	if (!l) {
		out->port++; /* RFC 3550 11 */
		return out->port ? RD_OK : RD_E_FORMAT;
	}
	value = l->value;
	word = rd_sdp_word(&value);
	if (rd_text_u64(word, 1, UINT16_MAX, &port))
		return RD_E_FORMAT;
	if (value.len && !read_connection(value, out))
		return RD_E_FORMAT;
	out->port = (uint16_t)port;
	return RD_OK;
}

void rd_sdp_printf(struct rd_writer *w, const char *fmt, ...)
{
	size_t room = (size_t)(w->end - w->at);
	va_list args;
	int len;

	if (w->failed)
		return;
	va_start(args, fmt);
	len = vsnprintf((char *)w->at, room, fmt, args);
	va_end(args);
	/* vsnprintf needs a byte more for its NUL. */
	if (len < 0 || (size_t)len >= room)
		w->failed = true;
	else
		w->at += len;
}

void rd_sdp_write_connection(struct rd_writer *w, const struct rd_addr *a)
{
	char text[RD_ADDR_TEXT];

	rd_sdp_printf(w, "IN IP%u %s", a->family == 6 ? 6u : 4u,
		      rd_addr_ip_text(a, text));
}
