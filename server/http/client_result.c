/* http/client_result.c - reading the headers of an answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <strings.h>

#include "http/client.h"

struct rd_span rd_http_result_header(const struct rd_http_result *r,
				     const char *name)
{
	const uint8_t *at = r->headers.at;
	const uint8_t *end = at ? at + r->headers.len : NULL;
	size_t len = strlen(name);

	while (at < end) {
		const uint8_t *line = at;
		const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));

		at = stop ? stop + 1 : end;
		if (!stop)
			stop = end;
		if ((size_t)(stop - line) <= len || line[len] != ':' ||
		    strncasecmp((const char *)line, name, len) != 0)
			continue;
		line += len + 1;
		while (line < stop && (*line == ' ' || *line == '\t'))
			line++;
		while (stop > line && (stop[-1] == ' ' || stop[-1] == '\t' ||
				       stop[-1] == '\r'))
			stop--;
		return rd_span(line, (size_t)(stop - line));
	}
	return RD_SPAN_NONE;
}
