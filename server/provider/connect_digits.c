/* provider/connect_digits.c - digits of the caller, by SendMessage.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The ParticipantToken buys a ConnectionToken, that sends digits.  One message
 * is under way at a time, so that digits arrive in their order; what comes
 * meanwhile goes with the next.
 */
#include "aws/reason.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "provider/connect_priv.h"

enum {
	RENEW_MS = 300000, /* before it expires */
	TRIES = 3,
	PAUSE_MS = 1000,
};

static void pump(struct rd_connect_contact *c);
static void send_digits(struct rd_connect_contact *c);

/* Whether the token is good for a while; a new one is used however short its
 * life is. */
static bool has_connection(const struct rd_connect_contact *c)
{
	return c->connection.token[0] &&
	       (c->connection.expires_ms == 0 ||
		rd_clock_wall_ms() + RENEW_MS < c->connection.expires_ms);
}

static void drop_connection(struct rd_connect_contact *c)
{
	rd_wipe(&c->connection, sizeof(c->connection));
}

static void drop_digits(struct rd_connect_contact *c)
{
	rd_log(RD_LOG_WARN, "provider",
	       "call=%s event=\"digits not sent\" count=%zu", c->call_id,
	       strlen(c->digits));
	rd_wipe(c->digits, sizeof(c->digits));
	c->sending = 0;
	c->digits_tries = 0;
}

static void on_pause(struct rd_timer *t, uint64_t now_ms)
{
	(void)now_ms;
	pump(rd_container(t, struct rd_connect_contact, digits_timer));
}

static void try_again(struct rd_connect_contact *c)
{
	if (++c->digits_tries >= TRIES) {
		drop_digits(c);
		return;
	}
	c->digits_timer.fn = on_pause;
	rd_timer_arm(rd_loop_timers(c->connect->cfg.loop), &c->digits_timer,
		     rd_loop_now_ms(c->connect->cfg.loop) + PAUSE_MS);
}

static void on_connection(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;

	c->digits_request = 0;
	if (r->err ||
	    rd_aws_create_connection_read(r->body, &c->connection) != RD_OK) {
		rd_connect_log(c, "CreateParticipantConnection", r);
		try_again(c);
		return;
	}
	send_digits(c);
}

static void on_sent(void *arg, const struct rd_aws_result *r)
{
	struct rd_connect_contact *c = arg;

	c->digits_request = 0;
	if (!r->err) {
		size_t left = strlen(c->digits) - c->sending;

		memmove(c->digits, c->digits + c->sending, left);
		rd_wipe(c->digits + left, sizeof(c->digits) - left);
		c->sending = 0;
		c->digits_tries = 0;
		pump(c);
		return;
	}
	rd_connect_log(c, "SendMessage", r);
	/* The token may have expired before its time; the same digits go again
	 * under the same ClientToken, so that they are not keyed twice. */
	if (r->status == 403 || r->status == 401)
		drop_connection(c);
	try_again(c);
}

static void send_ask(struct rd_connect_contact *c, struct rd_aws_ask *ask,
		     enum rd_err err, rd_aws_done *done)
{
	if (!err)
		err = rd_aws_client_call(c->connect->cfg.aws, &ask->call, done,
					 c, &c->digits_request);
	rd_aws_ask_fini(ask);
	if (err) {
		c->digits_request = 0;
		try_again(c);
	}
}

static void send_digits(struct rd_connect_contact *c)
{
	char text[RD_CONNECT_DIGITS + 1];
	struct rd_aws_ask ask;
	enum rd_err err;

	/* Digits that were sent in vain go again as they were. */
	if (!c->sending) {
		c->sending = strlen(c->digits);
		rd_text_uuid(c->digits_token);
	}
	rd_text_copy(text, sizeof(text), rd_span(c->digits, c->sending));
	err = rd_aws_send_digits(&ask, c->connection.token, text,
				 c->digits_token);
	rd_wipe(text, sizeof(text));
	send_ask(c, &ask, err, on_sent);
}

static void pump(struct rd_connect_contact *c)
{
	struct rd_aws_ask ask;

	if (c->digits_request || !c->digits[0])
		return;
	if (has_connection(c))
		send_digits(c);
	else
		send_ask(c, &ask,
			 rd_aws_create_connection(&ask, c->participant_token),
			 on_connection);
}

enum rd_err rd_connect_digits(struct rd_connect_contact *c, const char *digits)
{
	size_t have = strlen(c->digits), more = strlen(digits);

	if (c->phase != RD_CONNECT_LIVE || !c->watch.is_up)
		return RD_E_STATE;
	if (digits[strspn(digits, "0123456789*#")])
		return RD_E_UNSUPPORTED; /* audio/dtmf knows no A to D */
	if (have + more > RD_CONNECT_DIGITS)
		return RD_E_FULL;
	memcpy(c->digits + have, digits, more + 1);
	if (!c->digits_timer.is_armed)
		pump(c);
	return RD_OK;
}

void rd_connect_digits_stop(struct rd_connect_contact *c)
{
	struct rd_connect *k = c->connect;

	rd_timer_disarm(rd_loop_timers(k->cfg.loop), &c->digits_timer);
	rd_aws_client_cancel(k->cfg.aws, c->digits_request);
	c->digits_request = 0;
	drop_connection(c);
	rd_wipe(c->digits, sizeof(c->digits));
}
