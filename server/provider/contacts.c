/* provider/contacts.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/text.h"
#include "provider/contacts_priv.h"

enum {
	MOST_LIVE = 1000,
	MOST_KEPT = 10000,
	UNJOINED_MS = 300000, /* as a meeting that nobody joins */
	AWAY_MS = 58000,      /* between 55 and 60 s */
	DAY_MS = 86400000,
	SOUND_HZ = 8000, /* what every codec of a leg can play */
};

static const char *const reasons[] = {
	"CUSTOMER_DISCONNECT",
	"AGENT_DISCONNECT",
	"TELECOM_PROBLEM",
	"CONTACT_FLOW_DISCONNECT",
	"API",
	"OTHER",
};
RD_GAUGE(contacts_now, "ringdown_contacts", "Contacts that are not over.");
RD_COUNTERS(ended, "ringdown_contacts_ended_total", "Contacts that are over.",
	    "reason", reasons);

uint64_t rd_contacts_key(const struct rd_contacts *c, const char *text)
{
	return rd_text_hash(c->seed, rd_span_text(text));
}

struct rd_contact *rd_contact_find(const struct rd_contacts *c,
				   const char *contact_id)
{
	struct rd_contact *it =
		rd_table_get(&c->contacts, rd_contacts_key(c, contact_id));

	return it && !strcmp(it->id, contact_id) ? it : NULL;
}

void rd_contact_touch(struct rd_contact *it)
{
	it->updated_wall_ms = rd_clock_wall_ms();
}

/* --- ending and forgetting
 * ---------------------------------------------------- */

static void free_contact(struct rd_contact *it)
{
	struct rd_timers *timers = rd_loop_timers(it->contacts->cfg.loop);

	rd_timer_disarm(timers, &it->timer);
	rd_timer_disarm(timers, &it->digit_timer);
	rd_flow_run_close(it->run);
	rd_free(it->client_token);
	rd_free(it->display_name);
	rd_free(it->description);
	rd_free(it->related);
	rd_free(it->capabilities);
	rd_contact_list_fini(&it->attributes);
	rd_contact_list_fini(&it->references);
	rd_wipe(it->join_token, sizeof(it->join_token));
	rd_free(it);
}

/* Out of all tables; its texts may be asked for no more. */
static void forget(struct rd_contact *it)
{
	struct rd_contacts *c = it->contacts;

	rd_contact_drop_tokens(it);
	if (rd_contact_find(c, it->id) == it)
		rd_table_take(&c->contacts, rd_contacts_key(c, it->id));
	if (it->client_token) {
		uint64_t key = rd_contacts_key(c, it->client_token);

		if (rd_table_get(&c->client_tokens, key) == it)
			rd_table_take(&c->client_tokens, key);
	}
	if (it->state == RD_CONTACT_ENDED) {
		rd_list_remove(&it->in_over);
		c->kept--;
	}
	free_contact(it);
}

static void count_end(const struct rd_contacts *c, const char *reason)
{
	unsigned i = 0;

	while (i + 1 < RD_COUNT(reasons) && strcmp(reasons[i], reason) != 0)
		i++;
	rd_metric_add(&ended, i, 1);
	rd_metric_set(&contacts_now, 0, c->live);
}

void rd_contact_end(struct rd_contact *it, const char *reason)
{
	struct rd_contacts *c = it->contacts;
	struct rd_loop *loop = c->cfg.loop;

	if (it->state == RD_CONTACT_ENDED)
		return;
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"contact over\" reason=%s", it->id, reason);
	it->state = RD_CONTACT_ENDED;
	it->disconnect_reason = reason;
	it->ended_wall_ms = rd_clock_wall_ms();
	rd_contact_touch(it);
	rd_contact_hangup(it);
	rd_contact_dequeue(it);
	rd_contact_drop_tokens(it);
	rd_room_close(c->cfg.engine, it->meeting_id);
	rd_flow_run_close(it->run);
	it->run = NULL;
	rd_timer_disarm(rd_loop_timers(loop), &it->digit_timer);
	rd_timer_arm(rd_loop_timers(loop), &it->timer,
		     rd_loop_now_ms(loop) + c->cfg.kept_ms);
	c->live--;
	c->kept++;
	count_end(c, reason);
	rd_list_push(&c->over, &it->in_over);
}

static void on_timer(struct rd_timer *timer, uint64_t now_ms)
{
	struct rd_contact *it = rd_container(timer, struct rd_contact, timer);

	(void)now_ms;
	if (it->state == RD_CONTACT_ENDED)
		forget(it);
	else
		rd_contact_end(it, it->state == RD_CONTACT_INITIATED
					   ? "OTHER"
					   : "TELECOM_PROBLEM");
}

