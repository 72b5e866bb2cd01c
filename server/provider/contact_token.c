/* provider/contact_token.c - the participant's tokens: one for the contact,
 * and those of his connections.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A token is 256 bits in base64url, kept as its SHA-256.  That of the contact
 * is a code of the contact's id under a key of the process, so that the same
 * client token is answered with the same participant token, which nobody
 * keeps.
 */
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "provider/contacts_priv.h"

_Static_assert(RD_BASE64URL_LEN(RD_SHA256_LEN) + 1 == RD_CONTACT_TOKEN,
	       "a token fits, and no more");

static void write_token(const uint8_t bits[static RD_SHA256_LEN],
			char out[RD_CONTACT_TOKEN])
{
	enum rd_err err = rd_base64url_encode(rd_span(bits, RD_SHA256_LEN), out,
					      RD_CONTACT_TOKEN);

	rd_assert(err == RD_OK);
}

static uint64_t key_of(const uint8_t hash[static RD_SHA256_LEN])
{
	uint64_t key;

	memcpy(&key, hash, sizeof(key));
	return key;
}

static bool is_hash(const uint8_t *a, const uint8_t *b)
{
	return rd_secret_equal(rd_span(a, RD_SHA256_LEN),
			       rd_span(b, RD_SHA256_LEN));
}

void rd_contact_participant_token(const struct rd_contact *it,
				  char out[RD_CONTACT_TOKEN])
{
	const struct rd_contacts *c = it->contacts;
	uint8_t bits[RD_SHA256_LEN];

	rd_hmac_sha256(rd_span(c->key, sizeof(c->key)), rd_span_text(it->id),
		       bits);
	write_token(bits, out);
	rd_wipe(bits, sizeof(bits));
}

enum rd_err rd_contact_take_token(struct rd_contact *it)
{
	char token[RD_CONTACT_TOKEN];

	rd_contact_participant_token(it, token);
	rd_sha256(rd_span_text(token), it->participant_hash);
	rd_wipe(token, sizeof(token));
	return rd_table_put(&it->contacts->participants,
			    key_of(it->participant_hash), it);
}

static void drop_connection(struct rd_contact *it,
			    struct rd_contact_connected *one)
{
	if (one->expires_wall_ms)
		rd_table_take(&it->contacts->connections, key_of(one->hash));
	*one = (struct rd_contact_connected){ .expires_wall_ms = 0 };
}

void rd_contact_drop_tokens(struct rd_contact *it)
{
	uint64_t key = key_of(it->participant_hash);

	if (rd_table_get(&it->contacts->participants, key) == it)
		rd_table_take(&it->contacts->participants, key);
	for (unsigned i = 0; i < RD_CONTACT_CONNECTIONS; i++)
		drop_connection(it, &it->connected[i]);
}

/* A free place, or that of the connection that ends first. */
static struct rd_contact_connected *make_place(struct rd_contact *it)
{
	struct rd_contact_connected *oldest = &it->connected[0];

	for (unsigned i = 1; i < RD_CONTACT_CONNECTIONS; i++)
		if (it->connected[i].expires_wall_ms < oldest->expires_wall_ms)
			oldest = &it->connected[i];
	drop_connection(it, oldest);
	return oldest;
}

enum rd_err rd_contact_connect(struct rd_contacts *c,
			       struct rd_span participant_token,
			       struct rd_contact_connection *out)
{
	uint8_t hash[RD_SHA256_LEN], bits[RD_SHA256_LEN];
	struct rd_contact_connected *place;
	struct rd_contact *it;
	enum rd_err err;

	*out = (struct rd_contact_connection){ .expires_wall_ms = 0 };
	rd_sha256(participant_token, hash);
	it = rd_table_get(&c->participants, key_of(hash));
	if (!it || !is_hash(it->participant_hash, hash))
		return RD_E_AUTH;
	rd_random_bytes(bits, sizeof(bits));
	write_token(bits, out->token);
	rd_wipe(bits, sizeof(bits));
	place = make_place(it);
	rd_sha256(rd_span_text(out->token), place->hash);
	err = rd_table_put(&c->connections, key_of(place->hash), it);
	if (err) {
		rd_wipe(out->token, sizeof(out->token));
		return err;
	}
	place->expires_wall_ms = rd_clock_wall_ms() + c->cfg.connection_ms;
	out->expires_wall_ms = place->expires_wall_ms;
	return RD_OK;
}

static enum rd_err find_by_connection(struct rd_contacts *c,
				      struct rd_span token,
				      struct rd_contact **out)
{
	uint8_t hash[RD_SHA256_LEN];
	struct rd_contact *it;

	*out = NULL;
	rd_sha256(token, hash);
	it = rd_table_get(&c->connections, key_of(hash));
	for (unsigned i = 0; it && i < RD_CONTACT_CONNECTIONS; i++) {
		struct rd_contact_connected *one = &it->connected[i];

		if (!one->expires_wall_ms || !is_hash(one->hash, hash))
			continue;
		if (rd_clock_wall_ms() >= one->expires_wall_ms)
			return RD_E_EXPIRED;
		*out = it;
		return RD_OK;
	}
	return RD_E_AUTH;
}

enum rd_err rd_contact_holder(struct rd_contacts *c,
			      struct rd_span connection_token)
{
	struct rd_contact *it;

	return find_by_connection(c, connection_token, &it);
}

enum rd_err rd_contact_digits(struct rd_contacts *c,
			      struct rd_span connection_token,
			      const char *digits)
{
	struct rd_contact *it;
	enum rd_err err = find_by_connection(c, connection_token, &it);

	return err ? err : rd_contact_press(it, digits);
}

enum rd_err rd_contact_disconnect(struct rd_contacts *c,
				  struct rd_span connection_token)
{
	struct rd_contact *it;
	enum rd_err err = find_by_connection(c, connection_token, &it);

	if (!err)
		rd_contact_end(it, "CUSTOMER_DISCONNECT");
	return err;
}
