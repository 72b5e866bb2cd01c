/* synthetic/party.h - one end of a call as far as sound is concerned: sends a
 * bank of frames, receives, measures, listens.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RTP in clear goes in and out; sockets, keys and the 20 ms beat are its
 * driver's.  Times are monotonic microseconds.  Owner: whoever opened it.
 * Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "dsp/codec.h"
#include "dsp/sound.h"
#include "dsp/tone.h"
#include "synthetic/bank.h"
#include "synthetic/figures.h"
#include "wire/rfc4733.h"
#include "wire/rtp.h"

enum {
	RD_PARTY_PACKET_MAX = 1500,
	RD_PARTY_DIGITS = 64, /* heard and kept */
};

struct rd_party_cfg {
	const struct rd_codec *codec;
	const struct rd_bank *bank; /* lent; NULL: sends nothing of its own */
	unsigned bank_at;           /* frame to begin with */
	bool plays_once;            /* the bank from its start, then no more */
	bool is_echo;               /* sends back what it receives */
	uint8_t payload_type;       /* to send with */
	uint8_t receive_type;
	uint8_t digits_type; /* of received telephone-events; 255: none */
	uint32_t digits_hz;
	uint8_t level_id; /* RFC 6464 extension to send; 0: none */
	uint32_t ssrc;
	const char *cname; /* lent */

	bool listens;            /* decodes what it receives */
	uint32_t rate_hz;        /* to decode at */
	double hear_hz;          /* tone to look for; 0: none */
	double hear_db;          /* from this level on; 0: RD_BANK_MARK_DB */
	const char *record_path; /* WAV of rate_hz; NULL: none */
};

struct rd_party_stats {
	uint64_t sent, received;
	uint64_t lost, duplicates;
	uint64_t recognised; /* frames of a known bank */
	uint64_t strange;    /* packets that are not what was agreed */
	double jitter_ms, jitter_most_ms;
	double rtcp_round_trip_ms; /* 0: unknown */
	uint32_t far_lost;         /* of what we sent, by their reports */
	uint64_t reports;          /* RTCP packets received */
	double tone_hz, tone_db, tone_snr_db;
	uint64_t tone_onsets;
};

struct rd_party;

/* RD_E_NOMEM; of rd_recorder_open. */
RD_MUST_USE enum rd_err rd_party_open(struct rd_party **out,
				      const struct rd_party_cfg *cfg);
void rd_party_close(struct rd_party *p); /* NULL is fine */

/* The frame to send now, due every 20 ms: *len bytes of RTP in clear into
 * packet; false if there is nothing to send. */
bool rd_party_next(struct rd_party *p, uint64_t now_us,
		   uint8_t packet[static RD_PARTY_PACKET_MAX], size_t *len);
/* A packet in clear that arrived at now_us.  Where the party echoes, *len of
 * reply is what to send back at once, else 0. */
void rd_party_feed(struct rd_party *p, struct rd_span packet, uint64_t now_us,
		   uint8_t reply[static RD_PARTY_PACKET_MAX], size_t *len);
void rd_party_feed_rtcp(struct rd_party *p, struct rd_span packet,
			uint64_t now_us, uint64_t wall_us);
/* Our report; false before anything was sent or received. */
bool rd_party_report(struct rd_party *p, uint64_t now_us, uint64_t wall_us,
		     uint8_t packet[static RD_PARTY_PACKET_MAX], size_t *len);

/* Whose frames arrive here: delays are counted from when `from` sent them,
 * into *delays (ms).  from may be p itself (an echo). */
void rd_party_measure(struct rd_party *p, const struct rd_party *from,
		      struct rd_sample *delays);
/* Counters from now on only, for a steady window. */
void rd_party_begin_window(struct rd_party *p);
void rd_party_get_stats(const struct rd_party *p, struct rd_party_stats *out);
/* The digits heard so far, ended by NUL. */
const char *rd_party_digits(const struct rd_party *p);
bool rd_party_has_played(const struct rd_party *p); /* plays_once is over */
