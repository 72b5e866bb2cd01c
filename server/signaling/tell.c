/* signaling/tell.c - what is told to clients and to the driver.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything here is derived when it is asked for: the roster from what a
 * connection has been told and what is true, news of an attendee from what the
 * driver has been told.
 */
#include "base/secret.h"
#include "secure/turn.h"
#include "signaling/signaling_priv.h"

static bool send_frame(struct rd_conn *c, struct rd_frame *f, uint64_t now_ms,
		       struct rd_signaling_action *out)
{
	struct rd_writer w = rd_writer(c->s->out, RD_SIGNALING_OUT_BYTES);

	f->timestamp_ms = now_ms + c->s->wall_offset_ms;
	/* The largest is an answer of RD_SIGNALING_ANSWER_MAX. */
	rd_assert(rd_frame_encode(&w, f) == RD_OK);
	out->kind = RD_SIGNALING_SEND;
	out->conn_id = c->id;
	out->bytes = rd_writer_span(&w);
	return true;
}

static bool send_empty(struct rd_conn *c, enum rd_frame_type type,
		       uint64_t now_ms, struct rd_signaling_action *out)
{
	struct rd_frame f = { .type = type, .has_body = true };

	return send_frame(c, &f, now_ms, out);
}

static bool tell_pong(struct rd_conn *c, uint64_t now_ms,
		      struct rd_signaling_action *out)
{
	struct rd_frame f = { .type = RD_FRAME_PING_PONG,
			      .has_body = true,
			      .body.ping_pong = { true, c->ping_id } };

	return send_frame(c, &f, now_ms, out);
}

static bool tell_join_ack(struct rd_conn *c, uint64_t now_ms,
			  struct rd_signaling_action *out)
{
	const struct rd_turn *turn = c->s->cfg.turn;
	struct rd_turn_credentials secrets;
	struct rd_frame_turn told;
	bool has_something;
	/* Empty credentials make the client start 0.1 s faster than none. */
	struct rd_frame f = { .type = RD_FRAME_JOIN_ACK,
			      .has_body = true,
			      .body.join_ack = { .has_turn_credentials = true,
						 .has_wants_compressed_sdp =
							 true } };

	if (!turn || !c->meeting)
		return send_frame(c, &f, now_ms, out);
	rd_turn_make(turn, c->meeting->id,
		     (now_ms + c->s->wall_offset_ms) / 1000, &secrets);
	told = (struct rd_frame_turn){
		.username = rd_span_text(secrets.username),
		.password = rd_span_text(secrets.password),
		.ttl_s = turn->lifetime_s,
		.uris = turn->urls,
		.uri_count = turn->url_count,
	};
	f.body.join_ack.turn = &told;
	has_something = send_frame(c, &f, now_ms, out);
	rd_wipe(&secrets, sizeof(secrets));
	return has_something;
}

static bool tell_error(struct rd_conn *c, enum rd_frame_type type,
		       unsigned status, uint64_t now_ms,
		       struct rd_signaling_action *out)
{
	struct rd_frame f = { .type = type,
			      .has_body = true,
			      .has_error = true,
			      .error.status = status };

	return send_frame(c, &f, now_ms, out);
}

static bool tell_answer(struct rd_conn *c, uint64_t now_ms,
			struct rd_signaling_action *out)
{
	struct rd_frame f = { .type = RD_FRAME_SUBSCRIBE_ACK,
			      .has_body = true };

	f.body.subscribe_ack.sdp_answer = rd_span(c->sdp, c->sdp_len);
	send_frame(c, &f, now_ms, out);
	rd_conn_drop_sdp(c);
	return true;
}

static bool tell_status(struct rd_conn *c, uint64_t now_ms,
			struct rd_signaling_action *out)
{
	struct rd_frame f = { .type = RD_FRAME_AUDIO_STATUS,
			      .has_body = true,
			      .body.audio_status = c->status };

	return send_frame(c, &f, now_ms, out);
}

