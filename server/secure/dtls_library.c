/* secure/dtls_library.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The library's memory BIO would join the records of a flight into one long
 * datagram, so the BIO here is ours: one write is one datagram.  DTLSv1_listen
 * is not used: it cannot read a ClientHello in two datagrams, which is what
 * browsers send, and the address has been proven by ICE already.
 */
#include "secure/dtls_library.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/timer.h"

enum {
	CERTIFICATE_MAX = 4096, /* bytes, T50 */
	CERTIFICATE_LIST_MAX = CERTIFICATE_MAX + 64,
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 4096,
	VALID_DAYS = 90,
	QUEUE_MAX = 16, /* datagrams; a flight has two or three */
	RESEND_MAX_US = 1600000,
	DAY_S = 86400,
};

/* AEAD and forward secrecy; the RSA suites are for the client's side, whose
 * server may have an RSA certificate. */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:"
			      "ECDHE-ECDSA-CHACHA20-POLY1305:"
			      "ECDHE-ECDSA-AES256-GCM-SHA384:"
			      "ECDHE-RSA-AES128-GCM-SHA256:"
			      "ECDHE-RSA-CHACHA20-POLY1305:"
			      "ECDHE-RSA-AES256-GCM-SHA384";
/* In our order of preference, RFC 5764 4.1.2. */
static const char srtp_profiles[] =
	"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
static const char exporter[] = "EXTRACTOR-dtls_srtp"; /* RFC 5764 4.2 */

struct rd_dtls_identity {
	SSL_CTX *ctx;                               /* const after open */
	BIO_METHOD *method;                         /* const after open */
	atomic_uint refs;                           /* atomic */
	char fingerprint[RD_DTLS_FINGERPRINT_TEXT]; /* const after open */
};

struct datagram {
	struct rd_list in_queue;
	size_t len;
	uint8_t bytes[];
};

struct rd_dtls_attempt {
	struct rd_dtls_identity *id;
	const struct rd_fingerprint *peer;

	SSL *ssl;
	enum rd_dtls_role role;
	enum rd_dtls_trouble trouble;
	struct rd_span input; /* the datagram being read */
	struct rd_list queue; /* struct datagram.in_queue */
	size_t queued;
	struct datagram *lent;
	bool is_done;
};

/* ---- datagrams ---- */

static int bio_write(BIO *bio, const char *bytes, int len)
{
	struct rd_dtls_attempt *a = BIO_get_data(bio);
	struct datagram *d;

	BIO_clear_retry_flags(bio);
	if (len <= 0)
		return 0;
	/* No room or no memory is a lost datagram; it will be sent again. */
	if (a->queued == QUEUE_MAX)
		return len;
	d = rd_alloc(sizeof(*d) + (size_t)len);
	if (!d)
		return len;
	d->in_queue = (struct rd_list){ NULL, NULL };
	d->len = (size_t)len;
	memcpy(d->bytes, bytes, d->len);
	rd_list_push(&a->queue, &d->in_queue);
	a->queued++;
	return len;
}

static int bio_read(BIO *bio, char *out, int size)
{
	struct rd_dtls_attempt *a = BIO_get_data(bio);
	size_t len;

	BIO_clear_retry_flags(bio);
	if (a->input.len == 0 || size <= 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	len = rd_min_size(a->input.len, (size_t)size);
	memcpy(out, a->input.at, len);
	a->input = RD_SPAN_NONE;
	return (int)len;
}

static long bio_control(BIO *bio, int command, long number, void *at)
{
	(void)bio;
	(void)at;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU: /* unanswered, fragments have 256 */
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return RD_DTLS_MTU;
	case BIO_CTRL_DGRAM_SET_MTU:
		return number;
	default:
		return 0;
	}
}

static int bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
				     "datagrams");

	if (m && BIO_meth_set_write(m, bio_write) &&
	    BIO_meth_set_read(m, bio_read) &&
	    BIO_meth_set_ctrl(m, bio_control) &&
	    BIO_meth_set_create(m, bio_create))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* ---- the peer's certificate ---- */

static const EVP_MD *hash_of(const struct rd_fingerprint *f)
{
	switch (f->len) {
	case 32:
		return EVP_sha256();
	case 48:
		return EVP_sha384();
	case 64:
		return EVP_sha512();
	default:
		return NULL;
	}
}

