/* http/tls.h - TLS towards a server, on a descriptor of ours; and SHA-1.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only for the WebSocket client (libcurl and libmicrohttpd bring their own).
 * Certificates are verified against the name.  Thread: the loop's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

struct rd_tls;

/* ca_file: PEM; NULL: the system's.  RD_E_NOMEM, RD_E_FORMAT (ca_file). */
RD_MUST_USE enum rd_err rd_tls_open(struct rd_tls **out, int fd,
				    const char *host, const char *ca_file);
void rd_tls_close(struct rd_tls *t); /* not fd; NULL is fine */

/* What the descriptor must become before asking again (RD_READABLE or
 * RD_WRITABLE of base/loop.h), after RD_E_AGAIN. */
unsigned rd_tls_wants(const struct rd_tls *t);
/* RD_E_AGAIN; RD_E_REFUSED: certificate or protocol. */
RD_MUST_USE enum rd_err rd_tls_handshake(struct rd_tls *t);
/* *len: bytes moved.  RD_E_AGAIN, RD_E_CLOSED (read: the peer is done),
 * RD_E_IO. */
RD_MUST_USE enum rd_err rd_tls_read(struct rd_tls *t, void *buf, size_t size,
				    size_t *len);
RD_MUST_USE enum rd_err rd_tls_write(struct rd_tls *t, struct rd_span bytes,
				     size_t *len);

/* For Sec-WebSocket-Accept (RFC 6455 4.2.2), where nothing depends on its
 * strength. */
RD_MUST_USE enum rd_err rd_sha1(struct rd_span of, uint8_t out[static 20]);
