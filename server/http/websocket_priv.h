/* http/websocket_priv.h - a WebSocket, as its three files see it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * websocket.c keeps the open connection (and alone knows wslay), the opening of
 * both sides is in websocket_open.c, the bytes in websocket_io.c.
 * Thread: the loop's.
 */
#pragma once
#include "http/handshake.h"
#include "http/frame_watch.h"
#include "http/tls.h"
#include "http/websocket.h"

enum rd_ws_phase {
	WS_CONNECTING, /* client: TCP */
	WS_SECURING,   /* client: TLS */
	WS_ASKING,     /* client: request goes out */
	WS_WAITING,    /* client: for the answer */
	WS_OPEN,
	WS_ENDING,   /* a close frame is to be, or was, sent */
	WS_DRAINING, /* sent; reading what is still under way */
	WS_BROKEN,   /* closed is to be called, from the loop */
	WS_OVER,     /* closed was called */
};

struct bucket { /* of a rate: one token a message */
	double tokens;
	uint64_t at_ms;
};

struct rd_ws {
	struct rd_ws_cfg cfg;
	struct rd_loop *loop;
	struct rd_addr peer;
	bool is_client;

	enum rd_ws_phase phase;
	int fd;        /* -1 once released */
	void *upgrade; /* server: of rd_mhd_upgrade_release */
	struct rd_tls *tls;
	struct rd_watch watch;
	struct rd_timer timer;
	struct wslay_event_context *wslay; /* NULL: at rest */
	struct rd_span extra;              /* of early: not yet read */
	uint8_t *early; /* came together with the handshake */

	unsigned depth;     /* inside how many of our callbacks */
	bool is_doomed;     /* rd_ws_close was called meanwhile */
	bool has_bad_frame; /* a head that breaks the rules was seen */
	bool in_wslay;      /* do not send from within */
	bool is_end;        /* the peer sent its last byte */
	bool close_sent;    /* queued in wslay */
	unsigned end_code;  /* ours; 0: not ending */
	char end_reason[124];
	unsigned over_code;
	unsigned fragments;
	struct rd_frame_watch frames;
	struct bucket messages, controls;
	uint64_t heard_ms;
	struct rd_ws_counts counts;

	struct client { /* WS_CONNECTING .. WS_WAITING */
		char key[RD_WS_KEY_TEXT];
		char *protocols;
		char *request;
		size_t request_len, request_sent;
		uint8_t *answer;
		size_t answer_len;
		unsigned refused_status;
		char protocol[128];
	} client;
};

void rd_ws_set_defaults(struct rd_ws_cfg *cfg);
/* NULL: no memory. */
struct rd_ws *rd_ws_new(struct rd_loop *loop, const struct rd_ws_cfg *cfg,
			bool is_client);
/* The handshake is done; extra is copied.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_ws_start(struct rd_ws *ws, struct rd_span extra);
/* The connection is lost: closed(code) follows from the loop. */
void rd_ws_break(struct rd_ws *ws, unsigned code);
/* The same, and the descriptor goes now. */
void rd_ws_cut(struct rd_ws *ws);
/* RD_E_AGAIN, RD_E_CLOSED, RD_E_IO. */
RD_MUST_USE enum rd_err rd_ws_read_bytes(struct rd_ws *ws, void *buf,
					 size_t size, size_t *len);
/* has_more: the next bytes follow at once, and these, the head of their frame,
 * may wait for them to share a TCP segment. */
RD_MUST_USE enum rd_err rd_ws_write_bytes(struct rd_ws *ws,
					  struct rd_span bytes, bool has_more,
					  size_t *len);
/* websocket_open.c: the client before it is open. */
void rd_ws_client_ready(struct rd_ws *ws, unsigned events);
void rd_ws_arm(struct rd_ws *ws, uint64_t in_ms);
