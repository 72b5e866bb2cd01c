/* signaling/connection.c - the states of one connection, as a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/log.h"
#include "signaling/signaling_priv.h"

enum {
	SUBSCRIBE_MS = 60000, /* JOIN to SUBSCRIBE */
	ANSWER_MS = 15000,    /* the client's own patience with a SUBSCRIBE */

	/* WebSocket close codes.  A running client reacts to 4500 (reconnects)
	 * and to a dropped TCP connection alone; while it joins, 4410 says that
	 * the meeting is over and 4500 that it may try again. */
	CLOSE_ABORT = 0,
	CLOSE_NORMAL = 1000,
	CLOSE_MALFORMED = 1002,
	CLOSE_FLOOD = 1008,
	CLOSE_VIOLATION = 4400,
	CLOSE_DENIED = 4403,
	CLOSE_ELSEWHERE = 4409,
	CLOSE_OVER = 4410,
	CLOSE_RECONNECT = 4500,

	/* AUDIO_STATUS and error codes. */
	STATUS_ELSEWHERE = 301,
	STATUS_BAD_OFFER = 400,
	STATUS_OVER = 410,
	STATUS_REMOVED = 411,
	STATUS_TRY_AGAIN = 500,

	/* What is still said to a client that is about to go. */
	LAST_WORDS = RD_WANT_PONG | RD_WANT_JOIN_ACK | RD_WANT_JOIN_DENIED |
		     RD_WANT_INDEX | RD_WANT_STATUS | RD_WANT_LEAVE_ACK |
		     RD_WANT_CLOSE | RD_WANT_RELEASE,
	STAYS = -1,
};

struct happening {
	const struct rd_frame *frame; /* NULL if it was none */
	enum rd_conn_state was;
	uint64_t now_ms;
};

typedef enum rd_err act_fn(struct rd_conn *c, const struct happening *h);

bool rd_conn_is_active(const struct rd_conn *c)
{
	return c->state == RD_CONN_ACTIVE ||
	       c->state == RD_CONN_ACTIVE_REOFFERED;
}

void rd_conn_want(struct rd_conn *c, unsigned want)
{
	c->want |= want;
	if (rd_list_is_empty(&c->in_busy))
		rd_list_push(&c->s->busy_conns, &c->in_busy);
}

void rd_conn_drop_sdp(struct rd_conn *c)
{
	rd_free(c->sdp);
	c->sdp = NULL;
	c->sdp_len = 0;
}

void rd_conn_free(struct rd_conn *c)
{
	rd_conn_drop_sdp(c);
	rd_timer_disarm(&c->s->timers, &c->timer);
	rd_list_remove(&c->in_meeting);
	rd_list_remove(&c->in_busy);
	rd_pool_give(c->s->conns, c->id);
}

void rd_conn_settle(struct rd_conn *c)
{
	if (c->state < RD_CONN_ENDING || c->is_held)
		return;
	if (c->has_transport)
		rd_conn_want(c, RD_WANT_RELEASE);
	else if (c->state == RD_CONN_GONE)
		rd_conn_free(c);
}

/* ---- what the rows do ---- */

static bool was_active(enum rd_conn_state was)
{
	return was == RD_CONN_ACTIVE || was == RD_CONN_ACTIVE_REOFFERED;
}

/* Keeps the transport until another connection's media is up: the old media
 * goes on while the client starts over. */
static void hold(struct rd_conn *c)
{
	rd_assert(!c->attendee->held);
	c->attendee->held = c;
	c->is_held = true;
}

/* The connection counts for nobody any more, without a LEAVE. */
static void lose(struct rd_conn *c, enum rd_conn_state was, bool has_media,
		 uint64_t now_ms)
{
	struct rd_attendee *a = c->attendee;
	bool is_kept = was_active(was) && has_media;

	if (!a || c->is_held)
		return;
	if (a->conn != c) { /* it had not joined */
		c->attendee = NULL;
		return;
	}
	if (was_active(was))
		rd_attendee_away(a, now_ms);
	if (is_kept)
		hold(c);
	else
		c->attendee = NULL;
	rd_attendee_lost(a);
}

static enum rd_err close_with(struct rd_conn *c, uint16_t code)
{
	c->close_code = code;
	if (code == CLOSE_ABORT)
		c->want &= RD_WANT_RELEASE;
	rd_conn_want(c, RD_WANT_CLOSE);
	return RD_OK;
}

