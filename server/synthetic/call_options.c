/* synthetic/call_options.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "synthetic/call_options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"usage: ringdown call [options]\n"
	"\n"
	"Calls as a browser does, and says how it went.\n"
	"\n"
	"  --url URL             server, http://127.0.0.1:8080\n"
	"  --origin ORIGIN       as of the page that calls\n"
	"  --ca-file FILE        PEM, in place of the system's authorities\n"
	"  --token TOKEN         access token of the caller, or\n"
	"  --token-file FILE     a file with it, or\n"
	"  --token-command CMD   a command that prints it\n"
	"  --destination NAME    echo\n"
	"  --join FILE           joins a call that was started or resumed "
	"elsewhere,\n"
	"                        by the answer in the file; needs no token\n"
	"  --codec LIST          offered, best first: opus,g722,pcmu,pcma\n"
	"  --duration S          of talk, 5\n"
	"  --setup S             until the first packet at most, 15\n"
	"  --tone HZ             sent, 440\n"
	"  --play FILE           sent in its place (WAV, Ogg Opus, FLAC), 60 "
	"s\n"
	"  --hear HZ             bad audio unless this tone comes back\n"
	"  --most-loss PERCENT   bad audio above it, 1\n"
	"  --record FILE         writes what is heard, as WAV\n"
	"  --tcp                 media over TCP, as behind a firewall\n"
	"  --digits DIGITS       pressed once connected: 0-9 * # A-D\n"
	"  --bitrate BPS         of Opus, 32000\n"
	"  --complexity N        of Opus, 0 to 10, 9\n"
	"  --json                one object on standard output\n"
	"\n"
	"Many calls:\n"
	"  --count N             at once, 1\n"
	"  --rate R              begun a second, 10\n"
	"  --settle S            from the last one up to measuring, 2\n"
	"  --peer-answer         answers the calls as well, by SIP, and "
	"measures\n"
	"                        the delay each way\n"
	"  --listen ADDR:PORT    for it, 127.0.0.1:5070\n"
	"  --answer-codec LIST   accepted there, opus\n"
	"  --server-pid PID      measures its CPU time and memory\n"
	"\n"
	"Exit status: 0 all well, 1 usage, 2 refused, 3 no media, 4 bad "
	"audio.\n";

enum option_id {
	OPT_URL = 256,
	OPT_ORIGIN,
	OPT_CA,
	OPT_TOKEN,
	OPT_TOKEN_FILE,
	OPT_TOKEN_COMMAND,
	OPT_DESTINATION,
	OPT_JOIN,
	OPT_CODEC,
	OPT_DURATION,
	OPT_SETUP,
	OPT_TONE,
	OPT_PLAY,
	OPT_HEAR,
	OPT_LOSS,
	OPT_RECORD,
	OPT_DIGITS,
	OPT_BITRATE,
	OPT_COMPLEXITY,
	OPT_JSON,
	OPT_TCP,
	OPT_COUNT,
	OPT_RATE,
	OPT_SETTLE,
	OPT_PEER,
	OPT_LISTEN,
	OPT_ANSWER_CODEC,
	OPT_PID,
	OPT_HELP,
};

static const struct option options[] = {
	{ "url", required_argument, NULL, OPT_URL },
	{ "origin", required_argument, NULL, OPT_ORIGIN },
	{ "ca-file", required_argument, NULL, OPT_CA },
	{ "token", required_argument, NULL, OPT_TOKEN },
	{ "token-file", required_argument, NULL, OPT_TOKEN_FILE },
	{ "token-command", required_argument, NULL, OPT_TOKEN_COMMAND },
	{ "destination", required_argument, NULL, OPT_DESTINATION },
	{ "join", required_argument, NULL, OPT_JOIN },
	{ "codec", required_argument, NULL, OPT_CODEC },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "setup", required_argument, NULL, OPT_SETUP },
	{ "tone", required_argument, NULL, OPT_TONE },
	{ "play", required_argument, NULL, OPT_PLAY },
	{ "hear", required_argument, NULL, OPT_HEAR },
	{ "most-loss", required_argument, NULL, OPT_LOSS },
	{ "record", required_argument, NULL, OPT_RECORD },
	{ "digits", required_argument, NULL, OPT_DIGITS },
	{ "bitrate", required_argument, NULL, OPT_BITRATE },
	{ "complexity", required_argument, NULL, OPT_COMPLEXITY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "tcp", no_argument, NULL, OPT_TCP },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "settle", required_argument, NULL, OPT_SETTLE },
	{ "peer-answer", no_argument, NULL, OPT_PEER },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "answer-codec", required_argument, NULL, OPT_ANSWER_CODEC },
	{ "server-pid", required_argument, NULL, OPT_PID },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

bool rd_option_number(const char *text, double least, double most, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && !*end && *out >= least && *out <= most;
}

bool rd_option_codecs(const char *text, const struct rd_codec **codecs,
		      unsigned *count)
{
	*count = 0;
	while (*text) {
		size_t len = strcspn(text, ",");
		const struct rd_codec *c = rd_codec_find(rd_span(text, len));

		if (!c || *count == RD_CODEC_COUNT)
			return false;
		for (unsigned i = 0; i < *count; i++)
			if (codecs[i] == c)
				return false;
		codecs[(*count)++] = c;
		text += len + (text[len] == ',');
	}
	return *count > 0;
}

static bool number(const char *name, double least, double most, double *out)
{
	if (rd_option_number(optarg, least, most, out))
		return true;
	fprintf(stderr, "ringdown call: --%s is \"%s\"; it must be %g to %g\n",
		name, optarg, least, most);
	return false;
}

static bool whole(const char *name, double least, double most, unsigned *out)
{
	double value;

	if (!number(name, least, most, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static bool codecs(const char *name, const struct rd_codec **list,
		   unsigned *count)
{
	if (rd_option_codecs(optarg, list, count))
		return true;
	fprintf(stderr,
		"ringdown call: --%s is \"%s\"; it must be out of opus, "
		"g722, pcmu, pcma\n",
		name, optarg);
	return false;
}

/* Those with a number, a list or an address. */
static bool read_checked(struct rd_call_options *o, int id)
{
	double pid = 0;

	switch (id) {
	case OPT_CODEC:
		return codecs("codec", o->codecs, &o->codec_count);
	case OPT_ANSWER_CODEC:
		return codecs("answer-codec", o->answer_codecs,
			      &o->answer_codec_count);
	case OPT_DURATION:
		return number("duration", 0.1, RD_CALL_SECONDS_MAX,
			      &o->duration);
	case OPT_SETUP:
		return number("setup", 1, 300, &o->setup);
	case OPT_TONE:
		return number("tone", 50, 3900, &o->tone_hz);
	case OPT_HEAR:
		return number("hear", 50, 3900, &o->hear_hz);
	case OPT_LOSS:
		return number("most-loss", 0, 100, &o->most_loss);
	case OPT_BITRATE:
		return whole("bitrate", 6000, 128000, &o->bitrate);
	case OPT_COMPLEXITY:
		return whole("complexity", 0, 10, &o->complexity);
	case OPT_COUNT:
		return whole("count", 1, RD_CALL_COUNT_MAX, &o->count);
	case OPT_RATE:
		return number("rate", 0.01, 1000, &o->rate);
	case OPT_SETTLE:
		return number("settle", 0, 300, &o->settle);
	case OPT_PID:
		if (!number("server-pid", 1, 1 << 30, &pid))
			return false;
		o->server_pid = (int)pid;
		return true;
	case OPT_LISTEN:
		if (!rd_addr_parse_port(&o->listen, rd_span_text(optarg)) &&
		    !rd_addr_is_any(&o->listen))
			return true;
		fprintf(stderr,
			"ringdown call: --listen is \"%s\"; it must be one "
			"address, like 127.0.0.1:5070\n",
			optarg);
		return false;
	default: /* getopt has said it */
		return false;
	}
}