enum rd_err rd_contact_stop(struct rd_contacts *c, const char *contact_id)
{
	struct rd_contact *it = rd_contact_find(c, contact_id);

	if (!it)
		return RD_E_NOTFOUND;
	if (it->state == RD_CONTACT_ENDED)
		return RD_E_CLOSED;
	rd_contact_end(it, "API");
	return RD_OK;
}

/* --- beginning
 * ------------------------------------------------------------------ */

static const struct rd_contact_flow *find_flow(const struct rd_contacts *c,
					       const char *id)
{
	for (unsigned i = 0; i < c->cfg.flow_count; i++)
		if (!strcmp(c->cfg.flows[i].id, id))
			return &c->cfg.flows[i];
	return NULL;
}

bool rd_contacts_has_flow(const struct rd_contacts *c, const char *flow_id)
{
	return find_flow(c, flow_id) != NULL;
}

unsigned rd_contacts_count(const struct rd_contacts *c)
{
	return c->live;
}

static enum rd_err keep(char **out, const char *text)
{
	*out = rd_strdup(text ? text : "");
	return *out ? RD_OK : RD_E_NOMEM;
}

static enum rd_err check_texts(const struct rd_contact_start *start,
			       struct rd_complaint *why)
{
	if (rd_utf8_is_valid(rd_span_text(start->display_name)) &&
	    (!start->description ||
	     rd_utf8_is_valid(rd_span_text(start->description))))
		return RD_OK;
	rd_complain(why, "DisplayName and Description must be UTF-8");
	return RD_E_FORMAT;
}

static enum rd_err fill(struct rd_contact *it,
			const struct rd_contact_start *start,
			struct rd_complaint *why)
{
	enum rd_err err = check_texts(start, why);

	rd_text_uuid(it->id);
	rd_text_uuid(it->participant_id);
	rd_text_uuid(it->meeting_id);
	rd_text_uuid(it->attendee_id);
	it->disconnect_reason = "";
	it->timer.fn = on_timer;
	it->digit_timer.fn = rd_contact_send_digits;
	it->initiated_wall_ms = rd_clock_wall_ms();
	rd_contact_touch(it);
	if (!err)
		err = keep(&it->display_name, start->display_name);
	if (!err)
		err = keep(&it->description, start->description);
	if (!err)
		err = keep(&it->related, start->related_contact_id);
	if (!err)
		err = keep(&it->capabilities, start->capabilities);
	if (!err && start->client_token)
		err = keep(&it->client_token, start->client_token);
	if (!err)
		err = rd_contact_merge(&it->attributes, start->attributes,
				       start->attribute_count, why);
	return err ? err
		   : rd_contact_refer(&it->references, start->references,
				      start->reference_count, why);
}

static enum rd_err open_room(struct rd_contact *it)
{
	struct rd_contacts *c = it->contacts;
	struct rd_room_cfg cfg = { .meeting_id = it->meeting_id,
				   .director = &rd_contact_director,
				   .self = it,
				   .token_ms = c->cfg.unjoined_ms };
	enum rd_err err = rd_room_open(c->cfg.engine, &cfg);

	if (err)
		return err;
	err = rd_room_attendee_add(c->cfg.engine, it->meeting_id,
				   it->attendee_id, it->participant_id,
				   it->join_token);
	if (err)
		rd_room_close(c->cfg.engine, it->meeting_id);
	return err;
}

static enum rd_err put_in_tables(struct rd_contact *it)
{
	struct rd_contacts *c = it->contacts;
	enum rd_err err =
		rd_table_put(&c->contacts, rd_contacts_key(c, it->id), it);

	if (!err)
		err = rd_contact_take_token(it);
	if (!err && it->client_token)
		err = rd_table_put(&c->client_tokens,
				   rd_contacts_key(c, it->client_token), it);
	return err;
}

static enum rd_err begin(struct rd_contact *it,
			 const struct rd_contact_start *start,
			 struct rd_complaint *why)
{
	struct rd_flow_reader reader = rd_contact_reader;
	enum rd_err err = fill(it, start, why);

	reader.arg = it;
	if (!err)
		err = rd_flow_run_open(&it->run, it->flow->flow, &reader);
	if (!err)
		err = put_in_tables(it);
	return err ? err : open_room(it);
}

static enum rd_err tell_started(const struct rd_contact *it,
				struct rd_contact_started *out)
{
	struct rd_joining *j = &out->joining;
	enum rd_err err;

