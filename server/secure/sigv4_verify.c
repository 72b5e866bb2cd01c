/* secure/sigv4_verify.c - see secure/sigv4.h: verifying.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>

#include "base/secret.h"
#include "base/text.h"
#include "secure/hash.h"
#include "secure/sigv4_priv.h"

enum {
	MOST_SIGNED_TEXT = 2048, /* of the list of signed headers */
	SIGNATURE_TEXT = RD_SIGV4_HASH_TEXT - 1,
	MOST_TOKEN_BYTES = RD_SIGV4_MOST_HEADER_BYTES,
};

static const char unsigned_body[] = "UNSIGNED-PAYLOAD";

/* The message of what clients get wrong most says how to go on. */
static const struct rd_sigv4_fault faults[RD_SIGV4_VERDICTS] = {
	[RD_SIGV4_MISSING] = { "MissingAuthenticationTokenException", 403,
			       "Missing Authentication Token" },
	[RD_SIGV4_INCOMPLETE] = { "IncompleteSignatureException", 400,
				  "The signature lacks a part, or a part is "
				  "malformed." },
	[RD_SIGV4_UNKNOWN_KEY] = { "UnrecognizedClientException", 403,
				   "The security token included in the request "
				   "is invalid." },
	[RD_SIGV4_WRONG_SCOPE] = { "InvalidSignatureException", 403,
				   "The credential scope does not name the "
				   "day, region and service of the request." },
	[RD_SIGV4_WRONG_TIME] = { "InvalidSignatureException", 403,
				  "The date of the signature is too far from "
				  "the present." },
	[RD_SIGV4_WRONG] = { "InvalidSignatureException", 403,
			     "The request signature we calculated does not "
			     "match the signature you provided." },
	[RD_SIGV4_KEY_EXPIRED] = { "ExpiredTokenException", 403,
				   "The security token included in the request "
				   "is expired" },
	[RD_SIGV4_TOO_LARGE] = { "RequestEntityTooLargeException", 413,
				 "The request is too large." },
	[RD_SIGV4_NOMEM] = { "InternalFailure", 500,
			     "The request could not be verified." },
};

static const struct rd_sigv4_fault chime_expired = {
	"RequestExpired", 400,
	"The date of the request is more than 15 minutes from the present."
};

const struct rd_sigv4_fault *rd_sigv4_fault(enum rd_sigv4_verdict verdict,
					    const char *service)
{
	rd_assert(verdict > RD_SIGV4_GOOD && verdict < RD_SIGV4_VERDICTS);
	if (verdict == RD_SIGV4_WRONG_TIME && !strcmp(service, "chime"))
		return &chime_expired;
	return &faults[verdict];
}

/* What the request says about its signature; texts point into the request,
 * or into text. */
struct claim {
	struct rd_span id, day, region, service, end;
	struct rd_span signed_list; /* lower case, sorted */
	struct rd_span signature;
	struct rd_span token;     /* empty: none */
	struct rd_span body_hash; /* empty: none */
	char date[RD_SIGV4_DATE_TEXT];
	uint64_t date_wall_ms;
	uint64_t lasts_s; /* presigned */
	bool is_presigned;
	struct rd_writer text; /* decoded parameters */
};

/* --- finding --- */

/* How many headers have the name, and the last of them. */
static unsigned find_lines(const struct rd_sigv4_work *w, const char *name,
			   struct rd_span *value)
{
	unsigned count = 0;

	*value = RD_SPAN_NONE;
	for (size_t i = 0; i < w->line_count; i++)
		if (rd_span_is(w->lines[i].name, name)) {
			*value = w->lines[i].value;
			count++;
		}
	return count;
}

/* The same of the query, decoded. */
static unsigned find_pairs(const struct rd_sigv4_work *w, struct claim *c,
			   const char *name, struct rd_span *value)
{
	unsigned count = 0;
	uint8_t *start = c->text.at;

	*value = RD_SPAN_NONE;
	for (size_t i = 0; i < w->pair_count; i++) {
		struct rd_span from = w->pairs[i].value;

		if (!rd_span_is(w->pairs[i].name, name) || count++ > 0)
			continue;
		for (size_t at = 0; at < from.len; at++) {
			uint8_t byte = from.at[at];

			if (byte == '%' && from.len - at > 2 &&
			    rd_hex_decode(rd_span(from.at + at + 1, 2), &byte,
					  1) == RD_OK)
				at += 2;
			rd_write_u8(&c->text, byte);
		}
		*value = rd_span(start, (size_t)(c->text.at - start));
	}
	return count;
}