static bool read_one(struct rd_call_options *o, int id)
{
	switch (id) {
	case OPT_URL:
		o->url = optarg;
		return true;
	case OPT_ORIGIN:
		o->origin = optarg;
		return true;
	case OPT_CA:
		o->ca_file = optarg;
		return true;
	case OPT_TOKEN:
		o->token = optarg;
		return true;
	case OPT_TOKEN_FILE:
		o->token_file = optarg;
		return true;
	case OPT_TOKEN_COMMAND:
		o->token_command = optarg;
		return true;
	case OPT_DESTINATION:
		o->destination = optarg;
		return true;
	case OPT_JOIN:
		o->join = optarg;
		return true;
	case OPT_PLAY:
		o->play = optarg;
		return true;
	case OPT_RECORD:
		o->record = optarg;
		return true;
	case OPT_DIGITS:
		o->digits = optarg;
		return true;
	case OPT_JSON:
		o->is_json = true;
		return true;
	case OPT_TCP:
		o->is_tcp = true;
		return true;
	case OPT_PEER:
		o->is_peer_answer = true;
		return true;
	case OPT_HELP:
		o->is_help = true;
		return true;
	default:
		return read_checked(o, id);
	}
}

static bool complain(const char *what)
{
	fprintf(stderr, "ringdown call: %s; see --help\n", what);
	return false;
}

static bool check(const struct rd_call_options *o)
{
	if (!o->join && !o->token + !o->token_file + !o->token_command != 2)
		return complain("give one of --token, --token-file and "
				"--token-command");
	if (o->join && (o->count > 1 || o->is_peer_answer))
		return complain("--join is for one call");
	if (o->record && o->count > 1)
		return complain("--record is for one call");
	if (o->digits &&
	    (strspn(o->digits, "0123456789*#ABCD") != strlen(o->digits) ||
	     !*o->digits || strlen(o->digits) > 32))
		return complain("--digits must be 1 to 32 of 0-9 * # A-D");
	return true;
}

bool rd_call_options_read(struct rd_call_options *out, int argc, char **argv)
{
	struct rd_call_options o = {
		.url = "http://127.0.0.1:8080",
		.destination = "echo",
		.count = 1,
		.rate = 10,
		.duration = 5,
		.settle = 2,
		.setup = 15,
		.most_loss = 1,
		.complexity = 9,
		.bitrate = 32000,
		.tone_hz = 440,
		.codecs = { &rd_codec_opus, &rd_codec_g722, &rd_codec_pcmu,
			    &rd_codec_pcma },
		.codec_count = 4,
		.answer_codecs = { &rd_codec_opus },
		.answer_codec_count = 1,
	};
	int id;

	(void)!rd_addr_parse_port(&o.listen, rd_span_text("127.0.0.1:5070"));
	optind = 1;
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!read_one(&o, id))
			return false;
	*out = o;
	if (o.is_help)
		return true;
	if (optind < argc)
		return complain("it takes options only");
	return check(&o);
}

void rd_call_options_help(void)
{
	fputs(help, stdout);
}