	*out = (struct rd_contact_started){ .contact_id = "" };
	memcpy(out->contact_id, it->id, sizeof(out->contact_id));
	memcpy(out->participant_id, it->participant_id,
	       sizeof(out->participant_id));
	rd_contact_participant_token(it, out->participant_token);
	err = rd_room_joining(it->contacts->cfg.engine, it->meeting_id, j);
	if (err)
		return err;
	snprintf(j->attendee_id, sizeof(j->attendee_id), "%s", it->attendee_id);
	snprintf(j->external_user_id, sizeof(j->external_user_id), "%s",
		 it->participant_id);
	snprintf(j->join_token, sizeof(j->join_token), "%s", it->join_token);
	snprintf(j->contact_id, sizeof(j->contact_id), "%s", it->id);
	snprintf(j->participant_id, sizeof(j->participant_id), "%s",
		 it->participant_id);
	snprintf(j->participant_token, sizeof(j->participant_token), "%s",
		 out->participant_token);
	return RD_OK;
}

static struct rd_contact *find_by_client_token(const struct rd_contacts *c,
					       const char *token)
{
	struct rd_contact *it = token ? rd_table_get(&c->client_tokens,
						     rd_contacts_key(c, token))
				      : NULL;

	return it && !strcmp(it->client_token, token) ? it : NULL;
}

static void forget_oldest(struct rd_contacts *c)
{
	unsigned most = c->cfg.most ? c->cfg.most * 10 : MOST_KEPT;

	if (c->kept >= most)
		forget(rd_container(c->over.next, struct rd_contact, in_over));
}

static enum rd_err start_new(struct rd_contacts *c,
			     const struct rd_contact_start *start,
			     const struct rd_contact_flow *flow,
			     struct rd_contact **out, struct rd_complaint *why)
{
	struct rd_contact *it = rd_zalloc(sizeof(*it));
	struct rd_loop *loop = c->cfg.loop;
	enum rd_err err;

	if (!it)
		return RD_E_NOMEM;
	it->contacts = c;
	it->flow = flow;
	err = begin(it, start, why);
	if (err) {
		forget(it);
		return err;
	}
	c->live++;
	rd_metric_set(&contacts_now, 0, c->live);
	rd_timer_arm(rd_loop_timers(loop), &it->timer,
		     rd_loop_now_ms(loop) + c->cfg.unjoined_ms);
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"contact begins\" flow=\"%s\"", it->id,
	       rd_flow_name(flow->flow));
	*out = it;
	return RD_OK;
}

enum rd_err rd_contact_start(struct rd_contacts *c,
			     const struct rd_contact_start *start,
			     struct rd_contact_started *out,
			     struct rd_complaint *why)
{
	struct rd_contact *it = find_by_client_token(c, start->client_token);
	const struct rd_contact_flow *flow = find_flow(c, start->flow_id);
	enum rd_err err = RD_OK;

	*out = (struct rd_contact_started){ .contact_id = "" };
	if (!flow) {
		rd_complain(why, "There is no such contact flow");
		return RD_E_NOTFOUND;
	}
	if (!it && c->live >= (c->cfg.most ? c->cfg.most : MOST_LIVE)) {
		rd_complain(why, "Too many contacts");
		return RD_E_FULL;
	}
	if (!it) {
		forget_oldest(c);
		err = start_new(c, start, flow, &it, why);
	}
	return err ? err : tell_started(it, out);
}

/* --- looking
 * -------------------------------------------------------------------- */

enum rd_err rd_contact_describe(struct rd_contacts *c, const char *contact_id,
				struct rd_contact_view *out)
{
	const struct rd_contact *it = rd_contact_find(c, contact_id);

	if (!it)
		return RD_E_NOTFOUND;
	*out = (struct rd_contact_view){
		.contact_id = it->id,
		.participant_id = it->participant_id,
		.flow_id = it->flow->id,
		.meeting_id = it->meeting_id,
		.attendee_id = it->attendee_id,
		.display_name = it->display_name,
		.description = it->description,
		.related_contact_id = it->related,
		.capabilities = it->capabilities,
		.state = it->state,
		.initiated_wall_ms = it->initiated_wall_ms,
		.system_wall_ms = it->system_wall_ms,
		.enqueued_wall_ms = it->enqueued_wall_ms,
		.agent_wall_ms = it->agent_wall_ms,
		.ended_wall_ms = it->ended_wall_ms,
		.updated_wall_ms = it->updated_wall_ms,
		.queue = it->queue_name,
		.agent = it->agent_wall_ms ? it->agent : "",
		.disconnect_reason = it->disconnect_reason,
	};
	return RD_OK;
}

/* --- opening
 * -------------------------------------------------------------------- */

static bool has_sound(const struct rd_contacts *c, const char *file)
{
	for (unsigned i = 0; i < c->sound_count; i++)
		if (!strcmp(c->sounds[i].file, file))
			return true;
	return false;
}

