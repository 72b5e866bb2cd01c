/* synthetic/answer_command.c - the command `ringdown answer`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "synthetic/answerer.h"
#include "synthetic/call_options.h"
#include "synthetic/synthetic.h"

enum {
	TURN_MS = 200,
	DRAIN_MS = 3000, /* for the BYEs, when ended by a signal */
	MOST_CALLS = 1024,
	OPT_HELP = 256,
};

static const char help[] =
	"usage: ringdown answer [options]\n"
	"\n"
	"A telephone that answers by SIP and says what it hears.\n"
	"\n"
	"  --listen ADDR:PORT    127.0.0.1:0, port 0: one that is free\n"
	"  --transport T         udp (and tcp), tcp, tls\n"
	"  --tls-dir DIR         with agent.pem and cafile.pem\n"
	"  --peer NETWORK        who may call, repeated; else loopback\n"
	"  --codec LIST          best first: opus,g722,pcmu,pcma\n"
	"  --play FILE           says its first minute (WAV, Ogg Opus, FLAC)\n"
	"  --tone HZ             says a tone, if no file; 440\n"
	"  --silent              says nothing of its own\n"
	"  --echo                sends back what comes, after the file once\n"
	"  --hear HZ             tone to look for; as --tone\n"
	"  --record FILE         writes what is heard, as WAV\n"
	"  --status CODE         refuses with it, 300 to 699\n"
	"  --ring-ms N           rings before it answers, 0\n"
	"  --early-media         is heard while it rings (183)\n"
	"  --hangup-after S      hangs up so long after the answer\n"
	"  --json                one object a line for what happens\n";

struct answer_options {
	struct rd_answerer_cfg cfg;
	struct rd_banks banks;
	double tone_hz;
	bool is_silent, is_json, is_help;
};

static volatile int must_stop;

static void on_signal(int number)
{
	(void)number;
	must_stop = 1;
}

static bool complain(const char *name, const char *right)
{
	fprintf(stderr, "ringdown answer: --%s is \"%s\"; it must be %s\n",
		name, optarg, right);
	return false;
}

static bool read_transport(struct rd_answerer_cfg *cfg)
{
	static const char *const names[] = { "udp", "tcp", "tls" };

	for (size_t i = 0; i < RD_COUNT(names); i++)
		if (strcmp(optarg, names[i]) == 0) {
			cfg->transport = (enum rd_trunk_transport)i;
			return true;
		}
	return complain("transport", "udp, tcp or tls");
}

static bool read_peer(struct rd_answerer_cfg *cfg)
{
	if (cfg->peer_count < RD_ANSWER_PEERS &&
	    !rd_network_parse(&cfg->peers[cfg->peer_count],
			      rd_span_text(optarg))) {
		cfg->peer_count++;
		return true;
	}
	return complain("peer", "like 192.0.2.0/24, at most 8 times");
}

