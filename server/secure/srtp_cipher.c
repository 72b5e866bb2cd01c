/* secure/srtp_cipher.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One library context per direction serves RTP and RTCP: it takes the other
 * session key when the kind changes, about twice a second, and a call needs
 * half the memory.
 *
 * AES-CM is made from AES-ECB over the counter blocks, which we write
 * ourselves: setting a new counter in a CTR context costs more than
 * encrypting a voice packet (45 of 70 ns).  HMAC goes through the old SHA-1
 * functions, since they can start from a stored state; EVP_MAC takes 90 ns
 * more for every packet.
 */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include "secure/srtp_cipher.h"

#include <endian.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include "base/secret.h"

enum {
	BLOCK = 16,
	IV_LEN = 16,
	KEY_MAX = 32,
	SHA1_BLOCK = 64,
	SHA1_WORDS = 5,
	AUTH_KEY_LEN = 20,    /* RFC 3711 5.2 */
	GCM_TAG_LEN = 16,     /* RFC 7714 13.2 */
	CM_RTCP_TAG_LEN = 10, /* RFC 3711 5.2; SDES keeps it, RFC 4568 6.2.2 */
	BLOCKS_AT_ONCE = 16,
	CACHE_LINE = 64,
	CONTEXT_GCM = 1152, /* of the library, OpenSSL 3.0 */
	CONTEXT_ECB = 640,
};

struct suite {
	enum rd_srtp_profile profile;
	const char *name;
	uint8_t key_len;
	uint8_t salt_len;
	uint8_t tag_len; /* of RTP */
	bool is_aead;
};

static const struct suite suites[] = {
	{ RD_SRTP_AES128_CM_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 16, 14, 10,
	  false },
	{ RD_SRTP_AES128_CM_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 16, 14, 4,
	  false },
	{ RD_SRTP_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 16, 12, 16, true },
	{ RD_SRTP_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 32, 12, 16, true },
};

struct session_keys {
	uint8_t key[KEY_MAX];
	uint64_t salt_high; /* its first 8 bytes; after its end it is 0 */
	uint64_t salt_low;
	uint32_t inner[SHA1_WORDS]; /* HMAC, after the first block */
	uint32_t outer[SHA1_WORDS];
};

struct rd_srtp_cipher {
	const struct suite *suite;
	bool is_sealing;

	EVP_CIPHER_CTX *ctx;
	enum rd_srtp_kind loaded; /* whose key ctx has */
	struct session_keys keys[RD_SRTP_KINDS];
};

static const struct suite *suite_of(enum rd_srtp_profile profile)
{
	for (size_t i = 0; i < RD_COUNT(suites); i++)
		if (suites[i].profile == profile)
			return &suites[i];
	return NULL;
}

size_t rd_srtp_key_len(enum rd_srtp_profile profile)
{
	const struct suite *suite = suite_of(profile);

	return suite ? suite->key_len : 0;
}

size_t rd_srtp_salt_len(enum rd_srtp_profile profile)
{
	const struct suite *suite = suite_of(profile);

	return suite ? suite->salt_len : 0;
}

const char *rd_srtp_profile_name(enum rd_srtp_profile profile)
{
	const struct suite *suite = suite_of(profile);

	return suite ? suite->name : NULL;
}

enum rd_srtp_profile rd_srtp_profile_parse(struct rd_span name)
{
	for (size_t i = 0; i < RD_COUNT(suites); i++)
		if (rd_span_is(name, suites[i].name))
			return suites[i].profile;
	return RD_SRTP_NONE;
}

static const EVP_CIPHER *ecb_of(const struct suite *suite)
{
	return suite->key_len == 32 ? EVP_aes_256_ecb() : EVP_aes_128_ecb();
}

static const EVP_CIPHER *packet_cipher_of(const struct suite *suite)
{
	if (!suite->is_aead)
		return ecb_of(suite);
	return suite->key_len == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
}

