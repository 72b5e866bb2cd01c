/* tests/load/media_bench.c - what a call costs the media plane, and how late
 * it is heard.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * usage: rd_media_bench [--calls N] [--seconds S] [--far opus|pcmu|pcma|g722]
 *        [--complexity 0..10] [--speech FILE]
 *
 * Two processes on a core each: a server with one worker, and a generator of N
 * browsers (ICE, DTLS-SRTP, Opus 32 kbit/s) and N trunks, each bridged to the
 * other, 50 packets a second each way, spread evenly.  FILE is raw 48 kHz
 * 16-bit mono; without it a hum with the rhythm of speech is made.
 *
 * Prints one line of JSON.  cpu_ms is of the worker's thread per second of
 * call; delays are from the generator's send to the kernel's receive time
 * stamp, in ms, with the look-ahead of the Opus encoder where there is one.
 */
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <dirent.h>

#include "load/speech.h"
#include "unit/media/peers.h"

enum {
	FRAME_US = 20000,
	GROUPS = 40, /* of calls, sending 0.5 ms apart */
	SETTLE_S = 7,
	SENT_RING = 256, /* frames whose sending time is kept */
	DELAYS = 1 << 20,
};

struct options {
	unsigned calls, seconds;
	enum rd_codec_id far;
	unsigned complexity;
	const char *speech;
};

/* Over the socket pair. */
struct ask {
	struct rd_media_web web;
	struct rd_addr trunk;
};
struct answer {
	struct rd_addr web, trunk;
	char fingerprint[128];
};
struct figures {
	double to_trunk_ms[2], to_web_ms[2]; /* p50, p99 */
	double lookahead_ms;
	uint64_t sent[2], heard[2];
};

/* --- the server --- */

static void pin(int core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

/* Nanoseconds of CPU the thread of that name has used. */
static uint64_t thread_ns(const char *name)
{
	char path[300], text[64];
	unsigned long long ns = 0;
	struct dirent *e;
	DIR *dir = opendir("/proc/self/task");

	while (dir && (e = readdir(dir)) != NULL) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			       e->d_name);
		f = fopen(path, "r");
		if (!f || !fgets(text, sizeof(text), f))
			text[0] = 0;
		if (f)
			(void)fclose(f);
		if (strncmp(text, name, strlen(name)) != 0)
			continue;
		(void)snprintf(path, sizeof(path),
			       "/proc/self/task/%s/schedstat", e->d_name);
		f = fopen(path, "r");
		if (f && fscanf(f, "%llu", &ns) != 1)
			ns = 0;
		if (f)
			(void)fclose(f);
	}
	if (dir)
		closedir(dir);
	return ns;
}

static double rss_kib(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f)
		(void)fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static void read_all(int fd, void *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = read(fd, (char *)to + at, len - at);

		if (n <= 0)
			exit(1); /* the other side has said why */
		at += (size_t)n;
	}
}

static void write_all(int fd, const void *from, size_t len)
{
	if (write(fd, from, len) != (ssize_t)len)
		exit(1);
}

static void serve_call(struct rd_media *m, int pipe, const struct options *o)
{
	struct rd_addr candidates[RD_MEDIA_ADDRESSES];
	struct rd_media_rtp rtp = {
		.codec = o->far,
		.payload_type = o->far == RD_CODEC_OPUS ? 96 : 0,
		.dtmf_payload_type = PEER_EVENTS,
		.ptime_ms = 20,
		.may_send = true,
		.may_receive = true,
		.rtcp_mux = true,
	};
	struct answer answer;
	struct ask ask;
	rd_leg web, trunk;

	read_all(pipe, &ask, sizeof(ask));
	memset(&answer, 0, sizeof(answer));
	CHECK_OK(rd_media_web_open(m, 0, &ask.web, &web));
	CHECK_OK(rd_media_rtp_reserve(m, 0, &trunk, &answer.trunk));
	rtp.remote = ask.trunk;
	CHECK_OK(rd_media_rtp_connect(m, trunk, &rtp));
	CHECK_OK(rd_media_bridge(m, web, trunk));
	CHECK(rd_media_candidates(m, 0, candidates) >= 1);
	answer.web = candidates[0];
	(void)snprintf(answer.fingerprint, sizeof(answer.fingerprint), "%s",
		       rd_media_fingerprint(m));
	write_all(pipe, &answer, sizeof(answer));
}

static void drain(struct rd_media *m)
{
	struct rd_media_event e;

	while (rd_media_poll(m, &e) == RD_OK)
		;
}

