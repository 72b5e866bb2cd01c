/* signaling/socket.c - what happens to connections: accepted, fed, answered,
 * lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "signaling/signaling_priv.h"
#include "signaling/token.h"

enum {
	UNJOINED_MAX = 4, /* sockets of one attendee that have not joined */
	UNJOINED_DENIED_MS = 5000,
	FRAMES_PER_S = 20,
	FRAMES_BURST = 100,
};

/* What a token is worth now, and whose it is.  RD_E_LIMIT. */
static enum rd_err judge(struct rd_signaling *s, const char *meeting_id,
			 struct rd_span token, uint64_t now_ms,
			 struct rd_conn *c)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);
	char id[RD_SIGNALING_ID_TEXT];
	struct rd_attendee *a;
	uint64_t expiry_ms;

	c->verdict = RD_TOKEN_DENIED;
	if (rd_join_token_check(rd_secret_lend(&s->key), meeting_id, token, id,
				&expiry_ms) != RD_OK)
		return RD_OK;
	if (!m) {
		/* Signed by us, so there was such a meeting; however old the
		 * token is, its owner may know that it is over. */
		c->verdict = RD_TOKEN_OVER;
		return RD_OK;
	}
	a = rd_meeting_find(m, id);
	if (!a || !a->has_socket)
		return RD_OK;
	if (expiry_ms < a->least_expiry_ms) /* of a page that was replaced */
		return RD_OK;
	/* It must be used in time once; reconnections come hours later. */
	if (!a->has_joined && now_ms + s->wall_offset_ms > expiry_ms)
		return RD_OK;
	if (a->unjoined >= UNJOINED_MAX)
		return RD_E_LIMIT;
	c->verdict = RD_TOKEN_GOOD;
	c->meeting = m;
	c->attendee = a;
	return RD_OK;
}

static void conn_timeout(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_conn *c = rd_container(t, struct rd_conn, timer);

	(void)rd_conn_step(c, RD_CONN_TIMEOUT, NULL, now_ms);
	rd_conn_settle(c);
}

enum rd_err rd_signaling_accept(struct rd_signaling *s, const char *meeting_id,
				struct rd_span token, uint64_t now_ms,
				uint32_t *conn_id)
{
	struct rd_conn *c;
	enum rd_err err;
	unsigned join_ms = s->cfg.join_ms;

	c = rd_pool_take(s->conns, conn_id);
	if (!c)
		return rd_why_not_taken(s->conns);
	c->s = s;
	c->id = *conn_id;
	c->timer.fn = conn_timeout;
	err = judge(s, meeting_id, token, now_ms, c);
	if (err) {
		rd_pool_give(s->conns, *conn_id);
		*conn_id = 0;
		return err;
	}
	if (c->attendee) {
		c->attendee->unjoined++;
		rd_list_push(&c->meeting->conns, &c->in_meeting);
	} else {
		join_ms = (unsigned)rd_min_u64(join_ms, UNJOINED_DENIED_MS);
	}
	rd_timer_arm(&s->timers, &c->timer, now_ms + join_ms);
	return RD_OK;
}

/* A connection that still has a socket. */
static struct rd_conn *find_conn(const struct rd_signaling *s, uint32_t id)
{
	struct rd_conn *c = rd_pool_get(s->conns, id);

	return c && c->state < RD_CONN_CLOSING ? c : NULL;
}

static enum rd_conn_event event_of(const struct rd_conn *c,
				   const struct rd_frame *f)
{
	switch (f->type) {
	case RD_FRAME_JOIN:
		if (c->verdict == RD_TOKEN_GOOD)
			return f->has_body ? RD_CONN_JOIN : RD_CONN_MALFORMED;
		return c->verdict == RD_TOKEN_OVER ? RD_CONN_JOIN_OVER
						   : RD_CONN_JOIN_DENIED;
	case RD_FRAME_SUBSCRIBE:
		return f->has_body && f->body.subscribe.sdp_offer.len
			       ? RD_CONN_SUBSCRIBE
			       : RD_CONN_SUBSCRIBE_BAD;
	case RD_FRAME_LEAVE:
		return RD_CONN_LEAVE;
	case RD_FRAME_AUDIO_CONTROL:
		return f->has_body ? RD_CONN_CONTROL : RD_CONN_MALFORMED;
	case RD_FRAME_DATA_MESSAGE:
		return RD_CONN_DATA;
	case RD_FRAME_CLIENT_METRIC:
		return RD_CONN_METRIC;
	case RD_FRAME_PING_PONG:
		if (!f->has_body)
			return RD_CONN_MALFORMED;
		return f->body.ping_pong.is_pong ? RD_CONN_PONG : RD_CONN_PING;
	case RD_FRAME_PAUSE:
	case RD_FRAME_RESUME:
	case RD_FRAME_REMOTE_VIDEO_UPDATE:
	case RD_FRAME_MEETING_SESSION_TIMING:
		return RD_CONN_VIDEO;
	default:
		return RD_CONN_OTHER;
	}
}

