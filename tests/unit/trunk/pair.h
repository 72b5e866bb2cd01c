/* tests/unit/trunk/pair.h - two rd_trunks that call each other on loopback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

#include "base/clock.h"
#include "base/log.h"
#include "trunk/trunk.h"

enum {
	PATIENCE_MS = 8000
};

#define SDP(port, way)                                                         \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"     \
	"t=0 0\r\nm=audio " port " RTP/AVP 0 8 101\r\n"                        \
	"a=rtpmap:101 telephone-event/8000\r\na=" way "\r\n"
#define OFFER  SDP("40000", "sendrecv")
#define ANSWER SDP("50000", "sendrecv")

struct pair {
	struct rd_trunk_cfg a_trunk, b_trunk;
	struct rd_trunks_cfg a_cfg, b_cfg;
	struct rd_trunks *a, *b;
	rd_dialog from_a, at_b;
	struct rd_trunk_event event; /* the last one */
};

static inline struct rd_network loopback_only(void)
{
	struct rd_network n;

	CHECK_OK(rd_network_parse(&n, rd_span_text("127.0.0.1")));
	return n;
}

static inline void pair_defaults(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	CHECK_OK(rd_addr_parse(&p->a_cfg.bind, rd_span_text("127.0.0.1")));
	p->b_cfg.bind = p->a_cfg.bind;
	p->a_trunk = (struct rd_trunk_cfg){ .name = "b",
					    .host = "127.0.0.1",
					    .context = RD_CONTEXT_X_HEADERS };
	p->a_trunk.peers[0] = loopback_only();
	p->a_trunk.peer_count = 1;
	p->b_trunk = p->a_trunk;
	p->b_trunk.name = "a";
	p->a_cfg.most_dialogs = 50;
	p->a_cfg.invite_ms = 2000;
	p->a_cfg.give_up_ms = 1500;
	p->a_cfg.trunk_count = 1;
	p->b_cfg.most_dialogs = 50;
	p->b_cfg.invite_ms = 2000;
	p->b_cfg.give_up_ms = 1500;
	p->b_cfg.trunk_count = 1;
	p->b_cfg.accept_calls = true;
}

static inline void pair_open(struct pair *p)
{
	struct rd_complaint why = { "" };
	enum rd_trunk_transport over = p->a_trunk.transport;

	if (getenv("RD_TRACE")) /* with sofia's NUA_DEBUG=9 and the like */
		rd_log_set_level(RD_LOG_DEBUG);
	p->b_cfg.trunks = &p->b_trunk;
	p->a_cfg.trunks = &p->a_trunk;
	if (rd_trunks_open(&p->b, &p->b_cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
	if (!p->a_trunk.port)
		p->a_trunk.port = rd_trunks_local(p->b, over).port;
	if (rd_trunks_open(&p->a, &p->a_cfg, &why) != RD_OK)
		fail_msg("%s", why.text);
}

static inline void pair_close(struct pair *p)
{
	rd_trunks_close(p->a);
	rd_trunks_close(p->b);
}

/* The next event of t within wait_ms; false: none. */
static inline bool next_event(struct rd_trunks *t, struct rd_trunk_event *e,
			      uint64_t wait_ms)
{
	uint64_t until_ms = rd_clock_ms() + wait_ms, now_ms;

	for (;;) {
		struct pollfd w = { .fd = rd_trunks_fd(t), .events = POLLIN };

		if (rd_trunks_poll(t, e) == RD_OK)
			return true;
		now_ms = rd_clock_ms();
		if (now_ms >= until_ms)
			return false;
		poll(&w, 1, (int)(until_ms - now_ms));
	}
}

/* Events before that of kind are passed over. */
static inline struct rd_trunk_event *expect(struct pair *p, struct rd_trunks *t,
					    enum rd_trunk_event_kind kind)
{
	uint64_t until_ms = rd_clock_ms() + PATIENCE_MS;

	while (rd_clock_ms() < until_ms) {
		if (!next_event(t, &p->event, until_ms - rd_clock_ms()))
			break;
		if (p->event.kind == kind)
			return &p->event;
		if (p->event.kind == RD_TRUNK_ENDED)
			fail_msg("ended with %u (%u) instead of event %d",
				 p->event.status, p->event.cause, (int)kind);
	}
	fail_msg("event %d did not come", (int)kind);
	return NULL;
}

static inline void call(struct pair *p)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "4711", .sdp = OFFER, .ring_ms = 5000
	};

	CHECK_OK(rd_trunk_invite(p->a, &invite, &p->from_a));
	p->at_b = expect(p, p->b, RD_TRUNK_INCOMING)->dialog;
	CHECK(p->at_b != 0);
}

static inline void talk(struct pair *p)
{
	call(p);
	CHECK_OK(rd_trunk_respond(p->b, p->at_b, 200, ANSWER));
	CHECK_TEXT(expect(p, p->a, RD_TRUNK_ANSWERED)->sdp, ANSWER);
	expect(p, p->b, RD_TRUNK_ANSWERED);
}