/* RFC 3711 4.3.1, 4.3.3 with key derivation rate 0: the key stream of AES-CM
 * under the master key, at salt * 2^16 with the label in its 8th byte.
 * RFC 7714 11: a salt of 12 bytes is used as if two 0 bytes followed. */
static bool derive(EVP_CIPHER_CTX *prf, struct rd_span salt, uint8_t label,
		   uint8_t *out, size_t len)
{
	uint8_t blocks[3 * BLOCK] = { 0 };
	int n = 0;
	bool ok;

	for (size_t i = 0; i < 3; i++) {
		memcpy(blocks + i * BLOCK, salt.at, salt.len);
		blocks[i * BLOCK + 7] ^= label;
		blocks[i * BLOCK + 15] = (uint8_t)i;
	}
	ok = EVP_EncryptUpdate(prf, blocks, &n, blocks, sizeof(blocks)) == 1;
	if (ok)
		memcpy(out, blocks, len);
	rd_wipe(blocks, sizeof(blocks));
	return ok;
}

static void sha1_begin(SHA_CTX *sha, const uint32_t state[static SHA1_WORDS])
{
	sha->h0 = state[0];
	sha->h1 = state[1];
	sha->h2 = state[2];
	sha->h3 = state[3];
	sha->h4 = state[4];
	sha->Nl = SHA1_BLOCK * 8; /* one block has been hashed */
	sha->Nh = 0;
	sha->num = 0;
}

/* RFC 2104 4: the state after the padded key, to begin each packet with. */
static void hmac_state(const uint8_t key[static AUTH_KEY_LEN], uint8_t pad,
		       uint32_t out[static SHA1_WORDS])
{
	uint8_t block[SHA1_BLOCK];
	SHA_CTX sha;

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < AUTH_KEY_LEN; i++)
		block[i] ^= key[i];
	SHA1_Init(&sha);
	SHA1_Update(&sha, block, sizeof(block));
	out[0] = sha.h0;
	out[1] = sha.h1;
	out[2] = sha.h2;
	out[3] = sha.h3;
	out[4] = sha.h4;
	rd_wipe(block, sizeof(block));
	rd_wipe(&sha, sizeof(sha));
}

/* Labels 0, 1, 2 for RTP and 3, 4, 5 for RTCP: RFC 3711 4.3.2. */
static bool derive_session(EVP_CIPHER_CTX *prf, const struct suite *suite,
			   struct rd_span salt, uint8_t first_label,
			   struct rd_srtp_session *out)
{
	return derive(prf, salt, first_label, out->key, suite->key_len) &&
	       (suite->is_aead || derive(prf, salt, first_label + 1, out->auth,
					 sizeof(out->auth))) &&
	       derive(prf, salt, first_label + 2, out->salt, suite->salt_len);
}

enum rd_err rd_srtp_derive(enum rd_srtp_profile profile, struct rd_span keying,
			   struct rd_srtp_session out[static RD_SRTP_KINDS])
{
	const struct suite *suite = suite_of(profile);
	struct rd_span salt;
	EVP_CIPHER_CTX *prf;
	bool ok;

	memset(out, 0, RD_SRTP_KINDS * sizeof(out[0]));
	if (!suite)
		return RD_E_UNSUPPORTED;
	if (keying.len != (size_t)suite->key_len + suite->salt_len)
		return RD_E_SIZE;
	salt = rd_span(keying.at + suite->key_len, suite->salt_len);
	prf = EVP_CIPHER_CTX_new();
	ok = prf &&
	     EVP_EncryptInit_ex(prf, ecb_of(suite), NULL, keying.at, NULL) ==
		     1 &&
	     EVP_CIPHER_CTX_set_padding(prf, 0) == 1 &&
	     derive_session(prf, suite, salt, 0, &out[RD_SRTP_RTP]) &&
	     derive_session(prf, suite, salt, 3, &out[RD_SRTP_RTCP]);
	EVP_CIPHER_CTX_free(prf);
	return ok ? RD_OK : RD_E_INTERNAL;
}

