/* signaling/data.c - data messages: to those who are here, and kept for those
 * who come later.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "signaling/signaling_priv.h"

enum {
	DATA_PER_S = 10,
	DATA_BURST = 40,
	LIFETIME_MAX_MS = 300000,
	MESSAGES_MAX = 64,             /* of one meeting */
	MESSAGE_BYTES_MAX = 64 * 1024, /* likewise; the oldest go first */
	FROM_SERVER = -1,
};

bool rd_bucket_take(struct rd_bucket *b, unsigned rate, unsigned burst,
		    uint64_t now_ms)
{
	/* A rate per second is thousandths per millisecond. */
	uint64_t more = (now_ms - b->filled_ms) * rate;

	if (b->filled_ms == 0)
		more = UINT32_MAX;
	b->filled_ms = now_ms;
	b->thousandths =
		(uint32_t)rd_min_u64(b->thousandths + more, 1000ULL * burst);
	if (b->thousandths < 1000)
		return false;
	b->thousandths -= 1000;
	return true;
}

bool rd_topic_is_valid(struct rd_span topic)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";

	if (topic.len < 1 || topic.len > RD_SIGNALING_TOPIC_MAX)
		return false;
	for (size_t i = 0; i < topic.len; i++)
		if (!topic.at[i] || !strchr(allowed, topic.at[i]))
			return false;
	return true;
}

static uint16_t bit(unsigned place)
{
	return (uint16_t)(1U << place);
}

/* The places whose clients get messages now. */
static uint16_t active_places(const struct rd_meeting *m)
{
	struct rd_list *item;
	uint16_t places = 0;

	rd_list_each (item, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (rd_conn_is_active(c))
			places |= bit(c->attendee->place);
	}
	return places;
}

static size_t size_of(const struct rd_message *msg)
{
	return sizeof(*msg) + msg->topic_len + msg->data_len + msg->sender_len +
	       msg->external_len;
}

static void drop(struct rd_meeting *m, struct rd_message *msg)
{
	rd_list_remove(&msg->in_meeting);
	m->message_count--;
	m->message_bytes -= size_of(msg);
	rd_free(msg);
}

void rd_messages_sweep(struct rd_meeting *m, uint64_t now_ms)
{
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &m->messages) {
		struct rd_message *msg =
			rd_container(item, struct rd_message, in_meeting);

		if (msg->is_reported && !msg->pending &&
		    now_ms >= msg->expires_ms)
			drop(m, msg);
	}
}

void rd_messages_close(struct rd_meeting *m)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&m->messages)))
		rd_free(rd_container(item, struct rd_message, in_meeting));
}

static struct rd_message *make(const struct rd_frame_data *d, uint64_t now_ms)
{
	struct rd_message *msg;
	struct rd_writer w;
	size_t len = d->topic.len + d->data.len + d->sender_attendee_id.len +
		     d->sender_external_user_id.len;

	msg = rd_zalloc(sizeof(*msg) + len);
	if (!msg)
		return NULL;
	msg->lifetime_ms =
		(uint32_t)rd_min_u64(d->lifetime_ms, LIFETIME_MAX_MS);
	msg->expires_ms = now_ms + msg->lifetime_ms;
	msg->ingest_time_ns = d->ingest_time_ns;
	msg->topic_len = (uint8_t)d->topic.len;
	msg->data_len = (uint16_t)d->data.len;
	msg->sender_len = (uint8_t)d->sender_attendee_id.len;
	msg->external_len = (uint8_t)d->sender_external_user_id.len;
	w = rd_writer(msg->bytes, len);
	rd_write_span(&w, d->topic);
	rd_write_span(&w, d->data);
	rd_write_span(&w, d->sender_attendee_id);
	rd_write_span(&w, d->sender_external_user_id);
	return msg;
}

static void keep(struct rd_meeting *m, struct rd_message *msg, uint64_t now_ms)
{
	struct rd_list *item;

	rd_messages_sweep(m, now_ms);
	m->message_count++;
	m->message_bytes += size_of(msg);
	rd_list_push(&m->messages, &msg->in_meeting);
	while (m->message_count > MESSAGES_MAX ||
	       m->message_bytes > MESSAGE_BYTES_MAX)
		drop(m, rd_container(m->messages.next, struct rd_message,
				     in_meeting));
	rd_list_each (item, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (rd_conn_is_active(c))
			rd_conn_want(c, RD_WANT_DATA);
	}
	if (!msg->is_reported && rd_list_is_empty(&m->in_busy))
		rd_list_push(&m->s->busy_meetings, &m->in_busy);
}

