/* provider/number_policy.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/number_policy.h"

#include "aws/voice.h"

/* Ranges that cost the caller extra or belong to no telephone, by national
 * numbering plans; "." is any digit.  The allow list is what protects: this
 * table is for the list that is wider than it should be. */
/* clang-format off */
static const char *const premium[] = {
	/* of no country: shared cost, satellites, networks, premium rate */
	"+808", "+870", "+878", "+881", "+882", "+883", "+888", "+979",
	/* North America: 900, and 976 in any area */
	"+1900", "+1...976",
	/* United Kingdom, Ireland */
	"+449", "+4470", "+4484", "+4487", "+35315",
	/* Germany, Austria, Switzerland */
	"+49900", "+49137", "+49180", "+49118",
	"+43900", "+43901", "+43930", "+43931", "+43939",
	"+41900", "+41901", "+41906",
	/* France, Italy, Spain, Portugal */
	"+3381", "+3382", "+3389", "+39144", "+39166", "+39199", "+3989",
	"+34803", "+34806", "+34807", "+34905", "+34907",
	"+351601", "+351607", "+351646", "+351648",
	/* Netherlands, Belgium */
	"+31900", "+31906", "+31909",
	"+32900", "+32902", "+32903", "+32904", "+32905", "+32906", "+32907",
	"+32909",
	/* the north */
	"+4590", "+46900", "+46939", "+46944", "+4782", "+358600", "+358700",
	/* the east */
	"+4870", "+420900", "+420906", "+420909", "+421900", "+3690", "+40900",
	"+7803", "+7809",
	/* Asia, Oceania */
	"+61190", "+64900", "+81990",
};
/* clang-format on */

const char *rd_number_verdict_name(enum rd_number_verdict v)
{
	static const char *const names[] = {
		[RD_NUMBER_ALLOWED] = "allowed",
		[RD_NUMBER_MALFORMED] = "malformed",
		[RD_NUMBER_SHORT] = "short",
		[RD_NUMBER_PREMIUM] = "premium",
		[RD_NUMBER_RESERVED] = "reserved",
		[RD_NUMBER_NOT_LISTED] = "not-listed",
	};

	return names[v];
}

/* Digits, with a "+" where one stood first; false: something else is in it. */
static bool strip(struct rd_span text, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.at[i];
		bool is_digit = c >= '0' && c <= '9';

		if (c != '\0' && strchr(" -./()", c))
			continue;
		if ((!is_digit && (c != '+' || n > 0)) || n + 1 == size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0;
}

enum rd_err rd_number_normalise(struct rd_span text, bool is_nanp,
				char out[static RD_NUMBER_TEXT])
{
	char raw[32] = "1"; /* a country, where ten digits have none */
	char *own = raw + 1;
	const char *digits = own;
	size_t len;

	out[0] = '\0';
	if (!strip(text, own, sizeof(raw) - 1))
		return RD_E_FORMAT;
	len = strlen(own);
	if (own[0] == '+')
		digits = own + 1;
	else if (is_nanp && !strncmp(own, "011", 3))
		digits = own + 3;
	else if (!strncmp(own, "00", 2))
		digits = own + 2;
	else if (is_nanp && len == 10)
		digits = raw;
	else if (!is_nanp || len != 11 || own[0] != '1')
		return RD_E_FORMAT;
	len = strlen(digits);
	if (len == 0 || len > RD_NUMBER_DIGITS_MOST || digits[0] == '0')
		return RD_E_FORMAT;
	out[0] = '+';
	memcpy(out + 1, digits, len + 1);
	return RD_OK;
}

static bool begins(const char *number, const char *with)
{
	for (; *with; with++, number++)
		if (*number == '\0' || (*with != '.' && *with != *number))
			return false;
	return true;
}

bool rd_number_is_beginning(const char *text)
{
	size_t len = strlen(text);

	return text[0] == '+' && len >= 2 && len < RD_NUMBER_TEXT &&
	       text[1] != '0' &&
	       text[1 + strspn(text + 1, "0123456789")] == '\0';
}

/* North America: area and exchange begin with 2 to 9. */
static bool is_nanp_number(const char *number)
{
	return strlen(number) == 12 && number[2] >= '2' && number[5] >= '2';
}

enum rd_number_verdict rd_number_judge(const struct rd_number_policy *policy,
				       const char *number)
{
	size_t digits = strlen(number) - 1;

	if (!rd_number_is_beginning(number) || digits > RD_NUMBER_DIGITS_MOST)
		return RD_NUMBER_MALFORMED;
	if (digits < RD_NUMBER_DIGITS_LEAST)
		return RD_NUMBER_SHORT;
	if (number[1] == '1' && !is_nanp_number(number))
		return RD_NUMBER_MALFORMED;
	if (!strcmp(number, RD_MEETING_NUMBER))
		return RD_NUMBER_RESERVED;
	for (size_t i = 0; i < RD_COUNT(premium); i++)
		if (begins(number, premium[i]))
			return RD_NUMBER_PREMIUM;
	for (unsigned i = 0; i < policy->allow_count; i++)
		if (rd_number_is_beginning(policy->allow[i]) &&
		    begins(number, policy->allow[i]))
			return RD_NUMBER_ALLOWED;
	return RD_NUMBER_NOT_LISTED;
}

enum rd_number_verdict rd_number_check(const struct rd_number_policy *policy,
				       struct rd_span text,
				       char out[static RD_NUMBER_TEXT])
{
	enum rd_number_verdict v;

	if (rd_number_normalise(text, policy->is_nanp, out) != RD_OK)
		return RD_NUMBER_MALFORMED;
	v = rd_number_judge(policy, out);
	if (v != RD_NUMBER_ALLOWED)
		out[0] = '\0';
	return v;
}
