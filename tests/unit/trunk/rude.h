/* tests/unit/trunk/rude.h - a SIP peer of a few lines, which can be rude.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One UDP socket on a loopback address: sends what the test writes, reads
 * requests, and answers them with any status and any further headers.
 */
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"

#include "base/addr.h"
#include "base/clock.h"
#include "base/text.h"

struct rude {
	int fd;
	struct rd_addr at;
	struct rd_addr from; /* of the last message */
	char got[65536];
};

static inline void rude_open(struct rude *r, const char *ip)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len;

	CHECK_OK(rd_addr_parse(&r->at, rd_span_text(ip)));
	len = rd_addr_to_sockaddr(&r->at, &ss);
	r->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(r->fd >= 0);
	CHECK_EQ(bind(r->fd, (struct sockaddr *)&ss, len), 0);
	CHECK_EQ(getsockname(r->fd, (struct sockaddr *)&ss, &len), 0);
	r->at = rd_addr_from_sockaddr((struct sockaddr *)&ss);
}

static inline void rude_close(struct rude *r)
{
	close(r->fd);
}

static inline void rude_send(struct rude *r, const struct rd_addr *to,
			     const char *text)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(to, &ss);

	(void)!sendto(r->fd, text, strlen(text), 0, (struct sockaddr *)&ss,
		      len);
}

/* Reads one message into got within wait_ms; false: none came. */
static inline bool rude_read(struct rude *r, int wait_ms)
{
	struct pollfd w = { .fd = r->fd, .events = POLLIN };
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	ssize_t n;

	r->got[0] = 0;
	if (poll(&w, 1, wait_ms) != 1)
		return false;
	n = recvfrom(r->fd, r->got, sizeof(r->got) - 1, 0,
		     (struct sockaddr *)&ss, &len);
	if (n < 0)
		return false;
	r->got[n] = 0;
	r->from = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	return true;
}

/* The next message that begins with start; others are passed over. */
static inline bool rude_wait(struct rude *r, const char *start, int wait_ms)
{
	uint64_t until_ms = rd_clock_ms() + (uint64_t)wait_ms;

	while (rd_clock_ms() < until_ms)
		if (rude_read(r, (int)(until_ms - rd_clock_ms())) &&
		    !strncmp(r->got, start, strlen(start)))
			return true;
	return false;
}

/* Copies the lines of header name (with line ends) out of got. */
static inline void rude_lines(const struct rude *r, const char *name, char *out,
			      size_t size)
{
	const char *at = r->got;
	size_t n = 0;

	out[0] = 0;
	while ((at = strstr(at, "\r\n"))) {
		const char *end;

		at += 2;
		if (!strncmp(at, "\r\n", 2))
			return;
		end = strstr(at, "\r\n");
		if (!end || strncmp(at, name, strlen(name)) != 0)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%.*s\r\n",
				      (int)(end - at), at);
	}
}

/* Answers the request in got.  more: whole lines of headers, then an empty
 * line and a body if any; "" for neither. */
static inline void rude_answer(struct rude *r, const char *status,
			       const char *more)
{
	static const char *const names[] = { "Via:", "From:", "To:", "Call-ID:",
					     "CSeq:" };
	char text[16384], lines[4096];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "SIP/2.0 %s\r\n", status);
	for (unsigned i = 0; i < RD_COUNT(names); i++) {
		rude_lines(r, names[i], lines, sizeof(lines));
		if (i == 2 && !strstr(lines, ";tag=") &&
		    strncmp(status, "100", 3) != 0) {
			lines[strlen(lines) - 2] = 0;
			strcat(lines, ";tag=rude1\r\n");
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", lines);
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", more);
	if (!strstr(more, "\r\n\r\n"))
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "Content-Length: 0\r\n\r\n");
	rude_send(r, &r->from, text);
}

/* An INVITE of ours with that Contact value; further header lines. */
static inline void rude_invite(struct rude *r, const struct rd_addr *to,
			       unsigned number, const char *contact,
			       const char *more)
{
	static const char body[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				   "m=audio 40000 RTP/AVP 0\r\n";
	char text[8192], ip[RD_ADDR_TEXT];

	rd_addr_text(&r->at, ip);
	snprintf(text, sizeof(text),
		 "INVITE sip:w@127.0.0.1 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP %s;branch=z9hG4bKrude%u\r\n"
		 "From: <sip:rude@127.0.0.1>;tag=r%u\r\n"
		 "To: <sip:w@127.0.0.1>\r\nCall-ID: rude%u@test\r\n"
		 "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n%s%s%s%s"
		 "Content-Type: application/sdp\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 ip, number, number, number, contact[0] ? "Contact: " : "",
		 contact, contact[0] ? "\r\n" : "", more, sizeof(body) - 1,
		 body);
	rude_send(r, to, text);
}

/* What a request inside the dialog of our INVITE needs, from the callee's
 * side. */
struct rude_dialog {
	char from[512], to[512], call_id[256], target[256];
	struct rd_addr at;
};

/* Value of one header of got, without its name. */
static inline void rude_value(const struct rude *r, const char *name, char *out,
			      size_t size)
{
	char line[1024];

	rude_lines(r, name, line, sizeof(line));
	line[strcspn(line, "\r")] = 0;
	rd_text_copy(out, size,
		     rd_span_text(line +
				  rd_min_size(strlen(name) + 1, strlen(line))));
}

/* From the INVITE in got. */
static inline void rude_dialog_of(const struct rude *r, struct rude_dialog *d)
{
	char contact[300], *end;

	rude_value(r, "From:", d->from, sizeof(d->from));
	rude_value(r, "To:", d->to, sizeof(d->to));
	rude_value(r, "Call-ID:", d->call_id, sizeof(d->call_id));
	rude_value(r, "Contact:", contact, sizeof(contact));
	snprintf(d->target, sizeof(d->target), "%s", strchr(contact, '<') + 1);
	end = strchr(d->target, '>');
	CHECK(end);
	*end = 0;
	d->at = r->from;
}

/* tag: of ours in To, NULL: the right one.  more: further header lines. */
static inline void rude_request(struct rude *r, const struct rude_dialog *d,
				const char *method, unsigned cseq,
				const char *tag, const char *more,
				const char *body)
{
	char text[8192], ip[RD_ADDR_TEXT], to[600];

	snprintf(to, sizeof(to), "%s", d->from);
	if (tag)
		snprintf(strstr(to, ";tag="), 64, ";tag=%s", tag);
	rd_addr_text(&r->at, ip);
	snprintf(text, sizeof(text),
		 "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKq%s%u\r\n"
		 "From: %s;tag=rude1\r\nTo: %s\r\nCall-ID: %s\r\n"
		 "CSeq: %u %s\r\nMax-Forwards: 70\r\nContact: <sip:rude@%s>\r\n"
		 "%s%sContent-Length: %zu\r\n\r\n%s",
		 method, d->target, ip, method, cseq, d->to, to, d->call_id,
		 cseq, method, ip, more,
		 *body ? "Content-Type: application/sdp\r\n" : "", strlen(body),
		 body);
	rude_send(r, &d->at, text);
}
