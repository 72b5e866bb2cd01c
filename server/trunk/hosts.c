/* trunk/hosts.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/hosts.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	MOST_BYTES = 256 * 1024
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the next word off the front of line. */
static struct rd_span next_word(struct rd_span *line)
{
	size_t n = 0;
	struct rd_span word;

	while (line->len && is_blank(*line->at)) {
		line->at++;
		line->len--;
	}
	while (n < line->len && !is_blank(line->at[n]))
		n++;
	word = rd_span(line->at, n);
	line->at += n;
	line->len -= n;
	return word;
}

static bool line_names(struct rd_span line, const char *name,
		       struct rd_addr *out)
{
	const uint8_t *comment = memchr(line.at, '#', line.len);
	struct rd_span word;
	struct rd_addr addr;

	if (comment)
		line.len = (size_t)(comment - line.at);
	word = next_word(&line);
	if (!word.len || rd_addr_parse(&addr, word) != RD_OK)
		return false;
	while ((word = next_word(&line)).len) {
		if (!rd_text_equal_nocase(word, name))
			continue;
		*out = addr;
		return true;
	}
	return false;
}

enum rd_err rd_hosts_find(struct rd_span text, const char *name,
			  struct rd_addr *out)
{
	memset(out, 0, sizeof(*out));
	while (text.len) {
		const uint8_t *end = memchr(text.at, '\n', text.len);
		size_t n = end ? (size_t)(end - text.at) : text.len;

		if (line_names(rd_span(text.at, n), name, out))
			return RD_OK;
		n += end ? 1 : 0;
		text.at += n;
		text.len -= n;
	}
	return RD_E_NOTFOUND;
}

enum rd_err rd_hosts_lookup(const char *name, struct rd_addr *out)
{
	enum rd_err err = RD_E_NOTFOUND;
	uint8_t *text;
	ssize_t n;
	int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC);

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return err;
	text = rd_alloc(MOST_BYTES);
	n = text ? read(fd, text, MOST_BYTES) : 0;
	close(fd);
	if (n > 0)
		err = rd_hosts_find(rd_span(text, (size_t)n), name, out);
	rd_free(text);
	return err;
}