/* --- reading the claim --- */

/* Cuts what stands before the byte off the front; false: it is not there. */
static bool cut(struct rd_span *left, uint8_t at, struct rd_span *front)
{
	const uint8_t *found =
		left->len ? memchr(left->at, at, left->len) : NULL;

	if (!found)
		return false;
	*front = rd_span(left->at, (size_t)(found - left->at));
	*left = rd_span(found + 1, left->len - front->len - 1);
	return true;
}

/* id/day/region/service/aws4_request; the id may be empty. */
static bool read_credential(struct claim *c, struct rd_span text)
{
	if (!cut(&text, '/', &c->id) || !cut(&text, '/', &c->day) ||
	    !cut(&text, '/', &c->region) || !cut(&text, '/', &c->service))
		return false;
	c->end = text;
	return c->id.len < RD_SIGV4_KEY_ID_TEXT && c->day.len == 8 &&
	       c->region.len > 0 && c->region.len < RD_SIGV4_REGION_TEXT &&
	       c->service.len > 0 && c->service.len < RD_SIGV4_REGION_TEXT;
}

static uint64_t digits(const char *text, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	return n;
}

static bool read_date(struct claim *c, struct rd_span text)
{
	static const char form[] = "dddddddd\0dddddd";
	struct tm tm = { .tm_isdst = 0 };
	time_t seconds;

	if (text.len != RD_SIGV4_DATE_TEXT - 1)
		return false;
	for (size_t i = 0; i < 15; i++) {
		bool is_digit = text.at[i] >= '0' && text.at[i] <= '9';

		if (form[i] ? !is_digit : text.at[i] != 'T')
			return false;
	}
	if (text.at[15] != 'Z')
		return false;
	memcpy(c->date, text.at, text.len);
	tm.tm_year = (int)digits(c->date, 4) - 1900;
	tm.tm_mon = (int)digits(c->date + 4, 2) - 1;
	tm.tm_mday = (int)digits(c->date + 6, 2);
	tm.tm_hour = (int)digits(c->date + 9, 2);
	tm.tm_min = (int)digits(c->date + 11, 2);
	tm.tm_sec = (int)digits(c->date + 13, 2);
	seconds = timegm(&tm);
	if (seconds < 0)
		return false;
	c->date_wall_ms = (uint64_t)seconds * 1000;
	return true;
}

