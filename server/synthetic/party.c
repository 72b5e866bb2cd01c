/* synthetic/party.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/party.h"

#include "base/random.h"

enum {
	ARRIVALS = 16,          /* packets whose time is remembered */
	MARK_DELAY_US = 900000, /* less than from mark to mark */
	QUIET_US = 400000,      /* between two onsets */
	CONCEAL_MOST = 10,      /* frames filled in a row */
	LEVEL_DBOV = 20,        /* said of every frame of the bank */
};

struct arrival {        /* where a decoded packet begins, and when it came */
	uint64_t first; /* sample */
	uint64_t at_us;
};

struct rd_party {
	struct rd_party_cfg cfg;
	const struct rd_party *measured; /* lent */
	struct rd_sample *delays;        /* lent */

	struct rd_rtp_send send;
	struct rd_rtp_receive receive;
	struct rd_digit_receive digit_receive;
	struct rd_decoder *decoder;
	struct rd_tone_finder *finder;
	struct rd_recorder *recorder;

	unsigned frame;    /* next of the bank */
	uint64_t *sent_us; /* when each frame of the bank went out last */
	bool has_played;
	struct arrival arrivals[ARRIVALS];
	unsigned arrival_at;
	uint64_t samples; /* decoded so far */
	uint64_t onset_us;

	struct rd_party_stats stats;
	uint32_t lost_before; /* at the start of the window */
	char digits[RD_PARTY_DIGITS + 1];
	unsigned digit_count;
};

static enum rd_err open_ears(struct rd_party *p)
{
	const struct rd_party_cfg *cfg = &p->cfg;
	enum rd_err err =
		rd_decoder_open(&p->decoder, cfg->codec, cfg->rate_hz);

	if (!err && cfg->record_path)
		err = rd_recorder_open(&p->recorder, cfg->record_path,
				       cfg->rate_hz, NULL);
	if (err || cfg->hear_hz <= 0)
		return err;
	p->finder = rd_alloc(sizeof(*p->finder));
	if (!p->finder)
		return RD_E_NOMEM;
	rd_tone_finder_init(p->finder, cfg->rate_hz, cfg->hear_hz,
			    cfg->hear_db < 0 ? cfg->hear_db : RD_BANK_MARK_DB,
			    RD_BANK_WINDOW_MS);
	return RD_OK;
}

enum rd_err rd_party_open(struct rd_party **out, const struct rd_party_cfg *cfg)
{
	struct rd_party *p = rd_zalloc(sizeof(*p));
	enum rd_err err = RD_OK;

	*out = NULL;
	if (!p)
		return RD_E_NOMEM;
	p->cfg = *cfg;
	p->frame = cfg->bank_at;
	rd_rtp_send_init(&p->send, cfg->ssrc, cfg->codec->clock_hz,
			 (uint16_t)rd_random_below(32768), rd_random_u32());
	rd_rtp_receive_init(&p->receive, cfg->codec->clock_hz);
	if (cfg->bank) {
		p->sent_us = rd_zalloc(cfg->bank->count * sizeof(uint64_t));
		err = p->sent_us ? RD_OK : RD_E_NOMEM;
	}
	if (!err && cfg->listens)
		err = open_ears(p);
	if (err) {
		rd_party_close(p);
		return err;
	}
	*out = p;
	return RD_OK;
}

void rd_party_close(struct rd_party *p)
{
	if (!p)
		return;
	rd_decoder_close(p->decoder);
	rd_free(p->sent_us);
	rd_free(p->finder);
	(void)rd_recorder_close(p->recorder);
	rd_free(p);
}

/* ---- sending ---- */

static bool write_packet(const struct rd_party *p,
			 const struct rd_rtp_place *place,
			 struct rd_span payload, uint8_t *packet, size_t *len)
{
	static const uint8_t level[] = { 0x80 | LEVEL_DBOV };
	uint8_t element[8];
	struct rd_writer extension = rd_writer(element, sizeof(element));
	struct rd_writer w = rd_writer(packet, RD_PARTY_PACKET_MAX);
	struct rd_rtp rtp = { .is_marked = place->is_marked,
			      .payload_type = place->payload_type,
			      .sequence = place->sequence,
			      .ts = place->ts,
			      .ssrc = place->ssrc,
			      .payload = payload };

