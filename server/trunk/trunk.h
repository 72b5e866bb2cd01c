/* trunk/trunk.h - SIP towards trunks and PBXs, by sofia-sip on its own thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Control asks, the sip thread does, events come back; between them only
 * values and ids.  This folder knows SDP text but no media: the caller of
 * these functions owns the RTP addresses and codecs in the SDP.
 * Thread: control, except where said.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

struct rd_trunks;

typedef uint32_t rd_dialog; /* 0 = none */

enum {
	RD_TRUNK_SDP = 4096,
	RD_TRUNK_HEADERS = 16,
	RD_TRUNK_TEXT = 256
};

enum rd_trunk_transport {
	RD_SIP_UDP,
	RD_SIP_TCP,
	RD_SIP_TLS
};
enum rd_trunk_refer {
	RD_REFER_REFUSE,
	RD_REFER_TRUNK,
	RD_REFER_ANY
};
enum rd_trunk_context {
	RD_CONTEXT_NONE,
	RD_CONTEXT_X_HEADERS,
	RD_CONTEXT_UUI
};
enum rd_trunk_srtp {
	RD_SRTP_OFF,
	RD_SRTP_OPTIONAL,
	RD_SRTP_REQUIRED
};

struct rd_trunk_cfg { /* one trunk; strings are lent until rd_trunks_close */
	const char *name;
	const char *host; /* name (SRV/NAPTR) or address of the peer */
	uint16_t port;    /* 0: by DNS, or the transport's default */
	enum rd_trunk_transport transport;
	const char *username; /* digest; NULL: none */
	const char *password;
	const char *realm;          /* T38: answered only for it; NULL: host */
	const char *from_user;      /* of From; NULL: username or "ringdown" */
	const char *from_domain;    /* NULL: host */
	bool register_contact;      /* REGISTER at the host */
	unsigned options_s;         /* OPTIONS keep-alive; 0: none */
	unsigned session_expires_s; /* RFC 4028; 0: none */
	bool require_prack;         /* else 100rel is offered */
	enum rd_trunk_refer refer;
	enum rd_trunk_context context;
	enum rd_trunk_srtp srtp;    /* used by whoever writes the SDP */
	struct rd_network peers[8]; /* who may send us requests; 0 bits with
				     * family 0: the addresses of host */
	unsigned peer_count;
};

struct rd_trunks_cfg {
	struct rd_addr bind; /* port 0: kernel's; UDP and TCP */
	struct rd_addr
		announced; /* in Contact and Via behind NAT; family 0: bind */
	struct rd_addr tls_bind; /* family 0: no TLS listener */
	const char *tls_dir; /* agent.pem and cafile.pem, sofia's fixed names */
	const struct rd_trunk_cfg *trunks;
	unsigned trunk_count;
	unsigned most_dialogs;   /* 1..20000 */
	unsigned invite_ms;      /* no answer at all (not even 100): 2000 */
	unsigned give_up_ms;     /* RFC 3261 table 4, 64*T1: 0 means its 32000;
				  * tests make it shorter */
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	/* An UDP or TCP packet from an address outside every trunk's peers is
	 * dropped by the kernel before it is parsed (source_filter.h). */
	/* `ringdown answer`: give INVITEs of the peers to control as
	 * RD_TRUNK_INCOMING.  Otherwise they get 403 and strangers nothing. */
	bool accept_calls;
};

/* Makes the thread and binds.  Resolves names of trunks without peers.
 * RD_E_RANGE, RD_E_FORMAT (configuration), RD_E_IO (cannot bind, or TLS files
 * are no good): *why says it in words. */
RD_MUST_USE enum rd_err rd_trunks_open(struct rd_trunks **out,
				       const struct rd_trunks_cfg *cfg,
				       struct rd_complaint *why);
/* Ends all dialogs (BYE, CANCEL, at most 2 s), joins the thread. */
void rd_trunks_close(struct rd_trunks *t);
/* Where we listen, ports filled in. */
struct rd_addr rd_trunks_local(const struct rd_trunks *t,
			       enum rd_trunk_transport transport);

struct rd_trunk_header { /* name: a token; value without CR, LF, NUL */
	char name[40];
	char value[RD_TRUNK_TEXT];
};
struct rd_trunk_invite {
	const char *trunk;        /* name in the configuration */
	const char *user;         /* of the request URI: number or account */
	const char *display_name; /* of From; NULL: none */
	const char *caller;       /* user of From; NULL: the trunk's */
	const char *sdp;          /* the offer */
	const struct rd_trunk_header *headers; /* X-... or User-to-User (T27) */
	unsigned header_count;
	unsigned ring_ms; /* CANCEL when not answered by then */
};
/* Headers that are not of the kind of the trunk's context are left out.
 * RD_E_NOTFOUND: no such trunk.  RD_E_FORMAT: user, caller, display_name, sdp
 * or a header has bytes that may not stand there.  RD_E_SIZE: sdp is too long.
 * RD_E_FULL.  RD_E_UPSTREAM: OPTIONS says it is down. */