static bool read_number(const char *name, double least, double most,
			const char *right, double *out)
{
	return rd_option_number(optarg, least, most, out) ||
	       complain(name, right);
}

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "transport", required_argument, NULL, 't' },
	{ "tls-dir", required_argument, NULL, 'T' },
	{ "peer", required_argument, NULL, 'P' },
	{ "codec", required_argument, NULL, 'c' },
	{ "play", required_argument, NULL, 'p' },
	{ "tone", required_argument, NULL, 'h' },
	{ "silent", no_argument, NULL, 's' },
	{ "echo", no_argument, NULL, 'e' },
	{ "hear", required_argument, NULL, 'H' },
	{ "record", required_argument, NULL, 'r' },
	{ "status", required_argument, NULL, 'S' },
	{ "ring-ms", required_argument, NULL, 'R' },
	{ "early-media", no_argument, NULL, 'E' },
	{ "hangup-after", required_argument, NULL, 'A' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static bool read_numbered(struct answer_options *o, int id)
{
	struct rd_answerer_cfg *cfg = &o->cfg;
	double value = 0;

	switch (id) {
	case 'h':
		return read_number("tone", 50, 3900, "50 to 3900", &o->tone_hz);
	case 'H':
		return read_number("hear", 50, 3900, "50 to 3900",
				   &cfg->hear_hz);
	case 'S':
		if (!read_number("status", 300, 699, "300 to 699", &value))
			return false;
		cfg->status = (unsigned)value;
		return true;
	case 'R':
		if (!read_number("ring-ms", 0, 300000, "0 to 300000", &value))
			return false;
		cfg->ring_ms = (uint64_t)value;
		return true;
	case 'A':
		if (!read_number("hangup-after", 0.01, 86400, "0.01 to 86400",
				 &value))
			return false;
		cfg->hangup_ms = (uint64_t)(value * 1000);
		return true;
	default: /* getopt has said it */
		return false;
	}
}

static bool read_one(struct answer_options *o, int id)
{
	struct rd_answerer_cfg *cfg = &o->cfg;

	switch (id) {
	case 'l':
		/* It goes into Contact and SDP, so it must be one address. */
		return (!rd_addr_parse_port(&cfg->listen,
					    rd_span_text(optarg)) &&
			!rd_addr_is_any(&cfg->listen)) ||
		       complain("listen", "one address, like 192.0.2.1:5070");
	case 't':
		return read_transport(cfg);
	case 'T':
		cfg->tls_dir = optarg;
		return true;
	case 'P':
		return read_peer(cfg);
	case 'c':
		return rd_option_codecs(optarg, cfg->codecs,
					&cfg->codec_count) ||
		       complain("codec", "out of opus, g722, pcmu, pcma");
	case 'p':
		o->banks.path = optarg;
		return true;
	case 's':
		o->is_silent = true;
		return true;
	case 'e':
		cfg->is_echo = true;
		return true;
	case 'r':
		cfg->record_path = optarg;
		return true;
	case 'E':
		cfg->has_early_media = true;
		return true;
	case 'j':
		o->is_json = true;
		return true;
	case OPT_HELP:
		o->is_help = true;
		return true;
	default:
		return read_numbered(o, id);
	}
}

static bool read_options(struct answer_options *o, int argc, char **argv)
{
	int id;

	*o = (struct answer_options){
		.cfg = { .most_calls = MOST_CALLS,
			 .codecs = { &rd_codec_opus, &rd_codec_g722,
				     &rd_codec_pcmu, &rd_codec_pcma },
			 .codec_count = 4,
			 .listen_every = 1,
			 .most_rate_hz = 16000 },
		.banks = { .level_db = -10, .complexity = 9, .has_fec = true },
		.tone_hz = 440,
	};
	(void)!rd_addr_parse_port(&o->cfg.listen, rd_span_text("127.0.0.1:0"));
	optind = 1;
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!read_one(o, id))
			return false;
	if (optind < argc) {
		fprintf(stderr,
			"ringdown answer: it takes options only; see --help\n");
		return false;
	}
	/* A sound is heard in full once; a tone goes on, unless the echo
	 * shall be heard. */
	o->banks.mark_hz = o->tone_hz;
	o->cfg.banks = o->is_silent || (o->cfg.is_echo && !o->banks.path)
			       ? NULL
			       : &o->banks;
	o->cfg.plays_once = o->cfg.is_echo;
	if (o->cfg.hear_hz <= 0)
		o->cfg.hear_hz = o->tone_hz;
	return true;
}

/* ---- what happens ---- */

static json_t *headers(const struct rd_answer_result *r)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < r->header_count; i++)
		(void)json_object_set_new(object, r->headers[i].name,
					  json_string(r->headers[i].value));
	return object;
}

/* Three digits after the point are plenty. */
static double rounded(double value)
{
	return round(value * 1000) / 1000;
}

