/* signaling/token.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "signaling/token.h"

#include "base/text.h"
#include "secure/hash.h"

enum {
	VERSION = 1,
	HEAD_BYTES = 1 + 8,
	MAC_BYTES = RD_SHA256_LEN,
	BYTES_MAX = HEAD_BYTES + RD_SIGNALING_ID_TEXT + MAC_BYTES,
};

/* The meeting's length stands in front, or "ab" + "c" would sign "a" + "bc". */
static void sign(struct rd_span key, const char *meeting_id,
		 struct rd_span head, uint8_t mac[static MAC_BYTES])
{
	static const char purpose[] = "ringdown join token";
	uint8_t buf[sizeof(purpose) + 1 + RD_SIGNALING_ID_TEXT + BYTES_MAX];
	struct rd_writer w = rd_writer(buf, sizeof(buf));
	size_t meeting_len = strlen(meeting_id);

	rd_write_bytes(&w, purpose, sizeof(purpose));
	rd_write_u8(&w, (unsigned)meeting_len);
	rd_write_bytes(&w, meeting_id, meeting_len);
	rd_write_span(&w, head);
	rd_assert(!w.failed);
	rd_hmac_sha256(key, rd_writer_span(&w), mac);
}

void rd_join_token_sign(struct rd_span key, const char *meeting_id,
			const char *attendee_id, uint64_t expiry_ms,
			char out[RD_SIGNALING_TOKEN_TEXT])
{
	uint8_t buf[BYTES_MAX], mac[MAC_BYTES];
	struct rd_writer w = rd_writer(buf, sizeof(buf));

	rd_write_u8(&w, VERSION);
	rd_write_u64(&w, expiry_ms);
	rd_write_bytes(&w, attendee_id, strlen(attendee_id));
	sign(key, meeting_id, rd_writer_span(&w), mac);
	rd_write_bytes(&w, mac, sizeof(mac));
	rd_assert(!w.failed);
	rd_assert(rd_base64url_encode(rd_writer_span(&w), out,
				      RD_SIGNALING_TOKEN_TEXT) == RD_OK);
}

enum rd_err rd_join_token_check(struct rd_span key, const char *meeting_id,
				struct rd_span token,
				char attendee_id[RD_SIGNALING_ID_TEXT],
				uint64_t *expiry_ms)
{
	uint8_t buf[BYTES_MAX], mac[MAC_BYTES];
	struct rd_span head, id;
	struct rd_reader r;
	size_t len;

	attendee_id[0] = '\0';
	*expiry_ms = 0;
	if (strlen(meeting_id) >= RD_SIGNALING_ID_TEXT)
		return RD_E_AUTH;
	if (rd_base64url_decode(token, buf, sizeof(buf), &len) != RD_OK ||
	    len <= HEAD_BYTES + MAC_BYTES)
		return RD_E_AUTH;
	head = rd_span(buf, len - MAC_BYTES);
	sign(key, meeting_id, head, mac);
	if (!rd_secret_equal(rd_span(buf + head.len, MAC_BYTES),
			     rd_span(mac, MAC_BYTES)))
		return RD_E_AUTH;

	r = rd_reader(head);
	if (rd_read_u8(&r) != VERSION)
		return RD_E_AUTH;
	*expiry_ms = rd_read_u64(&r);
	id = rd_read_span(&r, rd_reader_left(&r));
	rd_text_copy(attendee_id, RD_SIGNALING_ID_TEXT, id);
	return RD_OK;
}