enum rd_err rd_signaling_feed(struct rd_signaling *s, uint32_t conn_id,
			      struct rd_span message, uint64_t now_ms)
{
	enum {
		PER_SECOND = 20,
		BURST = 100
	};
	struct rd_conn *c = find_conn(s, conn_id);
	struct rd_frame frame = { 0 };
	enum rd_conn_event event;
	enum rd_err err, why = RD_OK;

	if (!c)
		return RD_E_NOTFOUND;
	if (!rd_bucket_take(&c->frames, FRAMES_PER_S, FRAMES_BURST, now_ms)) {
		event = RD_CONN_FLOOD;
		why = RD_E_LIMIT;
		s->stats.over_rate++;
	} else if (rd_frame_decode(&frame, message) != RD_OK) {
		event = RD_CONN_MALFORMED;
	} else {
		event = event_of(c, &frame);
	}
	if (event == RD_CONN_MALFORMED) {
		why = RD_E_FORMAT;
		s->stats.malformed++;
	}
	err = rd_conn_step(c, event, &frame, now_ms);
	rd_conn_settle(c);
	return why ? why : err;
}

/* An event without a frame; RD_E_NOTFOUND if the socket is gone. */
static enum rd_err happened(struct rd_signaling *s, uint32_t conn_id,
			    enum rd_conn_event event, uint64_t now_ms)
{
	struct rd_conn *c = find_conn(s, conn_id);
	enum rd_err err;

	if (!c)
		return RD_E_NOTFOUND;
	err = rd_conn_step(c, event, NULL, now_ms);
	rd_conn_settle(c);
	return err;
}

void rd_signaling_lost(struct rd_signaling *s, uint32_t conn_id,
		       uint64_t now_ms)
{
	struct rd_conn *c = rd_pool_get(s->conns, conn_id);

	if (!c)
		return;
	(void)rd_conn_step(c, RD_CONN_LOST, NULL, now_ms);
	rd_conn_settle(c);
}

void rd_signaling_page_gone(struct rd_signaling *s, uint32_t conn_id,
			    uint64_t now_ms)
{
	struct rd_conn *c = rd_pool_get(s->conns, conn_id);
	struct rd_attendee *a = c ? c->attendee : NULL;
	bool is_counting = a && a->conn == c;

	rd_signaling_lost(s, conn_id, now_ms);
	if (!is_counting || a->state != RD_AWAY)
		return;
	a->grace_end_ms = rd_min_u64(a->grace_end_ms, now_ms + s->cfg.page_ms);
	rd_attendee_lost(a); /* arms anew */
}

enum rd_err rd_signaling_answer(struct rd_signaling *s, uint32_t conn_id,
				struct rd_span answer, uint64_t now_ms)
{
	struct rd_conn *c = find_conn(s, conn_id);
	uint8_t *copy;
	enum rd_err err;

	if (!c)
		return RD_E_NOTFOUND;
	if (c->want & RD_WANT_OFFER) /* not even asked yet */
		return RD_E_STATE;
	if (answer.len == 0 || answer.len > RD_SIGNALING_ANSWER_MAX)
		return RD_E_SIZE;
	copy = rd_alloc(answer.len);
	if (!copy)
		return RD_E_NOMEM;
	memcpy(copy, answer.at, answer.len);
	err = rd_conn_step(c, RD_CONN_ANSWER, NULL, now_ms);
	if (err) {
		rd_free(copy);
		return err;
	}
	rd_conn_drop_sdp(c);
	c->sdp = copy;
	c->sdp_len = answer.len;
	return RD_OK;
}

enum rd_err rd_signaling_refuse(struct rd_signaling *s, uint32_t conn_id,
				unsigned status, uint64_t now_ms)
{
	struct rd_conn *c = find_conn(s, conn_id);
	enum rd_err err;

	rd_assert(status >= 400 && status <= 599);
	if (!c)
		return RD_E_NOTFOUND;
	if (c->want & RD_WANT_OFFER)
		return RD_E_STATE;
	err = rd_conn_step(c, RD_CONN_REFUSE, NULL, now_ms);
	if (!err)
		c->status = (uint16_t)status;
	return err;
}

void rd_signaling_media_up(struct rd_signaling *s, uint32_t conn_id,
			   uint64_t now_ms)
{
	(void)happened(s, conn_id, RD_CONN_MEDIA_UP, now_ms);
}

void rd_signaling_media_lost(struct rd_signaling *s, uint32_t conn_id,
			     uint64_t now_ms)
{
	struct rd_conn *c = rd_pool_get(s->conns, conn_id);

	if (c && c->is_held)
		rd_attendee_release_held(c->attendee);
	else
		(void)happened(s, conn_id, RD_CONN_MEDIA_LOST, now_ms);
}

void rd_signaling_drain(struct rd_signaling *s, uint64_t now_ms)
{
	size_t cursor = 0;
	uint32_t id;

	while (rd_pool_next(s->conns, &cursor, &id))
		(void)happened(s, id, RD_CONN_DRAIN, now_ms);
}
