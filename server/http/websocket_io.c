/* http/websocket_io.c - the bytes below a WebSocket, its defaults, and what it
 * can be asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <sys/socket.h>

#include "http/websocket_priv.h"

void rd_ws_set_defaults(struct rd_ws_cfg *cfg)
{
	if (!cfg->most_frame_bytes)
		cfg->most_frame_bytes = 16 * 1024;
	if (!cfg->most_message_bytes)
		cfg->most_message_bytes = 64 * 1024;
	if (!cfg->most_fragments)
		cfg->most_fragments = 64;
	if (!cfg->messages_per_s)
		cfg->messages_per_s = 20;
	if (!cfg->messages_burst)
		cfg->messages_burst = 100;
	if (!cfg->most_queued_bytes)
		cfg->most_queued_bytes = 256 * 1024;
	if (!cfg->ping_ms)
		cfg->ping_ms = 20000;
	if (!cfg->close_wait_ms)
		cfg->close_wait_ms = 2000;
	if (!cfg->most_control_per_s)
		cfg->most_control_per_s = 20;
	if (!cfg->connect_within_ms)
		cfg->connect_within_ms = 10000;
}

void rd_ws_arm(struct rd_ws *ws, uint64_t in_ms)
{
	rd_timer_arm(rd_loop_timers(ws->loop), &ws->timer,
		     rd_loop_now_ms(ws->loop) + in_ms);
}

/* --- bytes --- */

static enum rd_err err_of_errno(ssize_t n)
{
	if (n == 0)
		return RD_E_CLOSED;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
		       ? RD_E_AGAIN
		       : RD_E_IO;
}

enum rd_err rd_ws_read_bytes(struct rd_ws *ws, void *buf, size_t size,
			     size_t *len)
{
	ssize_t n;

	if (ws->extra.len) {
		*len = rd_min_size(size, ws->extra.len);
		memcpy(buf, ws->extra.at, *len);
		ws->extra.at += *len;
		ws->extra.len -= *len;
		return RD_OK;
	}
	if (ws->tls)
		return rd_tls_read(ws->tls, buf, size, len);
	*len = 0;
	n = recv(ws->fd, buf, size, MSG_DONTWAIT);
	if (n <= 0)
		return err_of_errno(n);
	*len = (size_t)n;
	return RD_OK;
}

enum rd_err rd_ws_write_bytes(struct rd_ws *ws, struct rd_span bytes,
			      bool has_more, size_t *len)
{
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (has_more ? MSG_MORE : 0);
	ssize_t n;

	if (ws->tls)
		return rd_tls_write(ws->tls, bytes, len);
	*len = 0;
	n = send(ws->fd, bytes.at, bytes.len, flags);
	if (n < 0)
		return err_of_errno(n);
	*len = (size_t)n;
	return RD_OK;
}

const char *rd_ws_protocol(const struct rd_ws *ws)
{
	return ws->client.protocol;
}

unsigned rd_ws_refused_status(const struct rd_ws *ws)
{
	return ws->client.refused_status;
}

void rd_ws_set_arg(struct rd_ws *ws, void *arg)
{
	ws->cfg.arg = arg;
}

const struct rd_addr *rd_ws_peer(const struct rd_ws *ws)
{
	return &ws->peer;
}

struct rd_ws_counts rd_ws_counts(const struct rd_ws *ws)
{
	return ws->counts;
}