	if (p->cfg.level_id &&
	    !rd_rtp_write_extension(&extension, p->cfg.level_id,
				    rd_span(level, sizeof(level)))) {
		rtp.has_extension = true;
		rtp.profile = RD_RTP_ONE_BYTE;
		rtp.extension = rd_writer_span(&extension);
	}
	*len = 0;
	if (rd_rtp_encode(&w, &rtp))
		return false;
	*len = rd_writer_len(&w);
	return true;
}

bool rd_party_next(struct rd_party *p, uint64_t now_us,
		   uint8_t packet[static RD_PARTY_PACKET_MAX], size_t *len)
{
	const struct rd_bank *b = p->cfg.bank;
	struct rd_rtp_place place;
	struct rd_span payload;

	*len = 0;
	if (!b || p->has_played)
		return false;
	payload = rd_bank_frame(b, p->frame);
	rd_rtp_send_next(&p->send, p->cfg.codec->clock_hz / 1000 * RD_FRAME_MS,
			 now_us, &place);
	place.payload_type = p->cfg.payload_type;
	place.is_marked = p->stats.sent == 0;
	if (!write_packet(p, &place, payload, packet, len))
		return false;
	p->sent_us[p->frame] = now_us;
	p->frame = (p->frame + 1) % b->count;
	p->has_played = p->cfg.plays_once && p->frame == 0;
	rd_rtp_send_count(&p->send, payload.len);
	p->stats.sent++;
	return true;
}

static void echo(struct rd_party *p, const struct rd_rtp *rtp, uint64_t now_us,
		 uint8_t *reply, size_t *len)
{
	struct rd_rtp_place place;

	if (p->cfg.bank && !p->has_played)
		return; /* still saying something of its own */
	if (!rd_rtp_send_pass(&p->send, rtp, now_us, &place))
		return;
	place.payload_type = p->cfg.payload_type;
	if (!write_packet(p, &place, rtp->payload, reply, len))
		return;
	rd_rtp_send_count(&p->send, rtp->payload.len);
	p->stats.sent++;
}

/* ---- delay ---- */

/* Up to `most_us`: what is longer cannot be told from the next round. */
static void note_delay(struct rd_party *p, double us, double most_us)
{
	if (us > 0 && us < most_us)
		rd_sample_add(p->delays, us / 1000);
}

/* A frame that crossed unchanged is known by its bytes. */
static void recognise(struct rd_party *p, struct rd_span payload,
		      uint64_t now_us)
{
	const struct rd_party *from = p->measured;
	int i;

	if (!from || !from->cfg.bank || from->cfg.codec != p->cfg.codec)
		return;
	i = rd_bank_find(from->cfg.bank, payload);
	if (i < 0)
		return;
	p->stats.recognised++;
	if (from->sent_us[i] && from->sent_us[i] <= now_us)
		note_delay(p, (double)(now_us - from->sent_us[i]),
			   (from->cfg.bank->count - 1) * 1000.0 * RD_FRAME_MS);
}

/* The newest onset that `from` sent before at_us; 0: none. */
static uint64_t newest_mark_us(const struct rd_party *from, uint64_t at_us)
{
	const struct rd_bank *b = from->cfg.bank;
	uint64_t newest_us = 0;

	for (unsigned i = b->mark_at; i < b->count; i += RD_BANK_SECOND)
		if (from->sent_us[i] > newest_us && from->sent_us[i] <= at_us)
			newest_us = from->sent_us[i];
	return newest_us;
}

/* When the sample `at` arrived, by the packet that it came in. */
static uint64_t arrival_us(const struct rd_party *p, uint64_t at)
{
	const struct arrival *best = NULL;

	for (unsigned i = 0; i < ARRIVALS; i++) {
		const struct arrival *a = &p->arrivals[i];

		if (a->at_us && a->first <= at &&
		    (!best || a->first > best->first))
			best = a;
	}
	if (!best)
		return 0;
	return best->at_us + (at - best->first) * 1000000 / p->cfg.rate_hz;
}

