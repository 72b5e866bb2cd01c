/* media/media_priv.h - what the files of this folder share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Control builds everything that needs memory - legs, sources, changes - and
 * hands it to a worker as a parcel; the worker uses it and, when it is done
 * with it, hands it back to be closed.  So the packet path never allocates,
 * and running out of memory is an answer of the function that asked.
 *
 * All functions here but those marked `control` belong to the worker's
 * thread; now_us is the monotonic time of its turn.
 */
#pragma once
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "dsp/level.h"
#include "dsp/tone.h"
#include "media/budget.h"
#include "media/load.h"
#include "media/media.h"
#include "media/port.h"
#include "media/routes.h"
#include "media/tick.h"
#include "media/wheel.h"
#include "secure/dtls.h"
#include "secure/srtp.h"
#include "wire/rfc4733.h"
#include "wire/rtp.h"
#include "wire/stun.h"

enum {
	RD_BATCH = 32,          /* datagrams read at once */
	RD_BUFFER = 1536,       /* RD_RTP_MAX and RD_SRTP_TRAILER_MAX */
	RD_LEG_CONNECTIONS = 4, /* of its RD_LEG_ADDRESSES */
	RD_FRAME_US = 20000,    /* of what we send ourselves */
	RD_DTLS_WAITING = 64,   /* datagrams set aside for the handshakes */
	RD_PARKED_BYTES = 512,  /* longest payload that waits for another */
	RD_SILENCE_BYTES = 160, /* longest silent frame */
	RD_PORT_TCP = RD_MEDIA_ADDRESSES, /* rd_packet.port: a connection */
	RD_TCP_FAMILY = 33, /* of the names of connections; no address has it */
};

/* --- parcels: what moves between control and worker --- */

struct rd_parcel {
	void (*close)(struct rd_parcel *p); /* control */
	struct rd_list in_returns;          /* worker: waits for the mailbox */
	struct rd_media_leg *leg; /* whose own parcel this is, else NULL */
};

enum rd_order_kind {
	RD_ORDER_ADD,    /* leg */
	RD_ORDER_CLOSE,  /* leg */
	RD_ORDER_WEB,    /* leg, struct rd_web_change */
	RD_ORDER_RTP,    /* leg, struct rd_rtp_change */
	RD_ORDER_SOURCE, /* leg, struct rd_source */
	RD_ORDER_DIGITS, /* leg, struct rd_digits_change */
	RD_ORDER_RECORD, /* leg, the parcel of a struct rd_record */
	RD_ORDER_STOP,
};
struct rd_order { /* control -> worker */
	enum rd_order_kind kind;
	struct rd_media_leg *leg;
	struct rd_parcel *parcel;
};

enum {
	RD_NOTE_RETURN = 0xff
};
struct rd_note {      /* worker -> control */
	uint8_t kind; /* enum rd_media_event_kind or RD_NOTE_RETURN */
	char digit;
	uint8_t level;
	uint16_t duration_ms;
	rd_leg leg;
	struct rd_parcel *parcel; /* RETURN, CLOSED */
};

/* --- what a leg hears --- */

enum rd_source_kind {
	RD_SOURCE_SILENCE,
	RD_SOURCE_LEG,
	RD_SOURCE_SOUND,
	RD_SOURCE_RINGBACK,
};

struct rd_source {
	struct rd_parcel parcel;

	/* const after open */
	const struct rd_sound *sound; /* SOUND, lent */
	bool is_repeated;
	uint16_t serial;  /* tells one sound of a leg from the next */
	uint32_t rate_hz; /* of pcm; 0: packets are passed through */

	struct rd_encoder *encoder; /* NULL: passed through */
	struct rd_decoder *decoder; /* NULL unless kind is LEG */

