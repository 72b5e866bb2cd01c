/* media/media_control.h - what the files of control's side share.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "base/secret.h"
#include "media/media_priv.h"
#include "media/trunk_ports.h"

/* What a leg hears. */
struct hearing {
	enum rd_source_kind kind;
	rd_leg from;                  /* LEG */
	const struct rd_sound *sound; /* SOUND */
	bool is_repeated;
};

/* What control knows of a leg. */
struct slot {
	struct rd_media_leg *leg; /* NULL: free; its fields are the worker's,
				   * except id, is_web, rtp.local */
	uint16_t generation;
	bool is_closing;

	const struct rd_codec *codec;
	bool has_dtmf; /* rtp: telephone-events were agreed */

	struct hearing hears;
	uint16_t serial; /* of what it hears */

	uint64_t digits_until_ms; /* when the last queued digit is out */

	unsigned srtp_suite; /* SDES keys in force */
	uint8_t keys[2][RD_SRTP_KEYING_MAX];
};

/* A worker and its slots. */
struct lane {
	struct rd_worker *worker;
	struct slot *slots;
	unsigned touched; /* slots below this were used at least once */
	unsigned used;
	uint16_t *free; /* ring of indexes */
	unsigned free_head, free_count;
};

struct rd_media {
	struct rd_media_cfg cfg; /* const after open; workers read it */
	struct rd_silence silences[RD_CODEC_COUNT]; /* const after open */
	struct rd_dtls_identity *identity;
	struct rd_mailbox *notes; /* from the workers */
	struct rd_trunk_ports *ports;
	struct lane lanes[RD_MEDIA_WORKERS];
};

unsigned rd_slot_worker(rd_leg leg);
/* NULL: stale, or closing. */
struct slot *rd_slot_find(const struct rd_media *m, rd_leg leg);
/* Names leg.  RD_E_FULL. */
RD_MUST_USE enum rd_err rd_slot_take(struct rd_media *m, unsigned worker,
				     struct rd_media_leg *leg,
				     struct slot **out);
void rd_slot_give(struct rd_media *m, struct slot *s);
/* A leg that no worker knows (any more). */
void rd_slot_free_leg(struct rd_media *m, struct rd_media_leg *leg);