/* One place of the meeting: at most a farewell and a greeting.  Returns how
 * many elements were written. */
static size_t tell_place(struct rd_told *told, const struct rd_meeting *m,
			 size_t place, struct rd_frame_presence *to)
{
	const struct rd_attendee *a = m->attendees[place];
	bool is_here = a && rd_attendee_is_visible(a);
	bool is_same = told->generation == m->generation[place];
	size_t n = 0;

	if (told->stream_id && (!is_here || !is_same)) {
		to[n++] = (struct rd_frame_presence){
			.audio_stream_id = told->stream_id,
			.dropped = a && is_same && a->is_dropped,
		};
		told->stream_id = 0;
	}
	if (!is_here)
		return n;
	if (told->stream_id == a->stream_id) {
		if (told->is_muted == a->is_muted)
			return n;
		to[n] = (struct rd_frame_presence){ .audio_stream_id =
							    a->stream_id };
	} else {
		to[n] = (struct rd_frame_presence){
			.audio_stream_id = a->stream_id,
			.attendee_id = rd_span_text(a->id),
			.external_user_id = rd_span_text(a->external_user_id),
		};
	}
	to[n].has_muted = true;
	to[n].muted = a->is_muted;
	*told = (struct rd_told){ a->stream_id, m->generation[place],
				  a->is_muted };
	return n + 1;
}

static bool tell_roster(struct rd_conn *c, uint64_t now_ms,
			struct rd_signaling_action *out)
{
	struct rd_frame_presence list[2 * RD_SIGNALING_ATTENDEES_MAX];
	struct rd_frame f = { .type = RD_FRAME_AUDIO_STREAM_ID_INFO,
			      .has_body = true };
	size_t n = 0;

	for (size_t i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++)
		n += tell_place(&c->told[i], c->meeting, i, &list[n]);
	if (n == 0)
		return false;
	f.body.list.at = list;
	f.body.list.count = n;
	return send_frame(c, &f, now_ms, out);
}

static bool tell_metadata(struct rd_conn *c, uint64_t now_ms,
			  struct rd_signaling_action *out)
{
	struct rd_frame_volume list[RD_SIGNALING_ATTENDEES_MAX];
	struct rd_frame f = { .type = RD_FRAME_AUDIO_METADATA,
			      .has_body = true };
	size_t n = 0;

	for (size_t i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++) {
		const struct rd_attendee *a = c->meeting->attendees[i];

		/* Only whom the roster has named. */
		if (!a || !a->has_volume || !c->told[i].stream_id)
			continue;
		list[n++] = (struct rd_frame_volume){
			.audio_stream_id = c->told[i].stream_id,
			.has_volume = true,
			.has_signal_strength = true,
			.volume = a->level,
			.signal_strength = a->strength,
		};
	}
	if (n == 0)
		return false;
	f.body.list.at = list;
	f.body.list.count = n;
	return send_frame(c, &f, now_ms, out);
}

static bool tell_data(struct rd_conn *c, uint64_t now_ms,
		      struct rd_signaling_action *out)
{
	struct rd_message *msg = rd_messages_next(c, now_ms);
	struct rd_frame f = { .type = RD_FRAME_DATA_MESSAGE, .has_body = true };
	struct rd_frame_data data;

	if (!msg)
		return false;
	data = rd_message_frame(msg);
	f.body.list.at = &data;
	f.body.list.count = 1;
	send_frame(c, &f, now_ms, out);
	rd_messages_told(c, msg, now_ms);
	rd_conn_want(c, RD_WANT_DATA); /* perhaps there is another */
	return true;
}

