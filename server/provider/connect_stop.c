/* provider/connect_stop.c - contacts end, also those whose start was lost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/reason.h"
#include "base/log.h"
#include "provider/connect_priv.h"

/* Between the tries, each of which is up to 8 s long and tries again by
 * itself. */
static const unsigned pauses_ms[] = { 2000, 10000, 30000, 60000 };

static void send_stop(struct rd_connect_contact *c);
static void ask_again(struct rd_connect_contact *c);

static void on_pause(struct rd_timer *t, uint64_t now_ms)
{
	struct rd_connect_contact *c =
		rd_container(t, struct rd_connect_contact, timer);

	(void)now_ms;
	if (c->phase == RD_CONNECT_STOPPING)
		send_stop(c);
	else
		ask_again(c);
}

static void pause_for_next(struct rd_connect_contact *c)
{
	if (c->tries == RD_COUNT(pauses_ms)) {
		rd_provider_log_left_open(c->call_id, c->contact_id);
		rd_connect_free(c);
		return;
	}
	c->timer.fn = on_pause;
	rd_timer_arm(rd_loop_timers(c->connect->cfg.loop), &c->timer,
		     rd_loop_now_ms(c->connect->cfg.loop) +
			     pauses_ms[c->tries++]);
}

/* --- stopping ------------------------------------------------------------ */

static void on_stopped(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;
	struct rd_provider_event gone = { .reason = c->reason, .by = c->by };

	c->request = 0;
	/* Whatever it was: the call is over, its record is closed now. */
	rd_connect_tell_gone(c, &gone);
	if (!r->err || rd_aws_judge(r).is_gone) {
		rd_connect_free(c);
		return;
	}
	rd_connect_log(c, "StopContact", r);
	pause_for_next(c);
}

static void send_stop(struct rd_connect_contact *c)
{
	struct rd_aws_ask ask;
	enum rd_err err =
		rd_aws_stop_contact(&ask, c->to->instance_id, c->contact_id);

	if (!err)
		err = rd_aws_client_call(c->connect->cfg.aws, &ask.call,
					 on_stopped, c, &c->request);
	rd_aws_ask_fini(&ask);
	if (err) {
		struct rd_provider_event gone = { .reason = c->reason,
						  .by = c->by };

		c->request = 0;
		rd_connect_tell_gone(c, &gone);
		pause_for_next(c);
	}
}

void rd_connect_stop(struct rd_connect_contact *c, enum rd_reason reason,
		     enum rd_ended_by by)
{
	rd_aws_client_cancel(c->connect->cfg.aws, c->request); /* a look */
	c->request = 0;
	rd_connect_follow_stop(c);
	rd_connect_digits_stop(c);
	c->phase = RD_CONNECT_STOPPING;
	c->reason = reason;
	c->by = by;
	c->tries = 0;
	send_stop(c);
}

void rd_connect_stop_later(struct rd_connect_contact *c, uint64_t due_ms)
{
	c->phase = RD_CONNECT_STOPPING;
	c->timer.fn = on_pause;
	rd_timer_arm(rd_loop_timers(c->connect->cfg.loop), &c->timer, due_ms);
}

/* --- a start whose answer was lost --------------------------------------- */

/* The same ClientToken gives the contact that there is.  If there is none, one
 * begins now and ends at once: better than one that nobody knows of. */
static void on_found(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;

	c->request = 0;
	if (!r->err &&
	    rd_aws_start_contact_read_id(r->body, c->contact_id) == RD_OK) {
		rd_log(RD_LOG_INFO, "provider",
		       "call=%s event=\"lost contact found\" contact=%s",
		       c->call_id, c->contact_id);
		rd_connect_stop(c, RD_REASON_PROVIDER_DOWN, RD_BY_SYSTEM);
		return;
	}
	if (r->err && !r->may_have_happened && r->err == RD_E_REFUSED) {
		rd_connect_free(c); /* AWS knows of none and wants none */
		return;
	}
	pause_for_next(c);
}

static void ask_again(struct rd_connect_contact *c)
{
	enum rd_err err;

	c->start->call.deadline_ms = 0; /* nobody waits any more */
	err = rd_aws_client_call(c->connect->cfg.aws, &c->start->call, on_found,
				 c, &c->request);
	if (err) {
		c->request = 0;
		pause_for_next(c);
	}
}

void rd_connect_doubt(struct rd_connect_contact *c)
{
	c->phase = RD_CONNECT_DOUBTFUL;
	c->tries = 0;
	pause_for_next(c);
}