	/* worker */
	enum rd_source_kind kind;  /* a sound that ended becomes SILENCE */
	struct rd_media_leg *from; /* LEG; NULL when that leg is gone */
	struct rd_media_leg *to;
	struct rd_list in_listeners; /* of from */
	struct rd_encoder_config tuned;
	struct rd_tone tone;
	size_t sound_at;
	uint64_t next_us; /* SOUND, RINGBACK: the next frame */
	unsigned frame;   /* RINGBACK: of the cadence */

	bool has_expected;    /* LEG, transcoded: */
	uint32_t expected_ts; /* of the source's next sample */
	uint32_t out_ts;      /* of pcm[0], in the receiver's clock */
	uint16_t out_sequence;
	size_t waiting;  /* samples in pcm that do not fill a frame yet */
	uint8_t *parked; /* a payload that waits for the one before it */
	size_t parked_bytes;
	struct rd_rtp parked_rtp;
	uint64_t parked_us; /* when it came; 0: none */

	int16_t pcm[]; /* RD_PACKET_MS and one frame at rate_hz */
};

/* --- legs --- */

struct rd_web_part {
	/* Where media goes; family 0: nowhere (yet).  An address, or the name
	 * of a TCP connection: then port is RD_PORT_TCP. */
	struct rd_addr remote;
	unsigned port;       /* of the worker, the one remote was heard on */
	uint64_t remote_us;  /* last authenticated packet from there */
	uint64_t checked_us; /* last authenticated check; 0: none */
	uint64_t heard_us;   /* last authenticated packet from anywhere */
	uint64_t said_us;    /* the same, of audio; 0: none */
	bool is_quiet;       /* QUIET was said */
	/* Where authentic media came from that no check has validated yet: the
	 * browser's NAT may have moved it (F28).  Until then it gets a copy. */
	uint64_t guest_until_us;
	struct rd_addr guest;
	unsigned guest_port;
	bool has_ssrc; /* .ssrc is in the routes */
	uint32_t ssrc;
	struct rd_stun_key *key;
	struct rd_dtls *dtls; /* NULL once it is quiet */
	struct rd_addr dtls_remote;
	unsigned dtls_port;
	uint64_t opened_us;
	bool has_failed;
	bool has_said_bye;

	struct {
		struct rd_addr addr;
		uint64_t heard_us;
	} known[RD_LEG_ADDRESSES];
	unsigned known_count;
	char local_ufrag[16];
	char remote_ufrag[260];
};

struct rd_rtp_part {
	int fd, rtcp_fd;   /* closed by control, with the leg */
	bool is_connected; /* set is valid */
	bool is_bound;     /* fd is connected to remote in the kernel */
	bool is_locked;    /* T54: remote was learnt */
	bool has_heard;
	struct rd_addr remote;     /* in use; may be learnt */
	uint64_t heard_us;         /* last packet; or when it was connected */
	uint32_t reported_packets; /* in its last SR */
	struct rd_media_rtp set;   /* as last connected; keys wiped */
	struct rd_digit_send digits;
	struct rd_digit_receive dialled;
	struct rd_addr local; /* const after open */
	struct rd_addr remote_rtcp;

	/* T54 */
	struct rd_addr candidate;
	uint32_t candidate_ssrc;
	uint16_t candidate_sequence;
	unsigned candidate_count;
};

/* What every packet needs stands first and close together. */
struct rd_media_leg {
	/* worker */
	struct rd_allowance allowance;
	struct rd_srtp *receive_srtp; /* web: NULL until keys are there */
	struct rd_srtp *send_srtp;
	uint8_t payload_type; /* codec and this: changed by an order */
	bool is_web;          /* const after open */
	bool is_up;           /* media may be sent */
	bool is_lost;         /* LOST was said */
	bool is_filling;
	uint8_t level; /* last told */
	uint8_t level_extension;
	const struct rd_codec *codec;
	struct rd_list listeners; /* struct rd_source.in_listeners */
	struct rd_record *record; /* NULL: nobody keeps what it says */
	uint64_t last_out_us;     /* audio of any kind */
	uint64_t patience_us;     /* silence of the source before we fill */
	uint64_t level_us;        /* when level was told */
	struct rd_rtp_receive in;
	struct rd_rtp_send out;
	struct rd_media_stats stats;
	int to_fd; /* -1: the connection that is web.remote */
	socklen_t to_len;
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} to; /* where media goes, for the kernel */

	struct rd_source *source;
	struct rd_spoke timer;
	uint64_t fill_us;     /* next silent frame while filling */
	uint64_t report_us;   /* next RTCP */
	unsigned level_skip;  /* packets until the next estimate */
	uint32_t lost_before; /* of streams that ended */

	struct rd_parcel parcel;
	rd_leg id;               /* const after open */
	char cname[24];          /* const after open */
	atomic_bool wants_close; /* atomic: its order did not fit */

	union {
		struct rd_web_part web; /* is_web */
		struct rd_rtp_part rtp; /* else */
	};
};

