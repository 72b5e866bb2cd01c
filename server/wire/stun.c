/* wire/stun.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire/stun.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/secret.h"

enum { /* attribute types, RFC 8489 18.3, RFC 8445 16.1 */
	USERNAME = 0x0006,
	INTEGRITY = 0x0008,
	ERROR_CODE = 0x0009,
	UNKNOWN_ATTRIBUTES = 0x000A,
	INTEGRITY_SHA256 = 0x001C,
	XOR_MAPPED_ADDRESS = 0x0020,
	PRIORITY = 0x0024,
	USE_CANDIDATE = 0x0025,
	FINGERPRINT = 0x8028,
	ICE_CONTROLLED = 0x8029,
	ICE_CONTROLLING = 0x802A,
};
/* Comprehension-required, harmless in a Binding request: RFC 5389 still had
 * REALM and NONCE there, RFC 8489 14.9 and 14.10. */
enum {
	REALM = 0x0014,
	NONCE = 0x0015,
	MAPPED_ADDRESS = 0x0001
};

enum {
	ATTRIBUTE_HEADER = 4,
	INTEGRITY_BYTES = 20,            /* RFC 8489 14.5 */
	FINGERPRINT_XOR = 0x5354554e,    /* RFC 8489 14.7, "STUN" */
	COMPREHENSION_OPTIONAL = 0x8000, /* RFC 8489 14 */
	LONGEST_REASON = 763,            /* RFC 8489 14.8, bytes */
};
#define MAGIC_COOKIE 0x2112A442u /* RFC 8489 5 */

struct rd_stun_key {
	EVP_MAC *hmac;
	EVP_MAC_CTX *ctx; /* keyed; begun anew for each message */
};

