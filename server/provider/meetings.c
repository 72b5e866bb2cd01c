/* provider/meetings.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/meetings.h"

#include <strings.h>

#include "base/log.h"
#include "base/text.h"

enum {
	MOST = 250,
	EMPTY_MS = 5 * 60 * 1000,
	LIFE_MS = 24 * 60 * 60 * 1000,
	LOOK_MS = 5000,
	TERMS_TEXTS = 8 + RD_MEETING_TENANTS,
};

struct attendee {
	struct rd_meeting_attendee is;
	struct rd_list in_meeting;
};

struct meeting {
	char id[RD_ROOM_ID];
	struct rd_meeting_terms terms; /* its texts are ours */
	uint64_t begun_ms;
	uint64_t seen_ms; /* when somebody was there, or begun_ms */
	unsigned attendee_count;
	struct rd_list attendees; /* struct attendee.in_meeting */
	struct rd_list in_meetings;
};

struct rd_meetings {
	struct rd_meetings_cfg cfg; /* lent to us */

	struct rd_list meetings; /* struct meeting.in_meetings */
	unsigned count;
	uint64_t numbers; /* given to attendees so far */
	struct rd_timer look;
};

/* --- terms --------------------------------------------------------------- */

/* Its texts, so that they are copied, compared and freed in one way. */
static void list_texts(struct rd_meeting_terms *t,
		       const char **texts[static TERMS_TEXTS])
{
	const char **own[] = { &t->client_token, &t->external_id,
			       &t->region,       &t->host_id,
			       &t->primary_id,   &t->echo_reduction,
			       &t->video,        &t->content };

	memcpy(texts, own, sizeof(own));
	for (size_t i = 0; i < RD_MEETING_TENANTS; i++)
		texts[RD_COUNT(own) + i] = &t->tenants[i];
}

static void free_terms(struct rd_meeting_terms *t)
{
	const char **texts[TERMS_TEXTS];

	list_texts(t, texts);
	for (size_t i = 0; i < TERMS_TEXTS; i++)
		rd_free((void *)(uintptr_t)*texts[i]);
}

