/* interop/dial.c - one trunk, driven by lines on standard input, telling what
 * happens as JSON lines on standard output.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * dial key=value...   host, port, transport (udp tcp tls), username, password,
 *                     realm, tls_dir, bind, session_s, options_s, invite_ms,
 *                     prack, register, refer (none trunk any), accept, uui,
 *                     give_up_ms
 * Lines: invite USER RING_MS | hangup CAUSE | reinvite WAY |
 * reanswer WAY | respond STATUS [WAY] | refer URI | result STATUS |
 * digits D | header NAME VALUE | media PORT | about DIALOG | state | quit.
 * They are about the last dialog; WAY is an SDP direction.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "trunk/trunk.h"

enum {
	LINE = 1024
};

struct dial {
	struct rd_trunk_cfg trunk;
	struct rd_trunks_cfg cfg;
	struct rd_trunks *trunks;
	rd_dialog dialog;
	struct rd_trunk_header headers[RD_TRUNK_HEADERS];
	unsigned header_count;
	unsigned media_port, version;
	char sdp[1024];
};

static const char *const kinds[] = {
	"incoming", "trying",     "ringing", "progress",
	"answered", "reanswered", "reoffer", "transfer",
	"referred", "digit",      "ended",
};

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_event(const struct rd_trunk_event *e)
{
	printf("{\"event\":\"%s\",\"dialog\":%u,\"status\":%u,\"cause\":%u,"
	       "\"far\":%s,\"retryAfter\":%u",
	       kinds[e->kind], e->dialog, e->status, e->cause,
	       e->by_far_end ? "true" : "false", e->retry_after_s);
	if (e->digit)
		printf(",\"digit\":\"%c\"", e->digit);
	printf(",\"from\":");
	print_text(e->from);
	printf(",\"target\":");
	print_text(e->target);
	printf(",\"sdp\":");
	print_text(e->sdp);
	printf(",\"headers\":{");
	for (unsigned i = 0; i < e->header_count; i++) {
		printf("%s", i ? "," : "");
		print_text(e->headers[i].name);
		putchar(':');
		print_text(e->headers[i].value);
	}
	printf("}}\n");
	fflush(stdout);
}

static const char *sdp(struct dial *d, const char *way)
{
	snprintf(d->sdp, sizeof(d->sdp),
		 "v=0\r\no=- 7 %u IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		 "m=audio %u RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n"
		 "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
		 "a=%s\r\n",
		 ++d->version, d->media_port, way);
	return d->sdp;
}

static enum rd_err invite(struct dial *d, const char *user, unsigned ring_ms)
{
	struct rd_trunk_invite i = { .trunk = "far",
				     .user = user,
				     .display_name = "Jane \"J\" Doe",
				     .sdp = sdp(d, "sendrecv"),
				     .headers = d->headers,
				     .header_count = d->header_count,
				     .ring_ms = ring_ms };

	return rd_trunk_invite(d->trunks, &i, &d->dialog);
}

static void print_state(const struct dial *d)
{
	struct rd_trunk_state s;

	if (rd_trunk_state(d->trunks, 0, &s) != RD_OK)
		return;
	printf("{\"event\":\"state\",\"registered\":%s,\"reachable\":%s,"
	       "\"lastStatus\":%u,\"dialogs\":%u,\"guarded\":%llu,"
	       "\"strangers\":%llu}\n",
	       s.is_registered ? "true" : "false",
	       s.is_reachable ? "true" : "false", s.last_status, s.dialogs,
	       (unsigned long long)s.guarded,
	       (unsigned long long)s.strangers_refused);
	fflush(stdout);
}

static enum rd_err add_header(struct dial *d, const char *name,
			      const char *value)
{
	struct rd_trunk_header *h = &d->headers[d->header_count];

	if (d->header_count == RD_TRUNK_HEADERS)
		return RD_E_FULL;
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->value, sizeof(h->value), "%s", value);
	d->header_count++;
	return RD_OK;
}

static unsigned number(const char *text)
{
	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static enum rd_err obey(struct dial *d, const char *word, char *rest)
{
	char *save = NULL, *a = strtok_r(rest, " ", &save);
	char *b = strtok_r(NULL, save ? "" : " ", &save);
	const char *way = a ? a : "sendrecv";

	if (!strcmp(word, "invite"))
		return invite(d, a ? a : "1", b ? number(b) : 20000);
	if (!strcmp(word, "reinvite"))
		return rd_trunk_reinvite(d->trunks, d->dialog, sdp(d, way));
	if (!strcmp(word, "reanswer"))
		return rd_trunk_reanswer(d->trunks, d->dialog, sdp(d, way));
	if (!strcmp(word, "respond"))
		return rd_trunk_respond(d->trunks, d->dialog, number(a),
					b ? sdp(d, b) : NULL);
	if (!strcmp(word, "refer"))
		return rd_trunk_refer(d->trunks, d->dialog, a ? a : "");
	if (!strcmp(word, "result"))
		return rd_trunk_transfer_result(d->trunks, d->dialog,
						number(a));
	if (!strcmp(word, "digits"))
		return rd_trunk_info_digits(d->trunks, d->dialog, a ? a : "");
	if (!strcmp(word, "header"))
		return add_header(d, a ? a : "", b ? b : "");
	if (!strcmp(word, "about")) {
		d->dialog = number(a);
		return RD_OK;
	}
	if (!strcmp(word, "media")) {
		d->media_port = number(a);
		return RD_OK;
	}
	return RD_E_UNSUPPORTED;
}

/* false: quit. */
static bool on_line(struct dial *d, char *line)
{
	char *rest = NULL, *word;
	enum rd_err err;

	line[strcspn(line, "\n")] = 0;
	word = strtok_r(line, " ", &rest);
	if (!word)
		return true;
	if (!strcmp(word, "quit"))
		return false;
	if (!strcmp(word, "hangup")) {
		rd_trunk_hangup(d->trunks, d->dialog, number(rest));
		return true;
	}
	if (!strcmp(word, "state")) {
		print_state(d);
		return true;
	}
	err = obey(d, word, rest);
	if (err != RD_OK) {
		printf("{\"event\":\"error\",\"name\":\"%s\"}\n",
		       rd_err_name(err));
		fflush(stdout);
	}
	return true;
}