/* CRC-32 of ITU-T V.42, as RFC 8489 14.7 asks, a byte at a time. */
static const uint32_t crc_table[256] = {
	0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f,
	0xe963a535, 0x9e6495a3, 0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
	0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91, 0x1db71064, 0x6ab020f2,
	0xf3b97148, 0x84be41de, 0x1adad47d, 0x6ddde4eb, 0xf4d4b551, 0x83d385c7,
	0x136c9856, 0x646ba8c0, 0xfd62f97a, 0x8a65c9ec, 0x14015c4f, 0x63066cd9,
	0xfa0f3d63, 0x8d080df5, 0x3b6e20c8, 0x4c69105e, 0xd56041e4, 0xa2677172,
	0x3c03e4d1, 0x4b04d447, 0xd20d85fd, 0xa50ab56b, 0x35b5a8fa, 0x42b2986c,
	0xdbbbc9d6, 0xacbcf940, 0x32d86ce3, 0x45df5c75, 0xdcd60dcf, 0xabd13d59,
	0x26d930ac, 0x51de003a, 0xc8d75180, 0xbfd06116, 0x21b4f4b5, 0x56b3c423,
	0xcfba9599, 0xb8bda50f, 0x2802b89e, 0x5f058808, 0xc60cd9b2, 0xb10be924,
	0x2f6f7c87, 0x58684c11, 0xc1611dab, 0xb6662d3d, 0x76dc4190, 0x01db7106,
	0x98d220bc, 0xefd5102a, 0x71b18589, 0x06b6b51f, 0x9fbfe4a5, 0xe8b8d433,
	0x7807c9a2, 0x0f00f934, 0x9609a88e, 0xe10e9818, 0x7f6a0dbb, 0x086d3d2d,
	0x91646c97, 0xe6635c01, 0x6b6b51f4, 0x1c6c6162, 0x856530d8, 0xf262004e,
	0x6c0695ed, 0x1b01a57b, 0x8208f4c1, 0xf50fc457, 0x65b0d9c6, 0x12b7e950,
	0x8bbeb8ea, 0xfcb9887c, 0x62dd1ddf, 0x15da2d49, 0x8cd37cf3, 0xfbd44c65,
	0x4db26158, 0x3ab551ce, 0xa3bc0074, 0xd4bb30e2, 0x4adfa541, 0x3dd895d7,
	0xa4d1c46d, 0xd3d6f4fb, 0x4369e96a, 0x346ed9fc, 0xad678846, 0xda60b8d0,
	0x44042d73, 0x33031de5, 0xaa0a4c5f, 0xdd0d7cc9, 0x5005713c, 0x270241aa,
	0xbe0b1010, 0xc90c2086, 0x5768b525, 0x206f85b3, 0xb966d409, 0xce61e49f,
	0x5edef90e, 0x29d9c998, 0xb0d09822, 0xc7d7a8b4, 0x59b33d17, 0x2eb40d81,
	0xb7bd5c3b, 0xc0ba6cad, 0xedb88320, 0x9abfb3b6, 0x03b6e20c, 0x74b1d29a,
	0xead54739, 0x9dd277af, 0x04db2615, 0x73dc1683, 0xe3630b12, 0x94643b84,
	0x0d6d6a3e, 0x7a6a5aa8, 0xe40ecf0b, 0x9309ff9d, 0x0a00ae27, 0x7d079eb1,
	0xf00f9344, 0x8708a3d2, 0x1e01f268, 0x6906c2fe, 0xf762575d, 0x806567cb,
	0x196c3671, 0x6e6b06e7, 0xfed41b76, 0x89d32be0, 0x10da7a5a, 0x67dd4acc,
	0xf9b9df6f, 0x8ebeeff9, 0x17b7be43, 0x60b08ed5, 0xd6d6a3e8, 0xa1d1937e,
	0x38d8c2c4, 0x4fdff252, 0xd1bb67f1, 0xa6bc5767, 0x3fb506dd, 0x48b2364b,
	0xd80d2bda, 0xaf0a1b4c, 0x36034af6, 0x41047a60, 0xdf60efc3, 0xa867df55,
	0x316e8eef, 0x4669be79, 0xcb61b38c, 0xbc66831a, 0x256fd2a0, 0x5268e236,
	0xcc0c7795, 0xbb0b4703, 0x220216b9, 0x5505262f, 0xc5ba3bbe, 0xb2bd0b28,
	0x2bb45a92, 0x5cb36a04, 0xc2d7ffa7, 0xb5d0cf31, 0x2cd99e8b, 0x5bdeae1d,
	0x9b64c2b0, 0xec63f226, 0x756aa39c, 0x026d930a, 0x9c0906a9, 0xeb0e363f,
	0x72076785, 0x05005713, 0x95bf4a82, 0xe2b87a14, 0x7bb12bae, 0x0cb61b38,
	0x92d28e9b, 0xe5d5be0d, 0x7cdcefb7, 0x0bdbdf21, 0x86d3d2d4, 0xf1d4e242,
	0x68ddb3f8, 0x1fda836e, 0x81be16cd, 0xf6b9265b, 0x6fb077e1, 0x18b74777,
	0x88085ae6, 0xff0f6a70, 0x66063bca, 0x11010b5c, 0x8f659eff, 0xf862ae69,
	0x616bffd3, 0x166ccf45, 0xa00ae278, 0xd70dd2ee, 0x4e048354, 0x3903b3c2,
	0xa7672661, 0xd06016f7, 0x4969474d, 0x3e6e77db, 0xaed16a4a, 0xd9d65adc,
	0x40df0b66, 0x37d83bf0, 0xa9bcae53, 0xdebb9ec5, 0x47b2cf7f, 0x30b5ffe9,
	0xbdbdf21c, 0xcabac28a, 0x53b39330, 0x24b4a3a6, 0xbad03605, 0xcdd70693,
	0x54de5729, 0x23d967bf, 0xb3667a2e, 0xc4614ab8, 0x5d681b02, 0x2a6f2b94,
	0xb40bbe37, 0xc30c8ea1, 0x5a05df1b, 0x2d02ef8d,
};

static uint32_t crc32_of(struct rd_span bytes, uint32_t crc)
{
	for (size_t i = 0; i < bytes.len; i++)
		crc = crc >> 8 ^ crc_table[(crc ^ bytes.at[i]) & 0xff];
	return crc;
}

/* The 14 bits of method and class are interleaved, RFC 8489 5. */
static enum rd_stun_class class_of(uint16_t type)
{
	return (enum rd_stun_class)((type >> 7 & 2) | (type >> 4 & 1));
}