static enum rd_err copy_terms(struct rd_meeting_terms *out,
			      const struct rd_meeting_terms *from)
{
	const char **texts[TERMS_TEXTS];
	const char *lent[TERMS_TEXTS];
	bool is_short = false;

	*out = *from;
	list_texts(out, texts);
	for (size_t i = 0; i < TERMS_TEXTS; i++) {
		lent[i] = *texts[i];
		*texts[i] = NULL;
	}
	for (size_t i = 0; i < TERMS_TEXTS; i++) {
		if (!lent[i])
			continue;
		*texts[i] = rd_strdup(lent[i]);
		is_short |= !*texts[i];
	}
	return is_short ? RD_E_NOMEM : RD_OK;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool are_same_terms(const struct rd_meeting_terms *a,
			   const struct rd_meeting_terms *b)
{
	struct rd_meeting_terms x = *a, y = *b;
	const char **left[TERMS_TEXTS], **right[TERMS_TEXTS];

	list_texts(&x, left);
	list_texts(&y, right);
	for (size_t i = 0; i < TERMS_TEXTS; i++)
		if (!is_same_text(*left[i], *right[i]))
			return false;
	return a->most_attendees == b->most_attendees;
}

/* --- meetings ------------------------------------------------------------ */

static struct meeting *find(const struct rd_meetings *m, const char *id)
{
	struct rd_list *item;

	rd_list_each (item, &m->meetings) {
		struct meeting *one =
			rd_container(item, struct meeting, in_meetings);

		if (!strcasecmp(one->id, id))
			return one;
	}
	return NULL;
}

static struct meeting *find_token(const struct rd_meetings *m,
				  const char *client_token)
{
	struct rd_list *item;

	rd_list_each (item, &m->meetings) {
		struct meeting *one =
			rd_container(item, struct meeting, in_meetings);

		if (is_same_text(one->terms.client_token, client_token))
			return one;
	}
	return NULL;
}

static void free_meeting(struct rd_meetings *m, struct meeting *one)
{
	struct rd_list *item;

	while ((item = rd_list_pop(&one->attendees)))
		rd_free(rd_container(item, struct attendee, in_meeting));
	if (one->in_meetings.next) {
		rd_list_remove(&one->in_meetings);
		m->count--;
	}
	free_terms(&one->terms);
	rd_free(one);
}

static void end_meeting(struct rd_meetings *m, struct meeting *one,
			const char *why)
{
	rd_log(RD_LOG_INFO, "provider",
	       "event=\"meeting ended\" meeting=%s why=\"%s\"", one->id, why);
	rd_room_close(m->cfg.engine, one->id);
	free_meeting(m, one);
}

static void on_look(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_meetings *m = rd_container(t, struct rd_meetings, look);
	struct rd_list *item, *after;

	rd_list_each_safe (item, after, &m->meetings) {
		struct meeting *one =
			rd_container(item, struct meeting, in_meetings);

		if (rd_room_present(m->cfg.engine, one->id) > 0)
			one->seen_ms = now_ms;
		if (now_ms - one->begun_ms >= m->cfg.life_ms)
			end_meeting(m, one, "its day is over");
		else if (now_ms - one->seen_ms >= m->cfg.empty_ms)
			end_meeting(m, one, "nobody is there");
	}
	if (m->count > 0)
		rd_timer_arm(rd_loop_timers(m->cfg.loop), &m->look,
			     now_ms + rd_min_u64(LOOK_MS, m->cfg.empty_ms));
}

enum rd_err rd_meetings_open(struct rd_meetings **out,
			     const struct rd_meetings_cfg *cfg)
{
	struct rd_meetings *m = rd_zalloc(sizeof(*m));

	*out = NULL;
	if (!m)
		return RD_E_NOMEM;
	m->cfg = *cfg;
	if (!m->cfg.most)
		m->cfg.most = MOST;
	if (!m->cfg.empty_ms)
		m->cfg.empty_ms = EMPTY_MS;
	if (!m->cfg.life_ms)
		m->cfg.life_ms = LIFE_MS;
	m->look.fn = on_look;
	*out = m;
	return RD_OK;
}

void rd_meetings_close(struct rd_meetings *m)
{
	struct rd_list *item, *after;

	if (!m)
		return;
	rd_list_each_safe (item, after, &m->meetings) {
		struct meeting *one =
			rd_container(item, struct meeting, in_meetings);

		rd_room_close(m->cfg.engine, one->id);
		free_meeting(m, one);
	}
	rd_timer_disarm(rd_loop_timers(m->cfg.loop), &m->look);
	rd_free(m);
}

unsigned rd_meetings_count(const struct rd_meetings *m)
{
	return m->count;
}

unsigned rd_meetings_busy(const struct rd_meetings *m)
{
	struct rd_list *item;
	unsigned n = 0;

	rd_list_each (item, &m->meetings) {
		struct meeting *one =
			rd_container(item, struct meeting, in_meetings);

		n += rd_room_present(m->cfg.engine, one->id) > 0;
	}
	return n;
}

static enum rd_err open_meeting(struct rd_meetings *m,
				const struct rd_meeting_terms *terms,
				struct meeting **out)
{
	struct meeting *one = rd_zalloc(sizeof(*one));
	struct rd_room_cfg room = { 0 };
	enum rd_err err;

	*out = NULL;
	if (!one)
		return RD_E_NOMEM;
	rd_text_uuid(one->id);
	one->begun_ms = rd_loop_now_ms(m->cfg.loop);
	one->seen_ms = one->begun_ms;
	room.meeting_id = one->id;
	room.token_ms = m->cfg.life_ms;
	err = copy_terms(&one->terms, terms);
	if (!err)
		err = rd_room_open(m->cfg.engine, &room);
	if (err) {
		free_meeting(m, one);
		return err;
	}
	*out = one;
	return RD_OK;
}

enum rd_err rd_meeting_create(struct rd_meetings *m,
			      const struct rd_meeting_terms *terms,
			      char meeting_id[RD_ROOM_ID])
{
	struct meeting *one = find_token(m, terms->client_token);
	enum rd_err err;

	if (one) {
		if (!are_same_terms(&one->terms, terms))
			return RD_E_EXISTS;
		memcpy(meeting_id, one->id, sizeof(one->id));
		return RD_OK;
	}
	if (m->count >= m->cfg.most)
		return RD_E_LIMIT;
	err = open_meeting(m, terms, &one);
	if (err)
		return err;
	rd_list_push(&m->meetings, &one->in_meetings);
	if (m->count++ == 0)
		rd_timer_arm(rd_loop_timers(m->cfg.loop), &m->look,
			     one->begun_ms +
				     rd_min_u64(LOOK_MS, m->cfg.empty_ms));
	memcpy(meeting_id, one->id, sizeof(one->id));
	rd_log(RD_LOG_INFO, "provider", "event=\"meeting made\" meeting=%s",
	       one->id);
	return RD_OK;
}

enum rd_err rd_meeting_delete(struct rd_meetings *m, const char *meeting_id)
{
	struct meeting *one = find(m, meeting_id);

	if (!one)
		return RD_E_NOTFOUND;
	end_meeting(m, one, "deleted");
	return RD_OK;
}

enum rd_err rd_meeting_look(struct rd_meetings *m, const char *meeting_id,
			    struct rd_meeting_view *out)
{
	struct meeting *one = find(m, meeting_id);

	memset(out, 0, sizeof(*out));
	if (!one)
		return RD_E_NOTFOUND;
	out->meeting_id = one->id;
	out->terms = &one->terms;
	return rd_room_joining(m->cfg.engine, one->id, &out->joining);
}

/* --- attendees ----------------------------------------------------------- */

static bool is_word(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

/* What a meeting has not nobody can have, and who receives content must be
 * able to receive video. */
static bool are_possible(const struct rd_meeting_terms *t,
			 const struct rd_capabilities *can)
{
	bool gets_content =
		can->content == RD_SEND_RECEIVE || can->content == RD_RECEIVE;
	bool gets_video =
		can->video == RD_SEND_RECEIVE || can->video == RD_RECEIVE;

	if (is_word(t->video, "None") && can->video != RD_NEITHER)
		return false;
	if (is_word(t->content, "None") && can->content != RD_NEITHER)
		return false;
	return gets_video || !gets_content;
}

static struct attendee *find_attendee(struct meeting *one, const char *id)
{
	struct rd_list *item;

	rd_list_each (item, &one->attendees) {
		struct attendee *a =
			rd_container(item, struct attendee, in_meeting);

		if (!strcasecmp(a->is.attendee_id, id))
			return a;
	}
	return NULL;
}

static struct attendee *find_external(struct meeting *one, const char *id)
{
	struct rd_list *item;

	rd_list_each (item, &one->attendees) {
		struct attendee *a =
			rd_container(item, struct attendee, in_meeting);

		if (!strcmp(a->is.external_user_id, id))
			return a;
	}
	return NULL;
}

static enum rd_err add_attendee(struct rd_meetings *m, struct meeting *one,
				const char *external_user_id,
				const struct rd_capabilities *can,
				struct attendee **out)
{
	struct attendee *a = rd_zalloc(sizeof(*a));
	enum rd_err err;

	*out = NULL;
	if (!a)
		return RD_E_NOMEM;
	rd_text_uuid(a->is.attendee_id);
	memcpy(a->is.external_user_id, external_user_id,
	       strlen(external_user_id) + 1);
	a->is.can = *can;
	err = rd_room_attendee_add(m->cfg.engine, one->id, a->is.attendee_id,
				   external_user_id, a->is.join_token);
	if (err) {
		rd_free(a);
		return err;
	}
	a->is.number = ++m->numbers;
	rd_list_push(&one->attendees, &a->in_meeting);
	one->attendee_count++;
	*out = a;
	return RD_OK;
}

enum rd_err rd_meeting_attendee_create(struct rd_meetings *m,
				       const char *meeting_id,
				       const char *external_user_id,
				       const struct rd_capabilities *can,
				       const struct rd_meeting_attendee **out)
{
	struct rd_capabilities usual = { 0 };
	struct meeting *one = find(m, meeting_id);
	struct attendee *a;
	enum rd_err err;

	*out = NULL;
	if (!one)
		return RD_E_NOTFOUND;
	if (strlen(external_user_id) >= sizeof(a->is.external_user_id))
		return RD_E_SIZE;
	if (is_word(one->terms.video, "None"))
		usual.video = usual.content = RD_NEITHER;
	if (is_word(one->terms.content, "None"))
		usual.content = RD_NEITHER;
	if (can && !are_possible(&one->terms, can))
		return RD_E_FORMAT;
	a = find_external(one, external_user_id);
	if (a) {
		*out = &a->is;
		return RD_OK;
	}
	if (one->terms.most_attendees &&
	    one->attendee_count >= one->terms.most_attendees)
		return RD_E_LIMIT;
	err = add_attendee(m, one, external_user_id, can ? can : &usual, &a);
	if (!err)
		*out = &a->is;
	return err;
}

enum rd_err rd_meeting_attendee_look(struct rd_meetings *m,
				     const char *meeting_id,
				     const char *attendee_id,
				     const struct rd_meeting_attendee **out)
{
	struct meeting *one = find(m, meeting_id);
	struct attendee *a = one ? find_attendee(one, attendee_id) : NULL;

	*out = a ? &a->is : NULL;
	return a ? RD_OK : RD_E_NOTFOUND;
}

enum rd_err rd_meeting_attendee_delete(struct rd_meetings *m,
				       const char *meeting_id,
				       const char *attendee_id)
{
	struct meeting *one = find(m, meeting_id);
	struct attendee *a = one ? find_attendee(one, attendee_id) : NULL;

	if (!a)
		return RD_E_NOTFOUND;
	rd_room_attendee_remove(m->cfg.engine, one->id, a->is.attendee_id);
	rd_list_remove(&a->in_meeting);
	one->attendee_count--;
	rd_free(a);
	return RD_OK;
}

const struct rd_meeting_attendee *rd_meeting_attendee_next(
	struct rd_meetings *m, const char *meeting_id, uint64_t after)
{
	struct meeting *one = find(m, meeting_id);
	struct rd_list *item;

	if (!one)
		return NULL;
	rd_list_each (item, &one->attendees) {
		struct attendee *a =
			rd_container(item, struct attendee, in_meeting);

		if (a->is.number > after)
			return &a->is;
	}
	return NULL;
}
