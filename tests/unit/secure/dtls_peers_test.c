/* tests/unit/secure/dtls_peers_test.c - a server and peers of many kinds, made
 * straight from OpenSSL: T50.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/timer.h"
#include "secure/dtls.h"

static const char both_profiles[] =
	"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";

enum certificate {
	P256,
	P384,
	P521,
	RSA_1024,
	RSA_2048,
	RSA_4096,
	ED25519,
	NONE,
	CHAIN, /* two of them */
	FAT,   /* 5000 bytes of comment */
};

struct kind {
	const char *what;
	enum certificate certificate;
	const char *profiles; /* NULL: no use_srtp */
	const char *ciphers;  /* NULL: the library's */
	uint64_t options;
	int version; /* the newest; 0: any */
	enum rd_dtls_trouble trouble;
	enum rd_srtp_profile profile;
};

static const struct kind kinds[] = {
	{ .what = "a browser",
	  .profiles = both_profiles,
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "its order does not count",
	  .profiles = "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM",
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "only the old profile",
	  .profiles = "SRTP_AES128_CM_SHA1_80",
	  .profile = RD_SRTP_AES128_CM_SHA1_80 },
	{ .what = "only a short tag",
	  .profiles = "SRTP_AES128_CM_SHA1_32",
	  .trouble = RD_DTLS_NO_SRTP },
	{ .what = "only AES-256",
	  .profiles = "SRTP_AEAD_AES_256_GCM",
	  .trouble = RD_DTLS_NO_SRTP },
	{ .what = "no use_srtp", .trouble = RD_DTLS_NO_SRTP },
	{ .what = "no extended master secret",
	  .profiles = both_profiles,
	  .options = SSL_OP_NO_EXTENDED_MASTER_SECRET,
	  .trouble = RD_DTLS_NO_EMS },
	{ .what = "P-384",
	  .certificate = P384,
	  .profiles = both_profiles,
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "P-521",
	  .certificate = P521,
	  .profiles = both_profiles,
	  .trouble = RD_DTLS_NOT_AGREED },
	{ .what = "Ed25519",
	  .certificate = ED25519,
	  .profiles = both_profiles,
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "RSA 2048",
	  .certificate = RSA_2048,
	  .profiles = both_profiles,
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "RSA 4096",
	  .certificate = RSA_4096,
	  .profiles = both_profiles,
	  .profile = RD_SRTP_AEAD_AES_128_GCM },
	{ .what = "RSA 1024",
	  .certificate = RSA_1024,
	  .profiles = both_profiles,
	  .trouble = RD_DTLS_BAD_CERTIFICATE },
	{ .what = "no certificate",
	  .certificate = NONE,
	  .profiles = both_profiles,
	  .trouble = RD_DTLS_BAD_CERTIFICATE },
	{ .what = "a chain",
	  .certificate = CHAIN,
	  .profiles = both_profiles,
	  .trouble = RD_DTLS_BAD_CERTIFICATE },
	{ .what = "a fat certificate",
	  .certificate = FAT,
	  .profiles = both_profiles,
	  .trouble = RD_DTLS_BAD_CERTIFICATE },
	{ .what = "DTLS 1.0",
	  .profiles = both_profiles,
	  .version = DTLS1_VERSION,
	  .trouble = RD_DTLS_NOT_AGREED },
	{ .what = "no encryption",
	  .profiles = both_profiles,
	  .ciphers = "eNULL:@SECLEVEL=0",
	  .trouble = RD_DTLS_NOT_AGREED },
	{ .what = "no AEAD",
	  .profiles = both_profiles,
	  .ciphers = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
	  .trouble = RD_DTLS_NOT_AGREED },
	{ .what = "no forward secrecy",
	  .profiles = both_profiles,
	  .ciphers = "AES128-GCM-SHA256:@SECLEVEL=0",
	  .trouble = RD_DTLS_NOT_AGREED },
	{ .what = "nobody's certificate",
	  .profiles = both_profiles,
	  .ciphers = "aNULL:@SECLEVEL=0",
	  .trouble = RD_DTLS_NOT_AGREED },
};