static uint16_t method_of(uint16_t type)
{
	return (uint16_t)((type & 0x3e00) >> 2 | (type & 0xe0) >> 1 |
			  (type & 0xf));
}

static uint16_t type_of(uint16_t method, enum rd_stun_class class)
{
	return (uint16_t)((method & 0xf80) << 2 | (method & 0x70) << 1 |
			  (method & 0xf) | (class & 2) << 7 | (class & 1) << 4);
}

/* What XOR-MAPPED-ADDRESS is masked with: cookie, then transaction id. */
static void mask_of(const uint8_t id[static RD_STUN_ID],
		    uint8_t mask[static 16])
{
	struct rd_writer w = rd_writer(mask, 16);

	rd_write_u32(&w, MAGIC_COOKIE);
	rd_write_bytes(&w, id, RD_STUN_ID);
}

static bool read_mapped(struct rd_stun *m, struct rd_span value)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct rd_reader r = rd_reader(value);
	uint8_t family, mask[16], ip[16];
	uint16_t port;
	size_t len;

	rd_read_u8(&r);
	family = rd_read_u8(&r);
	port = rd_read_u16(&r) ^ (uint16_t)(MAGIC_COOKIE >> 16);
	len = family == 1 ? 4 : 16;
	if (r.failed || (family != 1 && family != 2) ||
	    rd_reader_left(&r) != len)
		return false;
	mask_of(m->id, mask);
	for (size_t i = 0; i < len; i++)
		ip[i] = rd_read_u8(&r) ^ mask[i];

	v4.sin_port = v6.sin6_port = htons(port);
	memcpy(len == 4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr, ip,
	       len);
	m->mapped = rd_addr_from_sockaddr(len == 4 ? (struct sockaddr *)&v4
						   : (struct sockaddr *)&v6);
	return true;
}

static bool read_error(struct rd_stun *m, struct rd_span value)
{
	struct rd_reader r = rd_reader(value);
	uint8_t class, number;

	rd_read_u16(&r);
	class = rd_read_u8(&r) & 7;
	number = rd_read_u8(&r);
	if (r.failed || class < 3 || class > 6 || number > 99 ||
	    rd_reader_left(&r) > LONGEST_REASON)
		return false;
	m->error = (uint16_t)(class * 100 + number);
	m->because = rd_read_span(&r, rd_reader_left(&r));
	return true;
}

static void note_unknown(struct rd_stun *m, uint16_t type)
{
	if (m->unknown_count < RD_STUN_UNKNOWN)
		m->unknown[m->unknown_count++] = type;
}

static bool read_unknown(struct rd_stun *m, struct rd_span value)
{
	struct rd_reader r = rd_reader(value);

	if (value.len % 2)
		return false;
	while (m->class == RD_STUN_ERROR && rd_reader_left(&r))
		note_unknown(m, rd_read_u16(&r));
	return true;
}

static bool read_username(struct rd_stun *m, struct rd_span value)
{
	m->username = value;
	return value.len <= RD_STUN_USERNAME;
}

static bool read_priority(struct rd_stun *m, struct rd_span value)
{
	struct rd_reader r = rd_reader(value);

	m->priority = rd_read_u32(&r);
	return value.len == 4 && m->priority; /* RFC 8445 5.1.2: 1.. */
}

static bool read_role(struct rd_stun *m, struct rd_span value,
		      enum rd_ice_role role)
{
	struct rd_reader r = rd_reader(value);

	m->role = role;
	m->tie_breaker = rd_read_u64(&r);
	return value.len == 8;
}

/* False: malformed.  Of an attribute that comes twice the first counts, RFC
 * 8489 14. */
