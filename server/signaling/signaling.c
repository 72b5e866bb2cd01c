/* signaling/signaling.c - meetings, attendees, and who is present.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "signaling/signaling.h"

#include "base/text.h"
#include "signaling/signaling_priv.h"
#include "signaling/token.h"

enum {
	KEY_BYTES = 32,
	MEETINGS_MAX = 20000,
	EXTERNAL_MIN = 2,
	METADATA_IDLE_MS = 1000, /* sent so often when nothing changes */
	JOIN_MS = 15000,
	DTLS_MS = 10000,
	GRACE_MS = 45000,
	PAGE_MS = 5000,
	TOKEN_MS = 60000,
	METADATA_MS = 200,
	LEAVE_MS = 2000,
};

static void set_default(unsigned *field, unsigned value)
{
	if (*field == 0)
		*field = value;
}

static size_t bucket_count_for(unsigned meetings)
{
	size_t n = 16;

	while (n < meetings)
		n *= 2;
	return n;
}

static enum rd_err open_pools(struct rd_signaling *s)
{
	size_t meetings = s->cfg.meetings;
	enum rd_err err;

	err = rd_pool_open(&s->meetings, meetings, sizeof(struct rd_meeting));
	if (err)
		return err;
	/* Two or three parties each, and some large meetings. */
	err = rd_pool_open(&s->attendees, rd_min_size(3 * meetings + 16, 65535),
			   sizeof(struct rd_attendee));
	if (err)
		return err;
	/* Besides the one that counts: its forerunner, and newcomers. */
	return rd_pool_open(&s->conns, rd_min_size(4 * meetings + 64, 65535),
			    sizeof(struct rd_conn));
}

enum rd_err rd_signaling_open(struct rd_signaling **out,
			      const struct rd_signaling_cfg *cfg,
			      uint64_t now_ms)
{
	size_t buckets = bucket_count_for(cfg->meetings);
	struct rd_signaling *s;
	enum rd_err err;

	*out = NULL;
	(void)now_ms;
	rd_assert(cfg->key.len == KEY_BYTES);
	rd_assert(cfg->meetings >= 1 && cfg->meetings <= MEETINGS_MAX);
	s = rd_zalloc(sizeof(*s) + buckets * sizeof(s->buckets[0]));
	if (!s)
		return RD_E_NOMEM;
	s->cfg = *cfg;
	s->cfg.key = RD_SPAN_NONE;
	set_default(&s->cfg.join_ms, JOIN_MS);
	set_default(&s->cfg.dtls_ms, DTLS_MS);
	set_default(&s->cfg.grace_ms, GRACE_MS);
	set_default(&s->cfg.page_ms, PAGE_MS);
	set_default(&s->cfg.token_ms, TOKEN_MS);
	set_default(&s->cfg.metadata_ms, METADATA_MS);
	set_default(&s->cfg.leave_ms, LEAVE_MS);
	s->wall_offset_ms = cfg->wall_offset_ms;
	s->bucket_count = buckets;
	rd_timers_init(&s->timers);
	s->out = rd_alloc(RD_SIGNALING_OUT_BYTES);
	err = s->out ? rd_secret_init(&s->key, cfg->key) : RD_E_NOMEM;
	if (!err)
		err = open_pools(s);
	if (err) {
		rd_signaling_close(s);
		return err;
	}
	*out = s;
	return RD_OK;
}

static void attendee_free(struct rd_attendee *a)
{
	struct rd_signaling *s = a->meeting->s;

	rd_timer_disarm(&s->timers, &a->grace);
	rd_list_remove(&a->in_busy);
	a->meeting->attendees[a->place] = NULL;
	a->meeting->generation[a->place]++;
	rd_pool_give(s->attendees, a->pool_id);
}