static bool ask_offer(struct rd_conn *c, struct rd_signaling_action *out)
{
	const struct rd_attendee *a = c->attendee;

	out->kind = RD_SIGNALING_OFFER;
	out->conn_id = c->id;
	out->meeting_id = c->meeting->id;
	out->attendee_id = a->id;
	out->offer.sdp = rd_span(c->sdp, c->sdp_len);
	out->offer.is_renegotiation = c->state != RD_CONN_OFFERED;
	out->offer.is_muted = a->is_muted;
	out->offer.previous_conn_id =
		a->held && !rd_conn_is_active(c) ? a->held->id : 0;
	c->s->lent = c->sdp;
	c->sdp = NULL;
	c->sdp_len = 0;
	c->has_transport = true;
	return true;
}

struct rd_signaling_metric rd_metric_of(const struct rd_frame *frame)
{
	enum {
		MIC_JITTER = 9,
		MIC_RTT = 13,
		LOSS = 15,
		JITTER = 16
	};
	struct rd_signaling_metric m = { -1, -1, -1, -1 };
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_metric metric;

	while (rd_frame_next_metric(frame, &cursor, &metric)) {
		/* Not below zero, not infinite, not "not a number". */
		if (!(metric.value >= 0 && metric.value < 1e9))
			continue;
		if (metric.type == MIC_JITTER)
			m.mic_jitter_ms = metric.value;
		else if (metric.type == MIC_RTT)
			m.mic_rtt_ms = metric.value;
		else if (metric.type == LOSS)
			m.speaker_loss_percent = metric.value;
		else if (metric.type == JITTER)
			m.speaker_jitter_ms = metric.value;
	}
	return m;
}

static bool report_metric(struct rd_conn *c, struct rd_signaling_action *out)
{
	out->kind = RD_SIGNALING_METRIC;
	out->conn_id = c->id;
	out->meeting_id = c->meeting->id;
	out->attendee_id = c->attendee->id;
	out->metric = c->metric;
	return true;
}

static bool ask_close(struct rd_conn *c, struct rd_signaling_action *out)
{
	out->kind = RD_SIGNALING_CLOSE;
	out->conn_id = c->id;
	out->close.code = c->close_code;
	c->state = RD_CONN_GONE;
	c->want &= RD_WANT_RELEASE;
	rd_conn_settle(c);
	return true;
}

static bool ask_release(struct rd_conn *c, struct rd_signaling_action *out)
{
	out->kind = RD_SIGNALING_MEDIA_RELEASE;
	out->conn_id = c->id;
	c->has_transport = false;
	rd_conn_settle(c);
	return true;
}

/* Does one thing of what c wants; c may be gone afterwards. */
static bool tell(struct rd_conn *c, unsigned want, uint64_t now_ms,
		 struct rd_signaling_action *out)
{
	switch ((enum rd_conn_want)want) {
	case RD_WANT_PONG:
		return tell_pong(c, now_ms, out);
	case RD_WANT_JOIN_ACK:
		return tell_join_ack(c, now_ms, out);
	case RD_WANT_JOIN_DENIED:
		return tell_error(c, RD_FRAME_JOIN_ACK, 403, now_ms, out);
	case RD_WANT_INDEX:
		return send_empty(c, RD_FRAME_INDEX, now_ms, out);
	case RD_WANT_ANSWER:
		return tell_answer(c, now_ms, out);
	case RD_WANT_REFUSAL:
		return tell_error(c, RD_FRAME_SUBSCRIBE_ACK, c->status, now_ms,
				  out);
	case RD_WANT_OFFER:
		return ask_offer(c, out);
	case RD_WANT_ROSTER:
		return tell_roster(c, now_ms, out);
	case RD_WANT_DATA:
		return tell_data(c, now_ms, out);
	case RD_WANT_METADATA:
		return tell_metadata(c, now_ms, out);
	case RD_WANT_METRIC:
		return report_metric(c, out);
	case RD_WANT_STATUS:
		return tell_status(c, now_ms, out);
	case RD_WANT_LEAVE_ACK:
		return send_empty(c, RD_FRAME_LEAVE_ACK, now_ms, out);
	case RD_WANT_CLOSE:
		return ask_close(c, out);
	case RD_WANT_RELEASE:
		return ask_release(c, out);
	}
	return false;
}