RD_MUST_USE enum rd_err rd_trunk_invite(struct rd_trunks *t,
					const struct rd_trunk_invite *invite,
					rd_dialog *dialog);
/* CANCEL, BYE or a final refusal, whichever fits.  cause: Q.850, 0 = none. */
void rd_trunk_hangup(struct rd_trunks *t, rd_dialog dialog, unsigned cause);
/* re-INVITE with a new offer (hold, address change). */
RD_MUST_USE enum rd_err rd_trunk_reinvite(struct rd_trunks *t, rd_dialog d,
					  const char *sdp);
/* Answers RD_TRUNK_REOFFER (200 with sdp, or 488 when sdp is NULL). */
RD_MUST_USE enum rd_err rd_trunk_reanswer(struct rd_trunks *t, rd_dialog d,
					  const char *sdp);
/* For RD_TRUNK_INCOMING: status 180, 183 (sdp), 200 (sdp) or 300..699. */
RD_MUST_USE enum rd_err rd_trunk_respond(struct rd_trunks *t, rd_dialog d,
					 unsigned status, const char *sdp);
/* Tells who sent us the REFER of RD_TRUNK_TRANSFER how the call to the target
 * goes (NOTIFY with a sipfrag, RFC 3515 2.4.4): 100..199, or 200..699 once
 * as the last word. */
RD_MUST_USE enum rd_err rd_trunk_transfer_result(struct rd_trunks *t,
						 rd_dialog d, unsigned status);
/* Blind transfer of the far end, RFC 3515 (the answering side's tests).  What
 * the far end says of it comes as RD_TRUNK_REFERRED. */
RD_MUST_USE enum rd_err rd_trunk_refer(struct rd_trunks *t, rd_dialog d,
				       const char *target_uri);
/* SIP INFO application/dtmf-relay where a trunk has no telephone-event. */
RD_MUST_USE enum rd_err rd_trunk_info_digits(struct rd_trunks *t, rd_dialog d,
					     const char *digits);

enum rd_trunk_event_kind {
	RD_TRUNK_INCOMING, /* sdp: the offer or empty; from, to, headers */
	RD_TRUNK_TRYING,   /* 100 */
	RD_TRUNK_RINGING,  /* 180, 181, 182; sdp empty */
	RD_TRUNK_PROGRESS, /* 183, or any 18x with sdp: early media */
	RD_TRUNK_ANSWERED, /* 200 + ACK sent (or received); sdp may be empty if
			    * it came with 18x reliably */
	RD_TRUNK_REANSWERED, /* our offer was answered: sdp and status 200, or
			      * refused: 300..699, all stays as it was */
	RD_TRUNK_REOFFER,    /* theirs: sdp; answer with rd_trunk_reanswer.
			      * sdp empty: they ask for our offer, REANSWERED
			      * brings their answer if they give one */
	RD_TRUNK_TRANSFER,   /* REFER accepted per configuration: target; say
			      * rd_trunk_transfer_result how it goes */
	RD_TRUNK_REFERRED,   /* our rd_trunk_refer: status so far, 200..699 is
			      * the last */
	RD_TRUNK_DIGIT,      /* by SIP INFO */
	RD_TRUNK_ENDED,      /* once, last; status and cause say why */
};
struct rd_trunk_event {
	enum rd_trunk_event_kind kind;
	rd_dialog dialog;
	unsigned status; /* SIP; 0: ended by BYE, or by rd_trunk_hangup.
			  * Of our own making (by_far_end is false): 503
			  * nothing heard in invite_ms or not reachable, 408
			  * not answered in ring_ms, 488 an SDP too long */
	unsigned cause;  /* Q.850 of Reason, 0 = none */
	bool by_far_end;
	unsigned retry_after_s;
	char digit;
	char from[RD_TRUNK_TEXT]; /* URI, escaped: data, never trusted */
	char target[RD_TRUNK_TEXT];
	char sdp[RD_TRUNK_SDP]; /* ended by NUL */
	struct rd_trunk_header
		headers[RD_TRUNK_HEADERS]; /* INCOMING: X-, UUI */
	unsigned header_count;
};
/* The event loop of control watches fd for reading and then polls until
 * RD_E_AGAIN. */
int rd_trunks_fd(const struct rd_trunks *t);
RD_MUST_USE enum rd_err rd_trunks_poll(struct rd_trunks *t,
				       struct rd_trunk_event *event);

/* For metrics and readiness. */
struct rd_trunk_state {
	const char *name;
	bool is_registered, is_reachable; /* by the last REGISTER, OPTIONS */
	unsigned last_status;
	unsigned dialogs;
	uint64_t invites, answered, failed, guarded;
	uint64_t strangers_refused; /* of all trunks together: what the kernel
				     * dropped on our sockets */
};
/* RD_E_NOTFOUND: index is past the last trunk.  Reads without locking. */
RD_MUST_USE enum rd_err rd_trunk_state(const struct rd_trunks *t,
				       unsigned index,
				       struct rd_trunk_state *out);