static void run(struct dial *d)
{
	struct pollfd w[2] = { { .fd = 0, .events = POLLIN },
			       { .fd = rd_trunks_fd(d->trunks),
				 .events = POLLIN } };
	struct rd_trunk_event event;
	char buffer[LINE];
	size_t n = 0;

	for (;;) {
		char *end;

		poll(w, 2, -1);
		while (rd_trunks_poll(d->trunks, &event) == RD_OK) {
			if (event.kind == RD_TRUNK_INCOMING)
				d->dialog = event.dialog;
			if (event.kind == RD_TRUNK_REOFFER && !event.sdp[0] &&
			    rd_trunk_reanswer(d->trunks, event.dialog,
					      sdp(d, "sendrecv")) != RD_OK)
				return;
			print_event(&event);
		}
		if (w[0].revents & (POLLIN | POLLHUP)) {
			ssize_t got = read(0, buffer + n, LINE - 1 - n);

			if (got <= 0)
				return;
			n += (size_t)got;
			buffer[n] = 0;
		}
		while ((end = memchr(buffer, '\n', n))) {
			*end = 0;
			if (!on_line(d, buffer))
				return;
			n -= (size_t)(end + 1 - buffer);
			memmove(buffer, end + 1, n);
		}
	}
}

static bool is_on(const char *value)
{
	return !strcmp(value, "1");
}

static bool set_trunk(struct rd_trunk_cfg *t, const char *key,
		      const char *value)
{
	if (!strcmp(key, "host"))
		t->host = value;
	else if (!strcmp(key, "port"))
		t->port = (uint16_t)number(value);
	else if (!strcmp(key, "username"))
		t->username = value;
	else if (!strcmp(key, "password"))
		t->password = value;
	else if (!strcmp(key, "realm"))
		t->realm = value;
	else if (!strcmp(key, "session_s"))
		t->session_expires_s = number(value);
	else if (!strcmp(key, "options_s"))
		t->options_s = number(value);
	else if (!strcmp(key, "prack"))
		t->require_prack = is_on(value);
	else if (!strcmp(key, "register"))
		t->register_contact = is_on(value);
	else if (!strcmp(key, "uui"))
		t->context =
			is_on(value) ? RD_CONTEXT_UUI : RD_CONTEXT_X_HEADERS;
	else if (!strcmp(key, "transport"))
		t->transport = !strcmp(value, "tls")   ? RD_SIP_TLS
			       : !strcmp(value, "tcp") ? RD_SIP_TCP
						       : RD_SIP_UDP;
	else if (!strcmp(key, "refer"))
		t->refer = !strcmp(value, "any")     ? RD_REFER_ANY
			   : !strcmp(value, "trunk") ? RD_REFER_TRUNK
						     : RD_REFER_REFUSE;
	else
		return false;
	return true;
}

static bool set(struct dial *d, char *text)
{
	char *value = strchr(text, '=');

	if (!value)
		return false;
	*value++ = 0;
	if (!strcmp(text, "tls_dir"))
		d->cfg.tls_dir = value;
	else if (!strcmp(text, "accept"))
		d->cfg.accept_calls = is_on(value);
	else if (!strcmp(text, "invite_ms"))
		d->cfg.invite_ms = number(value);
	else if (!strcmp(text, "give_up_ms"))
		d->cfg.give_up_ms = number(value);
	else if (!strcmp(text, "bind"))
		return rd_addr_parse(&d->cfg.bind, rd_span_text(value)) ==
		       RD_OK;
	else
		return set_trunk(&d->trunk, text, value);
	return true;
}

int main(int argc, char **argv)
{
	static struct dial d = { .media_port = 40000 };
	struct rd_complaint why = { "" };
	struct rd_addr udp, tls;

	d.trunk.name = "far";
	d.trunk.host = "127.0.0.1";
	d.trunk.context = RD_CONTEXT_X_HEADERS;
	d.trunk.peer_count = 1;
	if (rd_addr_parse(&d.cfg.bind, rd_span_text("127.0.0.1")) != RD_OK ||
	    rd_network_parse(&d.trunk.peers[0], rd_span_text("127.0.0.1")) !=
		    RD_OK)
		return 2;
	for (int i = 1; i < argc; i++)
		if (!set(&d, argv[i])) {
			fprintf(stderr, "dial: what is %s?\n", argv[i]);
			return 2;
		}
	d.cfg.trunks = &d.trunk;
	d.cfg.trunk_count = 1;
	d.cfg.most_dialogs = 1000;
	if (!d.cfg.invite_ms)
		d.cfg.invite_ms = 20000;
	if (d.cfg.tls_dir)
		d.cfg.tls_bind = d.cfg.bind;
	if (rd_trunks_open(&d.trunks, &d.cfg, &why) != RD_OK) {
		fprintf(stderr, "dial: %s\n", why.text);
		return 1;
	}
	udp = rd_trunks_local(d.trunks, RD_SIP_UDP);
	tls = rd_trunks_local(d.trunks, RD_SIP_TLS);
	printf("{\"event\":\"listening\",\"port\":%u,\"tlsPort\":%u}\n",
	       udp.port, tls.port);
	fflush(stdout);
	run(&d);
	rd_trunks_close(d.trunks);
	return 0;
}