static void take_onset(struct rd_party *p, uint64_t at)
{
	const struct rd_party *from = p->measured;
	uint64_t heard_us = arrival_us(p, at);
	uint64_t sent_us;

	if (heard_us < p->onset_us + QUIET_US)
		return;
	p->onset_us = heard_us;
	p->stats.tone_onsets++;
	if (!from || !from->cfg.bank || !from->cfg.bank->has_marks ||
	    p->stats.recognised > 0)
		return;
	/* The onset plays up to a frame after its packet came, so the offset
	 * within the frame goes off first. */
	heard_us -= (uint64_t)from->cfg.bank->mark_offset_us;
	sent_us = newest_mark_us(from, heard_us);
	if (sent_us)
		note_delay(p, (double)(heard_us - sent_us), MARK_DELAY_US);
}

/* ---- receiving ---- */

static void hear(struct rd_party *p, const int16_t *pcm, size_t n,
		 uint64_t now_us)
{
	struct rd_tone_event event;

	p->arrivals[p->arrival_at++ % ARRIVALS] =
		(struct arrival){ p->samples, now_us };
	p->samples += n;
	/* A full disk must not end the call; the recording is cut. */
	if (p->recorder && rd_recorder_write(p->recorder, pcm, n)) {
		(void)rd_recorder_close(p->recorder);
		p->recorder = NULL;
	}
	for (size_t at = 0; p->finder && at < n;) {
		at += rd_tone_finder_feed(p->finder, pcm + at, n - at, &event);
		if (event.kind == RD_TONE_ON)
			take_onset(p, event.at);
	}
}

static void decode(struct rd_party *p, const struct rd_rtp *rtp,
		   uint32_t missing, uint64_t now_us)
{
	int16_t pcm[RD_PACKET_SAMPLES_MAX];
	size_t frame = p->cfg.rate_hz / 1000 * RD_FRAME_MS;
	size_t n = 0;

	for (uint32_t i = missing; i > 0; i--) {
		if (i > CONCEAL_MOST)
			continue;
		if (rd_decoder_conceal(p->decoder,
				       i == 1 ? rtp->payload : RD_SPAN_NONE,
				       pcm, frame))
			return;
		hear(p, pcm, frame, now_us);
	}
	if (rd_decoder_decode(p->decoder, rtp->payload, pcm, RD_COUNT(pcm), &n))
		p->stats.strange++;
	else
		hear(p, pcm, n, now_us);
}

static void take_digit(struct rd_party *p, const struct rd_rtp *rtp)
{
	struct rd_telephone_event e;
	char digit;

	if (rd_telephone_event_decode(&e, rtp->payload)) {
		p->stats.strange++;
		return;
	}
	digit = rd_digit_receive_feed(&p->digit_receive, &e, rtp->ts,
				      rtp->is_marked);
	if (digit && p->digit_count < RD_PARTY_DIGITS)
		p->digits[p->digit_count++] = digit;
}

void rd_party_feed(struct rd_party *p, struct rd_span packet, uint64_t now_us,
		   uint8_t reply[static RD_PARTY_PACKET_MAX], size_t *len)
{
	struct rd_rtp_arrival arrival;
	struct rd_rtp rtp;
	bool is_digit;

	*len = 0;
	if (rd_rtp_parse(&rtp, packet)) {
		p->stats.strange++;
		return;
	}
	is_digit = p->cfg.digits_type != 255 &&
		   rtp.payload_type == p->cfg.digits_type;
	if (!is_digit && rtp.payload_type != p->cfg.receive_type) {
		p->stats.strange++;
		return;
	}
	arrival = rd_rtp_receive_feed(&p->receive, &rtp, !is_digit, now_us);
	if (arrival.order == RD_RTP_DUPLICATE ||
	    arrival.order == RD_RTP_STRAY) {
		p->stats.duplicates += arrival.order == RD_RTP_DUPLICATE;
		return;
	}
	p->stats.received++;
	p->stats.jitter_ms = rd_rtp_receive_jitter_us(&p->receive) / 1000.0;
	if (p->stats.jitter_ms > p->stats.jitter_most_ms)
		p->stats.jitter_most_ms = p->stats.jitter_ms;
	if (is_digit) {
		take_digit(p, &rtp);
		return;
	}
	recognise(p, rtp.payload, now_us);
	if (p->cfg.is_echo)
		echo(p, &rtp, now_us, reply, len);
	if (p->decoder && arrival.order != RD_RTP_LATE)
		decode(p, &rtp,
		       arrival.order == RD_RTP_NEXT ? arrival.missing : 0,
		       now_us);
}