static enum rd_err take_one(struct rd_conn *c, struct rd_frame_data *d,
			    uint64_t now_ms)
{
	struct rd_attendee *a = c->attendee;
	uint16_t sender = bit(a->place);
	struct rd_message *msg;
	bool is_throttled =
		!rd_bucket_take(&c->data, DATA_PER_S, DATA_BURST, now_ms);

	if (is_throttled)
		c->s->stats.throttled++;
	if (!rd_topic_is_valid(d->topic) ||
	    d->data.len > RD_SIGNALING_DATA_MAX) {
		c->s->stats.unexpected++;
		return RD_OK;
	}
	/* Who sent it is our word, not the client's; ingest time 0 tells a
	 * sender that his message was refused. */
	d->sender_attendee_id = rd_span_text(a->id);
	d->sender_external_user_id = rd_span_text(a->external_user_id);
	d->ingest_time_ns = 0;
	if (is_throttled)
		d->lifetime_ms = 0;
	else
		d->ingest_time_ns =
			(int64_t)(now_ms + c->s->wall_offset_ms) * 1000000;
	msg = make(d, now_ms);
	if (!msg)
		return RD_E_NOMEM;
	msg->from = (int)a->place;
	msg->is_reported = is_throttled;
	msg->had = is_throttled ? (uint16_t)~sender : sender;
	msg->pending = active_places(c->meeting) & (uint16_t)~msg->had;
	keep(c->meeting, msg, now_ms);
	return RD_OK;
}

enum rd_err rd_messages_take(struct rd_conn *c, const struct rd_frame *frame,
			     uint64_t now_ms)
{
	struct rd_frame_cursor cursor = { 0 };
	struct rd_frame_data d;

	while (rd_frame_next_data(frame, &cursor, &d)) {
		enum rd_err err = take_one(c, &d, now_ms);

		if (err)
			return err;
	}
	return RD_OK;
}

enum rd_err rd_signaling_data(struct rd_signaling *s, const char *meeting_id,
			      const struct rd_signaling_data *data,
			      uint64_t now_ms)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);
	struct rd_frame_data d = {
		.topic = rd_span_text(data->topic),
		.data = data->data,
		.lifetime_ms = data->lifetime_ms,
		.ingest_time_ns =
			(int64_t)(now_ms + s->wall_offset_ms) * 1000000,
		.sender_attendee_id = rd_span_text(data->sender_attendee_id),
		.sender_external_user_id =
			rd_span_text(data->sender_external_user_id),
	};
	struct rd_message *msg;

	if (!m)
		return RD_E_NOTFOUND;
	if (!rd_topic_is_valid(d.topic))
		return RD_E_FORMAT;
	if (d.data.len > RD_SIGNALING_DATA_MAX ||
	    d.sender_attendee_id.len >= RD_SIGNALING_ID_TEXT ||
	    d.sender_external_user_id.len >= RD_SIGNALING_EXTERNAL_TEXT)
		return RD_E_SIZE;
	msg = make(&d, now_ms);
	if (!msg)
		return RD_E_NOMEM;
	msg->from = FROM_SERVER;
	msg->is_reported = true;
	msg->pending = active_places(m);
	keep(m, msg, now_ms);
	return RD_OK;
}

struct rd_frame_data rd_message_frame(const struct rd_message *msg)
{
	struct rd_reader r =
		rd_reader(rd_span(msg->bytes,
				  (size_t)msg->topic_len + msg->data_len +
					  msg->sender_len + msg->external_len));
	struct rd_frame_data d = { .lifetime_ms = msg->lifetime_ms,
				   .ingest_time_ns = msg->ingest_time_ns };

	d.topic = rd_read_span(&r, msg->topic_len);
	d.data = rd_read_span(&r, msg->data_len);
	d.sender_attendee_id = rd_read_span(&r, msg->sender_len);
	d.sender_external_user_id = rd_read_span(&r, msg->external_len);
	return d;
}

struct rd_message *rd_messages_next(const struct rd_conn *c, uint64_t now_ms)
{
	uint16_t mine = bit(c->attendee->place);
	struct rd_list *item;

	rd_list_each (item, &c->meeting->messages) {
		struct rd_message *msg =
			rd_container(item, struct rd_message, in_meeting);

		if (msg->had & mine)
			continue;
		if (msg->pending & mine || now_ms < msg->expires_ms)
			return msg;
	}
	return NULL;
}

void rd_messages_told(struct rd_conn *c, struct rd_message *msg,
		      uint64_t now_ms)
{
	uint16_t mine = bit(c->attendee->place);

	msg->had |= mine;
	msg->pending &= (uint16_t)~mine;
	rd_messages_sweep(c->meeting, now_ms);
}

struct rd_message *rd_messages_unreported(const struct rd_meeting *m)
{
	struct rd_list *item;

	rd_list_each (item, &m->messages) {
		struct rd_message *msg =
			rd_container(item, struct rd_message, in_meeting);

		if (!msg->is_reported)
			return msg;
	}
	return NULL;
}

void rd_messages_forget(struct rd_meeting *m, unsigned place,
			enum rd_forget what)
{
	uint16_t mine = bit(place);
	struct rd_list *item;

	rd_list_each (item, &m->messages) {
		struct rd_message *msg =
			rd_container(item, struct rd_message, in_meeting);

		msg->pending &= (uint16_t)~mine;
		if (what == RD_FORGET_ATTENDEE && msg->from == (int)place)
			msg->from = FROM_SERVER;
		if (what != RD_FORGET_SOCKET && msg->from != (int)place)
			msg->had &= (uint16_t)~mine;
	}
}