static struct rd_span trim(struct rd_span text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = rd_span(text.at + 1, text.len - 1);
	while (text.len &&
	       (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* One "Name=value" of the Authorization header, each once. */
static bool read_part(struct claim *c, struct rd_span part,
		      struct rd_span *credential)
{
	struct rd_span name, *into;

	part = trim(part);
	if (!cut(&part, '=', &name) || part.len == 0)
		return false;
	if (rd_span_is(name, "Credential"))
		into = credential;
	else if (rd_span_is(name, "SignedHeaders"))
		into = &c->signed_list;
	else if (rd_span_is(name, "Signature"))
		into = &c->signature;
	else
		return false;
	if (into->at)
		return false;
	*into = part;
	return true;
}

static bool read_authorization(struct claim *c, struct rd_span text)
{
	struct rd_span credential = RD_SPAN_NONE, word, part;

	text = trim(text);
	if (!cut(&text, ' ', &word) || !rd_span_is(word, RD_SIGV4_ALGORITHM))
		return false;
	while (cut(&text, ',', &part))
		if (!read_part(c, part, &credential))
			return false;
	return read_part(c, text, &credential) && credential.at &&
	       c->signed_list.at && c->signature.at &&
	       read_credential(c, credential);
}

static enum rd_sigv4_verdict read_headers(struct claim *c,
					  const struct rd_sigv4_work *w,
					  struct rd_span authorization)
{
	struct rd_span date;

	if (!read_authorization(c, authorization))
		return RD_SIGV4_INCOMPLETE;
	if (find_lines(w, "x-amz-date", &date) != 1 ||
	    !read_date(c, trim(date)))
		return RD_SIGV4_INCOMPLETE;
	if (find_lines(w, "x-amz-security-token", &c->token) > 1 ||
	    find_lines(w, "x-amz-content-sha256", &c->body_hash) > 1)
		return RD_SIGV4_INCOMPLETE;
	c->token = trim(c->token);
	c->body_hash = trim(c->body_hash);
	return RD_SIGV4_GOOD;
}

static enum rd_sigv4_verdict read_query(struct claim *c,
					const struct rd_sigv4_work *w)
{
	struct rd_span algorithm, credential, date, lasts;

	c->is_presigned = true;
	if (find_pairs(w, c, "X-Amz-Algorithm", &algorithm) != 1 ||
	    !rd_span_is(algorithm, RD_SIGV4_ALGORITHM) ||
	    find_pairs(w, c, "X-Amz-Credential", &credential) != 1 ||
	    !read_credential(c, credential) ||
	    find_pairs(w, c, "X-Amz-Date", &date) != 1 || !read_date(c, date) ||
	    find_pairs(w, c, "X-Amz-Expires", &lasts) != 1 ||
	    rd_text_u64(lasts, 1, RD_SIGV4_PRESIGNED_MOST_S, &c->lasts_s) !=
		    RD_OK ||
	    find_pairs(w, c, "X-Amz-SignedHeaders", &c->signed_list) != 1 ||
	    find_pairs(w, c, "X-Amz-Signature", &c->signature) != 1 ||
	    find_pairs(w, c, "X-Amz-Security-Token", &c->token) > 1)
		return RD_SIGV4_INCOMPLETE;
	if (find_pairs(w, c, "X-Amz-Content-Sha256", &c->body_hash) > 1 ||
	    (!c->body_hash.len &&
	     find_lines(w, "x-amz-content-sha256", &c->body_hash) > 1))
		return RD_SIGV4_INCOMPLETE;
	return RD_SIGV4_GOOD;
}

/* --- judging --- */

/* Marks each header of that name; false: there is none. */
static bool mark(struct rd_sigv4_work *w, struct rd_span name)
{
	bool has_one = false;

	for (size_t i = 0; i < w->line_count; i++)
		if (rd_span_equal(w->lines[i].name, name)) {
			w->lines[i].is_signed = true;
			has_one = true;
		}
	return has_one;
}

static bool is_before(struct rd_span a, struct rd_span b)
{
	size_t len = rd_min_size(a.len, b.len);
	int order = memcmp(a.at, b.at, len);

	return order < 0 || (order == 0 && a.len < b.len);
}

/* The list names Host, the date and the token, each name once and sorted, and
 * all that it names is there. */
static enum rd_sigv4_verdict mark_signed(struct claim *c,
					 struct rd_sigv4_work *w)
{
	struct rd_span left = c->signed_list, name, last = RD_SPAN_NONE;
	bool has_host = false, has_date = c->is_presigned, is_more = true;
	bool has_token = c->is_presigned || !c->token.len, is_whole = true;

	if (left.len > MOST_SIGNED_TEXT)
		return RD_SIGV4_TOO_LARGE;
	while (is_more) {
		is_more = cut(&left, ';', &name);
		if (!is_more)
			name = left;
		if (name.len == 0 || (last.len && !is_before(last, name)))
			return RD_SIGV4_INCOMPLETE;
		last = name;
		if (!mark(w, name))
			is_whole = false;
		has_host = has_host || rd_span_is(name, "host");
		has_date = has_date || rd_span_is(name, "x-amz-date");
		has_token =
			has_token || rd_span_is(name, "x-amz-security-token");
	}
	if (!has_host || !has_date || !has_token)
		return RD_SIGV4_INCOMPLETE;
	return is_whole ? RD_SIGV4_GOOD : RD_SIGV4_WRONG;
}

static bool is_in_time(const struct claim *c, uint64_t now_wall_ms)
{
	uint64_t end = c->date_wall_ms + (c->is_presigned ? c->lasts_s * 1000
							  : RD_SIGV4_WINDOW_MS);

	return now_wall_ms <= end &&
	       now_wall_ms + RD_SIGV4_WINDOW_MS >= c->date_wall_ms;
}

static bool is_scope(const struct claim *c, const struct rd_sigv4_rules *rules)
{
	return !memcmp(c->day.at, c->date, 8) &&
	       rd_span_is(c->end, RD_SIGV4_END) &&
	       rd_span_is(c->service, rules->service) &&
	       (!rules->region || rd_span_is(c->region, rules->region));
}

/* The signature, then whether it was made over this very body. */
static enum rd_sigv4_verdict judge_signature(const struct claim *c,
					     struct rd_sigv4_work *w,
					     const struct rd_sigv4_rules *rules,
					     struct rd_span secret)
{
	struct rd_sigv4_scope scope = { c->date, c->region, c->service };
	bool is_open = rd_span_is(c->body_hash, unsigned_body);
	char body_hash[RD_SIGV4_HASH_TEXT], signature[RD_SIGV4_HASH_TEXT];

	if (is_open && !rules->may_leave_body_unsigned)
		return RD_SIGV4_WRONG;
	rd_sigv4_body_hash(w->r->body, body_hash);
	if (rd_sigv4_signature(w, is_open ? unsigned_body : body_hash, secret,
			       &scope, signature) != RD_OK)
		return RD_SIGV4_WRONG;
	if (!rd_secret_equal(c->signature, rd_span(signature, SIGNATURE_TEXT)))
		return RD_SIGV4_WRONG;
	if (c->body_hash.len && !is_open &&
	    !rd_span_is(c->body_hash, body_hash))
		return RD_SIGV4_WRONG;
	return RD_SIGV4_GOOD;
}

static bool find_key(const struct claim *c, const struct rd_sigv4_rules *rules,
		     struct rd_sigv4_who *who, struct rd_sigv4_key *key)
{
	memset(key, 0, sizeof(*key));
	if (c->id.len == 0 || memchr(c->id.at, 0, c->id.len))
		return false;
	rd_text_copy(who->key_id, sizeof(who->key_id), c->id);
	return rules->find(rules->arg, who->key_id, key);
}

static enum rd_sigv4_verdict judge(struct claim *c, struct rd_sigv4_work *w,
				   const struct rd_sigv4_rules *rules,
				   uint64_t now_wall_ms,
				   struct rd_sigv4_who *who)
{
	enum rd_sigv4_verdict verdict = mark_signed(c, w);
	struct rd_sigv4_key key;

	if (verdict != RD_SIGV4_GOOD)
		return verdict;
	if (!find_key(c, rules, who, &key))
		return RD_SIGV4_UNKNOWN_KEY;
	if (!is_scope(c, rules))
		return RD_SIGV4_WRONG_SCOPE;
	if (!is_in_time(c, now_wall_ms))
		return RD_SIGV4_WRONG_TIME;
	verdict = judge_signature(c, w, rules, key.secret);
	if (verdict != RD_SIGV4_GOOD)
		return verdict;
	if (!rd_secret_equal(c->token, key.session_token))
		return RD_SIGV4_UNKNOWN_KEY;
	if (key.expires_wall_ms && now_wall_ms >= key.expires_wall_ms)
		return RD_SIGV4_KEY_EXPIRED;
	rd_text_copy(who->region, sizeof(who->region), c->region);
	who->is_presigned = c->is_presigned;
	return RD_SIGV4_GOOD;
}

static enum rd_sigv4_verdict read_and_judge(struct rd_sigv4_work *w,
					    const struct rd_sigv4_rules *rules,
					    uint64_t now_wall_ms,
					    struct rd_sigv4_who *who,
					    struct rd_writer text)
{
	struct claim c = { .text = text };
	enum rd_sigv4_verdict verdict;
	struct rd_span value;
	unsigned count = find_lines(w, "authorization", &value);

	if (count > 1)
		return RD_SIGV4_INCOMPLETE;
	if (count == 1)
		verdict = read_headers(&c, w, value);
	else if (rules->may_be_presigned &&
		 find_pairs(w, &c, "X-Amz-Algorithm", &value))
		verdict = read_query(&c, w);
	else
		return RD_SIGV4_MISSING;
	return verdict == RD_SIGV4_GOOD ? judge(&c, w, rules, now_wall_ms, who)
					: verdict;
}

enum rd_sigv4_verdict rd_sigv4_verify(const struct rd_sigv4_request *r,
				      const struct rd_sigv4_rules *rules,
				      uint64_t now_wall_ms,
				      struct rd_sigv4_who *who)
{
	enum rd_sigv4_verdict verdict = RD_SIGV4_NOMEM;
	struct rd_sigv4_work w;
	uint8_t *text;

	memset(who, 0, sizeof(*who));
	switch (rd_sigv4_work_open(&w, r, NULL, 0)) {
	case RD_OK:
		break;
	case RD_E_SIZE:
		return RD_SIGV4_TOO_LARGE;
	case RD_E_FORMAT:
		return RD_SIGV4_INCOMPLETE;
	default:
		return RD_SIGV4_NOMEM;
	}
	/* Each parameter is decoded at most twice. */
	text = rd_alloc(2 * r->query.len + 1);
	if (text)
		verdict = read_and_judge(&w, rules, now_wall_ms, who,
					 rd_writer(text, 2 * r->query.len + 1));
	rd_free(text);
	rd_sigv4_work_close(&w);
	if (verdict != RD_SIGV4_GOOD)
		memset(who, 0, sizeof(*who));
	return verdict;
}
