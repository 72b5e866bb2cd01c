/* synthetic/weblink.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/weblink.h"

#include <stdio.h>

#include "base/random.h"
#include "base/secret.h"
#include "base/timer.h"
#include "wire/rtp.h"
#include "wire/stun.h"

enum {
	FIRST_RESEND_MS = 50,
	LONGEST_RESEND_MS = 800,
	NOMINATE_AFTER_MS = 50,
	GIVE_UP_MS = 10000, /* of the checks */
	ASKED = 8,          /* transactions remembered */
	/* RFC 8445 5.1.2.1: host, peer reflexive preference 110. */
	PRIORITY = 110 << 24 | 65535 << 8 | 255,
};

struct asked { /* one check on its way */
	uint8_t id[RD_STUN_ID];
	uint8_t candidate;
	bool is_nominating;
	uint64_t at_ms;
};

struct rd_weblink {
	struct rd_dtls_identity *identity; /* lent */

	char ufrag[RD_WEBLINK_UFRAG];
	char password[RD_WEBLINK_PASSWORD];
	char username[RD_STUN_USERNAME + 1]; /* theirs:ours */
	struct rd_stun_key *key;             /* their password */
	struct rd_fingerprint fingerprint;
	struct rd_addr candidates[RD_WEBRTC_CANDIDATES];
	uint8_t candidate_count;
	struct rd_dtls *dtls;
	struct rd_srtp *send, *receive;

	enum rd_weblink_state state;
	const char *trouble;
	uint64_t tie_breaker;
	uint64_t start_ms;
	uint64_t next_check_ms;
	uint64_t gap_ms;     /* between checks not answered */
	uint64_t consent_ms; /* of the newest answer */
	uint32_t round_trip_ms;
	bool is_nominated;
	uint8_t chosen;         /* candidate, once valid */
	uint8_t next_candidate; /* to check, before */
	struct asked asked[ASKED];
	uint8_t asked_at;
	uint64_t refused;
	uint8_t out[256];
};

