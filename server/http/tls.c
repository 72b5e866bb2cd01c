/* http/tls.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/loop.h"

struct rd_tls {
	SSL_CTX *ctx;
	SSL *ssl;
	unsigned wants;
};

static bool set_name(SSL *ssl, const char *host)
{
	struct rd_addr a;

	if (rd_addr_parse(&a, rd_span_text(host)) == RD_OK)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	/* What their macro SSL_set_tlsext_host_name does, but for its cast. */
	return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host) &&
	       SSL_set1_host(ssl, host);
}

enum rd_err rd_tls_open(struct rd_tls **out, int fd, const char *host,
			const char *ca_file)
{
	struct rd_tls *t = rd_zalloc(sizeof(*t));
	enum rd_err err = RD_E_NOMEM;

	*out = NULL;
	if (!t)
		return err;
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->ctx)
		goto fail;
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	err = RD_E_FORMAT;
	if (ca_file ? !SSL_CTX_load_verify_locations(t->ctx, ca_file, NULL)
		    : !SSL_CTX_set_default_verify_paths(t->ctx))
		goto fail;
	err = RD_E_NOMEM;
	t->ssl = SSL_new(t->ctx);
	if (!t->ssl || !SSL_set_fd(t->ssl, fd) || !set_name(t->ssl, host))
		goto fail;
	SSL_set_connect_state(t->ssl);
	*out = t;
	return RD_OK;
fail:
	ERR_clear_error();
	rd_tls_close(t);
	return err;
}

void rd_tls_close(struct rd_tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	rd_free(t);
}

unsigned rd_tls_wants(const struct rd_tls *t)
{
	return t->wants;
}

/* What became of a call, and what it wants to go on. */
static enum rd_err why(struct rd_tls *t, int result, enum rd_err failed)
{
	int code = SSL_get_error(t->ssl, result);

	ERR_clear_error();
	t->wants = RD_READABLE;
	switch (code) {
	case SSL_ERROR_NONE:
		return RD_OK;
	case SSL_ERROR_WANT_READ:
		return RD_E_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		t->wants = RD_WRITABLE;
		return RD_E_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return RD_E_CLOSED;
	default:
		return failed;
	}
}

enum rd_err rd_tls_handshake(struct rd_tls *t)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(t->ssl);
	return why(t, n, RD_E_REFUSED);
}

enum rd_err rd_tls_read(struct rd_tls *t, void *buf, size_t size, size_t *len)
{
	int n;

	ERR_clear_error();
	*len = 0;
	n = SSL_read_ex(t->ssl, buf, size, len);
	return why(t, n, RD_E_IO);
}

enum rd_err rd_tls_write(struct rd_tls *t, struct rd_span bytes, size_t *len)
{
	int n;

	ERR_clear_error();
	*len = 0;
	n = SSL_write_ex(t->ssl, bytes.at, bytes.len, len);
	return why(t, n, RD_E_IO);
}

enum rd_err rd_sha1(struct rd_span of, uint8_t out[static 20])
{
	return EVP_Digest(of.at, of.len, out, NULL, EVP_sha1(), NULL)
		       ? RD_OK
		       : RD_E_NOMEM;
}