/* AES-CM encrypts to decrypt. */
static int direction(const struct rd_srtp_cipher *c)
{
	return c->is_sealing || !c->suite->is_aead;
}

static bool load_key(struct rd_srtp_cipher *c, enum rd_srtp_kind kind)
{
	if (c->loaded == kind)
		return true;
	if (EVP_CipherInit_ex(c->ctx, NULL, NULL, c->keys[kind].key, NULL,
			      direction(c)) != 1)
		return false;
	c->loaded = kind;
	return true;
}

static void keep_keys(struct session_keys *to,
		      const struct rd_srtp_session *from)
{
	uint8_t padded[IV_LEN] = { 0 };
	struct rd_reader salt = rd_reader(rd_span(padded, sizeof(padded)));

	memcpy(padded, from->salt, sizeof(from->salt));
	memcpy(to->key, from->key, sizeof(to->key));
	to->salt_high = rd_read_u64(&salt);
	to->salt_low = rd_read_u64(&salt);
	hmac_state(from->auth, 0x36, to->inner);
	hmac_state(from->auth, 0x5c, to->outer);
	rd_wipe(padded, sizeof(padded));
}

enum rd_err rd_srtp_cipher_open(
	struct rd_srtp_cipher **out, enum rd_srtp_profile profile,
	enum rd_srtp_way way,
	const struct rd_srtp_session keys[static RD_SRTP_KINDS])
{
	const struct suite *suite = suite_of(profile);
	struct rd_srtp_cipher *c;

	*out = NULL;
	if (!suite)
		return RD_E_UNSUPPORTED;
	c = rd_zalloc(sizeof(*c));
	if (!c)
		return RD_E_NOMEM;
	c->suite = suite;
	c->is_sealing = way == RD_SRTP_SEND;
	c->loaded = RD_SRTP_RTP;
	keep_keys(&c->keys[RD_SRTP_RTP], &keys[RD_SRTP_RTP]);
	keep_keys(&c->keys[RD_SRTP_RTCP], &keys[RD_SRTP_RTCP]);
	c->ctx = EVP_CIPHER_CTX_new();
	/* GCM has no padding, but a context that was told so would be told
	 * again with each packet's IV, by name, which takes 22 ns. */
	if (!c->ctx ||
	    EVP_CipherInit_ex(c->ctx, packet_cipher_of(suite), NULL,
			      c->keys[RD_SRTP_RTP].key, NULL,
			      direction(c)) != 1 ||
	    (!suite->is_aead && EVP_CIPHER_CTX_set_padding(c->ctx, 0) != 1)) {
		rd_srtp_cipher_close(c);
		return RD_E_INTERNAL;
	}
	*out = c;
	return RD_OK;
}

void rd_srtp_cipher_close(struct rd_srtp_cipher *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->ctx); /* wipes the round keys */
	rd_wipe(c, sizeof(*c));
	rd_free(c);
}

/* Behind its context the library keeps the cipher's own state, with the round
 * keys: it allocates one right after the other.  Where that is not so, we ask
 * for the wrong memory and no harm is done. */
void rd_srtp_cipher_expect(const struct rd_srtp_cipher *c, unsigned step)
{
	uintptr_t at = step ? (uintptr_t)c->ctx : (uintptr_t)c;
	size_t bytes = sizeof(*c);

	if (step)
		bytes = c->suite->is_aead ? CONTEXT_GCM : CONTEXT_ECB;
	for (uintptr_t line = at; line < at + bytes; line += CACHE_LINE)
		__builtin_prefetch((const void *)line);
}

size_t rd_srtp_cipher_tag_len(const struct rd_srtp_cipher *c,
			      enum rd_srtp_kind kind)
{
	if (c->suite->is_aead || kind == RD_SRTP_RTP)
		return c->suite->tag_len;
	return CM_RTCP_TAG_LEN;
}