struct rd_web_change {
	struct rd_parcel parcel;
	const struct rd_codec *codec;
	uint8_t payload_type;
	uint8_t level_extension;
};
struct rd_rtp_change {
	struct rd_parcel parcel;
	struct rd_media_rtp rtp;
	bool has_keys; /* these are to be swapped with the leg's */
	struct rd_srtp *send_srtp;
	struct rd_srtp *receive_srtp;
};
struct rd_digits_change {
	struct rd_parcel parcel;
	unsigned tone_ms;
	char digits[33];
};

/* --- workers --- */

/* RD_FRAME_MS of it. */
struct rd_silence {
	size_t len;
	uint8_t bytes[RD_SILENCE_BYTES];
};

/* One writer, any reader: no locked instruction. */
typedef _Atomic uint64_t rd_count;
static inline void rd_count_add(rd_count *c, uint64_t n)
{
	atomic_store_explicit(c,
			      atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_relaxed);
}
static inline uint64_t rd_count_get(const rd_count *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

struct rd_counters {
	rd_count packets_in, packets_out, packets_refused;
	rd_count stun_checks, dtls_handshakes, dtls_failures;
	rd_count frames_decoded, frames_encoded, frames_concealed;
	rd_count wakeups;
	rd_count tcp_accepted, tcp_refused, tcp_dropped, tcp_open;
	_Atomic unsigned lateness_us, sustained_us, complexity;
};

/* A datagram being worked on, with room for headers and tags behind it. */
struct rd_packet {
	uint8_t *at;
	size_t len;
	size_t size;         /* of the buffer from at on */
	struct rd_addr from; /* or the name of a TCP connection: */
	unsigned port;       /* of the worker, it came by; or RD_PORT_TCP */
};

struct rd_dtls_waiting {
	struct rd_media_leg *leg; /* NULL: gone meanwhile */
	struct rd_addr from;
	unsigned port;
	size_t len;
	uint8_t bytes[RD_RTP_MAX];
};

struct rd_intake; /* buffers and headers for recvmmsg */

struct rd_worker {
	/* const after open */
	const struct rd_media_cfg *cfg;
	unsigned index;
	int epoll;
	struct rd_mailbox *orders; /* to us */
	struct rd_mailbox *notes;  /* from all workers */
	struct rd_port ports[RD_MEDIA_ADDRESSES];
	unsigned port_count;
	const struct rd_silence *silences; /* by codec */

	/* worker */
	struct rd_routes *routes;
	struct rd_intake *intake;
	struct rd_tcp *tcp; /* NULL: off */
	struct rd_wheel wheel;
	struct rd_strangers *strangers; /* who fails with checks */
	struct rd_strangers *strays;    /* and with media: a browser that was
					 * hung up on must not keep out the
					 * next behind its NAT */
	struct rd_load load;
	struct rd_list returns; /* struct rd_parcel.in_returns */
	struct rd_list
		leaving; /* legs to remove, struct rd_parcel.in_returns */
	struct rd_note unsent[256];
	unsigned unsent_count;
	struct rd_dtls_waiting *waiting; /* ring of RD_DTLS_WAITING */
	unsigned waiting_head, waiting_count;
	uint64_t wall_us; /* wall clock less monotonic clock */
	uint64_t wall_at_us;
	uint64_t turn_us;     /* when the last turn began */
	uint64_t expected_us; /* when this one should have; 0: whenever */
	uint64_t tcp_due_us;  /* when a stranger's connection is closed */
	uint64_t rate_at_us;  /* start of the interval of packets_now */
	unsigned packets_now;
	bool is_busy;
	bool is_ticking; /* tick has been started */
	struct rd_tick tick;
	bool is_stopping;

	struct rd_counters counters; /* atomic */
	pthread_t thread;            /* control */
	bool is_started;             /* control */
};

/* --- worker.c --- */

struct rd_worker_cfg {
	const struct rd_media_cfg *media; /* lent, as all here */
	unsigned index;
	struct rd_mailbox *notes;
	const struct rd_silence *silences;
};
/* Everything but the thread.  control */
RD_MUST_USE enum rd_err rd_worker_open(struct rd_worker **out,
				       const struct rd_worker_cfg *cfg,
				       struct rd_complaint *why);
RD_MUST_USE enum rd_err rd_worker_start(struct rd_worker *w); /* control */
void rd_worker_close(struct rd_worker *w); /* joins; control */
/* One turn: reads, serves, sends.  For the thread, and for tests. */
void rd_worker_turn(struct rd_worker *w, int wait_ms);
/* Takes the orders that have come; legs that are to go stay until the end of
 * the turn. */
void rd_worker_obey(struct rd_worker *w, uint64_t now_us);
/* leg is removed at the end of the turn, when nothing points at it. */
void rd_worker_dismiss(struct rd_worker *w, struct rd_media_leg *leg);
void rd_worker_note(struct rd_worker *w, const struct rd_note *note);
/* The worker is done with p. */
void rd_worker_return(struct rd_worker *w, struct rd_parcel *p);
uint64_t rd_worker_ntp(const struct rd_worker *w, uint64_t now_us);
RD_MUST_USE enum rd_err rd_worker_watch(struct rd_worker *w,
					struct rd_media_leg *leg);
/* More is there than was read. */
void rd_worker_rewatch(struct rd_worker *w, struct rd_media_leg *leg,
		       bool is_rtcp);
void rd_worker_unwatch(struct rd_worker *w, struct rd_media_leg *leg);
/* A new connection, told of on edges; and where more is there than was
 * read. */
bool rd_worker_watch_connection(struct rd_worker *w, int fd, unsigned index);
void rd_worker_rewatch_connection(struct rd_worker *w, int fd, unsigned index);
void rd_worker_rewatch_listener(struct rd_worker *w, int fd, unsigned i);

/* --- port.c: the sockets of web legs --- */

RD_MUST_USE enum rd_err rd_intake_open(struct rd_intake **out); /* control */
void rd_intake_close(struct rd_intake *i);                      /* control */
/* Reads what is there, at most a few batches; says how many datagrams. */
unsigned rd_port_read(struct rd_worker *w, unsigned port, uint64_t now_us);
/* The same for the socket of an rtp leg. */
unsigned rd_port_read_leg(struct rd_worker *w, struct rd_media_leg *leg,
			  bool is_rtcp, uint64_t now_us);
void rd_port_send(struct rd_worker *w, unsigned port, const struct rd_addr *to,
		  const void *bytes, size_t len);

/* --- tcp.c: the connections of browsers without UDP --- */

/* Listeners beside the UDP ports of w, which are open, and room for the
 * connections.  RD_E_IO, RD_E_NOMEM.  control */
RD_MUST_USE enum rd_err rd_tcp_open(struct rd_tcp **out,
				    const struct rd_worker *w,
				    struct rd_complaint *why);
void rd_tcp_close(struct rd_tcp *t); /* NULL is fine; control */
/* NULL: there are not so many.  control */
const struct rd_port *rd_tcp_listener(const struct rd_tcp *t, unsigned i);
void rd_tcp_accept(struct rd_worker *w, unsigned i, uint64_t now_us);
/* Reads what is there; says how many packets it was. */
unsigned rd_tcp_serve(struct rd_worker *w, unsigned index, uint64_t now_us);
/* One packet by the connection of that name, or by none if it is gone; dropped
 * if there is no room. */
void rd_tcp_send(struct rd_worker *w, const struct rd_addr *name,
		 const void *bytes, size_t len);
/* An authentic check came by it: it is a leg's from now on. */
void rd_tcp_trust(struct rd_worker *w, const struct rd_addr *name);
/* Its leg needs it no more; nothing happens if it is no connection's name. */
void rd_tcp_end(struct rd_worker *w, const struct rd_addr *name);
/* Who is at the other end; of an address, that itself. */
const struct rd_addr *rd_tcp_remote(struct rd_worker *w,
				    const struct rd_addr *name);
/* Closes strangers whose time is over; the next time. */
uint64_t rd_tcp_due(struct rd_worker *w, uint64_t now_us);

/* --- leg.c: what both kinds have in common --- */

void rd_leg_init(struct rd_media_leg *leg, const struct rd_codec *codec,
		 uint8_t payload_type, uint32_t ssrc); /* control */
void rd_leg_close(struct rd_parcel *p); /* control; sockets stay open */
void rd_leg_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us);
/* Lets go of everything and sends the leg home, with CLOSED. */
void rd_leg_remove(struct rd_worker *w, struct rd_media_leg *leg);
/* leg hears s from now on; what it heard before goes home. */
void rd_leg_listen(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_source *s, uint64_t now_us);
void rd_leg_tell(struct rd_worker *w, struct rd_media_leg *leg,
		 enum rd_media_event_kind kind);