static void meeting_free(struct rd_meeting *m)
{
	struct rd_signaling *s = m->s;

	for (size_t i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++)
		if (m->attendees[i])
			attendee_free(m->attendees[i]);
	rd_messages_close(m);
	rd_timer_disarm(&s->timers, &m->metadata);
	rd_list_remove(&m->in_busy);
	rd_list_remove(&m->in_bucket);
	rd_pool_give(s->meetings, m->pool_id);
}

void rd_signaling_close(struct rd_signaling *s)
{
	struct rd_meeting *m;
	struct rd_conn *c;
	size_t cursor = 0;
	uint32_t id;

	if (!s)
		return;
	while (s->conns && (c = rd_pool_next(s->conns, &cursor, &id)))
		rd_conn_free(c);
	cursor = 0;
	while (s->meetings && (m = rd_pool_next(s->meetings, &cursor, &id)))
		meeting_free(m);
	rd_pool_close(s->conns);
	rd_pool_close(s->attendees);
	rd_pool_close(s->meetings);
	rd_secret_fini(&s->key);
	rd_free(s->lent);
	rd_free(s->out);
	rd_free(s);
}

void rd_signaling_set_wall(struct rd_signaling *s, uint64_t wall_offset_ms)
{
	s->wall_offset_ms = wall_offset_ms;
}

/* ---- finding ---- */

static struct rd_list *bucket_of(struct rd_signaling *s, const char *id)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (; *id; id++)
		hash = (hash ^ (uint8_t)*id) * 16777619U;
	return &s->buckets[hash & (s->bucket_count - 1)];
}

struct rd_meeting *rd_meeting_of(struct rd_signaling *s, const char *meeting_id)
{
	struct rd_list *head = bucket_of(s, meeting_id);
	struct rd_list *item;

	rd_list_each (item, head) {
		struct rd_meeting *m =
			rd_container(item, struct rd_meeting, in_bucket);

		if (!strcmp(m->id, meeting_id))
			return m;
	}
	return NULL;
}

struct rd_attendee *rd_meeting_find(const struct rd_meeting *m,
				    const char *attendee_id)
{
	for (size_t i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++)
		if (m->attendees[i] &&
		    !strcmp(m->attendees[i]->id, attendee_id))
			return m->attendees[i];
	return NULL;
}

static struct rd_attendee *find_attendee(struct rd_signaling *s,
					 const char *meeting_id,
					 const char *attendee_id)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);

	return m ? rd_meeting_find(m, attendee_id) : NULL;
}

/* ---- meetings ---- */

static bool is_id(const char *id)
{
	size_t len = strlen(id);

	return len >= 1 && len < RD_SIGNALING_ID_TEXT;
}

static void metadata_due(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_meeting *m = rd_container(t, struct rd_meeting, metadata);
	struct rd_list *item;

	m->metadata_at_ms = now_ms;
	m->is_volume_new = false;
	rd_list_each (item, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (rd_conn_is_active(c))
			rd_conn_want(c, RD_WANT_METADATA);
	}
	rd_messages_sweep(m, now_ms);
	rd_meeting_arm_metadata(m);
}

void rd_meeting_arm_metadata(struct rd_meeting *m)
{
	unsigned gap_ms =
		m->is_volume_new ? m->s->cfg.metadata_ms : METADATA_IDLE_MS;
	struct rd_list *item;

	rd_list_each (item, &m->conns) {
		if (!rd_conn_is_active(
			    rd_container(item, struct rd_conn, in_meeting)))
			continue;
		rd_timer_arm(&m->s->timers, &m->metadata,
			     m->metadata_at_ms + gap_ms);
		return;
	}
	rd_timer_disarm(&m->s->timers, &m->metadata);
}

