/* secure/dtls.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The library's retransmission timer runs on its own clock, so the due time is
 * the owner's now plus what the library still wants to wait; the deadline is
 * on the owner's clock alone.
 */
#include "secure/dtls.h"

#include "base/secret.h"
#include "base/text.h"
#include "base/timer.h"
#include "secure/dtls_library.h"
#include "secure/dtls_record.h"

enum {
	/* New attempts of a server: this many at once, then one in each gap.
	 * One costs us a signature and a key agreement, 0.3 ms. */
	ATTEMPTS_BURST = 16,
	ATTEMPT_GAP_MS = 60,
};

struct rd_dtls {
	struct rd_dtls_identity *id;
	enum rd_dtls_role role;
	struct rd_fingerprint peer;
	uint64_t deadline_ms;

	enum rd_dtls_state state;
	enum rd_dtls_trouble trouble;
	struct rd_dtls_attempt *attempt;    /* NULL: none begun */
	uint8_t random[RD_DTLS_RANDOM_LEN]; /* of the hello that began it */
	uint64_t resend_ms;
	uint64_t ready_ms;
	uint64_t refilled_ms;
	uint32_t allowance; /* of new attempts */
	bool are_keys_taken;
	struct rd_dtls_counts counts;
};

static const struct hash {
	const char *name;
	uint8_t len;
} hashes[] = { { "sha-256", 32 }, { "sha-384", 48 }, { "sha-512", 64 } };

static enum rd_err parse_digest(struct rd_fingerprint *out, size_t len,
				struct rd_span text)
{
	if (text.len != 3 * len - 1)
		return RD_E_FORMAT;
	for (size_t i = 0; i < len; i++) {
		const uint8_t *at = text.at + 3 * i;

		if (i > 0 && at[-1] != ':')
			return RD_E_FORMAT;
		if (rd_hex_decode(rd_span(at, 2), &out->digest[i], 1))
			return RD_E_FORMAT;
	}
	out->len = (uint8_t)len;
	return RD_OK;
}

enum rd_err rd_fingerprint_parse(struct rd_fingerprint *out,
				 struct rd_span text)
{
	const uint8_t *space;
	struct rd_span name;

	*out = (struct rd_fingerprint){ 0 };
	space = text.len ? memchr(text.at, ' ', text.len) : NULL;
	if (!space)
		return RD_E_FORMAT;
	name = rd_span(text.at, (size_t)(space - text.at));
	for (size_t i = 0; i < RD_COUNT(hashes); i++)
		if (rd_text_equal_nocase(name, hashes[i].name))
			return parse_digest(out, hashes[i].len,
					    rd_span(space + 1,
						    text.len - name.len - 1));
	return RD_E_UNSUPPORTED;
}

static void arm(struct rd_dtls *d, uint64_t now_ms)
{
	uint64_t wait_ms = RD_NEVER;

	if (d->attempt && d->state != RD_DTLS_FAILED)
		wait_ms = rd_dtls_attempt_wait_ms(d->attempt);
	d->resend_ms = wait_ms == RD_NEVER ? RD_NEVER : now_ms + wait_ms;
}

/* A server forgets a failed attempt, and with it the alert that the library
 * would send: the hello may have been a stranger's, and a peer who is shaking
 * hands with us would believe the alert.  A client gives up and says so. */
static void give_up(struct rd_dtls *d)
{
	d->counts.failures++;
	d->trouble = rd_dtls_attempt_trouble(d->attempt);
	if (d->role == RD_DTLS_CLIENT) {
		d->state = RD_DTLS_FAILED;
		return;
	}
	rd_dtls_attempt_close(d->attempt);
	d->attempt = NULL;
}

static void advance(struct rd_dtls *d, enum rd_dtls_progress progress,
		    uint64_t now_ms)
{
	switch (progress) {
	case RD_DTLS_GOING:
		break;
	case RD_DTLS_DONE:
		if (d->state != RD_DTLS_HANDSHAKE)
			break;
		d->state = RD_DTLS_READY;
		d->trouble = RD_DTLS_NO_TROUBLE;
		d->ready_ms = now_ms;
		break;
	case RD_DTLS_GOODBYE:
		rd_dtls_attempt_end(d->attempt);
		d->state = RD_DTLS_CLOSED;
		break;
	case RD_DTLS_BROKEN:
		if (d->state == RD_DTLS_HANDSHAKE)
			give_up(d);
		break;
	}
	arm(d, now_ms);
}

