/* media/media.h - the media plane: workers, legs, and what each leg hears.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A leg is one party's media: `web` (ICE-lite, DTLS-SRTP towards a browser)
 * or `rtp` (plain RTP or SDES-SRTP towards a trunk).  Each leg lives on one
 * worker for life and has a source: silence, another leg of the same worker,
 * itself (echo), a sound, or ring-back.  A bridge is two legs that are each
 * other's source.
 *
 * Every function here is called on the control thread, returns at once and
 * hands values to the worker by its mailbox; what happens comes back as
 * events by rd_media_poll.  A stale leg id is an ordinary answer
 * (RD_E_NOTFOUND) and a late event of a closed leg is dropped here.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"
#include "dsp/codec.h"
#include "dsp/sound.h"

struct rd_media;

typedef uint32_t rd_leg; /* worker and slot with a generation; 0 = none */

enum {
	RD_MEDIA_ADDRESSES = 4,
	RD_MEDIA_WORKERS = 64
};

struct rd_media_cfg {
	unsigned workers; /* 1..RD_MEDIA_WORKERS */
	uint16_t port;    /* of worker 0; worker i has port + i; 0: kernel's */
	struct rd_addr bind[RD_MEDIA_ADDRESSES]; /* port ignored */
	unsigned bind_count;
	/* What candidates say instead of bind[i], for 1:1 NAT; family 0 = same.
	 */
	struct rd_addr announced[RD_MEDIA_ADDRESSES];
	bool has_tcp; /* connections too, at the numbers of the UDP ports */

	struct rd_addr trunk_bind; /* family 0: bind[0] */
	struct rd_addr trunk_announced;
	uint16_t trunk_port_first; /* range for rtp legs, even ports; */
	uint16_t trunk_port_last;  /* 0..0: kernel's */

	unsigned legs_per_worker; /* pool size, 2..20000 */
	unsigned opus_complexity; /* 0..10; design.md section 9: 5 */
	unsigned most_late_us;    /* then no new calls; 0: 10000 (F11) */
	unsigned level_period_ms; /* RD_MEDIA_LEVEL at most this often: 200 */
	unsigned ice_lost_ms;     /* no authenticated check for so long: 8000 */
	unsigned quiet_ms;        /* nothing at all, web: 3000; 0: never told */
	unsigned dtls_deadline_ms; /* 10000 */
	unsigned rtp_silent_ms;    /* F25: 10000 at start, then 15000 */
};

RD_MUST_USE enum rd_err rd_media_open(struct rd_media **out,
				      const struct rd_media_cfg *cfg,
				      struct rd_complaint *why);
/* Stops and joins the workers.  NULL is fine. */
void rd_media_close(struct rd_media *m);

/* sha-256 of our certificate as in a=fingerprint: "AB:CD:..." */
const char *rd_media_fingerprint(const struct rd_media *m);
/* Candidates of a worker, at most RD_MEDIA_ADDRESSES; returns how many. */
unsigned rd_media_candidates(const struct rd_media *m, unsigned worker,
			     struct rd_addr out[RD_MEDIA_ADDRESSES]);
/* The same over TCP (RFC 6544, passive): none without has_tcp. */
unsigned rd_media_tcp_candidates(const struct rd_media *m, unsigned worker,
				 struct rd_addr out[RD_MEDIA_ADDRESSES]);
/* The worker with the fewest legs.  RD_E_FULL: none has two free slots, or
 * all are late (lateness p99 over most_late_us for two seconds, F11). */
RD_MUST_USE enum rd_err rd_media_place(struct rd_media *m, unsigned *worker);

/* A browser's leg.  ufrag and pwd are made by rd_media_ice_credentials. */
struct rd_media_web {
	char local_ufrag[16];
	char local_pwd[40];
	char remote_ufrag[260];
	/* "sha-256 AB:CD:..." as in a=fingerprint; without a hash function in
	 * front it is sha-256.  Also sha-384 and sha-512. */
	char remote_fingerprint[208];
	enum rd_codec_id codec;
	uint8_t payload_type;
	uint8_t level_extension; /* RFC 6464 id in the offer, 0 = none */
	bool is_narrowband;      /* we asked for maxplaybackrate=8000 */
	uint32_t ssrc;           /* ours, as written in the answer */
	char cname[24];
};
void rd_media_ice_credentials(char ufrag[static 16], char pwd[static 40]);

RD_MUST_USE enum rd_err rd_media_web_open(struct rd_media *m, unsigned worker,
					  const struct rd_media_web *web,
					  rd_leg *leg);
/* A second SUBSCRIBE of the same transport: payload types may have moved. */
RD_MUST_USE enum rd_err rd_media_web_update(struct rd_media *m, rd_leg leg,
					    const struct rd_media_web *web);

/* A trunk leg: first a port (for the SDP), then where and what. */
struct rd_media_rtp {
	struct rd_addr remote; /* RTP; family 0 = none yet */
	enum rd_codec_id codec;
	uint8_t payload_type;
	uint8_t dtmf_payload_type; /* 0 = none */
	/* RFC 3264 6.1: an answer may number the codec anew for what we send,
	 * while theirs goes on with the numbers of our offer. */
	bool is_renumbered;
	uint8_t offered_payload_type;
	uint8_t offered_dtmf_payload_type;
	unsigned ptime_ms; /* what it asks for; we send 20 */
	bool may_send;     /* we may send (not held by the far end) */
	bool may_receive;
	bool learn;    /* T54: take a new source address once,
			* after 5 packets in sequence */
	bool rtcp_mux; /* else RTCP has the next higher port */
	/* SDES (RFC 4568): suite 0 = none, else enum rd_srtp_profile with key
	 * and salt joined, ours (send) and theirs (receive). */
	unsigned srtp_suite;
	uint8_t send_key[46];
	uint8_t receive_key[46];
};
RD_MUST_USE enum rd_err rd_media_rtp_reserve(struct rd_media *m,
					     unsigned worker, rd_leg *leg,
					     struct rd_addr *local);