/* RFC 8122 6: the hash over the certificate as it was sent. */
static bool is_expected(X509 *certificate, const struct rd_fingerprint *f)
{
	const EVP_MD *hash = hash_of(f);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	return hash && X509_digest(certificate, hash, digest, &len) == 1 &&
	       rd_secret_equal(rd_span(digest, len),
			       rd_span(f->digest, f->len));
}

static bool is_acceptable(X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	int bits, len = i2d_X509(certificate, NULL);

	if (!key || len <= 0 || len > CERTIFICATE_MAX)
		return false;
	if (!EVP_PKEY_is_a(key, "RSA"))
		return true; /* the library knows no weak curve */
	bits = EVP_PKEY_get_bits(key);
	return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
}

/* Stands where a chain to some authority would be checked: there is none, the
 * fingerprint is all (RFC 5763 5). */
static int check_certificate(X509_STORE_CTX *store, void *unused)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
		store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct rd_dtls_attempt *a = SSL_get_app_data(ssl);
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);

	(void)unused;
	if (!certificate || sk_X509_num(sent) > 1 ||
	    !is_acceptable(certificate)) {
		a->trouble = RD_DTLS_BAD_CERTIFICATE;
	} else if (!is_expected(certificate, a->peer)) {
		a->trouble = RD_DTLS_BAD_FINGERPRINT;
	} else {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}

/* ---- our certificate and settings ---- */

static X509 *make_certificate(EVP_PKEY *key)
{
	static const uint8_t name[] = "ringdown";
	X509 *x = X509_new();
	X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;

	if (x && X509_set_version(x, X509_VERSION_3) &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x),
				    rd_random_u64() >> 1) &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) &&
	    X509_gmtime_adj(X509_getm_notAfter(x), (long)VALID_DAYS * DAY_S) &&
	    X509_set_pubkey(x, key) &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1,
				       -1, 0) &&
	    X509_set_issuer_name(x, subject) &&
	    X509_sign(x, key, EVP_sha256()) > 0)
		return x;
	X509_free(x);
	return NULL;
}

static bool print_fingerprint(X509 *certificate, char *out, size_t size)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	size_t at;

	if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1)
		return false;
	at = (size_t)snprintf(out, size, "sha-256");
	for (unsigned i = 0; i < len; i++)
		at += (size_t)snprintf(out + at, size - at, "%c%02X",
				       i ? ':' : ' ', digest[i]);
	return at < size;
}

static bool use_new_certificate(struct rd_dtls_identity *id)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = key ? make_certificate(key) : NULL;
	bool ok;

	ok = certificate && SSL_CTX_use_certificate(id->ctx, certificate) &&
	     SSL_CTX_use_PrivateKey(id->ctx, key) &&
	     print_fingerprint(certificate, id->fingerprint,
			       sizeof(id->fingerprint));
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ok;
}

static bool set_up(SSL_CTX *ctx)
{
	char groups[] = "X25519:P-256:P-384"; /* a macro of theirs casts */

	SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET |
					 SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_send_fragment(ctx, RD_DTLS_MTU);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(ctx, CERTIFICATE_LIST_MAX);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_verify(ctx,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	SSL_CTX_set_cert_verify_callback(ctx, check_certificate, NULL);
	return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) &&
	       SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(ctx, ciphers) &&
	       SSL_CTX_set1_groups_list(ctx, groups) &&
	       /* 0 is its success */
	       SSL_CTX_set_tlsext_use_srtp(ctx, srtp_profiles) == 0;
}

enum rd_err rd_dtls_identity_open(struct rd_dtls_identity **out)
{
	struct rd_dtls_identity *id;

	*out = NULL;
	id = rd_zalloc(sizeof(*id));
	if (!id)
		return RD_E_NOMEM;
	atomic_init(&id->refs, 1);
	id->method = make_method();
	id->ctx = SSL_CTX_new(DTLS_method());
	if (!id->method || !id->ctx || !set_up(id->ctx) ||
	    !use_new_certificate(id)) {
		ERR_clear_error();
		rd_dtls_identity_close(id);
		return RD_E_INTERNAL;
	}
	*out = id;
	return RD_OK;
}

void rd_dtls_identity_ref(struct rd_dtls_identity *id)
{
	atomic_fetch_add(&id->refs, 1);
}

void rd_dtls_identity_close(struct rd_dtls_identity *id)
{
	if (!id || atomic_fetch_sub(&id->refs, 1) != 1)
		return;
	SSL_CTX_free(id->ctx);
	BIO_meth_free(id->method);
	rd_free(id);
}