enum rd_err rd_signaling_meeting_open(struct rd_signaling *s,
				      const char *meeting_id, uint64_t now_ms)
{
	struct rd_meeting *m;
	uint32_t id;

	if (!is_id(meeting_id))
		return RD_E_SIZE;
	if (rd_meeting_of(s, meeting_id))
		return RD_E_EXISTS;
	m = rd_pool_take(s->meetings, &id);
	if (!m)
		return rd_why_not_taken(s->meetings);
	m->s = s;
	m->pool_id = id;
	m->metadata.fn = metadata_due;
	m->metadata_at_ms = now_ms;
	rd_text_copy(m->id, sizeof(m->id), rd_span_text(meeting_id));
	rd_list_push(bucket_of(s, meeting_id), &m->in_bucket);
	return RD_OK;
}

/* The connections outlive the meeting until their clients know of it. */
static void end_meeting(struct rd_meeting *m, bool has_farewell,
			uint64_t now_ms)
{
	struct rd_list *item, *after;

	for (size_t i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++)
		if (m->attendees[i])
			rd_attendee_release_held(m->attendees[i]);
	rd_list_each_safe (item, after, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		/* Every state takes it, or the connection is gone anyway. */
		(void)rd_conn_step(c, RD_CONN_ENDED, NULL, now_ms);
		if (!has_farewell && c->state == RD_CONN_ENDING)
			(void)rd_conn_step(c, RD_CONN_TIMEOUT, NULL, now_ms);
	}
	while ((item = rd_list_pop(&m->conns))) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		c->meeting = NULL;
		c->attendee = NULL;
		rd_conn_settle(c);
	}
	meeting_free(m);
}

void rd_signaling_meeting_end(struct rd_signaling *s, const char *meeting_id,
			      uint64_t now_ms)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);

	if (m)
		end_meeting(m, true, now_ms);
}

void rd_signaling_meeting_close(struct rd_signaling *s, const char *meeting_id,
				uint64_t now_ms)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);

	if (m)
		end_meeting(m, false, now_ms);
}

void rd_meeting_roster_changed(struct rd_meeting *m)
{
	struct rd_list *item;

	rd_list_each (item, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (rd_conn_is_active(c))
			rd_conn_want(c, RD_WANT_ROSTER);
	}
}

/* ---- attendees ---- */

bool rd_attendee_is_visible(const struct rd_attendee *a)
{
	return a->state != RD_ABSENT;
}

void rd_attendee_news(struct rd_attendee *a)
{
	if (a->has_socket && rd_list_is_empty(&a->in_busy))
		rd_list_push(&a->meeting->s->busy_attendees, &a->in_busy);
}

void rd_attendee_release_held(struct rd_attendee *a)
{
	struct rd_conn *held = a->held;

	if (!held)
		return;
	a->held = NULL;
	held->is_held = false;
	rd_conn_settle(held);
}

void rd_attendee_depart(struct rd_attendee *a, bool is_dropped)
{
	struct rd_signaling *s = a->meeting->s;

	rd_timer_disarm(&s->timers, &a->grace);
	rd_attendee_release_held(a);
	a->state = RD_ABSENT;
	a->is_dropped = is_dropped;
	if (is_dropped)
		s->stats.departed_dropped++;
	rd_attendee_news(a);
	rd_meeting_roster_changed(a->meeting);
}

static void grace_over(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_attendee *a = rd_container(t, struct rd_attendee, grace);

	(void)now_ms;
	/* A new connection under way has its own deadlines; if it fails,
	 * rd_attendee_lost arms this one again. */
	if (!a->conn)
		rd_attendee_depart(a, true);
}

void rd_attendee_away(struct rd_attendee *a, uint64_t now_ms)
{
	a->state = RD_AWAY;
	a->grace_end_ms = now_ms + a->meeting->s->cfg.grace_ms;
	rd_attendee_news(a);
}

void rd_attendee_lost(struct rd_attendee *a)
{
	a->conn = NULL;
	/* Perhaps in the past already; then it fires at the next poll, unless
	 * a newcomer takes the place of the one that was lost. */
	if (a->state == RD_AWAY)
		rd_timer_arm(&a->meeting->s->timers, &a->grace,
			     a->grace_end_ms);
}

