/* provider/engine.h - the provider `engine`: our own WebRTC-to-SIP engine.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The only place that joins media, signaling and trunk.  Each call is a
 * meeting with the caller, who comes by the signaling socket, and the far
 * side, which has none: an echo, an announcement, a party of a trunk, or
 * another caller.  The far side is called once the caller can be heard.
 * Thread: control.
 */
#pragma once
#include "base/base.h"
#include "base/loop.h"
#include "call/provider.h"
#include "dsp/codec.h"
#include "http/websocket.h"
#include "media/media.h"
#include "trunk/trunk.h"

struct rd_engine;
struct rd_signaling_stats; /* signaling/signaling.h */

enum rd_engine_to {
	RD_ENGINE_ECHO,
	RD_ENGINE_ANNOUNCEMENT,
	RD_ENGINE_SIP,
	RD_ENGINE_MEET,     /* two callers of this destination are joined */
	RD_ENGINE_DIRECTED, /* a room: engine_room.h.  No destination's */
};

struct rd_engine_header { /* "X-Customer-Id" from attribute "customer_id" */
	const char *name;
	const char *attribute;
};

struct rd_engine_destination { /* lent until rd_engine_close */
	const char *name;
	enum rd_engine_to to;
	const struct rd_sound *sound;     /* ANNOUNCEMENT */
	const struct rd_trunk_cfg *trunk; /* SIP */
	bool learn_media_address;
	const char *user;
	enum rd_codec_id codecs[RD_CODEC_COUNT]; /* offered to the trunk */
	unsigned codec_count;
	bool g711_through; /* design.md section 9 */
	unsigned ring_ms;
	const struct rd_engine_header *headers;
	unsigned header_count;
};

struct rd_engine_cfg {
	struct rd_loop *loop;
	struct rd_media *media;   /* lent */
	struct rd_trunks *trunks; /* lent; NULL: no trunk is configured */
	const struct rd_engine_destination *destinations;
	unsigned destination_count;
	unsigned most_calls;
	unsigned grace_ms; /* of a lost caller */
	/* What the far side hears of a caller who is away or holds: again and
	 * again, 8000 Hz, lent until media is closed; NULL: silence. */
	const struct rd_sound *notice;
	const struct rd_turn *turn; /* forced on callers; NULL: none is */
	const char *public_url;     /* "https://calls.example.com", no slash */
	const char *region;         /* MediaRegion in the answer */
	/* Events wait: poll the provider. */
	void (*wake)(void *arg);
	void *wake_arg;
};

RD_MUST_USE enum rd_err rd_engine_open(struct rd_engine **out,
				       const struct rd_engine_cfg *cfg);
void rd_engine_close(struct rd_engine *e); /* NULL is fine */
/* The table whose self is the engine. */
extern const struct rd_provider rd_engine_provider;

/* The destination of a meeting, for the check of Origin; NULL: unknown. */
const char *rd_engine_meeting_destination(const struct rd_engine *e,
					  const char *meeting_id);
/* Takes the upgrade of GET /control/{meeting_id}: answers r in any case. */
void rd_engine_accept_socket(struct rd_engine *e, struct rd_http_request *r,
			     const char *meeting_id);
/* What signaling has counted, for metrics. */
void rd_engine_signaling_stats(const struct rd_engine *e,
			       struct rd_signaling_stats *out);
/* Moves the signaling sockets away (drain's second step): close 4500. */
void rd_engine_drop_sockets(struct rd_engine *e);