bool rd_srtp_cipher_is_aead(const struct rd_srtp_cipher *c)
{
	return c->suite->is_aead;
}

/* The next 8 bytes in network order. */
static void put_u64(uint8_t *at, uint64_t v)
{
	v = htobe64(v);
	memcpy(at, &v, 8);
}

static void xor_into(uint8_t *data, const uint8_t *stream, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t a, b;

		memcpy(&a, data + i, 8);
		memcpy(&b, stream + i, 8);
		a ^= b;
		memcpy(data + i, &a, 8);
	}
	for (; i < len; i++)
		data[i] ^= stream[i];
}

/* AES in counter mode over the payload, from salt * 2^16 with ssrc * 2^64 and
 * index * 2^16 over it: RFC 3711 4.1.1.  The blocks are put together from
 * words: bytes written one by one and read as a block stall the processor. */
static bool cm_crypt(struct rd_srtp_cipher *c, const struct rd_srtp_packet *p)
{
	const struct session_keys *k = &c->keys[p->kind];
	uint64_t high = k->salt_high ^ p->ssrc;
	uint64_t low = k->salt_low ^ p->index << 16;
	uint8_t stream[BLOCKS_AT_ONCE * BLOCK];
	uint8_t *at = p->at + p->header_len;
	size_t left = p->payload_len;

	while (left > 0) {
		size_t len = rd_min_size(left, sizeof(stream));
		size_t blocks = (len + BLOCK - 1) / BLOCK;
		int n;

		for (size_t i = 0; i < blocks; i++) {
			put_u64(stream + i * BLOCK, high);
			put_u64(stream + i * BLOCK + 8, low++);
		}
		if (EVP_EncryptUpdate(c->ctx, stream, &n, stream,
				      (int)(blocks * BLOCK)) != 1)
			return false;
		xor_into(at, stream, len);
		at += len;
		left -= len;
	}
	return true;
}

/* RFC 3711 4.2: over the packet and, for RTP, the roll-over count behind it. */
static void cm_tag(const struct rd_srtp_cipher *c,
		   const struct rd_srtp_packet *p, size_t authentic_len,
		   uint8_t tag[static SHA_DIGEST_LENGTH])
{
	const struct session_keys *k = &c->keys[p->kind];
	SHA_CTX sha;

	sha1_begin(&sha, k->inner);
	SHA1_Update(&sha, p->at, authentic_len);
	if (p->kind == RD_SRTP_RTP) {
		uint32_t rolled = (uint32_t)(p->index >> 16);
		uint8_t word[4] = { (uint8_t)(rolled >> 24),
				    (uint8_t)(rolled >> 16),
				    (uint8_t)(rolled >> 8), (uint8_t)rolled };

		SHA1_Update(&sha, word, sizeof(word));
	}
	SHA1_Final(tag, &sha);
	sha1_begin(&sha, k->outer);
	SHA1_Update(&sha, tag, SHA_DIGEST_LENGTH);
	SHA1_Final(tag, &sha);
}

static size_t cm_authentic_len(const struct rd_srtp_packet *p)
{
	return p->header_len + p->payload_len +
	       (p->kind == RD_SRTP_RTCP ? 4 : 0);
}

static enum rd_err cm_seal(struct rd_srtp_cipher *c,
			   const struct rd_srtp_packet *p)
{
	size_t len = cm_authentic_len(p);
	uint8_t tag[SHA_DIGEST_LENGTH];

	if (!cm_crypt(c, p))
		return RD_E_INTERNAL;
	cm_tag(c, p, len, tag);
	memcpy(p->at + len, tag, rd_srtp_cipher_tag_len(c, p->kind));
	return RD_OK;
}

