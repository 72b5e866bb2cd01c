/* http/handshake.h - the opening handshake of a WebSocket (RFC 6455 4).
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Text in, text out; no sockets.  Private to http.  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "http/server.h"
#include "http/url.h"

enum {
	RD_WS_KEY_TEXT = 25,
	RD_WS_ACCEPT_TEXT = 29,
	RD_WS_ANSWER_MOST = 16 * 1024, /* bytes of the server's headers */
};

/* Whether the comma-separated list has the token, in any case. */
bool rd_ws_list_has(struct rd_span list, const char *token);
/* The n-th element of a list of tokens; false past the end, or if anything
 * in the list is not a token. */
bool rd_ws_list_nth(struct rd_span list, unsigned nth, struct rd_span *out);

/* RFC 6455 4.2.2, 5.4.  RD_E_FORMAT: key is not 16 bytes in base64. */
RD_MUST_USE enum rd_err rd_ws_accept_of(struct rd_span key,
					char out[static RD_WS_ACCEPT_TEXT]);

void rd_ws_make_key(char out[static RD_WS_KEY_TEXT]);
/* The client's request into w.  RD_E_SIZE; RD_E_FORMAT: a line break in
 * protocols or origin. */
RD_MUST_USE enum rd_err rd_ws_write_request(struct rd_writer *w,
					    const struct rd_url *url,
					    const char *key,
					    const char *protocols,
					    const char *origin);

struct rd_ws_answer {
	unsigned status;
	size_t header_bytes;     /* what follows belongs to the WebSocket */
	struct rd_span protocol; /* chosen; empty: none */
};
/* Reads the server's answer to the request with that key.  RD_E_AGAIN: not
 * complete; RD_E_REFUSED: another status than 101; RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_ws_read_answer(struct rd_ws_answer *out,
					  struct rd_span bytes, const char *key,
					  const char *protocols);