/* Asks the processor for what a packet of each of these legs (NULL: none) will
 * need, since the first touch of cold memory was half of our own time. */
enum {
	RD_EXPECTED = 16 /* legs at once: what the nearest cache holds */
};
void rd_leg_expect(struct rd_media_leg *const legs[static RD_EXPECTED],
		   unsigned n);
/* Where media of leg goes from now on. */
void rd_leg_aim(struct rd_media_leg *leg, int fd, const struct rd_addr *to);
/* Whether audio may go out to it now. */
bool rd_leg_can_send(const struct rd_media_leg *leg);
/* One packet.  payload stands in a buffer with RD_RTP_HEADER bytes before and
 * RD_SRTP_TRAILER_MAX after it, which are overwritten. */
void rd_leg_send(struct rd_worker *w, struct rd_media_leg *leg,
		 const struct rd_rtp_place *place, uint8_t *payload, size_t len,
		 uint64_t now_us);
void rd_leg_send_rtcp(struct rd_worker *w, struct rd_media_leg *leg,
		      const uint8_t *packet, size_t len);
/* How long to wait for a source after a payload of so many bytes. */
uint64_t rd_leg_patience_us(size_t payload_bytes);
/* A clear RTP packet of an authenticated peer: counts, then whoever listens
 * hears it. */