const char *rd_dtls_identity_fingerprint(const struct rd_dtls_identity *id)
{
	return id->fingerprint;
}

/* ---- a handshake ---- */

/* Doubling from 100 ms; the library's own first wait is a second. */
static unsigned resend_after(SSL *ssl, unsigned last_us)
{
	(void)ssl;
	if (last_us == 0)
		return RD_DTLS_FIRST_RESEND_MS * 1000;
	return last_us >= RESEND_MAX_US / 2 ? RESEND_MAX_US : last_us * 2;
}

enum rd_err rd_dtls_attempt_open(struct rd_dtls_attempt **out,
				 struct rd_dtls_identity *id,
				 enum rd_dtls_role role,
				 const struct rd_fingerprint *peer)
{
	struct rd_dtls_attempt *a;
	BIO *bio;

	*out = NULL;
	a = rd_zalloc(sizeof(*a));
	if (!a)
		return RD_E_NOMEM;
	rd_dtls_identity_ref(id);
	a->id = id;
	a->peer = peer;
	a->role = role;
	a->ssl = SSL_new(id->ctx);
	bio = BIO_new(id->method);
	if (!a->ssl || !bio) {
		BIO_free(bio);
		ERR_clear_error();
		rd_dtls_attempt_close(a);
		return RD_E_INTERNAL;
	}
	BIO_set_data(bio, a);
	SSL_set_bio(a->ssl, bio, bio);
	SSL_set_app_data(a->ssl, a);
	SSL_set_mtu(a->ssl, RD_DTLS_MTU);
	DTLS_set_timer_cb(a->ssl, resend_after);
	if (role == RD_DTLS_SERVER)
		SSL_set_accept_state(a->ssl);
	else
		SSL_set_connect_state(a->ssl);
	*out = a;
	return RD_OK;
}

void rd_dtls_attempt_close(struct rd_dtls_attempt *a)
{
	struct rd_list *item;

	if (!a)
		return;
	SSL_free(a->ssl);
	while ((item = rd_list_pop(&a->queue)))
		rd_free(rd_container(item, struct datagram, in_queue));
	rd_free(a->lent);
	rd_dtls_identity_close(a->id);
	rd_free(a);
}

static enum rd_dtls_progress broken(struct rd_dtls_attempt *a)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	if (a->trouble == RD_DTLS_NO_TROUBLE)
		a->trouble =
			reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE ||
					reason == SSL_R_EXCESSIVE_MESSAGE_SIZE
				? RD_DTLS_BAD_CERTIFICATE
				: RD_DTLS_NOT_AGREED;
	ERR_clear_error();
	return RD_DTLS_BROKEN;
}

/* What the library does not insist on, but we do: T50. */
static enum rd_dtls_progress finished(struct rd_dtls_attempt *a)
{
	if (rd_dtls_attempt_profile(a) == RD_SRTP_NONE) {
		a->trouble = RD_DTLS_NO_SRTP;
		return RD_DTLS_BROKEN;
	}
	if (SSL_get_extms_support(a->ssl) != 1) {
		a->trouble = RD_DTLS_NO_EMS; /* RFC 7627 5.2, 5.3 */
		return RD_DTLS_BROKEN;
	}
	a->is_done = true;
	return RD_DTLS_DONE;
}

static enum rd_dtls_progress shake(struct rd_dtls_attempt *a)
{
	int result = SSL_do_handshake(a->ssl);

	if (result == 1)
		return finished(a);
	switch (SSL_get_error(a->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return RD_DTLS_GOING;
	default:
		return broken(a);
	}
}

/* After the handshake only alerts and a repeated last flight matter; both are
 * seen by reading.  Data is thrown away. */
static enum rd_dtls_progress drain(struct rd_dtls_attempt *a)
{
	uint8_t data[2048];
	int len;

	while ((len = SSL_read(a->ssl, data, sizeof(data))) > 0)
		;
	switch (SSL_get_error(a->ssl, len)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return RD_DTLS_DONE;
	default: /* close_notify, or a fatal alert: both came protected */
		ERR_clear_error();
		return RD_DTLS_GOODBYE;
	}
}

/* A finished session sleeps nearly all its life; its record buffers are half
 * of its 72 KiB.  They must be there before anything is written: the library
 * makes them only for reading. */
static bool wake_up(struct rd_dtls_attempt *a)
{
	return !a->is_done || SSL_alloc_buffers(a->ssl) == 1;
}

static void fall_asleep(struct rd_dtls_attempt *a)
{
	if (a->is_done)
		SSL_free_buffers(a->ssl);
}

enum rd_dtls_progress rd_dtls_attempt_feed(struct rd_dtls_attempt *a,
					   struct rd_span datagram)
{
	enum rd_dtls_progress progress = RD_DTLS_DONE;

