/* identity/judge.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7519 4.1, RFC 8725 3, RFC 9068 4, and what Amazon Cognito does
 * differently.
 */
#include "identity/judge.h"

#include <stdio.h>

#include "base/text.h"
#include "secure/hash.h"

enum {
	SUBJECT_MAX = 255
};

/* Claims that only an ID token or a logout token has: OpenID Connect Core
 * 3.1.3.6, Back-Channel Logout 2.4. */
static const char *const foreign_claims[] = { "at_hash", "c_hash", "s_hash",
					      "events" };

/* RFC 7515 4.1.9: "application/" may be left out, and case does not count. */
static bool is_type(struct rd_span type, const char *name)
{
	static const char prefix[] = "application/";
	size_t len = sizeof(prefix) - 1;

	if (type.len > len &&
	    rd_text_equal_nocase(rd_span(type.at, len), prefix))
		type = rd_span(type.at + len, type.len - len);
	return rd_text_equal_nocase(type, name);
}

static bool has_foreign_claim(const struct rd_jwt *jwt)
{
	struct rd_span text;
	int64_t number;

	for (size_t i = 0; i < RD_COUNT(foreign_claims); i++)
		if (rd_jwt_claim(jwt, foreign_claims[i], &text, &number) !=
		    RD_JWT_ABSENT)
			return true;
	/* Keycloak says what a token is in the payload. */
	return rd_jwt_claim(jwt, "typ", &text, &number) == RD_JWT_TEXT &&
	       !rd_text_equal_nocase(text, "Bearer") &&
	       !rd_text_equal_nocase(text, "JWT");
}

/* An ID token tells the page who signed in; it is no permission to call. */
static bool is_right_kind(enum rd_token_kind kind, const struct rd_jwt *jwt,
			  const struct rd_jwt_claims *c)
{
	if (c->token_use.len > 0 && !rd_span_is(c->token_use, "access"))
		return false;
	switch (kind) {
	case RD_TOKEN_ACCESS:
		return is_type(c->type, "at+jwt");
	case RD_TOKEN_COGNITO:
		return rd_span_is(c->token_use, "access");
	case RD_TOKEN_ANY:
		return (c->type.len == 0 || is_type(c->type, "JWT") ||
			is_type(c->type, "at+jwt")) &&
		       !has_foreign_claim(jwt);
	}
	return false;
}

static bool is_for_us(const struct rd_issuer_cfg *issuer,
		      const struct rd_jwt *jwt, const struct rd_jwt_claims *c)
{
	size_t count = rd_jwt_audience_count(jwt);

	if (count == RD_JWT_BAD_AUDIENCE)
		return false;
	/* Which client it was given to must be told where several audiences
	 * share a token: OpenID Connect Core 3.1.3.7. */
	if (count > 1 && c->party.len == 0 && c->client_id.len == 0)
		return false;
	for (size_t i = 0; i < issuer->audience_count; i++) {
		const char *us = issuer->audiences[i];

		if (issuer->kind == RD_TOKEN_COGNITO
			    ? rd_span_is(c->client_id, us)
			    : rd_jwt_has_audience(jwt, us))
			return true;
	}
	return false;
}

/* One of the words between single spaces: RFC 6749 3.3. */
static bool has_word(struct rd_span words, const char *word)
{
	size_t len = strlen(word), from = 0;

	for (size_t i = 0; i <= words.len; i++) {
		if (i < words.len && words.at[i] != ' ')
			continue;
		if (i - from == len && !memcmp(words.at + from, word, len))
			return true;
		from = i + 1;
	}
	return false;
}

static bool has_scopes(const struct rd_issuer_cfg *issuer,
		       const struct rd_jwt *jwt, struct rd_span scope)
{
	struct rd_span scp;
	int64_t number;

	(void)!rd_jwt_claim(jwt, "scp", &scp, &number); /* Entra ID: a text */
	for (size_t i = 0; i < issuer->scope_count; i++) {
		const char *word = issuer->scopes[i];

		if (!has_word(scope, word) && !has_word(scp, word) &&
		    !rd_jwt_claim_has(jwt, "scp", word)) /* Okta: a list */
			return false;
	}
	return true;
}