void rd_leg_hear(struct rd_worker *w, struct rd_media_leg *leg,
		 const struct rd_rtp *rtp, uint8_t *payload, uint64_t now_us);
void rd_leg_level(struct rd_worker *w, struct rd_media_leg *leg, uint8_t level,
		  uint64_t now_us);
void rd_leg_refuse(struct rd_worker *w, struct rd_media_leg *leg);
/* Does all that is due and arms the timer for the next. */
void rd_leg_due(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us);
/* Something will be due at at_us, perhaps before the timer. */
void rd_leg_wake(struct rd_worker *w, struct rd_media_leg *leg, uint64_t at_us);
void rd_leg_set_codec(struct rd_media_leg *leg, const struct rd_codec *codec,
		      uint8_t payload_type);

/* --- web.c --- */

void rd_web_packet(struct rd_worker *w, struct rd_packet *p, uint64_t now_us);
/* A datagram of a handshake that had to wait for the packets. */
void rd_web_handshake(struct rd_worker *w, const struct rd_dtls_waiting *d,
		      uint64_t now_us);
/* The connection of that name ended. */
void rd_web_gone(struct rd_worker *w, const struct rd_addr *name);
/* Sends what leg was sent to its guest as well. */
void rd_web_copy(struct rd_worker *w, const struct rd_media_leg *leg,
		 const uint8_t *packet, size_t len);