enum rd_err rd_dtls_open(struct rd_dtls **out, struct rd_dtls_identity *id,
			 enum rd_dtls_role role,
			 const struct rd_fingerprint *peer, uint64_t now_ms)
{
	struct rd_dtls *d;
	enum rd_err err;

	*out = NULL;
	d = rd_zalloc(sizeof(*d));
	if (!d)
		return RD_E_NOMEM;
	rd_dtls_identity_ref(id);
	d->id = id;
	d->role = role;
	d->peer = *peer;
	d->deadline_ms = now_ms + RD_DTLS_DEADLINE_MS;
	d->trouble = RD_DTLS_NO_HELLO;
	d->allowance = ATTEMPTS_BURST;
	d->refilled_ms = now_ms;
	d->resend_ms = RD_NEVER;
	if (role == RD_DTLS_CLIENT) {
		err = rd_dtls_attempt_open(&d->attempt, id, role, &d->peer);
		if (err) {
			rd_dtls_close(d);
			return err;
		}
		d->counts.attempts = 1;
		d->trouble = RD_DTLS_NO_ANSWER;
		advance(d, rd_dtls_attempt_feed(d->attempt, RD_SPAN_NONE),
			now_ms);
	}
	*out = d;
	return RD_OK;
}

void rd_dtls_close(struct rd_dtls *d)
{
	if (!d)
		return;
	rd_dtls_attempt_close(d->attempt);
	rd_dtls_identity_close(d->id);
	rd_free(d);
}

static bool may_begin(struct rd_dtls *d, uint64_t now_ms)
{
	uint64_t more = (now_ms - d->refilled_ms) / ATTEMPT_GAP_MS;

	d->refilled_ms += more * ATTEMPT_GAP_MS;
	d->allowance =
		(uint32_t)rd_min_u64(d->allowance + more, ATTEMPTS_BURST);
	if (d->allowance == 0)
		return false;
	d->allowance--;
	return true;
}

/* A ClientHello of another random than the one being answered begins anew:
 * whoever sent the first may not lock out the peer.  A repeated one, and all
 * that is no hello, belongs to the attempt there is. */
static bool have_attempt(struct rd_dtls *d, const struct rd_dtls_sifted *in,
			 uint64_t now_ms)
{
	if (d->role == RD_DTLS_CLIENT || d->state != RD_DTLS_HANDSHAKE)
		return d->attempt;
	if (d->attempt && (!in->has_hello ||
			   !memcmp(in->random, d->random, sizeof(d->random))))
		return true;
	if (!in->has_hello || !may_begin(d, now_ms))
		return false;
	rd_dtls_attempt_close(d->attempt);
	if (rd_dtls_attempt_open(&d->attempt, d->id, d->role, &d->peer))
		return false;
	memcpy(d->random, in->random, sizeof(d->random));
	d->counts.attempts++;
	d->trouble = RD_DTLS_NO_ANSWER;
	return true;
}

static enum rd_dtls_sieve sieve_of(const struct rd_dtls *d)
{
	if (d->state == RD_DTLS_READY)
		return RD_DTLS_ONLY_PROTECTED;
	if (d->role == RD_DTLS_CLIENT)
		return RD_DTLS_WITH_ALERTS;
	return d->attempt ? RD_DTLS_NO_PLAIN_ALERT : RD_DTLS_ONLY_HELLO;
}

void rd_dtls_feed(struct rd_dtls *d, struct rd_span datagram, uint64_t now_ms)
{
	struct rd_dtls_sifted in;

	if (d->state == RD_DTLS_CLOSED || d->state == RD_DTLS_FAILED)
		return;
	rd_dtls_sift(datagram, sieve_of(d), &in);
	d->counts.dropped += in.dropped;
	if (in.len == 0)
		return;
	if (!have_attempt(d, &in, now_ms)) {
		d->counts.dropped++;
		return;
	}
	advance(d, rd_dtls_attempt_feed(d->attempt, rd_span(in.bytes, in.len)),
		now_ms);
}