static void print(const struct options *o, const struct figures *f,
		  double cpu_ms, double rss, const struct rd_media_totals *t)
{
	double lost = 0;

	for (int i = 0; i < 2; i++)
		if (f->heard[i] < f->sent[i])
			lost += (double)(f->sent[i] - f->heard[i]);
	printf("{\"far\": \"%s\", \"calls\": %u, \"seconds\": %u, "
	       "\"complexity\": %u, \"complexity_end\": %u, "
	       "\"cpu_ms_per_call_s\": %.3f, \"rss_kib_per_call\": %.1f, "
	       "\"to_trunk_p50_ms\": %.3f, \"to_trunk_p99_ms\": %.3f, "
	       "\"to_web_p50_ms\": %.3f, \"to_web_p99_ms\": %.3f, "
	       "\"lookahead_ms\": %.1f, \"lost_percent\": %.3f, "
	       "\"lateness_p99_us\": %u}\n",
	       rd_codec_get(o->far)->name, o->calls, o->seconds, o->complexity,
	       t->complexity, cpu_ms, rss, f->to_trunk_ms[0], f->to_trunk_ms[1],
	       f->to_web_ms[0], f->to_web_ms[1], f->lookahead_ms,
	       100 * lost / (double)(f->sent[0] + f->sent[1] + 1),
	       t->lateness_us);
}

static void serve(int pipe, const struct options *o)
{
	struct rd_media_cfg cfg = peer_cfg();
	struct rd_media_totals totals;
	struct figures figures;
	struct rd_media *m;
	double rss, ns;
	char go;

	pin(0);
	cfg.legs_per_worker = 2 * o->calls;
	cfg.opus_complexity = o->complexity;
	cfg.has_tcp = true; /* as servers have it */
	m = peer_media(&cfg);
	rss = rss_kib();
	for (unsigned i = 0; i < o->calls; i++) {
		serve_call(m, pipe, o);
		drain(m);
	}
	read_all(pipe, &go, 1); /* the steady window begins */
	ns = (double)thread_ns("media-0");
	read_all(pipe, &go, 1); /* and ends */
	ns = (double)thread_ns("media-0") - ns;
	drain(m);
	rss = rss_kib() - rss;
	rd_media_totals(m, &totals);
	read_all(pipe, &figures, sizeof(figures));
	print(o, &figures, ns / 1e6 / o->seconds / o->calls, rss / o->calls,
	      &totals);
	rd_media_close(m);
}

/* --- the generator --- */

struct side { /* of a call */
	int fd;
	uint32_t ssrc, ts;
	uint16_t sequence;
	uint64_t sent_ns[SENT_RING];
	uint64_t sent;

	bool has_base;
	uint32_t base_ts;
	uint64_t heard;
};

struct pair {
	struct browser b;
	struct side web, trunk; /* what each says, and hears */
	struct rd_addr trunk_server;
};

struct delays {
	uint32_t *us;
	size_t n;
};

static void stamp_receives(int fd)
{
	int yes = 1, bytes = 1 << 20;

	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void open_call(struct pair *p, int pipe)
{
	struct rd_addr local;
	struct answer answer;
	struct ask ask;

	browser_prepare(&p->b, RD_CODEC_OPUS, PEER_OPUS, 1000, 1000);
	p->web.fd = p->b.fd;
	p->trunk.fd = peer_socket(&local);
	memset(&ask, 0, sizeof(ask));
	ask.web = p->b.web;
	ask.trunk = local;
	write_all(pipe, &ask, sizeof(ask));
	read_all(pipe, &answer, sizeof(answer));
	browser_attach(&p->b, &answer.web, answer.fingerprint);
	p->trunk_server = answer.trunk;
	browser_connect(&p->b);
	p->web.ssrc = rd_random_u32();
	p->trunk.ssrc = rd_random_u32();
	stamp_receives(p->web.fd);
	stamp_receives(p->trunk.fd);
}

static uint64_t real_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static size_t write_frame(struct side *s, const struct frame *f,
			  uint8_t payload_type, uint32_t ticks, bool has_level,
			  uint8_t *out)
{
	static const uint8_t level[4] = { 0x10, 40, 0, 0 };
	struct rd_writer w = rd_writer(out, PEER_BUFFER);
	struct rd_rtp rtp = {
		.payload_type = payload_type,
		.sequence = s->sequence++,
		.ts = s->ts,
		.ssrc = s->ssrc,
		.payload = rd_span(f->bytes, f->len),
	};

	if (has_level) {
		rtp.has_extension = true;
		rtp.profile = RD_RTP_ONE_BYTE;
		rtp.extension = rd_span(level, sizeof(level));
	}
	CHECK_OK(rd_rtp_encode(&w, &rtp));
	s->ts += ticks;
	s->sent_ns[s->sent++ % SENT_RING] = real_ns();
	return rd_writer_len(&w);
}

static void say(struct pair *p, const struct options *o, unsigned frame)
{
	const struct rd_codec *far = rd_codec_get(o->far);
	uint8_t bytes[PEER_BUFFER];
	size_t len;

	len = write_frame(&p->web, &web_speech[frame % FRAMES_OF_SPEECH],
			  PEER_OPUS, 960, true, bytes);
	CHECK_OK(rd_srtp_protect(p->b.send, bytes, &len, sizeof(bytes)));
	peer_send(p->web.fd, &p->b.server, bytes, len);
	len = write_frame(&p->trunk, &trunk_speech[frame % FRAMES_OF_SPEECH],
			  far->id == RD_CODEC_OPUS ? 96 : 0, far->clock_hz / 50,
			  false, bytes);
	peer_send(p->trunk.fd, &p->trunk_server, bytes, len);
}

/* Reads one packet and when the kernel got it; 0: none. */
static size_t receive(int fd, uint8_t *bytes, uint64_t *at_ns)
{
	char control[128];
	struct iovec piece = { bytes, PEER_BUFFER };
	struct msghdr h = { .msg_iov = &piece,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT);
	struct timespec t;

	if (n <= 0)
		return 0;
	*at_ns = real_ns();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c))
		if (c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			*at_ns = (uint64_t)t.tv_sec * 1000000000ULL +
				 (uint64_t)t.tv_nsec;
		}
	return (size_t)n;
}