void rd_attendee_set_muted(struct rd_attendee *a, bool is_muted)
{
	if (a->is_muted == is_muted)
		return;
	a->is_muted = is_muted;
	rd_attendee_news(a);
	rd_meeting_roster_changed(a->meeting);
}

static int free_place(const struct rd_meeting *m)
{
	for (int i = 0; i < RD_SIGNALING_ATTENDEES_MAX; i++)
		if (!m->attendees[i])
			return i;
	return -1;
}

static enum rd_err check_attendee(const struct rd_meeting *m,
				  const struct rd_signaling_attendee *from)
{
	size_t len = strlen(from->external_user_id);

	if (!is_id(from->attendee_id) || strchr(from->attendee_id, '#') ||
	    len >= RD_SIGNALING_EXTERNAL_TEXT ||
	    (len != 0 && len < EXTERNAL_MIN))
		return RD_E_SIZE;
	if (!rd_utf8_is_valid(rd_span_text(from->attendee_id)) ||
	    !rd_utf8_is_valid(rd_span_text(from->external_user_id)))
		return RD_E_FORMAT;
	if (rd_meeting_find(m, from->attendee_id))
		return RD_E_EXISTS;
	return free_place(m) < 0 ? RD_E_LIMIT : RD_OK;
}

static void make_token(struct rd_attendee *a, uint64_t expiry_ms, char *token)
{
	a->last_expiry_ms = rd_max_u64(a->last_expiry_ms, expiry_ms);
	rd_join_token_sign(rd_secret_lend(&a->meeting->s->key), a->meeting->id,
			   a->id, expiry_ms, token);
}

/* Wall time: tokens outlive the process. */
static uint64_t expiry_of(const struct rd_signaling *s, unsigned lifetime_ms,
			  uint64_t now_ms)
{
	return now_ms + lifetime_ms + s->wall_offset_ms;
}

enum rd_err rd_signaling_attendee_add(struct rd_signaling *s,
				      const char *meeting_id,
				      const struct rd_signaling_attendee *from,
				      uint64_t now_ms, char *token)
{
	struct rd_meeting *m = rd_meeting_of(s, meeting_id);
	struct rd_attendee *a;
	enum rd_err err;
	uint32_t id;

	if (token)
		token[0] = '\0';
	if (!m)
		return RD_E_NOTFOUND;
	err = check_attendee(m, from);
	if (err)
		return err;
	a = rd_pool_take(s->attendees, &id);
	if (!a)
		return rd_why_not_taken(s->attendees);
	a->meeting = m;
	a->pool_id = id;
	a->place = (unsigned)free_place(m);
	a->has_socket = from->has_socket;
	a->grace.fn = grace_over;
	rd_text_copy(a->id, sizeof(a->id), rd_span_text(from->attendee_id));
	rd_text_copy(a->external_user_id, sizeof(a->external_user_id),
		     rd_span_text(from->external_user_id));
	m->attendees[a->place] = a;
	if (token)
		make_token(a,
			   expiry_of(s,
				     from->token_ms ? from->token_ms
						    : s->cfg.token_ms,
				     now_ms),
			   token);
	rd_messages_forget(m, a->place, RD_FORGET_ATTENDEE);
	if (!a->has_socket) {
		a->state = RD_PRESENT;
		a->stream_id = ++m->last_stream_id;
		rd_meeting_roster_changed(m);
	}
	return RD_OK;
}

enum rd_err rd_signaling_token(struct rd_signaling *s, const char *meeting_id,
			       const char *attendee_id, uint64_t now_ms,
			       char token[RD_SIGNALING_TOKEN_TEXT])
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);

	token[0] = '\0';
	if (!a)
		return RD_E_NOTFOUND;
	make_token(a, expiry_of(s, s->cfg.token_ms, now_ms), token);
	return RD_OK;
}

static void stay_away_until(struct rd_attendee *a, uint64_t until_ms)
{
	if (a->state != RD_AWAY)
		return;
	a->grace_end_ms = until_ms;
	rd_attendee_lost(a); /* arms anew */
}