static EVP_PKEY *make_key(enum certificate c)
{
	switch (c) {
	case P384:
		return EVP_EC_gen("P-384");
	case P521:
		return EVP_EC_gen("P-521");
	case RSA_1024:
		return EVP_RSA_gen(1024);
	case RSA_2048:
		return EVP_RSA_gen(2048);
	case RSA_4096:
		return EVP_RSA_gen(4096);
	case ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	default:
		return EVP_EC_gen("P-256");
	}
}

static X509 *make_certificate(EVP_PKEY *key, enum certificate c)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const uint8_t *)"peer", -1, -1, 0);
	X509_set_issuer_name(x, name);
	if (c == FAT) {
		char comment[5001];
		X509_EXTENSION *e;

		memset(comment, 'x', 5000);
		comment[5000] = '\0';
		e = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment,
					comment);
		CHECK(e && X509_add_ext(x, e, -1));
		X509_EXTENSION_free(e);
	}
	CHECK(X509_sign(x, key, c == ED25519 ? NULL : EVP_sha256()) > 0);
	return x;
}

static int accept_any(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static SSL_CTX *make_context(const struct kind *k, struct rd_fingerprint *f,
			     const EVP_MD *hash)
{
	SSL_CTX *ctx = SSL_CTX_new(DTLS_client_method());
	EVP_PKEY *key = make_key(k->certificate);
	X509 *x = make_certificate(key, k->certificate);
	unsigned len = 0;

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_cert_verify_callback(ctx, accept_any, NULL);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(ctx, k->options | SSL_OP_NO_QUERY_MTU);
	if (k->version)
		SSL_CTX_set_max_proto_version(ctx, k->version);
	if (k->ciphers)
		CHECK_EQ(SSL_CTX_set_cipher_list(ctx, k->ciphers), 1);
	if (k->profiles)
		CHECK_EQ(SSL_CTX_set_tlsext_use_srtp(ctx, k->profiles), 0);
	if (k->certificate != NONE) {
		CHECK_EQ(SSL_CTX_use_certificate(ctx, x), 1);
		CHECK_EQ(SSL_CTX_use_PrivateKey(ctx, key), 1);
	}
	if (k->certificate == CHAIN)
		CHECK_EQ(SSL_CTX_add1_chain_cert(ctx, x), 1);
	X509_digest(x, hash, f->digest, &len);
	f->len = (uint8_t)len;
	X509_free(x);
	EVP_PKEY_free(key);
	return ctx;
}

struct scene {
	SSL_CTX *ctx;
	SSL *peer;
	BIO *to_peer;
	BIO *from_peer;
	struct rd_dtls_identity *id;
	struct rd_dtls *server;
};

static void scene_open(struct scene *s, const struct kind *k,
		       const EVP_MD *hash)
{
	struct rd_fingerprint f = { 0 };

	s->ctx = make_context(k, &f, hash);
	s->peer = SSL_new(s->ctx);
	s->to_peer = BIO_new(BIO_s_mem());
	s->from_peer = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(s->to_peer, -1);
	SSL_set_bio(s->peer, s->to_peer, s->from_peer);
	SSL_set_mtu(s->peer, 1200);
	SSL_set_connect_state(s->peer);
	CHECK_OK(rd_dtls_identity_open(&s->id));
	CHECK_OK(rd_dtls_open(&s->server, s->id, RD_DTLS_SERVER, &f, 0));
}

static void scene_close(struct scene *s)
{
	rd_dtls_close(s->server);
	rd_dtls_identity_close(s->id);
	SSL_free(s->peer);
	SSL_CTX_free(s->ctx);
}

/* The peer's BIO joins its records: each is a datagram again. */
static bool speak(struct scene *s)
{
	uint8_t header[13], record[4096];
	bool any = false;

	while (BIO_read(s->from_peer, header, 13) == 13) {
		int len = header[11] << 8 | header[12];

		CHECK(len <= (int)sizeof(record) - 13);
		memcpy(record, header, 13);
		CHECK_EQ(BIO_read(s->from_peer, record + 13, len), len);
		rd_dtls_feed(s->server, rd_span(record, (size_t)len + 13), 1);
		any = true;
	}
	return any;
}

/* The library reads one datagram of a memory BIO at a time only if it is
 * alone in it. */
static bool listen_one(struct scene *s)
{
	struct rd_span out;

	if (!rd_dtls_poll(s->server, 1, &out))
		return false;
	CHECK(out.len <= RD_DTLS_MTU);
	BIO_write(s->to_peer, out.at, (int)out.len);
	SSL_do_handshake(s->peer);
	return true;
}

static void run(struct scene *s)
{
	bool any = true;

	SSL_do_handshake(s->peer);
	for (unsigned i = 0; any && i < 20; i++) {
		any = speak(s);
		while (listen_one(s))
			any = true;
	}
}

TEST(each_kind_of_peer_gets_what_is_due)
{
	RFC("5764 4.1.2");
	RFC("7627 5.2");
	for (size_t i = 0; i < RD_COUNT(kinds); i++) {
		const struct kind *k = &kinds[i];
		bool is_welcome = k->trouble == RD_DTLS_NO_TROUBLE;
		struct rd_srtp *send, *receive;
		struct scene s;

		scene_open(&s, k, EVP_sha256());
		run(&s);
		if (rd_dtls_trouble(s.server) != k->trouble ||
		    (rd_dtls_state(s.server) == RD_DTLS_READY) != is_welcome)
			fail_msg("%s: %s", k->what,
				 rd_dtls_trouble_text(
					 rd_dtls_trouble(s.server)));
		CHECK_EQ(rd_dtls_profile(s.server), k->profile);
		CHECK_ERR(rd_dtls_take_keys(s.server, &send, &receive),
			  is_welcome ? RD_OK : RD_E_STATE);
		rd_srtp_close(send);
		rd_srtp_close(receive);
		scene_close(&s);
	}
}

TEST(a_fingerprint_may_be_longer)
{
	const EVP_MD *const hashes[] = { EVP_sha256(), EVP_sha384(),
					 EVP_sha512() };

	RFC("8122 5");
	for (size_t i = 0; i < RD_COUNT(hashes); i++) {
		struct scene s;

		scene_open(&s, &kinds[0], hashes[i]);
		run(&s);
		CHECK_EQ(rd_dtls_state(s.server), RD_DTLS_READY);
		scene_close(&s);
	}
}

TEST(data_and_a_second_handshake_are_not_wanted)
{
	uint8_t data[900] = { 0 };
	struct scene s;

	RFC("5764 3");
	scene_open(&s, &kinds[0], EVP_sha256());
	run(&s);
	for (unsigned i = 0; i < 50; i++)
		CHECK_EQ(SSL_write(s.peer, data, sizeof(data)), sizeof(data));
	speak(&s);
	CHECK_EQ(rd_dtls_state(s.server), RD_DTLS_READY);
	SSL_renegotiate(s.peer);
	run(&s);
	CHECK_EQ(rd_dtls_state(s.server), RD_DTLS_READY);
	CHECK_EQ(rd_dtls_counts(s.server)->attempts, 1);
	scene_close(&s);
}

/* The deadline is for the handshake alone; a session has none. */
TEST(a_session_does_not_end_by_itself)
{
	struct rd_span out;
	struct scene s;

	scene_open(&s, &kinds[0], EVP_sha256());
	run(&s);
	CHECK(!rd_dtls_poll(s.server, 3600 * 1000, &out));
	CHECK_EQ(rd_dtls_state(s.server), RD_DTLS_READY);
	CHECK_EQ(rd_dtls_due_ms(s.server), RD_NEVER);
	scene_close(&s);
}

RD_TESTS(T(each_kind_of_peer_gets_what_is_due), T(a_fingerprint_may_be_longer),
	 T(data_and_a_second_handshake_are_not_wanted),
	 T(a_session_does_not_end_by_itself))