/* ice-char of RFC 8839 5.4, 6 bits of randomness each. */
static void make_credential(char *out, size_t size)
{
	static const char chars[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	uint8_t random[32];

	rd_assert(size <= sizeof(random));
	rd_random_bytes(random, size);
	for (size_t i = 0; i + 1 < size; i++)
		out[i] = chars[random[i] & 63];
	out[size - 1] = '\0';
}

enum rd_err rd_weblink_open(struct rd_weblink **out,
			    struct rd_dtls_identity *identity)
{
	struct rd_weblink *l = rd_zalloc(sizeof(*l));

	*out = NULL;
	if (!l)
		return RD_E_NOMEM;
	l->identity = identity;
	l->trouble = "";
	l->next_check_ms = RD_NEVER;
	l->tie_breaker = rd_random_u64();
	make_credential(l->ufrag, sizeof(l->ufrag));
	make_credential(l->password, sizeof(l->password));
	*out = l;
	return RD_OK;
}

void rd_weblink_close(struct rd_weblink *l)
{
	if (!l)
		return;
	rd_srtp_close(l->send);
	rd_srtp_close(l->receive);
	rd_dtls_close(l->dtls);
	rd_stun_key_close(l->key);
	rd_wipe(l->password, sizeof(l->password));
	rd_free(l);
}

const char *rd_weblink_ufrag(const struct rd_weblink *l)
{
	return l->ufrag;
}

const char *rd_weblink_password(const struct rd_weblink *l)
{
	return l->password;
}

enum rd_err rd_weblink_start(struct rd_weblink *l,
			     const struct rd_webrtc_answer *answer,
			     uint64_t now_ms)
{
	enum rd_err err;
	int n;

	if (l->state != RD_WEBLINK_NEW)
		return RD_E_STATE;
	/* RFC 8445 7.2.2: the receiver's fragment first. */
	n = snprintf(l->username, sizeof(l->username), "%.*s:%s",
		     (int)answer->ice_ufrag.len,
		     (const char *)answer->ice_ufrag.at, l->ufrag);
	if (n < 0 || (size_t)n >= sizeof(l->username))
		return RD_E_SIZE;
	err = rd_stun_key_open(&l->key, answer->ice_password);
	if (err)
		return err;
	for (uint8_t i = 0; i < answer->candidate_count; i++)
		if (answer->candidates[i].family ==
		    answer->candidates[0].family)
			l->candidates[l->candidate_count++] =
				answer->candidates[i];
	l->fingerprint.len = RD_WEBRTC_FINGERPRINT;
	memcpy(l->fingerprint.digest, answer->fingerprint,
	       RD_WEBRTC_FINGERPRINT);
	l->state = RD_WEBLINK_CHECKING;
	l->start_ms = now_ms;
	l->next_check_ms = now_ms;
	l->gap_ms = FIRST_RESEND_MS;
	return RD_OK;
}

/* ---- STUN ---- */

static void fail(struct rd_weblink *l, enum rd_weblink_state state,
		 const char *trouble)
{
	l->state = state;
	l->trouble = trouble;
	l->next_check_ms = RD_NEVER;
}

static bool is_running(const struct rd_weblink *l)
{
	return l->state == RD_WEBLINK_CHECKING ||
	       l->state == RD_WEBLINK_SHAKING || l->state == RD_WEBLINK_READY;
}

/* When to check next, after a check went out. */
static uint64_t after_check(struct rd_weblink *l, uint64_t now_ms)
{
	uint64_t gap_ms = l->gap_ms;

	if (l->state != RD_WEBLINK_CHECKING && l->is_nominated)
		return now_ms + RD_WEBLINK_CONSENT_MS;
	l->gap_ms = rd_min_u64(2 * gap_ms, LONGEST_RESEND_MS);
	return now_ms + gap_ms / l->candidate_count + 1;
}

static bool write_check(struct rd_weblink *l, uint64_t now_ms,
			struct rd_addr *to, struct rd_span *out)
{
	struct asked *a = &l->asked[l->asked_at++ % ASKED];
	struct rd_writer w = rd_writer(l->out, sizeof(l->out));
	struct rd_stun m = { .class = RD_STUN_REQUEST,
			     .method = RD_STUN_BINDING,
			     .username = rd_span_text(l->username),
			     .priority = PRIORITY,
			     .role = RD_ICE_CONTROLLING,
			     .tie_breaker = l->tie_breaker,
			     .is_nominating = l->state != RD_WEBLINK_CHECKING };

	rd_random_bytes(m.id, sizeof(m.id));
	memcpy(a->id, m.id, sizeof(a->id));
	a->at_ms = now_ms;
	a->is_nominating = m.is_nominating;
	a->candidate = m.is_nominating
			       ? l->chosen
			       : l->next_candidate++ % l->candidate_count;
	l->next_check_ms = after_check(l, now_ms);
	if (rd_stun_encode(&w, &m, l->key))
		return false;
	*to = l->candidates[a->candidate];
	*out = rd_writer_span(&w);
	return true;
}

static struct asked *find_asked(struct rd_weblink *l, const struct rd_stun *m)
{
	for (size_t i = 0; i < ASKED; i++)
		if (l->asked[i].at_ms &&
		    memcmp(l->asked[i].id, m->id, RD_STUN_ID) == 0)
			return &l->asked[i];
	return NULL;
}

/* The first answer makes the pair; DTLS does not wait for the nomination. */
static void first_answer(struct rd_weblink *l, const struct asked *a,
			 uint64_t now_ms)
{
	l->chosen = a->candidate;
	l->state = RD_WEBLINK_SHAKING;
	l->next_check_ms = now_ms + NOMINATE_AFTER_MS;
	l->gap_ms = FIRST_RESEND_MS;
	if (rd_dtls_open(&l->dtls, l->identity, RD_DTLS_CLIENT, &l->fingerprint,
			 now_ms))
		fail(l, RD_WEBLINK_FAILED, "no DTLS client");
}

static void take_stun(struct rd_weblink *l, struct rd_span datagram,
		      const struct rd_addr *from, uint64_t now_ms)
{
	struct asked *a;
	struct rd_stun m;

	if (rd_stun_parse(&m, datagram) || m.class == RD_STUN_REQUEST ||
	    m.class == RD_STUN_INDICATION)
		return;
	a = find_asked(l, &m);
	/* RFC 8445 7.2.5.2.1: from where it was sent to, and authentic. */
	if (!a || !rd_addr_equal(from, &l->candidates[a->candidate]) ||
	    rd_stun_check(&m, l->key))
		return;
	if (m.class == RD_STUN_ERROR) {
		if (l->state == RD_WEBLINK_CHECKING)
			fail(l, RD_WEBLINK_FAILED, "the ICE check was refused");
		return;
	}
	l->round_trip_ms = (uint32_t)(now_ms - a->at_ms);
	l->consent_ms = now_ms;
	a->at_ms = 0;
	if (l->state == RD_WEBLINK_CHECKING) {
		first_answer(l, a, now_ms);
	} else if (a->is_nominating && !l->is_nominated) {
		l->is_nominated = true;
		l->next_check_ms = now_ms + RD_WEBLINK_CONSENT_MS;
	}
}

/* ---- DTLS ---- */

static void look_at_dtls(struct rd_weblink *l)
{
	enum rd_dtls_state state;

	if (!l->dtls || !is_running(l))
		return;
	state = rd_dtls_state(l->dtls);
	if (state == RD_DTLS_FAILED)
		fail(l, RD_WEBLINK_FAILED,
		     rd_dtls_trouble_text(rd_dtls_trouble(l->dtls)));
	else if (state == RD_DTLS_CLOSED)
		fail(l, RD_WEBLINK_BYE, "the server closed the media");
	else if (state == RD_DTLS_READY && l->state == RD_WEBLINK_SHAKING) {
		if (rd_dtls_take_keys(l->dtls, &l->send, &l->receive))
			fail(l, RD_WEBLINK_FAILED, "no SRTP keys");
		else
			l->state = RD_WEBLINK_READY;
	}
}

enum rd_weblink_got rd_weblink_feed(struct rd_weblink *l, uint8_t *datagram,
				    size_t *len, const struct rd_addr *from,
				    uint64_t now_ms)
{
	enum rd_packet_kind kind = rd_packet_kind(rd_span(datagram, *len));
	bool is_rtcp = kind == RD_PACKET_RTCP;
	enum rd_err err;

	if (!is_running(l))
		return RD_WEBLINK_NOTHING;
	if (kind == RD_PACKET_STUN)
		take_stun(l, rd_span(datagram, *len), from, now_ms);
	if (kind == RD_PACKET_DTLS && l->dtls) {
		rd_dtls_feed(l->dtls, rd_span(datagram, *len), now_ms);
		look_at_dtls(l);
	}
	if ((kind != RD_PACKET_RTP && !is_rtcp) || !l->receive)
		return RD_WEBLINK_NOTHING;
	err = is_rtcp ? rd_srtp_unprotect_rtcp(l->receive, datagram, len)
		      : rd_srtp_unprotect(l->receive, datagram, len);
	if (err) {
		l->refused++;
		return RD_WEBLINK_NOTHING;
	}
	return is_rtcp ? RD_WEBLINK_RTCP : RD_WEBLINK_RTP;
}

bool rd_weblink_poll(struct rd_weblink *l, uint64_t now_ms, struct rd_addr *to,
		     struct rd_span *out)
{
	if (l->dtls && rd_dtls_poll(l->dtls, now_ms, out)) {
		*to = l->candidates[l->chosen];
		return true;
	}
	look_at_dtls(l);
	if (l->state == RD_WEBLINK_CHECKING &&
	    now_ms - l->start_ms >= GIVE_UP_MS)
		fail(l, RD_WEBLINK_FAILED, "no ICE check was answered");
	if ((l->state == RD_WEBLINK_READY || l->state == RD_WEBLINK_SHAKING) &&
	    now_ms - l->consent_ms >= RD_WEBLINK_LOST_MS)
		fail(l, RD_WEBLINK_LOST, "the server answers no ICE checks");
	if (!is_running(l) || now_ms < l->next_check_ms)
		return false;
	return write_check(l, now_ms, to, out);
}

uint64_t rd_weblink_due_ms(const struct rd_weblink *l)
{
	uint64_t due_ms = is_running(l) ? l->next_check_ms : RD_NEVER;

	return l->dtls ? rd_min_u64(due_ms, rd_dtls_due_ms(l->dtls)) : due_ms;
}

enum rd_weblink_state rd_weblink_state(const struct rd_weblink *l)
{
	return l->state;
}

const char *rd_weblink_trouble(const struct rd_weblink *l)
{
	return l->trouble;
}

const struct rd_addr *rd_weblink_peer(const struct rd_weblink *l)
{
	return &l->candidates[l->chosen];
}

uint32_t rd_weblink_round_trip_ms(const struct rd_weblink *l)
{
	return l->round_trip_ms;
}

const char *rd_weblink_profile(const struct rd_weblink *l)
{
	const char *name =
		l->dtls ? rd_srtp_profile_name(rd_dtls_profile(l->dtls)) : NULL;

	return name ? name : "";
}

enum rd_err rd_weblink_protect(struct rd_weblink *l, uint8_t *packet,
			       size_t *len, size_t size)
{
	return l->send ? rd_srtp_protect(l->send, packet, len, size)
		       : RD_E_STATE;
}

enum rd_err rd_weblink_protect_rtcp(struct rd_weblink *l, uint8_t *packet,
				    size_t *len, size_t size)
{
	return l->send ? rd_srtp_protect_rtcp(l->send, packet, len, size)
		       : RD_E_STATE;
}

uint64_t rd_weblink_refused(const struct rd_weblink *l)
{
	return l->refused;
}

void rd_weblink_end(struct rd_weblink *l, uint64_t now_ms)
{
	if (l->dtls)
		rd_dtls_end(l->dtls, now_ms);
	if (is_running(l))
		fail(l, RD_WEBLINK_BYE, "");
}