static enum rd_err act_join(struct rd_conn *c, const struct happening *h)
{
	struct rd_attendee *a = c->attendee;
	struct rd_conn *old = a->conn;

	c->session_id = h->frame->body.join.audio_session_id;
	c->s->stats.joins++;
	if (old || a->state != RD_ABSENT)
		c->s->stats.reconnects++;
	if (a->has_joined && a->session_id != c->session_id)
		rd_messages_forget(c->meeting, a->place, RD_FORGET_SESSION);
	if (old) {
		(void)rd_conn_step(old,
				   old->session_id == c->session_id
					   ? RD_CONN_REPLACED
					   : RD_CONN_ELSEWHERE,
				   NULL, h->now_ms);
		rd_conn_settle(old);
	}
	a->conn = c;
	a->session_id = c->session_id;
	a->has_joined = true;
	rd_conn_want(c, RD_WANT_JOIN_ACK | RD_WANT_INDEX);
	return RD_OK;
}

static enum rd_err act_deny(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	c->s->stats.refused_tokens++;
	c->close_code = CLOSE_DENIED;
	rd_conn_want(c, RD_WANT_JOIN_DENIED);
	return RD_OK;
}

static enum rd_err act_over(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	c->s->stats.refused_ended++;
	return close_with(c, CLOSE_OVER);
}

static enum rd_err act_now_over(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	c->verdict = RD_TOKEN_OVER;
	return RD_OK;
}

static enum rd_err act_now_denied(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	c->verdict = RD_TOKEN_DENIED;
	return RD_OK;
}

static enum rd_err act_violation(struct rd_conn *c, const struct happening *h)
{
	c->s->stats.unexpected++;
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_VIOLATION);
}

static enum rd_err act_late(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_VIOLATION);
}

static enum rd_err act_malformed(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_MALFORMED);
}

static enum rd_err act_flood(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_FLOOD);
}

static enum rd_err act_retry(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_RECONNECT);
}

static enum rd_err act_media_lost(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, false, h->now_ms);
	return close_with(c, CLOSE_RECONNECT);
}

/* The client does not notice a failed handshake by itself. */
static enum rd_err act_watchdog(struct rd_conn *c, const struct happening *h)
{
	c->s->stats.watchdog++;
	return act_media_lost(c, h);
}

static enum rd_err act_lost(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return RD_OK;
}

static enum rd_err act_offer(struct rd_conn *c, const struct happening *h)
{
	struct rd_span offer = h->frame->body.subscribe.sdp_offer;
	uint8_t *copy = rd_alloc(offer.len);

	if (!copy) {
		c->status = STATUS_TRY_AGAIN;
		rd_conn_want(c, RD_WANT_REFUSAL);
		return RD_E_NOMEM;
	}
	memcpy(copy, offer.at, offer.len);
	rd_conn_drop_sdp(c);
	c->want &= ~(unsigned)(RD_WANT_ANSWER | RD_WANT_REFUSAL);
	c->sdp = copy;
	c->sdp_len = offer.len;
	/* No AUDIO_CONTROL repeats the mute state after a reconnection. */
	rd_attendee_set_muted(c->attendee,
			      h->frame->body.subscribe.audio_muted);
	rd_conn_want(c, RD_WANT_OFFER);
	return RD_OK;
}

static enum rd_err act_bad_offer(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	c->status = STATUS_BAD_OFFER;
	rd_conn_want(c, RD_WANT_REFUSAL);
	return RD_OK;
}

static enum rd_err act_answer(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	rd_conn_want(c, RD_WANT_ANSWER);
	return RD_OK;
}

static enum rd_err act_refuse(struct rd_conn *c, const struct happening *h)
{
	if (h->was == RD_CONN_OFFERED)
		c->has_transport = false;
	rd_conn_want(c, RD_WANT_REFUSAL);
	return RD_OK;
}

static enum rd_err act_present(struct rd_conn *c, const struct happening *h)
{
	struct rd_attendee *a = c->attendee;