void rd_signaling_attendee_park(struct rd_signaling *s, const char *meeting_id,
				const char *attendee_id, uint64_t until_ms,
				uint64_t now_ms)
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);
	struct rd_conn *c = a ? a->conn : NULL;

	if (!a || !a->has_socket)
		return;
	if (c) {
		(void)rd_conn_step(c, RD_CONN_REPLACED, NULL, now_ms);
		rd_conn_settle(c);
	}
	stay_away_until(a, until_ms);
}

enum rd_err rd_signaling_attendee_resume(struct rd_signaling *s,
					 const char *meeting_id,
					 const char *attendee_id,
					 uint64_t until_ms, uint64_t now_ms,
					 char token[RD_SIGNALING_TOKEN_TEXT])
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);
	struct rd_list *item, *after;

	token[0] = '\0';
	if (!a || !a->has_socket)
		return RD_E_NOTFOUND;
	rd_list_each_safe (item, after, &a->meeting->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (c->attendee != a || c->is_held)
			continue;
		if (c == a->conn) {
			(void)rd_conn_step(c, RD_CONN_ELSEWHERE, NULL, now_ms);
		} else { /* it has not joined, and may not any more */
			(void)rd_conn_step(c, RD_CONN_REMOVED, NULL, now_ms);
			a->unjoined--;
			c->attendee = NULL;
		}
		rd_conn_settle(c);
	}
	a->has_joined = false;
	/* Later than all he had, whatever the clock does. */
	a->least_expiry_ms = rd_max_u64(expiry_of(s, s->cfg.token_ms, now_ms),
					a->last_expiry_ms + 1);
	make_token(a, a->least_expiry_ms, token);
	stay_away_until(a, until_ms);
	return RD_OK;
}

void rd_signaling_attendee_remove(struct rd_signaling *s,
				  const char *meeting_id,
				  const char *attendee_id, uint64_t now_ms)
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);
	struct rd_list *item, *after;
	struct rd_meeting *m;

	if (!a)
		return;
	m = a->meeting;
	rd_attendee_release_held(a);
	rd_list_each_safe (item, after, &m->conns) {
		struct rd_conn *c =
			rd_container(item, struct rd_conn, in_meeting);

		if (c->attendee != a)
			continue;
		(void)rd_conn_step(c, RD_CONN_REMOVED, NULL, now_ms);
		c->attendee = NULL;
		rd_conn_settle(c);
	}
	attendee_free(a);
	rd_meeting_roster_changed(m);
	rd_meeting_arm_metadata(m);
}

void rd_signaling_volume(struct rd_signaling *s, const char *meeting_id,
			 const char *attendee_id, uint8_t level,
			 enum rd_signaling_strength strength)
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);

	if (!a || (a->has_volume && a->level == level &&
		   a->strength == (uint8_t)strength))
		return;
	a->has_volume = true;
	a->level = level > 127 ? 127 : level;
	a->strength = (uint8_t)strength;
	if (a->meeting->is_volume_new)
		return;
	a->meeting->is_volume_new = true;
	rd_meeting_arm_metadata(a->meeting);
}

void rd_signaling_mute(struct rd_signaling *s, const char *meeting_id,
		       const char *attendee_id, bool is_muted)
{
	struct rd_attendee *a = find_attendee(s, meeting_id, attendee_id);

	if (!a)
		return;
	/* The driver's own doing is no news to it. */
	a->is_told_muted = is_muted;
	rd_attendee_set_muted(a, is_muted);
}

void rd_signaling_stats(const struct rd_signaling *s,
			struct rd_signaling_stats *out)
{
	*out = s->stats;
	out->meetings = (unsigned)rd_pool_used(s->meetings);
	out->attendees = (unsigned)rd_pool_used(s->attendees);
	out->connections = (unsigned)rd_pool_used(s->conns);
}