/* ---- RTCP ---- */

static void take_reports(struct rd_party *p, const struct rd_rtcp *r,
			 uint64_t wall_us)
{
	struct rd_rtcp_report report;
	uint32_t us;

	if (rd_rtcp_find_report(r, p->send.ssrc, &report))
		return;
	p->stats.far_lost = report.lost > 0 ? (uint32_t)report.lost : 0;
	us = rd_rtcp_round_trip_us(&report, rd_rtcp_ntp_from_us(wall_us));
	if (us)
		p->stats.rtcp_round_trip_ms = us / 1000.0;
}

void rd_party_feed_rtcp(struct rd_party *p, struct rd_span packet,
			uint64_t now_us, uint64_t wall_us)
{
	struct rd_reader reader = rd_reader(packet);
	struct rd_rtcp_sender sender;
	struct rd_rtcp r;

	p->stats.reports++;
	while (rd_rtcp_next(&reader, &r)) {
		if (r.type == RD_RTCP_SR && !rd_rtcp_read_sender(&r, &sender))
			rd_rtp_receive_sr(&p->receive, &sender, now_us);
		if (r.type == RD_RTCP_SR || r.type == RD_RTCP_RR)
			take_reports(p, &r, wall_us);
	}
}

bool rd_party_report(struct rd_party *p, uint64_t now_us, uint64_t wall_us,
		     uint8_t packet[static RD_PARTY_PACKET_MAX], size_t *len)
{
	struct rd_writer w = rd_writer(packet, RD_PARTY_PACKET_MAX);
	struct rd_rtcp_sender sender;
	struct rd_rtcp_report report;
	bool has_sender =
		rd_rtp_send_info(&p->send, now_us, rd_rtcp_ntp_from_us(wall_us),
				 &sender);
	bool has_report = rd_rtp_receive_report(&p->receive, now_us, &report);

	*len = 0;
	if ((!has_sender && !has_report) ||
	    rd_rtcp_write(&w, p->send.ssrc, has_sender ? &sender : NULL,
			  &report, has_report ? 1 : 0,
			  rd_span_text(p->cfg.cname)))
		return false;
	*len = rd_writer_len(&w);
	return true;
}

/* ---- figures ---- */

void rd_party_measure(struct rd_party *p, const struct rd_party *from,
		      struct rd_sample *delays)
{
	p->measured = from;
	p->delays = delays;
}

void rd_party_begin_window(struct rd_party *p)
{
	p->stats = (struct rd_party_stats){
		.jitter_ms = p->stats.jitter_ms,
		.rtcp_round_trip_ms = p->stats.rtcp_round_trip_ms,
		.far_lost = p->stats.far_lost,
		/* How onsets are judged does not change in between. */
		.recognised = p->stats.recognised > 0,
	};
	p->lost_before = rd_rtp_receive_lost(&p->receive);
}

void rd_party_get_stats(const struct rd_party *p, struct rd_party_stats *out)
{
	uint32_t lost = rd_rtp_receive_lost(&p->receive);

	*out = p->stats;
	out->lost = lost > p->lost_before ? lost - p->lost_before : 0;
	if (!p->finder)
		return;
	out->tone_hz = rd_tone_finder_hz(p->finder);
	out->tone_db = rd_tone_finder_level_db(p->finder);
	out->tone_snr_db = rd_tone_finder_snr_db(p->finder);
}

const char *rd_party_digits(const struct rd_party *p)
{
	return p->digits;
}

bool rd_party_has_played(const struct rd_party *p)
{
	return p->has_played;
}