	(void)h;
	rd_timer_disarm(&c->s->timers, &a->grace);
	rd_attendee_release_held(a);
	a->state = RD_PRESENT;
	a->is_dropped = false;
	a->stream_id = ++c->meeting->last_stream_id;
	rd_attendee_news(a);
	rd_meeting_roster_changed(c->meeting);
	rd_conn_want(c, RD_WANT_DATA);
	rd_meeting_arm_metadata(c->meeting);
	return RD_OK;
}

static enum rd_err act_leave(struct rd_conn *c, const struct happening *h)
{
	struct rd_attendee *a = c->attendee;

	c->attendee = NULL;
	c->close_code = CLOSE_NORMAL;
	rd_conn_want(c, RD_WANT_LEAVE_ACK);
	/* After a start that failed the client sends LEAVE too, and joins
	 * again; it has left only if it was here by this connection. */
	rd_attendee_lost(a);
	if (was_active(h->was))
		rd_attendee_depart(a, false);
	return RD_OK;
}

static enum rd_err act_leave_ack(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	rd_conn_want(c, RD_WANT_LEAVE_ACK);
	return RD_OK;
}

static enum rd_err act_control(struct rd_conn *c, const struct happening *h)
{
	rd_attendee_set_muted(c->attendee, h->frame->body.muted);
	return RD_OK;
}

static enum rd_err act_data(struct rd_conn *c, const struct happening *h)
{
	return rd_messages_take(c, h->frame, h->now_ms);
}

static enum rd_err act_metric(struct rd_conn *c, const struct happening *h)
{
	c->metric = rd_metric_of(h->frame);
	rd_conn_want(c, RD_WANT_METRIC);
	return RD_OK;
}

static enum rd_err act_ping(struct rd_conn *c, const struct happening *h)
{
	/* The client counts only the pong of its latest ping. */
	c->ping_id = h->frame->body.ping_pong.ping_id;
	rd_conn_want(c, RD_WANT_PONG);
	return RD_OK;
}

/* The socket is dropped without a word: the client has left it, and if its
 * close were on the way, any code of ours would only confuse it. */
static enum rd_err act_replaced(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return close_with(c, CLOSE_ABORT);
}

static enum rd_err end_with(struct rd_conn *c, uint16_t status, uint16_t code)
{
	c->status = status;
	c->close_code = code;
	rd_conn_want(c, RD_WANT_STATUS);
	return RD_OK;
}

static enum rd_err act_elsewhere(struct rd_conn *c, const struct happening *h)
{
	lose(c, h->was, true, h->now_ms);
	return end_with(c, STATUS_ELSEWHERE, CLOSE_ELSEWHERE);
}

static enum rd_err act_removed(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	return end_with(c, STATUS_REMOVED, CLOSE_DENIED);
}

static enum rd_err act_ended(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	return end_with(c, STATUS_OVER, CLOSE_OVER);
}

static enum rd_err act_close(struct rd_conn *c, const struct happening *h)
{
	(void)h;
	return close_with(c, c->close_code);
}

/* ---- the table ---- */

#define S(state) (1U << RD_CONN_##state)
#define E(event) (1U << RD_CONN_##event)

enum {
	OPEN_OFFER = S(OFFERED) | S(REOFFERED) | S(ACTIVE_REOFFERED),
	IN = S(JOINED) | S(NEGOTIATED) | S(ACTIVE) | OPEN_OFFER,
	WITH_TRANSPORT = IN & ~S(JOINED),
	GOING = S(ENDING) | S(LEFT),
	LIVE = S(OPENED) | IN | GOING,
	SUBSCRIBES = E(SUBSCRIBE) | E(SUBSCRIBE_BAD),
	BEFORE_JOIN = SUBSCRIBES | E(LEAVE) | E(CONTROL) | E(DATA) | E(METRIC) |
		      E(VIDEO) | E(OTHER),
};

struct row {
	unsigned in;
	unsigned on;
	int becomes;
	act_fn *act;
};