static void serve_timers(struct rd_dtls *d, uint64_t now_ms)
{
	if (d->state == RD_DTLS_HANDSHAKE && now_ms >= d->deadline_ms) {
		d->state = RD_DTLS_FAILED;
		rd_dtls_attempt_close(d->attempt);
		d->attempt = NULL;
		d->resend_ms = RD_NEVER;
	}
	if (d->attempt && now_ms >= d->resend_ms)
		advance(d, rd_dtls_attempt_resend(d->attempt), now_ms);
}

bool rd_dtls_poll(struct rd_dtls *d, uint64_t now_ms, struct rd_span *out)
{
	*out = RD_SPAN_NONE;
	serve_timers(d, now_ms);
	return d->attempt && rd_dtls_attempt_poll(d->attempt, out);
}

uint64_t rd_dtls_due_ms(const struct rd_dtls *d)
{
	if (d->state == RD_DTLS_HANDSHAKE)
		return rd_min_u64(d->resend_ms, d->deadline_ms);
	return d->resend_ms;
}

enum rd_dtls_state rd_dtls_state(const struct rd_dtls *d)
{
	return d->state;
}

enum rd_dtls_trouble rd_dtls_trouble(const struct rd_dtls *d)
{
	return d->trouble;
}

const char *rd_dtls_trouble_text(enum rd_dtls_trouble trouble)
{
	static const char *const texts[] = {
		[RD_DTLS_NO_TROUBLE] = "none",
		[RD_DTLS_NO_HELLO] = "no ClientHello came",
		[RD_DTLS_NO_ANSWER] = "the peer stopped answering",
		[RD_DTLS_NOT_AGREED] = "nothing in common to agree on",
		[RD_DTLS_BAD_FINGERPRINT] =
			"the certificate is not that of the offer",
		[RD_DTLS_BAD_CERTIFICATE] = "the certificate is unacceptable",
		[RD_DTLS_NO_SRTP] = "no common SRTP profile",
		[RD_DTLS_NO_EMS] = "no extended master secret",
	};

	return texts[trouble];
}

const struct rd_dtls_counts *rd_dtls_counts(const struct rd_dtls *d)
{
	return &d->counts;
}

enum rd_srtp_profile rd_dtls_profile(const struct rd_dtls *d)
{
	return d->state == RD_DTLS_READY ? rd_dtls_attempt_profile(d->attempt)
					 : RD_SRTP_NONE;
}

enum rd_err rd_dtls_take_keys(struct rd_dtls *d, struct rd_srtp **send,
			      struct rd_srtp **receive)
{
	enum rd_srtp_profile profile = rd_dtls_profile(d);
	size_t len = rd_srtp_key_len(profile) + rd_srtp_salt_len(profile);
	uint8_t ours[RD_SRTP_KEYING_MAX], theirs[RD_SRTP_KEYING_MAX];
	enum rd_err err;

	*send = NULL;
	*receive = NULL;
	if (profile == RD_SRTP_NONE || d->are_keys_taken)
		return RD_E_STATE;
	err = rd_dtls_attempt_keys(d->attempt, ours, theirs);
	if (!err)
		err = rd_srtp_open(send, profile, RD_SRTP_SEND,
				   rd_span(ours, len));
	if (!err)
		err = rd_srtp_open(receive, profile, RD_SRTP_RECEIVE,
				   rd_span(theirs, len));
	rd_wipe(ours, sizeof(ours));
	rd_wipe(theirs, sizeof(theirs));
	if (err) {
		rd_srtp_close(*send);
		*send = NULL;
		return err;
	}
	d->are_keys_taken = true;
	return RD_OK;
}

bool rd_dtls_is_quiet(const struct rd_dtls *d, uint64_t now_ms)
{
	return d->state == RD_DTLS_READY &&
	       now_ms >= d->ready_ms + RD_DTLS_LINGER_MS &&
	       !rd_dtls_attempt_has_output(d->attempt);
}

void rd_dtls_end(struct rd_dtls *d, uint64_t now_ms)
{
	if (d->state == RD_DTLS_READY)
		rd_dtls_attempt_end(d->attempt);
	if (d->state != RD_DTLS_FAILED)
		d->state = RD_DTLS_CLOSED;
	arm(d, now_ms);
}