void rd_web_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us);
void rd_web_remove(struct rd_worker *w, struct rd_media_leg *leg);
void rd_web_change(struct rd_media_leg *leg, const struct rd_web_change *c);
/* Serves what is due; the next time. */
uint64_t rd_web_due(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us);

/* --- rtp.c --- */

void rd_rtp_add(struct rd_worker *w, struct rd_media_leg *leg, uint64_t now_us);
void rd_rtp_packet(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_packet *p, bool is_rtcp, uint64_t now_us);
void rd_rtp_change(struct rd_worker *w, struct rd_media_leg *leg,
		   struct rd_rtp_change *c, uint64_t now_us);
uint64_t rd_rtp_due(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us);

/* --- source.c, bridge.c --- */

/* What `to` hears: packets or frames of `from` (LEG), a sound, ring-back.
 * control */
struct rd_source_cfg {
	enum rd_source_kind kind;
	struct rd_media_leg *from;
	const struct rd_codec *from_codec;
	const struct rd_codec *to_codec;
	const struct rd_sound *sound;
	bool is_repeated;
	uint16_t serial;
	unsigned complexity;
};
RD_MUST_USE enum rd_err rd_source_open(struct rd_source **out,
				       const struct rd_source_cfg *cfg);
void rd_source_close(struct rd_source *s); /* control; NULL is fine */
void rd_source_attach(struct rd_source *s, struct rd_media_leg *to,
		      uint64_t now_us);
void rd_source_detach(struct rd_source *s);
/* The frames of a sound or of ring-back that are due; the next time. */
uint64_t rd_source_due(struct rd_worker *w, struct rd_source *s,
		       uint64_t now_us);
/* One frame of RD_FRAME_MS at rate_hz, to be sent as a packet with the ssrc,
 * sequence and ts of from (in the receiver's clock); NULL: as the next one. */
void rd_source_encode(struct rd_worker *w, struct rd_source *s,
		      const int16_t *pcm, const struct rd_rtp *from,
		      uint64_t now_us);
/* Silence towards leg, in its codec, while its source says nothing. */
uint64_t rd_source_fill(struct rd_worker *w, struct rd_media_leg *leg,
			uint64_t now_us);
/* Decodes a packet of s->from, conceals what lacks, encodes, sends. */
void rd_bridge_transcode(struct rd_worker *w, struct rd_source *s,
			 const struct rd_rtp *rtp,
			 const struct rd_rtp_arrival *arrival, uint64_t now_us);
uint64_t rd_bridge_due(struct rd_worker *w, struct rd_source *s,
		       uint64_t now_us);

/* --- record.c: what it says is kept --- */

/* The leg hands what it says to this parcel's record from now on. */
void rd_record_attach(struct rd_worker *w, struct rd_media_leg *leg,
		      struct rd_parcel *parcel);
void rd_record_detach(struct rd_worker *w, struct rd_media_leg *leg);
void rd_record_release(struct rd_media_leg *leg); /* control */
/* leg->record is not NULL. */
void rd_record_hear(struct rd_worker *w, struct rd_media_leg *leg,
		    const struct rd_rtp *rtp);

/* --- report.c: RTCP --- */

void rd_report_send(struct rd_worker *w, struct rd_media_leg *leg,
		    uint64_t now_us);
/* A compound packet in clear, of an authenticated peer. */
void rd_report_hear(struct rd_worker *w, struct rd_media_leg *leg,
		    struct rd_span packet, uint64_t now_us);