/* Everything about time but that it has run out. */
static const char *wrong_time(const struct rd_jwt_claims *c, uint64_t now_s)
{
	uint64_t latest_s = now_s + RD_IDENTITY_GRACE_S;
	uint64_t from_s = now_s;

	if (c->expires_s == 0)
		return "no exp";
	if (c->not_before_s > latest_s)
		return "not valid yet";
	if (c->issued_s > latest_s)
		return "issued in the future";
	if (c->not_before_s)
		from_s = c->not_before_s;
	if (c->issued_s)
		from_s = c->issued_s;
	if (c->expires_s > from_s + RD_IDENTITY_LIFETIME_S)
		return "lives too long";
	return NULL;
}

static const char *find_fault(const struct rd_issuer_cfg *issuer,
			      const struct rd_jwt *jwt,
			      const struct rd_jwt_claims *c, uint64_t now_s)
{
	if (!rd_span_is(c->issuer, issuer->issuer))
		return "another issuer";
	if (!is_right_kind(issuer->kind, jwt, c))
		return "not an access token";
	if (!is_for_us(issuer, jwt, c))
		return "for another audience";
	if (!has_scopes(issuer, jwt, c->scope))
		return "a scope is missing";
	return wrong_time(c, now_s);
}

/* The same person of the same issuer for ever, and nothing about them. */
static void name_owner(char *out, const char *issuer, struct rd_span subject)
{
	uint8_t joined[RD_SHA256_LEN + SUBJECT_MAX], digest[RD_SHA256_LEN];

	rd_sha256(rd_span_text(issuer), joined);
	memcpy(joined + RD_SHA256_LEN, subject.at, subject.len);
	rd_sha256(rd_span(joined, RD_SHA256_LEN + subject.len), digest);
	rd_hex_encode(rd_span(digest, sizeof(digest)), out);
}

static bool has_controls(struct rd_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	return false;
}

/* A value that does not fit is left out: half a customer number would be
 * somebody else's. */
static bool print_claim(const struct rd_jwt *jwt, const char *claim,
			struct rd_attribute *out)
{
	struct rd_span text;
	int64_t number;

	switch (rd_jwt_claim(jwt, claim, &text, &number)) {
	case RD_JWT_TEXT:
		if (text.len >= sizeof(out->value) || has_controls(text))
			return false;
		rd_text_copy(out->value, sizeof(out->value), text);
		return true;
	case RD_JWT_NUMBER:
		snprintf(out->value, sizeof(out->value), "%lld",
			 (long long)number);
		return true;
	case RD_JWT_BOOLEAN:
		snprintf(out->value, sizeof(out->value), "%s",
			 number ? "true" : "false");
		return true;
	default:
		return false;
	}
}

static void map_attributes(const struct rd_issuer_cfg *issuer,
			   const struct rd_jwt *jwt, struct rd_caller *out)
{
	for (size_t i = 0; i < issuer->attribute_count; i++) {
		struct rd_attribute *a = &out->attributes[out->attribute_count];

		*a = (struct rd_attribute){ .is_verified = true };
		if (!print_claim(jwt, issuer->attributes[i].claim, a))
			continue;
		snprintf(a->name, sizeof(a->name), "%s",
			 issuer->attributes[i].attribute);
		out->attribute_count++;
	}
}

enum rd_err rd_judge(const struct rd_issuer_cfg *issuer,
		     const struct rd_jwt *jwt, uint64_t wall_ms,
		     struct rd_caller *out, const char **reason)
{
	struct rd_jwt_claims claims;
	struct rd_span subject;
	int64_t number;

	*reason = "a claim of a wrong type";
	if (rd_jwt_claims(jwt, &claims))
		return RD_E_DENIED;
	*reason = find_fault(issuer, jwt, &claims, wall_ms / 1000);
	if (*reason)
		return RD_E_DENIED;
	if (rd_jwt_claim(jwt, issuer->subject, &subject, &number) !=
		    RD_JWT_TEXT ||
	    subject.len == 0 || subject.len > SUBJECT_MAX) {
		*reason = "no subject";
		return RD_E_DENIED;
	}
	*reason = "expired";
	if (claims.expires_s + RD_IDENTITY_GRACE_S <= wall_ms / 1000)
		return RD_E_EXPIRED;
	*reason = NULL;
	name_owner(out->owner, issuer->issuer, subject);
	rd_text_copy(out->issuer, sizeof(out->issuer),
		     rd_span_text(issuer->name));
	out->expires_ms = claims.expires_s * 1000;
	out->attribute_count = 0;
	map_attributes(issuer, jwt, out);
	return RD_OK;
}