/* The frame sent last before at_ns; the timestamps are tied to it. */
static bool tie(struct side *heard, const struct side *said, uint32_t ts,
		uint32_t ticks, uint64_t at_ns)
{
	for (uint64_t k = said->sent; k > 0 && said->sent - k < SENT_RING; k--)
		if (said->sent_ns[(k - 1) % SENT_RING] <= at_ns) {
			heard->base_ts = ts - (uint32_t)(k - 1) * ticks;
			heard->has_base = true;
			return true;
		}
	return false;
}

/* A packet was heard, which `said` had sent some time ago.  Whenever it seems
 * to come before it was sent, a frame was lost: tie anew. */
static void note(struct side *heard, const struct side *said,
		 const uint8_t *bytes, size_t len, uint32_t ticks,
		 uint64_t at_ns, struct delays *d)
{
	struct rd_rtp rtp;
	uint64_t k;

	heard->heard++;
	if (rd_rtp_parse(&rtp, rd_span(bytes, len)) != RD_OK || !d ||
	    (!heard->has_base && !tie(heard, said, rtp.ts, ticks, at_ns)))
		return;
	k = (uint32_t)(rtp.ts - heard->base_ts) / ticks;
	if (k >= said->sent || said->sent - k > SENT_RING ||
	    at_ns < said->sent_ns[k % SENT_RING]) {
		heard->has_base = false;
		return;
	}
	if (d->n < DELAYS)
		d->us[d->n++] =
			(uint32_t)((at_ns - said->sent_ns[k % SENT_RING]) /
				   1000);
}

static void hear(struct pair *p, const struct options *o, struct delays *to_web,
		 struct delays *to_trunk)
{
	uint32_t far_ticks = rd_codec_get(o->far)->clock_hz / 50;
	uint8_t bytes[PEER_BUFFER];
	uint64_t at_ns;
	size_t len;

	while ((len = receive(p->web.fd, bytes, &at_ns)) > 0) {
		if (rd_packet_kind(rd_span(bytes, len)) != RD_PACKET_RTP) {
			browser_hear(&p->b, bytes, len);
			continue;
		}
		if (rd_srtp_unprotect(p->b.receive, bytes, &len) == RD_OK)
			note(&p->web, &p->trunk, bytes, len, 960, at_ns,
			     to_web);
	}
	while ((len = receive(p->trunk.fd, bytes, &at_ns)) > 0)
		if (rd_packet_kind(rd_span(bytes, len)) == RD_PACKET_RTP)
			note(&p->trunk, &p->web, bytes, len, far_ticks, at_ns,
			     to_trunk);
}

