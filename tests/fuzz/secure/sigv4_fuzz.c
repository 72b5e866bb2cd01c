/* tests/fuzz/secure/sigv4_fuzz.c - verifying any bytes, and signing them.
 *
 * The input is a request of HTTP/1.1: line, headers, an empty line, body.
 * What rd_sigv4_sign accepts must verify, and never what was not signed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/base.h"
#include "secure/sigv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	HEADERS = RD_SIGV4_MOST_HEADERS + 4
};

/* 2026-11-21T09:08:07Z, the date of the seeds. */
#define NOW    UINT64_C(1795252087000)
#define KEY_ID "AKIDRINGDOWNTEST0001"

struct asked {
	struct rd_sigv4_header headers[HEADERS];
	struct rd_sigv4_request r;
};

static struct rd_sigv4_key key;

static bool find(void *arg, const char *id, struct rd_sigv4_key *out)
{
	(void)arg;
	rd_assert(id[0] && strlen(id) < RD_SIGV4_KEY_ID_TEXT);
	*out = key;
	return true;
}

/* What stands before the byte; the rest stays in left. */
static struct rd_span cut(struct rd_span *left, uint8_t at)
{
	const uint8_t *found =
		left->len ? memchr(left->at, at, left->len) : NULL;
	struct rd_span front = *left;

	if (!found) {
		*left = RD_SPAN_NONE;
		return front;
	}
	front.len = (size_t)(found - left->at);
	*left = rd_span(found + 1, left->len - front.len - 1);
	return front;
}

static void read_request(struct asked *a, struct rd_span text)
{
	struct rd_span line = cut(&text, '\n'), target;

	a->r.headers = a->headers;
	a->r.method = cut(&line, ' ');
	target = cut(&line, ' ');
	a->r.path = cut(&target, '?');
	a->r.query = target;
	while (text.len && a->r.header_count < HEADERS) {
		struct rd_sigv4_header *h = &a->headers[a->r.header_count];

		line = cut(&text, '\n');
		if (line.len == 0)
			break;
		h->name = cut(&line, ':');
		h->value = line;
		a->r.header_count++;
	}
	a->r.body = text;
}

/* Names are tokens, and nothing that a signature is read from is there. */
static bool is_plain(const struct asked *a)
{
	for (size_t i = 0; i < a->r.header_count; i++) {
		struct rd_span name = a->headers[i].name;

		for (size_t at = 0; at < name.len; at++)
			if ((name.at[at] < 'a' || name.at[at] > 'w') &&
			    name.at[at] != '-')
				return false;
		if (name.len == 0 || rd_span_is(name, "authorization"))
			return false;
	}
	return true;
}

static void sign_and_verify(struct asked *a, const struct rd_sigv4_rules *rules)
{
	struct rd_sigv4_signed out;
	struct rd_sigv4_who who;
	struct rd_sigv4_header *h;
	enum rd_sigv4_verdict verdict;
	bool must_be_good = is_plain(a);

	if (a->r.header_count + 2 > RD_SIGV4_MOST_HEADERS ||
	    rd_sigv4_sign(&a->r, &key, "us-east-1", "chime", NOW, &out) !=
		    RD_OK)
		return;
	h = &a->headers[a->r.header_count];
	h[0] = (struct rd_sigv4_header){ rd_span_text("x-amz-date"),
					 rd_span_text(out.date) };
	h[1] = (struct rd_sigv4_header){ rd_span_text("authorization"),
					 rd_span_text(out.authorization) };
	a->r.header_count += 2;
	verdict = rd_sigv4_verify(&a->r, rules, NOW, &who);
	rd_assert(verdict != RD_SIGV4_MISSING && verdict != RD_SIGV4_NOMEM);
	rd_assert(verdict == RD_SIGV4_GOOD || !must_be_good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct asked a;
	struct rd_sigv4_rules rules = { .find = find,
					.service = "chime",
					.may_be_presigned = true };
	struct rd_sigv4_who who;

	key = (struct rd_sigv4_key){ .id = KEY_ID,
				     .secret = rd_span_text("a secret") };
	memset(&a, 0, sizeof(a));
	read_request(&a, rd_span(data, size));
	/* Nobody guesses an HMAC. */
	rd_assert(rd_sigv4_verify(&a.r, &rules, NOW, &who) != RD_SIGV4_GOOD);
	rules.may_leave_body_unsigned = true;
	rd_assert(rd_sigv4_verify(&a.r, &rules, NOW, &who) != RD_SIGV4_GOOD);
	sign_and_verify(&a, &rules);
	return 0;
}