static enum rd_err open_sound(struct rd_contacts *c, const char *file,
			      const char *flow, struct rd_complaint *why)
{
	struct rd_contact_sound *s = &c->sounds[c->sound_count];
	struct rd_complaint inner = { "" };
	char path[1024];
	enum rd_err err;

	if (!c->cfg.sounds) {
		rd_complain(why,
			    "flow \"%.60s\" plays %.100s, but no folder of "
			    "sounds is configured",
			    flow, file);
		return RD_E_NOTFOUND;
	}
	snprintf(path, sizeof(path), "%s/%s", c->cfg.sounds, file);
	err = rd_sound_open(&s->sound, path, SOUND_HZ, &inner);
	if (err) {
		rd_complain(why, "flow \"%.60s\": %.400s", flow, inner.text);
		return err;
	}
	s->file = file;
	c->sound_count++;
	return RD_OK;
}

static enum rd_err open_sounds(struct rd_contacts *c, struct rd_complaint *why)
{
	unsigned count = 0;
	const char *file;
	enum rd_err err = RD_OK;

	for (unsigned i = 0; i < c->cfg.flow_count; i++)
		for (unsigned k = 0; rd_flow_file(c->cfg.flows[i].flow, k); k++)
			count++;
	c->sounds = rd_zalloc((count + 1) * sizeof(c->sounds[0]));
	if (!c->sounds)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < c->cfg.flow_count; i++) {
		const struct rd_flow *f = c->cfg.flows[i].flow;

		for (unsigned k = 0; !err && (file = rd_flow_file(f, k)); k++)
			if (!has_sound(c, file))
				err = open_sound(c, file, rd_flow_name(f), why);
	}
	return err;
}

static bool has_trunk(const struct rd_contacts *c, const char *name)
{
	for (unsigned i = 0; i < c->cfg.trunk_count; i++)
		if (!strcmp(c->cfg.trunks[i].trunk->name, name))
			return true;
	return false;
}

static enum rd_err check_trunks(const struct rd_contacts *c,
				struct rd_complaint *why)
{
	const char *name;

	for (unsigned i = 0; i < c->cfg.flow_count; i++) {
		const struct rd_flow *f = c->cfg.flows[i].flow;

		for (unsigned k = 0; (name = rd_flow_trunk(f, k)); k++)
			if (!has_trunk(c, name)) {
				rd_complain(why,
					    "flow \"%.60s\" transfers to the "
					    "trunk \"%.60s\", which is not "
					    "configured",
					    rd_flow_name(f), name);
				return RD_E_NOTFOUND;
			}
	}
	return RD_OK;
}

static void set_default(unsigned *value, unsigned to)
{
	if (!*value)
		*value = to;
}

enum rd_err rd_contacts_open(struct rd_contacts **out,
			     const struct rd_contacts_cfg *cfg,
			     struct rd_complaint *why)
{
	struct rd_contacts *c = rd_zalloc(sizeof(*c));
	enum rd_err err;

	*out = NULL;
	if (!c)
		return RD_E_NOMEM;
	c->cfg = *cfg;
	set_default(&c->cfg.unjoined_ms, UNJOINED_MS);
	set_default(&c->cfg.away_ms, AWAY_MS);
	set_default(&c->cfg.kept_ms, DAY_MS);
	set_default(&c->cfg.connection_ms, DAY_MS);
	c->seed = rd_random_u64();
	rd_random_bytes(c->key, sizeof(c->key));
	c->serve_timer.fn = rd_contacts_serve;
	rd_list_init(&c->queues);
	rd_list_init(&c->over);
	err = check_trunks(c, why);
	if (!err)
		err = open_sounds(c, why);
	if (err)
		rd_contacts_close(c);
	else
		*out = c;
	return err;
}

void rd_contacts_close(struct rd_contacts *c)
{
	struct rd_contact *it;
	size_t cursor;

	if (!c)
		return;
	for (cursor = 0; (it = rd_table_next(&c->contacts, &cursor));
	     cursor = 0) {
		rd_contact_end(it, "OTHER");
		forget(it);
	}
	rd_timer_disarm(rd_loop_timers(c->cfg.loop), &c->serve_timer);
	rd_contacts_free_queues(c);
	for (unsigned i = 0; i < c->sound_count; i++)
		rd_engine_sound_drop(c->cfg.engine, c->sounds[i].sound);
	rd_free(c->sounds);
	rd_table_fini(&c->contacts);
	rd_table_fini(&c->client_tokens);
	rd_table_fini(&c->participants);
	rd_table_fini(&c->connections);
	rd_wipe(c->key, sizeof(c->key));
	rd_free(c);
}