/* clang-format off */
static const struct row table[] = {
	/* in              on                       becomes                   and does */
	{ S(OPENED),       E(JOIN),                 RD_CONN_JOINED,           act_join },
	{ S(OPENED),       E(JOIN_DENIED),          RD_CONN_ENDING,           act_deny },
	{ S(OPENED),       E(JOIN_OVER),            RD_CONN_CLOSING,          act_over },
	{ S(OPENED),       BEFORE_JOIN,             RD_CONN_CLOSING,          act_violation },
	{ S(OPENED),       E(TIMEOUT),              RD_CONN_CLOSING,          act_late },
	{ S(OPENED),       E(ENDED),                STAYS,                    act_now_over },
	{ S(OPENED),       E(REMOVED),              STAYS,                    act_now_denied },

	{ S(JOINED),       E(SUBSCRIBE),            RD_CONN_OFFERED,          act_offer },
	{ S(NEGOTIATED),   E(SUBSCRIBE),            RD_CONN_REOFFERED,        act_offer },
	{ S(ACTIVE),       E(SUBSCRIBE),            RD_CONN_ACTIVE_REOFFERED, act_offer },
	{ OPEN_OFFER,      SUBSCRIBES,              RD_CONN_CLOSING,          act_violation },
	{ IN,              E(SUBSCRIBE_BAD),        STAYS,                    act_bad_offer },
	{ S(OFFERED),      E(ANSWER),               RD_CONN_NEGOTIATED,       act_answer },
	{ S(REOFFERED),    E(ANSWER),               RD_CONN_NEGOTIATED,       act_answer },
	{ S(ACTIVE_REOFFERED), E(ANSWER),           RD_CONN_ACTIVE,           act_answer },
	{ S(OFFERED),      E(REFUSE),               RD_CONN_JOINED,           act_refuse },
	{ S(REOFFERED),    E(REFUSE),               RD_CONN_NEGOTIATED,       act_refuse },
	{ S(ACTIVE_REOFFERED), E(REFUSE),           RD_CONN_ACTIVE,           act_refuse },
	{ S(NEGOTIATED),   E(MEDIA_UP),             RD_CONN_ACTIVE,           act_present },
	{ S(REOFFERED),    E(MEDIA_UP),             RD_CONN_ACTIVE_REOFFERED, act_present },
	{ S(JOINED),       E(TIMEOUT),              RD_CONN_CLOSING,          act_late },
	{ S(OFFERED) | S(ACTIVE_REOFFERED), E(TIMEOUT), RD_CONN_CLOSING,      act_retry },
	{ S(NEGOTIATED) | S(REOFFERED), E(TIMEOUT), RD_CONN_CLOSING,          act_watchdog },
	{ WITH_TRANSPORT,  E(MEDIA_LOST),           RD_CONN_CLOSING,          act_media_lost },

	{ IN,              E(JOIN),                 RD_CONN_CLOSING,          act_violation },
	{ IN,              E(LEAVE),                RD_CONN_LEFT,             act_leave },
	{ IN,              E(CONTROL),              STAYS,                    act_control },
	{ IN,              E(DATA),                 STAYS,                    act_data },
	{ IN,              E(METRIC),               STAYS,                    act_metric },
	{ IN,              E(VIDEO),                STAYS,                    NULL },
	{ IN,              E(REPLACED),             RD_CONN_CLOSING,          act_replaced },
	{ IN,              E(ELSEWHERE),            RD_CONN_ENDING,           act_elsewhere },
	{ IN,              E(REMOVED),              RD_CONN_ENDING,           act_removed },
	{ IN,              E(ENDED),                RD_CONN_ENDING,           act_ended },
	{ S(OPENED) | IN,  E(DRAIN),                RD_CONN_CLOSING,          act_retry },

	{ S(ENDING),       E(LEAVE),                RD_CONN_LEFT,             act_leave_ack },
	{ S(LEFT),         E(LEAVE),                STAYS,                    act_leave_ack },
	{ GOING,           E(TIMEOUT) | E(DRAIN),   RD_CONN_CLOSING,          act_close },
	{ GOING,           BEFORE_JOIN | E(MEDIA_UP) | E(MEDIA_LOST) | E(ENDED) | E(REMOVED),
	                                            STAYS,                    NULL },

	{ LIVE,            E(PING),                 STAYS,                    act_ping },
	{ LIVE,            E(PONG),                 STAYS,                    NULL },
	{ LIVE,            E(MALFORMED),            RD_CONN_CLOSING,          act_malformed },
	{ LIVE,            E(FLOOD),                RD_CONN_CLOSING,          act_flood },
	{ LIVE | S(CLOSING), E(LOST),               RD_CONN_GONE,             act_lost },
};