static bool read_attribute(struct rd_stun *m, uint16_t type,
			   struct rd_span value)
{
	switch (type) {
	case USERNAME:
		return m->username.at || read_username(m, value);
	case PRIORITY:
		return m->priority || read_priority(m, value);
	case USE_CANDIDATE:
		m->is_nominating = true;
		return value.len == 0;
	case ICE_CONTROLLED:
		return m->role || read_role(m, value, RD_ICE_CONTROLLED);
	case ICE_CONTROLLING:
		return m->role || read_role(m, value, RD_ICE_CONTROLLING);
	case XOR_MAPPED_ADDRESS:
		return m->mapped.family || read_mapped(m, value);
	case ERROR_CODE:
		return m->error || read_error(m, value);
	case UNKNOWN_ATTRIBUTES:
		return m->unknown_count || read_unknown(m, value);
	case MAPPED_ADDRESS:
	case REALM:
	case NONCE:
	case INTEGRITY_SHA256:
		return true;
	}
	if (type < COMPREHENSION_OPTIONAL && m->class != RD_STUN_ERROR)
		note_unknown(m, type);
	return true;
}

/* One attribute; false: malformed. */
static bool next_attribute(struct rd_stun *m, struct rd_reader *r)
{
	uint16_t at = (uint16_t)(r->at - m->bytes.at);
	uint16_t type = rd_read_u16(r);
	uint16_t len = rd_read_u16(r);
	struct rd_span value = rd_read_span(r, len);

	rd_read_bytes(r, (4 - len % 4) % 4);
	if (r->failed || m->fingerprint_at)
		return false; /* RFC 8489 14.7: FINGERPRINT is the last */
	if (type == FINGERPRINT) {
		m->fingerprint_at = at;
		return len == 4;
	}
	/* RFC 8489 14.5: nothing else counts after the integrity. */
	if (m->integrity_at)
		return true;
	if (type == INTEGRITY) {
		m->integrity_at = at;
		return len == INTEGRITY_BYTES;
	}
	return read_attribute(m, type, value);
}

enum rd_err rd_stun_parse(struct rd_stun *out, struct rd_span datagram)
{
	struct rd_reader r = rd_reader(datagram);
	uint16_t type, len;
	uint32_t cookie;

	memset(out, 0, sizeof(*out));
	if (datagram.len < RD_STUN_HEADER || datagram.len > RD_STUN_MAX)
		return RD_E_SIZE;
	out->bytes = datagram;
	type = rd_read_u16(&r);
	len = rd_read_u16(&r);
	cookie = rd_read_u32(&r);
	memcpy(out->id, rd_read_bytes(&r, RD_STUN_ID), RD_STUN_ID);
	if (type & 0xc000 || cookie != MAGIC_COOKIE || len % 4 ||
	    len != rd_reader_left(&r))
		return RD_E_FORMAT;

	out->class = class_of(type);
	out->method = method_of(type);
	while (rd_reader_left(&r))
		if (!next_attribute(out, &r))
			return RD_E_FORMAT;
	return RD_OK;
}

bool rd_stun_split_username(const struct rd_stun *m, struct rd_span *receiver,
			    struct rd_span *sender)
{
	const uint8_t *at = m->username.at;
	const uint8_t *colon = at ? memchr(at, ':', m->username.len) : NULL;

	*receiver = *sender = RD_SPAN_NONE;
	if (!colon)
		return false;
	*receiver = rd_span(at, (size_t)(colon - at));
	*sender = rd_span(colon + 1, m->username.len - receiver->len - 1);
	return receiver->len && sender->len;
}

enum rd_err rd_stun_key_open(struct rd_stun_key **out, struct rd_span password)
{
	char digest[] = "SHA1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
						 0),
		OSSL_PARAM_construct_end(),
	};
	struct rd_stun_key *k;

	*out = NULL;
	if (!password.len)
		return RD_E_SIZE;
	k = rd_zalloc(sizeof(*k));
	if (!k)
		return RD_E_NOMEM;
	k->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	k->ctx = k->hmac ? EVP_MAC_CTX_new(k->hmac) : NULL;
	if (!k->ctx ||
	    !EVP_MAC_init(k->ctx, password.at, password.len, params)) {
		rd_stun_key_close(k);
		return RD_E_INTERNAL;
	}
	*out = k;
	return RD_OK;
}

void rd_stun_key_close(struct rd_stun_key *k)
{
	if (!k)
		return;
	EVP_MAC_CTX_free(k->ctx);
	EVP_MAC_free(k->hmac);
	rd_free(k);
}