	ERR_clear_error();
	if (!wake_up(a))
		return RD_DTLS_DONE;
	a->input = datagram;
	if (!a->is_done)
		progress = shake(a);
	if (progress == RD_DTLS_DONE)
		progress = drain(a);
	a->input = RD_SPAN_NONE;
	fall_asleep(a);
	return progress;
}

enum rd_dtls_progress rd_dtls_attempt_resend(struct rd_dtls_attempt *a)
{
	ERR_clear_error();
	if (DTLSv1_handle_timeout(a->ssl) < 0)
		return broken(a);
	return a->is_done ? RD_DTLS_DONE : RD_DTLS_GOING;
}

bool rd_dtls_attempt_poll(struct rd_dtls_attempt *a, struct rd_span *out)
{
	struct rd_list *item = rd_list_pop(&a->queue);

	rd_free(a->lent);
	a->lent = NULL;
	if (!item)
		return false;
	a->queued--;
	a->lent = rd_container(item, struct datagram, in_queue);
	*out = rd_span(a->lent->bytes, a->lent->len);
	return true;
}

bool rd_dtls_attempt_has_output(const struct rd_dtls_attempt *a)
{
	return a->queued > 0;
}

uint64_t rd_dtls_attempt_wait_ms(const struct rd_dtls_attempt *a)
{
	struct timeval left;

	if (DTLSv1_get_timeout(a->ssl, &left) != 1)
		return RD_NEVER;
	return (uint64_t)left.tv_sec * 1000 +
	       ((uint64_t)left.tv_usec + 999) / 1000;
}

enum rd_dtls_trouble rd_dtls_attempt_trouble(const struct rd_dtls_attempt *a)
{
	return a->trouble;
}

void rd_dtls_attempt_end(struct rd_dtls_attempt *a)
{
	ERR_clear_error();
	if (!wake_up(a) || SSL_shutdown(a->ssl) < 0)
		ERR_clear_error();
	fall_asleep(a);
}

enum rd_srtp_profile rd_dtls_attempt_profile(const struct rd_dtls_attempt *a)
{
	const SRTP_PROTECTION_PROFILE *p =
		SSL_get_selected_srtp_profile(a->ssl);

	/* The library's numbers are those of the extension, as ours are. */
	return p ? (enum rd_srtp_profile)p->id : RD_SRTP_NONE;
}

/* RFC 5764 4.2: client's key, server's key, client's salt, server's salt. */
enum rd_err rd_dtls_attempt_keys(struct rd_dtls_attempt *a,
				 uint8_t send[static RD_SRTP_KEYING_MAX],
				 uint8_t receive[static RD_SRTP_KEYING_MAX])
{
	enum rd_srtp_profile profile = rd_dtls_attempt_profile(a);
	size_t key_len = rd_srtp_key_len(profile);
	size_t salt_len = rd_srtp_salt_len(profile);
	bool is_client = a->role == RD_DTLS_CLIENT;
	uint8_t *client = is_client ? send : receive;
	uint8_t *server = is_client ? receive : send;
	uint8_t bytes[2 * RD_SRTP_KEYING_MAX];
	const uint8_t *at = bytes;

	rd_assert(key_len <= 32 && salt_len <= 14);
	if (SSL_export_keying_material(a->ssl, bytes, 2 * (key_len + salt_len),
				       exporter, sizeof(exporter) - 1, NULL, 0,
				       0) != 1) {
		ERR_clear_error();
		return RD_E_INTERNAL;
	}
	rd_assert(key_len <= RD_SRTP_KEYING_MAX &&
		  salt_len <= RD_SRTP_KEYING_MAX - key_len);
	memcpy(client, at, key_len);
	memcpy(server, at + key_len, key_len);
	at += 2 * key_len;
	memcpy(client + key_len, at, salt_len);
	memcpy(server + key_len, at + salt_len, salt_len);
	rd_wipe(bytes, sizeof(bytes));
	return RD_OK;
}