RD_MUST_USE enum rd_err rd_media_rtp_connect(struct rd_media *m, rd_leg leg,
					     const struct rd_media_rtp *rtp);

/* What leg hears.  Both legs of a bridge must be on one worker (RD_E_STATE).
 * RD_E_NOMEM: the codecs found no room, and all is as before. */
RD_MUST_USE enum rd_err rd_media_bridge(struct rd_media *m, rd_leg a, rd_leg b);
/* Half of a bridge: leg hears from, and from what it heard before. */
RD_MUST_USE enum rd_err rd_media_hear(struct rd_media *m, rd_leg leg,
				      rd_leg from);
RD_MUST_USE enum rd_err rd_media_echo(struct rd_media *m, rd_leg leg);
RD_MUST_USE enum rd_err rd_media_silence(struct rd_media *m, rd_leg leg);
/* 425 Hz, 1 s on, 4 s off (ITU-T E.180), until another source is set. */
RD_MUST_USE enum rd_err rd_media_ringback(struct rd_media *m, rd_leg leg);
/* sound stays valid until RD_MEDIA_PLAYED or the leg's RD_MEDIA_CLOSED;
 * then silence.  repeat: for ever.  Its rate must be one of the codec's: 8000
 * suits all, 16000 also Opus and G.722.  RD_E_UNSUPPORTED. */
RD_MUST_USE enum rd_err rd_media_play(struct rd_media *m, rd_leg leg,
				      const struct rd_sound *sound,
				      bool repeat);
/* RFC 4733 towards an rtp leg; at most 32 queued: RD_E_FULL. */
RD_MUST_USE enum rd_err rd_media_digits(struct rd_media *m, rd_leg leg,
					const char *digits);
/* The same with tones of 40..24000 ms instead of 100: of these and of those
 * that wait. */
RD_MUST_USE enum rd_err rd_media_dial(struct rd_media *m, rd_leg leg,
				      const char *digits, unsigned tone_ms);
/* A web leg replaced by its reconnection: to takes over from's place as the
 * source of others and from's own source; from stays until closed. */
RD_MUST_USE enum rd_err rd_media_succeed(struct rd_media *m, rd_leg from,
					 rd_leg to);
/* Ends with RD_MEDIA_CLOSED and the final statistics. */
void rd_media_leg_close(struct rd_media *m, rd_leg leg);

struct rd_media_stats {
	uint64_t received, sent; /* RTP packets */
	uint64_t lost;           /* by sequence, RFC 3550 */
	uint64_t concealed_frames;
	uint64_t refused; /* unauthenticated, replayed, over budget */
	uint32_t jitter_us;
	uint32_t rtt_us;         /* by RTCP, 0 = unknown */
	uint8_t remote_loss_256; /* fraction from the last RR */
};

enum rd_media_event_kind {
	RD_MEDIA_ICE_UP, /* first authenticated check */
	RD_MEDIA_UP,     /* DTLS done and keys in place; rtp: first packet */
	RD_MEDIA_FAILED, /* DTLS not done by its deadline */
	RD_MEDIA_LOST,   /* web: no check for ice_lost_ms; rtp: silent */
	RD_MEDIA_BACK,   /* after LOST */
	RD_MEDIA_QUIET,  /* web: in the middle of a stream of audio packets no
			  * packet of any kind came for quiet_ms.  One that
			  * sends none on purpose goes on checking. */
	RD_MEDIA_HEARD,  /* after QUIET */
	RD_MEDIA_BYE,    /* DTLS close_notify of the browser */
	RD_MEDIA_DIGIT,  /* RFC 4733 from an rtp leg */
	RD_MEDIA_LEVEL,  /* what the party says, RFC 6464 */
	RD_MEDIA_PLAYED,
	RD_MEDIA_CLOSED,
};
struct rd_media_event {
	enum rd_media_event_kind kind;
	rd_leg leg;
	char digit;
	unsigned duration_ms;
	uint8_t level;               /* 0 loudest .. 127 silence */
	struct rd_media_stats stats; /* CLOSED */
};
/* The descriptor to watch for RD_READABLE; then poll until RD_E_AGAIN. */
int rd_media_fd(const struct rd_media *m);
RD_MUST_USE enum rd_err rd_media_poll(struct rd_media *m,
				      struct rd_media_event *event);

/* Sums over workers, for metrics; the fields are read without locking. */
struct rd_media_totals {
	uint64_t packets_in, packets_out, packets_refused;
	uint64_t stun_checks, dtls_handshakes, dtls_failures;
	uint64_t frames_decoded, frames_encoded, frames_concealed;
	uint64_t tcp_accepted, tcp_refused; /* connections */
	uint64_t tcp_dropped;               /* packets nobody read in time */
	unsigned tcp_open;
	unsigned legs;
	unsigned
		lateness_us; /* worst p99 of the workers over the last second */
	unsigned complexity; /* in force now */
};
void rd_media_totals(const struct rd_media *m, struct rd_media_totals *out);