/* RFC 8489 14.5: over all that precedes the attribute, with a header that
 * claims the message ends with it. */
static bool hmac_of(struct rd_stun_key *k, struct rd_span before,
		    uint8_t out[static INTEGRITY_BYTES])
{
	size_t claimed = before.len + ATTRIBUTE_HEADER + INTEGRITY_BYTES -
			 RD_STUN_HEADER;
	uint8_t header[RD_STUN_HEADER];
	size_t len = 0;

	memcpy(header, before.at, sizeof(header));
	header[2] = (uint8_t)(claimed >> 8);
	header[3] = (uint8_t)claimed;
	/* Without a key: the one it has, no fetch, no new schedule. */
	return EVP_MAC_init(k->ctx, NULL, 0, NULL) &&
	       EVP_MAC_update(k->ctx, header, sizeof(header)) &&
	       EVP_MAC_update(k->ctx, before.at + sizeof(header),
			      before.len - sizeof(header)) &&
	       EVP_MAC_final(k->ctx, out, &len, INTEGRITY_BYTES) &&
	       len == INTEGRITY_BYTES;
}

enum rd_err rd_stun_check(const struct rd_stun *m, struct rd_stun_key *key)
{
	uint8_t right[INTEGRITY_BYTES];
	const uint8_t *got = m->bytes.at + m->integrity_at + ATTRIBUTE_HEADER;

	if (!m->integrity_at)
		return RD_E_AUTH;
	if (!hmac_of(key, rd_span(m->bytes.at, m->integrity_at), right))
		return RD_E_INTERNAL;
	if (!rd_secret_equal(rd_span(right, sizeof(right)),
			     rd_span(got, sizeof(right))))
		return RD_E_AUTH;
	return RD_OK;
}

/* RFC 8489 14.7: the length in the header counts the attribute already. */
static uint32_t fingerprint_of(struct rd_span before)
{
	return ~crc32_of(before, 0xffffffff) ^ FINGERPRINT_XOR;
}

bool rd_stun_has_fingerprint(const struct rd_stun *m)
{
	struct rd_span before = rd_span(m->bytes.at, m->fingerprint_at);
	struct rd_reader r = rd_reader(m->bytes);

	if (!m->fingerprint_at)
		return false;
	rd_read_bytes(&r, before.len + ATTRIBUTE_HEADER);
	return rd_read_u32(&r) == fingerprint_of(before);
}

static void write_attribute(struct rd_writer *w, uint16_t type,
			    struct rd_span value)
{
	static const uint8_t zero[3];

	rd_write_u16(w, type);
	rd_write_u16(w, (unsigned)value.len);
	rd_write_span(w, value);
	rd_write_bytes(w, zero, (4 - value.len % 4) % 4);
}

static void write_mapped(struct rd_writer *w, const struct rd_stun *m)
{
	size_t len = m->mapped.family == 4 ? 4 : 16;
	uint8_t mask[16];

	mask_of(m->id, mask);
	rd_write_u16(w, XOR_MAPPED_ADDRESS);
	rd_write_u16(w, (unsigned)(4 + len));
	rd_write_u16(w, len == 4 ? 1 : 2);
	rd_write_u16(w, m->mapped.port ^ (MAGIC_COOKIE >> 16));
	for (size_t i = 0; i < len; i++)
		rd_write_u8(w, m->mapped.ip[i] ^ mask[i]);
}

static void write_error(struct rd_writer *w, const struct rd_stun *m)
{
	uint8_t buf[4 + LONGEST_REASON];
	struct rd_writer value = rd_writer(buf, sizeof(buf));

	rd_write_u16(&value, 0);
	rd_write_u8(&value, m->error / 100);
	rd_write_u8(&value, m->error % 100);
	rd_write_span(&value, m->because);
	w->failed |= value.failed;
	write_attribute(w, ERROR_CODE, rd_writer_span(&value));
}

static void write_unknown(struct rd_writer *w, const struct rd_stun *m)
{
	rd_write_u16(w, UNKNOWN_ATTRIBUTES);
	rd_write_u16(w, m->unknown_count * 2u);
	for (unsigned i = 0; i < m->unknown_count; i++)
		rd_write_u16(w, m->unknown[i]);
	if (m->unknown_count % 2)
		rd_write_u16(w, 0);
}