static enum rd_err cm_unseal(struct rd_srtp_cipher *c,
			     const struct rd_srtp_packet *p)
{
	size_t tag_len = rd_srtp_cipher_tag_len(c, p->kind);
	size_t len = cm_authentic_len(p);
	uint8_t tag[SHA_DIGEST_LENGTH];

	cm_tag(c, p, len, tag);
	if (!rd_secret_equal(rd_span(tag, tag_len),
			     rd_span(p->at + len, tag_len)))
		return RD_E_AUTH;
	return cm_crypt(c, p) ? RD_OK : RD_E_INTERNAL;
}

/* What is authentic but in clear: the header and, for RTCP, the word with E
 * and index, which here stands behind the tag: RFC 7714 8.2, 9.2. */
static bool gcm_begin(struct rd_srtp_cipher *c, const struct rd_srtp_packet *p)
{
	const struct session_keys *k = &c->keys[p->kind];
	const uint8_t *word;
	uint8_t iv[IV_LEN]; /* 12 of it: RFC 7714 8.1, 9.1 */
	int n;

	put_u64(iv, k->salt_high ^ (uint64_t)p->ssrc << 16 ^ p->index >> 32);
	put_u64(iv + 8, k->salt_low ^ p->index << 32);
	if (EVP_CipherInit_ex(c->ctx, NULL, NULL, NULL, iv, -1) != 1 ||
	    EVP_CipherUpdate(c->ctx, NULL, &n, p->at, (int)p->header_len) != 1)
		return false;
	if (p->kind == RD_SRTP_RTP)
		return true;
	word = p->at + p->header_len + p->payload_len + GCM_TAG_LEN;
	return EVP_CipherUpdate(c->ctx, NULL, &n, word, 4) == 1;
}

/* The library takes an update of no bytes for the end. */
static bool gcm_payload(struct rd_srtp_cipher *c,
			const struct rd_srtp_packet *p)
{
	uint8_t *at = p->at + p->header_len;
	int n;

	return p->payload_len == 0 ||
	       EVP_CipherUpdate(c->ctx, at, &n, at, (int)p->payload_len) == 1;
}

static enum rd_err gcm_seal(struct rd_srtp_cipher *c,
			    const struct rd_srtp_packet *p)
{
	uint8_t *tag = p->at + p->header_len + p->payload_len;
	int n;

	/* Asked for directly: EVP_CIPHER_CTX_ctrl takes 20 ns longer. */
	OSSL_PARAM want[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag,
					GCM_TAG_LEN),
		OSSL_PARAM_END,
	};

	if (!gcm_begin(c, p) || !gcm_payload(c, p) ||
	    EVP_CipherFinal_ex(c->ctx, tag, &n) != 1 ||
	    EVP_CIPHER_CTX_get_params(c->ctx, want) != 1)
		return RD_E_INTERNAL;
	return RD_OK;
}

static enum rd_err gcm_unseal(struct rd_srtp_cipher *c,
			      const struct rd_srtp_packet *p)
{
	uint8_t *tag = p->at + p->header_len + p->payload_len;
	uint8_t nothing[BLOCK];
	int n;

	if (!gcm_begin(c, p) || !gcm_payload(c, p) ||
	    EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_LEN,
				tag) != 1)
		return RD_E_INTERNAL;
	return EVP_CipherFinal_ex(c->ctx, nothing, &n) == 1 ? RD_OK : RD_E_AUTH;
}

enum rd_err rd_srtp_seal(struct rd_srtp_cipher *c,
			 const struct rd_srtp_packet *p)
{
	rd_assert(c->is_sealing);
	if (!load_key(c, p->kind))
		return RD_E_INTERNAL;
	return c->suite->is_aead ? gcm_seal(c, p) : cm_seal(c, p);
}

enum rd_err rd_srtp_unseal(struct rd_srtp_cipher *c,
			   const struct rd_srtp_packet *p)
{
	rd_assert(!c->is_sealing);
	if (!load_key(c, p->kind))
		return RD_E_INTERNAL;
	return c->suite->is_aead ? gcm_unseal(c, p) : cm_unseal(c, p);
}