static const char *const state_names[RD_CONN_STATES] = {
	"opened", "joined", "offered", "negotiated", "reoffered", "active",
	"active_reoffered", "ending", "left", "closing", "gone",
};

static const char *const event_names[RD_CONN_EVENTS] = {
	"JOIN", "JOIN (token denied)", "JOIN (meeting over)", "SUBSCRIBE",
	"SUBSCRIBE without offer", "LEAVE", "AUDIO_CONTROL", "DATA_MESSAGE",
	"CLIENT_METRIC", "ping", "pong", "video and timing frames",
	"frames of a server", "no frame", "too many frames", "answer",
	"refusal", "media up", "media lost", "socket lost", "timeout",
	"same client by another socket", "other device joins",
	"attendee removed", "meeting ended", "drain",
};
/* clang-format on */

bool rd_conn_row(size_t index, struct rd_conn_row *out)
{
	if (index >= RD_COUNT(table))
		return false;
	*out = (struct rd_conn_row){ table[index].in, table[index].on,
				     table[index].becomes };
	return true;
}

const char *rd_conn_state_name(enum rd_conn_state state)
{
	return state_names[state];
}

const char *rd_conn_event_name(enum rd_conn_event event)
{
	return event_names[event];
}

static const struct row *find_row(enum rd_conn_state in, enum rd_conn_event on)
{
	for (size_t i = 0; i < RD_COUNT(table); i++)
		if (table[i].in & 1U << in && table[i].on & 1U << on)
			return &table[i];
	return NULL;
}

/* The deadline of a state that was just entered. */
static void arm_deadline(struct rd_conn *c, enum rd_conn_state was,
			 uint64_t now_ms)
{
	const struct rd_signaling_cfg *cfg = &c->s->cfg;
	uint64_t due_ms = RD_NEVER;

	switch (c->state) {
	case RD_CONN_JOINED:
		due_ms = now_ms + SUBSCRIBE_MS;
		break;
	case RD_CONN_OFFERED:
	case RD_CONN_ACTIVE_REOFFERED:
		due_ms = now_ms + ANSWER_MS;
		break;
	case RD_CONN_NEGOTIATED:
		/* Another offer does not buy more time for the handshake. */
		if (was == RD_CONN_REOFFERED)
			return;
		due_ms = now_ms + cfg->dtls_ms;
		break;
	case RD_CONN_REOFFERED:
		return;
	case RD_CONN_ENDING:
	case RD_CONN_LEFT:
		due_ms = now_ms + cfg->leave_ms;
		break;
	default:
		break;
	}
	rd_timer_arm(&c->s->timers, &c->timer, due_ms);
}

static void enter(struct rd_conn *c, enum rd_conn_state was, uint64_t now_ms)
{
	if (was == RD_CONN_OPENED && c->attendee)
		c->attendee->unjoined--;
	if (c->state >= RD_CONN_ENDING) {
		rd_conn_drop_sdp(c);
		c->want &=
			c->state == RD_CONN_GONE ? RD_WANT_RELEASE : LAST_WORDS;
	}
	if (was_active(was) && !rd_conn_is_active(c)) {
		rd_meeting_arm_metadata(c->meeting);
		rd_messages_forget(c->meeting, c->attendee->place,
				   RD_FORGET_SOCKET);
	}
	arm_deadline(c, was, now_ms);
}

enum rd_err rd_conn_step(struct rd_conn *c, enum rd_conn_event event,
			 const struct rd_frame *frame, uint64_t now_ms)
{
	const struct row *row = find_row(c->state, event);
	enum rd_conn_state was = c->state;
	enum rd_err err = RD_OK;

	if (!row) {
		if (frame) {
			c->s->stats.unexpected++;
			rd_log(RD_LOG_DEBUG, "signaling",
			       "conn=%u event=\"frame refused\" state=\"%s\" "
			       "frame=\"%s\"",
			       c->id, state_names[was], event_names[event]);
		}
		return RD_E_STATE;
	}
	if (row->becomes != STAYS) {
		c->state = (enum rd_conn_state)row->becomes;
		enter(c, was, now_ms);
	}
	if (row->act)
		err = row->act(c, &(struct happening){ frame, was, now_ms });
	if (err && row->becomes != STAYS) {
		enum rd_conn_state failed = c->state;

		c->state = was;
		arm_deadline(c, failed, now_ms);
	}
	return err;
}