static void write_attributes(struct rd_writer *w, const struct rd_stun *m)
{
	if (m->username.len)
		write_attribute(w, USERNAME, m->username);
	if (m->priority) {
		rd_write_u16(w, PRIORITY);
		rd_write_u16(w, 4);
		rd_write_u32(w, m->priority);
	}
	if (m->role) {
		rd_write_u16(w, m->role == RD_ICE_CONTROLLED ? ICE_CONTROLLED
							     : ICE_CONTROLLING);
		rd_write_u16(w, 8);
		rd_write_u64(w, m->tie_breaker);
	}
	if (m->is_nominating)
		write_attribute(w, USE_CANDIDATE, RD_SPAN_NONE);
	if (m->mapped.family)
		write_mapped(w, m);
	if (m->error)
		write_error(w, m);
	if (m->class == RD_STUN_ERROR && m->unknown_count)
		write_unknown(w, m);
}

/* Makes the header count what is written and len bytes that follow. */
static void set_length(struct rd_writer *w, uint8_t *start, size_t len)
{
	len += (size_t)(w->at - start) - RD_STUN_HEADER;
	start[2] = (uint8_t)(len >> 8);
	start[3] = (uint8_t)len;
}

enum rd_err rd_stun_encode(struct rd_writer *w, const struct rd_stun *m,
			   struct rd_stun_key *key)
{
	uint8_t mac[INTEGRITY_BYTES], *start = w->at;
	struct rd_span before;

	rd_write_u16(w, type_of(m->method, m->class));
	rd_write_u16(w, 0);
	rd_write_u32(w, MAGIC_COOKIE);
	rd_write_bytes(w, m->id, RD_STUN_ID);
	write_attributes(w, m);
	if (w->failed)
		return RD_E_SIZE;

	if (key) {
		before = rd_span(start, (size_t)(w->at - start));
		if (!hmac_of(key, before, mac))
			return RD_E_INTERNAL;
		write_attribute(w, INTEGRITY, rd_span(mac, sizeof(mac)));
	}
	set_length(w, start, ATTRIBUTE_HEADER + 4);
	before = rd_span(start, (size_t)(w->at - start));
	rd_write_u16(w, FINGERPRINT);
	rd_write_u16(w, 4);
	rd_write_u32(w, fingerprint_of(before));
	return w->failed ? RD_E_SIZE : RD_OK;
}

static struct rd_stun answer_to(const struct rd_stun *request,
				enum rd_stun_class class)
{
	struct rd_stun m = { .class = class, .method = request->method };

	memcpy(m.id, request->id, sizeof(m.id));
	return m;
}

enum rd_err rd_stun_write_success(struct rd_writer *w,
				  const struct rd_stun *request,
				  const struct rd_addr *mapped,
				  struct rd_stun_key *key)
{
	struct rd_stun m = answer_to(request, RD_STUN_SUCCESS);

	m.mapped = *mapped;
	return rd_stun_encode(w, &m, key);
}

static const char *reason_of(uint16_t code)
{
	switch (code) {
	case RD_STUN_BAD_REQUEST:
		return "Bad Request";
	case RD_STUN_UNAUTHENTICATED:
		return "Unauthenticated";
	case RD_STUN_UNKNOWN_ATTRIBUTE:
		return "Unknown";
	case RD_STUN_ROLE_CONFLICT:
		return "Role Conflict";
	}
	return "Error";
}

enum rd_err rd_stun_write_error(struct rd_writer *w,
				const struct rd_stun *request, uint16_t code,
				struct rd_stun_key *key)
{
	struct rd_stun m = answer_to(request, RD_STUN_ERROR);

	m.error = code;
	m.because = rd_span_text(reason_of(code));
	if (code == RD_STUN_UNKNOWN_ATTRIBUTE) {
		memcpy(m.unknown, request->unknown, sizeof(m.unknown));
		m.unknown_count = request->unknown_count;
	}
	return rd_stun_encode(w, &m, key);
}