static bool poll_conns(struct rd_signaling *s, uint64_t now_ms,
		       struct rd_signaling_action *out)
{
	while (!rd_list_is_empty(&s->busy_conns)) {
		struct rd_conn *c = rd_container(s->busy_conns.next,
						 struct rd_conn, in_busy);
		unsigned want = c->want & -c->want; /* the lowest bit */

		c->want &= ~want;
		if (!c->want)
			rd_list_remove(&c->in_busy);
		if (want && tell(c, want, now_ms, out))
			return true;
	}
	return false;
}

/* What the driver is told about a: one step from what it knows to what is. */
static bool report_attendance(struct rd_attendee *a,
			      struct rd_signaling_action *out)
{
	if (a->told_state == a->state)
		return false;
	if (a->state == RD_ABSENT) {
		out->kind = RD_SIGNALING_DEPARTED;
		out->is_dropped = a->is_dropped;
		a->told_state = RD_ABSENT;
	} else if (a->told_state == RD_ABSENT || a->state == RD_PRESENT) {
		out->kind = RD_SIGNALING_PRESENT;
		a->told_state = RD_PRESENT;
	} else {
		out->kind = RD_SIGNALING_RECONNECTING;
		a->told_state = RD_AWAY;
	}
	return true;
}

static bool poll_attendees(struct rd_signaling *s,
			   struct rd_signaling_action *out)
{
	while (!rd_list_is_empty(&s->busy_attendees)) {
		struct rd_attendee *a =
			rd_container(s->busy_attendees.next, struct rd_attendee,
				     in_busy);

		out->meeting_id = a->meeting->id;
		out->attendee_id = a->id;
		if (report_attendance(a, out))
			return true;
		rd_list_remove(&a->in_busy);
		if (a->is_told_muted == a->is_muted)
			continue;
		a->is_told_muted = a->is_muted;
		out->kind = RD_SIGNALING_MUTED;
		out->is_muted = a->is_muted;
		return true;
	}
	return false;
}

static bool poll_meetings(struct rd_signaling *s,
			  struct rd_signaling_action *out)
{
	while (!rd_list_is_empty(&s->busy_meetings)) {
		struct rd_meeting *m = rd_container(s->busy_meetings.next,
						    struct rd_meeting, in_busy);
		struct rd_message *msg = rd_messages_unreported(m);
		struct rd_frame_data data;

		if (!msg) {
			rd_list_remove(&m->in_busy);
			continue;
		}
		msg->is_reported = true;
		data = rd_message_frame(msg);
		out->kind = RD_SIGNALING_DATA;
		out->meeting_id = m->id;
		out->attendee_id = msg->from < 0 || !m->attendees[msg->from]
					   ? ""
					   : m->attendees[msg->from]->id;
		out->data.topic = data.topic;
		out->data.data = data.data;
		out->data.lifetime_ms = data.lifetime_ms;
		return true;
	}
	return false;
}

enum rd_err rd_signaling_poll(struct rd_signaling *s, uint64_t now_ms,
			      struct rd_signaling_action *action)
{
	*action = (struct rd_signaling_action){ .meeting_id = "",
						.attendee_id = "" };
	rd_free(s->lent);
	s->lent = NULL;
	rd_timers_run(&s->timers, now_ms);
	/* The driver hears of a message before it may be swept, and who is
	 * away before it is asked about his next offer. */
	if (poll_meetings(s, action) || poll_attendees(s, action) ||
	    poll_conns(s, now_ms, action))
		return RD_OK;
	*action = (struct rd_signaling_action){ .meeting_id = "",
						.attendee_id = "" };
	return RD_E_AGAIN;
}

uint64_t rd_signaling_due_ms(const struct rd_signaling *s)
{
	if (!rd_list_is_empty(&s->busy_conns) ||
	    !rd_list_is_empty(&s->busy_attendees) ||
	    !rd_list_is_empty(&s->busy_meetings))
		return 0;
	return rd_timers_due_ms(&s->timers);
}
