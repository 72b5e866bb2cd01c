/* api/aws_form.c - the patterns of texts, each read by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * By hand and not by regexec(3): it allocates behind base/mem, and takes
 * quadratic time where others choose the text.
 */
#include "api/aws_rule.h"

#include "base/text.h"

#define DIGIT "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

enum {
	MOST_DIGITS = 15, /* E.164 */
	ARN_PARTS = 8,
	TENANT_REPEATS = 4,
};

static bool is_all_of(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

static bool is_some_of(const char *text, const char *set)
{
	return *text && is_all_of(text, set);
}

static bool is_uuid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; shape[i]; i++)
		if (shape[i] == '-' ? text[i] != '-'
				    : !strchr(DIGIT "abcdefABCDEF", text[i]))
			return false;
	return true;
}

static bool is_number(const char *text)
{
	size_t n;

	if (*text == '+')
		text++;
	n = strlen(text);
	return n >= 2 && n <= MOST_DIGITS && *text != '0' &&
	       is_all_of(text, DIGIT);
}

static bool is_tenant(const char *text)
{
	unsigned repeats = 1;

	if (!is_all_of(text, DIGIT LOWER UPPER "-_!@#$"))
		return false;
	for (const char *at = text; *at; at++) {
		repeats = at > text && at[0] == at[-1] ? repeats + 1 : 1;
		if (repeats == TENANT_REPEATS)
			return false;
	}
	return true;
}

/* What people may call a meeting: letters, digits, accented Latin letters,
 * blanks and some marks. */
static bool is_external(const char *text)
{
	static const char marks[] = " |-_&@+=,(){}[]/.:'\"#";
	const uint8_t *at = (const uint8_t *)text;

	if (!strncmp(text, "aws:", 4))
		return false;
	for (; *at; at++) {
		unsigned two = at[0] << 8 | at[1];

		if (*at < 0x80) {
			if (!strchr(DIGIT LOWER UPPER, *at) &&
			    !strchr(marks, *at))
				return false;
			continue;
		}
		/* U+00AB, U+00BB and U+00C0 to U+024F: two bytes each. */
		if (two != 0xc2ab && two != 0xc2bb &&
		    (two < 0xc380 || two > 0xc98f))
			return false;
		at++;
	}
	return true;
}

/* xx-word-N, also xx-gov-..., xx-iso-..., xx-isob-... */
static bool is_region(const char *text)
{
	size_t n = strlen(text);
	const char *word = text + 2;

	if (n < 6 || strspn(text, LOWER) != 2 || text[n - 2] != '-' ||
	    !strchr(DIGIT, text[n - 1]))
		return false;
	for (size_t i = 0; i < 3; i++) {
		static const char *const kinds[] = { "-gov-", "-iso-",
						     "-isob-" };

		if (!strncmp(word, kinds[i], strlen(kinds[i])))
			word += strlen(kinds[i]) - 1;
	}
	if (*word++ != '-')
		return false;
	return word + strspn(word, LOWER) == text + n - 2 && *word != '-';
}

/* Splits at colons in place; 0: too many. */
static size_t split(char *text, char *parts[static ARN_PARTS])
{
	size_t n = 0;

	for (;;) {
		if (n == ARN_PARTS)
			return 0;
		parts[n++] = text;
		text = strchr(text, ':');
		if (!text)
			return n;
		*text++ = '\0';
	}
}

static bool is_lambda_arn(const char *text)
{
	static const char word[] = DIGIT LOWER UPPER "-_";
	char copy[512];
	char *parts[ARN_PARTS];
	size_t n;

	if (strlen(text) >= sizeof(copy))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	n = split(copy, parts);
	if (n != 7 && n != 8)
		return false;
	return !strcmp(parts[0], "arn") &&
	       (!*parts[1] || (!strncmp(parts[1], "aws", 3) &&
			       is_all_of(parts[1], LOWER UPPER "-"))) &&
	       !strcmp(parts[2], "lambda") && is_region(parts[3]) &&
	       strlen(parts[4]) == 12 && is_all_of(parts[4], DIGIT) &&
	       !strcmp(parts[5], "function") && is_some_of(parts[6], word) &&
	       (n == 7 || !strcmp(parts[7], "$LATEST") ||
		is_some_of(parts[7], word));
}

static bool is_connector(const char *text)
{
	size_t n = strlen(text);

	return is_uuid(text) ||
	       ((n == 21 || n == 22) && is_all_of(text, DIGIT LOWER));
}

static bool is_instance(const char *text)
{
	const char *slash = strrchr(text, '/');

	if (slash && strncmp(text, "arn:", 4) != 0)
		return false;
	return is_uuid(slash ? slash + 1 : text);
}

bool rd_aws_form_holds(enum rd_aws_form form, const char *text)
{
	switch (form) {
	case RD_AWS_ANY:
		return true;
	case RD_AWS_UUID:
		return is_uuid(text);
	case RD_AWS_TOKEN:
		return is_all_of(text, DIGIT LOWER UPPER "-_");
	case RD_AWS_NAME:
		return is_some_of(text, DIGIT LOWER UPPER " _.-");
	case RD_AWS_NOT_BLANK:
		return text[strspn(text, " \t\r\n\v\f")] != '\0';
	case RD_AWS_NUMBER:
		return is_number(text);
	case RD_AWS_ARN:
		return !strncmp(text, "arn", 3) &&
		       is_some_of(text + 3, DIGIT LOWER UPPER "-/:_.");
	case RD_AWS_LAMBDA_ARN:
		return is_lambda_arn(text);
	case RD_AWS_TENANT:
		return is_tenant(text);
	case RD_AWS_TAG_KEY:
		return is_some_of(text, DIGIT LOWER UPPER "+,-./:;<=_");
	case RD_AWS_EXTERNAL:
		return is_external(text);
	case RD_AWS_ATTRIBUTE:
		return is_some_of(text, DIGIT LOWER UPPER "-_");
	case RD_AWS_CONNECTOR:
		return is_connector(text);
	case RD_AWS_INSTANCE:
		return is_instance(text);
	case RD_AWS_REFERENCE_ARN:
		return *text && strchr(DIGIT LOWER UPPER "-:/", *text);
	}
	return false;
}