static void print_json(rd_answer_call call, const char *what,
		       const struct rd_answer_result *r)
{
	const struct rd_party_stats *s = &r->stats;
	json_t *o = json_pack(
		"{s:s, s:i, s:s*, s:o, s:s, s:s, s:f, s:f, s:i, s:b, s:s,"
		" s:{s:I, s:I, s:I, s:f}, s:{s:f, s:f, s:f, s:I}}",
		"event", what, "call", (int)call, "from", r->from, "headers",
		headers(r), "codec", r->codec, "srtp", r->profile, "ring_ms",
		rounded(r->ring_ms), "talked_s", rounded(r->talked_s), "status",
		(int)r->status, "by_far_end", r->by_far_end, "digits",
		r->digits, "packets", "sent", (json_int_t)s->sent, "received",
		(json_int_t)s->received, "lost", (json_int_t)s->lost,
		"jitter_ms", rounded(s->jitter_ms), "tone", "hz",
		rounded(s->tone_hz), "level_db", rounded(s->tone_db), "snr_db",
		rounded(s->tone_snr_db), "onsets", (json_int_t)s->tone_onsets);

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_text(rd_answer_call call, const char *what,
		       const struct rd_answer_result *r)
{
	const struct rd_party_stats *s = &r->stats;

	printf("call %u %s", call, what);
	if (strcmp(what, "incoming") == 0)
		printf(" from %s", r->from);
	if (*r->codec)
		printf(" %s", r->codec);
	if (*r->digits)
		printf(" digits %s", r->digits);
	if (strcmp(what, "ended") == 0)
		printf(" after %.1f s: sent %llu, received %llu, lost %llu, "
		       "heard %.1f Hz at %.1f dB",
		       r->talked_s, (unsigned long long)s->sent,
		       (unsigned long long)s->received,
		       (unsigned long long)s->lost, s->tone_hz, s->tone_db);
	putchar('\n');
}

static void tell(void *arg, rd_answer_call call, const char *what,
		 const struct rd_answer_result *result)
{
	const struct answer_options *o = arg;

	if (o->is_json)
		print_json(call, what, result);
	else
		print_text(call, what, result);
	fflush(stdout);
}

/* ---- life ---- */

static void serve(struct rd_answerer *a, const struct answer_options *o)
{
	struct rd_loop *loop = o->cfg.loop;
	struct rd_addr local = rd_answerer_local(a);
	char text[RD_ADDR_TEXT];
	uint64_t end_ms;

	printf("listening sip%s:%s%s\n",
	       o->cfg.transport == RD_SIP_TLS ? "s" : "",
	       rd_addr_text(&local, text),
	       o->cfg.transport == RD_SIP_TCP ? ";transport=tcp" : "");
	fflush(stdout);
	while (!must_stop)
		rd_loop_turn(loop, TURN_MS);
	rd_answerer_hangup_all(a);
	end_ms = rd_loop_now_ms(loop) + DRAIN_MS;
	while (rd_answerer_calls(a) > 0 && rd_loop_now_ms(loop) < end_ms)
		rd_loop_turn(loop, TURN_MS);
}

/* Before the first call comes, which would have to wait for it. */
static enum rd_err encode_all(struct answer_options *o,
			      struct rd_complaint *why)
{
	const struct rd_bank *bank;
	enum rd_err err = RD_OK;

	for (unsigned i = 0; !err && o->cfg.banks && i < o->cfg.codec_count;
	     i++)
		err = rd_banks_get(&o->banks, o->cfg.codecs[i], &bank, why);
	return err;
}

int rd_synthetic_answer(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct answer_options o;
	struct rd_complaint why = { "" };
	struct rd_answerer *a = NULL;
	enum rd_err err;

	if (!read_options(&o, argc, argv))
		return 1;
	if (o.is_help) {
		fputs(help, stdout);
		return 0;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	rd_log_set_level(RD_LOG_WARN); /* the report says the rest */
	err = rd_loop_open(&o.cfg.loop);
	if (!err)
		err = encode_all(&o, &why);
	o.cfg.tell = tell;
	o.cfg.arg = &o;
	if (!err)
		err = rd_answerer_open(&a, &o.cfg, &why);
	if (err)
		fprintf(stderr, "ringdown answer: %s\n",
			why.text[0] ? why.text : rd_err_text(err));
	else
		serve(a, &o);
	rd_answerer_close(a);
	rd_loop_close(o.cfg.loop);
	rd_banks_fini(&o.banks);
	return err ? 1 : 0;
}
