/* provider/connect_follow.c - what becomes of a contact, and of the client.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reason.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "provider/connect_priv.h"

enum {
	SETTLING_MS = 30000, /* a new contact may not be found at once */
	NOT_FOUND_MOST = 3,
	SOON_MS = 500,
};

static void look(struct rd_connect_contact *c);

static struct rd_timers *timers(const struct rd_connect_contact *c)
{
	return rd_loop_timers(c->connect->cfg.loop);
}

static void arm(struct rd_connect_contact *c)
{
	rd_timer_arm(timers(c), &c->timer,
		     rd_min_u64(c->look_ms, rd_presence_due_ms(&c->presence)));
}

static void look_later(struct rd_connect_contact *c)
{
	uint64_t now_ms = rd_loop_now_ms(c->connect->cfg.loop);

	c->look_ms =
		now_ms + rd_connect_watch_wait_ms(&c->watch, c->connect->live,
						  rd_random_u32());
	arm(c);
}

/* What the client's coming and going adds; false: c is gone. */
static bool pump_presence(struct rd_connect_contact *c, uint64_t now_ms)
{
	enum rd_presence_news news;
	bool must_tell;

	while ((news = rd_presence_poll(&c->presence, now_ms)) !=
	       RD_PRESENCE_NOTHING) {
		if (news == RD_PRESENCE_AWAY) {
			rd_connect_stop(c, RD_REASON_NETWORK_LOST,
					RD_BY_SYSTEM);
			return false;
		}
		/* Something has happened, maybe to the contact too. */
		if (!c->request && c->look_ms > now_ms + SOON_MS)
			c->look_ms = now_ms + SOON_MS;
	}
	/* Who was never up cannot be lost. */
	must_tell = c->watch.is_up && c->told_lost != c->presence.told_lost;
	if (must_tell) {
		c->told_lost = c->presence.told_lost;
		rd_connect_tell(c, c->told_lost ? RD_CALL_CALLER_LOST
						: RD_CALL_CALLER_BACK);
	}
	return true;
}

void rd_connect_seen(struct rd_connect_contact *c, bool follows,
		     uint64_t now_ms)
{
	rd_presence_feed(&c->presence, follows, now_ms);
	if (pump_presence(c, now_ms))
		arm(c);
}

void rd_connect_park(struct rd_connect_contact *c, uint64_t now_ms)
{
	rd_presence_leave(&c->presence, now_ms);
	if (pump_presence(c, now_ms))
		arm(c);
}

/* --- the place in the queue ---------------------------------------------- */

static void on_metrics(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;
	struct rd_aws_wait wait;

	c->metrics_request = 0;
	if (r->status == 401 || r->status == 403) {
		c->connect->metrics_refused = true;
		rd_connect_log(c, "GetContactMetrics", r);
		return;
	}
	if (r->err || rd_aws_contact_metrics_read(r->body, &wait) != RD_OK)
		return;
	if (c->watch.is_answered || (wait.position == c->wait.position &&
				     wait.wait_s == c->wait.wait_s))
		return;
	c->wait = wait;
	rd_connect_tell(c, RD_CALL_FAR_RINGS);
}

static void ask_metrics(struct rd_connect_contact *c)
{
	struct rd_connect *k = c->connect;
	struct rd_aws_ask ask;
	enum rd_err err;

	if (!c->to->asks_wait || k->metrics_refused || c->metrics_request ||
	    !c->watch.is_queued || c->watch.is_answered)
		return;
	err = rd_aws_contact_metrics(&ask, c->to->instance_id, c->contact_id);
	if (!err)
		err = rd_aws_client_call(k->cfg.aws, &ask.call, on_metrics, c,
					 &c->metrics_request);
	if (err) /* it is asked again after the next look */
		c->metrics_request = 0;
	rd_aws_ask_fini(&ask);
}

/* --- looking ------------------------------------------------------------- */

