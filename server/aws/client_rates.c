/* aws/client_rates.c - below which rate each operation is asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/client_priv.h"

/* Nine tenths of the default quotas of an account, and one less at once, for
 * AWS counts when requests arrive, not when they were sent. */
static const struct rd_aws_rate defaults[] = {
	{ RD_AWS_CONNECT, "StopContact", 540, 13 },
	{ RD_AWS_CONNECT, "DescribeContact", 540, 13 },
	{ RD_AWS_CONNECT, "GetContactAttributes", 540, 13 },
	{ RD_AWS_CONNECT, "UpdateContactAttributes", 540, 13 },
	{ RD_AWS_CONNECT, "GetContactMetrics", 108, 4 },
	{ RD_AWS_CONNECT, "StartWebRTCContact", 108, 4 },
	{ RD_AWS_CONNECT, NULL, 108, 4 },
	{ RD_AWS_PARTICIPANT, "CreateParticipantConnection", 324, 8 },
	{ RD_AWS_PARTICIPANT, "SendMessage", 540, 13 },
	{ RD_AWS_PARTICIPANT, "DisconnectParticipant", 162, 4 },
	{ RD_AWS_PARTICIPANT, NULL, 162, 4 },
	{ RD_AWS_MEETINGS, "CreateMeeting", 540, 9 },
	{ RD_AWS_MEETINGS, "CreateMeetingWithAttendees", 540, 9 },
	{ RD_AWS_MEETINGS, "DeleteMeeting", 540, 9 },
	{ RD_AWS_MEETINGS, NULL, 540, 9 },
	{ RD_AWS_VOICE, "CreateSipMediaApplicationCall", 54, 1 },
	{ RD_AWS_VOICE, "UpdateSipMediaApplicationCall", 270, 4 },
	{ RD_AWS_VOICE, NULL, 108, 2 },
	{ RD_AWS_STS, NULL, 600, 10 },
	{ RD_AWS_LAMBDA, NULL, 6000, 100 },
};

static void add(struct rd_aws_client *c, const struct rd_aws_rate *rate,
		unsigned per_second)
{
	struct rd_aws_turns *t = &c->turns[c->turn_count++];

	t->service = rate->service;
	t->operation = rate->operation;
	rd_throttle_init(&t->throttle,
			 per_second ? per_second * 60 : rate->per_minute,
			 per_second ? per_second : rate->burst);
}

enum rd_err rd_aws_client_open_turns(struct rd_aws_client *c,
				     const struct rd_aws_client_cfg *cfg)
{
	size_t count = cfg->rate_count + RD_COUNT(defaults);

	c->turns = rd_zalloc(count * sizeof(*c->turns));
	if (!c->turns)
		return RD_E_NOMEM;
	for (size_t i = 0; i < cfg->rate_count; i++)
		add(c, &cfg->rates[i], 0);
	for (size_t i = 0; i < RD_COUNT(defaults); i++)
		add(c, &defaults[i], cfg->requests_per_second);
	return RD_OK;
}

/* The first that fits: configured ones stand before the defaults. */
struct rd_throttle *rd_aws_client_turns(struct rd_aws_client *c,
					enum rd_aws_service service,
					const char *operation)
{
	for (size_t i = 0; i < c->turn_count; i++) {
		struct rd_aws_turns *t = &c->turns[i];

		if (t->service == service &&
		    (!t->operation || !strcmp(t->operation, operation)))
			return &t->throttle;
	}
	rd_assert(false);
}