static void sleep_until_us(uint64_t at_us)
{
	struct timespec t = { (time_t)(at_us / 1000000),
			      (long)(at_us % 1000000) * 1000 };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Talks for so long; the measurements are kept if there is where. */
static void talk(struct pair *pairs, const struct options *o, unsigned seconds,
		 unsigned *frame, struct delays *to_web,
		 struct delays *to_trunk)
{
	uint64_t at_us = rd_clock_us();

	for (unsigned f = 0; f < seconds * 50; f++, (*frame)++)
		for (unsigned g = 0; g < GROUPS; g++) {
			at_us += FRAME_US / GROUPS;
			sleep_until_us(at_us);
			for (unsigned i = g; i < o->calls; i += GROUPS) {
				/* Reading between two sendings of a call is
				 * soon enough: the kernel has the times. */
				hear(&pairs[i], o, to_web, to_trunk);
				say(&pairs[i], o, *frame + 37 * i);
				if (*frame % 125 == i % 125) /* consent */
					browser_check(&pairs[i].b, false);
			}
		}
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void percentiles(struct delays *d, double add_ms, double out[2])
{
	if (d->n == 0)
		return;
	qsort(d->us, d->n, sizeof(d->us[0]), by_size);
	out[0] = d->us[d->n / 2] / 1000.0 + add_ms;
	out[1] = d->us[d->n * 99 / 100] / 1000.0 + add_ms;
}

static double lookahead_ms(const struct options *o)
{
	struct rd_encoder_config cfg = { .rate_hz = 8000 };
	struct rd_encoder *e;
	double ms;

	if (o->far == RD_CODEC_OPUS)
		return 0;
	CHECK_OK(rd_encoder_open(&e, &rd_codec_opus, &cfg));
	ms = rd_encoder_lookahead_us(e) / 1000.0;
	rd_encoder_close(e);
	return ms;
}

static void generate(int pipe, const struct options *o)
{
	struct pair *pairs = rd_zalloc(o->calls * sizeof(*pairs));
	struct delays to_web = { rd_alloc(DELAYS * sizeof(uint32_t)), 0 };
	struct delays to_trunk = { rd_alloc(DELAYS * sizeof(uint32_t)), 0 };
	struct figures f;
	unsigned frame = 0;

	CHECK(pairs && to_web.us && to_trunk.us);
	memset(&f, 0, sizeof(f));
	pin(1);
	load_speech(o->speech, o->far);
	for (unsigned i = 0; i < o->calls; i++)
		open_call(&pairs[i], pipe);
	talk(pairs, o, SETTLE_S, &frame, NULL, NULL);
	for (unsigned i = 0; i < o->calls; i++)
		f.heard[0] -= pairs[i].web.heard,
			f.heard[1] -= pairs[i].trunk.heard,
			f.sent[0] -= pairs[i].trunk.sent,
			f.sent[1] -= pairs[i].web.sent;
	write_all(pipe, "g", 1);
	talk(pairs, o, o->seconds, &frame, &to_web, &to_trunk);
	write_all(pipe, "e", 1);
	for (unsigned i = 0; i < o->calls; i++)
		f.heard[0] += pairs[i].web.heard,
			f.heard[1] += pairs[i].trunk.heard,
			f.sent[0] += pairs[i].trunk.sent,
			f.sent[1] += pairs[i].web.sent;
	f.lookahead_ms = lookahead_ms(o);
	percentiles(&to_web, f.lookahead_ms, f.to_web_ms);
	percentiles(&to_trunk, 0, f.to_trunk_ms);
	write_all(pipe, &f, sizeof(f));
	exit(0);
}

static void parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "calls", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "far", required_argument, NULL, 'f' },
		{ "complexity", required_argument, NULL, 'x' },
		{ "speech", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const struct rd_codec *far = &rd_codec_opus;
	int c;

	*o = (struct options){ .calls = 100, .seconds = 10, .complexity = 5 };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			o->calls = (unsigned)atoi(optarg);
		else if (c == 's')
			o->seconds = (unsigned)atoi(optarg);
		else if (c == 'f')
			far = rd_codec_find(rd_span_text(optarg));
		else if (c == 'x')
			o->complexity = (unsigned)atoi(optarg);
		else if (c == 'p')
			o->speech = optarg;
		else
			exit(2);
	}
	if (!far || o->calls < 1 || o->calls > 5000 || o->seconds < 1) {
		(void)fprintf(stderr, "see the head of media_bench.c\n");
		exit(2);
	}
	o->far = far->id;
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	struct options o;
	int pipes[2];
	pid_t child;

	parse(argc, argv, &o);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pipes) < 0)
		return 1;
	child = fork();
	if (child == 0) {
		close(pipes[0]);
		generate(pipes[1], &o);
	}
	close(pipes[1]);
	serve(pipes[0], &o);
	(void)waitpid(child, NULL, 0);
	return 0;
}