/* The caller was transferred: he goes on in another contact. */
static bool go_on(struct rd_connect_contact *c, struct rd_aws_contact *seen)
{
	if (!seen->is_ended || !seen->next_id[0] ||
	    !strcmp(seen->next_id, c->contact_id))
		return false;
	rd_log(RD_LOG_INFO, "provider",
	       "call=%s event=\"contact transferred\" contact=%s", c->call_id,
	       seen->next_id);
	memcpy(c->contact_id, seen->next_id, sizeof(c->contact_id));
	seen->is_ended = false;
	rd_connect_watch_hurry(&c->watch);
	return true;
}

static void on_over(struct rd_connect_contact *c,
		    const struct rd_connect_step *step)
{
	struct rd_provider_event gone = { .reason = step->reason,
					  .by = step->by };

	rd_connect_tell_gone(c, &gone);
	rd_connect_free(c);
}

static void take_view(struct rd_connect_contact *c, struct rd_aws_contact *seen)
{
	struct rd_connect_step steps[RD_CONNECT_STEPS];
	unsigned count;

	c->not_found = 0;
	go_on(c, seen);
	count = rd_connect_watch_feed(&c->watch, seen, steps);
	for (unsigned i = 0; i < count; i++) {
		if (steps[i].kind == RD_CALL_GONE) {
			on_over(c, &steps[i]);
			return;
		}
		rd_connect_tell(c, steps[i].kind);
	}
	if (!pump_presence(c, rd_loop_now_ms(c->connect->cfg.loop)))
		return;
	ask_metrics(c);
	look_later(c);
}

static void on_failed(struct rd_connect_contact *c,
		      const struct rd_aws_result *r)
{
	static const struct rd_connect_step lost = { RD_CALL_GONE,
						     RD_REASON_ENDED_BY_SYSTEM,
						     RD_BY_SYSTEM };
	uint64_t now_ms = rd_loop_now_ms(c->connect->cfg.loop);
	bool is_new = now_ms < c->live_since_ms + SETTLING_MS;

	c->not_found =
		rd_aws_judge(r).is_gone && !is_new ? c->not_found + 1 : 0;
	if (c->not_found == NOT_FOUND_MOST) {
		rd_connect_log(c, "DescribeContact", r);
		on_over(c, &lost);
		return;
	}
	/* The call goes on without us looking; once is enough to say so. */
	if (c->watch.failures == 0)
		rd_connect_log(c, "DescribeContact", r);
	rd_connect_watch_back_off(&c->watch);
	look_later(c);
}

static void on_look(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;
	struct rd_aws_contact seen;

	c->request = 0;
	if (r->err || rd_aws_describe_contact_read(r->body, &seen) != RD_OK)
		on_failed(c, r);
	else
		take_view(c, &seen);
}

static void look(struct rd_connect_contact *c)
{
	struct rd_aws_ask ask;
	enum rd_err err = rd_aws_describe_contact(&ask, c->to->instance_id,
						  c->contact_id);

	if (!err)
		err = rd_aws_client_call(c->connect->cfg.aws, &ask.call,
					 on_look, c, &c->request);
	rd_aws_ask_fini(&ask);
	c->look_ms = RD_NEVER; /* until it is answered */
	if (err) {
		c->request = 0;
		rd_connect_watch_back_off(&c->watch);
		look_later(c);
	}
}

static void on_timer(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_connect_contact *c =
		rd_container(t, struct rd_connect_contact, timer);

	if (!pump_presence(c, now_ms))
		return;
	if (now_ms >= c->look_ms)
		look(c);
	arm(c);
}

void rd_connect_follow(struct rd_connect_contact *c, uint64_t now_ms)
{
	c->connect->live++;
	c->live_since_ms = now_ms;
	c->timer.fn = on_timer;
	look_later(c);
}

void rd_connect_follow_stop(struct rd_connect_contact *c)
{
	struct rd_connect *k = c->connect;

	if (!c->live_since_ms)
		return;
	c->live_since_ms = 0;
	k->live--;
	rd_timer_disarm(timers(c), &c->timer);
	rd_aws_client_cancel(k->cfg.aws, c->metrics_request);
	c->metrics_request = 0;
}
